# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A thousand services of ten dests each: loaded, reloaded with changes and edited, while requests go on."""
import threading

import pytest

import support
from lab import TWO_ARM

TOP = TWO_ARM
SERVICES, DESTS = 1000, 10


def many(generation: int) -> list[dict]:
    """Real services, and many on ports that nobody asks for; what those have changes with the generation."""
    made = support.config(TOP, "")["services"]
    for number in range(SERVICES):
        first = (number * DESTS + generation) % 200
        dests = [{"address": f"10.20.0.{30 + (first + n) % 200}", "port": 8000 + n, "weight": 1 + (n + generation) % 3}
                 for n in range(DESTS)]
        made.append({**support.service(f"many{number}", TOP.vip_v4, "tcp", 20_000 + number, [], scheduler="wrr"), "dests": dests})
    return made


CONFIG = {"services": many(0), "workers": 2}


class Requests(threading.Thread):
    """Asks all the time, until it is told to stop."""

    def __init__(self, client):
        super().__init__()
        self.client, self.stopped = client, threading.Event()
        self.outcome, self.error = {}, None

    def run(self) -> None:
        try:
            while not self.stopped.is_set():
                for body, count in support.http_requests(self.client, TOP.vip_v4, 200, 5, parallel=10).items():
                    self.outcome[body] = self.outcome.get(body, 0) + count
        except Exception as error:  # noqa: BLE001: told by the test
            self.error = error


@pytest.fixture
def requests(client, hvsd):
    thread = Requests(client)
    thread.start()
    yield thread
    thread.stopped.set()
    thread.join()


def test_all_are_loaded(hvsd):
    services = hvsd.services()
    assert len(services) == SERVICES + 6
    assert all(len(hvsd.ctl("dests", f"many{n}")) == DESTS for n in (0, SERVICES // 2, SERVICES - 1))


def test_reloads_and_edits_cost_no_request(hvsd, requests):
    before = hvsd.ctl("status")["generation"]
    for generation in range(1, 6):
        hvsd.reload(many(generation))
        vip = f"{TOP.vip_v4}:{20_000 + generation}"
        hvsd.ipvsadm(f"-a -t {vip} -r 10.20.0.250:80 -b -w 7")
        hvsd.ipvsadm(f"-d -t {vip} -r 10.20.0.250:80")
    requests.stopped.set()
    requests.join()
    assert requests.error is None, requests.error
    assert hvsd.ctl("status")["generation"] - before >= 15
    assert set(requests.outcome) == support.names(TOP) and sum(requests.outcome.values()) >= 200, requests.outcome
