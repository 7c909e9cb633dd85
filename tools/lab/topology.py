# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The two shapes of the lab, as data.

Two-arm, client and servers on either side of the balancer:

    client --- hvs-out [lb] hvs-in --- switch --- rs1, rs2, rs3
           10.10.0.0/24            10.20.0.0/24
           fd10::/64               fd20::/64

One-arm, all on one wire:

    client, rs1, rs2, rs3 --- switch --- hvs-one [lb]
                  10.20.0.0/24, fd20::/64
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Server:
    name: str
    v4: str
    v6: str


@dataclasses.dataclass(frozen=True)
class Topology:
    name: str
    devices: tuple[str, ...]  # the balancer's interfaces: outside, inside; or the only one
    client_v4: str
    client_v6: str
    own_v4: str  # the balancer's own addresses on the side of the client: the kernel serves them
    own_v6: str
    inside_v4: str  # ... and on the side of the servers
    inside_v6: str
    vip_v4: str  # held by the kernel as /32 and /128, which answers ARP, ND and ping for them
    vip_v6: str
    lips_v4: tuple[str, ...]
    lips_v6: tuple[str, ...]
    servers: tuple[Server, ...]
    config: str  # the configuration of the demo for this shape

    @property
    def outside(self) -> str:
        return self.devices[0]

    @property
    def inside(self) -> str:
        return self.devices[-1]

    @property
    def one_arm(self) -> bool:
        return len(self.devices) == 1


_SERVERS = tuple(Server(f"rs{n}", f"10.20.0.2{n}", f"fd20::2{n}") for n in (1, 2, 3))
_LIPS_V4 = tuple(f"10.20.0.{n}" for n in range(10, 14))
_LIPS_V6 = tuple(f"fd20::{n}" for n in range(10, 14))

TWO_ARM = Topology(
    name="two-arm", devices=("hvs-out", "hvs-in"), client_v4="10.10.0.200", client_v6="fd10::200",
    own_v4="10.10.0.1", own_v6="fd10::1", inside_v4="10.20.0.1", inside_v6="fd20::1",
    vip_v4="10.10.0.100", vip_v6="fd10::100", lips_v4=_LIPS_V4, lips_v6=_LIPS_V6, servers=_SERVERS,
    config="config/demo.yaml")

ONE_ARM = Topology(
    name="one-arm", devices=("hvs-one",), client_v4="10.20.0.200", client_v6="fd20::200",
    own_v4="10.20.0.1", own_v6="fd20::1", inside_v4="10.20.0.1", inside_v6="fd20::1",
    vip_v4="10.20.0.100", vip_v6="fd20::100", lips_v4=_LIPS_V4, lips_v6=_LIPS_V6, servers=_SERVERS,
    config="config/demo-one-arm.yaml")

TOPOLOGIES = {t.name: t for t in (TWO_ARM, ONE_ARM)}
