# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode nat: the dest sees the client, and its answers come through us."""
import ipaddress
from collections.abc import Iterator

from . import basics, fragments, icmp
from .case import Case
from .icmp import error, error_out
from .net import NAT_CONFIG, NAT_FLOWS, Flow, opening, plain_case
from .workers import pass_through

WEB, WEB6 = NAT_FLOWS["tcp_ipv4"], NAT_FLOWS["tcp_ipv6"]


def nat_case(name: str, about: str, **options) -> Case:
    return plain_case(name, about, mode="nat", **options)


def not_a_reply() -> Case:
    case = nat_case("what_a_dest_sends_else", "A real server's packets that are no answer to a client go to the kernel, which "
                                              "may be their router; so do answers to the kernel's own checks.")
    opening(case, WEB)
    case.step("to somebody who asked nothing, and to us")
    for stranger in ("192.0.2.77", "10.20.0.1"):
        case.punt("inside", WEB.but(lip=stranger).from_dest(flags="SA"))
    case.step("to the client, another port of the server: not steered")
    case.punt("inside", WEB.but(dest_port=8081).from_dest())
    case.step("the answer goes through")
    WEB.dest_sends(case, flags="A", payload=b"")
    return case


def taken() -> Case:
    config = NAT_CONFIG + """\
  - name: other
    vip: 10.10.0.101
    protocol: tcp
    port: 80
    mode: nat
    dests: [ { address: 10.20.0.21, port: 8080 } ]
  - name: others
    vip: 10.10.0.101
    protocol: udp
    port: 53
    mode: nat
    dests: [ { address: 10.20.0.21, port: 5353 } ]
"""
    case = nat_case("tuple_taken", "The dest could not tell two connections of one client port apart, when they come to it "
                                   "through two services. One that is over, or was not answered, makes way, and UDP shares.", config=config)
    opening(case, WEB)
    case.step("the same client port to the other VIP")
    case.drop("outside", WEB.but(vip="10.10.0.101").from_client(flags="S"), "tuple_taken", "other")
    case.step("the first one is closed by both")
    WEB.client_sends(case, flags="FA")
    WEB.dest_sends(case, flags="FA")
    case.step("the port is free for the other VIP, too")
    WEB.closed(case, expired=False)
    again = WEB.but(vip="10.10.0.101", service="other")
    again.opened(case)
    again.client_sends(case, flags="S")
    case.step("and back, as long as the dest has not answered")
    again.closed(case, expired=False)
    WEB.opened(case)
    WEB.client_sends(case, flags="S")
    WEB.dest_sends(case, flags="SA")
    case.step("now it has")
    case.drop("outside", again.from_client(flags="S"), "tuple_taken", "other")
    case.step("UDP: both go on, and the answers come from the VIP that was asked last")
    dns = NAT_FLOWS["udp_ipv4"]
    there = dns.but(vip="10.10.0.101", service="others")
    dns.opened(case)
    dns.client_sends(case)
    there.opened(case)
    there.client_sends(case)
    there.dest_sends(case)
    for one in (dns, there, dns, dns):
        case.step(f"to {one.vip}")
        one.client_sends(case)
        one.dest_sends(case)
    case.step("in one burst: the last one's")
    for one in (dns, there):
        one.client_sends(case)
    there.dest_sends(case)
    case.step("that ends first", advance=1000)
    dns.client_sends(case)
    case.step("the other one ends, as did TCP's", advance=299_500, turns=2)
    there.closed(case)
    WEB.closed(case)
    dns.client_sends(case)
    dns.dest_sends(case)
    case.step("and this one", advance=300_001)
    dns.closed(case)
    case.step("another client port")
    flow = WEB.but(vip="10.10.0.101", client_port=40001, lip_port=40001, service="other")
    flow.opened(case)
    flow.client_sends(case, flags="S")
    flow.dest_sends(case, flags="SA")
    return case


def mixed() -> Case:
    """One service, a dest for each mode."""
    config = NAT_CONFIG.replace("{ address: 10.20.0.21, port: 8080 }",
                                "{ address: 10.20.0.21, port: 8080 }, { address: 10.20.0.22, mode: dr }")
    case = nat_case("a_mode_for_each_dest", "A dest may have a mode of its own.", config=config)
    case.step("the first connection, mode nat")
    WEB.opened(case)
    WEB.client_sends(case, flags="S")
    WEB.dest_sends(case, flags="SA")
    case.step("the second, mode dr")
    direct = WEB.but(client_port=40001, lip_port=40001, dest=WEB.vip, dest_port=80, server="10.20.0.22",
                     dest_mac="02:00:00:00:02:22")
    direct.opened(case)
    direct.client_sends(case, flags="S")
    return case


