# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The network of the cases, and flows through it."""
from __future__ import annotations

import dataclasses
import re

from scapy.layers.inet import ICMP, IP, TCP, UDP, Ether
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import Dot1Q
from scapy.packet import NoPayload, Packet, Padding, Raw

from .case import Case

CONFIG = """\
instance: golden
ports:
  - { name: outside, device: out0 }
  - { name: inside, device: in0 }
lip_pools:
  - name: inside
    addresses: [ 10.20.0.10, "fd20::10" ]
    ports: 10240-65535
services:
  - name: web
    vip: 10.10.0.100
    protocol: tcp
    port: 80
    lip_pool: inside
    dests: [ { address: 10.20.0.21, port: 8080 } ]
  - name: dns
    vip: 10.10.0.100
    protocol: udp
    port: 53
    lip_pool: inside
    dests: [ { address: 10.20.0.21, port: 5353 } ]
  - name: web6
    vip: "fd10::100"
    protocol: tcp
    port: 80
    lip_pool: inside
    dests: [ { address: "fd20::21", port: 8080 } ]
  - name: dns6
    vip: "fd10::100"
    protocol: udp
    port: 53
    lip_pool: inside
    dests: [ { address: "fd20::21", port: 5353 } ]
"""

# The same services in a mode that needs no LIPs.
WITHOUT_LIPS = "".join(line for line in CONFIG.splitlines(keepends=True) if "lip_pool: " not in line)
WITHOUT_LIPS = WITHOUT_LIPS[:WITHOUT_LIPS.index("lip_pools:")] + WITHOUT_LIPS[WITHOUT_LIPS.index("services:"):]
NAT_CONFIG = WITHOUT_LIPS.replace("    dests:", "    mode: nat\n    dests:")
DR_CONFIG = re.sub(", port: (8080|5353) }", " }", WITHOUT_LIPS).replace("    dests:", "    mode: dr\n    dests:")
ANY_CONFIG = re.sub(r", port: (8080|5353) }", " }", re.sub(r"    port: (80|53)\n", "    port: any\n", CONFIG))
NAT_ANY_CONFIG = re.sub(r", port: (8080|5353) }", " }", re.sub(r"    port: (80|53)\n", "    port: any\n", NAT_CONFIG))
SNAT_CONFIG = """\
instance: golden
ports:
  - { name: outside, device: out0 }
  - { name: inside, device: in0 }
lip_pools:
  - name: public
    addresses: [ 10.20.0.10, "fd20::10" ]
    ports: 10240-65535
snat:
  - name: office
    from: [ 192.0.2.0/24, "2001:db8::/32" ]
    in: outside
    out: inside
    lip_pool: public
    timeouts: { icmp: 60s }
"""
CONFIGS = {"fullnat": CONFIG, "nat": NAT_CONFIG, "dr": DR_CONFIG, "any_port": ANY_CONFIG, "nat_any_port": NAT_ANY_CONFIG,
           "snat": SNAT_CONFIG}

WORLD = """\
port outside mac 02:00:00:00:00:01
port inside mac 02:00:00:00:00:02

interface 1 outside address 10.10.0.1 address fd10::1
interface 2 inside address 10.20.0.1 address fd20::1

route 10.10.0.1/32 local
route 10.10.0.100/32 local
route 10.10.0.0/24 dev 1
route 10.20.0.0/24 dev 2
route 0.0.0.0/0 dev 1 via 10.10.0.254
route fd10::/64 dev 1
route fd20::/64 dev 2
route ::/0 dev 1 via fd10::fe

neighbour 1 10.10.0.254 02:00:00:00:01:fe
neighbour 2 10.20.0.21 02:00:00:00:02:21
neighbour 2 10.20.0.22 02:00:00:00:02:22
neighbour 1 fd10::fe 02:00:00:00:01:fe
neighbour 2 fd20::21 02:00:00:00:02:21
neighbour 2 fd20::22 02:00:00:00:02:22
"""

