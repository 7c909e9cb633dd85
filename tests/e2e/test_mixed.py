# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A native and an AF_XDP port in one instance: frames cross from one to the other and back."""
import support
from lab.servers import ECHO_PORT

NATIVE = "outside"


def test_ports_are_of_both_kinds(hvsd):
    assert {port["name"]: port["kind"] for port in hvsd.ctl("ports")} == {"out": "native", "in": "af_xdp"}


def test_traffic_crosses(lab, hvsd, client):
    top = lab.topology
    for vip in (top.vip_v4, top.vip_v6):
        outcome = support.http_requests(client, vip, 1000, 10)
        assert sum(outcome.values()) == 1000 and set(outcome) == support.names(top), outcome
        assert client.ask_udp(vip, ECHO_PORT, b"x" * 1400) == b"x" * 1400
    assert {reason: n for reason, n in hvsd.drops().items() if n} == {}


def test_the_kernel_has_both_sides(lab, hvsd, client):
    top = lab.topology
    for address in (top.own_v4, top.own_v6, top.vip_v4, top.vip_v6):
        assert client.ping(address) == 3
    server = support.Client(lab, "rs1")
    for address in (top.inside_v4, top.inside_v6):
        assert server.ping(address) == 3
    assert client.attempt(top.own_v4, ECHO_PORT) == "lb"


def test_packet_buffers_come_home(lab, hvsd, client):
    """The two kinds share a pool: what one takes and the other sends is given back, or it would soon be empty."""
    for _ in range(3):
        outcome = support.http_requests(client, lab.topology.vip_v4, 3000, 100)
        assert sum(outcome.values()) == 3000 and set(outcome) == support.names(lab.topology), outcome
    assert all(port["rx_missed"] == 0 for port in hvsd.ctl("ports"))
