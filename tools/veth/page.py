# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""What a run showed, as a table of docs/performance-veth.md, between two comments."""
import pathlib
import re

from .measures import Row

_PLACE = re.compile(r"(<!-- bench veth -->\n).*?(<!-- bench veth: end -->)", re.DOTALL)


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def line(row: Row) -> str:
    spread = f"{number(min(row.values))} to {number(max(row.values))}"
    p99 = number(row.percentile(99)) if len(row.values) >= 100 else ""
    verdict = f"{row.target}: {'met' if row.met else '**not met**'}" if row.target else ""
    cells = [f"{row.section}: {row.name}", row.unit, number(row.median), spread, p99, verdict]
    return "| " + " | ".join(cells) + " |"


def table(facts: dict, rows: list[Row]) -> str:
    run = [f"| {name} | {value} |" for name, value in facts.items()]
    return "\n".join(["| run | |", "|---|---|", *run, "", "| | unit | median | least to most | p99 | target |",
                      "|---|---|---|---|---|---|", *map(line, rows), ""])


def write(page: pathlib.Path, facts: dict, rows: list[Row]) -> None:
    text = page.read_text()
    if not _PLACE.search(text):
        raise ValueError(f"{page} has no place for the table of a run")
    page.write_text(_PLACE.sub(lambda m: m[1] + table(facts, rows) + m[2], text))
