#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draws what pim-random-network wrote: delivery to members, control overhead and state over time.

    plot-pim-random-network.py random.csv [--out random.png]
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

Columns = dict[str, list[float]]


def read(path: Path) -> Columns:
    """The columns by name. Raises ValueError if there is no sample."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise ValueError(f"{path}: no samples")
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def draw_delivery(axis: pyplot.Axes, columns: Columns) -> None:
    """Datagrams that members had, and those that they should have had and have not."""
    axis.fill_between(columns["time"], columns["received"], step="pre", color="tab:green", alpha=0.5, label="received")
    axis.step(columns["time"], columns["lost"], color="tab:red", label="lost")
    axis.step(columns["time"], columns["twice"], color="tab:purple", linestyle=":", label="twice")
    due = sum(columns["received"]) + sum(columns["lost"])
    share = 100 * sum(columns["lost"]) / due if due else 0
    axis.set_title(f"Delivery: {sum(columns['received']):.0f} datagrams received, {share:.3g} % of those due lost, "
                   f"{sum(columns['twice']):.0f} twice", fontsize=10)
    axis.set_ylabel("datagrams a second")


def draw_control(axis: pyplot.Axes, columns: Columns) -> None:
    """Packets of PIM and IGMP beside those of the data, over all links."""
    for name, label, colour in (("data_hops", "data, over all links", "tab:green"), ("pim_packets", "PIM", "tab:blue"),
                                ("igmp_packets", "IGMP", "tab:orange")):
        axis.step(columns["time"], columns[name], label=label, color=colour)
    axis.set_yscale("symlog", linthresh=10)
    axis.set_title(f"Control: {sum(columns['pim_octets']) / 1000:.0f} kB of PIM, "
                   f"{sum(columns['igmp_octets']) / 1000:.0f} kB of IGMP", fontsize=10)
    axis.set_ylabel("packets a second")


def draw_state(axis: pyplot.Axes, columns: Columns) -> None:
    """Members, and the (*,G), (S,G) and (S,G,rpt) that all routers hold for them."""
    axis.step(columns["time"], columns["trees"], color="tab:blue", label="trees of all routers")
    axis.step(columns["time"], columns["members"], color="black", label="members")
    axis.set_title("State", fontsize=10)
    axis.set_xlabel("time (s)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv", type=Path, help="what pim-random-network wrote")
    parser.add_argument("--out", type=Path, help="picture to write (default: beside the file)")
    arguments = parser.parse_args()
    try:
        columns = read(arguments.csv)
    except (OSError, ValueError) as error:
        sys.exit(f"plot-pim-random-network: {error}")
    figure, axes = pyplot.subplots(3, sharex=True, figsize=(9, 9))
    for axis, draw in zip(axes, (draw_delivery, draw_control, draw_state)):
        draw(axis, columns)
        axis.grid(alpha=0.3)
        axis.legend(loc="upper left", fontsize=8)
    figure.suptitle("A random network of PIM routers: members come and go")
    figure.tight_layout()
    out = arguments.out or arguments.csv.with_suffix(".png")
    figure.savefig(out, dpi=120)
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
