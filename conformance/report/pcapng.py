# SPDX-License-Identifier: GPL-2.0-only
"""A writer of pcapng files: one interface block per port, direction of every frame, nanoseconds.

    section header | interface description ... | enhanced packet ...   little-endian, 32-bit aligned
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Iterable, Sequence

from conformance.harness.model import Frame

LINKTYPE_ETHERNET = 1
OPTION_END, OPTION_COMMENT = 0, 1
INTERFACE_NAME, INTERFACE_RESOLUTION = 2, 9
PACKET_FLAGS = 2
INBOUND, OUTBOUND = 1, 2  # as the tester sees it


def write_pcapng(path: Path, ports: Sequence[str], frames: Iterable[Frame], comment: str = "") -> None:
    """Writes ``frames`` (oldest first) to ``path``, one interface for each of ``ports``."""
    number = {port: index for index, port in enumerate(ports)}
    blocks = [
        _block(
            0x0A0D0D0A,
            struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _options({OPTION_COMMENT: comment.encode()}),
        )
    ]
    for port in ports:
        options = _options({INTERFACE_NAME: port.encode(), INTERFACE_RESOLUTION: b"\x09"})
        blocks.append(_block(1, struct.pack("<HHI", LINKTYPE_ETHERNET, 0, 0) + options))
    for frame in frames:
        blocks.append(_packet(number[frame.port], frame))
    path.write_bytes(b"".join(blocks))


def _packet(interface: int, frame: Frame) -> bytes:
    stamp = max(0, round(frame.time * 1e9))
    head = struct.pack("<IIIII", interface, stamp >> 32, stamp & 0xFFFFFFFF, len(frame.data), len(frame.data))
    flags = struct.pack("<I", OUTBOUND if frame.sent else INBOUND)
    return _block(6, head + _padded(frame.data) + _options({PACKET_FLAGS: flags}))


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _options(options: dict[int, bytes]) -> bytes:
    encoded = b"".join(
        struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options.items() if value
    )
    return encoded + struct.pack("<HH", OPTION_END, 0)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
