# SPDX-License-Identifier: GPL-2.0-only
"""Captures of all kinds are rebuilt in ns-3: made by a model of Linux's access point over a seeded grid of configurations,
loads and station behaviour. They are also captures that the checker must not complain of."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from conformance.wifi.capture import read_capture
from conformance.wifi.hostapd_conf import Conf
from conformance.wifi.judge import judge_capture
from conformance.wifi.pcap_file import CaptureError
from conformance.wifi.replay import replay

from linux_ap import BROADCAST, Flow, Setting, play

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("WIFI_REPLAY", ROOT / "build/bin/wifi-replay"))
GROUP, OTHER, SIX = "01:00:5e:01:02:03", "01:00:5e:01:02:04", "33:33:00:00:01:23"

needs_program = pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built")

HARDWARE: list[dict[str, str]] = [
    {},
    {"hw_mode": "b"},
    {"ieee80211n": "1", "wmm_enabled": "1"},
    {"hw_mode": "a", "channel": "36"},
    {"hw_mode": "a", "channel": "36", "ieee80211n": "1", "wmm_enabled": "1"},
    {"hw_mode": "a", "channel": "36", "ieee80211n": "1", "ieee80211ac": "1", "wmm_enabled": "1"},
    {"ieee80211n": "1", "ieee80211ax": "1", "wmm_enabled": "1", "uapsd_advertisement_enabled": "1"},
    {"multicast_to_unicast": "0", "bridge": "br0"},
]


def of_grid(seed: int) -> Setting:
    """One of the scenarios."""
    choose = random.Random(seed)
    interval = choose.choice([50, 100, 100, 200, 300])
    setting = Setting(choose.choice([1, 2, 3, 5, 10]), interval, dict(choose.choice(HARDWARE)), seed=seed)
    if choose.random() < 0.25 and setting.conf.get("hw_mode") != "b":
        setting.conf["basic_rates"] = "60 120 240"
    stations = choose.randint(1, 4)
    for station in range(1, stations + 1):
        setting.doings += doings_of(choose, station, setting.end)
    spacing = choose.choice([0.005, 0.02, 0.03, 0.05])
    # the stream may begin before anybody is there
    setting.flows.append(Flow(GROUP, choose.uniform(0.6, 2.0), spacing, round(5 / spacing), choose.choice([100, 172, 600])))
    if choose.random() < 0.5:
        group, six = choose.choice([(OTHER, False), (SIX, True), (BROADCAST, False), (GROUP, False)])
        setting.flows.append(Flow(group, choose.uniform(1.5, 3), 0.11, 30, six=six, port=5002))
    if choose.random() < 0.3:
        setting.flows.append(Flow(SIX, 2.5, 0.37, 10, six=True, station=1))
    setting.encrypted = choose.random() < 0.2
    return setting


def doings_of(choose: random.Random, station: int, end: float) -> list[tuple[float, str, int]]:
    """Association, naps, and now and then an end and a second association; unicast frames in between."""
    now = choose.uniform(0.8, 1.6)
    doings = [(now, "join", station)]
    if choose.random() < 0.25:
        return doings
    while True:
        now += choose.uniform(0.2, 1.5)
        awake = choose.choice(["wake", "wake", "wake-by-data", "leave"])
        nap = choose.uniform(0.3, 3.0)
        if now + nap > end - 1:
            return doings
        doings += [(now, "sleep", station), (now + nap / 3, "unicast", station), (now + nap / 2, "unicast", station)]
        if choose.random() < 0.3:
            doings.append((now + nap * 2 / 3, "poll", station))
        now += nap
        doings.append((now, awake, station))
        if awake == "leave":
            now += choose.uniform(0.3, 1.0)
            doings.append((now, "join", station))


NAMED = {
    "nobody is there": Setting(flows=[Flow(GROUP, 1, 0.05, 100)]),
    "nobody sleeps": Setting(flows=[Flow(GROUP, 1, 0.05, 100)], doings=[(1.5, "join", 1), (1.7, "join", 2)]),
    "all sleep": Setting(
        2, flows=[Flow(GROUP, 1, 0.02, 250)],
        doings=[(0.9, "join", 1), (1.0, "join", 2), (1.1, "join", 3), (2, "sleep", 1), (2, "sleep", 2), (2, "sleep", 3)],
    ),  # fmt: skip
    "buffer overflows at period 10": Setting(
        10, flows=[Flow(GROUP, 2, 0.002, 2000)], doings=[(1, "join", 1), (1.5, "sleep", 1)]
    ),
    "buffer overflows at period 3": Setting(
        3, flows=[Flow(GROUP, 2, 0.002, 2000)], doings=[(1, "join", 1), (1.5, "sleep", 1), (5.03, "wake", 1)]
    ),
    "buffer overflows at a long interval": Setting(
        1, 1000, flows=[Flow(GROUP, 3, 0.004, 1500)], doings=[(1, "join", 1), (2, "sleep", 1)], end=12
    ),
    "the sleeper leaves while frames wait": Setting(
        5, flows=[Flow(GROUP, 1.5, 0.02, 250)],
        doings=[(1, "join", 1), (1.2, "join", 2), (2, "sleep", 1), (3.1, "leave", 1), (4.4, "join", 1), (5, "sleep", 1)],
    ),  # fmt: skip
    "the only station leaves while frames wait": Setting(
        5, flows=[Flow(GROUP, 1.5, 0.02, 250)],
        doings=[(1, "join", 1), (2, "sleep", 1), (3.1, "leave", 1), (4.4, "join", 1), (5, "sleep", 1)],
    ),  # fmt: skip
    "another configuration": Setting(
        3, flows=[Flow(GROUP, 1.5, 0.02, 600)], restarts={8.0: 2}, end=16,
        doings=[(1, "join", 1), (2, "sleep", 1), (6, "wake", 1), (9, "join", 1), (10, "sleep", 1), (13, "wake", 1)],
    ),  # fmt: skip
    "the sender begins anew": Setting(
        3, flows=[Flow(GROUP, 1.5, 0.02, 100), Flow(GROUP, 4, 0.02, 100)], doings=[(1, "join", 1), (2, "sleep", 1)]
    ),
}


def check(setting: Setting, folder: Path) -> tuple[int, int]:
    capture = play(setting, folder, "made")
    failed = [(one.requirement, one.reason) for bss in judge_capture(read_capture(capture)) for one in bss.failed]
    assert failed == []
    outcome = replay(capture, Conf.read(folder / "made.hostapd.conf"), PROGRAM, folder)
    assert outcome.differences == []
    return outcome.compared, outcome.groups


@needs_program
@pytest.mark.parametrize("seed", [*range(30), 65, 89, 101, 116, 311, 400, 497])
def test_captures_of_a_grid_are_rebuilt(seed: int, tmp_path: Path) -> None:
    compared, groups = check(of_grid(seed), tmp_path)
    assert compared - groups > 15, "Beacons"
    assert groups > 20


@needs_program
@pytest.mark.parametrize("name", NAMED)
def test_captures_of_what_may_happen_are_rebuilt(name: str, tmp_path: Path) -> None:
    _, groups = check(NAMED[name], tmp_path)
    assert (groups == 0) == (name == "nobody is there")


# ---- configurations ----


@pytest.mark.parametrize(("text", "standard", "band5", "lowest", "mode"), [
    ("", "g", False, 10, "DsssRate1Mbps"),
    ("hw_mode=b\nbasic_rates=55 110", "b", False, 55, "DsssRate5_5Mbps"),
    ("hw_mode=a\n# ieee80211n=1", "a", True, 60, "OfdmRate6Mbps"),
    (" hw_mode = a \nieee80211n=1\nbasic_rates=120 240", "n", True, 120, "OfdmRate12Mbps"),
    ("ieee80211n=1\nbasic_rates=60 120", "n", False, 60, "ErpOfdmRate6Mbps"),
    ("hw_mode=a\nieee80211n=1\nieee80211ac=1", "ac", True, 60, "OfdmRate6Mbps"),
])  # fmt: skip
def test_configurations(text: str, standard: str, band5: bool, lowest: int, mode: str, tmp_path: Path) -> None:
    path = tmp_path / "x.conf"
    path.write_text(f"ssid=a=b\n{text}\n")
    conf = Conf.read(path)
    assert (conf.dtim_period, conf.beacon_interval, conf.ssid) == (2, 100, "a=b"), "what hostapd does without a line"
    assert (conf.standard, conf.band5, conf.lowest_basic, conf.mode_of(lowest)) == (standard, band5, lowest, mode)


@pytest.mark.parametrize("line", ["dtim_period=0", "dtim_period=x", "beacon_int=70000", "basic_rates=six"])
def test_configurations_that_are_wrong(line: str, tmp_path: Path) -> None:
    path = tmp_path / "x.conf"
    path.write_text(line + "\n")
    with pytest.raises(CaptureError, match=line.partition("=")[0]):
        Conf.read(path)


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="nowhere"):
        Conf.read(tmp_path / "nowhere.conf")
