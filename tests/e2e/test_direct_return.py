# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Modes dr and tunnel over two arms: the real server hears us on the one wire, and answers clients over another."""
import pytest

import real_servers
import support
from lab import TWO_ARM, netns
from lab.servers import ECHO_PORT, HTTP_PORT, make_blob
from native_lab import lab_of

TOP = TWO_ARM
SERVER = TOP.servers[0]


@pytest.fixture(scope="module")
def lab(request):
    with lab_of(request.module)(support.PREFIX, TOP) as lab:
        real_servers.hold_vips(lab)
        real_servers.end_tunnels(lab)
        wire_to_client(lab)
        yield lab


def wire_to_client(lab) -> None:
    client, server = lab.ns("client"), lab.ns(SERVER.name)
    netns.run("ip", "link", "add", "eth1", "netns", client, "type", "veth", "peer", "name", "eth1", "netns", server)
    # Its packets come in by another interface than the one that the way to the VIP leaves by.
    for device in ("all", "eth0", "eth1"):
        lab.run("client", "sysctl", "-qw", f"net.ipv4.conf.{device}.rp_filter=0")
    netns.ip_batch(client, ["link set eth1 up"])
    mac = lab.mac("client", "eth1")
    netns.ip_batch(server, ["addr add 10.10.0.21/32 dev eth1", "addr add fd10::21/128 dev eth1 nodad", "link set eth1 up",
                            *(f"neigh add {a} lladdr {mac} dev eth1 nud permanent" for a in (TOP.client_v4, TOP.client_v6)),
                            f"route add {TOP.client_v4}/32 dev eth1", f"route add {TOP.client_v6}/128 dev eth1"])


@pytest.fixture(scope="module")
def hvsd(new_hvsd):
    daemon = new_hvsd(services=[])
    daemon.start()
    return daemon


@pytest.mark.parametrize("forward", ["-g", "-i", "-i --tun-type gre"], ids=["dr", "ipip", "gre"])
@pytest.mark.parametrize("vip", [TOP.vip_v4, TOP.vip_v6])
def test_half_a_megabyte_each_way(lab, hvsd, client, vip, forward):
    host, server = (f"[{vip}]", f"[{SERVER.v6}]") if ":" in vip else (vip, SERVER.v4)
    hvsd.ipvsadm("-R", "-C\n" + "".join(
        f"-A -t {host}:{port} -s rr\n-a -t {host}:{port} -r {server}:{port} {forward}\n" for port in (HTTP_PORT, ECHO_PORT)))
    make_blob(lab, "half", 500_000)
    assert client.curl(vip, "/half", "-o", "/dev/null", "-w", "%{size_download}").stdout == "500000"
    with client.connect(vip, ECHO_PORT) as sock:
        for part in range(25):
            assert support.echoes(sock, bytes([part]) * 20_000)
    assert all(row["to_dest"]["packets"] > 0 and row["to_client"]["packets"] == 0 for row in hvsd.services().values())
    assert {reason for reason, n in hvsd.drops().items() if n} <= {"mtu_exceeded"}
