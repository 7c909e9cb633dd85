# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""plot_bench.py JSON -o SVG: cost of an established packet over the number of flows, beside the floors.

JSON is what hvs-bench --json wrote. The SVG needs nothing but itself and is readable on white and on black.
"""
import argparse
import json
import math
import pathlib
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 820, 470
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 58, 62
COLOURS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2"]
FLOOR_COLOURS = {"floor: empty loop": "#999999", "floor: rte_hash + record": "#777777"}


def series_of(figures: list[dict]) -> dict[str, dict[int, dict]]:
    """Lines by name: of each mode, protocol and family both directions in turn; of the floors those of v4."""
    lines: dict[str, dict[int, dict]] = {}
    for figure in figures:
        if figure["section"] != "matrix" or figure["unit"] != "ns/packet":
            continue
        name = figure["name"]
        if name.startswith("floor: "):
            name, _, family = name.rpartition(", ")
            if family != "v4" or name not in FLOOR_COLOURS:
                continue
        elif name.endswith(" both"):
            name = name.removesuffix(" both")
        else:
            continue
        points = lines.setdefault(name, {})
        # A floor is measured beside every protocol: the lower one counts.
        if figure["flows"] not in points or figure["median"] < points[figure["flows"]]["median"]:
            points[figure["flows"]] = figure
    return {name: dict(sorted(points.items())) for name, points in lines.items()}


def nice_step(top: float) -> float:
    magnitude = 10 ** math.floor(math.log10(top / 5))
    return next(magnitude * m for m in (1, 2, 5, 10) if top / (magnitude * m) <= 6)


def count_text(flows: int) -> str:
    for unit, name in ((1_000_000, " M"), (1000, " k")):
        if flows >= unit:
            return f"{flows // unit}{name}"
    return str(flows)


class Plot:
    def __init__(self, lines: dict[str, dict[int, dict]]):
        self.lines = lines
        self.flows = sorted({flows for points in lines.values() for flows in points})
        top = max(f["median"] for points in lines.values() for f in points.values()) * 1.1
        self.step = nice_step(top)
        self.top = math.ceil(top / self.step) * self.step
        self.parts: list[str] = []

    def x(self, flows: int) -> float:
        span = max(math.log10(self.flows[-1]), 1)
        return LEFT + math.log10(flows) / span * (WIDTH - LEFT - RIGHT)

    def y(self, ns: float) -> float:
        return HEIGHT - BOTTOM - min(ns, self.top) / self.top * (HEIGHT - TOP - BOTTOM)

    def text(self, x: float, y: float, text: str, anchor: str = "middle", extra: str = "") -> None:
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {extra}>{escape(text)}</text>')

    def axes(self) -> None:
        for i in range(round(self.top / self.step) + 1):
            y = self.y(i * self.step)
            self.parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#888"'
                              ' stroke-opacity="0.3"/>')
            self.text(LEFT - 8, y + 4, f"{i * self.step:g}", "end")
        for flows in self.flows:
            self.text(self.x(flows), HEIGHT - BOTTOM + 20, count_text(flows))
        self.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18, "flows, packets in random order")
        middle = (TOP + HEIGHT - BOTTOM) / 2
        self.text(18, middle, "ns per packet", extra=f'transform="rotate(-90 18 {middle:.1f})"')

    def curves(self) -> None:
        labels = []
        colours = iter(COLOURS * 4)
        for name, points in self.lines.items():
            floor = name in FLOOR_COLOURS
            colour = FLOOR_COLOURS[name] if floor else next(colours)
            dash = ' stroke-dasharray="5 4"' if floor else ""
            way = " ".join(f"{self.x(f):.1f},{self.y(p['median']):.1f}" for f, p in points.items())
            self.parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
            for flows, point in points.items():
                x = self.x(flows)
                self.parts.append(
                    f'<line x1="{x:.1f}" y1="{self.y(point["min"]):.1f}" x2="{x:.1f}" y2="{self.y(point["max"]):.1f}"'
                    f' stroke="{colour}"/>'
                    f'<circle cx="{x:.1f}" cy="{self.y(point["median"]):.1f}" r="3" fill="{colour}">'
                    f'<title>{escape(name)}, {count_text(flows)}: {point["median"]:.1f} ns</title></circle>')
            last = list(points.values())[-1]["median"]
            labels.append([self.y(last), f"{name.removeprefix('floor: ')} {last:.0f}", colour])
        labels.sort()
        for before, label in zip(labels, labels[1:]):
            label[0] = max(label[0], before[0] + 15)
        for y, text, colour in labels:
            self.text(WIDTH - RIGHT + 10, y + 4, text, "start", f'style="fill:{colour}"')

    def svg(self, run: dict) -> str:
        self.text(LEFT, 24, "Forwarding an established packet: one core, no NIC", "start", 'font-size="16"')
        self.text(LEFT, 43, f"{run['cpu']} {run['tsc_ghz']} GHz, {run['dpdk']}, commit {run['commit']}; "
                  "both directions in turn; medians, bars: least and most", "start", 'font-size="11"')
        self.axes()
        self.curves()
        style = "text{fill:#333}@media(prefers-color-scheme:dark){text{fill:#ccc}}"
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
                f'font-size="12">\n<style>{style}</style>\n' + "\n".join(self.parts) + "\n</svg>\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("json", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    stored = json.loads(arguments.json.read_text())
    lines = series_of(stored["figures"])
    if not lines:
        parser.error(f"{arguments.json} has no figures of the section matrix with direction both")
    arguments.output.write_text(Plot(lines).svg(stored["run"]))


if __name__ == "__main__":
    main()
