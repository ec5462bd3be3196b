# SPDX-License-Identifier: GPL-2.0-only
"""What one BSS did in a capture: its Beacons, who was associated, who slept, its group frames and their bursts.

A station sleeps from a frame with the Power Management bit on, if the access point received it: it was acknowledged, or
not sent again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from .capture import (
    ACK, ACTION, ASSOC_REQUEST, ASSOC_RESPONSE, BEACON, BLOCK_ACK, CONCEALMENT, DEAUTH, DISASSOC, PS_POLL,
    REASSOC_REQUEST, REASSOC_RESPONSE, Capture, Frame, is_group,
)  # fmt: skip
from .services import BLOCK_ACK_POLICY, DIRECTED, UNSOLICITED_RETRY, Deal, deals_of
from .tim import EXTENDED_RATES, FMS_DESCRIPTOR, RATES, TIM, FmsDescriptor, Tim, parse_fms, parse_tim

ACK_WITHIN = 3  # frames after the one that is acknowledged
RETRY_WITHIN = 30  # frames after the one that is sent again
AT_ONCE = 0.05  # seconds within which what the last wake-up lets go follows it, and each other
NEVER = float("-inf")
LONG_SILENCE = 20  # beacon intervals without a Beacon after which a BSS may have begun anew


@dataclass
class Station:
    """An associated station as its association told; ``aid`` 0 if the capture doesn't tell."""

    address: str
    aid: int = 0
    rates: frozenset[int] = frozenset()  # 500 kb/s
    ht: bool = False
    qos: bool = False
    listen_interval: int = 0


@dataclass
class Beacon:
    """A Beacon with the state of the BSS at its time."""

    frame: Frame
    tim: Tim | None
    problem: str
    fms: FmsDescriptor | None
    asleep: frozenset[str]
    stations: dict[str, Station]
    former: "Beacon | None" = None
    elapsed: int = 0  # beacon intervals since the former one; 0: the BSS started anew, or it is the first
    burst: "Burst | None" = None  # that it begins or goes on with

    @property
    def announces(self) -> bool:
        return self.tim is not None and self.tim.group


@dataclass
class GroupTx:
    """A group frame of the access point."""

    frame: Frame
    beacon: Beacon | None  # the last one before it
    asleep: frozenset[str]
    asleep_for: float  # seconds since somebody sleeps; 0 if nobody does
    awake_for: float  # seconds since nobody sleeps; 0 if somebody does
    stations: dict[str, Station]
    burst: "Burst | None" = None
    flushed: bool = False  # of those that the last wake-up let go: up to the first one without More Data


@dataclass
class Burst:
    """The group frames that a DTIM Beacon announced, to the one without More Data or the Beacon that ends it."""

    beacons: list[Beacon]
    frames: list[GroupTx] = field(default_factory=list)
    end: str = "capture"  # "last" frame, "cut" by a Beacon without the group bit, or the end of the "capture"


@dataclass
class UnicastTx:
    """A unicast data frame of the access point."""

    frame: Frame
    beacon: Beacon | None
    asleep: bool  # its receiver sleeps
    asked: bool  # it began a service period since the last Beacon
    announced: bool  # a Beacon since it fell asleep had its AID bit
    aid: int
    in_burst: bool  # group frames of a burst are still to come
    asleep_for: float  # seconds since it fell asleep
    acknowledged: bool


@dataclass
class PowerChange:
    """A station fell asleep or woke up."""

    frame: Frame
    station: str
    asleep: bool
    left: int  # how many sleep now


@dataclass
class FromStation:
    """A data frame of a station."""

    frame: Frame
    acknowledged: bool


