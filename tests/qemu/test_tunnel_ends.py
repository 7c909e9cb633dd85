# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Mode tunnel to real servers whose kernel ends the tunnels, set up as docs/real-servers.md says: every type, IPv4 and
IPv6 in it, over IPv4 and IPv6. One namespace of the guest is all of the real servers, with an address for each."""
import dataclasses
import socket

import pytest

from balancers import Hvs
from conftest import ROOT
from guest import Nic
from lab import netns

PAGE = ROOT / "docs" / "real-servers.md"
OPTIONS = "guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off,guest_csum=off"
CLIENT = {4: "10.10.0.200", 6: "fd10::200"}
PORT = 7


@dataclasses.dataclass(frozen=True)
class End:
    """A real server's: what the balancer's file says, and the server's devices for IPv4 and IPv6 in the tunnel."""
    tunnel: dict
    over: int  # the version of IP
    v4: str
    v6: str


SAME = "type gre local ADDR"
OVER_V6 = "type ip6tnl local ADDR mode any"
ENDS = {
    "ipip": End({"type": "ipip"}, 4, "type ipip local ADDR", "type sit local ADDR"),
    "gre": End({"type": "gre"}, 4, SAME, SAME),
    "gre-checksum": End({"type": "gre", "checksum": "on"}, 4, f"{SAME} icsum", f"{SAME} icsum"),
    "gue": End({"type": "gue"}, 4, "type ipip local ADDR", "type sit local ADDR"),
    "gue-checksum": End({"type": "gue", "checksum": "on"}, 4, "type ipip local ADDR", "type sit local ADDR"),
    "gue-variant-1": End({"type": "gue", "gue_variant": 1}, 4, "type ipip local ADDR", "type sit local ADDR"),
    "fou": End({"type": "gue", "gue_variant": 1, "port": 6081}, 4, "type ipip local ADDR", ""),
    "fou-of-ipv6": End({"type": "gue", "gue_variant": 1, "port": 6082}, 4, "", "type sit local ADDR"),
    "ipip-over-ipv6": End({"type": "ipip"}, 6, OVER_V6, OVER_V6),
    "gre-over-ipv6": End({"type": "gre"}, 6, "type ip6gre local ADDR", "type ip6gre local ADDR"),
    "gue-over-ipv6": End({"type": "gue"}, 6, OVER_V6, OVER_V6),
    "gue-variant-1-over-ipv6": End({"type": "gue", "gue_variant": 1}, 6, OVER_V6, OVER_V6),
}
PORTS_OF_FOU = ("ip fou add port 6080 gue", "ip fou add port 6081 ipproto 4", "ip fou add port 6082 ipproto 41")
PORT_OF_FOU_V6 = "ip -6 fou add port 6080 gue"
CASES = [(name, version) for name, end in ENDS.items() for version in (4, 6) if (end.v4 if version == 4 else end.v6)]


def vip(name: str, version: int) -> str:
    number = 100 + list(ENDS).index(name)
    return f"10.10.0.{number}" if version == 4 else f"fd10::{number}"


def address(name: str) -> str:
    number = 100 + list(ENDS).index(name)
    return f"10.20.0.{number}" if ENDS[name].over == 4 else f"fd20::{number}"


def prefix(ip: str) -> str:
    return f"{ip}/128 nodad" if ":" in ip else f"{ip}/32"


def services() -> list[dict]:
    return [{"name": f"{name}-{protocol}-{version}", "vip": vip(name, version), "protocol": protocol, "port": PORT, "mode": "tunnel",
             "scheduler": "rr", "dests": [{"address": address(name), "tunnel": ENDS[name].tunnel}]}
            for name, version in CASES for protocol in ("tcp", "udp")]


def devices() -> list[tuple[str, str, str, list[int]]]:
    """Of the real servers: name, type, whose it is, and the versions of IP that it takes out of tunnels."""
    found = []
    for number, (name, end) in enumerate(ENDS.items()):
        types: dict[str, list[int]] = {}
        for version, device in ((4, end.v4), (6, end.v6)):
            if device:
                types.setdefault(device, []).append(version)
        found += [(f"hvs{number}-{versions[0]}", device, name, versions) for device, versions in types.items()]
    return found


def real_servers() -> list[str]:
    """Lines of `ip -batch` for their namespace, whose device eth0 leads to the balancer and eth1 to the client."""
    lines = ["link set lo up", "link set eth0 up", "link set eth1 up", "addr add 10.30.0.1/24 dev eth1", "addr add fd30::1/64 dev eth1 nodad",
             "route add 10.10.0.0/24 via 10.30.0.200", "route add fd10::/64 via fd30::200",
             *(f"addr add {address(name)}/{24 if end.over == 4 else '64 nodad'} dev eth0" for name, end in ENDS.items()),
             *(line.removeprefix("ip ") for line in PORTS_OF_FOU)]
    for netdev, device, name, versions in devices():
        lines += [f"link add {netdev} {device.replace('ADDR', address(name))}", f"link set {netdev} up",
                  *(f"addr add {prefix(vip(name, version))} dev {netdev}" for version in versions)]
    return lines


