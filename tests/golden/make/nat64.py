# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode fullnat to dests of the other family: packets and what becomes of their headers (RFC 7915)."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from scapy.layers.inet import IP, TCP, UDP, Ether, IPOption_LSRR, IPOption_NOP, IPOption_SSRR
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, PadN
from scapy.packet import Packet

from .case import Case
from .checksums import broken, payload_without_sum
from .net import CONFIG, CONFIGS, DNS, DNS6, FIRST_PORT, WEB, WEB6, WORLD, Flow, opening, plain_case, reset, time_wait_ends
from .sctp import SctpFlow, associate, config as sctp_config

CONFIGS["nat64"] = CONFIG.replace("address: 10.20.0.21", "address: @").replace('address: "fd20::21"', "address: 10.20.0.21").replace(
    "address: @", 'address: "fd20::21"')

MAY_BE_CUT = 1260  # so much of IPv4, no sender of IPv6 can be told to send less


class CrossFlow(Flow):
    """The client is of one family, the dest of the other."""

    def client_sends(self, case: Case, ttl: int = 64, **fields) -> None:
        self.passes(case, "to_dest", ttl, **fields)

    def dest_sends(self, case: Case, ttl: int = 64, **fields) -> None:
        self.passes(case, "to_client", ttl, **fields)

    def passes(self, case: Case, direction: str, ttl: int = 64, out: dict | None = None, **fields) -> None:
        """`out`: what is different when it leaves."""
        make = (self.from_client, self.to_dest) if direction == "to_dest" else (self.from_dest, self.to_client)
        ports = ("outside", "inside") if direction == "to_dest" else ("inside", "outside")
        data = case.recv(ports[0], make[0](ttl, **fields))
        stays = {key: value for key, value in fields.items()
                 if key not in ("padding", "vlans", "options", "ext", "chksum", "id", "ip_flags", "flow_label")}
        case.send(ports[1], crossed(case, make[1](ttl - 1, **{**stays, **(out or {})})))
        self.counted(case, direction, len(data))


def next_id(case: Case) -> int:
    """The translator gives each packet of IPv6 a number."""
    case.ipv4_id = getattr(case, "ipv4_id", 0) + 1
    return case.ipv4_id


def crossed(case: Case, frame: Packet) -> Packet:
    """A frame that leaves: IPv4 headers that were made of IPv6 ones. None have options."""
    if not frame.haslayer(IP):
        return frame
    number = next_id(case)
    frame = Ether(bytes(frame))
    atomic = frame[IP].len > MAY_BE_CUT
    frame[IP].id, frame[IP].flags = (0, "DF") if atomic else (number, 0)
    del frame[IP].chksum
    return frame


def crossing(near: Flow, far: Flow) -> CrossFlow:
    fields = {field.name: getattr(near, field.name) for field in dataclasses.fields(near)}
    return CrossFlow(**{**fields, "lip": far.lip, "dest": far.dest, "mode": "nat64"})


CROSS_FLOWS = {"tcp_6to4": crossing(WEB6, WEB), "udp_6to4": crossing(DNS6, DNS),
               "tcp_4to6": crossing(WEB, WEB6), "udp_4to6": crossing(DNS, DNS6)}


def cross_case(name: str, about: str, **options) -> Case:
    return plain_case(name, about, mode="nat64", **options)


