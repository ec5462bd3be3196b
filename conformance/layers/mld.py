# SPDX-License-Identifier: GPL-2.0-only
"""MLD for Scapy: what ``scapy.layers.inet6`` of Scapy 2.5 lacks.

Its queries and MLDv1 messages are used as they are. Its group record has no rounding of auxiliary data to
words and its report no flags of their own, so records and reports are here. Checksums are set by the builder.

    record   | type | aux len | number of sources | group | sources... | auxiliary data... |   RFC 3810 5.2
"""

from __future__ import annotations

from scapy.fields import (
    ByteEnumField,
    ByteField,
    FieldLenField,
    FieldListField,
    PacketListField,
    StrLenField,
    XShortField,
)
from scapy.layers.inet6 import ICMPv6MLDone, ICMPv6MLQuery, ICMPv6MLQuery2, ICMPv6MLReport, IP6Field
from scapy.packet import Packet

from .igmp import RECORD_TYPES

__all__ = ["ICMPv6MLDone", "ICMPv6MLQuery", "ICMPv6MLQuery2", "ICMPv6MLReport", "MLDv2Record", "MLDv2Report"]


class MLDv2Record(Packet):
    """Multicast address record of an MLDv2 report, with auxiliary data. Both counts may be set to lie."""

    name = "MLDv2 multicast address record"
    fields_desc = [
        ByteEnumField("rtype", 1, RECORD_TYPES),
        FieldLenField(
            "auxdlen", None, fmt="B", length_of="aux", adjust=lambda packet, octets: (octets + 3) // 4
        ),
        FieldLenField("numsrc", None, count_of="srcaddrs"),
        IP6Field("maddr", "::"),
        FieldListField("srcaddrs", [], IP6Field("sa", "::"), count_from=lambda packet: packet.numsrc),
        StrLenField("aux", b"", length_from=lambda packet: 4 * packet.auxdlen),
    ]

    def extract_padding(self, s: bytes) -> tuple[bytes, bytes]:
        return b"", s


class MLDv2Report(Packet):
    """A whole MLDv2 report, type 143."""

    name = "MLDv2 report"
    fields_desc = [
        ByteField("type", 143),
        ByteField("code", 0),
        XShortField("cksum", 0),
        XShortField("flags", 0),
        FieldLenField("numgrp", None, count_of="records"),
        PacketListField("records", [], MLDv2Record, count_from=lambda packet: packet.numgrp),
    ]
