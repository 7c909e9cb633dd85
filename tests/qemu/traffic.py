# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What clients and real servers of the comparison send: the same packets to both balancers, step by step."""
import dataclasses

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6EchoRequest, ICMPv6PacketTooBig, ICMPv6TimeExceeded, IPv6,
                                IPv6ExtHdrFragment, IPv6ExtHdrHopByHop)
from scapy.layers.l2 import Ether
from scapy.packet import Padding, Raw

from stage import INSIDE_MTU, ROUTER_MAC, SERVER_MACS, VIP, VLAN, VLAN_SET, Stage, servers

TCP_PORT, UDP_PORT, IDLE_PORT, EMPTY_PORT = 80, 53, 81, 82
ROUTER = {4: "10.20.0.254", 6: "fd20::fe"}
LOAD = bytes(range(256)) * 8


def client(family: int, number: int) -> str:
    return f"198.51.100.{number}" if family == 4 else f"2001:db8:c::{number:x}"


def address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclasses.dataclass(frozen=True)
class Mode:
    """A way to reach real servers: its name here, ipvsadm's options for a dest, and the port the server listens on."""
    name: str
    options: str
    replies: bool = False  # come back through the balancer
    tcp_port: int = TCP_PORT
    udp_port: int = UDP_PORT

    @property
    def vlan(self) -> int | None:
        return VLAN if self.number == VLAN_SET else None

    @property
    def number(self) -> int:
        return list(MODES).index(self.name) + 1

    def rules(self, family: int) -> list[str]:
        """TCP on one server, UDP on another, services whose server drains, and services without servers."""
        one, two, three = servers(family, self.number)
        lines = []
        for option, port, server, dest_port in (("-t", TCP_PORT, one, self.tcp_port), ("-u", UDP_PORT, two, self.udp_port)):
            service = f"{option} {address(VIP[family], port)}"
            lines += [f"-A {service} -s rr", f"-a {service} -r {address(server, dest_port)} {self.options} -w 1"]
        for option in ("-t", "-u"):
            service = f"{option} {address(VIP[family], IDLE_PORT)}"
            lines += [f"-A {service} -s rr", f"-a {service} -r {address(three, IDLE_PORT)} {self.options} -w 0",
                      f"-A {option} {address(VIP[family], EMPTY_PORT)} -s wlc"]
        return lines


MODES = {mode.name: mode for mode in (
    Mode("nat", "-m", replies=True, tcp_port=8080, udp_port=5353),
    Mode("dr", "-g"),
    Mode("ipip", "-i --tun-type ipip"),
    Mode("gre", "-i --tun-type gre --tun-nocsum"),
    Mode("gre-csum", "-i --tun-type gre --tun-csum"),
    Mode("gue", "-i --tun-type gue --tun-port 6080 --tun-nocsum"),
    Mode("gue-csum", "-i --tun-type gue --tun-port 6080 --tun-csum"),
    Mode("vlan", "-m", replies=True, tcp_port=8080, udp_port=5353),  # its servers are the set on the VLAN
)}


