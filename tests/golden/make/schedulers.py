# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Schedulers that look at loads or place by a hash, and dests that are full."""
from collections.abc import Iterator

from .case import Case
from .net import CONFIG, DEST2, DNS, FIRST_PORT, WEB, WEB6, Flow, plain_case
from .placement import mh_table, place, sh_table
from .workers import SECOND_WORKERS_PORT, pass_through, queues

WEB_DESTS = "dests: [ { address: 10.20.0.21, port: 8080 } ]"
WEB6_DESTS = 'dests: [ { address: "fd20::21", port: 8080 } ]'
DNS_DESTS = "dests: [ { address: 10.20.0.21, port: 5353 } ]"


def to_second(flow: Flow) -> Flow:
    return flow.but(dest=flow.dest.replace("21", "22"), dest_mac=DEST2)


class Opener:
    """Opens connections; each dest's local ports are taken in ascending order."""

    def __init__(self, case: Case):
        self.case, self.used = case, {}

    def open(self, flow: Flow, **fields) -> Flow:
        number = self.used.get(flow.dest, 0)
        self.used[flow.dest] = number + 1
        flow = flow.but(lip_port=FIRST_PORT + number)
        flow.opened(self.case)
        flow.client_sends(self.case, **fields)
        return flow


def wlc() -> Case:
    case = plain_case("wlc", "Weighted least-connection by 3 and 1: connections count as 256 from their SYN until one side closes, "
                             "and then as one.", config=CONFIG.replace(WEB_DESTS, (
                                 "scheduler: wlc\n    dests: [ { address: 10.20.0.21, port: 8080, weight: 3 }, "
                                 "{ address: 10.20.0.22, port: 8080, weight: 1 } ]")))
    opener = Opener(case)
    flows = []
    port = 40000

    def opens(*dests: int) -> None:
        nonlocal port
        for dest in dests:
            case.step(f"connection {len(flows) + 1} goes to dest {dest}")
            flow = WEB.but(client_port=port)
            port += 1
            flows.append(opener.open(flow if dest == 1 else to_second(flow), flags="S", payload=b""))

    opens(1, 2, 1, 1, 1)
    closing = (flows[0], flows[2])
    for number, flow in zip((1, 3), closing):
        case.step(f"connection {number} is answered")
        flow.dest_sends(case, flags="SA", payload=b"", ack=1001)
        case.step("its handshake ends")
        flow.client_sends(case, flags="A", payload=b"", seq=1001)
        case.step("it closes")
        flow.client_sends(case, flags="FA", payload=b"", seq=1001)
    # 514 / 3 against 256, then 770 / 3 against 256, then against 512.
    opens(1, 2, 1)
    case.step("those that were never answered are gone, the closing ones are there: 2 / 3 against 0", advance=6_000)
    for flow in flows:
        if flow not in closing:
            flow.closed(case)
    opens(2, 1)
    return case


def source_hashing() -> Case:
    config = CONFIG.replace(WEB_DESTS, (
        "scheduler: sh\n    dests: [ { address: 10.20.0.22, port: 8080 }, { address: 10.20.0.21, port: 8080, weight: 2 } ]"))
    config = config.replace(WEB6_DESTS, (
        'scheduler: sh\n    dests: [ { address: "fd20::21", port: 8080 }, { address: "fd20::22", port: 8080, weight: 2 } ]'))
    case = plain_case("sh", "Source hashing: a client has the same dest whatever its port, in shares by weight.", config=config)
    opener = Opener(case)
    tables = {WEB: sh_table({("10.20.0.21", 8080): 2, ("10.20.0.22", 8080): 1}),
              WEB6: sh_table({("fd20::21", 8080): 1, ("fd20::22", 8080): 2})}
    for flow, table in tables.items():
        for number in range(1, 7):
            client = flow.client[:-1] + str(number)
            dest, _ = place(table, client)
            case.step(f"{client} goes to {dest}, from either port")
            for port in (1000, 2000):
                one = flow.but(client=client, client_port=port)
                opener.open(one if dest == flow.dest else to_second(one), flags="S", payload=b"")
    return case


