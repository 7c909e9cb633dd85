# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""A case on its way to files: steps of frames and counters. tests/golden/case_file.h describes the format."""
import pathlib
import textwrap

from scapy.packet import Packet
from scapy.utils import wrpcap

HEX_COLUMNS = 32


class Step:
    def __init__(self, title: str, settings: list[str]):
        self.title = title
        self.settings = settings
        self.frames: dict[str, list[tuple[str, bytes, str]]] = {"in": [], "out": [], "punt": []}
        self.asks: list[str] = []
        self.counts: dict[str, int] = {}


class Case:
    def __init__(self, name: str, about: str, config: str, world: str, sizes: tuple[int, int] | None = None,
                 mode: str = "fullnat"):
        self.mode, self.name, self.about, self.sizes = mode, name, about, sizes
        self.steps: list[Step] = []
        self.texts = {"config.yaml": config, "world.txt": world}

    def step(self, title: str, advance: int = 0, config: str = "", world: str = "", turns: int = 1) -> None:
        """`config` and `world` are texts that are loaded before."""
        settings = []
        for keyword, text, suffix in (("config", config, "yaml"), ("world", world, "txt")):
            if text:
                file = f"{keyword}{len(self.steps) + 1}.{suffix}"
                self.texts[file] = text
                settings.append(f"{keyword} {file}")
        if advance:
            settings.append(f"advance {advance}")
        if turns != 1:
            settings.append(f"turns {turns}")
        self.steps.append(Step(title, settings))

    def _frame(self, kind: str, port: str, frame: Packet | bytes) -> bytes:
        data = bytes(frame)
        text = frame.summary() if isinstance(frame, Packet) else "raw bytes"
        self.steps[-1].frames[kind].append((port, data, text))
        return data

    def recv(self, port: str, frame: Packet | bytes) -> bytes:
        return self._frame("in", port, frame)

    def send(self, port: str, frame: Packet | bytes) -> bytes:
        return self._frame("out", port, frame)

    def punt(self, port: str, frame: Packet | bytes, worker: int = 0) -> None:
        """The frame came in at `port` and goes to the kernel as it is."""
        self.recv(port, frame)
        self._frame("punt", port.split(".")[0], frame)
        self.count("punts", worker=worker)

    def no_connection(self, port: str, frame: Packet | bytes, worker: int = 0) -> None:
        """A TCP segment of no connection: punted, and the kernel resets it."""
        self.punt(port, frame, worker=worker)
        self.count("tcp_no_connection", worker=worker)

    def unknown_error(self, port: str, frame: Packet | bytes) -> None:
        """An ICMP error about no connection: punted, it may be about one of the kernel's."""
        self.punt(port, frame)
        self.count("icmp_no_connection")

    def held(self, port: str, frame: Packet | bytes, worker: int = 0) -> None:
        """A later fragment waits for its first one."""
        self.recv(port, frame)
        self.count("fragments_held", worker=worker)

    def given_up(self, port: str, frame: Packet | bytes, worker: int = 0) -> None:
        """It has waited long enough: it may be the kernel's."""
        self._frame("punt", port.split(".")[0], frame)
        self.count("punts", worker=worker)
        self.count("fragments_given_up", worker=worker)

    def drop(self, port: str, frame: Packet | bytes, reason: str, service: str = "", worker: int = 0) -> None:
        """The frame came in at `port` and is dropped; `service` when it was known by then."""
        self.recv(port, frame)
        self.count(f"drop.{reason}", worker=worker)
        if service:
            self.count(f"service.{service}.drops", worker=worker)

    def ask(self, ifindex: int, address: str) -> None:
        self.steps[-1].asks.append(f"{ifindex} {address}")

    def count(self, name: str, delta: int = 1, worker: int = 0) -> None:
        if worker:
            name = f"worker{worker}.{name}"
        counts = self.steps[-1].counts
        counts[name] = counts.get(name, 0) + delta

    def files(self) -> dict[str, str]:
        lines = [f"# {line}" for line in textwrap.wrap(self.about, 100)]
        if self.sizes:
            lines += ["", f"sizes {self.sizes[0]} {self.sizes[1]}"]
        for step in self.steps:
            lines += ["", f"step {step.title}", *step.settings]
            for kind in ("in", "out", "punt"):
                for port, data, text in step.frames[kind]:
                    lines += [f"{kind} {port}", f"  # {text}"]
                    for at in range(0, len(data), HEX_COLUMNS):
                        lines.append("  " + data[at:at + HEX_COLUMNS].hex())
            lines += [f"ask {ask}" for ask in step.asks]
            lines += [f"count {name} {delta}" for name, delta in sorted(step.counts.items()) if delta]
        return {**self.texts, "case.txt": "\n".join(lines) + "\n"}

    def write_pcaps(self, directory: pathlib.Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        for number, step in enumerate(self.steps, 1):
            for kind in ("in", "out"):
                frames = [data for _, data, _ in step.frames[kind]]
                if frames:
                    wrpcap(str(directory / f"{self.name}-{number}-{kind}.pcap"), frames, linktype=1)
