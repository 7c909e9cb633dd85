# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Full-bypass mode over NICs that are really taken from a kernel: a guest's, by vfio-pci and by uio.

Clients and real servers are on the host; the guest is the balancer, set up as one would set up any machine: addresses
on its interfaces, then hvsd with their names and `mode: native`.
"""
import dataclasses
import json
import socket
import struct

import pytest

from bypass import OWN, SERVERS, VIP, Bypass, until
from guest import Guest, Nic
from lab import netns


@dataclasses.dataclass(frozen=True)
class Kind:
    nic: dict
    guest: dict
    driver: str
    former: str  # the kernel's driver, as sysfs calls it
    ethtool: str  # as ethtool does
    queues: int = 1
    offloads: tuple = ("rx_ipv4_checksum",)


KINDS = {
    "e1000e-vfio": Kind({"model": "e1000e"}, {"iommu": True}, "vfio-pci", "e1000e", "e1000e"),
    "e1000e-uio": Kind({"model": "e1000e"}, {}, "uio_pci_generic", "e1000e", "e1000e"),
    "virtio-vfio": Kind({"queues": 2, "options": "rss=on"}, {"iommu": True}, "vfio-pci", "virtio-pci", "virtio_net", 2,
                        ("rss",)),
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


def dressed(bypass) -> list:
    """What the kernel has on the devices, up or not, and its routes."""
    out = []
    for name in bypass.names:
        link = json.loads(bypass.guest.run(f"ip -j addr show {name}").stdout)[0]
        out += [name, "UP" in link["flags"], sorted((a["local"], a["prefixlen"]) for a in link["addr_info"] if a["scope"] == "global")]
    routes = json.loads(bypass.guest.run("ip -j route").stdout)
    return out + sorted([route["dst"], route.get("gateway", ""), route["dev"]] for route in routes)


def given_back(bypass, kind, before: list) -> None:
    for number in (0, 1):
        assert bypass.driver(number) == kind.former and bypass.guest.device(number) == bypass.names[number]
    assert dressed(bypass) == before


def test_check_says_what_would_be_and_changes_nothing(bypass, kind):
    said = bypass.hvs("hvsd", "--check /run/rig/hvs.yaml").stdout
    for number, name in enumerate(("outside", "inside")):
        device = bypass.names[number]
        assert f"port {name}: {device}, native (taken from {kind.ethtool} by {kind.driver}), companion {device}" in said
        assert bypass.driver(number) == kind.former


def test_vfio_wants_an_iommu(bypass, kind):
    bypass.config({"bind": "vfio-pci", "queues": kind.queues}, workers=kind.queues)
    done = bypass.hvs("hvsd", "--check /run/rig/hvs.yaml", check=False)
    refused = done.returncode != 0 and (done.stdout + done.stderr).count("[iommu_off]") == 2
    assert refused == ("iommu" not in kind.guest), done.stdout + done.stderr
    bypass.config({"bind": kind.driver, "queues": kind.queues}, workers=kind.queues)


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
    for _ in range(30):
        bypass.get(VIP)
    workers = json.loads(bypass.hvs("hvsctl", "--json workers").stdout)
    assert len(workers) == kind.queues and all(worker["rx_packets"] > 20 for worker in workers), workers
    dealt_out = json.loads(bypass.hvs("hvsctl", "--json status").stdout)["local_ports"]
    assert dealt_out == "to one worker" if kind.queues == 1 else "RSS" in dealt_out, dealt_out


def test_a_nic_in_use_is_not_given_back(bypass, kind):
    refused = bypass.hvs("hvsctl", f"unbind {bypass.names[0]}", check=False)
    assert refused.returncode == 1 and "is in use by hvsd (process " in refused.stderr, refused.stderr
    assert bypass.driver(0) == kind.driver


def test_nothing_was_dropped(bypass):
    drops = {row["reason"]: row["packets"] for row in json.loads(bypass.hvs("hvsctl", "--json drops").stdout)}
    assert {reason: n for reason, n in drops.items() if n} == {}


def wrong_header(destination: str) -> bytes:
    """A SYN whose IPv4 header has a wrong checksum, and nothing else amiss."""
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0x4000, 64, 6, 0x1234, socket.inet_aton("10.10.0.200"), socket.inet_aton(destination))
    tcp = struct.pack("!HHIIBBHHH", 50123, 80, 1, 0, 0x50, 2, 1000, 0, 0)
    return bytes.fromhex(Guest.mac(0).replace(":", "") + "020000000001" "0800") + ip + tcp


def test_what_the_nic_does_besides_is_told_and_a_header_that_it_finds_wrong_is_dropped(bypass, kind):
    """For a service, and for the kernel. A virtio-net does not look, so it is the next machine that drops it."""
    before = bypass.ports()["outside"]
    assert all(port["offloads"] == list(kind.offloads) for port in bypass.ports().values())
    with netns.entered(bypass.client):
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    with wire:
        wire.bind(("eth0", 0))
        for destination in (VIP, OWN) * 3:
            wire.send(wrong_header(destination))
    until("the frames to be there", lambda: bypass.ports()["outside"]["rx_packets"] >= before["rx_packets"] + 6)
    bypass.kernel_answers()
    drops = {row["reason"]: row["packets"] for row in json.loads(bypass.hvs("hvsctl", "--json drops").stdout)}
    assert {reason: n for reason, n in drops.items() if n} == ({"rx_ipv4_checksum": 6} if "rx_ipv4_checksum" in kind.offloads else {})
    bypass.serves()


def test_a_restart_finds_the_nics_by_their_names_and_keeps_the_addresses(bypass, kind):
    bypass.stop()
    assert bypass.driver(0) == kind.driver
    link = json.loads(bypass.guest.run(f"ip -j link show {bypass.names[0]}").stdout)[0]
    assert "LOWER_UP" not in link["flags"]
    bypass.start()
    bypass.serves()
    bypass.kernel_answers()


def test_hvsctl_gives_the_nics_back_with_their_addresses_and_routes(bypass, kind):
    before = dressed(bypass)
    bypass.stop()
    for number, name in enumerate(bypass.names):
        said = bypass.hvs("hvsctl", f"unbind {name}").stdout
        sum_ = 5 if number == 0 else 4  # four addresses, and a route on the first
        assert said == (f"{name} ({bypass.guest.pci(number)}) is given back to the kernel as {name}, "
                        f"with {sum_} of {sum_} addresses and routes\n")
        assert bypass.driver(number) == kind.former and bypass.guest.device(number) == name
    assert dressed(bypass) == before
    again = bypass.hvs("hvsctl", f"unbind {bypass.names[0]}", check=False)
    assert again.returncode == 1 and "It is the kernel's already" in again.stderr


def test_a_nic_is_taken_unless_the_machine_is_reached_through_it(bypass, kind):
    name, before = bypass.names[0], dressed(bypass)
    bypass.guest.run("ip route add default via 10.10.0.200")
    refused = bypass.hvs("hvsctl", f"bind {name} --driver {kind.driver}", check=False)
    assert refused.returncode == 1 and "[bind_default_route]" in refused.stderr
    assert bypass.driver(0) == kind.former
    job = bypass.guest.spawn(f"{bypass.build_dir}/bin/hvsd --config /run/rig/hvs.yaml --bpf-dir {bypass.build_dir}/bpf")
    assert job.wait() == 1 and "[bind_default_route]" in job.stdout() + job.stderr()
    assert [bypass.driver(number) for number in (0, 1)] == [kind.former] * 2
    bypass.guest.run("ip route del default")
    session = bypass.guest.run(f"SSH_CONNECTION='10.10.0.200 40000 {OWN} 22' {bypass.build_dir}/bin/hvsctl bind {name} "
                               f"--driver {kind.driver}", check=False)
    assert session.returncode == 1 and "[bind_session]" in session.stderr
    said = bypass.hvs("hvsctl", f"bind {name} --driver {kind.driver}").stdout
    assert said == f"{name} ({bypass.guest.pci(0)}) is bound to {kind.driver}, was with {kind.ethtool}\n"
    assert bypass.driver(0) == kind.driver
    bypass.hvs("hvsctl", f"unbind {bypass.guest.pci(0)}")
    assert dressed(bypass) == before


def test_the_driver_is_restored_at_the_end_when_asked_for(bypass, kind):
    bypass.config({"bind": kind.driver, "queues": kind.queues, "restore_driver": True}, workers=kind.queues)
    before = dressed(bypass)
    bypass.start()
    assert bypass.driver(0) == kind.driver and dressed(bypass) == before
    bypass.stop()
    given_back(bypass, kind, before)


@pytest.mark.kinds("e1000e-uio", "virtio-vfio")  # each NIC and each driver once
def test_daemons_that_are_killed_lose_no_address_though_the_driver_is_to_be_restored(bypass, kind):
    before = dressed(bypass)
    bypass.guest.run(">/run/rig/hvsd.log")
    early = bypass.guest.spawn(f"exec {bypass.build_dir}/bin/hvsd --config /run/rig/hvs.yaml --bpf-dir {bypass.build_dir}/bpf "
                               ">/run/rig/hvsd.log 2>&1")
    # The NICs are taken, DPDK starts, which takes its time, and companions come only then: no netdev has the addresses.
    bypass.guest.run("for ((i = 0; i < 2000; i++)); do grep -q 'port inside: .* taken from' /run/rig/hvsd.log && break; sleep 0.01; done; "
                     "pkill -KILL -x hvsd")
    early.wait()
    assert "companion" not in bypass.log() and bypass.driver(0) == kind.driver
    bypass.start()
    assert dressed(bypass) == before
    bypass.guest.run("pkill -KILL -x hvsd")
    bypass.job.wait()
    assert bypass.driver(0) == kind.driver and dressed(bypass) == before
    bypass.start()
    bypass.serves()
    bypass.stop()
    given_back(bypass, kind, before)


@pytest.mark.kinds("e1000e-uio", "virtio-vfio")
@pytest.mark.parametrize("failure", ["queues", "socket"])
def test_a_start_that_fails_gives_back_what_it_took(bypass, kind, failure):
    bypass.guest.run(f"ip route replace default via 10.10.0.200 dev {bypass.names[0]}")
    before = dressed(bypass)
    more, said = {}, "fewer than `queues` [queue_count]"
    if failure == "socket":
        more, said = {"control": {"socket": "/proc/api.sock"}}, "cannot create the control socket: "
    bypass.config({"bind": kind.driver, "queues": 3 if failure == "queues" else kind.queues, "force": True},
                  workers=1 if failure == "queues" else kind.queues, **more)
    job = bypass.guest.spawn(f"{bypass.build_dir}/bin/hvsd --config /run/rig/hvs.yaml --bpf-dir {bypass.build_dir}/bpf")
    assert job.wait() == 1
    assert said in job.stdout() + job.stderr()
    given_back(bypass, kind, before)
    assert "default via 10.10.0.200" in bypass.guest.run(f"ip route show dev {bypass.names[0]}").stdout
