# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""hvsd with ports of one kind, between wires whose other ends are ours.

A namespace has the ports, another the wires' ends: what is sent there arrives at a port, and what leaves by a port is
received there, byte by byte. The kernel of the first namespace is what a case calls its world; of what it would send
itself (resets, ICMP, MLD) nothing gets out but ARP and neighbour solicitations.
"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import time

from lab import netns

KINDS = ("af_xdp", "af_packet", "pcap")
NAMES = {"af_xdp": "af_xdp on veth", "af_packet": "native, af_packet on veth", "pcap": "native, pcap on veth"}
RUN = pathlib.Path("/run/hvs-kinds")
DROP_ALL = "1,6 0 0 2,"
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING, ETH_P_ALL = 263, 8, 4, 3


def only_asking() -> str:
    """Classic BPF for tc: ARP requests and neighbour solicitations pass."""
    code = [(40, 0, 0, 12), (21, 0, 2, 0x0806),  # what kind of frame
            (40, 0, 0, 20), (21, 6, 5, 1),  # ARP: a request
            (21, 0, 4, 0x86DD), (48, 0, 0, 20), (21, 0, 2, 58),  # IPv6: ICMP
            (48, 0, 0, 54), (21, 1, 0, 135),  # its type
            (6, 0, 0, 2), (6, 0, 0, 0)]  # dropped, passed
    return f"{len(code)}," + "".join(f"{' '.join(map(str, one))}," for one in code)


class Api(http.client.HTTPConnection):
    def __init__(self, path: pathlib.Path):
        super().__init__("hvs", timeout=20)
        self.path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def get(self, path: str):
        self.request("GET", path)
        return json.loads(self.getresponse().read())


class Tap:
    """A packet socket on a netdev: sends, and receives what arrives there."""

    def __init__(self, ns: str, device: str):
        with netns.entered(ns):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        with netns.entered(ns):
            self.sock.bind((device, ETH_P_ALL))
        self.sock.setblocking(False)

    def send(self, frame: bytes) -> None:
        self.sock.send(frame)

    def arrived(self) -> list[bytes]:
        frames = []
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, extra, _, address = self.sock.recvmsg(65536, 256)
                if address[2] != PACKET_OUTGOING:
                    frames.append(_with_tag(frame, extra))
        return frames

    def close(self) -> None:
        self.sock.close()


def _with_tag(frame: bytes, extra) -> bytes:
    """The kernel takes the outer VLAN tag off and tells it beside the frame."""
    for _, kind, data in extra:
        if kind == PACKET_AUXDATA:
            status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", data[:20])
            if status & 0x10:
                return frame[:12] + struct.pack("!HH", tpid if status & 0x40 else 0x8100, tci) + frame[12:]
    return frame


