# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""SCTP: an association from INIT to SHUTDOWN COMPLETE, its CRC, and what does not belong to one."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from scapy.layers.inet import Ether
from scapy.layers.sctp import (SCTP, SCTPChunkAbort, SCTPChunkCookieAck, SCTPChunkCookieEcho, SCTPChunkData,
                               SCTPChunkError, SCTPChunkHeartbeatReq, SCTPChunkInit, SCTPChunkInitAck, SCTPChunkParamHeartbeatInfo,
                               SCTPChunkParamStateCookie, SCTPChunkSACK, SCTPChunkShutdown, SCTPChunkShutdownAck,
                               SCTPChunkShutdownComplete)
from scapy.packet import Packet

from .case import Case
from .fragments import pieces, translated
from .icmp import error, error_out
from .net import CONFIGS, DR_FLOWS, FIRST_PORT, FLOWS, NAT_FLOWS, Flow, plain_case
from .removed import elsewhere, moved, policy

DATA = SCTPChunkData(data=b"golden", beginning=1, ending=1, tsn=1)
COOKIE = SCTPChunkParamStateCookie(cookie=bytes(range(100)))


@dataclasses.dataclass(frozen=True)
class SctpFlow(Flow):
    def l4(self, sport: int, dport: int, chunks: Packet = DATA, tag: int = 0x1234abcd, **fields) -> Packet:
        return SCTP(sport=sport, dport=dport, tag=tag) / chunks.copy()


def sctp(flow: Flow) -> SctpFlow:
    """The same ends as those of a TCP flow."""
    return SctpFlow(**{field.name: getattr(flow, field.name) for field in dataclasses.fields(flow)})


def config(mode: str) -> str:
    return CONFIGS[mode].replace("protocol: tcp", "protocol: sctp")


def sctp_case(name: str, about: str, flow: Flow, **options) -> Case:
    return plain_case(name, about, mode=flow.mode, config=config(flow.mode), **options)


def associate(case: Case, flow: SctpFlow) -> None:
    case.step("INIT opens the connection")
    flow.opened(case)
    flow.client_sends(case, tag=0, chunks=SCTPChunkInit(init_tag=0xaaaa, n_out_streams=10, n_in_streams=10, init_tsn=1))
    if flow.mode != "dr":
        case.step("INIT ACK comes back")
        flow.dest_sends(case, chunks=SCTPChunkInitAck(init_tag=0xbbbb, n_out_streams=10, n_in_streams=10, params=[COOKIE]))
    case.step("the cookie goes back, with data behind it")
    flow.client_sends(case, chunks=SCTPChunkCookieEcho(cookie=bytes(range(100))) / DATA)
    if flow.mode != "dr":
        case.step("COOKIE ACK, with an acknowledgement behind it")
        flow.dest_sends(case, chunks=SCTPChunkCookieAck() / SCTPChunkSACK(cumul_tsn_ack=1))


def whole_life(name: str, flow: SctpFlow) -> Case:
    case = sctp_case(f"sctp_{name}", "An association from its first packet to its last: addresses, ports, TTL and the CRC "
                                     "over the packet change, and nothing else does.", flow)
    associate(case, flow)
    case.step("data of every length modulo four, a heartbeat, many chunks")
    for size in (0, 1, 2, 3, 1395):
        flow.client_sends(case, chunks=SCTPChunkData(data=b"x" * size, beginning=1, ending=1, tsn=7))
    flow.client_sends(case, chunks=SCTPChunkHeartbeatReq(params=[SCTPChunkParamHeartbeatInfo(data=b"now")]), tos=0xb8)
    flow.client_sends(case, chunks=DATA / DATA / DATA)
    if flow.mode == "dr":
        return case
    flow.dest_sends(case, chunks=SCTPChunkData(data=bytes(range(250)) * 4, beginning=1, ending=1))
    case.step("the association is established: it lives for a quarter of an hour", advance=899_000)
    flow.dest_sends(case)
    case.step("the client shuts down")
    flow.client_sends(case, chunks=SCTPChunkShutdown(cumul_tsn_ack=1))
    case.step("the dest agrees")
    flow.dest_sends(case, chunks=SCTPChunkShutdownAck())
    case.step("the last packet")
    flow.client_sends(case, chunks=SCTPChunkShutdownComplete())
    case.step("which is soon forgotten", advance=3_001, turns=300)
    flow.closed(case)
    return case


