# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Real clients and servers through the VIP: nothing is lost, changed or sent to the wrong place."""
import hashlib

import pytest

import support
from lab.servers import ECHO_PORT, make_blob

FAMILIES = pytest.mark.parametrize("family", ["v4", "v6"])


def vip(lab, family: str) -> str:
    return lab.topology.vip_v4 if family == "v4" else lab.topology.vip_v6


@FAMILIES
@pytest.mark.parametrize("per_connection", [1, 200], ids=["a-connection-each", "keep-alive"])
def test_ten_thousand_http_requests_without_an_error(lab, hvsd, client, family, per_connection):
    outcome = support.http_requests(client, vip(lab, family), 10_000, per_connection)
    assert sum(outcome.values()) == 10_000
    assert set(outcome) == support.names(lab.topology), outcome
    # Round robin by connection: no server is further than one connection from another.
    assert max(outcome.values()) - min(outcome.values()) <= per_connection


@FAMILIES
def test_download_of_200_megabytes_arrives_unchanged(lab, hvsd, client, tmp_path, family):
    digest = make_blob(lab, "big", 200_000_000)
    client.curl(vip(lab, family), "/big", "-o", str(tmp_path / "big"))
    with open(tmp_path / "big", "rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == digest
    (tmp_path / "big").unlink()


@FAMILIES
def test_upload_arrives_unchanged(lab, hvsd, client, family):
    message = bytes(range(256)) * 8192
    with client.connect(vip(lab, family), ECHO_PORT) as sock:
        for at in range(0, len(message), 16384):
            assert support.echoes(sock, message[at:at + 16384])


@FAMILIES
@pytest.mark.parametrize("size", [0, 1, 9, 17, 18, 512, 1451, 1452, "mtu"])
def test_udp_payload_comes_back_whatever_its_size(lab, hvsd, client, family, size):
    if size == "mtu":
        size = 1500 - 8 - (20 if family == "v4" else 40)
    payload = bytes(n % 251 for n in range(size))
    for _ in range(6):  # every server twice
        assert client.ask_udp(vip(lab, family), ECHO_PORT, payload) == payload


@FAMILIES
def test_udp_flow_stays_with_its_server(lab, hvsd, client, family):
    chosen = set()
    for _ in range(9):
        with client.socket(vip(lab, family), 2) as sock:  # SOCK_DGRAM
            sock.connect((vip(lab, family), ECHO_PORT))
            answers = {support.exchange(sock, b"who") for _ in range(20)}
            assert len(answers) == 1
            chosen |= answers
    assert {name.decode() for name in chosen} == support.names(lab.topology)


def test_nothing_was_dropped_but_by_name(hvsd):
    """Runs last here: all of the traffic above was good."""
    lost = {reason: n for reason, n in hvsd.drops().items() if n}
    assert lost == {}


def test_counters_agree_with_what_was_sent(lab, hvsd, client):
    before = hvsd.services()["echo-udp"]
    dests = {row["address"]: row for row in hvsd.ctl("dests", "echo-udp")}
    for port in range(20000, 20030):  # below the kernel's own choice: each is a new flow
        client.ask_udp(lab.topology.vip_v4, ECHO_PORT, b"x" * 100, port)
    after = hvsd.services()["echo-udp"]
    assert after["connections"] - before["connections"] == 30
    assert after["to_dest"]["packets"] - before["to_dest"]["packets"] == 30
    assert after["to_client"]["packets"] - before["to_client"]["packets"] == 30
    for way in ("to_dest", "to_client"):
        grown = after[way]["bytes"] - before[way]["bytes"]
        assert grown == 30 * (14 + 20 + 8 + 100)
    for row in hvsd.ctl("dests", "echo-udp"):
        assert row["connections"] - dests[row["address"]]["connections"] == 10