OUTSIDE, INSIDE = "02:00:00:00:00:01", "02:00:00:00:00:02"
GATEWAY, DEST1, DEST2 = "02:00:00:00:01:fe", "02:00:00:00:02:21", "02:00:00:00:02:22"
FIRST_PORT = 10240


def ip(src: str, dst: str, ttl: int, **fields) -> Packet:
    """`fields`: tos, options, id, ip_flags (IPv4); ext (IPv6): extension headers."""
    if ":" in src:
        packet = IPv6(src=src, dst=dst, hlim=ttl, tc=fields.get("tos", 0), fl=fields.get("flow_label", 0))
        for extension in fields.get("ext", []):
            packet = packet / extension.copy()
        return packet
    return IP(src=src, dst=dst, ttl=ttl, tos=fields.get("tos", 0), id=fields.get("id", 0x1234),
              flags=fields.get("ip_flags", "DF"), options=fields.get("options", []))


def ether(src: str, dst: str, vlans: tuple[int, ...] = ()) -> Packet:
    frame = Ether(src=src, dst=dst)
    for vlan in vlans:
        frame = frame / Dot1Q(vlan=vlan)
    return frame


@dataclasses.dataclass(frozen=True)
class Flow:
    """A connection as each side sees it. The LIP port is the one that HVS is known to pick."""
    tcp: bool
    client: str
    client_port: int
    vip: str
    vip_port: int
    lip: str
    lip_port: int
    dest: str
    dest_port: int
    service: str
    dest_mac: str = DEST1
    gateway: str = GATEWAY
    outside_vlans: tuple[int, ...] = ()
    inside_vlans: tuple[int, ...] = ()
    outside_mac: str = OUTSIDE
    inside_mac: str = INSIDE
    mode: str = "fullnat"
    server: str = ""  # modes dr and tunnel: the dest's own address
    any_port: bool = False  # the dest has the port that the client asked for

    @property
    def v6(self) -> bool:
        return ":" in self.vip

    @property
    def dest_row(self) -> str:
        dest = self.server or self.dest
        text = f"[{dest}]" if ":" in dest else dest
        return f"dest.{self.service}/{text}:{0 if self.any_port else self.dest_port}"

    def but(self, **changes) -> Flow:
        return dataclasses.replace(self, **changes)

    def l4(self, sport: int, dport: int, flags: str = "PA", payload: bytes = b"golden", **fields) -> Packet:
        """`fields`: seq, ack, options (TCP), chksum."""
        extra = {"chksum": fields["chksum"]} if "chksum" in fields else {}
        if self.tcp:
            header = TCP(sport=sport, dport=dport, flags=flags, seq=fields.get("seq", 1000),
                         ack=fields.get("ack", 0), options=fields.get("tcp_options", []), **extra)
        else:
            header = UDP(sport=sport, dport=dport, **extra)
        return header / Raw(payload) if payload else header

    # What is on the wire at each of the four places. The TTL is given there.
    def from_client(self, ttl: int = 64, **fields) -> Packet:
        return self._padded(ether(self.gateway, self.outside_mac, fields.get("vlans", self.outside_vlans)) /
                            self.client_packet(ttl, **fields), fields)

    def to_dest(self, ttl: int = 63, **fields) -> Packet:
        return ether(self.inside_mac, self.dest_mac, self.inside_vlans) / self.dest_packet(ttl, **fields)

    def from_dest(self, ttl: int = 64, **fields) -> Packet:
        return self._padded(ether(self.dest_mac, self.inside_mac, self.inside_vlans) /
                            ip(self.dest, self.lip, ttl, **fields) /
                            self.l4(self.dest_port, self.lip_port, **fields), fields)

    def to_client(self, ttl: int = 63, **fields) -> Packet:
        return (ether(self.outside_mac, self.gateway, self.outside_vlans) / ip(self.vip, self.client, ttl, **fields) /
                self.l4(self.vip_port, self.client_port, **fields))

    # Without Ethernet, as ICMP errors quote them.
    def client_packet(self, ttl: int = 64, **fields) -> Packet:
        return ip(self.client, self.vip, ttl, **fields) / self.l4(self.client_port, self.vip_port, **fields)

    def dest_packet(self, ttl: int = 63, **fields) -> Packet:
        return ip(self.lip, self.dest, ttl, **fields) / self.l4(self.lip_port, self.dest_port, **fields)

    @staticmethod
    def _padded(frame: Packet, fields: dict) -> Packet:
        return frame / Padding(bytes(fields["padding"])) if "padding" in fields else frame

    # A frame that goes through, with what that counts.
    def client_sends(self, case: Case, ttl: int = 64, **fields) -> None:
        data = case.recv(fields.pop("port", "outside"), self.from_client(ttl, **fields))
        fields.pop("padding", None)
        fields.pop("vlans", None)
        case.send(fields.pop("out_port", "inside"), self.to_dest(ttl - 1, **fields))
        self.counted(case, "to_dest", len(data))

    def dest_sends(self, case: Case, ttl: int = 64, **fields) -> None:
        data = case.recv(fields.pop("port", "inside"), self.from_dest(ttl, **fields))
        fields.pop("padding", None)
        case.send(fields.pop("out_port", "outside"), self.to_client(ttl - 1, **fields))
        self.counted(case, "to_client", len(data))

    def counted(self, case: Case, direction: str, size: int, worker: int = 0) -> None:
        for row in (f"service.{self.service}", self.dest_row):
            case.count(f"{row}.{direction}.packets", worker=worker)
            case.count(f"{row}.{direction}.bytes", size, worker=worker)

    def opened(self, case: Case, worker: int = 0) -> None:
        case.count("connections_opened", worker=worker)
        case.count("connections", worker=worker)
        for row in (f"service.{self.service}", self.dest_row):
            case.count(f"{row}.connections", worker=worker)
            case.count(f"{row}.active", worker=worker)

    def evicted(self, case: Case, worker: int = 0) -> None:
        self.closed(case, expired=False, worker=worker)
        case.count("connections_evicted", worker=worker)

    def closed(self, case: Case, expired: bool = True, worker: int = 0) -> None:
        case.count("connections", -1, worker=worker)
        if expired:
            case.count("connections_expired", worker=worker)
        for row in (f"service.{self.service}", self.dest_row):
            case.count(f"{row}.active", -1, worker=worker)


