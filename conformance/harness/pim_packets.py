# SPDX-License-Identifier: GPL-2.0-only
"""PIM messages to send and to expect: the same words do both, as in ``packets``.

    hello(...)                                   join_prune(entry, ..., upstream=)
    register(source, group, ...)  null_register(source, group)  register_stop(source, group)
    assert_(group, source, ...)                  bootstrap(groups(...), ...)  candidate_rp(rp, [prefix, ...])
    graft(entry, ...)  graft_ack(entry, ...)     state_refresh(group, source, ...)           of dense mode
    pim_message(type, body)                      any message, octet by octet after the header
    any_pim()  any_join_prune()                  only to expect

Entries of a Join/Prune: ``join_g(G, rp=RP)`` and ``prune_g`` of (*,G), ``join_sg(G, S)`` and ``prune_sg`` of (S,G),
``join_rpt(G, S)`` and ``prune_rpt`` of (S,G,rpt). An entry alone is an expectation, too: a Join/Prune that contains it;
sent, it is a message of its own. ``join_prune(a, b)`` expects exactly these entries (``only=False``: at least these).

Sending fills in what a correct neighbour would: TTL 1 to 224.0.0.13 (Graft and Graft-Ack to the system's address on
the link; Register, Register-Stop and Candidate-RP-Advertisement with 64 to ``OWN_RP``), the tester as source, the system as upstream neighbour, holdtimes of the run (a Hello's is
0xffff, for ever, unless given: neighbours stay while a case goes on), right counts, lengths, masks and checksums.

Fields (all build and match unless said otherwise; those of every packet in ``packets``)
    hello           holdtime= dr_priority= generation_id= tracking= propagation_delay= override_interval= (ms)
                    addresses=; False: without that option (build only). LAN Prune Delay is in it if one of its three
                    values is given. state_refresh= (s) is in it if given. more= octets of further options (build only)
    join_prune      upstream= holdtime= entries= groups= (number of group sets, build only, if it shall lie)
                    joins= prunes= (of the first group set, build only)
    entries         mask= group_mask= of other lengths, sparse= wildcard= rpt_bit= reserved= group_flags= (build only);
                    S is set where the system's setup is sparse, unless it is given
    register        payload= inner_ttl= inner_tos= null= border= inner= (octets instead of a datagram, build only)
                    checksum= also "whole": over the whole message
    graft graft_ack upstream= holdtime= entries= groups= joins= prunes= as of join_prune
    state_refresh   originator= preference= metric= rpt= mask_length= (of the route to the source) hops= (the TTL in the
                    message; ttl= is the IP header's) prune_indicator= prune_now= assert_override= reserved= interval= (s)
    assert_         preference= metric= rpt=
    bootstrap       bsr= priority= hash_mask_length= fragment_tag= no_forward= ranges=
    candidate_rp    rp= priority= holdtime= prefixes=
    all of PIM      version= flags= (second octet) checksum= extra= truncate= mixed_family= (build only)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable

from . import packets
from .addressing import IPV4, Names
from .packets import Context, Packet
from .pim_message import Candidate, Entry, Range
from .pim_setup import ALL_GROUPS, RP

_ALL = frozenset("version flags mixed_family".split())
_LAN = frozenset("tracking propagation_delay override_interval".split())
_ENTRIES = _ALL | frozenset("upstream holdtime entries only groups joins prunes reserved".split())
PIM_FIELDS = {
    "hello": _ALL | _LAN | frozenset("holdtime dr_priority generation_id state_refresh addresses more".split()),
    "join_prune": _ENTRIES,
    "graft": _ENTRIES,
    "graft_ack": _ENTRIES,
    "state_refresh": _ALL
    | frozenset(
        "source group group_mask originator preference metric rpt mask_length hops prune_indicator prune_now"
        " assert_override reserved interval".split()
    ),
    "register": _ALL
    | frozenset("source group payload inner_ttl inner_tos null border inner dport sport reserved".split()),
    "register_stop": _ALL | frozenset("source group group_mask".split()),
    "assert": _ALL | frozenset("source group preference metric rpt group_mask".split()),
    "bootstrap": _ALL | frozenset("bsr priority hash_mask_length fragment_tag no_forward ranges".split()),
    "candidate_rp": _ALL | frozenset("rp priority holdtime prefixes count".split()),
    "pim": _ALL | frozenset("type body".split()),
    "any_pim": _ALL,
    "any_join_prune": frozenset("upstream holdtime".split()),
}
MATCH_ONLY = frozenset({"any_pim", "any_join_prune"})
packets.register_kinds(PIM_FIELDS, MATCH_ONLY)


@dataclass(frozen=True, order=True)
class PimEntry:
    """An entry of a Join/Prune to build, or the expectation of a message that contains it."""

    joined: bool
    kind: str  # "*,G", "S,G", "S,G,rpt"
    group: str
    address: str | None  # None: any, as an expectation; of (*,G) built, ``RP``
    mask: int | None = None
    group_mask: int | None = None
    sparse: bool | None = None  # None: as the mode of the system's setup has it
    wildcard: bool | None = None  # bits that do not fit the kind
    rpt_bit: bool | None = None
    reserved: int = 0
    group_flags: int = 0

    def build(self, context: Context) -> bytes:
        return join_prune(self).build(context)

    def but(self, **changes: Any) -> Packet:
        return join_prune(self).but(**changes)

    def fits(self, entry: Entry, names: Names = IPV4) -> bool:
        """Whether a received entry is this one."""
        return (entry.joined, entry.kind, entry.group) == (
            self.joined,
            self.kind,
            names.wanted(self.group),
        ) and (self.address is None or entry.address == names.wanted(self.address))

    def matches(self, message: Any) -> bool:
        return (
            message.kind == "join_prune"
            and message.checksum_ok
            and any(self.fits(one, message.names) for one in message.pim.entries)
        )

    def shown(self, names: Names) -> str:
        """As a person reads it, with the addresses of the family."""
        return names.text(str(self)) if names.ipv6 else str(self)

    def __str__(self) -> str:
        verb = "Join" if self.joined else "Prune"
        if self.kind == "*,G":
            return f"{verb} (*,{self.group})" + (f" RP {self.address}" if self.address else "")
        return f"{verb} ({self.address},{self.group}{',rpt' if 'rpt' in self.kind else ''})"


def join_g(group: str, rp: str | None = None, **fields: Any) -> PimEntry:
    """Join(*,G)."""
    return PimEntry(True, "*,G", group, rp, **fields)


def prune_g(group: str, rp: str | None = None, **fields: Any) -> PimEntry:
    """Prune(*,G)."""
    return PimEntry(False, "*,G", group, rp, **fields)


def join_sg(group: str, source: str, **fields: Any) -> PimEntry:
    """Join(S,G)."""
    return PimEntry(True, "S,G", group, source, **fields)


def prune_sg(group: str, source: str, **fields: Any) -> PimEntry:
    """Prune(S,G)."""
    return PimEntry(False, "S,G", group, source, **fields)


def join_rpt(group: str, source: str, **fields: Any) -> PimEntry:
    """Join(S,G,rpt)."""
    return PimEntry(True, "S,G,rpt", group, source, **fields)


def prune_rpt(group: str, source: str, **fields: Any) -> PimEntry:
    """Prune(S,G,rpt)."""
    return PimEntry(False, "S,G,rpt", group, source, **fields)


def join_prune(*entries: PimEntry, **fields: Any) -> Packet:
    """Join/Prune; entries of one group that follow each other share a group set."""
    return Packet("join_prune", entries=entries or None, **fields)


def graft(*entries: PimEntry, **fields: Any) -> Packet:
    """Graft: Joins of (S,G), from a downstream neighbour to its upstream one (RFC 3973 4.7.8)."""
    return Packet("graft", entries=entries or None, **fields)


def graft_ack(*entries: PimEntry, **fields: Any) -> Packet:
    """Graft-Ack; ``upstream`` is the sender of the Graft (RFC 3973 4.7.9)."""
    return Packet("graft_ack", entries=entries or None, **fields)


def state_refresh(group: str | None = None, source: str | None = None, **fields: Any) -> Packet:
    """State Refresh of the neighbour that leads to the source."""
    return Packet("state_refresh", group=group, source=source, **fields)


def hello(**fields: Any) -> Packet:
    """Hello; with Holdtime, DR Priority 1 and Generation ID unless they are given (False: without)."""
    return Packet("hello", **fields)


def register(source: str | None = None, group: str | None = None, **fields: Any) -> Packet:
    """Register with a UDP datagram of ``source`` to ``group`` in it, from the tester to the system's own RP address."""
    return Packet("register", source=source, group=group, **fields)


