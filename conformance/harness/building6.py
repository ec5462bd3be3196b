# SPDX-License-Identifier: GPL-2.0-only
"""Turns a ``packets.Packet`` into the octets of an IPv6 frame, with Scapy: what ``building`` does for IPv4.

The same words, the same lies: labels become real addresses, IGMP messages the MLD messages they correspond
to. What MLD does not have (version 1, an IP header checksum) raises ``TypeError``.
"""

from __future__ import annotations

import struct
from typing import Any, Mapping

from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from conformance.layers.mld import (
    ICMPv6MLDone,
    ICMPv6MLQuery,
    ICMPv6MLQuery2,
    ICMPv6MLReport,
    MLDv2Record,
    MLDv2Report,
)

from . import codes
from .addressing import is_group
from .octets import PROTO_ICMPV6, PROTO_UDP, multicast_mac, upper_layer_checksum
from .packets import ALL_IGMPV3_ROUTERS, ALL_ROUTERS, ALL_SYSTEMS, Context, GroupRecord, mac_of_tester
from .wire6 import FRAGMENT, HOP_BY_HOP, TYPES_OF_MLD, text

Given = Mapping[str, Any]
# Types of IGMP -> types of MLD, for ``igmp_message``; all others stay.
TYPES = {igmp: mld for mld, igmp in TYPES_OF_MLD.items()}
_PROTOCOLS = {1: PROTO_ICMPV6, 2: PROTO_ICMPV6}  # ICMP and IGMP are both part of ICMPv6


def build(kind: str, given: Given, context: Context) -> bytes:
    """The whole Ethernet frame."""
    if "ip_checksum" in given:
        raise TypeError("IPv6 has no header checksum")
    if kind == "data":
        return _wrap(kind, b"", given, context, given.get("group", "239.1.2.3"), PROTO_UDP, 16)
    if kind == "ip":
        proto = _PROTOCOLS.get(given["proto"], given["proto"])
        return _wrap(kind, given.get("payload", b""), given, context, ALL_SYSTEMS, proto, 1)
    message, destination = _MESSAGES[kind](given, context)
    return _wrap(kind, message, given, context, destination, PROTO_ICMPV6, 1)


# ---- messages, their checksum zero ----


def _query(given: Given, context: Context) -> tuple[bytes, str]:
    version, group = given.get("version", 3), _real(given.get("group", "::"), context)
    if version == 1:
        raise TypeError("MLD has no counterpart of an IGMPv1 query")
    code = given.get("max_resp_code")
    if code is None:
        usual = context.qri if group == "::" else context.lmqi
        code = codes.max_resp_code(given.get("max_resp", usual), version, "ipv6")
    head = {"mladdr": group, "mrd": code, "cksum": 0, "code": given.get("code", 0)}
    head["reserved"] = given.get("reserved", 0)
    destination = ALL_SYSTEMS if group == "::" else group
    if version < 3:
        return bytes(ICMPv6MLQuery(**head)), destination
    sources = [_real(source, context) for source in given.get("sources", ())]
    query = ICMPv6MLQuery2(
        **head,
        Resv=given.get("resv", 0),
        S=int(given.get("s", False)),
        QRV=given.get("qrv", context.rv if context.rv <= 7 else 0),
        QQIC=given.get("qqic", codes.qqic(given.get("qqi", context.qi))),
        sources=sources,
        sources_number=given.get("count", len(sources)),
    )
    return bytes(query), destination


def _report(given: Given, context: Context) -> tuple[bytes, str]:
    report = MLDv2Report(
        code=given.get("code", 0),
        flags=given.get("resv", 0),
        numgrp=given.get("count"),
        records=[_record(record, context) for record in given.get("records", ())],
    )
    return bytes(report), ALL_IGMPV3_ROUTERS


def _record(record: GroupRecord, context: Context) -> MLDv2Record:
    return MLDv2Record(
        rtype=record.type,
        maddr=_real(record.group, context),
        srcaddrs=[_real(source, context) for source in record.sources or ()],
        aux=record.aux + bytes(-len(record.aux) % 4),
        auxdlen=record.aux_len,
        numsrc=record.count,
    )


def _older(message: type, to_all_routers: bool = False) -> Any:
    def make(given: Given, context: Context) -> tuple[bytes, str]:
        group = _real(given.get("group", "239.1.2.3"), context)
        fields = {"code": given.get("code", 0), "mrd": given.get("max_resp_code", 0)}
        made = message(mladdr=group, cksum=0, reserved=given.get("reserved", 0), **fields)
        return bytes(made), ALL_ROUTERS if to_all_routers else group

    return make


def _any_message(given: Given, context: Context) -> tuple[bytes, str]:
    kind = TYPES.get(given["type"], given["type"])
    group = _real(given.get("group", "::"), context)
    head = ICMPv6MLQuery(type=kind, code=given.get("code", 0), cksum=0, mladdr=group)
    head.mrd, head.reserved = given.get("max_resp_code", 0), given.get("reserved", 0)
    return bytes(head) + given.get("body", b""), ALL_SYSTEMS


def _no_such_message(given: Given, context: Context) -> tuple[bytes, str]:
    raise TypeError("MLD has no counterpart of an IGMPv1 report")


_MESSAGES = {
    "general_query": _query,
    "group_query": _query,
    "group_source_query": _query,
    "report": _report,
    "v1_report": _no_such_message,
    "v2_report": _older(ICMPv6MLReport),
    "v2_leave": _older(ICMPv6MLDone, to_all_routers=True),
    "igmp": _any_message,
    "raw": lambda given, context: (given["octets"], ALL_SYSTEMS),
}


