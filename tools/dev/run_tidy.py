# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""run_tidy.py BUILD_DIR JOBS: clang-tidy over every source file of the compile commands.

Tests are left out, they take longer than all the rest; HVS_TIDY_ALL=1 takes them in.

A file that passed is not looked at again until something that it sees has changed: the stamp is a digest of the
preprocessed text, the checks and the command. In CI, where every file is looked at once, there are no stamps.

Most of the time goes into headers, the same ones again and again. So the texts of files that are compiled alike are
first looked at as one, without those that the compiler says cannot be in it (two have a constant of the same name),
which are then one by themselves. Only when nothing is found they have passed; else each half is looked at, and in the
end each file by itself, whose verdict is told.
"""
import collections
import concurrent.futures
import contextlib
import hashlib
import itertools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

TOGETHER = 80  # files, divided among the jobs


def flags(entry: dict) -> tuple[str, ...]:
    """How the compiler is called, without what is of this file alone, and without g++'s precompiled header."""
    words = [w for w in shlex.split(entry["command"]) if not w.endswith("ccache") and w not in ("-c", entry["file"])]
    if "-o" in words:
        del words[words.index("-o"):words.index("-o") + 2]
    for at in [i for i, word in enumerate(words) if word.endswith("/cmake_pch.hxx")]:
        del words[at - 1:at + 1]
    return tuple(words)


def digest(entry: dict, checks: bytes) -> str | None:
    """What the verdict depends on, None when the file cannot be preprocessed (clang-tidy will say why)."""
    done = subprocess.run([*flags(entry), "-E", "-P", entry["file"]], cwd=entry["directory"], capture_output=True,
                          check=False)
    if done.returncode != 0:
        return None
    return hashlib.sha256(checks + entry["command"].encode() + done.stdout).hexdigest()


def groups(entries: list[dict], jobs: int) -> list[list[dict]]:
    """Files that are compiled alike, neighbours first: larger ones take less time in all, and keep fewer jobs busy."""
    most = max(TOGETHER // jobs, 4)
    alike = collections.defaultdict(list)
    for entry in sorted(entries, key=lambda e: e["file"]):
        alike[flags(entry)].append(entry)
    parts = [(files, -(-len(files) // most)) for files in alike.values()]
    found = [files[len(files) * i // n:len(files) * (i + 1) // n] for files, n in parts for i in range(n)]
    return sorted(found, key=len, reverse=True)


def passes(done: subprocess.CompletedProcess) -> bool:
    return done.returncode == 0 and not re.search(r"(warning|error): ", done.stdout)


@contextlib.contextmanager
def as_one(group: list[dict], build: pathlib.Path):
    """A file of all texts, in which compilers name the files that they are of."""
    with tempfile.NamedTemporaryFile("w", suffix=".cc", dir=build / "tidy") as joint:
        for entry in group:
            joint.write(f'#line 1 "{entry["file"]}"\n{pathlib.Path(entry["file"]).read_text()}\n')
        joint.flush()
        yield joint.name


def fit_together(group: list[dict], build: pathlib.Path) -> tuple[list[dict], list[dict]]:
    """Those that can be one text, and the others."""
    apart: list[dict] = []
    while len(group) > 1:
        with as_one(group, build) as joint:
            done = subprocess.run(["clang++", "-fsyntax-only", "-ferror-limit=0", "-w", *flags(group[0])[1:], joint],
                                  cwd=group[0]["directory"], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
        # A mistake in a header is the file's that had it included.
        named = set(re.findall(r"^(?:In file included from (?=/[^:]+:\d+:$)|(?=/[^:]+:\d+:\d+: (?:fatal )?error: ))(/[^:]+):", done.stderr,
                               re.M))
        stay = [entry for entry in group if entry["file"] not in named]
        if not stay or len(stay) == len(group):
            half = len(group) // 2
            stay = group[:half]
        names = {entry["file"] for entry in stay}
        apart += [entry for entry in group if entry["file"] not in names]
        group = stay
    return group, apart


def clang_tidy(file: str, like: dict) -> str:
    """What it finds in a file that is compiled like an entry, nothing when it passes."""
    done = subprocess.run(["clang-tidy", "--quiet", file, "--", *flags(like)[1:]], cwd=like["directory"], capture_output=True, text=True,
                          check=False)
    return "" if passes(done) else f"{done.stdout}{done.stderr if not done.stdout else ''}"


def tidy(group: list[dict], build: pathlib.Path) -> list[tuple[dict, str]]:
    """Each file with what was found in it."""
    if len(group) < 2:
        return [(entry, clang_tidy(entry["file"], entry)) for entry in group]
    group, apart = fit_together(group, build)
    others = tidy(apart, build)
    if len(group) == 1:
        return others + tidy(group, build)
    with as_one(group, build) as joint:
        found = clang_tidy(joint, group[0])
    if not found:
        return others + [(entry, "") for entry in group]
    half = len(group) // 2
    return others + tidy(group[:half], build) + tidy(group[half:], build)


def main(build: pathlib.Path, jobs: int) -> int:
    root = pathlib.Path.cwd()
    checks = (root / ".clang-tidy").read_bytes()
    (build / "tidy").mkdir(exist_ok=True)
    entries = json.loads((build / "compile_commands.json").read_text())
    # BPF programs are C for another machine, and have the verifier.
    entries = [e for e in entries if e["file"].endswith(".cc") and not os.path.relpath(e["file"], root).startswith("..")]
    if not os.environ.get("HVS_TIDY_ALL"):
        entries = [e for e in entries if not os.path.relpath(e["file"], root).startswith("tests/")]
    keys: dict[str, str | None] = {}

    def stamp(entry: dict) -> pathlib.Path:
        return build / "tidy" / (os.path.relpath(entry["file"], root).replace("/", "__") + ".passed")

    def changed(entry: dict) -> bool:
        key = keys[entry["file"]] = digest(entry, checks)
        return not (key and stamp(entry).is_file() and stamp(entry).read_text() == key)

    reports, seen = [], 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        looked_at = entries
        if os.environ.get("CI") != "true":
            looked_at = [entry for entry, new in zip(entries, pool.map(changed, entries)) if new]
        for entry, report in itertools.chain.from_iterable(pool.map(lambda g: tidy(g, build), groups(looked_at, jobs))):
            seen += 1
            if report:
                reports.append(report)
            elif keys.get(entry["file"]):
                stamp(entry).write_text(keys[entry["file"]])
    assert seen == len(looked_at), f"{seen} of {len(looked_at)} files were looked at"
    print("\n".join(reports))
    print(f"{len(entries)} files, {len(reports)} with findings")
    return 1 if reports else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])))
