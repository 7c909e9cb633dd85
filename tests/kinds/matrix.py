# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""matrix.py [TIER...]: writes the tables of docs/tested-on.md from the last run of tiers kinds, e2e and qemu, or of those named.

--check: the tables are of what the tests play now, whatever a run shows of them. Needs no run, and is part of lint.
--ran TIER --since SECONDS: the tables are what the run of a tier showed that was begun since then. Part of these tiers.
"""
import argparse
import collections
import datetime
import difflib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), *(str(ROOT / "tests" / tier) for tier in ("kinds", "e2e", "qemu"))]

import cases  # noqa: E402
import core_scenarios  # noqa: E402
import results  # noqa: E402
import scenarios  # noqa: E402
from results import Refused, Score  # noqa: E402
from stage import KINDS, NAMES  # noqa: E402

PAGE = ROOT / "docs" / "tested-on.md"
PROTOCOLS = {6: "TCP", 17: "UDP", 132: "SCTP", 1: "ICMP", 58: "ICMP"}
# NATIVE of a file of tests/e2e, see native_lab.py.
PORTS = {None: "af_xdp on veth", "all": "native, af_packet on veth", "pcap": "native, pcap on veth",
         "outside": "native (af_packet) outside, af_xdp inside"}
NO_PORTS = ("test_lab", "test_preflight")  # files of tests/e2e that are about the lab, and about the machine


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (heads, ["---"] * len(heads), *rows)]


def protocols(case: cases.Case, family: str) -> set[str]:
    """What a case's frames that come in are of, in one family. Behind extension headers nobody looks."""
    found = set()
    for step in case.steps:
        for frame in step.recv:
            at = 14
            while frame.data[at - 2:at] == b"\x81\0":
                at += 4
            kind = frame.data[at - 2:at]
            if kind == b"\x08\0" and family == "IPv4" and len(frame.data) > at + 20:
                found.add(PROTOCOLS.get(frame.data[at + 9], ""))
            elif kind == b"\x86\xdd" and family == "IPv6" and len(frame.data) > at + 40:
                number = frame.data[at + 6]
                found.add(PROTOCOLS.get(frame.data[at + 40] if number == 44 else number, ""))
    return found - {""}


def golden_table(score: Score) -> list[str]:
    def count(kind: str, which) -> str:
        return score.count(f"test_golden::test_case[{kind}-{case.id}]" for case in cases.played(kind) if which(case))

    rows = []
    for mode in sorted({case.mode for case in cases.all_cases()}):
        for family in ("IPv4", "IPv6"):
            found = {case: protocols(case, family) for case in cases.all_cases() if case.mode == mode}
            rows.append([mode, family, *(", ".join(count(kind, lambda case: protocol in found.get(case, ()))
                                                   for protocol in ("TCP", "UDP", "SCTP", "ICMP")) for kind in KINDS)])
    totals = [f"{count(kind, lambda _: True)} cases, {count(kind, lambda case: not case.playable(kind)[1])} to their end" for kind in KINDS]
    return table(["mode", "family", *(f"{NAMES[kind]}: TCP, UDP, SCTP, ICMP" for kind in KINDS)], [*rows, ["together", "", *totals]])


def left_out_table() -> list[str]:
    whole, part = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    for kind in KINDS:
        for case in cases.all_cases():
            if why := case.left_out(kind):
                whole[why][kind] += 1
            elif why := case.playable(kind)[1]:
                part[why][kind] += 1
    reasons = sorted({*whole, *part}, key=lambda why: (-sum(whole[why].values()) - sum(part[why].values()), why))
    return table(["left out because it needs, or is,", *(f"{NAMES[kind]}: cases, ends of cases" for kind in KINDS)],
                 [[why, *(f"{whole[why][kind]}, {part[why][kind]}" for kind in KINDS)] for why in reasons])


def kinds_tables(score: Score) -> list[str]:
    return ["### Golden cases through a daemon", "",
            f"Numbers of cases with frames of a protocol that arrive; most cases have several. There are {len(cases.all_cases())} cases.", "",
            *golden_table(score), "", *left_out_table()]


def core_table(score: Score) -> list[str]:
    kinds, labs = core_scenarios.KINDS, core_scenarios.labs()
    return table(["mode", *kinds.values()], [
        [mode, *(score.count(f"test_core::test_{scenario.lower()}[{kind}-{mode}-{family}]" for scenario in core_scenarios.SCENARIOS
                             for family in core_scenarios.FAMILIES) if (kind, mode) in labs else "" for kind in kinds)]
        for mode in core_scenarios.MODES])


def files_table(score: Score) -> list[str]:
    """Tests by file and by the ports that it asks for. test_native_X.py are the tests of test_X.py once more."""
    files = {test.split("::")[0] for test in score.tests} - {"test_core"}
    found: dict[tuple[str, str | None], list[str]] = collections.defaultdict(list)
    for test, file in ((test, test.split("::")[0]) for test in score.tests):
        if file not in files:
            continue
        native = re.search(r'^NATIVE = "(\w+)"', (ROOT / "tests" / "e2e" / f"{file}.py").read_text(), re.MULTILINE)
        twin = file.replace("test_native_", "test_")
        found[twin if twin in files else file, native[1] if native else None].append(test)
    verdicts = {place: score.verdict(tests) for place, tests in found.items()}
    return table(["tests/e2e", *PORTS.values()], [[f"{file}.py", *(verdicts.get((file, native), "") for native in PORTS)]
                                                  for file in sorted({file for file, _ in found} - set(NO_PORTS))])


