# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The checkers of lint, each shown a tree that it has to refuse and one that it has to accept."""
import pathlib
import subprocess

import pytest

DEV = pathlib.Path(__file__).resolve().parents[2] / "tools" / "dev"
BANNER = "// SPDX-License-Identifier: BSD-3-Clause\n// Copyright (c) 2026 The HVS Authors\n"


def tree(root: pathlib.Path, files: dict[str, str]) -> pathlib.Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def run(script: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["/usr/bin/python3", str(DEV / script), *arguments], capture_output=True, text=True, check=False)


HOUSES = {
    "userspace/base/bytes.h": "",
    "userspace/net/wire.h": '#include "base/bytes.h"\n',
    "userspace/model/snapshot.h": '#include "net/wire.h"\n#include "bpf/steer_abi.h"\n',
    "userspace/runtime/ring.h": "#include <rte_ring.h>\n",
    "userspace/dataplane/conn/table.h": '#include "model/snapshot.h"\n#include "runtime/ring.h"\n#include "pmd/port.h"\n',
    "userspace/control/api/server.h": '#include "model/snapshot.h"\n#include "runtime/ring.h"\n',
    "userspace/daemon/main.cc": '#include "control/api/server.h"\n#include "dataplane/conn/table.h"\n',
    "pmd/port.h": '#include <rte_ethdev.h>\n#include "model/snapshot.h"\n',
    "bpf/steer_abi.h": "#include <linux/types.h>\n",
    "bpf/steer.bpf.c": '#include "steer_abi.h"\n',
    "tests/unit/everything.cc": '#include "control/api/server.h"\n#include <rte_mbuf.h>\n#include "dataplane/conn/table.h"\n',
}


def test_includes_that_point_down_the_line_are_accepted(tmp_path):
    done = run("check_includes.py", str(tree(tmp_path, HOUSES)))
    assert (done.returncode, done.stdout) == (0, "11 files\n")


@pytest.mark.parametrize("path, include, complaint", [
    ("userspace/base/up.h", '"net/wire.h"', "base may not use net (it may use nothing else)"),
    ("userspace/net/up.h", '"userspace/model/snapshot.h"', "net may not use model (it may use base)"),
    ("userspace/model/up.h", '"runtime/ring.h"', "model may not use runtime"),
    ("userspace/dataplane/up.h", '"control/api/server.h"', "the planes never include each other"),
    ("userspace/control/up.h", '"../dataplane/conn/table.h"', "the planes never include each other"),
    ("userspace/runtime/up.h", '"dataplane/conn/table.h"', "runtime may not use dataplane"),
    ("pmd/up.h", '"runtime/ring.h"', "pmd may not use runtime"),
    ("tools/hvsctl/up.cc", '"control/api/server.h"', "hvsctl may not use control"),
    ("bpf/up.h", '"userspace/base/bytes.h"', "bpf may not use base"),
    ("userspace/net/dpdk.h", "<rte_ether.h>", "DPDK is seen only in"),
    ("userspace/dataplane/pipeline.cc", "<rte_mbuf.h>", "DPDK is seen only in"),
    ("userspace/control/dpdk.h", "<rte_ethdev.h>", "DPDK is seen only in"),
    ("userspace/net/gone.h", '"net/gone_for_ever.h"', "no such file here"),
])
def test_an_include_that_points_up_is_refused(tmp_path, path, include, complaint):
    done = run("check_includes.py", str(tree(tmp_path, {**HOUSES, path: f"\n#include {include}\n"})))
    assert done.returncode == 1
    assert done.stdout.startswith(f"{path}:2: ") and complaint in done.stdout
    assert len(done.stdout.splitlines()) == 1


def test_a_source_file_includes_its_own_header_first(tmp_path):
    done = run("check_includes.py", str(tree(tmp_path, {
        "userspace/net/wire.h": "", "userspace/net/wire.cc": '#include <vector>\n#include "net/wire.h"\n'})))
    assert done.returncode == 1
    assert done.stdout == "userspace/net/wire.cc:1: the first include of wire.cc is its own header, wire.h\n"


def test_a_house_without_a_rule_is_refused(tmp_path):
    done = run("check_includes.py", str(tree(tmp_path, {"userspace/shed/spade.h": ""})))
    assert done.returncode == 1
    assert "house 'shed' has no line in check_includes.py" in done.stdout


@pytest.mark.parametrize("text", ["", "int x;\n", BANNER.replace("BSD-3-Clause", "MIT"), BANNER.splitlines()[0] + "\n"])
def test_a_file_without_the_banner_is_refused(tmp_path, text):
    done = run("check_files.py", "banner", str(tree(tmp_path, {"userspace/base/a.h": BANNER, "pmd/b.cc": text})))
    assert done.returncode == 1
    assert done.stdout.startswith("pmd/b.cc: line ") and "a.h" not in done.stdout


def test_bpf_sources_have_a_licence_of_their_own(tmp_path):
    done = run("check_files.py", "banner", str(tree(tmp_path, {"bpf/steer.bpf.c": BANNER})))
    assert done.returncode == 1 and "GPL-2.0-only OR BSD-3-Clause" in done.stdout
    tree(tmp_path, {"bpf/steer.bpf.c": BANNER.replace("BSD", "GPL-2.0-only OR BSD")})
    assert run("check_files.py", "banner", str(tmp_path)).returncode == 0


def test_a_script_may_have_its_interpreter_above_the_banner(tmp_path):
    script = "#!/bin/bash\n" + BANNER.replace("//", "#")
    assert run("check_files.py", "banner", str(tree(tmp_path, {"tools/dev/x.sh": script}))).returncode == 0


@pytest.mark.parametrize("lines, status, said", [(300, 0, ""), (301, 0, "warning: "), (400, 0, "warning: "),
                                                 (401, 1, "401 lines; over 400 a file has two subjects")])
def test_long_files_are_noticed_and_refused(tmp_path, lines, status, said):
    done = run("check_files.py", "length", str(tree(tmp_path, {"pmd/long.cc": "int x;\n" * lines})))
    assert done.returncode == status
    assert said in done.stdout and ("warning" in said or "warning" not in done.stdout)
