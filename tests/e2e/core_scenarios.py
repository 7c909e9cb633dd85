# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What test_core.py plays, as data: docs/tested-on.md is made from it."""

KINDS = {"af_xdp": "af_xdp on veth", "native": "native, pcap on veth", "mixed": "native outside, af_xdp inside"}
FAMILIES = ("IPv4", "IPv6")
ONE_ARM_MODES = ("dr", "tunnel")  # servers answer past the balancer, so there are no two sides
MODES = ("fullnat", "nat", *ONE_ARM_MODES)
SCENARIOS = ("HTTP", "UDP", "fragments", "ICMP")


def labs() -> list[tuple[str, str]]:
    """Kinds and modes that go together."""
    return [(kind, mode) for mode in MODES for kind in KINDS if kind != "mixed" or mode not in ONE_ARM_MODES]
