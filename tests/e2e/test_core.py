# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The same scenarios in every mode over ports of every kind."""
import errno
import socket

import pytest

import core_scenarios
import real_servers
import support
from lab import ONE_ARM, TWO_ARM, Lab
from lab.servers import ECHO_PORT
from native_lab import MixedPcapLab, PcapLab

LABS = {"af_xdp": Lab, "native": PcapLab, "mixed": MixedPcapLab}
PREPARED = {"fullnat": [], "nat": [real_servers.route_through_balancer], "dr": [real_servers.hold_vips],
            "tunnel": [real_servers.hold_vips, real_servers.end_tunnels]}
LABS_AND_MODES = [pytest.param(pair, id="-".join(pair)) for pair in core_scenarios.labs()]
IP_RECVERR, IPV6_RECVERR = 11, 25  # <linux/in.h>, <linux/in6.h>

pytestmark = pytest.mark.parametrize("family", core_scenarios.FAMILIES)


@pytest.fixture(scope="module", params=LABS_AND_MODES)
def kind_and_mode(request):
    return request.param


@pytest.fixture(scope="module")
def lab(kind_and_mode):
    kind, mode = kind_and_mode
    with LABS[kind](support.PREFIX, ONE_ARM if mode in core_scenarios.ONE_ARM_MODES else TWO_ARM) as lab:
        for prepare in PREPARED[mode]:
            prepare(lab)
        yield lab


def services(top, mode: str) -> list[dict]:
    dests = [real_servers.addresses(top, family) for family in ("v4", "v6")]
    if mode == "tunnel":
        for dest, tunnel in ((dest, tunnel) for row in dests for dest, tunnel in zip(row, ("ipip", "gre", "gue"))):
            dest["tunnel"] = {"type": tunnel}
    more = {"lip_pool": "inside"} if mode == "fullnat" else {}
    return [{**service, **more} for service in real_servers.services(top, mode, *dests)]


@pytest.fixture(scope="module")
def hvsd(request, lab, new_hvsd, kind_and_mode):
    """With what CONFIG in the module says besides."""
    kind, mode = kind_and_mode
    daemon = new_hvsd(services=services(lab.topology, mode), **getattr(request.module, "CONFIG", {}))
    daemon.start()
    kinds = [port["kind"] for port in daemon.ctl("ports")]
    assert set(kinds) == {"af_xdp": {"af_xdp"}, "native": {"native"}, "mixed": {"native", "af_xdp"}}[kind]
    stranger = support.Client(lab, "client")
    for vip in (lab.topology.vip_v4, lab.topology.vip_v6):  # neighbours meet
        assert set(stranger.attempts(vip, ECHO_PORT, 6, 10)) == support.names(lab.topology)
    return daemon


@pytest.fixture
def vip(lab, family):
    return lab.topology.vip_v4 if family == "IPv4" else lab.topology.vip_v6


def test_http(lab, hvsd, client, vip):
    outcome = support.http_requests(client, vip, 300, 5)
    assert sum(outcome.values()) == 300 and set(outcome) == support.names(lab.topology), outcome


def test_udp(lab, hvsd, client, vip):
    for size in (0, 9, 1400):
        assert client.ask_udp(vip, ECHO_PORT, b"x" * size) == b"x" * size


def test_fragments(lab, hvsd, client, vip):
    message = bytes(range(250)) * 36
    # Full fragments do not fit into tunnels: the client is told of each kind of tunnel once.
    told = len(lab.topology.servers) if hvsd.ctl("services")[0]["mode"] == "tunnel" else 0
    answered = 0
    while answered < len(lab.topology.servers):
        try:
            assert client.ask_udp(vip, ECHO_PORT, message) == message
            answered += 1
        except OSError as error:
            assert error.errno == errno.EMSGSIZE and told > 0
            told -= 1


def test_icmp(lab, hvsd, client, vip):
    """The kernel's answers, a server's errors, and our own."""
    assert client.ping(vip) == 3
    with pytest.raises(ConnectionRefusedError):
        client.ask_udp(vip, real_servers.CLOSED_PORT, b"anybody?")
    with client.socket(vip, socket.SOCK_DGRAM) as sock:
        level, ttl, errors = ((socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, IPV6_RECVERR) if ":" in vip else
                              (socket.IPPROTO_IP, socket.IP_TTL, IP_RECVERR))
        sock.setsockopt(level, ttl, 1)
        sock.setsockopt(level, errors, 1)
        sock.connect((vip, ECHO_PORT))
        sock.send(b"not far")
        with pytest.raises(OSError) as told:
            sock.recv(100)
        assert told.value.errno == errno.EHOSTUNREACH
