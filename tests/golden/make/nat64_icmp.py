# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""ICMP errors between the families."""
from collections.abc import Iterator

from scapy.layers.inet6 import IPv6, in6_chksum
from scapy.packet import Packet, Raw
from scapy.utils import checksum

from .case import Case
from .icmp import quoted
from .nat64 import CROSS_FLOWS, CrossFlow, cross_case, next_id
from .net import DEST1, GATEWAY, INSIDE, OUTSIDE, ether, ip, opening

# RFC 7915, 4.2: (type, code, rest of the header) of ICMPv4 and of ICMPv6; None: there is none.
TO_IPV6 = [((3, code, 0), (1, 0, 0)) for code in (0, 1, 5, 6, 7, 8, 11, 12)] + [
    ((3, 2, 0), (4, 1, 6)), ((3, 3, 0), (1, 4, 0)), ((3, 9, 0), (1, 1, 0)), ((3, 10, 0), (1, 1, 0)), ((3, 13, 0), (1, 1, 0)),
    ((3, 15, 0), (1, 1, 0)), ((3, 14, 0), None), ((3, 16, 0), None), ((11, 0, 0), (3, 0, 0)), ((11, 1, 0), (3, 1, 0)),
    ((3, 4, 1400), (2, 0, 1420)), ((3, 4, 1490), (2, 0, 1500)), ((3, 4, 600), (2, 0, 1280)), ((3, 4, 0), (2, 0, 1280)), ((12, 1, 0), None)] + [
    ((12, code, pointer << 24), None if there is None else (4, 0, there)) for code in (0, 2)
    for pointer, there in ((0, 0), (1, 1), (2, 4), (3, 4), (4, None), (7, None), (8, 7), (9, 6), (10, None), (12, 8), (15, 8),
                           (16, 24), (19, 24), (20, None))]
# RFC 7915, 5.2.
TO_IPV4 = [((1, 0, 0), (3, 1, 0)), ((1, 1, 0), (3, 10, 0)), ((1, 2, 0), (3, 1, 0)), ((1, 3, 0), (3, 1, 0)), ((1, 4, 0), (3, 3, 0)),
           ((1, 5, 0), None), ((2, 0, 1400), (3, 4, 1380)), ((2, 0, 1280), (3, 4, 1260)), ((2, 0, 70000), (3, 4, 1480)),
           ((3, 0, 0), (11, 0, 0)), ((3, 1, 0), (11, 1, 0)), ((4, 1, 0), (3, 2, 0)), ((4, 2, 0), None)] + [
    ((4, 0, pointer), None if there is None else (12, 0, there << 24))
    for pointer, there in ((0, 0), (1, 1), (2, None), (3, None), (4, 2), (5, 2), (6, 9), (7, 8), (8, 12), (23, 12), (24, 16),
                           (39, 16), (40, None))]


def message(src: str, dst: str, ttl: int, head: tuple[int, int, int], quote: bytes, ident: int | None = None) -> Packet:
    """An ICMP error, checksum and all."""
    raw = bytes([head[0], head[1], 0, 0]) + head[2].to_bytes(4, "big") + quote
    if ":" in src:
        packet = IPv6(src=src, dst=dst, hlim=ttl, nh=58) / Raw(raw)
        total = in6_chksum(58, packet, raw)
    else:
        packet = ip(src, dst, ttl, **({} if ident is None else {"id": ident, "ip_flags": 0}))
        packet.proto = 1
        packet = packet / Raw(raw)
        total = checksum(raw)
    packet[Raw].load = raw[:2] + total.to_bytes(2, "big") + raw[4:]
    return packet


def error(case: Case, flow: CrossFlow, side: str, head: tuple, wanted: tuple | None, l4_bytes: int | None = 8,
          sender: str = "", tail: bytes = b"", keeps_tail: bool = True, **fields) -> None:
    """An error about a packet that was sent to `side`, and what its sender hears."""
    if side == "dest":
        sent = ip(flow.lip, flow.dest, 61, tos=0x28) / flow.l4(flow.lip_port, flow.dest_port, **fields)
        had = ip(flow.client, flow.vip, 61, tos=0x28, id=0, ip_flags=0) / flow.l4(flow.client_port, flow.vip_port, **fields)
        frame = ether(DEST1, INSIDE) / message(sender or flow.dest, flow.lip, 64, head, bytes(quoted(sent, l4_bytes)) + tail)
        back, ends, ports = ether(OUTSIDE, GATEWAY), (flow.vip, flow.client), ("inside", "outside")
    else:
        sent = ip(flow.vip, flow.client, 61, tos=0x28) / flow.l4(flow.vip_port, flow.client_port, **fields)
        had = ip(flow.dest, flow.lip, 61, tos=0x28, id=0, ip_flags=0) / flow.l4(flow.dest_port, flow.lip_port, **fields)
        frame = ether(GATEWAY, OUTSIDE) / message(sender or flow.client, flow.vip, 64, head, bytes(quoted(sent, l4_bytes)) + tail)
        back, ends, ports = ether(INSIDE, DEST1), (flow.lip, flow.dest), ("outside", "inside")
    if wanted is None:
        return case.drop(ports[0], frame, "icmp_untranslatable", flow.service)
    case.recv(ports[0], frame)
    ident = next_id(case)
    case.send(ports[1], back / message(*ends, 63, wanted, bytes(quoted(had, l4_bytes)) + (tail if keeps_tail else b""), ident))
    case.count("icmp_errors_relayed")


def icmp_errors(name: str, flow: CrossFlow) -> Case:
    case = cross_case(f"icmp_errors_{name}", "Errors reach the one who sent what they quote: their types, codes, pointers and MTUs in "
                                             "his family's words, his own packet quoted.")
    opening(case, flow)
    for side, table in (("dest", TO_IPV6 if flow.v6 else TO_IPV4), ("client", TO_IPV4 if flow.v6 else TO_IPV6)):
        for head, wanted in table:
            case.step(f"from the {side}'s side: type {head[0]}, code {head[1]}, {head[2]:#x}")
            error(case, flow, side, head, wanted, payload=b"quoted")
        head, wanted = ((11, 0, 0), (3, 0, 0)) if (side == "dest") == flow.v6 else ((3, 0, 0), (11, 0, 0))
        case.step(f"from the {side}'s side: whole packets, a router's word")
        for size in (0, 5, 500):
            error(case, flow, side, head, wanted, l4_bytes=None, payload=b"p" * size)
        router = "10.99.9.9" if ":" not in (flow.dest if side == "dest" else flow.client) else "fd99::9"
        error(case, flow, side, head, wanted, l4_bytes=28, sender=router, payload=b"quoted, and long")
    return case


def icmp_extensions() -> Case:
    case = cross_case("icmp_error_extensions", "What follows a quote of known length (RFC 4884) is left out.")
    flow = CROSS_FLOWS["udp_6to4"]
    opening(case, flow)
    extension = bytes.fromhex("2000dfff00080101") + bytes(4)
    case.step("ICMPv4: the length counts words of four bytes")
    error(case, flow, "dest", (11, 0, 32 << 16), (3, 0, 0), l4_bytes=108, tail=extension, keeps_tail=False, payload=b"e" * 200)
    case.step("ICMPv6: of eight")
    error(case, flow, "client", (3, 0, 16 << 24), (11, 0, 0), l4_bytes=88, tail=extension, keeps_tail=False, payload=b"e" * 200)
    return case


def cases() -> Iterator[Case]:
    for name, flow in CROSS_FLOWS.items():
        yield icmp_errors(name, flow)
    yield icmp_extensions()
