# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Schedulers over real connections: who gets them, and what hvsctl shows of it."""
import collections
import contextlib
import copy

import pytest

import support
from lab.servers import ECHO_PORT

# A port for each test, so that none meets connections of another one that are not quite gone.
MAGLEV_PORT, LEAST_PORT, FULL_PORT = 83, 84, 85


@pytest.fixture
def publish(lab, hvsd):
    """Adds a service over all real servers, with this scheduler and these settings."""
    before = copy.deepcopy(hvsd.settings["services"])

    def add(port: int, scheduler: str, dest: dict | None = None, **more) -> None:
        top = lab.topology
        service = support.service("scheduled", top.vip_v4, "tcp", port, [s.v4 for s in top.servers], scheduler, **more)
        for entry in service["dests"]:
            entry.update(port=ECHO_PORT, **(dest or {}))
        hvsd.reload([*before, service])
    yield add
    hvsd.reload(before)


def dests(hvsd) -> list[dict]:
    return hvsd.ctl("dests", "scheduled")


def homes(stack, client, top, port: int, count: int) -> list[tuple]:
    """Opens connections that stay; each with the name of its server."""
    found = []
    for _ in range(count):
        sock = stack.enter_context(client.connect(top.vip_v4, port))
        found.append((sock, support.exchange(sock, b"who").decode().strip()))
    return found


def test_maglev_keeps_a_client_at_its_server_unless_ports_count(lab, hvsd, client, publish):
    top = lab.topology
    publish(MAGLEV_PORT, "mh", mh_table_size=4093)
    seen = client.attempts(top.vip_v4, MAGLEV_PORT, 20)
    assert len(seen) == 1 and sum(seen.values()) == 20, seen
    home = next(iter(seen))
    publish(MAGLEV_PORT, "mh", mh_table_size=4093, scheduler_flags=["port"])
    assert set(client.attempts(top.vip_v4, MAGLEV_PORT, 60)) == support.names(top)
    publish(MAGLEV_PORT, "rr")
    publish(MAGLEV_PORT, "mh", mh_table_size=4093)
    assert set(client.attempts(top.vip_v4, MAGLEV_PORT, 5)) == {home}, "the table is the same when it is made again"


def test_least_connection_evens_out_what_is_open(lab, hvsd, client, publish):
    top = lab.topology
    publish(LEAST_PORT, "wlc")
    with contextlib.ExitStack() as stack:
        held = homes(stack, client, top, LEAST_PORT, 9)
        assert set(collections.Counter(name for _, name in held).values()) == {3}
        shown = dests(hvsd)
        assert [dest["active_connections"] for dest in shown] == [3, 3, 3]
        gone = held[0][1]
        for sock, name in held:
            if name == gone:
                sock.close()
        support.wait_until("their connections not to be active any more",
                           lambda: sorted(dest["active_connections"] for dest in dests(hvsd)) == [0, 3, 3])
        assert {name for _, name in homes(stack, client, top, LEAST_PORT, 2)} == {gone}


def test_full_servers_take_no_more(lab, hvsd, client, publish):
    top = lab.topology
    publish(FULL_PORT, "rr", dest={"max_conn": 2, "min_conn": 1})
    with contextlib.ExitStack() as stack:
        held = homes(stack, client, top, FULL_PORT, 6)
        assert set(collections.Counter(name for _, name in held).values()) == {2}
        assert [dest["full"] for dest in dests(hvsd)] == [True, True, True]
        drops = hvsd.services()["scheduled"]["drops"]
        with pytest.raises(OSError):
            client.connect(top.vip_v4, FULL_PORT, timeout=1)
        assert hvsd.services()["scheduled"]["drops"] > drops
