# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""clang-tidy over files that are looked at together: what is found is told of the file that has it, and of no other."""
import json
import pathlib
import subprocess

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "dev" / "run_tidy.py"
GOOD = "namespace { int kept(int x) { return x + %d; } }\nint good%d() { return kept(1); }\n"
BAD = "int bad(int x) {\n  if (x == x) return 1;\n  return 2;\n}\n"


def run(root: pathlib.Path, files: dict[str, str], ci: bool = True) -> tuple[int, str]:
    build = root / "build"
    build.mkdir(exist_ok=True)
    (root / ".clang-tidy").write_text("Checks: '-*,misc-redundant-expression,clang-diagnostic-reserved-*'\nWarningsAsErrors: '*'\n"
                                      "ExtraArgs: ['-Wreserved-identifier']\n")
    for name, text in files.items():
        (root / name).write_text(text)
    (build / "compile_commands.json").write_text(json.dumps([
        {"directory": str(build), "file": str(root / name), "command": f"ccache g++ -O1 -o {name}.o -c {root / name}"}
        for name in files]))
    done = subprocess.run(["/usr/bin/python3", str(TOOL), str(build), "2"], cwd=root, capture_output=True, text=True,
                          check=False, env={"PATH": "/usr/bin:/bin", "CI": "true" if ci else ""})
    assert not done.stderr
    return done.returncode, done.stdout


def test_a_finding_is_told_of_its_file(tmp_path):
    status, said = run(tmp_path, {"a.cc": GOOD % (1, 1), "b.cc": BAD, "c.cc": "int c = 1;\n"})
    assert status == 1 and said.endswith("3 files, 1 with findings\n")
    assert f"{tmp_path}/b.cc:2:9: error: " in said and "a.cc" not in said and "c.cc" not in said


def test_names_that_only_meet_because_files_are_together_are_nobodys_mistake(tmp_path):
    assert run(tmp_path, {"a.cc": GOOD % (1, 1), "b.cc": GOOD % (2, 2)}) == (0, "\n2 files, 0 with findings\n")


def test_of_files_that_cannot_be_together_the_others_are(tmp_path):
    files = {f"good{n}.cc": GOOD % (n, n) for n in range(3)} | {f"other{n}.cc": f"int other{n} = {n};\n" for n in range(3)}
    status, said = run(tmp_path, {**files, "z.cc": BAD})
    assert status == 1 and said.endswith("7 files, 1 with findings\n") and f"{tmp_path}/z.cc:2:9: error: " in said
    assert run(tmp_path, files) == (0, "\n6 files, 0 with findings\n")


def test_a_header_that_meets_another_ones_name_is_nobodys_mistake(tmp_path):
    (tmp_path / "h.h").write_text("#pragma once\nnamespace { int kept(int x) { return x; } }\n")
    files = {"a.cc": GOOD % (1, 1), "b.cc": f'#include "{tmp_path}/h.h"\nint b() {{ return kept(1); }}\n', "c.cc": "int c = 1;\n"}
    assert run(tmp_path, files) == (0, "\n3 files, 0 with findings\n")


def test_reserved_names_are_findings(tmp_path):
    status, said = run(tmp_path, {"a.cc": "int _A = 1;\n", "b.cc": "#define _B 1\n", "c.cc": "int c__c = 1;\n", "d.cc": "int d = 1;\n"})
    assert status == 1 and said.endswith("4 files, 3 with findings\n"), said


def test_a_file_that_does_not_compile_is_a_finding(tmp_path):
    status, said = run(tmp_path, {"a.cc": GOOD % (1, 1), "b.cc": "int b() { return nowhere; }\n"})
    assert status == 1 and "b.cc:1:18: error: " in said and said.endswith("2 files, 1 with findings\n")


def test_what_passed_is_looked_at_again_when_it_changed(tmp_path):
    files = {"a.cc": GOOD % (1, 1), "b.cc": "int b = 1;\n"}
    assert run(tmp_path, files, ci=False)[0] == 0
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "build" / "tidy").glob("*.passed")}
    assert len(stamps) == 2
    status, said = run(tmp_path, {**files, "b.cc": BAD}, ci=False)
    assert status == 1 and "b.cc:2:9: error: " in said
    assert run(tmp_path, files, ci=False)[0] == 0
    assert [path for path, when in stamps.items() if path.stat().st_mtime_ns != when] == []
