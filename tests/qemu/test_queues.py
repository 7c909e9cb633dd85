# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""AF_XDP ports of two queues, one worker for each: what veth pairs do not have."""
import threading

import pytest

from balancers import Hvs
from guest import Nic
from lab import netns

VIP, OWN, CLIENT, SERVER, LIPS = "10.10.0.100", "10.10.0.1", "10.10.0.200", "10.20.0.21", ["10.20.0.10", "10.20.0.11"]
PORT, SOCKETS, ROUNDS = 7, 64, 5
OPTIONS = "guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off,guest_csum=off"


@pytest.fixture(scope="module")
def client_ns(new_ns):
    return new_ns("client")


@pytest.fixture(scope="module")
def hvs(new_ns, client_ns, new_guest, build_dir):
    server_ns = new_ns("server")
    guest = new_guest([Nic(client_ns, queues=2, options=OPTIONS), Nic(server_ns, queues=2, options=OPTIONS)])
    netns.ip_batch(client_ns, [f"addr add {CLIENT}/24 dev eth0"])
    netns.ip_batch(server_ns, [f"addr add {SERVER}/24 dev eth0"])
    for number, (name, addresses) in enumerate((("out", [f"{OWN}/24", f"{VIP}/32"]), ("in", ["10.20.0.1/24", *(f"{a}/32" for a in LIPS)]))):
        guest.run(f"set -e; ip link set {guest.device(number)} name hvs-{name}; ethtool -L hvs-{name} combined 2; "
                  f"ip link set hvs-{name} up; " + "; ".join(f"ip addr add {a} dev hvs-{name}" for a in addresses))
    service = {"name": "echo", "vip": VIP, "protocol": "udp", "port": PORT, "mode": "fullnat", "scheduler": "rr", "lip_pool": "inside",
               "dests": [{"address": SERVER}]}
    hvs = Hvs(guest, build_dir, queues=2, lip_pools=[{"name": "inside", "addresses": LIPS}], services=[service])
    hvs.start()
    server = netns.udp_socket(server_ns, SERVER, PORT)
    server.settimeout(None)

    def echo() -> None:
        while (message := server.recvfrom(2048))[0] != b"end":
            server.sendto(*message)

    thread = threading.Thread(target=echo, daemon=True)
    thread.start()
    yield hvs
    with netns.udp_socket(server_ns, SERVER) as last:
        last.sendto(b"end", (SERVER, PORT))
    thread.join()
    server.close()
    hvs.stop()


def test_every_frame_comes_back_over_both_queues(hvs, client_ns):
    sockets = [netns.udp_socket(client_ns, CLIENT) for _ in range(SOCKETS)]
    try:
        sockets[0].sendto(b"first", (VIP, PORT))  # neighbours get to know each other
        assert sockets[0].recv(100) == b"first"
        for turn in range(ROUNDS):
            for number, each in enumerate(sockets):
                each.sendto(b"%d of %d" % (turn, number), (VIP, PORT))
            for number, each in enumerate(sockets):
                assert each.recv(100) == b"%d of %d" % (turn, number)
    finally:
        for each in sockets:
            each.close()
    workers = hvs.ctl("workers")
    assert [worker["connections"] > 0 for worker in workers] == [True, True], workers
    assert sum(worker["connections"] for worker in workers) == SOCKETS
    assert sum(worker["handoff_out"] for worker in workers) == sum(worker["handoff_in"] for worker in workers)
    assert hvs.drops() == {}


def test_the_kernel_answers_on_the_same_devices(hvs, client_ns):
    for address in (OWN, VIP):
        assert "5 received" in netns.run_in(client_ns, "ping", "-n", "-q", "-i", "0.05", "-c", "5", "-W", "5", address).stdout
