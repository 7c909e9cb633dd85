# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Connections whose dest is gone, clients that find none, and a dest's TIME_WAIT."""
from collections.abc import Iterator

from scapy.layers.inet import ICMP
from scapy.layers.inet6 import ICMPv6DestUnreach
from scapy.packet import Packet, Raw

from .case import Case
from .net import CONFIGS, DEST2, DNS, DR_FLOWS, FIRST_PORT, FLOWS, NAT_FLOWS, Flow, ether, ip, opening, plain_case, reset, time_wait_ends

SECOND = {"10.20.0.21": "10.20.0.22", "fd20::21": "fd20::22"}


def port_unreachable(flow: Flow, **fields) -> Packet:
    quote = bytes(flow.client_packet(**fields))
    if flow.v6:
        return ether(flow.outside_mac, flow.gateway) / ip(flow.vip, flow.client, 64) / ICMPv6DestUnreach(code=4) / Raw(quote)
    return (ether(flow.outside_mac, flow.gateway) / ip(flow.vip, flow.client, 64, tos=0xc0, id=0) /
            ICMP(type=3, code=3) / Raw(quote))


def policy(config: str, word: str) -> str:
    return config.replace("    dests:", f"    on_dest_removed: {word}\n    dests:")


def moved(config: str) -> str:
    return config.replace("10.20.0.21", "10.20.0.22").replace("fd20::21", "fd20::22")


def ended(case: Case, flow: Flow) -> None:
    flow.closed(case, expired=False)
    case.count("connections_dest_removed")


def resets(case: Case, flow: Flow, sender: str) -> None:
    """The segment is answered, and goes on as a reset."""
    fields = {"seq": 1006, "ack": 7000, "flags": "PA", "payload": b"some data"}
    if sender == "client":
        data = case.recv("outside", flow.from_client(**fields))
        case.send("outside", reset(flow, "client", seq=7000))
        case.send("inside", reset(flow, "dest", 1006, 7000, ttl=63, id=0x1234))
    else:
        data = case.recv("inside", flow.from_dest(**fields))
        case.send("inside", reset(flow, "dest", seq=7000))
        case.send("outside", reset(flow, "client", 1006, 7000, ttl=63, id=0x1234))
    flow.counted(case, "to_dest" if sender == "client" else "to_client", len(data))
    case.count("tcp_resets_sent")
    ended(case, flow)


def tcp_reset(name: str, flow: Flow) -> Case:
    case = plain_case(f"dest_removed_reset_{name}", "on_dest_removed: reset. The next segment is answered with a reset, and goes on "
                                                    "as one.", mode=flow.mode, config=policy(CONFIGS[flow.mode], "reset"))
    second = flow.but(client_port=41000, lip_port=FIRST_PORT + 1 if flow.mode == "fullnat" else 41000)
    senders = ("client", "dest") if flow.mode != "dr" else ("client", "client")
    for one in (flow, second):
        established(case, one)
    case.step("another dest takes the place: data", config=moved(policy(CONFIGS[flow.mode], "reset")))
    resets(case, flow, senders[0])
    case.step("the other connection")
    resets(case, second, senders[1])
    case.step("what comes then belongs to no connection")
    case.no_connection("outside", flow.from_client(flags="A"))
    case.step("a new connection has the new dest")
    new = elsewhere(flow)
    new.opened(case)
    new.client_sends(case, flags="S", payload=b"")
    return case


def established(case: Case, flow: Flow) -> None:
    if flow.mode == "dr":
        case.step("a connection")
        flow.opened(case)
        flow.client_sends(case, flags="S", payload=b"")
        flow.client_sends(case, flags="A", payload=b"", seq=1001)
    else:
        opening(case, flow)


def elsewhere(flow: Flow) -> Flow:
    """At the dest that took the first one's place."""
    if flow.mode == "dr":
        return flow.but(server=SECOND[flow.server], dest_mac=DEST2)
    return flow.but(dest=SECOND[flow.dest], dest_mac=DEST2)


