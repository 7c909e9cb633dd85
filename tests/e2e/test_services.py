# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Services on any port and on ranges, and clients that return to their server. Two workers, one per port."""
import pytest

import real_servers
import support
from lab import TWO_ARM
from lab.servers import ECHO_PORT, HTTP_PORT

TOP = TWO_ARM
V4, V6 = [s.v4 for s in TOP.servers], [s.v6 for s in TOP.servers]


def services(persistence: dict | None) -> list[dict]:
    more = {"persistence": persistence} if persistence else {}
    return [
        support.service("all", TOP.vip_v4, "tcp", "any", V4, **more),
        support.service("all-udp", TOP.vip_v4, "udp", "any", V4),
        support.service("some6", TOP.vip_v6, "tcp", [HTTP_PORT, "1-9"], V6, **more),
        support.service("one", TOP.vip_v4, "tcp", real_servers.CLOSED_PORT + 1, [V4[0]]),
    ]


CONFIG = {"workers": 2, "services": services(None)}
VIPS = pytest.mark.parametrize("vip", [TOP.vip_v4, TOP.vip_v6])


@VIPS
def test_every_port_reaches_every_server(lab, hvsd, client, vip):
    assert set(client.attempts(vip, ECHO_PORT, 10)) == support.names(TOP)
    outcome = support.http_requests(client, vip, 200, 10)
    assert sum(outcome.values()) == 200 and set(outcome) == support.names(TOP), outcome
    assert client.attempt(vip, real_servers.CLOSED_PORT) == "ConnectionRefusedError"


def test_udp(lab, hvsd, client):
    assert client.ask_udp(TOP.vip_v4, ECHO_PORT, b"any port") == b"any port"


def test_a_single_port_is_another_service(lab, hvsd, client):
    before = hvsd.services()["one"]["connections"]
    assert client.attempt(TOP.vip_v4, real_servers.CLOSED_PORT + 1) == "ConnectionRefusedError"
    assert hvsd.services()["one"]["connections"] == before + 1


def test_the_vip_answers_pings_itself(lab, hvsd, client):
    assert client.ping(TOP.vip_v4) == 3


def test_the_rows_say_so(lab, hvsd, client):
    ranges = [(entry["port_low"], entry["port_high"]) for row in hvsd.map_rows("steer_vips")
              for entry in row["value"]["ranges"][:row["value"]["ranges_used"]]]
    assert sorted(ranges) == [(0, 65535), (0, 65535), (1, 9)]
    listed = hvsd.ipvsadm("-Ln").stdout
    assert f"TCP  {TOP.vip_v4}:0 rr" in listed and f"{V4[0]}:0 " in listed, listed


def test_a_client_returns_to_its_server(lab, hvsd, client):
    hvsd.reload(services({"timeout": 60}))
    for vip in (TOP.vip_v4, TOP.vip_v6):
        (server,) = client.attempts(vip, ECHO_PORT, 30)
        outcome = support.http_requests(client, vip, 200, 20)
        assert outcome == {server: 200}
        (again,) = client.attempts(vip, ECHO_PORT, 5)
        assert again == server
    assert sum(dest["persistent_clients"] for dest in hvsd.ctl("dests")) == 2
    assert f"TCP  {TOP.vip_v4}:0 rr persistent 60\n" in hvsd.ipvsadm("-Ln").stdout
    columns = [line.split() for line in hvsd.ipvsadm("-Ln --persistent-conn").stdout.splitlines() if "->" in line]
    assert sum(int(words[3]) for words in columns if words[1].startswith("10.")) == 1, columns
    hvsd.reload(services(None))
    assert set(client.attempts(TOP.vip_v4, ECHO_PORT, 10)) == support.names(TOP)
