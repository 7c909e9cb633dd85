# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode tunnel: the client's packet goes on inside of another one; answers pass us by."""
from collections.abc import Iterator

from scapy.layers.inet import ICMP, IP, Ether, fragment
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6PacketTooBig, ICMPv6ParamProblem, IPv6
from scapy.packet import Packet, Raw

from .case import Case
from .fragments import pieces
from .icmp import error, own, own_error, refused
from .net import DEST1, DR_FLOWS, GATEWAY, INSIDE, OUTSIDE, WITHOUT_LIPS, WORLD, Flow, ether, plain_case
from .tunnels import OURS, ROUTER, TUNNELS, Tunnel, flows_of


def tunnel_case(name: str, about: str, tunnel: Tunnel, **options) -> Case:
    return plain_case(name, about, mode="tunnel", config=options.pop("config", tunnel.config()), **options)


def sends(case: Case, tunnel: Tunnel, flow: Flow, ttl: int = 64, **fields) -> None:
    """A frame from the client, and what becomes of it."""
    size = len(case.recv("outside", flow.from_client(ttl, **fields)))
    fields.pop("padding", None)
    case.send("inside", ether(INSIDE, DEST1) / tunnel.wrap(flow, flow.client_packet(ttl - 1, **fields),
                                                           fields.get("tos", 0)))
    flow.counted(case, "to_dest", size)


def life(name: str, tunnel: Tunnel) -> Case:
    case = tunnel_case(name, "What the client sends reaches the dest in an outer packet, with a TTL one less; traffic class "
                             "and flow are seen outside.", tunnel)
    for flow in flows_of(tunnel).values():
        case.step(f"{flow.service}: the first packet opens the connection")
        flow.opened(case)
        sends(case, tunnel, flow, flags="S", payload=b"", tos=0xb8)
        case.step(f"{flow.service}: it goes on: ECN, an odd length, padding")
        for ecn in range(4):
            sends(case, tunnel, flow, flags="A", payload=b"", seq=1001, tos=0x28 | ecn)
        sends(case, tunnel, flow, seq=1001, payload=b"x" * 999)
        sends(case, tunnel, flow, seq=2000, payload=b"", flags="A", padding=5)
        case.step(f"{flow.service}: a packet that was damaged before stays so")
        sends(case, tunnel, flow, seq=2001, chksum=0x1234)
    return case


def relayed(name: str, tunnel: Tunnel) -> Case:
    case = tunnel_case(f"errors_{name}", "ICMP errors about the dest's answers, and later fragments, take the same way.", tunnel)
    for flow in flows_of(tunnel).values():
        case.step(f"{flow.service}: a connection")
        flow.opened(case)
        sends(case, tunnel, flow, flags="S", payload=b"")
        case.step(f"{flow.service}: an error about an answer")
        frame = error(flow, "client", by_router=True)
        case.recv("outside", frame)
        inner = frame.copy()[1]
        if flow.v6:
            inner.hlim = 63
        else:
            inner.ttl = 63
            del inner.chksum
        case.send("inside", ether(INSIDE, DEST1) / tunnel.wrap(flow, inner))
        case.count("icmp_errors_relayed")
        case.step(f"{flow.service}: three fragments")
        data = {"payload": bytes(range(250)) * 4, "seq": 1001}
        for before, after in zip(pieces(flow.from_client(64, **data)), pieces(flow.to_dest(63, **data)), strict=True):
            flow.counted(case, "to_dest", len(case.recv("outside", before)))
            case.send("inside", ether(INSIDE, DEST1) / tunnel.wrap(flow, after[1]))
    return case


