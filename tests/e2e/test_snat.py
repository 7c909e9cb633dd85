# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode snat beside services: the lab's servers are the hosts inside, and its client is a server outside."""
import contextlib
import hashlib
import socket

import pytest

import real_servers
import support
from lab import TWO_ARM, Lab, netns
from lab.servers import ECHO_PORT, HTTP_PORT, make_blob, start_echo, start_nginx, wait_listening

TOP = TWO_ARM
POOL = ("10.10.0.50", "fd10::50")
RULE = {"name": "office", "from": ["10.20.0.0/24", "fd20::/64"], "in": "in", "out": "out", "lip_pool": "public"}
POOLS = [{"name": "inside", "addresses": [*TOP.lips_v4, *TOP.lips_v6]}, {"name": "public", "addresses": list(POOL)}]
CONFIG = {"workers": 2, "lip_pools": POOLS, "snat": [RULE]}
FAMILIES = pytest.mark.parametrize("family", [4, 6])


def outside(family: int) -> str:
    return TOP.client_v4 if family == 4 else TOP.client_v6


def pool(family: int) -> str:
    return POOL[0] if family == 4 else POOL[1]


@pytest.fixture(scope="module")
def lab():
    with Lab(support.PREFIX, TOP) as lab:
        real_servers.route_through_balancer(lab)
        netns.ip_batch(lab.ns("lb"), [f"addr add {POOL[0]}/32 dev {TOP.outside}", f"addr add {POOL[1]}/128 dev {TOP.outside} nodad"])
        start_nginx(lab, "client")
        start_echo(lab, "client")
        for port in (HTTP_PORT, ECHO_PORT):
            wait_listening(lab, "client", TOP.client_v4, port)
        yield lab


@pytest.fixture(scope="module")
def inside(lab, hvsd):
    """The two hosts inside; their next hops are known then."""
    hosts = [support.Client(lab, server.name) for server in TOP.servers[:2]]
    for host in hosts:
        for family in (4, 6):
            support.wait_until("a way outside", lambda: host.attempt(outside(family), ECHO_PORT, 10) == "client")
    return hosts


@contextlib.contextmanager
def listener(lab, family: int, kind: int):
    """A socket of the host outside."""
    with lab.entered("client"):
        sock = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, kind)
    with sock:
        sock.settimeout(20)
        sock.bind((outside(family), 0))
        if kind == socket.SOCK_STREAM:
            sock.listen()
        yield sock


@FAMILIES
def test_http(lab, inside, family):
    for host in inside:
        assert host.curl(outside(family)).stdout == "client\n"
        outcome = support.http_requests(host, outside(family), 1000, 10)
        assert outcome == {"client": 1000}


@FAMILIES
def test_hosts_outside_see_the_pool(lab, hvsd, inside, family):
    with listener(lab, family, socket.SOCK_STREAM) as server:
        with inside[0].connect(*server.getsockname()[:2]) as sock:
            conn, peer = server.accept()
            with conn:
                assert peer[0] == pool(family)
                own = sock.getsockname()
                (row,) = [r for r in hvsd.conns("--service", "office") if r["client"].endswith(f":{own[1]}") and r["protocol"] == "tcp"
                          and r["state"] == "established"]
                assert row["mode"] == "snat" and row["vip"] == row["dest"] and row["lip"].endswith(f":{peer[1]}")


@FAMILIES
def test_udp(lab, inside, family):
    for host in inside:
        for size in (0, 9, 1452, 9000):
            assert host.ask_udp(outside(family), ECHO_PORT, b"x" * size) == b"x" * size


@FAMILIES
def test_the_same_source_port_of_two_hosts(lab, inside, family):
    with listener(lab, family, socket.SOCK_DGRAM) as server:
        where, peers = server.getsockname()[:2], set()
        with contextlib.ExitStack() as stack:
            for host in inside:
                sock = stack.enter_context(host.socket(where[0], socket.SOCK_DGRAM))
                sock.bind(("", 5000))
                sock.connect(where)
                sock.send(host.role.encode())
                said, peer = server.recvfrom(100)
                peers.add(peer[:2])
                server.sendto(said + b"!", peer)
                assert sock.recv(100) == host.role.encode() + b"!"
        assert len(peers) == 2 and {address for address, _ in peers} == {pool(family)}


def ping(lab, role: str, *options: str):
    return lab.run(role, "ping", "-n", "-i", "0.05", "-W", "5", *options, check=False).stdout


@FAMILIES
@pytest.mark.parametrize("size", [64, 1400, 4000])
def test_ping(lab, hvsd, inside, family, size):
    for host in inside:
        assert " 5 received" in ping(lab, host.role, "-c", "5", "-s", str(size), outside(family))
    rows = [row for row in hvsd.conns("--service", "office") if row["protocol"] == ("icmp" if family == 4 else "icmpv6")]
    assert rows and {row["state"] for row in rows} == {"replied"}


@FAMILIES
def test_ttl_ends_at_the_balancer(lab, inside, family):
    said = ping(lab, inside[0].role, "-c", "1", "-t", "1", outside(family))
    assert f"From {TOP.inside_v4 if family == 4 else TOP.inside_v6}" in said and "xceeded" in said, said


