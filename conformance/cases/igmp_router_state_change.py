# SPDX-License-Identifier: GPL-2.0-only
"""State-change records: every row of the table of RFC 3376 6.4.2, the questions and the new state."""

from conformance.harness import *

from .igmp_router_common import (
    A,
    B,
    C,
    D,
    E,
    GROUP,
    OTHER,
    UNLISTED,
    expect_record,
    expect_sequence,
    expect_served,
    expect_unserved,
    make_exclude,
    margin,
    pause,
    shows_in_data,
)


def lmqt_later(lab, sent):
    """Waits until the Last Member Query Time is over that began at ``sent``."""
    lab.wait_until(sent + lab.timers.lmqt + margin(lab))


def expect_no_other_question(lab):
    """Nothing more is asked about GROUP, now."""
    lab.lan.expect_none(any_query(group=GROUP))


# ---- the rows ----------------------------------------------------------------------------------------------


@case("IGMPV3-ROUTER-6.4.2-01", role="querier", needs=igmp(3), mld="MLDV2-ROUTER-7.4.2-01")
def include_and_allow(lab):
    """INCLUDE (A) + ALLOW (B) = INCLUDE (A+B); the timers of B are GMI; nothing is asked."""
    first = lab.lan.send(report(is_in(GROUP, [A, B])))
    second = lab.lan.send(report(allow(GROUP, [B, C])), after=pause(lab))
    expect_no_other_question(lab)
    gmi = lab.timers.gmi
    expect_record(lab, "include", [A, B, C], source_ends={A: first + gmi, B: second + gmi, C: second + gmi})


@case(
    "IGMPV3-QUERIER-6.4.2-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 5,
    mld="MLDV2-QUERIER-7.4.2-01",
)
def include_and_block(lab):
    """INCLUDE (A) + BLOCK (B): INCLUDE (A) still, Q(G,A*B); nothing if A*B is empty."""
    first = lab.lan.send(report(is_in(GROUP, [A, B, C])))
    lab.lan.send(report(block(GROUP, [D])), after=lab.timers.tolerance)
    expect_no_other_question(lab)
    asked = lab.lan.send(report(block(GROUP, [B, D])))
    lab.lan.expect(group_source_query(GROUP, [B], s=False))
    expect_no_other_question(lab)
    ends = {A: first + lab.timers.gmi, B: asked + lab.timers.lmqt, C: first + lab.timers.gmi}
    expect_record(lab, "include", [A, B, C], source_ends=ends)
    lmqt_later(lab, asked)
    expect_record(lab, "include", [A, C])
    expect_unserved(lab, source=B)


@case(
    "IGMPV3-QUERIER-6.4.2-02",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 5,
    mld="MLDV2-QUERIER-7.4.2-02",
)
def include_and_to_ex(lab):
    """INCLUDE (A) + TO_EX (B) = EXCLUDE (A*B, B-A); Q(G,A*B); A-B is forgotten; the group timer is GMI."""
    lab.lan.send(report(is_in(GROUP, [A, B])))
    asked = lab.lan.send(report(to_ex(GROUP, [B, C])), after=pause(lab))
    lab.lan.expect(group_source_query(GROUP, [B], s=False))
    expect_no_other_question(lab)
    ends = asked + lab.timers.gmi
    expect_record(lab, "exclude", [B], [C], ends=ends, source_ends={B: asked + lab.timers.lmqt})
    lmqt_later(lab, asked)
    expect_record(lab, "exclude", [], [B, C], ends=ends)
    if shows_in_data(lab):
        expect_served(lab, source=A)


@case("IGMPV3-QUERIER-6.4.2-02", role="querier", needs=igmp(3), mld="MLDV2-QUERIER-7.4.2-02")
def include_and_to_ex_without_a_common_source(lab):
    """INCLUDE (A) + TO_EX (B) with A*B empty asks nothing: EXCLUDE ({}, B)."""
    lab.lan.send(report(is_in(GROUP, [A])))
    asked = lab.lan.send(report(to_ex(GROUP, [B])), after=lab.timers.tolerance)
    expect_no_other_question(lab)
    expect_record(lab, "exclude", [], [B], ends=asked + lab.timers.gmi)


