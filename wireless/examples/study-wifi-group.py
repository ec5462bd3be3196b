#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Studies of group delivery over Wi-Fi: sweeps of a simulation in parallel, to CSV and plot.

    study-wifi-group.py delay           distribution of the delay, and power, against the DTIM period
    study-wifi-group.py airtime         airtime and power against sleeping and receiving stations
    study-wifi-group.py crossover       group frames or copies: airtime and time per frame against members
    study-wifi-group.py range           loss, throughput and airtime against distance, for rates and methods
    study-wifi-group.py channel-change  IPTV: from leaving a channel to seeing another, and what it costs others

Each point is the mean of --runs runs with different seeds, with its 95 % confidence interval (Student's t). The CSV has all
runs; the plot the means, and dashed the closed forms, which the program prints beside its results. All processors are used.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Callable

from wifi_sweep import Closed, Curve, Panel, Point, Row, Study, column, grid, main, mean_and_interval

MODE = "ErpOfdmRate24Mbps"
GROUP = "wifi-group-study"
LABELS = {
    "NoAck": "no acknowledgment", "GcrUnsolicitedRetry": "unsolicited retries", "GcrBlockAck": "GCR block ack",
    "LeaderAck": "leader's Ack", "UnicastAmsdu": "copies (A-MSDU)", "UnicastPayload": "copies", "Dms": "DMS", "Fms": "FMS",
    "DsssRate1Mbps": "1 Mb/s", MODE: "24 Mb/s", "HtMcs1": "13 Mb/s", "HtMcs4": "39 Mb/s", "HtMcs7": "65 Mb/s",
}


def uniform(rows: list[Row], _: list[Row]) -> Curve:
    """Delays are spread evenly between two bounds: see MeanBurstQueueing."""
    return [(float(rows[0]["closed_delay_low"]) * 1e3, 0.0), (float(rows[0]["closed_delay_high"]) * 1e3, 1.0)]


def two_waits(rows: list[Row], _: list[Row]) -> Curve:
    """A wait for the next datagram and one for the DTIM, each evenly spread: the distribution of their sum."""
    low, high = float(rows[0]["closed_zap_low"]), float(rows[0]["closed_zap_high"])
    first, second = float(rows[0]["spacing"]) / 1e3, high - low

    def square(x: float) -> float:
        return max(x, 0) ** 2

    xs = [(first + second) * i / 50 for i in range(51)]
    return [(low + x, (square(x) - square(x - first) - square(x - second) + square(x - first - second)) / (2 * first * second))
            for x in xs]


def residual_loss(method: str, p: float, tries: int, members: int) -> float | None:
    """What a method leaves of a loss of p in each try. All but the leader have what it took until the leader had it."""
    if method in ("GcrUnsolicitedRetry", "GcrBlockAck"):
        return p**tries
    if method == "LeaderAck":
        others = (1 - p) * sum(p ** (2 * k - 1) for k in range(1, tries)) + p ** (2 * tries - 1)
        return (p**tries + (members - 1) * others) / members
    return None


def retry_loss(rows: list[Row], all_rows: list[Row]) -> Curve:
    """The residual loss, p being what group frames without retries lose at the same distance and rate."""
    losses: dict[float, list[float]] = {}
    for row in all_rows:
        if row["method"] == "NoAck" and row["groupMode"] == rows[0]["groupMode"]:
            losses.setdefault(float(row["distance"]), []).append(float(row["loss"]))
    tries, members = int(rows[0]["retries"]) + 1, int(rows[0]["members"])
    curve = [(x, residual_loss(rows[0]["method"], mean_and_interval(ps)[0], tries, members)) for x, ps in sorted(losses.items())]
    return [(x, loss) for x, loss in curve if loss is not None]


def delay() -> Study:
    def steady(row: Row) -> bool:
        return row["spacing"] == "20"

    period = "DTIM period, beacons"
    return Study(
        GROUP,
        "A group stream to sleeping stations: 802.11g, 1 Mb/s, 200 octets (left: every 20 ms)",
        grid({"groupMode": "DsssRate1Mbps", "stations": 2, "sleepers": 1, "seconds": 30, "listen": 10},
             spacing=[20, 100, 1000], dtim=[1, 2, 3, 5, 10]),
        [
            Panel("dtim", "delay", period, "mean delay, ms", scale=1e3, closed=column("dtim", "closed_delay", 1e3), where=steady),
            Panel("dtim", "delay_quantiles", "delay, ms", "share of frames", ("dtim",), scale=1e3, closed=uniform, where=steady,
                  distribution=True),
            Panel("dtim", "power_asleep", period, "power of a sleeping station's radio, W", ("spacing",),
                  closed=column("dtim", "closed_power_asleep")),
        ],
        3,
        {**{f"dtim={dtim}": f"DTIM period {dtim}" for dtim in (1, 2, 3, 5, 10)}, "spacing=20": "every 20 ms",
         "spacing=100": "every 100 ms", "spacing=1000": "every second"},
    )


def airtime() -> Study:
    sleepers = "sleeping stations of 16"

    def panel(y: str, ylabel: str, closed: Closed | None = None) -> Panel:
        return Panel("sleepers", y, sleepers, ylabel, ("members",), "method", closed=closed)

    return Study(
        GROUP,
        "Airtime and power: 802.11g, 24 Mb/s, DTIM period 3, 500 octets every 20 ms",
        grid({"octets": 500, "seconds": 4, "groupMode": MODE, "unicastMode": MODE, "stations": 16},
             method=["NoAck", "GcrUnsolicitedRetry", "UnicastAmsdu"], members=[4, 8, 16], sleepers=[0, 4, 8, 12, 16]),
        [
            panel("airtime", "airtime of the stream, share", column("sleepers", "closed_airtime")),
            panel("power_asleep", "power of a sleeping member, W", column("sleepers", "closed_power_asleep")),
            panel("power_other", "power of a sleeper that is no member, W"),
            panel("power", "power, mean of all 16, W"),
        ],
        3,
        {**LABELS, **{f"members={members}": f"{members} members" for members in (4, 8, 16)}},
    )


def crossover() -> Study:
    members = [1, 2, 4, 8, 12, 16, 20]
    fixed: Point = {"octets": 1000, "seconds": 2, "unicastMode": MODE, "sleepers": 0}
    kinds: list[Point] = [{"method": "NoAck", "groupMode": "DsssRate1Mbps"}, {"method": "NoAck", "groupMode": MODE},
                          {"method": "UnicastAmsdu", "groupMode": MODE}]
    loads = {"20": "stream", "0.4": "saturated"}

    def panel(load: str, y: str, ylabel: str, closed: str, scale: float = 1.0) -> Panel:
        return Panel("stations", y, "members", ylabel, ("method", "groupMode"), scale=scale,
                     closed=column("stations", closed, scale), where=lambda row: row["spacing"] == load)

    return Study(
        GROUP,
        "Group frames, or copies at 24 Mb/s: 802.11g, 1000 octets, nobody sleeps. Left: a frame every 20 ms, right: saturated",
        [{**point, "spacing": load} for load in loads for kind in kinds for point in grid({**fixed, **kind}, stations=members)],
        [
            panel("20", "airtime", "airtime of the access point's frames, share", "closed_airtime"),
            panel("0.4", "exchange", "time for a frame to all members, ms", "closed_exchange", 1e3),
        ],
        2,
        LABELS,
    )


def coverage(methods: list[str]) -> Study:
    distance = "distance, m"
    return Study(
        GROUP,
        "802.11n with Nakagami fading, 1000 octets every 5 ms to 4 stations that are awake; up to 3 retries",
        grid({"standard": "n", "octets": 1000, "spacing": 5, "seconds": 3, "fading": 1, "sleepers": 0, "stations": 4},
             method=methods, mode=["HtMcs1", "HtMcs4", "HtMcs7"], distance=[10, 20, 40, 60, 80, 100, 120]),
        [
            Panel("distance", y, distance, ylabel, ("groupMode",), "method", scale, closed=closed)
            for y, ylabel, scale, closed in (("loss", "loss, share", 1.0, retry_loss), ("goodput", "throughput, Mb/s", 1e-6, None),
                                             ("airtime", "airtime of the stream, share", 1.0, None))
        ],
        len(methods),
        LABELS,
    )


def range_study(folder: Path) -> Study:
    """With all methods that the program has."""
    listed = subprocess.run([folder.resolve() / GROUP, "--methods=1"], check=True, capture_output=True, text=True).stdout.split()
    study = coverage(listed)
    for point in study.points:  # group frames and copies go at the same rate
        point["groupMode"] = point["unicastMode"] = point.pop("mode")
    return study


def channel_change() -> Study:
    period, lmqi = "DTIM period, beacons", "Last Member Query Interval, s"
    fixed: Point = {"zaps": 20, "lmqi": 1, "igmp": 3, "watchers": 0, "listen": 10, "method": "NoAck", "fastLeave": 0}
    intervals = [0.1, 0.25, 0.5, 1, 2]
    points = (
        grid(fixed, igmp=[2, 3], asleep=[0, 1], dtim=[1, 2, 3, 5, 10])
        + grid({**fixed, "asleep": 1}, dtim=[1, 3, 10], lmqi=intervals)
        + grid({**fixed, "asleep": 1, "dtim": 10, "fastLeave": 1}, lmqi=intervals)
        + grid({**fixed, "asleep": 1, "watchers": 2}, dtim=[1, 3, 10], lmqi=intervals)
        + grid({**fixed, "asleep": 1, "dtim": 10}, method=["NoAck", "UnicastAmsdu"], listen=[1, 2, 5, 10])
    )

    def where(**free: tuple[str, ...]) -> Callable[[Row], bool]:
        """Rows with these values, any if there are none, and for the rest what is fixed."""
        wanted = {**{name: (str(value),) for name, value in fixed.items() if name != "zaps"}, **free}
        return lambda row: all(not values or row[name] in values for name, values in wanted.items())

    return Study(
        "wifi-channel-change",
        "A viewer on Wi-Fi changes the channel: 802.11g, 24 Mb/s, 1000 octets every 20 ms, PIM join over 10 ms",
        [point for index, point in enumerate(points) if point not in points[:index]],
        [
            Panel("dtim", "zap", period, "leave to first frame, s: mean", ("asleep", "igmp"),
                  closed=column("dtim", "closed_zap"), where=where(igmp=())),
            Panel("dtim", "zap_quantiles", "leave to first frame, s", "share of changes", ("dtim",), closed=two_waits,
                  where=where(asleep=("1",)), distribution=True),
            Panel("listen", "zap", "listen interval, beacons (DTIM period 10)", "leave to first frame, s: mean", ("method",),
                  closed=column("listen", "closed_zap"), where=where(asleep=("1",), dtim=("10",), listen=(), method=())),
            Panel("lmqi", "linger", lmqi, "old channel on the air after the leave, s", ("dtim", "fastLeave"),
                  closed=column("lmqi", "closed_linger"),
                  where=where(asleep=("1",), dtim=("1", "3", "10"), lmqi=(), fastLeave=())),
            Panel("lmqi", "watcher_lost", lmqi, "frames that others lose by each leave", ("dtim",),
                  where=where(asleep=("1",), watchers=("2",), lmqi=())),
        ],
        3,
        {**LABELS, **{f"dtim={dtim}": f"DTIM period {dtim}" for dtim in (1, 2, 3, 5, 10)}, "asleep=0": "awake", "asleep=1": "asleep",
         "igmp=2": "IGMPv2", "igmp=3": "IGMPv3", "fastLeave=0": "", "fastLeave=1": "fast leave"},
    )


STUDIES = {"delay": lambda _: delay(), "airtime": lambda _: airtime(), "crossover": lambda _: crossover(), "range": range_study,
           "channel-change": lambda _: channel_change()}

if __name__ == "__main__":
    sys.exit(main("study-wifi-group", __doc__, STUDIES))
