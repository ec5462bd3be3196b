# SPDX-License-Identifier: GPL-2.0-only
"""How specific queries are built, repeated and merged. RFC 3376 6.4.2, 6.6.1, 6.6.3, 4.1.8"""

from conformance.harness import *

from .igmp_router_common import (
    A,
    B,
    C,
    GROUP,
    OTHER,
    asked_about,
    expect_record,
    expect_sequence,
    expect_served,
    expect_unserved,
    margin,
)

SLOW = dict(timers=dict(lmqi=2.0))  # room for answers between two transmissions
LMQT_OF_SLOW = 4 + 2  # real seconds


def many_sources(count):
    """``count`` source addresses of 10.0.4.0/22."""
    return [f"10.0.{4 + number // 200}.{1 + number % 200}" for number in range(count)]


@case(
    "IGMPV3-QUERIER-6.6.3.1-01",
    role="querier",
    needs=igmp(3),
    setup=SLOW,
    seconds=LMQT_OF_SLOW,
    mld="MLDV2-QUERIER-7.6.3.1-01",
)
def group_query_is_repeated_with_the_s_flag_once_the_group_timer_is_above_lmqt(lab):
    """A member answers after the first one: the repeats carry the S flag, as the group timer is GMI."""
    lab.lan.send(report(is_ex(GROUP, [])))
    lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    first = lab.lan.expect(group_query(GROUP, s=False))
    lab.lan.send(report(is_ex(GROUP, [])), after=lab.timers.lmqi / 2)
    lab.lan.expect(group_query(GROUP, s=True), at=first.time + lab.timers.lmqi)
    lab.lan.expect_none(group_query(GROUP), until=first.time + lab.timers.lmqt + lab.timers.lmqi / 2)
    expect_served(lab)


@case(
    "IGMPV3-QUERIER-6.6.3.1-01",
    "IGMPV3-ROUTER-6.6.1-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld=["MLDV2-QUERIER-7.6.3.1-01", "MLDV2-ROUTER-7.6.1-01"],
)
def sending_a_group_query_lowers_the_group_timer_to_lmqt(lab):
    """Q(G) without the S flag makes the sender's own group timer LMQT."""
    lab.lan.send(report(is_ex(GROUP, [])))
    left = lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    lab.lan.expect(group_query(GROUP, s=False))
    if lab.has("state:timers"):
        lab.state.expect_group(GROUP, expires=left + lab.timers.lmqt - lab.now)
    lab.wait_until(left + lab.timers.lmqt - margin(lab))
    expect_served(lab)
    lab.wait_until(left + lab.timers.lmqt + margin(lab))
    expect_unserved(lab)


@case(
    "IGMPV3-QUERIER-6.6.3.2-01",
    "IGMPV3-ROUTER-6.6.1-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld=["MLDV2-QUERIER-7.6.3.2-01", "MLDV2-ROUTER-7.6.1-01"],
)
def sending_a_source_query_lowers_its_source_timers_to_lmqt(lab):
    """Q(G,A) makes the timers of A, and of no other source, LMQT."""
    heard = lab.lan.send(report(is_in(GROUP, [A, B])))
    left = lab.lan.send(report(block(GROUP, [A])), after=lab.timers.tolerance)
    lab.lan.expect(group_source_query(GROUP, [A], s=False))
    if lab.has("state:timers"):
        ends = {A: left + lab.timers.lmqt - lab.now, B: heard + lab.timers.gmi - lab.now}
        lab.state.expect_group(GROUP, source_expires=ends)
    lab.wait_until(left + lab.timers.lmqt - margin(lab))
    expect_served(lab, source=A)
    lab.wait_until(left + lab.timers.lmqt + margin(lab))
    expect_unserved(lab, source=A)
    expect_served(lab, source=B)


@case(
    "IGMPV3-QUERIER-6.6.3.2-01",
    role="querier",
    needs=igmp(3),
    setup=SLOW,
    seconds=LMQT_OF_SLOW + 3,
    mld="MLDV2-QUERIER-7.6.3.2-01",
)
def source_with_a_timer_of_lmqt_or_less_is_not_asked_about_anew(lab):
    """A second BLOCK while the source timer is below LMQT neither raises it nor restarts the repeats."""
    lab.lan.send(report(is_in(GROUP, [A, B])))
    left = lab.lan.send(report(block(GROUP, [A])), after=lab.timers.tolerance)
    lab.lan.expect(group_source_query(GROUP, [A]))
    lab.lan.expect(group_source_query(GROUP, [A]), at=left + lab.timers.lmqi)
    lab.lan.send(report(block(GROUP, [A])), after=lab.timers.lmqi / 2)
    lab.wait_until(left + lab.timers.lmqt - margin(lab))
    expect_served(lab, source=A)
    lab.wait_until(left + lab.timers.lmqt + margin(lab))
    expect_unserved(lab, source=A)
    expect_served(lab, source=B)
    lab.lan.expect_none(any_query(group=GROUP), after=left, within=lab.timers.lmqt + lab.timers.lmqi)


