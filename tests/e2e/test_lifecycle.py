# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""hvsd comes and goes: what it leaves behind, and what it refuses to stand on."""
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import types

import pytest

import support
from lab import netns
from lab.balancer import RUN_ROOT
from lab.servers import ECHO_PORT


def test_stop_leaves_nothing_and_says_so(lab, daemon, client):
    daemon.start()
    assert None not in support.xdp_programs(lab, daemon)
    assert daemon.pins.is_dir()
    assert client.attempt(lab.topology.vip_v4, ECHO_PORT) in support.names(lab.topology)
    lines = len(daemon.read_log().splitlines())

    assert daemon.stop() == 0
    assert support.xdp_programs(lab, daemon) == {None}
    assert not daemon.pins.exists()
    assert not (RUN_ROOT / daemon.instance).exists() or not list((RUN_ROOT / daemon.instance).iterdir())
    farewell = "\n".join(daemon.read_log().splitlines()[lines:])
    for device in lab.topology.devices:
        assert device in farewell
    assert f"{daemon.pins} removed" in farewell
    # The addresses are the kernel's: it answers, with a refusal.
    assert client.attempt(lab.topology.vip_v4, ECHO_PORT) == "ConnectionRefusedError"


def test_start_and_stop_again_and_again(lab, daemon, client):
    for _ in range(3):
        daemon.start()
        assert client.attempt(lab.topology.vip_v6, ECHO_PORT, timeout=10) in support.names(lab.topology)
        assert daemon.stop() == 0
        assert support.xdp_programs(lab, daemon) == {None} and not daemon.pins.exists()


@pytest.mark.parametrize("crashed", [False, True], ids=["clean", "after a crash"])
@pytest.mark.parametrize("delay", [0, 0.1, 0.3, 0.6])
def test_a_stop_during_the_start_leaves_nothing(lab, daemon, delay, crashed):
    if crashed:
        daemon.start()
        daemon.kill()
    daemon.launch()
    support.wait_until("the first line of the log", lambda: " starts: " in daemon.read_log())
    time.sleep(delay)
    assert daemon.stop() == 0, daemon.read_log()
    assert support.xdp_programs(lab, daemon) == {None} and not daemon.pins.exists()
    assert not [lock for lock in (RUN_ROOT / ".ports").glob("*") if lock.read_text().startswith(daemon.instance + " ")]


def test_second_instance_on_the_same_port_is_refused_by_name(lab, daemon, new_hvsd, client):
    daemon.start()
    second = new_hvsd(f"{support.PREFIX}-second")
    said = support.refused(second)
    assert lab.topology.outside in said and daemon.instance in said
    assert not second.pins.exists()
    assert None not in support.xdp_programs(lab, daemon)
    for _ in range(6):
        assert client.attempt(lab.topology.vip_v4, ECHO_PORT) in support.names(lab.topology)


def test_same_instance_twice_is_refused(lab, daemon, new_hvsd, client):
    daemon.start()
    again = new_hvsd()
    again.name += ".again"
    again.log = again.log.with_suffix(".again.log")
    said = support.refused(again)
    assert daemon.instance in said
    assert daemon.ctl("status")["pid"] == daemon.pid
    assert client.attempt(lab.topology.vip_v4, ECHO_PORT) in support.names(lab.topology)


def test_two_instances_stand_side_by_side_on_ports_of_their_own(lab, new_hvsd):
    pair = [new_hvsd(f"{support.PREFIX}-outside"), new_hvsd(f"{support.PREFIX}-inside")]
    try:
        for hvsd, port in zip(pair, pair[0].settings["ports"]):
            hvsd.settings["ports"] = [port]
            hvsd.write()
            hvsd.start()
        assert [hvsd.ctl("status")["instance"] for hvsd in pair] == [f"{support.PREFIX}-outside", f"{support.PREFIX}-inside"]
        assert all(len(hvsd.map_rows("steer_services")) == 6 for hvsd in pair)
        # Which one is meant, has to be said.
        done = netns.run(str(pair[0].hvsctl), "status", check=False)
        assert done.returncode != 0
        assert f"{support.PREFIX}-outside" in done.stderr and f"{support.PREFIX}-inside" in done.stderr
        assert pair[0].stop() == 0
        assert pair[1].running() and pair[1].pins.is_dir() and not pair[0].pins.exists()
    finally:
        for hvsd in pair:
            hvsd.lab.procs.stop(hvsd.name)


