# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Who gets which connection: the same clients under every scheduler, with the same edits in between."""
from scapy.layers.inet import TCP
from scapy.layers.l2 import Ether

from stage import SERVER_MACS, VIP, Stage, servers
from traffic import MODES, Talk, address

PORT = 90
FIRST_SET = 12  # of servers; the first ones are for other tests

# Name of the case: scheduler and flags as in ipvsadm.
SCHEDULERS = {
    "rr": "rr", "wrr": "wrr", "lc": "lc", "wlc": "wlc", "sed": "sed", "nq": "nq", "fo": "fo", "ovf": "ovf", "lblc": "lblc",
    "lblcr": "lblcr", "dh": "dh", "sh": "sh", "sh-port": "sh -b sh-port", "sh-fallback": "sh -b sh-fallback",
    "mh": "mh", "mh-port": "mh -b mh-port", "mh-fallback": "mh -b mh-fallback", "sed, half open": "sed",
}
# What is compared here is the same in all modes.
_MODE = MODES["nat"]
BY_LOAD = ("lc", "wlc", "sed", "nq", "ovf", "lblc", "lblcr")
CASES = [(case, 4) for case in SCHEDULERS] + [("sh", 6), ("mh", 6)]


class Clients:
    """Opens connections to one service and tells which server each met: "1", "2", "3", or "-"."""

    def __init__(self, stage: Stage, family: int, case: str):
        self.stage, self.family, self.case = stage, family, case
        number = list(SCHEDULERS).index(case)
        self.servers = servers(family, FIRST_SET + number)  # of their own: loads of earlier cases linger
        self.talk = Talk(stage, _MODE, family)
        self.talk.port = 8192 + 512 * number
        self.service = f"-t {address(VIP[family], PORT)}"
        self.steps = 0

    def rules(self) -> list[str]:
        return [f"-A {self.service} -s {SCHEDULERS[self.case]}",
                *(f"-a {self.service} -r {self.dest(n)} -m -w {n}" for n in (1, 2, 3))]

    def dest(self, number: int) -> str:
        return address(self.servers[number - 1], PORT)

    def open(self, hosts) -> str:
        """A SYN of each of these clients, which nobody answers."""
        ports = [self.talk.new_port() for _ in hosts]
        seen = self._send(*(self._segment(host, port, "S", 1) for host, port in zip(hosts, ports)))
        homes = {packet[TCP].sport: _home(packet) for packet in map(Ether, seen.server)}
        return "".join(homes.get(port, "-") for port in ports)

    def establish(self, hosts) -> str:
        """A whole handshake of each of these clients; the connections stay."""
        homes, last_ack = "", []
        for host in hosts:
            port = self.talk.new_port()
            seen = self._send(*last_ack, self._segment(host, port, "S", 1))
            packet = next((p for p in map(Ether, seen.server) if p[TCP].sport == port), None)
            homes += _home(packet) if packet else "-"
            last_ack = []
            if packet:
                self.steps += 1
                self.stage.from_server(self._name(), self.talk.turned(packet) /
                                       TCP(sport=PORT, dport=port, flags="SA", seq=1, ack=2), mac=packet.dst)
                last_ack = [self._segment(host, port, "A", 2)]
        self._send(*last_ack)
        return homes

    def _segment(self, host: int, port: int, flags: str, seq: int):
        return self.talk.ip(host) / TCP(sport=port, dport=PORT, flags=flags, seq=seq, ack=2 if flags == "A" else 0)

    def _send(self, *packets):
        self.steps += 1
        return self.stage.from_client(self._name(), *packets, likely=len(packets))

    def _name(self) -> str:
        return f"{self.case}{self.family}: {self.steps}"


def _home(packet) -> str:
    return str(SERVER_MACS.index(packet.dst) + 1)


def placement(stage: Stage, balancer, family: int, case: str) -> dict[str, str]:
    """Sequences of servers by what was done before."""
    clients = Clients(stage, family, case)
    stage.configure(balancer, clients.rules())
    # What counts loads meets whole connections, so that its answers do not hang on what half of one is worth.
    come = clients.establish if case in BY_LOAD else clients.open
    seen = {"at first": come(range(1, 13))}
    balancer.run(f"-e {clients.service} -r {clients.dest(2)} -m -w 0")
    seen["while server 2 drains"] = come(range(1, 9))
    balancer.run(f"-e {clients.service} -r {clients.dest(2)} -m -w 5")
    seen["with weights 1, 5, 3"] = come(range(1, 10))
    balancer.run(f"-d {clients.service} -r {clients.dest(1)}")
    seen["without server 1"] = come(range(1, 9))
    return seen
