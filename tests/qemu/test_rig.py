# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The rig itself: a guest boots, runs commands, sees its NICs, talks through them and gives them away."""
import pytest

from guest import Guest, Nic
from lab import netns
from lab.netns import LabError


@pytest.fixture(scope="module")
def guest(new_ns, new_guest) -> Guest:
    ns = new_ns("wire")
    return new_guest([Nic(ns, "eth0"), Nic(ns, "eth1", model="e1000e")], iommu=True)


def test_commands_give_back_output_and_status(guest):
    done = guest.run("echo to you; echo and to you >&2; exit 7", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (7, "to you\n", "and to you\n")
    with pytest.raises(LabError, match="exit status 1: false"):
        guest.run("false")
    late = guest.spawn("while [[ ! -e /run/rig/go ]]; do sleep 0.05; done; echo went")
    assert guest.run("uname -r").stdout.strip().endswith("-amd64"), "jobs run side by side"
    assert late.running()
    (guest.rig / "go").touch()
    assert late.wait() == 0 and late.stdout() == "went\n"


def test_the_guest_sees_its_nics(guest):
    seen = {line.split()[0]: line for line in guest.run("lspci -nn -D").stdout.splitlines()}
    assert "Virtio network device" in seen[guest.pci(0)] or "Virtio 1.0 network device" in seen[guest.pci(0)], seen
    assert "82574L" in seen[guest.pci(1)], seen


def test_it_sees_the_files_of_the_host_and_cannot_change_them(guest, tmp_path):
    (tmp_path / "file").write_text("of the host\n")
    assert guest.run(f"cat {tmp_path}/file; echo changed >{tmp_path}/file; cat {tmp_path}/file").stdout == "of the host\nchanged\n"
    assert (tmp_path / "file").read_text() == "of the host\n"


@pytest.mark.parametrize("number", [0, 1], ids=["virtio", "e1000e"])
def test_a_ping_passes_both_ways(guest, new_ns, number):
    ns = guest.nics[number].ns
    netns.ip_batch(ns, [f"addr add 10.9.{number}.1/24 dev eth{number}"])
    device = guest.device(number)
    guest.run(f"ip addr add 10.9.{number}.2/24 dev {device} && ip link set {device} up")
    # The link of an e1000e takes its time to come up.
    guest.run(f"for ((i = 0; i < 300; i++)); do ping -n -q -c 1 -W 1 10.9.{number}.1 >/dev/null && exit; sleep 0.1; done; exit 1")
    assert "3 received" in guest.run(f"ping -n -q -i 0.05 -c 3 -W 5 10.9.{number}.1").stdout
    assert "3 received" in netns.run_in(ns, "ping", "-n", "-q", "-i", "0.05", "-c", "3", "-W", "5", f"10.9.{number}.2").stdout


def test_vfio_takes_a_nic_and_gives_it_back(guest):
    guest.modprobe("vfio-pci")
    guest.bind(1, "vfio-pci")
    group = guest.run(f"basename $(readlink /sys/bus/pci/devices/{guest.pci(1)}/iommu_group)").stdout.strip()
    assert guest.run(f"ls /dev/vfio/{group}").stdout.strip() == f"/dev/vfio/{group}"
    assert guest.device(1) == ""
    guest.bind(1, "e1000e")
    assert guest.device(1).startswith("eth")


def test_modules_that_this_machine_may_lack(guest):
    guest.modprobe("ip_vs", "ip_vs_wrr", "ip_vs_mh", "ipip", "ip_gre", "fou", "uio_pci_generic", "vhost-net", "8021q")
    assert guest.run("ipvsadm -Ln").stdout.startswith("IP Virtual Server version")


def test_a_guest_powers_off_and_leaves_nothing(new_ns):
    ns = new_ns("other")
    with Guest([Nic(ns)], cpus=1, memory="512M") as guest:
        assert "eth0" in netns.run("ip", "-n", ns, "-o", "link").stdout
        assert guest.power_off() == 0
        with pytest.raises(LabError):
            guest.run("true")
    assert "eth0" not in netns.run("ip", "-n", ns, "-o", "link").stdout
    assert not guest.dir.exists()
