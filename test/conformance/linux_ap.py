# SPDX-License-Identifier: GPL-2.0-only
"""An access point of Linux in a few lines, to make captures like those of mac80211_hwsim: frames take no time on the air.

It keeps group frames as mac80211 does (tx.c: 128 of them, the oldest goes; they wait while a station sleeps or others wait),
and knows nothing of the wireless core. ``play`` turns a list of happenings into records of a capture.
"""

from __future__ import annotations

import heapq
import random
import struct
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Callable

from conformance.wifi.pcap_file import Record, write_pcap

EPOCH = 1_790_000_000.0
AP = "02:00:00:00:00:00"
SERVER = "02:00:00:00:09:09"
BROADCAST = "ff:ff:ff:ff:ff:ff"
LIMIT = 128
RADIOTAP = 127


@dataclass
class Flow:
    """A stream of UDP datagrams to a group; times in seconds."""

    group: str  # MAC address
    start: float
    spacing: float
    count: int
    size: int = 172
    port: int = 5001
    six: bool = False
    station: int = 0  # 0: from behind the access point


@dataclass
class Setting:
    """One scenario. ``doings``: time, verb (join, leave, sleep, wake, wake-by-data, unicast, poll), station from 1 on."""

    dtim: int = 3
    interval: int = 100  # TU
    conf: dict[str, str] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    doings: list[tuple[float, str, int]] = field(default_factory=list)
    restarts: dict[float, int] = field(default_factory=dict)  # when: the DTIM period then
    encrypted: bool = False
    end: float = 8.0
    seed: int = 1

    @property
    def rates(self) -> bytes:
        """Element: the rates of the band, basic ones marked."""
        ofdm = [12, 18, 24, 36, 48, 72, 96, 108]
        all_rates = ofdm if self.conf.get("hw_mode") == "a" else [2, 4, 11, 22] + ofdm[:4]
        basic = {int(rate) // 5 for rate in self.conf.get("basic_rates", "").split()} or set(all_rates[:2])
        return bytes([1, len(all_rates)]) + bytes(rate | (0x80 if rate in basic else 0) for rate in all_rates)

    @property
    def rate(self) -> int:
        """Of group frames: the lowest basic one."""
        return min(octet & 0x7F for octet in self.rates[2:] if octet & 0x80)

    def hostapd_conf(self) -> str:
        keys = {"interface": "wlan0", "ssid": "dtimtest", "hw_mode": "g", "channel": "1", "beacon_int": str(self.interval),
                "dtim_period": str(self.dtim), **self.conf}  # fmt: skip
        return "# made up\n" + "".join(f"{key}={value}\n" for key, value in keys.items())


def address(station: int) -> str:
    return f"02:00:00:00:{station:02x}:00"


def octets_of(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def datagram(flow: Flow, number: int, sent: float) -> bytes:
    payload = struct.pack(">IQ", number, round(sent * 1e6)) + bytes(flow.size - 12)
    udp = struct.pack(">HHHH", flow.port, flow.port, 8 + len(payload), 0) + payload
    if flow.six:
        addresses = bytes(15) + b"\1" + b"\xff\x0e" + bytes(10) + octets_of(flow.group)[2:]
        return bytes.fromhex("aaaa0300000086dd") + struct.pack(">IHBB", 6 << 28, len(udp), 17, 8) + addresses + udp
    group = b"\xff" * 4 if flow.group == BROADCAST else b"\xef" + octets_of(flow.group)[3:]
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), number & 0xFFFF, 0, 1, 17, 0) + bytes([10, 0, 0, 9]) + group
    return bytes.fromhex("aaaa030000000800") + head + udp


