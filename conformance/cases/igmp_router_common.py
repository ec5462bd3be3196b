# SPDX-License-Identifier: GPL-2.0-only
"""What the router cases share: groups, sources, and the checks that they make again and again.

Three ways to see what a router holds: its read-out (``state:groups``), the data that it forwards
(``forwarding``), and the queries that a leave makes it ask (always there, but only of a querier, and the
question changes the answer).
"""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

from conformance.harness import (
    Lab,
    Message,
    any_query,
    data,
    decode,
    group_query,
    is_ex,
    is_in,
    raw,
    report,
    to_ex,
    to_in,
    v1_query,
    v1_report,
    v2_leave,
    v2_query,
    v2_report,
)

GROUP, OTHER, THIRD = "239.1.2.3", "239.1.2.4", "239.1.2.5"
A, B, C, D, E = (f"10.0.0.{number}" for number in range(21, 26))  # sources on ``up``
UNLISTED = "10.0.0.29"  # a source that no report names


def oldest_report(lab: Lab, group: str, **fields: Any) -> Any:
    """A report of the oldest version that the protocol has: IGMPv1, MLDv1."""
    return v1_report(group, **fields) if lab.family == "ipv4" else v2_report(group, **fields)


def oldest_query(lab: Lab, **fields: Any) -> Any:
    """A General Query of the oldest version that the protocol has."""
    return v1_query(**fields) if lab.family == "ipv4" else v2_query(**fields)


def with_tail(lab: Lab, packet: Any, tail: bytes, covered: bool) -> Any:
    """The message of ``packet`` octet by octet and ``tail`` after it, ``covered`` by the checksum or not."""
    sent = decode(packet.build(lab.lan.context()), names=lab.lan.names)
    return raw(sent.igmp + tail, src=sent.src, dst=sent.dst, checksum="ok" if covered else None)


def pause(lab: Lab) -> float:
    """Seconds by which two timers differ clearly that were set one pause apart."""
    return lab.timers.gmi / 8


def margin(lab: Lab) -> float:
    """Seconds to keep from a deadline, on either side."""
    return 2.5 * lab.timers.tolerance


def numbered_groups(count: int, first: int = 1) -> list[str]:
    """``count`` groups of 239.1.3.0/24."""
    return [f"239.1.3.{number}" for number in range(first, first + count)]


def by_group(packets: Sequence[tuple]) -> dict[str, tuple]:
    """Numbers pairs of words and a function of the group, for ``expect_ignored`` and ``expect_accepted``."""
    groups = numbered_groups(len(packets))
    return {words: (group, make(group)) for group, (words, make) in zip(groups, packets)}


def make_exclude(lab: Lab, forwarded: Sequence[str], blocked: Sequence[str], group: str = GROUP) -> tuple:
    """EXCLUDE (forwarded, blocked) on ``lan``, a pause between the two; gives the times of both reports.

    The group timer counts from the first, the source timers from the second.
    """
    excluded = lab.lan.send(report(is_ex(group, blocked)))
    included = lab.lan.send(report(is_in(group, forwarded)), after=pause(lab))
    return excluded, included


# ---- what is served ----------------------------------------------------------------------------------------


def shows_in_data(lab: Lab) -> bool:
    """Whether data tells which sources are wanted.

    Not of a router that forwards for any-source members alone, as long as it can be asked: else that one
    thing would decide every case about its records. The cases about forwarding itself (``data=True``) say it.
    """
    return lab.has("forwarding") and not (lab.has("forwarding:any-source") and lab.has("state:sources"))


def served(lab: Lab, group: str = GROUP, source: str = A, port: str = "lan", data: bool = False) -> bool:
    """Whether data of ``source`` to ``group`` is wanted on the port.

    By the data that comes out (``data``: by that alone), else by the read-out.
    """
    if data or shows_in_data(lab):
        return lab.forwards(source, group, to=port)
    state = lab.state.group(group, port)
    if state is None:
        return False
    if state.mode is None:  # some tell it in version 3 alone
        return source not in (state.blocked or ())
    if state.mode == "exclude" and state.blocked is not None:
        return source not in state.blocked
    if state.mode == "include" and state.sources is not None:
        return source in state.sources
    lab.need("state:sources")
    return state.mode == "exclude"