@case(
    "IGMPV3-QUERIER-6.4.2-03",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 5,
    mld="MLDV2-QUERIER-7.4.2-03",
)
def include_and_to_in(lab):
    """INCLUDE (A) + TO_IN (B) = INCLUDE (A+B); the timers of B are GMI; Q(G,A-B)."""
    lab.lan.send(report(is_in(GROUP, [A, B])))
    asked = lab.lan.send(report(to_in(GROUP, [B, C])), after=pause(lab))
    lab.lan.expect(group_source_query(GROUP, [A], s=False))
    expect_no_other_question(lab)
    gmi = lab.timers.gmi
    ends = {A: asked + lab.timers.lmqt, B: asked + gmi, C: asked + gmi}
    expect_record(lab, "include", [A, B, C], source_ends=ends)
    lmqt_later(lab, asked)
    expect_record(lab, "include", [B, C])
    expect_unserved(lab, source=A)


@case("IGMPV3-ROUTER-6.4.2-02", role="querier", needs=igmp(3), mld="MLDV2-ROUTER-7.4.2-02")
def exclude_and_allow(lab):
    """EXCLUDE (X,Y) + ALLOW (A) = EXCLUDE (X+A, Y-A); the timers of A are GMI; nothing is asked."""
    group, first = make_exclude(lab, [A], [B, C])
    second = lab.lan.send(report(allow(GROUP, [B, D])), after=pause(lab))
    expect_no_other_question(lab)
    gmi = lab.timers.gmi
    ends = {A: first + gmi, B: second + gmi, D: second + gmi}
    expect_record(lab, "exclude", [A, B, D], [C], ends=group + gmi, source_ends=ends)


@case(
    "IGMPV3-QUERIER-6.4.2-04",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 5,
    mld="MLDV2-QUERIER-7.4.2-04",
)
def exclude_and_block(lab):
    """EXCLUDE (X,Y) + BLOCK (A) = EXCLUDE (X+(A-Y), Y); Q(G,A-Y)."""
    group, _ = make_exclude(lab, [A], [B])
    asked = lab.lan.send(report(block(GROUP, [A, B, D])), after=pause(lab))
    lab.lan.expect(group_source_query(GROUP, [A, D], s=False))
    expect_no_other_question(lab)
    over = asked + lab.timers.lmqt
    expect_record(lab, "exclude", [A, D], [B], ends=group + lab.timers.gmi, source_ends={A: over, D: over})
    lmqt_later(lab, asked)
    expect_record(lab, "exclude", [], [A, B, D])


@case("IGMPV3-QUERIER-6.4.2-04", role="querier", needs=igmp(3), mld="MLDV2-QUERIER-7.4.2-04")
def exclude_and_block_of_what_is_blocked(lab):
    """EXCLUDE (X,Y) + BLOCK (A) with A-Y empty asks nothing and changes nothing."""
    lab.lan.send(report(is_ex(GROUP, [A, B])))
    lab.lan.send(report(block(GROUP, [A])), after=lab.timers.tolerance)
    expect_no_other_question(lab)
    expect_record(lab, "exclude", [], [A, B])
    lab.lan.send(report(block(GROUP, [A, C])))
    lab.lan.expect(group_source_query(GROUP, [C]))


@case(
    "IGMPV3-QUERIER-6.4.2-05",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 5,
    mld="MLDV2-QUERIER-7.4.2-05",
)
def exclude_and_to_ex(lab):
    """EXCLUDE (X,Y) + TO_EX (A) = EXCLUDE (A-Y, Y*A); X-A, Y-A are gone; Q(G,A-Y); group timer GMI."""
    make_exclude(lab, [A, B], [C, D])
    asked = lab.lan.send(report(to_ex(GROUP, [B, C, E])), after=pause(lab))
    lab.lan.expect(group_source_query(GROUP, [B, E], s=False))
    expect_no_other_question(lab)
    over, ends = asked + lab.timers.lmqt, asked + lab.timers.gmi
    expect_record(lab, "exclude", [B, E], [C], ends=ends, source_ends={B: over, E: over})
    if shows_in_data(lab):
        expect_served(lab, source=D)
    lmqt_later(lab, asked)
    expect_record(lab, "exclude", [], [B, C, E], ends=ends)


