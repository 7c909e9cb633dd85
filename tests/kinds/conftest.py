# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The golden cases through real daemons. HVS_KIND names one kind of port; without it, all kinds are played."""
import os
import pathlib
import re
import shutil
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import cases  # noqa: E402
import stage  # noqa: E402
from lab import netns  # noqa: E402

BUILD = pathlib.Path(os.environ.get("HVS_BUILD_DIR", ROOT / "build" / "dev"))


class Player:
    """Keeps a daemon for as long as cases of the same batch are asked for and nothing went wrong."""

    def __init__(self):
        self.stage = None
        self.batch: list[cases.Case] = []

    def stage_for(self, kind: str, batch: list[cases.Case]) -> stage.Stage:
        if self.stage is None or self.batch is not batch:
            self.end()
            first = batch[0]
            self.stage = stage.Stage(kind, BUILD, first.text("config.yaml"), first.text("world.txt"))
            self.batch = batch
        return self.stage

    def end(self) -> None:
        if self.stage:
            self.stage.close()
        self.stage = None


@pytest.fixture(scope="session")
def player():
    for run_dir in netns.entries(stage.RUN, "kinds*"):  # of runs that were killed
        owner = re.match(r"kinds(\d+)", run_dir.name)
        if owner and not pathlib.Path("/proc", owner[1]).exists():
            for role in ("lb", "far"):
                netns.run("ip", "netns", "del", f"{run_dir.name}-{role}", check=False)
            shutil.rmtree(run_dir, ignore_errors=True)
    made = Player()
    yield made
    made.end()


def pytest_generate_tests(metafunc):
    if "batch" not in metafunc.fixturenames:
        return
    wanted = os.environ.get("HVS_KIND")
    rows = [pytest.param(kind, batch, case, id=f"{kind}-{case.id}") for kind in ([wanted] if wanted else stage.KINDS)
            for batch in cases.batches(kind) for case in batch]
    metafunc.parametrize(("kind", "batch", "case"), rows)