def null_register(source: str | None = None, group: str | None = None, **fields: Any) -> Packet:
    """Null-Register with a dummy header."""
    return Packet("register", source=source, group=group, null=True, **fields)


def register_stop(source: str | None = None, group: str | None = None, **fields: Any) -> Packet:
    """Register-Stop, from the RP; a source of 0.0.0.0 stands for all sources."""
    return Packet("register_stop", source=source, group=group, **fields)


def assert_(group: str | None = None, source: str | None = None, **fields: Any) -> Packet:
    """Assert; of (*,G) with ``rpt=True`` and the source 0.0.0.0."""
    return Packet("assert", group=group, source=source, **fields)


def rp_range(
    prefix: str = ALL_GROUPS,
    rps: Iterable[tuple[str, int, int]] = ((RP, 150, 192),),
    rp_count: int | None = None,
    flags: int = 0,
) -> Range:
    """A range of a Bootstrap message; rps: (address, holdtime, priority)."""
    listed = tuple(Candidate(*one) for one in rps)
    return Range(prefix, flags, len(listed) if rp_count is None else rp_count, len(listed), listed)


def bootstrap(*ranges: Range, **fields: Any) -> Packet:
    """Bootstrap message, from the upstream neighbour of the BSR ``bsr=``."""
    return Packet("bootstrap", ranges=ranges or None, **fields)


def candidate_rp(rp: str | None = None, prefixes: Iterable[str] | None = None, **fields: Any) -> Packet:
    """Candidate-RP-Advertisement, to the system as BSR."""
    return Packet("candidate_rp", rp=rp, prefixes=prefixes, **fields)


def pim_message(type: int, body: bytes | None = None, **fields: Any) -> Packet:
    """Any PIM message: the octets after the header."""
    return Packet("pim", type=type, body=body, **fields)


def any_pim(**fields: Any) -> Packet:
    """Expects any PIM message."""
    return Packet("any_pim", **fields)


def any_join_prune(**fields: Any) -> Packet:
    """Expects any Join/Prune."""
    return Packet("any_join_prune", **fields)


__all__ = [
    "PimEntry",
    "any_join_prune",
    "any_pim",
    "assert_",
    "bootstrap",
    "candidate_rp",
    "graft",
    "graft_ack",
    "hello",
    "join_g",
    "join_prune",
    "join_rpt",
    "join_sg",
    "null_register",
    "pim_message",
    "prune_g",
    "prune_rpt",
    "prune_sg",
    "register",
    "register_stop",
    "rp_range",
    "state_refresh",
]
