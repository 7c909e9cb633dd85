# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The kernel owns the devices: what it does to them while we serve."""
import contextlib
import json
import socket

import pytest

import support
from lab import netns
from lab.servers import ECHO_PORT


def mac_of(lab, device: str) -> str:
    return json.loads(lab.run("lb", "ip", "-j", "link", "show", device).stdout)[0]["address"]


@pytest.mark.parametrize("arm", ["outside", "inside"])
def test_a_new_mac_address_is_followed(lab, hvsd, client, arm):
    top = lab.topology
    device = getattr(top, arm)
    port = device.removeprefix("hvs-")
    old = mac_of(lab, device)
    lines = len(hvsd.read_log().splitlines())
    with client.connect(top.vip_v4, ECHO_PORT) as sock:
        home = support.exchange(sock, b"who")
        for mac in (f"02:aa:bb:cc:dd:{len(arm):02x}", old):
            lab.run("lb", "ip", "link", "set", device, "address", mac)
            # Nobody is told by the kernel; neighbours learn it when they ask again.
            for role in ("client", *support.names(top)):
                lab.run(role, "ip", "neigh", "flush", "all", check=False)
            support.wait_until("the port's MAC address to be followed",
                               lambda: {p["name"]: p["mac"] for p in hvsd.ctl("ports")}[port] == mac)
            assert support.exchange(sock, b"who") == home
            for vip in (top.vip_v4, top.vip_v6):
                assert set(client.attempts(vip, ECHO_PORT, 6, 10)) == support.names(top)
            assert client.ping(top.vip_v4) == 3
    said = "\n".join(hvsd.read_log().splitlines()[lines:])
    assert f"port {port}: MAC address {old} -> 02:aa:bb:cc:dd" in said


def test_a_new_mtu_is_followed(lab, hvsd):
    device = lab.topology.outside
    port = device.removeprefix("hvs-")
    lines = len(hvsd.read_log().splitlines())
    for mtu in (1400, 1500):
        lab.run("lb", "ip", "link", "set", device, "mtu", str(mtu))
        support.wait_until("the port's MTU to be followed",
                           lambda: {p["name"]: p["mtu"] for p in hvsd.ctl("ports")}[port] == mtu)
    said = "\n".join(hvsd.read_log().splitlines()[lines:])
    assert f"port {port}: MTU 1500 -> 1400" in said and f"port {port}: MTU 1400 -> 1500" in said, said


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_the_mtu_of_a_route_is_followed(lab, hvsd, client, family):
    """The way to each server takes less than its interface: what is too large is refused, and no MSS says more."""
    top = lab.topology
    vip = getattr(top, f"vip_{family}")
    level, option, discover = (socket.IPPROTO_IPV6, 24, 23) if family == "v6" else (socket.IPPROTO_IP, 14, 10)  # *_MTU, *_MTU_DISCOVER
    headers = 40 if family == "v6" else 20
    routes = [f"{getattr(server, family)} dev {top.inside}" for server in top.servers]

    def told(size: int) -> int:
        """The path's MTU, as a client knows it who has sent a packet of so many bytes that may not be cut."""
        with client.socket(vip, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.2)
            sock.setsockopt(level, discover, 3)  # *_PMTUDISC_PROBE: whatever the client knows
            sock.connect((vip, ECHO_PORT))
            with contextlib.suppress(OSError):
                sock.send(bytes(size - headers - 8))
                return len(sock.recv(65536)) + headers + 8
            return sock.getsockopt(level, option)

    netns.ip_batch(lab.ns("lb"), [f"route add {route} mtu 1400" for route in routes])
    try:
        support.wait_until("the client hears of it", lambda: told(1500) == 1400)
        assert told(1400) == 1400
        for which in ("-4", "-6"):
            lab.run("client", "ip", which, "route", "flush", "cache")
        with client.connect(vip, ECHO_PORT) as sock:
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= 1400 - headers - 20
            assert support.echoes(sock, bytes(100_000))
    finally:
        netns.ip_batch(lab.ns("lb"), [f"route del {route}" for route in routes])
    support.wait_until("the interface's MTU again", lambda: told(1500) == 1500)
    assert {reason for reason, n in hvsd.drops().items() if n} <= {"mtu_exceeded", "route_not_ours"}


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_a_route_that_encapsulates_is_not_ours(lab, hvsd, client, family):
    top = lab.topology
    vip = getattr(top, f"vip_{family}")
    encap = "encap ip id 5 dst 10.20.0.99" if family == "v4" else "encap ip6 id 5 dst fd20::99"
    routes = [f"{getattr(server, family)} {encap} dev {top.inside}" for server in top.servers]
    before = hvsd.drops()["route_not_ours"]
    netns.ip_batch(lab.ns("lb"), [f"route add {route}" for route in routes])
    try:
        support.wait_until("nobody to be served",
                           lambda: client.attempt(vip, ECHO_PORT, 0.2) == "TimeoutError" and hvsd.drops()["route_not_ours"] > before)
    finally:
        netns.ip_batch(lab.ns("lb"), [f"route del {route}" for route in routes])
    support.wait_until("the plain route to serve", lambda: client.attempt(vip, ECHO_PORT) in support.names(top))
    said = f"routes that encapsulate (ip route ... encap {'ip' if family == 'v4' else 'ip6'}) are not followed"
    assert hvsd.read_log().count(said) == 1


