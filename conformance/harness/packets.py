# SPDX-License-Identifier: GPL-2.0-only
"""Packets to send and packets to expect: the same words do both.

    lab.lan.send(general_query(max_resp=5, src=lab.lan.lower()))    builds it, the rest gets sane values
    lab.lan.expect(group_query("239.1.2.3", s=False))               matches on exactly what you gave

Sending fills in what a correct sender would put there: TTL 1, TOS 0xc0, Router Alert, the destination that
the standard names, right checksums, and in queries the run's own timers (Max Resp Time, QRV, QQIC). Each of
these can be given, also wrongly. An expectation never matches an IGMP message with a wrong checksum unless
``checksum=`` is given, and never asks for TTL, TOS or Router Alert unless you do.

    general_query(...)                    group_query(group, ...)     group_source_query(group, sources, ...)
    v1_query() v2_query(group="0.0.0.0")  v1_report(group)  v2_report(group)  v2_leave(group)
    report(record, ...)                   records: is_in is_ex to_in to_ex allow block (group, sources),
                                          record(type, group, sources)
    data(group, source)                   a UDP datagram to a group
    igmp_message(type, code=, group=, body=)    any IGMP message; raw(octets)   any IGMP payload, as it is
    ip(proto, dst=, payload=)             any IPv4 packet; frame(octets)        any Ethernet frame

Fields of messages (all: build and match)
    version=        1, 2 or 3. A query matches any version unless given
    max_resp=       seconds; or max_resp_code= the octet itself
    qqi=            seconds; or qqic= the octet itself
    qrv= s= resv=   further fields of an IGMPv3 query; resv= also of a report (16 bits)
    sources=        matched as a set
    count=          (build only) the number of sources or records that the message claims, if it shall lie
    aux= aux_len=   of a record: auxiliary data (octets), and the length in words it claims
    code=           second octet of reports and leaves

Fields of every packet (build and match unless said otherwise)
    src= dst= ttl= tos= ip_id= src_mac= dst_mac=
    router_alert=   True (value 0), False (none), or a value
    options=        IPv4 options, octets (replaces Router Alert)
    checksum=       of IGMP: "bad", or a number. As an expectation: "bad" or "ok"
    extra=          octets after the message, inside the IPv4 packet and its checksum
    truncate=       (build only) cut the IGMP message to so many octets; the checksum fits what is left
    cut_frame=      (build only) cut the whole frame to so many octets
    padding=        (build only) octets after the IPv4 packet, as Ethernet pads
    total_length= ip_checksum=          (build only) lies in the IPv4 header; ip_checksum="bad" works too
    dont_fragment= more_fragments= fragment_offset=  (offset in octets)
    where=          (match only) a function of the received message, see wire.Message

The value of an expected field may also be a set, a range, or a function that judges the value.

Only for expecting: ``any_query() any_report(group=None) any_igmp() anything()`` and ``any_of(a, b, ...)``.
``any_report`` and ``any_igmp`` leave out reports about 224.0.0.0/24, which routers' own kernels send for
themselves, unless ``link_local=True``. A record is an expectation of its own: ``expect(to_ex("239.1.2.3",
[]))`` matches a report that contains it; ``expect(report(to_ex("239.1.2.3", [])))`` a report of exactly these
records (``only=False``: at least these). Left-out sources match any sources; ``[]`` matches none.

In a lab of the family ``ipv6`` the same words are MLD and IPv6 (see ``addressing``): ``v2_report`` is an
MLDv1 report, ``v2_leave`` a Done, ``version=2`` MLDv1 and 3 MLDv2, ``ttl=`` the Hop Limit, ``tos=`` the
Traffic Class (0 by default), ``options=`` those of the hop-by-hop header, ``max_resp_code=`` 16 bits (also
of MLDv1 reports and Done), ``reserved=`` the 16 bits after it, ``truncate=`` cuts within the same field.
What IGMPv1 alone has raises ``TypeError``, as does ``ip_checksum=``. ``ip(1)`` stands for ICMPv6: expected,
for its errors (types below 128).
"""

from __future__ import annotations

import functools
import socket
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Mapping, Sequence

from . import matching
from .addressing import IPV4, Names, is_ipv6
from .octets import internet_checksum, multicast_mac
from .wire import Message

ALL_SYSTEMS, ALL_ROUTERS, ALL_IGMPV3_ROUTERS = "224.0.0.1", "224.0.0.2", "224.0.0.22"

RECORD_TYPES = {"is_in": 1, "is_ex": 2, "to_in": 3, "to_ex": 4, "allow": 5, "block": 6}

