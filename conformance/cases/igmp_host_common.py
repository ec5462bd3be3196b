# SPDX-License-Identifier: GPL-2.0-only
"""What the cases about hosts share: names of groups and sources, and the moves that come again and again.

A host repeats what it reports unasked. A case that wants to see answers to queries first lets those repeats
pass (``quiet``); from then on whatever the host says about its groups was asked for.
"""

from __future__ import annotations

from typing import Any, Iterable

from conformance.harness import Lab, Message, any_report, igmp, mld, v1_query

G, G2, G3 = "239.1.2.3", "239.1.2.4", "239.7.7.7"
A, B, C, D, E, F = (f"10.0.0.{n}" for n in range(21, 27))  # sources

D_V1 = 10.0  # seconds: the maximum report delay of RFC 1112, appendix I; every version 1 query means it
V1_ROUTER_PRESENT_TIMEOUT = 400.0  # seconds, RFC 2236 8.11

V1, V2 = {"igmp_version": 1}, {"igmp_version": 2}  # setups: the host speaks this version from the start
LISTEN_V1, LISTEN_V2, LISTEN_V3 = ([igmp(version), "host:listen"] for version in (1, 2, 3))
LISTEN_MLD = [mld(2), mld(1), "host:listen"]  # what [*LISTEN_V3, igmp(2), igmp(1)] is in MLD

# An older mode lasts Robustness * Query Interval and more (RFC 3376 8.12): longer than version 1's answers.
LASTING = {"timers": {"qi": 60.0}}

# A version 1 router knows no Router Alert.
QUERY_V1 = v1_query(router_alert=False, tos=0)


def quiet(lab: Lab) -> None:
    """Lets the repeats of unsolicited reports pass: Robustness - 1, each within that interval."""
    lab.wait((lab.timers.rv - 1) * lab.timers.uri + 2 * lab.timers.tolerance)


def join(lab: Lab, *groups: str, port: str = "lan") -> None:
    """Joins any-source; the repeats of the reports pass."""
    for group in groups:
        lab.host.join(group, port=port)
    quiet(lab)


def groups(count: int) -> list[str]:
    """So many groups, each with an Ethernet address of its own."""
    return [f"239.{16 + number // 250}.5.{number % 250 + 1}" for number in range(count)]


def join_many(lab: Lab, wanted: Iterable[str]) -> None:
    """Joins many groups through as many sockets as it takes: systems let one socket have few (Linux: 20)."""
    for number, group in enumerate(wanted):
        lab.host.join(group, socket=f"many{number // 10}")
    quiet(lab)


def has_version_1(lab: Lab) -> bool:
    """Whether the protocol has the oldest of IGMP's three versions: MLD has none."""
    return lab.family == "ipv4"


def more_if_virtual(lab: Lab, virtual: int, real: int) -> int:
    """How many samples of something random: as many as time allows."""
    return virtual if lab.virtual else real


def delays_by_group(messages: Iterable[Message], since: float) -> dict[str, list[float]]:
    """When each group was reported (versions 1 and 2: one report a group), in seconds from ``since``."""
    found: dict[str, list[float]] = {}
    for message in messages:
        found.setdefault(message.group, []).append(message.time - since)
    return found


def check_random(lab: Lab, delays: Iterable[float], limit: float) -> None:
    """Delays drawn at random from (0, limit]: all within, not about the same; many use the whole range."""
    delays = sorted(delays)
    shown = ", ".join(f"{delay:.3f}" for delay in delays)
    lab.check(delays and delays[0] > 0, f"every delay is above zero ({shown})")
    lab.check(delays[-1] <= limit + lab.timers.tolerance, f"every delay is at most {limit:g} s ({shown})")
    lab.check(delays[-1] - delays[0] > limit / 20, f"the delays are random, not about the same ({shown})")
    if len(delays) >= 30:  # fewer may well miss an end of the range
        lab.check(delays[0] < limit / 4 and delays[-1] > 3 * limit / 4, f"they use the whole range ({shown})")


def no_repeat_yet(lab: Lab, group: str, since: Message) -> None:
    """Inconclusive if a report of ``group`` came after ``since``: its random repeat was too quick."""
    lab.collect_frames()
    repeated = lab.lan.find(any_report(group=group, link_local=True), start=since.time)
    lab.require(
        repeated is None, f"the repeat of the report of {group} came before the next change could be made"
    )


def sources_of(message: Message, kind: int, group: str) -> set[str]:
    """The sources in the message's record of this type for the group; empty without such a record."""
    return {
        source
        for record in message.records
        if record.type == kind and record.group == group
        for source in record.sources
    }


def is_answered(
    lab: Lab, query: Any, answer: Any, within: float, port: str = "lan", **fields: Any
) -> Message:
    """Sends the query and expects the answer: the host is alive and reacts to the right thing."""
    lab.ports[port].send(query, **fields)
    return lab.ports[port].expect(answer, within=within)
