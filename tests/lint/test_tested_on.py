# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The tables of docs/tested-on.md: of what the tests play, and of what a run showed and of nothing else."""
import datetime
import functools
import os
import pathlib
import subprocess
import sys
import time
from xml.sax.saxutils import quoteattr

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "kinds"))

import matrix  # noqa: E402
import results  # noqa: E402

CASE = "test_golden::test_case[pcap-fullnat/tcp_ipv4]"
OUTCOMES = {"passed": "", "failed": "<failure message='x'/>", "error": "<error message='x'/>", "skipped": "<skipped message='x'/>"}


def test_the_tables_are_of_what_the_tests_play():
    """Whatever somebody's environment asks pytest for."""
    done = subprocess.run([sys.executable, str(ROOT / "tests" / "kinds" / "matrix.py"), "--check"], capture_output=True,
                          env={**os.environ, "PYTEST_ADDOPTS": "-k tunnel", "HVS_KIND": "pcap"}, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


class Runs:
    """Pretended runs, and a page of what the tests play."""

    def __init__(self, path: pathlib.Path):
        self.path, self.page = path, path / "page.md"
        self.page.write_text("".join(f"{begin}{self.all_passed(tier)}{end}" for tier in matrix.TABLES for begin, end in [matrix.marks(tier)]))

    @staticmethod
    @functools.cache
    def all_passed(tier: str) -> str:
        tests = results.planned(tier)
        return matrix.section(tier, results.Score(tests, dict.fromkeys(tests, "passed")), "2026-01-02")

    def write(self, tier: str, began: float, **changed: str) -> None:
        """Everything passed but what is named; "left_out" is not in the file."""
        for name in results.FILES[tier]:
            kind = f"[{name.removeprefix('kinds-')}-" if tier == "kinds" else ""
            rows = [f"<testcase classname={quoteattr('tests.x.' + file)} name={quoteattr(case)}>{OUTCOMES[outcome]}</testcase>"
                    for test in results.planned(tier) if kind in test and (outcome := changed.get(test, "passed")) != "left_out"
                    for file, _, case in [test.partition("::")]]
            stamp = datetime.datetime.fromtimestamp(began).isoformat()
            (self.path / f"{name}-results.xml").write_text(f"<testsuites><testsuite timestamp='{stamp}'>{''.join(rows)}</testsuite></testsuites>")


@pytest.fixture
def runs(tmp_path, monkeypatch) -> Runs:
    made = Runs(tmp_path)
    monkeypatch.setattr(matrix, "PAGE", made.page)
    monkeypatch.setattr(results, "BUILD", tmp_path)
    return made


@pytest.mark.parametrize("tier", matrix.TABLES)
def test_a_page_that_says_what_the_run_showed_is_accepted(runs, tier):
    runs.write(tier, began=1000)
    assert matrix.ran(tier, since=1000) == []


@pytest.mark.parametrize("outcome, said", [("failed", "failed"), ("error", "failed"), ("skipped", "skipped"), ("left_out", "not run")])
@pytest.mark.parametrize("tier, test, cell", [
    ("kinds", CASE, "247 of 248 to their end"),
    ("e2e", "test_core::test_http[mixed-nat-IPv6]", "| nat | 8 | 8 | 7 of 8 |"),
    ("e2e", "test_two_workers::test_every_connection_has_one_owner", "| test_two_workers.py | 2 of 3 passed |"),
    ("qemu", "test_routing::test_a_pulled_cable", "| a cable that is pulled and put back |  |  | 0 of 1 passed |")])
def test_a_page_that_claims_what_did_not_pass_is_refused(runs, tier, test, cell, outcome, said):
    runs.write(tier, began=1000, **{test: outcome})
    first, *lines = matrix.ran(tier, since=1000)
    assert first.startswith(f"docs/tested-on.md: claims what this run of tier {tier} did not show")
    assert f"not passed: {test} ({said})" in lines
    if tier != "kinds":
        assert any(line.startswith(f"+{cell}") for line in lines), lines
    else:  # numbers of cases change too often to be here
        assert any(line.startswith("+| fullnat | IPv4 |") and line.count(" of ") == 1 for line in lines), lines


def test_a_page_with_other_numbers_is_refused_by_both_checks(runs):
    runs.write("e2e", began=1000)
    runs.page.write_text(runs.page.read_text().replace("| nat | 8 | 8 | 8 |", "| nat | 8 | 9 | 8 |"))
    for said in (matrix.check("e2e"), matrix.ran("e2e", since=1000)):
        assert said[2:4] == ["-| nat | 8 | 9 | 8 |", "+| nat | 8 | 8 | 8 |"]


@pytest.mark.parametrize("tier", matrix.TABLES)
def test_an_earlier_run_shows_nothing(runs, tier):
    runs.write(tier, began=999)
    with pytest.raises(results.Refused, match="of an earlier run"):
        matrix.ran(tier, since=1000)


@pytest.mark.parametrize("left", ["", "<testsuites><testsuite timestamp='2026-01-02T03:04:05'><testcase "])
def test_a_run_that_died_shows_nothing(runs, left):
    runs.write("kinds", began=1000)
    path = runs.path / "kinds-pcap-results.xml"
    path.write_text(left) if left else path.unlink()
    with pytest.raises(results.Refused, match="kinds-pcap-results.xml: no results of tier kinds"):
        matrix.ran("kinds", since=1000)


def test_a_run_of_other_tests_shows_nothing(runs):
    runs.write("kinds", began=1000)
    path = runs.path / "kinds-pcap-results.xml"
    path.write_text(path.read_text().replace("fullnat/tcp_ipv4]", "fullnat/of_old]"))
    with pytest.raises(results.Refused, match="fullnat/of_old"):
        matrix.ran("kinds", since=1000)


def test_what_is_written_is_what_passed(runs):
    test = "test_two_workers::test_every_connection_has_one_owner"
    runs.write("e2e", began=time.time() + 5, **{test: "failed"})
    before = runs.page.read_text()
    assert matrix.write("e2e") == [f"not passed: {test} (failed)"]
    after = runs.page.read_text()
    assert "| test_two_workers.py | 2 of 3 passed |" in after and f"of {datetime.date.today()}: " in after
    for tier in ("kinds", "qemu"):
        assert "".join(matrix.marks(tier)[0]) + matrix.on_page(tier) in before
    assert matrix.check("e2e") == [] and matrix.ran("e2e", since=0) == []
    runs.write("e2e", began=time.time() + 5)
    assert any(line.startswith("-| test_two_workers.py | 2 of 3") for line in matrix.ran("e2e", since=0))
    assert matrix.write("e2e") == []
    assert "| test_two_workers.py | passed |" in runs.page.read_text()


def test_nothing_is_written_from_a_run_of_other_sources(runs, capsys):
    before = runs.page.read_text()
    runs.write("e2e", began=results.last_change()[0] - 1)
    assert matrix.main(["e2e"]) == 1
    said = capsys.readouterr().out
    assert "of an earlier run of tier e2e, before " in said and "was changed. Run: sudo tools/hvs test e2e" in said
    assert runs.page.read_text() == before


@pytest.mark.parametrize("tier, test", [("qemu", "test_native::test_something_new[e1000e-vfio]"), ("kinds", "test_golden::test_other"),
                                        ("e2e", "test_core::test_new[af_xdp-nat-IPv4]")])
def test_a_test_that_no_table_tells_of_is_refused(tier, test):
    tests = [*results.planned(tier), test]
    with pytest.raises(results.Refused, match="no table tells of .*test_"):
        matrix.section(tier, results.Score(tests, {}))


def test_a_row_of_a_test_that_is_gone_is_refused():
    tests = [test for test in results.planned("qemu") if "a_pulled_cable" not in test]
    with pytest.raises(results.Refused, match="a cable that is pulled.*test_a_pulled_cable"):
        matrix.section("qemu", results.Score(tests, {}))


STUBS = """
source tools/dev/common.sh
source tools/dev/test_tiers.sh
cd "$PLACE"
mkdir -p build/test-logs
is_root() { true; }
mount_bpffs() { true; }
start_building_ahead() { true; }
function tools/dev/build.sh { true; }
run_pytest() { echo "played $1" >>played; }
"""


@pytest.mark.parametrize("tier", matrix.TABLES)
@pytest.mark.parametrize("status", [0, 1])
def test_each_tier_compares_the_page_with_what_it_has_just_run(tmp_path, tier, status):
    """With a matrix.py that says yes or no."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/bash\necho \"$@\" >>played\necho 'the page is wrong'\necho 'in a line'\nexit {status}\n")
    python.chmod(0o755)
    done = subprocess.run(["bash", "-c", f"{STUBS}\nPYTHON=$PLACE/python\ntier_{tier}"], cwd=ROOT, capture_output=True, text=True, check=False,
                          env={**os.environ, "PLACE": str(tmp_path), "COUNTS": str(tmp_path / "counts"), "REASON": str(tmp_path / "reason")})
    assert done.returncode == status, done.stderr
    *_, last = (tmp_path / "played").read_text().splitlines()
    command, since = last.rsplit(" ", 1)
    assert command == f"tests/kinds/matrix.py --ran {tier} --since" and time.time() - 60 < float(since) <= time.time()
    assert len((tmp_path / "played").read_text().splitlines()) == len(results.FILES[tier]) + 1
    assert (tmp_path / "counts").read_text() == ("0 1 0\n" if status else "1 0 0\n")
    if status:
        assert (tmp_path / "reason").read_text() == "the page is wrong\n"
