# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A connection table that is full: new clients are turned away, those who are there go on, and the log says so."""
import socket

import support
from lab.servers import ECHO_PORT

ROOM = 1024
CONFIG = {"connections": {"max": ROOM}}


def full(hvsd) -> int:
    return hvsd.drops()["conn_table_full"]


def test_a_full_table_is_told_by_the_log(lab, hvsd, client):
    """A UDP flow stands when its client has gone on after an answer: such a one makes no room."""
    vip = lab.topology.vip_v4
    assert "[connections_full]" not in hvsd.read_log()
    with client.connect(vip, ECHO_PORT) as early:
        assert support.exchange(early, b"who").decode().strip() in support.names(lab.topology)
        for source in range(20_000, 20_000 + ROOM + 1):
            with client.socket(vip, socket.SOCK_DGRAM) as sock:
                sock.bind(("", source))
                sock.connect((vip, ECHO_PORT))
                sock.settimeout(1)
                try:
                    assert support.exchange(sock, b"one") and support.exchange(sock, b"two")
                except TimeoutError:
                    if full(hvsd):
                        break
        assert full(hvsd) > 0
        support.wait_until("the warning", lambda: "[connections_full]" in hvsd.read_log(), timeout=60)
        line = next(line for line in hvsd.read_log().splitlines() if "[connections_full]" in line)
        assert f"connections.max: in 10 s " in line and f"the table is for {ROOM} connections" in line, line
        assert support.exchange(early, b"who").decode().strip() in support.names(lab.topology)
