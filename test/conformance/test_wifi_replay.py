# SPDX-License-Identifier: GPL-2.0-only
"""ns-3's access point does what Linux's did: each capture of golden-wifi/ is rebuilt and compared frame by frame.

The captures are of hostapd 2.10 and mac80211_hwsim of Linux 6.1.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.wifi.capture import read_capture
from conformance.wifi.hostapd_conf import Conf
from conformance.wifi.replay import replay
from conformance.wifi.tim import TIM, parse_tim

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "test/conformance/golden-wifi"
PROGRAM = Path(os.environ.get("WIFI_REPLAY", ROOT / "build/bin/wifi-replay"))
# Group frames that each capture has in the time that is compared: a replay that compares nothing would pass.
GROUPS = {
    "s1_dtim3_g": 667,
    "s2_dtim1_g": 657,
    "s5_dtim10_overflow": 516,
    "s6_dtim3_m2u": 0,
    "s7_dtim3_n_mixed": 208,
    "s10_dtim2_basic6": 83,
    "s11_dtim3_onoff": 565,
    "s13_dtim2_pspoll": 3,
    "s15_igmp_br_m2u0": 165,
    "s15_igmp_br_m2u1": 15,
}

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built")


def conf_of(name: str) -> Conf:
    return Conf.read(DATA / f"{name}.hostapd.conf")


@pytest.mark.parametrize("name", GROUPS)
def test_ns3_sends_what_linux_sent(name: str, tmp_path: Path) -> None:
    outcome = replay(DATA / f"{name}.pcap", conf_of(name), PROGRAM, tmp_path)
    assert outcome.differences == []
    assert outcome.groups == GROUPS[name]
    assert outcome.compared - outcome.groups > 40, "Beacons"


def test_no_capture_is_left_out() -> None:
    assert sorted(path.stem for path in DATA.glob("*.pcap")) == sorted(GROUPS)


def test_another_dtim_period_is_told_apart(tmp_path: Path) -> None:
    conf = conf_of("s1_dtim3_g")
    conf.dtim_period = 2
    assert len(replay(DATA / "s1_dtim3_g.pcap", conf, PROGRAM, tmp_path).differences) > 100


def test_the_bit_of_another_station_is_told_apart(tmp_path: Path) -> None:
    """In one Beacon of those that tell of frames for association ID 1."""
    octets = bytearray((DATA / "s7_dtim3_n_mixed.pcap").read_bytes())
    at = octets.find(bytes.fromhex("050402030002"))
    assert at > 0
    octets[at + 5] = 4
    (tmp_path / "bent.pcap").write_bytes(octets)
    found = replay(tmp_path / "bent.pcap", conf_of("s7_dtim3_n_mixed"), PROGRAM, tmp_path).differences
    assert len(found) == 2
    assert all("beacon (2, 3" in one for one in found)


def test_sleepers_frames_are_rebuilt(tmp_path: Path) -> None:
    """The captures whose Beacons have bits of stations: 23 of 110, and 28 of 59."""
    for name in "s7_dtim3_n_mixed", "s13_dtim2_pspoll":
        assert replay(DATA / f"{name}.pcap", conf_of(name), PROGRAM, tmp_path).differences == []
        simulated = read_capture(tmp_path / f"{name}.ns3.pcap")
        tims = [parse_tim(frame.element(TIM))[0] for frame in simulated.frames if frame.beacon]
        assert sum(1 for tim in tims if tim and tim.aids) >= 20


def test_a_flipped_more_data_bit_is_told_apart(tmp_path: Path) -> None:
    octets = bytearray((DATA / "s2_dtim1_g.pcap").read_bytes())
    # Frame Control and group address of a buffered frame of the stream, somewhere in the middle.
    at = octets.find(bytes.fromhex("08220000 01005e010203"), len(octets) // 2)
    assert at > 0
    octets[at + 1] ^= 0x20
    (tmp_path / "bent.pcap").write_bytes(octets)
    assert len(replay(tmp_path / "bent.pcap", conf_of("s2_dtim1_g"), PROGRAM, tmp_path).differences) >= 2
