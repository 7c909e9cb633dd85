# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A port is set down under load: what would leave through it has no route, from the first frame on."""
import contextlib
import socket
import threading

import support
from lab.servers import ECHO_PORT


def test_frames_for_a_port_that_is_down_have_no_route(lab, hvsd, client):
    top = lab.topology
    done = threading.Event()
    with client.socket(top.vip_v4, socket.SOCK_DGRAM) as sock:
        sock.connect((top.vip_v4, ECHO_PORT))
        assert support.exchange(sock, b"before") == b"before"

        def send() -> None:
            while not done.is_set():
                with contextlib.suppress(OSError):
                    sock.send(b"anybody?")

        sender = threading.Thread(target=send)
        sender.start()
        try:
            lab.link("lb", top.inside, "down")
            support.wait_until("frames without a route", lambda: hvsd.drops()["no_route"] > 0, 60)
        finally:
            done.set()
            sender.join()
            lab.link("lb", top.inside, "up")
        assert hvsd.drops()["route_not_ours"] == 0
