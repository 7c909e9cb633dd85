# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The lab itself, without a balancer: a mistake here would look like one of hvsd."""
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

import support
from lab import ONE_ARM, TWO_ARM, Lab, LabError
from lab import netns, servers
from lab.core import ROLES

NAME, OTHER = support.PREFIX + "lab", support.PREFIX + "lab2"


@pytest.mark.parametrize("topology", [TWO_ARM, ONE_ARM], ids=lambda t: t.name)
def test_everybody_reaches_whom_it_should(topology):
    with Lab(NAME, topology) as lab:
        balancer, client = support.Client(lab, "lb"), support.Client(lab, "client")
        for server in topology.servers:
            for address in (server.v4, server.v6):
                assert balancer.curl(address).stdout == server.name + "\n"
                assert balancer.ask_udp(address, servers.ECHO_PORT, b"who") == server.name.encode()
                assert client.attempt(address, servers.ECHO_PORT, 1) == (server.name if topology.one_arm else "OSError")
        for address in (topology.own_v4, topology.own_v6, topology.vip_v4, topology.vip_v6):
            assert client.ping(address) == 3
        # Nobody but the balancer serves the VIP: its kernel refuses.
        assert client.attempt(topology.vip_v4, servers.HTTP_PORT) == "ConnectionRefusedError"
        assert client.attempt(topology.own_v4, servers.ECHO_PORT) == "lb"


def test_frames_leave_as_a_wire_would_carry_them():
    with Lab(NAME) as lab:
        for role in ("client", "rs1", "rs2", "rs3"):
            features = lab.run(role, "ethtool", "-k", "eth0").stdout
            for feature in ("tx-checksumming", "tcp-segmentation-offload", "generic-segmentation-offload"):
                assert f"{feature}: off" in features


def test_blob_arrives_as_it_was_made():
    with Lab(NAME) as lab:
        digest = servers.make_blob(lab, "blob", 3_000_001)
        said = lab.run("lb", "sh", "-c", f"curl -sS http://{lab.topology.servers[0].v4}/blob | sha256sum").stdout
        assert said.split()[0] == digest


def leftovers(prefix: str) -> list[str]:
    found = [role for role in ROLES if netns.exists(f"{prefix}-{role}")]
    found += [str(p) for p in pathlib.Path("/var/tmp").glob(f"hvs-lab-{prefix}-*")]
    if pathlib.Path(f"/run/hvs-lab/{prefix}").exists():
        found.append("run directory")
    return found


def test_down_removes_everything_also_twice_and_for_a_stranger():
    lab = Lab(NAME)
    lab.up()
    pids = [lab.procs.pid(name) for name in lab.procs.names()]
    assert len(pids) == 7 and all(pids)
    Lab(NAME).down()  # another process would know no more than this object does
    assert leftovers(NAME) == []
    assert not any(lab.procs.alive(name) for name in lab.procs.names())
    for pid in pids:
        stat = pathlib.Path(f"/proc/{pid}/stat")
        assert not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"
    Lab(NAME).down()


def test_run_directory_while_other_labs_take_theirs_away(tmp_path):
    above, ended = tmp_path / "labs", threading.Event()

    def take_away():
        while not ended.is_set():
            with contextlib.suppress(OSError):
                above.rmdir()
            time.sleep(0.000001)

    def lay_and_take_away(name: str):
        for _ in range(1000):
            netns.make_dir(above / name)
            assert netns.entries(above, name) == [above / name]
            (above / name).rmdir()

    other = threading.Thread(target=take_away)
    other.start()
    try:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for laid in [pool.submit(lay_and_take_away, name) for name in ("mine", "yours")]:
                laid.result()
    finally:
        ended.set()
        other.join()
    assert netns.entries(tmp_path / "none", "*") == []


def test_up_over_what_a_killed_run_left():
    lab = Lab(NAME)
    lab.up()
    os.killpg(lab.procs.pid("rs1.nginx"), signal.SIGKILL)  # its workers, too, which nobody would end
    with Lab(NAME) as again:
        assert support.Client(again, "lb").curl(again.topology.servers[0].v4).stdout == "rs1\n"
    assert leftovers(NAME) == []


def test_up_that_fails_half_way_removes_its_half(monkeypatch):
    def fail(*_):
        raise LabError("no echo today")

    monkeypatch.setattr(servers, "start_echo", fail)
    with pytest.raises(LabError, match="no echo today"):
        Lab(NAME).up()
    assert leftovers(NAME) == []


def test_two_labs_stand_side_by_side():
    with Lab(NAME) as one, Lab(OTHER, ONE_ARM) as two:
        for lab in (one, two):
            assert support.Client(lab, "lb").curl(lab.topology.servers[2].v6).stdout == "rs3\n"
        one.down()
        assert support.Client(two, "lb").curl(two.topology.servers[2].v6).stdout == "rs3\n"
    assert leftovers(NAME) + leftovers(OTHER) == []


def command(*words: str):
    """`tools/hvs lab` itself, without the packages that it looks for."""
    tools = pathlib.Path(__file__).resolve().parents[2] / "tools"
    return netns.run("env", f"PYTHONPATH={tools}", sys.executable, "-B", "-m", "lab", "--prefix", NAME, *words, check=False)


def test_up_leaves_a_lab_that_stands_as_it_is_and_says_so():
    lab = Lab(NAME)
    try:
        first = command("up")
        assert first.returncode == 0 and "stood already" not in first.stdout, first.stdout + first.stderr
        server = lab.procs.pid("rs1.nginx")
        again, other = command("up"), command("up", "--one-arm")
        assert again.returncode == 0 and f"lab {NAME} stood already and was left as it is" in again.stdout
        assert f"tools/hvs lab --prefix {NAME} down, then up" in again.stdout
        assert other.returncode == 1 and "stands already, and is two-arm" in other.stderr
        assert server is not None and lab.procs.pid("rs1.nginx") == server
        # What the end of a namespace left is no lab.
        netns.run("ip", "netns", "del", lab.ns("rs2"))
        assert "stood already" not in command("up").stdout
        assert lab.procs.pid("rs1.nginx") not in (None, server)
        # Nor is one that was killed before it was whole, or whose note is gone.
        note = lab.run_dir / "lab.json"
        note.write_text(note.read_text().replace("true", "false"))
        assert "stood already" not in command("up").stdout
        assert "stood already" in command("up").stdout
        note.unlink()
        assert "stood already" not in command("up").stdout
        assert command("status").returncode == 0
    finally:
        lab.down()


def test_status_sees_a_balancer_whoever_started_it(tmp_path):
    asleep = tmp_path / "hvsd"  # by its name alone
    shutil.copy(shutil.which("sleep"), asleep)
    with Lab(NAME) as lab:
        without = command("status").stdout
        assert "no balancer runs yet" in without and "hvsd (process" not in without
        with subprocess.Popen(netns.enter(lab.ns("lb"), str(asleep), "600")) as balancer:
            try:  # until nsenter has become it
                said = support.wait_until("seen", lambda: "hvsd (process" in (now := command("status").stdout) and now)
                asleep.unlink()  # as a build does that replaces it
                later = command("status").stdout
            finally:
                balancer.kill()
        assert f"hvsd (process {balancer.pid})" in later
        assert f"hvsd (process {balancer.pid})" in said and "no balancer runs yet" not in said


@pytest.mark.parametrize("prefix", ["", "a/b", "../x", "with space", "x" * 17])
def test_prefix_that_is_no_name_is_refused(prefix):
    with pytest.raises(LabError, match="prefix"):
        Lab(prefix)
