# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Junk through the real port: counted, and nothing else happens."""
import time

import pytest

import frames
import support
from lab.servers import ECHO_PORT


@pytest.fixture
def wires(lab):
    """(raw socket, source MAC, destination MAC) on either side of the balancer."""
    top = lab.topology
    with support.Client(lab, "client").raw() as outside, support.Client(lab, "rs1").raw() as inside:
        yield [(outside, lab.mac("client", "eth0"), lab.mac("lb", top.outside)),
               (inside, lab.mac("rs1", "eth0"), lab.mac("lb", top.inside))]


def send_all(sock, batch: list[bytes]) -> None:
    """Not faster than the other side can drain: a full receive ring would lose frames before they are looked at."""
    for number, frame in enumerate(batch):
        sock.send(frame)
        if number % 32 == 31:
            time.sleep(0.002)


def steered(hvsd) -> int:
    """Frames that the steering program gave to the sockets, of all ports, every row."""
    return sum(cpu["value"]["steered_packets"] for row in hvsd.map_rows("steer_stats") for cpu in row["values"])


def received(hvsd) -> int:
    return sum(port["rx_packets"] for port in hvsd.ctl("ports"))


def fate(hvsd) -> dict[str, int]:
    """Where received frames went; sent are also the ICMP errors that HVS makes itself."""
    ports = hvsd.ctl("ports")
    return {
        "sent": sum(port["tx_packets"] for port in ports),
        "dropped": sum(hvsd.drops().values()),
        "punted": sum(port["punted"] for port in ports),
    }


def settled(hvsd) -> tuple[int, dict[str, int]]:
    """Counters, once they have stopped moving."""
    support.wait_until("everything that was steered is received", lambda: received(hvsd) == steered(hvsd))
    seen = (received(hvsd), fate(hvsd))
    while (again := (received(hvsd), fate(hvsd))) != seen:
        seen = again
        time.sleep(0.1)
    return seen


def accounted(hvsd, before: tuple[int, dict[str, int]]) -> tuple[int, dict[str, int]]:
    """What has grown since, once every frame that came out of a socket went somewhere that has a number.

    It may take a moment: frames wait for a neighbour that does not exist until the kernel gives up. A frame may
    also be answered (by an ICMP error), so the sum may be larger, never smaller.
    """
    def grown():
        rx, went = settled(hvsd)
        return rx - before[0], {way: went[way] - before[1][way] for way in went}

    support.wait_until("every frame is accounted for", lambda: (lambda rx, went: sum(went.values()) >= rx)(*grown()), 30)
    return grown()


def serves(lab, client) -> bool:
    """VIP traffic of both families, and the kernel's own."""
    top = lab.topology
    return (client.ask_udp(top.vip_v4, ECHO_PORT, b"x" * 9) == b"x" * 9
            and client.ask_udp(top.vip_v6, ECHO_PORT, b"x" * 9) == b"x" * 9
            and client.curl(top.vip_v4).stdout.strip() in support.names(top)
            and client.curl(top.vip_v6).stdout.strip() in support.names(top)
            and client.ping(top.own_v4) == 3)


BATCHES = {
    "cut-at-every-byte": lambda good, src, dst: [p for f in good.values() for p in frames.cut(f)],
    "cut-and-mended": lambda good, src, dst: [p for f in good.values() for p in frames.cut_and_mended(f)],
    "bent": lambda good, src, dst: [p for n, f in enumerate(good.values()) for p in frames.bent(f, 100, n)],
    "noise": lambda good, src, dst: frames.noise(src, dst, 1500, 1),
}


@pytest.mark.parametrize("batch", BATCHES)
def test_junk_is_counted_and_changes_nothing(lab, hvsd, client, wires, batch):
    pid = hvsd.pid
    assert serves(lab, client)
    before = settled(hvsd)
    for sock, src, dst in wires:
        send_all(sock, BATCHES[batch](frames.good_frames(lab.topology, src, dst), src, dst))
    _, grown = accounted(hvsd, before)
    if batch == "cut-and-mended":
        assert grown["dropped"] > 0, grown
    assert hvsd.running() and hvsd.pid == pid
    assert serves(lab, client)
    assert "panic" not in hvsd.read_log().lower() and "error" not in hvsd.read_log().lower()


def test_tagged_frames_are_ours_too(lab, hvsd, wires):
    """Steered whatever their tags, received, and counted; the kernel here has no VLAN devices to route them with."""
    sock, src, dst = wires[0]
    good = frames.good_frames(lab.topology, src, dst)
    before = settled(hvsd)
    steered_before = hvsd.services()["echo-udp"]["steered_packets"]
    send_all(sock, [good["vlan4"], good["qinq4"]] * 10)
    rx, grown = accounted(hvsd, before)
    assert hvsd.services()["echo-udp"]["steered_packets"] - steered_before == 20
    assert rx >= 20, grown
    assert hvsd.running()
