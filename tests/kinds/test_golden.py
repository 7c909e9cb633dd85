# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""One forwarding core, whatever the ports are: each golden case, as it is, through a daemon with ports of a kind.

Compared are every byte that leaves, every byte that the kernel gets, and every counter. What is left out has a reason
(cases.py), and docs/tested-on.md lists reasons and numbers (matrix.py).
"""
from play import Play


def test_case(player, kind, batch, case):
    stage = player.stage_for(kind, batch)
    try:
        problems = Play(stage, case).run()
    except BaseException:
        player.end()
        raise
    if problems:
        log = stage.log()
        player.end()
        raise AssertionError("\n".join([*problems, log]))
