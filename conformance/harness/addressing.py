# SPDX-License-Identifier: GPL-2.0-only
"""The numbering plan: every IPv4 address that a case names has an IPv6 counterpart, and the other way round.

Most cases are written once and run for both families. Their text is IPv4; where the family of a case is IPv6
these addresses are *labels*: on the wire, in the calls to a target and in every text that a person reads stand
the *real* addresses of the right column, and what a system sends or tells is turned back into labels before a
case compares it.

    label            real                    what it is
    0.0.0.0          ::                      unspecified
    224.0.0.d        ff02::d                 of the link: 224.0.0.1 ff02::1, 224.0.0.22 ff02::16
    239.b.c.d        ff1e::b:c:d             a group
    232.b.c.d        ff3e::b:c:d             a group of the source-specific range
    224/4 otherwise  ff0e::a:b:c:d           a group; labels that share an Ethernet address share one here, too
    10.p.0.n         fe80::p:n               a host on port p (10.1.0.n: lan) as sender or receiver of MLD
                     2001:db8:p::n           the same host in data, or in a list of sources
    10.b.c.d         2001:db8:b:c::d         a host elsewhere
    a.b.c.d          2001:db8:f0aa:bbcc::d   a host anywhere else, or 240/4: no group
    0.b.c.d          100::b:c:d              neither a group nor a good source
    255.255.255.255  ::1                     neither a group nor a source that may be on a wire

Every octet becomes one hexadecimal field (of hosts anywhere else, half of one), so the order of addresses stays.
Hosts on a port are counted from the system's own address: a port whose system has other IPv6 addresses than
these (``Port.dut_link_local``, ``Port.dut_global``) still has its lower and higher neighbours lower and higher.

Real IPv6 text is always taken as it is: cases about MLD alone (``family="ipv6"``) are written in it and see it.
In both kinds versions are numbered as IGMP's: MLDv1 is 2, MLDv2 is 3 (RFC 3810 is derived from RFC 3376).
"""

from __future__ import annotations

import functools
import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Iterable

from .model import PORTS, Port

FAMILIES = ("ipv4", "ipv6")
UNSPECIFIED = {"ipv4": "0.0.0.0", "ipv6": "::"}
_BROADCAST, _LOOPBACK = "255.255.255.255", "::1"
_SOLICITED_NODE = b"\xff\x02" + bytes(9) + b"\1\xff"
_LABEL = re.compile(r"(?<![\w.:])(\d{1,3}(?:\.\d{1,3}){3})(/\d{1,2})?(?![\w.]*\.?\d)")


def is_ipv6(text: str) -> bool:
    return ":" in text


def is_group(text: str) -> bool:
    """Whether an address of either family is a multicast address."""
    return ipaddress.ip_address(text).is_multicast


def is_link_local_group(text: str) -> bool:
    """A group that no router forwards: 224.0.0.0/24, or scope 2 and below."""
    if not is_ipv6(text):
        return text.startswith("224.0.0.")
    address = IPv6Address(text)
    return address.is_multicast and address.packed[1] & 0x0F <= 2


def is_solicited_node(text: str) -> bool:
    """A group that IPv6 hosts are in because of their unicast addresses: ff02::1:ff00:0/104."""
    return is_ipv6(text) and IPv6Address(text).packed.startswith(_SOLICITED_NODE)


def solicited_node(address: IPv6Address) -> str:
    """The solicited-node group of an address (RFC 4291 2.7.1)."""
    return str(IPv6Address(_SOLICITED_NODE + address.packed[-3:]))


def _fields(prefix: int, *fields: int) -> IPv6Address:
    """An address of a 16-bit prefix whose last 16-bit fields are given."""
    octets = prefix.to_bytes(2, "big")
    tail = b"".join(field.to_bytes(2, "big") for field in fields)
    return IPv6Address(octets + bytes(14 - len(tail)) + tail)


def link_local_of(label: str) -> str:
    """The link-local address of a host by the plan's rule."""
    _, b, c, d = IPv4Address(label).packed
    return str(_fields(0xFE80, b, c << 8 | d))


