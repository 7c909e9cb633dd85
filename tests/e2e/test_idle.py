# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A worker without traffic sleeps, and is there for the next packet, the next configuration and the next question."""
import signal

import support
from lab.servers import ECHO_PORT


def let_it_sleep(hvsd) -> None:
    """Wait until the worker has gone to sleep again and again: nothing else wakes it any more."""
    worker = hvsd.ctl("workers")[0]
    support.wait_until("an idle worker sleeps", lambda: hvsd.ctl("workers")[0]["sleeps"] >= worker["sleeps"] + 3)


def test_a_packet_wakes_the_worker(lab, hvsd, client):
    for n in range(8):
        let_it_sleep(hvsd)
        payload = b"after a while %d" % n
        assert client.ask_udp(lab.topology.vip_v4, ECHO_PORT, payload) == payload
    assert {reason: count for reason, count in hvsd.drops().items() if count} == {}


def test_an_idle_worker_turns_seldom(hvsd):
    """It sleeps about as often as it wakes; between two sleeps it makes a few turns, not thousands."""
    let_it_sleep(hvsd)
    before = hvsd.ctl("workers")[0]
    let_it_sleep(hvsd)
    after = hvsd.ctl("workers")[0]
    assert after["loops"] - before["loops"] < 300 * (after["sleeps"] - before["sleeps"] + 1)


def test_a_reload_reaches_a_sleeping_worker(hvsd):
    for _ in range(4):
        let_it_sleep(hvsd)
        seen = hvsd.ctl("workers")[0]["snapshots_seen"]
        services = [dict(service, scheduler="rr" if service.get("scheduler") == "wrr" else "wrr")
                    for service in hvsd.settings["services"]]
        hvsd.reload(services)  # returns when the new configuration is in force
        assert hvsd.ctl("workers")[0]["snapshots_seen"] > seen


def test_a_sleeping_worker_lists_its_connections(lab, hvsd, client):
    with client.connect(lab.topology.vip_v4, ECHO_PORT) as sock:
        assert support.echoes(sock, b"here I am")
        let_it_sleep(hvsd)
        port = sock.getsockname()[1]
        assert [row for row in hvsd.conns("--service", "echo") if row["client"].endswith(f":{port}")]


def test_a_sleeping_worker_ends_with_the_daemon(hvsd):
    let_it_sleep(hvsd)
    hvsd.signal(signal.SIGTERM)
    assert hvsd.lab.procs.wait(hvsd.name, 30) == 0
