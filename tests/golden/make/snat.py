# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode snat: hosts inside reach hosts outside, which see an address of ours.

The other modes' clients are outside; here they are inside, and what is written for those is shared: a case is
made with the ports' names of the other modes, and they are exchanged at the end.
"""
import re
from collections.abc import Iterator

from scapy.layers.inet import UDP

from . import basics, fragments, icmp, sctp
from .case import Case
from .icmp import error
from .nat import nat_owner
from .net import (DEST1, FIRST_PORT, FLOWS, GATEWAY, INSIDE, NAT_ANY_CONFIG, NAT_FLOWS, OUTSIDE, SNAT_CONFIG, SNAT_FLOWS, WORLD, Flow,
                  SnatFlow, from_inside, late, opening, plain_case)
from .workers import SECOND_WORKERS_PORT, handed, pass_through

WEB, DNS, WEB6, PING, PING6 = (SNAT_FLOWS[name] for name in ("tcp_ipv4", "udp_ipv4", "tcp_ipv6", "ping_ipv4", "ping_ipv6"))
EXCHANGED = {"outside": "inside", "inside": "outside"}


class SctpSnatFlow(sctp.SctpFlow, SnatFlow):
    """An association that begins inside."""


def exchanged(case: Case) -> Case:
    """The clients' port is called inside."""
    for name, text in case.texts.items():
        case.texts[name] = re.sub(r"\b(outside|inside)\b", lambda word: EXCHANGED[word[0]], text)
    for step in case.steps:
        for kind, frames in step.frames.items():
            step.frames[kind] = [(re.sub(r"^(outside|inside)", lambda word: EXCHANGED[word[0]], port), data, text)
                                 for port, data, text in frames]
    return case


def snat_case(name: str, about: str, **options) -> Case:
    return plain_case(name, about, mode="snat", **options)


def not_for_us() -> Case:
    case = snat_case("what_no_rule_takes", "What fits no rule is the kernel's, to route it or not.")
    case.step("from elsewhere: not steered")
    case.punt("outside", WEB.but(client="198.51.100.1").from_client(flags="S"))
    case.step("to this host itself, and to one of its LIPs")
    for own in ("10.10.0.1", "10.10.0.100"):
        case.punt("outside", WEB.but(vip=own).from_client(flags="S"))
    case.no_connection("outside", WEB.but(vip="10.20.0.10", vip_port=20000).from_client(flags="S"))
    case.step("pings to them")
    for own in ("10.10.0.1", "10.10.0.100", "10.20.0.10"):
        case.punt("outside", PING.but(vip=own).from_client())
    case.step("to many, and to nobody")
    for nobody in ("224.0.0.251", "255.255.255.255", "169.254.1.1"):
        case.punt("outside", DNS.but(vip=nobody).from_client())
    case.punt("outside", SNAT_FLOWS["udp_ipv6"].but(vip="ff02::fb").from_client())
    case.step("what leaves by the port that it came in at")
    case.punt("outside", WEB.but(vip="10.10.0.7").from_client(flags="S"))
    case.step("what comes in at the wrong one")
    case.punt("inside", WEB.but(outside_mac="02:00:00:00:00:02").from_client(flags="S"))
    case.step("a segment in the middle of a connection that is not ours")
    for flags in ("A", "SA", "R", "FA"):
        case.no_connection("outside", WEB.from_client(flags=flags))
    case.step("the answer to somebody's ping, and an error about one")
    case.punt("outside", PING.but(client_port=0, vip_port=77).from_client())
    case.punt("outside", error(PING.but(client_port=0, vip_port=77), "client"))
    case.step("an error about a connection that passes us by")
    case.punt("outside", error(WEB, "client"))
    return case


def not_a_reply() -> Case:
    case = snat_case("what_comes_to_the_pool_else", "Local ports without a connection are as in mode fullnat; an ICMP id may "
                                                    "be the kernel's.")
    for flow in (WEB, DNS, WEB6):
        case.step("to a port that no connection uses")
        late(case, flow)
    case.step("answers to pings that the kernel sent, and pings")
    for flow in (PING, PING6):
        case.punt("inside", flow.from_dest())
        case.punt("inside", flow.but(lip_port=9).from_dest())
        case.punt("inside", flow.but(dest_port=FIRST_PORT, lip_port=0).from_dest())
    case.step("an error about no connection")
    for flow in (WEB, PING):
        case.unknown_error("inside", error(flow, "dest"))
    return case


RULES = SNAT_CONFIG.replace("snat:\n", """\
snat:
  - name: mail
    from: [ 192.0.2.0/24 ]
    to: [ 10.20.0.0/24 ]
    protocol: tcp
    to_ports: 25
    lip_pool: mail
  - name: high
    from: [ 192.0.2.0/24 ]
    protocol: udp
    from_ports: 60000-65535
    lip_pool: mail
""").replace("  - name: public", "  - { name: mail, addresses: [ 10.20.0.11 ] }\n  - name: public")


