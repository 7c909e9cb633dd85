# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Fixtures: a lab of namespaces, hvsd inside it, and its log beside every failure."""
import os
import pathlib
import re
import shutil
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import support  # noqa: E402
from lab import ONE_ARM, TWO_ARM, Lab, netns  # noqa: E402
from lab.balancer import PIN_ROOT, RUN_ROOT  # noqa: E402
from lab.core import RUN_DIR  # noqa: E402
from lab.servers import ECHO_PORT  # noqa: E402
from native_lab import NativeLab, lab_of  # noqa: E402
from support import PREFIX  # noqa: E402

_running: list[support.Hvsd] = []


@pytest.fixture(scope="session")
def build_dir() -> pathlib.Path:
    return pathlib.Path(os.environ.get("HVS_BUILD_DIR", ROOT / "build" / "dev"))


@pytest.fixture(scope="session", autouse=True)
def no_leftovers():
    """Remove what runs that were killed have left, labs first: names tell the process that made it."""
    def dead(name: str) -> bool:
        owner = re.match(r"(?:hvs-)?e2e(\d+)", name)
        return bool(owner) and not pathlib.Path("/proc", owner.group(1)).exists()

    for run_dir in netns.entries(RUN_DIR, "e2e*"):
        if dead(run_dir.name):
            Lab(run_dir.name).down()
    for directory, pattern in ((PIN_ROOT, "e2e*"), (RUN_ROOT, "e2e*"), (pathlib.Path("/run/dpdk"), "hvs-e2e*")):
        for left in netns.entries(directory, pattern):
            if dead(left.name):
                shutil.rmtree(left, ignore_errors=True)


@pytest.fixture(scope="module")
def lab(request):
    """The two-arm lab, or the one-arm lab in a module that says ONE_ARM = True; NATIVE says which ports are native."""
    with lab_of(request.module)(PREFIX, ONE_ARM if getattr(request.module, "ONE_ARM", False) else TWO_ARM) as lab:
        yield lab


@pytest.fixture(scope="module")
def new_hvsd(lab, build_dir):
    """Makes daemons that are not started yet; stops them at the end of the module."""
    made = []

    def make(instance: str = PREFIX, **changes) -> support.Hvsd:
        if isinstance(lab, NativeLab):
            changes.setdefault("ports", lab.ports())
        made.append(support.Hvsd(lab, build_dir, instance, support.config(lab.topology, instance, **changes)))
        _running.append(made[-1])
        return made[-1]

    yield make
    for daemon in made:
        _running.remove(daemon)
        daemon.lab.procs.stop(daemon.name)


@pytest.fixture(scope="module")
def hvsd(request, new_hvsd):
    """A daemon that serves, shared by the tests of a module; CONFIG in the module changes its configuration."""
    daemon = new_hvsd(**getattr(request.module, "CONFIG", {}))
    daemon.start()
    native = {port["companion"] for port in daemon.ctl("ports") if port["kind"] == "native"}
    assert bool(native) == hasattr(request.module, "NATIVE"), "ports are not of the kind that the module asks for"
    # Let it meet its neighbours: of a burst towards an unknown MAC address only the first frames may wait.
    stranger = support.Client(daemon.lab, "client")
    for vip in (daemon.lab.topology.vip_v4, daemon.lab.topology.vip_v6):
        assert set(stranger.attempts(vip, ECHO_PORT, 6, 10)) == support.names(daemon.lab.topology)
    return daemon


@pytest.fixture(scope="module")
def without_vectors(hvsd):
    """For modules whose CONFIG says so: the workers do as it says."""
    workers = hvsd.ctl("workers")
    assert workers and not any(worker["vectors"] for worker in workers)


@pytest.fixture(scope="module")
def client(lab):
    return support.Client(lab, "client")


@pytest.fixture
def daemon(new_hvsd):
    """A daemon that is not started; stopped after the test."""
    hvsd = new_hvsd()
    yield hvsd
    hvsd.lab.procs.stop(hvsd.name)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for daemon in _running:
            report.sections.append((f"log of {daemon.name}", "\n".join(daemon.read_log().splitlines()[-60:])))