WEB = Flow(True, "192.0.2.1", 40000, "10.10.0.100", 80, "10.20.0.10", FIRST_PORT, "10.20.0.21", 8080, "web")
DNS = Flow(False, "192.0.2.1", 50000, "10.10.0.100", 53, "10.20.0.10", FIRST_PORT, "10.20.0.21", 5353, "dns")
WEB6 = Flow(True, "2001:db8::1", 40000, "fd10::100", 80, "fd20::10", FIRST_PORT, "fd20::21", 8080, "web6")
DNS6 = Flow(False, "2001:db8::1", 50000, "fd10::100", 53, "fd20::10", FIRST_PORT, "fd20::21", 5353, "dns6")
FLOWS = {"tcp_ipv4": WEB, "udp_ipv4": DNS, "tcp_ipv6": WEB6, "udp_ipv6": DNS6}


# Mode nat: the dest sees the client.
NAT_FLOWS = {name: flow.but(mode="nat", lip=flow.client, lip_port=flow.client_port) for name, flow in FLOWS.items()}
# Mode dr: the dest gets what the client sent.
DR_FLOWS = {name: flow.but(mode="dr", lip=flow.client, lip_port=flow.client_port, dest=flow.vip, dest_port=flow.vip_port,
                           server=flow.dest) for name, flow in FLOWS.items()}

# Services and dests on any port.
ANY_FLOWS = {name: flow.but(mode="any_port", dest_port=flow.vip_port, any_port=True) for name, flow in FLOWS.items()}
NAT_ANY_FLOWS = {name: flow.but(mode="nat_any_port", dest_port=flow.vip_port, any_port=True)
                 for name, flow in NAT_FLOWS.items()}