def limits(name: str, tunnel: Tunnel) -> Case:
    mtu = 1400
    world = WORLD.replace("interface 2 inside", f"interface 2 inside mtu {mtu}")
    case = tunnel_case(f"limits_{name}", "TTL and MTU end here as in any router; the sender is told what the tunnel leaves.",
                       tunnel, world=world)
    room = mtu - tunnel.overhead
    for flow in flows_of(tunnel).values():
        case.step(f"{flow.service}: TTL 1")
        refused(case, flow, "outside", "time", flow.from_client(ttl=1, flags="S"), own(flow, "outside"))
        headers = len(flow.client_packet(flags="S", payload=b""))
        case.step(f"{flow.service}: exactly what fits")
        flow.opened(case)
        sends(case, tunnel, flow, ttl=2, flags="S", payload=b"q" * (room - headers))
        case.step(f"{flow.service}: TTL 1 in a connection")
        refused(case, flow, "outside", "time", flow.from_client(ttl=1), own(flow, "outside"))
        case.step(f"{flow.service}: a byte more")
        refused(case, flow, "outside", "big", flow.from_client(payload=b"q" * (room + 1 - headers)), own(flow, "outside"), room)
        if flow.v6:
            continue
        case.step(f"{flow.service}: without DF it is cut before it enters")
        size = len(case.recv("outside", flow.from_client(ip_flags=0, payload=b"q" * (room + 1 - headers))))
        whole = IP(bytes(flow.client_packet(63, ip_flags=0, payload=b"q" * (room + 1 - headers))))
        for part in fragment(whole, fragsize=(room - 20) // 8 * 8):
            case.send("inside", ether(INSIDE, DEST1) / tunnel.wrap(flow, part))
        flow.counted(case, "to_dest", size)
        case.count("packets_fragmented")
    return case


def outer_error(tunnel: Tunnel, flow: Flow, sent: Packet, kind: str, mtu: int = 0, quoted: int = 0) -> Packet:
    """A router on the way to the dest complains about the outer packet."""
    data = bytes(sent)
    data = data[:quoted] if quoted else data
    if tunnel.v6:
        header = {"big": ICMPv6PacketTooBig(mtu=mtu), "unreachable": ICMPv6DestUnreach(code=3),
                  "parameter": ICMPv6ParamProblem(ptr=6)}[kind]
        return ether(DEST1, INSIDE) / IPv6(src=ROUTER[True], dst=OURS[True], hlim=60) / header / Raw(data)
    header = {"big": ICMP(type=3, code=4, nexthopmtu=mtu), "unreachable": ICMP(type=3, code=1),
              "parameter": ICMP(type=12, ptr=8)}[kind]
    return ether(DEST1, INSIDE) / IP(src=ROUTER[False], dst=OURS[False], ttl=60) / header / Raw(data)


def told(case: Case, flow: Flow, kind: str, inner: bytes, mtu: int = 0) -> None:
    """The client hears of it, about its own packet, from the VIP."""
    if kind == "unreachable":
        if flow.v6:
            packet = IPv6(src=flow.vip, dst=flow.client, hlim=64) / ICMPv6DestUnreach(code=3) / Raw(inner[:1280 - 48])
        else:
            packet = (IP(src=flow.vip, dst=flow.client, ttl=64, tos=0xc0, id=0, flags="DF") / ICMP(type=3, code=1) /
                      Raw(inner[:576 - 28]))
    else:
        offending = IPv6(inner) if flow.v6 else IP(inner)
        packet = own_error(flow, "big", Raw(inner), flow.vip, flow.client, mtu) if offending else None
    case.send("outside", ether(OUTSIDE, GATEWAY) / packet)
    case.count("icmp_errors_sent")


def path(name: str, tunnel: Tunnel) -> Case:
    case = tunnel_case(f"path_mtu_{name}", "A router on the way to the dest takes less: the client is told, and the next packet "
                                           "is answered here. Ten minutes later it is tried again.", tunnel)
    flow = flows_of(tunnel)["tcp_ipv4"]
    flow6 = flows_of(tunnel)["tcp_ipv6"]
    data = {"payload": b"d" * 1340, "seq": 1001, "flags": "A"}
    inner = flow.client_packet(63, **data)
    inner6 = flow6.client_packet(63, **data)
    for one in (flow, flow6):
        case.step(f"{one.service}: a connection, and a large packet")
        one.opened(case)
        sends(case, tunnel, one, flags="S", payload=b"")
        sends(case, tunnel, one, **data)
    case.step("an error that is none of ours: from nobody's tunnel, for another address")
    stray = outer_error(tunnel, flow, tunnel.wrap(flow, inner), "big", 1400)
    quote = bytes(stray)
    other = Ether(quote)
    if tunnel.v6:
        other[IPv6].dst = "fd20::2"
        del other[IPv6].payload.cksum
    else:
        other[IP].dst = "10.20.0.2"
        del other[IP].chksum
    case.punt("inside", Ether(bytes(other)))
    case.step("unreachable")
    case.recv("inside", outer_error(tunnel, flow, tunnel.wrap(flow, inner), "unreachable"))
    told(case, flow, "unreachable", bytes(inner))
    case.count("icmp_errors_tunnel")
    case.step("a fault in our own header is nobody else's affair")
    case.recv("inside", outer_error(tunnel, flow, tunnel.wrap(flow, inner), "parameter"))
    case.count("icmp_errors_tunnel")
    case.step("too big, with a long quote")
    case.recv("inside", outer_error(tunnel, flow, tunnel.wrap(flow, inner), "big", 1400))
    told(case, flow, "big", bytes(inner), 1400 - tunnel.overhead)
    case.count("icmp_errors_tunnel")
    case.step("too big, quoted as briefly as RFC 792 allows: noted, the client will hear of it here")
    short = (40 if tunnel.v6 else 20) + 8
    case.recv("inside", outer_error(tunnel, flow, tunnel.wrap(flow, inner), "big", 1350, short))
    case.count("icmp_errors_tunnel")
    case.step("the next large packets, of any connection to that dest")
    refused(case, flow, "outside", "big", flow.from_client(**data), own(flow, "outside"), 1350 - tunnel.overhead)
    refused(case, flow6, "outside", "big", flow6.from_client(**data), own(flow6, "outside"), 1350 - tunnel.overhead)
    case.step("a small one goes")
    sends(case, tunnel, flow, flags="A", payload=b"")
    case.step("and an IPv4 packet without DF in pieces")
    size = len(case.recv("outside", flow.from_client(ip_flags=0, **data)))
    for part in fragment(IP(bytes(flow.client_packet(63, ip_flags=0, **data))),
                         fragsize=(1350 - tunnel.overhead - 20) // 8 * 8):
        case.send("inside", ether(INSIDE, DEST1) / tunnel.wrap(flow, part))
    flow.counted(case, "to_dest", size)
    case.count("packets_fragmented")
    case.step("nobody makes us believe in less than is sensible")
    least = 1280 if tunnel.v6 else 552
    case.recv("inside", outer_error(tunnel, flow, tunnel.wrap(flow, inner), "big", 68))
    told(case, flow, "big", bytes(inner), least - tunnel.overhead)
    case.count("icmp_errors_tunnel")
    case.step("nor IPv6 clients in less than they have to send")
    refused(case, flow6, "outside", "big", flow6.from_client(**data), own(flow6, "outside"), 1280)
    sends(case, tunnel, flow6, flags="A", payload=b"q" * (1280 - 60))
    case.step("forgotten after ten minutes", advance=600_001)
    sends(case, tunnel, flow, **data)
    assert inner6
    return case


def no_source() -> Case:
    tunnel = TUNNELS["ipip"]
    world = WORLD.replace(" address 10.20.0.1 address fd20::1", " address fd20::1 address 10.10.0.100")
    case = tunnel_case("no_own_address", "The outer packet comes from the kernel's address on the way out; a VIP is none, since the "
                                         "dest has it, too.", tunnel, world=world)
    flow = flows_of(tunnel)["tcp_ipv4"]
    case.step("none of the outer packet's family")
    flow.opened(case)
    case.drop("outside", flow.from_client(flags="S"), "tunnel_no_source", flow.service)
    case.step("nor is there one for what comes afterwards")
    case.drop("outside", flow.from_client(flags="S"), "tunnel_no_source", flow.service)
    case.step("the kernel gets one", world=WORLD)
    sends(case, tunnel, flow, flags="S")
    return case


def unresolved() -> Case:
    tunnel = TUNNELS["gre"]
    world = WORLD.replace("neighbour 2 10.20.0.21 02:00:00:00:02:21\n", "")
    case = tunnel_case("neighbour_unknown", "An outer packet waits for a MAC address as any other.", tunnel, world=world)
    flow = flows_of(tunnel)["tcp_ipv4"]
    case.step("unknown")
    flow.opened(case)
    flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(flags="S"))))
    case.ask(2, "10.20.0.21")
    case.count("neigh_waits")
    case.step("known", world=WORLD)
    case.send("inside", ether(INSIDE, DEST1) / tunnel.wrap(flow, flow.client_packet(63, flags="S")))
    return case


