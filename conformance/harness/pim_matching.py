# SPDX-License-Identifier: GPL-2.0-only
"""Whether a received message is the PIM message that a packet of ``pim_packets`` expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable

from .message import Message
from .pim_message import KINDS, Range

if TYPE_CHECKING:
    from .packets import Packet

KIND_NAMES = frozenset((*KINDS, "pim", "any_pim", "any_join_prune"))
_OF_PIM = frozenset(
    "holdtime dr_priority generation_id tracking propagation_delay override_interval reserved null border inner"
    " inner_ttl inner_tos payload rpt preference metric fragment_tag hash_mask_length priority version flags type"
    " state_refresh mask_length hops prune_indicator prune_now assert_override interval".split()
)
_NEAR, _FAR = frozenset({"upstream"}), frozenset({"source", "group", "bsr", "rp", "originator"})
_BUILD_ONLY = frozenset(
    "more groups joins prunes mixed_family group_mask count body inner dport sport".split()
)


def kind_matches(packet: Packet, message: Message) -> bool:
    if message.pim is None or not (message.checksum_ok or "checksum" in packet.given):
        return False
    if packet.kind == "any_pim" or packet.kind == "pim":
        return True
    return message.kind == packet.kind.removeprefix("any_")


def field_matches(name: str, value: Any, message: Message, packet: Packet) -> bool | None:
    """None: the field is one of every packet."""
    pim, names = message.pim, message.names
    if name in _BUILD_ONLY:
        raise TypeError(f"{name}= builds a packet, it cannot be expected")
    if name in _OF_PIM:
        return _agrees(value, getattr(pim, name))
    if name in _NEAR | _FAR:
        seen = getattr(pim, name)
        if isinstance(value, str):
            return seen == names.wanted(value, name in _NEAR)
        if isinstance(value, frozenset):
            return seen in {names.wanted(one, name in _NEAR) for one in value}
        return _agrees(value, seen)
    if name == "addresses":
        if callable(value) or value is False:
            return bool(value(pim.addresses)) if callable(value) else pim.addresses is None
        return sorted(pim.addresses or ()) == sorted(map(names.wanted, value))
    if name == "entries":
        return _all_there(value, pim.entries, packet.given.get("only", True), names)
    if name == "no_forward":
        return bool(pim.flags & 0x80) == value
    if name == "ranges":
        return sorted(map(_key, pim.ranges)) == sorted(_key(one, names) for one in value)
    if name == "prefixes":
        wanted = [_prefix(one, names) for one in value]
        return sorted(one.prefix for one in pim.ranges) == sorted(wanted)
    return None


def _agrees(expected: Any, actual: Any) -> bool:
    if callable(expected):
        return bool(expected(actual))
    if isinstance(expected, (set, frozenset, range)):
        return actual in expected
    if expected is False:
        return not actual
    return bool(expected == actual)


def _prefix(text: str, names: Any) -> str:
    if not names.ipv6:
        return text
    address, _, length = names.plan.prefix(text).partition("/")
    return f"{names.seen(address)}/{length}"


def _key(one: Range, names: Any = None) -> tuple[Any, ...]:
    prefix = _prefix(one.prefix, names) if names else one.prefix
    far = names.wanted if names else str
    rps = tuple(sorted((far(rp.address), rp.holdtime, rp.priority) for rp in one.rps))
    return prefix, one.rp_count, one.fragment_rp_count, one.flags, rps


def _all_there(wanted: Iterable[Any], entries: Iterable[Any], only: bool, names: Any) -> bool:
    left = list(entries)
    for one in wanted:
        found = next((entry for entry in left if one.fits(entry, names)), None)
        if found is None:
            return False
        left.remove(found)
    return not (only and left)
