# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Packets that are seldom seen, and all right."""
from collections.abc import Iterator

from scapy.layers.inet import ICMP, IP, IPOption_NOP, IPOption_RR, IPOption_Router_Alert, Ether
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, PadN, fragment6
from scapy.layers.l2 import Dot1Q
from scapy.packet import Packet, Raw

from .case import Case
from .fragments import pieces, translated
from .icmp import ROUTER, own, own_error
from .net import (DEST1, DNS, DNS6, DR_FLOWS, FIRST_PORT, FLOWS, GATEWAY, INSIDE, NAT_FLOWS, OUTSIDE, WEB, WEB6, WORLD, Flow, assured, ether,
                  opening, plain_case)

ALERT, RECORD = IPOption_Router_Alert(), IPOption_RR(length=7, pointer=4, routers=["0.0.0.0"])


def options_of_pieces() -> Case:
    case = plain_case("fragments_made_here_options", "Of IPv4 options, later fragments have those that say so (RFC 791, 3.1): a router "
                      "alert does, a recorded route does not.", world=WORLD.replace("interface 2 inside", "interface 2 inside mtu 600"))
    case.step("three fragments")
    DNS.opened(case)
    fields = {"ip_flags": 0, "payload": bytes(range(200)) * 6}
    data = case.recv("outside", DNS.from_client(options=[ALERT, RECORD, IPOption_NOP()], **fields))
    datagram = bytes(IP(bytes(DNS.dest_packet(**fields))).payload)
    room = (600 - 32) // 8 * 8  # every piece has as much as the first one, whose header is the longest
    for at in range(0, len(datagram), room):
        options = [ALERT] if at else [ALERT, RECORD, IPOption_NOP()]
        more = "MF" if at + room < len(datagram) else 0
        case.send("inside", ether(INSIDE, DEST1) / IP(src=DNS.lip, dst=DNS.dest, ttl=63, id=0x1234, proto=17, flags=more, frag=at // 8,
                                                      options=options) / Raw(datagram[at:at + room]))
    DNS.counted(case, "to_dest", len(data))
    case.count("packets_fragmented")
    return case


