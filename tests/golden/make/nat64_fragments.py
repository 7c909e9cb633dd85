# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Fragments between the families, and workers that hand them over."""
from collections.abc import Iterator

from scapy.layers.inet import IP, Ether
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.packet import Packet, Raw

from .case import Case
from .fragments import cut, pieces
from .icmp import own, own_error
from .nat64 import CROSS_FLOWS, CrossFlow, cross_case, crossed
from .net import CONFIG, CONFIGS, GATEWAY, OUTSIDE, WORLD, ether, opening
from .workers import SECOND_WORKERS_PORT, queues


def translated_pieces(case: Case, flow: CrossFlow, direction: str, identification: int, size: int = 400, **fields) -> tuple[list[Packet], list[Packet]]:
    """Fragments as they come, and as they leave."""
    make = (flow.from_client, flow.to_dest) if direction == "to_dest" else (flow.from_dest, flow.to_client)
    return pieces(make[0](**fields), identification, size), pieces(make[1](**fields), identification & 0xffff, size)


def fragments(name: str, flow: CrossFlow) -> Case:
    case = cross_case(f"fragments_{name}", "Fragments of both directions, translated so that their reassembly is the translated "
                                           "packet; in any order.")
    opening(case, flow)
    data = {"payload": bytes(range(250)) * 4, "seq": 1001}
    for direction, inbound, outbound in (("to_dest", "outside", "inside"), ("to_client", "inside", "outside")):
        for identification, order in ((0x4242, (0, 1, 2)), (0x17, (0, 2, 1)), (99, (2, 0, 1)), (0x12345, (1, 2, 0))):
            if identification > 0xffff and (flow.v6 != (direction == "to_dest")):
                identification = 0xfffe  # IPv4 has no more
            before, after = translated_pieces(case, flow, direction, identification, **data)
            waiting: list[int] = []
            first_seen = False
            for n in order:
                case.step(f"{direction}, id {identification}, order {order}: number {n}", advance=1)
                if n != 0 and not first_seen:
                    waiting.append(n)
                    case.held(inbound, before[n])
                    continue
                first_seen = True
                case.recv(inbound, before[n])
                for one in (n, *waiting):
                    flow.counted(case, direction, len(before[one]))
                    case.send(outbound, after[one])
                waiting = []
    return case


def without_checksum() -> Case:
    case = cross_case("fragments_without_udp_checksum", "What has no checksum cannot get one while it is in pieces (RFC 7915, 4.5).")
    flow = CROSS_FLOWS["udp_4to6"]
    case.step("a first datagram")
    flow.opened(case)
    flow.client_sends(case)
    case.step("the first fragment is dropped, the others wait for it in vain")
    parts = pieces(flow.from_client(payload=bytes(1000), chksum=0))
    case.drop("outside", parts[0], "fragment_udp_checksum", flow.service)
    for part in parts[1:]:
        case.held("outside", part)
    case.step("their time is over", advance=21)
    for part in parts[1:]:
        case.given_up("outside", part)
    return case


def cut_as_ipv6(whole: Packet, room: int) -> list[Packet]:
    """An IPv6 frame without extensions, cut into fragments of `room` bytes of payload; id 0x1234."""
    link = whole.copy()
    link.remove_payload()
    packet = IPv6(bytes(whole[IPv6]))
    data = bytes(packet.payload)
    room = room // 8 * 8
    parts = []
    for at in range(0, len(data), room):
        more = at + room < len(data)
        parts.append(link / IPv6(src=packet.src, dst=packet.dst, hlim=packet.hlim, tc=packet.tc) /
                     IPv6ExtHdrFragment(nh=packet.nh, offset=at // 8, m=int(more), id=0x1234) / Raw(data[at:at + room]))
    return parts


def made_here() -> Case:
    world = WORLD.replace("interface 1 outside", "interface 1 outside mtu 1280").replace(
        "interface 2 inside", "interface 2 inside mtu 1300")
    case = cross_case("fragments_made_here", "IPv4 without DF that does not fit once it is IPv6 goes on in fragments, a datagram "
                                             "without checksum with one.", world=world)
    for name in ("udp_4to6", "tcp_4to6"):
        flow = CROSS_FLOWS[name]
        case.step(f"{name}: a first packet")
        flow.opened(case)
        flow.client_sends(case, flags="S", payload=b"")
        case.step(f"{name}: a large one")
        data = {"payload": bytes(range(250)) * 5 + b"odd", "ip_flags": 0, "seq": 1001}
        flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(**data))))
        for part in cut_as_ipv6(flow.to_dest(**data), 1300 - 48):
            case.send("inside", part)
        case.count("packets_fragmented")
        for size in (1200, 1256):
            case.step(f"{name}: fragments of {size} bytes, which are cut again where they do not fit")
            before, after = translated_pieces(case, flow, "to_dest", 0x777, size=size, **data)
            for one, other in zip(before, after, strict=True):
                flow.counted(case, "to_dest", len(case.recv("outside", one)))
                parts = again(other, 1300 - 48)
                for part in parts:
                    case.send("inside", part)
                case.count("packets_fragmented", int(len(parts) > 1))
    case.step("without checksum")
    flow = CROSS_FLOWS["udp_4to6"]
    flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(chksum=0, **data))))
    for part in cut_as_ipv6(flow.to_dest(**data), 1300 - 48):
        case.send("inside", part)
    case.count("packets_fragmented")
    case.step("an IPv4 way out takes less than what may be cut", world=WORLD.replace("interface 2 inside", "interface 2 inside mtu 600"))
    flow = CROSS_FLOWS["udp_6to4"]
    flow.opened(case)
    data = {"payload": bytes(range(240)) * 5}
    flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(**data))))
    for part in cut(crossed(case, flow.to_dest(**data)), 600):
        case.send("inside", part)
    case.count("packets_fragmented")
    return case