def whole_life(name: str, flow: CrossFlow) -> Case:
    case = cross_case(f"whole_life_{name}", "A connection from its first packet to its last: every packet leaves with an IP header of "
                                            "the other family, and its own L4 header.")
    if not flow.tcp:
        case.step("the first datagram opens the connection")
        flow.opened(case)
        flow.client_sends(case, payload=b"question", tos=0x2e, flow_label=0x12345)
        case.step("the answer")
        flow.dest_sends(case, payload=b"answer", tos=0xb8, ttl=128)
        case.step("more of both, of odd and even lengths, an empty one, and around what may be cut")
        for size in (0, 1, 2, 999, MAY_BE_CUT - 28, MAY_BE_CUT - 27, 1400):
            flow.client_sends(case, payload=b"x" * size)
            flow.dest_sends(case, payload=b"y" * size)
        return case
    case.step("SYN opens the connection; its MSS is what fits into IPv6")
    flow.opened(case)
    options = [("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)]
    for direction, more in (("to_dest", {"flags": "S"}), ("to_client", {"flags": "SA", "seq": 7000, "ack": 1001})):
        if direction == "to_client":
            case.step("SYN and ACK come back")
        said = 1460
        flow.passes(case, direction, payload=b"", tcp_options=[("MSS", said), *options],
                    out={"tcp_options": [("MSS", 1440), *options]}, **more)
        case.count("mss_lowered")
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
    time_wait_ends(case, flow, 1020)
    return case


def mapped_in_ipv6() -> Case:
    case = cross_case("mapped_in_ipv6", "Addresses of IPv4, mapped into a frame of IPv6, are not those of a connection over IPv4.")
    flow = CROSS_FLOWS["udp_4to6"]
    case.step("a client of IPv4 opens a connection")
    flow.opened(case)
    flow.client_sends(case, payload=b"question")
    case.step("the same addresses and ports in IPv6: for the kernel")
    mapped = flow.but(client=f"::ffff:{flow.client}", vip=f"::ffff:{flow.vip}")
    case.punt("outside", mapped.from_client(payload=b"question"))
    case.step("the connection goes on")
    flow.dest_sends(case, payload=b"answer")
    return case


def vlans() -> Case:
    world = WORLD.replace("interface 1 outside address", "interface 1 outside vlan 100 address").replace(
        "interface 2 inside", "interface 2 inside vlan 200")
    case = cross_case("vlan_in_and_out", "Tags of arrival are left behind; the way out has its own. Padding goes.", world=world)
    for base in CROSS_FLOWS.values():
        flow = base.but(outside_vlans=(100,), inside_vlans=(200,))
        case.step(f"{flow.service}, {flow.vip}: tagged on both sides")
        flow.opened(case)
        flow.client_sends(case, flags="S", padding=9)
        flow.dest_sends(case, flags="SA", padding=4)
    return case


def wrong_checksum() -> Case:
    case = cross_case("wrong_checksum_stays_wrong", "What was wrong on arrival is wrong by the same when it leaves. IPv6 has no header "
                                                    "checksum: a packet with a wrong one ends here.")
    for name, flow in CROSS_FLOWS.items():
        layer = TCP if flow.tcp else UDP
        case.step(f"{name}: L4")
        flow.opened(case)
        data = case.recv("outside", broken(flow.from_client(flags="S"), layer))
        case.send("inside", crossed(case, broken(flow.to_dest(flags="S"), layer)))
        flow.counted(case, "to_dest", len(data))
        data = case.recv("inside", broken(flow.from_dest(flags="SA"), layer))
        case.send("outside", crossed(case, broken(flow.to_client(flags="SA"), layer)))
        flow.counted(case, "to_client", len(data))
        case.step(f"{name}: IPv4 header")
        if flow.v6:
            case.drop("inside", broken(flow.from_dest(flags="SA"), IP), "ipv4_checksum", flow.service)
        else:
            case.drop("outside", broken(flow.from_client(flags="S"), IP), "ipv4_checksum", flow.service)
    return case


def no_udp_checksum() -> Case:
    case = cross_case("udp_without_checksum", "IPv6 asks for a checksum: a datagram that has none gets one (RFC 7915, 4.5).")
    for name in ("udp_4to6", "udp_6to4"):
        flow = CROSS_FLOWS[name]
        case.step(name)
        flow.opened(case)
        if flow.v6:
            flow.client_sends(case)
            send = flow.dest_sends
        else:
            send = flow.client_sends
        for size in (0, 1, 2, 7, 900, 1401):
            send(case, chksum=0, payload=b"z" * size)
    return case


def never_zero() -> Case:
    case = cross_case("udp_checksum_is_never_zero", "A checksum that comes out as zero leaves as 0xffff (RFC 768).")
    for name in ("udp_4to6", "udp_6to4"):
        flow = CROSS_FLOWS[name]
        case.step(name)
        flow.opened(case)
        for _ in range(2):  # the first one, which asks for the way, takes another path than those that follow
            flow.client_sends(case, payload=payload_without_sum(flow.to_dest))
            flow.dest_sends(case, payload=payload_without_sum(flow.to_client))
    return case


def options() -> Case:
    case = cross_case("ipv4_options", "IPv4 options are left behind; a source route with hops left is answered (RFC 7915, 4.1).")
    flow = CROSS_FLOWS["udp_4to6"]
    case.step("no-operations, and source routes that are used up")
    flow.opened(case)
    flow.client_sends(case, options=[IPOption_NOP()] * 4)
    right = Ether(bytes(flow.from_client()))[UDP].chksum  # scapy would take the last router for the destination
    for kind in (IPOption_LSRR, IPOption_SSRR):
        flow.client_sends(case, options=[kind(routers=["10.0.0.9"], pointer=8), IPOption_NOP()], chksum=right)
    case.step("hops left")
    for kind in (IPOption_LSRR, IPOption_SSRR):
        frame = flow.from_client(options=[IPOption_NOP(), kind(routers=["10.0.0.9"], pointer=4)])
        case.drop("outside", frame, "ipv4_source_route")
        case.send("outside", own_error(flow, "outside", frame, "route"))
        case.count("icmp_errors_sent")
    return case


def extensions() -> Case:
    case = cross_case("ipv6_extension_headers", "Extension headers are left behind; behind a fragment header they cannot be.")
    flow = CROSS_FLOWS["udp_6to4"]
    chain = [IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0\0\0\0")]), IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 12)])]
    case.step("two of them")
    flow.opened(case)
    flow.client_sends(case, ext=chain)
    case.step("a fragment header of a whole packet says the id (RFC 6946)")
    flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(ext=[*chain, IPv6ExtHdrFragment(id=0xabcd4321)]))))
    frame = crossed(case, flow.to_dest())
    frame[IP].id = 0x4321
    case.send("inside", frame)
    case.step("destination options behind it")
    case.drop("outside", flow.from_client(ext=[IPv6ExtHdrFragment(id=5), chain[1]]), "ipv6_extensions", flow.service)
    return case


