#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draws what pim-dense-grid wrote: where data went in each mode, and what it and its control cost over time.

    plot-pim-dense-grid.py grid.csv [--out grid.png]
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

COLOURS = ("tab:blue", "tab:red", "tab:green")
STYLES = ("-", "-", "--")
WINDOW = 60  # s that control is averaged over: two Hello Periods
Rows = dict[str, list[list[str]]]


def read(path: Path) -> Rows:
    """The lines by their first field. Raises ValueError if nodes, links or samples are missing."""
    rows: Rows = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            rows[row[0]].append(row[1:])
    for kind in ("node", "link", "second", "total"):
        if not rows[kind]:
            raise ValueError(f"{path}: no line of kind '{kind}'")
    return rows


def draw_grid(axis: pyplot.Axes, rows: Rows, mode: str, colour: str) -> None:
    """The grid; a link is the thicker and darker the more copies of datagrams it has carried."""
    places = {name: (float(x), float(y)) for name, x, y in rows["node"]}
    links = [(a, b, int(copies)) for which, a, b, copies in rows["link"] if which == mode]
    most = max(copies for _, _, copies in links) or 1
    for a, b, copies in links:
        share = copies / most
        axis.plot(*zip(places[a], places[b]), color="lightgrey", linewidth=1, zorder=1)
        if copies:
            axis.plot(*zip(places[a], places[b]), color=colour, alpha=0.25 + 0.75 * share,
                      linewidth=1 + 6 * share, zorder=2)
    for host, router in rows["host"]:
        axis.plot(*zip(places[host], places[router]), color="black", linewidth=1, zorder=1)
    routers = {name for a, b, _ in links for name in (a, b)}
    for name, (x, y) in places.items():
        if name in routers:
            axis.scatter([x], [y], s=60, color="white", edgecolors="black", zorder=3)
        else:
            axis.text(x, y, name, ha="center", va="center", fontsize=8, zorder=4,
                      bbox={"boxstyle": "round", "facecolor": "gold" if name == "source" else "palegreen"})
    unused = sum(1 for _, _, copies in links if copies == 0)
    copies, octets, *_ = next(total[1:] for total in rows["total"] if total[0] == mode)
    waits = ", ".join(f"{name} waited {1000 * float(wait):.0f} ms"
                      for which, name, wait in rows["join"] if which == mode)
    axis.set_title(f"{mode[0].upper()}{mode[1:]}", fontsize=11, color=colour)
    axis.set_xlabel(f"{int(copies)} copies of datagrams on links\n{int(octets) / 1000:.0f} kB of PIM\n"
                    f"{unused} of {len(links)} links without any data\n{waits}", fontsize=8)
    axis.set_xticks([])
    axis.set_yticks([])
    axis.set_xlim(min(x for x, _ in places.values()) - 0.6, max(x for x, _ in places.values()) + 0.6)
    axis.set_ylim(-0.6, max(y for _, y in places.values()) + 0.6)
    axis.set_aspect("equal")


def samples(rows: Rows, mode: str, column: int) -> tuple[list[float], list[float]]:
    """Times, and a figure of each second: copies, their octets, packets of PIM, their octets, received."""
    mine = [row for row in rows["second"] if row[0] == mode]
    return [float(row[1]) for row in mine], [float(row[2 + column]) for row in mine]


def averaged(values: list[float]) -> list[float]:
    """Each value replaced by the mean of those of the WINDOW that ends there."""
    return [sum(values[max(0, i - WINDOW + 1):i + 1]) / min(i + 1, WINDOW) for i in range(len(values))]


def mark_events(axis: pyplot.Axes, rows: Rows, named: bool) -> None:
    """A line where the source starts, and where members come and go."""
    for at, text in rows["event"]:
        axis.axvline(float(at), color="dimgrey", linewidth=0.8, linestyle=":")
        if named:
            axis.annotate(text, (float(at), 1.02), xycoords=("data", "axes fraction"), fontsize=8,
                          ha="center", color="dimgrey")


def name_flood(axis: pyplot.Axes, rows: Rows, modes: list[str]) -> None:
    """Says at the greatest flood after the first minute what it is, if there is one."""
    start = float(rows["event"][0][0])
    least = dict(zip(*samples(rows, modes[-1], 0)))
    floods = [(copies - least[at], at, copies)
              for mode in modes[:-1] for at, copies in zip(*samples(rows, mode, 0))
              if at > start + 60 and copies > 2 * least[at] > 0]
    if floods:
        _, at, copies = max(floods)
        axis.annotate("prunes and Asserts have ended:\nflooded again", (at, copies), xytext=(8, -4),
                      textcoords="offset points", va="top", fontsize=8, color="dimgrey")


def draw_times(data: pyplot.Axes, control: pyplot.Axes, rows: Rows, modes: list[str]) -> None:
    for mode, colour, style in zip(modes, COLOURS, STYLES):
        times, copies = samples(rows, mode, 0)
        data.step(times, copies, color=colour, linestyle=style, label=mode)
        times, octets = samples(rows, mode, 3)
        control.plot(times, averaged(octets), color=colour, linestyle=style, label=mode)
    name_flood(data, rows, modes)
    data.set_yscale("symlog", linthresh=100)
    data.set_ylim(bottom=0)
    data.set_ylabel("copies of datagrams\non links, a second")
    control.set_ylabel(f"octets of PIM a second\n(mean of {WINDOW} s)")
    control.set_ylim(bottom=0)
    control.set_xlabel("time (s)")
    for axis in (data, control):
        mark_events(axis, rows, axis is data)
        axis.grid(alpha=0.3)
    data.legend(loc="lower right", fontsize=8)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv", type=Path, help="what pim-dense-grid wrote")
    parser.add_argument("--out", type=Path, help="picture to write (default: beside the file)")
    arguments = parser.parse_args()
    try:
        rows = read(arguments.csv)
    except (OSError, ValueError) as error:
        sys.exit(f"plot-pim-dense-grid: {error}")
    modes = [total[0] for total in rows["total"]]
    figure = pyplot.figure(figsize=(11, 10))
    layout = figure.add_gridspec(3, len(modes), height_ratios=(1, 1, 1), hspace=0.36, top=0.93)
    for i, (mode, colour) in enumerate(zip(modes, COLOURS)):
        draw_grid(figure.add_subplot(layout[0, i]), rows, mode, colour)
    data = figure.add_subplot(layout[1, :])
    draw_times(data, figure.add_subplot(layout[2, :], sharex=data), rows, modes)
    title = "Flood and prune on a grid, and Sparse Mode with its RP at C: where data went, and its cost"
    figure.suptitle(title, y=0.98)
    out = arguments.out or arguments.csv.with_suffix(".png")
    figure.savefig(out, dpi=120, bbox_inches="tight")
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
