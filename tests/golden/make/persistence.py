# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Clients that return to the dest that they had."""
from collections.abc import Iterator

from .case import Case
from .net import CONFIG, WEB, WEB6, Flow, plain_case
from .schedulers import Opener, to_second

HEAD = CONFIG[:CONFIG.index("services:")]
FIRST, SECOND = "{ address: 10.20.0.21, port: 8080 }", "{ address: 10.20.0.22, port: 8080 }"


def config(persistence: str = "timeout: 60", dests: str = f"{FIRST}, {SECOND}",
           where: str = "vips: [ 10.10.0.100, 10.10.0.101 ], port: [ 80, 443 ]") -> str:
    return (HEAD + f"services:\n  - {{ name: web, {where}, lip_pool: inside, persistence: {{ {persistence} }}, "
            f"dests: [ {dests} ] }}\n")


class Clients:
    """Opens connections, each from another port of its client."""

    def __init__(self, case: Case):
        self.case, self.opener, self.port, self.open_now = case, Opener(case), 40000, []

    def open(self, client: str, dest: int, base: Flow = WEB, **changes) -> None:
        flow = base.but(client=client, client_port=self.port, **changes)
        self.port += 1
        self.case.step(f"{client} goes to dest {dest}, {flow.vip} port {flow.vip_port}")
        self.open_now.append(self.opener.open(flow if dest == 1 else to_second(flow), flags="S", payload=b""))

    def all_end(self, why: str, milliseconds: int, **step) -> None:
        """Connections that nobody answers end after three seconds, and the sweep comes by every four."""
        self.case.step(why, advance=milliseconds, **step)
        for flow in self.open_now:
            flow.closed(self.case)
        self.open_now = []


A, B, C = "192.0.2.1", "192.0.2.2", "192.0.2.3"


def returns() -> Case:
    case = plain_case("a_client_returns", "On every VIP and port of the service a client has one dest, whatever the scheduler "
                      "would pick, until a time after its last connection.", config=config(), mode="persistence")
    clients = Clients(case)
    clients.open(A, 1)
    clients.open(A, 1, vip_port=443)
    clients.open(B, 2)
    clients.open(A, 1, vip="10.10.0.101")
    clients.open(B, 2, vip="10.10.0.101", vip_port=443)
    clients.open(C, 1)
    clients.all_end("all connections end", 8_000)
    case.step("almost a minute later", advance=50_000)
    clients.open(B, 2)
    clients.all_end("its connection ends", 8_000)
    case.step("another minute: all are forgotten", advance=62_000)
    clients.open(A, 2)
    clients.open(B, 1)
    return case


def held() -> Case:
    case = plain_case("a_connection_keeps_its_client", "While a client has a connection, it is remembered, however long.",
                      config=config("timeout: 5"), mode="persistence")
    clients = Clients(case)
    clients.open(A, 1)
    flow = clients.open_now.pop()
    case.step("it is answered")
    flow.dest_sends(case, flags="SA", payload=b"", ack=1001)
    case.step("and has heard of it")
    flow.client_sends(case, flags="A", payload=b"", seq=1001)
    clients.open(B, 2)
    clients.all_end("much later the other one's connection is swept", 800_000)
    case.step("and its time is over", advance=6_000)
    clients.open(B, 1)
    clients.open(A, 1)
    return case


def masks() -> Case:
    case = plain_case("clients_of_a_network", "Clients that agree in the first bits are one.",
                      config=config("timeout: 60, v4_mask: 24"), mode="persistence")
    clients = Clients(case)
    clients.open("192.0.2.1", 1)
    clients.open("192.0.2.254", 1)
    clients.open("192.0.3.1", 2)
    clients.open("192.0.2.7", 1)
    return case


def masks_ipv6() -> Case:
    dests = '{ address: "fd20::21", port: 8080 }, { address: "fd20::22", port: 8080 }'
    case = plain_case("clients_of_a_network_ipv6", "Clients that agree in the first bits are one.",
                      config=config("timeout: 60, v6_prefix: 64", dests, 'vip: "fd10::100", port: 80'), mode="persistence")
    clients = Clients(case)
    base = WEB6.but(service="web")
    clients.open("2001:db8::1", 1, base)
    clients.open("2001:db8::ffff:0:0:1", 1, base)
    clients.open("2001:db8:0:1::1", 2, base)
    clients.open("2001:db8::2", 1, base)
    return case


def drained() -> Case:
    drain = FIRST.replace(" }", ", weight: 0 }")
    case = plain_case("a_dest_drains", "A client returns to a dest of weight 0, unless it is to move; it cannot return to one "
                      "that is gone.", config=config(), mode="persistence")
    clients = Clients(case)
    clients.open(A, 1)
    case.step("the first dest drains", config=config(dests=f"{drain}, {SECOND}"))
    clients.open(A, 1)
    clients.open(B, 2)
    case.step("clients are to move", config=config("timeout: 60, on_drain: move", f"{drain}, {SECOND}"))
    clients.open(A, 2)
    case.step("it takes connections again: the client has moved", config=config())
    clients.open(A, 2)
    case.step("its new dest is gone", config=config(dests=FIRST))
    clients.open(A, 1)
    clients.open(B, 1)
    return case


def full() -> Case:
    case = plain_case("a_dest_is_full", "A client that has a dest returns to it over the bound, as in IPVS; others do not.",
                      config=config(dests=FIRST.replace(" }", ", max_conn: 1 }") + f", {SECOND}"), mode="persistence")
    clients = Clients(case)
    clients.open(A, 1)
    clients.open(A, 1)
    clients.open(B, 2)
    clients.open(C, 2)
    clients.open(A, 1)
    return case


def cases() -> Iterator[Case]:
    yield from (returns(), held(), masks(), masks_ipv6(), drained(), full())