def test_an_mtu_beyond_the_packet_buffers_is_not_used(lab, hvsd, client):
    """They were made at the start. Both sides would otherwise agree on segments that the kernel has no room for."""
    device, held = lab.topology.outside, 1770

    def set_mtu(mtu: int) -> None:
        for role in lab.roles:
            names = [link["ifname"] for link in json.loads(lab.run(role, "ip", "-j", "link", "show").stdout) if "LOOPBACK" not in link["flags"]]
            netns.ip_batch(lab.ns(role), [f"link set {name} mtu {mtu}" for name in names])

    def in_use() -> int:
        return {p["name"]: p["mtu"] for p in hvsd.ctl("ports")}[device.removeprefix("hvs-")]

    message = bytes(range(256)) * 2048
    try:
        set_mtu(3000)
        support.wait_until("the MTU to be followed as far as it goes", lambda: in_use() == held)
        assert f"the MTU of {device} is 3000 now; the port's packet buffers, made at the start, hold {held}" in hvsd.read_log()
        for vip in (lab.topology.vip_v4, lab.topology.vip_v6):
            with client.connect(vip, ECHO_PORT) as sock:
                assert support.echoes(sock, message)
    finally:
        set_mtu(1500)
    support.wait_until("the MTU to be followed back", lambda: in_use() == 1500)


def test_lost_addresses_are_told(lab, hvsd):
    top = lab.topology
    lip = next(a["local"] for link in json.loads(lab.run("lb", "ip", "-j", "-4", "addr", "show", "dev", top.inside).stdout)
               for a in link["addr_info"] if a["prefixlen"] == 32)
    lab.run("lb", "ip", "addr", "del", f"{lip}/32", "dev", top.inside)
    support.wait_until("the loss to be told", lambda: f"the kernel has lost {lip}: nobody answers" in hvsd.read_log())
    lab.run("lb", "ip", "addr", "add", f"{lip}/32", "dev", top.inside)
    support.wait_until("the return to be told", lambda: f"the kernel has {lip} again" in hvsd.read_log())


def test_a_device_that_goes_ends_the_daemon_with_an_error(lab, hvsd):
    """Last in this module: the lab is broken then."""
    device = lab.topology.outside
    lab.run("lb", "ip", "link", "del", device)
    support.wait_until("the end of hvsd", lambda: not hvsd.running())
    assert lab.procs.returncode(hvsd.name) == 1
    assert f"the network device {device} is gone" in hvsd.read_log()
    assert not hvsd.pins.exists()
    assert hvsd.xdp_program(lab.topology.inside) is None
