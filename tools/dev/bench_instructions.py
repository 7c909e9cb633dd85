# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""bench_instructions.py HVS_BENCH STORED [--update]: instructions per forwarded packet, counted by callgrind.

The same on a busy machine as on a quiet one. Counted is Worker::turn with everything below it, the synthetic port
included, for packets of one established flow; two runs of different length, so that start and establishment cancel
out. Exits with 1 when a case takes more than BOUND above the figure in STORED (JSON, written by --update).
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

BOUND = 1.04  # a change of code elsewhere moves inlining by a per cent or two
CASES = [(family, protocol, direction) for family in ("v4", "v6") for protocol in ("udp", "tcp")
         for direction in ("to_dest", "to_client")]
PACKETS = 20_000
ROUNDS = 1
PASSES = ROUNDS + 1  # hvs-bench runs each case once more, to warm up


def counted(bench: str, case: tuple[str, str, str], packets: int) -> int:
    family, protocol, direction = case
    with tempfile.TemporaryDirectory() as directory:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/out", "--toggle-collect=hvs::Worker::turn*",
             bench, "--section", "matrix", "--mode", "fullnat", "--family", family, "--protocol", protocol, "--direction", direction,
             "--flows", "1", "--rounds", str(ROUNDS), "--packets", str(packets)],
            capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found or int(found.group(1)) == 0:
        sys.exit(f"callgrind counted nothing for {' '.join(case)}:\n{run.stdout}{run.stderr}")
    return int(found.group(1))


def main() -> int:
    bench, stored = sys.argv[1], pathlib.Path(sys.argv[2])
    update = "--update" in sys.argv[3:]
    wanted = {} if update else json.loads(stored.read_text())
    measured, failed = {}, 0
    print(f"{'instructions per packet, one flow':<36}{'now':>8}{'stored':>8}")
    for case in CASES:
        name = "fullnat {1} {0} {2}".format(*case)
        more = counted(bench, case, 2 * PACKETS) - counted(bench, case, PACKETS)
        measured[name] = round(more / (PACKETS * PASSES), 1)
        before = wanted.get(name)
        verdict = ""
        if not update and before is None:
            verdict, failed = "no stored figure", failed + 1
        elif before is not None and measured[name] > before * BOUND:
            verdict, failed = f"FAILED: more than {BOUND - 1:.0%} above", failed + 1
        elif before is not None and measured[name] < before / BOUND:
            verdict = "better: store it with --update"
        print(f"{name:<36}{measured[name]:>8}{before if before is not None else '':>8}  {verdict}")
    if update:
        stored.write_text(json.dumps(measured, indent=2) + "\n")
    print(f"{len(CASES) - failed} within the bound, {failed} not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