class Stage:
    """One daemon with the configuration and world of a case, and its wires."""

    def __init__(self, kind: str, build_dir: pathlib.Path, config: str, world: str):
        self.kind, self.build_dir = kind, build_dir
        self.instance = f"kinds{os.getpid()}"
        self.ns, self.far = f"{self.instance}-lb", f"{self.instance}-far"
        self.dir = RUN / self.instance
        self.ports = {}  # name in the case -> netdev in the case's configuration
        for name, device in re.findall(r"^  - \{ name: (\w+), device: (\w+)", config, re.MULTILINE):
            self.ports[name] = device
        self.child = None
        self.api = None
        self.taps: dict[str, Tap] = {}
        self.kernel: dict[str, Tap] = {}
        self.dev: dict[str, str] = {}  # interface number of the world -> netdev
        self.routes: list[str] = []
        self.addresses: set[str] = set()
        try:
            self._wire(world)
            self.set_world(world)
            self._start(config)
            # Setting a companion's MAC address makes the kernel forget its neighbours.
            self.set_world(world)
            for tap in (*self.taps.values(), *self.kernel.values()):
                tap.arrived()
        except BaseException:
            self.close()
            raise

    def netdev(self, port: str) -> str:
        """Where the kernel has its addresses, and gets what is punted."""
        device = self.ports[port]
        return device if self.kind == "af_xdp" else f"c-{device}"

    def _wire(self, world: str) -> None:
        netns.make_dir(self.dir)
        macs = dict(re.findall(r"^port (\w+) mac (\S+)", world, re.MULTILINE))
        for ns in (self.ns, self.far):
            netns.run("ip", "netns", "add", ns)
        netns.run_in(self.far, "sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6")
        netns.run_in(self.ns, "sh", "-c", "cd /proc/sys/net/ipv6/conf/default; echo 0 >accept_dad; echo 0 >accept_ra; "
                                          "echo 1 >/proc/sys/net/ipv4/ip_forward")
        lines = ["link set lo up"]
        for port, device in self.ports.items():
            lines += [f"link add {device} address {macs[port]} type veth peer name {device} netns {self.far}"]
            if self.kind != "af_xdp":
                lines += [f"tuntap add {self.netdev(port)} mode tap",
                          f"link set {self.netdev(port)} address {macs[port]} up"]
            lines += [f"link set {device} up"]
        netns.ip_batch(self.ns, lines)
        netns.ip_batch(self.far, [f"link set {device} up" for device in self.ports.values()])
        tc = []
        for port, device in self.ports.items():
            if self.kind != "af_xdp":
                netns.run_in(self.ns, "sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{device}/disable_ipv6")
                tc += [f"qdisc add dev {device} clsact", f"filter add dev {device} ingress bpf da bytecode '{DROP_ALL}'"]
            tc += [f"qdisc add dev {self.netdev(port)} clsact",
                   f"filter add dev {self.netdev(port)} egress bpf da bytecode '{only_asking()}'"]
        netns.run_in(self.ns, "tc", "-batch", "-", text="\n".join(tc) + "\n")
        if self.kind == "af_xdp":
            for device in self.ports.values():  # with XDP, a veth would join segments of TCP for the kernel
                netns.run_in(self.ns, "ethtool", "-K", device, "gro", "off")
        self.taps = {port: Tap(self.far, device) for port, device in self.ports.items()}
        self.kernel = {port: Tap(self.ns, self.netdev(port)) for port in self.ports}

    # --- the world -----------------------------------------------------------------------------------------

    def set_world(self, world: str, settle: float = 0.03) -> None:
        """Interfaces, routes and neighbours as the case has them. What a former world had and this one has not goes.

        `settle`: hvsd reads routes once more a fifth of a second after some changes.
        """
        rows = [line.split("#")[0].split() for line in world.splitlines() if line.split("#")[0].strip()]
        addresses, links = set(), []
        for _, number, port, *options in (row for row in rows if row[0] == "interface"):
            device = self.dev[number] = self.netdev(port)
            settings = list(zip(options[::2], options[1::2]))
            links.append(f"link set {device} mtu {dict(settings).get('mtu', 1500)}")
            addresses |= {f"{value}/{128 if ':' in value else 32} dev {device}" for key, value in settings if key == "address"}
        routes = [self._route(row) for row in rows if row[0] == "route"]
        lines = [f"route del {route}" for route in self.routes if route not in routes]
        lines += [f"addr del {address}" for address in self.addresses - addresses]
        lines += [f"neigh flush dev {self.netdev(port)} nud all" for port in self.ports]
        lines += links + [f"addr add {address}{' nodad' if ':' in address else ''}"
                          for address in sorted(addresses - self.addresses)]
        lines += [f"route replace {route}" for route in routes]
        lines += [f"neigh replace {address} dev {self.dev[number]} lladdr {mac} nud permanent"
                  for _, number, address, mac in (row for row in rows if row[0] == "neighbour") if mac != "unresolved"]
        self.routes, self.addresses = routes, addresses
        netns.ip_batch(self.ns, lines)
        if self.api:
            self._let_mirror_read(settle)

    def _let_mirror_read(self, settle: float) -> None:
        """Until hvsd has taken all that the kernel told, and has had its turns to publish it."""
        for _ in range(2):
            self.wait("hvsd to read netlink", lambda: not self._unread())
            self.api.get("/v1/status")
            time.sleep(settle)

    def _unread(self) -> int:
        """Bytes that wait in netlink sockets of the namespace; only hvsd has any."""
        rows = pathlib.Path(f"/proc/{self.child.pid}/net/netlink").read_text().splitlines()[1:]
        return sum(int(row.split()[4]) for row in rows)

    def _route(self, words: list[str]) -> str:
        prefix, rest = words[1], words[2:]
        if rest[0] == "local":
            return f"local {prefix} dev lo table local"
        if rest[0] == "unreachable":
            return f"unreachable {prefix}"
        device = self.dev.get(rest[1], "lo")  # an interface that is no port of ours
        options = dict(zip(rest[2::2], rest[3::2]))
        via = f"via {options['via']} onlink " if "via" in options else ""
        mtu = f" mtu {options['mtu']}" if "mtu" in options else ""
        return f"{prefix} {via}dev {device}{mtu}"

    # --- the daemon ------------------------------------------------------------------------------------------

    def write_config(self, text: str) -> None:
        """The case's, with what an instance needs here; ports are of the kind."""
        text = text.replace("instance: golden", f"instance: {self.instance}")
        text += "memory: { hugepages: off, limit: 64MiB }\nconnections: { max: 1024, persistent_clients: 1024 }\n"
        drivers = {"af_packet": "framecnt=1024", "pcap": "phy_mac=1"}
        for port, device in self.ports.items():
            if self.kind == "af_xdp":
                continue
            native = (f'mode: native, companion: {self.netdev(port)}, '
                      f'device: "vdev:net_{self.kind}_{device},iface={device},{drivers[self.kind]}"')
            text = text.replace(f"name: {port}, device: {device}", f"name: {port}, {native}")
        (self.dir / "config.yaml").write_text(text)

    def _start(self, config: str) -> None:
        self.write_config(config)
        command = netns.enter(self.ns, str(self.build_dir / "bin" / "hvsd"), "--config", str(self.dir / "config.yaml"),
                              "--bpf-dir", str(self.build_dir / "bpf"))
        with open(self.dir / "log", "w") as log:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.api = Api(pathlib.Path("/run/hvs") / self.instance / "api.sock")
        self.wait("its start", lambda: self._state() == "running", 60)
        # A companion has its carrier, and the mirror its routes, a moment later.
        self.wait("links", lambda: all(port["link"] == "up" for port in self.api.get("/v1/ports")))

    def _state(self) -> str:
        if self.child.poll() is not None:
            raise AssertionError(f"hvsd has ended\n{self.log()}")
        try:
            return self.api.get("/v1/status")["state"]
        except OSError:
            self.api.close()
            return ""

    def wait(self, what: str, condition, timeout: float = 10):
        deadline = time.monotonic() + timeout
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"never happened: {what}\n{self.log()}")
            time.sleep(0.002)
        return value

    def reload(self, config: str) -> None:
        self.write_config(config)
        self.api.request("POST", "/v1/reload")
        answer = self.api.getresponse()
        said = answer.read()
        assert answer.status == 200, said

    def log(self) -> str:
        return (self.dir / "log").read_text() if (self.dir / "log").exists() else ""

    def close(self) -> None:
        if self.api:
            self.api.close()
        if self.child and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        for tap in (*self.taps.values(), *self.kernel.values()):
            tap.close()
        for ns in (self.ns, self.far):
            netns.run("ip", "netns", "del", ns, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)
        with contextlib.suppress(OSError):  # others play, too
            RUN.rmdir()
