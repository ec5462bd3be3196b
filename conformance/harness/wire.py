# SPDX-License-Identifier: GPL-2.0-only
"""The judge's own decoder of what a system under test put on the wire.

It shares no code with the builders (Scapy) nor with any target, reads strictly, and never throws: what is odd
about a frame ends up in ``Message.problems``. Times are seconds since the opening of the system under test.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field
from typing import Any

from .codes import decode_float_code, max_resp_time

ETHERTYPE_IPV4 = 0x0800
PROTO_ICMP, PROTO_IGMP, PROTO_UDP = 1, 2, 17
RECORD_NAMES = {1: "IS_IN", 2: "IS_EX", 3: "TO_IN", 4: "TO_EX", 5: "ALLOW", 6: "BLOCK"}
KIND_TEXT = {
    "general_query": "general query",
    "group_query": "group query",
    "group_source_query": "group-source query",
    "report": "report",
    "v1_report": "report",
    "v2_report": "report",
    "v2_leave": "leave",
    "igmp": "IGMP message",
    "data": "data",
    "ip": "IPv4",
    "frame": "frame",
}


def internet_checksum(data: bytes) -> int:
    """Internet checksum of RFC 1071; 0 for data that carries a right one."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def multicast_mac(group: str) -> str:
    """Ethernet address of an IPv4 group: 01-00-5e and the low 23 bits (RFC 1112 6.4)."""
    octets = socket.inet_aton(group)
    return f"01:00:5e:{octets[1] & 0x7f:02x}:{octets[2]:02x}:{octets[3]:02x}"


def mac_text(octets: bytes) -> str:
    """``aa:bb:cc:dd:ee:ff`` of six octets."""
    return octets.hex(":")


@dataclass(frozen=True)
class Record:
    """One group record of an IGMPv3 report as received."""

    type: int
    group: str
    sources: tuple[str, ...]
    aux_len: int = 0  # in 32-bit words, as the field says
    aux: bytes = b""

    def __str__(self) -> str:
        name = RECORD_NAMES.get(self.type, f"type {self.type}")
        return f"{name} {self.group} {{{', '.join(self.sources)}}}"


@dataclass
class Message:
    """A received frame, decoded as far as it goes. Fields that the frame does not have stay at their default.

    ``kind``: general_query, group_query, group_source_query, report (v3), v1_report, v2_report, v2_leave,
    igmp (any other IGMP), data (UDP to a group), ip (any other IPv4), frame (anything else).
    """

    time: float
    port: str
    raw: bytes
    kind: str = "frame"
    problems: list[str] = field(default_factory=list)
    # Ethernet
    src_mac: str = ""
    dst_mac: str = ""
    ethertype: int = 0
    # IPv4
    src: str = ""
    dst: str = ""
    ttl: int = 0
    tos: int = 0
    proto: int = -1
    ip_id: int = 0
    ip_header_length: int = 0  # octets
    options: bytes = b""
    router_alert: int | None = None  # value of the option, None without it
    ip_checksum_ok: bool = False
    dont_fragment: bool = False
    more_fragments: bool = False
    fragment_offset: int = 0  # octets
    payload: bytes = b""  # of the IPv4 packet, by its total length; for ``data`` of the UDP datagram
    # IGMP
    version: int = 0
    type: int = 0
    max_resp_code: int = 0  # second octet of every IGMP message
    checksum_ok: bool = False
    group: str = ""
    s: bool = False
    qrv: int = 0
    qqic: int = 0
    resv: int = 0  # reserved bits: of a query 4, of a report the 16 before the record count
    sources: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    extra: bytes = b""  # octets after what the message's own counts describe
    # UDP
    sport: int = 0
    dport: int = 0
    taken: bool = field(default=False, repr=False)  # an expectation has matched it

    @property
    def igmp(self) -> bytes:
        """The IGMP message, by the packet's total length."""
        return self.payload if self.proto == PROTO_IGMP else b""

    @property
    def max_resp(self) -> float:
        """Max Resp Time in seconds, by the rules of the message's version."""
        return max_resp_time(self.max_resp_code, self.version)

    @property
    def qqi(self) -> int:
        """Querier's Query Interval in seconds."""
        return decode_float_code(self.qqic)

    @property
    def is_query(self) -> bool:
        return self.kind.endswith("query")

    @property
    def is_report(self) -> bool:
        return self.kind in ("report", "v1_report", "v2_report")

    @property
    def packet(self) -> Any:
        """The frame dissected by Scapy (a second opinion, and every field that is not here)."""
        from scapy.layers.l2 import Ether
        import scapy.contrib.igmpv3  # noqa: F401  (binds protocol 2)

        return Ether(self.raw)

    def record(self, group: str) -> Record | None:
        """The first record for ``group``, if the report has one."""
        return next((record for record in self.records if record.group == group), None)

    def __str__(self) -> str:
        return describe(self)


