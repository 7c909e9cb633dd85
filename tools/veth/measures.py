# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""The measurements. Each gives rows for the report: plain values, one per round."""
import dataclasses
import json
import statistics
import time

from lab import netns

from .forwarders import Hvs, Testpmd, cpu_ns, forwarding_thread, put_first
from .stage import Stage, cpus


@dataclasses.dataclass
class Row:
    section: str
    name: str
    unit: str
    values: list[float]
    target: str = ""  # in words; "" for a row that only informs
    met: bool | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def percentile(self, percent: int) -> float:
        ranked = sorted(self.values)
        return ranked[min(len(ranked) - 1, len(ranked) * percent // 100)]


@dataclasses.dataclass
class Effort:
    """How long each measurement goes on."""
    passes: int = 3  # over both forwarders, in turn
    rounds: int = 4
    seconds: float = 0.7
    starts: int = 5
    idle_seconds: float = 6
    probes: int = 300


QUICK = Effort(passes=2, rounds=3, seconds=0.25, starts=3, idle_seconds=2, probes=80)


# --- throughput ----------------------------------------------------------------------------------------------

def drain(stage: Stage, pid: int, effort: Effort) -> list[float]:
    """Nanoseconds per frame, one value a round."""
    rounds = stage.load("--pid", str(pid), "--thread", str(forwarding_thread(pid)), "--rounds", str(effort.rounds),
                        "--seconds", str(effort.seconds), "drain")
    for got in rounds:
        if got["failed"] * 10 > got["batches"]:
            raise netns.LabError(f"frames do not come back, so this run says nothing: {got}")
    return [got["ns"] for got in rounds]


def flood(stage: Stage, effort: Effort) -> list[float]:
    """Frames per second, one value a round."""
    rounds = stage.load("--rounds", str(effort.rounds), "--seconds", str(effort.seconds), "flood")
    for got in rounds:
        if got["returned"] * 10 < got["sent"] * 9 or got["returned"] < 1000:
            raise netns.LabError(f"frames do not come back, so this run says nothing: {got}")
    return [got["returned"] / got["seconds"] for got in rounds]


def throughput(stage: Stage, effort: Effort) -> list[Row]:
    cost: dict[str, list[float]] = {"hvs": [], "testpmd": []}
    rate: dict[str, list[float]] = {"hvs": [], "testpmd": []}
    for _ in range(effort.passes):
        for who, forwarder in (("testpmd", Testpmd(stage)), ("hvs", Hvs(stage, "busy"))):
            with forwarder:
                put_first(forwarder.pid)
                cost[who] += drain(stage, forwarder.pid, effort)
                rate[who] += flood(stage, effort)
    section = f"throughput, {len(stage.topology.devices)} port(s)"
    rows = []
    for who, name in (("testpmd", "testpmd macswap"), ("hvs", "HVS FULLNAT")):
        rows += [Row(section, f"{name}, forwarder busy", "ns/frame", cost[who]),
                 Row(section, f"{name}, generator busy", "kframes/s", [each / 1e3 for each in rate[who]])]
    per_second = {who: [1e9 / ns for ns in values] for who, values in cost.items()}
    rows.append(ratio(section, "frames per second of the forwarder, HVS / testpmd", per_second, "at least 0.9", 0.9))
    rows.append(ratio(section, "frames per second of the generator, HVS / testpmd", rate))
    return rows


def ratio(section: str, name: str, rates: dict[str, list[float]], target: str = "", least: float = 0) -> Row:
    """Round by round: the spread of the quotient, not a quotient of extremes."""
    row = Row(section, name, "ratio", [h / t for h, t in zip(rates["hvs"], rates["testpmd"])], target)
    if target:
        row.met = row.median >= least
    return row


# --- start ---------------------------------------------------------------------------------------------------

def startup(stage: Stage, effort: Effort) -> list[Row]:
    took = []
    for _ in range(effort.starts):
        hvs = Hvs(stage, "adaptive")
        load = stage.start_load("--seconds", "30", "first")
        try:
            if not load.stdout.readline():
                raise netns.LabError("hvs-veth-load does not start")
            begun = time.monotonic_ns()
            hvs.launch()
            said, _ = load.communicate(timeout=60)
            if not said:
                raise netns.LabError(f"no frame was forwarded\n{hvs.read_log()}")
            took.append((json.loads(said)["first_ns"] - begun) / 1e6)
            hvs.wait_ready()
        finally:
            load.kill()
            load.communicate()
            stage.procs.stop(hvs.name)
    row = Row("start", "exec to the first forwarded frame", "ms", took, "under 2000")
    row.met = row.median < 2000
    return [row]


# --- idle ----------------------------------------------------------------------------------------------------

def idle(stage: Stage, effort: Effort) -> list[Row]:
    rows = []
    for poll in ("adaptive", "busy"):
        with Hvs(stage, poll) as hvs:
            time.sleep(1)
            worker = forwarding_thread(hvs.pid)
            loads: dict[str, list[float]] = {"worker": [], "other threads": []}
            sleeps = []
            for _ in range(3):
                slept, before, start = hvs.worker()["sleeps"], cpu_ns(hvs.pid), time.monotonic()
                time.sleep(effort.idle_seconds / 3)
                after, seconds = cpu_ns(hvs.pid), time.monotonic() - start
                sleeps.append((hvs.worker()["sleeps"] - slept) / seconds)
                spent = {tid: (after[tid] - before.get(tid, 0)) / 1e7 / seconds for tid in after}
                loads["worker"].append(spent.pop(worker))
                loads["other threads"].append(sum(spent.values()))
        rows += [Row("idle", f"poll: {poll}, {who}", "% of a CPU", values) for who, values in loads.items()]
        if poll == "adaptive":
            rows[-2].target, rows[-2].met = "under 1", rows[-2].median < 1
        rows.append(Row("idle", f"poll: {poll}, worker", "sleeps/s", sleeps))
    return rows


PAUSES_US = (35000, 1000)


def wakeup(stage: Stage, effort: Effort) -> list[Row]:
    """The way of single frames through a worker that sleeps and through one that does not; the median of the first
    less that of the second is the wake-up. Beside it, how long a thread takes that is woken and does nothing."""
    ways: dict[tuple[str, int], list[float]] = {}
    for poll in ("busy", "adaptive"):
        with Hvs(stage, poll) as hvs:
            put_first(hvs.pid)
            for pause_us in PAUSES_US:
                ways[poll, pause_us] = probe(stage, pause_us, effort, "probe")
    rows = []
    for pause_us in PAUSES_US:
        section = f"single frames, {pause_us // 1000} ms apart"
        busy, adaptive = (Row(section, f"there and back, poll: {poll}", "us", ways[poll, pause_us])
                          for poll in ("busy", "adaptive"))
        woken = Row(section, "wake-up of the worker: the difference", "us",
                    [way - busy.median for way in adaptive.values], "under 50")
        woken.met = woken.median < 50
        rows += [busy, adaptive, woken]
        rows.append(Row(section, "wake-up of a bare thread", "us",
                        probe(stage, pause_us, effort, "--wake-cpu", str(cpus()[1]), "wake")))
    return rows


def probe(stage: Stage, pause_us: int, effort: Effort, *what: str) -> list[float]:
    """Microseconds."""
    nanoseconds = stage.load("--pause-us", str(pause_us), "--probes", str(effort.probes), *what)[0]
    lost = nanoseconds.count(0)
    if lost * 20 > len(nanoseconds):
        raise netns.LabError(f"{lost} of {len(nanoseconds)} frames did not come back")
    return [ns / 1e3 for ns in nanoseconds if ns]
