# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Running things inside network namespaces.

Never "ip netns exec": it remounts /sys, and the BPF file system under it is gone (libxdp: "No bpffs found").
nsenter --net changes the network namespace alone.
"""
import contextlib
import ctypes
import os
import pathlib
import socket
import subprocess
import threading

NETNS_DIR = "/run/netns"
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class LabError(RuntimeError):
    """A command of the lab failed; the text says which one and what it printed."""


def make_dir(directory: pathlib.Path) -> None:
    """Make a directory and those above it, which others may make and remove meanwhile."""
    for _ in range(1000):
        with contextlib.suppress(FileNotFoundError, FileExistsError):
            directory.parent.mkdir(parents=True, exist_ok=True)
            directory.mkdir(mode=0o755, exist_ok=True)
            return
    raise LabError(f"cannot make {directory}: a file is in its way, or what is above it is removed again and again")


def entries(directory: pathlib.Path, pattern: str) -> list[pathlib.Path]:
    """What is in a directory now; nothing when it is gone."""
    try:
        return sorted(directory.glob(pattern))
    except FileNotFoundError:
        return []


def path(ns: str) -> str:
    return f"{NETNS_DIR}/{ns}"


def exists(ns: str) -> bool:
    return os.path.exists(path(ns))


def enter(ns: str, *command: str) -> list[str]:
    """The argument list that runs `command` inside `ns`."""
    return ["nsenter", f"--net={path(ns)}", "--", *command]


def run(*command: str, text: str | None = None, check: bool = True, timeout: float = 60) -> subprocess.CompletedProcess:
    """Run a command to its end. Output is captured; a failure raises LabError with all of it."""
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=timeout, check=False)
    except FileNotFoundError as error:
        raise LabError(f"{error.filename} is not installed; run: sudo tools/hvs install") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"no end after {timeout} s: {' '.join(command)}") from error
    if check and done.returncode != 0:
        raise LabError(f"exit status {done.returncode}: {' '.join(command)}\n{done.stdout}{done.stderr}{text or ''}".rstrip())
    return done


def run_in(ns: str, *command: str, **options) -> subprocess.CompletedProcess:
    return run(*enter(ns, *command), **options)


def ip_batch(ns: str | None, lines: list[str]) -> None:
    """Feed `ip -batch` inside a namespace (None: the host's)."""
    where = ["-n", ns] if ns else []
    run("ip", *where, "-batch", "-", text="\n".join(lines) + "\n")


@contextlib.contextmanager
def entered(ns: str):
    """Put the calling thread into `ns`. A socket made inside stays in the namespace after the block.

    Only sockets belong into the block; a thread started there would stay in the namespace.
    """
    with open(f"/proc/self/task/{threading.get_native_id()}/ns/net", "rb") as home, open(path(ns), "rb") as there:
        _setns(there.fileno())
        try:
            yield
        finally:
            _setns(home.fileno())


def udp_socket(ns: str, address: str, port: int = 0) -> socket.socket:
    """A UDP socket (IPv4) of that namespace, which waits for at most 20 s."""
    with entered(ns):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, port))
    made.settimeout(20)
    return made


def _setns(fd: int) -> None:
    if _libc.setns(fd, _CLONE_NEWNET) != 0:
        raise LabError(f"setns: {os.strerror(ctypes.get_errno())}")