FOREIGN = """
__attribute__((section("xdp"), used)) int strangers_xdp(void *ctx) { return 2; /* XDP_PASS */ }
char _license[] __attribute__((section("license"), used)) = "GPL";
"""


@pytest.fixture
def foreign_object(tmp_path) -> str:
    """Somebody else's XDP program, compiled."""
    (tmp_path / "foreign.c").write_text(FOREIGN)
    subprocess.run(["clang", "-O2", "-g", "-target", "bpf", "-c", "foreign.c", "-o", "foreign.o"], cwd=tmp_path, check=True)
    return str(tmp_path / "foreign.o")


@pytest.fixture
def foreign_program(lab, foreign_object):
    """It is on the inside device."""
    device = lab.topology.inside
    lab.run("lb", "ip", "link", "set", "dev", device, "xdp", "obj", foreign_object, "sec", "xdp")
    yield device
    lab.run("lb", "ip", "link", "set", "dev", device, "xdp", "off")


def test_a_program_that_is_taken_off_is_put_back(lab, daemon, client):
    device, port = lab.topology.outside, lab.topology.outside.removeprefix("hvs-")
    daemon.start()
    before = daemon.xdp_program(device)
    for _ in range(2):
        lab.run("lb", "ip", "link", "set", "dev", device, "xdp", "off")
        support.wait_until("the program to be back", lambda: daemon.xdp_program(device) == before)
        assert client.attempt(lab.topology.vip_v4, ECHO_PORT, timeout=10) in support.names(lab.topology)
    said = daemon.read_log()
    assert said.count(f"port {port}: somebody took the XDP program off {device}") == 2
    assert said.count(f"port {port}: the XDP program is on {device} again") == 2
    assert daemon.stop() == 0
    assert support.xdp_programs(lab, daemon) == {None}


def test_a_program_that_takes_the_place_of_ours_is_told_of_and_left_alone(lab, daemon, client, foreign_object):
    device, port = lab.topology.outside, lab.topology.outside.removeprefix("hvs-")

    def link() -> str:
        return {row["name"]: row["link"] for row in daemon.ctl("ports")}[port]
    daemon.start()
    assert link() == "up"
    force = ("ip", "-force", "link", "set", "dev", device, "xdp", "obj", foreign_object, "sec", "xdp")
    lab.run("lb", *force)
    support.wait_until("the loss to be seen", lambda: link() == "unsteered")
    metrics = netns.run("curl", "-sS", "--unix-socket", str(RUN_ROOT / daemon.instance / "api.sock"), "http://hvs/metrics").stdout
    assert f'hvs_port_up{{port="{port}"}} 0' in metrics
    assert f"{device} has XDP program 'strangers_xdp'" in daemon.read_log()
    lab.run("lb", "ip", "link", "set", "dev", device, "xdp", "off")
    support.wait_until("ours to be back", lambda: link() == "up")
    assert client.attempt(lab.topology.vip_v4, ECHO_PORT, timeout=10) in support.names(lab.topology)
    lab.run("lb", *force)
    support.wait_until("the loss to be seen", lambda: link() == "unsteered")
    assert daemon.stop() == 0
    assert daemon.xdp_program(device) == "strangers_xdp"
    assert daemon.xdp_program(lab.topology.inside) is None
    lab.run("lb", "ip", "link", "set", "dev", device, "xdp", "off")
    daemon.start()
    assert daemon.stop() == 0


def test_another_program_on_the_interface_is_refused_by_name_and_left_alone(lab, daemon, foreign_program):
    said = support.refused(daemon)
    assert "strangers_xdp" in said and foreign_program in said
    assert daemon.xdp_program(foreign_program) == "strangers_xdp"
    assert daemon.xdp_program(lab.topology.outside) is None  # what was attached before the refusal is detached
    assert not daemon.pins.exists()


def test_device_that_is_missing_is_one_clear_line(daemon):
    daemon.settings["ports"][1]["device"] = "nosuch0"
    daemon.write()
    assert "nosuch0" in support.refused(daemon)
    assert not daemon.pins.exists()