def own_error(flow: CrossFlow, side: str, frame: Packet, kind: str, mtu: int = 0) -> Packet:
    """What HVS answers to the frame's sender, who is on that side."""
    from . import icmp
    near = flow if side == "outside" else flow.but(vip=flow.lip, client=flow.dest)
    offending = frame[IPv6] if near.v6 else frame[IP]
    packet = icmp.own_error(near, "big" if kind == "route" else kind, offending, icmp.own(near, side), near.client, mtu)
    if kind == "route":
        packet[icmp.ICMP].code = 5
    link = frame.copy()
    link.remove_payload()
    return Ether(src=link.dst, dst=link.src) / packet


def refused(case: Case, flow: CrossFlow, side: str, frame: Packet, kind: str, mtu: int = 0) -> None:
    case.drop(side, frame, "ttl_exceeded" if kind == "time" else "mtu_exceeded", flow.service)
    case.send(side, own_error(flow, side, frame, kind, mtu))
    case.count("icmp_errors_sent")


def ttl_one(name: str, flow: CrossFlow) -> Case:
    case = cross_case(f"ttl_one_{name}", "Each side hears of a TTL that ends here in its own family.")
    case.step("a first packet opens nothing")
    refused(case, flow, "outside", flow.from_client(ttl=1, flags="S"), "time")
    case.step("TTL two goes through, as one")
    flow.opened(case)
    flow.client_sends(case, ttl=2, flags="S")
    flow.dest_sends(case, ttl=2, flags="SA")
    case.step("established, both directions")
    refused(case, flow, "outside", flow.from_client(ttl=1), "time")
    refused(case, flow, "inside", flow.from_dest(ttl=1), "time")
    return case


def too_big(name: str, flow: CrossFlow) -> Case:
    world = WORLD.replace("interface 1 outside", "interface 1 outside mtu 1300").replace(
        "interface 2 inside", "interface 2 inside mtu 1400")
    case = cross_case(f"mtu_exceeded_{name}", "What is larger than the way out once it is translated: its sender learns what it "
                                              "may send, 20 bytes more or less.", world=world)
    outside, inside = (1300 - 60, 1400 - 40) if flow.v6 else (1300 - 40, 1400 - 60)  # most of TCP
    l4 = 20 if flow.tcp else 8
    to_dest, to_client = inside + 20 - l4, outside + 20 - l4
    case.step("what just fits")
    flow.opened(case)
    flow.client_sends(case, flags="S", payload=b"q" * to_dest)
    flow.dest_sends(case, flags="SA", payload=b"r" * to_client)
    case.step("a byte more does not")
    shift = 20 if flow.v6 else -20
    refused(case, flow, "outside", flow.from_client(payload=b"q" * (to_dest + 1)), "big", 1400 + shift)
    refused(case, flow, "inside", flow.from_dest(payload=b"r" * (to_client + 1)), "big", 1300 - shift)
    return case


