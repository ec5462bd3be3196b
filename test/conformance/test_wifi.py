# SPDX-License-Identifier: GPL-2.0-only
"""The checker of Wi-Fi captures: real captures pass, spoilt ones don't, broken files are told."""

from __future__ import annotations

import json
import random
import struct
import time
import zlib
from pathlib import Path

import pytest

from conformance.harness.model import Verdict
from conformance.wifi.__main__ import main
from conformance.wifi.capture import read_capture, strip_radiotap, take_apart
from conformance.wifi.finding import JUDGES
from conformance.wifi.judge import Judgement, judge_capture
from conformance.wifi.pcap_file import CaptureError, Record, read_records, write_pcap
from conformance.wifi.sabotage import kills_of
from conformance.wifi.tim import parse_tim, shortest_map

GOLDEN = Path(__file__).with_name("golden-wifi")
NAMES = sorted(path.stem for path in GOLDEN.glob("*.pcap"))
LAST_WAKE = "WLAN-AP-11.2.3-02"
GOOD = (Verdict.PASS, Verdict.AMBIGUOUS)


def golden(name: str) -> Judgement:
    return judge_capture(read_capture(GOLDEN / f"{name}.pcap"))[0]


def test_there_are_ten_captures() -> None:
    assert len(NAMES) == 10


@pytest.mark.parametrize("name", NAMES)
def test_real_captures_break_nothing(name: str) -> None:
    judged = golden(name)
    assert [(one.requirement, one.reason) for one in judged.failed] == []
    # the one thing in which mac80211 reads the standard in its own way
    other = {one.requirement for one in judged.findings if one.verdict is Verdict.AMBIGUOUS}
    assert other <= {LAST_WAKE}


def test_real_captures_show_what_they_were_made_for() -> None:
    def shown(name: str) -> set[str]:
        return {one.requirement for one in golden(name).findings if one.verdict in GOOD}

    assert {"WLAN-AP-11.2.3.6-01", "WLAN-AP-11.2.3.6-04", LAST_WAKE} <= shown("s1_dtim3_g")
    assert {"WLAN-AP-11.2.3-01", "WLAN-AP-9.4.2.5-06", "WLAN-STA-11.2.3.6-01"} <= shown("s13_dtim2_pspoll")
    assert "WLAN-AP-10.6.5-01" in shown("s10_dtim2_basic6")


# Together these have everything that the saboteurs of plain group delivery spoil.
SPOILT = ("s1_dtim3_g", "s7_dtim3_n_mixed", "s10_dtim2_basic6", "s13_dtim2_pspoll")


@pytest.fixture(scope="module")
def kills() -> dict[str, dict[str, set[str] | None]]:
    found = {}
    for name in SPOILT:
        capture = read_capture(GOLDEN / f"{name}.pcap")
        found[name] = kills_of(capture, judge_capture(capture)[0])
    return found


@pytest.mark.parametrize("name", SPOILT)
def test_every_saboteur_of_a_real_capture_is_noticed(name: str, kills: dict[str, dict[str, set[str] | None]]) -> None:
    unnoticed = [saboteur for saboteur, killed in kills[name].items() if killed is not None and not killed]
    assert unnoticed == []


def test_every_judge_that_passes_a_real_capture_can_fail(kills: dict[str, dict[str, set[str] | None]]) -> None:
    passed = {one.requirement for name in SPOILT for one in golden(name).findings if one.verdict is Verdict.PASS}
    killed = {one for by_saboteur in kills.values() for found in by_saboteur.values() for one in found or ()}
    assert len(passed) >= 18
    assert passed - killed == set()


# ---- files ----


def test_a_cut_file_names_itself_and_the_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes((GOLDEN / "s13_dtim2_pspoll.pcap").read_bytes()[:1000])
    assert main(["check", str(cut)]) == 2
    told = capsys.readouterr().err
    assert str(cut) in told and "frame 9" in told and "ends inside" in told


@pytest.mark.parametrize(("content", "why"), [
    (b"", "neither pcap nor pcapng"),
    (b"hello, world, this is no capture", "neither pcap nor pcapng"),
    (struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 127), "no frames"),
    (struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + struct.pack("<IIII", 1, 0, 4, 4) + b"\0" * 4, "link type 1"),
    (struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 127) + struct.pack("<IIII", 1, 0, 1 << 30, 4), "a length of"),
    (b"\x0a\x0d\x0d\x0a" + b"\0" * 20, "byte-order magic"),
])
def test_files_that_are_no_capture(content: bytes, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.pcap"
    path.write_bytes(content)
    assert main(["check", str(path)]) == 2
    assert why in capsys.readouterr().err


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "/nowhere/x.pcap"]) == 2
    assert "/nowhere/x.pcap" in capsys.readouterr().err