def rules() -> Case:
    case = snat_case("the_first_rule_that_fits", "Rules are tried in the order of the file.", config=RULES)
    mail = WEB.but(vip_port=25, dest_port=25, lip="10.20.0.11", service="mail")
    high = DNS.but(client_port=60000, lip="10.20.0.11", service="high")
    for flow in (mail, WEB, high, DNS, PING):
        case.step(f"port {flow.client_port} to {flow.dest_port}: rule {flow.service}")
        flow.opened(case)
        flow.client_sends(case, flags="S")
        flow.dest_sends(case, flags="SA")
    return case


def exhausted() -> Case:
    config = SNAT_CONFIG.replace("10240-65535", "20032-20095")
    case = snat_case("lip_exhausted", "Every port is in use towards a host; others have ports, if they are of another group.",
                     config=config)
    case.step("sixty-four pings, each with an id of its own", turns=2)
    for n in range(64):
        flow = PING.but(client_port=100 + n, lip_port=20032 + n)
        flow.opened(case)
        flow.client_sends(case)
    case.step("one more")
    case.drop("outside", PING.but(client_port=99).from_client(), "lip_exhausted", "office")
    case.step("an old one goes on")
    PING.but(client_port=100, lip_port=20032).client_sends(case)
    case.step("another protocol")
    flow = DNS.but(lip_port=20032)
    flow.opened(case)
    flow.client_sends(case)
    return case


def ping_life() -> Case:
    config = SNAT_CONFIG.replace("icmp: 60s", "icmp: 10s")
    case = snat_case("ping_ends", "Queries of one id are one connection, which ends after a time without any.", config=config)
    for flow in (PING, PING6):
        case.step("three pings")
        flow.opened(case)
        for number in range(3):
            flow.client_sends(case, seq=number)
            flow.dest_sends(case, seq=number)
        case.step("after nine seconds", advance=9_000)
        flow.client_sends(case, seq=4)
        case.step("after eleven more", advance=11_000)
        flow.closed(case)
        case.punt("inside", flow.from_dest(seq=4))
    return case


def removed() -> Case:
    other = SNAT_CONFIG.replace('192.0.2.0/24, "2001:db8::/32"', "198.51.100.0/24")
    none = SNAT_CONFIG[:SNAT_CONFIG.index("snat:")]
    case = snat_case("reload_rule_removed", "Connections of a rule that changed or left the file go on in both directions.")
    for flow in (WEB, PING):
        opening(case, flow)
    for title, config in (("the rule is for others now", other), ("it leaves", none)):
        case.step(title, config=config)
        for flow in (WEB, PING):
            flow.client_sends(case, seq=1001)
            flow.dest_sends(case, ack=1007)
        case.step("new ones are not taken")
        case.punt("outside", WEB.but(client_port=40001).from_client(flags="S"))
        case.punt("outside", PING.but(client_port=78).from_client())
    return case


def no_way() -> Case:
    case = snat_case("no_way_outside", "Where the kernel has no route the packet is the kernel's, which says so.",
                     world=WORLD.replace("route 10.20.0.0/24 dev 2\n", "route 10.20.0.0/24 unreachable\n"))
    case.step("new")
    case.punt("outside", WEB.from_client(flags="S"))
    case.step("with a route", world=WORLD)
    WEB.opened(case)
    WEB.client_sends(case, flags="S")
    case.step("by an interface that is no port of ours", world=WORLD.replace("10.20.0.0/24 dev 2", "10.20.0.0/24 dev 7"))
    case.drop("outside", WEB.from_client(flags="A"), "route_not_ours", "office")
    return case


def timestamps() -> Case:
    from scapy.layers.inet import ICMP
    case = snat_case("icmp_timestamp", "A timestamp request is a query like echo, of IPv4 only.")

    def stamped(frame, kind):
        frame = frame.copy()
        old = frame[ICMP]
        old.underlayer.remove_payload()
        return frame / ICMP(type=kind, id=old.id, seq=old.seq, ts_ori=1, ts_rx=2, ts_tx=3)

    case.step("asked and answered")
    PING.opened(case)
    data = case.recv("outside", stamped(PING.from_client(), 13))
    case.send("inside", stamped(PING.to_dest(), 13))
    PING.counted(case, "to_dest", len(data))
    data = case.recv("inside", stamped(PING.from_dest(), 14))
    case.send("outside", stamped(PING.to_client(), 14))
    PING.counted(case, "to_client", len(data))
    return case


