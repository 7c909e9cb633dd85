# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A flood of frames for the kernel through a native port: neither the kernel's neighbours nor clients of services notice."""
import multiprocessing
import socket
import time

import pytest

import support
from lab import netns
from lab.servers import ECHO_PORT

NATIVE = "all"
JUNK = b"\x88\xb5"  # EtherType for experiments: the kernel has no use for it
BURST = 900  # fits what the driver's ring holds, and not what waits for the kernel


def flood(sock: socket.socket, frame: bytes, stop) -> None:
    while not stop.is_set():
        for _ in range(BURST):
            sock.send(frame)
        time.sleep(0.03)  # a control thread that has nothing to do looks less often


@pytest.fixture
def flooded(lab, hvsd):
    """While it lasts, junk comes in bursts."""
    top = lab.topology
    stop = multiprocessing.Event()
    frame = b"".join(bytes.fromhex(mac.replace(":", "")) for mac in (lab.mac("lb", top.outside), lab.mac("client", "eth0"))) \
        + JUNK + bytes(46)
    with support.Client(lab, "client").raw() as sock:
        worker = multiprocessing.Process(target=flood, args=(sock, frame, stop))
        worker.start()
        yield hvsd
        stop.set()
        worker.join()


def outside(hvsd) -> dict:
    return hvsd.ctl("ports")[0]


def test_the_kernel_and_the_services_answer_all_through_a_flood_of_junk(lab, flooded, client):
    top = lab.topology
    before = outside(flooded)
    support.wait_until("junk is dropped", lambda: outside(flooded)["punt_full"] > before["punt_full"])
    for _ in range(10):
        lab.run("client", "ip", "neigh", "flush", "all")
        for address in (top.own_v4, top.own_v6):
            assert client.ping(address) == 3
    outcome = support.http_requests(client, top.vip_v4, 500, 10)
    assert sum(outcome.values()) == 500 and set(outcome) == support.names(top), outcome
    with client.connect(top.own_v4, ECHO_PORT) as own:
        assert support.exchange(own, b"who") == b"lb\n", "of the rest, which shares its queue with the junk, but TCP repeats"
    after = outside(flooded)
    assert after["punt_control_full"] == before["punt_control_full"] == 0
    assert after["punt_request_full"] == 0
    assert after["punted"] > before["punted"]
    assert flooded.drops()["punt_full"] >= after["punt_full"] > before["punt_full"]
    assert flooded.drops()["punt_control_full"] == 0


def test_counters_of_the_flood_are_metrics(lab, flooded):
    support.wait_until("junk is dropped", lambda: outside(flooded)["punt_full"] > 0)
    seen = netns.run("curl", "-sS", "--unix-socket", f"/run/hvs/{flooded.instance}/api.sock", "http://hvs/metrics").stdout
    rows = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in seen.splitlines() if line.startswith("hvs_port_punt_full_total{")}
    by_class = {word: sum(value for row, value in rows.items() if f'class="{word}"' in row and 'port="out"' in row)
                for word in ("control", "request", "rest")}
    assert by_class["rest"] > 0 and by_class["control"] == by_class["request"] == 0, seen
