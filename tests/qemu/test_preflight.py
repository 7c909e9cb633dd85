# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What `hvsd --check` says of a machine with an IOMMU and two NUMA nodes, and of NICs that are not free.

tests/e2e/test_preflight.py provokes what any machine can lack.
"""
import json

import pytest

from guest import Guest, Nic

NIC, SISTER = "0000:00:10.0", "0000:00:10.1"  # two functions of one card: one IOMMU group
PAGES = "/sys/devices/system/node/node%d/hugepages/hugepages-2048kB/nr_hugepages"


class Machine:
    def __init__(self, guest: Guest, build_dir):
        self.guest, self.build_dir = guest, build_dir
        self.config()

    def config(self, **changes) -> None:
        settings = {"instance": "preflight", "workers": {"cpus": [0], "poll": "adaptive"}, "memory": {"hugepages": "required", "limit": "128MiB"},
                    "connections": {"max": 1024}, "ports": [{"name": "one", "device": NIC, "mode": "native"}], **changes}
        (self.guest.rig / "hvs.yaml").write_text(json.dumps(settings))

    def hvsd(self, how: str) -> str:
        return f"{self.build_dir}/bin/hvsd {how} /run/rig/hvs.yaml --bpf-dir {self.build_dir}/bpf"

    def check(self) -> tuple[int, list[str]]:
        done = self.guest.run(self.hvsd("--check"), check=False)
        return done.returncode, (done.stdout + done.stderr).splitlines()

    def line(self, name: str, status: int = 1) -> str:
        """The one line of that name."""
        got, said = self.check()
        found = [line for line in said if f"[{name}]" in line]
        assert got == status and len(found) == 1, said
        return found[0]


@pytest.fixture(scope="module")
def machine(new_ns, new_guest, build_dir):
    guest = new_guest([Nic(new_ns("one"), model="e1000e", options="multifunction=on"),
                       Nic(new_ns("two"), model="e1000e", options=f"addr={SISTER[-4:]}")], memory="2G", iommu=True, nodes=2)
    guest.run(f"echo 100 >{PAGES % 0}; umount /dev/hugepages")
    guest.modprobe("vfio-pci")
    return Machine(guest, build_dir)


def test_a_group_that_the_kernel_uses_is_not_viable(machine):
    line = machine.line("iommu_group")
    assert line.startswith("problem: ") and SISTER in line, line
    both = [{"name": name, "device": nic, "mode": "native"} for name, nic in (("one", NIC), ("two", SISTER))]
    machine.config(ports=both, memory={"hugepages": "off", "limit": "256MiB"})
    status, said = machine.check()
    assert status == 0, said
    machine.config()
    hvsctl = f"{machine.build_dir}/bin/hvsctl"
    refused = machine.guest.run(f"{hvsctl} bind {NIC}", check=False)
    assert refused.returncode == 1 and "[iommu_group]" in refused.stderr
    assert machine.guest.run(f"{hvsctl} bind {NIC} {SISTER}").stdout.count("is bound to vfio-pci, was with e1000e") == 2
    assert machine.guest.run(f"{hvsctl} unbind {NIC} {SISTER}").stdout.count("is given back to the kernel as") == 2
    machine.guest.run(f"echo {SISTER} >/sys/bus/pci/devices/{SISTER}/driver/unbind")
    status, said = machine.check()
    assert status == 0, said


def test_memory_and_workers_of_another_node(machine):
    machine.guest.run(f"echo 1 >/sys/bus/pci/devices/{NIC}/numa_node")
    try:
        line = machine.line("hugepages_node")
        assert line.startswith("problem: NUMA node 1: ") and "0 MiB are free" in line and "node1/hugepages" in line, line
        machine.guest.run(f"echo 100 >{PAGES % 1}")
        line = machine.line("numa_far", status=0)
        assert line.startswith("warning: ports.one: its NIC is on NUMA node 1, and no worker runs there"), line
    finally:
        machine.guest.run(f"echo 0 >/sys/bus/pci/devices/{NIC}/numa_node")


def test_hugepages_without_a_file_system_of_them_do(machine):
    job = machine.guest.spawn(machine.hvsd("--config"))
    machine.guest.run(f"for ((i = 0; i < 600; i++)); do {machine.build_dir}/bin/hvsctl status 2>/dev/null | grep -q running && exit; sleep 0.1; done; exit 1",
                      timeout=120)
    assert "in hugepages" in job.stdout() + job.stderr()
    status, said = machine.check()  # of the instance that runs
    assert status == 0 and any(line.startswith("note: instance preflight runs (process ") for line in said), said
    machine.config(instance="other")
    assert "is in use by hvsd (process " in machine.line("device_in_use")
    machine.config()
    machine.guest.run("pkill -TERM -x hvsd")
    assert job.wait() == 0
