# SPDX-License-Identifier: GPL-2.0-only
"""The encoded addresses of PIM for Scapy, of both families.

    unicast  | family | encoding | address... |                                              RFC 7761 4.9.1
    group    | family | encoding | B, reserved, Z | mask length | address... |
    source   | family | encoding | reserved, S, W, R | mask length | address... |

Family and mask length follow from the address unless they are given, so that they may lie. Of a family or an
encoding that is unknown nobody can tell how long an address is: it is the octets up to the end, as ``bytes``.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from scapy.error import Scapy_Exception
from scapy.fields import BitField, ByteEnumField, ByteField, Field, PacketField, PacketListField, StrLenField
from scapy.packet import Packet
from scapy.volatile import RandIP, VolatileValue

__all__ = [
    "EncodedField",
    "EncodedListField",
    "FullLengthField",
    "PIMEncodedGroup",
    "PIMEncodedSource",
    "PIMEncodedUnicast",
    "PartPacket",
    "WholePacket",
    "full_length",
]

FAMILIES = {1: "IPv4", 2: "IPv6"}  # of IANA's address family numbers
NATIVE = 0
SIZES = {(1, NATIVE): 4, (2, NATIVE): 16}


def _to_octets(address: Any) -> bytes:
    """An address as octets; those that are octets already, and none at all, pass."""
    if address is None:
        return b""
    if isinstance(address, bytes):
        return address
    text = str(address)
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def _to_text(octets: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(octets) == 4 else socket.AF_INET6, octets)


def full_length(encoded: Packet | None) -> int:
    """Bits of an encoded address; 0 of none, 255 at most."""
    address = None if encoded is None else getattr(encoded, "address", None)
    return min(8 * len(_to_octets(address)), 255)


class WholePacket(Packet):
    """A packet that is dissected whole or, by an exception that Scapy turns into Raw, not at all.

    Scapy's own packets may end at any field and show defaults for the rest, which nobody has sent.
    """

    def do_dissect(self, s: bytes) -> bytes:
        self.fields = {}  # where Scapy has put copies of the defaults that are packets
        left: bytes = super().do_dissect(s)
        for field in self.fields_desc:
            if field.name in self.fields:
                continue
            if not field.islist and not isinstance(field, StrLenField):
                raise Scapy_Exception(f"{self.name} ends before {field.name}")
            self.fields[field.name] = [] if field.islist else b""
            if field.islist:
                self.raw_packet_cache_fields[field.name] = []  # so that Scapy sees what is appended
        return left


class PartPacket(WholePacket):
    """A packet that is part of another one, which all that follows belongs to."""

    def extract_padding(self, s: bytes) -> tuple[bytes, bytes]:
        return b"", s


class AddressField(Field):
    """An address in text, or octets of an unknown family or encoding. Text that is no address: OSError."""

    def __init__(self, name: str, default: str) -> None:
        super().__init__(name, default, fmt="4s")

    def any2i(self, pkt: Packet | None, x: Any) -> Any:
        if x is None or isinstance(x, (bytes, VolatileValue)):
            return x
        return _to_text(_to_octets(x))

    def i2m(self, pkt: Packet | None, x: Any) -> bytes:
        return _to_octets(x)

    def i2len(self, pkt: Packet | None, x: Any) -> int:
        return len(_to_octets(x))

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        return repr(x) if isinstance(x, bytes) else str(x)

    def addfield(self, pkt: Packet, s: bytes, val: Any) -> bytes:
        return s + self.i2m(pkt, val)

    def getfield(self, pkt: Packet, s: bytes) -> tuple[bytes, str | bytes]:
        size = SIZES.get((pkt.family, pkt.encoding))
        if size is None:
            return b"", bytes(s)
        if len(s) < size:
            raise Scapy_Exception(f"{len(s)} octets of an address of {size}")
        return s[size:], _to_text(s[:size])

    def randval(self) -> RandIP:
        return RandIP()


class FamilyField(ByteEnumField):
    """The address family: that of the address unless given; 0 of octets that are none."""

    def i2m(self, pkt: Packet | None, x: int | None) -> int:
        if x is None:
            return {32: 1, 128: 2}.get(full_length(pkt), 0)
        return int(x)


class FullLengthField(ByteField):
    """A length in bits that is all of an address unless given."""

    __slots__ = ["length_of"]

    def __init__(self, name: str, length_of: Callable[[Packet], int] = full_length) -> None:
        self.length_of = length_of
        super().__init__(name, None)

    def i2m(self, pkt: Packet | None, x: int | None) -> int:
        if x is None:
            return 0 if pkt is None else self.length_of(pkt)
        return int(x)


def _head() -> list[Field]:
    return [FamilyField("family", None, FAMILIES), ByteField("encoding", NATIVE)]


class PIMEncodedUnicast(PartPacket):
    """The address of a router or of a source."""

    name = "PIM encoded unicast address"
    fields_desc = [*_head(), AddressField("address", "0.0.0.0")]


class PIMEncodedGroup(PartPacket):
    """A group or a range of them. ``zone`` marks an administratively scoped range (RFC 5059 4)."""

    name = "PIM encoded group address"
    fields_desc = [
        *_head(),
        BitField("bidirectional", 0, 1),
        BitField("reserved", 0, 6),
        BitField("zone", 0, 1),
        FullLengthField("mask_length"),
        AddressField("address", "224.0.0.0"),
    ]


class PIMEncodedSource(PartPacket):
    """Entry of a Join/Prune: (*,G) has wildcard and rpt, (S,G,rpt) rpt, (S,G) neither (RFC 7761 4.9.5.1)."""

    name = "PIM encoded source address"
    fields_desc = [
        *_head(),
        BitField("reserved", 0, 5),
        BitField("sparse", 1, 1),
        BitField("wildcard", 0, 1),
        BitField("rpt", 0, 1),
        FullLengthField("mask_length"),
        AddressField("address", "0.0.0.0"),
    ]


def _encoded(cls: type[Packet], value: Any) -> Any:
    """An encoded address of one in text, of which "address/length" gives the mask too; others as they are."""
    if not isinstance(value, (str, IPv4Address, IPv6Address)):
        return value
    address, slash, length = str(value).partition("/")
    return cls(address=address, mask_length=int(length)) if slash else cls(address=address)


class EncodedField(PacketField):
    """One encoded address, given as itself or in text. None leaves it out of the packet."""

    def __init__(self, name: str, default: str, cls: type[Packet]) -> None:
        self.cls = cls  # any2i needs it for the default
        super().__init__(name, default, cls)

    def any2i(self, pkt: Packet | None, x: Any) -> Any:
        return super().any2i(pkt, _encoded(self.cls, x))


class EncodedListField(PacketListField):
    """Encoded addresses, given as themselves or in text."""

    def __init__(self, name: str, cls: type[Packet], **kargs: Any) -> None:
        self.cls = cls
        super().__init__(name, [], cls, **kargs)

    def any2i(self, pkt: Packet | None, x: Any) -> list[Any]:
        values = x if isinstance(x, (list, tuple)) else [x]
        return super().any2i(pkt, [_encoded(self.cls, value) for value in values])
