# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Checksums that are absent or wrong stay so."""
from collections.abc import Iterator

from scapy.layers.inet import IP, TCP, UDP, Ether
from scapy.packet import Packet

from .case import Case
from .net import DNS, FLOWS, NAT_FLOWS, Flow, plain_case

ERROR = 0x0101


def broken(frame: Packet, layer: type) -> Packet:
    """The frame with ERROR added to a checksum, in one's complement."""
    frame = Ether(bytes(frame))
    wrong = frame[layer].chksum + ERROR
    frame[layer].chksum = (wrong & 0xffff) + (wrong >> 16)
    return frame


def wrong() -> Case:
    case = plain_case("wrong_checksum_stays_wrong", "Edits are deltas: what was wrong on arrival is wrong by the same when "
                                                    "it leaves, so no damage is ever hidden.")
    for flow in FLOWS.values():
        layer = TCP if flow.tcp else UDP
        case.step(f"{flow.service}: L4")
        flow.opened(case)
        data = case.recv("outside", broken(flow.from_client(flags="S"), layer))
        case.send("inside", broken(flow.to_dest(flags="S"), layer))
        flow.counted(case, "to_dest", len(data))
        data = case.recv("inside", broken(flow.from_dest(flags="SA"), layer))
        case.send("outside", broken(flow.to_client(flags="SA"), layer))
        flow.counted(case, "to_client", len(data))
        if flow.v6:
            continue
        case.step(f"{flow.service}: IPv4 header")
        data = case.recv("outside", broken(flow.from_client(), IP))
        case.send("inside", broken(flow.to_dest(), IP))
        flow.counted(case, "to_dest", len(data))
    return case


def no_udp_checksum(flows: dict[str, Flow]) -> Case:
    case = plain_case("udp_without_checksum", "A UDP checksum of zero says that there is none (RFC 768), and stays: over IPv6, "
                                              "too, where the receiver decides (RFC 6936, 5).", mode=flows["udp_ipv4"].mode)
    for flow in (flows["udp_ipv4"], flows["udp_ipv6"]):
        case.step(f"{flow.service}, both directions")
        flow.opened(case)
        flow.client_sends(case, chksum=0)
        flow.dest_sends(case, chksum=0)
    return case


def payload_without_sum(build) -> bytes:
    """A payload with which the sum over the datagram that `build` makes is zero, which is sent as 0xffff."""
    # What the checksum lacks to zero while the first word is zero is what that word must be.
    lacking = Ether(bytes(build(payload=b"\0\0hvs!")))[UDP].chksum
    data = lacking.to_bytes(2, "big") + b"hvs!"
    assert Ether(bytes(build(payload=data)))[UDP].chksum == 0xffff
    return data


def never_zero() -> Case:
    case = plain_case("udp_checksum_is_never_zero", "A checksum that comes out as zero leaves as 0xffff (RFC 768).")
    case.step("both directions")
    DNS.opened(case)
    DNS.client_sends(case, payload=payload_without_sum(DNS.to_dest))
    DNS.dest_sends(case, payload=payload_without_sum(DNS.to_client))
    return case


def cases() -> Iterator[Case]:
    yield from (wrong(), no_udp_checksum(FLOWS), no_udp_checksum(NAT_FLOWS), never_zero())
