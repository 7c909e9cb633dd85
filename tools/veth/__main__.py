# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""tools/hvs bench veth [--quick] [--only PART...] [--json FILE] [--page]"""
import argparse
import dataclasses
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys

from lab import netns

from . import measures, page
from .measures import Effort, Row
from .stage import Stage

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ("throughput", "throughput2", "start", "idle", "wakeup")


def measure(part: str, effort: Effort, build_dir: pathlib.Path) -> list[Row]:
    arms = 2 if part == "throughput2" else 1
    with Stage(arms, build_dir) as stage:
        run = {"throughput": measures.throughput, "throughput2": measures.throughput, "start": measures.startup,
               "idle": measures.idle, "wakeup": measures.wakeup}[part]
        return run(stage, effort)


def show(rows: list[Row]) -> None:
    """Median, least and most, and the 99th percentile where there are enough values for one."""
    section = None
    for row in rows:
        if row.section != section:
            section = row.section
            print(f"\n{section:<52} {'':>13} {'median':>9} {'min':>9} {'max':>9} {'p99':>9}  target")
        p99 = f"{row.percentile(99):9.2f}" if len(row.values) >= 100 else f"{'':9}"
        verdict = f"{row.target}: {'met' if row.met else 'MISSED'}" if row.target else ""
        print(f"  {row.name:<50} {row.unit:>13} {row.median:9.2f} {min(row.values):9.2f} {max(row.values):9.2f} {p99}  {verdict}".rstrip())
    sys.stdout.flush()


def facts_of_run() -> dict:
    """What must be the same for figures to be compared."""
    said = dict(line.split(":", 1) for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    cpu = next((value.strip() for name, value in said.items() if name.strip() == "model name"), "unknown")
    dpdk = subprocess.run(["pkg-config", "--modversion", "libdpdk"], capture_output=True, text=True, check=False).stdout.strip()
    return {"command": " ".join(["tools/hvs bench veth", *sys.argv[1:]]), "commit": os.environ.get("HVS_COMMIT", "unknown"),
            "kernel": platform.release(), "dpdk": dpdk or "unknown", "cpu": cpu, "cpus": os.cpu_count()}


def write_json(path: pathlib.Path, facts: dict, rows: list[Row]) -> None:
    figures = [{**dataclasses.asdict(row), "median": row.median} for row in rows]
    path.write_text(json.dumps({**facts, "figures": figures}, indent=1) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/hvs bench veth", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute; the figures spread more")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="all values of all rounds")
    parser.add_argument("--page", action="store_true", help="also write the table of docs/performance-veth.md")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.page and (args.quick or list(args.only) != list(PARTS)):
        parser.error("--page is of a whole run: without --quick and --only")
    if os.geteuid() != 0:
        sys.exit("tools/hvs bench veth: network namespaces need root; run: sudo tools/hvs bench veth")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was made is removed on the way out
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(1))
    Stage.remove_stale()
    rows: list[Row] = []
    for part in args.only:
        fresh = measure(part, measures.QUICK if args.quick else Effort(), args.build)
        show(fresh)
        rows += fresh
    facts = facts_of_run()
    if args.json:
        write_json(args.json, facts, rows)
    if args.page:
        page.write(ROOT / "docs" / "performance-veth.md", facts, rows)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except netns.LabError as error:
        sys.exit(f"tools/hvs bench veth: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