def tcp_syn(word: str) -> Case:
    flow = FLOWS["tcp_ipv4"]
    case = plain_case(f"dest_removed_{word}_syn", "A SYN that the removed dest has not answered is placed anew; so is one on a "
                                                  "connection that is closing. What is nearly over ends by itself.",
                      config=policy(CONFIGS["fullnat"], word))
    case.step("a SYN")
    flow.opened(case)
    flow.client_sends(case, flags="S", payload=b"")
    closing = flow.but(client_port=2, lip_port=FIRST_PORT + 1)
    established(case, closing)
    case.step("the dest closes")
    closing.dest_sends(case, flags="FA", payload=b"")
    case.step("the client too")
    closing.client_sends(case, flags="FA", payload=b"")
    case.step("another dest: the SYN once more", config=moved(policy(CONFIGS["fullnat"], word)))
    flow.closed(case, expired=False)
    case.count("connections_dest_removed")
    new = elsewhere(flow)
    new.opened(case)
    new.client_sends(case, flags="S", payload=b"")
    case.step("the other one ends as it would have")
    closing.client_sends(case, flags="FA", payload=b"")
    return case


def udp(word: str, flow: Flow, mode: str) -> Case:
    family = "ipv6" if flow.v6 else "ipv4"
    case = plain_case(f"dest_removed_{word}_udp_{family}", "UDP: the client is told, or placed anew.", mode=mode,
                      config=policy(CONFIGS[mode], word))
    second = flow.but(client_port=51000, lip_port=FIRST_PORT + 1 if mode == "fullnat" else 51000)
    case.step("two flows")
    for one in (flow, second):
        one.opened(case)
        one.client_sends(case)
    case.step("another dest", config=moved(policy(CONFIGS[mode], word)))
    if word == "reset":
        case.drop("outside", flow.from_client(), "dest_removed", flow.service)
        case.send("outside", port_unreachable(flow))
        case.count("icmp_errors_sent")
        ended(case, flow)
        if mode != "dr":
            case.step("an answer")
            case.drop("inside", second.from_dest(), "dest_removed", flow.service)
            ended(case, second)
    else:
        if mode != "dr":
            second.dest_sends(case)
            case.step("the answer came through, the next datagrams go elsewhere")
            ended(case, second)
            anew = elsewhere(second).but(lip_port=FIRST_PORT if mode == "fullnat" else second.lip_port)
            anew.opened(case)
            anew.client_sends(case)
            case.step("the other flow")
        ended(case, flow)
        anew = elsewhere(flow).but(lip_port=FIRST_PORT + 1 if mode == "fullnat" else flow.lip_port)
        anew.opened(case)
        anew.client_sends(case)
        anew.client_sends(case)
    return case


def changed_later() -> Case:
    flow = FLOWS["tcp_ipv4"]
    config = CONFIGS["fullnat"]
    case = plain_case("dest_removed_policy_later", "The policy that the service has now counts, for dests that were removed before, "
                                                   "too; a dest that comes back goes on.")
    second = flow.but(client_port=41000, lip_port=FIRST_PORT + 1)
    for one in (flow, second):
        established(case, one)
    case.step("kept", config=moved(config))
    flow.client_sends(case)
    case.step("and then reset", config=moved(policy(config, "reset")))
    resets(case, flow, "client")
    case.step("it comes back before the other one was seen", config=policy(config, "reset"))
    second.client_sends(case)
    return case


def reschedule_tcp() -> Case:
    flow = FLOWS["tcp_ipv6"]
    case = plain_case("dest_removed_reschedule_tcp", "on_dest_removed: reschedule. No other dest knows a TCP connection, so it is "
                                                     "reset.", config=policy(CONFIGS["fullnat"], "reschedule"))
    established(case, flow)
    case.step("another dest", config=moved(policy(CONFIGS["fullnat"], "reschedule")))
    resets(case, flow, "dest")
    return case


