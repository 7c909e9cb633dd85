# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Frames that leave the line: drops with their reasons, punts to the kernel."""
from collections.abc import Iterator

from scapy.layers.inet import ICMP, IP, TCP, UDP, Ether
from scapy.layers.l2 import ARP
from scapy.packet import Raw

from .case import Case
from .net import (CONFIG, DNS, DNS6, FIRST_PORT, FLOWS, GATEWAY, OUTSIDE, WEB, WEB6, WORLD, assured, ether, ip, late,
                  opening, plain_case)


def tcp_without_syn() -> Case:
    case = plain_case("tcp_without_syn", "Only a SYN opens a connection; other segments of none are the kernel's to reset.")
    for flow in (WEB, WEB6):
        for flags in ("A", "PA", "FA", "R", "RA", "SA", "SR", ""):
            case.step(f"{flow.service}: flags [{flags}]")
            case.no_connection("outside", flow.from_client(flags=flags))
        case.step(f"{flow.service}: SYN, with ECN's flags too")
        flow.opened(case)
        flow.client_sends(case, flags="SEC", payload=b"")
    return case


def no_dest() -> Case:
    config = CONFIG.replace("port: 8080 }", "port: 8080, weight: 0 }").replace("    dests:", "    on_no_dest: drop\n    dests:")
    case = plain_case("no_dest", "All dests of a service drain: new connections are dropped, where that is wanted.", config=config)
    case.step("web and web6 drain, dns does not")
    case.drop("outside", WEB.from_client(flags="S"), "no_dest", "web")
    case.drop("outside", WEB6.from_client(flags="S"), "no_dest", "web6")
    DNS.opened(case)
    DNS.client_sends(case)
    return case


def weight_zero() -> Case:
    two = CONFIG.replace("{ address: 10.20.0.21, port: 8080 }",
                         "{ address: 10.20.0.21, port: 8080 }, { address: 10.20.0.22, port: 8080 }")
    drained = two.replace("{ address: 10.20.0.21, port: 8080 }", "{ address: 10.20.0.21, port: 8080, weight: 0 }")
    case = plain_case("weight_zero_drains", "A dest with weight 0 keeps its connections and gets no new ones.", config=two)
    opening(case, WEB)
    case.step("the dest drains: its connection goes on", config=drained)
    WEB.client_sends(case, seq=1001)
    WEB.dest_sends(case, ack=1007)
    case.step("all new connections go to the other")
    for n in range(1, 5):
        flow = WEB.but(client_port=40000 + n, dest="10.20.0.22", dest_mac="02:00:00:00:02:22", lip_port=10239 + n)
        flow.opened(case)
        flow.client_sends(case, flags="S", payload=b"")
    return case


def lip_exhausted() -> Case:
    config = CONFIG.replace("ports: 10240-65535", "ports: 10250-10313")
    case = plain_case("lip_exhausted", "64 local ports serve 64 connections to a dest, and one more is dropped. Ports are "
                                       "counted per dest, protocol and family; one that is free again is used again.",
                      config=config)
    for flow in (WEB, DNS6):
        case.step(f"{flow.service}: 64 connections, and one more", turns=3)
        flows = [flow.but(client_port=1000 + n, lip_port=10250 + n) for n in range(64)]
        for one in flows:
            one.opened(case)
            one.client_sends(case, flags="S", payload=b"")
        case.drop("outside", flow.but(client_port=1).from_client(flags="S"), "lip_exhausted", flow.service)
        if not flow.tcp:
            continue
        case.step("one is reset and the client begins again: over the same port, the only one that is free")
        flows[17].dest_sends(case, flags="R", payload=b"")
        case.step("SYN")
        flows[17].closed(case, expired=False)
        flows[17].opened(case)
        flows[17].client_sends(case, flags="S", payload=b"", seq=77)
        case.step("another protocol has ports of its own")
        dns = DNS.but(lip_port=10250)
        dns.opened(case)
        dns.client_sends(case)
    return case


def table_full() -> Case:
    case = plain_case("connection_table_full", "The table's size is one bound over both families. Connections that both sides "
                                               "have confirmed do not give way.", sizes=(3, 16))
    for flow in (WEB, DNS, WEB6):
        assured(case, flow)
    case.step("the fourth finds no room; the three go on")
    case.drop("outside", DNS6.from_client(), "conn_table_full", "dns6")
    case.drop("outside", WEB.but(client_port=1).from_client(flags="S"), "conn_table_full", "web")
    for flow in (WEB, DNS, WEB6):
        flow.client_sends(case)
        flow.dest_sends(case)
    case.step("one closes: closing is not half-open, either")
    WEB.client_sends(case, flags="FA", payload=b"")
    case.step("refused again")
    case.drop("outside", DNS6.from_client(), "conn_table_full", "dns6")
    case.step("when one has ended there is room again", advance=60_001)
    WEB.closed(case)
    case.step("room")
    DNS6.opened(case)
    DNS6.client_sends(case)
    return case