def reset(flow: Flow, to: str, seq: int = 0, ack: int | None = None, ttl: int = 64, **fields) -> Packet:
    """One that HVS makes, or (a lower TTL) one that a segment became."""
    outside = to == "client"
    src, dst = (flow.vip, flow.client) if outside else (flow.lip, flow.dest)
    ports = (flow.vip_port, flow.client_port) if outside else (flow.lip_port, flow.dest_port)
    link = ether(flow.outside_mac, flow.gateway) if outside else ether(flow.inside_mac, flow.dest_mac)
    fields = {"id": 0, "ip_flags": "DF", **fields}
    return (link / ip(src, dst, ttl, **fields) /
            TCP(sport=ports[0], dport=ports[1], seq=seq, ack=ack or 0, flags="R" if ack is None else "RA", window=0))


def time_wait_ends(case: Case, flow: Flow, ack: int) -> None:
    """The dest that closed first gets a reset for its last ACK."""
    case.send("inside", reset(flow, "dest", ack))
    case.count("tcp_resets_sent")


class SnatFlow(Flow):
    """The client is inside, and the VIP is the dest."""

    @property
    def dest_row(self) -> str:
        return f"dest.{self.service}/0.0.0.0:0"


class PingFlow(SnatFlow):
    """The id is the port of the end that asks, the other's is 0."""

    def l4(self, sport: int, dport: int, flags: str = "", payload: bytes = b"golden", **fields) -> Packet:
        number = fields.get("seq", 1)
        if self.v6:
            kind = ICMPv6EchoRequest if sport else ICMPv6EchoReply
            return kind(id=sport or dport, seq=number, data=payload)
        header = ICMP(type=8 if sport else 0, id=sport or dport, seq=number)
        return header / Raw(payload) if payload else header


def from_inside(flow: Flow, kind: type[Flow] = SnatFlow, **changes) -> Flow:
    fields = {**{f.name: getattr(flow, f.name) for f in dataclasses.fields(flow)}, "mode": "snat", "service": "office",
              "vip": flow.dest, "vip_port": flow.dest_port, **changes}
    return kind(**fields)


PING = {"vip_port": 0, "dest_port": 0, "client_port": 77}
SNAT_FLOWS = {name: from_inside(flow) for name, flow in FLOWS.items()} | {
    "ping_ipv4": from_inside(DNS, PingFlow, **PING), "ping_ipv6": from_inside(DNS6, PingFlow, **PING)}


def plain_case(name: str, about: str, **options) -> Case:
    mode = options.get("mode", "fullnat")
    return Case(name, about, options.pop("config", CONFIGS.get(mode, CONFIG)), options.pop("world", WORLD), **options)


def opening(case: Case, flow: Flow, **step) -> None:
    """A step that opens the connection and, for TCP, finishes the handshake."""
    case.step(f"{flow.service}: the first packets of a connection", **step)
    flow.opened(case)
    if not flow.tcp:
        flow.client_sends(case)
        flow.dest_sends(case, payload=b"answer")
        return
    flow.client_sends(case, flags="S", payload=b"")
    flow.dest_sends(case, flags="SA", payload=b"", ack=1001)
    case.step("the handshake ends")
    flow.client_sends(case, flags="A", payload=b"", seq=1001)


def assured(case: Case, flow: Flow, **step) -> None:
    """Opens the connection such that nothing makes it give way: the client answers the dest."""
    opening(case, flow, **step)
    if not flow.tcp:
        case.step(f"{flow.service}: the client goes on after the answer")
        flow.client_sends(case, payload=b"more")


def late(case: Case, flow: Flow, worker: int = 0, port: str = "inside", **fields) -> None:
    """The dest sends to a local port that no connection uses."""
    if flow.tcp:
        case.no_connection(port, flow.from_dest(**fields), worker=worker)
    else:
        case.drop(port, flow.from_dest(**fields), "lip_no_connection", worker=worker)


def dropped(packet: Packet) -> Packet:
    """Without its payload."""
    packet = packet.copy()
    packet.payload = NoPayload()
    return packet
