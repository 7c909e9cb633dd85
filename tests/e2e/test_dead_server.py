# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A real server dies. There are no health checks yet: its share of new connections fails, and only its share."""
import signal

import pytest

import support
from lab import servers
from lab.servers import ECHO_PORT

DEAD = "rs2"


@pytest.fixture
def connections(lab, hvsd, client):
    """An open connection to every real server, by name."""
    socks = {}
    while len(socks) < len(lab.topology.servers):
        sock = client.connect(lab.topology.vip_v4, ECHO_PORT)
        name = support.exchange(sock, b"who").decode().strip()
        assert name not in socks
        socks[name] = sock
    yield socks
    for sock in socks.values():
        sock.close()


def others_answer(connections) -> bool:
    return all(support.echoes(sock, b"still here" * 100) for name, sock in connections.items() if name != DEAD)


def test_killed_process_is_a_reset_and_nobody_else_notices(lab, hvsd, client, connections):
    lab.procs.kill(f"{DEAD}.echo", signal.SIGKILL)
    lab.procs.wait(f"{DEAD}.echo")
    try:
        # The established connection ends: the server's kernel closes it, and resets what comes after.
        assert connections[DEAD].recv(10) == b""
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            while True:
                connections[DEAD].sendall(b"anybody?")
        assert others_answer(connections)
        outcome = client.attempts(lab.topology.vip_v4, ECHO_PORT, 30)
        assert outcome == {"rs1": 10, "rs3": 10, "ConnectionRefusedError": 10}
    finally:
        servers.start_echo(lab, DEAD)
        servers.wait_listening(lab, DEAD, "::1", ECHO_PORT)
    assert client.attempts(lab.topology.vip_v4, ECHO_PORT, 9) == {"rs1": 3, "rs2": 3, "rs3": 3}


def test_silence_is_a_timeout_for_its_share_and_ends_with_it(lab, hvsd, client, connections):
    lab.link(DEAD, "eth0", "down")
    try:
        connections[DEAD].sendall(b"are you there?")
        assert others_answer(connections)
        outcome = client.attempts(lab.topology.vip_v4, ECHO_PORT, 9, timeout=1)
        assert (outcome.pop("rs1"), outcome.pop("rs3")) == (3, 3)
        # Nobody answers; once the kernel has given up on the neighbour, the client may be told.
        assert sum(outcome.values()) == 3 and set(outcome) <= {"TimeoutError", "OSError"}, outcome
        assert others_answer(connections)
    finally:
        lab.link(DEAD, "eth0", "up")
    # What was sent into the silence is sent again by TCP, and arrives.
    connections[DEAD].settimeout(60)
    assert connections[DEAD].recv(100) == b"are you there?"
    support.wait_until("new connections to every server", lambda: client.attempts(
        lab.topology.vip_v4, ECHO_PORT, 3) == {"rs1": 1, "rs2": 1, "rs3": 1}, 60)


def test_udp_to_a_dead_server_is_lost_alone(lab, hvsd, client):
    lab.procs.kill(f"{DEAD}.echo", signal.SIGKILL)
    lab.procs.wait(f"{DEAD}.echo")
    answered = lost = 0
    try:
        for _ in range(9):
            with client.socket(lab.topology.vip_v4, 2) as sock:  # SOCK_DGRAM
                sock.settimeout(1)
                sock.connect((lab.topology.vip_v4, ECHO_PORT))
                sock.send(b"who")
                try:
                    answered += sock.recv(10) in (b"rs1", b"rs3")
                except (TimeoutError, ConnectionRefusedError):
                    lost += 1
    finally:
        servers.start_echo(lab, DEAD)
        servers.wait_listening(lab, DEAD, "::1", ECHO_PORT)
    assert (answered, lost) == (6, 3)
