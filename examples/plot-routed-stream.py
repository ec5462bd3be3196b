#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draws what routed-stream delivered over time: the rate on each LAN and at each viewer.

    plot-routed-stream.py stream.csv [--out stream.png]
    plot-routed-stream.py stream.csv.rank0 stream.csv.rank1
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

Series = dict[str, list[tuple[float, float]]]


def read(paths: list[Path]) -> Series:
    """Time in seconds and rate in bit/s of each LAN and viewer, from files of lines ``time,where,rate``.

    Raises ValueError for a line of another form.
    """
    series: Series = defaultdict(list)
    for path in paths:
        with path.open(newline="") as file:
            for number, row in enumerate(csv.reader(file), start=1):
                if row[:1] == ["time"]:
                    continue
                if len(row) != 3:
                    raise ValueError(f"{path}:{number}: not of the form time,where,rate")
                series[row[1]].append((float(row[0]), float(row[2])))
    return {name: sorted(points) for name, points in sorted(series.items())}


def draw(series: Series, out: Path) -> None:
    """One row per LAN, in a colour of its own, with its viewers below."""
    figure, axes = pyplot.subplots(len(series), sharex=True, sharey=True, figsize=(9, 1.1 * len(series) + 1))
    for axis, (name, points) in zip([axes] if len(series) == 1 else axes, series.items()):
        times, rates = zip(*points)
        axis.fill_between(times, [rate / 1e6 for rate in rates], step="pre", alpha=0.6,
                          color="tab:orange" if name.endswith("-lan") else "tab:blue")
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
        axis.grid(alpha=0.3)
    figure.supxlabel("time (s)")
    figure.suptitle("Delivered rate (Mb/s)")
    figure.tight_layout()
    figure.savefig(out, dpi=120)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv", nargs="+", type=Path, help="what routed-stream wrote")
    parser.add_argument("--out", type=Path, help="picture to write (default: beside the first file)")
    arguments = parser.parse_args()
    try:
        series = read(arguments.csv)
    except (OSError, ValueError) as error:
        sys.exit(f"plot-routed-stream: {error}")
    if not series:
        sys.exit("plot-routed-stream: no samples")
    out = arguments.out or arguments.csv[0].with_suffix(".png")
    draw(series, out)
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
