# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""run_tidy.py BUILD_DIR JOBS: clang-tidy over every source file of the compile commands.

Tests are left out, they take longer than all the rest; HVS_TIDY_ALL=1 takes them in.

A file that passed is not looked at again until something that it sees has changed: the stamp is a digest of the
preprocessed text, the checks and the command. In CI, where every file is looked at once, there are no stamps.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys


def digest(entry: dict, checks: bytes) -> str | None:
    """What the verdict depends on, None when the file cannot be preprocessed (clang-tidy will say why)."""
    words = [w for w in shlex.split(entry["command"]) if not w.endswith("ccache")]
    if "-o" in words:
        del words[words.index("-o"):words.index("-o") + 2]
    words = [w for w in words if w != "-c"]
    done = subprocess.run([*words, "-E", "-P"], cwd=entry["directory"], capture_output=True, check=False)
    if done.returncode != 0:
        return None
    return hashlib.sha256(checks + entry["command"].encode() + done.stdout).hexdigest()


def tidy(entry: dict, build: pathlib.Path, root: pathlib.Path, checks: bytes) -> str:
    name = os.path.relpath(entry["file"], root)
    stamp = build / "tidy" / (name.replace("/", "__") + ".passed")
    key = None if os.environ.get("CI") == "true" else digest(entry, checks)
    if key and stamp.is_file() and stamp.read_text() == key:
        return ""
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), entry["file"]], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0 or re.search(r"(warning|error): ", done.stdout):
        return f"{done.stdout}{done.stderr if not done.stdout else ''}"
    if key:
        stamp.write_text(key)
    return ""


def main(build: pathlib.Path, jobs: int) -> int:
    root = pathlib.Path.cwd()
    checks = (root / ".clang-tidy").read_bytes()
    (build / "tidy").mkdir(exist_ok=True)
    entries = json.loads((build / "compile_commands.json").read_text())
    # BPF programs are C for another machine, and have the verifier.
    entries = [e for e in entries if e["file"].endswith(".cc") and not os.path.relpath(e["file"], root).startswith("..")]
    if not os.environ.get("HVS_TIDY_ALL"):
        entries = [e for e in entries if not os.path.relpath(e["file"], root).startswith("tests/")]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        reports = [r for r in pool.map(lambda e: tidy(e, build, root, checks), entries) if r]
    print("\n".join(reports))
    print(f"{len(entries)} files, {len(reports)} with findings")
    return 1 if reports else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])))