def decode(raw: bytes, time: float = 0.0, port: str = "") -> Message:
    """Decodes one Ethernet frame."""
    message = Message(time, port, raw)
    if len(raw) < 14:
        message.problems.append(f"frame of {len(raw)} octets")
        return message
    message.dst_mac, message.src_mac = mac_text(raw[0:6]), mac_text(raw[6:12])
    message.ethertype = raw[12] << 8 | raw[13]
    if message.ethertype == ETHERTYPE_IPV4:
        _decode_ipv4(message, raw[14:])
    return message


def _decode_ipv4(message: Message, data: bytes) -> None:
    if len(data) < 20 or data[0] >> 4 != 4:
        message.problems.append("no IPv4 header")
        return
    header_length = (data[0] & 0x0F) * 4
    (message.tos, total, message.ip_id, fragment, message.ttl, message.proto) = struct.unpack_from(
        "!xBHHHBB", data
    )
    message.kind = "ip"
    message.src, message.dst = socket.inet_ntoa(data[12:16]), socket.inet_ntoa(data[16:20])
    message.ip_header_length = header_length
    if header_length < 20 or header_length > len(data) or not header_length <= total <= len(data):
        message.problems.append(
            f"IPv4 header length {header_length}, total length {total}, frame has {len(data)}"
        )
        return
    message.dont_fragment, message.more_fragments = bool(fragment & 0x4000), bool(fragment & 0x2000)
    message.fragment_offset = (fragment & 0x1FFF) * 8
    message.ip_checksum_ok = internet_checksum(data[:header_length]) == 0
    if not message.ip_checksum_ok:
        message.problems.append("IPv4 header checksum is wrong")
    message.options = data[20:header_length]
    _decode_options(message)
    message.payload = data[header_length:total]
    if message.fragment_offset or message.more_fragments:
        return
    if message.proto == PROTO_IGMP:
        _decode_igmp(message)
    elif message.proto == PROTO_UDP:
        _decode_udp(message)


def _decode_options(message: Message) -> None:
    options, at = message.options, 0
    while at < len(options) and options[at] != 0:  # 0 ends the list
        if options[at] == 1:  # no operation
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if length < 2 or at + length > len(options):
            message.problems.append("IPv4 option runs over the header")
            return
        if options[at] == 0x94 and length == 4:  # Router Alert, RFC 2113
            if message.router_alert is not None:
                message.problems.append("Router Alert appears twice")
            message.router_alert = options[at + 2] << 8 | options[at + 3]
        at += length


def _decode_udp(message: Message) -> None:
    if len(message.payload) < 8:
        message.problems.append("UDP header is cut")
        return
    message.sport, message.dport, length, _ = struct.unpack_from("!HHHH", message.payload)
    if not 8 <= length <= len(message.payload):
        message.problems.append(f"UDP length {length} of {len(message.payload)}")
        return
    message.payload = message.payload[8:length]
    if 224 <= int(message.dst.split(".")[0]) <= 239:
        message.kind, message.group = "data", message.dst


def _decode_igmp(message: Message) -> None:
    data = message.payload
    message.kind, message.type = "igmp", data[0] if data else 0
    if len(data) < 8:
        message.problems.append(f"IGMP message of {len(data)} octets")
        return
    message.type, message.max_resp_code = data[0], data[1]
    message.checksum_ok = internet_checksum(data) == 0
    if not message.checksum_ok:
        message.problems.append("IGMP checksum is wrong")
    if message.type == 0x22:
        _decode_report(message, data)
        return
    message.group = socket.inet_ntoa(data[4:8])
    if message.type == 0x11:
        _decode_query(message, data)
    elif message.type in (0x12, 0x16, 0x17):
        message.kind = {0x12: "v1_report", 0x16: "v2_report", 0x17: "v2_leave"}[message.type]
        message.version = 1 if message.type == 0x12 else 2
        message.extra = data[8:]


