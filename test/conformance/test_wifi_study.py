# SPDX-License-Identifier: GPL-2.0-only
"""The programs of the Wi-Fi studies say what the closed forms say, and the studies write what they promise."""

from __future__ import annotations

import csv
import io
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build/bin"
GROUP = BIN / "wifi-group-study"
CHANNEL = BIN / "wifi-channel-change"
STUDY = ROOT / "wireless/examples/study-wifi-group.py"
MODE = "ErpOfdmRate24Mbps"

pytestmark = pytest.mark.skipif(not (GROUP.exists() and CHANNEL.exists()), reason="the programs are not built")


def run(program: Path, **arguments: object) -> dict[str, str]:
    """The row that the program prints."""
    done = subprocess.run([program, "--head=1", *(f"--{name}={value}" for name, value in arguments.items())], check=False,
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    return row


def near(row: dict[str, str], name: str, share: float) -> bool:
    """Is it what the closed form says, within that share of it?"""
    return abs(float(row[name]) / float(row[f"closed_{name}"]) - 1) < share


def test_twelve_sleepers_fetch_2400_copies_a_second() -> None:
    row = run(GROUP, octets=200, seconds=1, spacing=5, stations=12, sleepers=12, unicastMode=MODE, method="UnicastAmsdu")
    assert int(row["sent"]) == 200
    assert float(row["loss"]) == 0


def test_copies_under_heavy_loss_are_simulated_to_the_end() -> None:
    """With ns-3's queue lifetime its Block Ack manager crashed at this point (3.37)."""
    row = run(GROUP, run=5, standard="n", octets=1000, spacing=5, seconds=3, fading=1, sleepers=0, stations=4,
              method="UnicastAmsdu", distance=80, groupMode="HtMcs1", unicastMode="HtMcs1")  # fmt: skip
    assert int(row["sent"]) == 600
    assert 0.05 < float(row["loss"]) < 0.6


def test_a_buffered_stream_is_delayed_as_the_closed_form_says() -> None:
    row = run(GROUP, dtim=5, stations=2, groupMode="DsssRate1Mbps", seconds=30, listen=10)
    assert float(row["loss"]) == 0
    assert near(row, "delay", 0.02) and near(row, "power_asleep", 0.03)
    quantiles = [float(value) for value in row["delay_quantiles"].split(";")]
    low, high = float(row["closed_delay_low"]), float(row["closed_delay_high"])
    for i, value in enumerate(quantiles):  # evenly spread
        assert abs(value - (low + (high - low) * i / 20)) < 0.05 * high


def test_a_sleeper_fetches_copies_as_the_closed_form_says() -> None:
    row = run(GROUP, stations=1, sleepers=1, listen=1, method="UnicastPayload", unicastMode=MODE, seconds=20)
    assert near(row, "delay", 0.03)


# The beacons take 1 %.
@pytest.mark.parametrize("method, spacing", [("NoAck", 0.4), ("UnicastAmsdu", 1)])
def test_a_saturated_stream_goes_as_fast_as_the_closed_form_says(method: str, spacing: float) -> None:
    row = run(GROUP, method=method, spacing=spacing, stations=8, sleepers=0, octets=1000, seconds=3, groupMode=MODE, unicastMode=MODE)
    assert near(row, "exchange", 0.02)


def test_only_members_receive() -> None:
    row = run(GROUP, method="UnicastAmsdu", stations=8, members=2, sleepers=4, seconds=6, unicastMode=MODE)
    assert int(row["received"]) == 2 * int(row["sent"])
    assert near(row, "airtime", 0.05)
    assert float(row["power_other"]) < float(row["power_asleep"]) < float(row["power_awake"])


@pytest.mark.parametrize("arguments", [["--method=Pigeon"], ["--sleepers=5", "--stations=4"], ["--spacing=0"], ["--standard=x"]])
def test_the_simulation_refuses_what_it_cannot_simulate(arguments: list[str]) -> None:
    done = subprocess.run([GROUP, *arguments], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stderr.startswith("wifi-group-study: ") and not done.stdout


@pytest.mark.parametrize("igmp", [2, 3])
def test_an_awake_viewer_waits_for_the_join_and_the_next_frame(igmp: int) -> None:
    row = run(CHANNEL, asleep=0, zaps=10, igmp=igmp)
    assert (row["zaps"], row["unanswered"]) == ("10", "0")
    assert 0.02 < float(row["zap"]) < 0.045  # a round trip of 20 ms, then 0 to 20 ms until the next datagram
    assert near(row, "linger", 0.03)


def test_a_sleeping_viewer_waits_for_the_dtim_as_well() -> None:
    row = run(CHANNEL, zaps=40, hold=5.5, dtim=5)
    assert (row["zaps"], row["unanswered"]) == ("40", "0")
    assert near(row, "zap", 0.1) and near(row, "linger", 0.03)


def test_fast_leave_ends_the_old_channel_at_once() -> None:
    row = run(CHANNEL, zaps=10, fastLeave=1)
    assert float(row["linger"]) < 0.35 < 2 < float(run(CHANNEL, zaps=10)["linger"])


def test_a_sleeper_loses_frames_if_the_last_member_query_does_not_wait_for_it() -> None:
    patient = run(CHANNEL, zaps=6, dtim=10, watchers=1, lmqi=2)
    hasty = run(CHANNEL, zaps=6, dtim=10, watchers=1, lmqi=0.1)
    assert float(patient["watcher_lost"]) == 0 < float(hasty["watcher_lost"])


def test_the_channel_change_refuses_what_it_cannot_simulate() -> None:
    for argument in ("--igmp=1", "--method=Pigeon", "--lmqi=9", "--octets=4"):
        done = subprocess.run([CHANNEL, argument], check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and done.stderr.startswith("wifi-channel-change: ")


@pytest.mark.parametrize("study, runs", [("delay", 2), ("airtime", 1), ("crossover", 1), ("range", 1), ("channel-change", 1)])
def test_a_study_writes_a_table_and_a_picture(study: str, runs: int, tmp_path: Path) -> None:
    done = subprocess.run([STUDY, study, "--quick", f"--runs={runs}", f"--bin={BIN}", f"--out={tmp_path / 'out'}"], check=False,
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 4 * runs and f"{len(rows)} of {len(rows)} runs" in done.stderr
    assert {int(row["run"]) for row in rows} == set(range(1, runs + 1))
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("arguments", [["nonsense"], ["delay", "--runs=0"], ["delay", "--jobs=0"], ["delay", "--bin=/nowhere"],
                                       ["range", "--bin=/nowhere"], []])
def test_a_study_with_bad_arguments_says_so(arguments: list[str]) -> None:
    done = subprocess.run([STUDY, *arguments], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stderr
    assert "Traceback" not in done.stderr
