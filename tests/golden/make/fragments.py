# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""IP fragments: the first one decides, the later ones follow it."""
import itertools
from collections.abc import Iterator

from scapy.layers.inet import IP, TCP, Ether, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, fragment6
from scapy.packet import Packet, Raw

from .case import Case
from .net import CONFIG, DNS, DR_FLOWS, FLOWS, NAT_FLOWS, GATEWAY, OUTSIDE, WEB, WEB6, WORLD, Flow, ether, ip, opening, plain_case


def pieces(frame: Packet, identification: int = 0x4242, size: int = 400) -> list[Packet]:
    """The fragments of a frame's packet, as its sender would have made them."""
    if frame.haslayer(IPv6):
        packet = frame[IPv6].copy()
        whole = IPv6(bytes(packet))  # with checksums
        whole = IPv6(src=whole.src, dst=whole.dst, hlim=whole.hlim) / IPv6ExtHdrFragment(id=identification) / whole.payload
        parts = fragment6(whole, size + 48)
    else:
        packet = IP(bytes(frame[IP]))
        packet.flags, packet.id = 0, identification
        del packet.chksum
        parts = fragment(packet, fragsize=size)
    link = frame.copy()
    link.remove_payload()
    return [link / part for part in parts]


def translated(case: Case, flow: Flow, before: list[Packet], after: list[Packet], direction: str) -> None:
    ports = ("outside", "inside") if direction == "to_dest" else ("inside", "outside")
    for received, sent in zip(before, after, strict=True):
        flow.counted(case, direction, len(case.recv(ports[0], received)))
        case.send(ports[1], sent)


def follow(name: str, flow: Flow) -> Case:
    case = plain_case(f"fragments_{name}", "Fragments of both directions, translated so that their reassembly is the "
                                           "translated packet.", mode=flow.mode)
    if flow.tcp:
        opening(case, flow)
        case.step("three fragments from the client")
    else:
        case.step("the first datagram of a flow comes in three fragments")
        flow.opened(case)
    data = {"payload": bytes(range(250)) * 4, "seq": 1001}
    translated(case, flow, pieces(flow.from_client(**data)), pieces(flow.to_dest(**data)), "to_dest")
    case.step("from the dest")
    translated(case, flow, pieces(flow.from_dest(**data), 7), pieces(flow.to_client(**data), 7), "to_client")
    case.step("the later ones turn by turn, in the wrong order")
    before, after = pieces(flow.from_client(**data), 99), pieces(flow.to_dest(**data), 99)
    translated(case, flow, before[:1], after[:1], "to_dest")
    for n in (2, 1):
        case.step(f"number {n}")
        translated(case, flow, before[n:n + 1], after[n:n + 1], "to_dest")
    case.step("another id belongs to another packet")
    strange = pieces(flow.from_client(**data), 100)[1:]
    for part in strange:
        case.held("outside", part)
    case.step("its first fragment does not come: the kernel's, perhaps", advance=21)
    for part in strange:
        case.given_up("outside", part)
    case.step("a first fragment is remembered for thirty seconds", advance=30_001)
    case.held("outside", before[1])
    case.step("no longer", advance=21)
    case.given_up("outside", before[1])
    return case


