# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""count_results.py gtest|junit FILE REASONS: prints "passed failed skipped" and appends reasons for skips to REASONS.

A missing or cut-off file (the program died in the middle) counts nothing; test.sh then makes it a failure.
"""
import json
import sys
import xml.etree.ElementTree as ElementTree


def gtest(text: str) -> tuple[int, int, list[str]]:
    passed = failed = 0
    reasons = []
    for suite in json.loads(text)["testsuites"]:
        for case in suite["testsuite"]:
            name = f"{suite['name']}.{case['name']}"
            if case.get("failures"):
                failed += 1
            elif case["result"] == "COMPLETED":
                passed += 1
            else:  # SKIPPED, or SUPPRESSED by a name that begins with DISABLED_
                why = (case.get("skipped") or [{}])[0].get("message", case["result"].lower())
                reasons.append(f"{name}: {' '.join(why.split())}")
    return passed, failed, reasons


def junit(text: str) -> tuple[int, int, list[str]]:
    passed = failed = 0
    reasons = []
    for case in ElementTree.fromstring(text).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif (skipped := case.find("skipped")) is not None:
            reasons.append(f"{case.get('name')}: {skipped.get('message')}")
        else:
            passed += 1
    return passed, failed, reasons


def main(kind: str, path: str, reasons_path: str) -> int:
    try:
        with open(path, encoding="utf-8") as results:
            passed, failed, reasons = {"gtest": gtest, "junit": junit}[kind](results.read())
    except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
        print(f"count_results: {path}: {error}", file=sys.stderr)
        print("0 0 0")
        return 0
    with open(reasons_path, "a", encoding="utf-8") as out:
        out.writelines(reason + "\n" for reason in reasons)
    print(passed, failed, len(reasons))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
