# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode dr: real servers have the VIP on their loopback and answer the client past the balancer."""
import pytest

import real_servers
import support
from lab import ONE_ARM
from lab.servers import ECHO_PORT
from native_lab import lab_of

TOP = ONE_ARM
CONFIG = {"services": real_servers.services(TOP, "dr", real_servers.addresses(TOP, "v4"), real_servers.addresses(TOP, "v6"))}
VIPS = pytest.mark.parametrize("vip", [TOP.vip_v4, TOP.vip_v6])


@pytest.fixture(scope="module")
def lab(request):
    with lab_of(request.module)(support.PREFIX, TOP) as lab:
        real_servers.hold_vips(lab)
        yield lab


@VIPS
def test_http(lab, hvsd, client, vip):
    outcome = support.http_requests(client, vip, 1000, 20)
    assert sum(outcome.values()) == 1000 and set(outcome) == support.names(TOP), outcome


@VIPS
def test_udp(lab, hvsd, client, vip):
    for size in (0, 9, 1452, 9000):
        assert client.ask_udp(vip, ECHO_PORT, b"x" * size) == b"x" * size


@VIPS
def test_nobody_listens(lab, hvsd, client, vip):
    assert client.attempt(vip, real_servers.CLOSED_PORT) == "ConnectionRefusedError"
    with pytest.raises(ConnectionRefusedError):
        client.ask_udp(vip, real_servers.CLOSED_PORT, b"anybody?")


def test_answers_pass_us_by(hvsd):
    rows = hvsd.services().values()
    assert sum(row["to_dest"]["packets"] for row in rows) > 1000
    assert sum(row["to_client"]["packets"] for row in rows) == 0
    assert {reason: n for reason, n in hvsd.drops().items() if n} == {}
