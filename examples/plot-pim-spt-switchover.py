#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draws what pim-spt-switchover wrote: the way of the data before and after the switchover, and the delay of each datagram.

    plot-pim-spt-switchover.py spt.csv [--out spt.png]
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

PHASES = {"before": "Before: the RP's tree", "after": "After: the source's tree"}
COLOURS = {"data": "tab:blue", "register": "tab:orange"}
Rows = dict[str, list[list[str]]]


def read(path: Path) -> Rows:
    """The lines by their first field. Raises ValueError if nodes, hops or datagrams are missing."""
    rows: Rows = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            rows[row[0]].append(row[1:])
    for kind in ("node", "link", "hop", "datagram"):
        if not rows[kind]:
            raise ValueError(f"{path}: no line of kind '{kind}'")
    return rows


def draw_tree(axis: pyplot.Axes, rows: Rows, phase: str) -> None:
    """The network, with an arrow for each link that data took."""
    places = {name: (float(x), float(y)) for name, x, y in rows["node"]}
    for a, b in rows["link"]:
        axis.plot(*zip(places[a], places[b]), color="lightgrey", linewidth=2, zorder=1)
    for which, a, b, kind, packets in rows["hop"]:
        if which != phase:
            continue
        (x0, y0), (x1, y1) = places[a], places[b]
        lift = 0.12 if kind == "register" else 0
        axis.annotate("", xy=(x1 - 0.15 * (x1 - x0), y1 - 0.15 * (y1 - y0) + lift),
                      xytext=(x0 + 0.15 * (x1 - x0), y0 + 0.15 * (y1 - y0) + lift),
                      arrowprops={"arrowstyle": "-|>", "color": COLOURS[kind], "linewidth": 2.5}, zorder=2)
        axis.text((x0 + x1) / 2, (y0 + y1) / 2 + (0.05 if kind == "register" else -0.11) + lift, packets, color=COLOURS[kind], ha="center", fontsize=8)
    states = defaultdict(list)
    for which, name, text in rows["state"]:
        if which == phase:
            states[name].append(text)
    for name, (x, y) in places.items():
        axis.scatter([x], [y], s=900, color="white", edgecolors="black", zorder=3,
                     marker="s" if name in ("source", "receiver") else "o")
        axis.text(x, y, name.replace(" ", "\n"), ha="center", va="center", fontsize=7, zorder=4)
        axis.text(x, y - 0.22, "\n".join(states[name]), ha="center", va="top", fontsize=7, color="dimgrey")
    axis.set_title(PHASES[phase], fontsize=10)
    axis.set_xlim(-0.4, 3.5)
    axis.set_ylim(-0.65, 1.45)
    axis.axis("off")


def draw_delays(axis: pyplot.Axes, rows: Rows) -> None:
    """Delay over time, with what the routers did."""
    points = sorted((float(sent), 1000 * float(delay)) for _, sent, delay in rows["datagram"])
    axis.plot(*zip(*points), ".", markersize=3, color="tab:blue")
    first = points[0][0]
    top = max(delay for _, delay in points)
    seen: list[float] = []
    for time, router, text in rows["event"]:
        at = float(time)
        if at < first - 3:
            continue
        axis.axvline(at, color="lightgrey", linewidth=0.8, zorder=0)
        level = sum(1 for other in seen if abs(other - at) < 4.5)
        seen.append(at)
        axis.text(at + 0.05, top * (1.9 - 0.13 * level), f"{router} {text}", fontsize=7, va="top")
    axis.set_ylim(0, top * 2)
    axis.set_xlabel("time (s)")
    axis.set_ylabel("delay of a datagram (ms)")
    axis.grid(alpha=0.3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv", type=Path, help="what pim-spt-switchover wrote")
    parser.add_argument("--out", type=Path, help="picture to write (default: beside the file)")
    arguments = parser.parse_args()
    try:
        rows = read(arguments.csv)
    except (OSError, ValueError) as error:
        sys.exit(f"plot-pim-spt-switchover: {error}")
    figure = pyplot.figure(figsize=(11, 8))
    grid = figure.add_gridspec(2, 2, height_ratios=(1, 1))
    for column, phase in enumerate(PHASES):
        draw_tree(figure.add_subplot(grid[0, column]), rows, phase)
    draw_delays(figure.add_subplot(grid[1, :]), rows)
    figure.text(0.3, 0.93, "packets on a link:", ha="center", fontsize=9)
    figure.text(0.41, 0.93, "data", ha="center", fontsize=9, color=COLOURS["data"])
    figure.text(0.53, 0.93, "data inside of Registers", ha="center", fontsize=9, color=COLOURS["register"])
    figure.suptitle("PIM Sparse Mode: switchover to the source's tree")
    figure.tight_layout(rect=(0, 0, 1, 0.95))
    out = arguments.out or arguments.csv.with_suffix(".png")
    figure.savefig(out, dpi=120)
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
