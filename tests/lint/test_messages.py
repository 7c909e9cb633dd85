# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Every message about the machine that has a name is said somewhere and explained in docs/troubleshooting.md."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def names() -> list[str]:
    return re.findall(r"^  X\((\w+)\)", (ROOT / "userspace/model/message_id.h").read_text(), re.MULTILINE)


def test_the_manual_explains_each_and_no_other():
    explained = re.findall(r"^### (\w+)$", (ROOT / "docs/troubleshooting.md").read_text(), re.MULTILINE)
    assert len(names()) > 20 and len(explained) == len(set(explained))
    assert sorted(explained) == sorted(names())


def test_each_is_said_somewhere():
    code = "\n".join(path.read_text() for house in ("pmd", "userspace", "tools") for path in (ROOT / house).rglob("*.cc"))
    said = set(re.findall(r"MessageId::(\w+)", code))
    assert said == set(names())
