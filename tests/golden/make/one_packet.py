# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""One-packet scheduling: every datagram is placed for itself."""
from collections.abc import Iterator

from .case import Case
from .fragments import pieces, translated
from .net import CONFIGS, DEST1, DEST2, DR_FLOWS, INSIDE, NAT_FLOWS, Flow, ether, plain_case
from .removed import SECOND
from .tunnel import sends, tunnel_case
from .tunnels import TUNNELS, flows_of


def config_of(mode: str) -> str:
    config = CONFIGS[mode].replace("    protocol: udp\n", "    protocol: udp\n    one_packet: true\n")
    for one, other in SECOND.items():
        for port in (" }", ", port: 5353 }"):
            quote = '"' if ":" in one else ""
            old = f"[ {{ address: {quote}{one}{quote}{port} ]"
            new = f"[ {{ address: {quote}{one}{quote}{port}, {{ address: {quote}{other}{quote}{port} ]"
            config = config.replace(old, new)
    return config


def placed(case: Case, flow: Flow) -> None:
    """Counted as IPVS does: every datagram is a connection of its dest, and none is left."""
    for row in (f"service.{flow.service}", flow.dest_row):
        case.count(f"{row}.connections")


def without_record(name: str) -> Case:
    flow = DR_FLOWS[name]
    other = flow.but(server=SECOND[flow.server], dest_mac=DEST2)
    case = plain_case(f"one_packet_{name}", "Datagrams of one flow go to the dests in turn, and no connection is left.",
                      mode="dr", config=config_of("dr"))
    case.step("four datagrams")
    for one in (flow, other, flow, other):
        placed(case, one)
        one.client_sends(case)
    case.step("in fragments: a record for the later ones, for as long as they may come")
    data = {"payload": bytes(range(250)) * 4}
    flow.opened(case)
    translated(case, flow, pieces(flow.from_client(**data)), pieces(flow.to_dest(**data)), "to_dest")
    case.step("the next datagram is not held to it")
    placed(case, other)
    other.client_sends(case)
    case.step("the last one first")
    before, after = pieces(flow.from_client(**data), 77), pieces(flow.to_dest(**data), 77)
    case.held("outside", before[2])
    case.step("then the others")
    flow.opened(case)
    case.recv("outside", before[0])
    case.recv("outside", before[1])
    for n in (0, 2, 1):
        flow.counted(case, "to_dest", len(before[n]))
        case.send("inside", after[n])
    case.step("the records end", advance=30_001)
    flow.closed(case)
    flow.closed(case)
    return case


def in_nat(name: str) -> Case:
    flow = NAT_FLOWS[name]
    other = flow.but(dest=SECOND[flow.dest], dest_mac=DEST2)
    ordinary = (f'  - name: other\n    vip: "{flow.vip}"\n    protocol: udp\n    port: 54\n    mode: nat\n'
                f'    dests: [ {{ address: "{flow.dest}", port: {flow.dest_port} }} ]\n')
    case = plain_case(f"one_packet_{name}", "Datagrams of one flow go to the dests in turn; each dest's answers come from the VIP.",
                      mode="nat", config=config_of("nat") + ordinary)
    case.step("by another service, without an answer")
    unanswered = flow.but(vip_port=54, service="other")
    unanswered.opened(case)
    unanswered.client_sends(case)
    case.step("two datagrams, in one burst: the first one's answer will be the one that comes")
    for one in (flow, other):
        one.opened(case)
        one.client_sends(case)
    case.step("two more, and answers of both dests")
    for one in (flow, other):
        placed(case, one)
        one.client_sends(case)
        one.dest_sends(case)
    case.step("by the other service again: the next answer is that one's")
    unanswered.client_sends(case)
    flow.closed(case, expired=False)
    unanswered.dest_sends(case)
    case.step("what is left ends in its time", advance=300_001)
    unanswered.closed(case)
    other.closed(case)
    return case


def no_longer(name: str) -> Case:
    flow = NAT_FLOWS[name]
    other = flow.but(dest=SECOND[flow.dest], dest_mac=DEST2)
    config = config_of("nat")
    case = plain_case(f"one_packet_no_longer_{name}", "When datagrams are placed for themselves no longer, a client's next one begins "
                      "a connection, also to a dest that it had before.", mode="nat", config=config)
    case.step("two datagrams")
    for one in (flow, other):
        one.opened(case)
        one.client_sends(case)
    case.step("the service has connections now", config=config.replace("    one_packet: true\n", ""))
    flow.closed(case, expired=False)
    flow.opened(case)
    flow.client_sends(case)
    case.step("to which the client's datagrams belong")
    for _ in range(2):
        flow.client_sends(case)
        flow.dest_sends(case)
    case.step("the other dest's answer is not lost")
    other.dest_sends(case)
    return case


