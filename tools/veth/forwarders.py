# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What is measured: hvsd and testpmd, one after the other on the same ports, with the same rings and bursts."""
import json
import pathlib
import shutil
import signal
import time

from lab import netns
from lab.balancer import Balancer
from lab.servers import ECHO_PORT

from .stage import DPDK_DIR, Stage, cpus

MEMORY_MIB = 256
DESCRIPTORS = 2048
BURST = 64


def config(stage: Stage, poll: str) -> dict:
    """One FULLNAT service over UDP. JSON is YAML."""
    top = stage.topology
    service = {"name": "echo", "vip": top.vip_v4, "protocol": "udp", "port": ECHO_PORT, "mode": "fullnat",
               "scheduler": "rr", "lip_pool": "inside", "dests": [{"address": s.v4} for s in top.servers]}
    return {
        "instance": stage.prefix,
        "log": {"level": "info"},
        "workers": {"cpus": [cpus()[1]], "poll": poll},
        "memory": {"hugepages": "off", "limit": f"{MEMORY_MIB}MiB"},
        "connections": {"max": 65536},
        "ports": [{"name": device.removeprefix("hvs-"), "device": device, "mode": "af_xdp", "xdp": "native"}
                  for device in top.devices],
        "lip_pools": [{"name": "inside", "addresses": list(top.lips_v4)}],
        "services": [service],
    }


def stop(stage: Stage, name: str) -> None:
    stage.procs.kill(name, signal.SIGCONT)  # a generator that failed may have left it stopped
    stage.procs.stop(name)


class Hvs(Balancer):
    def __init__(self, stage: Stage, poll: str):
        super().__init__(stage, stage.build_dir, stage.prefix, stage.run_dir / "bench.yaml")
        self.config.write_text(json.dumps(config(stage, poll)))

    def __enter__(self) -> "Hvs":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        stop(self.lab, self.name)

    def worker(self) -> dict:
        return self.ctl("workers")[0]


class Testpmd:
    """DPDK's own forwarder: swaps the MAC addresses and sends the frame on, and does nothing else."""

    name = "testpmd"

    def __init__(self, stage: Stage):
        self.lab = stage
        self.log = stage.run_dir / "testpmd.log"

    def command(self) -> list[str]:
        main, forwarder = cpus()
        devices = self.lab.topology.devices
        vdevs = [f"--vdev=net_af_xdp{n},iface={device},force_copy=1" for n, device in enumerate(devices)]
        topology = "loop" if len(devices) == 1 else "paired"
        return ["stdbuf", "-oL", "dpdk-testpmd", f"--lcores=0@{main},1@{forwarder}", "--no-huge", "-m", str(MEMORY_MIB), "--no-pci",
                "--no-telemetry", "--iova-mode=va", f"--file-prefix={self.lab.prefix}", *vdevs, "--",
                "--forward-mode=macswap", f"--port-topology={topology}", f"--burst={BURST}", f"--rxd={DESCRIPTORS}",
                f"--txd={DESCRIPTORS}", "--total-num-mbufs=16384", "--nb-cores=1", "--stats-period=3600"]

    def __enter__(self) -> "Testpmd":
        self.log.write_text("")
        self.lab.procs.start(self.lab.ns("lb"), self.name, self.command(), self.log)
        deadline = time.monotonic() + 30
        while "Logical Core" not in self.read_log():
            if not self.lab.procs.alive(self.name) or time.monotonic() > deadline:
                raise netns.LabError(f"testpmd does not start\n{self.read_log()}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_) -> None:
        stop(self.lab, self.name)
        # It leaves its program attached, and the next forwarder would not take the device from it.
        for device in self.lab.topology.devices:
            self.lab.run("lb", "ip", "link", "set", device, "xdp", "off", check=False)
        shutil.rmtree(DPDK_DIR / self.lab.prefix, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        return self.lab.procs.pid(self.name)

    def read_log(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def threads(pid: int) -> dict[int, str]:
    """Names by thread id."""
    return {int(task.name): (task / "comm").read_text().strip() for task in pathlib.Path(f"/proc/{pid}/task").iterdir()}


def forwarding_thread(pid: int) -> int:
    """DPDK names the threads of its workers; there is one."""
    found = [tid for tid, comm in threads(pid).items() if comm.startswith(("lcore-worker", "rte-worker", "dpdk-worker"))]
    if len(found) != 1:
        raise netns.LabError(f"process {pid}: which thread forwards? {threads(pid)}")
    return found[0]


def put_first(pid: int) -> None:
    """The forwarding thread before whatever else wants its CPU, as where that CPU is its own."""
    netns.run("chrt", "--fifo", "--pid", "1", str(forwarding_thread(pid)))


def cpu_ns(pid: int) -> dict[int, int]:
    """Nanoseconds on a CPU so far, by thread id."""
    return {tid: int(pathlib.Path(f"/proc/{pid}/task/{tid}/schedstat").read_text().split()[0]) for tid in threads(pid)}