def maglev() -> Case:
    dests = "dests: [ { address: 10.20.0.21, port: 8080, weight: 2 }, { address: 10.20.0.22, port: 8080 } ]"
    turned = "dests: [ { address: 10.20.0.22, port: 8080 }, { address: 10.20.0.21, port: 8080, weight: 2 } ]"
    settings = "scheduler: mh\n    scheduler_flags: [ port ]\n    mh_table_size: 251\n    "
    case = plain_case("mh", "Maglev with clients' ports. The order of the dests in the file is nothing to it.",
                      config=CONFIG.replace(WEB_DESTS, settings + dests))
    opener = Opener(case)
    table = mh_table({("10.20.0.21", 8080): 2, ("10.20.0.22", 8080): 1}, 251)
    for number in range(10):
        flow = WEB.but(client_port=3000 + number)
        dest, _ = place(table, flow.client, flow.client_port)
        case.step(f"port {flow.client_port} goes to {dest}",
                  config=CONFIG.replace(WEB_DESTS, settings + turned) if number == 5 else "")
        opener.open(flow if dest == flow.dest else to_second(flow), flags="S", payload=b"")
    return case


def max_conn() -> Case:
    case = plain_case("max_conn", "A dest that has reached max_conn rests until it is below min_conn.", config=CONFIG.replace(
        DNS_DESTS, "on_no_dest: drop\n    dests: [ { address: 10.20.0.21, port: 5353, max_conn: 2, min_conn: 1 }, "
                   "{ address: 10.20.0.22, port: 5353, max_conn: 1 } ]"))
    opener = Opener(case)
    case.step("one to the first dest")
    first = opener.open(DNS.but(client_port=1))
    case.step("ten seconds later both get as many as they take", advance=10_000)
    second = opener.open(to_second(DNS.but(client_port=2)))
    third = opener.open(DNS.but(client_port=3))
    case.step("all are full")
    case.drop("outside", DNS.but(client_port=4).from_client(), "no_dest", "dns")
    case.step("connections go on")
    third.client_sends(case)
    case.step("one of the first dest's two is gone: that is not below one", advance=20_001)
    first.closed(case)
    case.step("so it is full still")
    case.drop("outside", DNS.but(client_port=4).from_client(), "no_dest", "dns")
    case.step("the others are gone", advance=10_000)
    second.closed(case)
    third.closed(case)
    case.step("both take connections again, where round robin had stopped")
    opener.open(to_second(DNS.but(client_port=5)))
    opener.open(DNS.but(client_port=6))
    return case


def max_conn_over_workers() -> Case:
    case = plain_case("max_conn_over_workers", "max_conn is for all workers together.", config=queues(2, 2).replace(
        DNS_DESTS, "on_no_dest: drop\n    dests: [ { address: 10.20.0.21, port: 5353, max_conn: 2 } ]"))
    for worker, port in ((0, FIRST_PORT), (1, SECOND_WORKERS_PORT)):
        case.step(f"worker {worker} opens a connection")
        flow = DNS.but(client_port=1 + worker, lip_port=port)
        flow.opened(case, worker=worker)
        pass_through(case, flow, "to_dest", worker, worker)
    case.step("that is all")
    for worker in (0, 1):
        case.drop(f"outside.{worker}", DNS.but(client_port=3 + worker).from_client(), "no_dest", "dns", worker=worker)
    return case


def scheduler_changes() -> Case:
    def using(scheduler: str) -> str:
        return CONFIG.replace(WEB_DESTS, f"scheduler: {scheduler}\n    dests: [ {{ address: 10.20.0.21, port: 8080 }}, "
                                         "{ address: 10.20.0.22, port: 8080, weight: 2 } ]")
    case = plain_case("reload_scheduler", "Another scheduler: connections go on, and count for it.", config=using("rr"))
    opener = Opener(case)
    case.step("round robin")
    one = opener.open(WEB.but(client_port=1), flags="S", payload=b"")
    other = opener.open(to_second(WEB.but(client_port=2)), flags="S", payload=b"")
    case.step("failover", config=using("fo"))
    one.client_sends(case, flags="S", payload=b"")
    other.client_sends(case, flags="S", payload=b"")
    for port in (3, 4):
        opener.open(to_second(WEB.but(client_port=port)), flags="S", payload=b"")
    case.step("least-connection: one against three", config=using("lc"))
    opener.open(WEB.but(client_port=5), flags="S", payload=b"")
    opener.open(WEB.but(client_port=6), flags="S", payload=b"")
    return case


def cases() -> Iterator[Case]:
    yield from (wlc(), source_hashing(), maglev(), max_conn(), max_conn_over_workers(), scheduler_changes())
