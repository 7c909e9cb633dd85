# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""One administrator's session at both command lines: what they print, and with which status they end."""
import re

from scapy.layers.inet import TCP

from stage import VIP, Stage, servers
from traffic import MODES, TCP_PORT, UDP_PORT, Talk, address

SET = 10  # of servers

_V4, _V6 = (servers(family, SET) for family in (4, 6))
_T4, _U4, _T6, _U6 = (f"{option} {address(VIP[family], port)}" for family in (4, 6)
                      for option, port in (("-t", TCP_PORT), ("-u", UDP_PORT)))

RULES = [
    f"-A {_T4} -s wlc",
    f"-a {_T4} -r {_V4[0]}:8080 -m -w 3",
    f"-a {_T4} -r {_V4[1]}:80 -g -w 0",
    f"-a {_T4} -r {_V4[2]}:80 -i -w 0 --tun-type gre --tun-csum",
    f"-A {_U4} -s wrr",
    f"-a {_U4} -r {_V4[0]}:5353 -m -w 0",
    f"-a {_U4} -r {_V4[1]}:5353 -m -w 1 -x 1000 -y 500",
    f"-A {_T6} -s sh -b sh-port,sh-fallback",
    f"-a {_T6} -r [{_V6[0]}]:8080 -m -w 1",
    f"-a {_T6} -r [{_V6[1]}]:80 -i -w 0 --tun-type gue --tun-port 6080",
    f"-a {_T6} -r [{_V6[2]}]:80 -i -w 65535",
    f"-A {_U6} -s mh -b mh-port",
    f"-a {_U6} -r [{_V6[0]}]:53 -g -w 1",
    f"-A -t {VIP[4]}:81 -s rr",
    f"-A -t {VIP[4]}:70 -s wlc -p",
    f"-a -t {VIP[4]}:70 -r {_V4[0]}:70 -m -w 1",
    f"-A -t {VIP[4]}:71 -s dh -p 360 -M 255.255.255.0",
    f"-A -t {address(VIP[6], 70)} -s lblc -p 600 -M 64",
    f"-a -t {address(VIP[6], 70)} -r {address(_V6[1], 70)} -m -w 1",
    f"-A -u {VIP[4]}:70 -s lblcr -o",
    f"-a -u {VIP[4]}:70 -r {_V4[1]}:70 -m -w 1",
    f"-A --sctp-service {VIP[4]}:70 -s wrr",
    f"-a --sctp-service {VIP[4]}:70 -r {_V4[2]}:7070 -m -w 2",
    f"-a --sctp-service {VIP[4]}:70 -r {_V4[0]}:70 -g -w 3",
    f"-A --sctp-service {address(VIP[6], 70)} -s fo -p 60",
    f"-A -u {address(VIP[6], 71)} -s sh -p 60 -o -b sh-port",
    f"-A -t {address(VIP[6], 72)} -s mh -p 90 -M 64 -b mh-fallback",
    f"-A -t {VIP[4]} -p -s rr",
]

LISTINGS = ["-Ln", "-Ln --stats", "-Ln --stats --exact", "-Ln --thresholds", "-Ln --persistent-conn", "-Ln --tun-info", "-Lcn",
            "-Ln --thresholds --persistent-conn", "-LnX --persistent-conn --tun-info",
            f"-Ln {_U4}", f"-ln {_T6}", f"-Ln --sctp-service {VIP[4]}:70", "-Ln --nosort", "-L --timeout", "-Sn"]