def _decode_query(message: Message, data: bytes) -> None:
    """The version follows from the size, RFC 3376 7.1."""
    if 8 < len(data) < 12:
        message.problems.append(f"query of {len(data)} octets")
        return
    message.version = 3
    if len(data) == 8:
        message.version = 1 if message.max_resp_code == 0 else 2
    else:
        message.resv, message.s, message.qrv = data[8] >> 4, bool(data[8] & 8), data[8] & 7
        message.qqic = data[9]
        count = data[10] << 8 | data[11]
        if 12 + 4 * count > len(data):
            message.problems.append(f"query claims {count} sources in {len(data)} octets")
            return
        message.sources = _addresses(data, 12, count)
        message.extra = data[12 + 4 * count :]
    if message.sources:
        message.kind = "group_source_query"
    else:
        message.kind = "general_query" if message.group == "0.0.0.0" else "group_query"


def _decode_report(message: Message, data: bytes) -> None:
    message.kind, message.version = "report", 3
    message.resv, count = struct.unpack_from("!HH", data, 4)
    at, records = 8, []
    for _ in range(count):
        if at + 8 > len(data):
            message.problems.append(f"report claims {count} records and has {len(records)}")
            break
        kind, aux_len, number = struct.unpack_from("!BBH", data, at)
        end = at + 8 + 4 * number
        if end + 4 * aux_len > len(data):
            message.problems.append(f"record claims {number} sources and {aux_len} words of auxiliary data")
            break
        group = socket.inet_ntoa(data[at + 4 : at + 8])
        records.append(
            Record(kind, group, _addresses(data, at + 8, number), aux_len, data[end : end + 4 * aux_len])
        )
        at = end + 4 * aux_len
    message.records, message.extra = tuple(records), data[at:]


def _addresses(data: bytes, at: int, count: int) -> tuple[str, ...]:
    return tuple(socket.inet_ntoa(data[at + 4 * i : at + 4 * i + 4]) for i in range(count))


def describe(message: Message) -> str:
    """One line for the message ladder."""
    if message.kind == "frame":
        kind = f"type 0x{message.ethertype:04x}, {len(message.raw)} octets"
        return f"frame {message.src_mac} > {message.dst_mac} {kind}"
    parts = [KIND_TEXT[message.kind]]
    if message.proto == PROTO_IGMP:
        parts = _describe_igmp(message)
    elif message.kind == "data":
        text = message.payload[:24].decode("ascii", "replace")
        parts.append(f"{text!r}" if text.isprintable() else f"{len(message.payload)} octets")
    else:
        parts.append(f"protocol {message.proto}")
    parts.append(f"{message.src} > {message.dst}")
    parts += [f"[{text}]" for text in _oddities(message) + message.problems]
    return " ".join(parts)


def _describe_igmp(message: Message) -> list[str]:
    version = f"IGMPv{message.version}" if message.version else f"IGMP type 0x{message.type:02x}"
    parts = [version, KIND_TEXT[message.kind] if message.version else "message"]
    if message.kind == "report":
        return parts + ["; ".join(map(str, message.records)) or "no records"]
    if message.kind != "general_query":
        parts.append(message.group)
    if message.sources:
        more = f", ... {len(message.sources)} in all" if message.sources[6:] else ""
        parts.append("{" + ", ".join(message.sources[:6]) + more + "}")
    if message.is_query:
        parts.append(f"mrt {message.max_resp:g} s")
        if message.version == 3:
            parts.append(f"qrv {message.qrv} qqi {message.qqi} s" + (" S" if message.s else ""))
    return parts


def _oddities(message: Message) -> list[str]:
    if message.proto != PROTO_IGMP:
        return [f"ttl {message.ttl}"]
    odd = []
    if message.ttl != 1:
        odd.append(f"ttl {message.ttl}")
    if message.router_alert is None:
        odd.append("no Router Alert")
    elif message.router_alert:
        odd.append(f"Router Alert {message.router_alert}")
    if message.tos != 0xC0:
        odd.append(f"tos 0x{message.tos:02x}")
    if message.extra:
        odd.append(f"{len(message.extra)} octets more")
    return odd
