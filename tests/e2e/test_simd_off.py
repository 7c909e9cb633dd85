# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Without vector instructions: the same traffic, the same outcome."""
import support
from lab.servers import ECHO_PORT

CONFIG = {"simd": "off"}


def test_traffic_is_forwarded_as_with_them(lab, hvsd, client):
    top = lab.topology
    for vip in (top.vip_v4, top.vip_v6):
        outcome = support.http_requests(client, vip, 4000, 10)
        assert sum(outcome.values()) == 4000 and set(outcome) == support.names(top), outcome
        for size in (9, 1400):
            assert client.ask_udp(vip, ECHO_PORT, b"x" * size) == b"x" * size
        with client.connect(vip, ECHO_PORT) as sock:
            assert support.echoes(sock, bytes(range(256)) * 64)
    assert {reason: n for reason, n in hvsd.drops().items() if n} == {}
