# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What the tests of this directory share: configurations as values, hvsd with them, and a client."""
import asyncio
import collections
import contextlib
import json
import os
import pathlib
import signal
import socket
import time
from socket import socket as Socket

from lab.balancer import Balancer
from lab.servers import ECHO_PORT, HTTP_PORT

# The name of this run's labs and instances: runs side by side do not meet.
PREFIX = f"e2e{os.getpid()}"


def wait_until(what: str, condition, timeout: float = 20):
    """Poll until `condition` holds; its value. The bound only ends a hang, no test measures time."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.02)
    return value


def service(name: str, vip: str, protocol: str, port: int, servers, scheduler: str = "rr", **more) -> dict:
    return {"name": name, "vip": vip, "protocol": protocol, "port": port, "mode": "fullnat", "scheduler": scheduler,
            "lip_pool": "inside", "dests": [{"address": address} for address in servers], **more}


def config(top, instance: str, *, workers: int = 1, simd: str = "auto",
           services: list[dict] | None = None, **more) -> dict:
    """A configuration for a lab: HTTP and echo, IPv4 and IPv6, on every real server."""
    v4, v6 = [s.v4 for s in top.servers], [s.v6 for s in top.servers]
    if services is None:
        services = [
            service("web", top.vip_v4, "tcp", HTTP_PORT, v4), service("web6", top.vip_v6, "tcp", HTTP_PORT, v6),
            service("echo", top.vip_v4, "tcp", ECHO_PORT, v4), service("echo6", top.vip_v6, "tcp", ECHO_PORT, v6),
            service("echo-udp", top.vip_v4, "udp", ECHO_PORT, v4),
            service("echo6-udp", top.vip_v6, "udp", ECHO_PORT, v6),
        ]
    return {
        "instance": instance,
        "log": {"level": "debug"},
        "workers": {"count": workers, "poll": "adaptive", "simd": simd},
        "memory": {"hugepages": "off", "limit": "256MiB"},
        "connections": {"max": 65536},
        "ports": [{"name": device.removeprefix("hvs-"), "device": device, "mode": "af_xdp", "xdp": "native"}
                  for device in top.devices],
        "lip_pools": [{"name": "inside", "addresses": [*top.lips_v4, *top.lips_v6]}],
        "services": services,
        **more,
    }


class Hvsd(Balancer):
    """hvsd with a configuration that the test can change."""

    def __init__(self, lab, build_dir: pathlib.Path, instance: str, settings: dict):
        super().__init__(lab, build_dir, instance, lab.run_dir / f"{instance}.yaml")
        self.settings = settings
        self.write()

    def write(self) -> None:
        # JSON is YAML.
        self.config.write_text(json.dumps(self.settings, indent=1))

    def reload(self, services: list[dict]) -> None:
        """Publish other services by SIGHUP and wait until they are in force."""
        before = self.ctl("status")["generation"]
        self.settings["services"] = services
        self.write()
        self.signal(signal.SIGHUP)
        wait_until("the reload", lambda: self.ctl("status")["generation"] != before)


class Client:
    """Sockets inside one namespace of the lab."""

    def __init__(self, lab, role: str):
        self.lab = lab
        self.role = role

    def socket(self, address: str, kind: int) -> Socket:
        with self.lab.entered(self.role):
            sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
        sock.settimeout(20)
        return sock

    def raw(self, device: str = "eth0") -> Socket:
        """A socket for whole Ethernet frames."""
        with self.lab.entered(self.role):
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            sock.bind((device, 0))
        return sock

    def connect(self, address: str, port: int, timeout: float = 20) -> Socket:
        sock = self.socket(address, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        try:
            sock.connect((address, port))
        except BaseException:
            sock.close()
            raise
        sock.settimeout(20)
        return sock

    def attempt(self, address: str, port: int, timeout: float = 2) -> str:
        """What a client sees of a new connection: the name of the server, or the name of the error."""
        try:
            with self.connect(address, port, timeout) as sock:
                return exchange(sock, b"who").decode().strip()
        except OSError as error:
            return type(error).__name__

    def attempts(self, address: str, port: int, count: int, timeout: float = 2) -> collections.Counter:
        return collections.Counter(self.attempt(address, port, timeout) for _ in range(count))

    def ask_udp(self, address: str, port: int, payload: bytes, source_port: int = 0) -> bytes:
        with self.socket(address, socket.SOCK_DGRAM) as sock:
            sock.bind(("", source_port))
            sock.connect((address, port))
            sock.send(payload)
            return sock.recv(65536)

    def curl(self, address: str, path: str = "/", *options: str, port: int = 80):
        host = (f"[{address}]" if ":" in address else address) + f":{port}"
        return self.lab.run(self.role, "curl", "-sS", "-g", "--max-time", "120", *options, f"http://{host}{path}", timeout=150)

    def ping(self, address: str, count: int = 3) -> int:
        """How many of `count` echo requests were answered."""
        said = self.lab.run(self.role, "ping", "-n", "-q", "-i", "0.05", "-c", str(count), "-W", "5", address, check=False)
        return int(said.stdout.split(" received")[0].split()[-1])


def exchange(sock: Socket, message: bytes) -> bytes:
    """Send a message and receive an answer; an end of the connection is an empty answer."""
    sock.sendall(message)
    return sock.recv(65536)


def echoes(sock: Socket, message: bytes) -> bool:
    sock.sendall(message)
    got = b""
    while len(got) < len(message):
        part = sock.recv(65536)
        if not part:
            return False
        got += part
    return got == message


def http_requests(client: Client, address: str, total: int, per_connection: int, parallel: int = 40) -> collections.Counter:
    """`total` requests, so many per connection, so many at a time; counts answers by body, and errors by name."""
    outcome: collections.Counter = collections.Counter()
    connections = iter(range(total // per_connection))

    async def one_connection() -> None:
        loop = asyncio.get_running_loop()
        sock = client.socket(address, socket.SOCK_STREAM)
        sock.setblocking(False)
        done = 0
        with contextlib.closing(sock):
            try:
                await loop.sock_connect(sock, (address, HTTP_PORT))
                for done in range(per_connection):
                    last = done == per_connection - 1
                    outcome[await one_request(loop, sock, last)] += 1
            except OSError as error:
                outcome[type(error).__name__] += per_connection - done

    async def one_request(loop, sock, last: bool) -> str:
        closing = b"Connection: close\r\n" if last else b""
        await loop.sock_sendall(sock, b"GET / HTTP/1.1\r\nHost: vip\r\n" + closing + b"\r\n")
        text = b""
        while True:
            part = await asyncio.wait_for(loop.sock_recv(sock, 65536), 30)
            text += part
            head, _, body = text.partition(b"\r\n\r\n")
            if body.endswith(b"\n"):
                break
            if not part:
                return "cut off"
        status = head.split(b" ", 2)[1].decode()
        return body.decode().strip() if status == "200" else f"status {status}"

    async def lane() -> None:
        for _ in connections:
            await one_connection()

    async def everything() -> None:
        await asyncio.gather(*(lane() for _ in range(parallel)))

    asyncio.run(everything())
    return outcome


def names(top) -> set[str]:
    return {server.name for server in top.servers}


def xdp_programs(lab, hvsd) -> set[str | None]:
    return {hvsd.xdp_program(device) for device in lab.topology.devices}


def refused(hvsd) -> str:
    """Start a daemon that has to give up by itself; what it said."""
    hvsd.launch()
    status = hvsd.lab.procs.wait(hvsd.name, 60)
    assert status not in (0, None) and status > 0, f"exit status {status}: a refusal is no crash\n{hvsd.read_log()}"
    return hvsd.read_log()