def test_a_broken_radiotap_header_names_the_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records, link_type = read_records(GOLDEN / "s13_dtim2_pspoll.pcap")
    broken = records[4].__class__(records[4].time, b"\x00\x00\xff\x7f" + records[4].data[4:])
    path = tmp_path / "radiotap.pcap"
    write_pcap(path, [*records[:4], broken, *records[5:]], link_type)
    assert main(["check", str(path)]) == 2
    assert "frame 5: no radiotap header" in capsys.readouterr().err


def test_a_capture_without_beacons_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records, link_type = read_records(GOLDEN / "s13_dtim2_pspoll.pcap")
    path = tmp_path / "few.pcap"
    write_pcap(path, records[:2], link_type)
    assert main(["check", str(path)]) == 2
    assert "no BSS" in capsys.readouterr().err


def test_bare_802_11_frames_are_read_too(tmp_path: Path) -> None:
    capture = read_capture(GOLDEN / "s7_dtim3_n_mixed.pcap")
    bare = [record.__class__(record.time, strip_radiotap(record.data)[0]) for record in capture.records]
    path = tmp_path / "bare.pcap"
    write_pcap(path, bare, 105)
    judged = judge_capture(read_capture(path))[0]
    assert judged.failed == []
    assert judged.of("WLAN-AP-10.6.5-01").verdict is Verdict.NOT_APPLICABLE, "nothing tells the rate"


def test_pcapng_is_read_too(tmp_path: Path) -> None:
    records, link_type = read_records(GOLDEN / "s13_dtim2_pspoll.pcap")

    def block(kind: int, body: bytes) -> bytes:
        length = struct.pack("<I", len(body) + 12)
        return struct.pack("<I", kind) + length + body + length

    content = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", link_type, 0, 0))
    for record in records:
        stamp = round(record.time * 1e6)
        head = struct.pack("<IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, len(record.data), len(record.data))
        content += block(6, head + record.data + bytes(-len(record.data) % 4))
    path = tmp_path / "x.pcapng"
    path.write_bytes(content)
    again, same = read_records(path)
    assert same == link_type and [one.data for one in again] == [one.data for one in records]
    assert max(abs(one.time - other.time) for one, other in zip(again, records)) < 1e-5


def test_an_unknown_bssid_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(GOLDEN / "s13_dtim2_pspoll.pcap"), "--bssid", "02:00:00:00:00:99"]) == 2
    assert "02:00:00:00:00:99" in capsys.readouterr().err


def test_a_bad_timeline_names_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.timeline"
    path.write_text("1.5 begins\nsoon ends\n")
    assert main(["check", str(GOLDEN / "s13_dtim2_pspoll.pcap"), "--timeline", str(path)]) == 2
    assert "line 2" in capsys.readouterr().err


def bare_frames() -> list[Record]:
    capture = read_capture(GOLDEN / "s13_dtim2_pspoll.pcap")
    return [Record(one.time, strip_radiotap(one.data)[0]) for one in capture.records]


