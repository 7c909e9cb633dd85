# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A guest as a balancer that has its NICs for itself, with what is around it."""
import http.server
import json
import pathlib
import threading
import time

from guest import Guest
from lab import netns

VIP, OWN, INSIDE, LIP = "10.10.0.100", "10.10.0.1", "10.20.0.1", "10.20.0.10"
VIP6, OWN6, INSIDE6, LIP6 = "fd10::100", "fd10::1", "fd20::1", "fd20::10"
SERVERS = {4: ("10.20.0.21", "10.20.0.22"), 6: ("fd20::21", "fd20::22")}


def until(what: str, condition, timeout: float = 60):
    """Poll until `condition` holds; its value. The bound only ends a hang."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.2)
    return value


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

    def config(self, ports: dict, workers: int = 1, extra: list[dict] | None = None, **more) -> None:
        """`extra`: services besides HTTP."""
        def service(name: str, vip: str, family: int) -> dict:
            return {"name": name, "vip": vip, "port": 80, "mode": "fullnat", "scheduler": "rr", "lip_pool": "inside",
                    "dests": [{"address": address} for address in SERVERS[family]]}
        settings = {
            "instance": "bypass", "log": {"level": "debug"}, "workers": {"count": workers, "poll": "adaptive"},
            "memory": {"hugepages": "required", "limit": "256MiB"}, "connections": {"max": 65536},
            "ports": [{"name": name, "device": device, "mode": "native", **ports}
                      for name, device in zip(("outside", "inside"), self.names)],
            "lip_pools": [{"name": "inside", "addresses": [LIP, LIP6]}],
            "services": [service("web", VIP, 4), service("web6", VIP6, 6), *(extra or [])], **more}
        (self.guest.rig / "hvs.yaml").write_text(json.dumps(settings))  # JSON is YAML

    def hvs(self, program: str, arguments: str, check: bool = True):
        return self.guest.run(f"{self.build_dir}/bin/{program} {arguments}", check=check)

    def start(self) -> None:
        self.job = self.guest.spawn(f"exec {self.build_dir}/bin/hvsd --config /run/rig/hvs.yaml --bpf-dir {self.build_dir}/bpf "
                                    ">/run/rig/hvsd.log 2>&1")
        self.guest.run(f"SECONDS=0; while ((SECONDS < 100)); do {self.build_dir}/bin/hvsctl status 2>/dev/null | grep -q running && exit; "
                       f"[[ -e /run/rig/{self.job.name}/ended ]] && break; sleep 0.1; done; cat /run/rig/hvsd.log; "
                       "for p in $(pgrep -x hvsd); do cat /proc/$p/task/*/stack; done; dmesg | tail -20; exit 1", timeout=180)

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
        for ns, address in (*((self.client, own) for own in (OWN, VIP, OWN6, VIP6)), (self.inside, INSIDE), (self.inside, INSIDE6)):
            if (answers := self.ping(address, ns)) != 5:
                neighbours = netns.run_in(ns, "ip", "neigh").stdout
                raise AssertionError(f"{answers} of 5 answers of {address}\n{neighbours}{self.hvs('hvsctl', 'drops').stdout}"
                                     f"{self.hvs('hvsctl', 'ports').stdout}")
        said = json.loads(netns.run_in(self.client, "ip", "-j", "neigh", "show", OWN).stdout)
        assert said[0]["lladdr"] == Guest.mac(0)

    def close(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()
