# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Next hops whose MAC address the kernel does not know, or that change."""
from collections.abc import Iterator

from .case import Case
from .nat64 import CROSS_FLOWS
from .net import CONFIGS, DNS, DNS6, DR_FLOWS, NAT_FLOWS, WEB, WORLD, Flow, plain_case
from .tunnels import TUNNELS, flows_of

UNKNOWN = WORLD.replace("neighbour 2 10.20.0.21 02:00:00:00:02:21\n", "")
UNRESOLVED = WORLD.replace("neighbour 2 10.20.0.21 02:00:00:00:02:21", "neighbour 2 10.20.0.21 unresolved")


def waits(name: str, world: str) -> Case:
    case = plain_case(name, "Frames wait, rewritten, until the kernel has resolved their next hop.", world=world)
    case.step("the first frame waits, and the kernel is asked")
    DNS.opened(case)
    sizes = [len(case.recv("outside", DNS.from_client(payload=b"one")))]
    case.ask(2, "10.20.0.21")
    case.count("neigh_waits")
    DNS.counted(case, "to_dest", sizes[0])
    case.step("a second one waits with it")
    DNS.counted(case, "to_dest", len(case.recv("outside", DNS.from_client(payload=b"two!"))))
    case.count("neigh_waits")
    case.step("half a second later the kernel is asked again", advance=500)
    case.ask(2, "10.20.0.21")
    case.step("the answer is there: both leave in their order", advance=100, world=WORLD)
    case.send("inside", DNS.to_dest(payload=b"one"))
    case.send("inside", DNS.to_dest(payload=b"two!"))
    case.step("from now on nothing waits")
    DNS.client_sends(case)
    return case


def gives_up() -> Case:
    case = plain_case("neighbour_never_answers", "After three seconds frames that wait are dropped, and their service counts them.",
                      world=UNKNOWN)

    def waits_for_dest(flow: Flow, **fields) -> None:
        flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(**fields))))
        case.count("neigh_waits")

    case.step("two wait")
    DNS.opened(case)
    for payload in (b"a", b"b"):
        waits_for_dest(DNS, payload=payload)
    case.ask(2, "10.20.0.21")
    case.step("asked again", advance=2999)
    case.ask(2, "10.20.0.21")
    case.step("given up", advance=2)
    case.count("drop.neigh_unresolved", 2)
    case.count("service.dns.drops", 2)
    case.step("the next frame begins anew")
    waits_for_dest(DNS)
    case.ask(2, "10.20.0.21")
    # The other modes have ways of their own to where frames wait.
    tunnel = TUNNELS["ipip"]
    others = {"nat": (NAT_FLOWS["udp_ipv4"], CONFIGS["nat"]), "dr": (DR_FLOWS["udp_ipv4"], CONFIGS["dr"]),
              "tunnel": (flows_of(tunnel)["udp_ipv4"], tunnel.config()), "nat64": (CROSS_FLOWS["udp_4to6"], CONFIGS["nat64"])}
    for number, (mode, (flow, config)) in enumerate(others.items(), 1):
        case.step(f"mode {mode}", config=config, world=UNKNOWN.replace("neighbour 2 fd20::21 02:00:00:00:02:21\n", ""))
        flow = flow.but(client_port=flow.client_port + number)
        flow.opened(case)
        waits_for_dest(flow)
    case.ask(2, "fd20::21")
    case.step("given up", advance=3001)
    case.count("drop.neigh_unresolved", 5)
    case.count("service.dns.drops", 5)
    case.step("an ICMP error is no service's: that counts the packet which it is about", config=CONFIGS["fullnat"],
              world=WORLD.replace("neighbour 1 10.10.0.254 02:00:00:00:01:fe\n", ""))
    case.drop("outside", DNS.from_client(ttl=1), "ttl_exceeded", "dns")
    case.count("icmp_errors_sent")
    case.count("neigh_waits")
    case.ask(1, "10.10.0.254")
    case.step("it is lost, too", advance=3001)
    case.count("drop.neigh_unresolved")
    return case


def queue_full() -> Case:
    case = plain_case("too_many_wait", "64 frames wait for a next hop; more are dropped.", world=UNRESOLVED)
    case.step("seventy frames", turns=3)
    DNS.opened(case)
    for n in range(70):
        DNS.counted(case, "to_dest", len(case.recv("outside", DNS.from_client(payload=bytes([n])))))
    case.count("neigh_waits", 64)
    case.count("drop.neigh_queue_full", 6)
    case.count("service.dns.drops", 6)
    case.ask(2, "10.20.0.21")
    case.step("another next hop is not affected")
    DNS6.opened(case)
    DNS6.client_sends(case)
    case.step("the 64 leave", world=WORLD)
    for n in range(64):
        case.send("inside", DNS.to_dest(payload=bytes([n])))
    return case


def changes() -> Case:
    case = plain_case("next_hop_changes", "A connection follows the kernel's routes and neighbours at once.")
    case.step("open")
    WEB.opened(case)
    WEB.client_sends(case, flags="S")
    WEB.dest_sends(case, flags="SA")
    case.step("the dest has another MAC address", world=WORLD.replace("02:00:00:00:02:21", "02:00:00:00:02:99"))
    WEB.but(dest_mac="02:00:00:00:02:99").client_sends(case)
    case.step("the dest is behind a router now, the clients behind another",
              world=WORLD.replace("route 10.20.0.0/24 dev 2", "route 10.20.0.0/24 dev 2 via 10.20.0.22")
              .replace("via 10.10.0.254", "via 10.10.0.253") + "neighbour 1 10.10.0.253 02:00:00:00:01:fd\n")
    moved = WEB.but(dest_mac="02:00:00:00:02:22", gateway="02:00:00:00:01:fd")
    moved.client_sends(case)
    moved.dest_sends(case)
    case.step("back", world=WORLD)
    WEB.client_sends(case)
    WEB.dest_sends(case)
    return case


def cases() -> Iterator[Case]:
    yield waits("neighbour_unknown_then_resolved", UNKNOWN)
    yield waits("neighbour_unresolved_then_resolved", UNRESOLVED)
    yield from (gives_up(), queue_full(), changes())