_COMMON = frozenset(
    "src dst ttl tos ip_id src_mac dst_mac router_alert options checksum extra truncate cut_frame padding"
    " total_length"
    " ip_checksum dont_fragment more_fragments fragment_offset where".split()
)
_QUERY = frozenset("version group max_resp max_resp_code qqi qqic qrv s resv count code reserved".split())
_OLDER = frozenset("group code max_resp_code reserved".split())
_FIELDS = {
    "general_query": _QUERY,
    "group_query": _QUERY,
    "group_source_query": _QUERY | {"sources"},
    "report": frozenset({"records", "resv", "count", "code", "only"}),
    "v1_report": frozenset({"group", "code"}),
    "v2_report": _OLDER,
    "v2_leave": _OLDER,
    "igmp": frozenset({"type", "body"}) | _OLDER,
    "raw": frozenset({"octets"}),
    "data": frozenset({"group", "source", "payload", "dport", "sport"}),
    "ip": frozenset({"proto", "payload"}),
    "frame": frozenset({"octets"}),
    "any_query": _QUERY | {"sources"},
    "any_report": frozenset({"group", "link_local"}),
    "any_igmp": frozenset({"link_local"}),
    "anything": frozenset(),
}
_MATCH_ONLY = {"any_query", "any_report", "any_igmp", "anything"}


def register_kinds(fields: Mapping[str, frozenset[str]], match_only: Iterable[str]) -> None:
    """More kinds of packets, of other modules."""
    _FIELDS.update(fields)
    _MATCH_ONLY.update(match_only)


@dataclass(frozen=True)
class Context:
    """What fills the fields that a packet leaves open: addresses of the port, timers of the run.

    ``names`` says whether frames are IPv4 or IPv6, and what the addresses in packets mean.
    """

    tester_address: str = "10.1.0.100"
    dut_address: str = "10.1.0.10"
    dut_mac: str = "02:00:00:00:00:01"
    rv: int = 2
    qi: float = 125.0
    qri: float = 10.0
    lmqi: float = 1.0
    names: Names = IPV4
    tree_holdtime: int = 210  # of a Join/Prune
    dense: bool = False  # the S bit of entries is 0 (RFC 3973 4.7.4)


def mac_of_tester(address: str) -> str:
    """The Ethernet address that the tester uses for one of its addresses: their last four octets tell."""
    if is_ipv6(address):
        return "02:00:" + socket.inet_pton(socket.AF_INET6, address)[12:].hex(":")
    return "02:00:" + socket.inet_aton(address).hex(":")


class Packet:
    """One packet to build, or one expectation: a kind and the fields that were given."""

    def __init__(self, kind: str, **given: Any) -> None:
        allowed = _FIELDS[kind] | _COMMON
        unknown = sorted(set(given) - allowed)
        if unknown:
            raise TypeError(f"{kind} has no field {unknown[0]!r}; it has {', '.join(sorted(allowed))}")
        self.kind = kind
        self.given = {name: _frozen(value) for name, value in given.items() if value is not None}
        # False and 0 are equal, but Router Alert False and Router Alert 0 are not
        self._key = (kind, tuple(sorted((name, type(value), value) for name, value in self.given.items())))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Packet) and self._key == other._key

    def but(self, **changes: Any) -> Packet:
        """The same packet with some fields changed (None: left out)."""
        return Packet(self.kind, **{**self.given, **changes})

    def build(self, context: Context) -> bytes:
        """The whole Ethernet frame. Packets are built once: equal ones come from a cache."""
        if self.kind in _MATCH_ONLY:
            raise TypeError(f"{self.kind}() can be expected but not sent")
        if "where" in self.given:
            raise TypeError("where= is for expectations")
        return _build(self, context)

    def matches(self, message: Message) -> bool:
        """Whether a received message has the kind and every field that was given."""
        return matching.matches(self, message)

    def shown(self, names: Names) -> str:
        """As a person reads it, in the words and addresses of the family."""
        on_link = self.kind not in ("data", "ip", "register", "register_stop", "candidate_rp")
        shown = [_show(name, value, names, on_link) for name, value in self.given.items() if name != "where"]
        if "where" in self.given:
            shown.append("where " + getattr(self.given["where"], "__name__", "condition"))
        kind = _KINDS_OF_MLD.get(self.kind, self.kind) if names.ipv6 else self.kind
        if self.kind in matching.KINDS_OF_PIM:
            kind = "any PIM" if kind == "any_pim" else f"PIM {kind}"
        return " ".join([kind.replace("_", " ")] + shown)

    def __str__(self) -> str:
        return self.shown(IPV4)

    __repr__ = __str__