@case(
    "IGMPV3-QUERIER-6.4.2-06",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 6,
    mld="MLDV2-QUERIER-7.4.2-06",
)
def exclude_and_to_in(lab):
    """EXCLUDE (X,Y) + TO_IN (A) = EXCLUDE (X+A, Y-A); the timers of A are GMI; Q(G,X-A) and Q(G)."""
    make_exclude(lab, [A, B], [C, D])
    asked = lab.lan.send(report(to_in(GROUP, [B, C, E])), after=pause(lab))
    lab.lan.expect(group_query(GROUP, s=False))
    lab.lan.expect(group_source_query(GROUP, [A], s=False))
    expect_no_other_question(lab)
    over, gmi = asked + lab.timers.lmqt, lab.timers.gmi
    ends = {A: over, B: asked + gmi, C: asked + gmi, E: asked + gmi}
    if lab.has("state:groups"):
        expect_record(lab, "exclude", [A, B, C, E], [D], ends=over, source_ends=ends)
    lmqt_later(lab, asked)
    expect_record(lab, "include", [B, C, E])
    expect_unserved(lab, source=A)


# ---- times of the table that only a non-querier lives to see -----------------------------------------------


def require_no_question(lab):
    """Not applicable if the system asks although it is not the querier: that lowers the timers to LMQT."""
    asked = lab.lan.collect(any_query(group=GROUP), lab.timers.tolerance)
    if asked:
        raise Unsupported("it asks about sources although it is not the querier")


@case(
    "IGMPV3-QUERIER-6.4.2-04",
    role="router",
    needs=igmp(3),
    seconds=lambda timers: timers.gmi + 4,
    mld="MLDV2-QUERIER-7.4.2-04",
)
def blocked_source_new_to_the_record_gets_the_group_timer(lab):
    """EXCLUDE (X,Y) + BLOCK (A): the timers of A-X-Y are the group timer, and end with it."""
    lab.become_non_querier()
    group = lab.lan.send(report(is_ex(GROUP, [B])))
    lab.lan.send(report(block(GROUP, [D])), after=2 * pause(lab))
    require_no_question(lab)
    expect_record(
        lab, "exclude", [D], [B], ends=group + lab.timers.gmi, source_ends={D: group + lab.timers.gmi}
    )
    lab.become_non_querier()
    lab.wait_until(group + lab.timers.gmi - margin(lab))
    expect_served(lab, source=D)
    lab.wait_until(group + lab.timers.gmi + margin(lab))
    expect_unserved(lab, source=D)
    if lab.has("state:groups"):
        lab.state.expect_no_group(GROUP)


@case(
    "IGMPV3-QUERIER-6.4.2-05",
    role="router",
    needs=igmp(3),
    seconds=lambda timers: timers.gmi + 4,
    mld="MLDV2-QUERIER-7.4.2-05",
)
def excluded_source_new_to_the_record_gets_the_group_timer_as_it_was(lab):
    """EXCLUDE (X,Y) + TO_EX (A): the timers of A-X-Y are the group timer from before it starts anew."""
    lab.become_non_querier()
    group = lab.lan.send(report(is_ex(GROUP, [B])))
    again = lab.lan.send(report(to_ex(GROUP, [D])), after=2 * pause(lab))
    require_no_question(lab)
    gmi = lab.timers.gmi
    expect_record(lab, "exclude", [D], [], ends=again + gmi, source_ends={D: group + gmi})
    lab.become_non_querier()
    lab.wait_until(group + gmi - margin(lab))
    expect_served(lab, source=D)
    lab.wait_until(group + gmi + margin(lab))
    expect_record(lab, "exclude", [], [D])


# ---- the questions, and what goes on while they are asked --------------------------------------------------


