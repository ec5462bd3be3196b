# SPDX-License-Identifier: GPL-2.0-only
"""Turns the packets of ``pim_packets`` into octets of either family, with the Scapy layers of this suite."""

from __future__ import annotations

import dataclasses
import struct
from typing import Any, Mapping

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet as Layer

from conformance.layers import pim as layers
from conformance.layers.pim_address import PIMEncodedGroup, PIMEncodedSource, PIMEncodedUnicast

from . import building, building6
from .octets import internet_checksum, upper_layer_checksum
from .packets import Context
from .pim_message import ALL_PIM_ROUTERS, KINDS, PROTO_PIM
from .pim_setup import OWN_RP, RP

Given = Mapping[str, Any]
FOR_EVER = 0xFFFF
GENERATION_ID = 0x20406080
UNICAST_HOPS = 64
UNICAST = ("register", "register_stop", "candidate_rp")
TO_THE_SYSTEM = ("graft", "graft_ack")  # unicast, but of the link
REGISTER_HEAD = 8


def build(kind: str, given: Given, context: Context) -> bytes:
    """The whole Ethernet frame."""
    body = b"" if kind == "pim" else bytes(_BODIES[kind](given, context))
    body = given.get("body", b"") if kind == "pim" else body
    number = given["type"] if kind == "pim" else KINDS.index(kind)
    flags = given.get("flags", 0x80 if given.get("no_forward") else 0)
    message = bytes([given.get("version", 2) << 4 | number, flags, 0, 0]) + body
    message = message[: given.get("truncate", len(message))] + given.get("extra", b"")
    return _wrap(kind, number, message, given, context)


# ---- messages ----


def _far(text: str, context: Context) -> str:
    return context.names.real(text)


def _near(text: str, context: Context) -> str:
    return context.names.real(text, True)


def _hello(given: Given, context: Context) -> Layer:
    options: list[Any] = []
    holdtime = given.get("holdtime", FOR_EVER)
    if holdtime is not False:
        options.append(layers.PIMHelloHoldtime(holdtime=holdtime))
    if {"tracking", "propagation_delay", "override_interval"} & {
        n for n, v in given.items() if v is not False
    }:
        options.append(
            layers.PIMHelloLANPruneDelay(
                tracking=int(bool(given.get("tracking"))),
                propagation_delay=given.get("propagation_delay", 500),
                override_interval=given.get("override_interval", 2500),
            )
        )
    if given.get("dr_priority", 1) is not False:
        options.append(layers.PIMHelloDRPriority(dr_priority=given.get("dr_priority", 1)))
    if given.get("generation_id", GENERATION_ID) is not False:
        options.append(layers.PIMHelloGenerationID(generation_id=given.get("generation_id", GENERATION_ID)))
    if given.get("state_refresh", False) is not False:
        options.append(layers.PIMHelloStateRefresh(interval=given["state_refresh"]))
    if given.get("addresses"):
        options.append(
            layers.PIMHelloAddressList(addresses=[_far(one, context) for one in given["addresses"]])
        )
    return layers.PIMHello(options=options) / given.get("more", b"")


def _join_prune(given: Given, context: Context) -> Layer:
    return _of_entries(layers.PIMJoinPrune, {"holdtime": context.tree_holdtime, **given}, context)


def _graft(given: Given, context: Context) -> Layer:
    """Of a Graft-Ack, too: in both only dense mode's entries make sense."""
    dense = dataclasses.replace(context, dense=True)
    return _of_entries(layers.PIMGraft, {"holdtime": 0, **given}, dense)


