# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode dr: the client's packet goes on as it is, to the dest's MAC address; answers pass us by."""
from collections.abc import Iterator

from .case import Case
from .fragments import made_here, pieces, translated
from .icmp import error, own, refused
from .net import DR_FLOWS, GATEWAY, INSIDE, OUTSIDE, WORLD, Flow, ether, plain_case

WEB, DNS = DR_FLOWS["tcp_ipv4"], DR_FLOWS["udp_ipv4"]


def dr_case(name: str, about: str, **options) -> Case:
    return plain_case(name, about, mode="dr", **options)


def client_side(name: str, flow: Flow) -> Case:
    case = dr_case(name, "Everything that the client sends reaches the dest, with another MAC address and a TTL one less.")
    case.step("the first packet opens the connection")
    flow.opened(case)
    flow.client_sends(case, flags="S", payload=b"", tos=0x2e)
    case.step("it goes on")
    flow.client_sends(case, flags="A", payload=b"", seq=1001)
    flow.client_sends(case, seq=1001, payload=b"x" * 999)
    case.step("its end")
    flow.client_sends(case, flags="FA", payload=b"", seq=2000)
    flow.client_sends(case, flags="A", payload=b"", seq=2001)
    case.step("a packet that a dest sends through us is the kernel's to route")
    case.punt("inside", ether(flow.dest_mac, INSIDE) / flow.to_client()[1])
    case.step("an error about an answer reaches the dest that gave it")
    frame = error(flow, "client", by_router=True)
    case.recv("outside", frame)
    out = frame.copy()
    out.src, out.dst = INSIDE, flow.dest_mac
    if flow.v6:
        out[1].hlim = 63
    else:
        out[1].ttl = 63
        del out[1].chksum
    case.send("inside", out)
    case.count("icmp_errors_relayed")
    return case


def limits(name: str, flow: Flow) -> Case:
    world = WORLD.replace("interface 2 inside", "interface 2 inside mtu 1400")
    case = dr_case(f"limits_{name}", "TTL and MTU end here as in any router; the sender is told.", world=world)
    case.step("TTL 1")
    refused(case, flow, "outside", "time", flow.from_client(ttl=1, flags="S"), own(flow, "outside"))
    headers = len(flow.client_packet(flags="S", payload=b""))
    case.step("exactly the MTU goes through")
    flow.opened(case)
    flow.client_sends(case, ttl=2, flags="S", payload=b"q" * (1400 - headers))
    case.step("a byte more does not")
    refused(case, flow, "outside", "big", flow.from_client(payload=b"q" * (1401 - headers)), own(flow, "outside"), 1400)
    return case


def fragmented(name: str, flow: Flow) -> Case:
    case = dr_case(f"fragments_{name}", "Fragments follow the first one.")
    case.step("the first packet of a flow")
    flow.opened(case)
    flow.client_sends(case, flags="S", payload=b"")
    case.step("three fragments")
    data = {"payload": bytes(range(250)) * 4, "seq": 1001}
    translated(case, flow, pieces(flow.from_client(**data)), pieces(flow.to_dest(**data)), "to_dest")
    return case


def unresolved(name: str, flow: Flow) -> Case:
    world = "".join(line for line in WORLD.splitlines(keepends=True) if not line.startswith(f"neighbour 2 {flow.server} "))
    case = dr_case(f"neighbour_unknown_{name}", "It is the dest's MAC address that is asked for, not that of the packet's "
                                                "destination, which is ourselves.", world=world)
    for what, known in (("unknown", world), ("known to be unknown", world + f"neighbour 2 {flow.server} unresolved\n")):
        case.step(what, world=known)
        if what == "unknown":
            flow.opened(case)
            case.ask(2, flow.server)
        flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(flags="S"))))
        case.count("neigh_waits")
    case.step("known", world=WORLD)
    for _ in range(2):
        case.send("inside", flow.to_dest(flags="S"))
    return case


def idle() -> Case:
    case = dr_case("idle_times", "Only the client's half is seen: its ACK makes a connection established, its FIN ends it.")
    case.step("SYN")
    WEB.opened(case)
    WEB.client_sends(case, flags="S", payload=b"")
    case.step("3 s later it is still half open, and gone after another", advance=4_001)
    WEB.closed(case)
    case.step("SYN and ACK")
    WEB.opened(case)
    WEB.client_sends(case, flags="S", payload=b"")
    WEB.client_sends(case, flags="A", payload=b"")
    case.step("100 s later it goes on", advance=100_000)
    WEB.client_sends(case, flags="PA")
    case.step("FIN")
    WEB.client_sends(case, flags="FA", payload=b"")
    case.step("the client's port comes again at once: a new connection")
    WEB.closed(case, expired=False)
    WEB.opened(case)
    WEB.client_sends(case, flags="S", payload=b"")
    case.step("UDP: one packet is a short thing")
    DNS.opened(case)
    DNS.client_sends(case)
    return case


def cases() -> Iterator[Case]:
    for name, flow in DR_FLOWS.items():
        yield from (client_side(name, flow), limits(name, flow), fragmented(name, flow), unresolved(name, flow))
    yield made_here("tcp_ipv4", WEB)
    yield idle()