@case(
    "IGMPV3-QUERIER-6.4.2-07",
    "IGMPV3-QUERIER-6.6.3.1-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 2,
    mld=["MLDV2-QUERIER-7.4.2-07", "MLDV2-QUERIER-7.6.3.1-01"],
)
def group_query_is_sent_lmqc_times_lmqi_apart(lab):
    """Q(G) goes out at once and then every LMQI, LMQC times in all, with Max Resp Time LMQI and S clear."""
    lab.lan.send(report(is_ex(GROUP, [])))
    lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    expect_sequence(lab, group_query(GROUP, max_resp=lab.timers.lmqi, s=False))


@case(
    "IGMPV3-QUERIER-6.4.2-07",
    "IGMPV3-QUERIER-6.6.3.2-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 2,
    mld=["MLDV2-QUERIER-7.4.2-07", "MLDV2-QUERIER-7.6.3.2-01"],
)
def source_query_is_sent_lmqc_times_lmqi_apart(lab):
    """Q(G,A) goes out at once and then every LMQI, LMQC times in all, with Max Resp Time LMQI and S clear."""
    lab.lan.send(report(is_in(GROUP, [A, B, C])))
    lab.lan.send(report(block(GROUP, [A, C])), after=lab.timers.tolerance)
    expect_sequence(lab, group_source_query(GROUP, [A, C], max_resp=lab.timers.lmqi, s=False))


@case(
    "IGMPV3-QUERIER-6.4.2-07",
    role="querier",
    needs=igmp(3),
    setup=dict(timers=dict(lmqc=4)),
    seconds=lambda timers: timers.lmqt + 3,
    mld="MLDV2-QUERIER-7.4.2-07",
)
def last_member_query_count_is_its_own_variable(lab):
    """An LMQC of 4 makes four queries, whatever the Robustness Variable, and the group lives for 4 LMQI."""
    lab.lan.send(report(is_ex(GROUP, [])))
    left = lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    first = lab.lan.expect(group_query(GROUP))
    lab.lan.expect(group_query(GROUP), at=first.time + lab.timers.lmqi)
    expect_sequence(
        lab,
        group_query(GROUP),
        count=2,
        first=lab.lan.expect(group_query(GROUP), at=first.time + 2 * lab.timers.lmqi),
    )
    lmqt_later(lab, left)
    lab.lan.send(report(to_in(GROUP, [])))
    expect_no_other_question(lab)


@case(
    "IGMPV3-ROUTER-6.4.2-03",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 2,
    mld="MLDV2-ROUTER-7.4.2-03",
)
def queried_group_is_forwarded_until_nobody_has_answered_for_lmqt(lab):
    """Data of a group that is asked about flows throughout LMQT, and stops then."""
    lab.lan.send(report(is_ex(GROUP, [])))
    expect_served(lab)
    left = lab.lan.send(report(to_in(GROUP, [])))
    expect_served(lab)
    lab.wait_until(left + lab.timers.lmqt - margin(lab))
    expect_served(lab)
    lmqt_later(lab, left)
    expect_unserved(lab)


@case(
    "IGMPV3-ROUTER-6.4.2-03",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld="MLDV2-ROUTER-7.4.2-03",
)
def queried_source_is_forwarded_until_nobody_has_answered_for_lmqt(lab):
    """Data of a source that is asked about flows throughout LMQT, and stops then; other sources go on."""
    lab.lan.send(report(is_in(GROUP, [A, B])))
    expect_served(lab)
    left = lab.lan.send(report(block(GROUP, [A])))
    lab.wait_until(left + lab.timers.lmqt - margin(lab))
    expect_served(lab, source=A)
    lmqt_later(lab, left)
    expect_unserved(lab, source=A)
    expect_served(lab, source=B)


@case(
    "IGMPV3-ROUTER-6.4.2-03",
    "IGMPV3-ROUTER-6.4.1-04",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld=["MLDV2-ROUTER-7.4.2-03", "MLDV2-ROUTER-7.4.1-04"],
)
def answer_to_the_group_query_keeps_the_group(lab):
    """Another member answers with IS_EX within LMQT: the group goes on, without the one that left."""
    lab.lan.send(report(is_ex(GROUP, []), is_ex(OTHER, [])))
    left = lab.lan.send(report(to_in(GROUP, []), to_in(OTHER, [])), after=lab.timers.tolerance)
    lab.lan.expect(group_query(GROUP))
    answered = lab.lan.send(report(is_ex(GROUP, [])), source=lab.lan.address(101))
    lmqt_later(lab, left)
    expect_record(lab, "exclude", ends=answered + lab.timers.gmi)
    expect_unserved(lab, OTHER)


