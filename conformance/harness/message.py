# SPDX-License-Identifier: GPL-2.0-only
"""A received frame as the judge sees it, and the line that a person reads about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .addressing import IPV4, Names
from .codes import decode_float_code, max_resp_time
from .octets import PROTO_ICMPV6, PROTO_IGMP
from .pim_message import Pim, describe_pim

RECORD_NAMES = {1: "IS_IN", 2: "IS_EX", 3: "TO_IN", 4: "TO_EX", 5: "ALLOW", 6: "BLOCK"}
KIND_TEXT = {
    "general_query": "general query",
    "group_query": "group query",
    "group_source_query": "group-source query",
    "report": "report",
    "v1_report": "report",
    "v2_report": "report",
    "v2_leave": "leave",
    "igmp": "message",
    "data": "data",
    "ip": "packet",
    "frame": "frame",
}


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
    igmp (any other IGMP), those of ``pim_message.KINDS`` and pim (any other PIM), data (UDP to a group), ip (any other IPv4 or IPv6), frame (anything else; also
    frames of the other family than the lab's). MLD has the same kinds: MLDv2 is version 3, an MLDv1 report
    is a v2_report, Done a v2_leave. ``str()`` of it names its real addresses and versions.
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
    # IPv4, IPv6
    src: str = ""
    dst: str = ""
    ttl: int = 0  # Hop Limit
    tos: int = 0  # Traffic Class
    proto: int = -1
    ip_id: int = 0
    ip_header_length: int = 0  # octets; with the extension headers of IPv6
    options: bytes = b""  # of the IPv4 header, or of the hop-by-hop header
    router_alert: int | None = None  # value of the option, None without it
    ip_checksum_ok: bool = False
    dont_fragment: bool = False
    more_fragments: bool = False
    fragment_offset: int = 0  # octets
    payload: bytes = b""  # of the IPv4 packet, by its total length; for ``data`` of the UDP datagram
    # IGMP, MLD
    version: int = 0
    type: int = 0  # of MLD, where a case sees labels, the type of the IGMP message that it corresponds to
    code: int = 0  # second octet of every message
    max_resp_code: int = 0  # second octet of every IGMP message; 16 bits of MLD queries and MLDv1 messages
    reserved: int = 0  # the 16 bits after that one in MLD
    checksum_ok: bool = False
    group: str = ""
    s: bool = False
    qrv: int = 0
    qqic: int = 0
    resv: int = 0  # reserved bits: of a query 4, of a report the 16 before the record count
    sources: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    hidden: tuple[Record, ...] = ()  # about solicited-node groups that are no business of the case
    extra: bytes = b""  # octets after what the message's own counts describe
    # UDP
    sport: int = 0
    dport: int = 0
    pim: Pim | None = None
    taken: bool = field(default=False, repr=False)  # an expectation has matched it
    names: Names = field(default=IPV4, repr=False)  # how the case names addresses
    shown: str = field(default="", repr=False)  # the line for a person, if addresses here are labels

    @property
    def is_igmp(self) -> bool:
        """IGMP, or MLD (or what claims to be)."""
        return self.proto == PROTO_IGMP or self.is_mld

    @property
    def is_mld(self) -> bool:
        return self.proto == PROTO_ICMPV6 and self.kind not in ("ip", "frame")

    @property
    def is_of_the_link(self) -> bool:
        """Whether sender and receiver are addresses of the link, as in MLD and most of PIM."""
        return self.is_mld or (self.pim is not None and (self.dst.startswith("ff02:") or self.src.startswith("fe80:")))

    @property
    def family(self) -> str:
        return {0x0800: "ipv4", 0x86DD: "ipv6"}.get(self.ethertype, "")

    @property
    def igmp(self) -> bytes:
        """The IGMP or MLD message, by the packet's length."""
        return self.payload if self.is_igmp else b""

    @property
    def fixed_size(self) -> int:
        """Octets that a message of this kind and version has without its sources or records."""
        if self.kind == "report":
            return 8
        return (24 if self.is_mld else 8) + (4 if self.version == 3 else 0)

    @property
    def address_size(self) -> int:
        """Octets of an address."""
        return 16 if self.is_mld else 4

    @property
    def max_resp(self) -> float:
        """Max Resp Time in seconds, by the rules of the message's version."""
        return max_resp_time(self.max_resp_code, self.version, self.family)

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
        return self.shown or describe(self)


def describe(message: Message) -> str:
    """One line for the message ladder."""
    if message.kind == "frame":
        kind = f"type 0x{message.ethertype:04x}, {len(message.raw)} octets"
        return f"frame {message.src_mac} > {message.dst_mac} {kind}"
    parts = describe_pim(message.kind, message.pim) if message.pim else [
        {"ipv4": "IPv4", "ipv6": "IPv6"}[message.family] if message.kind == "ip" else KIND_TEXT[message.kind]
    ]
    if message.more_fragments or message.fragment_offset:
        octets = f"{len(message.payload)} octets at {message.fragment_offset}"
        parts.append(f"fragment of protocol {message.proto}, {octets}")
    elif message.is_igmp:
        parts = _describe_igmp(message)
    elif message.kind == "data":
        text = message.payload[:24].decode("ascii", "replace")
        parts.append(f"{text!r}" if text.isprintable() else f"{len(message.payload)} octets")
    elif not message.pim:
        parts.append(f"protocol {message.proto}")
    parts.append(f"{message.src} > {message.dst}")
    parts += [f"[{text}]" for text in _oddities(message) + message.problems]
    return " ".join(parts)


def _describe_igmp(message: Message) -> list[str]:
    if message.is_mld:
        version = f"MLDv{message.version - 1}" if message.version else f"MLD type {message.type}"
    else:
        version = f"IGMPv{message.version}" if message.version else f"IGMP type 0x{message.type:02x}"
    kind = "done" if message.is_mld and message.kind == "v2_leave" else KIND_TEXT[message.kind]
    parts = [version, kind if message.version else "message"]
    if message.kind == "report":
        return parts + ["; ".join(map(str, message.records + message.hidden)) or "no records"]
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
    hops = "hop limit" if message.is_mld or message.family == "ipv6" else "ttl"
    if message.pim and message.ttl == 1:
        return []
    if not message.is_igmp:
        return [f"{hops} {message.ttl}"]
    odd = []
    if message.ttl != 1:
        odd.append(f"{hops} {message.ttl}")
    if message.router_alert is None:
        odd.append("no Router Alert")
    elif message.router_alert:
        odd.append(f"Router Alert {message.router_alert}")
    if message.tos != 0xC0 and not message.is_mld:
        odd.append(f"tos 0x{message.tos:02x}")
    if message.extra:
        odd.append(f"{len(message.extra)} octets more")
    return odd
