# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode nat: real servers see the client, and the balancer is their router. Two workers, one per port."""
import hashlib

import pytest

import real_servers
import support
from lab import TWO_ARM
from lab.servers import ECHO_PORT, make_blob
from native_lab import lab_of

TOP = TWO_ARM
CONFIG = {"workers": 2, "services": real_servers.services(TOP, "nat", real_servers.addresses(TOP, "v4"),
                                                           real_servers.addresses(TOP, "v6"))}
VIPS = pytest.mark.parametrize("vip", [TOP.vip_v4, TOP.vip_v6])


@pytest.fixture(scope="module")
def lab(request):
    with lab_of(request.module)(support.PREFIX, TOP) as lab:
        real_servers.route_through_balancer(lab)
        yield lab


@VIPS
def test_http(lab, hvsd, client, vip):
    outcome = support.http_requests(client, vip, 1000, 20)
    assert sum(outcome.values()) == 1000 and set(outcome) == support.names(TOP), outcome


@VIPS
def test_udp(lab, hvsd, client, vip):
    for size in (0, 9, 1452, 9000):
        assert client.ask_udp(vip, ECHO_PORT, b"x" * size) == b"x" * size


def test_download(lab, hvsd, client, tmp_path):
    digest = make_blob(lab, "medium", 10_000_000)
    client.curl(TOP.vip_v4, "/medium", "-o", str(tmp_path / "medium"))
    assert hashlib.sha256((tmp_path / "medium").read_bytes()).hexdigest() == digest


@VIPS
def test_nobody_listens(lab, hvsd, client, vip):
    assert client.attempt(vip, real_servers.CLOSED_PORT) == "ConnectionRefusedError"
    with pytest.raises(ConnectionRefusedError):
        client.ask_udp(vip, real_servers.CLOSED_PORT, b"anybody?")


def test_listings_say_so(lab, hvsd, client):
    with client.connect(TOP.vip_v4, ECHO_PORT) as sock:
        assert support.exchange(sock, b"who").decode().strip() in support.names(TOP)
        own = f"{sock.getsockname()[0]}:{sock.getsockname()[1]}"
        (conn,) = [conn for conn in hvsd.conns("--service", "echo") if conn["client"] == own]
        assert (conn["mode"], conn["lip"]) == ("nat", "")
    assert {dest["mode"] for dest in hvsd.ctl("dests")} == {"nat"}


def test_real_servers_reach_the_balancer_itself(lab, hvsd):
    for server, address in ((TOP.servers[0], TOP.inside_v4), (TOP.servers[1], TOP.inside_v6)):
        assert support.Client(lab, server.name).ping(address) == 3


def test_nothing_was_dropped(hvsd):
    workers = hvsd.ctl("workers")
    assert sum(w["handoff_out"] for w in workers) == sum(w["handoff_in"] for w in workers) > 100
    assert {reason: n for reason, n in hvsd.drops().items() if n} == {}
