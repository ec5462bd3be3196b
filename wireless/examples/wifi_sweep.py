# SPDX-License-Identifier: GPL-2.0-only
"""Sweeps of a simulation over its parameters: runs in parallel, means with confidence intervals, CSV, plots.

A program takes ``--name=value`` and prints, with ``--head=1``, a line of column names and a line of values. A ``Study`` says
which points it is run at and what is drawn of them.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

# Student's t, 97.5 %, by degrees of freedom; beyond the table the normal distribution's is near enough.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)
Row = dict[str, str]
Point = dict[str, object]
Curve = list[tuple[float, float]]
# The closed form of a line: from its rows, and all rows of the study, to points.
Closed = Callable[[list[Row], list[Row]], Curve]


@dataclass
class Panel:
    """One plot: y against x, a line for each value of ``lines``; with ``facet`` one plot for each value of that column."""

    x: str
    y: str
    xlabel: str
    ylabel: str
    lines: tuple[str, ...] = ()
    facet: str = ""
    scale: float = 1.0
    log: bool = False
    closed: Closed | None = None
    where: Callable[[Row], bool] = lambda row: True
    distribution: bool = False  # y has quantiles: draw them as a distribution function, x is not looked at


@dataclass
class Study:
    """What is simulated and what is drawn."""

    program: str
    title: str
    points: list[Point]
    panels: list[Panel]
    columns: int  # plots in a row
    labels: dict[str, str] = field(default_factory=dict)  # of values, or of column=value, in legends and titles

    def label(self, column_name: str, value: str) -> str:
        return self.labels.get(f"{column_name}={value}", self.labels.get(value, value))


def grid(fixed: Point, **varied: list[object]) -> list[Point]:
    """All combinations."""
    return [{**fixed, **dict(zip(varied, values))} for values in itertools.product(*varied.values())]


def column(x: str, name: str, scale: float = 1.0) -> Closed:
    """A closed form that the program prints beside its result."""

    def curve(rows: list[Row], _: list[Row]) -> Curve:
        points = {float(row[x]): float(row[name]) * scale for row in rows}
        return sorted((at, value) for at, value in points.items() if not math.isnan(value))

    return curve


def run_one(program: Path, point: Point, run: int) -> Row:
    """The row that the program prints. ``subprocess.CalledProcessError`` if it fails, ``StopIteration`` never."""
    arguments = [f"--{name}={value}" for name, value in point.items()]
    done = subprocess.run([program, "--head=1", f"--run={run}", *arguments], check=True, capture_output=True, text=True)
    rows = list(csv.DictReader(done.stdout.splitlines()))
    if len(rows) != 1:
        raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, f"not a row: {done.stdout}")
    return rows[0]


def sweep(program: Path, points: list[Point], runs: int, jobs: int) -> list[Row]:
    """All points, all runs, in their order; tells how far it is and how long it will take."""
    began = time.monotonic()
    work = [(point, run) for point in points for run in range(1, runs + 1)]
    rows: list[Row] = [{}] * len(work)
    with ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(run_one, program, point, run): index for index, (point, run) in enumerate(work)}
        try:
            for done, future in enumerate(as_completed(futures), 1):
                rows[futures[future]] = future.result()
                left = (time.monotonic() - began) / done * (len(work) - done)
                print(f"\r{done} of {len(work)} runs, {left:.0f} s to go  ", end="", file=sys.stderr, flush=True)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    print(file=sys.stderr)
    return rows


def mean_and_interval(values: list[float]) -> tuple[float, float]:
    """Mean, and half of the 95 % confidence interval; 0 for a single value."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, 0.0
    student = STUDENT[len(values) - 2] if len(values) - 2 < len(STUDENT) else 1.96
    return mean, student * statistics.stdev(values) / math.sqrt(len(values))


