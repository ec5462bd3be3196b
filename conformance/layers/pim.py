# SPDX-License-Identifier: GPL-2.0-only
"""PIM version 2 for Scapy, every message of sparse and dense mode, over IPv4 and IPv6.

    message  | version 2, type | flags | checksum | what the type says... |     RFC 7761 4.9, RFC 9436 4

``scapy.contrib.pim`` of Scapy 2.5 has Hello and Join/Prune of IPv4. Its Hello options of one number are used
as they are. Its header has no IPv6 pseudo-header and no checksum of a Register, its options are told apart by
half of their type and read past their length, and its addresses are those of IPv4: these are here.

Counts, lengths, masks, families and checksums are filled in unless they are given, so that they may lie. A
body that ends too early or cannot be told is Raw, as is the rest of a list from the first such entry on.
Addresses may be given in text: ``PIM() / PIMRegisterStop(group="239.1.2.3", source="10.9.0.1")``.
"""

from __future__ import annotations

import struct
from typing import Any

from scapy.compat import raw
from scapy.config import conf
from scapy.contrib.pim import (
    PIM_TYPE,
    PIMv2Hdr,
    PIMv2HelloDRPriority,
    PIMv2HelloGenerationID,
    PIMv2HelloHoldtime,
)
from scapy.fields import (
    BitEnumField,
    BitField,
    ByteField,
    FieldLenField,
    FlagsField,
    IntField,
    PacketListField,
    ShortField,
    StrLenField,
    XShortField,
)
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6, in6_chksum
from scapy.packet import Packet, bind_layers, split_layers
from scapy.utils import checksum

from .pim_address import (
    EncodedField,
    EncodedListField,
    FullLengthField,
    PIMEncodedGroup,
    PIMEncodedSource,
    PIMEncodedUnicast,
    PartPacket,
    WholePacket,
    full_length,
)

__all__ = [
    "PIM",
    "PIMAssert",
    "PIMBootstrap",
    "PIMBootstrapGroup",
    "PIMBootstrapRP",
    "PIMCandidateRP",
    "PIMEncodedGroup",
    "PIMEncodedSource",
    "PIMEncodedUnicast",
    "PIMGraft",
    "PIMGraftAck",
    "PIMGroupSet",
    "PIMHello",
    "PIMHelloAddressList",
    "PIMHelloDRPriority",
    "PIMHelloGenerationID",
    "PIMHelloHoldtime",
    "PIMHelloLANPruneDelay",
    "PIMHelloOption",
    "PIMHelloStateRefresh",
    "PIMJoinPrune",
    "PIMPackedNullRegister",
    "PIMPackedRecord",
    "PIMPackedRegisterStop",
    "PIMRegister",
    "PIMRegisterStop",
    "PIMStateRefresh",
    "null_register",
    "pim_checksum",
]

PROTOCOL = 103
VERSION = 2
REGISTER = 1
HEADER_SIZE = 4
REGISTER_HEAD_SIZE = 8
TYPES = {**PIM_TYPE, 9: "State-Refresh", 10: "DF-Election", 11: "ECMP-Redirect", 12: "PFM", 13: "Packed"}
# RFC 9436 counts from the right. N, No-Forward, is of Bootstrap (RFC 5059 4.1) and of PFM.
FLAGS = ["FB0", "FB1", "FB2", "FB3", "FB4", "FB5", "FB6", "N"]


def pim_checksum(octets: bytes, below: Packet | None = None) -> int:
    """The checksum over octets, behind the pseudo-header if the IP header next below is IPv6 (RFC 7761 4.9).

    It is what belongs into a message whose checksum field is 0, and 0 of one whose checksum is right.
    """
    header = below
    while header is not None and not isinstance(header, (IP, IPv6)):
        header = header.underlayer
    if isinstance(header, IPv6):
        return int(in6_chksum(PROTOCOL, below, octets))
    return int(checksum(octets))


