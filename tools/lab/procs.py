# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Processes of a lab, remembered in files, so that a later `down` finds what an earlier `up` started.

A file holds the process id and its start time: an id that was given to somebody else since is left alone.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

from . import netns


class Procs:
    def __init__(self, run_dir: pathlib.Path):
        self.dir = run_dir / "pids"
        self._children: dict[str, subprocess.Popen] = {}

    def start(self, ns: str, name: str, command: list[str], log: pathlib.Path, env: dict | None = None) -> int:
        """Start `command` inside `ns`, in a session of its own, its output in `log`."""
        if self.alive(name):
            raise netns.LabError(f"{name} runs already (process {self.pid(name)})")
        self.dir.mkdir(parents=True, exist_ok=True)
        program = shutil.which(command[0])
        if program is None:
            raise netns.LabError(f"{command[0]} is not installed; run: sudo tools/hvs install")
        with open(log, "ab") as out:
            # nsenter replaces itself by the command: one process, whose id we know.
            child = subprocess.Popen(netns.enter(ns, program, *command[1:]), stdin=subprocess.DEVNULL, stdout=out,
                                     stderr=subprocess.STDOUT, start_new_session=True, env=env)
        self._children[name] = child
        (self.dir / name).write_text(f"{child.pid} {_start_time(child.pid)}\n")
        return child.pid

    def names(self) -> list[str]:
        return [entry.name for entry in netns.entries(self.dir, "*")]

    def pid(self, name: str) -> int | None:
        """Process id, or None when it has ended (or was never started)."""
        try:
            pid, started = (self.dir / name).read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if _start_time(int(pid)) == started else None

    def alive(self, name: str) -> bool:
        child = self._children.get(name)
        if child is not None:
            return child.poll() is None  # /proc calls it a zombie while its last threads end: no status yet
        return self.pid(name) is not None

    def returncode(self, name: str) -> int | None:
        child = self._children.get(name)
        return child.poll() if child else None

    def kill(self, name: str, sig: int = signal.SIGTERM) -> None:
        """Send a signal to the process alone."""
        pid = self.pid(name)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sig)

    def wait(self, name: str, timeout: float = 15) -> int | None:
        """Wait for the end; returns the exit status when it is a child of ours. LabError when it does not end."""
        child = self._children.get(name)
        if child is not None:
            try:
                child.wait(timeout)
            except subprocess.TimeoutExpired as error:
                raise netns.LabError(f"{name} (process {child.pid}) did not end in {timeout} s") from error
        else:
            deadline = time.monotonic() + timeout
            while self.pid(name) is not None:
                if time.monotonic() > deadline:
                    raise netns.LabError(f"{name} (process {self.pid(name)}) did not end in {timeout} s")
                time.sleep(0.02)
        self._forget(name)
        return child.returncode if child else None

    def stop(self, name: str, grace: float = 10) -> None:
        """End the process and whatever it started: first asked, then forced."""
        pid = self.pid(name)
        if pid is not None:
            self.kill(name, signal.SIGTERM)
            try:
                self.wait(name, grace)
            except netns.LabError:
                pass
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)  # it leads its own group: see start_new_session
            self.wait(name)
        elif name in self._children:
            self._children[name].wait()
        self._forget(name)

    def stop_all(self) -> None:
        # Ask all of them first, so that they end side by side.
        names = self.names()
        for name in names:
            self.kill(name)
        for name in names:
            self.stop(name)

    def _forget(self, name: str) -> None:
        self._children.pop(name, None)
        (self.dir / name).unlink(missing_ok=True)


def _start_time(pid: int) -> str | None:
    """Start time in clock ticks since boot (field 22 of stat), None for no process or a zombie."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rsplit(")", 1)[1].split()
    return None if fields[0] in "ZX" else fields[19]