def far_dest() -> Case:
    """The dest is behind a router, on a VLAN."""
    tunnel = TUNNELS["gue"]
    world = WORLD.replace("interface 2 inside address", "interface 2 inside vlan 7 address")
    case = tunnel_case("vlan", "The outer packet gets the tag of its interface.", tunnel, world=world)
    flow = flows_of(tunnel)["udp_ipv6"]
    case.step("a datagram")
    flow.opened(case)
    size = len(case.recv("outside", flow.from_client()))
    case.send("inside", ether(INSIDE, DEST1, (7,)) / tunnel.wrap(flow, flow.client_packet(63)))
    flow.counted(case, "to_dest", size)
    return case


def removed() -> Case:
    tunnel = TUNNELS["gre"]
    flow = flows_of(tunnel)["tcp_ipv4"]
    gone = tunnel.config().replace("10.20.0.21", "10.20.0.22")
    case = tunnel_case("reload_dest_removed", "Connections of a dest that left the file go on through its tunnel.", tunnel)
    case.step("a connection")
    flow.opened(case)
    sends(case, tunnel, flow, flags="S", payload=b"")
    case.step("the dest leaves", config=gone)
    sends(case, tunnel, flow, flags="A", payload=b"")
    case.step("an error from its way is still ours")
    inner = flow.client_packet(63, flags="A", payload=b"")
    case.recv("inside", outer_error(tunnel, flow, tunnel.wrap(flow, inner), "unreachable"))
    told(case, flow, "unreachable", bytes(inner))
    case.count("icmp_errors_tunnel")
    return case


