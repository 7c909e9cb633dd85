# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What the tiers play, as pytest collects it, and what a run of them showed, as it wrote it down.

A test is called FILE::NAME here, as in "test_native::test_queues_and_workers[e1000e-uio]".
"""
import collections.abc
import dataclasses
import datetime
import functools
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
FILES = {"kinds": ("kinds-af_xdp", "kinds-af_packet", "kinds-pcap"), "e2e": ("e2e",), "qemu": ("qemu",)}
# What a result depends on. What only lays out the tables does not make it another one.
SOURCES = ("bpf", "config", "pmd", "tools/hvsctl", "tools/ipvsadm", "tools/lab", "userspace",
           "tests/e2e", "tests/golden/cases", "tests/kinds", "tests/qemu")
LAYOUT = ("matrix.py", "results.py", "scenarios.py", "README.md")


class Refused(Exception):
    """What is there cannot be believed; the message says why, and what to do."""


@dataclasses.dataclass
class Run:
    """Outcomes by test, and when the first of them was begun."""
    began: float
    outcomes: dict[str, str]


@functools.cache
def planned(tier: str) -> tuple[str, ...]:
    """Every test of a tier. What somebody has asked pytest for by the environment leaves none out."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTEST_ADDOPTS", "HVS_KIND")}
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-q", f"tests/{tier}"],
                          cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"tests/{tier} cannot be collected: {done.stdout}{done.stderr}")
    lines = (line.partition(".py::") for line in done.stdout.splitlines())
    return tuple(f"{pathlib.Path(file).name}::{name}" for file, found, name in lines if found)


def run_of(tier: str, since: float, changed: str = "") -> Run:
    """What the last run of a tier showed. One that was begun before `since` is none; `changed` is what happened then."""
    run = Run(float("inf"), {})
    for name in FILES[tier]:
        path = BUILD / f"{name}-results.xml"
        again = f"Run: sudo tools/hvs test {tier}"
        try:
            suites = list(ElementTree.parse(path).iter("testsuite"))
        except (OSError, ElementTree.ParseError) as error:
            raise Refused(f"{path.relative_to(BUILD.parent)}: no results of tier {tier} ({error}). {again}") from error
        began = min((datetime.datetime.fromisoformat(suite.get("timestamp")).timestamp() for suite in suites), default=0.0)
        if began < since:
            raise Refused(f"{path.relative_to(BUILD.parent)}: of an earlier run of tier {tier}{changed}. {again}")
        run.began = min(run.began, began)
        for case in (case for suite in suites for case in suite.iter("testcase")):
            test = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"  # of an interrupted run a case may have none
            # A test that fails in the end as well may be there twice.
            run.outcomes[test] = max(outcome(case), run.outcomes.get(test, ""), key=("", "passed", "skipped", "failed").index)
    return run


def outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def last_change() -> tuple[float, str]:
    """When what the results depend on was changed, and which file of it."""
    files = (path for source in SOURCES for path in (ROOT / source).rglob("*")
             if path.is_file() and path.name not in LAYOUT and "__pycache__" not in path.parts)
    newest = max(files, key=lambda path: path.stat().st_mtime)
    return newest.stat().st_mtime, str(newest.relative_to(ROOT))


class Score:
    """The tests of a tier, and which of them passed. Remembers which ones a table has told of."""

    def __init__(self, tests: collections.abc.Sequence[str], outcomes: dict[str, str]):
        self.tests, self.outcomes = dict.fromkeys(tests), outcomes
        self.told: set[str] = set()
        if strangers := [test for test in outcomes if test not in self.tests]:
            raise Refused(f"the run has tests that there are not: {', '.join(strangers[:5])}. It is of other sources")

    def count(self, tests: collections.abc.Iterable[str]) -> str:
        """How many passed, and of how many when not all did."""
        tests = list(tests)
        if missing := [test for test in tests if test not in self.tests]:
            raise Refused(f"a table tells of tests that there are not: {', '.join(missing[:5])}")
        self.told.update(tests)
        passed = sum(self.outcomes.get(test) == "passed" for test in tests)
        return str(passed) if passed == len(tests) else f"{passed} of {len(tests)}"

    def verdict(self, tests: collections.abc.Iterable[str]) -> str:
        """The same without a number that every new test would change."""
        number = self.count(tests := list(tests))
        return f"{number} passed" if "of" in number else "passed" if tests else ""

    def matching(self, *names: str) -> list[str]:
        """Tests of these names: whole ones, with any parameters, or, when they have a bracket, with more parameters."""
        return [test for test in self.tests if any(test == name or test.startswith(name if "[" in name else f"{name}[") for name in names)]

    def not_passed(self) -> list[str]:
        return [f"{test} ({outcome})" for test in self.tests if (outcome := self.outcomes.get(test, "not run")) != "passed"]

    def not_told(self) -> list[str]:
        return [test for test in self.tests if test not in self.told]