@case(
    "IGMPV3-QUERIER-6.6.3.2-02",
    role="querier",
    needs=igmp(3),
    setup=SLOW,
    seconds=LMQT_OF_SLOW,
    mld="MLDV2-QUERIER-7.6.3.2-01",
)
def repeats_about_answered_and_unanswered_sources_are_two_messages(lab):
    """One of two sources is wanted again: one repeat with S for it, one without S for the other."""
    lab.lan.send(report(is_in(GROUP, [A, B])))
    lab.lan.send(report(block(GROUP, [A, B])), after=lab.timers.tolerance)
    first = lab.lan.expect(group_source_query(GROUP, [A, B], s=False))
    lab.lan.expect_none(any_query(group=GROUP))
    lab.lan.send(report(is_in(GROUP, [A])), after=lab.timers.lmqi / 2)
    lab.lan.expect(group_source_query(GROUP, [A], s=True), at=first.time + lab.timers.lmqi)
    lab.lan.expect(group_source_query(GROUP, [B], s=False), at=first.time + lab.timers.lmqi)
    lab.lan.expect_none(any_query(group=GROUP), until=first.time + lab.timers.lmqt + lab.timers.lmqi / 2)


@case(
    "IGMPV3-QUERIER-6.6.3.2-02",
    role="querier",
    needs=igmp(3),
    setup=SLOW,
    seconds=LMQT_OF_SLOW,
    mld="MLDV2-QUERIER-7.6.3.2-01",
)
def message_without_sources_is_not_sent(lab):
    """All sources are asked for again: the repeats are S = 1 messages alone."""
    lab.lan.send(report(is_in(GROUP, [A, B])))
    lab.lan.send(report(block(GROUP, [A, B])), after=lab.timers.tolerance)
    first = lab.lan.expect(group_source_query(GROUP, [A, B], s=False))
    lab.lan.send(report(is_in(GROUP, [A, B])), after=lab.timers.lmqi / 2)
    lab.lan.expect(group_source_query(GROUP, [A, B], s=True), at=first.time + lab.timers.lmqi)
    lab.lan.expect_none(any_query(group=GROUP), until=first.time + lab.timers.lmqt + lab.timers.lmqi / 2)
    expect_record(lab, "include", [A, B])


@case(
    "IGMPV3-QUERIER-6.6.3.2-03",
    role="querier",
    needs=igmp(3),
    setup=SLOW,
    seconds=LMQT_OF_SLOW,
    mld="MLDV2-QUERIER-7.6.3.2-01",
)
def source_message_with_s_may_be_left_out_beside_a_group_query(lab):
    """When Q(G) is due together with Q(G,A), only the S = 1 message about sources may be missing."""
    lab.lan.send(report(is_ex(GROUP, [])))
    lab.lan.send(report(is_in(GROUP, [A, B])), after=lab.timers.tolerance)
    lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    first = lab.lan.expect(group_query(GROUP, s=False))
    lab.lan.expect(group_source_query(GROUP, [A, B], s=False))
    lab.lan.send(report(is_in(GROUP, [A])), after=lab.timers.lmqi / 2)
    lab.lan.expect(group_query(GROUP, s=False), at=first.time + lab.timers.lmqi)
    lab.lan.expect(group_source_query(GROUP, [B], s=False), at=first.time + lab.timers.lmqi)
    others = lab.lan.collect(any_query(group=GROUP), lab.timers.lmqi / 2)
    lab.check(
        len(others) <= 1 and all(one.s and one.sources == (A,) for one in others),
        "besides at most the message with S about the source that was asked for",
    )


@case(
    "IGMPV3-QUERIER-6.4.2-08",
    "IGMPV3-QUERIER-6.6.3.2-01",
    role="querier",
    needs=igmp(3),
    setup=SLOW,
    seconds=LMQT_OF_SLOW + 2,
    mld=["MLDV2-QUERIER-7.4.2-07", "MLDV2-QUERIER-7.6.3.2-01"],
)
def new_question_about_sources_is_merged_with_pending_ones(lab):
    """BLOCK (B) while repeats about A are pending: LMQC messages about each source, shared ones."""
    lab.lan.send(report(is_in(GROUP, [A, B, C])))
    first = lab.lan.send(report(block(GROUP, [A])), after=lab.timers.tolerance)
    found = [lab.lan.expect(group_source_query(GROUP, [A]))]
    second = lab.lan.send(report(block(GROUP, [B])), after=lab.timers.lmqi / 2)
    found.append(lab.lan.expect(group_source_query(GROUP, where=lambda message: B in message.sources)))
    found += lab.lan.collect(any_query(group=GROUP), lab.timers.lmqt + lab.timers.lmqi / 2)
    for source in (A, B):
        number = sum(source in message.sources for message in found)
        lab.check(number == lab.timers.lmqc, f"{source} is asked about {lab.timers.lmqc} times, not {number}")
    lab.check(asked_about(found) == {A, B}, "no other source is asked about")
    lab.check(len(found) < 2 * lab.timers.lmqc, "pending and new questions share a message")
    lab.check(second > first, "one after the other")
    expect_record(lab, "include", [C])


