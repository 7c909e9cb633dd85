# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Several workers: frames that come to another one than their connection's."""
import ipaddress
from collections.abc import Iterator

from .case import Case
from .fragments import pieces
from .icmp import error, error_out
from .net import CONFIG, DNS, DNS6, FIRST_PORT, WEB, WEB6, WORLD, Flow, late, plain_case

SECOND_WORKERS_PORT = FIRST_PORT + 64  # blocks of 64 ports are dealt out in turn


def queues(workers: int, per_port: int) -> str:
    config = CONFIG.replace("instance: golden\n", f"instance: golden\nworkers: {{ count: {workers} }}\n")
    return config.replace("device: out0 }", f"device: out0, queues: {per_port} }}").replace(
        "device: in0 }", f"device: in0, queues: {per_port} }}")


def first_port(worker: int, workers: int) -> int:
    return FIRST_PORT + 64 * ((worker - FIRST_PORT // 64) % workers)


def pass_through(case: Case, flow: Flow, direction: str, at: int, owner: int, **fields) -> None:
    """A frame that comes in at queue `at` and leaves by its owner's queue."""
    if direction == "to_dest":
        received, sent, ports = flow.from_client(**fields), flow.to_dest(**fields), ("outside", "inside")
    else:
        received, sent, ports = flow.from_dest(**fields), flow.to_client(**fields), ("inside", "outside")
    flow.counted(case, direction, len(case.recv(f"{ports[0]}.{at}", received)), worker=owner)
    case.send(f"{ports[1]}.{owner}", sent)
    if at != owner:
        case.count("handoff_out", worker=at)
        case.count("handoff_in", worker=owner)


def handoff() -> Case:
    case = plain_case("handoff", "A reply that comes to another worker's queue is handed to the one whose port it is.",
                      config=queues(2, 2))
    for flow in (WEB, DNS, WEB6, DNS6):
        for owner, port in ((1, SECOND_WORKERS_PORT), (0, FIRST_PORT)):
            one = flow.but(lip_port=port, client_port=flow.client_port + owner)
            case.step(f"{flow.service}: worker {owner} opens a connection over a port of its own")
            one.opened(case, worker=owner)
            pass_through(case, one, "to_dest", owner, owner, flags="S")
            case.step("a reply to its own queue")
            pass_through(case, one, "to_client", owner, owner, flags="SA")
            case.step("a reply to the other's queue", turns=2)
            pass_through(case, one, "to_client", 1 - owner, owner, flags="A")
    case.step("a port of the other worker that no connection uses", turns=2)
    for flow in (WEB, DNS, WEB6, DNS6):
        late(case, flow.but(lip_port=SECOND_WORKERS_PORT + 5), worker=1, port="inside.0")
        case.count("handoff_out")
        case.count("handoff_in", worker=1)
    return case


# Of Microsoft's "Verifying the RSS Hash Calculation".
RSS_KEY = "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa"
RSS_WORLD = "".join(f"{line} rss {RSS_KEY} 128\n" if line.startswith("port ") else f"{line}\n"
                    for line in WORLD.splitlines())


def toeplitz(data: bytes) -> int:
    """Every bit that is set adds the 32 bits of the key that begin there."""
    key, bits = int(RSS_KEY, 16), 4 * len(RSS_KEY)
    result = 0
    for n in range(8 * len(data)):
        if data[n // 8] >> (7 - n % 8) & 1:
            result ^= key >> (bits - 32 - n) & 0xffffffff
    return result


def arrival_queue(source: str, target: str, source_port: int, target_port: int, queues: int) -> int:
    """Where such a NIC puts the frame."""
    data = b"".join(ipaddress.ip_address(a).packed for a in (source, target))
    data += source_port.to_bytes(2, "big") + target_port.to_bytes(2, "big")
    return toeplitz(data) % 128 % queues


def reply_queue(flow: Flow, queues: int) -> int:
    """Where it puts the dest's."""
    return arrival_queue(flow.dest, flow.lip, flow.dest_port, flow.lip_port, queues)


def ports_of(flow: Flow, worker: int, queues: int) -> Iterator[Flow]:
    """The flow over each local port whose replies come to the worker's queue, in ascending order."""
    for port in range(FIRST_PORT, 65536):
        candidate = flow.but(lip_port=port)
        if reply_queue(candidate, queues) == worker:
            yield candidate


def handoff_by_rss() -> Case:
    case = plain_case("handoff_by_rss", "Where RSS is known, a worker takes local ports whose replies the NIC brings to its own "
                      "queue. A reply that comes to another queue all the same is handed to its owner.",
                      config=queues(2, 2), world=RSS_WORLD)
    for flow in (WEB, DNS, WEB6, DNS6):
        for owner in (1, 0):
            first, second, third = (f for f, _ in zip(ports_of(flow, owner, 2), range(3), strict=False))
            for n, one in enumerate((first, second)):
                one = one.but(client_port=flow.client_port + 2 * n + owner)
                case.step(f"{flow.service}: worker {owner} opens a connection; replies to local port {one.lip_port} come home")
                one.opened(case, worker=owner)
                pass_through(case, one, "to_dest", owner, owner, flags="S")
                pass_through(case, one, "to_client", reply_queue(one, 2), owner, flags="SA")
                case.step("a reply to the other's queue", turns=2)
                pass_through(case, one, "to_client", 1 - owner, owner, flags="A")
            case.step("one to the other's queue, to a port that no connection uses", turns=2)
            late(case, third, worker=owner, port=f"inside.{1 - owner}")
            handed(case, 1 - owner, owner)
    return case


def relay() -> Case:
    case = plain_case("relay", "Two workers over two ports with one queue each: a worker sends through the one that has the "
                               "port's queue.", config=queues(2, 1))
    for flow in (WEB, DNS6):
        case.step(f"{flow.service}: worker 0 has the outside's queue, worker 1 the inside's")
        flow.opened(case)
        flow.counted(case, "to_dest", len(case.recv("outside", flow.from_client(flags="S"))))
        case.send("inside", flow.to_dest(flags="S"))
        case.count("tx_relay_out")
        case.count("tx_relay_in", worker=1)
        case.step("the reply is handed to worker 0, which sends it itself", turns=2)
        flow.counted(case, "to_client", len(case.recv("inside", flow.from_dest(flags="SA"))))
        case.send("outside", flow.to_client(flags="SA"))
        case.count("handoff_out", worker=1)
        case.count("handoff_in")
    return case


def icmp_around() -> Case:
    case = plain_case("handoff_icmp_errors", "An error says nothing of a worker, so it goes round until somebody knows the "
                                             "connection that it quotes.", config=queues(3, 3))
    third = WEB.but(lip_port=SECOND_WORKERS_PORT)  # 10304 / 64 % 3 = 2
    case.step("worker 2 opens a connection")
    third.opened(case, worker=2)
    pass_through(case, third, "to_dest", 2, 2, flags="S")
    case.step("the error comes to worker 0")
    case.recv("inside.0", error(third, "dest"))
    case.send("outside.2", error_out(third, "dest"))
    for one, other in ((0, 1), (1, 2)):
        case.count("handoff_out", worker=one)
        case.count("handoff_in", worker=other)
    case.count("icmp_errors_relayed", worker=2)
    case.step("the error comes to worker 2")
    case.recv("inside.2", error(third, "dest"))
    case.send("outside.2", error_out(third, "dest"))
    case.count("icmp_errors_relayed", worker=2)
    case.step("nobody knows it: the last one asked leaves it to the kernel", turns=2)
    case.unknown_error("inside.1", error(third.but(lip_port=50000), "dest"))
    for one, other in ((1, 2), (2, 0)):
        case.count("handoff_out", worker=one)
        case.count("handoff_in", worker=other)
    return case


def fragments_around() -> Case:
    case = plain_case("handoff_fragments", "Later fragments have no ports: they go round until a worker knows their first.",
                      config=queues(2, 2))
    flow = DNS.but(lip_port=SECOND_WORKERS_PORT)
    case.step("worker 1 opens a connection")
    flow.opened(case, worker=1)
    pass_through(case, flow, "to_dest", 1, 1)
    case.step("all fragments of the reply come to worker 0")
    data = {"payload": bytes(range(250)) * 4}
    for received, sent in zip(pieces(flow.from_dest(**data)), pieces(flow.to_client(**data)), strict=True):
        flow.counted(case, "to_client", len(case.recv("inside.0", received)), worker=1)
        case.send("outside.1", sent)
        case.count("handoff_out")
        case.count("handoff_in", worker=1)
    case.step("those of an unknown packet wait")
    unknown = pieces(flow.from_dest(**data), identification=1)[1:]
    for received in unknown:
        case.held("inside.0", received, worker=1)
        handed(case, 0, 1)
    for wait in (1, 4):
        case.step("and go round again", advance=wait, turns=2)
        for _ in unknown:
            handed(case, 1, 0, 1)
    case.step("they are the kernel's in the end", advance=16)
    for received in unknown:
        case.given_up("inside", received, worker=1)
    return case


def early_fragments_around() -> Case:
    case = plain_case("handoff_early_fragments", "Later fragments that come before the first one wait at the last worker asked, "
                                                 "until they go round again.", config=queues(2, 2))
    data = {"payload": bytes(range(250)) * 4}
    for worker, port in ((0, FIRST_PORT), (1, SECOND_WORKERS_PORT)):
        case.step(f"worker {worker} opens a connection")
        flow = DNS.but(client_port=1 + worker, lip_port=port)
        flow.opened(case, worker=worker)
        pass_through(case, flow, "to_dest", worker, worker)
        received, sent = (pieces(make(**data), 1 + worker) for make in (flow.from_dest, flow.to_client))
        case.step("the second fragment first, at worker 0")
        case.recv("inside.0", received[1])
        handed(case, 0, 1)
        case.count("fragments_held", worker=1)
        case.step("the first one")
        flow.counted(case, "to_client", len(case.recv("inside.0", received[0])), worker=worker)
        case.send(f"outside.{worker}", sent[0])
        if worker == 1:
            handed(case, 0, 1)
        else:
            case.step("the second goes round again", advance=1, turns=2)
            handed(case, 1, 0)
        flow.counted(case, "to_client", len(received[1]), worker=worker)
        case.send(f"outside.{worker}", sent[1])
    return case


def handed(case: Case, *path: int) -> None:
    """A frame that went from worker to worker."""
    for one, other in zip(path, path[1:], strict=False):
        case.count("handoff_out", worker=one)
        case.count("handoff_in", worker=other)


def in_pieces(case: Case, flow: Flow, at: int, owner: int, path: tuple[int, ...], identification: int,
              late: bool = False) -> None:
    """A datagram whose fragments come in at worker `at`, and whose first one goes the `path` to the owner. `late`: nobody
    knows the others' first one before the last worker asked has passed it on, so they go round twice."""
    workers = len(set(path)) if late else 0
    data = {"payload": bytes(range(250)) * 4}
    received, sent = pieces(flow.from_client(**data), identification), pieces(flow.to_dest(**data), identification)
    for n, (before, after) in enumerate(zip(received, sent, strict=True)):
        size = len(case.recv(f"outside.{at}", before))
        if not late or n == 0:
            handed(case, *path)
            flow.counted(case, "to_dest", size, worker=owner)
            case.send(f"inside.{owner}", after)
        else:
            handed(case, *path[:workers])
            case.count("fragments_held", worker=path[workers - 1])
    if not late:
        return
    case.step("the later fragments", advance=1, turns=2)
    for before, after in zip(received[1:], sent[1:], strict=True):
        held_at = path[workers - 1]
        way = [held_at]
        while way[-1] != owner:
            way.append((way[-1] + 1) % workers)
        handed(case, *way)
        flow.counted(case, "to_dest", len(before), worker=owner)
        case.send(f"inside.{owner}", after)


def first_fragments_around(workers: int) -> Case:
    case = plain_case(f"handoff_first_fragments_{workers}", "The addresses alone decide which worker gets a fragment, so the flow "
                      "of a first one may be another worker's: it goes round, and when nobody knows it the one that it came to "
                      "opens the connection.", config=queues(workers, workers))
    last = workers - 1
    round_trip = tuple(range(workers))
    for flow in (DNS, DNS6):
        new = flow.but(lip_port=first_port(last, workers))
        case.step(f"{flow.service}: the fragments of a new flow come to the last worker", turns=3)
        new.opened(case, worker=last)
        in_pieces(case, new, last, last, (last, *round_trip), 4, late=True)
        case.step("whole datagrams come there, too, if the NIC hashes addresses alone: no other connection opens", turns=2)
        pass_through(case, new, "to_dest", last, last)
        case.step("more fragments")
        in_pieces(case, new, last, last, (), 5)
        known = flow.but(client_port=7, lip_port=first_port(0, workers))
        case.step("worker 0 opens another one")
        known.opened(case)
        pass_through(case, known, "to_dest", 0, 0)
        case.step("its fragments come to the last worker", turns=2)
        in_pieces(case, known, last, 0, (last, 0), 6)
    case.step("TCP: a segment of no connection goes round, too, and is the kernel's in the end", turns=2)
    case.no_connection("outside.0", pieces(WEB.from_client(flags="A", payload=bytes(1000)), 8)[0], worker=0)
    handed(case, *round_trip, 0)
    return case


def first_fragments_by_rss() -> Case:
    workers = 4
    case = plain_case("handoff_first_fragments_by_rss", "Where RSS is known, a flow that begins with a fragment is opened by the "
                      "worker that its whole packets come to.", config=queues(workers, workers), world=RSS_WORLD)
    for flow in (DNS, DNS6):
        for home in range(workers):
            client = next(f for f in (flow.but(client_port=1000 + n) for n in range(100))
                          if arrival_queue(f.client, f.vip, f.client_port, f.vip_port, workers) == home)
            new = next(ports_of(client, home, workers))
            case.step(f"{flow.service}: the fragments of a flow of worker {home} come to worker 0", turns=3)
            new.opened(case, worker=home)
            in_pieces(case, new, 0, home, (0, 1, 2, 3) if home == 3 else (0, 1, 2, 3, home), 4 + home, late=home != 3)
            case.step("a whole datagram: no other connection opens")
            pass_through(case, new, "to_dest", home, home)
    return case


def cases() -> Iterator[Case]:
    yield from (handoff(), handoff_by_rss(), relay(), icmp_around(), fragments_around(), early_fragments_around(), first_fragments_around(2),
                first_fragments_around(3), first_fragments_by_rss())