@pytest.mark.parametrize(("link_type", "head"), [
    (119, struct.pack("<II", 0x44, 144) + bytes(136)),  # Prism
    (119, struct.pack(">II", 0x44, 144) + bytes(136)),
    (119, struct.pack(">II", 0x80211001, 64) + bytes(56)),  # AVS in its place
    (163, struct.pack(">II", 0x80211002, 80) + bytes(72)),
    (192, struct.pack("<BBHI", 0, 0, 32, 105) + bytes(24)),  # PPI
])
def test_other_headers_of_the_radio(link_type: int, head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    write_pcap(path, [Record(one.time, head + one.data) for one in bare_frames()], link_type)
    found = {one.requirement: one.verdict for one in judge_capture(read_capture(path))[0].findings}
    write_pcap(path, bare_frames(), 105)
    assert found == {one.requirement: one.verdict for one in judge_capture(read_capture(path))[0].findings}


@pytest.mark.parametrize("link_type", [119, 163, 192, 127])
def test_broken_headers_of_the_radio_name_the_frame(link_type: int, tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    for octets in (b"\1", b"\xff" * 40):
        write_pcap(path, [Record(1.0, octets)], link_type)
        with pytest.raises(CaptureError, match="frame 1"):
            read_capture(path)


def test_an_fcs_that_nobody_tells_is_found(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    frames = bare_frames()
    write_pcap(path, [Record(one.time, one.data + struct.pack("<I", zlib.crc32(one.data))) for one in frames], 105)
    assert [one.octets for one in read_capture(path).frames] == [one.data for one in frames]


@pytest.mark.parametrize("length", [10, 24, 40, 64, 80])
def test_frames_that_were_cut_break_nothing(length: int, tmp_path: Path) -> None:
    """A sniffer with a snapshot length: what isn't there isn't wrong."""
    path = tmp_path / "x.pcap"
    cut = [Record(one.time, one.data[:length], len(one.data) > length) for one in bare_frames()]
    write_pcap(path, cut, 105)
    capture = read_capture(path)
    assert any(frame.cut for frame in capture.frames)
    try:
        assert judge_capture(capture)[0].failed == []
    except CaptureError as error:
        assert "no BSS" in str(error) and length == 10


def test_two_access_points_in_one_capture_are_judged_apart(tmp_path: Path) -> None:
    records, link_type = read_records(GOLDEN / "s13_dtim2_pspoll.pcap")
    other, _ = read_records(GOLDEN / "s10_dtim2_basic6.pcap")
    ours, theirs = bytes.fromhex("020000000000"), bytes.fromhex("0200000000aa")
    away = records[0].time - other[0].time
    moved = [Record(one.time + away, one.data.replace(ours, theirs)) for one in other]
    path = tmp_path / "x.pcap"
    write_pcap(path, sorted(records + moved, key=lambda one: one.time), link_type)
    judged = judge_capture(read_capture(path))
    assert {one.bssid[-2:] for one in judged} == {"00", "aa"}
    assert [one.requirement for bss in judged for one in bss.failed] == []


@pytest.mark.parametrize("seed", range(40))
def test_no_capture_makes_the_judges_stumble(seed: int) -> None:
    """Bits flipped, frames cut, lost, moved and called protected: verdicts or a CaptureError, nothing else."""
    choose = random.Random(seed)
    records, link_type = read_records(GOLDEN / f"{'s13_dtim2_pspoll' if seed % 2 else 's10_dtim2_basic6'}.pcap")
    spoilt = []
    for one in records:
        data, head = bytearray(one.data), one.data[2]
        what = choose.random()
        if what < 0.1:
            data = data[: choose.randint(head, len(data))]
        elif what < 0.25:
            for _ in range(choose.randint(1, 4)):
                data[choose.randrange(head, len(data))] = choose.randrange(256)
        elif what < 0.3:
            continue
        elif what < 0.35:
            data[head + 1] |= 0x40
        spoilt.append(Record(one.time + (choose.uniform(-1, 1) if choose.random() < 0.02 else 0), bytes(data)))
    if seed % 3 == 0:
        choose.shuffle(spoilt)
    try:
        assert all(one.findings for one in judge_capture(take_apart(spoilt, link_type, "spoilt")))
    except CaptureError as error:
        assert "spoilt" in str(error)


# ---- commands ----


def test_json_has_verdicts_and_frames(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(GOLDEN / "s7_dtim3_n_mixed.pcap"), "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    verdicts = told["bss"][0]["verdicts"]
    assert set(verdicts) == set(JUDGES)
    assert verdicts["WLAN-AP-11.2.3.6-01"]["verdict"] == "pass" and verdicts["WLAN-AP-11.2.3.6-01"]["frames"]


def test_the_report_has_the_suites_forms(tmp_path: Path) -> None:
    out = tmp_path / "report"
    timeline = GOLDEN / "s1_dtim3_g.timeline"
    assert main(["check", str(GOLDEN / "s1_dtim3_g.pcap"), "--out", str(out), "--timeline", str(timeline)]) == 0
    summary = json.loads((out / "summary.json").read_text())
    assert set(summary["requirements"]) == {"ieee80211-group"}
    (counts,) = summary["targets"].values()
    assert counts["fail"] == 0 and counts["pass"] >= 15 and counts["ambiguous"] == 1
    assert "wlan1_ps_on_cmd" in (out / "results.json").read_text()
    assert "<testsuite" in (out / "junit.xml").read_text() and (out / "index.html").stat().st_size > 10000


def test_a_spoilt_capture_fails_with_the_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoilt = tmp_path / "spoilt.pcap"
    assert main(["spoil", str(GOLDEN / "s7_dtim3_n_mixed.pcap"), "drops-more-data", str(spoilt)]) == 0
    assert main(["check", str(spoilt), "--json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)
    broken = told["bss"][0]["verdicts"]["WLAN-AP-11.2.3.6-04"]
    assert broken["verdict"] == "fail" and broken["frames"] and "More Data" in broken["reason"]


def test_nothing_to_spoil_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spoil", str(GOLDEN / "s7_dtim3_n_mixed.pcap"), "asks-nobody", str(tmp_path / "x.pcap")]) == 2
    assert "asks-nobody" in capsys.readouterr().err


# ---- elements ----


def test_tim_maps() -> None:
    tim, problem = parse_tim(bytes([1, 3, 0x03, 0x00, 0x01]))
    assert tim is not None and not problem
    assert tim.group and tim.aids == {24} and shortest_map(tim.aids) == (2, b"\x00\x01")
    assert shortest_map(frozenset()) == (0, b"\0")
    assert parse_tim(None)[1] and parse_tim(b"\0\1\0")[1]
    assert "Period 0" in parse_tim(b"\0\0\0\0")[1]
    assert "Count 3" in parse_tim(b"\3\3\0\0")[1]
    assert "octet 252" in parse_tim(b"\0\1\xfa\0\0")[1]


def test_capture_errors_are_of_one_kind() -> None:
    with pytest.raises(CaptureError):
        read_records(Path(__file__))


# ---- what the real captures don't have ----


def test_an_access_point_that_began_anew_with_other_settings_breaks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "both.pcap"
    first, link_type = read_records(GOLDEN / "s1_dtim3_g.pcap")
    second, _ = read_records(GOLDEN / "s2_dtim1_g.pcap")
    assert second[0].time > first[-1].time
    write_pcap(path, first + second, link_type)
    assert [(one.requirement, one.reason) for one in judge_capture(read_capture(path))[0].failed] == []


def in_rsn(records: list, numbers: list[int], keys: list[int]) -> list:
    """Beacons with an RSN element; group data protected, with these packet numbers and key IDs in turn."""
    out, turn = [], 0
    for record in records:
        size = struct.unpack_from("<H", record.data, 2)[0]
        octets = record.data[size:]
        if octets[0] == 0x80:
            octets += bytes([48, 2, 1, 0])
        elif octets[0] & 0x0C == 8 and octets[1] & 3 == 2 and octets[4] & 1 and turn < len(numbers):
            at = 26 if octets[0] & 0x80 else 24
            number = numbers[turn]
            header = struct.pack("<HBBI", number & 0xFFFF, 0, 0x20 | keys[turn] << 6, number >> 16)
            octets = octets[:1] + bytes([octets[1] | 0x40]) + octets[2:at] + header + octets[at:]
            turn += 1
        out.append(record.__class__(record.time, record.data[:size] + octets))
    return out


@pytest.mark.parametrize(("change", "verdict"), [
    (lambda numbers, keys: None, Verdict.PASS),
    (lambda numbers, keys: numbers.__setitem__(5, numbers[4]), Verdict.FAIL),
    (lambda numbers, keys: numbers.pop(), Verdict.FAIL),  # one frame stays in clear
    (lambda numbers, keys: (numbers.__setitem__(slice(50, None), range(1, len(numbers) - 49)),
                            keys.__setitem__(slice(50, None), [2] * (len(keys) - 50))), Verdict.PASS),  # a new key
])
def test_group_frames_of_an_rsn(change, verdict: Verdict, tmp_path: Path) -> None:
    records, link_type = read_records(GOLDEN / "s10_dtim2_basic6.pcap")
    capture = read_capture(GOLDEN / "s10_dtim2_basic6.pcap")
    count = sum(frame.data and frame.from_ds and frame.group for frame in capture.frames)
    numbers, keys = list(range(65500, 65500 + count)), [1] * count
    change(numbers, keys)
    path = tmp_path / "rsn.pcap"
    write_pcap(path, in_rsn(records, numbers, keys), link_type)
    judged = judge_capture(read_capture(path))[0]
    assert judged.of("WLAN-AP-12.5-01").verdict is verdict
    if verdict is Verdict.PASS:
        assert judged.failed == []
        found = kills_of(read_capture(path), judged)
        for saboteur in ("sends-in-clear", "uses-a-packet-number-again"):
            assert "WLAN-AP-12.5-01" in found[saboteur]


def test_long_captures_take_linear_time() -> None:
    """Four runs in a row, 3700 frames: far from a second."""
    records, link_type = read_records(GOLDEN / "s1_dtim3_g.pcap")
    length = records[-1].time - records[0].time + 5
    many = [one.__class__(one.time + turn * length, one.data) for turn in range(4) for one in records]
    began = time.monotonic()
    judged = judge_capture(take_apart(many, link_type, "many"))[0]
    assert judged.failed == [] and time.monotonic() - began < 10