def out_of_the_blue(flow: SctpFlow) -> Case:
    case = sctp_case("sctp_without_association", "A packet that belongs to no association and begins none is the kernel's to "
                                                 "answer (RFC 9260, 8.4).", flow)
    case.step("from a client, and from a real server to a local port")
    for port, frame in (("outside", flow.from_client()), ("outside", flow.from_client(chunks=SCTPChunkAbort())),
                        ("inside", flow.from_dest(chunks=SCTPChunkHeartbeatReq()))):
        case.punt(port, frame)
        case.count("sctp_no_connection")
    case.step("another protocol with the same ports is no service's")
    case.punt("outside", FLOWS["tcp_ipv4"].from_client(flags="S"))
    case.step("no chunk at all")
    bare = flow.from_client()
    bare[SCTP].remove_payload()
    case.drop("outside", bare, "malformed_l4")
    case.step("a chunk longer than the packet")
    case.drop("outside", flow.from_client(chunks=SCTPChunkData(data=b"golden", len=2000)), "malformed_l4")
    return case


def broken(frame: Packet) -> Packet:
    frame = Ether(bytes(frame))
    frame[SCTP].chksum ^= 0x00010100
    return frame


def wrong_checksum(flow: SctpFlow) -> Case:
    case = sctp_case("sctp_wrong_crc_stays_wrong", "The CRC is changed by what the ports change, so that a damaged packet "
                                                   "does not come out sound.", flow)
    associate(case, flow)
    case.step("wrong in the same bits")
    data = case.recv("outside", broken(flow.from_client()))
    case.send("inside", broken(flow.to_dest()))
    flow.counted(case, "to_dest", len(data))
    return case


def zero_checksum(flow: SctpFlow) -> Case:
    case = sctp_case("sctp_zero_checksum", "A CRC of zero says that there is none (RFC 9653), and stays.", flow)
    associate(case, flow)
    for direction in ("to_dest", "to_client"):
        case.step(f"data without CRC {direction.replace('_', ' ')}")
        sides = (flow.from_client(), flow.to_dest()) if direction == "to_dest" else (flow.from_dest(), flow.to_client())
        before, after = (Ether(bytes(frame)) for frame in sides)
        before[SCTP].chksum = after[SCTP].chksum = 0
        data = case.recv("outside" if direction == "to_dest" else "inside", before)
        case.send("inside" if direction == "to_dest" else "outside", after)
        flow.counted(case, direction, len(data))
    return case


def bundled_aborts(flow: SctpFlow) -> Case:
    case = sctp_case("sctp_abort_behind_other_chunks", "Control chunks may come before an ABORT in its packet (RFC 9260, 3.3.7).", flow)
    refused, broken_off = flow, flow.but(client_port=41000, lip_port=FIRST_PORT + 1)
    case.step("INIT")
    refused.opened(case)
    refused.client_sends(case, **INIT)
    case.step("INIT ACK, COOKIE ECHO")
    refused.dest_sends(case, chunks=SCTPChunkInitAck(init_tag=0xbbbb, n_out_streams=10, n_in_streams=10, params=[COOKIE]))
    refused.client_sends(case, chunks=SCTPChunkCookieEcho(cookie=bytes(range(100))))
    case.step("COOKIE ACK and ABORT")
    refused.dest_sends(case, chunks=SCTPChunkCookieAck() / SCTPChunkAbort())
    associate(case, broken_off)
    case.step("ERROR of an odd length, SACK and ABORT", turns=3)
    broken_off.client_sends(case, chunks=SCTPChunkError(error_causes=b"\0\6\0\6\1\2") / SCTPChunkSACK(cumul_tsn_ack=1) / SCTPChunkAbort())
    case.step("both are soon forgotten", advance=3_001, turns=300)
    for one in (refused, broken_off):
        one.closed(case)
    return case


