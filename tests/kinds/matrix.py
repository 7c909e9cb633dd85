# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""matrix.py [--check]: writes the tables of docs/tested-on.md between its two marks, from what the tests play.

The tiers `kinds` and `e2e` fail when one of what is counted here fails, so the numbers are of passed ones. --check writes
nothing and fails when the tables are not what this program writes.
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "kinds")]

import cases  # noqa: E402
import core_scenarios  # noqa: E402
from stage import KINDS, NAMES  # noqa: E402

PAGE = ROOT / "docs" / "tested-on.md"
BEGIN, END = "<!-- tables of tests/kinds/matrix.py -->\n", "<!-- end of these tables -->\n"
PROTOCOLS = {6: "TCP", 17: "UDP", 132: "SCTP", 1: "ICMP", 58: "ICMP"}


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


def golden_table() -> list[str]:
    modes = sorted({case.mode for case in cases.all_cases()})
    lines = ["| mode | family | " + " | ".join(f"{NAMES[kind]}: TCP, UDP, SCTP, ICMP" for kind in KINDS) + " |",
             "|---|---|" + "---|" * len(KINDS)]
    for mode in modes:
        for family in ("IPv4", "IPv6"):
            cells = []
            for kind in KINDS:
                counted = collections.Counter(protocol for case in cases.played(kind) if case.mode == mode
                                              for protocol in protocols(case, family))
                cells.append(", ".join(str(counted[protocol]) for protocol in ("TCP", "UDP", "SCTP", "ICMP")))
            lines.append(f"| {mode} | {family} | " + " | ".join(cells) + " |")
    totals = []
    for kind in KINDS:
        played = cases.played(kind)
        whole = sum(not case.playable(kind)[1] for case in played)
        totals.append(f"{len(played)} of {len(cases.all_cases())} cases, {whole} of them to their end")
    return [*lines, "| together | | " + " | ".join(totals) + " |"]


def left_out_table() -> list[str]:
    whole, part = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    for kind in KINDS:
        for case in cases.all_cases():
            if why := case.left_out(kind):
                whole[why][kind] += 1
            elif why := case.playable(kind)[1]:
                part[why][kind] += 1
    heads = " | ".join(f"{NAMES[kind]}: cases, ends of cases" for kind in KINDS)
    lines = [f"| left out because it needs, or is, | {heads} |",
             "|---|" + "---|" * len(KINDS)]
    for why in sorted({*whole, *part}, key=lambda why: (-sum(whole[why].values()) - sum(part[why].values()), why)):
        lines.append(f"| {why} | " + " | ".join(f"{whole[why][kind]}, {part[why][kind]}" for kind in KINDS) + " |")
    return lines


def scenario_table() -> list[str]:
    kinds = core_scenarios.KINDS
    lines = ["| mode | " + " | ".join(kinds.values()) + " |", "|---|" + "---|" * len(kinds)]
    for mode in core_scenarios.MODES:
        lines.append(f"| {mode} | " + " | ".join(str(core_scenarios.count(kind, mode) or "") for kind in kinds) + " |")
    return lines


def tables() -> str:
    return "\n".join([
        "### Golden cases through a daemon", "",
        "Numbers of cases with frames of a protocol that arrive; most cases have several. All of them pass, in tier `kinds`.", "",
        *golden_table(), "", *left_out_table(), "",
        "### End to end", "",
        f"Real clients and servers, in `tests/e2e/test_core.py`: {', '.join(core_scenarios.SCENARIOS)}, each over IPv4 and IPv6. "
        "All of them pass, in tier `e2e`.", "", *scenario_table(), ""])


def main(arguments: list[str]) -> int:
    page = PAGE.read_text()
    pattern = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
    if not pattern.search(page):
        print(f"{PAGE}: the marks are missing")
        return 1
    now = pattern.sub(lambda _: BEGIN + tables() + END, page)
    if arguments == ["--check"]:
        if now != page:
            print("docs/tested-on.md: not what the tests play. Run: python3 tests/kinds/matrix.py")
        return int(now != page)
    PAGE.write_text(now)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