def by(rows: list[Row], names: tuple[str, ...]) -> dict[tuple[str, ...], list[Row]]:
    """Rows with the same values, in the order in which these come first."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return groups


def points_of(rows: list[Row], panel: Panel) -> list[tuple[float, float, float]]:
    """x, mean and half interval of y."""
    values: dict[float, list[float]] = {}
    for row in rows:
        value = float(row[panel.y]) * panel.scale
        if not math.isnan(value):
            values.setdefault(float(row[panel.x]), []).append(value)
    return [(x, *mean_and_interval(ys)) for x, ys in sorted(values.items())]


def quantiles_of(rows: list[Row], panel: Panel) -> list[tuple[float, float, float]]:
    """Share, mean and half interval of that quantile."""
    runs = [[float(value) * panel.scale for value in row[panel.y].split(";")] for row in rows]
    runs = [values for values in runs if not any(map(math.isnan, values))]
    return [(i / (len(values) - 1), *mean_and_interval(list(values_of_i)))
            for values in runs[:1] for i, values_of_i in enumerate(zip(*runs))]


def draw_line(axis: Axes, panel: Panel, rows: list[Row], all_rows: list[Row], label: str) -> None:
    points = (quantiles_of if panel.distribution else points_of)(rows, panel)
    if not points:
        return
    x, y, interval = zip(*points)
    if panel.distribution:
        bars = axis.errorbar(y, x, xerr=interval, markersize=2, marker="o", capsize=2, linewidth=1, label=label)
    else:
        bars = axis.errorbar(x, y, yerr=interval, marker="o", markersize=3, capsize=3, linewidth=1, label=label)
    closed = panel.closed(rows, all_rows) if panel.closed else []
    if closed:
        axis.plot(*zip(*closed), "--", linewidth=2, alpha=0.6, color=bars.lines[0].get_color())


def label_of(study: Study, panel: Panel, line: tuple[str, ...]) -> str:
    """Empty labels are left out."""
    parts = [study.label(name, value) for name, value in zip(panel.lines, line)]
    return ", ".join(filter(None, parts)) or "simulation"


def draw_panel(axis: Axes, panel: Panel, study: Study, rows: list[Row], all_rows: list[Row]) -> None:
    for line, line_rows in by(rows, panel.lines).items():
        draw_line(axis, panel, line_rows, all_rows, label_of(study, panel, line))
    if panel.closed and axis.lines:
        axis.plot([], [], "--", linewidth=2, alpha=0.6, color="grey", label="closed form")
    axis.set(xlabel=panel.xlabel, ylabel=panel.ylabel)
    if panel.log:
        axis.set_yscale("log")
    else:
        axis.set_ylim(0, 1.05 * axis.dataLim.y1 if axis.dataLim.y1 > 0 else None)  # level lines would be at the edge
    axis.grid(alpha=0.3)


def draw(study: Study, rows: list[Row], runs: int, path: Path) -> None:
    plots = []
    for panel in study.panels:
        wanted = [row for row in rows if panel.where(row)]
        facets = by(wanted, (panel.facet,)) if panel.facet else {("",): wanted}
        plots += [(panel, value, part) for (value,), part in facets.items()]
    lines = math.ceil(len(plots) / study.columns)
    figure, axes = plt.subplots(lines, study.columns, figsize=(4.6 * study.columns, 3.6 * lines + 0.8), squeeze=False)
    for axis, (panel, value, part) in zip(axes.flat, plots):
        draw_panel(axis, panel, study, part, rows)
        if panel.facet:
            axis.set_title(study.label(panel.facet, value), fontsize="medium")
    for axis in axes.flat[len(plots):]:
        axis.set_visible(False)
    share_scales(axes.flat, plots)
    legends(axes.flat, plots)
    bars = f"; bars: 95 % confidence intervals of {runs} runs" if runs > 1 else ""
    figure.suptitle(f"{study.title}\nmeans{bars}", fontsize="medium")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def share_scales(axes: list[Axes], plots: list[tuple[Panel, str, list[Row]]]) -> None:
    """Plots of one panel have the same limits, so that they can be compared."""
    axes = list(axes)
    for panel in {id(panel): panel for panel, _, _ in plots}.values():
        mine = [axis for axis, (other, _, _) in zip(axes, plots) if other is panel]
        low = min(axis.get_ylim()[0] for axis in mine)
        high = max(axis.get_ylim()[1] for axis in mine)
        for axis in mine:
            axis.set_ylim(low, high)


def legends(axes: list[Axes], plots: list[tuple[Panel, str, list[Row]]]) -> None:
    """One legend for the plots of a panel if all have the same lines."""
    seen = set()
    for axis, (panel, _, _) in zip(axes, plots):
        labels = (id(panel), *axis.get_legend_handles_labels()[1])
        if labels not in seen:
            axis.legend(fontsize="small", framealpha=0.6)
        seen.add(labels)


def quick(points: list[Point]) -> list[Point]:
    """A few of the points, with short runs: to see whether a study works."""
    return [{**point, "seconds": 1} for point in points[:: max(1, len(points) // 4)]]


def main(name: str, doc: str, studies: dict[str, Callable[[Path], Study]]) -> int:
    """The command line of a script with studies, which are told where the programs are. Returns its exit code."""
    parser = argparse.ArgumentParser(prog=name, description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", choices=studies)
    parser.add_argument("--bin", type=Path, default=Path("build/bin"), help="where the programs are (default: build/bin)")
    parser.add_argument("--runs", type=int, default=5, help="of each point, with different seeds (default: 5)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs at the same time (default: all processors)")
    parser.add_argument("--quick", action="store_true", help="a few points and short runs only")
    parser.add_argument("--out", type=Path, help="without suffix (default: wifi-STUDY): .csv and .png are written")
    arguments = parser.parse_args()
    if arguments.runs < 1 or arguments.jobs < 1:
        parser.error("--runs and --jobs are at least 1")
    out = arguments.out or Path(f"wifi-{arguments.study}")
    try:
        study = studies[arguments.study](arguments.bin)
        points = quick(study.points) if arguments.quick else study.points
        rows = sweep(arguments.bin.resolve() / study.program, points, arguments.runs, arguments.jobs)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{name}: {error}\n{getattr(error, 'stderr', '') or ''}", file=sys.stderr)
        return 2
    with Path(f"{out}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    draw(study, rows, arguments.runs, Path(f"{out}.png"))
    print(f"{out}.csv, {out}.png")
    return 0