@pytest.fixture(scope="module")
def client_ns(new_ns):
    return new_ns("client")


@pytest.fixture(scope="module")
def hvs(new_guest, client_ns, build_dir):
    guest = new_guest([Nic(client_ns, "eth0", options=OPTIONS), Nic(client_ns, "eth1", options=OPTIONS)])
    netns.run_in(client_ns, "sysctl", "-qw", *(f"net.ipv4.conf.{device}.rp_filter=0" for device in ("all", "eth0", "eth1")))
    netns.ip_batch(client_ns, [f"addr add {CLIENT[4]}/24 dev eth0", f"addr add {CLIENT[6]}/64 dev eth0 nodad",
                               "addr add 10.30.0.200/24 dev eth1", "addr add fd30::200/64 dev eth1 nodad"])
    guest.modprobe("veth", "ipip", "sit", "ip_gre", "ip6_tunnel", "ip6_gre", "fou", "fou6")
    balancer = [f"link set {guest.device(0)} name hvs-out", "link set hvs-out up", "addr add 10.10.0.1/24 dev hvs-out",
                "addr add fd10::1/64 dev hvs-out nodad", *(f"addr add {prefix(vip(*case))} dev hvs-out" for case in CASES),
                "link add hvs-in type veth peer name eth0 netns rs", "addr add 10.20.0.1/24 dev hvs-in",
                "addr add fd20::1/64 dev hvs-in nodad", "link set hvs-in up", f"link set {guest.device(1)} netns rs name eth1"]
    for name, lines in (("balancer", balancer), ("servers", real_servers())):
        (guest.rig / name).write_text("".join(f"{line}\n" for line in lines))
    loose = " ".join(f"net.ipv4.conf.{netdev}.rp_filter=2" for netdev, *_ in devices())
    guest.run("set -e; ip netns add rs; ip -batch /run/rig/balancer; ip -n rs -batch /run/rig/servers; "
              f"{PORT_OF_FOU_V6.replace('ip', 'ip -n rs', 1)}; nsenter --net=/run/netns/rs sysctl -qw {loose}", timeout=120)
    server = guest.spawn(f"exec nsenter --net=/run/netns/rs /usr/bin/python3 {ROOT}/tools/lab/echo_server.py rs :: {PORT}")
    hvs = Hvs(guest, build_dir, services=services())
    hvs.start()
    guest.run(f"for ((i = 0; i < 600; i++)); do nsenter --net=/run/netns/rs ss -tln | grep -q ':{PORT} ' && exit; sleep 0.1; done; exit 1",
              timeout=120)
    yield hvs
    hvs.stop()
    assert server.running(), server.stderr()


@pytest.mark.parametrize(("name", "version"), CASES, ids=[f"{name}-ipv{version}" for name, version in CASES])
def test_the_kernel_takes_what_comes_in_by(hvs, client_ns, name, version):
    with netns.entered(client_ns):
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        tcp, udp = socket.socket(family, socket.SOCK_STREAM), socket.socket(family, socket.SOCK_DGRAM)
    with tcp, udp:
        for sock in (tcp, udp):
            sock.settimeout(20)
            sock.connect((vip(name, version), PORT))
        for size in (0, 1, 1200):
            udp.send(b"u" * size)
            assert udp.recv(2000) == b"u" * size
        message = bytes(range(200)) * 20
        tcp.sendall(message)
        answer = b""
        while len(answer) < len(message):
            assert (part := tcp.recv(8000)), "the connection has ended"
            answer += part
        assert answer == message
    (dest,) = [row for row in hvs.ctl("dests") if row["service"] == f"{name}-udp-{version}"]
    assert dest["to_dest"]["packets"] == 3, dest


def test_nothing_was_dropped(hvs):
    assert set(hvs.drops()) <= {"mtu_exceeded"}


def test_the_page_names_these_devices():
    page = PAGE.read_text()
    for end in ENDS.values():
        for device in filter(None, (end.v4.removesuffix(" icsum"), end.v6.removesuffix(" icsum"))):
            assert f"`{device}`" in page
    for line in ("ip fou add port 6080 gue", "ip -6 fou add port 6080 gue", "ip fou add port 6080 ipproto 4"):
        assert f"`{line}`" in page
