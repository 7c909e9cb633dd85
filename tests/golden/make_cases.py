#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""make_cases.py [--check] [--pcap DIR]: writes tests/golden/cases from the descriptions in make/.

Frames and their checksums are built by scapy, the second implementation that the data path is compared with.
What it writes is committed, so that a change of behaviour is seen in review.
--check writes nothing and fails when the committed files are not what this program writes.
--pcap DIR also writes each step's frames as DIR/CASE-STEP-{in,out}.pcap, for Wireshark.
"""
import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from make import basics, checksums, dr, exits, fragments, icmp, life, mixed, mss, nat, nat64, nat64_fragments, nat64_icmp, nat64_rules, neighbours, odd, one_packet, persistence, refused, reload, removed, schedulers, sctp, services, snat, tunnel, tunnel_errors, workers  # noqa: E402
from make.case import Case  # noqa: E402

GROUPS = (basics, checksums, dr, exits, fragments, icmp, life, mixed, mss, nat, nat64, nat64_fragments, nat64_icmp, nat64_rules, neighbours, odd, one_packet, persistence, refused,
          reload, removed, schedulers, sctp, services, snat, tunnel, tunnel_errors, workers)


def all_files() -> tuple[dict[pathlib.Path, str], list[Case]]:
    files: dict[pathlib.Path, str] = {}
    cases = [case for group in GROUPS for case in group.cases()]
    for case in cases:
        for name, text in case.files().items():
            path = ROOT / "cases" / case.mode / case.name / name
            if path in files:
                raise SystemExit(f"two cases are called {case.name}")
            files[path] = text
    return files, cases


def committed() -> set[pathlib.Path]:
    return {path for path in (ROOT / "cases").rglob("*") if path.is_file()}


def check(files: dict[pathlib.Path, str]) -> int:
    wrong = sorted(committed() ^ files.keys())
    wrong += sorted(path for path in committed() & files.keys() if path.read_text() != files[path])
    for path in wrong:
        print(f"{path.relative_to(ROOT)}: not what make_cases.py writes")
    return 1 if wrong else 0


def write(files: dict[pathlib.Path, str]) -> None:
    for path in committed() - files.keys():
        path.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for directory in sorted((ROOT / "cases").rglob("*"), reverse=True):
        if directory.is_dir() and not any(directory.iterdir()):
            directory.rmdir()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--pcap", type=pathlib.Path, metavar="DIR")
    options = parser.parse_args()
    files, cases = all_files()
    if options.pcap:
        for case in cases:
            case.write_pcaps(options.pcap)
    if options.check:
        return check(files)
    write(files)
    print(f"{len(cases)} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