def _of_entries(kind: type[Layer], given: Given, context: Context) -> Layer:
    sets: list[tuple[Any, list[Any], list[Any]]] = []
    for entry in given.get("entries", ()):
        group = PIMEncodedGroup(address=_far(entry.group, context), reserved=entry.group_flags >> 1 & 0x3F)
        group.bidirectional, group.zone = entry.group_flags >> 7, entry.group_flags & 1
        if entry.group_mask is not None:
            group.mask_length = entry.group_mask
        if not sets or bytes(sets[-1][0]) != bytes(group):
            sets.append((group, [], []))
        sets[-1][1 if entry.joined else 2].append(_source(entry, context))
    groups = [layers.PIMGroupSet(group=group, joins=joins, prunes=prunes) for group, joins, prunes in sets]
    if groups and "joins" in given:
        groups[0].num_joins = given["joins"]
    if groups and "prunes" in given:
        groups[0].num_prunes = given["prunes"]
    upstream = _near(given.get("upstream", context.dut_address), context)
    return kind(
        upstream=upstream,
        reserved=given.get("reserved", 0),
        num_groups=given.get("groups"),
        holdtime=given["holdtime"],
        groups=groups,
    )


def _source(entry: Any, context: Context) -> PIMEncodedSource:
    wildcard = entry.kind == "*,G" if entry.wildcard is None else entry.wildcard
    rpt = "S,G" != entry.kind if entry.rpt_bit is None else entry.rpt_bit
    address = _far(entry.address or RP, context)
    sparse = not context.dense if entry.sparse is None else entry.sparse
    bits = {"wildcard": int(wildcard), "rpt": int(rpt), "sparse": int(sparse)}
    made = PIMEncodedSource(address=address, reserved=entry.reserved, **bits)
    if entry.mask is not None:
        made.mask_length = entry.mask
    return made


def _register(given: Given, context: Context) -> Layer:
    bits = {"border": int(given.get("border", False)), "null": int(given.get("null", False))}
    source = _far(given.get("source", "10.9.0.1"), context)
    group = _far(given.get("group", "239.1.2.3"), context)
    if "inner" in given:
        return layers.PIMRegister(**bits) / given["inner"]
    if given.get("null"):
        return layers.null_register(source, group, border=bits["border"])
    ttl, tos = given.get("inner_ttl", 16), given.get("inner_tos", 0)
    header = (
        IPv6(src=source, dst=group, hlim=ttl, tc=tos)
        if context.names.ipv6
        else IP(src=source, dst=group, ttl=ttl, tos=tos)
    )
    ports = UDP(sport=given.get("sport", 5001), dport=given.get("dport", 5001))
    return (
        layers.PIMRegister(**bits, reserved=given.get("reserved", 0))
        / header
        / ports
        / given.get("payload", b"data")
    )


def _group(given: Given, context: Context) -> PIMEncodedGroup:
    group = PIMEncodedGroup(address=_far(given.get("group", "239.1.2.3"), context))
    if "group_mask" in given:
        group.mask_length = given["group_mask"]
    return group


def _register_stop(given: Given, context: Context) -> Layer:
    return layers.PIMRegisterStop(
        group=_group(given, context), source=_far(given.get("source", "0.0.0.0"), context)
    )


def _assert(given: Given, context: Context) -> Layer:
    return layers.PIMAssert(
        group=_group(given, context),
        source=_far(given.get("source", "0.0.0.0"), context),
        rpt=int(given.get("rpt", False)),
        preference=given.get("preference", 0),
        metric=given.get("metric", 0),
    )


def _state_refresh(given: Given, context: Context) -> Layer:
    message = layers.PIMStateRefresh(
        group=_group(given, context),
        source=_far(given.get("source", "10.9.0.1"), context),
        originator=_far(given.get("originator", "10.9.0.200"), context),
        rpt=int(given.get("rpt", False)),
        preference=given.get("preference", 0),
        metric=given.get("metric", 0),
        ttl=given.get("hops", 16),
        prune_indicator=int(given.get("prune_indicator", False)),
        prune_now=int(given.get("prune_now", False)),
        assert_override=int(given.get("assert_override", False)),
        reserved=given.get("reserved", 0),
        interval=given.get("interval", 60),
    )
    message.mask_length = given.get("mask_length", 64 if context.names.ipv6 else 24)
    return message


def _prefix(text: str, flags: int, context: Context) -> PIMEncodedGroup:
    address, _, length = (
        context.names.plan.prefix(text).partition("/") if context.names.ipv6 else text.partition("/")
    )
    return PIMEncodedGroup(
        address=address,
        mask_length=int(length),
        bidirectional=flags >> 7,
        reserved=flags >> 1 & 0x3F,
        zone=flags & 1,
    )


