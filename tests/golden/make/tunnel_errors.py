# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode tunnel: errors about outer packets, where the packet within or the error is a seldom one."""
from collections.abc import Iterator

from scapy.layers.inet6 import IPv6

from .case import Case
from .icmp import own, own_error
from .net import GATEWAY, OUTSIDE, WORLD, ether
from .tunnel import sends, tunnel_case
from .tunnels import TUNNELS, flows_of

def least_mtu() -> Case:
    tunnel = TUNNELS["ipip"]
    world = WORLD.replace("interface 2 inside", "interface 2 inside mtu 1290")
    case = tunnel_case("least_mtu_ipv6", "A way that leaves less than 1280 bytes is no way for IPv6; clients are not told to send less "
                                         "(RFC 8201, 4).", tunnel, world=world)
    flow = flows_of(tunnel)["udp_ipv6"]
    case.step("a datagram that fits")
    flow.opened(case)
    sends(case, tunnel, flow)
    case.step("one that does not")
    frame = flow.from_client(payload=b"q" * 1233)
    case.drop("outside", frame, "mtu_exceeded", flow.service)
    case.send("outside", ether(OUTSIDE, GATEWAY) / own_error(flow, "big", frame[IPv6], own(flow, "outside"), flow.client, 1280))
    case.count("icmp_errors_sent")
    return case


def cases() -> Iterator[Case]:
    yield least_mtu()
