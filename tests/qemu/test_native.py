# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Full-bypass mode over NICs that are really taken from a kernel: a guest's, by vfio-pci and by uio.

Clients and real servers are on the host; the guest is the balancer, set up as one would set up any machine: addresses
on its interfaces, then hvsd with their names and `mode: native`.
"""
import dataclasses
import http.server
import json
import pathlib
import threading

import pytest

from guest import Guest, Nic
from lab import netns

VIP, OWN, INSIDE, LIP = "10.10.0.100", "10.10.0.1", "10.20.0.1", "10.20.0.10"
VIP6, OWN6, INSIDE6, LIP6 = "fd10::100", "fd10::1", "fd20::1", "fd20::10"
SERVERS = {4: ("10.20.0.21", "10.20.0.22"), 6: ("fd20::21", "fd20::22")}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.server_address[0].encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


class Server6(Server):
    address_family = http.server.socket.AF_INET6


class Bypass:
    """The guest with hvsd in it, and what is around."""

    def __init__(self, client: str, inside: str, guest: Guest, build_dir: pathlib.Path):
        self.client, self.inside, self.guest, self.build_dir = client, inside, guest, build_dir
        netns.ip_batch(self.client, ["addr add 10.10.0.200/24 dev eth0", "addr add fd10::200/64 dev eth0 nodad"])
        netns.ip_batch(self.inside, [f"addr add {a}/{24 if family == 4 else 64} dev eth0{' nodad' if family == 6 else ''}"
                                     for family, addresses in SERVERS.items() for a in addresses])
        self.names = [self.guest.device(0), self.guest.device(1)]
        out, inside = self.names
        self.guest.run("ip -batch - <<'END'\n" + "\n".join(
            [f"link set {out} up", f"link set {inside} up",
             f"addr add {OWN}/24 dev {out}", f"addr add {VIP}/32 dev {out}", f"addr add {INSIDE}/24 dev {inside}",
             f"addr add {LIP}/32 dev {inside}", f"addr add {OWN6}/64 dev {out} nodad", f"addr add {VIP6}/128 dev {out} nodad",
             f"addr add {INSIDE6}/64 dev {inside} nodad", f"addr add {LIP6}/128 dev {inside} nodad",
             f"route add 198.51.100.0/24 via 10.10.0.200 dev {out}"]) + "\nEND")
        self.servers = []
        with netns.entered(self.inside):
            for kind, family in ((Server, 4), (Server6, 6)):
                self.servers += [kind((address, 80), Handler) for address in SERVERS[family]]
        for server in self.servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        self.job = None

    def config(self, ports: dict, workers: int = 1, **more) -> None:
        def service(name: str, vip: str, family: int) -> dict:
            return {"name": name, "vip": vip, "port": 80, "mode": "fullnat", "scheduler": "rr", "lip_pool": "inside",
                    "dests": [{"address": address} for address in SERVERS[family]]}
        settings = {
            "instance": "bypass", "log": {"level": "debug"}, "workers": {"count": workers, "poll": "adaptive"},
            "memory": {"hugepages": "required", "limit": "256MiB"}, "connections": {"max": 65536},
            "ports": [{"name": name, "device": device, "mode": "native", **ports}
                      for name, device in zip(("outside", "inside"), self.names)],
            "lip_pools": [{"name": "inside", "addresses": [LIP, LIP6]}],
            "services": [service("web", VIP, 4), service("web6", VIP6, 6)], **more}
        (self.guest.rig / "hvs.yaml").write_text(json.dumps(settings))  # JSON is YAML

    def hvs(self, program: str, arguments: str, check: bool = True):
        return self.guest.run(f"{self.build_dir}/bin/{program} {arguments}", check=check)

    def start(self) -> None:
        self.job = self.guest.spawn(f"exec {self.build_dir}/bin/hvsd --config /run/rig/hvs.yaml --bpf-dir {self.build_dir}/bpf "
                                    ">/run/rig/hvsd.log 2>&1")
        self.guest.run(f"for ((i = 0; i < 600; i++)); do {self.build_dir}/bin/hvsctl status 2>/dev/null | grep -q running && exit; "
                       f"[[ -e /run/rig/{self.job.name}/ended ]] && break; sleep 0.1; done; cat /run/rig/hvsd.log; exit 1",
                       timeout=120)

    def stop(self) -> None:
        self.guest.run("pkill -TERM -x hvsd")
        assert self.job.wait() == 0, self.log()

    def log(self) -> str:
        return (self.guest.rig / "hvsd.log").read_text(errors="replace")

    def ports(self) -> dict[str, dict]:
        return {port["name"]: port for port in json.loads(self.hvs("hvsctl", "--json ports").stdout)}

    def driver(self, number: int) -> str:
        return self.guest.run(f"basename $(readlink /sys/bus/pci/devices/{self.guest.pci(number)}/driver)").stdout.strip()

    def get(self, address: str) -> str:
        host = f"[{address}]" if ":" in address else address
        return netns.run_in(self.client, "curl", "-sS", "-g", "--max-time", "20", f"http://{host}/").stdout.strip()

    def ping(self, address: str, ns: str | None = None) -> int:
        said = netns.run_in(ns or self.client, "ping", "-n", "-q", "-i", "0.05", "-c", "5", "-W", "5", address, check=False)
        return int(said.stdout.split(" received")[0].split()[-1])

    def serves(self) -> None:
        for vip, family in ((VIP, 4), (VIP6, 6)):
            assert {self.get(vip) for _ in range(6)} == set(SERVERS[family])

    def kernel_answers(self) -> None:
        netns.run_in(self.client, "ip", "neigh", "flush", "all")
        for address in (OWN, VIP, OWN6, VIP6):
            assert self.ping(address) == 5, address
        for address in (INSIDE, INSIDE6):
            assert self.ping(address, self.inside) == 5, address
        said = json.loads(netns.run_in(self.client, "ip", "-j", "neigh", "show", OWN).stdout)
        assert said[0]["lladdr"] == Guest.mac(0)

    def close(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()


@dataclasses.dataclass(frozen=True)
class Kind:
    nic: dict
    guest: dict
    driver: str
    former: str  # the kernel's driver, as sysfs calls it
    ethtool: str  # as ethtool does
    queues: int = 1


KINDS = {
    "e1000e-vfio": Kind({"model": "e1000e"}, {"iommu": True}, "vfio-pci", "e1000e", "e1000e"),
    "e1000e-uio": Kind({"model": "e1000e"}, {}, "uio_pci_generic", "e1000e", "e1000e"),
    "virtio-vfio": Kind({"queues": 2, "options": "rss=on"}, {"iommu": True}, "vfio-pci", "virtio-pci", "virtio_net", 2),
}


@pytest.fixture(scope="module", params=KINDS)
def kind(request) -> Kind:
    return KINDS[request.param]


@pytest.fixture(scope="module")
def bypass(new_ns, build_dir, kind):
    tag = f"{kind.nic.get('model', 'virtio')}-{kind.driver}"
    spaces = [new_ns(f"{tag}-{role}") for role in ("client", "inside")]
    with Guest([Nic(ns, **kind.nic) for ns in spaces], memory="2G", hugepages=256, **kind.guest) as guest:
        made = Bypass(*spaces, guest, build_dir)
        made.config({"bind": kind.driver, "queues": kind.queues}, workers=kind.queues)
        yield made
        made.close()


def test_check_says_what_would_be_and_changes_nothing(bypass, kind):
    said = bypass.hvs("hvsd", "--check /run/rig/hvs.yaml").stdout
    for number, name in enumerate(("outside", "inside")):
        device = bypass.names[number]
        assert f"port {name}: {device}, native (taken from {kind.ethtool} by {kind.driver}), companion {device}" in said
        assert bypass.driver(number) == kind.former


def test_it_serves_over_nics_that_it_took_itself(bypass, kind):
    bypass.start()
    assert [bypass.driver(number) for number in (0, 1)] == [kind.driver] * 2
    bypass.serves()


def test_the_companions_have_the_names_addresses_and_routes_of_the_nics(bypass):
    bypass.kernel_answers()
    assert f"198.51.100.0/24 via 10.10.0.200 dev {bypass.names[0]}" in bypass.guest.run("ip route").stdout
    for number, (name, port) in enumerate(bypass.ports().items()):
        assert (port["kind"], port["companion"], port["link"]) == ("native", bypass.names[number], "up"), name
        assert port["mac"] == Guest.mac(number)
        assert port["rx_packets"] > 0 and port["tx_packets"] > 0 and port["xstats"]
        link = json.loads(bypass.guest.run(f"ip -j link show {bypass.names[number]}").stdout)[0]
        assert link["address"] == Guest.mac(number) and "LOWER_UP" in link["flags"]


def test_the_kernel_talks_out_of_the_nics(bypass):
    for address in ("10.10.0.200", "fd10::200", *SERVERS[4], *SERVERS[6]):
        assert "5 received" in bypass.guest.run(f"ping -n -q -i 0.05 -c 5 -W 5 {address}").stdout, address


def test_queues_and_workers(bypass, kind):
    if kind.queues == 1:
        return
    for _ in range(30):
        bypass.get(VIP)
    workers = json.loads(bypass.hvs("hvsctl", "--json workers").stdout)
    assert all(worker["rx_packets"] > 20 for worker in workers), workers
    assert "RSS" in json.loads(bypass.hvs("hvsctl", "--json status").stdout)["local_ports"]


def test_a_nic_in_use_is_not_given_back(bypass, kind):
    refused = bypass.hvs("hvsctl", f"unbind {bypass.names[0]}", check=False)
    assert refused.returncode == 1 and "is in use by hvsd (process " in refused.stderr, refused.stderr
    assert bypass.driver(0) == kind.driver


def test_nothing_was_dropped(bypass):
    drops = {row["reason"]: row["packets"] for row in json.loads(bypass.hvs("hvsctl", "--json drops").stdout)}
    assert {reason: n for reason, n in drops.items() if n} == {}


def test_a_restart_finds_the_nics_by_their_names_and_keeps_the_addresses(bypass, kind):
    bypass.stop()
    assert bypass.driver(0) == kind.driver
    link = json.loads(bypass.guest.run(f"ip -j link show {bypass.names[0]}").stdout)[0]
    assert "NO-CARRIER" in link["flags"]
    bypass.start()
    bypass.serves()
    bypass.kernel_answers()


def test_hvsctl_gives_the_nics_back(bypass, kind):
    bypass.stop()
    for number, name in enumerate(bypass.names):
        bypass.guest.run(f"ip link del {name}")
        said = bypass.hvs("hvsctl", f"unbind {name}").stdout
        assert said == f"{name} ({bypass.guest.pci(number)}) is given back to the kernel as {name}\n"
        assert bypass.driver(number) == kind.former and bypass.guest.device(number) == name
    again = bypass.hvs("hvsctl", f"unbind {bypass.names[0]}", check=False)
    assert again.returncode == 1 and "It is the kernel's already" in again.stderr


def test_hvsctl_takes_a_nic_unless_the_machine_is_reached_through_it(bypass, kind):
    name = bypass.names[0]
    bypass.guest.run(f"ip link set {name} up; ip addr add {OWN}/24 dev {name}; ip route add default via 10.10.0.200")
    refused = bypass.hvs("hvsctl", f"bind {name} --driver {kind.driver}", check=False)
    assert refused.returncode == 1 and "[bind_default_route]" in refused.stderr
    assert bypass.driver(0) == kind.former
    bypass.guest.run("ip route del default")
    session = bypass.guest.run(f"SSH_CONNECTION='10.10.0.200 40000 {OWN} 22' {bypass.build_dir}/bin/hvsctl bind {name} "
                               f"--driver {kind.driver}", check=False)
    assert session.returncode == 1 and "[bind_session]" in session.stderr
    said = bypass.hvs("hvsctl", f"bind {name} --driver {kind.driver}").stdout
    assert said == f"{name} ({bypass.guest.pci(0)}) is bound to {kind.driver}, was with {kind.ethtool}\n"
    assert bypass.driver(0) == kind.driver
    bypass.hvs("hvsctl", f"unbind {bypass.guest.pci(0)}")


def test_the_driver_is_restored_at_the_end_when_asked_for(bypass, kind):
    bypass.config({"bind": kind.driver, "queues": kind.queues, "restore_driver": True}, workers=kind.queues)
    bypass.start()
    assert bypass.driver(0) == kind.driver
    bypass.stop()
    for number in (0, 1):
        assert bypass.driver(number) == kind.former and bypass.guest.device(number) == bypass.names[number]


def test_a_start_that_fails_gives_back_what_it_took(bypass, kind):
    bypass.config({"bind": kind.driver, "queues": 3}, workers=1)
    job = bypass.guest.spawn(f"{bypass.build_dir}/bin/hvsd --config /run/rig/hvs.yaml --bpf-dir {bypass.build_dir}/bpf")
    assert job.wait() == 1
    assert "fewer than `queues`" in job.stdout() + job.stderr()
    for number in (0, 1):
        assert bypass.driver(number) == kind.former and bypass.guest.device(number) == bypass.names[number]