def _bootstrap(given: Given, context: Context) -> Layer:
    ranges = [
        layers.PIMBootstrapGroup(
            group=_prefix(one.prefix, one.flags, context),
            rp_count=one.rp_count,
            fragment_rp_count=one.fragment_rp_count,
            rps=[
                layers.PIMBootstrapRP(
                    address=_far(rp.address, context), holdtime=rp.holdtime, priority=rp.priority
                )
                for rp in one.rps
            ],
        )
        for one in given.get("ranges", ())
    ]
    message = layers.PIMBootstrap(
        fragment_tag=given.get("fragment_tag", 0x1234),
        priority=given.get("priority", 64),
        bsr=_far(given.get("bsr", RP), context),
        groups=ranges,
    )
    if "hash_mask_length" in given:
        message.hash_mask_length = given["hash_mask_length"]
    return message


def _candidate_rp(given: Given, context: Context) -> Layer:
    return layers.PIMCandidateRP(
        prefix_count=given.get("count"),
        priority=given.get("priority", 192),
        holdtime=given.get("holdtime", 150),
        rp=PIMEncodedUnicast(address=_far(given.get("rp", RP), context)),
        groups=[_prefix(one, 0, context) for one in given.get("prefixes", ())],
    )


_BODIES = {
    "hello": _hello,
    "join_prune": _join_prune,
    "register": _register,
    "register_stop": _register_stop,
    "assert": _assert,
    "bootstrap": _bootstrap,
    "candidate_rp": _candidate_rp,
    "graft": _graft,
    "graft_ack": _graft,
    "state_refresh": _state_refresh,
}


# ---- IP ----


def _wrap(kind: str, number: int, message: bytes, given: Given, context: Context) -> bytes:
    unicast = kind in UNICAST
    names = context.names
    default = OWN_RP if unicast else context.dut_address if kind in TO_THE_SYSTEM else ALL_PIM_ROUTERS
    destination = given.get("dst", default)
    on_link = not unicast
    if kind == "register_stop":
        source = given.get("src", RP)
    else:
        source = given.get("src", context.tester_address)
    hops = UNICAST_HOPS if unicast else 1
    if kind in TO_THE_SYSTEM and destination == default:
        given = {"dst_mac": context.dut_mac, **given}
    given = {"tos": 0xC0, **given}
    if not names.ipv6:
        given = {"dst_mac": context.dut_mac, **given} if unicast else given
        message = _with_checksum(message, number, given, b"")
        return building._wrap(message, {**given, "src": source}, context, destination, PROTO_PIM, hops)
    source, destination = names.real(source, on_link), names.real(destination, on_link)
    header = IPv6(src=source, dst=destination, hlim=given.get("ttl", hops), tc=given["tos"])
    message = _with_checksum(message, number, given, bytes(header)[8:40])
    first, extensions = building6._extensions({"router_alert": False, **given}, PROTO_PIM)
    header.nh, header.plen = first, len(extensions) + len(message)
    if "total_length" in given:
        header.plen = max(given["total_length"] - 20 + len(extensions), 0)
    if unicast:
        given = {"dst_mac": context.dut_mac, **given}
    return building6._link(bytes(header) + extensions + message, source, destination, given, context)


def _with_checksum(message: bytes, number: int, given: Given, addresses: bytes) -> bytes:
    """Right unless asked otherwise; of a Register over its first eight octets, or over all for "whole"."""
    if len(message) < 4:
        return message
    checksum = given.get("checksum")
    if not isinstance(checksum, int):
        covered = message[:REGISTER_HEAD] if number == 1 and checksum != "whole" else message
        if addresses:
            right = upper_layer_checksum(addresses[:16], addresses[16:], PROTO_PIM, covered)
        else:
            right = internet_checksum(covered)
        checksum = right ^ 0x5555 if checksum == "bad" else right
    return message[:2] + struct.pack("!H", checksum) + message[4:]