class PIM(Packet):
    """The header of every message. The checksum of a Register is over its first 8 octets (RFC 7761 4.9.3)."""

    name = "PIM"
    fields_desc = [
        BitField("version", VERSION, 4),
        BitEnumField("type", 0, 4, TYPES),
        FlagsField("flags", 0, 8, FLAGS),
        XShortField("chksum", None),
    ]

    @classmethod
    def dispatch_hook(cls, _pkt: bytes | None = None, *args: Any, **kargs: Any) -> type[Packet]:
        """Raw if the header is cut."""
        return conf.raw_layer if _pkt and len(_pkt) < HEADER_SIZE else cls

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        message = pkt + pay
        if self.chksum is None:
            covered = message[:REGISTER_HEAD_SIZE] if self.type == REGISTER else message
            message = message[:2] + struct.pack("!H", pim_checksum(covered, self.underlayer)) + message[4:]
        return message

    def has_right_checksum(self) -> bool:
        """Of a message as it was received; that of a Register may be over all of it, too (RFC 7761 4.9.3)."""
        octets = self.original or raw(self)
        if self.type == REGISTER and pim_checksum(octets[:REGISTER_HEAD_SIZE], self.underlayer) == 0:
            return True
        return pim_checksum(octets, self.underlayer) == 0

    def mysummary(self) -> str:
        return self.sprintf("PIM %PIM.type%")


class PIMHelloOption(PartPacket):
    """An option that is unknown, or whose length is not that of its type."""

    name = "PIM Hello option"
    fields_desc = [
        ShortField("type", 0),
        FieldLenField("length", None, length_of="value"),
        StrLenField("value", b"", length_from=lambda option: option.length),
    ]


PIMHelloHoldtime = PIMv2HelloHoldtime
PIMHelloDRPriority = PIMv2HelloDRPriority
PIMHelloGenerationID = PIMv2HelloGenerationID  # unless given, another one each time it is built


class PIMHelloLANPruneDelay(PIMHelloOption):
    """Delay and interval in ms. ``tracking``, the T bit: can do without Join suppression (RFC 7761 4.9.2)."""

    name = "PIM Hello option LAN Prune Delay"
    fields_desc = [
        ShortField("type", 2),
        ShortField("length", 4),
        BitField("tracking", 0, 1),
        BitField("propagation_delay", 500, 15),
        ShortField("override_interval", 2500),
    ]


class PIMHelloStateRefresh(PIMHelloOption):
    """State Refresh Capable, interval in s (RFC 3973 4.7.5)."""

    name = "PIM Hello option State Refresh Capable"
    fields_desc = [
        ShortField("type", 21),
        ShortField("length", 4),
        ByteField("version", 1),
        ByteField("interval", 0),
        ShortField("reserved", 0),
    ]


class PIMHelloAddressList(PIMHelloOption):
    """Secondary addresses of the sender (RFC 7761 4.3.4)."""

    name = "PIM Hello option Address List"
    fields_desc = [
        ShortField("type", 24),
        FieldLenField("length", None, length_of="addresses"),
        EncodedListField("addresses", PIMEncodedUnicast, length_from=lambda option: option.length),
    ]


_OPTIONS = {
    (1, 2): PIMHelloHoldtime,
    (2, 4): PIMHelloLANPruneDelay,
    (19, 4): PIMHelloDRPriority,
    (20, 4): PIMHelloGenerationID,
    (21, 4): PIMHelloStateRefresh,
}


def _dissect_option(octets: bytes, **kargs: Any) -> Packet:
    if len(octets) < 4:
        return conf.raw_layer(octets, **kargs)
    kind, length = struct.unpack("!HH", octets[:4])
    cls = PIMHelloAddressList if kind == 24 else _OPTIONS.get((kind, length), PIMHelloOption)
    return (cls if length <= len(octets) - 4 else PIMHelloOption)(octets, **kargs)


class PIMHello(Packet):
    """Options, of which any may be absent."""

    name = "PIM Hello"
    fields_desc = [PacketListField("options", [], _dissect_option)]


class PIMRegister(WholePacket):
    """An IP packet on its way to the RP: the payload."""

    name = "PIM Register"
    fields_desc = [BitField("border", 0, 1), BitField("null", 0, 1), BitField("reserved", 0, 30)]

    def guess_payload_class(self, payload: bytes) -> type[Packet]:
        cls, size = {4: (IP, 20), 6: (IPv6, 40)}.get(payload[0] >> 4, (conf.raw_layer, 0))
        return cls if len(payload) >= size else conf.raw_layer