@case(
    "IGMPV3-QUERIER-6.4.2-08",
    "IGMPV3-ROUTER-6.6.1-01",
    role="querier",
    needs=igmp(3),
    setup=SLOW,
    seconds=LMQT_OF_SLOW + 2,
    mld=["MLDV2-QUERIER-7.4.2-07", "MLDV2-ROUTER-7.6.1-01"],
)
def repeated_leave_makes_no_second_sequence(lab):
    """TO_IN ({}) again, as hosts repeat it: one sequence of queries, and LMQT counts from the first."""
    lab.lan.send(report(is_ex(GROUP, [])))
    left = lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    found = [lab.lan.expect(group_query(GROUP))]
    lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.lmqi / 2)
    found += lab.lan.collect(group_query(GROUP), lab.timers.lmqt - lab.timers.lmqi / 2 - margin(lab))
    expect_served(lab)
    found += lab.lan.collect(group_query(GROUP))
    lab.wait_until(left + lab.timers.lmqt + margin(lab))
    expect_unserved(lab)
    found += lab.lan.collect(group_query(GROUP), lab.timers.lmqt, after=left)
    lab.check(lab.timers.lmqc <= len(found) < 2 * lab.timers.lmqc, f"{len(found)} queries are one sequence")


@case(
    "IGMPV3-QUERIER-6.4.2-08",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld="MLDV2-QUERIER-7.4.2-07",
)
def sequences_of_different_groups_do_not_mix(lab):
    """Two groups left together are asked about LMQC times each."""
    lab.lan.send(report(is_ex(GROUP, []), is_in(OTHER, [A])))
    lab.lan.send(report(to_in(GROUP, []), to_in(OTHER, [])), after=lab.timers.tolerance)
    one, other = lab.lan.expect(group_query(GROUP)), lab.lan.expect(group_source_query(OTHER, [A]))
    for number in range(1, lab.timers.lmqc):
        lab.lan.expect(group_query(GROUP), at=one.time + number * lab.timers.lmqi)
        lab.lan.expect(group_source_query(OTHER, [A]), at=other.time + number * lab.timers.lmqi)
    lab.lan.expect_none(
        any_query(group={GROUP, OTHER}), until=one.time + lab.timers.lmqt + 2 * lab.timers.tolerance
    )


@case(
    "IGMPV3-QUERIER-6.4.2-07",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: 2 * timers.lmqt + 4,
    mld="MLDV2-QUERIER-7.4.2-07",
)
def group_that_is_joined_again_is_asked_about_again(lab):
    """After a sequence has ended a new member and a new leave begin the next one, as long as the first."""
    for _ in range(2):
        lab.lan.send(report(to_ex(GROUP, [])))
        lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
        expect_sequence(lab, group_query(GROUP, s=False))
        lab.wait(margin(lab))


def _large_query(mtu, most, most_of_mld=None):
    def check(lab):
        most = sizes[lab.family]
        sources = many_sources(400)
        for first in range(0, 400, 50):  # a report of 50 fits, too
            lab.lan.send(report(allow(GROUP, sources[first : first + 50])))
        lab.lan.send(report(to_in(GROUP, [A])), after=lab.timers.tolerance)
        found = lab.lan.collect(group_source_query(GROUP, s=False), lab.timers.lmqi / 2)
        lab.check(asked_about(found) == set(sources), "all sources are asked about")
        lab.check(sum(len(message.sources) for message in found) == 400, "each of them once")
        for message in found:
            lab.check(len(message.sources) <= most, f"at most {most} sources in a query")
            lab.check(message.ip_header_length + len(message.igmp) <= mtu, f"at most {mtu} octets")
            lab.check(not message.more_fragments and not message.fragment_offset, "no fragments")

    sizes = {"ipv4": most, "ipv6": most_of_mld}
    check.__name__ = f"sources_of_a_query_fit_into_{mtu}_octets"
    text = f"With an MTU of {mtu}, a question about 400 sources is spread over queries of at most"
    check.__doc__ = f"{text} {most}."
    setup = {} if mtu == 1500 else dict(interfaces=dict(lan=dict(mtu=mtu)))
    mld = dict(ids=["MLDV2-QUERIER-5.1.10-01", "MLDV2-QUERIER-7.4.2-03"], title=f"{text} {most_of_mld}.")
    case(
        "IGMPV3-QUERIER-4.1.8-01",
        "IGMPV3-QUERIER-6.4.2-03",
        role="querier",
        needs=igmp(3),
        setup=setup,
        mld=mld if most_of_mld else None,
    )(check)


_large_query(1500, 366, 89)
_large_query(1280, 311, 75)
_large_query(576, 135)  # IPv6 asks for 1280 octets at least
