# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""tools/hvs demo: the balancer carries real traffic beside the kernel's own, and shows it."""
import argparse
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

from . import netns, servers
from .balancer import Balancer
from .core import Lab
from .topology import ONE_ARM, TWO_ARM

ROOT = pathlib.Path(__file__).resolve().parents[2]
WRK_SECONDS = 5


class Report:
    """What is printed, and whether all of it went well."""

    def __init__(self):
        self.errors = 0
        colour = sys.stdout.isatty()
        self.bold, self.green, self.red, self.off = ("\033[1m", "\033[32m", "\033[31m", "\033[0m") if colour else [""] * 4

    def section(self, title: str) -> None:
        print(f"\n{self.bold}{title}{self.off}", flush=True)

    def check(self, good: bool, text: str) -> None:
        self.errors += not good
        print(f"  {self.green}✓{self.off} {text}" if good else f"  {self.red}✗ {text}{self.off}", flush=True)

    def show(self, text: str) -> None:
        for line in text.rstrip().splitlines():
            print(f"    {line}", flush=True)


def url(address: str) -> str:
    return f"http://[{address}]/" if ":" in address else f"http://{address}/"


def some_requests(lab: Lab, report: Report) -> None:
    top = lab.topology
    for vip in (top.vip_v4, top.vip_v6):
        answers = []
        for _ in range(6):
            done = lab.run("client", "curl", "-sS", "-g", "--max-time", "5", url(vip), check=False)
            answers.append(done.stdout.strip() if done.returncode == 0 else f"[{done.stderr.strip()}]")
        report.check(set(answers) == {s.name for s in top.servers}, f"curl {url(vip)} six times: {' '.join(answers)}")


def udp_client(lab: Lab, report: Report, count: int = 300) -> None:
    """Each question from a port of its own, so that each is a flow of its own."""
    answers: dict[str, int] = {}
    for _ in range(count):
        with lab.entered("client"):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock:
            sock.settimeout(2)
            sock.connect((lab.topology.vip_v4, servers.ECHO_PORT))
            try:
                sock.send(b"who")
                name = sock.recv(64).decode()
            except OSError as error:
                name = f"no answer ({error})"
            answers[name] = answers.get(name, 0) + 1
    known = {s.name for s in lab.topology.servers}
    listed = ", ".join(f"{name} {n}" for name, n in sorted(answers.items()))
    report.check(set(answers) == known, f"UDP to {lab.topology.vip_v4} port {servers.ECHO_PORT}, {count} flows: {listed}")