def cut(packet: Packet, mtu: int) -> list[Packet]:
    """An IPv4 frame's packet as a router with a smaller MTU passes it on."""
    link = packet.copy()
    link.remove_payload()
    return [link / part for part in fragment(IP(bytes(packet[IP])), fragsize=(mtu - 20) // 8 * 8)]


def made_here(name: str, flow: Flow) -> Case:
    """IPv4 only."""
    world = WORLD.replace("interface 1 outside", "interface 1 outside mtu 700").replace(
        "interface 2 inside", "interface 2 inside mtu 600")
    case = plain_case(f"fragments_made_here_{name}", "A packet without DF that is larger than the way out goes on in fragments, "
                                                     "and so does a fragment.", world=world, mode=flow.mode)
    data = {"payload": bytes(range(250)) * 5, "seq": 1001, "ip_flags": 0}
    if flow.mode == "fullnat" and flow.tcp:
        opening(case, flow)
    else:
        case.step("a first packet")
        flow.opened(case)
        flow.client_sends(case, flags="S", payload=b"")
    case.step("a large packet, and a small one behind it")
    flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(**data))))
    for part in cut(flow.to_dest(**data), 600):
        case.send("inside", part)
    case.count("packets_fragmented")
    flow.client_sends(case, payload=b"small", ip_flags=0, seq=1001)
    case.step("fragments of another are cut again")
    for before, after in zip(pieces(flow.from_client(**data), size=800), pieces(flow.to_dest(**data), size=800), strict=True):
        flow.counted(case, "to_dest", len(case.recv("outside", before)))
        parts = cut(after, 600)
        for part in parts:
            case.send("inside", part)
        if len(parts) > 1:
            case.count("packets_fragmented")
    if flow.mode != "dr":
        case.step("the other direction")
        flow.counted(case, "to_client", len(case.recv("inside", flow.from_dest(**data))))
        for part in cut(flow.to_client(**data), 700):
            case.send("outside", part)
        case.count("packets_fragmented")
    case.step("the pieces wait for a MAC address together", world=world.replace(
        "neighbour 2 10.20.0.21 02:00:00:00:02:21\n", "").replace("mtu 600", "mtu 1000"))
    flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(**data))))
    case.count("packets_fragmented")
    case.count("neigh_waits", 2)
    case.ask(2, flow.server or flow.dest)
    case.step("and go together", world=world)
    for part in cut(flow.to_dest(**data), 1000):
        case.send("inside", part)
    return case


def early() -> Case:
    case = plain_case("fragments_before_the_first", "A later fragment that comes first waits for the first one, for a moment.")
    data = {"payload": bytes(range(250)) * 4}
    case.step("the second before the first, in bursts of their own")
    before, after = pieces(DNS.from_client(**data)), pieces(DNS.to_dest(**data))
    case.held("outside", before[1])
    case.step("then the first: both go", advance=20)
    DNS.opened(case)
    DNS.counted(case, "to_dest", len(before[1]))
    translated(case, DNS, before[:1], after[:1], "to_dest")
    case.send("inside", after[1])
    case.step("and the third")
    translated(case, DNS, before[2:], after[2:], "to_dest")
    case.step("what was given up is gone, and does not come twice", advance=1000)
    before, after = pieces(DNS.from_client(**data), 4), pieces(DNS.to_dest(**data), 4)
    case.held("outside", before[2])
    case.step("too late", advance=21)
    case.given_up("outside", before[2])
    case.step("the first")
    translated(case, DNS, before[:2], after[:2], "to_dest")
    case.step("within one burst the order does not matter")
    before, after = pieces(DNS.from_client(**data), 5), pieces(DNS.to_dest(**data), 5)
    for part in (before[2], before[0], before[1]):
        DNS.counted(case, "to_dest", len(case.recv("outside", part)))
    for part in (after[0], after[2], after[1]):
        case.send("inside", part)
    return case


def any_order(name: str, flow: Flow) -> Case:
    case = plain_case(f"fragments_any_order_{name}", "Three fragments in every order, each in a burst of its own: all come "
                                                     "through, and none before the first.", mode=flow.mode)
    data = {"payload": bytes(range(250)) * 4}
    case.step("a first datagram")
    flow.opened(case)
    flow.client_sends(case)
    directions = ("to_dest",) if flow.mode == "dr" else ("to_dest", "to_client")
    for number, order in enumerate(itertools.permutations(range(3))):
        for direction in directions:
            inbound, outbound = ("outside", "inside") if direction == "to_dest" else ("inside", "outside")
            whole = (flow.from_client, flow.to_dest) if direction == "to_dest" else (flow.from_dest, flow.to_client)
            before, after = (pieces(make(**data), 100 + number) for make in whole)
            waiting: list[int] = []
            for n in order:
                case.step(f"{direction}, order {order}: number {n}", advance=1)
                first_seen = n == 0 or 0 in order[:order.index(n)]
                if not first_seen:
                    waiting.append(n)
                    case.held(inbound, before[n])
                    continue
                case.recv(inbound, before[n])
                for one in (n, *waiting):
                    flow.counted(case, direction, len(before[one]))
                    case.send(outbound, after[one])
                waiting = []
    return case