_KINDS_OF_MLD = {"v2_report": "v1_report", "v2_leave": "done", "igmp": "MLD", "any_igmp": "any_MLD"}


class AnyOf:
    """An expectation that one of several fulfils."""

    def __init__(self, choices: Sequence[Any]) -> None:
        self.choices = tuple(choices)

    def matches(self, message: Message) -> bool:
        return any(choice.matches(message) for choice in self.choices)

    def shown(self, names: Names) -> str:
        return " or ".join(choice.shown(names) for choice in self.choices)

    def __str__(self) -> str:
        return self.shown(IPV4)


class GroupRecord:
    """A group record: part of a report to build, or the expectation of a report that contains it."""

    def __init__(
        self,
        type: int,
        group: str,
        sources: Iterable[str] | None = None,
        aux: bytes = b"",
        aux_len: int | None = None,
        count: int | None = None,
    ) -> None:
        self.type, self.group, self.aux, self.aux_len, self.count = type, group, aux, aux_len, count
        self.sources = None if sources is None else tuple(sources)

    def _key(self) -> tuple:
        return self.type, self.group, self.sources, self.aux, self.aux_len, self.count

    def __hash__(self) -> int:
        return hash(self._key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GroupRecord) and self._key() == other._key()

    def __lt__(self, other: GroupRecord) -> bool:
        return str(self._key()) < str(other._key())

    def build(self, context: Context) -> bytes:
        return report(self).build(context)

    def but(self, **changes: Any) -> Packet:
        return report(self).but(**changes)

    def fits(self, record: Any, names: Names = IPV4) -> bool:
        """Whether a received record is this one."""
        return (
            record.type == self.type
            and record.group == names.wanted(self.group)
            and (self.sources is None or sorted(record.sources) == sorted(map(names.wanted, self.sources)))
        )

    def matches(self, message: Message) -> bool:
        return (
            message.kind == "report"
            and message.checksum_ok
            and any(self.fits(one, message.names) for one in message.records)
        )

    def shown(self, names: Names) -> str:
        """As a person reads it, with the addresses of the family."""
        return names.text(str(self)) if names.ipv6 else str(self)

    def __str__(self) -> str:
        name = next(
            (name for name, number in RECORD_TYPES.items() if number == self.type), f"record type {self.type}"
        )
        sources = "" if self.sources is None else " {" + ", ".join(self.sources) + "}"
        return f"{name.upper()} {self.group}{sources}"

    __repr__ = __str__


# ---- the words ----


def general_query(**fields: Any) -> Packet:
    """Membership Query about every group, to 224.0.0.1; IGMPv3 unless ``version=``."""
    return Packet("general_query", **fields)


def group_query(group: str | None = None, **fields: Any) -> Packet:
    """Group-Specific Query, to the group; IGMPv3 unless ``version=``."""
    return Packet("group_query", group=group, **fields)


def group_source_query(
    group: str | None = None, sources: Iterable[str] | None = None, **fields: Any
) -> Packet:
    """Group-and-Source-Specific Query, to the group."""
    return Packet("group_source_query", group=group, sources=sources, **fields)


def v1_query(**fields: Any) -> Packet:
    """IGMPv1 query: eight octets, code 0."""
    return Packet("general_query", version=1, **fields)


def v2_query(group: str = "0.0.0.0", **fields: Any) -> Packet:
    """IGMPv2 query: eight octets; general, or specific to ``group``."""
    if group == "0.0.0.0":
        return Packet("general_query", version=2, **fields)
    return Packet("group_query", group=group, version=2, **fields)


def report(*records: GroupRecord, **fields: Any) -> Packet:
    """IGMPv3 Membership Report, to 224.0.0.22."""
    return Packet("report", records=records or None, **fields)


def record(type: int, group: str, sources: Iterable[str] | None = None, **fields: Any) -> GroupRecord:
    """A group record of any type number."""
    return GroupRecord(type, group, sources, **fields)


def _record_maker(name: str) -> Callable[..., GroupRecord]:
    def make(group: str, sources: Iterable[str] | None = None, **fields: Any) -> GroupRecord:
        return GroupRecord(RECORD_TYPES[name], group, sources, **fields)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"A {name.upper()} record."
    return make


is_in, is_ex, to_in, to_ex, allow, block = map(_record_maker, RECORD_TYPES)


def v1_report(group: str | None = None, **fields: Any) -> Packet:
    """IGMPv1 report, to the group."""
    return Packet("v1_report", group=group, **fields)