def global_of(label: str) -> str:
    """The other counterpart of a label, by the plan's rules alone: of a host its global address."""
    a, b, c, d = IPv4Address(label).packed
    if label in (UNSPECIFIED["ipv4"], _BROADCAST):
        return UNSPECIFIED["ipv6"] if a == 0 else _LOOPBACK
    if 224 <= a <= 239:
        if (a, b, c) == (224, 0, 0):
            return str(_fields(0xFF02, d))
        short = {239: 0xFF1E, 232: 0xFF3E}.get(a)
        return str(_fields(short, b, c, d) if short else _fields(0xFF0E, a, b, c, d))
    if a == 0:
        return str(_fields(0x0100, b, c, d))
    third, fourth = (b, c) if a == 10 else (0xF000 | a, b << 8 | c)
    return str(IPv6Address(0x20010DB8 << 96 | third << 80 | fourth << 64 | d))


def _label_of(real: IPv6Address) -> str | None:
    """The label of an address by the plan's rules alone; None: it has none. Link-local ones: see ``Plan``."""
    fields = [int.from_bytes(real.packed[at : at + 2], "big") for at in range(0, 16, 2)]
    first, tail, padding = fields[0], fields[5:], fields[1:5]
    octets: list[int] | None = None
    if real == IPv6Address(UNSPECIFIED["ipv6"]):
        return UNSPECIFIED["ipv4"]
    if real == IPv6Address(_LOOPBACK):
        return _BROADCAST
    if first == 0xFF02 and not any(fields[1:7]):
        octets = [224, 0, 0, fields[7]]
    elif first in (0xFF1E, 0xFF3E, 0x0100) and not any(padding):
        octets = [{0xFF1E: 239, 0xFF3E: 232, 0x0100: 0}[first], *tail]
    elif first == 0xFF0E and not any(fields[1:4]):
        octets = fields[4:]
    elif fields[:2] == [0x2001, 0xDB8] and not any(fields[4:7]):
        if fields[2] >> 8 == 0xF0:
            octets = [fields[2] & 0xFF, fields[3] >> 8, fields[3] & 0xFF, fields[7]]
        else:
            octets = [10, fields[2], fields[3], fields[7]]
    if octets is None or max(octets) > 255:
        return None
    label = ".".join(map(str, octets))
    return label if global_of(label) == str(real) else None


@dataclass(frozen=True)
class _Segment:
    """One port's network: the labels of its hosts, and the system's own addresses to count from."""

    name: str
    first: int
    last: int
    dut: int
    link_local: int
    global_address: int

    def host(self, base: int, label: int) -> IPv6Address:
        return IPv6Address((base + label - self.dut) % (1 << 128))

    def label(self, base: int, real: int) -> str | None:
        label = real - base + self.dut
        return str(IPv4Address(label)) if self.first <= label <= self.last else None


class Plan:
    """The numbering plan over some ports. ``port`` names the one that a message is on."""

    def __init__(self, ports: Iterable[Port]) -> None:
        self._segments = {port.name: _segment(port) for port in ports}
        own = [(one.link_local, one.global_address) for one in self._segments.values()]
        #: Groups that a kernel under the system is in because of the system's own addresses.
        self.solicited_nodes = frozenset(solicited_node(IPv6Address(one)) for pair in own for one in pair)

    @functools.lru_cache(maxsize=16384)  # noqa: B019  (plans live as long as the process)
    def real(self, text: str, port: str = "", on_link: bool = False) -> str:
        """The IPv6 address of a label. on_link: as the sender or receiver of an MLD message on ``port``."""
        if is_ipv6(text):
            return str(IPv6Address(text))
        label = int(IPv4Address(text))
        for segment in self._segments.values():
            if segment.first <= label <= segment.last:
                if on_link and segment.name == port:
                    return str(segment.host(segment.link_local, label))
                return str(segment.host(segment.global_address, label))
        return global_of(text)

    @functools.lru_cache(maxsize=16384)  # noqa: B019
    def label(self, text: str, port: str = "", on_link: bool = False) -> str:
        """The label of an IPv6 address, or the address itself if it has none (in that role)."""
        if not is_ipv6(text):
            return text
        real = IPv6Address(text)
        if on_link and port in self._segments:
            segment = self._segments[port]
            found = segment.label(segment.link_local, int(real))
            if found:
                return found
            if real != IPv6Address(UNSPECIFIED["ipv6"]) and not real.is_multicast:
                return str(real)  # no address of this link, whatever it is elsewhere
        for segment in self._segments.values():
            found = segment.label(segment.global_address, int(real))
            if found:
                return found
        return _label_of(real) or str(real)

    def in_text(self, text: str) -> str:
        """Labels in words for a person. Those of tester and system themselves become link-local ones."""

        def replaced(match: re.Match) -> str:
            try:
                return self.prefix(match[0]) if match[2] else self.real(match[1], *self._talker(match[1]))
            except ValueError:
                return match[0]

        return _LABEL.sub(replaced, text)

    def prefix(self, text: str) -> str:
        """The counterpart of a prefix such as 239.1.0.0/16; of 0.0.0.0/0 it is that of all addresses."""
        if is_ipv6(text):
            return text
        network = ipaddress.ip_network(text, strict=False)
        if network.prefixlen == 0:
            return "::/0"
        if network.prefixlen < 8:
            return "ff00::/8" if network.is_multicast else f"{self.real(str(network.network_address))}/64"
        real = self.real(str(network.network_address))
        if real.startswith("2001:"):
            return f"{real}/{64 if network.prefixlen <= 24 else 96 + network.prefixlen}"
        whole, rest = divmod(network.prefixlen, 8)
        return f"{real}/{128 - 16 * (4 - whole) + (8 + rest if rest else 0)}"

    def _talker(self, label: str) -> tuple[str, bool]:
        number = int(IPv4Address(label))
        for segment in self._segments.values():
            if number in (segment.dut, segment.first + 100):
                return segment.name, True
        return "", False