def mixed() -> Case:
    config = CONFIGS["nat64"].replace('dests: [ { address: "fd20::21", port: 5353 } ]',
                                      'dests: [ { address: "fd20::21", port: 5353 }, { address: 10.20.0.21, port: 5353 } ]')
    case = cross_case("dests_of_both_families", "A service may have dests of both families; those of the client's own are reached as ever.",
                      config=config)
    flow = CROSS_FLOWS["udp_4to6"]
    case.step("the first client")
    flow.opened(case)
    flow.client_sends(case)
    flow.dest_sends(case)
    same = DNS.but(client_port=50001)
    case.step("the second")
    same.opened(case)
    same.client_sends(case)
    same.dest_sends(case)
    third = flow.but(client_port=50002, lip_port=FIRST_PORT + 1)
    case.step("the third, and all of them")
    third.opened(case)
    third.client_sends(case)
    same.dest_sends(case)  # IPv4 first
    for one in (third, flow):
        one.dest_sends(case)
    return case


def life() -> Case:
    config = CONFIGS["nat64"].replace("protocol: udp\n", "protocol: udp\n    timeouts: { udp_unreplied: 5s }\n")
    case = cross_case("expiry_and_reuse", "Connections between families end as others do, and their ports come again.", config=config)
    for name in ("udp_6to4", "udp_4to6"):
        flow = CROSS_FLOWS[name]
        case.step(name)
        flow.opened(case)
        flow.client_sends(case)
        case.step(f"{name}: its time is over, and the same client comes", advance=5_001)
        flow.closed(case)
        again = flow.but(lip_port=FIRST_PORT + 1)
        again.opened(case)
        again.client_sends(case)
        case.step(f"{name}: an answer to the old port")
        case.drop("inside", flow.from_dest(), "lip_no_connection")
        case.step(f"{name}: swept", advance=5_001, turns=300)
        again.closed(case)
    for name in ("tcp_6to4", "tcp_4to6"):
        flow = CROSS_FLOWS[name]
        opening(case, flow)
        case.step(f"{name}: reset, and a SYN from the same port")
        flow.client_sends(case, flags="R", payload=b"")
        again = flow.but(lip_port=FIRST_PORT + 1)
        flow.closed(case, expired=False)
        again.opened(case)
        again.client_sends(case, flags="S", payload=b"")
        case.step(f"{name}: a segment of no connection")
        case.no_connection("inside", flow.from_dest(flags="A"))
    return case


def removed() -> Case:
    config = CONFIGS["nat64"].replace("    dests:", "    on_dest_removed: reset\n    dests:")
    case = cross_case("dest_removed_reset", "on_dest_removed: reset. Each side is reset in its own family.", config=config)
    after = config.replace("10.20.0.21", "10.20.0.22").replace("fd20::21", "fd20::22")
    flows = [CROSS_FLOWS["tcp_6to4"], CROSS_FLOWS["tcp_4to6"]]
    for flow in flows:
        opening(case, flow)
    case.step("another dest takes the place: data from the clients", config=after)
    fields = {"seq": 1006, "ack": 7000, "flags": "PA", "payload": b"some data"}
    for flow in sorted(flows, key=lambda one: one.v6):
        flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(**fields))))
        case.send("outside", reset(flow, "client", seq=7000))
        case.send("inside", crossed(case, reset(flow, "dest", 1006, 7000, ttl=63)))
        case.count("tcp_resets_sent")
        flow.closed(case, expired=False)
        case.count("connections_dest_removed")
    return case


class CrossSctpFlow(CrossFlow, SctpFlow):
    pass


def sctp(name: str) -> Case:
    base = CROSS_FLOWS[name]
    flow = CrossSctpFlow(**{field.name: getattr(base, field.name) for field in dataclasses.fields(base)})
    case = cross_case(f"s{name}", "SCTP's CRC covers no addresses, but ports.", config=sctp_config("nat64"))
    associate(case, flow)
    case.step("data")
    flow.dest_sends(case)
    return case


def cases() -> Iterator[Case]:
    for name, flow in CROSS_FLOWS.items():
        yield from (whole_life(name, flow), ttl_one(name, flow), too_big(name, flow))
    yield from (vlans(), mapped_in_ipv6(), wrong_checksum(), no_udp_checksum(), never_zero(), options(), extensions(), mixed(), life(),
                removed(), sctp("tcp_6to4"), sctp("tcp_4to6"))
