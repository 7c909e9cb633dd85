# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode tunnel: each real server at the end of another kind of tunnel, over both families."""
import socket

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether

import real_servers
import support
from lab import ONE_ARM
from lab.servers import ECHO_PORT
from native_lab import lab_of

TOP = ONE_ARM
RS1, RS2, RS3 = TOP.servers
DESTS_V4 = [
    {"address": RS1.v4, "tunnel": {"type": "ipip"}},
    {"address": RS2.v6, "tunnel": {"type": "gre"}},
    {"address": RS3.v4, "tunnel": {"type": "gue", "gue_variant": 1}},
]
DESTS_V6 = [
    {"address": RS1.v4, "tunnel": {"type": "ipip"}},
    {"address": RS2.v4, "tunnel": {"type": "gre", "checksum": "on"}},
    {"address": RS3.v6, "tunnel": {"type": "gue"}},
]
CONFIG = {"services": real_servers.services(TOP, "tunnel", DESTS_V4, DESTS_V6)}
VIPS = pytest.mark.parametrize("vip", [TOP.vip_v4, TOP.vip_v6])


@pytest.fixture(scope="module")
def lab(request):
    with lab_of(request.module)(support.PREFIX, TOP) as lab:
        real_servers.hold_vips(lab)
        real_servers.end_tunnels(lab)
        yield lab


@VIPS
def test_http(lab, hvsd, client, vip):
    outcome = support.http_requests(client, vip, 1000, 20)
    assert sum(outcome.values()) == 1000 and set(outcome) == support.names(TOP), outcome


def test_fragments_are_cut_further(lab, hvsd, client):
    """Fragments of full size, without DF, do not fit into a tunnel."""
    for _ in TOP.servers:
        assert client.ask_udp(TOP.vip_v4, ECHO_PORT, b"z" * 9000) == b"z" * 9000
    assert sum(worker["packets_fragmented"] for worker in hvsd.ctl("workers")) > 0


@VIPS
def test_large_upload(lab, hvsd, client, vip):
    """Full segments with DF are larger than the tunnel takes: the client learns that from us, once."""
    for _ in TOP.servers:
        with client.connect(vip, ECHO_PORT) as sock:
            for part in range(20):
                assert support.echoes(sock, bytes([part]) * 20_000)
    assert hvsd.drops()["mtu_exceeded"] > 0


@VIPS
def test_udp(lab, hvsd, client, vip):
    for _ in TOP.servers:
        for size in (0, 9, 1400):
            assert client.ask_udp(vip, ECHO_PORT, b"x" * size) == b"x" * size


@VIPS
def test_large_datagrams(lab, hvsd, client, vip):
    """The client fragments them, and has to fragment them smaller."""
    for _ in TOP.servers:
        assert client.ask_udp(vip, ECHO_PORT, b"y" * 9000) == b"y" * 9000


@VIPS
def test_nobody_listens(lab, hvsd, client, vip):
    for _ in TOP.servers:
        assert client.attempt(vip, real_servers.CLOSED_PORT) == "ConnectionRefusedError"
        with pytest.raises(ConnectionRefusedError):
            client.ask_udp(vip, real_servers.CLOSED_PORT, b"anybody?")


def path_mtu(client) -> int:
    """What the client believes that the way to the VIP takes."""
    ip_mtu = 14  # <linux/in.h>
    with client.socket(TOP.vip_v4, socket.SOCK_DGRAM) as sock:
        sock.connect((TOP.vip_v4, ECHO_PORT))
        return sock.getsockopt(socket.IPPROTO_IP, ip_mtu)


def test_path_mtu(lab, hvsd, client):
    """A router between us and the dest complains to us: the client learns what the tunnel leaves of it."""
    for _ in TOP.servers:
        with client.socket(TOP.vip_v4, socket.SOCK_DGRAM) as sock:
            sock.connect((TOP.vip_v4, ECHO_PORT))
            if support.exchange(sock, b"who") != RS1.name.encode():
                continue
            address, port = sock.getsockname()
            sent = IP(src=TOP.own_v4, dst=RS1.v4, flags="DF", proto=4) / IP(src=address, dst=TOP.vip_v4) / UDP(
                sport=port, dport=ECHO_PORT) / b"who"
            error = (Ether(src=lab.mac("rs1", "eth0"), dst=lab.mac("lb", TOP.inside)) /
                     IP(src="10.20.0.99", dst=TOP.own_v4) / ICMP(type=3, code=4, nexthopmtu=1300) / sent)
            with support.Client(lab, "rs1").raw() as wire:
                wire.send(bytes(error))
            support.wait_until("the client hears of it", lambda: path_mtu(client) == 1280)
            assert hvsd.ctl("workers")[0]["icmp_errors_tunnel"] == 1
            return
    raise AssertionError("no flow went to the first server")


def test_only_large_packets_were_dropped(hvsd):
    assert {reason for reason, n in hvsd.drops().items() if n} == {"mtu_exceeded"}
    assert hvsd.ctl("conns", "--count")["connections"] > 0
