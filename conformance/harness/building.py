# SPDX-License-Identifier: GPL-2.0-only
"""Turns a ``packets.Packet`` into octets, with Scapy. Loaded when the first packet is built.

The IGMP message is built first, then cut, lengthened and given its checksum, then wrapped: so every lie is
possible on every kind of message, and each only where it was asked for.
"""

from __future__ import annotations

import struct
from typing import Any, Mapping

from scapy.layers.inet import IP, UDP, IPOption, IPOption_Router_Alert
from scapy.layers.l2 import Ether

from conformance.layers.igmp import IGMP, IGMPv3, IGMPv3Query, IGMPv3Record, IGMPv3Report

from . import codes
from .packets import ALL_IGMPV3_ROUTERS, ALL_ROUTERS, ALL_SYSTEMS, Context, GroupRecord, mac_of_tester
from .octets import PROTO_IGMP, internet_checksum, multicast_mac

Given = Mapping[str, Any]


def build(kind: str, given: Given, context: Context) -> bytes:
    """The whole Ethernet frame."""
    if kind == "frame":
        return given["octets"]
    if kind == "data":
        return _wrap(
            _datagram(given, context), given, context, given.get("group", "239.1.2.3"), proto=17, ttl=16
        )
    if kind == "ip":
        return _wrap(given.get("payload", b""), given, context, ALL_SYSTEMS, given["proto"], ttl=1)
    message, destination = _MESSAGES[kind](given, context)
    return _wrap(_spoil(message, given, kind), given, context, destination, PROTO_IGMP, ttl=1)


def _query(given: Given, context: Context) -> tuple[bytes, str]:
    version, group = given.get("version", 3), given.get("group", "0.0.0.0")
    usual = context.qri if group == "0.0.0.0" else context.lmqi
    code = given.get("max_resp_code")
    if code is None:
        code = 0 if version == 1 else codes.max_resp_code(given.get("max_resp", usual), version)
    destination = ALL_SYSTEMS if group == "0.0.0.0" else group
    if version < 3:
        return bytes(IGMP(type=0x11, mrcode=code, gaddr=group)), destination
    query = IGMPv3Query(
        gaddr=group,
        resv=given.get("resv", 0),
        s=int(given.get("s", False)),
        qrv=given.get("qrv", context.rv if context.rv <= 7 else 0),
        qqic=given.get("qqic", codes.qqic(given.get("qqi", context.qi))),
        numsrc=given.get("count"),
        srcaddrs=list(given.get("sources", ())),
    )
    return bytes(IGMPv3(type=0x11, mrcode=code) / query), destination


def _report(given: Given, context: Context) -> tuple[bytes, str]:
    body = IGMPv3Report(
        flags=given.get("resv", 0),
        numgrp=given.get("count"),
        records=[_record(record) for record in given.get("records", ())],
    )
    return bytes(IGMPv3(type=0x22, mrcode=given.get("code", 0)) / body), ALL_IGMPV3_ROUTERS


def _record(record: GroupRecord) -> IGMPv3Record:
    aux = record.aux + bytes(-len(record.aux) % 4)
    return IGMPv3Record(
        rtype=record.type,
        maddr=record.group,
        srcaddrs=list(record.sources or ()),
        aux=aux,
        auxdlen=record.aux_len,
        numsrc=record.count,
    )


def _older(type: int, to_all_routers: bool = False) -> Any:
    def make(given: Given, context: Context) -> tuple[bytes, str]:
        group = given.get("group", "239.1.2.3")
        message = bytes(IGMP(type=type, mrcode=given.get("code", given.get("max_resp_code", 0)), gaddr=group))
        return message, ALL_ROUTERS if to_all_routers else group

    return make


def _any_igmp(given: Given, context: Context) -> tuple[bytes, str]:
    head = IGMP(type=given["type"], mrcode=given.get("code", 0), gaddr=given.get("group", "0.0.0.0"))
    return bytes(head / given.get("body", b"")), ALL_SYSTEMS


_MESSAGES = {
    "general_query": _query,
    "group_query": _query,
    "group_source_query": _query,
    "report": _report,
    "v1_report": _older(0x12),
    "v2_report": _older(0x16),
    "v2_leave": _older(0x17, to_all_routers=True),
    "igmp": _any_igmp,
    "raw": lambda given, context: (given["octets"], ALL_SYSTEMS),
}


def _spoil(message: bytes, given: Given, kind: str) -> bytes:
    """Cuts and lengthens the IGMP message, then sets its checksum: right unless asked otherwise."""
    message = message[: given.get("truncate", len(message))] + given.get("extra", b"")
    if len(message) < 4 or (kind == "raw" and "checksum" not in given):
        return message
    checksum = given.get("checksum")
    if not isinstance(checksum, int):
        right = internet_checksum(message[:2] + b"\0\0" + message[4:])
        checksum = right ^ 0x5555 if checksum == "bad" else right
    return message[:2] + struct.pack("!H", checksum) + message[4:]


def _datagram(given: Given, context: Context) -> bytes:
    source, group = given.get("source", context.tester_address), given.get("group", "239.1.2.3")
    udp = UDP(sport=given.get("sport", 5001), dport=given.get("dport", 5001)) / given.get("payload", b"data")
    packet = bytes(IP(src=given.get("src", source), dst=given.get("dst", group)) / udp)
    return packet[20:] + given.get("extra", b"")


def _options(given: Given, proto: int) -> list:
    if "options" in given:
        octets = given["options"]
        return [IPOption(octets + bytes(-len(octets) % 4))]
    alert = given.get("router_alert", proto == PROTO_IGMP)
    if alert is False:
        return []
    return [IPOption_Router_Alert(alert=0 if alert is True else alert)]


def _wrap(payload: bytes, given: Given, context: Context, destination: str, proto: int, ttl: int) -> bytes:
    source = given.get("src", given.get("source", context.tester_address))
    destination = given.get("dst", destination)
    flags = ("DF" if given.get("dont_fragment") else "") + ("+MF" if given.get("more_fragments") else "")
    checksum = given.get("ip_checksum")
    header = IP(
        src=source,
        dst=destination,
        ttl=given.get("ttl", ttl),
        proto=proto,
        id=given.get("ip_id", 1),
        tos=given.get("tos", 0xC0 if proto == PROTO_IGMP else 0),
        flags=flags.strip("+"),
        frag=given.get("fragment_offset", 0) // 8,
        options=_options(given, proto),
        len=given.get("total_length"),
        chksum=checksum if isinstance(checksum, int) else None,
    )
    octets = bytes(header / payload)
    if checksum == "bad":
        octets = octets[:10] + bytes((octets[10] ^ 0x55, octets[11] ^ 0x55)) + octets[12:]
    own = context.tester_address if source.startswith(("0.", "224.", "255.")) else source
    link = Ether(
        src=given.get("src_mac", mac_of_tester(own)),
        type=0x0800,
        dst=given.get("dst_mac", _destination_mac(destination, context)),
    )
    whole = bytes(link) + octets + given.get("padding", b"")
    return whole[: given.get("cut_frame", len(whole))]


def _destination_mac(destination: str, context: Context) -> str:
    if 224 <= int(destination.split(".")[0]) <= 239:
        return multicast_mac(destination)
    if destination.endswith(".255"):
        return "ff:ff:ff:ff:ff:ff"
    return context.dut_mac if destination == context.dut_address else mac_of_tester(destination)
