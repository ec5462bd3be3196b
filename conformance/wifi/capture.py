# SPDX-License-Identifier: GPL-2.0-only
"""Captures of 802.11: pcap and pcapng files of bare MAC frames or with a header of the radio's, taken apart octet by octet.

Frames that are no 802.11 MAC frame of version 0 (or with a bad FCS, where radiotap says so) are skipped and
counted; a broken file or radiotap header is an error that names the file and the frame.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Iterator

from .pcap_file import CaptureError, Record, read_records

LINK_80211, LINK_RADIOTAP, LINK_PRISM, LINK_AVS, LINK_PPI = 105, 127, 119, 163, 192
MANAGEMENT, CONTROL, DATA = 0, 1, 2
BROADCAST = "ff:ff:ff:ff:ff:ff"
CONCEALMENT = "01:0f:ac:47:43:52"  # of groupcast with retries, the default (IEEE 802.11-2020 11.21.16.3.5)

# Subtypes (IEEE 802.11-2020 table 9-1).
ASSOC_REQUEST, ASSOC_RESPONSE, REASSOC_REQUEST, REASSOC_RESPONSE = 0, 1, 2, 3
BEACON, DISASSOC, DEAUTH, ACTION = 8, 10, 12, 13
BLOCK_ACK_REQUEST, BLOCK_ACK, PS_POLL, RTS, CTS, ACK = 8, 9, 10, 11, 12, 13


@dataclass
class Element:
    """An information element of a management frame."""

    id: int
    body: bytes


@dataclass
class Frame:
    """An MPDU without FCS. ``number`` counts from 1 as other tools do; ``rate`` is in 500 kb/s, None if unknown.

    ``mcs`` is set for HT and later PPDUs (then ``rate`` is None); ``width`` in MHz, 20 unless told.
    """

    number: int
    time: float
    octets: bytes
    rate: int | None = None
    mcs: int | None = None
    width: int = 20

    type: int = 0
    subtype: int = 0
    to_ds: bool = False
    from_ds: bool = False
    more_fragments: bool = False
    retry: bool = False
    power_management: bool = False
    more_data: bool = False
    protected: bool = False
    duration: int = 0
    a1: str = ""
    a2: str = ""
    a3: str = ""
    sequence: int = -1
    fragment: int = 0
    qos: bool = False
    tid: int = 0
    eosp: bool = False
    ack_policy: int = 0
    amsdu: bool = False
    body: bytes = b""
    cut: bool = False  # the end of the frame was not captured

    @property
    def group(self) -> bool:
        """Is the receiver address a group's?"""
        return is_group(self.a1)

    @property
    def data(self) -> bool:
        return self.type == DATA

    @property
    def has_payload(self) -> bool:
        """Data that is not a Null frame."""
        return self.type == DATA and not self.subtype & 4

    @property
    def beacon(self) -> bool:
        return self.type == MANAGEMENT and self.subtype == BEACON

    def control(self, subtype: int) -> bool:
        return self.type == CONTROL and self.subtype == subtype

    def management(self, *subtypes: int) -> bool:
        return self.type == MANAGEMENT and self.subtype in subtypes

    @property
    def source(self) -> str:
        """Who the MSDU is from."""
        return self.a3 if self.from_ds else self.a2

    @property
    def destination(self) -> str:
        return self.a3 if self.to_ds else self.a1

    @cached_property
    def elements(self) -> list[Element]:
        """Of Beacons, association requests and responses; a broken one ends the list."""
        skip = {BEACON: 12, ASSOC_REQUEST: 4, REASSOC_REQUEST: 10, ASSOC_RESPONSE: 6, REASSOC_RESPONSE: 6}
        if self.type != MANAGEMENT or self.subtype not in skip:
            return []
        return list(split_elements(self.body[skip[self.subtype] :]))

    def element(self, number: int) -> bytes | None:
        return next((one.body for one in self.elements if one.id == number), None)

    @property
    def timestamp(self) -> int:
        """Of a Beacon, in microseconds."""
        return struct.unpack_from("<Q", self.body)[0] if len(self.body) >= 8 else 0

    @property
    def beacon_interval(self) -> int:
        """Of a Beacon, in TU (1024 us)."""
        return struct.unpack_from("<H", self.body, 8)[0] if len(self.body) >= 10 else 0

    @cached_property
    def msdus(self) -> list[tuple[str, str, bytes]]:
        """Destination, source, octets of what a data frame carries: one, or those of an A-MSDU."""
        if not self.has_payload or self.protected:
            return []
        if not self.amsdu:
            return [(self.destination, self.source, self.body)]
        return list(split_amsdu(self.body))


@dataclass
class Capture:
    """A file's frames in their order, with what was skipped."""

    path: str
    link_type: int
    frames: list[Frame] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)  # all, also those skipped
    skipped: int = 0

    @property
    def has_acks(self) -> bool:
        return any(frame.control(ACK) or frame.control(BLOCK_ACK) for frame in self.frames)


