# SPDX-License-Identifier: GPL-2.0-only
"""A received PIM message as the judge sees it, and the words that a person reads about it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Callable

PROTO_PIM = 103
ALL_PIM_ROUTERS = "224.0.0.13"
KINDS = (
    "hello",
    "register",
    "register_stop",
    "join_prune",
    "bootstrap",
    "assert",
    "graft",
    "graft_ack",
    "candidate_rp",
    "state_refresh",
)
TEXT = {
    "hello": "Hello",
    "register": "Register",
    "register_stop": "Register-Stop",
    "join_prune": "Join/Prune",
    "bootstrap": "Bootstrap",
    "assert": "Assert",
    "graft": "Graft",
    "graft_ack": "Graft-Ack",
    "candidate_rp": "Candidate-RP-Advertisement",
    "state_refresh": "State Refresh",
    "pim": "message",
}


@dataclass(frozen=True)
class Entry:
    """One joined or pruned source of a Join/Prune as received. ``address``: of (*,G) the RP."""

    joined: bool
    group: str
    address: str
    wildcard: bool = False
    rpt: bool = False
    sparse: bool = True
    mask_length: int = 32
    group_mask_length: int = 32
    reserved: int = 0
    group_flags: int = 0  # B, reserved, Z

    @property
    def kind(self) -> str:
        """``*,G``, ``S,G``, ``S,G,rpt``; ``?`` of bits that stand for none of these."""
        return {(True, True): "*,G", (False, False): "S,G", (False, True): "S,G,rpt"}.get(
            (self.wildcard, self.rpt), "?"
        )

    def __str__(self) -> str:
        verb = "Join" if self.joined else "Prune"
        if self.kind == "*,G":
            return f"{verb} (*,{self.group}) RP {self.address}"
        return f"{verb} ({self.address},{self.group}{',rpt' if self.rpt else ''})"


@dataclass(frozen=True)
class Candidate:
    """An RP of a range in a Bootstrap message."""

    address: str
    holdtime: int
    priority: int
    reserved: int = 0


@dataclass(frozen=True)
class Range:
    """A range of groups of a Bootstrap message or a Candidate-RP-Advertisement."""

    prefix: str  # address/length
    flags: int = 0  # B, reserved, Z
    rp_count: int = 0
    fragment_rp_count: int = 0
    rps: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Pim:
    """The message. Fields that it does not have stay at their default; None: an option that is absent."""

    version: int = 2
    type: int = 0
    flags: int = 0  # second octet
    size: int = 0  # octets
    whole_checksum_ok: bool = False  # of a Register: over all of it
    # Hello
    options: tuple[tuple[int, bytes], ...] = ()  # (type, value)
    holdtime: int | None = None  # also of Join/Prune and Candidate-RP-Advertisement
    dr_priority: int | None = None
    generation_id: int | None = None
    tracking: bool | None = None
    propagation_delay: int | None = None  # ms
    override_interval: int | None = None
    addresses: tuple[str, ...] | None = None
    state_refresh: int | None = None  # s
    # Join/Prune, Graft, Graft-Ack
    upstream: str = ""
    entries: tuple[Entry, ...] = ()
    groups: tuple[str, ...] = ()  # of the group sets, in their order
    reserved: int = 0
    # Register, Register-Stop, Assert, State Refresh
    border: bool = False
    null: bool = False
    inner: bytes = b""  # the packet in a Register
    group: str = ""
    group_mask_length: int = 0
    source: str = ""  # of the packet in a Register, too
    inner_ttl: int = 0
    inner_tos: int = 0
    payload: bytes = b""  # of the UDP datagram in a Register
    rpt: bool = False
    preference: int = 0
    metric: int = 0
    # State Refresh
    originator: str = ""
    mask_length: int = 0  # of the route to the source
    hops: int = 0  # the TTL in the message
    prune_indicator: bool = False
    prune_now: bool = False
    assert_override: bool = False
    interval: int = 0
    # Bootstrap, Candidate-RP-Advertisement
    fragment_tag: int = 0
    hash_mask_length: int = 0
    priority: int = 0
    bsr: str = ""
    ranges: tuple[Range, ...] = ()
    rp: str = ""

    def entries_of(self, group: str) -> list[Entry]:
        """What it says of a group."""
        return [one for one in self.entries if one.group == group]

    def renamed(self, far: Callable[[str], str], near: Callable[[str], str]) -> Pim:
        """With other names of addresses: ``near`` of the link, ``far`` of everything else."""
        prefix = lambda text: f"{far(text.partition('/')[0])}/{text.partition('/')[2]}"  # noqa: E731
        return dataclasses.replace(
            self,
            upstream=near(self.upstream),
            addresses=None if self.addresses is None else tuple(map(far, self.addresses)),
            entries=tuple(
                dataclasses.replace(one, group=far(one.group), address=far(one.address))
                for one in self.entries
            ),
            groups=tuple(map(far, self.groups)),
            group=far(self.group),
            source=far(self.source),
            bsr=far(self.bsr),
            rp=far(self.rp),
            originator=far(self.originator),
            ranges=tuple(
                dataclasses.replace(
                    one,
                    prefix=prefix(one.prefix),
                    rps=tuple(dataclasses.replace(rp, address=far(rp.address)) for rp in one.rps),
                )
                for one in self.ranges
            ),
        )


def describe_pim(kind: str, pim: Pim) -> list[str]:
    """Words of the message ladder."""
    parts = ["PIM", TEXT.get(kind, "message") if kind != "pim" else f"type {pim.type}"]
    if pim.version != 2:
        parts.append(f"version {pim.version}")
    parts += _WORDS.get(kind, lambda pim: [])(pim)
    return parts


def _hello(pim: Pim) -> list[str]:
    parts = [f"holdtime {pim.holdtime} s"] if pim.holdtime is not None else ["without holdtime"]
    if pim.dr_priority is not None:
        parts.append(f"priority {pim.dr_priority}")
    if pim.generation_id is not None:
        parts.append(f"generation 0x{pim.generation_id:08x}")
    if pim.propagation_delay is not None:
        tracking = " T" if pim.tracking else ""
        parts.append(f"delay {pim.propagation_delay} ms override {pim.override_interval} ms{tracking}")
    if pim.addresses is not None:
        parts.append("also " + ", ".join(pim.addresses))
    if pim.state_refresh is not None:
        parts.append(f"refreshes state every {pim.state_refresh} s")
    return parts


def _join_prune(pim: Pim) -> list[str]:
    shown = [str(one) for one in pim.entries[:6]]
    more = f"... {len(pim.entries)} in all" if pim.entries[6:] else ""
    return [
        "; ".join(shown + [more] if more else shown) or "nothing",
        f"to {pim.upstream}",
        f"holdtime {pim.holdtime} s",
    ]


def _register(pim: Pim) -> list[str]:
    return (["Null"] if pim.null else []) + [f"({pim.source},{pim.group})", f"{len(pim.inner)} octets"]


def _assert(pim: Pim) -> list[str]:
    rank = f"preference {pim.preference} metric {pim.metric}"
    return [f"({pim.source},{pim.group})", "rpt " + rank if pim.rpt else rank]


def _state_refresh(pim: Pim) -> list[str]:
    flags = "".join(
        letter
        for letter, value in (("P", pim.prune_indicator), ("N", pim.prune_now), ("O", pim.assert_override))
        if value
    )
    rank = f"preference {pim.preference} metric {pim.metric} /{pim.mask_length}"
    scope = f"TTL {pim.hops} interval {pim.interval} s"
    return [f"({pim.source},{pim.group}) of {pim.originator}", rank, scope + (f" {flags}" if flags else "")]


def _bootstrap(pim: Pim) -> list[str]:
    ranges = [f"{one.prefix} {{{', '.join(rp.address for rp in one.rps)}}}" for one in pim.ranges]
    return [f"BSR {pim.bsr} priority {pim.priority}", f"tag 0x{pim.fragment_tag:04x}", "; ".join(ranges)]


def _candidate(pim: Pim) -> list[str]:
    ranges = ", ".join(one.prefix for one in pim.ranges)
    return [pim.rp, f"priority {pim.priority} holdtime {pim.holdtime} s", f"{{{ranges}}}"]


_WORDS: dict[str, Callable[[Pim], list[str]]] = {
    "hello": _hello,
    "join_prune": _join_prune,
    "graft": _join_prune,
    "graft_ack": _join_prune,
    "register": _register,
    "register_stop": lambda pim: [f"({pim.source},{pim.group})"],
    "assert": _assert,
    "bootstrap": _bootstrap,
    "candidate_rp": _candidate,
    "state_refresh": _state_refresh,
}