@FAMILIES
def test_nobody_listens(lab, inside, family):
    assert inside[0].attempt(outside(family), real_servers.CLOSED_PORT) == "ConnectionRefusedError"
    with pytest.raises(ConnectionRefusedError):  # an ICMP error from outside, translated
        inside[0].ask_udp(outside(family), real_servers.CLOSED_PORT, b"anybody?")


def test_downloads_arrive_unchanged(lab, inside, tmp_path):
    digest = make_blob(lab, "medium", 20_000_000)
    for host, family in zip(inside, (4, 6), strict=True):
        host.curl(outside(family), "/medium", "-o", str(tmp_path / "medium"))
        assert hashlib.sha256((tmp_path / "medium").read_bytes()).hexdigest() == digest


def test_the_kernel_keeps_what_is_for_the_balancer(lab, hvsd, inside):
    before = hvsd.ctl("status")["unowned"]["steered_packets"]
    for address in (TOP.inside_v4, TOP.inside_v6, TOP.own_v4, TOP.own_v6, *POOL):
        assert inside[0].ping(address) == 3
    assert inside[0].attempt(TOP.own_v4, ECHO_PORT) == "lb"
    # It may ask outside itself, and from an address of the pool too: what HVS does not know, it gives back.
    for family, own in ((4, TOP.own_v4), (6, TOP.own_v6)):
        assert " 3 received" in ping(lab, "lb", "-c", "3", "-I", own, outside(family))
    assert hvsd.ctl("status")["unowned"]["steered_packets"] == before
    for family in (4, 6):
        assert " 3 received" in ping(lab, "lb", "-c", "3", "-I", pool(family), outside(family))


def test_services_go_on_beside_it(lab, hvsd, client, inside):
    for vip in (TOP.vip_v4, TOP.vip_v6):
        assert set(client.attempts(vip, ECHO_PORT, 9)) == support.names(TOP)
        assert inside[0].attempt(vip, ECHO_PORT) in support.names(TOP)


def test_a_rule_that_goes_leaves_its_connections(lab, hvsd, inside):
    before = hvsd.ctl("status")["generation"]
    with inside[0].connect(TOP.client_v4, ECHO_PORT) as sock:
        del hvsd.settings["snat"]
        hvsd.reload(hvsd.settings["services"])
        assert support.echoes(sock, b"still here? " * 1000)
        assert inside[1].attempt(TOP.client_v4, ECHO_PORT, 1) != "client"
        assert support.echoes(sock, b"and now? " * 1000)
    hvsd.settings["snat"] = [RULE]
    hvsd.reload(hvsd.settings["services"])
    assert hvsd.ctl("status")["generation"] > before + 1
    assert inside[1].attempt(TOP.client_v4, ECHO_PORT) == "client"


def test_counters_and_drops(lab, hvsd):
    (row,) = [row for row in hvsd.ctl("services") if row["name"] == "office"]
    assert (row["mode"], row["from"], row["protocol"]) == ("snat", RULE["from"], "any")
    assert row["connections"] > 400 and row["to_dest"]["packets"] > row["connections"] < row["to_client"]["packets"]
    workers = hvsd.ctl("workers")
    assert sum(w["handoff_out"] for w in workers) == sum(w["handoff_in"] for w in workers) > 100
    # TTL 1, once for each family.
    assert {reason: n for reason, n in hvsd.drops().items() if n} == {"ttl_exceeded": 2}


def test_a_former_vip_gives_ports_when_its_connections_have_ended(lab, hvsd, client, inside):
    """With two workers, and local ports by blocks, another one may have a connection by it."""
    vip = "10.10.0.51"
    netns.ip_batch(lab.ns("lb"), [f"addr add {vip}/32 dev {TOP.outside}"])
    services = hvsd.settings["services"]
    servers = [server.v4 for server in TOP.servers]
    hvsd.reload([*services, support.service("any", vip, "tcp", "any", servers, timeouts={"tcp_established": "4s"})])
    with client.connect(vip, ECHO_PORT) as sock:
        assert support.echoes(sock, b"by the VIP")
        hvsd.settings["lip_pools"] = [POOLS[0], {"name": "public", "addresses": [vip, POOL[1]]}]
        hvsd.settings["services"] = services
        hvsd.write()
        warnings = hvsd.ctl("reload")["warnings"]
        assert any(line.startswith(f"LIP {vip}: was a VIP, on all ports of pool public") for line in warnings), warnings
        assert inside[0].attempt(TOP.client_v4, ECHO_PORT, 1) == "TimeoutError"
        assert hvsd.drops()["lip_exhausted"] > 0
    support.wait_until("its ports", lambda: inside[0].attempt(TOP.client_v4, ECHO_PORT, 1) == "client", 60)
    assert "connections by former VIPs have ended" in hvsd.read_log()
    with listener(lab, 4, socket.SOCK_STREAM) as server, inside[0].connect(*server.getsockname()):
        conn, peer = server.accept()
        conn.close()
        assert peer[0] == vip
