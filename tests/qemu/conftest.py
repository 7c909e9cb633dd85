# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Fixtures: guests, namespaces for their NICs, and the guest's console beside every failure."""
import os
import pathlib
import re
import shutil
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from guest import RUN_DIRS, Guest  # noqa: E402
from lab import netns  # noqa: E402

PREFIX = f"qemu{os.getpid()}"

_running: list[Guest] = []


def pytest_configure(config):
    config.addinivalue_line("markers", "kinds(name...): of the kinds of NICs, the test meets these alone, because others add nothing")


def pytest_collection_modifyitems(config, items):
    def elsewhere(item) -> bool:
        mark = item.get_closest_marker("kinds")
        return mark is not None and item.callspec.params["kind"] not in mark.args

    config.hook.pytest_deselected(items=[item for item in items if elsewhere(item)])
    items[:] = [item for item in items if not elsewhere(item)]


@pytest.fixture(scope="session")
def build_dir() -> pathlib.Path:
    return pathlib.Path(os.environ.get("HVS_BUILD_DIR", ROOT / "build" / "dev"))


@pytest.fixture(scope="session", autouse=True)
def no_leftovers():
    """Remove what runs that were killed have left: names tell the process that made it. (QEMU dies with its maker.)"""
    def dead(name: str, pattern: str) -> bool:
        owner = re.match(pattern, name)
        return bool(owner) and not pathlib.Path("/proc", owner.group(1)).exists()

    for run_dir in RUN_DIRS.glob("hvs-guest-*"):
        if dead(run_dir.name, r"hvs-guest-(\d+)-"):
            shutil.rmtree(run_dir, ignore_errors=True)
    for ns in pathlib.Path(netns.NETNS_DIR).glob("qemu*"):
        if dead(ns.name, r"qemu(\d+)-"):
            netns.run("ip", "netns", "del", ns.name)


@pytest.fixture(scope="module")
def new_ns():
    """Makes namespaces by role; they and what is in them are gone at the end of the module."""
    made = []

    def make(role: str) -> str:
        ns = f"{PREFIX}-{role}"
        netns.run("ip", "netns", "add", ns)
        made.append(ns)
        netns.ip_batch(ns, ["link set lo up"])
        return ns

    yield make
    for ns in made:
        netns.run("ip", "netns", "del", ns)


@pytest.fixture(scope="module")
def new_guest(new_ns):
    """Boots guests, which end with the module. (It asks for namespaces so that these outlive them.)"""
    made = []

    def make(*arguments, **options) -> Guest:
        made.append(Guest(*arguments, **options))
        _running.append(made[-1])
        made[-1].start()
        return made[-1]

    yield make
    for guest in made:
        _running.remove(guest)
        guest.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for number, guest in enumerate(_running):
            report.sections.append((f"console of guest {number}", guest.logs()))