def half_open_gives_way() -> Case:
    case = plain_case("half_open_gives_way", "When the table is full, a connection that one side alone can make gives way to a "
                                             "new one; only when there is none, the new one is refused.", sizes=(2, 16))
    case.step("one without answer of each family")
    for flow in (WEB, DNS6):
        flow.opened(case)
        flow.client_sends(case, flags="S")
    case.step("TCP in syn_sent gives way")
    WEB.evicted(case)
    DNS.opened(case)
    DNS.client_sends(case)
    case.step("an answer to it is late; the other is still there")
    late(case, WEB, flags="SA")
    DNS6.dest_sends(case)
    case.step("an answer alone does not confirm a UDP flow")
    DNS.dest_sends(case)
    case.step("it gives way")
    second = WEB.but(client_port=1, lip_port=FIRST_PORT + 1)
    DNS.evicted(case)
    second.opened(case)
    second.client_sends(case, flags="S")
    case.step("an answer to it is late")
    late(case, DNS)
    case.step("nor does the dest's SYN a TCP connection")
    second.dest_sends(case, flags="SA")
    case.step("TCP in syn_recv gives way")
    third = WEB.but(client_port=2, lip_port=FIRST_PORT + 2)
    second.evicted(case)
    third.opened(case)
    third.client_sends(case, flags="S")
    case.step("the client of the one that is gone sends on: the kernel resets it")
    case.no_connection("outside", second.from_client(flags="A"))
    late(case, second, flags="SA")
    case.step("the new one's handshake")
    third.dest_sends(case, flags="SA")
    case.step("its end")
    third.client_sends(case, flags="A")
    case.step("it stays, so the other family's gives way")
    again = DNS.but(lip_port=FIRST_PORT + 1)
    DNS6.evicted(case)
    again.opened(case)
    again.client_sends(case)
    case.step("answered")
    again.dest_sends(case)
    case.step("and the client goes on")
    again.client_sends(case)
    case.step("now nothing is half-open")
    case.drop("outside", WEB6.from_client(flags="S"), "conn_table_full", "web6")
    case.drop("outside", DNS.but(client_port=1).from_client(), "conn_table_full", "dns")
    third.client_sends(case)
    again.client_sends(case)
    return case


def lip_no_connection() -> Case:
    case = plain_case("lip_no_connection", "What comes to a local port that no connection uses is dropped if it is UDP, and "
                                           "the kernel's to reset if it is TCP; other ports of the LIP are the kernel's.")
    for flow in FLOWS.values():
        case.step(flow.service)
        stranger = ether(GATEWAY, OUTSIDE) / ip(flow.client, flow.lip, 64) / flow.l4(4000, 65535, flags="S")
        if flow.tcp:
            case.no_connection("outside", stranger)
            for flags in ("SA", "A", "R"):
                case.no_connection("inside", flow.from_dest(flags=flags))
        else:
            case.drop("inside", flow.from_dest(), "lip_no_connection")
            case.drop("outside", stranger, "lip_no_connection")
        case.punt("inside", flow.but(lip_port=10239).from_dest(flags="SA"))
    return case


def malformed() -> Case:
    case = plain_case("malformed_l4", "L4 headers that are cut short or lie about their length, for a service: dropped. "
                                      "For anybody else they are the kernel's.")
    def tcp(**fields):
        return ether(GATEWAY, OUTSIDE) / ip("192.0.2.1", "10.10.0.100", 64) / TCP(sport=1, dport=80, flags="S", **fields)

    def udp(length):
        return ether(GATEWAY, OUTSIDE) / ip("192.0.2.1", "10.10.0.100", 64) / UDP(sport=1, dport=53, len=length) / b"abc"

    def cut(size, proto=6, dport=80):
        head = bytes(TCP(sport=1, dport=dport, flags="S"))[:size]
        return ether(GATEWAY, OUTSIDE) / IP(src="192.0.2.1", dst="10.10.0.100", proto=proto, flags="DF") / Raw(head)

    case.step("TCP data offset below its header, beyond the packet")
    case.drop("outside", tcp(dataofs=4), "malformed_l4")
    case.drop("outside", tcp(dataofs=6), "malformed_l4")
    case.step("TCP header cut off, down to its ports")
    for size in (19, 13, 4):
        case.drop("outside", cut(size), "malformed_l4")
    case.step("UDP length below its header, beyond the packet; header cut off")
    case.drop("outside", udp(7), "malformed_l4")
    case.drop("outside", udp(12), "malformed_l4")
    case.drop("outside", cut(7, proto=17, dport=53), "malformed_l4")
    case.step("UDP that declares less than the packet holds is right: what follows is not its own")
    DNS.but(client_port=1).opened(case)
    data = case.recv("outside", udp(10))
    translated = ether("02:00:00:00:00:02", "02:00:00:00:02:21") / ip("10.20.0.10", "10.20.0.21", 63) / UDP(
        sport=10240, dport=5353, len=10) / b"abc"
    case.send("inside", translated)
    DNS.counted(case, "to_dest", len(data))
    case.step("without its ports no rule matches: the kernel's")
    case.punt("outside", cut(3))
    case.step("a port that is no service")
    case.punt("outside", cut(13, dport=81))
    case.step("IPv6")
    case.drop("outside", ether(GATEWAY, OUTSIDE) / ip("2001:db8::1", "fd10::100", 64) /
              TCP(sport=1, dport=80, flags="S", dataofs=15), "malformed_l4")
    case.drop("outside", ether(GATEWAY, OUTSIDE) / ip("2001:db8::1", "fd10::100", 64) /
              UDP(sport=1, dport=53, len=300), "malformed_l4")
    return case


