# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""How HVS differs from IPVS: every difference has a name here and a row in docs/ipvs-differences.md, with the reason."""
import dataclasses
import re

from compare import Difference

_TUNNEL = r"(ipip|gre|gre-csum|gue|gue-csum)"
_ANY = r".*"


@dataclasses.dataclass(frozen=True)
class Known:
    """Matches a difference by its step, side and field, and by what either balancer shows; all are regular expressions."""
    name: str
    step: str
    side: str = _ANY
    field: str = "frames"
    kernel: str = _ANY
    hvs: str = _ANY

    def matches(self, found: Difference) -> bool:
        pairs = ((self.step, found.step), (self.side, found.side), (self.field, found.field), (self.kernel, found.kernel),
                 (self.hvs, found.hvs))
        return all(re.fullmatch(pattern, text) for pattern, text in pairs)


_OWN_ERROR = r".*: (TTL 1|\d+ bytes.*|UDP after these errors)"
_VIP, _OWN = r"10\.10\.0\.100|fd10::100", r"10\.10\.0\.1|fd10::1"
_MANY = r".*: (two fragments|a first fragment|its last fragment later|a last fragment before its first|its first fragment later)"

# The first that matches counts: steps of which nothing can be compared field by field come first.
FRAMES = (
    Known("fragments", _MANY, "server", _ANY),
    Known("tunnel-fragments", rf"{_TUNNEL}4: (14\d\d|1500) bytes without DF", "server", _ANY),
    Known("tunnel-path-mtu", rf"{_TUNNEL}[46]: UDP after these errors", _ANY, _ANY),
    Known("tunnel-path-mtu", rf"{_TUNNEL}4: fragmentation needed, quoting much", "client", r"ICMP\.nexthopmtu"),
    Known("tunnel-errors", rf"{_TUNNEL}4: (port unreachable|time exceeded), quoting much", "client", r"ICMP\.(type|code|unused|nexthopmtu)"),
    Known("tunnel-errors", rf"{_TUNNEL}6: (port unreachable|time exceeded|packet too big), quoting much", "client", kernel="nothing"),
    Known("tunnel-ttl", rf"{_TUNNEL}[46]: .*", "server", r"IP\.ttl|IPv6\.hlim", r"\d+", "64"),
    Known("tunnel-df", rf"{_TUNNEL}4: .*", "server", r"IP\.flags", "", "DF"),
    Known("tunnel-df", rf"{_TUNNEL}4: .*", "server", r"IP\.id", "chosen", "0"),
    Known("tunnel-flow-label", rf"{_TUNNEL}6: .*", "server", r"IPv6\.fl", "0", "chosen"),
    Known("tunnel-ecn", rf"{_TUNNEL}[46]: traffic class 0x(03|bb)", "server", r"IP\.tos|IPv6\.tc", "2|186", "3|187"),
    Known("udp-without-checksum", r"(nat|vlan)[46]: UDP (back )?without checksum", _ANY, r"UDP\.chksum", "right", "none"),
    Known("error-source", _OWN_ERROR, "client", r"IP\.src|IPv6\.src", _VIP, _OWN),
    Known("error-id", _ANY, "client", r"IP\.id|IPv6\.fl", "chosen", "0"),
    Known("error-id", _ANY, "client", r"IP\.flags", "", "DF"),
    Known("error-quote-ttl", _OWN_ERROR, "client", r"IPerror\.ttl|IPerror6\.hlim", "63", "64"),
    Known("quoted-checksum", r"(nat|vlan)[46]: .*, quoting (a little|much)", "client", r"UDPerror\.chksum"),
    Known("quoted-checksum", r"(nat|vlan)[46]: .* of the client", "server", r"UDPerror\.chksum"),
    Known("wrong-ip-checksum", r".*4: wrong IP checksum", "server", kernel="nothing"),
    Known("syn-and-ack", r".*: stray SA", "server", hvs="nothing"),
    Known("syn-and-ack", r".*: stray SA", "client", kernel="nothing"),
    Known("no-server", r".*: SYN, (all servers drain|no servers)", "client", "headers", r".*(ICMP|\(58\)).*", r".* / TCP .* RA"),
    Known("mss", r"(nat|vlan)[46]: SYN( again| and ACK)?", _ANY, r"TCP\.options", r".*'MSS', 1[34]60.*", r".*'MSS', 13[46]0.*"),
)

# Of schedulers: the name of the difference, or None where none is, and what still holds (see test_ipvs.py).
PLACEMENT = {
    "rr": ("order-of-servers", "mirrored"),
    "wrr": ("order-of-servers", "shares"),
    "lc": ("order-of-servers", "shares"),
    "wlc": ("order-of-servers", "shares"),
    "sed": ("order-of-servers", "shares"),
    "nq": ("order-of-servers", "shares"),
    "fo": (None, ""),
    "ovf": (None, ""),
    "lblc": ("order-of-servers", ""),
    "lblcr": ("order-of-servers", "shares"),
    "dh": ("hash-placement", "sticky"),
    "sh": ("hash-placement", "sticky"),
    "sh-port": ("hash-placement", ""),
    "sh-fallback": ("hash-placement", "sticky"),
    "mh": ("mh-draining", "sticky"),
    "mh-port": ("mh-draining", ""),
    "mh-fallback": ("hash-placement", "sticky"),
    "sed, half open": ("order-of-servers", "shares"),
}


def _bytes(options: str, text: str) -> str:
    """Frames are counted with their Ethernet header of 14 bytes."""
    def longer(row: re.Match) -> str:
        head, *numbers = row[1], *map(int, row[2].split())
        _, packets_in, packets_out, bytes_in, bytes_out = numbers
        numbers[3:] = [bytes_in + 14 * packets_in, bytes_out + 14 * packets_out]
        return head + "".join(f"{number:>9}" for number in numbers)

    return re.sub(r"^(?=TCP|UDP|SCTP|  ->)(.{33})((?: +\d+){5})$", longer, text, flags=re.MULTILINE) if "--stats" in options else text


# Of commands: what makes the kernel's text, or exit status, ours.
COMMANDS = {
    "bytes": _bytes,
    "gue-checksum": lambda options, text: text.replace("gue:6080:-c", "gue:6080:+c").replace("--tun-port 6080 --tun-nocsum", "--tun-port 6080"),
    "thresholds-saved": lambda options, text: re.sub(r"(-a .*10\.20\.10\.2:5353 -m -w 1)$", r"\1 -x 1000 -y 500", text, flags=re.MULTILINE),
    "timeouts": lambda options, text: text.replace("900 120 300", "900 60 300"),
    "exit-status": lambda options, text: "255" if text == "2" and ("-L -A" in options or re.search(r"-t 10.*-r \[", options)) else text,
}

NAMES = {known.name for known in FRAMES} | {name for name, _ in PLACEMENT.values() if name} | set(COMMANDS) | {"unsorted"}


def name_of(found: Difference) -> str | None:
    return next((known.name for known in FRAMES if known.matches(found)), None)


def frames_to_wait_for(step: str, to_clients: int, to_servers: int) -> tuple[int, int]:
    """How many frames HVS sends for a step for which the kernel sent so many."""
    if re.fullmatch(r".*: stray SA", step):
        return 1, 0  # the kernel's reset
    if any(re.fullmatch(known.step, step) and re.fullmatch(known.field, "frames") for known in FRAMES):
        return 0, 0
    return to_clients, to_servers


def as_hvs_says(options: str, kernel: str) -> str:
    for change in COMMANDS.values():
        kernel = change(options, kernel)
    return kernel
