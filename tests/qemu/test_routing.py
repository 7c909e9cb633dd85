# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What a network does with a machine whose NICs are HVS's: BGP, cables that are pulled, NICs that change hands.

One guest with two virtio-net NICs of two queues; the tests of this file come one after the other.
"""
import contextlib
import json
import pathlib
import socket
import subprocess
import threading
import time

import pytest

from bypass import OWN, SERVERS, VIP, Bypass, until
from guest import Nic
from lab import netns

CLIENT, FAR = "10.10.0.200", "203.0.113.5"  # FAR is behind the client, and known by BGP alone
ECHO, FLOWS, AT_ONCE = 7, 2048, 64
HOLD_TIME = 6
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "config"
# XDP in the guest takes frames as the wire has them.
OPTIONS = "rss=on,guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off,guest_csum=off"
VFIO = {"bind": "vfio-pci", "queues": 2, "restore_driver": True}


def bird_config(own: str, number: int, peer: str, peer_number: int, more: str, exported: str) -> str:
    return f"""router id {own};
log stderr all;
protocol device {{ }}
{more}
protocol bgp peer {{
  local {own} as {number};
  neighbor {peer} as {peer_number};
  hold time {HOLD_TIME};
  keepalive time 2;
  connect delay time 1;
  connect retry time 2;
  error wait time 1, 4;
  ipv4 {{ import all; export {exported}; }};
}}
"""


class Bgp:
    """BIRD in the guest, and its peer on the host, in the client's namespace."""

    def __init__(self, bypass: Bypass):
        self.bypass = bypass
        rig = bypass.guest.rig
        kernel = "protocol kernel { ipv4 { import none; export all; }; }"
        static = f"protocol static {{ ipv4; route {FAR}/32 via {CLIENT}; }}"
        (rig / "guest.conf").write_text(bird_config(OWN, 65000, CLIENT, 65001, kernel, "none"))
        (rig / "peer.conf").write_text(bird_config(CLIENT, 65001, OWN, 65000, static, "all"))
        self.control = bypass.guest.dir / "bird.ctl"
        self.log = open(bypass.guest.dir / "bird.log", "wb")
        self.peer = subprocess.Popen(netns.enter(bypass.client, "bird", "-f", "-c", str(rig / "peer.conf"), "-s", str(self.control)),
                                     stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.job = bypass.guest.spawn("exec bird -f -c /run/rig/guest.conf -s /run/bird.ctl")

    def state(self) -> str:
        """State of the session as the guest sees it."""
        said = self.bypass.guest.run("birdc -r -s /run/bird.ctl show protocols peer", check=False).stdout.splitlines()
        return next((line.split()[-1] for line in said if line.startswith("peer ")), "")

    def connections(self) -> list[tuple[str, str]]:
        """Both ends of each: a session that ended and came again has another port."""
        said = self.bypass.guest.run("ss -tnH state established").stdout.splitlines()
        return sorted((local, peer) for _, _, local, peer in map(str.split, said) if ":179" in (local[-4:], peer[-4:]))

    def close(self) -> None:
        self.bypass.guest.run("birdc -s /run/bird.ctl down", check=False)
        self.peer.terminate()
        self.peer.wait(20)
        self.log.close()


@contextlib.contextmanager
def echo_servers(ns: str):
    """Both real servers send back what they get."""
    sockets = [netns.udp_socket(ns, address, ECHO) for address in SERVERS[4]]

    def serve(sock: socket.socket) -> None:
        sock.settimeout(None)
        while (message := sock.recvfrom(2048))[0] != b"end":
            sock.sendto(*message)

    threads = [threading.Thread(target=serve, args=(sock,), daemon=True) for sock in sockets]
    for thread in threads:
        thread.start()
    yield
    with netns.udp_socket(ns, SERVERS[4][0]) as last:
        for address in SERVERS[4]:
            last.sendto(b"end", (address, ECHO))
    for thread, sock in zip(threads, sockets):
        thread.join()
        sock.close()


def requests(bypass: Bypass, count: int, *options: str) -> int:
    """How many of so many HTTP requests, each with a connection of its own, were answered by a real server."""
    said = netns.run_in(bypass.client, "curl", "-s", "--max-time", "60", "-w", "\n%{http_code}\n", *options,
                        f"http://{VIP}/?[1-{count}]", check=False).stdout.split()
    return sum(address in SERVERS[4] and code == "200" for address, code in zip(said[::2], said[1::2]))


@pytest.fixture(scope="module")
def bypass(new_ns, new_guest, build_dir):
    spaces = [new_ns(f"routing-{role}") for role in ("client", "inside")]
    guest = new_guest([Nic(ns, queues=2, options=OPTIONS) for ns in spaces], memory="2G", hugepages=256, iommu=True)
    netns.ip_batch(spaces[0], [f"addr add {FAR}/32 dev lo"])
    made = Bypass(*spaces, guest, build_dir)
    echo = {"name": "echo", "vip": VIP, "protocol": "udp", "port": ECHO, "mode": "fullnat", "lip_pool": "inside",
            "dests": [{"address": address} for address in SERVERS[4]]}
    made.config(VFIO, workers=2, extra=[echo])
    made.start()
    yield made
    made.close()


def test_answers_come_to_the_worker_that_has_the_connection(bypass):
    bypass.serves()
    before = json.loads(bypass.hvs("hvsctl", "--json workers").stdout)
    with echo_servers(bypass.inside):
        for start in range(0, FLOWS, AT_ONCE):
            sockets = [netns.udp_socket(bypass.client, CLIENT, 20000 + start + number) for number in range(AT_ONCE)]
            for number, sock in enumerate(sockets):
                sock.sendto(b"flow %d" % (start + number), (VIP, ECHO))
            for number, sock in enumerate(sockets):
                assert sock.recv(100) == b"flow %d" % (start + number)
                sock.close()
    after = json.loads(bypass.hvs("hvsctl", "--json workers").stdout)

    def moved(name: str) -> list[int]:
        return [now[name] - then[name] for now, then in zip(after, before)]

    (echo,) = [row for row in json.loads(bypass.hvs("hvsctl", "--json services").stdout) if row["name"] == "echo"]
    assert echo["connections"] == echo["to_client"]["packets"] == FLOWS
    assert min(moved("connections_opened")) > FLOWS / 8, moved("connections_opened")
    assert sum(moved("handoff_out")) <= FLOWS / 100, (moved("handoff_out"), moved("rx_packets"))


@pytest.fixture(scope="module")
def bgp(bypass):
    made = Bgp(bypass)
    yield made
    made.close()


def test_bgp_stands_while_requests_flow(bypass, bgp):
    until("a BGP session", lambda: bgp.state() == "Established")
    until("the one connection of it", lambda: len(bgp.connections()) == 1)
    began = bgp.connections()
    until("a route", lambda: f"{FAR} via {CLIENT} dev {bypass.names[0]} proto bird" in bypass.guest.run("ip route").stdout)
    done, deadline = 0, time.monotonic() + 2 * HOLD_TIME
    while done < 400 or time.monotonic() < deadline:
        assert requests(bypass, 50) == 50, f"after {done}"
        done += 50
    assert bgp.state() == "Established" and bgp.connections() == began


def test_hvs_uses_the_route_that_bgp_told(bypass, bgp):
    assert requests(bypass, 20, "--interface", FAR) == 20


def test_a_pulled_cable(bypass, bgp):
    name = bypass.names[0]
    bypass.guest.set_link(0, False)
    until("the port's link to go", lambda: bypass.ports()["outside"]["link"] == "down")
    until("the companion's carrier to go",
          lambda: "NO-CARRIER" in json.loads(bypass.guest.run(f"ip -j link show {name}").stdout)[0]["flags"])
    assert requests(bypass, 1, "--max-time", "2") == 0
    until("the log to say so", lambda: f"port outside: link of {name} is down; nothing is forwarded through it" in bypass.log())
    until("BGP to notice", lambda: bgp.state() != "Established")
    bypass.guest.set_link(0, True)
    until("the port's link", lambda: bypass.ports()["outside"]["link"] == "up")
    until("the companion's carrier",
          lambda: "LOWER_UP" in json.loads(bypass.guest.run(f"ip -j link show {name}").stdout)[0]["flags"])
    until("the log to say so", lambda: f"port outside: link of {name} is up" in bypass.log())
    until("requests to be answered", lambda: requests(bypass, 1, "--max-time", "2") == 1)
    assert requests(bypass, 50) == 50
    bypass.serves()
    until("a BGP session again", lambda: bgp.state() == "Established")


def test_the_kernel_has_the_nics_back_with_their_addresses_and_routes(bypass):
    bypass.stop()
    assert [bypass.driver(number) for number in (0, 1)] == ["virtio-pci"] * 2
    assert [bypass.guest.device(number) for number in (0, 1)] == bypass.names
    bypass.kernel_answers()
    assert f"198.51.100.0/24 via 10.10.0.200 dev {bypass.names[0]}" in bypass.guest.run("ip route").stdout


@pytest.mark.parametrize("mode", ["af_xdp", "native"])
def test_one_word_of_the_file_is_changed(bypass, mode):
    """Whose NIC the outside one is changes; services, addresses and the other NIC do not."""
    file = bypass.guest.rig / "hvs.yaml"
    settings = json.loads(file.read_text())
    settings["ports"][0]["mode"] = mode
    file.write_text(json.dumps(settings))
    # A machine's set-up, as for any program that wants so many queues. (Refused when it is so already.)
    bypass.guest.run(f"ethtool -L {bypass.names[0]} combined 2", check=False)
    bypass.start()
    try:
        assert {name: port["kind"] for name, port in bypass.ports().items()} == {"outside": mode, "inside": "native"}
        refused = bypass.hvs("hvsctl", f"bind --force {bypass.names[0]}", check=False)
        assert refused.returncode == 1 and "[device_in_use]" in refused.stderr, refused.stderr
        bypass.serves()
        bypass.kernel_answers()
        assert requests(bypass, 50) == 50
    finally:
        bypass.stop()


@pytest.mark.parametrize("name, kinds, inside_queues", [
    ("shared-nic", ["af_xdp", "af_xdp"], 2), ("mixed", ["native", "af_xdp"], 1), ("full-bypass", ["native", "native"], 2)])
def test_an_example_starts_as_it_is_but_for_the_names_of_the_devices(bypass, name, kinds, inside_queues):
    """The last ones: full-bypass.yaml keeps the NICs."""
    text = (EXAMPLES / f"{name}.yaml").read_text()
    for shown, device in zip((("enp1s0f0",), ("enp1s0f1", "eno1")), bypass.names):
        assert sum(text.count(f"device: {word}") for word in shown) == 1
        for word in shown:
            text = text.replace(f"device: {word}", f"device: {device}")
    (bypass.guest.rig / "hvs.yaml").write_text(text)
    bypass.guest.run(f"ethtool -L {bypass.names[1]} combined {inside_queues}", check=False)
    bypass.guest.run(f"ip addr replace 10.20.0.11/32 dev {bypass.names[1]}")
    bypass.start()
    try:
        assert [port["kind"] for port in bypass.ports().values()] == kinds
        assert {bypass.get(VIP) for _ in range(6)} == set(SERVERS[4])
        bypass.kernel_answers()
    finally:
        bypass.stop()
