# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Two workers, and ports of one queue each: a client has half of the local ports, and the log says when they are used up."""
import contextlib

import support
from lab import TWO_ARM
from lab.servers import ECHO_PORT

PORTS = 64  # of each worker
CONFIG = {"workers": 2, "lip_pools": [{"name": "inside", "addresses": [TWO_ARM.lips_v4[0], TWO_ARM.lips_v6[0]],
                                       "ports": f"10240-{10240 + 2 * PORTS - 1}"}]}


def test_used_up_ports_are_told_by_the_log(lab, hvsd, client):
    vip = lab.topology.vip_v4
    log = hvsd.read_log()
    assert "2 workers, but fewer queues of a port (" in log and "[lip_ports_full]" not in log
    with contextlib.ExitStack() as stack:
        opened = []
        while not hvsd.drops()["lip_exhausted"]:
            with contextlib.suppress(TimeoutError):
                opened.append(stack.enter_context(client.connect(vip, ECHO_PORT, timeout=1)))
            assert len(opened) <= PORTS * len(lab.topology.servers)
        assert support.echoes(opened[0], b"here before")
        support.wait_until("the warning", lambda: "[lip_ports_full]" in hvsd.read_log(), timeout=60)
        line = next(line for line in hvsd.read_log().splitlines() if "[lip_ports_full]" in line)
        assert any(f"in pool inside towards {server.v4}:{ECHO_PORT} (echo)" in line
                   or f"in pool inside towards {server.v4} (echo)" in line for server in lab.topology.servers), line