class Talk:
    """Packets of one mode and family. Each conversation has a client port of its own, the same for both balancers."""

    def __init__(self, stage: Stage, mode: Mode, family: int):
        self.stage, self.mode, self.family = stage, mode, family
        own = 2 * mode.number + (family == 6)
        self.port, self.id = 1024 + 256 * own, 1000 * own

    def ip(self, host: int = 1, *, v4: dict | None = None, v6: dict | None = None, ttl: int = 64, tos: int = 0, dst: str | None = None):
        """An IP header from a client to the VIP."""
        self.id += 1
        src, dst = client(self.family, host), dst or VIP[self.family]
        if self.family == 4:
            return IP(src=src, dst=dst, ttl=ttl, tos=tos, id=self.id, **(v4 or {}))
        return IPv6(src=src, dst=dst, hlim=ttl, tc=tos, fl=0x10000 + self.id, **(v6 or {}))

    def new_port(self) -> int:
        self.port += 1
        return self.port

    def udp(self, load: int | bytes = 64, dport: int = UDP_PORT, sport: int | None = None, **more):
        data = LOAD[:load] if isinstance(load, int) else load
        return UDP(sport=sport or self.new_port(), dport=dport, **more) / Raw(data)

    def run(self) -> None:
        for steps in (tcp_life, tcp_reset, udp, headers, fragments, large, errors_of_the_inside, errors_of_clients):
            steps(self)
        if self.mode.name in ("nat", "dr"):  # nothing of this knows of tunnels
            tcp_strays(self)
            not_served(self)

    def client(self, name: str, *packets):
        return self.stage.from_client(self._name(name), *packets)

    def server(self, name: str, *packets, **more):
        return self.stage.from_server(self._name(name), *packets, vlan=self.mode.vlan, **more)

    def _name(self, name: str) -> str:
        return f"{self.mode.name}{self.family}: {name}"

    def answer(self, name: str, seen, load: int = 0, **fields):
        """The server's answer to what it saw, back along the way it came."""
        if not self.mode.replies or not seen.server:
            return None
        packet = Ether(seen.server[0])
        back = self.turned(packet)
        below = packet[TCP] if TCP in packet else packet[UDP]
        if TCP in packet:
            above = TCP(sport=below.dport, dport=below.sport, **fields)
        else:
            above = UDP(sport=below.dport, dport=below.sport, **fields)
        return self.server(name, back / above / Raw(LOAD[:load]), mac=packet.dst)

    def turned(self, packet):
        """An IP header back to where a packet came from."""
        self.id += 1
        if self.family == 4:
            return IP(src=packet[IP].dst, dst=packet[IP].src, ttl=64, id=self.id)
        return IPv6(src=packet[IPv6].dst, dst=packet[IPv6].src, hlim=64)


