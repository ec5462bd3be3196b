# SPDX-License-Identifier: GPL-2.0-only
"""The judge's own decoder of IPv6, its extension headers, MLD and UDP; see ``wire``.

    | version, class, flow | payload length | next header | hop limit | source | destination |   RFC 8200 3
    | next header | length | options: type, length, data ... |   hop-by-hop (0) and others       RFC 8200 4
    | type | code | checksum | max response code | reserved | group | S QRV QQIC N sources ... | RFC 3810 5.1
    | 143  | reserved | checksum | flags | M | records: type, aux, N, group, sources, aux data | RFC 3810 5.2
"""

from __future__ import annotations

import socket
import struct

from .message import Message, Record
from .octets import PROTO_ICMPV6, PROTO_UDP, upper_layer_checksum
from .pim_message import PROTO_PIM
from .pim_wire import decode_pim

QUERY, REPORT_V1, DONE, REPORT_V2 = 130, 131, 132, 143
# Types of MLD -> those of the IGMP messages that they correspond to, which cases see beside labels.
TYPES_OF_MLD = {QUERY: 0x11, REPORT_V1: 0x16, DONE: 0x17, REPORT_V2: 0x22}
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, NONE = 0, 43, 44, 60, 59
_OPTION_HEADERS = (HOP_BY_HOP, ROUTING, DESTINATION)


def text(octets: bytes) -> str:
    """An IPv6 address of 16 octets, as RFC 5952 writes it."""
    return socket.inet_ntop(socket.AF_INET6, octets)


def decode_ipv6(message: Message, data: bytes) -> None:
    """``data``: what follows the Ethernet header."""
    if len(data) < 40 or data[0] >> 4 != 6:
        message.problems.append("no IPv6 header")
        return
    length, message.proto, message.ttl = struct.unpack_from("!4xHBB", data)
    message.kind, message.tos = "ip", (data[0] & 0x0F) << 4 | data[1] >> 4
    message.src, message.dst = text(data[8:24]), text(data[24:40])
    message.ip_header_length, message.ip_checksum_ok = 40, True  # it has none
    if length > len(data) - 40:
        message.problems.append(f"IPv6 payload length {length}, frame has {len(data) - 40}")
        return
    rest = _extension_headers(message, data[40 : 40 + length])
    if rest is None:
        return
    message.payload = rest
    if message.fragment_offset or message.more_fragments:
        return
    if message.proto == PROTO_ICMPV6:
        _decode_icmpv6(message, data[8:40])
    elif message.proto == PROTO_PIM:
        decode_pim(message, data[8:40])
    elif message.proto == PROTO_UDP:
        _decode_udp(message, data[8:40])


def _extension_headers(message: Message, data: bytes) -> bytes | None:
    """What follows the extension headers; None if they are broken."""
    while message.proto in (*_OPTION_HEADERS, FRAGMENT):
        kind, length = message.proto, 8
        if kind != FRAGMENT and len(data) > 1:
            length += 8 * data[1]
        if length > len(data):
            message.problems.append(f"extension header {kind} of {length} octets in {len(data)}")
            return None
        if kind == HOP_BY_HOP:
            if message.ip_header_length != 40:
                message.problems.append("hop-by-hop header is not the first one")
            message.options = data[2:length]
            _decode_options(message, data[:length])
        elif kind == FRAGMENT:
            field = data[2] << 8 | data[3]
            message.fragment_offset, message.more_fragments = field & 0xFFF8, bool(field & 1)
        message.proto, message.ip_header_length = data[0], message.ip_header_length + length
        data = data[length:]
        if message.fragment_offset:
            break
    return data


def _decode_options(message: Message, header: bytes) -> None:
    at = 2
    while at < len(header):
        if header[at] == 0:  # Pad1
            at += 1
            continue
        length = header[at + 1] if at + 1 < len(header) else len(header)
        if at + 2 + length > len(header):
            message.problems.append("hop-by-hop option runs over the header")
            return
        if header[at] == 5:  # Router Alert, RFC 2711 2.1
            if message.router_alert is not None:
                message.problems.append("Router Alert appears twice")
            if length != 2 or at % 2:
                message.problems.append(f"Router Alert of {length} octets at offset {at}")
                return
            message.router_alert = header[at + 2] << 8 | header[at + 3]
        at += 2 + length


