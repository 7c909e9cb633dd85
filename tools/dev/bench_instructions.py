# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""bench_instructions.py HVS_BENCH STORED [--update]: instructions per packet, counted by callgrind.

The same on a busy machine as on a quiet one. Counted is Worker::turn with everything below it, the synthetic port
included, in the measured rounds alone: for packets of one established flow, and for connections that begin while as
many end, whose clock goes on by packets. Exits with 1 when a case takes more than BOUND above the figure in STORED
(JSON, written by --update).
"""
import concurrent.futures
import json
import os
import pathlib
import queue
import re
import subprocess
import sys
import tempfile

BOUND = 1.04  # a change of code elsewhere moves inlining by a per cent or two
MODES = {  # with the families of their clients; the last ones cross to the other family
    "fullnat": ("v4", "v6"), "nat": ("v4", "v6"), "dr": ("v4", "v6"), "tunnel": ("v4", "v6"), "snat": ("v4", "v6"),
    "nat64": ("v6",), "nat46": ("v4",)}
PAST_US = ("dr", "tunnel")  # replies do not come by here
LIVES = {"syn": "new tcp, SYN only", "tcp": "new tcp, 8-packet life, whole", "udp": "new udp, one packet"}
PACKETS = 20_000
HELD = 8192  # connections; a figure is the same to 1 in 100 with 32,768


def cases() -> dict[str, list[str]]:
    """hvs-bench's options for each figure, by the name that it gives to it."""
    found = {}
    for mode, families in MODES.items():
        for family in families:
            for protocol in ("udp", "tcp") if mode == "fullnat" else ("tcp",):
                for direction in ("to_dest",) if mode in PAST_US else ("to_dest", "to_client"):
                    found[f"{mode} {protocol} {family} {direction}"] = [
                        "--section", "matrix", "--mode", mode, "--family", family, "--protocol", protocol,
                        "--direction", direction, "--flows", "1", "--packets", str(PACKETS)]
    for family in ("v4", "v6"):
        for life, name in LIVES.items():
            found[f"{family} {name}"] = ["--section", "new", "--family", family, "--life", life, "--held", str(HELD)]
    for mode in ("nat", "snat"):  # these open connections in ways of their own
        for family in MODES[mode]:
            found[f"{mode} {family} {LIVES['udp']}"] = ["--section", "new", "--mode", mode, "--family", family, "--life", "udp",
                                                        "--held", str(HELD)]
    return found


def counted(bench: str, name: str, options: list[str], cpu: int) -> float:
    """Instructions per packet, or per connection where the figure is of a whole one."""
    with tempfile.TemporaryDirectory() as directory:
        figures = pathlib.Path(directory, "figures.json")
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/out",
             "--toggle-collect=hvs::Worker::turn*", "--zero-before=*measured_rounds*",
             bench, "--rounds", "1", "--cpu", str(cpu), "--json", str(figures), *options],
            capture_output=True, text=True, check=False)
        found = re.search(r"Collected : (\d+)", run.stderr)
        if run.returncode != 0 or not found or int(found.group(1)) == 0:
            sys.exit(f"callgrind counted nothing for {name}:\n{run.stdout}{run.stderr}")
        figure = next(f for f in json.loads(figures.read_text())["figures"] if f["name"] == name)
    packets = figure["packets"] // (8 if figure["unit"] == "ns/connection" else 1)
    return round(int(found.group(1)) / packets, 1)


def count_all(bench: str) -> dict[str, float]:
    """As many side by side as there are CPUs, each on one of its own."""
    cpus: queue.SimpleQueue[int] = queue.SimpleQueue()
    for cpu in os.sched_getaffinity(0):
        cpus.put(cpu)

    def count(case: tuple[str, list[str]]) -> float:
        cpu = cpus.get()
        try:
            return counted(bench, *case, cpu)
        finally:
            cpus.put(cpu)

    wanted = cases()
    with concurrent.futures.ThreadPoolExecutor(cpus.qsize()) as pool:
        return dict(zip(wanted, pool.map(count, wanted.items())))


def main() -> int:
    bench, stored = sys.argv[1], pathlib.Path(sys.argv[2])
    update = "--update" in sys.argv[3:]
    wanted = {} if update else json.loads(stored.read_text())
    measured, failed = count_all(bench), 0
    print(f"{'instructions per packet; of a whole life':<40}{'now':>8}{'stored':>8}")
    for name, now in measured.items():
        before = wanted.get(name)
        verdict = ""
        if not update and before is None:
            verdict, failed = "no stored figure", failed + 1
        elif before is not None and now > before * BOUND:
            verdict, failed = f"FAILED: more than {BOUND - 1:.0%} above", failed + 1
        elif before is not None and now < before / BOUND:
            verdict = "better: store it with --update"
        print(f"{name:<40}{now:>8}{before if before is not None else '':>8}  {verdict}".rstrip())
    for name in wanted.keys() - measured.keys():
        print(f"{name:<40}{'none':>8}{wanted[name]:>8}  FAILED: nothing by this name is counted")
        failed += 1
    if update:
        stored.write_text(json.dumps(measured, indent=2) + "\n")
    print(f"{len(measured.keys() | wanted.keys()) - failed} within the bound, {failed} not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
