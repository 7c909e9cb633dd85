# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A case through a running daemon: frames in, and what must have come of it."""
import ipaddress
import itertools
import time

from cases import Case, Frame, Step
from stage import Stage

# Say nothing of frames, or are told by the frames themselves: see Play.expected().
UNCOMPARED = ("loops", "idle_loops", "sleeps", "snapshots_seen", "id", "cpu", "connections_max")
ICMP_ERRORS = (b"\3", b"\4", b"\5", b"\x0b", b"\x0c")
PATIENCE = 5  # seconds for what must come


def counters(stage: Stage) -> dict[str, int]:
    """Every counter by the name that the golden cases have for it."""
    worker = stage.api.get("/v1/workers")[0]
    now = {name: value for name, value in worker.items() if isinstance(value, int) and name not in UNCOMPARED}
    now |= {f"drop.{row['reason']}": row["packets"] for row in stage.api.get("/v1/drops")}
    for row in stage.api.get("/v1/services"):
        _row(now, f"service.{row['name']}", row)
        now[f"service.{row['name']}.drops"] = row["drops"]
    for row in stage.api.get("/v1/dests"):
        address = f"[{row['address']}]" if ":" in row["address"] else row["address"]
        _row(now, f"dest.{row['service']}/{address}:{row['port']}", row)
    return now


def _row(now: dict[str, int], name: str, row: dict) -> None:
    now[f"{name}.connections"] = row["connections"]
    now[f"{name}.active"] = row["active_connections"] + row["inactive_connections"]
    for direction in ("to_dest", "to_client"):
        for unit in ("packets", "bytes"):
            now[f"{name}.{direction}.{unit}"] = row[direction][unit]


def asked_for(frame: bytes) -> str:
    """Whose MAC address the kernel asks for by this frame; empty when it does not."""
    if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1":
        return ".".join(str(byte) for byte in frame[38:42])
    if frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54] == 135:
        return frame[62:78].hex()
    return ""


def _plain(address: str) -> str:
    return address if "." in address else ipaddress.ip_address(address).packed.hex()


class Play:
    def __init__(self, stage: Stage, case: Case):
        self.stage, self.case = stage, case
        self.before = self._before()
        self.problems: list[str] = []
        self.seen: set[str] = set()  # names of counters

    def _before(self) -> dict[str, int]:
        """Counters in which everything is that has come out by now.

        The kernel asks a second and a third time for what a former case left unanswered. Such a frame belongs on one side of this
        reading: counted before it and received after it, it would be missed in the count of the first step.
        """
        while True:
            before = counters(self.stage)
            came = [frame for tap in self.stage.taps.values() for frame in tap.arrived()]
            assert all(asked_for(frame) for frame in came), f"a former case's: {[frame.hex() for frame in came]}"
            if not came and counters(self.stage)["tx_packets"] == before["tx_packets"]:
                return before

    def run(self) -> list[str]:
        for step in self.case.playable(self.stage.kind)[0]:
            self._step(step)
            if self.problems:
                return [f"{self.case.id}, step: {step.title}", *self.problems]
        return []

    def _step(self, step: Step) -> None:
        stage = self.stage
        if step.config:
            stage.reload(self.case.text(step.config))
            self._rows_that_are_new()
        if step.world:
            stage.set_world(self.case.text(step.world), settle=0.25)
        time.sleep(step.advance / 1000)
        self.sent = {port: [] for port in stage.taps}
        self.punted = {port: [] for port in stage.taps}
        self.asked: set[str] = set()
        self.asking = (0, 0)  # frames, bytes
        for port in stage.taps:
            self._feed(port, step)
        wanted = self._expected(step)
        deadline = time.monotonic() + PATIENCE
        while True:
            self._collect()
            self.problems = self._differences(step, wanted)
            if not self.problems or time.monotonic() > deadline:
                break
            time.sleep(0.002)
        self.before = self.now

    def _rows_that_are_new(self) -> None:
        """A service or dest that begins, begins at 0; one that ended has no counters to see."""
        for name, value in counters(self.stage).items():
            self.before.setdefault(name, value)

    def _feed(self, port: str, step: Step) -> None:
        """All of a port; then it is waited for, so that the next port's come later."""
        frames = [frame for frame in step.recv if frame.port.split(".")[0] == port]
        if not frames:
            return
        for frame in frames:
            self.stage.taps[port].send(frame.data)
        if len({frame.port for frame in step.recv}) > 1:
            self._await_arrival(step, port)

    def _await_arrival(self, step: Step, port: str) -> None:
        ports = list(self.stage.taps)
        fed = sum(frame.port in ports[:ports.index(port) + 1] for frame in step.recv)
        passed = len(step.punts) if self.stage.kind == "af_xdp" else 0
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if counters(self.stage)["rx_packets"] - self.before["rx_packets"] >= fed - passed:
                return
            time.sleep(0.001)

    def _collect(self) -> None:
        for port, tap in self.stage.taps.items():
            for frame in tap.arrived():
                if who := asked_for(frame):
                    self.asked.add(f"{port} {who}")
                    self.asking = (self.asking[0] + 1, self.asking[1] + len(frame))
                else:
                    self.sent[port].append(frame)
        for port, tap in self.stage.kernel.items():
            self.punted[port] += tap.arrived()
        self.now = counters(self.stage)

    def _expected(self, step: Step) -> dict[str, int]:
        wanted = dict(step.counts)
        for name, frames in (("rx", step.recv), ("tx", step.send)):
            wanted[f"{name}_packets"] = len(frames)
            wanted[f"{name}_bytes"] = sum(len(frame.data) for frame in frames)
        return wanted

    def _differences(self, step: Step, wanted: dict[str, int]) -> list[str]:
        problems = []
        for port in self.stage.taps:
            of_port = [frame for frame in step.send if frame.port.split(".")[0] == port]
            view = _but_for_id if self.case.mode == "nat64" else bytes
            problems += _compare(f"out {port}", self.sent[port], of_port, view)
            problems += _compare(f"punt {port}", *self._punts(step, port))
        asks = {f"{self._port_of(ask.split()[0])} {_plain(ask.split()[1])}" for ask in step.asks}
        if not asks <= self.asked:
            problems.append(f"not asked for: {asks - self.asked}")
        return problems + self._counters_that_differ(step, wanted)

    def _punts(self, step: Step, port: str) -> tuple[list[bytes], list[Frame]]:
        got, wanted = self.punted[port], [frame for frame in step.punts if frame.port == port]
        if self.stage.kind == "af_xdp":  # the way through the daemon is longer than the steering program's
            return sorted(got), sorted(wanted, key=lambda frame: frame.data)
        return got, wanted

    def _port_of(self, interface: str) -> str:
        device = self.stage.dev[interface]
        return next(port for port in self.stage.ports if self.stage.netdev(port) == device)

    def _counters_that_differ(self, step: Step, wanted: dict[str, int]) -> list[str]:
        wanted = dict(wanted)
        moved = {name: value - self.before[name] for name, value in self.now.items() if name in self.before}
        self.seen |= self.before.keys() | self.now.keys()
        # A row that a reload removed counts on unseen, and a rule of mode snat has no row for the dest that it stands for.
        absent = {name for name in wanted.keys() - self.seen if not name.split("/")[-1].startswith(("0.0.0.0:0.", "[::]:0."))}
        passed = wanted.get("punts", 0) - moved["punts"]
        if self.stage.kind == "af_xdp" and passed > 0:
            # The steering program left them to the kernel: the daemon has not seen them at all.
            wanted["rx_packets"] -= passed
            wanted["punts"] -= passed
            sizes = [len(frame.data) for frame in step.punts]
            if wanted["rx_bytes"] - moved["rx_bytes"] in {sum(some) for some in itertools.combinations(sizes, passed)}:
                wanted["rx_bytes"] = moved["rx_bytes"]
        if self.stage.kind != "af_xdp":  # what the kernel asks goes out through the daemon
            wanted["tx_packets"] += self.asking[0]
            wanted["tx_bytes"] += self.asking[1]
        return [f"count {name} moved by {value}, wanted {wanted.get(name, 0)}" for name, value in moved.items()
                if value != wanted.get(name, 0)] + [f"no count {name}" for name in sorted(absent)]


