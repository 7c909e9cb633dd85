# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Two namespaces and the wires between them, without a switch, whose cost would make every forwarder look alike:

    client eth0 --- hvs-out [lb] hvs-in --- eth1 client     two arms
    client eth0 --- hvs-one [lb]                            one arm
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

from lab import netns
from lab.balancer import PIN_ROOT
from lab.core import OFFLOADS_OFF, RUN_DIR, Lab
from lab.topology import ONE_ARM, TWO_ARM

PREFIX = "bench"
DPDK_DIR = pathlib.Path("/run/dpdk")
# Before whatever else runs on this machine: a generator that waits for a CPU leaves the forwarder idle.
FIRST = ["chrt", "--fifo", "1"]


class Stage(Lab):
    roles = ("client", "lb")

    def __init__(self, arms: int, build_dir: pathlib.Path, prefix: str = f"{PREFIX}{os.getpid()}"):
        super().__init__(prefix, ONE_ARM if arms == 1 else TWO_ARM)
        self.build_dir = build_dir

    def __enter__(self) -> "Stage":
        self.up(with_servers=False)
        return self

    def down(self) -> None:
        for name in self.procs.names():
            self.procs.kill(name, signal.SIGCONT)  # a generator that was killed may have left it stopped
        super().down()
        for left in (PIN_ROOT / self.prefix, DPDK_DIR / self.prefix):  # by forwarders that had to be killed
            shutil.rmtree(left, ignore_errors=True)

    @staticmethod
    def remove_stale() -> None:
        """What runs that were killed left: the name tells the process that laid it."""
        for run_dir in netns.entries(RUN_DIR, f"{PREFIX}*"):
            owner = re.fullmatch(PREFIX + r"(\d+)", run_dir.name)
            if owner and not pathlib.Path("/proc", owner.group(1)).exists():
                Stage(1, run_dir, run_dir.name).down()

    def _wire(self) -> None:
        for index, device in enumerate(self.topology.devices):
            self._veth(self.ns("lb"), device, self.ns("client"), f"eth{index}")
            netns.run_in(self.ns("client"), "ethtool", "-K", f"eth{index}", *OFFLOADS_OFF)

    def _address(self) -> None:
        top = self.topology
        self._add("lb", top.outside, [f"{top.own_v4}/24", f"{top.vip_v4}/32"])
        inside = [] if top.one_arm else [f"{top.inside_v4}/24"]
        self._add("lb", top.inside, [*inside, *(f"{lip}/32" for lip in top.lips_v4)])
        # The far end drops every frame, questions for its MAC address too.
        far = self.mac("client", self.far_devices[-1])
        netns.ip_batch(self.ns("lb"), [f"neigh replace {server.v4} lladdr {far} dev {top.inside} nud permanent"
                                       for server in top.servers])

    @property
    def far_devices(self) -> list[str]:
        """The other ends of the balancer's devices."""
        return [f"eth{index}" for index in range(len(self.topology.devices))]

    def load_command(self, *arguments: str) -> list[str]:
        """hvs-veth-load at the client's end, on the first CPU."""
        top = self.topology
        load = [str(self.build_dir / "bin" / "hvs-veth-load"), "--send", self.far_devices[0],
                "--sink", self.far_devices[-1], "--object", str(self.build_dir / "bpf" / "bench_sink.bpf.o"),
                "--dst-mac", self.mac("lb", top.outside), "--src", top.client_v4, "--vip", top.vip_v4, *arguments]
        return netns.enter(self.ns("client"), *FIRST, "taskset", "-c", str(cpus()[0]), *load)

    def load(self, *arguments: str, timeout: float = 120) -> list:
        """The lines of JSON that a load prints."""
        done = netns.run(*self.load_command(*arguments), timeout=timeout)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def start_load(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(self.load_command(*arguments), stdout=subprocess.PIPE, text=True)


def cpus() -> tuple[int, int]:
    """One for the generator, one for the forwarder."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise netns.LabError("one CPU: the generator and the forwarder need one each")
    return usable[0], usable[1]