def e2e_tables(score: Score) -> list[str]:
    return ["### End to end", "",
            f"Real clients and servers. Tests of `tests/e2e/test_core.py`: {', '.join(core_scenarios.SCENARIOS)}, each over IPv4 and IPv6:", "",
            *core_table(score), "", "All others:", "", *files_table(score)]


def qemu_tables(score: Score) -> list[str]:
    score.told.update(test for test in score.tests if test.split("::")[0] in scenarios.OTHER_FILES)
    rows, seen = [], set()
    for title, row in scenarios.ROWS.items():
        tests = {column: score.matching(*names) for column, names in row.items()}
        wrong = [name for names in row.values() for name in names if not score.matching(name.partition("[")[0])]
        wrong += [test for found in tests.values() for test in found if test in seen]
        if wrong:
            raise Refused(f"tests/qemu/scenarios.py: {title}: no tests, or of two rows: {', '.join(wrong)}")
        seen.update(test for found in tests.values() for test in found)
        rows.append([title, *(score.verdict(tests.get(column, [])) for column in scenarios.COLUMNS)])
    return ["### NICs of a guest", "", "Tests of `tests/qemu`, by the NICs that they meet.", "",
            *table(["", *scenarios.COLUMNS.values()], rows)]


TABLES = {"kinds": kinds_tables, "e2e": e2e_tables, "qemu": qemu_tables}


def section(tier: str, score: Score, date: str = "DATE") -> str:
    """What stands between the marks of a tier."""
    lines = TABLES[tier](score)
    if missing := score.not_told():
        raise Refused(f"no table tells of {', '.join(missing[:5])}: see tests/kinds/matrix.py and tests/qemu/scenarios.py")
    passed = len(score.tests) - len(score.not_passed())
    lines[2:2] = [f"By the run of tier `{tier}` of {date}: {passed} of {len(score.tests)} tests passed.", ""]
    return "\n".join([*lines, ""])


def marks(tier: str) -> tuple[str, str]:
    return f"<!-- {tier}: tables of tests/kinds/matrix.py -->\n", f"<!-- end of {tier} -->\n"


def on_page(tier: str) -> str:
    begin, end = marks(tier)
    _, found, rest = PAGE.read_text().partition(begin)
    text, closed, _ = rest.partition(end)
    if not found or not closed:
        raise Refused(f"{PAGE.name}: the marks of tier {tier} are missing")
    return text


def undated(text: str) -> str:
    """Without what differs from run to run, though the same is shown: the date, and how many tests all are."""
    return re.sub(r"(By the run of tier `\w+` of )[\w-]+: (?:(\d+) of \2|)", lambda m: m[1] + ("DATE: all" if m[2] else "DATE: "), text)


def as_played(text: str) -> str:
    """As if everything had passed."""
    text = re.sub(r"\d+ of \d+ (tests )?passed", lambda m: "all tests passed" if m[1] else "passed", undated(text))
    return re.sub(r"\b\d+ of (\d+)\b", r"\1", text)


def differences(page: str, now: str) -> list[str]:
    return [line for line in difflib.unified_diff(page.splitlines(), now.splitlines(), lineterm="", n=0) if line[:3] not in ("---", "+++")
            and line[:2] != "@@"]


def check(tier: str) -> list[str]:
    tests = results.planned(tier)
    now = section(tier, Score(tests, dict.fromkeys(tests, "passed")))
    wrong = differences(as_played(on_page(tier)), as_played(now))
    if not wrong:
        return []
    return [f"docs/tested-on.md: not what the tests of tier {tier} play. "
            f"Run: sudo tools/hvs test {tier}; /usr/bin/python3 tests/kinds/matrix.py {tier}", "-: the page, +: the tests", *wrong]


def ran(tier: str, since: float) -> list[str]:
    score = Score(results.planned(tier), results.run_of(tier, since).outcomes)
    wrong = differences(undated(on_page(tier)), undated(section(tier, score)))
    if not wrong:
        return []
    return [f"docs/tested-on.md: claims what this run of tier {tier} did not show", "-: the page, +: the run", *wrong,
            *(f"not passed: {test}" for test in score.not_passed()[:20]),
            f"When it is the page that has to change: /usr/bin/python3 tests/kinds/matrix.py {tier}"]


def write(tier: str) -> list[str]:
    when, file = results.last_change()
    run = results.run_of(tier, when, f", before {file} was changed")
    score = Score(results.planned(tier), run.outcomes)
    begin, end = marks(tier)
    date = datetime.date.fromtimestamp(run.began).isoformat()
    PAGE.write_text(PAGE.read_text().replace(begin + on_page(tier) + end, begin + section(tier, score, date) + end))
    return [f"not passed: {test}" for test in score.not_passed()]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tiers", nargs="*", metavar="TIER")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--ran", choices=TABLES)
    parser.add_argument("--since", type=float, default=0)
    asked = parser.parse_args(arguments)
    if unknown := set(asked.tiers) - set(TABLES):
        parser.error(f"no tables of {', '.join(unknown)}; there are: {', '.join(TABLES)}")
    said = []
    for tier in [asked.ran] if asked.ran else asked.tiers or TABLES:
        try:
            said += ran(tier, asked.since) if asked.ran else check(tier) if asked.check else write(tier)
        except Refused as refused:
            said.append(str(refused))
    print("\n".join(said), end="\n" if said else "")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