def extension_behind() -> Case:
    """Of a packet whose destination options are in the part that is fragmented."""
    case = plain_case("fragments_extension_behind", "Destination options behind the fragment header: all fragments name them, and the "
                                                    "later ones follow the first one (RFC 8200, 4.5).")
    data = {"payload": bytes(range(250)) * 4}

    def parts(frame: Packet) -> list[Packet]:
        packet = IPv6(bytes(frame[IPv6]))
        whole = (IPv6(src=packet.src, dst=packet.dst, hlim=packet.hlim) / IPv6ExtHdrFragment(id=0x77) /
                 IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0\0\0")]) / packet.payload)
        link = frame.copy()
        link.remove_payload()
        return [link / part for part in fragment6(whole, 500)]

    case.step("three fragments")
    DNS6.opened(case)
    translated(case, DNS6, parts(DNS6.from_client(**data)), parts(DNS6.to_dest(**data)), "to_dest")
    return case


def other_next_header() -> Case:
    case = plain_case("fragments_next_header_differs", "IPv6 fragments of a packet are those with its addresses and id; what later ones "
                                                       "name as next header is not looked at (RFC 8200, 4.5).")
    data = {"payload": bytes(range(250)) * 4}
    case.step("the second one says TCP")
    DNS6.opened(case)
    before, after = pieces(DNS6.from_client(**data)), pieces(DNS6.to_dest(**data))
    for part in (before[1], after[1]):
        part[IPv6ExtHdrFragment].nh = 6
    translated(case, DNS6, before, after, "to_dest")
    return case


def impossible_fragments() -> Case:
    case = plain_case("fragments_impossible", "A fragment that reaches beyond what a packet can have ends its packet, and one without "
                                              "anything in it goes alone.")
    data = {"payload": bytes(range(250)) * 4}
    before, after = pieces(DNS.from_client(**data)), pieces(DNS.to_dest(**data))
    case.step("a first fragment, and another that has nothing")
    DNS.opened(case)
    translated(case, DNS, before[:1], after[:1], "to_dest")
    empty = Ether(bytes(before[1]))
    empty[IP].remove_payload()
    del empty[IP].len, empty[IP].chksum
    case.drop("outside", Ether(bytes(empty)), "fragment_overlap", "dns")
    case.step("the rest of it goes on")
    translated(case, DNS, before[1:], after[1:], "to_dest")
    case.step("another packet, whose second fragment ends behind byte 65,535")
    before, after = pieces(DNS.from_client(**data), 7), pieces(DNS.to_dest(**data), 7)
    translated(case, DNS, before[:1], after[:1], "to_dest")
    far = Ether(bytes(before[1]))
    far[IP].frag = 8190
    del far[IP].chksum
    case.drop("outside", Ether(bytes(far)), "fragment_overlap", "dns")
    case.step("what still comes of it")
    for part in before[1:]:
        case.drop("outside", part, "fragment_overlap", "dns")
    return case


def relayed(case: Case, flow: Flow, icmp: Packet, sent: Packet, asked: Packet, ext: Packet | None = None) -> None:
    """A router says `icmp` about `sent`, which the client knows as `asked`."""
    for kind, port, link, src, dst, ttl, quote in (
            ("in", "inside", ether(DEST1, INSIDE), ROUTER[flow.v6], flow.lip, 64, sent),
            ("out", "outside", ether(OUTSIDE, GATEWAY), flow.vip, flow.client, 63, asked)):
        header = IPv6(src=src, dst=dst, hlim=ttl) if flow.v6 else IP(src=src, dst=dst, ttl=ttl)
        if ext is not None:
            header = header / ext.copy()
        frame = link / header / icmp.copy() / Raw(bytes(quote))
        case.recv(port, frame) if kind == "in" else case.send(port, frame)
    case.count("icmp_errors_relayed")


def odd_quotes() -> Case:
    case = plain_case("icmp_errors_odd_quotes", "Errors that quote a packet with all options that there is room for, or the first fragment "
                                                "of one; and one that has an extension header itself.")
    for flow in (DNS, DNS6):
        assured(case, flow)
    options = [IPOption_RR(length=39, pointer=4, routers=["0.0.0.0"] * 9), IPOption_NOP()]
    case.step("forty bytes of options")
    fields = {"ttl": 60, "id": 0x1234, "options": options}
    relayed(case, DNS, ICMP(type=3, code=4, nexthopmtu=1300),
            IP(src=DNS.lip, dst=DNS.dest, **fields) / DNS.l4(DNS.lip_port, DNS.dest_port),
            IP(src=DNS.client, dst=DNS.vip, **fields) / DNS.l4(DNS.client_port, DNS.vip_port))
    case.step("a first fragment, which never became a packet")
    before, after = (pieces(frame)[0][IP] for frame in
                     (DNS.from_client(60, payload=bytes(600)), DNS.to_dest(60, payload=bytes(600))))
    relayed(case, DNS, ICMP(type=11, code=1), after, before)
    case.step("IPv6: a first fragment")
    before, after = (pieces(frame)[0][IPv6] for frame in
                     (DNS6.from_client(60, payload=bytes(600)), DNS6.to_dest(60, payload=bytes(600))))
    relayed(case, DNS6, ICMPv6PacketTooBig(mtu=1300), after, before)
    case.step("options for every hop before the error")
    relayed(case, DNS6, ICMPv6PacketTooBig(mtu=1300), DNS6.dest_packet(60), DNS6.client_packet(60),
            IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0\0\0\0")]))
    return case


def remembered() -> Case:
    case = plain_case("dest_remembers_another", "A dest that still has an old connection over the local port answers a SYN with an ACK "
                                                "(RFC 5961, 4). The client resets that, and its next SYN takes another local port.")
    for flow in (WEB, WEB6):
        case.step(f"{flow.service}: SYN")
        flow.opened(case)
        flow.client_sends(case, flags="S", payload=b"")
        case.step("the ACK of something else")
        flow.dest_sends(case, flags="A", payload=b"", seq=5000, ack=7777)
        case.step("the client knows nothing of it")
        flow.client_sends(case, flags="R", payload=b"", seq=7777)
        case.step("and begins once more")
        again = flow.but(lip_port=FIRST_PORT + 1)
        flow.closed(case, expired=False)
        again.opened(case)
        again.client_sends(case, flags="S", payload=b"")
    return case


def half_closed(name: str, flow: Flow) -> Case:
    case = plain_case(f"half_closed_{name}", "A client that has closed its half is sent to for as long as the dest has something to say.")
    opening(case, flow)
    case.step("the client's FIN")
    flow.client_sends(case, flags="FA", payload=b"", seq=1001, ack=1001)
    for n in range(3):
        case.step(f"after {6 * (n + 1)} seconds", advance=6000)
        flow.dest_sends(case, seq=1001 + 6 * n, ack=1002)
        flow.client_sends(case, flags="A", payload=b"", seq=1002, ack=1007 + 6 * n)
    case.step("the dest's FIN, again, and its ACK")
    for _ in range(2):
        flow.dest_sends(case, flags="FA", payload=b"", seq=1019, ack=1002)
    flow.client_sends(case, flags="A", payload=b"", seq=1002, ack=1020)
    return case


def port_zero() -> Case:
    case = plain_case("source_port_zero", "Zero is a source port as any other: UDP has it where no answer is expected (RFC 768).")
    for base in FLOWS.values():
        flow = base.but(client_port=0)
        case.step(flow.service)
        flow.opened(case)
        flow.client_sends(case, flags="S")
        flow.dest_sends(case, flags="SA")
    return case


def priority_tag() -> Case:
    case = plain_case("priority_tag", "A tag of VLAN 0 is a priority (IEEE 802.1Q), and the frame belongs to no VLAN.")
    tag = Ether(src=GATEWAY, dst=OUTSIDE) / Dot1Q(vlan=0, prio=5, id=1)
    for flow in FLOWS.values():
        case.step(flow.service)
        flow.opened(case)
        data = case.recv("outside", tag / flow.client_packet(flags="S"))
        case.send("inside", flow.to_dest(flags="S"))
        flow.counted(case, "to_dest", len(data))
        case.step("an error comes from the address beyond all VLANs")
        offending = flow.client_packet(ttl=1)
        case.drop("outside", tag / offending, "ttl_exceeded", flow.service)
        case.send("outside", ether(OUTSIDE, GATEWAY) / own_error(flow, "time", offending, own(flow, "outside"), flow.client))
        case.count("icmp_errors_sent")
    return case


def congestion() -> Case:
    case = plain_case("ecn", "Congestion notification is agreed upon and used between the ends (RFC 3168): flags and traffic class stay.")
    for flow in (WEB, WEB6):
        case.step(f"{flow.service}: asked for, and agreed upon")
        flow.opened(case)
        flow.client_sends(case, flags="SEC", payload=b"")
        flow.dest_sends(case, flags="SAE", payload=b"", ack=1001)
        case.step("a packet that has met congestion, and the echo")
        flow.client_sends(case, flags="PA", seq=1001, tos=3)
        flow.dest_sends(case, flags="AE", payload=b"", ack=1007)
        flow.client_sends(case, flags="AC", payload=b"", seq=1007, tos=2)
    return case


def id_for(flow: Flow, wanted: int, leaving: bool) -> int:
    """The id with which the header of a packet to the dest has this checksum, as it comes in or as it leaves."""
    def checksum(number: int) -> int:
        packet = flow.dest_packet(63, id=number) if leaving else flow.client_packet(64, id=number)
        return int.from_bytes(bytes(packet)[10:12], "big")
    number = (checksum(0) - wanted) % 0xffff
    return number if checksum(number) == wanted else 0xffff


def checksum_edges(flow: Flow) -> Case:
    case = plain_case("header_checksum_edges", "One less of TTL is 0x0100 more of checksum, unless that carries (RFC 1624, 4): from and to "
                                               "all values about which a mistake can be made.", mode=flow.mode)
    case.step("a connection")
    flow.opened(case)
    flow.client_sends(case)
    for leaving in (False, True):
        for wanted in (0, 1, 0xff, 0x100, 0x101, 0xfe00, 0xfefe, 0xfeff, 0xff00, 0xff01, 0xfffe):
            case.step(f"{'leaves' if leaving else 'comes'} with {wanted:04x}")
            number = id_for(flow, wanted, leaving)
            flow.client_sends(case, id=number)
            if flow.mode != "dr":
                flow.dest_sends(case, id=number)
    return case


def cases() -> Iterator[Case]:
    for flows in (FLOWS, NAT_FLOWS, DR_FLOWS):
        yield checksum_edges(flows["udp_ipv4"])
    for name in ("tcp_ipv4", "tcp_ipv6"):
        yield half_closed(name, FLOWS[name])
    yield from (options_of_pieces(), extension_behind(), other_next_header(), impossible_fragments(), odd_quotes(), remembered(), port_zero(), priority_tag(), congestion())