class Bss:
    """See the head of the file. Lists are in the order of the capture."""

    def __init__(self, capture: Capture, bssid: str) -> None:
        self.capture, self.bssid = capture, bssid
        self.beacons: list[Beacon] = []
        self.groups: list[GroupTx] = []  # data, and management frames that may be buffered
        self.bursts: list[Burst] = []
        self.unicasts: list[UnicastTx] = []
        self.changes: list[PowerChange] = []
        self.from_stations: list[FromStation] = []
        self.acks_of_groups: list[Frame] = []  # Acks right behind a group frame
        self.actions: list[Frame] = []
        self.deals: list[Deal] = []  # of FMS, DMS and GCR
        self.capabilities: dict[str, frozenset[str]] = {}  # services that a station's association told
        self.polls: list[Frame] = []
        self._stations: dict[str, Station] = {}
        self._requests: dict[str, Station] = {}
        self._asleep: dict[str, float] = {}
        self._announced: set[str] = set()
        self._asked: set[str] = set()
        self._burst: Burst | None = None
        self._flushed_at = NEVER  # the last wake-up, or the last frame that it let go
        self._ended = False  # it sent all stations away: the BSS is over until the next Beacon
        self._since = 0.0  # somebody, or nobody, sleeps since
        self._acks = capture.has_acks
        for index, frame in enumerate(capture.frames):
            self._take(index, frame)

    def after(self, beacon: Beacon) -> list[GroupTx]:
        """Group frames between a Beacon and the next one."""
        return self._by_beacon.get(id(beacon), [])

    @cached_property
    def _by_beacon(self) -> dict[int, list[GroupTx]]:
        found: dict[int, list[GroupTx]] = {}
        for one in self.groups:
            found.setdefault(id(one.beacon), []).append(one)
        return found

    @cached_property
    def group_data(self) -> list[GroupTx]:
        return [one for one in self.groups if one.frame.data]

    @cached_property
    def plain_groups(self) -> list[GroupTx]:
        """Group data without groupcast with retries."""
        return [one for one in self.group_data if one.frame.a1 != CONCEALMENT]

    @cached_property
    def basic_rates(self) -> frozenset[int]:
        return basic_rates(self.beacons[-1].frame) if self.beacons else frozenset()

    def accepted(self, service: str) -> dict[str, list[Deal]]:
        """Answers that accept a service, by group."""
        found: dict[str, list[Deal]] = {}
        for deal in self.deals:
            if deal.answer and deal.service == service and deal.status == 0 and deal.group:
                found.setdefault(deal.group, []).append(deal)
        return found

    def members_of(self, group: str) -> set[str]:
        """Stations that reported the group by IGMP or MLD; all that were associated where nobody did."""
        reported = {
            one.frame.a2 for one in self.from_stations
            for address in reported_groups(one.frame.body) if address == group
        }  # fmt: skip
        return reported or {address for beacon in self.beacons for address in beacon.stations}

    def of_fms(self, one: GroupTx) -> bool:
        """Is it a frame of an FMS stream, for which other DTIMs count?"""
        return any(group in self._fms for group, _, _ in one.frame.msdus)

    @cached_property
    def _fms(self) -> frozenset[str]:
        return frozenset(self.accepted("fms"))

    def restarted_between(self, first: Frame, second: Frame) -> bool:
        """Did the access point start anew between two frames?"""
        return any(
            first.time < beacon.frame.time <= second.time and beacon.former and beacon.elapsed == 0
            for beacon in self._restarts
        )

    @cached_property
    def _restarts(self) -> list[Beacon]:
        return [beacon for beacon in self.beacons if beacon.former and beacon.elapsed == 0]

    @cached_property
    def _phases(self) -> list[tuple[float, int]]:
        """Of each run of the access point: when it began, and where its Beacons are in their interval (us)."""
        starts = [0.0] + [beacon.frame.time for beacon in self._restarts] + [float("inf")]
        found = []
        for begin, end in zip(starts, starts[1:]):
            phases = sorted(
                one.frame.timestamp % (max(one.frame.beacon_interval, 1) * 1024)
                for one in self.beacons if begin <= one.frame.time < end
            )  # fmt: skip
            # Beacons are never early: a low percentile, so that one odd stamp doesn't count
            found.append((begin, phases[len(phases) // 10] if phases else 0))
        return found

    def lateness(self, beacon: Beacon) -> float:
        """Seconds after its target time, a multiple of the interval on the access point's clock (11.1.3.2)."""
        interval = max(beacon.frame.beacon_interval, 1) * 1024
        base = [phase for begin, phase in self._phases if begin <= beacon.frame.time][-1]
        phase = beacon.frame.timestamp % interval
        return ((phase - base + interval / 2) % interval - interval / 2) / 1e6

    def counter_of(self, frame: Frame) -> tuple[str, int] | None:
        """Flow and number of a datagram, where the flow's UDP payload begins with a counter (32 bits)."""
        return self._counters.get(frame.number)

    @cached_property
    def _counters(self) -> dict[int, tuple[str, int]]:
        flows: dict[str, list[tuple[int, bytes]]] = {}
        for one in self.group_data:
            for group, source, octets in one.frame.msdus:
                head = udp_payload(octets)[:4]
                if len(head) == 4 and not one.frame.retry:
                    ports = udp_ports(octets).hex()
                    flows.setdefault(f"{source} {group} {ports}", []).append((one.frame.number, head))
        found: dict[int, tuple[str, int]] = {}
        for flow, entries in flows.items():
            for order in ("big", "little"):
                numbers = [int.from_bytes(head, order) for _, head in entries]  # type: ignore[arg-type]
                steps = [later - earlier for earlier, later in zip(numbers, numbers[1:])]
                if len(steps) >= 4 and sum(0 < step < 2000 for step in steps) >= 0.7 * len(steps):
                    found |= {frame: (flow, value) for (frame, _), value in zip(entries, numbers)}
                    break
        return found

    def _take(self, index: int, frame: Frame) -> None:
        if frame.beacon:
            if frame.a2 == self.bssid:
                self._beacon(frame)
        elif frame.control(ACK) and frame.a1 == self.bssid:
            before = self.capture.frames[index - 1] if index else None
            if before is not None and before.a2 == self.bssid and before.group and before.type != 1:
                self.acks_of_groups.append(frame)
        elif frame.control(PS_POLL) and frame.a1 == self.bssid:
            self.polls.append(frame)
            self._learn(frame.a2).aid = frame.duration & 0x3FFF
            self._power(index, frame, True)
        elif frame.type == 0 and frame.a3 == self.bssid:
            self._management(frame)
        elif frame.data and frame.a2 == self.bssid and frame.from_ds and not frame.to_ds:
            self._group(frame) if frame.group else self._unicast(index, frame)
        elif frame.data and frame.a1 == self.bssid and frame.to_ds and not frame.from_ds:
            self._from_station(index, frame)
        elif frame.data and not frame.from_ds and frame.group and self.bssid in (frame.a2, frame.a3):
            self.from_stations.append(FromStation(frame, False))

    def _beacon(self, frame: Frame) -> None:
        tim, problem = parse_tim(frame.element(TIM))
        beacon = Beacon(
            frame, tim, problem, parse_fms(frame.element(FMS_DESCRIPTOR)),
            frozenset(self._asleep), dict(self._stations),
        )  # fmt: skip
        if self.beacons:
            beacon.former = self.beacons[-1]
            beacon.elapsed = 0 if self._ended else intervals_between(self.beacons[-1].frame, frame)
            self._ended = False
        self.beacons.append(beacon)
        for station in self._stations.values():
            if (tim and station.aid in tim.aids) or (tim is None and frame.cut):  # of a cut one nobody knows
                self._announced.add(station.address)
        self._asked.clear()
        self._turn_burst(beacon)

    def _turn_burst(self, beacon: Beacon) -> None:
        goes_on = self._burst is not None
        if beacon.announces and (goes_on or (beacon.tim is not None and beacon.tim.dtim)):
            if not goes_on:
                self._burst = Burst([])
                self.bursts.append(self._burst)
            assert self._burst is not None
            self._burst.beacons.append(beacon)
            beacon.burst = self._burst
        elif self._burst is not None:
            self._burst.end = "cut"
            self._burst = None

    def _group(self, frame: Frame) -> None:
        beacon = self.beacons[-1] if self.beacons else None
        spent = frame.time - self._since
        asleep = frozenset(self._asleep)
        one = GroupTx(
            frame, beacon, asleep, spent if asleep else 0.0, 0.0 if asleep else spent, dict(self._stations)
        )
        self.groups.append(one)
        one.flushed = self._burst is None and frame.time - self._flushed_at < AT_ONCE
        self._flushed_at = frame.time if one.flushed and frame.more_data else NEVER
        if self._burst is not None:
            one.burst = self._burst
            self._burst.frames.append(one)
            if not frame.more_data:
                self._burst.end = "last"
                self._burst = None

    def _unicast(self, index: int, frame: Frame) -> None:
        station = self._learn(frame.a1)
        asleep = frame.a1 in self._asleep
        self.unicasts.append(
            UnicastTx(
                frame, self.beacons[-1] if self.beacons else None, asleep, frame.a1 in self._asked,
                frame.a1 in self._announced, station.aid, self._burst is not None and bool(asleep),
                frame.time - self._asleep.get(frame.a1, frame.time), self._acknowledged(index, frame.a2),
            )  # fmt: skip
        )

    def _from_station(self, index: int, frame: Frame) -> None:
        self._learn(frame.a2)
        acknowledged = self._acknowledged(index, frame.a2)
        self.from_stations.append(FromStation(frame, acknowledged))
        if frame.qos and frame.power_management and frame.a2 in self._asleep:
            self._asked.add(frame.a2)  # a trigger, if it is delivery-enabled
        self._power(index, frame, frame.power_management)

    def _acknowledged(self, index: int, sender: str) -> bool:
        """Did the receiver of a frame answer it? A frame that is not sent again was received, too: sniffers miss Acks."""
        frame = self.capture.frames[index]
        following = self.capture.frames[index + 1 : index + 1 + ACK_WITHIN]
        if not self._acks or any(
            (one.control(ACK) or one.control(BLOCK_ACK)) and one.a1 == sender for one in following
        ):
            return True
        later = self.capture.frames[index + 1 : index + 1 + RETRY_WITHIN]
        return not any(one.a2 == sender and one.retry and one.sequence == frame.sequence for one in later)

    def _power(self, index: int, frame: Frame, asleep: bool) -> None:
        address = frame.a2
        if (address in self._asleep) == asleep or not self._acknowledged(index, address):
            return
        before = len(self._asleep)
        if asleep:
            self._asleep[address] = frame.time
            self._announced.discard(address)
        else:
            del self._asleep[address]
        self._flushed_at = frame.time if before > 0 and not self._asleep else NEVER
        if (before == 0) != (not self._asleep):
            self._since = frame.time
        self.changes.append(PowerChange(frame, address, asleep, len(self._asleep)))

    def _learn(self, address: str) -> Station:
        return self._stations.setdefault(address, Station(address))

    def _forget(self, address: str, frame: Frame) -> None:
        self._stations.pop(address, None)
        if address in self._asleep:
            del self._asleep[address]
            if not self._asleep:
                self._since = frame.time

    def _management(self, frame: Frame) -> None:
        if frame.management(ASSOC_REQUEST, REASSOC_REQUEST):
            self._requests[frame.a2] = station_of(frame)
            self.capabilities[frame.a2] = services_of(frame)
        elif frame.management(ASSOC_RESPONSE, REASSOC_RESPONSE) and len(frame.body) >= 6:
            if frame.body[2:4] == b"\0\0":
                self._forget(frame.a1, frame)
                station = self._requests.get(frame.a1, Station(frame.a1))
                station.aid = int.from_bytes(frame.body[4:6], "little") & 0x3FFF
                self._stations[frame.a1] = station
        elif frame.management(DEAUTH, DISASSOC):
            gone = [frame.a1, frame.a2] if not frame.group else list(self._stations)
            self._ended = self._ended or (frame.group and frame.a2 == self.bssid)
            for address in gone:
                self._forget(address, frame)
        elif frame.management(ACTION):
            self.actions.append(frame)
            self.deals += deals_of(frame, self.bssid)
            if frame.group and frame.a2 == self.bssid:
                self._group(frame)


def intervals_between(former: Frame, frame: Frame) -> int:
    """Beacon intervals from one Beacon to another; 0 if the BSS started anew between them.

    By their timestamps; access points with a timestamp of their own making (as mac80211_hwsim) by the capture's clock.
    """
    interval = max(frame.beacon_interval, 1) * 1024
    by_stamp = (frame.timestamp - former.timestamp) / interval
    by_clock = (frame.time - former.time) * 1e6 / interval
    if by_stamp <= 0 or abs(by_stamp - by_clock) > max(1.5, by_clock / 100) or by_clock > LONG_SILENCE:
        return 0
    return max(1, round(by_stamp))


def rates_of(frame: Frame) -> frozenset[int]:
    """Supported rates of a management frame, without membership selectors."""
    octets = (frame.element(RATES) or b"") + (frame.element(EXTENDED_RATES) or b"")
    return frozenset(octet & 0x7F for octet in octets if octet & 0x7F < 122)


def basic_rates(frame: Frame) -> frozenset[int]:
    octets = (frame.element(RATES) or b"") + (frame.element(EXTENDED_RATES) or b"")
    return frozenset(octet & 0x7F for octet in octets if octet & 0x80 and octet & 0x7F < 122)


def station_of(frame: Frame) -> Station:
    """What an association request tells."""
    wmm = any(one.id == 221 and one.body[:4] == b"\x00\x50\xf2\x02" for one in frame.elements)
    qos = wmm or frame.element(46) is not None or frame.element(45) is not None
    return Station(
        frame.a2, 0, rates_of(frame), frame.element(45) is not None, qos,
        int.from_bytes(frame.body[2:4], "little"),
    )  # fmt: skip


def udp_payload(octets: bytes) -> bytes:
    """Of an IPv4 or IPv6 datagram behind LLC/SNAP; empty if it is none of UDP."""
    packet = octets[8:]
    if octets[6:8] == b"\x08\x00" and len(packet) >= 28 and packet[9] == 17:
        return packet[(packet[0] & 0xF) * 4 + 8 :]
    if octets[6:8] == b"\x86\xdd" and len(packet) >= 48 and packet[6] == 17:
        return packet[48:]
    return b""


def udp_ports(octets: bytes) -> bytes:
    """Source and destination port of a datagram that ``udp_payload`` finds something in."""
    at = 48 if octets[6:8] == b"\x86\xdd" else 8 + (octets[8] & 0xF) * 4
    return octets[at : at + 4]


def reported_groups(octets: bytes) -> list[str]:
    """MAC addresses of the groups in an IGMP or MLD report behind LLC/SNAP."""
    packet = octets[8:]
    if octets[6:8] == b"\x08\x00" and len(packet) >= 20 and packet[9] == 2:
        return [_mac_of(group) for group in _groups(packet[(packet[0] & 0xF) * 4 :], 4, 0x22, (0x12, 0x16), 4)]
    if octets[6:8] == b"\x86\xdd" and len(packet) >= 48 and packet[6] == 0:
        return [_mac_of(group) for group in _groups(packet[48:], 16, 143, (131,), 8)]
    return []


def _groups(message: bytes, size: int, report: int, older: tuple[int, ...], at: int) -> list[bytes]:
    if len(message) >= at + size and message[0] in older:
        return [message[at : at + size]]
    groups = []
    if len(message) >= 8 and message[0] == report:
        at = 8
        while at + 4 + size <= len(message):
            groups.append(message[at + 4 : at + 4 + size])
            at += 4 + size + int.from_bytes(message[at + 2 : at + 4], "big") * size + message[at + 1] * 4
    return groups


def _mac_of(group: bytes) -> str:
    """RFC 1112 6.4, RFC 2464 7."""
    octets = b"\x33\x33" + group[-4:] if len(group) == 16 else b"\x01\x00\x5e" + bytes([group[1] & 0x7F]) + group[2:]
    return ":".join(f"{octet:02x}" for octet in octets)


def services_of(frame: Frame) -> frozenset[str]:
    """What Extended Capabilities tell of FMS, DMS and GCR (9.4.2.26)."""
    octets = frame.element(127) or b""
    bits = {11: ("fms",), 26: (DIRECTED,), 51: (UNSOLICITED_RETRY, BLOCK_ACK_POLICY)}
    return frozenset(
        service
        for bit, services in bits.items()
        if len(octets) > bit // 8 and octets[bit // 8] >> bit % 8 & 1
        for service in services
    )


def find_bsss(capture: Capture) -> list[str]:
    """BSSIDs with two Beacons or more."""
    seen: dict[str, int] = {}
    for frame in capture.frames:
        if frame.management(BEACON) and not is_group(frame.a2):
            seen[frame.a2] = seen.get(frame.a2, 0) + 1
    return [bssid for bssid, count in seen.items() if count >= 2]