def states() -> Case:
    tunnel = TUNNELS["ipip"]
    flow = flows_of(tunnel)["tcp_ipv4"]
    again = tunnel.config().replace("    port: 80\n", "    port: 80\n    scheduler: wrr\n")
    case = tunnel_case("states", "The client's half of a connection is followed, and a reload does not disturb it.", tunnel)
    case.step("a connection")
    flow.opened(case)
    sends(case, tunnel, flow, flags="S", payload=b"")
    sends(case, tunnel, flow, flags="A", payload=b"", seq=1001)
    case.step("100 s later it goes on", advance=100_000)
    sends(case, tunnel, flow, seq=1001)
    case.step("after a reload, too", config=again)
    sends(case, tunnel, flow, seq=1001)
    case.step("its end", advance=1)
    sends(case, tunnel, flow, flags="FA", payload=b"", seq=2000)
    case.step("long over", advance=120_001)
    flow.closed(case)
    return case


def mixed_dests() -> Case:
    """A tunnel for each dest, and one without."""
    gue, gre = TUNNELS["gue_over_ipv6"], TUNNELS["gre"]
    config = WITHOUT_LIPS.replace(
        "{ address: 10.20.0.21, port: 8080 }",
        '{ address: "fd20::21", mode: tunnel, tunnel: { type: gue } }, { address: 10.20.0.21, mode: tunnel }, '
        "{ address: 10.20.0.22, mode: dr }").replace(
        "    port: 80\n    dests: [ { address: \"fd20::21\", mode", "    port: 80\n    mode: nat\n    tunnel: { type: gre }\n"
        "    dests: [ { address: \"fd20::21\", mode")
    config = config.replace("    dests: [ { address: 10.20.0.21, port: 5353", "    mode: nat\n    dests: [ { address: 10.20.0.21, port: 5353")
    config = config.replace("    dests: [ { address: \"fd20::21\", port", "    mode: nat\n    dests: [ { address: \"fd20::21\", port")
    case = tunnel_case("a_tunnel_for_each_dest", "A dest may have a tunnel of its own; else it has the service's.", gue, config=config)
    base = DR_FLOWS["tcp_ipv4"].but(mode="tunnel")
    for n, (tunnel, server) in enumerate(((gue, "fd20::21"), (gre, "10.20.0.21"))):
        flow = base.but(client_port=40000 + n, server=server)
        case.step(f"connection {n + 1}: {tunnel.kind}")
        flow.opened(case)
        sends(case, tunnel, flow, flags="S", payload=b"")
    return case


