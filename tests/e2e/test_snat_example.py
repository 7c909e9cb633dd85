# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""config/snat.yaml runs as it is, but for the names of the devices."""
import pathlib

import support
from lab import TWO_ARM
from lab.balancer import Balancer

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "config" / "snat.yaml"


def test_it_starts(lab, build_dir):
    text = EXAMPLE.read_text().replace("instance: snat", f"instance: {support.PREFIX}")
    for device, ours in (("eth0", TWO_ARM.outside), ("eth1", TWO_ARM.inside)):
        assert f"device: {device}," in text
        text = text.replace(f"device: {device},", f"device: {ours},")
    config = lab.run_dir / "snat.yaml"
    config.write_text(text)
    daemon = Balancer(lab, build_dir, support.PREFIX, config)
    try:
        daemon.start()
        rules = {row["name"]: row for row in daemon.ctl("services")}
        assert list(rules) == ["mail", "office"]
        assert rules["mail"]["from"] == ["10.20.0.25/32"] and rules["office"]["mode"] == "snat"
        assert daemon.ctl("dests") == []
    finally:
        lab.procs.stop(daemon.name)
