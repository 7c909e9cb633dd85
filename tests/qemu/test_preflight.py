# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What `hvsd --check` says of a machine with an IOMMU and two NUMA nodes, and of NICs that are not free.

tests/e2e/test_preflight.py provokes what any machine can lack.
"""
import json

import pytest

from bypass import until
from guest import Guest, Nic

NIC = "0000:00:10.0"
ON_BRIDGE = ("0000:01:01.0", "0000:01:02.0")  # what is behind a bridge to conventional PCI is one IOMMU group
# A disk is no NIC, and the one device of this QEMU that has virtual functions: a PCI device is one like another to the check.
WITH_FUNCTIONS = ("pcie-root-port,id=root,addr=0x1d", "nvme-subsys,id=disks",
                  "nvme,bus=root,serial=1,subsys=disks,sriov_max_vfs=1,sriov_vq_flexible=2,sriov_vi_flexible=1")
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

    def check(self, prepare: str = "") -> tuple[int, list[str]]:
        done = self.guest.run(f"{prepare} {self.hvsd('--check')}", check=False)
        return done.returncode, (done.stdout + done.stderr).splitlines()

    def line(self, name: str, status: int = 1, prepare: str = "") -> str:
        """The one line of that name."""
        got, said = self.check(prepare)
        found = [line for line in said if f"[{name}]" in line]
        assert got == status and len(found) == 1, said
        return found[0]


@pytest.fixture(scope="module")
def machine(new_ns, new_guest, build_dir):
    guest = new_guest([Nic(new_ns("one"), model="e1000e"), *(Nic(new_ns(f"behind{n}"), model="e1000", options=f"bus=bridge,addr={n}") for n in (1, 2))],
                      memory="2G", iommu=True, nodes=2, devices=("pcie-pci-bridge,id=bridge,addr=0x1c", *WITH_FUNCTIONS))
    guest.run(f"echo 100 >{PAGES % 0}; umount /dev/hugepages")
    guest.modprobe("vfio-pci")
    return Machine(guest, build_dir)


def test_a_group_that_the_kernel_uses_is_not_viable(machine):
    machine.config(ports=[{"name": "one", "device": ON_BRIDGE[0], "mode": "native"}])
    line = machine.line("iommu_group")
    assert line.startswith("problem: ") and f"{ON_BRIDGE[1]} (e1000)" in line and NIC not in line, line
    both = [{"name": f"port{n}", "device": nic, "mode": "native"} for n, nic in enumerate(ON_BRIDGE)]
    machine.config(ports=both, memory={"hugepages": "off", "limit": "256MiB"})
    status, said = machine.check()
    assert status == 0, said
    hvsctl, nics = f"{machine.build_dir}/bin/hvsctl", " ".join(ON_BRIDGE)
    refused = machine.guest.run(f"{hvsctl} bind {ON_BRIDGE[0]}", check=False)
    assert refused.returncode == 1 and "[iommu_group]" in refused.stderr
    assert machine.guest.run(f"{hvsctl} bind {nics}").stdout.count("is bound to vfio-pci, was with e1000") == 2
    assert machine.guest.run(f"{hvsctl} unbind {nics}").stdout.count("is given back to the kernel as") == 2
    machine.config(ports=[{"name": "one", "device": ON_BRIDGE[0], "mode": "native"}])
    machine.guest.run(f"echo {ON_BRIDGE[1]} >/sys/bus/pci/devices/{ON_BRIDGE[1]}/driver/unbind")
    status, said = machine.check()
    assert status == 0, said
    machine.config()


@pytest.mark.parametrize("add", ["ip link add link {nic} name above type vlan id 5", "ip link add above type bridge && ip link set {nic} master above"],
                         ids=["vlan", "bridge"])
def test_what_stands_on_a_nic_would_lose_it(machine, add):
    nic = machine.guest.device(0)
    machine.guest.run(f"modprobe --all 8021q bridge; {add.format(nic=nic)}")
    try:
        line = machine.line("bind_stacked")
        assert line.startswith(f"problem: {nic}: above stands on it, and would lose it"), line
        refused = machine.guest.run(f"{machine.build_dir}/bin/hvsctl bind {nic}", check=False)
        assert refused.returncode == 1 and "[bind_stacked]. Take it out of there first" in refused.stderr
    finally:
        machine.guest.run("ip link del above")
    status, said = machine.check()
    assert status == 0, said


def test_a_nic_of_another_network_namespace(machine):
    nic = machine.guest.device(0)
    machine.guest.run(f"ip netns add far && ip link set {nic} netns far")
    try:
        line = machine.line("bind_elsewhere")
        assert line.startswith(f"problem: PCI device {NIC}: a netdev of it is in another network namespace"), line
    finally:
        machine.guest.run("ip netns del far")
    until("the kernel brings it back", lambda: machine.check()[0] == 0)


def test_virtual_functions_go_with_their_driver(machine):
    machine.guest.modprobe("nvme")
    device = machine.guest.run("cd /sys/bus/pci/drivers/nvme && echo 0000:*").stdout.strip()
    machine.guest.run(f"cd /sys/bus/pci/devices/{device} && echo 0 >sriov_drivers_autoprobe && echo 1 >sriov_numvfs")
    try:
        refused = machine.guest.run(f"{machine.build_dir}/bin/hvsctl bind {device}", check=False)
        assert refused.returncode == 1 and f"PCI device {device}: its virtual functions (0000:" in refused.stderr, refused.stderr
        assert "would go with its driver [bind_functions]. Remove them first (sriov_numvfs)" in refused.stderr
    finally:
        machine.guest.run(f"echo 0 >/sys/bus/pci/devices/{device}/sriov_numvfs")
    assert "is bound to vfio-pci, was with nvme" in machine.guest.run(f"{machine.build_dir}/bin/hvsctl bind {device}").stdout
    machine.config(ports=[{"name": "one", "device": device, "mode": "native"}])
    started = machine.guest.run(machine.hvsd("--config"), check=False)
    said = started.stdout + started.stderr
    assert started.returncode == 1 and f"port one: DPDK drives no device {device}" in said and "[driver_unknown]. Is DPDK's driver for it" in said, said
    machine.config()


def test_one_nic_for_two_ports(machine):
    nic = machine.guest.device(0)
    machine.config(ports=[{"name": name, "device": device, "mode": "native"} for name, device in (("one", NIC), ("two", nic))])
    line = machine.line("device_in_use")
    assert line.startswith(f"problem: ports.two.device: {nic} is PCI device {NIC}, which another port of this file has"), line
    machine.config()


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


def test_a_driver_that_the_kernel_does_not_have(machine):
    machine.guest.run(f"{machine.build_dir}/bin/hvsctl unbind {NIC}")
    machine.config(ports=[{"name": "one", "device": NIC, "mode": "native", "bind": "igb_uio"}])
    line = machine.line("bind_no_driver")
    assert line.startswith("problem: ports.one.bind: ") and "has no driver igb_uio" in line, line


def test_a_nic_locks_the_memory_that_it_may_reach(machine):
    machine.config()
    line = machine.line("memlock", prepare="ulimit -l 131071; exec setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock")
    assert line.startswith("problem: RLIMIT_MEMLOCK: NICs of native ports lock 128 MiB of memory"), line
    status, said = machine.check("ulimit -l 131072; exec setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock")
    assert status == 0, said


def test_a_clock_that_is_slow(machine):
    machine.config()
    clock = "/sys/devices/system/clocksource/clocksource0/current_clocksource"
    before = machine.guest.run(f"cat {clock}").stdout.strip()
    machine.guest.run(f"echo acpi_pm >{clock}")
    try:
        line = machine.line("clock_source", status=0)
        assert line.startswith("warning: clock: ") and "acpi_pm" in line, line
    finally:
        machine.guest.run(f"echo {before} >{clock}")


def test_a_kernel_that_is_locked_down_refuses_uio(machine):
    """The last one, because a kernel stays so."""
    machine.guest.run("mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security; "
                      "echo integrity >/sys/kernel/security/lockdown")
    machine.config(ports=[{"name": "one", "device": NIC, "mode": "native", "bind": "uio_pci_generic"}])
    line = machine.line("lockdown")
    assert line.startswith("problem: ports.one: the kernel is locked down (integrity)"), line
    machine.config()
    status, said = machine.check()
    assert status == 0, said
