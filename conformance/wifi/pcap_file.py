# SPDX-License-Identifier: GPL-2.0-only
"""pcap and pcapng files: records in, records out. Unlike Scapy's readers, a file that ends early is told."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

_PCAP = {0xA1B2C3D4: 1e6, 0xA1B23C4D: 1e9}  # magic: ticks per second
_SECTION, _INTERFACE, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 3, 6
_LARGEST = 1 << 24  # octets of a record or block; more is a broken length


class CaptureError(Exception):
    """A capture that cannot be read; the message names the file and, where there is one, the frame."""


@dataclass(frozen=True)
class Record:
    """A frame as it is in a file: time in seconds, octets with their radiotap header if the link type has one. ``cut``: the
    frame was longer than what was captured of it."""

    time: float
    data: bytes
    cut: bool = False


def read_records(path: str | Path) -> tuple[list[Record], int]:
    """Frames as they are in the file, and its link type; ``CaptureError`` if it is broken or none."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror or error}") from error
    return parse_records(content, str(path))


def parse_records(content: bytes, path: str = "capture") -> tuple[list[Record], int]:
    """The same of a file's octets; ``path`` is for messages."""
    records: list[Record] = []
    link_types: set[int] = set()
    try:
        reader = _pcapng(content) if content[:4] == b"\x0a\x0d\x0d\x0a" else _pcap(content)
        for link_type, record in reader:
            link_types.add(link_type)
            if record is not None:
                records.append(record)
    except (ValueError, struct.error) as error:
        where = f"frame {len(records) + 1}: " if link_types else ""
        raise CaptureError(f"{path}: {where}{error}") from error
    if len(link_types) > 1:
        raise CaptureError(f"{path}: interfaces of different link types {sorted(link_types)}")
    if not records:
        raise CaptureError(f"{path}: no frames")
    return records, link_types.pop()


def _pcap(content: bytes) -> Iterator[tuple[int, Record | None]]:
    order = "<"
    if len(content) < 24:
        raise ValueError("neither pcap nor pcapng")
    for order in "<>":
        magic = struct.unpack_from(order + "I", content)[0]
        if magic in _PCAP:
            break
    else:
        raise ValueError("neither pcap nor pcapng")
    link_type = struct.unpack_from(order + "I", content, 20)[0] & 0xFFFF
    yield link_type, None
    at = 24
    while at < len(content):
        if at + 16 > len(content):
            raise ValueError("the file ends inside its header")
        seconds, ticks, size, length = struct.unpack_from(order + "IIII", content, at)
        at += 16
        if size > _LARGEST:
            raise ValueError(f"a length of {size} octets")
        if at + size > len(content):
            raise ValueError("the file ends inside it")
        yield link_type, Record(seconds + ticks / _PCAP[magic], content[at : at + size], size < length)
        at += size


def _pcapng(content: bytes) -> Iterator[tuple[int, Record | None]]:
    order, interfaces, at = "<", [], 0
    while at < len(content):
        if at + 12 > len(content):
            raise ValueError("the file ends inside a block")
        kind = struct.unpack_from(order + "I", content, at)[0]
        if kind == _SECTION:
            magic = content[at + 8 : at + 12]
            if magic not in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"):
                raise ValueError("a section without its byte-order magic")
            order, interfaces = "<" if magic == b"\x4d\x3c\x2b\x1a" else ">", []
        length = struct.unpack_from(order + "I", content, at + 4)[0]
        if length < 12 or length % 4 or length > _LARGEST:
            raise ValueError(f"a block of {length} octets")
        if at + length > len(content):
            raise ValueError("the file ends inside a block")
        body = content[at + 8 : at + length - 4]
        if kind == _INTERFACE:
            interfaces.append((struct.unpack_from(order + "H", body)[0], _ticks(order, body[8:])))
            yield interfaces[-1][0], None
        elif kind == _ENHANCED:
            number, high, low, size, full = struct.unpack_from(order + "IIIII", body)
            if number >= len(interfaces) or 20 + size > len(body):
                raise ValueError("it names an interface, or a length, that is not there")
            link_type, ticks = interfaces[number]
            yield link_type, Record((high << 32 | low) / ticks, body[20 : 20 + size], size < full)
        elif kind == _SIMPLE:
            raise ValueError("a simple packet block, which has no time")
        at += length


def _ticks(order: str, options: bytes) -> float:
    """Ticks per second of an interface (option if_tsresol)."""
    at = 0
    while at + 4 <= len(options):
        code, size = struct.unpack_from(order + "HH", options, at)
        if code == 9 and size == 1 and at + 5 <= len(options):
            value = options[at + 4]
            return float(2 ** (value & 0x7F) if value & 0x80 else 10**value)
        at += 4 + (size + 3) // 4 * 4
    return 1e6


def write_pcap(path: str | Path, records: list[Record], link_type: int) -> None:
    """A pcap file with microseconds."""
    with Path(path).open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type))
        for record in records:
            stamp = round(record.time * 1e6)
            size = len(record.data)
            file.write(struct.pack("<IIII", stamp // 1000000, stamp % 1000000, size, size + record.cut) + record.data)
