# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What the kernel has of a native port: a companion by vhost-net or tap, with large frames, further MAC addresses, tcpdump.

One guest with an e1000e outside and a virtio-net inside, both by vfio-pci, MTU 9000.
"""
import json
import os
import socket
import threading

import pytest

from bypass import INSIDE, OWN, SERVERS, VIP, VIP6, Bypass, until
from guest import Guest, Nic
from lab import netns

MTU, KINDS = 9000, ("e1000e", "virtio-net-pci")
MEMORY = {"hugepages": "required", "limit": "384MiB"}
OTHER_MAC, OTHER = "00:00:5e:00:01:33", "10.10.0.51"  # as VRRP makes them


def ping(ns: str, address: str, size: int = 56) -> int:
    said = netns.run_in(ns, "ping", "-n", "-q", "-i", "0.05", "-c", "5", "-W", "5", "-M", "do", "-s", str(size), address, check=False)
    return int(said.stdout.split(" received")[0].split()[-1])


@pytest.fixture(scope="module")
def bypass(new_ns, build_dir):
    spaces = [new_ns(f"companion-{role}") for role in ("client", "inside")]
    with Guest([Nic(ns, model=model) for ns, model in zip(spaces, KINDS)], memory="2G", hugepages=320, iommu=True) as guest:
        made = Bypass(*spaces, guest, build_dir)
        for ns in spaces:
            netns.ip_batch(ns, [f"link set eth0 mtu {MTU}"])
        made.config({"mtu": MTU}, memory=MEMORY)
        made.start()
        yield made
        made.close()


def test_frames_pass_by_vhost_net(bypass):
    for port in bypass.ports().values():
        assert (port["companion_by"], port["mtu"]) == ("vhost-net", MTU)
    for name in bypass.names:
        assert f"companion {name} by vhost-net" in bypass.log()
        assert f"{name} (vhost-net)" in bypass.hvs("hvsctl", "ports").stdout
        link = json.loads(bypass.guest.run(f"ip -j link show {name}").stdout)[0]
        assert link["mtu"] == MTU and "LOWER_UP" in link["flags"]


def test_the_kernel_answers_and_services_do(bypass):
    bypass.kernel_answers()
    bypass.serves()


@pytest.mark.parametrize("number", [0, 1], ids=KINDS)
def test_frames_of_every_size_reach_the_kernel_and_come_back(bypass, number):
    ns, address = ((bypass.client, OWN), (bypass.inside, INSIDE))[number]
    for size in (1472, 1473, 4000, 8164, 8165, MTU - 28):
        assert ping(ns, address, size) == 5, size


def test_large_frames_pass_through_a_service(bypass):
    """A request of one segment, which is one frame on either side."""
    for vip, family in ((VIP, 4), (VIP6, 6)):
        before = bypass.ports()
        host = f"[{vip}]" if ":" in vip else vip
        said = netns.run_in(bypass.client, "curl", "-sS", "-g", "--max-time", "20", "-H", "X-Large: " + "x" * 8000, f"http://{host}/").stdout
        assert said.strip() in SERVERS[family]
        after = bypass.ports()
        for count, port in (("rx_bytes", "outside"), ("tx_bytes", "inside")):
            assert after[port][count] - before[port][count] > 8000
        assert after["outside"]["rx_packets"] - before["outside"]["rx_packets"] < 12


def test_what_the_kernel_sends_has_whole_checksums_and_fits_the_wire(bypass):
    """A megabyte each way over TCP: nothing on the way would mend a partial checksum, or cut a segment."""
    data = os.urandom(1 << 20)
    (bypass.guest.rig / "data").write_bytes(data)
    job = bypass.guest.spawn("busybox nc -l -p 5000 </run/rig/data >/run/rig/got")
    sock = until("the listener", lambda: connected(bypass.client, OWN, 5000))
    with sock:
        got = bytearray()
        reader = threading.Thread(target=lambda: read_all(sock, got, len(data)))
        reader.start()
        sock.sendall(data)
        reader.join(40)
        sock.shutdown(socket.SHUT_WR)
        assert bytes(got) == data
    assert job.wait() == 0
    assert (bypass.guest.rig / "got").read_bytes() == data


def connected(ns: str, address: str, port: int) -> socket.socket | None:
    with netns.entered(ns):
        sock = socket.socket()
    sock.settimeout(20)
    if sock.connect_ex((address, port)) == 0:
        return sock
    sock.close()
    return None


def read_all(sock: socket.socket, got: bytearray, size: int) -> None:
    while len(got) < size and (piece := sock.recv(65536)):
        got += piece


def test_a_macvlan_on_the_companion_has_a_mac_address_of_its_own(bypass):
    name = bypass.names[0]
    bypass.guest.modprobe("macvlan")
    # As keepalived's documentation asks for: the device below does not answer for it.
    bypass.guest.run(f"sysctl -qw net.ipv4.conf.{name}.arp_ignore=1; ip link add vrrp.51 link {name} address {OTHER_MAC} type macvlan mode private"
                     f" && ip addr add {OTHER}/32 dev vrrp.51 && ip link set vrrp.51 up")
    try:
        until("the NIC takes frames for it", lambda: ping(bypass.client, OTHER) == 5)
        said = json.loads(netns.run_in(bypass.client, "ip", "-j", "neigh", "show", OTHER).stdout)
        assert said[0]["lladdr"] == OTHER_MAC
    finally:
        bypass.guest.run("ip link del vrrp.51")
    assert bypass.ping(OWN) == 5


SNIFF = """
import socket, struct
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5))
sock.bind(("%s", 0x88b5))
sock.setsockopt(263, 1, struct.pack("iHH8s", socket.if_nametoindex("%s"), 1, 0, b""))  # SOL_PACKET, PACKET_MR_PROMISC
sock.settimeout(60)
print(sock.recv(100)[:6].hex())
"""


def test_who_sniffs_on_the_companion_as_tcpdump_does_sees_what_is_for_others(bypass):
    name = bypass.names[0]
    (bypass.guest.rig / "sniff.py").write_text(SNIFF % (name, name))
    job = bypass.guest.spawn("/usr/bin/python3 -S /run/rig/sniff.py")
    with netns.entered(bypass.client):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    with sock:
        sock.bind(("eth0", 0))

        def seen() -> bool:
            sock.send(bytes.fromhex("06ffffffffff" "020000000001" "88b5") + bytes(46))
            return not job.running()
        until("a frame to another address is seen", seen)
    assert job.wait() == 0 and job.stdout() == "06ffffffffff\n", job.stdout() + job.stderr()


def test_idle_workers_wait_for_what_the_nics_offer(bypass):
    """An e1000e under this QEMU and a virtio-net tell of frames by interrupts; if one did not, the worker would have noticed."""
    for name, port in bypass.ports().items():
        assert port["waits"] == "interrupt", name
        assert f"port {name}: idle workers wait for receive interrupts" in bypass.log()
    before = json.loads(bypass.hvs("hvsctl", "--json workers").stdout)[0]
    assert bypass.ping(OWN) == bypass.ping(INSIDE, bypass.inside) == 5
    after = json.loads(bypass.hvs("hvsctl", "--json workers").stdout)[0]
    assert after["sleeps"] > before["sleeps"]
    assert "without their interrupt" not in bypass.log()


def test_a_companion_that_is_set_down_is_down_and_comes_back(bypass):
    name = bypass.names[0]
    bypass.guest.run(f"ip link set {name} down")
    lost = bypass.ports()["outside"]["punt_lost"]

    def refused() -> bool:
        ping(bypass.client, OWN)
        port = bypass.ports()["outside"]
        return port["link"] == "down" or port["punt_lost"] > lost
    until("the kernel gets nothing", refused)
    assert bypass.ping(OWN) == 0
    bypass.guest.run(f"ip link set {name} up")
    until("the kernel answers again", lambda: bypass.ping(OWN) == 5)
    assert bypass.get(VIP) in SERVERS[4]


def test_without_vhost_net_the_companion_is_a_tap(bypass):
    bypass.stop()
    bypass.guest.run("rmmod vhost_net && echo 'install vhost_net /bin/false' >/etc/modprobe.d/no-vhost.conf")
    bypass.start()
    try:
        assert {port["companion_by"] for port in bypass.ports().values()} == {"tap"}
        for name in bypass.names:
            assert f"companion {name} by tap, because of vhost-net: " in bypass.log() and "/dev/vhost-net: cannot open" in bypass.log()
        until("the kernel answers", lambda: bypass.ping(OWN) == 5)
        assert ping(bypass.inside, INSIDE, MTU - 28) == 5
        assert bypass.get(VIP) in SERVERS[4]
    finally:
        bypass.guest.run("rm /etc/modprobe.d/no-vhost.conf")


def test_a_companion_that_is_removed_ends_the_daemon(bypass):
    bypass.guest.run(f"ip link del {bypass.names[0]}")
    assert bypass.job.wait() == 1
    assert f"the network device {bypass.names[0]} is gone" in bypass.log()
    bypass.start()
    assert {port["companion_by"] for port in bypass.ports().values()} == {"vhost-net"}
    bypass.stop()


def test_an_mtu_beyond_the_nic_is_refused_with_the_one_that_it_takes(bypass):
    bypass.config({"mtu": 9400}, memory=MEMORY)
    job = bypass.guest.spawn(f"{bypass.build_dir}/bin/hvsd --config /run/rig/hvs.yaml --bpf-dir {bypass.build_dir}/bpf")
    assert job.wait() == 1
    said = job.stdout() + job.stderr()
    assert "ports.outside.mtu" in said and "is at most 9216 (driver net_e1000_em), 9400 is wanted [mtu_native]" in said, said
