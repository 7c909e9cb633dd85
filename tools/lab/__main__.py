# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""tools/hvs lab up|down|shell NAME|run NAME COMMAND...|status"""
import argparse
import os
import sys

from . import netns
from .core import ROLES, Lab
from .topology import ONE_ARM, TWO_ARM, Topology


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/hvs lab", description="A lab of network namespaces to play in.")
    parser.add_argument("--prefix", default="hvs", help="name of the lab; namespaces are PREFIX-client and so on")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="lay the lab and start its servers (no balancer)")
    up.add_argument("--one-arm", action="store_true", help="client, servers and balancer on one wire")
    commands.add_parser("down", help="stop and remove all of it")
    commands.add_parser("status", help="what stands and what runs")
    shell = commands.add_parser("shell", help="a shell inside a namespace")
    shell.add_argument("name", choices=ROLES)
    run = commands.add_parser("run", help="one command inside a namespace")
    run.add_argument("name", choices=ROLES)
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND")
    args = parser.parse_args()

    if os.geteuid() != 0:
        sys.exit("tools/hvs lab: network namespaces need root; run: sudo tools/hvs lab ...")
    if args.command == "up":
        describe(lay(args.prefix, ONE_ARM if args.one_arm else TWO_ARM))
    elif args.command == "down":
        Lab(args.prefix).down()
        print(f"lab {args.prefix}: removed")
    elif args.command == "status":
        describe(Lab.find(args.prefix))
    else:
        lab = Lab.find(args.prefix)
        words = [os.environ.get("SHELL", "/bin/bash")] if args.command == "shell" else args.words
        if not words:
            parser.error("run: which command?")
        os.environ["PS1"] = f"[{lab.ns(args.name)}] \\w# "
        command = netns.enter(lab.ns(args.name), *words)
        os.execvp(command[0], command)
    return 0


def lay(prefix: str, topology: Topology) -> Lab:
    """A lab that stands is left as it is: somebody may be at work in it."""
    lab = Lab(prefix, topology)
    try:
        there = Lab.find(prefix)
    except netns.LabError:
        there = lab
    if not there.stands():
        lab.up()
        return lab
    again = f"to lay it anew: sudo tools/hvs lab{option(prefix)} down, then up"
    if there.topology is not topology:
        raise netns.LabError(f"lab {prefix} stands already, and is {there.topology.name}; {again}")
    print(f"lab {prefix} stood already and was left as it is; {again}")
    return there


def option(prefix: str) -> str:
    return "" if prefix == "hvs" else f" --prefix {prefix}"


def describe(lab: Lab) -> None:
    top = lab.topology
    print(f"lab {lab.prefix} ({top.name})")
    print(f"  {lab.ns('client'):12} {top.client_v4}  {top.client_v6}")
    print(f"  {lab.ns('lb'):12} devices {', '.join(top.devices)}; own {top.own_v4}  {top.own_v6}; "
          f"VIP {top.vip_v4}  {top.vip_v6}; LIPs {top.lips_v4[0]} to {top.lips_v4[-1]}")
    for server in top.servers:
        print(f"  {lab.ns(server.name):12} {server.v4}  {server.v6}  HTTP on 80, echo on 7 (TCP and UDP)")
    balancers = lab.processes("lb", "hvsd")
    running = [name for name in lab.procs.names() if lab.procs.alive(name) and lab.procs.pid(name) not in balancers]
    running += [f"hvsd (process {pid})" for pid in balancers]
    print(f"  running: {', '.join(running) or 'nothing'}")
    print(f"  inside:  sudo tools/hvs lab{option(lab.prefix)} shell client")
    if not balancers:
        print(f"  no balancer runs yet; to start one: sudo tools/hvs build release hvsd hvsctl hvs_bpf &&\n"
              f"           sudo nsenter --net=/run/netns/{lab.ns('lb')} build/release/bin/hvsd --config {top.config}")
    print("  to look at it, from anywhere on this machine: sudo build/release/bin/hvsctl status")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except netns.LabError as error:
        sys.exit(f"tools/hvs lab: {error}")
