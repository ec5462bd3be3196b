# SPDX-License-Identifier: GPL-2.0-only
"""The program of the Wi-Fi studies runs to its end where stations fall asleep among the frames of others."""

from __future__ import annotations

import csv
import io
import subprocess
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "build/bin/wifi-group-study"

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built")


# In each of these a station falls asleep in the 4 us in which its PHY detects the preamble of a frame.
@pytest.mark.parametrize("spacing, stations, run", [(5, 12, 1), (8, 8, 4)])
def test_a_station_may_fall_asleep_while_a_frame_begins(spacing: int, stations: int, run: int) -> None:
    arguments = {
        "head": 1, "octets": 200, "seconds": 2, "spacing": spacing, "stations": stations, "sleepers": stations,
        "groupMode": "ErpOfdmRate24Mbps", "unicastMode": "ErpOfdmRate24Mbps", "method": "UnicastAmsdu", "run": run,
    }
    done = subprocess.run([PROGRAM, *(f"--{name}={value}" for name, value in arguments.items())], check=False,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert int(row["sent"]) > 0 and int(row["received"]) > int(row["sent"]) * stations / 2
