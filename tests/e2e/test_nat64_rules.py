# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Full NAT between the families under the rules that a service may have: persistence, limits, what becomes of clients without a
server and of connections whose server is gone, and edits by hvs-ipvsadm."""
import contextlib
import socket

import pytest

import support
from lab import TWO_ARM
from lab.servers import ECHO_PORT

TOP = TWO_ARM
FULL_PORT = 4000
FAMILIES = {TOP.vip_v4: "v6", TOP.vip_v6: "v4"}  # of a VIP, that of its servers
VIPS = pytest.mark.parametrize("vip", FAMILIES)


def servers_of(vip: str) -> list[str]:
    return [getattr(server, FAMILIES[vip]) for server in TOP.servers]


def services(servers: slice = slice(None), **more) -> list[dict]:
    return [support.service(f"{protocol}-{FAMILIES[vip]}", vip, protocol, ECHO_PORT, servers_of(vip)[servers], **more)
            for vip in FAMILIES for protocol in ("tcp", "udp")]


CONFIG = {"workers": 2, "services": services()}


@pytest.fixture
def rules(hvsd):
    """Publishes services by other rules; the usual ones come back."""
    yield hvsd.reload
    hvsd.reload(services())


def asked(sock: socket.socket) -> str:
    return support.exchange(sock, b"who").decode().strip()


@VIPS
def test_a_client_returns_to_its_server(hvsd, client, rules, vip):
    rules(services(persistence={"timeout": 60}))
    (server,) = client.attempts(vip, ECHO_PORT, 20)
    (again,) = client.attempts(vip, ECHO_PORT, 5)
    assert again == server
    held = [d for d in hvsd.ctl("dests", f"tcp-{FAMILIES[vip]}") if d["persistent_clients"]]
    index = [s.name for s in TOP.servers].index(server)
    assert [(d["address"], d["persistent_clients"]) for d in held] == [(servers_of(vip)[index], 1)]


@VIPS
def test_full_servers_take_no_more(hvsd, client, rules, vip):
    name = f"tcp-{FAMILIES[vip]}"
    dests = [{"address": address, "max_conn": 2, "min_conn": 1} for address in servers_of(vip)]
    support.wait_until("earlier connections are gone", lambda: not [d for d in hvsd.ctl("dests", name) if d["active_connections"]])
    rules([*services(), {**support.service("full", vip, "tcp", FULL_PORT, []),
                         "dests": [{**dest, "port": ECHO_PORT} for dest in dests]}])
    with contextlib.ExitStack() as stack:
        for _ in range(6):
            sock = stack.enter_context(client.connect(vip, FULL_PORT))
            assert asked(sock) in support.names(TOP)
        assert [dest["full"] for dest in hvsd.ctl("dests", "full")] == [True, True, True]
        assert client.attempt(vip, FULL_PORT) == "ConnectionRefusedError"
    support.wait_until("there is room again", lambda: client.attempt(vip, FULL_PORT) in support.names(TOP))


@VIPS
def test_clients_that_find_no_server_are_told(hvsd, client, rules, vip):
    nobody = [{**s, "dests": [{**d, "weight": 0} for d in s["dests"]]} for s in services()]
    rules(nobody)
    assert client.attempt(vip, ECHO_PORT) == "ConnectionRefusedError"
    with pytest.raises(ConnectionRefusedError):
        client.ask_udp(vip, ECHO_PORT, b"anybody?")
    rules([{**s, "on_no_dest": "drop"} for s in nobody])
    assert client.attempt(vip, ECHO_PORT, timeout=1) == "TimeoutError"


@VIPS
def test_datagrams_go_elsewhere_when_their_server_is_removed(hvsd, client, rules, vip):
    rules(services(slice(0, 1)))
    with client.socket(vip, socket.SOCK_DGRAM) as sock:
        sock.connect((vip, ECHO_PORT))
        assert asked(sock) == TOP.servers[0].name
        rules(services(slice(1, 2), on_dest_removed="reschedule"))
        assert asked(sock) == TOP.servers[1].name
        other = [{**s, "on_dest_removed": "reschedule", "dests": [{"address": getattr(TOP.servers[2], "v6" if ":" in vip else "v4")}]}
                 if s["vip"] == vip else s for s in services()]
        rules(other)
        assert asked(sock) == TOP.servers[2].name, "of the client's own family"
        rules(services(slice(0, 1), on_dest_removed="reset"))
        sock.send(b"who")
        with pytest.raises(ConnectionRefusedError):
            sock.recv(64)


@VIPS
def test_a_connection_ends_when_its_server_is_removed(lab, hvsd, client, rules, vip):
    """A TCP connection cannot go elsewhere: with `reschedule`, too, both of its sides are reset."""
    rules(services(slice(0, 1), on_dest_removed="reschedule"))
    with client.connect(vip, ECHO_PORT) as sock:
        assert asked(sock) == TOP.servers[0].name
        rules(services(slice(1, 2), on_dest_removed="reschedule"))
        with pytest.raises(ConnectionResetError):
            support.exchange(sock, b"no longer")
    support.wait_until("the server was told, too", lambda: not lab.run(
        TOP.servers[0].name, "ss", "-Htn", "state", "established", f"sport = :{ECHO_PORT}").stdout)
    assert client.attempt(vip, ECHO_PORT) == TOP.servers[1].name


@VIPS
def test_commands_of_ipvsadm(hvsd, client, rules, vip):
    text = {True: "[{}]:{}", False: "{}:{}"}
    service = "-t " + text[":" in vip].format(vip, ECHO_PORT)
    servers = [text[":" in address].format(address, ECHO_PORT) for address in servers_of(vip)]
    rules([s for s in services() if s["vip"] != vip])
    hvsd.ipvsadm(f"-A {service} -s wrr")
    for weight, server in enumerate(servers, 1):
        hvsd.ipvsadm(f"-a {service} -r {server} -b -w {weight}")
    assert client.attempts(vip, ECHO_PORT, 12, 10) == {"rs1": 2, "rs2": 4, "rs3": 6}
    saved = hvsd.ipvsadm("-S -n").stdout
    for weight, server in enumerate(servers, 1):
        assert f"-a {service} -r {server} -b -w {weight}\n" in saved
        assert f"-> {server} " in hvsd.ipvsadm("-Ln").stdout
    with client.connect(vip, ECHO_PORT) as sock:
        home = asked(sock)
        (row,) = [line.split() for line in hvsd.ipvsadm("-Lcn").stdout.splitlines() if f":{sock.getsockname()[1]} " in line]
        assert row[-1] == servers[[s.name for s in TOP.servers].index(home)]
    refused = hvsd.ipvsadm(f"-a {service} -r {servers[0]} -m", check=False)
    assert refused.returncode == 255 and "has the real server" in refused.stderr
    hvsd.ipvsadm(f"-d {service} -r {servers[1]}")
    refused = hvsd.ipvsadm(f"-a {service} -r {servers[1]} -m", check=False)
    assert refused.returncode == 255 and "does not translate between families" in refused.stderr
    hvsd.ipvsadm(f"-e {service} -r {servers[0]} -b -w 0")
    assert set(client.attempts(vip, ECHO_PORT, 4)) == {"rs3"}
    hvsd.ipvsadm("-R", "-C\n" + saved)
    assert hvsd.ipvsadm("-S -n").stdout == saved
    assert set(client.attempts(vip, ECHO_PORT, 12)) == support.names(TOP)
