#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Studies of group delivery over Wi-Fi: sweeps of wifi-group-study in parallel, to CSV and plot.

    study-wifi-group.py delay      delay against the DTIM period, with the closed form
    study-wifi-group.py airtime    airtime and power against sleeping and receiving stations
    study-wifi-group.py crossover  airtime of group frames and of copies against members, with the closed form
    study-wifi-group.py range      loss and throughput against distance, for rates and methods

Each point is the mean of --runs runs with different seeds, with its 95 % confidence interval (Student's t). The CSV has all
runs; the plot the means. All processors are used.
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
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

# Student's t, 97.5 %, by degrees of freedom; beyond the table the normal distribution's is near enough.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)
TU = 1024e-6  # s
Row = dict[str, str]


@dataclass
class Closed:
    """A closed form: its name, and y for x."""

    label: str
    y: Callable[[float], float]


@dataclass
class Panel:
    """One plot: y against x, a line for each value of the others."""

    x: str
    y: str
    ylabel: str
    lines: tuple[str, ...] = ()
    scale: float = 1.0
    log: bool = False
    closed: list[Closed] = field(default_factory=list)


@dataclass
class Study:
    """What is varied (all combinations), what stays, what is drawn."""

    title: str
    points: list[dict[str, object]]
    panels: list[Panel]
    xlabel: str


def grid(fixed: dict[str, object], **varied: list[object]) -> list[dict[str, object]]:
    """All combinations."""
    return [{**fixed, **dict(zip(varied, values))} for values in itertools.product(*varied.values())]


def dsss_exchange(octets: int, rate: float, slot: float = 9e-6) -> float:
    """A group frame of an 11g BSS at a DSSS rate (bit/s): DIFS, mean backoff of CWmin / 2 slots, preamble, frame; s."""
    return (10e-6 + 2 * slot) + 7.5 * slot + 192e-6 + (octets + 36) * 8 / rate


def ofdm_ppdu(octets: int, rate: float) -> float:
    """An OFDM PPDU in 2.4 GHz (IEEE 802.11-2020 17.4.3, 18.3.2.4: 6 us of signal extension); s."""
    return 20e-6 + 4e-6 * math.ceil((22 + 8 * octets) / (rate * 4e-6)) + 6e-6


def buffered_delay(period: float, octets: int = 200, spacing: float = 0.02, rate: float = 1e6) -> float:
    """Mean delay of a stream at a DTIM period: (D-W)^2 / 2D until the DTIM beacon, and waiting for each other in the burst of
    W = D s / T, the frame itself and its share of the beacon; s."""
    interval, service = period * 100 * TU, dsss_exchange(octets, rate)
    burst = interval * service / spacing
    beacon = 192e-6 + 83 * 8 / 1e6
    return (interval - burst) ** 2 / (2 * interval) + (interval - burst) * service / spacing / 2 + service + beacon


def studies() -> dict[str, Study]:
    mode = "ErpOfdmRate24Mbps"
    exchange = ofdm_ppdu(1000 + 36, 24e6)
    copy = ofdm_ppdu(1000 + 38, 24e6)
    return {
        "delay": Study(
            "Delay of a group stream to sleeping stations, 802.11g, 1 Mb/s, 200 octets every 20 ms",
            grid({"groupMode": "DsssRate1Mbps", "stations": 2, "seconds": 30, "listen": 10}, dtim=[1, 2, 3, 5, 10]),
            [
                Panel("dtim", "delay", "delay, ms: mean", scale=1e3, closed=[Closed("closed form", buffered_delay)]),
                Panel("dtim", "delay95", "delay, ms: 95th percentile", scale=1e3),
                Panel("dtim", "power_asleep", "power of a sleeping station, W"),
            ],
            "DTIM period, beacons",
        ),
        "airtime": Study(
            "Airtime and power, DTIM period 3, 500 octets every 20 ms",
            grid(
                {"octets": 500, "seconds": 10, "groupMode": mode, "unicastMode": mode, "stations": 16},
                sleepers=[0, 4, 8, 12, 16],
                method=["NoAck", "GcrUnsolicitedRetry", "UnicastAmsdu"],
            ),
            [
                Panel("sleepers", "airtime", "airtime of the stream, share", ("method",)),
                Panel("sleepers", "power", "power of a station, W: mean of all", ("method",)),
                Panel("sleepers", "delay", "delay, ms: mean", ("method",), 1e3),
            ],
            "sleeping stations of 16",
        ),
        "crossover": Study(
            "Group frame or copies, 1000 octets at 24 Mb/s every 20 ms",
            grid(
                {"octets": 1000, "seconds": 5, "groupMode": "DsssRate1Mbps", "unicastMode": mode, "sleepers": 0},
                stations=[1, 2, 4, 6, 8, 12, 16, 20, 24],
                method=["NoAck", "UnicastAmsdu"],
            )
            + grid(
                {"octets": 1000, "seconds": 5, "groupMode": mode, "unicastMode": mode, "sleepers": 0, "method": "NoAck"},
                stations=[1, 2, 4, 6, 8, 12, 16, 20, 24],
            ),
            [
                Panel(
                    "stations",
                    "airtime",
                    "airtime of the stream, share",
                    ("method", "groupMode"),
                    closed=[
                        Closed("closed form: group, 1 Mb/s", lambda n: (192e-6 + 1036 * 8 / 1e6) / 0.02),
                        Closed("closed form: group, 24 Mb/s", lambda n: exchange / 0.02),
                        Closed("closed form: copies", lambda n: n * copy / 0.02),
                    ],
                )
            ],
            "members",
        ),
        "range": Study(
            "Loss and throughput, 802.11g with fading, 1000 octets every 5 ms, nobody sleeps",
            grid(
                {"octets": 1000, "spacing": 5, "seconds": 5, "fading": 1, "sleepers": 0, "stations": 4},
                distance=[10, 20, 40, 60, 80, 100, 120],
                groupMode=["ErpOfdmRate6Mbps", "ErpOfdmRate24Mbps", "ErpOfdmRate54Mbps"],
                method=["NoAck", "GcrUnsolicitedRetry", "UnicastAmsdu"],
            ),
            [
                Panel("distance", "loss", "loss, share", ("method", "groupMode")),
                Panel("distance", "goodput", "throughput, Mb/s", ("method", "groupMode"), 1e-6),
            ],
            "distance, m",
        ),
    }


def run_one(program: Path, point: dict[str, object], run: int) -> Row:
    """A row of wifi-group-study. ``subprocess.CalledProcessError`` if it fails."""
    arguments = [f"--{name}={value}" for name, value in point.items()]
    done = subprocess.run([program, "--head=1", f"--run={run}", *arguments], check=True, capture_output=True, text=True)
    return next(csv.DictReader(done.stdout.splitlines()))


def sweep(program: Path, study: Study, runs: int, jobs: int) -> list[Row]:
    """All points, all runs; tells how far it is."""
    rows = []
    with ThreadPoolExecutor(jobs) as pool:
        work = [pool.submit(run_one, program, point, run) for point in study.points for run in range(1, runs + 1)]
        for done, future in enumerate(as_completed(work), 1):
            rows.append(future.result())
            print(f"\r{done} of {len(work)} runs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return rows


def mean_and_interval(values: list[float]) -> tuple[float, float]:
    """Mean, and half of the 95 % confidence interval; 0 for a single value."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, 0.0
    student = STUDENT[len(values) - 2] if len(values) - 2 < len(STUDENT) else 1.96
    return mean, student * statistics.stdev(values) / math.sqrt(len(values))


def curves(rows: list[Row], panel: Panel) -> dict[tuple[str, ...], list[tuple[float, float, float]]]:
    """x, mean and half interval of y, a list for each line."""
    groups: dict[tuple[tuple[str, ...], float], list[float]] = {}
    for row in rows:
        value = float(row[panel.y])
        if not math.isnan(value):
            key = (tuple(row[name] for name in panel.lines), float(row[panel.x]))
            groups.setdefault(key, []).append(value * panel.scale)
    lines: dict[tuple[str, ...], list[tuple[float, float, float]]] = {}
    for (line, x), values in sorted(groups.items()):
        lines.setdefault(line, []).append((x, *mean_and_interval(values)))
    return lines


def draw(study: Study, rows: list[Row], path: Path) -> None:
    figure, axes = plt.subplots(1, len(study.panels), figsize=(6 * len(study.panels), 4.5), squeeze=False)
    for panel, axis in zip(study.panels, axes[0]):
        for line, points in curves(rows, panel).items():
            x, y, interval = zip(*points)
            axis.errorbar(x, y, yerr=interval, marker="o", markersize=3, capsize=3, label=" ".join(line) or "simulation")
        xs = sorted({float(row[panel.x]) for row in rows})
        for closed in panel.closed:
            axis.plot(xs, [closed.y(x) * panel.scale for x in xs], "--", linewidth=1, label=closed.label)
        axis.set(xlabel=study.xlabel, ylabel=panel.ylabel, ylim=(0, None))
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
    figure.suptitle(study.title)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> int:
    all_studies = studies()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", choices=all_studies)
    parser.add_argument("--program", type=Path, default=Path("build/bin/wifi-group-study"))
    parser.add_argument("--runs", type=int, default=5, help="of each point, with different seeds (default: 5)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs at the same time")
    parser.add_argument("--out", type=Path, help="without suffix (default: wifi-STUDY): .csv and .png are written")
    arguments = parser.parse_args()
    study = all_studies[arguments.study]
    out = arguments.out or Path(f"wifi-{arguments.study}")
    try:
        rows = sweep(arguments.program.resolve(), study, arguments.runs, arguments.jobs)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"study-wifi-group: {error}\n{getattr(error, 'stderr', '') or ''}", file=sys.stderr)
        return 2
    with out.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    draw(study, rows, out.with_suffix(".png"))
    print(f"{out}.csv, {out}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
