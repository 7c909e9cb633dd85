# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""How long connections live, and what happens when they are gone."""
from collections.abc import Iterator

from .case import Case
from .icmp import error
from .net import CONFIG, DNS, DNS6, FIRST_PORT, WEB, WEB6, Flow, assured, late, opening, plain_case


def ends_after(case: Case, flow: Flow, limit: int) -> None:
    """The connection is there for `limit` milliseconds without a packet, and not one more."""
    case.step(f"still there after {limit / 1000:g} s", advance=limit)
    case.step("gone after one millisecond more", advance=1)
    flow.closed(case)


def udp() -> Case:
    case = plain_case("expiry_udp", "A flow is forgotten after 30 s until its client goes on after an answer, from then on "
                                    "after 300 s.")
    for flow in (DNS, DNS6):
        case.step(f"{flow.service}: no answer")
        flow.opened(case)
        flow.client_sends(case)
        ends_after(case, flow, 30_000)
        case.step("the late answer belongs to nobody")
        late(case, flow)
        again = flow.but(lip_port=FIRST_PORT + 1)
        case.step("the client tries again, and more than once: a connection of its own, over the next port")
        again.opened(case)
        again.client_sends(case)
        again.client_sends(case)
        case.step("answers alone change nothing, each packet begins the time anew", advance=30_000)
        again.dest_sends(case)
        again.dest_sends(case)
        ends_after(case, again, 30_000)
        third = flow.but(lip_port=FIRST_PORT + 2)
        assured(case, third)
        case.step("each packet begins the long time anew", advance=299_000)
        third.client_sends(case)
        case.step("those of the dest, too", advance=299_000)
        third.dest_sends(case)
        ends_after(case, third, 300_000)
    return case


def tcp_states() -> Case:
    case = plain_case("expiry_tcp", "Every TCP state has its own time.")
    port = FIRST_PORT

    def life(name: str, limit: int, *segments: tuple[str, str]) -> None:
        nonlocal port
        flow = WEB.but(lip_port=port)
        port += 1
        for number, (sender, flags) in enumerate(segments):
            case.step(f"{name}: {sender} [{flags}]")
            if number == 0:
                flow.opened(case)
            (flow.client_sends if sender == "client" else flow.dest_sends)(case, flags=flags, payload=b"")
        ends_after(case, flow, limit * 1000)

    handshake = (("client", "S"), ("dest", "SA"), ("client", "A"))
    life("syn_sent", 3, handshake[0])
    life("syn_recv", 30, *handshake[:2])
    life("established", 900, *handshake)
    life("fin_wait", 60, *handshake, ("client", "FA"))
    life("time_wait", 7, *handshake, ("client", "FA"), ("dest", "FA"), ("client", "A"))
    life("close_wait", 60, *handshake, ("dest", "FA"))
    life("last_ack", 7, *handshake, ("dest", "FA"), ("client", "FA"))
    life("close", 3, *handshake, ("client", "R"))
    life("close, refused", 3, handshake[0], ("dest", "RA"))
    return case


def own_timeouts() -> Case:
    config = CONFIG.replace("    vip: 10.10.0.100\n    protocol: tcp\n",
                            "    vip: 10.10.0.100\n    protocol: tcp\n    timeouts: { tcp_syn_sent: 9s, tcp_established: 20s }\n")
    config = config.replace("    vip: 10.10.0.100\n    protocol: udp\n",
                            "    vip: 10.10.0.100\n    protocol: udp\n    timeouts: { udp_unreplied: 2s, udp: 5s }\n")
    case = plain_case("expiry_of_a_service", "A service's own timeouts.", config=config)
    assured(case, DNS)
    ends_after(case, DNS, 5_000)
    opening(case, WEB)
    ends_after(case, WEB, 20_000)
    case.step("a datagram without answer")
    flow = DNS.but(lip_port=FIRST_PORT + 1)
    flow.opened(case)
    flow.client_sends(case)
    ends_after(case, flow, 2_000)
    answered = DNS.but(lip_port=FIRST_PORT + 2)
    opening(case, answered)
    ends_after(case, answered, 2_000)
    return case


def found_expired() -> Case:
    case = plain_case("expired_before_the_sweep", "A packet that comes for a connection whose time is over finds none, "
                                                  "whether or not the sweeper was there.")
    for flow in (DNS, WEB6):
        case.step(f"{flow.service}: open")
        flow.opened(case)
        flow.client_sends(case, flags="S")
        case.step("an answer too late", advance=30_001)
        late(case, flow, flags="SA")
        flow.closed(case)
        again = flow.but(lip_port=FIRST_PORT + 1)
        case.step("open again")
        again.opened(case)
        again.client_sends(case, flags="S")
        case.step("the client too late: a new connection", advance=30_001)
        again.closed(case)
        third = flow.but(lip_port=FIRST_PORT + 2)
        third.opened(case)
        third.client_sends(case, flags="S")
        case.step("an ICMP error too late", advance=30_001, turns=2)
        case.unknown_error("inside", error(third, "dest"))
        third.closed(case)
    return case


def reuse(name: str, about: str, last: list[tuple[str, str]]) -> Case:
    case = plain_case(f"port_reuse_after_{name}", about)
    for flow in (WEB, WEB6):
        opening(case, flow)
        for sender, flags in last:
            case.step(f"{sender} [{flags}]")
            (flow.client_sends if sender == "client" else flow.dest_sends)(case, flags=flags, payload=b"")
        case.step("stragglers still pass", advance=1000)
        if name != "last_ack":  # where the dest's ACK would be the end
            flow.dest_sends(case, flags="A", payload=b"")
        flow.client_sends(case, flags="A", payload=b"")
        case.step("a SYN from the same port begins a new connection, over another local port", advance=1000)
        flow.closed(case, expired=False)
        again = flow.but(lip_port=FIRST_PORT + 1)
        again.opened(case)
        again.client_sends(case, flags="S", payload=b"", seq=90_000)
        case.step("what still comes to the old port is late; the new one works")
        late(case, flow, flags="FA")
        again.dest_sends(case, flags="SA", payload=b"")
    return case


def no_reuse() -> Case:
    case = plain_case("syn_on_a_living_connection", "A SYN on a connection that lives goes to its dest, who knows what to say "
                                                    "(RFC 9293, 3.10.7.4).")
    opening(case, WEB)
    case.step("established")
    WEB.client_sends(case, flags="S", payload=b"", seq=5)
    WEB.dest_sends(case, flags="A", payload=b"")
    case.step("the dest closes")
    WEB.dest_sends(case, flags="FA", payload=b"")
    case.step("SYN again")
    WEB.client_sends(case, flags="S", payload=b"", seq=5)
    return case


def cases() -> Iterator[Case]:
    yield from (udp(), tcp_states(), own_timeouts(), found_expired(), no_reuse())
    yield reuse("time_wait", "The client closed first and uses its port again.",
                [("client", "FA"), ("dest", "FA"), ("client", "A")])
    yield reuse("last_ack", "The dest closed first; its last ACK is not seen.", [("dest", "FA"), ("client", "FA")])
    yield reuse("reset", "The connection was reset.", [("dest", "R")])
