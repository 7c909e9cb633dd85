# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""SIGHUP publishes a difference: what did not change does not notice."""
import contextlib
import copy
import json
import signal

import pytest

import support
from lab.servers import ECHO_PORT, HTTP_PORT


@pytest.fixture
def services(hvsd):
    """The services as they stand; what a test publishes is taken back after it."""
    before = copy.deepcopy(hvsd.settings["services"])
    yield copy.deepcopy(before)
    if hvsd.settings["services"] != before:
        hvsd.reload(before)


def test_fifty_connections_survive_a_reload_that_adds_and_removes_services(lab, hvsd, client, services):
    top = lab.topology
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(client.connect(vip, ECHO_PORT)) for vip in [top.vip_v4, top.vip_v6] * 25]
        homes = [support.exchange(sock, b"who") for sock in socks]
        assert {home.decode().strip() for home in homes} == support.names(top)
        before = hvsd.services()

        kept = [s for s in services if s["name"] != "web"]
        added = support.service("web81", top.vip_v4, "tcp", 81, [s.v4 for s in top.servers])
        for dest in added["dests"]:
            dest["port"] = HTTP_PORT
        hvsd.reload([added, *kept])

        assert client.attempt(top.vip_v4, HTTP_PORT) == "ConnectionRefusedError"  # the kernel's again
        assert client.curl(top.vip_v4, port=81).stdout.strip() in support.names(top)
        for number, sock in enumerate(socks):
            assert support.echoes(sock, b"%d " % number * 1000)
            assert support.exchange(sock, b"who") == homes[number]

        hvsd.reload(services)
        for number, sock in enumerate(socks):
            assert support.exchange(sock, b"who") == homes[number]
        after = hvsd.services()
        for name in ("echo", "echo6"):
            assert after[name]["connections"] == before[name]["connections"]
            assert after[name]["active_connections"] == before[name]["active_connections"]
            assert after[name]["to_dest"]["packets"] > before[name]["to_dest"]["packets"]
    assert client.attempt(top.vip_v4, 81) == "ConnectionRefusedError"
    assert client.curl(top.vip_v4).stdout.strip() in support.names(top)


def test_connections_stay_when_their_server_is_drained_and_when_servers_are_added(lab, hvsd, client, services):
    top = lab.topology
    echo = next(s for s in services if s["name"] == "echo")
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(client.connect(top.vip_v4, ECHO_PORT)) for _ in range(6)]
        homes = [support.exchange(sock, b"who") for sock in socks]
        echo["dests"][0]["weight"] = 0
        hvsd.reload(services)
        assert set(client.attempts(top.vip_v4, ECHO_PORT, 12)) == {"rs2", "rs3"}
        assert [support.exchange(sock, b"who") for sock in socks] == homes


def test_connections_stay_when_their_service_gets_another_vip_and_loses_it(lab, hvsd, client):
    """By edits, in both spellings."""
    top = lab.topology

    def edit(**settings) -> None:
        hvsd.ctl_text("config", "edit", json.dumps([{"op": "edit_service", "service": "echo", "set": settings}]))

    try:
        with client.connect(top.vip_v4, ECHO_PORT) as sock:
            home = support.exchange(sock, b"who")
            for one, two in (({"vips": [top.vip_v4]}, {"vips": [top.vip_v4, top.own_v4]}),
                             ({"vip": top.vip_v4, "vips": None}, {"vip": None, "vips": [top.vip_v4, top.own_v4]})):
                edit(**two)
                with client.connect(top.own_v4, ECHO_PORT) as other:
                    assert support.exchange(other, b"who").decode().strip() in support.names(top)
                assert support.exchange(sock, b"who") == home
                edit(**one)
                assert client.attempt(top.own_v4, ECHO_PORT) not in support.names(top)  # the host's own server
                assert support.exchange(sock, b"who") == home
                assert support.echoes(sock, b"beyond the edit" * 1000)
    finally:
        hvsd.ctl_text("reload")


def test_weights_are_obeyed(lab, hvsd, client, services):
    top = lab.topology
    weighted = support.service("weighted", top.vip_v4, "tcp", 82, [s.v4 for s in top.servers], "wrr")
    for dest, weight in zip(weighted["dests"], (1, 2, 3)):
        dest.update(weight=weight, port=ECHO_PORT)
    hvsd.reload([*services, weighted])
    assert client.attempts(top.vip_v4, 82, 60) == {"rs1": 10, "rs2": 20, "rs3": 30}


def lips_steered(hvsd) -> int:
    return len(hvsd.map_rows("steer_lips"))