def _real(text: str, context: Context, on_link: bool = False) -> str:
    return context.names.real(text, on_link)


# ---- lies about the message ----


def octets_of_mld(kind: str, octets: int) -> int:
    """Where a cut of an IGMP message after so many octets lies in the MLD message: within the same field.

    Addresses have 16 octets instead of 4 and come, in all but reports, after 8 octets instead of 4.
    """
    if kind == "report":
        head, address, rest = min(octets, 12), max(min(octets - 12, 4), 0), max(octets - 16, 0)
        return head + 4 * address + 4 * rest
    if octets <= 4:
        return octets
    address, rest = min(octets - 4, 4), max(octets - 8, 0)
    return 8 + 4 * address + min(rest, 4) + 4 * max(rest - 4, 0)


def _spoil(message: bytes, given: Given, kind: str, addresses: bytes) -> bytes:
    """Cuts and lengthens the message, then sets its checksum: right unless asked otherwise."""
    if "truncate" in given:
        cut = given["truncate"] if kind == "raw" else octets_of_mld(kind, given["truncate"])
        message = message[:cut]
    message += given.get("extra", b"")
    if len(message) < 4 or (kind == "raw" and "checksum" not in given):
        return message
    checksum = given.get("checksum")
    if not isinstance(checksum, int):
        blank = message[:2] + b"\0\0" + message[4:]
        right = upper_layer_checksum(addresses[:16], addresses[16:], PROTO_ICMPV6, blank)
        checksum = right ^ 0x5555 if checksum == "bad" else right
    return message[:2] + struct.pack("!H", checksum) + message[4:]


# ---- IPv6 and Ethernet ----


def _wrap(
    kind: str, payload: bytes, given: Given, context: Context, destination: str, proto: int, hops: int
) -> bytes:
    is_message = kind not in ("data", "ip")
    source = given.get("src", given.get("source", context.tester_address))
    source = _real(source, context, is_message)
    destination = _real(given.get("dst", destination), context, is_message)
    header = IPv6(src=source, dst=destination, hlim=given.get("ttl", hops), tc=given.get("tos", 0))
    addresses = bytes(header)[8:40]
    if is_message:
        payload = _spoil(payload, given, kind, addresses)
    elif kind == "data":
        payload = _datagram(given, context, addresses)
    first, extensions = _extensions(given, proto)
    header.nh, header.plen = first, len(extensions) + len(payload)
    if "total_length" in given:  # of an IPv4 packet: as far beyond or inside the header and the message
        header.plen = max(given["total_length"] - (24 if extensions else 20) + len(extensions), 0)
    return _link(bytes(header) + extensions + payload, source, destination, given, context)


def _datagram(given: Given, context: Context, addresses: bytes) -> bytes:
    """UDP with its checksum, which counts the group and not where ``dst=`` sends it, as in IPv4."""
    group = _real(given.get("group", "239.1.2.3"), context)
    header = IPv6(src=text(addresses[:16]), dst=group if "dst" not in given else text(addresses[16:]))
    ports = UDP(sport=given.get("sport", 5001), dport=given.get("dport", 5001))
    return bytes(header / ports / given.get("payload", b"data"))[40:] + given.get("extra", b"")


def _extensions(given: Given, proto: int) -> tuple[int, bytes]:
    """The first Next Header, and the hop-by-hop and fragment headers."""
    chain: list[tuple[int, bytes]] = []
    options = _options(given, proto)
    if options:
        chain.append((HOP_BY_HOP, options))
    if given.get("more_fragments") or given.get("fragment_offset"):
        field = given.get("fragment_offset", 0) & 0xFFF8 | int(bool(given.get("more_fragments")))
        chain.append((FRAGMENT, struct.pack("!BHI", 0, field, given.get("ip_id", 1))))
    following = [number for number, _ in chain[1:]] + [proto]
    octets = b"".join(bytes([after]) + body for after, (_, body) in zip(following, chain))
    return (chain[0][0] if chain else proto), octets


def _options(given: Given, proto: int) -> bytes:
    """The hop-by-hop header after its Next Header: length, options, padding; nothing without options."""
    if "options" in given:
        options = given["options"]
    else:
        alert = given.get("router_alert", proto == PROTO_ICMPV6)
        if alert is False:
            return b""
        options = struct.pack("!BBH", 5, 2, 0 if alert is True else alert)
    short = -(len(options) + 2) % 8
    padding = b"" if not short else b"\0" if short == 1 else bytes([1, short - 2]) + bytes(short - 2)
    whole = options + padding
    return bytes([(len(whole) + 2) // 8 - 1]) + whole


def _link(packet: bytes, source: str, destination: str, given: Given, context: Context) -> bytes:
    own = context.tester_address if source in ("::", "::1") or is_group(source) else source
    label = context.names.plan.label
    own = label(label(own, context.names.port, True))
    link = Ether(
        src=given.get("src_mac", mac_of_tester(own)),
        type=0x86DD,
        dst=given.get("dst_mac", _destination_mac(destination, context)),
    )
    whole = bytes(link) + packet + given.get("padding", b"")
    return whole[: given.get("cut_frame", len(whole))]


def _destination_mac(destination: str, context: Context) -> str:
    if is_group(destination):
        return multicast_mac(destination)
    names, own = context.names, context.dut_address
    if destination in (names.real(own, True), names.real(own)):
        return context.dut_mac
    return mac_of_tester(names.plan.label(names.plan.label(destination, names.port, True)))