def least_mtu() -> Case:
    world = WORLD.replace("interface 2 inside", "interface 2 inside mtu 1000")
    case = cross_case("mtu_below_1280_ipv6", "No sender of IPv6 believes in less than 1280 bytes (RFC 8201, 4), and need not: what it "
                                             "sends then is cut.", world=world)
    flow = CROSS_FLOWS["udp_6to4"]
    case.step("a connection")
    flow.opened(case)
    flow.client_sends(case)
    case.step("1281 bytes")
    frame = flow.from_client(payload=b"x" * 1233)
    case.drop("outside", frame, "mtu_exceeded", flow.service)
    case.send("outside", ether(OUTSIDE, GATEWAY) / own_error(flow, "big", frame[IPv6], own(flow, "outside"), flow.client, 1280))
    case.count("icmp_errors_sent")
    case.step("1280 bytes")
    data = {"payload": b"x" * 1232}
    flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(**data))))
    for part in cut(crossed(case, flow.to_dest(**data)), 1000):
        case.send("inside", part)
    case.count("packets_fragmented")
    return case


def again(frame: Packet, room: int) -> list[Packet]:
    """A fragment of IPv6, cut further where it does not fit."""
    header = frame[IPv6ExtHdrFragment]
    data = bytes(header.payload)
    room = room // 8 * 8
    if len(data) <= room + 7 and len(data) + 48 <= 1300:
        return [frame]
    parts = []
    for at in range(0, len(data), room):
        part = frame.copy()
        inner = part[IPv6ExtHdrFragment]
        inner.remove_payload()
        inner.nh = header.nh
        inner.offset, inner.m = header.offset + at // 8, int(header.m or at + room < len(data))
        del part[IPv6].plen
        parts.append(part / Raw(data[at:at + room]))
    return parts


def workers() -> Case:
    config = queues(2, 2).replace(CONFIG[CONFIG.index("services:"):], CONFIGS["nat64"][CONFIGS["nat64"].index("services:"):])
    case = cross_case("handoff", "Replies, ICMP errors and later fragments that come to another worker's queue are handed to the "
                                 "connection's.", config=config)
    for name in ("udp_6to4", "udp_4to6"):
        flow = CROSS_FLOWS[name].but(lip_port=SECOND_WORKERS_PORT)
        case.step(f"{name}: worker 1 opens a connection over a port of its own")
        flow.opened(case, worker=1)
        case.ipv4_id = 1  # worker 1 of 2 counts 3, 5, ...
        def number() -> int:
            case.number = getattr(case, "number", 1) + 2
            return case.number
        def numbered(frame: Packet) -> Packet:
            if not frame.haslayer(IP):
                return frame
            frame = Ether(bytes(crossed(case, frame)))
            frame[IP].id = number()
            del frame[IP].chksum
            return frame
        flow.counted(case, "to_dest", len(case.recv("outside.1", flow.from_client())), worker=1)
        case.send("inside.1", numbered(flow.to_dest()))
        case.step(f"{name}: the reply comes to worker 0", turns=2)
        flow.counted(case, "to_client", len(case.recv("inside.0", flow.from_dest())), worker=1)
        case.send("outside.1", numbered(flow.to_client()))
        case.count("handoff_out")
        case.count("handoff_in", worker=1)
        case.step(f"{name}: fragments of a reply come to worker 0", turns=4)
        data = {"payload": bytes(range(250)) * 4}
        before, after = translated_pieces(case, flow, "to_client", 0x5151, **data)
        for part in before:
            flow.counted(case, "to_client", len(case.recv("inside.0", part)), worker=1)
            case.count("handoff_out")
            case.count("handoff_in", worker=1)
        if flow.v6:
            for part in after:
                case.send("outside.1", part)
        else:
            for part in after:
                number()
                case.send("outside.1", part)
    return case


def cases() -> Iterator[Case]:
    for name in ("udp_6to4", "udp_4to6"):
        yield fragments(name, CROSS_FLOWS[name])
    yield from (without_checksum(), made_here(), least_mtu(), workers())