def _segment(port: Port) -> _Segment:
    network = ipaddress.ip_network(f"{port.dut_address}/{port.prefix_length}", strict=False)
    return _Segment(
        port.name,
        int(network.network_address),
        int(network.broadcast_address),
        int(IPv4Address(port.dut_address)),
        int(IPv6Address(link_local(port))),
        int(IPv6Address(global_address(port))),
    )


def link_local(port: Port) -> str:
    """The system's link-local address on a port."""
    return port.dut_link_local or link_local_of(port.dut_address)


def global_address(port: Port) -> str:
    """The system's global IPv6 address on a port; its prefix has 64 bits."""
    return port.dut_global or global_of(port.dut_address)


@functools.lru_cache(maxsize=64)
def plan_of(ports: tuple[Port, ...] = tuple(PORTS.values())) -> Plan:
    """The plan over these ports (the usual ones)."""
    return Plan(ports)


@dataclass(frozen=True)
class Names:
    """How one lab, or one of its ports, names addresses.

    labels: what a case sees are labels; otherwise (cases about MLD alone) real addresses. Whatever a case gives
    may be either. In the family ``ipv4`` everything is what it is.
    """

    family: str = "ipv4"
    plan: Plan = plan_of()
    port: str = ""
    labels: bool = True

    @property
    def ipv6(self) -> bool:
        return self.family == "ipv6"

    def real(self, text: str, on_link: bool = False) -> str:
        """What goes over the wire or to the target. on_link: sender or receiver of an MLD message."""
        return self.plan.real(text, self.port, on_link) if self.ipv6 else text

    def seen(self, text: str, on_link: bool = False) -> str:
        """What the case sees of a real address."""
        return self.plan.label(text, self.port, on_link) if self.ipv6 and self.labels and text else text

    def wanted(self, text: str, on_link: bool = False) -> str:
        """An address that the case gave, as it would see it."""
        try:
            return self.seen(self.real(text, on_link), on_link) if self.ipv6 else text
        except ValueError:
            return text

    def hides(self, group: str) -> bool:
        """Whether a record about the group is no business of the case: kernels report their own addresses' ones.

        Of labels all solicited-node groups: IPv4 has no counterpart.
        """
        return is_solicited_node(group) if self.labels else group in self.plan.solicited_nodes

    def text(self, words: str) -> str:
        """Words that a person reads, in the terms and with the addresses of the family."""
        return in_mld_terms(self.plan.in_text(words)) if self.ipv6 else words


IPV4 = Names()
IPV6 = Names("ipv6", labels=False)


_TERMS = {
    "IGMPv3": "MLDv2",
    "IGMPv2": "MLDv1",
    "IGMP": "MLD",
    "IPv4": "IPv6",
    "TTL": "Hop Limit",
    "GMI": "MALI",
    "LMQT": "LLQT",
    "LMQI": "LLQI",
    "LMQC": "LLQC",
    "Max Resp Time": "Maximum Response Delay",
    "Max Resp Code": "Maximum Response Code",
    "group timer": "filter timer",
    "version 3": "version 2",
    "version 2": "version 1",
    "versions 2 and 3": "versions 1 and 2",
}
_TERM = re.compile(r"(?<![\w-])(" + "|".join(sorted(_TERMS, key=len, reverse=True)) + r")(?![\w])")


def in_mld_terms(words: str) -> str:
    """The terms of IGMP in a text, as MLD calls them."""
    return _TERM.sub(lambda match: _TERMS[match[1]], words)
