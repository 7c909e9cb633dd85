# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""How connections end that do not end by themselves, clients that find no server, and ports that come again."""
import contextlib
import socket
import time

import pytest
from scapy.layers.inet import IP, UDP, Ether, fragment
from scapy.packet import Raw

import support
from lab import TWO_ARM
from lab.servers import ECHO_PORT, HTTP_PORT

TOP = TWO_ARM
SERVER = TOP.servers[0]
PORTS = 64  # the fewest that a worker can have
CLIENTS = ("10.10.0.201", "10.10.0.202", "10.10.0.203", "10.10.0.204")


def services(servers=(SERVER.v4,), **more) -> list[dict]:
    short = {"timeouts": {"tcp_close": "1s", "tcp_last_ack": "1s"}, "dest_time_wait": more.pop("dest_time_wait", "reset")}
    return [support.service("web", TOP.vip_v4, "tcp", HTTP_PORT, servers, **short, **more),
            support.service("echo", TOP.vip_v4, "tcp", ECHO_PORT, servers, **more),
            support.service("echo-udp", TOP.vip_v4, "udp", ECHO_PORT, servers, **more)]


CONFIG = {"services": services(),
          "lip_pools": [{"name": "inside", "addresses": [TOP.lips_v4[0]], "ports": f"10240-{10240 + PORTS - 1}"}]}


@pytest.fixture(scope="module")
def hvsd(new_hvsd, client):
    daemon = new_hvsd(**CONFIG)
    daemon.start()
    support.wait_until("the server answers", lambda: client.attempt(TOP.vip_v4, ECHO_PORT) == SERVER.name)
    return daemon


def retransmitted_syns(lab) -> int:
    lines = [line.split() for line in lab.run("client", "cat", "/proc/net/netstat").stdout.splitlines()]
    return int(dict(zip(lines[0], lines[1]))["TCPSynRetrans"])


def fetch(client, source: str) -> str:
    """A page from a server that closes first."""
    with client.socket(TOP.vip_v4, socket.SOCK_STREAM) as sock:
        sock.bind((source, 0))
        sock.connect((TOP.vip_v4, HTTP_PORT))
        sock.sendall(b"GET / HTTP/1.1\r\nHost: vip\r\nConnection: close\r\n\r\n")
        text = b""
        while part := sock.recv(65536):
            text += part
    return text.rpartition(b"\r\n\r\n")[2].decode().strip()


def rounds(lab, hvsd, client, count: int) -> int:
    """Every client in turn, until all local ports were used `count` times; how many SYNs came to nothing."""
    before = retransmitted_syns(lab)
    for _ in range(count):
        for n in range(PORTS):
            with contextlib.suppress(TimeoutError):  # its SYNs came to nothing, all of them
                assert fetch(client, CLIENTS[n % len(CLIENTS)]) == SERVER.name
        support.wait_until("all local ports are free", lambda: not hvsd.conns("--service", "web"))
    return retransmitted_syns(lab) - before


def test_local_ports_come_again(lab, hvsd, client):
    """Each client has timestamps of its own, so the next one's are often lower than what the server remembers. A reset
    that overtakes the server's own way into TIME_WAIT, which the two CPUs here make possible, is lost on it."""
    for address in CLIENTS:
        lab.run("client", "ip", "addr", "add", f"{address}/24", "dev", "eth0")
    ended = rounds(lab, hvsd, client, 2)
    hvsd.reload(services(dest_time_wait="keep"))
    kept = rounds(lab, hvsd, client, 2)
    assert ended * 4 < kept, (ended, kept)
    hvsd.reload(services())


def test_a_removed_server_is_let_go(lab, hvsd, client):
    both = (SERVER.v4, TOP.servers[1].v4)
    with client.connect(TOP.vip_v4, ECHO_PORT) as sock:
        assert support.exchange(sock, b"who").decode().strip() == SERVER.name
        hvsd.reload(services(both[1:]))
        assert support.echoes(sock, b"it goes on")
        hvsd.reload(services(both[1:], on_dest_removed="reset"))
        with pytest.raises(ConnectionResetError):
            support.exchange(sock, b"no longer")
    filter_ = f"sport = :{ECHO_PORT}"
    support.wait_until("the server was told, too", lambda: not lab.run(
        SERVER.name, "ss", "-Htn", "state", "established", filter_).stdout)
    assert client.attempt(TOP.vip_v4, ECHO_PORT) == TOP.servers[1].name
    hvsd.reload(services())


def test_flows_go_elsewhere(lab, hvsd, client):
    with client.socket(TOP.vip_v4, socket.SOCK_DGRAM) as sock:
        sock.connect((TOP.vip_v4, ECHO_PORT))
        assert support.exchange(sock, b"who").decode().strip() == SERVER.name
        hvsd.reload(services([TOP.servers[1].v4], on_dest_removed="reschedule"))
        assert support.exchange(sock, b"who").decode().strip() == TOP.servers[1].name
        hvsd.reload(services(on_dest_removed="reset"))
        sock.send(b"who")
        with pytest.raises(ConnectionRefusedError):
            sock.recv(64)
        assert support.exchange(sock, b"who").decode().strip() == SERVER.name
    hvsd.reload(services())


def test_nobody_is_left(lab, hvsd, client):
    nobody = [{**s, "dests": [{**d, "weight": 0} for d in s["dests"]]} for s in services()]
    hvsd.reload(nobody)
    assert client.attempt(TOP.vip_v4, ECHO_PORT) == "ConnectionRefusedError"
    with pytest.raises(ConnectionRefusedError):
        client.ask_udp(TOP.vip_v4, ECHO_PORT, b"anybody?")
    hvsd.reload(services())


def test_fragments_come_in_reverse(lab, hvsd, client):
    """Those that come with their first one in a burst need not wait, and those that come long before it are given up: the
    pause is in between, unless the machine is busy."""
    message = bytes(range(250)) * 36
    with client.socket(TOP.vip_v4, socket.SOCK_DGRAM) as sock, client.raw() as raw:
        sock.bind((TOP.client_v4, 0))
        sock.settimeout(1)
        link = Ether(src=lab.mac("client", "eth0"), dst=lab.mac("lb", TOP.outside))
        for identification in range(4242, 4262):
            packet = (IP(src=TOP.client_v4, dst=TOP.vip_v4, id=identification) /
                      UDP(sport=sock.getsockname()[1], dport=ECHO_PORT) / Raw(message))
            first, *others = (bytes(link / part) for part in fragment(IP(bytes(packet)), fragsize=1480))
            for part in reversed(others):
                raw.send(part)
            time.sleep(0.004)
            raw.send(first)
            try:
                assert sock.recv(65536) == message
            except TimeoutError:
                continue
            if sum(w["fragments_held"] for w in hvsd.ctl("workers")) > 0:
                return
    pytest.fail("no fragment waited for its first one and went on with it")