def _decode_udp(message: Message, addresses: bytes) -> None:
    if len(message.payload) < 8:
        message.problems.append("UDP header is cut")
        return
    message.sport, message.dport, length, checksum = struct.unpack_from("!HHHH", message.payload)
    if not 8 <= length <= len(message.payload):
        message.problems.append(f"UDP length {length} of {len(message.payload)}")
        return
    if not checksum or _wrong_checksum(message, addresses, message.payload[:length]):
        message.problems.append("UDP checksum is wrong")
    message.payload = message.payload[8:length]
    if addresses[16] == 0xFF:
        message.kind, message.group = "data", message.dst


def _wrong_checksum(message: Message, addresses: bytes, data: bytes) -> bool:
    return upper_layer_checksum(addresses[:16], addresses[16:], message.proto, data) != 0


def _decode_icmpv6(message: Message, addresses: bytes) -> None:
    data = message.payload
    message.type = data[0] if data else -1
    if message.type not in (QUERY, REPORT_V1, DONE, REPORT_V2):
        return
    message.kind = "igmp"
    if len(data) < (8 if message.type == REPORT_V2 else 24):
        message.problems.append(f"MLD message of {len(data)} octets")
        return
    message.code = data[1]
    message.checksum_ok = not _wrong_checksum(message, addresses, data)
    if not message.checksum_ok:
        message.problems.append("MLD checksum is wrong")
    if message.type == REPORT_V2:
        _decode_report(message, data)
        return
    message.max_resp_code, message.reserved = struct.unpack_from("!4xHH", data)
    message.group = text(data[8:24])
    if message.type == QUERY:
        _decode_query(message, data)
    else:
        message.kind = "v2_report" if message.type == REPORT_V1 else "v2_leave"
        message.version, message.extra = 2, data[24:]


def _decode_query(message: Message, data: bytes) -> None:
    """The version follows from the size, RFC 3810 8.1."""
    if 24 < len(data) < 28:
        message.problems.append(f"query of {len(data)} octets")
        return
    message.version = 2 if len(data) == 24 else 3
    if message.version == 3:
        message.resv, message.s, message.qrv = data[24] >> 4, bool(data[24] & 8), data[24] & 7
        message.qqic, count = data[25], data[26] << 8 | data[27]
        if 28 + 16 * count > len(data):
            message.problems.append(f"query claims {count} sources in {len(data)} octets")
            return
        message.sources = _addresses(data, 28, count)
        message.extra = data[28 + 16 * count :]
    if message.sources:
        message.kind = "group_source_query"
    else:
        message.kind = "general_query" if message.group == "::" else "group_query"


def _decode_report(message: Message, data: bytes) -> None:
    message.kind, message.version = "report", 3
    message.resv, count = struct.unpack_from("!HH", data, 4)
    at, records = 8, []
    for _ in range(count):
        if at + 20 > len(data):
            message.problems.append(f"report claims {count} records and has {len(records)}")
            break
        kind, aux_len, number = struct.unpack_from("!BBH", data, at)
        end = at + 20 + 16 * number
        if end + 4 * aux_len > len(data):
            message.problems.append(f"record claims {number} sources and {aux_len} words of auxiliary data")
            break
        aux = data[end : end + 4 * aux_len]
        records.append(
            Record(kind, text(data[at + 4 : at + 20]), _addresses(data, at + 20, number), aux_len, aux)
        )
        at = end + 4 * aux_len
    message.records, message.extra = tuple(records), data[at:]


def _addresses(data: bytes, at: int, count: int) -> tuple[str, ...]:
    return tuple(text(data[at + 16 * i : at + 16 * i + 16]) for i in range(count))