def null_register(source: str, group: str, **fields: Any) -> Packet:
    """A Null-Register with the dummy header of RFC 7761 4.9.3; of IPv6, with a dummy PIM header of version 0.

    :param source: of the family that counts
    :param fields: of the Register
    """
    if ":" in source:
        dummy = IPv6(src=source, dst=group, nh=PROTOCOL) / PIM(version=0, type=0)
    else:
        dummy = IP(src=source, dst=group, proto=PROTOCOL)
    return PIMRegister(**{"null": 1, **fields}) / dummy


class PIMRegisterStop(WholePacket):
    """A source of zeros is all sources (RFC 7761 4.9.4)."""

    name = "PIM Register-Stop"
    fields_desc = [
        EncodedField("group", "224.0.0.0", PIMEncodedGroup),
        EncodedField("source", "0.0.0.0", PIMEncodedUnicast),
    ]


class PIMPackedRecord(PartPacket):
    """A Null-Register, or the answer to one, among many (RFC 9465 3, 4)."""

    name = "PIM packed record"
    fields_desc = [
        EncodedField("group", "224.0.0.0", PIMEncodedGroup),
        EncodedField("source", "0.0.0.0", PIMEncodedUnicast),
    ]


class PIMPackedNullRegister(WholePacket):
    """Many Null-Registers; the subtype in the upper half of the header's flags is 0 (RFC 9465 3)."""

    name = "PIM Packed Null-Register"
    fields_desc = [PacketListField("records", [], PIMPackedRecord)]


class PIMPackedRegisterStop(WholePacket):
    """Many Register-Stops; the subtype is 1 (RFC 9465 4)."""

    name = "PIM Packed Register-Stop"
    fields_desc = [PacketListField("records", [], PIMPackedRecord)]


class PIMGroupSet(PartPacket):
    """What a Join/Prune says of one group (RFC 7761 4.9.5)."""

    name = "PIM group set"
    fields_desc = [
        EncodedField("group", "224.0.0.0", PIMEncodedGroup),
        FieldLenField("num_joins", None, count_of="joins"),
        FieldLenField("num_prunes", None, count_of="prunes"),
        EncodedListField("joins", PIMEncodedSource, count_from=lambda group: group.num_joins),
        EncodedListField("prunes", PIMEncodedSource, count_from=lambda group: group.num_prunes),
    ]


def _join_prune(holdtime: int) -> list[Any]:
    """The fields that Join/Prune, Graft and Graft-Ack share; holdtime in s."""
    return [
        EncodedField("upstream", "0.0.0.0", PIMEncodedUnicast),
        ByteField("reserved", 0),
        FieldLenField("num_groups", None, fmt="B", count_of="groups"),
        ShortField("holdtime", holdtime),
        PacketListField("groups", [], PIMGroupSet, count_from=lambda message: message.num_groups),
    ]


class PIMJoinPrune(WholePacket):
    """Holdtime in s, 0xffff for ever (RFC 7761 4.9.5)."""

    name = "PIM Join/Prune"
    fields_desc = _join_prune(holdtime=210)


class PIMGraft(WholePacket):
    """Of dense mode, to the upstream neighbour (RFC 3973 4.7.8)."""

    name = "PIM Graft"
    fields_desc = _join_prune(holdtime=0)


class PIMGraftAck(WholePacket):
    """Of dense mode, a copy of the Graft back to its sender (RFC 3973 4.7.9)."""

    name = "PIM Graft-Ack"
    fields_desc = _join_prune(holdtime=0)


class PIMBootstrapRP(PartPacket):
    """A candidate RP of a range; holdtime in s, lower priorities are better."""

    name = "PIM Bootstrap RP"
    fields_desc = [
        EncodedField("address", "0.0.0.0", PIMEncodedUnicast),
        ShortField("holdtime", 150),
        ByteField("priority", 192),
        ByteField("reserved", 0),
    ]