def expect_served(
    lab: Lab, group: str = GROUP, source: str = A, port: str = "lan", data: bool = False
) -> None:
    """Fails unless data of ``source`` to ``group`` is forwarded to the port."""
    found = served(lab, group, source, port, data)
    if not (found or lab.virtual or data or shows_in_data(lab)):  # what is read out may be a moment behind
        found = lab.advance_until(lambda: served(lab, group, source, port), lab.now + lab.timers.tolerance)
    lab.check(found, f"data of {source} to {group} must be forwarded to {port}")


def expect_unserved(
    lab: Lab, group: str = GROUP, source: str = A, port: str = "lan", data: bool = False
) -> None:
    """Fails if data of ``source`` to ``group`` is forwarded to the port, once there was time to react."""
    if not lab.virtual:
        lab.wait_until(lab.stimulus_time + lab.timers.tolerance)
    lab.check(
        not served(lab, group, source, port, data),
        f"data of {source} to {group} must not be forwarded to {port}",
    )


def expect_record(
    lab: Lab,
    mode: str,
    forwarded: Sequence[str] = (),
    blocked: Sequence[str] = (),
    *,
    group: str = GROUP,
    ends: float | None = None,
    source_ends: Mapping[str, float] | None = None,
    version: int | None = None,
) -> None:
    """The record of a group on ``lan``: EXCLUDE (forwarded, blocked) or INCLUDE (forwarded).

    ends, source_ends: when the group timer and source timers expire, in the time of the lab. Checked by the
    read-out as far as it goes and by the data that comes out, one of which there must be.
    """
    if lab.has("state:groups"):
        fields: dict[str, Any] = {"mode": mode, "version": version if lab.has("state:timers") else None}
        if lab.has("state:sources"):
            fields |= {"sources": forwarded, "blocked": blocked if mode == "exclude" else None}
        if lab.has("state:timers") and ends is not None:
            fields["expires"] = ends - lab.now
        if lab.has("state:timers") and source_ends is not None:
            fields["source_expires"] = {source: end - lab.now for source, end in source_ends.items()}
        lab.state.expect_group(group, **fields)
    else:
        lab.need("forwarding")
    if shows_in_data(lab):  # what is forwarded shows at once, what is not takes a while: that comes last
        wanted, unwanted = [*forwarded], [*blocked]
        (wanted if mode == "exclude" else unwanted).append(UNLISTED)
        for source in wanted:
            expect_served(lab, group, source)
        for source in unwanted:
            expect_unserved(lab, group, source)


def expect_nothing_known(lab: Lab, group: str = GROUP, port: str = "lan") -> None:
    """No record of the group: by read-out, by data, and by a leave that makes the querier ask nothing."""
    if lab.has("state:groups"):
        lab.state.expect_no_group(group, port)
    if shows_in_data(lab):
        expect_unserved(lab, group, A, port)
    lab.ports[port].send(to_in(group, []))
    lab.ports[port].expect_none(any_query(group=group))


# ---- what is asked -----------------------------------------------------------------------------------------


def expect_sequence(
    lab: Lab, query: Any, port: str = "lan", count: int | None = None, first: Message | None = None
) -> list[Message]:
    """A specific query now, then one per LMQI, LMQC of them (``count``), and not one more.

    ``first``: the first one, if it has been taken already.
    """
    lan, timers = lab.ports[port], lab.timers
    count = timers.lmqc if count is None else count
    found = [first or lan.expect(query)]
    for number in range(1, count):
        found.append(lan.expect(query, at=found[0].time + number * timers.lmqi))
    lan.expect_none(query, until=found[0].time + count * timers.lmqi + 2 * timers.tolerance)
    return found


def asked_about(messages: Iterable[Message]) -> set[str]:
    """The sources of several group-and-source-specific queries together."""
    return {source for message in messages for source in message.sources}


