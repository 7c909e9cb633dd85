# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The far ends of a balancer's NICs: whole frames go in, and all that comes out is kept."""
import contextlib
import select
import socket
import time

from lab import netns

_ETH_ALL = 0x0003
_OUTGOING = 4  # what we sent ourselves
_TIMEOUT = 20  # only ends a hang


class Wire:
    """A tap's end in a namespace that has no address, so that its kernel never says a word."""

    def __init__(self, ns: str, device: str = "eth0"):
        with netns.entered(ns):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind((device, _ETH_ALL))
        self.socket.setblocking(False)
        self.seen: list[bytes] = []

    def send(self, frame: bytes) -> None:
        self.socket.send(frame)

    def drain(self) -> None:
        """Keep what has arrived; multicast is what kernels tell each other, and nobody's packet."""
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, address = self.socket.recvfrom(65536)
                if address[2] != _OUTGOING and not frame[0] & 1:
                    self.seen.append(frame)

    def take(self) -> list[bytes]:
        seen, self.seen = self.seen, []
        return seen

    def close(self) -> None:
        self.socket.close()


def wait_for(wires: list[Wire], condition, timeout: float = _TIMEOUT) -> bool:
    """Keep what arrives on any of the wires until the condition holds; whether it did in time."""
    deadline = time.monotonic() + timeout
    while True:
        for wire in wires:
            wire.drain()
        if condition():
            return True
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        select.select([wire.socket for wire in wires], [], [], left)
