# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Two workers, one per port: every reply comes in at the wrong one, and is handed over to the owner."""
import contextlib

import support
from lab.servers import ECHO_PORT

CONFIG = {"workers": 2}


def test_replies_are_handed_to_the_owner(lab, hvsd, client):
    top = lab.topology
    for vip in (top.vip_v4, top.vip_v6):
        outcome = support.http_requests(client, vip, 4000, 100)
        assert sum(outcome.values()) == 4000 and set(outcome) == support.names(top), outcome
        for size in (9, 1400):
            assert client.ask_udp(vip, ECHO_PORT, b"x" * size) == b"x" * size
    workers = hvsd.ctl("workers")
    assert len(workers) == 2
    # Nothing waits in a ring: what one handed out, the other took in.
    assert sum(w["handoff_out"] for w in workers) == sum(w["handoff_in"] for w in workers) > 1000
    assert {reason: n for reason, n in hvsd.drops().items() if n} == {}


def test_every_connection_has_one_owner(lab, hvsd, client):
    top = lab.topology
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(client.connect(top.vip_v4, ECHO_PORT)) for _ in range(20)]
        for sock in socks:
            assert support.echoes(sock, b"whose am I? " * 500)
        ports = {f"{top.client_v4}:{sock.getsockname()[1]}" for sock in socks}
        rows = [row for row in hvsd.conns("--service", "echo") if row["client"] in ports]
        assert len(rows) == 20 and {row["client"] for row in rows} == ports
        assert sum(w["connections"] for w in hvsd.ctl("workers")) == hvsd.ctl("conns", "--count")["connections"]


def test_download_through_the_handoff_arrives_unchanged(lab, hvsd, client, tmp_path):
    import hashlib
    from lab.servers import make_blob
    digest = make_blob(lab, "medium", 30_000_000)
    client.curl(lab.topology.vip_v4, "/medium", "-o", str(tmp_path / "medium"))
    assert hashlib.sha256((tmp_path / "medium").read_bytes()).hexdigest() == digest