PERSISTENT = "one_packet: true\n    persistence: { timeout: 60 }\n"


def persistent(mode: str) -> Case:
    first = {"dr": DR_FLOWS, "nat": NAT_FLOWS}[mode]["udp_ipv4"]
    changes = {"server": SECOND[first.server]} if mode == "dr" else {"dest": SECOND[first.dest]}
    second = first.but(dest_mac=DEST2, **changes)
    config = config_of(mode).replace("one_packet: true\n", PERSISTENT)
    case = plain_case("one_packet_persistent", "A client's datagrams go where its first one went, whatever their port, until a time after "
                      "the last one.", mode=mode, config=config)

    def sends(flow: Flow, client: str, port: int, new: bool = True) -> None:
        flow = flow.but(client=client, client_port=port, lip=client, lip_port=port)
        if mode == "nat" and new:
            flow.opened(case)
        else:
            placed(case, flow)
        flow.client_sends(case)
        if mode == "nat":
            flow.dest_sends(case)

    for flow, client, port, new in ((first, "192.0.2.1", 50000, True), (second, "192.0.2.2", 50000, True),
                                    (first, "192.0.2.1", 50001, True), (first, "192.0.2.3", 50000, True),
                                    (first, "192.0.2.1", 50000, False), (second, "192.0.2.2", 50000, False)):
        case.step(f"{client} port {port}")
        sends(flow, client, port, new)
    old = "{ address: 10.20.0.21" + (", port: 5353" if mode == "nat" else "")
    case.step("its dest drains, and is full: it takes those alone who had it",
              config=config.replace(old + " }", old + ", weight: 0, max_conn: 1 }"))
    sends(first, "192.0.2.1", 50002)
    sends(second, "192.0.2.4", 50000)
    case.step("both take all again", config=config)
    if mode == "dr":
        for _ in range(2):
            case.step("almost a minute later", advance=59_000)
            sends(first, "192.0.2.3", 50000)
        case.step("a minute after its last one: in turn, as for anybody", advance=61_000)
        sends(first, "192.0.2.3", 50000)
        sends(second, "192.0.2.1", 50000)
    return case


def in_tunnel() -> Case:
    tunnel = TUNNELS["ipip"]
    flow = flows_of(tunnel)["udp_ipv4"]
    case = tunnel_case("one_packet", "Through a tunnel; fragments, too.", tunnel,
                       config=tunnel.config().replace("    protocol: udp\n", "    protocol: udp\n    one_packet: true\n"))
    case.step("two datagrams")
    for _ in range(2):
        placed(case, flow)
        sends(case, tunnel, flow)
    case.step("fragments, the last one first")
    data = {"payload": bytes(range(250)) * 4}
    before = pieces(flow.from_client(**data))
    after = pieces(flow.from_client(ttl=63, **data))
    case.held("outside", before[2])
    case.step("then the others")
    flow.opened(case)
    case.recv("outside", before[0])
    case.recv("outside", before[1])
    for n in (0, 2, 1):
        flow.counted(case, "to_dest", len(before[n]))
        case.send("inside", ether(INSIDE, DEST1) / tunnel.wrap(flow, after[n][1]))
    return case


def nobody() -> Case:
    flow = DR_FLOWS["udp_ipv4"]
    config = config_of("dr").replace(" },", ", weight: 0 },").replace(" } ]", ", weight: 0 } ]")
    case = plain_case("one_packet_no_dest", "No dest takes datagrams.", mode="dr",
                      config=config.replace("    dests:", "    on_no_dest: drop\n    dests:"))
    case.step("dropped")
    case.drop("outside", flow.from_client(), "no_dest", flow.service)
    return case


def cases() -> Iterator[Case]:
    for name in ("udp_ipv4", "udp_ipv6"):
        yield without_record(name)
        yield in_nat(name)
        yield no_longer(name)
    yield from (in_tunnel(), nobody(), persistent("dr"), persistent("nat"))
