# SPDX-License-Identifier: GPL-2.0-only
"""Changes to frames on their way from a system under test, for the saboteurs.

Checksums follow unless said otherwise. A frame that a change is not about comes back as it is.
"""

from __future__ import annotations

import struct
from typing import Callable

from .wire import PROTO_IGMP, internet_checksum

ROUTER_ALERT = b"\x94\x04\0\0"


def is_ipv4(frame: bytes) -> bool:
    return len(frame) >= 34 and frame[12:14] == b"\x08\x00"


def change_header(frame: bytes, change: Callable[[bytearray], None]) -> bytes:
    """Applies ``change`` to the IPv4 header (a bytearray, changed in place; its length must stay)."""
    if not is_ipv4(frame):
        return frame
    length = (frame[14] & 0x0F) * 4
    header = bytearray(frame[14 : 14 + length])
    change(header)
    header[10:12] = b"\0\0"
    header[10:12] = struct.pack("!H", internet_checksum(bytes(header)))
    return frame[:14] + bytes(header) + frame[14 + length :]


def change_igmp(
    frame: bytes, change: Callable[[bytearray], bytes | bytearray | None], checksum: bool = True
) -> bytes:
    """Applies ``change`` to the IGMP message; it changes in place or returns another one."""
    if not is_ipv4(frame) or frame[23] != PROTO_IGMP:
        return frame
    length, total = (frame[14] & 0x0F) * 4, frame[16] << 8 | frame[17]
    message = bytearray(frame[14 + length : 14 + total])
    if len(message) < 8:
        return frame
    changed = change(message)
    message = bytearray(message if changed is None else changed)
    if checksum:
        message[2:4] = b"\0\0"
        message[2:4] = struct.pack("!H", internet_checksum(bytes(message)))
    whole = frame[: 14 + length] + bytes(message)
    return change_header(
        whole, lambda header: header.__setitem__(slice(2, 4), struct.pack("!H", length + len(message)))
    )


def without_options(frame: bytes) -> bytes:
    """Drops the IPv4 options."""
    if not is_ipv4(frame):
        return frame
    length, total = (frame[14] & 0x0F) * 4, frame[16] << 8 | frame[17]
    header = bytearray(frame[14:34])
    header[0] = 0x45
    header[2:4] = struct.pack("!H", total - length + 20)
    return change_header(frame[:14] + bytes(header) + frame[14 + length :], lambda header: None)


def set_octet(at: int, value: Callable[[int], int]) -> Callable[[bytearray], None]:
    """A change of the octet at an offset, if the octets reach that far."""

    def change(octets: bytearray) -> None:
        if at < len(octets):
            octets[at] = value(octets[at]) & 0xFF

    return change
