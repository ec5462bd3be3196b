# SPDX-License-Identifier: GPL-2.0-only
"""Changes to frames on their way from a system under test, for the saboteurs: IPv4 and IGMP, IPv6 and MLD.

Checksums follow unless said otherwise. A frame that a change is not about comes back as it is.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Callable

from .octets import (
    PROTO_ICMPV6,
    PROTO_IGMP,
    PROTO_UDP,
    internet_checksum,
    upper_layer_checksum,
)
from .pim_message import PROTO_PIM

ROUTER_ALERT = b"\x94\x04\0\0"
_CHECKSUM_AT = {PROTO_ICMPV6: 2, PROTO_UDP: 6}  # in what follows the IPv6 headers
# Fields of the IP headers of which saboteurs change an octet: offsets by family.
FIELDS = {
    "ttl": {"ipv4": 8, "ipv6": 7},
    "tos": {"ipv4": 1, "ipv6": 1},  # of the Traffic Class the lower half
    "first octet of the source": {"ipv4": 12, "ipv6": 8},
    "last octet of the source": {"ipv4": 15, "ipv6": 23},
    "last octet of the destination": {"ipv4": 19, "ipv6": 39},
}


@dataclass(frozen=True)
class Layout:
    """Where things are in the messages of a family."""

    query: int  # message types
    report: int
    older_report: int
    address: int  # octets of an address
    group_at: int  # in queries and older messages
    max_resp_at: int  # the octet of Max Resp Code that saboteurs change
    record_group_at: int  # in the first record of a report; the record begins at 8
    reserved_of_report_at: int

    @property
    def flags_at(self) -> int:
        """S and QRV of a query; QQIC and the number of sources follow."""
        return self.group_at + self.address

    @property
    def sources_at(self) -> int:
        return self.flags_at + 4


IGMP = Layout(0x11, 0x22, 0x16, 4, 4, 1, 12, 4)
MLD = Layout(130, 143, 131, 16, 8, 5, 12, 4)


def family_of(frame: bytes) -> str:
    """Of a frame: ``ipv4``, ``ipv6``, or nothing if it is neither or too short."""
    if len(frame) >= 34 and frame[12:14] == b"\x08\x00":
        return "ipv4"
    return "ipv6" if len(frame) >= 54 and frame[12:14] == b"\x86\xdd" else ""


def layout_of(frame: bytes) -> Layout | None:
    """The layout of the IGMP or MLD message in a frame; None if there is none."""
    if family_of(frame) == "ipv4":
        return IGMP if frame[23] == PROTO_IGMP else None
    if family_of(frame) == "ipv6":
        at, proto = _upper_layer(frame)
        if proto == PROTO_ICMPV6 and frame[at : at + 1] in (b"\x82", b"\x83", b"\x84", b"\x8f"):
            return MLD
    return None


def _upper_layer(frame: bytes) -> tuple[int, int]:
    """Offset and protocol of what follows the IPv6 header and a hop-by-hop header."""
    if frame[20] != 0 or len(frame) < 56:
        return 54, frame[20]
    return 54 + 8 + 8 * frame[55], frame[54]


def change_header(frame: bytes, change: Callable[[bytearray], None]) -> bytes:
    """Applies ``change`` to the IP header (a bytearray, changed in place; its length must stay)."""
    family = family_of(frame)
    if not family:
        return frame
    length = (frame[14] & 0x0F) * 4 if family == "ipv4" else 40
    header = bytearray(frame[14 : 14 + length])
    change(header)
    if family == "ipv6":
        return with_right_checksum(frame[:14] + bytes(header) + frame[14 + length :])
    header[10:12] = b"\0\0"
    header[10:12] = struct.pack("!H", internet_checksum(bytes(header)))
    return frame[:14] + bytes(header) + frame[14 + length :]


def change_field(frame: bytes, name: str, value: Callable[[int], int]) -> bytes:
    """Changes one octet of the IP header, by the names of ``FIELDS``."""
    family = family_of(frame)
    return change_header(frame, set_octet(FIELDS[name][family], value)) if family else frame


def with_right_checksum(frame: bytes) -> bytes:
    """An IPv6 frame whose ICMPv6 or UDP checksum fits again."""
    at, proto = _upper_layer(frame)
    field = at + _CHECKSUM_AT.get(proto, len(frame))
    if field + 2 > len(frame):
        return frame
    blank = frame[:field] + b"\0\0" + frame[field + 2 :]
    checksum = upper_layer_checksum(frame[22:38], frame[38:54], proto, blank[at : _end(frame)])
    return blank[:field] + struct.pack("!H", checksum or 0xFFFF) + blank[field + 2 :]


def _end(frame: bytes) -> int:
    return 54 + (frame[18] << 8 | frame[19])


def change_message(
    frame: bytes, change: Callable[[bytearray, Layout], bytes | bytearray | None], checksum: bool = True
) -> bytes:
    """Applies ``change`` to the IGMP or MLD message; it changes in place or returns another one."""
    layout = layout_of(frame)
    if layout is None:
        return frame
    if layout is MLD:
        at, end = _upper_layer(frame)[0], _end(frame)
    else:
        at, end = 14 + (frame[14] & 0x0F) * 4, 14 + (frame[16] << 8 | frame[17])
    message = bytearray(frame[at:end])
    if len(message) < 8:
        return frame
    changed = change(message, layout)
    message = bytearray(message if changed is None else changed)
    whole = frame[:at] + bytes(message)
    if layout is MLD:
        whole = whole[:18] + struct.pack("!H", len(whole) - 54) + whole[20:]
        return with_right_checksum(whole) if checksum else whole
    if checksum:
        message[2:4] = b"\0\0"
        message[2:4] = struct.pack("!H", internet_checksum(bytes(message)))
    return change_header(
        frame[:at] + bytes(message),
        lambda header: header.__setitem__(slice(2, 4), struct.pack("!H", at - 14 + len(message))),
    )


def change_pim(
    frame: bytes, change: Callable[[bytearray, int], bytes | bytearray | None], checksum: bool = True
) -> bytes:
    """Applies ``change`` to the PIM message, with the octets of an address; of a Register the checksum is over eight."""
    family = family_of(frame)
    if family == "ipv4" and frame[23] == PROTO_PIM:
        at, end, size = 14 + (frame[14] & 0x0F) * 4, 14 + (frame[16] << 8 | frame[17]), 4
    elif family == "ipv6" and _upper_layer(frame)[1] == PROTO_PIM:
        at, end, size = _upper_layer(frame)[0], _end(frame), 16
    else:
        return frame
    message = bytearray(frame[at:end])
    if len(message) < 8:
        return frame
    changed = change(message, size)
    message = bytearray(message if changed is None else changed)
    if checksum:
        message[2:4] = b"\0\0"
        covered = bytes(message[:8] if message[0] & 15 == 1 else message)
        right = (
            internet_checksum(covered)
            if size == 4
            else upper_layer_checksum(frame[22:38], frame[38:54], PROTO_PIM, covered)
        )
        message[2:4] = struct.pack("!H", right)
    whole = frame[:at] + bytes(message)
    if size == 16:
        return whole[:18] + struct.pack("!H", len(whole) - 54) + whole[20:]
    return change_header(
        whole, lambda header: header.__setitem__(slice(2, 4), struct.pack("!H", at - 14 + len(message)))
    )


def without_options(frame: bytes) -> bytes:
    """Drops the IPv4 options, or the hop-by-hop header."""
    family = family_of(frame)
    if family == "ipv6":
        at, proto = _upper_layer(frame)
        length = struct.pack("!H", _end(frame) - at)
        return frame[:18] + length + bytes([proto]) + frame[21:54] + frame[at:]
    if not family:
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