@pytest.fixture
def manager(daemon, tmp_path):
    """A service manager's socket for a daemon that is launched now."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(60)

        @contextlib.contextmanager
        def environment(watchdog_us: int):
            os.environ.update(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC=str(watchdog_us))
            try:
                yield
            finally:
                del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]

        def until(word: str) -> list[str]:
            """The messages up to one with this line."""
            messages = []
            deadline = time.monotonic() + 60
            while not messages or word not in messages[-1].split("\n"):
                assert time.monotonic() < deadline, f"never told: {word}"
                messages.append(listener.recv(4096).decode())
            return messages

        def forget() -> None:
            """Makes room: what finds the socket full is lost."""
            listener.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while listener.recv(4096):
                    pass
            listener.settimeout(60)

        yield types.SimpleNamespace(environment=environment, until=until, forget=forget)


def test_readiness_and_reload_are_told_to_the_service_manager(daemon, manager):
    with manager.environment(2_000_000):
        daemon.launch()
    manager.until("READY=1")
    assert daemon.ctl("status")["state"] == "running"
    manager.until("WATCHDOG=1")
    manager.until("WATCHDOG=1")
    daemon.signal(signal.SIGHUP)
    manager.until("RELOADING=1")
    manager.until("READY=1")
    daemon.signal(signal.SIGTERM)
    manager.until("STOPPING=1")
    assert daemon.lab.procs.wait(daemon.name, 30) == 0


def test_a_long_reload_beats_and_its_log_is_bounded(lab, daemon, manager):
    """Between RELOADING and READY the control thread never comes to its timers. It takes many times the watchdog's 0.2 s."""
    dests = 50_000
    with manager.environment(200_000):
        daemon.launch()
    manager.until("READY=1")
    many = support.service("many", lab.topology.vip_v4, "tcp", 4000, [])
    many["dests"] = [{"address": f"10.20.0.{30 + n % 200}", "port": 1 + n // 200} for n in range(dests)]
    daemon.settings["services"].append(many)
    daemon.write()
    manager.forget()
    daemon.signal(signal.SIGHUP)
    manager.until("RELOADING=1")
    meanwhile = manager.until("READY=1")
    assert "WATCHDOG=1" in meanwhile
    assert daemon.services()["many"]["dests"] == dests

    many["dests"] = [{**dest, "weight": 2} for dest in many["dests"]]
    daemon.reload(daemon.settings["services"])
    said = [line for line in daemon.read_log().splitlines() if " reload: dest " in line or " reload: ... and " in line]
    assert 1 < len(said) < 50 and said[-1].endswith(f"reload: ... and {dests - (len(said) - 1)} more"), said
    assert daemon.stop() == 0


def test_signals_without_a_meaning_are_ignored(lab, daemon, client):
    daemon.start()
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM):
        daemon.signal(number)
    # A reload is on its way after them, and it is done: they came and changed nothing.
    daemon.signal(signal.SIGHUP)
    support.wait_until("the reload", lambda: "reloaded " in daemon.read_log() or not daemon.running())
    assert daemon.running(), daemon.read_log()
    assert client.attempt(lab.topology.vip_v4, ECHO_PORT) in support.names(lab.topology)
    assert daemon.stop() == 0


def restart_prevented() -> set[int]:
    """The exit statuses after which the systemd unit does not start hvsd again."""
    unit = (pathlib.Path(__file__).parents[2] / "config/systemd/hvsd@.service.in").read_text()
    assert not re.search("^ExecStartPre=", unit, re.MULTILINE)  # its failure would be tried again, whatever its status
    words = re.search("^RestartPreventExitStatus=(.*)$", unit, re.MULTILINE)
    return {int(word) for word in words[1].split()}


def test_what_a_retry_cannot_mend_has_a_status_that_the_unit_knows(daemon):
    def status() -> int:
        daemon.launch()
        return daemon.lab.procs.wait(daemon.name, 60)

    daemon.config.write_text("instance: x\ncolour: red\n")
    assert status() == 78 and 78 in restart_prevented()
    daemon.config.unlink()
    assert status() == 78
    daemon.settings["ports"][1]["device"] = "nosuch0"  # it may come later
    daemon.write()
    assert status() == 1 and 1 not in restart_prevented()
    wrong = subprocess.run([daemon.hvsd, "--nosuch"], capture_output=True, check=False)
    assert wrong.returncode in restart_prevented()