def removed() -> Case:
    gone = NAT_CONFIG.replace("{ address: 10.20.0.21, port: 8080 }", "{ address: 10.20.0.22, port: 8080 }")
    case = nat_case("reload_dest_removed", "Connections of a dest that left the file go on, and its answers are still ours.")
    opening(case, WEB)
    case.step("the dest leaves", config=gone)
    WEB.client_sends(case, seq=1001)
    WEB.dest_sends(case, ack=1007)
    return case


def nat_owner(client: str, port: int, workers: int) -> int:
    """What userspace/model/snapshot.cc computes."""
    word = (1 << 64) - 1
    address = ipaddress.ip_address(client)
    raw = address.packed.ljust(16, b"\0")
    low, high = (int.from_bytes(raw[i:i + 8], "little") for i in (0, 8))
    mixed = (low * 0x9e3779b97f4a7c15 & word) ^ ((high + address.version) * 0xc2b2ae3d27d4eb4f & word)
    mixed ^= port * 0x9fb21c651e98df25 & word
    mixed = (mixed ^ mixed >> 32) * 0xc4ceb9fe1a85ec53 & word
    return (mixed >> 32) * workers >> 32


def workers() -> Case:
    config = NAT_CONFIG.replace("instance: golden\n", "instance: golden\nworkers: { count: 2 }\n").replace(
        "device: out0 }", "device: out0, queues: 2 }").replace("device: in0 }", "device: in0, queues: 2 }")
    case = nat_case("workers", "Both directions find the worker by the client, wherever the device puts them.", config=config)
    for flow in (WEB, WEB6):
        for owner in (0, 1):
            port = next(p for p in range(40000, 65536) if nat_owner(flow.client, p, 2) == owner)
            one = flow.but(client_port=port, lip_port=port)
            other = 1 - owner
            case.step(f"{flow.service}: the first packet comes to the other worker", turns=2)
            one.opened(case, worker=owner)
            pass_through(case, one, "to_dest", other, owner, flags="S")
            case.step("the answer comes to its worker")
            pass_through(case, one, "to_client", owner, owner, flags="SA")
            case.step("and the next to the other", turns=2)
            pass_through(case, one, "to_client", other, owner, flags="A")
            case.step("an error about a packet to the dest goes round", turns=2)
            case.recv(f"inside.{other}", error(one, "dest"))
            case.send(f"outside.{owner}", error_out(one, "dest"))
            case.count("handoff_out", worker=other)
            case.count("handoff_in", worker=owner)
            case.count("icmp_errors_relayed", worker=owner)
    return case


def fragments_on_workers() -> Case:
    config = NAT_CONFIG.replace("instance: golden\n", "instance: golden\nworkers: { count: 2 }\n").replace(
        "device: out0 }", "device: out0, queues: 2 }").replace("device: in0 }", "device: in0, queues: 2 }")
    case = nat_case("workers_fragments", "The first fragment of a new flow finds its worker at once, so that the later ones, which go "
                                         "round, meet it there.", config=config)
    data = {"payload": bytes(range(250)) * 4}
    for flow in (NAT_FLOWS["udp_ipv4"], NAT_FLOWS["udp_ipv6"]):
        for owner in (0, 1):
            for at in (0, 1):
                port = [p for p in range(40000, 65536) if nat_owner(flow.client, p, 2) == owner][at]
                one = flow.but(client_port=port, lip_port=port)
                case.step(f"{flow.service}: a flow of worker {owner} comes to worker {at}", turns=2)
                one.opened(case, worker=owner)
                number = port  # of the packet
                before = fragments.pieces(one.from_client(**data), number)
                for received, sent in zip(before, fragments.pieces(one.to_dest(**data), number), strict=True):
                    one.counted(case, "to_dest", len(case.recv(f"outside.{at}", received)), worker=owner)
                    case.send(f"inside.{owner}", sent)
                    if at != owner:
                        case.count("handoff_out", worker=at)
                        case.count("handoff_in", worker=owner)
    return case


def shared(name: str, flow: Flow) -> Iterator[Case]:
    yield from (basics.whole_life(name, flow), icmp.ttl_one(name, flow), icmp.too_big(name, flow),
                icmp.translated(name, flow), fragments.follow(name, flow))


def cases() -> Iterator[Case]:
    for name, flow in NAT_FLOWS.items():
        yield from shared(name, flow)
    yield fragments.made_here("udp_ipv4", NAT_FLOWS["udp_ipv4"])
    yield from (not_a_reply(), taken(), mixed(), removed(), workers(), fragments_on_workers())