def acts_as_querier(lab: Lab, group: str, port: str = "lan") -> bool:
    """Whether the system asks about a group that a host joins and leaves now, as the querier alone does.

    The host speaks version 2, which every router of version 2 or 3 must take (RFC 3376 4), unless older
    versions are switched off. Give each call a group of its own.
    """
    lan, older = lab.ports[port], lab.setup.compatibility
    lan.send(v2_report(group) if older else report(to_ex(group, [])))
    lan.send(v2_leave(group) if older else report(to_in(group, [])), after=lab.timers.tolerance)
    asked = bool(lan.collect(group_query(group), lab.timers.tolerance))
    lab.note(f"acts as {'querier' if asked else 'non-querier'}", port)
    if asked:
        lab.wait(lab.timers.lmqt)  # or the next question might find it busy with this one (RFC 2236 3)
    return asked


def is_querier(lab: Lab, group: str, port: str = "lan") -> bool:
    """Whether the system is the querier, by what it does as in ``acts_as_querier``.

    A router that says that it is not, and asks all the same, is none: the cases about that say what is wrong.
    """
    if not acts_as_querier(lab, group, port):
        return False
    if lab.has("state:interfaces") and lab.state.interface(port).get("is_querier") is False:
        lab.note("it asks although it says that it is no querier", port)
        return False
    return True


def expect_asks_when_left(lab: Lab, group: str = GROUP, port: str = "lan", version: int = 3) -> None:
    """The querier knows members of the group: it asks when one leaves. The record is lost afterwards."""
    lab.ports[port].send(to_in(group, []) if version == 3 else v2_leave(group))
    lab.ports[port].expect(group_query(group))


def known_groups(lab: Lab, groups: Iterable[str], port: str = "lan", version: int = 3) -> set[str]:
    """Those of the groups that the system knows members of: by read-out, else by data, else by leaves."""
    groups = list(groups)
    if lab.has("state:groups"):
        known = lab.state.groups(port)
        return {group for group in groups if group in known}
    if lab.has("forwarding"):
        found: list[Message] = []
        for number in range(1 if lab.virtual else 3):  # the first may be lost to a route in the making
            for group in groups:
                lab.up.data(A, group, payload=b"round %d" % number)
            found = lab.ports[port].collect(data(payload=b"round %d" % number), lab.timers.tolerance)
        return {message.group for message in found} & set(groups)
    return asked_about_when_left(lab, groups, port, version)


def asked_about_when_left(lab: Lab, groups: Iterable[str], port: str = "lan", version: int = 3) -> set[str]:
    """Those of the groups that the system asks about when they are left, because it knows members."""
    lan, groups = lab.ports[port], set(groups)
    for group in sorted(groups):
        lan.send(report(to_in(group, [])) if version == 3 else v2_leave(group))
    return {message.group for message in lan.collect(any_query(), lab.timers.tolerance)} & groups


def expect_ignored(lab: Lab, bad: Mapping[str, Any], version: int = 3, port: str = "lan") -> None:
    """Each packet of ``bad`` makes no state; the right report about its group does.

    bad: what is wrong about the packet, in words -> (group, packet), each with a group of its own.
    """
    groups = {group: name for name, (group, _) in bad.items()}
    lan = lab.ports[port]
    for _, packet in bad.values():
        lan.send(packet)
    lab.wait(lab.timers.tolerance)
    for how in (known_groups, asked_about_when_left):
        known = how(lab, groups, port, version)
        for group, name in groups.items():
            lab.check(group not in known, f"{name}: nobody is a member of {group}")
    for group in groups:
        lan.send(report(to_ex(group, [])) if version == 3 else v2_report(group))
    lab.wait(lab.timers.tolerance)
    expect_known(lab, {group: "the right report" for group in groups}, port, version)


def expect_accepted(lab: Lab, good: Mapping[str, Any], version: int = 3, port: str = "lan") -> None:
    """Each packet of ``good``, as in ``expect_ignored``, makes a member of its group known."""
    groups = {group: name for name, (group, _) in good.items()}
    known = known_groups(lab, groups, port, version)
    lab.check(not known, f"nobody is a member at first of {', '.join(groups)}")
    for _, packet in good.values():
        lab.ports[port].send(packet)
    lab.wait(lab.timers.tolerance)
    expect_known(lab, groups, port, version)


def expect_known(lab: Lab, groups: Mapping[str, str], port: str = "lan", version: int = 3) -> None:
    """Members of every group (-> in words, what told) are known."""
    known = known_groups(lab, groups, port, version)
    for group, name in groups.items():
        lab.check(group in known, f"{name}: {group} has members now")
