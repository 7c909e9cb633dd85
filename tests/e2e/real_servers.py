# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What real servers need in the modes that are not full NAT."""
import pathlib
import platform

import support
from lab import netns
from lab.servers import ECHO_PORT, HTTP_PORT

CLOSED_PORT = 9  # no server listens there
HERE = pathlib.Path(__file__).parent
_DECAP = HERE / "decap.bpf.c"


def hold_vips(lab) -> None:
    """The VIPs on every real server's loopback, without ARP for them (ND does not answer for another interface)."""
    top = lab.topology
    for server in top.servers:
        for key, value in (("arp_ignore", 1), ("arp_announce", 2)):
            lab.run(server.name, "sysctl", "-qw", f"net.ipv4.conf.all.{key}={value}")
        netns.ip_batch(lab.ns(server.name), [f"addr add {top.vip_v4}/32 dev lo", f"addr add {top.vip_v6}/128 dev lo nodad"])


def route_through_balancer(lab) -> None:
    top = lab.topology
    for server in top.servers:
        lab.run(server.name, "ip", "route", "add", "default", "via", top.inside_v4)
        lab.run(server.name, "ip", "route", "add", "default", "via", top.inside_v6)


def end_tunnels(lab) -> None:
    """Every real server unwraps what comes in by a tunnel."""
    built = lab.run_dir / "decap.bpf.o"
    netns.run("clang", "-target", "bpf", "-O2", "-g", f"-I/usr/include/{platform.machine()}-linux-gnu", "-c", str(_DECAP),
              "-o", str(built))
    for server in lab.topology.servers:
        lab.run(server.name, "tc", "qdisc", "add", "dev", "eth0", "clsact")
        lab.run(server.name, "tc", "filter", "add", "dev", "eth0", "ingress", "bpf", "da", "obj", str(built), "sec", "tc")


def services(top, mode: str, dests_v4: list[dict], dests_v6: list[dict], **more) -> list[dict]:
    """HTTP, echo by TCP and UDP, and what nobody listens to, for both VIPs."""
    made = []
    for suffix, vip, dests in (("", top.vip_v4, dests_v4), ("6", top.vip_v6, dests_v6)):
        for name, protocol, port in (("web", "tcp", HTTP_PORT), ("echo", "tcp", ECHO_PORT), ("echo-udp", "udp", ECHO_PORT),
                                     ("closed", "tcp", CLOSED_PORT), ("closed-udp", "udp", CLOSED_PORT)):
            service = support.service(name + suffix, vip, protocol, port, [], mode=mode, **more)
            del service["lip_pool"]
            made.append({**service, "dests": dests})
    return made


def addresses(top, family: str) -> list[dict]:
    return [{"address": getattr(server, family)} for server in top.servers]