def workers() -> Case:
    tunnel = TUNNELS["ipip"]
    config = tunnel.config().replace("instance: golden\n", "instance: golden\nworkers: { count: 2 }\n").replace(
        "device: out0 }", "device: out0, queues: 2 }").replace("device: in0 }", "device: in0, queues: 2 }")
    case = tunnel_case("workers", "An error from a tunnel's way goes round: every worker learns the path MTU, and the one with the "
                                  "connection tells the client.", tunnel, config=config)
    flow = flows_of(tunnel)["tcp_ipv4"]
    data = {"payload": b"d" * 1340, "seq": 1001, "flags": "A"}
    for worker in (0, 1):
        one = flow.but(client_port=40000 + worker)
        case.step(f"a connection on worker {worker}")
        one.opened(case, worker=worker)
        size = len(case.recv(f"outside.{worker}", one.from_client(flags="S", payload=b"")))
        case.send(f"inside.{worker}", ether(INSIDE, DEST1) / tunnel.wrap(one, one.client_packet(63, flags="S", payload=b"")))
        one.counted(case, "to_dest", size, worker=worker)
    case.step("an error about the second one comes to the first worker", turns=2)
    one = flow.but(client_port=40001)
    inner = one.client_packet(63, **data)
    case.recv("inside.0", outer_error(tunnel, one, tunnel.wrap(one, inner), "big", 1300))
    case.count("handoff_out")
    case.count("handoff_in", worker=1)
    case.send("outside.1", ether(OUTSIDE, GATEWAY) / own_error(one, "big", Raw(bytes(inner)), one.vip, one.client, 1280))
    case.count("icmp_errors_sent", worker=1)
    case.count("icmp_errors_tunnel", worker=1)
    case.step("both know")
    for worker in (0, 1):
        two = flow.but(client_port=40000 + worker)
        frame = two.from_client(**data)
        case.drop(f"outside.{worker}", frame, "mtu_exceeded", two.service, worker=worker)
        case.send(f"outside.{worker}", ether(OUTSIDE, GATEWAY) / own_error(two, "big", frame[IP], own(two, "outside"), two.client, 1280))
        case.count("icmp_errors_sent", worker=worker)
    return case


def cases() -> Iterator[Case]:
    for name, tunnel in TUNNELS.items():
        yield from (life(name, tunnel), path(name, tunnel))
    for name in ("ipip", "gre_over_ipv6", "gue", "gue_variant_1_over_ipv6"):
        yield from (relayed(name, TUNNELS[name]), limits(name, TUNNELS[name]))
    yield from (no_source(), unresolved(), far_dest(), removed(), states(), mixed_dests(), workers())