class LinuxAp:
    """See the head of the file."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.random = random.Random(setting.seed)
        self.now = 0.0
        self.records: list[Record] = []
        self.order = count()
        self.due: list[tuple[float, int, Callable[[], None]]] = []
        self.asleep: dict[int, bool] = {}  # associated stations
        self.waiting: dict[int, deque[bytes]] = {}
        self.kept: deque[tuple[str, str, bytes]] = deque()
        self.period, self.count = setting.dtim, 0
        self.sequence = 100

    # What happens

    def at(self, time: float, do: Callable[[], None]) -> None:
        heapq.heappush(self.due, (time, next(self.order), do))

    def run(self) -> list[Record]:
        setting = self.setting
        self.at(0.0, lambda: self.begin(setting.dtim))
        for time, period in setting.restarts.items():
            self.at(time, lambda period=period: self.begin(period))
        for time, verb, station in setting.doings:
            self.at(time, lambda verb=verb, station=station: getattr(self, verb.replace("-", "_"))(station))
        for flow in setting.flows:
            for number in range(flow.count):
                sent = flow.start + number * flow.spacing
                lag = min(self.random.expovariate(1 / 0.0002), 0.003)
                self.at(sent + lag, lambda flow=flow, number=number, sent=sent: self.arrives(flow, number, sent))
        self.run_number = 0
        while self.due and self.due[0][0] <= setting.end:
            time, _, do = heapq.heappop(self.due)
            self.now = max(self.now, time)
            do()
        return self.records

    def begin(self, period: int) -> None:
        """The access point starts, and sends away whom it may have known."""
        self.frame(0xC0, 0, BROADCAST, AP, AP, b"\3\0")
        self.asleep.clear()
        self.kept.clear()
        self.waiting.clear()
        self.period, self.count = period, 0
        self.run_number = getattr(self, "run_number", 0) + 1
        first = self.now + 0.3 + self.random.random() * 0.05
        self.at(first, lambda run=self.run_number: self.beacon(first, run))

    def beacon(self, due: float, run: int) -> None:
        if run != self.run_number:
            return
        group = self.count == 0 and bool(self.kept)
        aids = {station for station, frames in self.waiting.items() if frames and self.asleep.get(station)}
        bits = bytearray(1 + max(aids, default=0) // 8)
        for aid in aids:
            bits[aid // 8] |= 1 << aid % 8
        first = next((i for i, octet in enumerate(bits) if octet), 0) & ~1
        tim = bytes([5, 3 + len(bits) - first, self.count, self.period, int(group) | first]) + bytes(bits[first:])
        head = struct.pack("<QHH", round((EPOCH + self.now) * 1e6), self.setting.interval, 0x401)
        self.frame(0x80, 0, BROADCAST, AP, AP, head + b"\0\x08dtimtest" + self.setting.rates + tim)
        if group:
            while self.kept:
                self.send_group(*self.kept.popleft(), more=bool(self.kept))
        self.count = (self.count or self.period) - 1
        following = due + self.setting.interval * 1024e-6
        self.at(following + abs(self.random.gauss(0, 0.0004)), lambda: self.beacon(following, run))

    def arrives(self, flow: Flow, number: int, sent: float) -> None:
        body = datagram(flow, number, EPOCH + sent)
        if not flow.station:
            self.group(flow.group, SERVER, body)
        elif flow.station in self.asleep:
            fc1 = 0x11 if self.asleep[flow.station] else 1
            self.frame(0x08, fc1, AP, address(flow.station), flow.group, body)
            self.group(flow.group, address(flow.station), body)

    # What stations do

    def join(self, station: int) -> None:
        self.frame(0xB0, 0, AP, address(station), AP, b"\0\0\1\0\0\0")
        self.frame(0xB0, 0, address(station), AP, AP, b"\0\0\2\0\0\0")
        self.frame(0x00, 0, AP, address(station), AP, b"\1\4\5\0\0\x08dtimtest" + self.setting.rates)
        body = struct.pack("<HHH", 0x401, 0, 0xC000 | station) + self.setting.rates
        self.frame(0x10, 0, address(station), AP, AP, body)
        self.at(self.now + 0.002, lambda: self.asleep.__setitem__(station, False))

    def leave(self, station: int) -> None:
        self.frame(0xC0, 0, AP, address(station), AP, b"\3\0")
        self.asleep.pop(station, None)
        self.waiting.pop(station, None)

    def sleep(self, station: int) -> None:
        self.null(station, True)

    def wake(self, station: int) -> None:
        self.null(station, False)
        self.deliver(station)

    def deliver(self, station: int) -> None:
        for body in self.waiting.pop(station, ()):
            self.frame(0x08, 2, address(station), AP, SERVER, body)

    def wake_by_data(self, station: int) -> None:
        self.frame(0x08, 1, AP, address(station), SERVER, b"\xaa\xaa\3\0\0\0\x08\0" + bytes(40))
        self.asleep[station] = False
        self.deliver(station)

    def poll(self, station: int) -> None:
        octets = b"\xa4\x10" + struct.pack("<H", 0xC000 | station) + octets_of(AP) + octets_of(address(station))
        self.record(octets)
        if self.waiting.get(station):
            body = self.waiting[station].popleft()
            more = 0x20 if self.waiting[station] else 0
            self.frame(0x08, 2 | more, address(station), AP, SERVER, body)

    def null(self, station: int, asleep: bool) -> None:
        self.frame(0x48, 0x11 if asleep else 1, AP, address(station), AP, b"")
        if station in self.asleep:
            self.asleep[station] = asleep

    def unicast(self, station: int) -> None:
        body = b"\xaa\xaa\3\0\0\0\x08\0" + bytes(60)
        if self.asleep.get(station):
            self.waiting.setdefault(station, deque()).append(body)
        elif station in self.asleep:
            self.frame(0x08, 2, address(station), AP, SERVER, body)

    # Group frames, as ieee80211_tx_h_multicast_ps_buf has it

    def group(self, group: str, source: str, body: bytes) -> None:
        if not self.asleep:
            return
        if any(self.asleep.values()) or self.kept:
            if len(self.kept) >= LIMIT:
                self.kept.popleft()
            self.kept.append((group, source, body))
        else:
            self.send_group(group, source, body, more=False)

    def send_group(self, group: str, source: str, body: bytes, more: bool) -> None:
        if self.setting.encrypted:
            body = struct.pack("<HBBI", self.sequence, 0, 0x60, 0) + bytes(octet ^ 0x5A for octet in body) + bytes(8)
        flags = 2 | (0x20 if more else 0) | (0x40 if self.setting.encrypted else 0)
        self.frame(0x08, flags, group, AP, source, body, rate=self.setting.rate)

    # On the air

    def frame(self, control: int, flags: int, a1: str, a2: str, a3: str, body: bytes, rate: int = 2) -> None:
        self.sequence = (self.sequence + 1) % 4096
        head = bytes([control, flags, 0, 0]) + octets_of(a1) + octets_of(a2) + octets_of(a3)
        self.record(head + struct.pack("<H", self.sequence << 4) + body, rate)
        if not int(a1[:2], 16) & 1:
            self.record(b"\xd4\0\0\0" + octets_of(a2))

    def record(self, octets: bytes, rate: int = 2) -> None:
        """Radiotap with flags and rate; a frame takes some microseconds, as in hwsim."""
        self.now += 4e-6
        self.records.append(Record(EPOCH + self.now, struct.pack("<BBHIBB", 0, 0, 10, 6, 0, rate) + octets))


def play(setting: Setting, folder: Path, name: str) -> Path:
    """Writes NAME.pcap and NAME.hostapd.conf, and gives the first."""
    path = folder / f"{name}.pcap"
    write_pcap(path, LinuxAp(setting).run(), RADIOTAP)
    (folder / f"{name}.hostapd.conf").write_text(setting.hostapd_conf(), encoding="utf-8")
    return path
