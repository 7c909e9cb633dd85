# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Configurations that change while connections live."""
from collections.abc import Iterator

from .case import Case
from .net import CONFIG, DEST2, DNS, FIRST_PORT, WEB, WEB6, late, opening, plain_case

WEB_DESTS = "dests: [ { address: 10.20.0.21, port: 8080 } ]"


def dest_removed() -> Case:
    other = CONFIG.replace(WEB_DESTS, "dests: [ { address: 10.20.0.22, port: 8080 } ]")
    both = CONFIG.replace(WEB_DESTS, "dests: [ { address: 10.20.0.22, port: 8080 }, { address: 10.20.0.21, port: 8080 } ]")
    case = plain_case("reload_dest_removed", "Connections to a dest that was removed go on; new ones go elsewhere. When it "
                                             "comes back it counts on.")
    opening(case, WEB)
    case.step("another dest takes its place", config=other)
    WEB.client_sends(case)
    WEB.dest_sends(case)
    new = WEB.but(client_port=2, dest="10.20.0.22", dest_mac=DEST2)
    new.opened(case)
    new.client_sends(case, flags="S", payload=b"")
    case.step("it comes back", config=both)
    WEB.client_sends(case)
    back = WEB.but(client_port=3, lip_port=FIRST_PORT + 1)
    back.opened(case)
    back.client_sends(case, flags="S", payload=b"")
    return case


def service_removed() -> Case:
    start = CONFIG.index("  - name: web\n")
    without = CONFIG[:start] + CONFIG[CONFIG.index("  - name: dns\n"):]
    case = plain_case("reload_service_removed", "Connections of a service that was removed go on, with the default times; a "
                                                "new one is the kernel's business.")
    opening(case, WEB)
    case.step("removed", config=without)
    WEB.client_sends(case)
    WEB.dest_sends(case)
    case.punt("outside", WEB.but(client_port=2).from_client(flags="S"))
    case.step("the client closes")
    WEB.client_sends(case, flags="FA", payload=b"")
    case.step("a minute later it is gone", advance=60_001)
    WEB.closed(case)
    case.step("what comes then is the kernel's")
    case.punt("outside", WEB.from_client())
    late(case, WEB)
    case.step("it comes back and counts on", config=CONFIG)
    again = WEB.but(lip_port=FIRST_PORT + 1)
    again.opened(case)
    again.client_sends(case, flags="S", payload=b"")
    return case


def pool_moved() -> Case:
    moved = CONFIG.replace('addresses: [ 10.20.0.10, "fd20::10" ]', 'addresses: [ 10.20.0.11, "fd20::11" ]')
    case = plain_case("reload_lip_pool_moved", "Connections keep their LIP; new ones get one of the new pool.")
    for flow in (WEB, WEB6):
        opening(case, flow)
    case.step("another pool", config=moved)
    for flow in (WEB, WEB6):
        flow.client_sends(case)
        flow.dest_sends(case)
        new = flow.but(client_port=2, lip=flow.lip.replace("10.20.0.10", "10.20.0.11").replace("fd20::10", "fd20::11"))
        new.opened(case)
        new.client_sends(case, flags="S", payload=b"")
    case.step("the old LIP is steered as long as its service has connections; other ports of it are nobody's")
    late(case, WEB.but(lip_port=30000))
    late(case, DNS.but(lip_port=30000))
    return case


def timeouts_changed() -> Case:
    shorter = CONFIG.replace("    vip: 10.10.0.100\n    protocol: udp\n",
                             "    vip: 10.10.0.100\n    protocol: udp\n    timeouts: { udp_unreplied: 2s, udp: 4s }\n")
    case = plain_case("reload_timeouts", "New times hold for new connections and from the next change of state on.")
    case.step("a datagram under the old times")
    DNS.opened(case)
    DNS.client_sends(case)
    case.step("new times: it has still thirty seconds", config=shorter, advance=20_000)
    DNS.dest_sends(case)
    case.step("an answer is no change: thirty seconds from then", advance=29_000)
    case.step("the client goes on, with the new ones")
    DNS.client_sends(case)
    case.step("four seconds", advance=4_000)
    case.step("and one millisecond", advance=1)
    DNS.closed(case)
    return case


def scheduler_position() -> Case:
    three = CONFIG.replace(WEB_DESTS, "scheduler: wrr\n    dests: [ { address: 10.20.0.21, port: 8080, weight: 3 }, "
                                      "{ address: 10.20.0.22, port: 8080, weight: 1 } ]")
    case = plain_case("wrr_over_reloads", "Weighted round robin by 3 and 1, not disturbed by a reload that changes nothing.",
                      config=three)
    expected = [1, 1, 1, 2, 1, 1, 1, 2]
    used = {1: 0, 2: 0}
    for number, dest in enumerate(expected):
        case.step(f"connection {number + 1} goes to dest {dest}", config=three if number == 2 else "")
        flow = WEB.but(client_port=100 + number, lip_port=FIRST_PORT + used[dest])
        if dest == 2:
            flow = flow.but(dest="10.20.0.22", dest_mac=DEST2)
        used[dest] += 1
        flow.opened(case)
        flow.client_sends(case, flags="S", payload=b"")
    return case


def cases() -> Iterator[Case]:
    yield from (dest_removed(), service_removed(), pool_moved(), timeouts_changed(), scheduler_position())
