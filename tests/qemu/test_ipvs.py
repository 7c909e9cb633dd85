# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""IPVS is the oracle: it and HVS get the same commands and the same packets, and differ where we say they do.

What was found, and why it stays, is in docs/ipvs-differences.md; differences.py has it in a form that is checked here.
"""
import collections
import dataclasses
import pathlib
import re

import pytest

import commands
import differences
from balancers import Hvs, Ipvs
from compare import differences as compared
from placement import CASES, placement
from stage import Seen, Stage
from traffic import MODES, Talk

STATES = ("tcp_syn_sent", "tcp_syn_recv", "tcp_time_wait", "tcp_close_wait", "tcp_last_ack", "tcp_close", "udp_unreplied")
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "ipvs-differences.md"


@dataclasses.dataclass
class Shown:
    """What one balancer showed."""
    frames: dict[str, Seen]
    placement: dict[tuple[str, int], dict[str, str]]
    session: dict[str, str]
    drops: dict[str, int] = dataclasses.field(default_factory=dict)
    restored: str = ""  # what it saves, when given what the other one saved


def perform(stage: Stage, balancer) -> Shown:
    said = commands.session(stage, balancer)
    for mode in MODES.values():
        for family in (4, 6):
            stage.configure(balancer, mode.rules(family))
            Talk(stage, mode, family).run()
    placed = {(case, family): placement(stage, balancer, family, case) for case, family in CASES}
    return Shown(stage.seen, placed, said)


@pytest.fixture(scope="module")
def shown(new_ns, new_guest, build_dir):
    """Both, one after the other on the same machine: (kernel, hvs)."""
    stage = Stage(new_ns, new_guest)
    try:
        # As many connections as the kernel's table has rows; and nothing that is compared passes with time.
        ipvs = Ipvs(stage.guest)
        hvs = Hvs(stage.guest, build_dir, connections={"max": 4096}, timeouts={state: "1h" for state in STATES})
        ipvs.start()
        kernel = perform(stage, ipvs)
        ipvs.stop()
        stage.begin({step: differences.frames_to_wait_for(step, len(seen.client), len(seen.server))
                     for step, seen in kernel.frames.items() if step.split(":")[0][:-1] in MODES})
        hvs.start()
        ours = perform(stage, hvs)
        ours.drops = hvs.drops()
        ours.restored = commands.restored(hvs, kernel.session["-Sn"])
        hvs.stop()
        kernel.restored = commands.restored(ipvs, ours.session["-Sn"])
        ipvs.stop()
        yield kernel, ours
    finally:
        stage.close()


def found_in(shown, prefix: str = ""):
    kernel, hvs = shown
    for step, seen in kernel.frames.items():
        if step.startswith(prefix) and step.split(":")[0][:-1] in MODES:
            for side in ("client", "server"):
                yield from compared(step, side, getattr(seen, side), getattr(hvs.frames[step], side))


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("mode", MODES)
def test_frames(shown, mode, family):
    """What reaches real servers and clients, field by field."""
    news = [found for found in found_in(shown, f"{mode}{family}: ") if differences.name_of(found) is None]
    assert not news, "\n".join(f"{f.step}, to the {f.side}, {f.field}: kernel {f.kernel}, hvs {f.hvs}" for f in news)


def test_both_took_the_same_steps_and_most_showed_something(shown):
    kernel, hvs = shown
    taken = [step for step in kernel.frames if step.split(":")[0][:-1] in MODES]
    assert len(taken) > 600 and set(taken) <= set(hvs.frames)
    assert sum(bool(kernel.frames[step].server) for step in taken) > 400


def test_every_difference_that_is_listed_exists(shown):
    missing = list(differences.FRAMES)
    for found in found_in(shown):
        missing = [known for known in missing if not known.matches(found)]
    assert not missing


def test_nothing_is_lost_for_another_reason(shown):
    _, hvs = shown
    assert set(hvs.drops) == {"ttl_exceeded", "mtu_exceeded", "no_dest_rejected"}, hvs.drops


def mirrored(servers: str) -> str:
    """The servers that took part, the other way round."""
    names = sorted(set(servers))
    return servers.translate(str.maketrans("".join(names), "".join(reversed(names))))


@pytest.mark.parametrize(("case", "family"), CASES, ids=[f"{case}-{family}" for case, family in CASES])
def test_placement(shown, case, family):
    """Who gets which connection."""
    kernel, hvs = (side.placement[case, family] for side in shown)
    name, relation = differences.PLACEMENT[case]
    assert (kernel == hvs) == (name is None), "the difference is listed, or there is none"
    if relation == "mirrored":
        assert {when: mirrored(servers) for when, servers in kernel.items()} == hvs
    elif relation == "shares":
        for when, servers in kernel.items():
            theirs, ours = collections.Counter(servers), collections.Counter(hvs[when])
            # Equal loads go to another one first, so an unfinished round may end one apart.
            assert theirs == ours or when != "at first" and all(abs(theirs[n] - ours[n]) <= 1 for n in "123"), when
    elif relation == "sticky":  # the clients of servers that stay, stay
        before, after = hvs["at first"], hvs["while server 2 drains"]
        assert all(home in (then, "2") for home, then in zip(before, after)), hvs
    if case == "sed, half open":  # connections that nobody has answered are load
        assert len(set(kernel["at first"])) == len(set(hvs["at first"])) == 3
    if name == "mh-draining":
        assert "-" not in "".join(hvs.values())
        assert family == 6 or "-" in kernel["while server 2 drains"]


@pytest.mark.parametrize("options", [*commands.LISTINGS, *commands.MISTAKES, "-Sn after the mistakes"])
def test_commands(shown, options):
    """What is printed, and exit statuses."""
    kernel, hvs = (side.session[options] for side in shown)
    kernel = differences.as_hvs_says(options, kernel)
    if options == "-Ln --nosort":
        assert kernel != hvs
        kernel, hvs = sorted(kernel.splitlines()), sorted(hvs.splitlines())
    assert kernel == hvs


def test_every_difference_of_commands_exists(shown):
    kernel, _ = shown
    for name, change in differences.COMMANDS.items():
        assert any(change(options, text) != text for options, text in kernel.session.items()), name


def test_each_takes_what_the_other_one_saved(shown):
    kernel, hvs = shown
    assert hvs.restored == kernel.session["-Sn"]
    assert kernel.restored == kernel.session["-Sn"]


def test_the_page_names_the_same_differences():
    named = set(re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE.read_text(), re.MULTILINE))
    assert named == differences.NAMES