def no_dest(name: str, flow: Flow) -> Case:
    weights = CONFIGS["fullnat"].replace(" } ]", ", weight: 0 } ]")
    case = plain_case(f"no_dest_{name}", "No dest takes connections: the client is told at once, from the VIP; or, with "
                                         "on_no_dest: drop, it is not.", config=weights)
    case.step("rejected")
    if flow.tcp:
        case.drop("outside", flow.from_client(flags="S", payload=b"", seq=1000), "no_dest_rejected", flow.service)
        case.send("outside", reset(flow, "client", 0, 1001))
        case.count("tcp_resets_sent")
        case.drop("outside", flow.from_client(flags="S", payload=b"early", seq=0xffffffff), "no_dest_rejected", flow.service)
        case.send("outside", reset(flow, "client", 0, 5))
        case.count("tcp_resets_sent")
    else:
        case.drop("outside", flow.from_client(), "no_dest_rejected", flow.service)
        case.send("outside", port_unreachable(flow))
        case.count("icmp_errors_sent")
    case.step("nobody to tell")
    case.drop("outside", flow.but(client="ff02::1" if flow.v6 else "224.0.0.1").from_client(flags="S"), "source_address", flow.service)
    case.step("dropped", config=weights.replace("    dests:", "    on_no_dest: drop\n    dests:"))
    case.drop("outside", flow.from_client(flags="S"), "no_dest", flow.service)
    return case


def no_dest_limited() -> Case:
    flow = FLOWS["tcp_ipv4"]
    weights = CONFIGS["fullnat"].replace(" } ]", ", weight: 0 } ]")
    case = plain_case("no_dest_limited", "Fifty at a time, as ICMP errors.", config=weights)
    case.step("sixty SYNs")
    for number in range(60):
        one = flow.but(client_port=1000 + number)
        case.drop("outside", one.from_client(flags="S", payload=b""), "no_dest_rejected", flow.service)
        if number < 50:
            case.send("outside", reset(one, "client", 0, 1001))
            case.count("tcp_resets_sent")
        else:
            case.count("tcp_resets_limited")
    return case


def time_wait(name: str, flow: Flow) -> Case:
    case = plain_case(f"dest_time_wait_{name}", "The dest closed first: its last ACK is followed by a reset back to it, which ends its "
                                                "TIME_WAIT before the local port comes again.", mode=flow.mode)
    opening(case, flow)
    case.step("the dest closes")
    flow.dest_sends(case, flags="FA", payload=b"", seq=5000, ack=1001)
    case.step("the client too")
    flow.client_sends(case, flags="FA", payload=b"", seq=1001, ack=5001)
    case.step("it was lost on its way: the dest's again acknowledges nothing new, and ends nothing")
    flow.dest_sends(case, flags="FA", payload=b"", seq=5000, ack=1001)
    flow.client_sends(case, flags="FA", payload=b"", seq=1001, ack=5001)
    case.step("the last ACK")
    flow.dest_sends(case, flags="A", payload=b"", seq=5001, ack=1002)
    if flow.lip != flow.client:  # over a local port
        time_wait_ends(case, flow, 1002)
    case.step("once more, it changes nothing")
    flow.dest_sends(case, flags="A", payload=b"", seq=5001, ack=1002)
    if flow.mode != "fullnat":
        return case
    case.step("kept", config=CONFIGS["fullnat"].replace("    protocol: tcp\n", "    protocol: tcp\n    dest_time_wait: keep\n"))
    kept = flow.but(client_port=2, lip_port=FIRST_PORT + 1)
    kept.opened(case)
    kept.client_sends(case, flags="S", payload=b"")
    case.step("the dest closes at once")
    kept.dest_sends(case, flags="SA", payload=b"")
    kept.dest_sends(case, flags="FA", payload=b"")
    case.step("as before")
    kept.client_sends(case, flags="FA", payload=b"")
    case.step("no reset")
    kept.dest_sends(case, flags="A", payload=b"")
    return case


def closed_at_once(name: str, flow: Flow) -> Case:
    case = plain_case(f"dest_time_wait_closed_at_once_{name}", "Both have closed before they had the other's FIN: the dest may have "
                      "to send again what it sent, and is not reset.", mode=flow.mode)
    opening(case, flow)
    case.step("the dest sends and closes: the client gets nothing of it yet")
    flow.dest_sends(case, flags="FA", payload=b"x" * 300, seq=5000, ack=1001)
    case.step("nor had it when it closed")
    flow.client_sends(case, flags="FA", payload=b"", seq=1001, ack=5000)
    case.step("the dest acknowledges the client's FIN")
    flow.dest_sends(case, flags="A", payload=b"", seq=5301, ack=1002)
    case.step("what was lost comes again")
    flow.dest_sends(case, flags="FA", payload=b"x" * 300, seq=5000, ack=1002)
    flow.client_sends(case, flags="A", payload=b"", seq=1002, ack=5301)
    return case