def _stream(frame: bytes) -> tuple:
    """Frames of a stream keep their order: kind, addresses, protocol, whether it is an ICMP query and a later fragment.

    ICMP errors go to the kernel ahead of queries. A burst is worked through by family and kind of frame, and where a daemon's bursts
    begin is nobody's choice.
    """
    if frame[12:14] == b"\x08\0":
        asks = frame[23:24] == b"\1" and frame[34:35] not in ICMP_ERRORS
        return 4, frame[26:34], frame[23:24], asks, bool(int.from_bytes(frame[20:22], "big") & 0x1FFF)
    if frame[12:14] == b"\x86\xdd":
        return 6, frame[22:54], frame[20:21], frame[20] == 58 and frame[54:55] >= b"\x80", frame[20] == 44
    return 0, frame[12:14], b"", False


def _but_for_id(frame: bytes) -> bytes:
    """Ids that HVS gives to what it translates into IPv4 go on over the cases of a daemon, which the cases do not tell."""
    if frame[12:14] != b"\x08\0" or frame[20] & 0x40 or _sum(frame[14:14 + 4 * (frame[14] & 15)]) != 0xFFFF:
        return frame
    return frame[:18] + bytes(2) + frame[20:24] + bytes(2) + frame[26:]


def _sum(header: bytes) -> int:
    total = sum(int.from_bytes(header[at:at + 2], "big") for at in range(0, len(header), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _compare(where: str, got: list[bytes], wanted: list[Frame], view=bytes) -> list[str]:
    problems = []
    got = sorted(got, key=_stream)  # stable
    for at, frame in enumerate(sorted(wanted, key=lambda frame: _stream(frame.data))):
        if at >= len(got):
            problems.append(f"{where}: frame {at} is missing: {frame.text}")
        elif view(got[at]) != view(frame.data):
            problems += [f"{where}: frame {at} differs from {frame.text}", f"  got    {got[at].hex()}",
                         f"  wanted {frame.data.hex()}"]
    problems += [f"{where}: not expected: {frame.hex()}" for frame in got[len(wanted):]]
    return problems
