# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The guest's kernel, which tools/dev/install.sh unpacks, and the initial RAM disk that goes with it."""
import lzma
import os
import pathlib
import shutil
import struct
import subprocess

from lab.netns import LabError

HERE = pathlib.Path(__file__).parent
KERNELS = pathlib.Path(os.environ.get("HVS_GUEST_KERNEL", "/var/cache/hvs/guest-kernel"))

# What it takes to reach the host's root file system. Everything else is loaded from there.
_EARLY_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")


def unpacked(image: pathlib.Path) -> pathlib.Path:
    """The kernel within a bzImage, which QEMU boots by its PVH entry: unpacking itself is half of an emulated boot.

    It is kept beside the image, which is the answer when it is packed in another way than Debian's. Where it lies in
    there: Linux, Documentation/x86/boot.rst, payload_offset.
    """
    kept = image.with_name(image.name.replace("vmlinuz", "vmlinux"))
    if not kept.exists():
        data = image.read_bytes()
        offset, length = struct.unpack_from("<II", data, 0x248)
        begin = (data[0x1F1] + 1) * 512 + offset
        try:
            kernel = lzma.LZMADecompressor().decompress(data[begin:begin + length])
        except lzma.LZMAError:
            return image
        new = kept.with_name(f"{kept.name}.{os.getpid()}")
        new.write_bytes(kernel)
        new.rename(kept)
    return kept


class Kernel:
    """A kernel with its modules, as its Debian package has them."""

    def __init__(self, top: pathlib.Path = KERNELS):
        images = sorted(top.glob("boot/vmlinuz-*"))
        if not images:
            raise LabError(f"no kernel for guests in {top}; run: sudo tools/hvs install")
        self.image = unpacked(images[-1])
        self.modules = top / "lib" / "modules" / images[-1].name.removeprefix("vmlinuz-")

    def early_modules(self) -> list[pathlib.Path]:
        """Files of the early modules, each behind those that it needs."""
        files: dict[str, list[str]] = {}
        for line in (self.modules / "modules.dep").read_text().splitlines():
            file, _, needs = line.partition(":")
            files[_module_name(file)] = [file, *needs.split()]
        built_in = {_module_name(line) for line in (self.modules / "modules.builtin").read_text().splitlines()}
        order: list[str] = []
        for module in _EARLY_MODULES:
            if module in built_in:
                continue
            order += [file for file in reversed(files[module]) if file not in order]
        return [self.modules / file for file in order]


def _module_name(file: str) -> str:
    return pathlib.PurePath(file).name.split(".")[0].replace("-", "_")


def build(kernel: Kernel, image: pathlib.Path) -> None:
    """Write the initial RAM disk: busybox, the early modules and init.sh."""
    tree = image.with_suffix(".d")
    for directory in ("bin", "modules"):
        (tree / directory).mkdir(parents=True)
    shutil.copy("/bin/busybox", tree / "bin" / "busybox")
    shutil.copy(HERE / "boot" / "init.sh", tree / "init")
    (tree / "init").chmod(0o755)
    modules = kernel.early_modules()
    for module in modules:
        shutil.copy(module, tree / "modules")
    (tree / "modules" / "order").write_text("".join(f"{module.name}\n" for module in modules))
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    with open(image, "wb") as out:
        subprocess.run(["cpio", "--create", "--format=newc", "--quiet"], cwd=tree, input=names.encode(), stdout=out, check=True)
    shutil.rmtree(tree)