def far_ack(name: str, flow: Flow) -> Case:
    case = plain_case(f"dest_time_wait_an_earlier_ack_{name}", "The dest has closed and still reads: its ACK of what came before the "
                      "client's FIN is not taken for the last one.", mode=flow.mode)
    opening(case, flow)
    case.step("the dest closes")
    flow.dest_sends(case, flags="FA", payload=b"", seq=5000, ack=1001)
    case.step("the client sends on, and closes")
    flow.client_sends(case, flags="A", payload=b"x" * 745, seq=1001, ack=5001)
    flow.client_sends(case, flags="FA", payload=b"y" * 255, seq=1746, ack=5001)
    case.step("256 less than the last ACK")
    flow.dest_sends(case, flags="A", payload=b"", seq=5001, ack=1746)
    case.step("the last one")
    flow.dest_sends(case, flags="A", payload=b"", seq=5001, ack=2002)
    time_wait_ends(case, flow, 2002)
    return case


def far_behind(name: str, flow: Flow) -> Case:
    case = plain_case(f"dest_time_wait_much_in_flight_{name}", "The dest has closed and still reads, and much is on its way to it when the "
                      "client closes: nothing but the last ACK is taken for that.", mode=flow.mode)
    opening(case, flow)
    case.step("the dest closes")
    flow.dest_sends(case, flags="FA", payload=b"", seq=5000, ack=1001)
    case.step("the client's FIN, and 64 KiB before it")
    flow.client_sends(case, flags="FA", payload=b"", seq=1001 + 2919 + 0x10000, ack=5001)
    case.step("the dest has its first two segments")
    flow.dest_sends(case, flags="A", payload=b"", seq=5001, ack=1001 + 2920)
    case.step("and all")
    flow.dest_sends(case, flags="A", payload=b"", seq=5001, ack=1001 + 2920 + 0x10000)
    time_wait_ends(case, flow, 1001 + 2920 + 0x10000)

    another = flow.but(client_port=2, lip_port=FIRST_PORT + 1)
    opening(case, another)
    case.step("another one: the dest closes")
    another.dest_sends(case, flags="FA", payload=b"", seq=5000, ack=1001)
    case.step("the client's FIN, and 416 KiB before it")
    last = 1001 + 2920 + 0x68000
    another.client_sends(case, flags="FA", payload=b"", seq=last - 1, ack=5001)
    case.step("what acknowledges a FIN that is so far ahead cannot be told: no reset", turns=5)
    for ack in (2461, 3921, last - 0x40000, last):
        another.dest_sends(case, flags="A", payload=b"", seq=5001, ack=ack)
    return case


def cases() -> Iterator[Case]:
    for flows in (FLOWS, NAT_FLOWS, DR_FLOWS):
        for name in ("tcp_ipv4", "tcp_ipv6"):
            yield tcp_reset(name, flows[name])
    for word in ("reset", "reschedule"):
        yield tcp_syn(word)
        yield udp(word, DNS, "fullnat")
        yield udp(word, FLOWS["udp_ipv6"], "fullnat")
        yield udp(word, DR_FLOWS["udp_ipv4"], "dr")
        yield udp(word, NAT_FLOWS["udp_ipv6"], "nat")
    yield from (changed_later(), reschedule_tcp(), no_dest_limited())
    for name, flow in FLOWS.items():
        yield no_dest(name, flow)
    for flows in (FLOWS, NAT_FLOWS):
        yield time_wait("tcp_ipv4", flows["tcp_ipv4"])
    yield time_wait("tcp_ipv6", FLOWS["tcp_ipv6"])
    for name in ("tcp_ipv4", "tcp_ipv6"):
        yield from (closed_at_once(name, FLOWS[name]), far_ack(name, FLOWS[name]), far_behind(name, FLOWS[name]))
