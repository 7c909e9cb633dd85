# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Frames that no kernel would send: built by scapy, cut, bent, and made of noise. Always the same ones."""
import random

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Raw

from lab.servers import ECHO_PORT, HTTP_PORT


def good_frames(top, src_mac: str, dst_mac: str) -> dict[str, bytes]:
    """One of every kind that the steering rule looks into, addressed to the VIP from an address nobody has."""
    eth = Ether(src=src_mac, dst=dst_mac)
    v4 = IP(src="10.10.0.77", dst=top.vip_v4)
    v6 = IPv6(src="fd10::77", dst=top.vip_v6)
    load = Raw(bytes(range(64)))
    quoted4 = IP(src=top.vip_v4, dst="10.10.0.77") / UDP(sport=ECHO_PORT, dport=5000) / load
    quoted6 = IPv6(src=top.vip_v6, dst="fd10::77") / UDP(sport=ECHO_PORT, dport=5000) / load
    frames = {
        "udp4": eth / v4 / UDP(sport=5000, dport=ECHO_PORT) / load,
        "udp6": eth / v6 / UDP(sport=5000, dport=ECHO_PORT) / load,
        "tcp4": eth / v4 / TCP(sport=5001, dport=HTTP_PORT, flags="S", options=[("MSS", 1460), ("WScale", 7)]),
        "tcp6": eth / v6 / TCP(sport=5001, dport=HTTP_PORT, flags="S", options=[("MSS", 1440)]),
        "ack4": eth / v4 / TCP(sport=5002, dport=HTTP_PORT, flags="PA") / load,
        "options4": eth / IP(src="10.10.0.77", dst=top.vip_v4, options=[b"\x94\x04\x00\x00"]) /
        UDP(sport=5003, dport=ECHO_PORT) / load,
        "hopbyhop6": eth / v6 / IPv6ExtHdrHopByHop() / UDP(sport=5003, dport=ECHO_PORT) / load,
        "vlan4": eth / Dot1Q(vlan=5) / v4 / UDP(sport=5004, dport=ECHO_PORT) / load,
        "qinq4": eth / Dot1Q(vlan=5) / Dot1Q(vlan=6) / v4 / UDP(sport=5005, dport=ECHO_PORT) / load,
        "fragment4": eth / IP(src="10.10.0.77", dst=top.vip_v4, flags="MF", id=7) / UDP(sport=5006, dport=ECHO_PORT, len=800) / load,
        "later4": eth / IP(src="10.10.0.77", dst=top.vip_v4, frag=9, id=7, proto=17) / load,
        "fragment6": eth / v6 / IPv6ExtHdrFragment(nh=17, m=1, id=7) / UDP(sport=5006, dport=ECHO_PORT, len=800) / load,
        "later6": eth / v6 / IPv6ExtHdrFragment(nh=17, offset=9, id=7) / load,
        "toobig4": eth / v4 / ICMP(type=3, code=4, nexthopmtu=1400) / quoted4,
        "toobig6": eth / v6 / ICMPv6PacketTooBig(mtu=1400) / quoted6,
    }
    return {name: bytes(frame) for name, frame in frames.items()}


def cut(frame: bytes) -> list[bytes]:
    """The frame, ended at every byte: the length that its headers tell is longer than what is there."""
    return [frame[:end] for end in range(14, len(frame))]


def cut_and_mended(frame: bytes) -> list[bytes]:
    """The same, with the length of the IP header told as it is: the cut is the payload's business."""
    offset, kind = 14, frame[12:14]
    while kind == b"\x81\x00":
        kind, offset = frame[offset + 2:offset + 4], offset + 4
    result = []
    for end in range(offset + (20 if kind == b"\x08\x00" else 40), len(frame)):
        piece = bytearray(frame[:end])
        if kind == b"\x08\x00":
            header = 4 * (piece[offset] & 15)
            if end < offset + header:
                continue
            piece[offset + 2:offset + 4] = (end - offset).to_bytes(2, "big")
            piece[offset + 10:offset + 12] = b"\0\0"
            piece[offset + 10:offset + 12] = internet_checksum(piece[offset:offset + header])
        else:
            piece[offset + 4:offset + 6] = (end - offset - 40).to_bytes(2, "big")
        result.append(bytes(piece))
    return result


def internet_checksum(data: bytes) -> bytes:
    total = sum(int.from_bytes(data[at:at + 2], "big") for at in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return (0xFFFF - total).to_bytes(2, "big")


def bent(frame: bytes, count: int, seed: int) -> list[bytes]:
    """The frame with one to four bytes behind its addresses changed at random."""
    source = random.Random(seed)
    result = []
    for _ in range(count):
        piece = bytearray(frame)
        for _ in range(source.randint(1, 4)):
            piece[source.randrange(12, min(len(piece), 90))] = source.randrange(256)
        result.append(bytes(piece))
    return result


def noise(src_mac: str, dst_mac: str, count: int, seed: int) -> list[bytes]:
    """Random bytes behind a MAC header that arrives; half of it says IPv4 or IPv6."""
    source = random.Random(seed)
    head = bytes.fromhex((dst_mac + src_mac).replace(":", ""))
    kinds = [b"\x08\x00", b"\x86\xdd", b"\x81\x00", b"\x88\xa8", None, None]
    return [head + (source.choice(kinds) or source.randbytes(2)) + source.randbytes(source.randrange(0, 1500))
            for _ in range(count)]