@case(
    "IGMPV3-ROUTER-6.4.2-03",
    "IGMPV3-ROUTER-6.4.1-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld=["MLDV2-ROUTER-7.4.2-03", "MLDV2-ROUTER-7.4.1-01"],
)
def answer_to_the_source_query_keeps_the_source(lab):
    """Another member answers with IS_IN (A) within LMQT: A goes on, B of the same question ends."""
    lab.lan.send(report(is_in(GROUP, [A, B])))
    left = lab.lan.send(report(block(GROUP, [A, B])), after=lab.timers.tolerance)
    lab.lan.expect(group_source_query(GROUP, [A, B]))
    answered = lab.lan.send(report(is_in(GROUP, [A])), source=lab.lan.address(101))
    lmqt_later(lab, left)
    expect_record(lab, "include", [A], source_ends={A: answered + lab.timers.gmi})
    expect_unserved(lab, source=B)


@case(
    "IGMPV3-ROUTER-6.4.2-03",
    "IGMPV3-ROUTER-6.5-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld=["MLDV2-ROUTER-7.4.2-03", "MLDV2-ROUTER-7.5-01"],
)
def answer_for_one_source_makes_the_group_include_that_source(lab):
    """Nobody is left but one member that answers the group query with IS_IN (A): INCLUDE (A) after LMQT."""
    lab.lan.send(report(is_ex(GROUP, [])))
    left = lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    lab.lan.expect(group_query(GROUP))
    answered = lab.lan.send(report(is_in(GROUP, [A])), source=lab.lan.address(101))
    lmqt_later(lab, left)
    expect_record(lab, "include", [A], source_ends={A: answered + lab.timers.gmi})


@case(
    "IGMPV3-QUERIER-6.4.2-01",
    "IGMPV3-ROUTER-6.4.2-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 3,
    mld=["MLDV2-QUERIER-7.4.2-01", "MLDV2-ROUTER-7.4.2-01"],
)
def allow_and_block_of_one_report_both_count(lab):
    """ALLOW and BLOCK of the same group in one report: one source in, the other asked about."""
    lab.lan.send(report(is_in(GROUP, [A, B])))
    left = lab.lan.send(report(allow(GROUP, [C]), block(GROUP, [A])), after=lab.timers.tolerance)
    lab.lan.expect(group_source_query(GROUP, [A]))
    expect_no_other_question(lab)
    lmqt_later(lab, left)
    expect_record(lab, "include", [B, C])
    expect_unserved(lab, source=A)


@case(
    "IGMPV3-QUERIER-6.4.2-02",
    "IGMPV3-QUERIER-6.4.2-03",
    "IGMPV3-ROUTER-6.4.2-01",
    role="querier",
    needs=igmp(3),
    mld=["MLDV2-QUERIER-7.4.2-02", "MLDV2-QUERIER-7.4.2-03", "MLDV2-ROUTER-7.4.2-01"],
)
def first_state_change_of_a_group_makes_state_without_a_question(lab):
    """INCLUDE ({}) + TO_IN (A), ALLOW (A), TO_EX (Y): there is nothing to ask about."""
    third = "239.1.2.9"
    lab.lan.send(report(to_in(GROUP, [A]), allow(OTHER, [B]), to_ex(third, [C])))
    lab.lan.expect_none(any_query(group={GROUP, OTHER, third}), within=lab.timers.lmqi + lab.timers.tolerance)
    expect_record(lab, "include", [A], group=GROUP)
    expect_record(lab, "include", [B], group=OTHER)
    expect_record(lab, "exclude", [], [C], group=third)
    if shows_in_data(lab):
        expect_served(lab, third, UNLISTED)
