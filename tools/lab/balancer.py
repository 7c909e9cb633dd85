# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""hvsd inside the lab: start it, ask it through hvsctl, stop it."""
import json
import pathlib
import signal
import time

from . import netns

PIN_ROOT = pathlib.Path("/sys/fs/bpf/hvs")
RUN_ROOT = pathlib.Path("/run/hvs")


class Balancer:
    def __init__(self, lab, build_dir: pathlib.Path, instance: str, config: pathlib.Path):
        self.lab = lab
        self.hvsd = build_dir / "bin" / "hvsd"
        self.hvsctl = build_dir / "bin" / "hvsctl"
        self.hvs_ipvsadm = build_dir / "bin" / "hvs-ipvsadm"
        self.bpf_dir = build_dir / "bpf"
        self.instance = instance
        self.config = config
        self.name = f"hvsd.{instance}"
        self.log = lab.run_dir / f"{self.name}.log"
        self.pins = PIN_ROOT / instance

    def command(self, *arguments: str) -> list[str]:
        return [str(self.hvsd), *arguments, "--bpf-dir", str(self.bpf_dir)]

    def launch(self) -> None:
        """Start hvsd and return at once."""
        self.log.write_text("")
        self.lab.procs.start(self.lab.ns("lb"), self.name, self.command("--config", str(self.config)), self.log)

    def start(self) -> None:
        """Start hvsd and return when it serves."""
        self.launch()
        self.wait_ready()

    def wait_ready(self, timeout: float = 60) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if not self.running():
                raise netns.LabError(f"hvsd ended at its start\n{self.read_log()}")
            status = self.try_ctl("status")
            if status and status["state"] == "running":
                return
            time.sleep(0.05)
        raise netns.LabError(f"hvsd is not ready after {timeout} s\n{self.read_log()}")

    def running(self) -> bool:
        return self.lab.procs.alive(self.name)

    @property
    def pid(self) -> int | None:
        return self.lab.procs.pid(self.name)

    def signal(self, sig: int) -> None:
        self.lab.procs.kill(self.name, sig)

    def stop(self) -> int | None:
        """SIGTERM, and the exit status."""
        if not self.running():
            return self.lab.procs.returncode(self.name)
        self.signal(signal.SIGTERM)
        return self.lab.procs.wait(self.name, 30)

    def kill(self) -> None:
        """SIGKILL: no farewell, the steering program stays attached."""
        self.signal(signal.SIGKILL)
        self.lab.procs.wait(self.name)

    def read_log(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    # --- hvsctl ------------------------------------------------------------------------------------------

    def ctl_text(self, *arguments: str, check: bool = True):
        return netns.run(str(self.hvsctl), "--instance", self.instance, *arguments, check=check)

    def ctl(self, *arguments: str):
        """The answer of `hvsctl --json`."""
        return json.loads(self.ctl_text("--json", *arguments).stdout)

    def try_ctl(self, *arguments: str):
        done = self.ctl_text("--json", *arguments, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def conns(self, *arguments: str) -> list[dict]:
        """Connections come as JSON lines, one connection a line."""
        lines = self.ctl_text("--json", "conns", *arguments).stdout.splitlines()
        return [json.loads(line) for line in lines if line.strip()]

    def drops(self) -> dict[str, int]:
        return {row["reason"]: row["packets"] for row in self.ctl("drops")}

    def services(self) -> dict[str, dict]:
        return {row["name"]: row for row in self.ctl("services")}

    def ipvsadm(self, line: str, text: str | None = None, check: bool = True):
        """`hvs-ipvsadm` with the words of a line; `text` is its input."""
        return netns.run(str(self.hvs_ipvsadm), "--instance", self.instance, *line.split(), text=text, check=check)

    # --- the kernel's side -------------------------------------------------------------------------------

    def map_rows(self, name: str) -> list[dict]:
        """A pinned steering map as bpftool reads it, fields by name."""
        rows = json.loads(netns.run("bpftool", "-j", "map", "dump", "pinned", str(self.pins / name)).stdout)
        return [row["formatted"] for row in rows]

    def xdp_program(self, device: str) -> str | None:
        """Name of the XDP program attached to a device of the balancer, None without one."""
        links = json.loads(self.lab.run("lb", "ip", "-j", "-d", "link", "show", device).stdout)
        xdp = links[0].get("xdp")
        return xdp["prog"].get("name", "?") if xdp and "prog" in xdp else None
