# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Taps: the wires between a guest and the namespaces of the host."""
import fcntl
import os
import struct

from lab import netns

_TUNSETIFF = 0x400454CA
_IFF_TAP, _IFF_NO_PI, _IFF_MULTI_QUEUE, _IFF_VNET_HDR = 0x0002, 0x1000, 0x0100, 0x4000


def open_tap(ns: str, name: str, queues: int, vnet_hdr: bool) -> list[int]:
    """A new tap in a namespace, up, with a file descriptor for each queue. It is gone when the last one is closed.

    Made without offloads: what the host's kernel sends into it has whole checksums and fits the wire.
    """
    flags = _IFF_TAP | _IFF_NO_PI | (_IFF_MULTI_QUEUE if queues > 1 else 0) | (_IFF_VNET_HDR if vnet_hdr else 0)
    request = struct.pack("16sH22x", name.encode(), flags)
    fds: list[int] = []
    try:
        with netns.entered(ns):  # a tap belongs to the namespace that its maker is in
            for _ in range(queues):
                fds.append(os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
                fcntl.ioctl(fds[-1], _TUNSETIFF, request)
        # Frames leave the namespace as they were put in: no questions for routers and neighbours among them.
        netns.run_in(ns, "sysctl", "-qw", f"net.ipv6.conf.{name}.router_solicitations=0")
        netns.ip_batch(ns, [f"link set {name} up"])
    except BaseException:
        for fd in fds:
            os.close(fd)
        raise
    return fds
