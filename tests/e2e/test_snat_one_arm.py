# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode snat on one wire: what comes in at a port goes out of it, too."""
import pytest

import support
from lab import ONE_ARM as TOP
from lab import Lab, netns
from lab.servers import ECHO_PORT, start_echo, wait_listening

ONE_ARM = True
POOL = ("10.20.0.50", "fd20::50")
OUTSIDE = ("203.0.113.1", "2001:db8::1")  # behind the client, which is their router
CONFIG = {
    "lip_pools": [{"name": "inside", "addresses": [*TOP.lips_v4, *TOP.lips_v6]}, {"name": "public", "addresses": list(POOL)}],
    "snat": [{"name": "office", "from": ["10.20.0.21/32", "fd20::21"], "to": ["203.0.113.0/24", "2001:db8::/32"],
              "lip_pool": "public"}],
}


@pytest.fixture(scope="module")
def lab():
    with Lab(support.PREFIX, TOP) as lab:
        netns.ip_batch(lab.ns("client"), [f"addr add {OUTSIDE[0]}/32 dev lo", f"addr add {OUTSIDE[1]}/128 dev lo nodad"])
        netns.ip_batch(lab.ns("lb"), [
            f"addr add {POOL[0]}/32 dev {TOP.outside}", f"addr add {POOL[1]}/128 dev {TOP.outside} nodad",
            f"route add {OUTSIDE[0]} via {TOP.client_v4}", f"route add {OUTSIDE[1]} via {TOP.client_v6}"])
        for via, to in ((TOP.own_v4, OUTSIDE[0]), (TOP.own_v6, OUTSIDE[1])):
            lab.run("rs1", "ip", "route", "add", to, "via", via)
        start_echo(lab, "client")
        wait_listening(lab, "client", TOP.client_v4, ECHO_PORT)
        yield lab


@pytest.mark.parametrize("number", [0, 1])
def test_tcp_udp_and_ping(lab, hvsd, number):
    host = support.Client(lab, "rs1")
    support.wait_until("a way outside", lambda: host.attempt(OUTSIDE[number], ECHO_PORT, 10) == "client")
    with host.connect(OUTSIDE[number], ECHO_PORT) as sock:
        assert support.echoes(sock, b"through one port " * 5000)
        rows = [row for row in hvsd.conns("--service", "office") if row["client"].endswith(f":{sock.getsockname()[1]}")]
        assert len(rows) == 1 and POOL[number] in rows[0]["lip"]
    assert host.ask_udp(OUTSIDE[number], ECHO_PORT, b"x" * 9000) == b"x" * 9000
    assert host.ping(OUTSIDE[number]) == 3