def no_abort(flow: SctpFlow) -> Case:
    case = sctp_case("sctp_no_abort_there", "What looks like an ABORT behind data, or behind a chunk that is not whole, is none.", flow)
    associate(case, flow)
    case.step("behind data")
    flow.client_sends(case, chunks=DATA / SCTPChunkAbort())
    case.step("which reaches beyond the packet")
    flow.client_sends(case, chunks=SCTPChunkSACK(cumul_tsn_ack=1) / SCTPChunkAbort(len=8))
    case.step("behind a chunk that does, or that has no length")
    for size in (100, 0):
        flow.client_sends(case, chunks=SCTPChunkSACK(cumul_tsn_ack=1) / SCTPChunkError(len=size) / SCTPChunkAbort())
    case.step("the association goes on", advance=100_000, turns=300)
    flow.client_sends(case)
    flow.dest_sends(case)
    return case


def errors(name: str, flow: SctpFlow) -> Case:
    case = sctp_case(f"sctp_icmp_errors_{name}", "ICMP errors about packets of an association; a quote that is long enough "
                                                 "has a CRC, which is that of the packet as its sender knows it.", flow)
    associate(case, flow)
    for l4_bytes in (8, 12, None):
        case.step(f"from behind the dest, {l4_bytes or 'all'} bytes quoted")
        case.recv("inside", error(flow, "dest", by_router=True, l4_bytes=l4_bytes))
        case.send("outside", error_out(flow, "dest", by_router=True, l4_bytes=l4_bytes))
        case.count("icmp_errors_relayed")
    return case


def fragments(flow: SctpFlow) -> Case:
    large = SCTPChunkData(data=bytes(range(250)) * 4, beginning=1, ending=1)
    same_port = flow.vip_port == flow.dest_port
    about = ("Nothing that the CRC covers changes, so fragments go through." if same_port else
             "The CRC changes by the length of the whole packet, which a first fragment does not tell: it is dropped.")
    case = plain_case(f"sctp_fragments_{'same' if same_port else 'other'}_port", about, mode=flow.mode,
                      config=config(flow.mode).replace("port: 8080", f"port: {flow.dest_port}"))
    associate(case, flow)
    case.step("three fragments")
    before, after = pieces(flow.from_client(chunks=large)), pieces(flow.to_dest(chunks=large))
    if same_port:
        translated(case, flow, before, after, "to_dest")
        return case
    case.drop("outside", before[0], "fragment_sctp", flow.service)
    return case


INIT = {"tag": 0, "chunks": SCTPChunkInit(init_tag=0xaaaa, n_out_streams=10, n_in_streams=10, init_tsn=1)}


def abort(flow: SctpFlow, to: str, tag: int, reflected: bool) -> Packet:
    """One that HVS makes, or (its tag is the receiver's own) one that a packet became."""
    chunk = SCTPChunkAbort(TCB=int(reflected))
    made = {"ttl": 64, "id": 0} if reflected or tag == 0xaaaa else {"ttl": 63}
    return flow.to_client(chunks=chunk, tag=tag, **made) if to == "client" else flow.to_dest(chunks=chunk, tag=tag, **made)


def ends(case: Case, flow: SctpFlow, sender: str) -> None:
    """The packet is answered, and goes on as an ABORT."""
    from_client = sender == "client"
    outside, inside = abort(flow, "client", 0x1234abcd, from_client), abort(flow, "dest", 0x1234abcd, not from_client)
    data = case.recv("outside", flow.from_client()) if from_client else case.recv("inside", flow.from_dest())
    case.send("outside", outside)
    case.send("inside", inside)
    flow.counted(case, "to_dest" if from_client else "to_client", len(data))
    case.count("sctp_aborts_sent")
    flow.closed(case, expired=False)
    case.count("connections_dest_removed")