# Every one of them ends with an error, or changes nothing that a listing above shows.
MISTAKES = [
    f"-A {_T4} -s rr", f"-A -t {VIP[4]}:82 -s nonesuch", f"-A -t {VIP[4]} -s rr", f"-D -t {VIP[4]}:99", f"-E -t {VIP[4]}:99 -s rr",
    f"-a {_T4} -r {_V4[0]}:8080 -m", f"-a -t {VIP[4]}:99 -r {_V4[0]}:80 -m", f"-e {_T4} -r {_V4[0]}:99 -m", f"-d {_T4} -r {_V4[0]}:99",
    f"-a {_T4} -r {_V4[1]}:99 -m -w -1", f"-a {_T4} -r {_V4[1]}:99 -g", f"-a {_T4} -r {_V4[1]}:99 -i --tun-type gue",
    f"-a {_T4} -r {_V4[1]}:99 -i --tun-type nonesuch", f"-a {_T4} -r [{_V6[0]}]:80 -m", f"-a {_T4} -m", f"-A {_T4} -u {VIP[4]}:9",
    f"-A -t {VIP[4]}:65536 -s rr", f"-A -t 300.1.1.1:80 -s rr", f"-a {_T4} -r {_V4[1]}:99 -m -x 5 -y 6", "-L -A", "", "--nonesuch",
    f"-Ln -t {VIP[4]}:99", "-Z -n", "-Lc --stats", "-L --timeout --persistent-conn", f"-L --timeout {_T4}", f"-A -t {VIP[4]}:83 -s rr -p 0",
    f"-A -t {VIP[4]}:83 -s rr -o", f"-A --sctp-service {VIP[4]}:70 -s rr", f"-a --sctp-service {VIP[4]}:70 -r {_V4[0]}:70 -m", f"-D --sctp-service {VIP[4]}:99",
]


def session(stage: Stage, balancer) -> dict[str, str]:
    """What was printed, or the exit status, by the options of the command."""
    stage.configure(balancer, RULES)
    _traffic(stage)
    balancer.settle()
    said = {}
    for options, (status, text) in zip([*LISTINGS, *MISTAKES, "-Sn"], balancer.run_all([*LISTINGS, *MISTAKES, "-Sn"])):
        if options in MISTAKES:
            said[options] = str(status)
        else:
            said["-Sn after the mistakes" if options in said else options] = _tidied(options, text)
    return said


def restored(balancer, saved: str) -> str:
    """What a balancer saves after it was given what was saved."""
    balancer.replace(saved.splitlines())
    return _tidied("-Sn", balancer.run("-Sn").stdout)


def _traffic(stage: Stage) -> None:
    talk = Talk(stage, MODES["nat"], 4)
    talk.port = 30000
    send = 0

    def step(packet, answer: dict | None = None) -> None:
        nonlocal send
        send += 1
        seen = stage.from_client(f"session: {send}", packet)
        if answer is not None:
            talk.answer(f"answer {send} of the session", seen, **answer)

    for host in (1, 2, 3):
        port = talk.new_port()
        step(talk.ip(host) / TCP(sport=port, dport=TCP_PORT, flags="S", seq=1), {"flags": "SA", "seq": 1, "ack": 2})
        if host > 1:
            step(talk.ip(host) / TCP(sport=port, dport=TCP_PORT, flags="A", seq=2, ack=2))
        if host > 2:
            step(talk.ip(host) / TCP(sport=port, dport=TCP_PORT, flags="FA", seq=2, ack=2), {"flags": "FA", "seq": 2, "ack": 3})
    for host in (4, 5, 6, 7):
        step(talk.ip(host) / talk.udp(100 * host), {"load": 50})
    step(talk.ip(8) / TCP(sport=talk.new_port(), dport=70, flags="S", seq=1))  # who is remembered


def _tidied(options: str, text: str) -> str:
    """Without what passes with time, and without the service of the marks."""
    if "-Lcn" in options:
        rows = [line.split() for line in text.splitlines()[2:]]
        return "\n".join(sorted(" ".join([row[0], *row[2:]]) for row in rows if ":65000" not in row[4])) + "\n"
    lines, hidden = [], False
    for line in text.splitlines():
        if re.match(r"(TCP|UDP|SCTP|-A)", line):
            hidden = ":65000" in line
        if not hidden and ":65000" not in line:
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n"
