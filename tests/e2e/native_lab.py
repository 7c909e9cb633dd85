# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The lab with native ports: DPDK's af_packet driver owns the balancer's ends of the wires.

The balancer's interfaces are TAP devices, as companions are, and hold its addresses; behind each is a wire
whose end in the balancer's namespace is the "NIC". The kernel must not see what arrives on that end: a BPF
classifier at its ingress, which comes after packet sockets, drops everything.
"""
from lab import Lab, netns

DROP_ALL = "1,6 0 0 2,"  # classic BPF: return TC_ACT_SHOT
WIRE = "wire-"  # + the name of the balancer's interface


def wire_of(device: str) -> str:
    return WIRE + device.removeprefix("hvs-")


class NativeLab(Lab):
    """All ports of the balancer are native."""

    driver, options = "net_af_packet", "framecnt=1024"

    @property
    def native(self) -> tuple[str, ...]:
        return self.topology.devices

    def ports(self) -> list[dict]:
        """The `ports` of a configuration for this lab."""
        shared = {"mode": "af_xdp", "xdp": "native"}
        return [self._native_port(device) if device in self.native else
                {"name": device.removeprefix("hvs-"), "device": device, **shared} for device in self.topology.devices]

    def _native_port(self, device: str) -> dict:
        name = device.removeprefix("hvs-")
        return {"name": name, "mode": "native", "companion": device,
                "device": f"vdev:{self.driver}_{name},iface={wire_of(device)},{self.options}"}

    def _wire(self) -> None:
        for device in self.native:
            netns.run_in(self.ns("lb"), "ip", "tuntap", "add", device, "mode", "tap")
        super()._wire()
        for device in self.native:
            self._blind(wire_of(device))

    def _veth(self, ns_a: str, dev_a: str, ns_b: str, dev_b: str) -> None:
        super()._veth(ns_a, wire_of(dev_a) if dev_a in self.native else dev_a, ns_b, dev_b)

    def _address(self) -> None:
        # TAP devices get what veths get; they are up, and without a carrier until hvsd is there.
        netns.ip_batch(self.ns("lb"), [f"link set {device} up" for device in self.native])
        super()._address()

    def _blind(self, device: str) -> None:
        ns = self.ns("lb")
        netns.run_in(ns, "sysctl", "-q", "-w", f"net.ipv6.conf.{device}.disable_ipv6=1")
        netns.run_in(ns, "tc", "qdisc", "add", "dev", device, "clsact")
        netns.run_in(ns, "tc", "filter", "add", "dev", device, "ingress", "bpf", "da", "bytecode", DROP_ALL)


class MixedLab(NativeLab):
    """The outside port is native, the inside one is shared with the kernel."""

    @property
    def native(self) -> tuple[str, ...]:
        return (self.topology.outside,)


class PcapLab(NativeLab):
    """The same by DPDK's pcap driver: af_packet has the kernel put fragments of IPv4 together before it looks."""

    driver, options = "net_pcap", "phy_mac=1"


class MixedPcapLab(PcapLab):
    @property
    def native(self) -> tuple[str, ...]:
        return (self.topology.outside,)


LABS = {None: Lab, "all": NativeLab, "outside": MixedLab, "pcap": PcapLab}


def lab_of(module) -> type[Lab]:
    """The lab that a module of tests asks for by NATIVE."""
    return LABS[getattr(module, "NATIVE", None)]
