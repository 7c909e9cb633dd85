# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Clients, real servers and the balancer on one wire: one port is both sides."""
import hashlib

import pytest

import support
from lab.servers import ECHO_PORT, make_blob

ONE_ARM = True
FAMILIES = pytest.mark.parametrize("family", ["v4", "v6"])


def vip(lab, family: str) -> str:
    return lab.topology.vip_v4 if family == "v4" else lab.topology.vip_v6


@FAMILIES
def test_http(lab, hvsd, client, family):
    outcome = support.http_requests(client, vip(lab, family), 2000, 20)
    assert sum(outcome.values()) == 2000 and set(outcome) == support.names(lab.topology), outcome


@FAMILIES
def test_udp(lab, hvsd, client, family):
    for size in (0, 9, 1452):
        assert client.ask_udp(vip(lab, family), ECHO_PORT, b"x" * size) == b"x" * size


def test_download(lab, hvsd, client, tmp_path):
    digest = make_blob(lab, "medium", 20_000_000)
    client.curl(vip(lab, "v4"), "/medium", "-o", str(tmp_path / "medium"))
    assert hashlib.sha256((tmp_path / "medium").read_bytes()).hexdigest() == digest


def test_kernel_keeps_its_own(lab, hvsd, client):
    top = lab.topology
    for address in (top.vip_v4, top.vip_v6, top.own_v4, top.own_v6):
        assert client.ping(address) == 3
    assert client.attempt(top.own_v4, ECHO_PORT) == "lb"
    # Client and servers speak to each other past the balancer, on the same wire.
    assert client.curl(top.servers[0].v4).stdout == "rs1\n"


def test_nothing_was_dropped(hvsd):
    assert {reason: n for reason, n in hvsd.drops().items() if n} == {}
