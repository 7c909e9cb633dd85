# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The golden cases, as data; tests/golden/case_file.h has their format.

Cases are played by the clock of the machine, with ports of one queue. What that leaves out has a reason here:
a whole case, or its end, from the first step on that waits for longer than LONGEST_WAIT.
"""
import collections
import dataclasses
import functools
import pathlib
import re

CASES = pathlib.Path(__file__).resolve().parents[1] / "golden" / "cases"
LONGEST_WAIT = 1000  # milliseconds

# Reasons that no file tells.
RATE = "a rate limit by the clock"
LEFT_OUT = {"fullnat/icmp_rate_limit": RATE, "fullnat/no_dest_limited": RATE,
            "fullnat/sctp_no_dest_ipv4": RATE, "fullnat/sctp_no_dest_ipv6": RATE,
            "fullnat/burst_of_32": "frames that must come in one burst"}
# The kernel decides on shared ports what is HVS's, by services that there are.
REMOVED_SERVICE = {"fullnat/reload_service_removed", "any_port/several_vips"}


@dataclasses.dataclass
class Frame:
    port: str
    data: bytes = b""
    text: str = ""


@dataclasses.dataclass
class Step:
    title: str
    advance: int = 0
    config: str = ""
    world: str = ""
    recv: list[Frame] = dataclasses.field(default_factory=list)
    send: list[Frame] = dataclasses.field(default_factory=list)
    punts: list[Frame] = dataclasses.field(default_factory=list)
    asks: list[str] = dataclasses.field(default_factory=list)
    counts: dict[str, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(eq=False)
class Case:
    mode: str
    name: str
    sizes: str = ""
    steps: list[Step] = dataclasses.field(default_factory=list)

    def text(self, file: str) -> str:
        return (CASES / self.mode / self.name / file).read_text()

    @property
    def id(self) -> str:
        return f"{self.mode}/{self.name}"

    @functools.cache
    def playable(self, kind: str) -> tuple[list[Step], str]:
        """The steps before the first one that cannot be played over ports of a kind, and why that one cannot."""
        mtus: dict[str, int] = {}
        for at, step in enumerate(self.steps):
            before = mtus
            if step.world or not mtus:
                mtus = mtus_of(self.text(step.world or "world.txt"))
            why = why_not(step, mtus, kind)
            if kind == "pcap" and before not in ({}, mtus):
                why = "an MTU that changes, which DPDK's pcap refuses"
            if why:
                return self.steps[:at], why
        return self.steps, ""

    @functools.cache
    def left_out(self, kind: str) -> str:
        """Why it is not played at all; empty for one that is."""
        config, world = self.text("config.yaml"), self.text("world.txt")
        if self.sizes:
            return "tables smaller than any configuration's"
        if " rss " in world:
            return "a port that tells its RSS key"
        if "queues:" in config:
            return "ports of several queues"
        if " vlan " in world:
            return "a VLAN device of the kernel"
        if any(mtu < 1280 for mtu in mtus_of(world).values()):
            return "IPv6 on an interface with an MTU below 1280, which no kernel has"
        if self.id in LEFT_OUT:
            return LEFT_OUT[self.id]
        if kind == "af_xdp" and self.id in REMOVED_SERVICE:
            return "connections of a removed service or VIP, whose frames the kernel keeps to itself on a shared port"
        steps, why = self.playable(kind)
        return "" if steps else why

    @functools.cached_property
    def families(self) -> frozenset[str]:
        kinds = {frame.data[12:14] for step in self.steps for frame in step.recv + step.send}
        return frozenset(name for name, kind in (("IPv4", b"\x08\0"), ("IPv6", b"\x86\xdd")) if kind in kinds)

    @functools.cached_property
    def services(self) -> frozenset[str]:
        """Names of the services that the steps count for."""
        names = (name for step in self.steps for name in step.counts)
        return frozenset(name.split(".")[1].split("/")[0] for name in names if name.startswith(("service.", "dest.")))

    @functools.cached_property
    def resources(self) -> frozenset[str]:
        """Cases that have none of these in common leave nothing behind for each other."""
        if self.mode != "snat":
            return self.services
        # One rule for all protocols, with local ports for each of them and each family.
        flow = re.search(r"_((tcp|udp|ping)_ipv[46])$", self.name)
        return frozenset((flow[1],) if flow else (f"{a}_{b}" for a in ("tcp", "udp", "ping") for b in ("ipv4", "ipv6")))

    @property
    def changes_its_world(self) -> bool:
        return any(step.config or step.world for step in self.steps)


def mtus_of(world: str) -> dict[str, int]:
    """MTU by port."""
    interfaces = re.findall(r"^interface \d+ (\w+)(?: vlan \d+)?(?: mtu (\d+))?", world, re.MULTILINE)
    return {port: int(mtu or 1500) for port, mtu in interfaces}


def why_not(step: Step, mtus: dict[str, int], kind: str) -> str:
    """Why a step cannot be played over ports of a kind; empty for one that can."""
    if step.advance > LONGEST_WAIT:
        return f"a wait of more than {LONGEST_WAIT} ms"
    if "fragments_held" in step.counts and len(step.send) + len(step.punts) < len(step.recv):
        return "a fragment that waits for the next step, at most 20 ms"
    if kind != "pcap" and any(len(frame.data) > mtus.get(frame.port, 1500) + 18 for frame in step.recv):  # 18: Ethernet and a tag
        return "a frame larger than the MTU of its port, which a veth drops"
    if kind == "af_packet" and any(is_fragment(frame.data) for frame in step.recv):
        return "fragments of IPv4, which DPDK's af_packet has the kernel put together"
    return ""


def is_fragment(frame: bytes) -> bool:
    """Of IPv4, and with at most one tag."""
    at = 18 if frame[12:14] == b"\x81\0" else 14
    return frame[at - 2:at] == b"\x08\0" and int.from_bytes(frame[at + 6:at + 8], "big") & 0x3FFF != 0


def parse(directory: pathlib.Path) -> Case:
    case = Case(directory.parent.name, directory.name)
    frames = {"in": "recv", "out": "send", "punt": "punts"}
    frame = None
    for line in (directory / "case.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("  #"):
            frame.text = line[4:]
        elif line.startswith(" "):
            frame.data += bytes.fromhex(line)
        else:
            word, _, rest = line.partition(" ")
            step = case.steps[-1] if case.steps else None
            if word == "sizes":
                case.sizes = rest
            elif word == "step":
                case.steps.append(Step(rest))
            elif word in frames:
                frame = Frame(rest)
                getattr(step, frames[word]).append(frame)
            elif word == "count":
                name, delta = rest.split()
                step.counts[name] = int(delta)
            elif word == "ask":
                step.asks.append(rest)
            elif word == "advance":
                step.advance = int(rest)
            elif word in ("config", "world"):
                setattr(step, word, rest)
            elif word != "turns":  # a daemon's workers turn as often as they like
                raise ValueError(f"{directory}: unknown word {word}")
    return case


@functools.cache
def all_cases() -> tuple[Case, ...]:
    return tuple(parse(path.parent) for path in sorted(CASES.glob("*/*/case.txt")))


def played(kind: str) -> list[Case]:
    return [case for case in all_cases() if not case.left_out(kind)]


def batches(kind: str) -> list[list[Case]]:
    """Cases that one daemon plays, one after the other: they have configuration and world in common, and no service.

    What a service's connections leave behind (connections, local ports that rest, whose turn it is) is
    no other's, if no other has the same protocol and family. A case that changes configuration or world is the last one.
    """
    groups: dict[tuple[str, str], list[list[Case]]] = collections.defaultdict(list)
    for case in sorted(played(kind), key=lambda case: case.changes_its_world):
        group = groups[case.text("config.yaml"), case.text("world.txt")]
        for batch in group:
            if _goes_with(case, batch):
                batch.append(case)
                break
        else:
            group.append([case])
    return [batch for group in groups.values() for batch in group]


def _goes_with(case: Case, batch: list[Case]) -> bool:
    used = frozenset().union(*(other.resources for other in batch))
    return (bool(case.resources) and not used & case.resources and not batch[-1].changes_its_world
            and _services_differ(case.text("config.yaml")))


def _services_differ(config: str) -> bool:
    """Each service is the only one of its protocol and family."""
    if "\nsnat:" in config:
        return "\nservices:" not in config and config.count("  - name: office") == 1
    vips = re.findall(r"^    vip: (.*)$", config, re.MULTILINE)
    protocols = re.findall(r"^    protocol: (.*)$", config, re.MULTILINE)
    kinds = [(":" in vip, protocol) for vip, protocol in zip(vips, protocols)]
    return len(vips) == len(protocols) and len(set(kinds)) == len(kinds)
