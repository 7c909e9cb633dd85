# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode tunnel: errors about outer packets, where the packet within or the error is a seldom one."""
from collections.abc import Iterator

from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop, PadN
from scapy.packet import Packet, Raw

from .case import Case
from .fragments import pieces
from .icmp import own, own_error, refused
from .net import DEST1, GATEWAY, INSIDE, OUTSIDE, WORLD, Flow, ether
from .tunnel import outer_error, sends, told, tunnel_case
from .tunnels import OURS, ROUTER, TUNNELS, Tunnel, flows_of

PAD = [PadN(optdata=b"\0\0\0\0")]
EXTENSIONS = [IPv6ExtHdrHopByHop(options=PAD), IPv6ExtHdrDestOpt(options=PAD)]
LARGE = {"flags": "A", "payload": b"d" * 1310, "seq": 1001}


def extension_headers(name: str, tunnel: Tunnel) -> Case:
    case = tunnel_case(f"error_about_extension_headers_{name}", "The client hears of a packet with extension headers, and of the first "
                                                                "fragment of one, as of any other.", tunnel)
    flow = flows_of(tunnel)["tcp_ipv6"]
    case.step("a connection")
    flow.opened(case)
    sends(case, tunnel, flow, flags="S", payload=b"")
    case.step("a large packet with extension headers")
    sends(case, tunnel, flow, ext=EXTENSIONS, **LARGE)
    inner = flow.client_packet(63, ext=EXTENSIONS, **LARGE)
    case.step("too big")
    case.recv("inside", outer_error(tunnel, flow, tunnel.wrap(flow, inner), "big", 1400))
    told(case, flow, "big", bytes(inner), 1400 - tunnel.overhead)
    case.count("icmp_errors_tunnel")
    first, *later = pieces(flow.to_dest(63, **LARGE))
    case.step("a first fragment is unreachable")
    case.recv("inside", outer_error(tunnel, flow, tunnel.wrap(flow, first[1]), "unreachable"))
    told(case, flow, "unreachable", bytes(first[1]))
    case.count("icmp_errors_tunnel")
    case.step("a later one does not say whose it is")
    case.recv("inside", outer_error(tunnel, flow, tunnel.wrap(flow, later[0][1]), "unreachable"))
    case.count("icmp_errors_tunnel")
    return case


def extended(tunnel: Tunnel, flow: Flow, inner: Packet, quoted: int) -> Packet:
    """Unreachable, with so many bytes quoted, zeros among them, and an interface's MPLS label behind them (RFC 4884, RFC 4950)."""
    quote = bytes(tunnel.wrap(flow, inner))[:quoted].ljust(quoted, b"\0")
    extension = bytes.fromhex("2000dedf" "00080101" "000010ff")
    if tunnel.v6:
        error = IPv6(src=ROUTER[True], dst=OURS[True], hlim=60) / ICMPv6DestUnreach(code=3, length=quoted // 8)
    else:
        error = IP(src=ROUTER[False], dst=OURS[False], ttl=60) / ICMP(type=3, code=1, length=quoted // 4)
    return ether(DEST1, INSIDE) / error / Raw(quote + extension)


def extensions(name: str, tunnel: Tunnel) -> Case:
    case = tunnel_case(f"error_with_extensions_{name}", "What a router says behind the quote is no part of the client's packet (RFC 4884), "
                                                        "nor are the zeros that a short one is filled up with.", tunnel)
    for flow in (flows_of(tunnel)[name] for name in ("tcp_ipv4", "tcp_ipv6")):
        case.step(f"{flow.service}: a connection")
        flow.opened(case)
        sends(case, tunnel, flow, flags="S", payload=b"")
        case.step("a large packet")
        sends(case, tunnel, flow, **LARGE)
        inner = flow.client_packet(63, **LARGE)
        case.recv("inside", extended(tunnel, flow, inner, 128))
        told(case, flow, "unreachable", bytes(inner)[:128 - tunnel.overhead])
        case.count("icmp_errors_tunnel")
        case.step("one that is shorter than the quote")
        short = flow.client_packet(63, flags="A", payload=b"", seq=1001)
        sends(case, tunnel, flow, flags="A", payload=b"", seq=1001)
        case.recv("inside", extended(tunnel, flow, short, 136))
        told(case, flow, "unreachable", bytes(short))
        case.count("icmp_errors_tunnel")
        case.step("a quote that ends before the ports")
        case.recv("inside", extended(tunnel, flow, inner, 48 if tunnel.v6 else 40))
        case.count("icmp_errors_tunnel")
    return case


def forgotten_for_good() -> Case:
    tunnel = TUNNELS["ipip"]
    case = tunnel_case("path_mtu_forgotten_for_good", "What was learnt of a path does not come back when the milliseconds have come "
                                                      "round, after 49.7 days.", tunnel)
    flow = flows_of(tunnel)["tcp_ipv4"]
    case.step("a connection, and a large packet")
    flow.opened(case)
    sends(case, tunnel, flow, flags="S", payload=b"")
    sends(case, tunnel, flow, **LARGE)
    inner = flow.client_packet(63, **LARGE)
    case.step("too big")
    case.recv("inside", outer_error(tunnel, flow, tunnel.wrap(flow, inner), "big", 1350))
    told(case, flow, "big", bytes(inner), 1350 - tunnel.overhead)
    case.count("icmp_errors_tunnel")
    case.step("known while ten minutes last, however many turns", advance=500_000, turns=300)
    refused(case, flow, "outside", "big", flow.from_client(**LARGE), own(flow, "outside"), 1350 - tunnel.overhead)
    case.step("they pass, and nothing is sent", advance=100_001, turns=300)
    case.step("the same millisecond again", advance=(1 << 32) - 600_001)
    sends(case, tunnel, flow, **LARGE)
    return case


def least_mtu() -> Case:
    tunnel = TUNNELS["ipip"]
    world = WORLD.replace("interface 2 inside", "interface 2 inside mtu 1290")
    case = tunnel_case("least_mtu_ipv6", "A way that leaves less than 1280 bytes is no way for IPv6; clients are not told to send less "
                                         "(RFC 8201, 4).", tunnel, world=world)
    flow = flows_of(tunnel)["udp_ipv6"]
    case.step("a datagram that fits")
    flow.opened(case)
    sends(case, tunnel, flow)
    case.step("one that does not")
    frame = flow.from_client(payload=b"q" * 1233)
    case.drop("outside", frame, "mtu_exceeded", flow.service)
    case.send("outside", ether(OUTSIDE, GATEWAY) / own_error(flow, "big", frame[IPv6], own(flow, "outside"), flow.client, 1280))
    case.count("icmp_errors_sent")
    return case


def cases() -> Iterator[Case]:
    for name in ("ipip", "gre_over_ipv6", "gue", "gue_variant_1_over_ipv6"):
        yield from (extension_headers(name, TUNNELS[name]), extensions(name, TUNNELS[name]))
    yield from (forgotten_for_good(), least_mtu())