def v2_report(group: str | None = None, **fields: Any) -> Packet:
    """IGMPv2 report, to the group."""
    return Packet("v2_report", group=group, **fields)


def v2_leave(group: str | None = None, **fields: Any) -> Packet:
    """IGMPv2 Leave Group, to 224.0.0.2."""
    return Packet("v2_leave", group=group, **fields)


def data(group: str | None = None, source: str | None = None, **fields: Any) -> Packet:
    """A UDP datagram to ``group``, by default with TTL 16 to port 5001. ``payload=`` are octets."""
    return Packet("data", group=group, source=source, **fields)


def igmp_message(type: int, **fields: Any) -> Packet:
    """Any IGMP message: first octet ``type``, second ``code=``, ``group=``, then ``body=``.

    As an expectation it matches every IGMP message with that type octet.
    """
    return Packet("igmp", type=type, **fields)


def raw(octets: bytes, **fields: Any) -> Packet:
    """An IGMP payload octet by octet, its checksum included unless ``checksum=`` is given."""
    return Packet("raw", octets=octets, **fields)


def ip(proto: int, **fields: Any) -> Packet:
    """Any IPv4 packet of protocol ``proto`` with ``payload=`` octets."""
    return Packet("ip", proto=proto, **fields)


def frame(octets: bytes) -> Packet:
    """Any Ethernet frame."""
    return Packet("frame", octets=octets)


def any_query(**fields: Any) -> Packet:
    """Expects a query of any kind and version."""
    return Packet("any_query", **fields)


def any_report(group: str | None = None, **fields: Any) -> Packet:
    """Expects a report of any version (about ``group``)."""
    return Packet("any_report", group=group, **fields)


def any_igmp(**fields: Any) -> Packet:
    """Expects any IGMP message."""
    return Packet("any_igmp", **fields)


def anything(**fields: Any) -> Packet:
    """Expects any frame (with the given addresses, TTL...)."""
    return Packet("anything", **fields)


def any_of(*choices: Any) -> AnyOf:
    """Expects one of several."""
    return AnyOf(choices)


# ---- building ----


@functools.lru_cache(maxsize=65536)
def _build(packet: Packet, context: Context) -> bytes:
    from . import building  # Scapy is loaded when the first packet is built

    if packet.kind in matching.KINDS_OF_PIM:
        from . import pim_building

        return pim_building.build(packet.kind, packet.given, context)
    if context.names.ipv6 and packet.kind != "frame":
        from . import building6

        return building6.build(packet.kind, packet.given, context)
    return building.build(packet.kind, packet.given, context)


def _frozen(value: Any) -> Any:
    """A hashable copy: lists become tuples, sets frozensets."""
    if isinstance(value, (str, bytes)) or callable(value):
        return value
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, (set, frozenset)):
        return frozenset(value)
    return tuple(value) if isinstance(value, (list, tuple)) or hasattr(value, "__next__") else value


def _show(name: str, value: Any, names: Names, on_link: bool) -> str:
    if names.ipv6 and isinstance(value, str) and name in matching.ADDRESSES:
        value = names.real(value, on_link and name in ("src", "dst", "upstream"))
    if names.ipv6 and isinstance(value, frozenset) and name in matching.ADDRESSES:
        value = "{" + ", ".join(sorted(map(names.real, value))) + "}"
    if name in ("group", "source") and not callable(value):
        return str(value)
    if name in ("records", "entries"):
        return "; ".join(one.shown(names) for one in value)
    if name == "sources" and not callable(value):
        return "{" + ", ".join(map(names.real, value)) + "}"
    if name == "version" and names.ipv6 and isinstance(value, int):
        value -= 1
    if callable(value):
        return f"{name} as asked"
    if isinstance(value, bytes):
        return f"{name}={value[:16].hex()}{'...' if len(value) > 16 else ''}"
    return f"{name}={value}"


__all__ = [
    "ALL_SYSTEMS",
    "ALL_ROUTERS",
    "ALL_IGMPV3_ROUTERS",
    "Packet",
    "GroupRecord",
    "Context",
    "mac_of_tester",
    "general_query",
    "group_query",
    "group_source_query",
    "v1_query",
    "v2_query",
    "report",
    "record",
    "is_in",
    "is_ex",
    "to_in",
    "to_ex",
    "allow",
    "block",
    "v1_report",
    "v2_report",
    "v2_leave",
    "data",
    "igmp_message",
    "raw",
    "ip",
    "frame",
    "any_query",
    "any_report",
    "any_igmp",
    "anything",
    "any_of",
    "multicast_mac",
    "internet_checksum",
]
