# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Whole bursts of many things at once."""
from collections.abc import Iterator

from scapy.layers.l2 import ARP, Ether

from .case import Case
from .fragments import pieces
from .icmp import error, error_out
from .net import DNS, DNS6, FIRST_PORT, GATEWAY, OUTSIDE, WEB, WEB6, opening, plain_case


def burst() -> Case:
    case = plain_case("burst_of_32", "One burst with everything in it. Frames to the same side leave by family, and within it "
                                     "in the order of their arrival; fragments and ICMP errors follow.")
    opening(case, WEB)
    opening(case, WEB6)
    case.step("32 frames at the outside")
    after: list[tuple[int, object]] = []  # rank, frame

    def goes_on(flow, **fields):
        flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(**fields))))
        after.append((1 if flow.v6 else 0, flow.to_dest(**fields)))

    web2 = WEB.but(client_port=41000, lip_port=FIRST_PORT + 1)
    web3 = WEB6.but(client_port=41000, lip_port=FIRST_PORT + 1)
    dns2 = DNS.but(client_port=51000, lip_port=FIRST_PORT + 1)
    large = {"payload": bytes(range(200)) * 4}
    first, second = pieces(dns2.from_client(**large)), pieces(dns2.to_dest(**large))
    case.recv("outside", error(WEB, "client"))  # 1
    case.count("icmp_errors_relayed")
    after.append((2, error_out(WEB, "client")))
    for flow in (DNS, DNS6):  # two packets of the same new flow, 5
        flow.opened(case)
        goes_on(flow, payload=b"one")
        goes_on(flow, payload=b"two")
    dns2.counted(case, "to_dest", len(case.recv("outside", first[1])))  # 6: before its first
    after.append((2, second[1]))
    case.punt("outside", Ether(src=GATEWAY, dst=OUTSIDE) / ARP(op=1, psrc="10.10.0.254", pdst="10.10.0.100"))  # 7
    for n in range(4):  # 15
        goes_on(WEB, seq=1001 + n)
        goes_on(WEB6, seq=1001 + n)
    dns2.opened(case)
    dns2.counted(case, "to_dest", len(case.recv("outside", first[0])))  # 16
    after.append((0, second[0]))
    case.no_connection("outside", WEB.but(client_port=1).from_client(flags="A"))  # 17
    case.drop("outside", WEB.but(client="0.0.0.0").from_client(flags="S", ttl=1), "source_address", "web")  # 18
    for flow in (web2, web3):  # 26
        flow.opened(case)
        for flags in ("S", "S", "A", "PA"):
            goes_on(flow, flags=flags)
    case.punt("outside", WEB.but(vip_port=82).from_client(flags="S"))  # 27
    goes_on(DNS6, payload=b"three")  # 28
    goes_on(DNS, payload=b"three")
    dns2.counted(case, "to_dest", len(case.recv("outside", first[2])))  # 30
    after.append((2, second[2]))
    case.drop("outside", pieces(WEB.from_client(flags="S"), size=8)[0], "fragment_tiny")
    goes_on(WEB, flags="FA", payload=b"")  # 32
    for _, frame in sorted(after, key=lambda one: one[0]):
        case.send("inside", frame)
    return case


def reopened_within() -> Case:
    case = plain_case("reopened_within_a_burst", "A connection ends and another begins on the same ports, all in one burst: "
                                                 "each frame meets the state that the one before left.")
    for flow in (WEB, WEB6):
        opening(case, flow)
        case.step(f"{flow.service}: data, reset, SYN, data, reset, SYN")
        flow.client_sends(case)
        flow.client_sends(case, flags="R", payload=b"")
        second, third = flow.but(lip_port=FIRST_PORT + 1), flow.but(lip_port=FIRST_PORT + 2)
        for new, old in ((second, flow), (third, second)):
            old.closed(case, expired=False)
            new.opened(case)
            new.client_sends(case, flags="S", payload=b"")
            new.client_sends(case, flags="A", payload=b"")
            if new is second:
                new.client_sends(case, flags="R", payload=b"")
        other = flow.but(client_port=7, lip_port=FIRST_PORT + 3)
        other.opened(case)
        other.client_sends(case, flags="S", payload=b"")
        third.client_sends(case, flags="A", payload=b"")
    return case


def evicted_within() -> Case:
    case = plain_case("evicted_within_a_burst", "A connection gives way to another in the middle of a burst that holds frames of "
                                                "both: each frame meets the state that the one before left.", sizes=(1, 16))
    for flow, new in ((WEB, DNS), (WEB6, DNS6)):
        case.step(f"{flow.service}: SYN")
        if flow is WEB6:
            DNS.evicted(case)  # the last one of the round before
        flow.opened(case)
        flow.client_sends(case, flags="S")
        case.step(f"it goes on; {new.service} takes its place; it goes on, and comes back")
        flow.client_sends(case, flags="S")
        flow.evicted(case)
        new.opened(case)
        new.client_sends(case)
        case.no_connection("outside", flow.from_client(flags="A"))
        new.client_sends(case)
        again = flow.but(lip_port=FIRST_PORT + 1)
        new.evicted(case)
        again.opened(case)
        again.client_sends(case, flags="S")
        again.client_sends(case, flags="S")
        third = new.but(lip_port=FIRST_PORT + 1)
        again.evicted(case)
        third.opened(case)
        third.client_sends(case)
    return case


def many() -> Case:
    case = plain_case("more_than_a_burst", "Eighty new flows come at a time, more than one turn takes.")
    case.step("eighty datagrams", turns=3)
    for n in range(80):
        flow = DNS.but(client_port=20000 + n, lip_port=FIRST_PORT + n)
        flow.opened(case)
        flow.client_sends(case)
    case.step("their answers", turns=3)
    for n in range(80):
        DNS.but(client_port=20000 + n, lip_port=FIRST_PORT + n).dest_sends(case)
    return case


def cases() -> Iterator[Case]:
    yield from (burst(), reopened_within(), evicted_within(), many())