def workers() -> Case:
    case = snat_case("workers", "An answer finds its worker by the local port, or by the id.", config=two_queues(SNAT_CONFIG))
    for flow in (WEB, DNS, WEB6, PING, PING6):
        for owner, port in ((1, SECOND_WORKERS_PORT), (0, FIRST_PORT)):
            one = flow.but(lip_port=port, client_port=flow.client_port + owner)
            case.step(f"worker {owner} opens a connection over a port of its own")
            one.opened(case, worker=owner)
            pass_through(case, one, "to_dest", owner, owner, flags="S")
            pass_through(case, one, "to_client", owner, owner, flags="SA")
            case.step("an answer to the other's queue", turns=2)
            pass_through(case, one, "to_client", 1 - owner, owner, flags="A")
            case.step("an error goes round", turns=2)
            case.recv(f"inside.{1 - owner}", error(one, "dest"))
            case.send(f"outside.{owner}", icmp.error_out(one, "dest"))
            handed(case, 1 - owner, owner)
            case.count("icmp_errors_relayed", worker=owner)
    return case


def without_checksum() -> Case:
    case = snat_case("udp_without_checksum", "UDP over IPv4 without checksum stays without.")
    case.step("both directions")
    DNS.opened(case)
    DNS.client_sends(case, chksum=0)
    DNS.dest_sends(case, chksum=0)
    assert UDP in DNS.to_dest()
    return case


# Real servers in mode nat, the first ones on any port, which reach others through a rule.
SERVERS = NAT_ANY_CONFIG.replace("port: any\n    mode: nat\n    dests: [ { address: 10.20.0.21 } ]\n  - name: web6",
                                 "port: 53\n    mode: nat\n    dests: [ { address: 10.20.0.21, port: 5353 } ]\n  - name: web6").replace(
    "services:\n", """\
lip_pools: [ { name: public, addresses: [ 10.10.0.50 ] } ]
snat: [ { name: office, from: [ 10.20.0.0/24 ], lip_pool: public } ]
services:
""")


def real_servers() -> Case:
    case = plain_case("real_servers_in_mode_nat", "What a real server in mode nat begins by itself goes by the rules, also from a "
                      "port that it serves; what nobody's rule takes is the kernel's.", config=SERVERS, mode="snat")
    there = {"port": "inside", "out_port": "outside"}
    back = {"port": "outside", "out_port": "inside"}
    begun = SnatFlow(True, "10.20.0.21", 33333, "192.0.2.99", 443, "10.10.0.50", FIRST_PORT, "192.0.2.99", 443, "office",
                     dest_mac=GATEWAY, gateway=DEST1, outside_mac=INSIDE, inside_mac=OUTSIDE)
    for title, flow in (("TCP, of which it serves every port", begun),
                        ("UDP, from the port that it serves", begun.but(tcp=False, client_port=5353)),
                        ("UDP, from another one", begun.but(tcp=False, client_port=5354, lip_port=FIRST_PORT + 1))):
        case.step(title)
        flow.opened(case)
        flow.client_sends(case, flags="S", **there)
        case.step("and the answer")
        flow.dest_sends(case, flags="SA", **back)
        flow.client_sends(case, flags="A", **there)
    case.step("a segment in the middle of no connection")
    case.no_connection("inside", begun.but(client_port=33334).from_client(flags="A"))
    case.step("to the balancer itself")
    case.punt("inside", begun.but(vip="10.10.0.1").from_client(flags="S"))
    case.step("answers to clients are answers")
    for flow in (NAT_FLOWS["tcp_ipv4"].but(dest_port=80, any_port=True), NAT_FLOWS["udp_ipv4"]):
        flow.opened(case)
        flow.client_sends(case, flags="S")
        flow.dest_sends(case, flags="SA")
    case.step("a host to which the server has sent something becomes a client: the VIP answers")
    begun.but(tcp=False, client_port=5353).closed(case, expired=False)
    asks = NAT_FLOWS["udp_ipv4"].but(client="192.0.2.99", client_port=443, lip="192.0.2.99", lip_port=443)
    asks.opened(case)
    asks.client_sends(case)
    asks.dest_sends(case)
    case.step("in TCP, its connection stays")
    stranger = NAT_FLOWS["tcp_ipv4"].but(client="192.0.2.99", client_port=443, vip_port=33333)
    case.drop("outside", stranger.from_client(flags="S"), "tuple_taken", "web")
    case.step("no rule", config=SERVERS.replace("10.20.0.0/24", "10.20.0.22/32"))
    case.punt("inside", begun.but(client_port=33335).from_client(flags="S"))
    begun.client_sends(case, **there)
    begun.dest_sends(case, **back)
    return case


