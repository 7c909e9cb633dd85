# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The MSS option of SYN and SYN-ACK."""
from collections.abc import Iterator


from .case import Case
from .net import CONFIGS, DEST1, DR_FLOWS, FIRST_PORT, FLOWS, INSIDE, NAT_FLOWS, WORLD, Flow, ether, plain_case
from .tunnel import tunnel_case
from .tunnels import TUNNELS, flows_of

SMALLER = WORLD.replace("interface 2 inside", "interface 2 inside mtu 1400")


def lowered(case: Case, flow: Flow, direction: str, said: int, wanted: int, before: tuple = (), **fields) -> None:
    """A SYN, or the answer to one, that says something else afterwards. `before`: options in front."""
    def options(mss: int) -> dict:
        return {"tcp_options": [*before, ("MSS", mss), ("SAckOK", b""), ("Timestamp", (1, 0))], "payload": b"", **fields}

    if direction == "to_dest":
        make, ports = (flow.from_client(flags="S", **options(said)), flow.to_dest(flags="S", **options(wanted))), ("outside", "inside")
    else:
        make, ports = (flow.from_dest(flags="SA", **options(said)), flow.to_client(flags="SA", **options(wanted))), ("inside", "outside")
    flow.counted(case, direction, len(case.recv(ports[0], make[0])))
    case.send(ports[1], make[1])
    if said != wanted:
        case.count("mss_lowered")


def automatic(name: str, flow: Flow) -> Case:
    case = plain_case(f"mss_auto_{name}", "The way inside takes 1,400 bytes: neither side is told that more would get through. What "
                                          "is lower stays.", world=SMALLER, mode=flow.mode)
    most = 1400 - (60 if flow.v6 else 40)
    case.step("SYN")
    flow.opened(case)
    lowered(case, flow, "to_dest", 1460, most)
    case.step("once more; its answer")
    lowered(case, flow, "to_dest", 1460, most)
    case.step("the answer")
    lowered(case, flow, "to_client", 8960, most)
    case.step("options in front, so that the value lies at an odd place; a checksum that was wrong stays so")
    for before, more in (((("NOP", None),), {}), ((("NOP", None), ("NOP", None)), {}), ((("WScale", 7),), {})):
        lowered(case, flow, "to_dest", 1460, most, before, **more)
    case.step("just right, and less")
    lowered(case, flow, "to_dest", most, most)
    lowered(case, flow, "to_client", 536, 536)
    case.step("no SYN, no option")
    flow.client_sends(case, flags="A", seq=1001, payload=b"", tcp_options=[("MSS", 1460)])
    flow.client_sends(case, flags="S", seq=1000, payload=b"", tcp_options=[("SAckOK", b"")])
    case.step("both ways take as much again", world=WORLD)
    lowered(case, flow, "to_dest", 1460, 1500 - (60 if flow.v6 else 40))
    return case


def of_route(name: str, flow: Flow) -> Case:
    world = "".join(line.replace("\n", " mtu 1400\n") if " via " in line else line for line in WORLD.splitlines(keepends=True))
    case = plain_case(f"mss_route_{name}", "The route back to the client takes 1,400 bytes, all interfaces more.", world=world, mode=flow.mode)
    most = 1400 - (60 if flow.v6 else 40)
    case.step("SYN, and its answer")
    flow.opened(case)
    lowered(case, flow, "to_dest", 1460, most)
    lowered(case, flow, "to_client", 1460, most)
    case.step("the route has no MTU any more", world=WORLD)
    lowered(case, flow, "to_dest", 1460, 1500 - (60 if flow.v6 else 40))
    return case


def fixed() -> Case:
    flow = FLOWS["tcp_ipv4"]
    config = CONFIGS["fullnat"].replace("    protocol: tcp\n", "    protocol: tcp\n    mss: 1000\n")
    case = plain_case("mss_fixed", "A number is the most, whatever the ways take; off is no limit.", config=config, world=SMALLER)
    case.step("a thousand")
    flow.opened(case)
    lowered(case, flow, "to_dest", 1460, 1000)
    lowered(case, flow, "to_client", 1001, 1000)
    case.step("off", config=config.replace("mss: 1000", "mss: off"))
    second = flow.but(client_port=2, lip_port=FIRST_PORT + 1)
    second.opened(case)
    lowered(case, second, "to_dest", 1460, 1460)
    return case


def one_way() -> Case:
    """Modes where HVS does not see the answer."""
    flow = DR_FLOWS["tcp_ipv4"]
    case = plain_case("mss_dr", "The answers do not come this way, so its MTU says nothing of them; a number holds.",
                      mode="dr", world=SMALLER)
    case.step("auto")
    flow.opened(case)
    lowered(case, flow, "to_dest", 1460, 1460)
    case.step("a number", config=CONFIGS["dr"].replace("    protocol: tcp\n", "    protocol: tcp\n    mss: 1000\n"))
    lowered(case, flow, "to_dest", 1460, 1000)
    return case


def tunnel() -> Case:
    way = TUNNELS["gue"]
    flow = flows_of(way)["tcp_ipv4"]
    case = tunnel_case("mss_tunnel", "A number holds within a tunnel, too.", way,
                       config=way.config().replace("    protocol: tcp\n", "    protocol: tcp\n    mss: 1000\n"))
    case.step("SYN")
    flow.opened(case)
    said, wanted = ({"flags": "S", "payload": b"", "tcp_options": [("MSS", mss)]} for mss in (1460, 1000))
    flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(**said))))
    case.send("inside", ether(INSIDE, DEST1) / way.wrap(flow, flow.client_packet(63, **wanted)))
    case.count("mss_lowered")
    return case


def cases() -> Iterator[Case]:
    yield automatic("tcp_ipv4", FLOWS["tcp_ipv4"])
    yield automatic("tcp_ipv6", FLOWS["tcp_ipv6"])
    yield automatic("tcp_ipv4", NAT_FLOWS["tcp_ipv4"])
    yield of_route("tcp_ipv4", FLOWS["tcp_ipv4"])
    yield of_route("tcp_ipv6", FLOWS["tcp_ipv6"])
    yield from (fixed(), one_way(), tunnel())