def is_group(address: str) -> bool:
    """Has a MAC address the group bit?"""
    return bool(address) and bool(int(address[:2], 16) & 1)


def mac(octets: bytes) -> str:
    return ":".join(f"{octet:02x}" for octet in octets)


def split_elements(octets: bytes) -> Iterator[Element]:
    at = 0
    while at + 2 <= len(octets) and at + 2 + octets[at + 1] <= len(octets):
        yield Element(octets[at], octets[at + 2 : at + 2 + octets[at + 1]])
        at += 2 + octets[at + 1]


def split_amsdu(octets: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Subframes (IEEE 802.11-2020 9.3.2.2.2), each but the last padded to four octets."""
    at = 0
    while at + 14 <= len(octets):
        length = struct.unpack_from(">H", octets, at + 12)[0]
        if at + 14 + length > len(octets):
            return
        yield mac(octets[at : at + 6]), mac(octets[at + 6 : at + 12]), octets[at + 14 : at + 14 + length]
        at += (14 + length + 3) // 4 * 4


def read_capture(path: str | Path) -> Capture:
    """The capture in a file; ``CaptureError`` if it is none of 802.11, or broken."""
    records, link_type = read_records(path)
    if link_type not in _RADIO_HEADERS:
        raise CaptureError(
            f"{path}: link type {link_type} is neither 802.11 ({LINK_80211}) nor 802.11 with radiotap"
            f" ({LINK_RADIOTAP}) or another header of the radio's: capture in monitor mode"
        )
    return take_apart(records, link_type, str(path))


def take_apart(records: list[Record], link_type: int, path: str) -> Capture:
    """The frames of records."""
    capture = Capture(path, link_type, records=records)
    for number, record in enumerate(records, 1):
        try:
            octets, meta = _RADIO_HEADERS[link_type](record.data)
            frame = None if meta.pop("bad", False) else parse_mac(octets if record.cut else without_fcs(octets))
        except (ValueError, struct.error) as error:
            raise CaptureError(f"{path}: frame {number}: {error}") from error
        if frame is None:
            capture.skipped += 1
            continue
        frame.number, frame.time, frame.cut = number, record.time, record.cut
        for name, value in meta.items():
            setattr(frame, name, value)
        capture.frames.append(frame)
    return capture


# Radiotap fields in the order of their bits: alignment, size (radiotap.org).
_FIELDS = {
    0: (8, 8), 1: (1, 1), 2: (1, 1), 3: (2, 4), 4: (2, 2), 5: (1, 1), 6: (1, 1), 7: (2, 2), 8: (2, 2), 9: (2, 2),
    10: (1, 1), 11: (1, 1), 12: (1, 1), 13: (1, 1), 14: (2, 2), 15: (2, 2), 16: (1, 1), 17: (1, 1), 18: (4, 8),
    19: (1, 3), 20: (4, 8), 21: (2, 12), 22: (8, 12), 23: (2, 12), 24: (2, 12),
}
_FLAGS, _RATE, _MCS, _VHT, _HE = 1, 2, 19, 21, 23
_FCS_AT_END, _BAD_FCS = 0x10, 0x40


def strip_radiotap(octets: bytes) -> tuple[bytes, dict[str, object]]:
    """The MPDU without FCS, and what radiotap told: ``rate``, ``mcs``, ``width``, ``bad`` (wrong FCS).

    ``ValueError`` if the header is no radiotap header or does not fit into the frame.
    """
    if len(octets) < 8:
        raise ValueError("shorter than a radiotap header")
    version, _, length, present = struct.unpack_from("<BBHI", octets)
    if version != 0 or length < 8 or length > len(octets):
        raise ValueError(f"no radiotap header (version {version}, length {length} of {len(octets)})")
    at, word = 8, present
    while word & 0x80000000:
        if at + 4 > length:
            raise ValueError("radiotap's list of fields goes past its header")
        word = struct.unpack_from("<I", octets, at)[0]
        at += 4
    meta: dict[str, object] = {}
    flags = 0
    for bit in range(29):
        if not present >> bit & 1:
            continue
        if bit not in _FIELDS:
            break  # fields after one that is not known cannot be found
        align, size = _FIELDS[bit]
        at = (at + align - 1) // align * align
        if at + size > length:
            raise ValueError(f"radiotap field {bit} goes past the header")
        value = octets[at : at + size]
        at += size
        if bit == _FLAGS:
            flags = value[0]
        elif bit == _RATE:
            meta["rate"] = value[0] or None
        elif bit in (_MCS, _VHT, _HE):
            meta.update(_ht_rate(bit, value))
    end = len(octets) - (4 if flags & _FCS_AT_END else 0)
    if flags & _BAD_FCS:
        meta["bad"] = True
    return octets[length:end], meta


def _ht_rate(bit: int, value: bytes) -> dict[str, object]:
    if bit == _MCS:
        wide = value[0] & 1 and value[1] & 3 == 1
        return {"mcs": value[2], "rate": None, "width": 40 if wide else 20} if value[0] & 2 else {}
    if bit == _VHT:
        wide = {0: 20, 1: 40, 4: 80, 11: 160}.get(value[3] & 0x1F, 20)
        return {"mcs": value[4] >> 4, "rate": None, "width": wide}
    words = struct.unpack("<6H", value)
    wide = {0: 20, 1: 40, 2: 80, 3: 160}.get(words[4] & 0xF, 20)
    return {"mcs": words[2] >> 8 & 0xF, "rate": None, "width": wide}


def _strip_nothing(octets: bytes) -> tuple[bytes, dict[str, object]]:
    return octets, {}


def _strip_avs(octets: bytes) -> tuple[bytes, dict[str, object]]:
    """AVS's header: its magic number with the version, its length."""
    if len(octets) < 8:
        raise ValueError("shorter than a header of AVS")
    magic, length = struct.unpack_from(">II", octets)
    if magic >> 12 != 0x80211 or not 8 <= length <= len(octets):
        raise ValueError(f"no header of AVS (length {length} of {len(octets)})")
    return octets[length:], {}


def _strip_prism(octets: bytes) -> tuple[bytes, dict[str, object]]:
    """Prism's header, in the byte order of who captured it; some drivers have AVS's in its place."""
    if octets[:3] == b"\x80\x21\x10":
        return _strip_avs(octets)
    if len(octets) < 8:
        raise ValueError("shorter than a Prism header")
    for order in "<>":
        length = struct.unpack_from(order + "I", octets, 4)[0]
        if 8 <= length <= len(octets):
            return octets[length:], {}
    raise ValueError(f"no Prism header in {len(octets)} octets")


def _strip_ppi(octets: bytes) -> tuple[bytes, dict[str, object]]:
    """Per-Packet Information, with an 802.11 frame in it."""
    if len(octets) < 8:
        raise ValueError("shorter than a PPI header")
    version, _, length, link_type = struct.unpack_from("<BBHI", octets)
    if version != 0 or not 8 <= length <= len(octets):
        raise ValueError(f"no PPI header (version {version}, length {length} of {len(octets)})")
    return (octets[length:] if link_type == LINK_80211 else b""), {}


def without_fcs(octets: bytes) -> bytes:
    """Some captures have the FCS and don't tell: an end that is right is one."""
    has = len(octets) >= 14 and zlib.crc32(octets[:-4]) == int.from_bytes(octets[-4:], "little")
    return octets[:-4] if has else octets


_RADIO_HEADERS = {
    LINK_80211: _strip_nothing, LINK_RADIOTAP: strip_radiotap, LINK_PRISM: _strip_prism, LINK_AVS: _strip_avs,
    LINK_PPI: _strip_ppi,
}  # fmt: skip


def parse_mac(octets: bytes) -> Frame | None:
    """The header's fields; None for other protocol versions, the extension type and frames too short."""
    if len(octets) < 10 or octets[0] & 3 or octets[0] >> 2 & 3 == 3:
        return None
    control, flags = octets[0], octets[1]
    frame = Frame(0, 0.0, octets, type=control >> 2 & 3, subtype=control >> 4)
    (
        frame.to_ds, frame.from_ds, frame.more_fragments, frame.retry,
        frame.power_management, frame.more_data, frame.protected,
    ) = (bool(flags >> bit & 1) for bit in range(7))  # fmt: skip
    frame.duration = struct.unpack_from("<H", octets, 2)[0]
    frame.a1 = mac(octets[4:10])
    if frame.type == CONTROL:
        frame.a2 = mac(octets[10:16]) if len(octets) >= 16 else ""
        frame.body = octets[16:]
        return frame
    if len(octets) < 24:
        return None
    frame.a2, frame.a3 = mac(octets[10:16]), mac(octets[16:22])
    sequence = struct.unpack_from("<H", octets, 22)[0]
    frame.sequence, frame.fragment = sequence >> 4, sequence & 0xF
    at = 30 if frame.to_ds and frame.from_ds else 24
    if frame.type == DATA and frame.subtype & 8:
        if len(octets) < at + 2:
            return None
        qos = octets[at]
        frame.qos, frame.tid = True, qos & 0xF
        frame.eosp, frame.ack_policy, frame.amsdu = bool(qos & 0x10), qos >> 5 & 3, bool(qos & 0x80)
        at += 2
    if flags & 0x80 and frame.type != CONTROL and (frame.qos or frame.type == MANAGEMENT):
        at += 4  # HT Control
    frame.body = octets[at:]
    return frame
