#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draws what pim-bsr-failover wrote: the rate at the receiver, and the RP that each router believes in, over time.

    plot-pim-bsr-failover.py bsr.csv [--out bsr.png]
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
from matplotlib.patches import Patch  # noqa: E402

COLOURS = {"RP A": "tab:blue", "RP B": "tab:orange", "none": "lightgrey"}
Rows = dict[str, list[list[str]]]


def read(path: Path) -> Rows:
    """The lines by their first field. Raises ValueError if there are no rates or no RPs."""
    rows: Rows = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            rows[row[0]].append(row[1:])
    for kind in ("rate", "rp"):
        if not rows[kind]:
            raise ValueError(f"{path}: no line of kind '{kind}'")
    return rows


def draw_rate(axis: pyplot.Axes, rows: Rows) -> None:
    """Received bit/s over time, with what happened."""
    times = [float(time) for time, _ in rows["rate"]]
    axis.fill_between(times, [float(rate) / 1000 for _, rate in rows["rate"]], step="pre", alpha=0.6, color="tab:green")
    top = max(float(rate) for _, rate in rows["rate"]) / 1000
    for number, (time, text) in enumerate(rows["event"]):
        axis.axvline(float(time), color="black", linewidth=0.8, linestyle=":")
        axis.text(float(time) + 1, top * (1.42 - 0.1 * (number % 4)), text, fontsize=8, va="top")
    axis.set_ylim(0, top * 1.5)
    axis.set_ylabel("received (kb/s)")
    axis.grid(alpha=0.3)


def draw_rps(axis: pyplot.Axes, rows: Rows) -> None:
    """A bar for each router, in the colour of its RP."""
    end = float(rows["rate"][-1][0])
    spans: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for time, router, rp in rows["rp"]:
        spans[router].append((float(time), rp))
    for place, (router, changes) in enumerate(spans.items()):
        for (start, rp), (stop, _) in zip(changes, changes[1:] + [(end, "")]):
            axis.broken_barh([(start, stop - start)], (place - 0.35, 0.7), color=COLOURS.get(rp, "tab:red"))
    axis.set_yticks(range(len(spans)), list(spans))
    axis.set_ylabel("RP as known by")
    axis.set_xlabel("time (s)")
    axis.legend(handles=[Patch(color=colour, label=rp) for rp, colour in COLOURS.items()], loc="upper center",
                bbox_to_anchor=(0.5, 1.2), ncol=3, fontsize=8)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv", type=Path, help="what pim-bsr-failover wrote")
    parser.add_argument("--out", type=Path, help="picture to write (default: beside the file)")
    arguments = parser.parse_args()
    try:
        rows = read(arguments.csv)
    except (OSError, ValueError) as error:
        sys.exit(f"plot-pim-bsr-failover: {error}")
    figure, (rate, rps) = pyplot.subplots(2, sharex=True, figsize=(10, 6), height_ratios=(2, 1.2))
    draw_rate(rate, rows)
    draw_rps(rps, rows)
    figure.suptitle("The RP fails, and the Bootstrap Router tells of another")
    figure.tight_layout()
    out = arguments.out or arguments.csv.with_suffix(".png")
    figure.savefig(out, dpi=120)
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