def load_beside_kernel(lab: Lab, report: Report) -> None:
    """wrk against the VIP; at the same time ping and a TCP connection to the balancer's own address."""
    top = lab.topology
    before = {s.name: servers.http_requests(lab, s.name) for s in top.servers}
    with lab.entered("client"):
        own = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    own.settimeout(5)
    own.connect((top.own_v4, servers.ECHO_PORT))

    wrk = subprocess.Popen(netns.enter(lab.ns("client"), "wrk", "-t1", "-c60", f"-d{WRK_SECONDS}s", "--latency",
                                       url(top.vip_v4)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = 0
    try:
        ping = subprocess.Popen(netns.enter(lab.ns("client"), "ping", "-q", "-i", "0.1", "-c", "30", "-W", "2", top.own_v4),
                                stdout=subprocess.PIPE, text=True)
        while wrk.poll() is None:
            own.sendall(b"hello, kernel\n")
            if own.recv(64) != b"hello, kernel\n":
                break
            lines += 1
            time.sleep(0.05)
        pinged = ping.communicate(timeout=30)[0]
        said = wrk.communicate(timeout=30)[0]
    except OSError as error:
        said = pinged = str(error)
    finally:
        wrk.kill()
        own.close()

    total, errors = wrk_result(said)
    report.check(total > 0 and errors == 0, f"wrk, 60 connections for {WRK_SECONDS} s: {total} requests, {errors} errors")
    report.show("\n".join(line for line in said.splitlines() if re.search(r"Requests/sec|50%|99%|Socket errors|Non-2xx", line)))
    for server in top.servers:
        served = servers.http_requests(lab, server.name) - before[server.name] - 1  # the question itself
        report.check(served > 0, f"{server.name} answered {served} requests")

    report.section(f"Sharing: the kernel's own traffic on {top.outside}, while wrk was running")
    loss = re.search(r"(\d+) packets transmitted, (\d+) received", pinged)
    report.check(bool(loss) and loss.group(1) == loss.group(2), f"ping {top.own_v4}: {loss.group(0) if loss else pinged}")
    report.check(lines > 0, f"one TCP connection to {top.own_v4} port {servers.ECHO_PORT}, held all the time: {lines} lines echoed")


def wrk_result(text: str) -> tuple[int, int]:
    """Requests, and everything that wrk counts as an error."""
    requests = re.search(r"(\d+) requests in", text)
    errors = sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return int(requests.group(1)) if requests else 0, errors + (int(other.group(1)) if other else 0)


def show_inside(hvsd: Balancer, report: Report) -> None:
    report.section(f"What the kernel steers: bpftool map dump pinned {hvsd.pins}/steer_services")
    rows = netns.run("bpftool", "map", "dump", "pinned", str(hvsd.pins / "steer_services"))
    report.show(compact(rows.stdout))
    wanted = len(hvsd.services())
    report.check(len(hvsd.map_rows("steer_services")) == wanted, f"{wanted} services, each with its row")
    report.section(f"What the balancer counted: hvsctl --instance {hvsd.instance} services, dests, ports")
    for command in ("services", "dests", "ports"):
        report.show(hvsd.ctl_text(command).stdout)
        print()
    lost = {reason: n for reason, n in hvsd.drops().items() if n}
    report.show("dropped: " + (", ".join(f"{reason} {n}" for reason, n in lost.items()) or "nothing"))


def compact(dump: str) -> str:
    """bpftool's dump, one row a line."""
    return re.sub(r"\},\s*\{\s*\"key\"", "},\n{ \"key\"", re.sub(r"[ \t\n]+", " ", dump)).strip()


def play(lab: Lab, build_dir: pathlib.Path, report: Report) -> None:
    top = lab.topology
    report.section(f"Lab: client, balancer, three real servers ({top.name})")
    lab.up()
    report.check(True, f"namespaces {', '.join(lab.ns(r) for r in ('client', 'lb', 'rs1', 'rs2', 'rs3'))}; nginx on each real server")

    report.section(f"Balancer: hvsd --config {top.config}")
    hvsd = Balancer(lab, build_dir, "demo", ROOT / top.config)
    hvsd.start()
    report.show(hvsd.read_log())
    report.check(True, f"ready on {', '.join(top.devices)}")

    report.section("Traffic through the VIP")
    some_requests(lab, report)
    udp_client(lab, report)
    load_beside_kernel(lab, report)
    show_inside(hvsd, report)

    report.section("Stop")
    status = hvsd.stop()
    report.check(status == 0, f"hvsd ended with status {status}")
    left = [device for device in top.devices if hvsd.xdp_program(device)]
    report.check(not left and not hvsd.pins.exists(), "no XDP program and no pinned map is left"
                 if not left else f"XDP program left on {', '.join(left)}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/hvs demo", description=__doc__)
    parser.add_argument("--one-arm", action="store_true", help="client, servers and balancer on one wire")
    parser.add_argument("--build-dir", type=pathlib.Path, default=ROOT / "build" / "release")
    args = parser.parse_args()
    # Ctrl-C and a kill end in the same clean-up as an error does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    report = Report()
    lab = Lab("hvsdemo", ONE_ARM if args.one_arm else TWO_ARM)
    try:
        play(lab, args.build_dir, report)
    except netns.LabError as error:
        report.check(False, str(error))
    except KeyboardInterrupt:
        report.check(False, "interrupted")
    finally:
        lab.down()
    print(f"\n{report.errors} errors. The lab is removed; to keep one and play: sudo tools/hvs lab up")
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
