# SPDX-License-Identifier: GPL-2.0-only
"""IGMP for Scapy: what Scapy 2.5's contrib modules lack.

``scapy.contrib.igmp`` (v1, v2) and ``scapy.contrib.igmpv3`` (queries) are used as they are. Their group
record has no auxiliary data and their report no way to give records that one decodes and builds alike, so
records and reports are here.

    record   | type | aux len | number of sources | group | sources... | auxiliary data... |   RFC 3376 4.2
"""

from __future__ import annotations

from scapy.compat import raw
from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3mq
from scapy.fields import (
    ByteEnumField,
    FieldLenField,
    FieldListField,
    IPField,
    PacketListField,
    StrLenField,
    XShortField,
)
from scapy.packet import Packet, bind_layers

__all__ = ["IGMP", "IGMPv3", "IGMPv3Query", "IGMPv3Record", "IGMPv3Report", "raw"]

IGMPv3Query = IGMPv3mq

RECORD_TYPES = {
    1: "MODE_IS_INCLUDE",
    2: "MODE_IS_EXCLUDE",
    3: "CHANGE_TO_INCLUDE_MODE",
    4: "CHANGE_TO_EXCLUDE_MODE",
    5: "ALLOW_NEW_SOURCES",
    6: "BLOCK_OLD_SOURCES",
}


class IGMPv3Record(Packet):
    """Group record of an IGMPv3 report, with auxiliary data. Both counts may be set to lie."""

    name = "IGMPv3 group record"
    fields_desc = [
        ByteEnumField("rtype", 1, RECORD_TYPES),
        FieldLenField(
            "auxdlen", None, fmt="B", length_of="aux", adjust=lambda packet, octets: (octets + 3) // 4
        ),
        FieldLenField("numsrc", None, count_of="srcaddrs"),
        IPField("maddr", "0.0.0.0"),
        FieldListField("srcaddrs", [], IPField("sa", "0.0.0.0"), count_from=lambda packet: packet.numsrc),
        StrLenField("aux", b"", length_from=lambda packet: 4 * packet.auxdlen),
    ]

    def extract_padding(self, s: bytes) -> tuple[bytes, bytes]:
        return b"", s


class IGMPv3Report(Packet):
    """What follows type, reserved octet and checksum in an IGMPv3 report."""

    name = "IGMPv3 report"
    fields_desc = [
        XShortField("flags", 0),
        FieldLenField("numgrp", None, count_of="records"),
        PacketListField("records", [], IGMPv3Record, count_from=lambda packet: packet.numgrp),
    ]


bind_layers(IGMPv3, IGMPv3Report, type=0x22)