def removed(word: str, flow: SctpFlow) -> Case:
    family = "ipv6" if flow.v6 else "ipv4"
    case = sctp_case(f"sctp_dest_removed_{word}_{family}", "The dest is removed. The next packet of an association is answered with "
                                                           "an ABORT, and goes on as one; an INIT is placed anew.", flow)
    before = case.texts["config.yaml"] = policy(config(flow.mode), word)
    second = dataclasses.replace(flow, client_port=41000, lip_port=FIRST_PORT + 1 if flow.mode == "fullnat" else 41000)
    waiting = dataclasses.replace(flow, client_port=42000, lip_port=FIRST_PORT + 2 if flow.mode == "fullnat" else 42000)
    senders = ("client", "client") if flow.mode == "dr" else ("client", "dest")
    for one in (flow, second):
        associate(case, one)
    case.step("an INIT that is not answered")
    waiting.opened(case)
    waiting.client_sends(case, **INIT)
    case.step("another dest takes the place: data", config=moved(before))
    ends(case, flow, senders[0])
    case.step("the other association")
    ends(case, second, senders[1])
    case.step("what comes then belongs to none")
    case.punt("outside", flow.from_client())
    case.count("sctp_no_connection")
    case.step("the INIT again: another dest")
    waiting.closed(case, expired=False)
    case.count("connections_dest_removed")
    anew = dataclasses.replace(elsewhere(waiting), lip_port=FIRST_PORT if flow.mode == "fullnat" else waiting.lip_port)
    anew.opened(case)
    anew.client_sends(case, **INIT)
    return case


def no_dest(flow: SctpFlow) -> Case:
    family = "ipv6" if flow.v6 else "ipv4"
    case = sctp_case(f"sctp_no_dest_{family}", "No dest takes associations: an INIT is answered with an ABORT that has the tag that "
                                               "it asks for (RFC 9260, 8.4); or, with on_no_dest: drop, it is not.", flow)
    weights = case.texts["config.yaml"] = config(flow.mode).replace(" } ]", ", weight: 0 } ]")
    case.step("rejected")
    case.drop("outside", flow.from_client(**INIT), "no_dest_rejected", flow.service)
    case.send("outside", abort(flow, "client", 0xaaaa, False))
    case.count("sctp_aborts_sent")
    case.step("fifty at a time", turns=2)
    for number in range(60):
        one = dataclasses.replace(flow, client_port=1000 + number)
        case.drop("outside", one.from_client(**INIT), "no_dest_rejected", flow.service)
        if number < 49:
            case.send("outside", abort(one, "client", 0xaaaa, False))
            case.count("sctp_aborts_sent")
        else:
            case.count("sctp_aborts_limited")
    case.step("dropped", config=weights.replace("    dests:", "    on_no_dest: drop\n    dests:"))
    case.drop("outside", flow.from_client(**INIT), "no_dest", flow.service)
    return case


def cases() -> Iterator[Case]:
    for family in ("ipv4", "ipv6"):
        for flows in (FLOWS, NAT_FLOWS, DR_FLOWS):
            yield whole_life(family, sctp(flows[f"tcp_{family}"]))
        yield errors(family, sctp(FLOWS[f"tcp_{family}"]))
        yield errors(family, sctp(NAT_FLOWS[f"tcp_{family}"]))
    web, nat = sctp(FLOWS["tcp_ipv4"]), sctp(NAT_FLOWS["tcp_ipv4"])
    yield from (out_of_the_blue(web), zero_checksum(web), bundled_aborts(web), no_abort(web), wrong_checksum(web), wrong_checksum(nat), fragments(web), fragments(nat),
                fragments(nat.but(dest_port=80)))
    for family in ("ipv4", "ipv6"):
        for flows in (FLOWS, NAT_FLOWS, DR_FLOWS):
            yield removed("reset", sctp(flows[f"tcp_{family}"]))
        yield no_dest(sctp(FLOWS[f"tcp_{family}"]))
    yield removed("reschedule", web)