def reversed_datagram(name: str, flow: Flow) -> Case:
    case = plain_case(f"fragments_reversed_{name}", "9,000 bytes in fragments, the last one first; then more of them than "
                                                    "there is room for.", mode=flow.mode)
    data = {"payload": bytes(range(250)) * 36}
    before, after = pieces(flow.from_client(**data), size=1400), pieces(flow.to_dest(**data), size=1400)
    for n in range(len(before) - 1, 0, -1):
        case.step(f"number {n}")
        case.held("outside", before[n])
    case.step("the first, which opens the connection")
    flow.opened(case)
    case.recv("outside", before[0])
    for n in (0, *range(len(before) - 1, 0, -1)):
        flow.counted(case, "to_dest", len(before[n]))
        case.send("inside", after[n])
    case.step("sixty-six strangers", turns=2)
    strangers = [pieces(flow.from_client(payload=bytes(1000)), 1000 + n)[1] for n in range(66)]
    for part in strangers[:64]:
        case.held("outside", part)
    for part in strangers[64:]:
        case.recv("outside", part)
        case.given_up("outside", part)
    case.step("their time is over", advance=21)
    for part in strangers[:64]:
        case.given_up("outside", part)
    return case


def of_expired() -> Case:
    config = CONFIG.replace("protocol: udp\n", "protocol: udp\n    timeouts: { udp_unreplied: 5s }\n")
    case = plain_case("fragments_of_an_expired_connection", "Later fragments follow their first one only while its "
                                                            "connection lives.", config=config)
    for flow in (DNS, FLOWS["udp_ipv6"]):
        data = {"payload": bytes(range(250)) * 4}
        before, after = pieces(flow.from_client(**data)), pieces(flow.to_dest(**data))
        case.step(f"{flow.service}: two of three fragments")
        flow.opened(case)
        translated(case, flow, before[:2], after[:2], "to_dest")
        case.step(f"{flow.service}: the third too late", advance=5_001, turns=2)
        case.held("outside", before[2])
        flow.closed(case)
        case.step(f"{flow.service}: nobody takes it", advance=21)
        case.given_up("outside", before[2])
    return case


def tiny() -> Case:
    case = plain_case("fragments_tiny", "First fragments without a whole L4 header, and what could overwrite its flags "
                                        "(RFC 1858, RFC 3128): dropped.")
    segment = bytes(TCP(sport=1, dport=80, flags="S"))
    v4 = {"src": "192.0.2.1", "dst": "10.10.0.100", "proto": 6, "id": 1}
    link = ether(GATEWAY, OUTSIDE)
    case.step("IPv4: eight bytes of TCP first")
    case.drop("outside", link / IP(flags="MF", **v4) / Raw(segment[:8]), "fragment_tiny")
    case.step("IPv4: the flags come at offset eight")
    case.drop("outside", link / IP(frag=1, **v4) / Raw(segment[8:]), "fragment_tiny")
    case.step("IPv4: for another address they are the kernel's")
    other = {**v4, "dst": "10.10.0.1"}
    case.punt("outside", link / IP(flags="MF", **other) / Raw(segment[:8]))
    case.punt("outside", link / IP(frag=1, **other) / Raw(segment[8:]))
    v6 = ip("2001:db8::1", "fd10::100", 64)
    case.step("IPv6")
    case.drop("outside", link / v6 / IPv6ExtHdrFragment(nh=6, m=1, id=1) / Raw(segment[:8]), "fragment_tiny")
    case.drop("outside", link / v6 / IPv6ExtHdrFragment(nh=6, offset=1, id=1) / Raw(segment[8:]), "fragment_tiny")
    case.step("a first fragment that holds the header and nothing else is whole enough")
    WEB.but(client_port=1).opened(case)
    first = pieces(WEB.but(client_port=1).from_client(flags="S", payload=b"12345678" * 2, seq=0), size=24)[0]
    sent = pieces(WEB.but(client_port=1).to_dest(flags="S", payload=b"12345678" * 2, seq=0), size=24)[0]
    translated(case, WEB, [first], [sent], "to_dest")
    return case


def moved(frame: Packet, offset: int, more: bool) -> Packet:
    """The fragment with another place in its packet; `offset` in units of eight bytes."""
    frame = frame.copy()
    if frame.haslayer(IPv6):
        frame[IPv6ExtHdrFragment].offset, frame[IPv6ExtHdrFragment].m = offset, int(more)
    else:
        frame[IP].frag, frame[IP].flags = offset, int(more)
        del frame[IP].chksum
    return Ether(bytes(frame))


