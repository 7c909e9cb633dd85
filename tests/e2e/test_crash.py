# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""hvsd is killed: its XDP program goes on treating service traffic as the port's on_down says, until one serves again."""
import concurrent.futures
import contextlib
import ctypes
import json
import mmap
import os
import shutil
import socket
import struct

import pytest

import support
from lab.servers import ECHO_PORT


def xdp_ids(lab) -> list[int]:
    links = [json.loads(lab.run("lb", "ip", "-j", "-d", "link", "show", device).stdout)[0] for device in lab.topology.devices]
    return [link["xdp"]["prog"]["id"] for link in links]


def held(hvsd) -> int:
    """Frames that its program held in the absence of the daemon."""
    return sum(cpu["value"]["held_packets"] for row in hvsd.map_rows("steer_stats") for cpu in row["values"])


@contextlib.contextmanager
def xdp_socket(lab, device: str):
    """An AF_XDP socket (linux/if_xdp.h) that has queue 0 of a device of the balancer."""
    family, level, rx_ring, umem, fill_ring, completion_ring, size = 44, 283, 2, 4, 5, 6, 2 * 4096
    area = mmap.mmap(-1, size)
    with lab.entered("lb"):
        sock = socket.socket(family, socket.SOCK_RAW)
        index = socket.if_nametoindex(device)
    with sock:
        start = ctypes.addressof(ctypes.c_char.from_buffer(area))
        sock.setsockopt(level, umem, struct.pack("=QQIIII", start, size, 4096, 0, 0, 0))
        for ring in (fill_ring, completion_ring, rx_ring):
            sock.setsockopt(level, ring, struct.pack("=I", 2))
        address = struct.pack("=HHIII", family, 0, index, 0, 0)
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.bind(sock.fileno(), address, len(address)) == 0, os.strerror(ctypes.get_errno())
        yield


def test_start_after_kill_replaces_the_stale_program(lab, daemon, client):
    daemon.start()
    daemon.kill()
    stale = support.xdp_programs(lab, daemon)
    assert None not in stale and daemon.pins.is_dir()
    daemon.start()
    assert "left behind" in daemon.read_log()
    for device in lab.topology.devices:
        assert f'{device} has XDP program "hvs_steer"' in daemon.read_log()
    for _ in range(6):
        assert client.attempt(lab.topology.vip_v4, ECHO_PORT) in support.names(lab.topology)
    assert daemon.stop() == 0
    assert support.xdp_programs(lab, daemon) == {None} and not daemon.pins.exists()


@pytest.fixture
def slower_syns(lab):
    """A SYN is sent again after one second and then after two, not four times after one, as Linux 6.5 and later do."""
    name = "net.ipv4.tcp_syn_linear_timeouts"
    former = lab.run("client", "sysctl", "-n", name, check=False).stdout.strip()
    if former:
        lab.run("client", "sysctl", "-qw", f"{name}=0")
    yield
    if former:
        lab.run("client", "sysctl", "-qw", f"{name}={former}")


def test_a_crash_is_held_not_refused(lab, daemon, client, slower_syns):
    """While nobody serves, SYNs wait in silence instead of being refused by the kernel; TCP sends them again."""
    daemon.start()
    daemon.kill()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(client.attempt, lab.topology.vip_v4, ECHO_PORT, 60)
        # Not sent again for two seconds now: the moment in which the driver starts is between.
        support.wait_until("the SYN is held twice", lambda: held(daemon) >= 2)
        daemon.start()
        assert waiting.result() in support.names(lab.topology)


def test_a_crash_is_held_through_the_start(lab, daemon):
    """The driver wants an interface without a program; what was left goes on holding once that has started."""
    daemon.settings["log"] = {"level": "debug"}
    daemon.write()
    daemon.start()
    daemon.kill()
    stale = xdp_ids(lab)
    daemon.start()
    said = daemon.read_log()
    for device, number, port in zip(lab.topology.devices, stale, ("out", "in")):
        removed = said.index(f"{device}: removed XDP program")
        back = said.index(f"{device}: XDP program {number} is back")
        assert removed < back < said.index("local ports are dealt out") < said.index(f"port {port}: steering in"), said


def break_the_driver(lab, daemon, tmp_path):
    daemon.bpf_dir = shutil.copytree(daemon.bpf_dir, tmp_path / "bpf")
    (daemon.bpf_dir / "bootstrap.bpf.o").write_text("no program")
    return contextlib.nullcontext()


def take_the_queue_of_the_second_port(lab, daemon, tmp_path):
    """Somebody's AF_XDP socket; the first port is open by then."""
    return xdp_socket(lab, lab.topology.devices[1])


@contextlib.contextmanager
def give_both_ports_one_pin(lab, daemon, tmp_path):
    """bpffs has no dots in names: the second port's program cannot be pinned when the first one steers already."""
    former = [port["name"] for port in daemon.settings["ports"]]
    for port, name in zip(daemon.settings["ports"], ("a.b", "a_b")):
        port["name"] = name
    daemon.write()
    yield
    for port, name in zip(daemon.settings["ports"], former):
        port["name"] = name
    daemon.write()


@pytest.mark.parametrize("fault", [break_the_driver, take_the_queue_of_the_second_port, give_both_ports_one_pin])
def test_a_start_that_fails_leaves_traffic_held(lab, daemon, client, tmp_path, fault):
    daemon.start()
    daemon.kill()
    stale, good = xdp_ids(lab), daemon.bpf_dir
    with fault(lab, daemon, tmp_path):
        said = support.refused(daemon)
        assert "left behind" in said and xdp_ids(lab) == stale, said
        assert client.attempt(lab.topology.vip_v4, ECHO_PORT, 1) == "TimeoutError"
    daemon.bpf_dir = good
    daemon.start()
    assert client.attempt(lab.topology.vip_v4, ECHO_PORT) in support.names(lab.topology)
    assert not set(xdp_ids(lab)) & set(stale)
    assert daemon.stop() == 0 and support.xdp_programs(lab, daemon) == {None}


def test_a_stopped_port_with_policy_pass_gives_traffic_to_the_kernel(lab, new_hvsd, client):
    hvsd = new_hvsd()
    for port in hvsd.settings["ports"]:
        port["on_down"] = "pass"
    hvsd.write()
    hvsd.start()
    hvsd.kill()
    try:
        assert client.attempt(lab.topology.vip_v4, ECHO_PORT) == "ConnectionRefusedError"
    finally:
        hvsd.start()
        assert hvsd.stop() == 0
