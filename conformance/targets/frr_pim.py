# SPDX-License-Identifier: GPL-2.0-only
"""PIM of FRR's pimd and pim6d: the lines of their configuration, and what their terminal tells."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Callable

from conformance.harness.addressing import global_address
from conformance.harness.model import PORTS, Setup, Unsupported
from conformance.harness.pim_setup import PimSetup

if TYPE_CHECKING:
    from .frr import Words

DENSE_LIST = "DENSE"
MODES = {"sparse": "", "dense": " dm", "sparse-dense": " sm-dm"}
DEFAULT_KEEPALIVE, DEFAULT_SUPPRESSION, DEFAULT_PERIOD = 210.0, 60.0, 60.0


def router_lines(setup: Setup, words: Words, version: str) -> list[str]:
    """What stands outside interfaces: of version 10 in a block, before it behind ``ip pim``."""
    lines = _router(setup, words)
    dense = setup.pim is not None and setup.pim.has_dense
    if dense:
        lines.append(f"dm prefix-list {DENSE_LIST}")
    if version:
        first = _dense_groups(setup, words) if dense else []
        return [*first, words.rendezvous_block, *(f" {line}" for line in lines), "exit"]
    if setup.pim and any(one.dr_priority == 0 for one in setup.pim.interfaces.values()):
        raise Unsupported("FRR before version 10 takes no DR Priority of 0")
    return [f"{words.ip} pim {line}" for line in lines]


def _dense_groups(setup: Setup, words: Words) -> list[str]:
    """The list of the groups that are dense; without it none is."""
    groups = setup.pim.dense_groups
    ranges = (words.every_group,) if groups is None else groups
    most = 128 if setup.family == "ipv6" else 32
    lines = [f"{words.ip} prefix-list {DENSE_LIST} seq 1 deny {words.source_specific} le {most}"]
    for number, one in enumerate(ranges, 2):
        rest = "" if one.endswith(f"/{most}") else f" le {most}"
        lines.append(f"{words.ip} prefix-list {DENSE_LIST} seq {number} permit {one}{rest}")
    return lines


def _router(setup: Setup, words: Words) -> list[str]:
    pim: PimSetup | None = setup.pim
    if pim is None:  # its own Rendezvous Point, so that members get data
        own = global_address(PORTS["up"]) if setup.family == "ipv6" else PORTS["up"].dut_address
        return [f"rp {own} {words.every_group}"]
    lines = [f"rp {one.address} {one.groups}" for one in pim.rps]
    timers = pim.timers
    if timers.join_prune_period != DEFAULT_PERIOD:
        lines.append(f"join-prune-interval {_whole(timers.join_prune_period)}")
    if timers.keepalive_period != DEFAULT_KEEPALIVE:
        lines.append(f"keep-alive-timer {_whole(timers.keepalive_period)}")
    if timers.register_suppression_time != DEFAULT_SUPPRESSION:
        lines.append(f"register-suppress-time {_whole(timers.register_suppression_time)}")
    if pim.spt == "never":
        lines.append("spt-switchover infinity-and-beyond")
    elif pim.spt != "immediately":
        raise Unsupported("FRR has no switchover at a rate")
    if pim.candidate_bsr is not None:
        bsr = pim.candidate_bsr
        source = f" source address {bsr.address}" if bsr.address else ""
        lines.append(f"bsr candidate-bsr priority {bsr.priority}{source}")
    for one in pim.candidate_rps:
        source = f" source address {one.address}" if one.address else ""
        period = f" interval {_whole(timers.candidate_rp_period)}"
        lines.append(f"bsr candidate-rp priority {one.priority}{period}{source}")
        lines += [f"bsr candidate-rp group {group}" for group in one.groups or (words.every_group,)]
    return lines


def interface_lines(setup: Setup, port: str, words: Words) -> list[str]:
    """PIM on one interface."""
    pim: PimSetup | None = setup.pim
    command = f" {words.ip} pim"
    if pim is None:
        return [command]
    one, timers = pim.interface(port), pim.timers
    if not one.enabled:
        return []
    mode = MODES[pim.mode_of(port)]
    hello = f"{command} hello {_whole(timers.hello_period)}"
    if timers.hello_holdtime is not None:
        hello += f" {_whole(timers.hello_holdtime)}"
    lines = [f"{command}{mode}", hello]
    if one.dr_priority is not None:
        lines.append(f"{command} drpriority {one.dr_priority}")
    if one.bsr_border:
        lines.append(f" no {words.ip} pim bsm")
    return lines


def _whole(value: float) -> int:
    if value != int(value) or value < 1:
        raise Unsupported(f"FRR sets this in whole seconds, not {value:g} s")
    return int(value)


def interface_state(one: dict[str, Any]) -> dict[str, Any]:
    """Of ``show ip pim interface detail``."""
    if not one:
        return {}
    dr = one.get("drAddress", one.get("pimDesignatedRouter"))
    own = one.get("address")
    state = {"dr": dr, "is_dr": dr == own, "address": own, "generation_id": one.get("helloGenerationId")}
    if "effectivePropagationDelay" in one:
        state["propagation_delay"] = one["effectivePropagationDelay"] / 1000
        state["override_interval"] = one["effectiveOverrideInterval"] / 1000
    return state


def neighbor(one: dict[str, Any], seconds: Callable[[str], float | None]) -> dict[str, Any]:
    """Of ``show ip pim neighbor``."""
    held = str(one.get("holdTime", ""))
    return {
        "address": one.get("neighbor", one.get("address")),
        "expires": seconds(held),
        "dr_priority": one.get("drPriority"),
    }


def rp_of(told: dict[str, Any], group: str) -> str | None:
    """The longest match of ``show ip pim rp-info``."""
    found = []
    for rp, rows in told.items():
        for row in rows if isinstance(rows, list) else ():
            prefix = row.get("group", row.get("prefix", ""))
            if "/" in prefix and ipaddress.ip_address(group) in ipaddress.ip_network(prefix, strict=False):
                found.append((int(prefix.partition("/")[2]), row.get("rpAddress", rp)))
    return max(found)[1] if found else None
