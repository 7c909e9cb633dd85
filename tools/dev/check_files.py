# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""check_files.py banner|length [ROOT]: what holds for every source file."""
import pathlib
import sys

TREES = ("bpf", "pmd", "userspace", "tools", "tests", "cmake", ".ci")
SUFFIXES = (".h", ".cc", ".c", ".py", ".sh", ".cmake")
LICENCE = "SPDX-License-Identifier: BSD-3-Clause"
BPF_LICENCE = "SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause"
COPYRIGHT = "Copyright (c) 2026 The HVS Authors"
WARN_LINES, MAX_LINES = 300, 400


def source_files(root: pathlib.Path) -> list[pathlib.Path]:
    found = [root / "CMakeLists.txt"]
    for tree in TREES:
        for path in sorted((root / tree).rglob("*")):
            if path.is_file() and (path.suffix in SUFFIXES or path.name in ("CMakeLists.txt", "hvs", "run")):
                found.append(path)
    return [path for path in found if path.is_file()]


def banner_problems(root: pathlib.Path, path: pathlib.Path) -> list[str]:
    name = path.relative_to(root).as_posix()
    lines = path.read_text(errors="replace").splitlines()
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    licence = BPF_LICENCE if name.startswith("bpf/") and path.suffix in (".h", ".c") else LICENCE
    for number, wanted in enumerate((licence, COPYRIGHT)):
        line = lines[number] if number < len(lines) else ""
        if line.strip("/#* ") != wanted:
            return [f"{name}: line {number + 1} of the banner reads {line!r}, wanted: {wanted}"]
    return []


def length_problems(root: pathlib.Path, path: pathlib.Path) -> list[str]:
    name = path.relative_to(root).as_posix()
    count = len(path.read_text(errors="replace").splitlines())
    if count > MAX_LINES:
        return [f"{name}: {count} lines; over {MAX_LINES} a file has two subjects"]
    if count > WARN_LINES:
        print(f"warning: {name}: {count} lines")
    return []


def main(check: str, root: pathlib.Path) -> int:
    find = {"banner": banner_problems, "length": length_problems}[check]
    problems = [problem for path in source_files(root) for problem in find(root, path)]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ".").resolve()))