def _overlapping(case: Case, flow: Flow, direction: str, first_id: int) -> None:
    whole = (flow.from_client, flow.to_dest) if direction == "to_dest" else (flow.from_dest, flow.to_client)
    port = "outside" if direction == "to_dest" else "inside"
    payload = bytes(range(250)) * 4

    def packet(number: int, size: int = 400) -> tuple[list[Packet], list[Packet]]:
        first, second = (pieces(make(payload=payload), first_id + number, size) for make in whole)
        return first, second

    def go(which: slice, packets: tuple[list[Packet], list[Packet]]) -> None:
        translated(case, flow, packets[0][which], packets[1][which], direction)

    def refused(*frames: Packet) -> None:
        for frame in frames:
            case.drop(port, frame, "fragment_overlap", flow.service)

    packets = packet(1)
    first, second, last = packets[0]
    units = second[IPv6ExtHdrFragment].offset if flow.v6 else second[IP].frag
    case.step(f"{direction}: the second overlaps with the first by eight bytes")
    go(slice(0, 1), packets)
    refused(moved(second, units - 1, more=True), second, last)
    case.step("the same id again, from the start")
    go(slice(0, 3), packets)
    case.step("the last overlaps with the second")
    packets = packet(2)
    go(slice(0, 2), packets)
    last = packets[0][2]
    refused(moved(last, 2 * units - 1, more=False), last)
    case.step("one that comes twice goes once, and ends nothing")
    packets = packet(3)
    go(slice(0, 2), packets)
    refused(packets[0][1])
    go(slice(2, 3), packets)
    case.step("one is behind the last")
    packets = packet(4)
    go(slice(0, 1), packets)
    go(slice(2, 3), packets)
    refused(moved(packets[0][1], 4 * units, more=True), packets[0][1])
    case.step("another first one, of another length")
    packets = packet(5)
    go(slice(0, 1), packets)
    refused(packet(5, 320)[0][0], *packets[0][1:])
    case.step("one that overlaps waits for the first")
    packets = packet(6)
    waiting = moved(packets[0][1], units - 1, more=True)
    case.held(port, waiting)
    case.step("which comes", advance=1)
    go(slice(0, 1), packets)
    case.count("drop.fragment_overlap")
    case.count(f"service.{flow.service}.drops")
    refused(*packets[0][1:])


def overlapping(name: str, flow: Flow) -> Case:
    case = plain_case(f"fragments_overlapping_{name}", "A fragment that overlaps with another one of its packet is dropped, and so "
                                                       "is all that comes after it (RFC 5722).", mode=flow.mode)
    directions = ("to_dest",) if flow.mode == "dr" else ("to_dest", "to_client")
    case.step("a first datagram")
    flow.opened(case)
    flow.client_sends(case)
    for number, direction in enumerate(directions):
        _overlapping(case, flow, direction, 100 * number)
    return case


def atomic() -> Case:
    case = plain_case("fragments_atomic", "An IPv6 fragment header on a whole packet (RFC 6946) changes nothing.")
    header = [IPv6ExtHdrFragment(id=0xabcd)]
    case.step("both directions")
    WEB6.opened(case)
    WEB6.client_sends(case, flags="S", ext=header)
    WEB6.dest_sends(case, flags="SA", ext=header)
    return case


def ttl_one() -> Case:
    case = plain_case("fragments_ttl_one", "A later fragment whose TTL ends here is dropped; no error is sent about it.")
    for flow in (DNS, FLOWS["udp_ipv6"]):
        data = {"payload": bytes(range(250)) * 4}
        case.step(f"{flow.service}: the first one goes through")
        flow.opened(case)
        translated(case, flow, pieces(flow.from_client(**data))[:1], pieces(flow.to_dest(**data))[:1], "to_dest")
        case.step(f"{flow.service}: the second does not")
        case.drop("outside", pieces(flow.from_client(ttl=1, **data))[1], "ttl_exceeded", flow.service)
    return case


def cases() -> Iterator[Case]:
    for name, flow in FLOWS.items():
        yield follow(name, flow)
        if not flow.v6:
            yield made_here(name, flow)
        if not flow.tcp:
            for flows in (FLOWS, NAT_FLOWS, DR_FLOWS):
                yield any_order(name, flows[name])
                yield reversed_datagram(name, flows[name])
                yield overlapping(name, flows[name])
    yield from (early(), of_expired(), tiny(), atomic(), ttl_one())