def test_connections_outlive_the_lips_that_a_reload_takes_away(lab, hvsd, client, services):
    top = lab.topology
    pools = copy.deepcopy(hvsd.settings["lip_pools"])
    support.wait_until("earlier tests' connections to be gone", lambda: not hvsd.conns("--service", "echo"))
    rows = lips_steered(hvsd)
    try:
        with client.connect(top.vip_v4, ECHO_PORT) as sock:
            home = support.exchange(sock, b"who")
            lip, port = hvsd.conns("--service", "echo")[0]["lip"].rsplit(":", 1)
            others = [a for a in [*top.lips_v4, *top.lips_v6] if a != lip]
            low = 40000 if int(port) < 40000 else 10240
            for addresses, ports in ((others, "10240-65535"), ([lip, *others], f"{low}-{low + 20000}"), (others, "50000-60000")):
                hvsd.settings["lip_pools"] = [{"name": "inside", "addresses": addresses, "ports": ports}]
                hvsd.reload(services)
                assert lips_steered(hvsd) == rows
                assert client.attempt(top.vip_v4, ECHO_PORT) in support.names(top)
                assert support.exchange(sock, b"who") == home
                assert support.echoes(sock, b"beyond the reload" * 1000)
        support.wait_until("the former LIP to be let go", lambda: lips_steered(hvsd) == rows - 1, 60)
        assert client.attempt(top.vip_v4, ECHO_PORT) in support.names(top)
    finally:
        hvsd.settings["lip_pools"] = pools
        hvsd.reload(services)
    assert lips_steered(hvsd) == rows


def test_broken_file_changes_nothing(lab, hvsd, client):
    generation = hvsd.ctl("status")["generation"]
    seen = hvsd.services()
    with client.connect(lab.topology.vip_v4, ECHO_PORT) as sock:
        home = support.exchange(sock, b"who")
        hvsd.config.write_text(hvsd.config.read_text().replace('"services"', '"colour": "red", "services"'))
        try:
            lines = len(hvsd.read_log().splitlines())
            hvsd.signal(signal.SIGHUP)
            support.wait_until("the complaint", lambda: "colour" in "".join(hvsd.read_log().splitlines()[lines:]))
            done = hvsd.ctl_text("reload", check=False)
            assert done.returncode != 0 and "colour" in done.stdout + done.stderr
        finally:
            hvsd.write()
        assert hvsd.running() and hvsd.ctl("status")["generation"] == generation
        assert hvsd.services().keys() == seen.keys()
        assert support.exchange(sock, b"who") == home


def test_a_service_that_can_take_nothing_is_told_of(hvsd, services):
    said = "services.empty: no dest takes new connections"
    empty = {**services[0], "name": "empty", "port": 4321, "dests": []}
    hvsd.settings["services"] = [*services, empty]
    hvsd.write()
    try:
        assert said in hvsd.ctl_text("reload").stdout
        assert said not in hvsd.ctl_text("reload").stdout, "it was said before"
    finally:
        hvsd.reload(services)
    try:
        assert said in hvsd.ctl_text("config", "edit", json.dumps([{"op": "add_service", "service": empty}])).stdout
    finally:
        hvsd.reload(services)


def test_reload_through_hvsctl(lab, hvsd, client, services):
    top = lab.topology
    hvsd.settings["services"] = [*services, support.service("extra", top.vip_v6, "udp", 9, [s.v6 for s in top.servers])]
    hvsd.write()
    hvsd.ctl_text("reload")
    assert "extra" in hvsd.services()
    assert "extra" in hvsd.ctl_text("config", "show").stdout


def test_a_service_with_open_connections_is_warned_of_when_it_is_removed(lab, hvsd, client, services):
    top = lab.topology

    def published(now: list[dict]) -> list[str]:
        hvsd.settings["services"] = now
        hvsd.write()
        return hvsd.ctl("reload")["warnings"]

    with client.connect(top.vip_v4, ECHO_PORT) as sock:
        home = support.exchange(sock, b"who")
        said = published([s for s in services if s["name"] != "echo"])
        assert len(said) == 1 and said[0].startswith("removed service echo: it had "), said
        assert "warn" in next(line for line in hvsd.read_log().splitlines() if said[0] in line)
        assert published(services) == []
        assert support.exchange(sock, b"who") == home  # the client was silent meanwhile
    # What another one is reached by, whatever its name, goes on.
    echo = next(s for s in services if s["name"] == "echo")
    others = [s for s in services if (s["vip"], s["protocol"]) != (echo["vip"], "tcp")]
    with client.connect(top.vip_v4, ECHO_PORT) as sock:
        home = support.exchange(sock, b"who")
        for instead in ({"port": f"{ECHO_PORT}-{ECHO_PORT + 9}"}, {"name": "every", "port": "any"}, {}):
            said = published([*others, {**echo, **instead}])
            assert not [line for line in said if line.startswith(("removed service echo", "removed service every"))], said
            assert support.exchange(sock, b"who") == home
    published(services)
    # A service that nobody has used is none.
    extra = support.service("extra", top.vip_v6, "udp", 9, [s.v6 for s in top.servers])
    published([*services, extra])
    assert published(services) == []
