# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Tunnels as data: how each is configured, and what it puts around a packet."""
from __future__ import annotations

import dataclasses
import ipaddress

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import GRE
from scapy.packet import Packet, Raw

from .net import DR_FLOWS, WITHOUT_LIPS, Flow

ENDS = {False: "10.20.0.21", True: "fd20::21"}
OURS = {False: "10.20.0.1", True: "fd20::1"}
ROUTER = {False: "10.20.9.9", True: "fd20:9::9"}


def mixed(a: int, b: int) -> int:
    """What userspace/dataplane/transform/tunnel.cc computes."""
    product = (a ^ 0x9e3779b97f4a7c15) * (b ^ 0xd1b54a32d192ed03)
    return (product ^ product >> 64) & 0xffffffff


def folded(a: int, b: int) -> int:
    return (a * b ^ a * b >> 64) & ((1 << 64) - 1)


def entropy(flow: Flow) -> int:
    """Of the client's packets, from its addresses and ports as they lie in memory."""
    def halves(address: str) -> list[int]:
        raw = ipaddress.ip_address(address).packed.ljust(16, b"\0")
        return [int.from_bytes(raw[i:i + 8], "little") for i in (0, 8)]

    def raw_port(port: int) -> int:
        return int.from_bytes(port.to_bytes(2, "big"), "little")

    rest = raw_port(flow.client_port) | raw_port(flow.vip_port) << 16 | (6 if flow.tcp else 17) << 32
    (src, src2), (dst, dst2) = halves(flow.client), halves(flow.vip)
    if flow.v6:
        return mixed(folded(src ^ 0xa0761d6478bd642f, src2) ^ folded(dst ^ 0xe7037ed1a0b428db, dst2), rest)
    return mixed(src | dst << 32, rest)


@dataclasses.dataclass(frozen=True)
class Tunnel:
    """How one dest is reached."""
    yaml: str
    kind: str
    v6: bool  # of the outer packet
    checksum: bool = False
    port: int = 6080
    variant: int = 0

    @property
    def overhead(self) -> int:
        return (40 if self.v6 else 20) + {"ipip": 0, "gre": 8 if self.checksum else 4,
                                          "gue": 12 if self.variant == 0 else 8}[self.kind]

    def wrap(self, flow: Flow, inner: Packet, tos: int = 0) -> Packet:
        data = bytes(inner)
        number = 41 if flow.v6 else 4
        spread = entropy(flow)
        if self.v6:
            outer = IPv6(src=OURS[True], dst=ENDS[True], hlim=64, tc=tos, fl=spread & 0xfffff)
        else:
            outer = IP(src=OURS[False], dst=ENDS[False], ttl=64, tos=tos, id=0, flags="DF")
        if self.kind == "ipip":
            field = {"nh": number} if self.v6 else {"proto": number}
            outer = outer.__class__(**{**outer.fields, **field})
            return outer / Raw(data)
        if self.kind == "gre":
            header = GRE(proto=0x86dd if flow.v6 else 0x0800, chksum_present=int(self.checksum))
            # scapy sums over a payload that it knows as bytes
            return outer / header / Raw(data)
        gue = bytes([0, number, 0, 0]) if self.variant == 0 else b""
        sums = {} if self.checksum else {"chksum": 0}
        return outer / UDP(sport=49152 | spread & 0x3fff, dport=self.port, **sums) / Raw(gue + data)

    def config(self) -> str:
        text = WITHOUT_LIPS
        for mine, port in ((False, 8080), (False, 5353), (True, 8080), (True, 5353)):
            address = f'"{ENDS[mine]}"' if mine else ENDS[mine]
            end = f'"{ENDS[self.v6]}"' if self.v6 else ENDS[self.v6]
            text = text.replace(f"{{ address: {address}, port: {port} }}", f"{{ address: {end} }}")
        return text.replace("    dests:", f"    mode: tunnel\n    tunnel: {{ {self.yaml} }}\n    dests:")


TUNNELS = {
    "ipip": Tunnel("type: ipip", "ipip", False),
    "ipip_over_ipv6": Tunnel("type: ipip", "ipip", True),
    "gre": Tunnel("type: gre", "gre", False),
    "gre_over_ipv6": Tunnel("type: gre", "gre", True),
    "gre_checksum": Tunnel("type: gre, checksum: on", "gre", False, checksum=True),
    "gue": Tunnel("type: gue", "gue", False),
    "gue_over_ipv6": Tunnel("type: gue", "gue", True, checksum=True),
    "gue_checksum": Tunnel("type: gue, checksum: on, port: 5555", "gue", False, checksum=True, port=5555),
    "gue_no_checksum_over_ipv6": Tunnel("type: gue, checksum: off", "gue", True),
    "gue_variant_1": Tunnel("type: gue, gue_variant: 1", "gue", False, variant=1),
    "gue_variant_1_over_ipv6": Tunnel("type: gue, gue_variant: 1", "gue", True, checksum=True, variant=1),
}


def flows_of(tunnel: Tunnel) -> dict[str, Flow]:
    return {name: flow.but(mode="tunnel", server=ENDS[tunnel.v6])
            for name, flow in DR_FLOWS.items()}
