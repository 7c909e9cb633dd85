# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Full NAT between the families, with real stacks on both sides: IPv6 clients of IPv4 servers, and the other way. Two workers."""
import hashlib
import pathlib
import socket

import pytest

import support
from lab import TWO_ARM, netns
from lab.balancer import Balancer
from lab.servers import ECHO_PORT, HTTP_PORT, make_blob

TOP = TWO_ARM
CLOSED_PORT = 81
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "config" / "nat64.yaml"


def services() -> list[dict]:
    made = []
    for suffix, vip, other in (("", TOP.vip_v4, "v6"), ("6", TOP.vip_v6, "v4")):
        servers = [getattr(server, other) for server in TOP.servers]
        made += [support.service(f"web{suffix}", vip, "tcp", HTTP_PORT, servers),
                 support.service(f"echo{suffix}", vip, "tcp", ECHO_PORT, servers),
                 support.service(f"echo{suffix}-udp", vip, "udp", ECHO_PORT, servers),
                 support.service(f"closed{suffix}", vip, "udp", CLOSED_PORT, servers)]
    return made


CONFIG = {"workers": 2, "services": services()}
VIPS = pytest.mark.parametrize("vip", [TOP.vip_v4, TOP.vip_v6])


@VIPS
def test_http(hvsd, client, vip):
    assert client.curl(vip).stdout.strip() in support.names(TOP)
    outcome = support.http_requests(client, vip, 2000, 10)
    assert sum(outcome.values()) == 2000 and set(outcome) == support.names(TOP), outcome


@VIPS
def test_download_arrives_unchanged(lab, hvsd, client, tmp_path, vip):
    digest = make_blob(lab, "medium", 50_000_000)
    client.curl(vip, "/medium", "-o", str(tmp_path / "medium"))
    assert hashlib.sha256((tmp_path / "medium").read_bytes()).hexdigest() == digest


@VIPS
def test_upload_arrives_unchanged(hvsd, client, vip):
    message = bytes(range(256)) * 8192
    with client.connect(vip, ECHO_PORT) as sock:
        for at in range(0, len(message), 16384):
            assert support.echoes(sock, message[at:at + 16384])


@VIPS
@pytest.mark.parametrize("size", [0, 1, 9, 1232, 1233, 1452, 9000])
def test_udp_payload_comes_back_whatever_its_size(hvsd, client, vip, size):
    payload = bytes(n % 251 for n in range(size))
    for _ in range(6):
        assert client.ask_udp(vip, ECHO_PORT, payload) == payload


@VIPS
def test_udp_without_checksum(hvsd, client, vip):
    with client.socket(vip, socket.SOCK_DGRAM) as sock:
        if ":" not in vip:
            sock.setsockopt(socket.SOL_SOCKET, 11, 1)  # SO_NO_CHECK
        sock.connect((vip, ECHO_PORT))
        assert support.exchange(sock, b"unsummed") == b"unsummed"


@VIPS
def test_nobody_listens(hvsd, client, vip):
    with pytest.raises(ConnectionRefusedError):  # the server's ICMP error, in the client's words
        client.ask_udp(vip, CLOSED_PORT, b"anybody?")


def test_connections_show_both_sides(hvsd, client):
    for vip, inside in ((TOP.vip_v6, "10.20.0."), (TOP.vip_v4, "[fd20::")):
        with client.connect(vip, ECHO_PORT) as sock:
            assert support.echoes(sock, b"hello")
            # An earlier connection of another family, or to another service, may have had the same client port.
            here, there = (f"[{addr}]:{port}" if ":" in addr else f"{addr}:{port}"
                           for addr, port in (sock.getsockname()[:2], (vip, ECHO_PORT)))
            (row,) = [r for r in hvsd.conns() if (r["client"], r["vip"], r["protocol"]) == (here, there, "tcp")]
            assert row["dest"].startswith(inside) and row["lip"].startswith(inside)


@VIPS
def test_path_mtu_is_told_in_the_clients_words(lab, hvsd, client, vip):
    """The way inside is narrower for a while: what is too large to be cut comes back as an error of the client's family."""
    told = 1400 + (20 if ":" in vip else -20)
    level, option, discover = (socket.IPPROTO_IPV6, 24, 23) if ":" in vip else (socket.IPPROTO_IP, 14, 10)  # *_MTU, *_MTU_DISCOVER
    netns.ip_batch(lab.ns("lb"), [f"link set {TOP.inside} mtu 1400"])
    try:
        with client.socket(vip, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(level, discover, 2)
            sock.connect((vip, ECHO_PORT))

            def hears() -> bool:
                try:
                    sock.send(bytes(1440))
                except OSError:
                    pass  # the error, or what it taught
                return sock.getsockopt(level, option) == told

            support.wait_until("the client hears of it", hears)
            payload = bytes(told - (48 if ":" in vip else 28))
            support.wait_until("what fits comes back", lambda: client.ask_udp(vip, ECHO_PORT, payload) == payload)
    finally:
        netns.ip_batch(lab.ns("lb"), [f"link set {TOP.inside} mtu 1500"])


def test_dests_of_both_families_and_a_reload(hvsd, client):
    both = [{"address": TOP.servers[0].v4}, {"address": TOP.servers[1].v6}]
    with client.connect(TOP.vip_v6, ECHO_PORT) as sock, client.connect(TOP.vip_v4, ECHO_PORT) as other:
        assert support.echoes(sock, b"before") and support.echoes(other, b"before")
        hvsd.reload([{**s, "dests": both} if s["name"].startswith("echo") else s for s in services()])
        for vip in (TOP.vip_v6, TOP.vip_v4):
            assert client.attempts(vip, ECHO_PORT, 10) == {"rs1": 5, "rs2": 5}
        assert support.echoes(sock, b"after") and support.echoes(other, b"after")  # whether or not theirs are gone
    hvsd.reload(services())


def test_nothing_was_dropped_but_by_name(hvsd):
    assert {reason for reason, n in hvsd.drops().items() if n} <= {"mtu_exceeded"}


def test_the_example_runs(lab, hvsd, build_dir):
    """config/nat64.yaml as it is, but for the names of the devices."""
    lab.procs.stop(hvsd.name)
    text = EXAMPLE.read_text().replace("instance: nat64", f"instance: {support.PREFIX}x")
    for device, ours in (("eth0", TOP.outside), ("eth1", TOP.inside)):
        assert f"device: {device}," in text
        text = text.replace(f"device: {device},", f"device: {ours},")
    config = lab.run_dir / "nat64.yaml"
    config.write_text(text)
    daemon = Balancer(lab, build_dir, f"{support.PREFIX}x", config)
    try:
        daemon.start()
        assert [row["address"] for row in daemon.ctl("dests", "dns")] == ["fd20::31", "10.20.0.31"]
    finally:
        lab.procs.stop(daemon.name)
