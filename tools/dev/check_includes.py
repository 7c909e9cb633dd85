# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""check_includes.py ROOT: refuses an include that points the wrong way.

The houses stand in a line, base <- net <- model <- {dataplane, control}, runtime and pmd beside it, and the two
planes never meet. DPDK's headers are seen only where frames and rings are handled. A source file includes its own
header first.
"""
import pathlib
import re
import sys

# Which houses a house may include from (itself always).
MAY_USE = {
    "base": set(),
    "net": {"base"},
    "model": {"base", "net"},
    "pmd": {"base", "net", "model"},
    "runtime": {"base", "net", "model", "pmd"},
    "dataplane": {"base", "net", "model", "runtime", "pmd"},
    "control": {"base", "net", "model", "runtime", "pmd"},
    "daemon": {"base", "net", "model", "runtime", "pmd", "dataplane", "control"},
    "hvsctl": {"base", "net", "model", "pmd"},  # pmd: the part without DPDK
    "bpf": set(),
}
UNCHECKED = ("tests/",)  # a test may look into every house
PLANES = {"dataplane", "control"}
ABI = "bpf/steer_abi.h"  # the contract between kernel and user, open to all

RTE_DIRS = ("pmd/", "userspace/runtime/", "userspace/dataplane/rx/", "userspace/dataplane/output/",
            "userspace/dataplane/exits/", "userspace/daemon/", "tests/")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def house_of(path: str) -> str | None:
    parts = path.split("/")
    if parts[0] in ("bpf", "pmd"):
        return parts[0]
    if parts[0] == "userspace" and len(parts) > 2:
        return parts[1]
    if parts[:2] == ["tools", "hvsctl"]:
        return "hvsctl"
    return None


def resolve(root: pathlib.Path, source: pathlib.Path, name: str) -> str | None:
    """The file of the tree that `name` means, or None when it is not in the tree."""
    for base in (source.parent, root, root / "userspace"):
        candidate = (base / name).resolve()
        if candidate.is_file() and candidate.is_relative_to(root):
            return candidate.relative_to(root).as_posix()
    return None


def check_file(root: pathlib.Path, source: pathlib.Path) -> list[str]:
    path = source.relative_to(root).as_posix()
    house = house_of(path)
    problems = []
    first = None
    for number, line in enumerate(source.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        name = match.group(2)
        where = f"{path}:{number}: "
        first = first or (resolve(root, source, name), where)
        if re.match(r"rte_", pathlib.PurePath(name).name) and not path.startswith(RTE_DIRS):
            problems.append(f"{where}{name}: DPDK is seen only in {', '.join(d.rstrip('/') for d in RTE_DIRS)}")
            continue
        target = resolve(root, source, name)
        if target is None:
            if match.group(1) == '"':
                problems.append(f"{where}{name}: no such file here; a system header is included with <>")
            continue
        there = house_of(target)
        if target == ABI or house is None or there is None or there == house or path.startswith(UNCHECKED):
            continue
        if {house, there} == PLANES:
            problems.append(f"{where}{name}: the planes never include each other; they meet in model/ and runtime/")
        elif there not in MAY_USE.get(house, set()):
            allowed = ", ".join(sorted(MAY_USE.get(house, set()))) or "nothing else"
            problems.append(f"{where}{name}: {house} may not use {there} (it may use {allowed})")
    own = source.with_suffix(".h")
    if source.suffix == ".cc" and own.is_file() and first and first[0] != own.relative_to(root).as_posix():
        problems.append(f"{first[1]}the first include of {source.name} is its own header, {own.name}")
    return problems


def main(root: pathlib.Path) -> int:
    root = root.resolve()
    files = [f for top in ("bpf", "pmd", "userspace", "tools", "tests") for f in sorted((root / top).rglob("*"))
             if f.suffix in (".h", ".cc", ".c")]
    for path in files:
        house = house_of(path.relative_to(root).as_posix())
        if house is not None and house not in MAY_USE:
            print(f"{path.relative_to(root)}: house '{house}' has no line in {pathlib.Path(__file__).name}")
            return 1
    problems = [problem for f in files for problem in check_file(root, f)]
    print("\n".join(problems) if problems else f"{len(files)} files")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