def punts() -> Case:
    case = plain_case("not_ours", "What the steering rule does not match is the kernel's, unchanged.")
    case.step("another MAC address, broadcast, multicast")
    for mac in ("02:00:00:00:00:99", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"):
        for flow in FLOWS.values():
            case.punt("outside", flow.but(outside_mac=mac).from_client(flags="S"))
    case.step("not TCP or UDP, or not IP")
    case.punt("outside", Ether(src=GATEWAY, dst=OUTSIDE) / ARP(op=1, psrc="10.10.0.254", pdst="10.10.0.100"))
    case.punt("outside", ether(GATEWAY, OUTSIDE) / IP(src="192.0.2.1", dst="10.10.0.100", proto=47) / b"gre.")
    case.punt("outside", Ether(src=GATEWAY, dst=OUTSIDE, type=0x88cc) / Raw(b"lldp"))
    case.punt("inside", Ether(src=GATEWAY, dst=OUTSIDE, type=0x0800))
    case.step("pings")
    case.punt("outside", ether(GATEWAY, OUTSIDE) / ip("192.0.2.1", "10.10.0.100", 64) / ICMP() / b"ping")
    case.step("another address, port or protocol than the service's")
    case.punt("outside", WEB.but(vip="10.10.0.1").from_client(flags="S"))
    case.punt("outside", WEB.but(vip_port=81).from_client(flags="S"))
    case.punt("outside", DNS.but(vip_port=80).from_client())
    case.punt("outside", WEB6.but(vip="fd10::1").from_client(flags="S"))
    case.step("IP headers that are broken: the kernel counts them")
    good = bytes(WEB.from_client(flags="S"))
    for at, value in ((14, 0x55), (14, 0x44), (16, 0xff)):
        case.punt("outside", good[:at] + bytes([value]) + good[at + 1:])
    case.punt("outside", good[:20])
    return case


def no_way_out() -> Case:
    case = plain_case("no_way_out", "The kernel's routes lead nowhere, or not through a port of ours.",
                      world=WORLD.replace("route 10.20.0.0/24 dev 2\n", "").replace("route 0.0.0.0/0 dev 1 via 10.10.0.254\n", "")
                      .replace("route ::/0 dev 1 via fd10::fe\n", ""))
    case.step("no route to the dest: the connection is there, the frame is not sent")
    WEB.opened(case)
    case.drop("outside", WEB.from_client(flags="S"), "no_route", "web")
    case.step("a route through another interface", world=WORLD.replace("route 10.20.0.0/24 dev 2", "route 10.20.0.0/24 dev 9"))
    case.drop("outside", WEB.from_client(flags="S"), "route_not_ours", "web")
    case.step("the dest's address is local", world=WORLD + "route 10.20.0.21/32 local\n")
    case.drop("outside", WEB.from_client(flags="S"), "route_not_ours", "web")
    case.step("unreachable", world=WORLD + "route 10.20.0.21/32 unreachable\n")
    case.drop("outside", WEB.from_client(flags="S"), "no_route", "web")
    case.step("a route", world=WORLD)
    WEB.client_sends(case, flags="S")
    WEB.dest_sends(case, flags="SA")
    case.step("no way back to the client", world=WORLD.replace("route 0.0.0.0/0 dev 1 via 10.10.0.254\n", ""))
    case.drop("inside", WEB.from_dest(flags="SA"), "no_route", "web")
    return case


def cases() -> Iterator[Case]:
    yield from (tcp_without_syn(), no_dest(), weight_zero(), lip_exhausted(), table_full(), half_open_gives_way(),
                lip_no_connection(), malformed(), punts(), no_way_out())
