# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The lab itself: lays namespaces, wires, addresses and servers, and takes all of it away again."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from . import netns, servers
from .netns import LabError
from .procs import Procs
from .topology import TOPOLOGIES, TWO_ARM, Topology

RUN_DIR = pathlib.Path("/run/hvs-lab")
ROLES = ("client", "lb", "sw", "rs1", "rs2", "rs3")

# A frame that crosses a veth normally carries a checksum still to be filled in, and may be a 64 KiB segment.
# XDP sees it as it is, so the peers have to send what a wire would carry. Physical NICs do this anyway.
OFFLOADS_OFF = ("tx", "off", "tso", "off", "gso", "off", "gro", "off")


class Lab:
    """One lab. Use as a context manager, or up() and down(); down() may be called at any time, also twice."""

    roles: tuple[str, ...] = ROLES  # its namespaces

    def __init__(self, prefix: str = "hvs", topology: Topology = TWO_ARM):
        if not re.fullmatch(r"[a-z0-9]{1,16}", prefix):
            raise LabError(f"prefix {prefix!r}: one to sixteen of a-z and 0-9")
        self.prefix = prefix
        self.topology = topology
        self.run_dir = RUN_DIR / prefix
        self.procs = Procs(self.run_dir)

    @classmethod
    def find(cls, prefix: str = "hvs") -> "Lab":
        """The lab that stands, in the shape it was laid in."""
        try:
            shape = json.loads((RUN_DIR / prefix / "lab.json").read_text())["topology"]
        except FileNotFoundError as error:
            raise LabError(f"no lab {prefix!r} stands here; lay one with: sudo tools/hvs lab up") from error
        return cls(prefix, TOPOLOGIES[shape])

    def ns(self, role: str) -> str:
        return f"{self.prefix}-{role}"

    def __enter__(self) -> "Lab":
        self.up()
        return self

    def __exit__(self, *_):
        self.down()

    # --- up and down -------------------------------------------------------------------------------------

    def up(self, with_servers: bool = True) -> None:
        """Lay the lab anew. Whatever an earlier one of this prefix left is removed first."""
        if os.geteuid() != 0:
            raise LabError("the lab makes network namespaces: run as root")
        self.down()
        try:
            netns.make_dir(self.run_dir)
            self._note(laid=False)
            for role in self.roles:
                netns.run("ip", "netns", "add", self.ns(role))
                netns.ip_batch(self.ns(role), ["link set lo up"])
            self._wire()
            self._address()
            if with_servers:
                servers.start_all(self)
            self._note(laid=True)
        except BaseException:
            self.down()
            raise

    def down(self) -> None:
        """Stop what the lab started and remove what it made, by name: works after a failed up as well."""
        self.procs.stop_all()
        for role in self.roles:
            ns = self.ns(role)
            if not netns.exists(ns):
                continue
            for link in self._links(ns):  # a shell still inside keeps the namespace alive, not the wires
                netns.run("ip", "-n", ns, "link", "del", link, check=False)
            netns.run("ip", "netns", "del", ns)
        data = self.run_dir / "data"
        if data.is_symlink():
            shutil.rmtree(data.resolve(), ignore_errors=True)
        shutil.rmtree(self.run_dir, ignore_errors=True)
        try:
            RUN_DIR.rmdir()
        except OSError:
            pass  # other labs stand, or there was none

    def _links(self, ns: str) -> list[str]:
        links = json.loads(netns.run("ip", "-n", ns, "-j", "link", "show").stdout or "[]")
        return [link["ifname"] for link in links if link["ifname"] != "lo"]

    def _wire(self) -> None:
        top = self.topology
        netns.ip_batch(self.ns("sw"), ["link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                                       "link set br0 up"])
        if top.one_arm:
            self._plug(top.devices[0], "lb")
            self._plug("eth0", "client")
        else:
            self._veth(self.ns("lb"), top.outside, self.ns("client"), "eth0")
            self._plug(top.inside, "lb")
        for server in top.servers:
            self._plug("eth0", server.name)
        for role in ("client", *(s.name for s in top.servers)):
            netns.run_in(self.ns(role), "ethtool", "-K", "eth0", *OFFLOADS_OFF)

    def _veth(self, ns_a: str, dev_a: str, ns_b: str, dev_b: str) -> None:
        # Both ends are born inside their namespaces: the host never sees them.
        netns.run("ip", "link", "add", dev_a, "netns", ns_a, "type", "veth", "peer", "name", dev_b, "netns", ns_b)
        netns.ip_batch(ns_a, [f"link set {dev_a} up"])
        netns.ip_batch(ns_b, [f"link set {dev_b} up"])

    def _plug(self, device: str, role: str) -> None:
        """A cable from `device` of `role` to the switch; the switch's end is named after the role."""
        self._veth(self.ns(role), device, self.ns("sw"), role)
        netns.ip_batch(self.ns("sw"), [f"link set {role} master br0"])

    def _address(self) -> None:
        top = self.topology
        self._add("client", "eth0", [f"{top.client_v4}/24", f"{top.client_v6}/64"])
        for server in top.servers:
            self._add(server.name, "eth0", [f"{server.v4}/24", f"{server.v6}/64"])
        self._add("lb", top.outside, [f"{top.own_v4}/24", f"{top.own_v6}/64", f"{top.vip_v4}/32", f"{top.vip_v6}/128"])
        lips = [*(f"{a}/32" for a in top.lips_v4), *(f"{a}/128" for a in top.lips_v6)]
        if not top.one_arm:
            lips = [f"{top.inside_v4}/24", f"{top.inside_v6}/64", *lips]
        self._add("lb", top.inside, lips)

    def _add(self, role: str, device: str, addresses: list[str]) -> None:
        # No duplicate address detection: nobody else is on these wires, and it would cost seconds. A VIP or LIP
        # (/128) is deprecated from birth, so that the kernel does not take it as source for connections of its own.
        netns.ip_batch(self.ns(role), [f"addr add {a} dev {device}{' nodad' if ':' in a else ''}"
                                       f"{' preferred_lft 0' if a.endswith('/128') else ''}" for a in addresses])

    def _note(self, laid: bool) -> None:
        (self.run_dir / "lab.json").write_text(json.dumps({"topology": self.topology.name, "laid": laid}))

    def stands(self) -> bool:
        """It was laid to the end, and all of its namespaces are there: after a start of the machine they are gone."""
        try:
            laid = json.loads((self.run_dir / "lab.json").read_text()).get("laid", False)
        except (OSError, ValueError):
            return False
        return laid and all(netns.exists(self.ns(role)) for role in self.roles)

    # --- use ---------------------------------------------------------------------------------------------

    def run(self, role: str, *command: str, **options) -> subprocess.CompletedProcess:
        """Run a command inside a namespace of the lab, to its end."""
        return netns.run_in(self.ns(role), *command, **options)

    def entered(self, role: str):
        """Context: sockets made inside belong to the namespace."""
        return netns.entered(self.ns(role))

    def processes(self, role: str, program: str) -> list[int]:
        """Who runs a program of that name inside a namespace, whoever started it."""
        found = []
        for pid in netns.run("ip", "netns", "pids", self.ns(role), check=False).stdout.split():
            with contextlib.suppress(OSError):  # it has ended since
                # One that was built anew while it runs has another name.
                if pathlib.Path(f"/proc/{pid}/exe").readlink().name.removesuffix(" (deleted)") == program:
                    found.append(int(pid))
        return sorted(found)

    def link(self, role: str, device: str, state: str) -> None:
        netns.ip_batch(self.ns(role), [f"link set {device} {state}"])

    def mac(self, role: str, device: str) -> str:
        links = json.loads(netns.run("ip", "-n", self.ns(role), "-j", "link", "show", device).stdout)
        return links[0]["address"]

    @property
    def data(self) -> pathlib.Path:
        """A directory on disk for what the servers serve (the run directory may be in memory)."""
        link = self.run_dir / "data"
        if not link.is_symlink():
            link.symlink_to(tempfile.mkdtemp(prefix=f"hvs-lab-{self.prefix}-", dir="/var/tmp"))
            link.resolve().chmod(0o755)
        return link.resolve()
