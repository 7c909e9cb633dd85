# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode fullnat to dests of the other family: clients that find no dest, and connections whose dest is gone."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from .case import Case
from .nat64 import CROSS_FLOWS, CrossFlow, CrossSctpFlow, cross_case, crossed
from .net import CONFIGS, FIRST_PORT, reset
from .removed import elsewhere, ended, moved, policy, port_unreachable
from .sctp import INIT, abort, associate, config as sctp_config


def sctp(name: str) -> CrossSctpFlow:
    base = CROSS_FLOWS[f"tcp_{name}"]
    return CrossSctpFlow(**{field.name: getattr(base, field.name) for field in dataclasses.fields(base)})


def aborted(case: Case, flow: CrossSctpFlow, sender: str) -> None:
    """The packet is answered in its sender's family, and goes on as an ABORT in the other."""
    from_client = sender == "client"
    outside, inside = abort(flow, "client", 0x1234abcd, from_client), abort(flow, "dest", 0x1234abcd, not from_client)
    if from_client:
        inside = crossed(case, inside)
    else:
        outside = crossed(case, outside)
    data = case.recv("outside", flow.from_client()) if from_client else case.recv("inside", flow.from_dest())
    case.send("outside", outside)
    case.send("inside", inside)
    flow.counted(case, "to_dest" if from_client else "to_client", len(data))
    case.count("sctp_aborts_sent")
    ended(case, flow)


def sctp_removed(name: str, word: str) -> Case:
    flow = sctp(name)
    before = policy(sctp_config("nat64"), word)
    case = cross_case(f"sctp_dest_removed_{word}_{name}", "The dest is removed. Each end of an association hears an ABORT in its own "
                                                          "family; an INIT is placed anew.", config=before)
    second = flow.but(client_port=41000, lip_port=FIRST_PORT + 1)
    waiting = flow.but(client_port=42000, lip_port=FIRST_PORT + 2)
    for one in (flow, second):
        associate(case, one)
    case.step("an INIT that is not answered")
    waiting.opened(case)
    waiting.client_sends(case, **INIT)
    case.step("another dest takes the place: data", config=moved(before))
    aborted(case, flow, "client")
    case.step("the other association, from the dest")
    aborted(case, second, "dest")
    case.step("the INIT again: another dest")
    ended(case, waiting)
    anew = elsewhere(waiting).but(lip_port=FIRST_PORT)
    anew.opened(case)
    anew.client_sends(case, **INIT)
    return case


def udp_rescheduled(name: str, flow: CrossFlow) -> Case:
    before = policy(CONFIGS["nat64"], "reschedule")
    case = cross_case(f"dest_removed_reschedule_{name}", "on_dest_removed: reschedule. The next datagram goes to the dest that is "
                                                         "there now; an answer on its way still comes through.", config=before)
    case.step("a flow")
    flow.opened(case)
    flow.client_sends(case)
    case.step("another dest: the old one's answer", config=moved(before))
    flow.dest_sends(case)
    case.step("the next datagrams")
    ended(case, flow)
    anew = elsewhere(flow)
    anew.opened(case)
    anew.client_sends(case)
    anew.dest_sends(case)
    return case


def no_dest(name: str, flow: CrossFlow) -> Case:
    weights = CONFIGS["nat64"].replace(" } ]", ", weight: 0 } ]")
    case = cross_case(f"no_dest_{name}", "No dest takes connections: the client hears of it in its own family.", config=weights)
    case.step("rejected")
    case.drop("outside", flow.from_client(flags="S", payload=b"", seq=1000) if flow.tcp else flow.from_client(),
              "no_dest_rejected", flow.service)
    case.send("outside", reset(flow, "client", 0, 1001) if flow.tcp else port_unreachable(flow))
    case.count("tcp_resets_sent" if flow.tcp else "icmp_errors_sent")
    case.step("dropped", config=weights.replace("    dests:", "    on_no_dest: drop\n    dests:"))
    case.drop("outside", flow.from_client(flags="S"), "no_dest", flow.service)
    return case


def sctp_no_dest(name: str) -> Case:
    flow = sctp(name)
    case = cross_case(f"no_dest_sctp_{name}", "An INIT that finds no dest is answered with an ABORT in the client's family.",
                      config=sctp_config("nat64").replace(" } ]", ", weight: 0 } ]"))
    case.step("rejected")
    case.drop("outside", flow.from_client(**INIT), "no_dest_rejected", flow.service)
    case.send("outside", abort(flow, "client", 0xaaaa, False))
    case.count("sctp_aborts_sent")
    return case


def full(name: str, flow: CrossFlow) -> Case:
    config = CONFIGS["nat64"].replace(" } ]", ", max_conn: 1 } ]")
    case = cross_case(f"max_conn_{name}", "A dest that is full takes no more, whatever its family.", config=config)
    case.step("the first client")
    flow.opened(case)
    flow.client_sends(case, flags="S", payload=b"")
    case.step("the second finds no place")
    second = flow.but(client_port=41000)
    case.drop("outside", second.from_client(flags="S", payload=b"", seq=1000), "no_dest_rejected", flow.service)
    case.send("outside", reset(second, "client", 0, 1001))
    case.count("tcp_resets_sent")
    case.step("the first is reset")
    flow.client_sends(case, flags="R", payload=b"", seq=1001)
    case.step("its time is over", advance=3_001, turns=300)
    flow.closed(case)
    case.step("the second comes again")
    again = second.but(lip_port=FIRST_PORT + 1)
    again.opened(case)
    again.client_sends(case, flags="S", payload=b"")
    return case


def cases() -> Iterator[Case]:
    for name in ("6to4", "4to6"):
        for word in ("reset", "reschedule"):
            yield sctp_removed(name, word)
        yield sctp_no_dest(name)
        yield udp_rescheduled(f"udp_{name}", CROSS_FLOWS[f"udp_{name}"])
        yield full(name, CROSS_FLOWS[f"tcp_{name}"])
    for name, flow in CROSS_FLOWS.items():
        yield no_dest(name, flow)
