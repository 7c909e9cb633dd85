# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""One machine, two balancers: a guest whose kernel balances by IPVS, or over whose NICs hvsd does.

Clients and real servers are wires that frames are put into; both balancers get the same frames and the same commands.

    clients 198.51.100.0/24 -- gateway 10.10.0.254 -- [hvs-out guest hvs-in] -- servers 10.20.SET.1 to .3, MTU 1400
    2001:db8:c::/64            fd10::fe                                         fd20::SET:1 to :3
"""
import dataclasses
import itertools

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Dot1Q, Ether

from balancers import Ipvs
from guest import Guest, Nic
from lab import netns
from lab.netns import LabError
from wires import Wire, wait_for

VIP = {4: "10.10.0.100", 6: "fd10::100"}
OWN = {4: "10.20.0.1", 6: "fd20::1"}  # the balancer's, on the side of the servers
INSIDE_MTU = 1400
GATEWAY_MAC = "02:00:00:00:10:fe"
SERVER_MACS = [f"02:00:00:00:20:2{n}" for n in (1, 2, 3)]
ROUTER_MAC = "02:00:00:00:20:fe"
SERVER_SETS = range(1, 32)  # what was learnt of one set's servers says nothing about another's
VLAN, VLAN_SET = 7, 8  # the servers of one set are on a VLAN of that wire


def servers(family: int, number: int) -> list[str]:
    """Addresses of the three servers of a set."""
    return [f"10.20.{number}.{n}" if family == 4 else f"fd20::{number}:{n}" for n in (1, 2, 3)]


# A service of its own tells when all that was sent before has passed: whatever comes out, comes out in order.
_MARK_PORT, _MARK_SERVER, _MARK_MAC = 65000, "10.20.0.29", "02:00:00:00:20:29"
# Frames of one queue stay in order over XDP as well, and no frame may need the other side's offloads.
_NIC_OPTIONS = "csum=off,gso=off,guest_csum=off,guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off"

_GUEST = f"""\
set -e
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=100000 net.ipv6.icmp.ratelimit=0
ip -batch - <<'END'
link set OUT name hvs-out
link set IN name hvs-in
link set hvs-in mtu {INSIDE_MTU}
link set hvs-out up
link set hvs-in up
addr add 10.10.0.1/24 dev hvs-out
addr add fd10::1/64 dev hvs-out nodad
addr add {VIP[4]}/32 dev hvs-out
addr add {VIP[6]}/128 dev hvs-out nodad preferred_lft 0
addr add {OWN[4]}/16 dev hvs-in
addr add {OWN[6]}/64 dev hvs-in nodad
neigh add 10.10.0.254 lladdr {GATEWAY_MAC} dev hvs-out nud permanent
neigh add fd10::fe lladdr {GATEWAY_MAC} dev hvs-out nud permanent
neigh add {_MARK_SERVER} lladdr {_MARK_MAC} dev hvs-in nud permanent
link add link hvs-in name hvs-vlan type vlan id {VLAN}
link set hvs-vlan up
route add 10.20.{VLAN_SET}.0/24 dev hvs-vlan src {OWN[4]}
route add fd20::{VLAN_SET}:0/112 dev hvs-vlan src {OWN[6]}
route add 198.51.100.0/24 via 10.10.0.254
route add 2001:db8:c::/64 via fd10::fe
SERVERS
END
"""


@dataclasses.dataclass
class Seen:
    """What came out of the balancer because of one step."""
    client: list[bytes]
    server: list[bytes]


class Stage:
    """The guest, its wires, and what they showed, by the name of the step."""

    def __init__(self, new_ns, new_guest):
        spaces = [new_ns("clients"), new_ns("servers")]
        for ns in spaces:
            netns.run_in(ns, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1", "net.ipv6.conf.all.disable_ipv6=1")
        self.guest: Guest = new_guest([Nic(ns, options=_NIC_OPTIONS) for ns in spaces])
        self.client, self.server = (Wire(ns) for ns in spaces)
        neighbours = [f"neigh add {server} lladdr {mac} dev {'hvs-vlan' if number == VLAN_SET else 'hvs-in'} nud permanent"
                      for family in (4, 6) for number in SERVER_SETS for server, mac in zip(servers(family, number), SERVER_MACS)]
        self.guest.modprobe("8021q")
        self.guest.run(_GUEST.replace("OUT", self.guest.device(0)).replace("IN ", self.guest.device(1) + " ")
                       .replace("SERVERS", "\n".join(neighbours)))
        self._marks = itertools.count()
        self._mark_ports = itertools.count(20000)
        self.begin({})

    def begin(self, expected: dict[str, tuple[int, int]]) -> None:
        """Forget what was seen. Expected are the numbers of frames, to clients and to servers, to wait for."""
        self.expected, self.seen, self._mark_port = expected, {}, next(self._mark_ports)

    def close(self) -> None:
        self.client.close()
        self.server.close()

    # --- frames ------------------------------------------------------------------------------------------

    def from_client(self, name: str, *packets, likely: int = 0) -> Seen:
        """Packets of clients, from the gateway; what came of them is kept under that name. Likely are so many frames to
        servers: they are waited for, but not for long."""
        return self._step(name, self.client, [Ether(src=GATEWAY_MAC, dst=Guest.mac(0)) / packet for packet in packets], likely)

    def from_server(self, name: str, *packets, mac: str, vlan: int | None = None) -> Seen:
        """Packets that come from the inside: from a server, or from a router there."""
        head = Ether(src=mac, dst=Guest.mac(1))
        if vlan:
            head /= Dot1Q(vlan=vlan)
        return self._step(name, self.server, [head / packet for packet in packets])

    def _step(self, name: str, wire: Wire, frames, likely: int = 0) -> Seen:
        assert name not in self.seen, f"two steps are named {name}"
        for frame in frames:
            wire.send(bytes(frame))
        self._pass_mark()
        to_clients, to_servers = self.expected.get(name, (0, 0))
        # What goes through hvsd's control thread may come later than the mark. If it never comes, tests will tell.
        wait_for([self.client, self.server], timeout=5,
                 condition=lambda: len(self.client.seen) >= to_clients and len(self.server.seen) >= to_servers)
        # On a busy machine frames that were sent before the mark may be seen after it.
        wait_for([self.client, self.server], timeout=0.5, condition=lambda: len(self.server.seen) >= likely)
        self.seen[name] = Seen(self.client.take(), self.server.take())
        return self.seen[name]

    def _pass_mark(self) -> None:
        """Return when all that was sent before has gone out, or will not."""
        mark = b"mark %d" % next(self._marks)
        there = IP(src="198.51.100.200", dst=VIP[4]) / UDP(sport=self._mark_port, dport=_MARK_PORT) / mark
        back = IP(src=_MARK_SERVER, dst="198.51.100.200") / UDP(sport=_MARK_PORT, dport=self._mark_port) / mark
        for wire, out, frame in ((self.client, self.server, Ether(src=GATEWAY_MAC, dst=Guest.mac(0)) / there),
                                 (self.server, self.client, Ether(src=_MARK_MAC, dst=Guest.mac(1)) / back)):
            wire.send(bytes(frame))
            if not wait_for([self.client, self.server], lambda o=out: any(mark in f for f in o.seen)):
                raise LabError(f"{mark!r} did not pass")
            out.seen = [f for f in out.seen if mark not in f]

    # --- commands ----------------------------------------------------------------------------------------

    def configure(self, balancer: Ipvs, lines: list[str]) -> None:
        """These services and no others. (A new port for the marks: connections of removed services may linger.)"""
        self._mark_port = next(self._mark_ports)
        balancer.replace([f"-A -u {VIP[4]}:{_MARK_PORT} -s rr",
                          f"-a -u {VIP[4]}:{_MARK_PORT} -r {_MARK_SERVER}:{_MARK_PORT} -m", *lines])
