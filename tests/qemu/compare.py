# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Frames as fields, and what differs between two lists of frames."""
import dataclasses

from scapy.layers.inet import ICMP, IP, UDP, IPerror, TCPerror, UDPerror
from scapy.layers.inet6 import IPerror6, IPv6
from scapy.layers.l2 import GRE, Ether
from scapy.packet import NoPayload, Packet

GUE_PORT = 6080
_SUMS = ("chksum", "cksum")


@dataclasses.dataclass(frozen=True, order=True)
class Difference:
    step: str
    side: str  # "client" or "server": which way it went
    field: str  # "frames" when their number differs, "headers" when the kinds of their headers do
    kernel: str
    hvs: str


def fields_of(frame: bytes) -> dict[str, str]:
    """Every field of every header by name, "IP.ttl"; what stands further inside has a number, "IP2.ttl".

    A checksum is told as what it is worth. What a sender is free to choose, the id of a packet that is its own or the
    port that stands for a flow, is told as zero or chosen.
    """
    fields: dict[str, str] = {}
    packet: Packet = Ether(frame)
    while packet is not None:
        packet = _add_fields(fields, packet)
    return fields


def _add_fields(fields: dict[str, str], whole: Packet) -> Packet | None:
    """Adds the fields of what scapy dissects; the packet behind GUE's header, if there is one."""
    layers = []
    layer = whole
    while not isinstance(layer, NoPayload):
        layers.append(layer)
        layer = layer.payload
    for depth, layer in enumerate(layers):
        prefix = _free_name(fields, type(layer).__name__)
        for description in layer.fields_desc:
            value = layer.getfieldval(description.name)
            text = value.hex() if isinstance(value, bytes) else str(value)
            if description.name in _SUMS:
                text = _worth(whole, layers, depth, description.name)
            elif _is_chosen(layers, depth, description.name):
                text = "chosen" if value else "0"
            fields[f"{prefix}.{description.name}"] = text
        if _is_gue(layer):
            data = bytes(layer.payload)
            fields[f"{prefix}.gue"] = data[:4].hex()
            return {4: IP, 41: IPv6}[data[1]](data[4:])
    return None


def _free_name(fields: dict[str, str], kind: str) -> str:
    taken = {name.split(".")[0] for name in fields}
    return next(name for name in (kind, *(f"{kind}{n}" for n in range(2, 9))) if name not in taken)


def _is_gue(layer: Packet) -> bool:
    return type(layer) is UDP and layer.dport == GUE_PORT and len(bytes(layer.payload)) > 4


def _is_chosen(layers: list[Packet], depth: int, field: str) -> bool:
    layer, below = layers[depth], layers[depth + 1:]
    if type(layer) is UDP:
        return field == "sport" and _is_gue(layer)
    if field not in ("id", "fl") or type(layer) not in (IP, IPv6):
        return False
    # Of a header that is the balancer's own: around a tunnel, or in front of an error or an answer to a ping.
    return any(type(inner) in (IP, IPv6, GRE, ICMP, IPerror6) or _is_gue(inner) for inner in below)


def _worth(whole: Packet, layers: list[Packet], depth: int, field: str) -> str:
    """"right", "wrong" or "none"; the value itself where the sum is over what is not all there."""
    layer = layers[depth]
    value = layer.getfieldval(field)
    if value is None or (value == 0 and isinstance(layer, (UDP, UDPerror))):
        return "none"
    if isinstance(layer, (UDPerror, TCPerror)) or _in_fragment(layers[:depth]):
        return f"{value:#06x}"
    copy = type(whole)(bytes(whole))
    summed = copy
    for _ in range(depth):
        summed = summed.payload
    delattr(summed, field)
    again = type(whole)(bytes(copy))
    for _ in range(depth):
        again = again.payload
    return "right" if again.getfieldval(field) == value else "wrong"


def _in_fragment(above: list[Packet]) -> bool:
    return bool(above) and type(above[-1]) in (IP, IPerror) and bool(above[-1].frag or above[-1].flags.MF) or any(
        type(layer).__name__ == "IPv6ExtHdrFragment" and (layer.m or layer.offset) for layer in above)


def differences(step: str, side: str, kernel: list[bytes], hvs: list[bytes]) -> list[Difference]:
    if len(kernel) != len(hvs):
        return [Difference(step, side, "frames", summary(kernel), summary(hvs))]
    found = []
    for theirs, ours in zip(kernel, hvs):
        a, b = fields_of(theirs), fields_of(ours)
        if list(a) != list(b):
            found.append(Difference(step, side, "headers", summary([theirs]), summary([ours])))
        else:
            found += [Difference(step, side, name, a[name], b[name]) for name in a if a[name] != b[name]]
    return found


def summary(frames: list[bytes]) -> str:
    return "; ".join(Ether(frame).payload.summary() for frame in frames) or "nothing"
