# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Shared-NIC mode: what is not a service's stays the kernel's, on the same interface, at the same time."""
import ipaddress
import threading

import support
from lab.servers import ECHO_PORT

PROTOCOLS = {"tcp": 6, "udp": 17}


def test_kernel_answers_ping_to_vip_and_own_address(lab, hvsd, client):
    top = lab.topology
    for address in (top.vip_v4, top.vip_v6, top.own_v4, top.own_v6):
        assert client.ping(address, 20) == 20


def test_kernel_serves_its_own_tcp_and_ping_while_vip_traffic_flows(lab, hvsd, client):
    outcome = {}
    load = threading.Thread(
        target=lambda: outcome.update(support.http_requests(client, lab.topology.vip_v4, 4000, 100)))
    with client.connect(lab.topology.own_v4, ECHO_PORT) as own:
        assert support.exchange(own, b"who") == b"lb\n"
        load.start()
        turns = 0
        while load.is_alive() or turns < 20:
            assert support.echoes(own, b"hello, kernel" * 50)
            assert client.ping(lab.topology.own_v4, 2) == 2
            turns += 1
        load.join()
    assert sum(outcome.values()) == 4000 and set(outcome) == support.names(lab.topology), outcome


def test_a_port_of_the_vip_without_a_service_is_the_kernels(lab, hvsd, client):
    steered = hvsd.services()
    assert client.attempt(lab.topology.vip_v4, 81) == "ConnectionRefusedError"
    assert client.attempt(lab.topology.vip_v6, 81) == "ConnectionRefusedError"
    assert {n: s["steered_packets"] for n, s in hvsd.services().items()} == \
        {n: s["steered_packets"] for n, s in steered.items()}


def key_of(row: dict) -> tuple:
    """A row's key as (protocol, address, port); addresses are bytes, IPv4 in the first four; ports network order."""
    key = row["key"]
    raw = bytes(int(b, 16) if isinstance(b, str) else b for b in key["addr"])
    address = ipaddress.ip_address(raw[:4] if key["family"] == 4 else raw)
    port = int.from_bytes(int(key["port"]).to_bytes(2, "little"), "big")
    return key["protocol"], str(address), port


def test_steering_map_and_hvsctl_name_the_same_services(hvsd):
    rows = {key_of(row): row["value"] for row in hvsd.map_rows("steer_services")}
    services = {(PROTOCOLS[s["protocol"]], s["vip"], s["port"]): s for s in hvsd.ctl("services")}
    assert rows.keys() == services.keys() and len(rows) == 6
    assert len({value["stats_index"] for value in rows.values()}) == len(rows)


def test_steering_counters_and_hvsctl_agree(lab, hvsd, client):
    for _ in range(10):
        assert client.ask_udp(lab.topology.vip_v4, ECHO_PORT, b"ping") == b"ping"
    index = {key_of(row): row["value"]["stats_index"] for row in hvsd.map_rows("steer_services")}
    stats = {row["key"]: row["values"] for row in hvsd.map_rows("steer_stats")}
    for service in hvsd.ctl("services"):
        per_cpu = stats[index[(PROTOCOLS[service["protocol"]], service["vip"], service["port"])]]
        assert sum(cpu["value"]["steered_packets"] for cpu in per_cpu) == service["steered_packets"]
        assert sum(cpu["value"]["passed_packets"] for cpu in per_cpu) == service["passed_packets"] == 0
    assert hvsd.services()["echo-udp"]["steered_packets"] >= 10


def test_lips_are_in_their_map(lab, hvsd):
    rows = hvsd.map_rows("steer_lips")
    found = set()
    for row in rows:
        raw = bytes(int(b, 16) if isinstance(b, str) else b for b in row["key"]["addr"])
        found.add(str(ipaddress.ip_address(raw[:4] if row["key"]["family"] == 4 else raw)))
        assert (row["value"]["port_low"], row["value"]["port_high"]) == (10240, 65535)
    assert found == {*lab.topology.lips_v4, *lab.topology.lips_v6}


def test_a_lip_port_below_the_range_is_the_kernels(lab, hvsd):
    server = support.Client(lab, "rs1")
    assert server.attempt(lab.topology.lips_v4[0], 9) == "ConnectionRefusedError"
    assert server.ping(lab.topology.lips_v4[0]) == 3
