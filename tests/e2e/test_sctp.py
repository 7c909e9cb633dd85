# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""SCTP associations between two stacks that check every CRC, in the modes that change packets. Two workers."""
import collections

import pytest

import real_servers
import support
from lab import TWO_ARM, Lab, netns
from lab.servers import ECHO_PORT

TOP = TWO_ARM
PORTS = {"fullnat": 3868, "nat": 3869}
SERVER_PORT = 9899
CLOSED_PORT = 3870


def services() -> list[dict]:
    made = []
    for suffix, vip, family in (("", TOP.vip_v4, "v4"), ("6", TOP.vip_v6, "v6")):
        servers = [getattr(server, family) for server in TOP.servers]
        made.append(support.service(f"echo{suffix}", vip, "tcp", ECHO_PORT, servers))
        for mode, port in PORTS.items():
            sctp = support.service(f"{mode}{suffix}", vip, "sctp", port, [], mode=mode)
            made.append({**sctp, "dests": [{"address": address, "port": SERVER_PORT} for address in servers]})
    closed = support.service("closed", TOP.vip_v4, "sctp", CLOSED_PORT, [s.v4 for s in TOP.servers])
    return [*made, closed]


CONFIG = {"workers": 2, "services": services()}
VIPS = pytest.mark.parametrize("vip", [TOP.vip_v4, TOP.vip_v6])
MODES = pytest.mark.parametrize("mode", PORTS)


@pytest.fixture(scope="module")
def peer(lab):
    built = lab.run_dir / "sctp_peer"
    netns.run("cc", "-O1", "-o", str(built), str(real_servers.HERE / "sctp_peer.c"), "-lusrsctp", "-lpthread")
    return str(built)


@pytest.fixture(scope="module")
def lab():
    with Lab(support.PREFIX, TOP) as lab:
        real_servers.route_through_balancer(lab)
        yield lab


@pytest.fixture(scope="module", autouse=True)
def servers(lab, peer):
    """One stack per real server: another one in the same namespace would abort what it does not know."""
    for server in TOP.servers:
        log = lab.run_dir / f"sctp-{server.name}.log"
        lab.procs.start(lab.ns(server.name), f"sctp-{server.name}",
                        [peer, "server", str(SERVER_PORT), server.name, server.v4, server.v6], log)
        support.wait_until("an SCTP server", lambda log=log: "ready" in log.read_text())


def associate(lab, peer: str, vip: str, port: int, *sizes: int) -> str:
    address = TOP.client_v6 if ":" in vip else TOP.client_v4
    done = lab.run("client", peer, "client", str(port), vip, address, *map(str, sizes), timeout=60)
    return done.stdout.strip()


@VIPS
@MODES
def test_associations_are_shared_out_and_carry_messages(lab, peer, hvsd, vip, mode):
    names = collections.Counter(associate(lab, peer, vip, PORTS[mode], 1, 2, 3, 1400, 5000, 20_000) for _ in range(6))
    assert set(names) == support.names(TOP), names


def test_associations_are_listed_and_end(lab, peer, hvsd):
    associate(lab, peer, TOP.vip_v4, PORTS["fullnat"], 10)
    rows = hvsd.conns("--proto", "sctp")
    assert rows and {row["state"] for row in rows} <= {"closed", "shutdown_ack_sent", "shutdown_sent", "established"}
    support.wait_until("the end of closed associations", lambda: "closed" not in {row["state"] for row in hvsd.conns("--proto", "sctp")})


def test_nobody_listens(lab, peer, hvsd):
    """The real server's ABORT reaches the client."""
    with pytest.raises(netns.LabError, match="refused|reset"):
        associate(lab, peer, TOP.vip_v4, CLOSED_PORT)
