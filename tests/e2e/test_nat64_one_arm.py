# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Full NAT between the families on one wire: one port is both sides."""
import hashlib

import pytest

import support
from lab import ONE_ARM as TOP
from lab.servers import ECHO_PORT, HTTP_PORT, make_blob

ONE_ARM = True
VIPS = pytest.mark.parametrize("vip", [TOP.vip_v4, TOP.vip_v6])


def services() -> list[dict]:
    made = []
    for suffix, vip, other in (("", TOP.vip_v4, "v6"), ("6", TOP.vip_v6, "v4")):
        servers = [getattr(server, other) for server in TOP.servers]
        made += [support.service(f"web{suffix}", vip, "tcp", HTTP_PORT, servers),
                 support.service(f"echo{suffix}", vip, "tcp", ECHO_PORT, servers),
                 support.service(f"echo{suffix}-udp", vip, "udp", ECHO_PORT, servers)]
    return made


CONFIG = {"services": services()}


@VIPS
def test_http(hvsd, client, vip):
    outcome = support.http_requests(client, vip, 2000, 20)
    assert sum(outcome.values()) == 2000 and set(outcome) == support.names(TOP), outcome


@VIPS
def test_download_arrives_unchanged(lab, hvsd, client, tmp_path, vip):
    digest = make_blob(lab, "medium", 20_000_000)
    client.curl(vip, "/medium", "-o", str(tmp_path / "medium"))
    assert hashlib.sha256((tmp_path / "medium").read_bytes()).hexdigest() == digest


@VIPS
def test_udp(hvsd, client, vip):
    for size in (0, 9, 1452, 5000):
        payload = bytes(n % 251 for n in range(size))
        assert client.ask_udp(vip, ECHO_PORT, payload) == payload


def test_nothing_was_dropped(hvsd):
    assert {reason: n for reason, n in hvsd.drops().items() if n} == {}
