# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The runner of the tiers, with tiers that pass, fail, skip, die and say nothing."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIERS = """
TIERS=("good tier_good x" "bad tier_bad x" "dead tier_dead x" "mute tier_mute x" "lazy tier_lazy x"
       "proud tier_proud x")
tier_good() { echo "7 0 0" >>"$COUNTS"; echo "2 0 0" >>"$COUNTS"; }
tier_bad() { echo "3 2 0" >>"$COUNTS"; echo "what went wrong"; return 1; }
tier_dead() { echo "4 0 0" >>"$COUNTS"; false; echo "5 0 0" >>"$COUNTS"; }
tier_mute() { :; }
tier_proud() { echo "1 0 0" >>"$COUNTS"; echo "in the log"; echo "42 of something" >>"$SHOWN"; }
tier_lazy() { echo "0 0 1" >>"$COUNTS"; echo "no such kernel" >>"$REASON"; }
"""


def run(tmp_path, *tiers: str, ci: bool = False) -> subprocess.CompletedProcess:
    (tmp_path / "tiers.sh").write_text(TIERS)
    env = {**os.environ, "HVS_TIERS": str(tmp_path / "tiers.sh"), "HVS_LOGS": str(tmp_path / "logs"), "CI": "true" if ci else ""}
    return subprocess.run(["bash", str(ROOT / "tools/dev/test.sh"), *tiers], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("tiers, closing, status", [
    (["good"], "9 passed, 0 failed", 0),
    (["good", "bad"], "12 passed, 2 failed", 1),
    (["dead"], "4 passed, 1 failed", 1),  # died with no test failed: that is a failure
    (["mute"], "0 passed, 1 failed", 1),  # a tier without a test is no success
    (["good", "lazy"], "9 passed, 0 failed, 1 skipped", 0),
    ([], "17 passed, 4 failed, 1 skipped", 1),
])
def test_closing_line_and_exit_status(tmp_path, tiers, closing, status):
    done = run(tmp_path, *tiers)
    assert done.stdout.splitlines()[-1] == closing
    assert done.returncode == status


def test_a_skip_in_ci_is_a_failure_and_keeps_its_reason(tmp_path):
    done = run(tmp_path, "good", "lazy", ci=True)
    assert done.stdout.splitlines()[-1] == "9 passed, 1 failed"
    assert done.returncode == 1
    assert "skipped in CI: no such kernel" in done.stdout


def test_a_failure_shows_its_log_and_stops_nobody(tmp_path):
    lines = run(tmp_path, "bad", "good").stdout.splitlines()
    # In the order of the list, whatever the order of the arguments.
    assert [line.split()[:2] for line in lines if line.split()[0] in ("passed", "FAILED")] == [["passed", "good"], ["FAILED", "bad"]]
    assert "    what went wrong" in lines


def test_a_tier_shows_what_it_wants_to_above_its_line(tmp_path):
    lines = run(tmp_path, "proud").stdout.splitlines()
    assert lines[0] == "    42 of something" and lines[1].startswith("passed   proud"), lines
    assert len(lines) == 3


def test_an_unknown_tier_is_refused(tmp_path):
    done = run(tmp_path, "godo")
    assert done.returncode == 1 and "no tier 'godo'" in done.stderr


GTEST = """{"testsuites": [{"name": "A", "testsuite": [
 {"name": "ok", "result": "COMPLETED"},
 {"name": "bad", "result": "COMPLETED", "failures": [{"failure": "1 is not 2"}]},
 {"name": "skip", "result": "SKIPPED", "skipped": [{"message": "file.cc:3\\nno root\\n"}]},
 {"name": "DISABLED_off", "result": "SUPPRESSED"}]}]}"""
JUNIT = """<testsuites><testsuite><testcase name="ok"/><testcase name="bad"><failure message="x"/></testcase>
<testcase name="err"><error message="x"/></testcase><testcase name="skip"><skipped message="no root"/></testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize("kind, text, counts, reasons", [
    ("gtest", GTEST, "1 1 2", ["A.skip: file.cc:3 no root", "A.DISABLED_off: suppressed"]),
    ("junit", JUNIT, "1 2 1", ["skip: no root"]),
    ("gtest", GTEST[:100], "0 0 0", []),
    ("junit", "", "0 0 0", []),
])
def test_results_are_counted(tmp_path, kind, text, counts, reasons):
    (tmp_path / "results").write_text(text)
    done = subprocess.run(["/usr/bin/python3", str(ROOT / "tools/dev/count_results.py"), kind, str(tmp_path / "results"),
                           str(tmp_path / "reasons")], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout.strip() == counts
    found = (tmp_path / "reasons").read_text().splitlines() if (tmp_path / "reasons").exists() else []
    assert found == reasons
