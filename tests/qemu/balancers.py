# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Balancers in a guest: its kernel, or hvsd over its NICs."""
import json
import pathlib
import subprocess

from guest import Guest, Job


class Ipvs:
    """The guest's kernel, configured by ipvsadm."""
    name = "kernel"
    program = "ipvsadm"

    def __init__(self, guest: Guest):
        self.guest = guest

    def start(self) -> None:
        self.guest.modprobe("ip_vs")

    def stop(self) -> None:
        self.guest.run("ipvsadm -C")

    def run(self, arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        return self.guest.run(f"{self.program} {arguments}", check=check)

    def run_all(self, commands: list[str]) -> list[tuple[int, str]]:
        """Exit status and standard output of each, in one go: none of them is later than it must be."""
        self.guest.run("\n".join(f"{self.program} {arguments} >/run/rig/out.{number} 2>/dev/null; echo $? >/run/rig/status.{number}"
                                 for number, arguments in enumerate(commands)), timeout=300)
        return [(int((self.guest.rig / f"status.{number}").read_text()), (self.guest.rig / f"out.{number}").read_text())
                for number in range(len(commands))]

    def settle(self) -> None:
        """Return when what was counted is shown: the kernel sums its counters every two seconds."""
        self.guest.run("sleep 3")

    def replace(self, lines: list[str]) -> None:
        (self.guest.rig / "rules").write_text("".join(f"{line}\n" for line in lines))
        self.run("-C")
        self.run("-R </run/rig/rules")


class Hvs(Ipvs):
    """hvsd over the NICs hvs-out and hvs-in, configured by hvs-ipvsadm."""
    name = "hvs"

    def __init__(self, guest: Guest, build_dir: pathlib.Path, queues: int = 1, **settings):
        super().__init__(guest)
        self.build_dir = build_dir
        self.program = f"{build_dir}/bin/hvs-ipvsadm"
        self.settings = {
            "log": {"level": "debug"},
            "workers": {"count": queues, "poll": "adaptive"},
            "memory": {"hugepages": "off", "limit": "256MiB"},
            "ports": [{"name": name, "device": f"hvs-{name}", "mode": "af_xdp", "xdp": "native", "queues": queues}
                      for name in ("out", "in")],
            **settings,
        }
        self.job: Job | None = None

    def start(self) -> None:
        self.guest.modprobe("tun")
        (self.guest.rig / "hvs.yaml").write_text(json.dumps(self.settings))  # JSON is YAML
        self.job = self.guest.spawn(f"exec {self.build_dir}/bin/hvsd --config /run/rig/hvs.yaml --bpf-dir {self.build_dir}/bpf "
                                    ">/run/rig/hvsd.log 2>&1")
        self.guest.run(f"for ((i = 0; i < 600; i++)); do {self.build_dir}/bin/hvsctl status 2>/dev/null | grep -q running && exit; "
                       "sleep 0.1; done; cat /run/rig/hvsd.log; exit 1", timeout=120)

    def stop(self) -> None:
        self.guest.run("pkill -TERM -x hvsd")
        assert self.job.wait() == 0, self.log()

    def settle(self) -> None:
        pass

    def ctl(self, *arguments: str):
        """The answer of `hvsctl --json`."""
        return json.loads(self.guest.run(f"{self.build_dir}/bin/hvsctl --json {' '.join(arguments)}").stdout)

    def drops(self) -> dict[str, int]:
        return {row["reason"]: row["packets"] for row in self.ctl("drops") if row["packets"]}

    def log(self) -> str:
        return (self.guest.rig / "hvsd.log").read_text(errors="replace")
