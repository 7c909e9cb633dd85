# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Native ports: DPDK has the wire, the kernel has a companion; what is not a service's is the kernel's there."""
import json
import socket

import support
from lab.servers import ECHO_PORT

NATIVE = "all"


def netdev(lab, device: str) -> dict:
    return json.loads(lab.run("lb", "ip", "-j", "-d", "link", "show", device).stdout)[0]


def test_http_and_echo_are_forwarded(lab, hvsd, client):
    top = lab.topology
    for vip in (top.vip_v4, top.vip_v6):
        outcome = support.http_requests(client, vip, 1000, 10)
        assert sum(outcome.values()) == 1000 and set(outcome) == support.names(top), outcome
        assert client.ask_udp(vip, ECHO_PORT, b"x" * 1400) == b"x" * 1400
        with client.connect(vip, ECHO_PORT) as sock:
            assert support.echoes(sock, bytes(range(256)) * 64)
    assert {reason: n for reason, n in hvsd.drops().items() if n} == {}


def test_the_companion_stands_for_the_nic(lab, hvsd):
    for port in hvsd.ctl("ports"):
        assert port["kind"] == "native" and port["link"] == "up"
        device = netdev(lab, port["companion"])
        assert device["address"] == port["mac"] == lab.mac("lb", "wire-" + port["name"])
        assert device["mtu"] == port["mtu"] == 1500
        assert "LOWER_UP" in device["flags"]


def test_the_kernel_answers_arp_nd_and_ping_through_the_companion(lab, hvsd, client):
    top = lab.topology
    lab.run("client", "ip", "neigh", "flush", "all")
    before = {p["name"]: p for p in hvsd.ctl("ports")}
    for address in (top.own_v4, top.own_v6, top.vip_v4, top.vip_v6):
        assert client.ping(address, 20) == 20
    said = json.loads(lab.run("client", "ip", "-j", "neigh", "show", top.own_v4).stdout)
    assert said[0]["lladdr"] == before["out"]["mac"]
    after = {p["name"]: p for p in hvsd.ctl("ports")}
    assert after["out"]["punted"] >= before["out"]["punted"] + 80
    assert after["out"]["from_kernel"] >= before["out"]["from_kernel"] + 80
    assert after["out"]["punt_lost"] == after["out"]["from_kernel_lost"] == 0


def test_the_kernel_pings_out_of_the_nic(lab, hvsd):
    top = lab.topology
    for address in (top.client_v4, top.client_v6, top.servers[0].v4, top.servers[0].v6):
        assert support.Client(lab, "lb").ping(address, 10) == 10


def test_tcp_of_the_kernels_own_goes_both_ways(lab, hvsd, client):
    """As ssh and BGP sessions do, with more data than the rings between hold."""
    with client.connect(lab.topology.own_v4, ECHO_PORT) as own:
        assert support.exchange(own, b"who") == b"lb\n"
        assert support.echoes(own, b"a line of a session" * 40)
    with support.Client(lab, "lb").connect(lab.topology.servers[0].v4, ECHO_PORT) as out:
        for _ in range(50):
            assert support.echoes(out, bytes(range(256)) * 32)


def test_a_port_of_the_vip_without_a_service_is_the_kernels(lab, hvsd, client):
    for vip in (lab.topology.vip_v4, lab.topology.vip_v6):
        assert client.attempt(vip, 81) == "ConnectionRefusedError"


def test_tcpdump_on_the_companion_sees_what_the_kernel_gets(lab, hvsd, client):
    with lab.entered("lb"):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        sock.bind(("hvs-out", 0))
    sock.settimeout(10)
    with sock:
        lab.run("client", "ip", "neigh", "flush", "all")
        assert client.ping(lab.topology.own_v4, 1) == 1
        seen = {sock.recv(2048)[12:14] for _ in range(4)}
    assert seen == {b"\x08\x06", b"\x08\x00"}


def test_a_new_mac_address_of_the_companion_is_the_nics(lab, hvsd, client):
    top = lab.topology
    old = lab.mac("lb", top.outside)
    for mac in ("02:aa:bb:cc:dd:01", old):
        lab.run("lb", "ip", "link", "set", top.outside, "address", mac)
        lab.run("client", "ip", "neigh", "flush", "all")
        support.wait_until("the NIC to follow", lambda: hvsd.ctl("ports")[0]["mac"] == mac)
        assert client.ping(top.vip_v4) == 3
        assert set(client.attempts(top.vip_v4, ECHO_PORT, 6, 10)) == support.names(top)


def test_addresses_survive_a_restart(lab, hvsd, client):
    top = lab.topology
    before = lab.run("lb", "ip", "-br", "addr").stdout.split()
    assert hvsd.stop() == 0
    assert "NO-CARRIER" in netdev(lab, top.outside)["flags"]
    assert client.attempt(top.vip_v4, ECHO_PORT, 0.3) != "lb"
    hvsd.start()
    support.wait_until("the carrier", lambda: "LOWER_UP" in netdev(lab, top.outside)["flags"])
    after = lab.run("lb", "ip", "-br", "addr").stdout.split()
    assert [word for word in after if "/" in word] == [word for word in before if "/" in word]
    assert set(client.attempts(top.vip_v4, ECHO_PORT, 6, 10)) == support.names(top)
    assert client.ping(top.own_v6) == 3


def test_a_second_instance_is_refused_the_companion(lab, hvsd, new_hvsd):
    other = new_hvsd(f"{hvsd.instance}-b")
    other.launch()
    support.wait_until("its end", lambda: not other.running())
    assert "Another process has it" in other.read_log()
    assert hvsd.running()
