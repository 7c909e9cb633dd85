# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""bench_tables.py JSON: writes the tables of docs/performance.md and README.md from what hvs-bench --json wrote.

A table stands between two comments, <!-- bench: NAME --> and <!-- bench: end -->; all else is left as it is.
"""
import json
import pathlib
import re
import sys

FLOWS = [1, 10_000, 100_000, 1_000_000, 10_000_000]
# Sections that are tables of their own, figure by figure.
LISTS = [("new", "New connections, as many ending meanwhile"), ("services", "Number of services, 16 dests each"),
         ("schedulers", "Schedulers"), ("table", "The connection table alone"), ("workers", "Workers"), ("memory", "Memory")]
# Of the section of single turns; the histograms say the rest.
TURNS = ["p50", "p99", "p99.9", "longest, wall clock", "longest, CPU time", "longest of those that did, CPU time",
         "over 100 us, wall clock", "of these, preempted", "of these, page faults", "as much, and not preempted",
         "of these, ended connections or began a configuration", "page faults", "until all had ended", "reloads"]


def number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(entry: dict) -> str:
    return f"{number(entry['min'])}-{number(entry['max'])}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]).replace("|  |", "| |")


def run_table(result: dict) -> str:
    return table(["machine and run", ""], [[name, str(value)] for name, value in sorted(result["run"].items())])


def targets_table(result: dict) -> str:
    rows = []
    for t in result["targets"]:
        bound = f"at most {t['at_most']:g}" if "at_most" in t else f"at least {t['at_least']:g}"
        shown = number(t["median"]) + (f" ({spread(t)})" if t["min"] != t["max"] else "")
        verdict = "met" if t["met"] else "**not met**"
        without = t.get("without_hvs", 0)
        if not t["met"] and without > t.get("at_most", without):
            verdict += f", but loops without HVS took {number(without)} {t['unit']}"
        rows.append([t["what"], f"{shown} {t['unit']}", bound, verdict])
    return table(["", "measured, median (least-most)", "wanted", ""], rows)


def grid(result: dict, wanted) -> dict[str, dict[int, float]]:
    """Rows of the matrix by name, floors first; a floor is measured beside each mode: the lowest counts."""
    rows: dict[str, dict[int, float]] = {}
    for f in result["figures"]:
        if f["section"] != "matrix" or f["unit"] != "ns/packet" or not wanted(f["name"]):
            continue
        row = rows.setdefault(f["name"], {})
        row[f["flows"]] = min(f["median"], row.get(f["flows"], f["median"])) if f["name"].startswith("floor") else f["median"]
    return dict(sorted(rows.items(), key=lambda row: not row[0].startswith("floor")))


def grid_rows(rows: dict[str, dict[int, float]], names: dict[str, str] | None = None) -> list[list[str]]:
    return [[(names or {}).get(name, name)] + [number(row[flows]) if flows in row else "" for flows in FLOWS]
            for name, row in rows.items() if names is None or name in names]


GRID_HEAD = ["", "1 flow", "10 k", "100 k", "1 M", "10 M"]


def figures_tables(result: dict) -> str:
    both = {f["name"].removesuffix(" both") for f in result["figures"] if f["name"].endswith(" both")}
    one_way = re.compile(r"(.*) (to_dest|to_client)$")

    def shown(name: str) -> bool:
        match = one_way.match(name)
        return match is None or match[1] not in both

    parts = ["### Established connections", "ns per packet, median, random order: both directions in turn, or each alone "
             "where a mode has one, or where the two are of different families.",
             table(GRID_HEAD, grid_rows(grid(result, shown)))]
    for section, title in LISTS:
        rows = [[f["name"], f"{f['flows']:,}", number(f["median"]), spread(f), f["unit"]]
                for f in result["figures"] if f["section"] == section]
        if rows:
            parts += [f"### {title}", table(["", "connections held", "median", "least-most", ""], rows)]
    turns = [f for f in result["figures"] if f["section"] == "latency" and f["name"].rpartition(": ")[2] in TURNS]
    if turns:
        parts += ["### Single turns", table(["", "median", "least-most", ""],
                                            [[f["name"], number(f["median"]), spread(f), f["unit"]] for f in turns])]
    if result.get("turns"):
        parts += ["All turns of all rounds, by the CPU time of their thread, and in brackets by the wall clock:", histogram(result)]
    return "\n\n".join(parts)


def histogram(result: dict) -> str:
    bounds = sorted({bound for t in result["turns"] for bound in t.get("below_us", [])})
    rows = []
    for t in result["turns"]:
        at = {bound: (cpu, wall) for bound, cpu, wall in zip(t["below_us"], t["cpu"], t["wall"])}
        rows.append([t["name"]] + [f"{at[b][0]:,} ({at[b][1]:,})" if b in at else "" for b in bounds])
    return table(["below, us"] + [f"{bound:,.0f}" for bound in bounds], rows)


def readme_table(result: dict) -> str:
    names = {"floor: empty loop, v4": "empty receive/transmit loop",
             "floor: rte_hash + record, v4": "`rte_hash` bulk lookup and a 64-byte record alone",
             "fullnat tcp v4 both": "full NAT, TCP, IPv4", "fullnat tcp v6 both": "full NAT, TCP, IPv6"}
    return table(GRID_HEAD, grid_rows(grid(result, names.__contains__), names))


TABLES = {"run": run_table, "targets": targets_table, "figures": figures_tables, "costs": readme_table}


def main() -> int:
    try:
        result = json.loads(pathlib.Path(sys.argv[1]).read_text())
        tables = {name: make(result) for name, make in TABLES.items()}
    except (OSError, ValueError, KeyError) as problem:
        sys.exit(f"{sys.argv[1]} is no file of a whole run (tools/hvs bench --json FILE, or bench save): {problem!r}")
    for page in (pathlib.Path("docs/performance.md"), pathlib.Path("README.md")):
        text = page.read_text()
        text, count = re.subn(r"(<!-- bench: (\w+) -->\n).*?(<!-- bench: end -->)",
                              lambda m: f"{m[1]}{tables[m[2]]}\n{m[3]}", text, flags=re.DOTALL)
        if count == 0:
            sys.exit(f"{page} has no place for a table")
        page.write_text(text)
        print(f"{page}: {count} table(s) of {result['run'].get('commit', '?')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