def real_servers_one_packet() -> Case:
    case = plain_case("real_servers_in_mode_nat_one_packet", "The same where every datagram of clients is placed for itself.",
                      config=SERVERS.replace("port: 53\n", "port: 53\n    one_packet: true\n"), mode="snat")
    begun = SnatFlow(False, "10.20.0.21", 5353, "192.0.2.99", 443, "10.10.0.50", FIRST_PORT, "192.0.2.99", 443, "office",
                     dest_mac=GATEWAY, gateway=DEST1, outside_mac=INSIDE, inside_mac=OUTSIDE)
    case.step("the server begins")
    begun.opened(case)
    begun.client_sends(case, port="inside", out_port="outside")
    case.step("whom it has sent something becomes a client: the VIP answers")
    begun.closed(case, expired=False)
    asks = NAT_FLOWS["udp_ipv4"].but(client="192.0.2.99", client_port=443, lip="192.0.2.99", lip_port=443)
    asks.opened(case)
    asks.client_sends(case)
    asks.dest_sends(case)
    return case


def two_queues(config: str) -> str:
    return config.replace("instance: golden\n", "instance: golden\nworkers: { count: 2 }\n").replace(
        "device: out0 }", "device: out0, queues: 2 }").replace("device: in0 }", "device: in0, queues: 2 }")


def real_servers_on_workers() -> Case:
    case = plain_case("real_servers_in_mode_nat_workers", "The worker that would have the answers to that host opens the connection.",
                      config=two_queues(SERVERS), mode="snat")
    for owner, lip_port in ((0, FIRST_PORT), (1, SECOND_WORKERS_PORT)):
        port = next(p for p in range(443, 65536) if nat_owner("192.0.2.99", p, 2) == owner)
        flow = SnatFlow(True, "10.20.0.21", 33333, "192.0.2.99", port, "10.10.0.50", lip_port, "192.0.2.99", port, "office",
                        dest_mac=GATEWAY, gateway=DEST1, outside_mac=INSIDE, inside_mac=OUTSIDE)
        other = 1 - owner
        case.step(f"to port {port}, by the other worker", turns=2)
        flow.opened(case, worker=owner)
        for direction, received, sent, came, left in (
                ("to_dest", flow.from_client(flags="S"), flow.to_dest(flags="S"), "inside", "outside"),
                ("to_client", flow.from_dest(flags="SA"), flow.to_client(flags="SA"), "outside", "inside"),
                ("to_dest", flow.from_client(flags="A"), flow.to_dest(flags="A"), "inside", "outside")):
            if direction == "to_client" or received[2].flags == "A":
                case.step(f"{direction}, by the other worker", turns=2)
            flow.counted(case, direction, len(case.recv(f"{came}.{other}", received)), worker=owner)
            case.send(f"{left}.{owner}", sent)
            handed(case, other, owner)
    return case


def real_servers_fragments() -> Case:
    case = plain_case("real_servers_in_mode_nat_fragments", "The first fragment of what a real server begins goes to that worker at "
                      "once, and the flow is opened there.", config=two_queues(SERVERS), mode="snat")
    data = {"payload": bytes(range(250)) * 4}
    for owner, first in ((0, FIRST_PORT), (1, SECOND_WORKERS_PORT)):
        ports = [p for p in range(443, 65536) if nat_owner("192.0.2.99", p, 2) == owner]
        for at in (0, 1):
            flow = SnatFlow(False, "10.20.0.21", 5353, "192.0.2.99", ports[at], "10.10.0.50", first, "192.0.2.99", ports[at],
                            "office", dest_mac=GATEWAY, gateway=DEST1, outside_mac=INSIDE, inside_mac=OUTSIDE)
            case.step(f"worker {owner}'s, which comes to worker {at}", turns=2)
            flow.opened(case, worker=owner)
            before, after = (fragments.pieces(make(**data), ports[at]) for make in (flow.from_client, flow.to_dest))
            for received, sent in zip(before, after, strict=True):
                flow.counted(case, "to_dest", len(case.recv(f"inside.{at}", received)), worker=owner)
                case.send(f"outside.{owner}", sent)
                if at != owner:
                    handed(case, at, owner)
    return case


def shared(name: str, flow: Flow) -> Iterator[Case]:
    yield from (basics.whole_life(name, flow), icmp.ttl_one(name, flow), icmp.too_big(name, flow),
                icmp.translated(name, flow), fragments.follow(name, flow))


def cases() -> Iterator[Case]:
    for name, flow in SNAT_FLOWS.items():
        yield from map(exchanged, shared(name, flow))
    for family in ("ipv4", "ipv6"):
        association = from_inside(FLOWS[f"tcp_{family}"], SctpSnatFlow)
        yield from map(exchanged, (sctp.whole_life(family, association), sctp.errors(family, association)))
    yield from map(exchanged, (not_for_us(), not_a_reply(), rules(), exhausted(), ping_life(), removed(), no_way(),
                               timestamps(), workers(), without_checksum()))
    yield from (real_servers(), real_servers_on_workers(), real_servers_fragments(), real_servers_one_packet())
