# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Packets whose addresses say that they are not to be forwarded: from nobody or from many, or by a route of the sender's."""
from collections.abc import Iterator

from scapy.layers.inet import ICMP, IP, IPOption_LSRR, IPOption_SSRR
from scapy.packet import Raw

from .case import Case
from .fragments import pieces
from .icmp import own
from .net import DNS, DR_FLOWS, FLOWS, GATEWAY, OUTSIDE, WEB, Flow, ether, plain_case

MARTIANS = {False: ("0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"), True: ("::", "::1", "ff02::1")}


def source_route() -> Case:
    case = plain_case("source_route", "A source route with hops left: the VIP is not where the packet goes to. Nothing is opened.")
    for option in (IPOption_LSRR, IPOption_SSRR):
        case.step(option.__name__)
        frame = WEB.from_client(flags="S", payload=b"", options=[option(routers=["10.20.0.99"])])
        case.drop("outside", frame, "ipv4_source_route")
        case.send("outside", ether(OUTSIDE, GATEWAY) / IP(src=own(WEB, "outside"), dst=WEB.client, ttl=64, tos=0xc0, id=0, flags="DF") /
                  ICMP(type=3, code=5) / Raw(bytes(frame[IP])))
        case.count("icmp_errors_sent")
    case.step("many would be told")
    frame = WEB.but(client="224.0.0.1").from_client(flags="S", payload=b"", options=[IPOption_LSRR(routers=["10.20.0.99"])])
    case.drop("outside", frame, "ipv4_source_route")
    case.step("later fragments are not answered")
    frame = DNS.from_client(payload=b"x" * 1000, options=[IPOption_LSRR(routers=["10.20.0.99"])])
    case.drop("outside", pieces(frame)[1], "ipv4_source_route")
    return case


def martians(name: str, flow: Flow) -> Case:
    case = plain_case(f"martian_source_{name}", "Senders that are nobody, many, or within a host open nothing (RFC 1812, 5.3.7; "
                                                "RFC 9293, MUST-63; RFC 4291, 2.7).")
    for source in MARTIANS[flow.v6]:
        case.step(source)
        case.drop("outside", flow.but(client=source).from_client(flags="S"), "source_address", flow.service)
    return case


def link_local() -> Case:
    flow = DR_FLOWS["tcp_ipv6"].but(client="fe80::9")
    case = plain_case("link_local_source", "What comes from a link-local address stays on its link (RFC 4291, 2.5.6).", mode="dr")
    case.step("SYN")
    case.drop("outside", flow.from_client(flags="S"), "source_address", flow.service)
    return case


def cases() -> Iterator[Case]:
    yield from (source_route(), link_local())
    for name, flow in FLOWS.items():
        yield martians(name, flow)