def tcp_life(talk: Talk) -> None:
    sport = talk.new_port()

    def segment(flags: str, seq: int, ack: int = 0, load: int = 0, **more):
        return talk.ip() / TCP(sport=sport, dport=TCP_PORT, flags=flags, seq=seq, ack=ack, **more) / Raw(LOAD[:load])

    syn = segment("S", 1000, options=[("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)])
    seen = talk.client("SYN", syn)
    talk.client("SYN again", syn)
    talk.answer("SYN and ACK", seen, flags="SA", seq=5000, ack=1001, options=[("MSS", 1360), ("WScale", 6)])
    talk.client("ACK", segment("A", 1001, 5001))
    talk.client("data", segment("PA", 1001, 5001, 300))
    talk.answer("data back", seen, 200, flags="PA", seq=5001, ack=1301)
    talk.client("urgent", segment("PAU", 1301, 5201, 5, urgptr=3))
    talk.client("keep-alive", segment("A", 1300, 5201))
    talk.client("FIN", segment("FA", 1306, 5201))
    talk.answer("FIN back", seen, flags="FA", seq=5201, ack=1307)
    talk.client("last ACK", segment("A", 1307, 5202))
    talk.client("port used again", segment("S", 90000))


def tcp_reset(talk: Talk) -> None:
    for who in ("client", "server"):
        sport = talk.new_port()
        seen = talk.client(f"SYN before a reset by the {who}", talk.ip(2) / TCP(sport=sport, dport=TCP_PORT, flags="S", seq=7))
        if who == "client":
            talk.client("RST", talk.ip(2) / TCP(sport=sport, dport=TCP_PORT, flags="R", seq=8))
        else:
            talk.answer("RST and ACK back", seen, flags="RA", ack=8)


def tcp_strays(talk: Talk) -> None:
    for flags in ("A", "PA", "FA", "R", "SA", "", "SF", "SR", "FPU"):
        talk.client(f"stray {flags or 'without flags'}",
                    talk.ip(3) / TCP(sport=talk.new_port(), dport=TCP_PORT, flags=flags, seq=1, ack=2))
    talk.client("SYN with data", talk.ip(3) / TCP(sport=talk.new_port(), dport=TCP_PORT, flags="S") / Raw(LOAD[:20]))
    talk.client("SYN with ECN", talk.ip(3) / TCP(sport=talk.new_port(), dport=TCP_PORT, flags="SEC"))
    talk.client("SYN with a wrong checksum", talk.ip(3) / TCP(sport=talk.new_port(), dport=TCP_PORT, flags="S", chksum=0x1234))


def udp(talk: Talk) -> None:
    seen = talk.client("UDP", talk.ip(4) / talk.udp())
    talk.answer("UDP back", seen, 80)
    talk.client("UDP, odd", talk.ip(4) / talk.udp(33))
    talk.client("UDP, empty", talk.ip(4) / talk.udp(0))
    talk.client("UDP without checksum", talk.ip(4) / talk.udp(chksum=0))
    seen = talk.client("UDP with a wrong checksum", talk.ip(4) / talk.udp(chksum=0x1234))
    seen = talk.client("UDP before an answer without checksum", talk.ip(4) / talk.udp())
    if talk.family == 4:
        talk.answer("UDP back without checksum", seen, 16, chksum=0)
    talk.client("UDP of several clients", *(talk.ip(host) / talk.udp(sport=talk.port + 1) for host in range(10, 18)))
    talk.new_port()


def headers(talk: Talk) -> None:
    for tos in (0x01, 0x02, 0x03, 0xB8, 0xBB):
        talk.client(f"traffic class {tos:#04x}", talk.ip(5, tos=tos) / talk.udp())
    for ttl in (1, 2, 255):
        talk.client(f"TTL {ttl}", talk.ip(5, ttl=ttl) / talk.udp())
    if talk.family == 4:
        talk.client("options: NOP", talk.ip(5, v4={"options": b"\x01\x01\x01\x00"}) / talk.udp())
        talk.client("options: router alert", talk.ip(5, v4={"options": b"\x94\x04\x00\x00"}) / talk.udp())
        talk.client("options: unknown", talk.ip(5, v4={"options": b"\x9e\x04\x00\x00"}) / talk.udp())
        talk.client("id 0 and DF", talk.ip(5, v4={"flags": "DF"}) / talk.udp())
        talk.client("wrong IP checksum", talk.ip(5, v4={"chksum": 0x1234}) / talk.udp())
    else:
        talk.client("hop by hop", talk.ip(5) / IPv6ExtHdrHopByHop() / talk.udp())
    talk.client("longer than its IP header says", talk.ip(5) / talk.udp(8) / Padding(bytes(10)))


def _pieces(talk: Talk, whole, first: int) -> list:
    """Two fragments of a UDP packet, the first with so many bytes of payload."""
    data = bytes(whole)
    if talk.family == 4:
        talk.id += 1
        ip = {"src": client(4, 6), "dst": VIP[4], "id": talk.id, "proto": 17}
        return [IP(**ip, flags="MF") / Raw(data[:first]), IP(**ip, frag=first // 8) / Raw(data[first:])]
    talk.id += 1
    base = IPv6(src=client(6, 6), dst=VIP[6])
    return [base / IPv6ExtHdrFragment(nh=17, m=1, id=talk.id) / Raw(data[:first]),
            base / IPv6ExtHdrFragment(nh=17, offset=first // 8, id=talk.id) / Raw(data[first:])]


def fragments(talk: Talk) -> None:
    def whole():
        """With its checksum, which scapy only sums in a whole packet."""
        packet = talk.ip(6) / talk.udp(1000)
        return type(packet)(bytes(packet))[UDP]

    talk.client("two fragments", *_pieces(talk, whole(), 600))
    first, last = _pieces(talk, whole(), 600)
    talk.client("a first fragment", first)
    talk.client("its last fragment later", last)
    first, last = _pieces(talk, whole(), 600)
    talk.client("a last fragment before its first", last)
    talk.client("its first fragment later", first)


def large(talk: Talk) -> None:
    """The way to the servers has the smaller MTU."""
    headers_len = (20 if talk.family == 4 else 40) + 8
    kinds = {"with DF": {"flags": "DF"}, "without DF": {}} if talk.family == 4 else {"": {}}
    for name, fields in kinds.items():
        for size in (1300, INSIDE_MTU, INSIDE_MTU + 1, 1500):
            talk.client(f"{size} bytes {name}".strip(), talk.ip(7, v4=fields) / talk.udp(size - headers_len))


def errors_of_the_inside(talk: Talk) -> None:
    """A server's or router's error about a packet of the balancer."""
    kinds = {4: {"port unreachable": ICMP(type=3, code=3), "time exceeded": ICMP(type=11),
                 "fragmentation needed": ICMP(type=3, code=4, nexthopmtu=1300)},
             6: {"port unreachable": ICMPv6DestUnreach(code=4), "time exceeded": ICMPv6TimeExceeded(),
                 "packet too big": ICMPv6PacketTooBig(mtu=1300)}}[talk.family]
    for name, error in kinds.items():
        for quoted in (("a little", 28 if talk.family == 4 else 48), ("much", 500)):
            packet = talk.ip(8, v4={"flags": "DF"}) / talk.udp(400)
            seen = talk.client(f"UDP before {name}, quoting {quoted[0]}", packet)
            if not seen.server:
                continue
            outer = Ether(seen.server[0])[IP if talk.family == 4 else IPv6]
            quote = bytes(outer)[:quoted[1]]
            router = (IP(src=ROUTER[4], dst=outer.src, id=77) if talk.family == 4 else IPv6(src=ROUTER[6], dst=outer.src))
            talk.server(f"{name}, quoting {quoted[0]}", router / error / Raw(quote), mac=ROUTER_MAC)
    packet = talk.ip(8) / talk.udp(1250)
    talk.client("UDP after these errors", packet)


def errors_of_clients(talk: Talk) -> None:
    """A client's error about an answer."""
    sport = talk.new_port()
    talk.client("UDP before an error of the client", talk.ip(9) / talk.udp(sport=sport))
    if talk.family == 4:
        answer = IP(src=VIP[4], dst=client(4, 9), id=9) / UDP(sport=UDP_PORT, dport=sport) / Raw(LOAD[:200])
        talk.client("port unreachable of the client", talk.ip(9) / ICMP(type=3, code=3) / Raw(bytes(answer)[:128]))
        talk.client("fragmentation needed of the client", talk.ip(30, dst=VIP[4]) / ICMP(type=3, code=4, nexthopmtu=1280) / Raw(bytes(answer)[:28]))
    else:
        answer = IPv6(src=VIP[6], dst=client(6, 9)) / UDP(sport=UDP_PORT, dport=sport) / Raw(LOAD[:200])
        talk.client("port unreachable of the client", talk.ip(9) / ICMPv6DestUnreach(code=4) / Raw(bytes(answer)[:128]))
        talk.client("packet too big of the client", talk.ip(30) / ICMPv6PacketTooBig(mtu=1280) / Raw(bytes(answer)[:128]))


def not_served(talk: Talk) -> None:
    for port, what in ((IDLE_PORT, "all servers drain"), (EMPTY_PORT, "no servers")):
        talk.client(f"SYN, {what}", talk.ip(20) / TCP(sport=talk.new_port(), dport=port, flags="S"))
        talk.client(f"UDP, {what}", talk.ip(20) / talk.udp(dport=port))
    talk.client("SYN to a port without service", talk.ip(20) / TCP(sport=talk.new_port(), dport=83, flags="S"))
    talk.client("UDP to a port without service", talk.ip(20) / talk.udp(dport=83))
    if talk.family == 4:
        talk.client("ping of the VIP", talk.ip(20) / ICMP(id=1, seq=1) / Raw(LOAD[:56]))
    else:
        talk.client("ping of the VIP", talk.ip(20) / ICMPv6EchoRequest(id=1, seq=1, data=LOAD[:56]))
    if talk.mode.replies:
        server = servers(talk.family, talk.mode.number)[1]
        own = IP(src=server, dst=client(4, 20), id=99) if talk.family == 4 else IPv6(src=server, dst=client(6, 20))
        for name, port in (("from its port", talk.mode.udp_port), ("from another port", 999)):
            talk.server(f"a server sends without being asked, {name}", own / UDP(sport=port, dport=talk.new_port()) / Raw(LOAD[:30]),
                        mac=SERVER_MACS[1])
