# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Packets that go through, in every shape."""
from collections.abc import Iterator

from scapy.layers.inet import IPOption_NOP, IPOption_Router_Alert
from scapy.layers.inet6 import IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN
from scapy.layers.l2 import Dot1Q

from .case import Case
from .net import CONFIG, DNS, FLOWS, GATEWAY, OUTSIDE, WEB, WEB6, WORLD, Flow, ether, plain_case, time_wait_ends


def whole_life(name: str, flow: Flow) -> Case:
    case = plain_case(name, "A connection from its first packet to its last, both directions: addresses, ports, TTL and "
                            "every checksum change, and nothing else does.", mode=flow.mode)
    if not flow.tcp:
        case.step("the first datagram opens the connection")
        flow.opened(case)
        flow.client_sends(case, payload=b"question")
        case.step("the answer")
        flow.dest_sends(case, payload=b"answer", tos=0xb8)
        case.step("more of both in one burst, of odd and even lengths, and an empty one")
        for size in (0, 1, 2, 999, 1400):
            flow.client_sends(case, payload=bytes(range(200)) * 7 if size == 1400 else b"x" * size)
            flow.dest_sends(case, payload=b"y" * size)
        return case
    case.step("SYN opens the connection")
    flow.opened(case)
    options = [("MSS", 1440 if flow.v6 else 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)]
    flow.client_sends(case, flags="S", payload=b"", tcp_options=options)
    case.step("SYN and ACK come back")
    flow.dest_sends(case, flags="SA", payload=b"", seq=7000, ack=1001, tcp_options=options)
    case.step("the handshake ends, data follow at once")
    flow.client_sends(case, flags="A", payload=b"", seq=1001, ack=7001)
    flow.client_sends(case, seq=1001, ack=7001, payload=b"GET / HTTP/1.0\r\n\r\n")
    case.step("the answer, with another TTL and traffic class")
    flow.dest_sends(case, ttl=128, seq=7001, ack=1019, payload=bytes(range(256)) * 5, tos=0x2e)
    case.step("both ends close")
    flow.dest_sends(case, flags="FA", payload=b"", seq=8281, ack=1019)
    case.step("the client's FIN")
    flow.client_sends(case, flags="FA", payload=b"", seq=1019, ack=8282)
    case.step("the last ACK")
    flow.dest_sends(case, flags="A", payload=b"", seq=8282, ack=1020)
    if flow.lip != flow.client and flow.mode != "snat":  # over a local port to a real server
        time_wait_ends(case, flow, 1020)
    return case


def ipv4_options() -> Case:
    case = plain_case("ipv4_options", "IPv4 options stay, and the ports are found behind them.")
    options = [IPOption_Router_Alert(), IPOption_NOP(), IPOption_NOP(), IPOption_NOP(), IPOption_NOP()]
    for flow in (WEB, DNS):
        case.step(f"{flow.service}: options in both directions")
        flow.opened(case)
        flow.client_sends(case, flags="S", options=options)
        flow.dest_sends(case, flags="SA", options=options[:1])
    return case


def ipv6_extensions() -> Case:
    case = plain_case("ipv6_extension_headers", "Extension headers stay, and the ports are found behind them.")
    chain = [IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0\0\0\0")]),
             IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 12)])]
    case.step("hop-by-hop and destination options, and a routing header that is used up")
    WEB6.opened(case)
    WEB6.client_sends(case, flags="S", ext=chain)
    WEB6.dest_sends(case, flags="SA", ext=[IPv6ExtHdrRouting(type=0, segleft=0)], flow_label=0x12345)
    case.step("a routing header with a hop left names another destination: dropped")
    hops = [IPv6ExtHdrRouting(type=0, segleft=1, addresses=["fd10::7"])]
    case.drop("outside", WEB6.from_client(ext=hops), "ipv6_extensions")
    case.step("more headers than anybody sends: the steering rule does not find the ports, the kernel gets it")
    case.punt("outside", WEB6.from_client(ext=[IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0\0\0")])] * 7))
    return case


def vlans() -> Case:
    world = WORLD.replace("interface 1 outside address", "interface 1 outside vlan 100 address").replace(
        "interface 2 inside", "interface 2 inside vlan 200")
    case = plain_case("vlan_in_and_out", "Tags of arrival are left behind; the way out has its own.", world=world)
    for base in FLOWS.values():
        flow = base.but(outside_vlans=(100,), inside_vlans=(200,))
        case.step(f"{flow.service}: tagged on both sides")
        flow.opened(case)
        flow.client_sends(case, flags="S")
        flow.dest_sends(case, flags="SA")
        case.step(f"{flow.service}: two tags on arrival")
        flow.client_sends(case, vlans=(100, 7))
    return case


def vlan_one_side() -> Case:
    world = WORLD.replace("interface 2 inside", "interface 2 inside vlan 200")
    case = plain_case("vlan_on_one_side", "A tag appears towards the dest and is gone towards the client.", world=world)
    for base in FLOWS.values():
        flow = base.but(inside_vlans=(200,))
        case.step(f"{flow.service}")
        flow.opened(case)
        flow.client_sends(case, flags="S")
        flow.dest_sends(case, flags="SA")
    case.step("three tags are more than the rule looks at: the kernel gets the frame")
    case.punt("outside", ether(GATEWAY, OUTSIDE, (1, 2)) / Dot1Q(vlan=3) / WEB.client_packet())
    return case


def one_arm() -> Case:
    world = WORLD.replace("port inside mac 02:00:00:00:00:02\n", "").replace(
        "interface 2 inside", "interface 2 outside vlan 200")
    config = CONFIG.replace("  - { name: inside, device: in0 }\n", "")
    case = plain_case("one_arm", "Clients and dests behind the same port, told apart by a VLAN.",
                      world=world, config=config)
    for base in FLOWS.values():
        flow = base.but(inside_mac=OUTSIDE, inside_vlans=(200,))
        case.step(f"{flow.service}")
        flow.opened(case)
        flow.client_sends(case, flags="S", out_port="outside")
        flow.dest_sends(case, flags="SA", port="outside", out_port="outside")
    return case


def padding() -> Case:
    case = plain_case("ethernet_padding", "What Ethernet added to a short frame does not travel on; it counts as received.")
    for flow in FLOWS.values():
        case.step(flow.service)
        flow.opened(case)
        flow.client_sends(case, flags="S", payload=b"", padding=6)
        flow.dest_sends(case, flags="SA", payload=b"", padding=18)
    return case


def cases() -> Iterator[Case]:
    for name, flow in FLOWS.items():
        yield whole_life(name, flow)
    yield from (ipv4_options(), ipv6_extensions(), vlans(), vlan_one_side(), one_arm(), padding())
