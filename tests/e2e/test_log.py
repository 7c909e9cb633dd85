# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""hvsd's log goes to standard error, and what becomes of that is no matter of life and death."""
import contextlib
import fcntl
import os
import pathlib
import re
import select
import types

import pytest

import support
from lab.servers import ECHO_PORT


@pytest.fixture
def unread(daemon, monkeypatch):
    """A small pipe as the daemon's standard error, which nobody reads but read(): all that came so far."""
    daemon.log.unlink(missing_ok=True)
    os.mkfifo(daemon.log)
    pipe = os.open(daemon.log, os.O_RDWR | os.O_NONBLOCK)  # also as a writer: it never comes to an end
    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
    said = bytearray()

    def read() -> str:
        with contextlib.suppress(BlockingIOError):
            while part := os.read(pipe, 65536):
                said.extend(part)
        return said.decode()

    def full() -> bool:
        return not select.select([], [pipe], [], 0)[1]

    def leave() -> None:
        nonlocal pipe
        os.close(pipe)
        pipe = os.open("/dev/null", os.O_RDONLY)

    monkeypatch.setattr(daemon, "read_log", read)
    yield types.SimpleNamespace(read=read, full=full, leave=leave)
    daemon.lab.procs.stop(daemon.name)
    os.close(pipe)
    daemon.log.unlink()


def cpus_of_thread(daemon, name: str) -> set[str]:
    """Where the threads of a name may run."""
    tasks = [task for task in pathlib.Path(f"/proc/{daemon.pid}/task").iterdir() if (task / "comm").read_text() == f"{name}\n"]
    return {re.search(r"^Cpus_allowed_list:\s*(\S+)$", (task / "status").read_text(), re.MULTILINE)[1] for task in tasks}


def test_a_log_that_nobody_reads_stops_nothing(lab, daemon, client, unread):
    daemon.start()  # says more than the pipe holds
    assert unread.full()
    assert cpus_of_thread(daemon, "hvs-log") == cpus_of_thread(daemon, "hvsd")  # not where the workers are

    # More than is kept for a reader: a problem of a file is a line.
    daemon.config.write_text("".join(f"nosuch{n}: {n}\n" for n in range(100)))
    for _ in range(30):
        assert daemon.ctl_text("reload", check=False).returncode != 0
    echo = [service for service in daemon.settings["services"] if service["name"] == "echo"]
    daemon.reload(echo)
    assert set(daemon.services()) == {"echo"}
    assert client.attempt(lab.topology.vip_v4, ECHO_PORT) in support.names(lab.topology)
    assert unread.full()

    support.wait_until("the last line", lambda: "reloaded " in unread.read())
    said = unread.read()
    lost = re.search(r"warning: (\d+) line\(s\) of the log were lost here", said)
    assert said.index(" starts: ") < lost.start() < said.index("reloaded ")
    assert int(lost[1]) + said.count("unknown key") >= 3000
    assert said.count("were lost here") == 1

    # It ends as well while nobody reads.
    daemon.config.write_text("".join(f"nosuch{n}: {n}\n" for n in range(100)))
    assert daemon.ctl_text("reload", check=False).returncode != 0
    assert unread.full()
    assert daemon.stop() == 0
    assert not daemon.pins.exists()


def test_a_log_whose_reader_is_gone_ends_nothing(lab, daemon, client, unread):
    daemon.start()
    unread.leave()
    daemon.reload(daemon.settings["services"][2:3])  # says so, in vain
    assert client.attempt(lab.topology.vip_v4, ECHO_PORT) in support.names(lab.topology)
    assert daemon.stop() == 0


def test_without_standard_error_no_other_file_takes_the_log(daemon, monkeypatch):
    command = daemon.command
    monkeypatch.setattr(daemon, "command", lambda *words: ["sh", "-c", 'exec "$@" 2>&-', "sh", *command(*words)])
    daemon.start()
    assert os.readlink(f"/proc/{daemon.pid}/fd/2") == "/dev/null"
    assert daemon.stop() == 0