class PIMBootstrapGroup(PartPacket):
    """A range and its RPs. A fragment that has not all of them says in ``rp_count`` how many there are."""

    name = "PIM Bootstrap group"
    fields_desc = [
        EncodedField("group", "224.0.0.0/4", PIMEncodedGroup),
        FieldLenField("rp_count", None, fmt="B", count_of="rps"),
        FieldLenField("fragment_rp_count", None, fmt="B", count_of="rps"),
        XShortField("reserved", 0),
        PacketListField("rps", [], PIMBootstrapRP, count_from=lambda group: group.fragment_rp_count),
    ]


def _hash_mask_length(bootstrap: Packet) -> int:
    return 126 if full_length(bootstrap.bsr) == 128 else 30


class PIMBootstrap(WholePacket):
    """A Bootstrap message or a semantic fragment of one, told by the tag; No-Forward is a flag of the header.

    The hash mask length is, unless given, what RFC 5059 4.1 recommends for the family of the BSR.
    """

    name = "PIM Bootstrap"
    fields_desc = [
        XShortField("fragment_tag", 0),
        FullLengthField("hash_mask_length", _hash_mask_length),
        ByteField("priority", 64),
        EncodedField("bsr", "0.0.0.0", PIMEncodedUnicast),
        PacketListField("groups", [], PIMBootstrapGroup),
    ]


class PIMAssert(WholePacket):
    """A source of zeros, with ``rpt``, is an Assert of (*,G) (RFC 7761 4.9.6)."""

    name = "PIM Assert"
    fields_desc = [
        EncodedField("group", "224.0.0.0", PIMEncodedGroup),
        EncodedField("source", "0.0.0.0", PIMEncodedUnicast),
        BitField("rpt", 0, 1),
        BitField("preference", 0, 31),
        IntField("metric", 0),
    ]


class PIMCandidateRP(WholePacket):
    """Candidate-RP-Advertisement; holdtime in s, 0 to withdraw (RFC 5059 4.2)."""

    name = "PIM Candidate-RP-Advertisement"
    fields_desc = [
        FieldLenField("prefix_count", None, fmt="B", count_of="groups"),
        ByteField("priority", 192),
        ShortField("holdtime", 150),
        EncodedField("rp", "0.0.0.0", PIMEncodedUnicast),
        EncodedListField("groups", PIMEncodedGroup, count_from=lambda message: message.prefix_count),
    ]


class PIMStateRefresh(WholePacket):
    """Of dense mode; ``mask_length`` is of the route to the source, interval in s (RFC 3973 4.7.10)."""

    name = "PIM State Refresh"
    fields_desc = [
        EncodedField("group", "224.0.0.0", PIMEncodedGroup),
        EncodedField("source", "0.0.0.0", PIMEncodedUnicast),
        EncodedField("originator", "0.0.0.0", PIMEncodedUnicast),
        BitField("rpt", 0, 1),
        BitField("preference", 0, 31),
        IntField("metric", 0),
        FullLengthField("mask_length", lambda message: full_length(message.source)),
        ByteField("ttl", 64),
        BitField("prune_indicator", 0, 1),
        BitField("prune_now", 0, 1),
        BitField("assert_override", 0, 1),
        BitField("reserved", 0, 5),
        ByteField("interval", 60),
    ]


split_layers(IP, PIMv2Hdr, proto=PROTOCOL)
bind_layers(IP, PIM, proto=PROTOCOL)
bind_layers(IPv6, PIM, nh=PROTOCOL)
_MESSAGES = (
    *(PIMHello, PIMRegister, PIMRegisterStop, PIMJoinPrune, PIMBootstrap),
    *(PIMAssert, PIMGraft, PIMGraftAck, PIMCandidateRP, PIMStateRefresh),
)
for _type, _message in enumerate(_MESSAGES):
    bind_layers(PIM, _message, version=VERSION, type=_type)
for _subtype, _message in enumerate((PIMPackedNullRegister, PIMPackedRegisterStop)):
    bind_layers(PIM, _message, version=VERSION, type=13, flags=_subtype << 4)
