# SPDX-License-Identifier: GPL-2.0-only
"""State-change reports of an IGMPv3 host: what they say, how often, and how changes merge (RFC 3376, 5.1)."""

from conformance.harness import *

from .igmp_host_common import (
    A,
    B,
    C,
    D,
    G,
    G2,
    LISTEN_V3,
    check_random,
    join,
    more_if_virtual,
    no_repeat_yet,
    quiet,
    sources_of,
)

ALLOW, BLOCK = 5, 6  # record types


def change(lab, mode, sources, group=G):
    """A change of the interface state, made by its only socket."""
    (lab.host.include if mode == "include" else lab.host.exclude)(group, sources)


# ---- what a change says ------------------------------------------------------------------------------------


@case(
    "IGMPV3-HOST-5.1-01",
    "IGMPV3-HOST-4.2.12-01",
    role="host",
    needs=LISTEN_V3,
    seconds=5,
    mld="MLDV2-HOST-6.1-01",
)
def join_and_leave_are_changes_of_mode(lab):
    """Joining reports TO_EX {} at once; leaving TO_IN {}, whatever was excluded before."""
    lab.host.join(G)
    lab.lan.expect(report(to_ex(G, [])))
    quiet(lab)
    lab.host.leave(G)
    lab.lan.expect(report(to_in(G, [])))
    quiet(lab)
    lab.host.exclude(G, [A, B])
    lab.lan.expect(report(to_ex(G, [A, B])))
    quiet(lab)
    lab.host.leave(G)
    lab.lan.expect(report(to_in(G, [])))


@case("IGMPV3-HOST-5.1-01", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-HOST-6.1-01")
def groups_of_the_local_network_are_reported_too(lab):
    """Of the groups 224.0.0.0/24 only 224.0.0.1 is never reported: a join of 224.0.0.251 is."""
    lab.host.join("224.0.0.251")
    lab.lan.expect(report(to_ex("224.0.0.251", [])))
    quiet(lab)
    lab.host.leave("224.0.0.251")
    lab.lan.expect(report(to_in("224.0.0.251", [])))


@case(
    "IGMPV3-HOST-5.1-02",
    "IGMPV3-HOST-4.2.12-01",
    role="host",
    needs=LISTEN_V3,
    seconds=7,
    mld="MLDV2-HOST-6.1-01",
)
def change_of_an_include_list(lab):
    """INCLUDE(A) to INCLUDE(B): ALLOW(B-A) and BLOCK(A-B) at once; a record of nothing is left out."""
    for sources, records in (
        ([A, B], [allow(G, [A, B])]),
        ([A, B, C], [allow(G, [C])]),
        ([B, C], [block(G, [A])]),
        ([C, D], [allow(G, [D]), block(G, [B])]),
        ([], [block(G, [C, D])]),
    ):
        change(lab, "include", sources)
        lab.lan.expect(report(*records))
        quiet(lab)


@case(
    "IGMPV3-HOST-5.1-03",
    "IGMPV3-HOST-4.2.12-01",
    role="host",
    needs=LISTEN_V3,
    seconds=6,
    mld="MLDV2-HOST-6.1-01",
)
def change_of_an_exclude_list(lab):
    """EXCLUDE(A) to EXCLUDE(B): ALLOW(A-B) and BLOCK(B-A) at once; a record of nothing is left out."""
    join(lab, G)
    for sources, records in (
        ([A, B], [block(G, [A, B])]),
        ([B], [allow(G, [A])]),
        ([C], [allow(G, [B]), block(G, [C])]),
        ([], [allow(G, [C])]),
    ):
        change(lab, "exclude", sources)
        lab.lan.expect(report(*records))
        quiet(lab)


@case("IGMPV3-HOST-5.1-03", role="host", needs=LISTEN_V3, seconds=6, mld="MLDV2-HOST-6.1-01")
def change_of_the_filter_mode(lab):
    """INCLUDE(A) to EXCLUDE(B): TO_EX(B); EXCLUDE(A) to INCLUDE(B): TO_IN(B); at once, the whole list."""
    lab.host.include(G, [A, B])
    quiet(lab)
    for mode, sources, wanted in (
        ("exclude", [B, C], to_ex(G, [B, C])),
        ("include", [C, D], to_in(G, [C, D])),
        ("exclude", [], to_ex(G, [])),
        ("include", [A], to_in(G, [A])),
    ):
        change(lab, mode, sources)
        lab.lan.expect(report(wanted))
        quiet(lab)


@case(
    "IGMPV3-HOST-4.2.12-02",
    "IGMPV3-HOST-5.1-02",
    role="host",
    needs=LISTEN_V3,
    seconds=4,
    mld=["MLDV2-HOST-5.2.12-02", "MLDV2-HOST-6.1-01"],
)
def change_that_adds_and_removes_has_two_records(lab):
    """A change that allows new sources and blocks old ones reports one ALLOW and one BLOCK record."""
    lab.host.include(G, [A, B])
    quiet(lab)
    lab.host.include(G, [B, C])
    first = lab.lan.expect(any_report(group=G))
    kinds = sorted(record.type for record in first.records if record.group == G)
    lab.check(kinds == [ALLOW, BLOCK], f"one ALLOW and one BLOCK record ({first})")
    lab.check(
        sources_of(first, ALLOW, G) == {C} and sources_of(first, BLOCK, G) == {A}, f"of C and of A ({first})"
    )


@case(
    "IGMPV3-HOST-5.1-01",
    "IGMPV3-HOST-5.1-02",
    role="host",
    needs=LISTEN_V3,
    seconds=5,
    mld="MLDV2-HOST-6.1-01",
)
def change_without_effect_is_not_reported(lab):
    """What changes a socket but not the interface state is not reported."""
    lab.host.include(G, [A, B])
    quiet(lab)
    lab.host.include(G, [B, A])
    lab.host.include(G, [A], socket="b")
    lab.lan.expect_none(any_report(), within=lab.timers.uri)
    lab.host.leave(G, socket="b")
    lab.lan.expect_none(any_report(), within=lab.timers.uri)
    lab.host.include(G, [C], socket="b")
    lab.lan.expect(report(allow(G, [C])))


# ---- how often ---------------------------------------------------------------------------------------------


def repeats_of(lab, what, first, times=None):
    """Expects ``what`` again, ``times`` times (default: until Robustness is full), and no more; the gaps."""
    sent = [first]
    for _ in range(lab.timers.rv - 1 if times is None else times):
        sent.append(lab.lan.expect(what, within=lab.timers.uri, after=sent[-1]))
    lab.lan.expect_none(any_report(), until=sent[-1].time + lab.timers.uri + 2 * lab.timers.tolerance)
    return [later.time - earlier.time for earlier, later in zip(sent, sent[1:])]


@case("IGMPV3-HOST-5.1-04", role="host", needs=LISTEN_V3, seconds=9, mld="MLDV2-HOST-6.1-02")
def change_is_reported_robustness_times(lab):
    """A state-change report is sent Robustness times in all, after random gaps of up to the interval."""
    gaps = []
    for number in range(more_if_virtual(lab, 30, 4)):
        group = f"239.3.0.{number + 1}"
        lab.host.join(group)
        what = report(to_ex(group, []))
        gaps += repeats_of(lab, what, lab.lan.expect(what))
    check_random(lab, gaps, lab.timers.uri)


@case(
    "IGMPV3-HOST-5.1-04",
    role="host",
    needs=LISTEN_V3,
    setup=dict(timers=dict(rv=4)),
    seconds=10,
    mld="MLDV2-HOST-6.1-02",
)
def robustness_of_four_means_four_reports(lab):
    """With Robustness 4 each kind of change is reported four times in all."""
    lab.lan.send(general_query(max_resp=0.1))  # a host learns the Robustness Variable from the querier
    lab.wait(0.1 + lab.timers.tolerance)
    for mode, sources, what in (("include", [A], allow(G, [A])), ("exclude", [B], to_ex(G, [B]))):
        change(lab, mode, sources)
        repeats_of(lab, report(what), lab.lan.expect(report(what)))


# ---- changes that follow each other closely ----------------------------------------------------------------


def reports_after(lab, seconds):
    """All reports since the last stimulus until ``seconds`` from now."""
    return lab.lan.collect(any_report(group=G), seconds)


@case("IGMPV3-HOST-5.1-05", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-HOST-6.1-03")
def second_change_joins_the_pending_report(lab):
    """A change while repeats are pending is reported at once with those, and Robustness times in all."""
    lab.host.include(G, [A])
    first = lab.lan.expect(report(allow(G, [A])))
    no_repeat_yet(lab, G, first)
    changed = lab.now
    lab.host.include(G, [A, B])
    merged = lab.lan.expect(report(allow(G, [A, B])))
    lab.check(merged.time - changed <= lab.timers.tolerance, "the merged report leaves at once")
    later = reports_after(lab, lab.timers.rv * lab.timers.uri + lab.timers.tolerance)
    lab.check(
        len(later) == lab.timers.rv - 1,
        f"{lab.timers.rv} reports after the second change " f"({len(later) + 1})",
    )
    for source, sent in ((A, 2), (B, 1)):
        total = sent + sum(source in sources_of(one, ALLOW, G) for one in later)
        lab.check(total == lab.timers.rv, f"{source} is allowed in {lab.timers.rv} reports ({total})")


@case(
    "IGMPV3-HOST-5.1-05",
    "IGMPV3-HOST-5.1-07",
    role="host",
    needs=LISTEN_V3,
    setup=dict(timers=dict(rv=3)),
    seconds=6,
    mld=["MLDV2-HOST-6.1-03", "MLDV2-HOST-6.1-05", "MLDV2-HOST-6.3-03"],
)
def each_source_is_repeated_from_its_own_change(lab):
    """With Robustness 3: A, then B at once after it: {A}, {A B}, {A B}, {B}."""
    lab.lan.send(general_query(max_resp=0.1))
    lab.wait(0.1 + lab.timers.tolerance)
    lab.host.include(G, [A])
    no_repeat_yet(lab, G, lab.lan.expect(report(allow(G, [A]))))
    lab.host.include(G, [A, B])
    second = lab.lan.expect(report(allow(G, [A, B])))
    third = lab.lan.expect(report(allow(G, [A, B])), within=lab.timers.uri, after=second)
    repeats_of(lab, report(allow(G, [B])), third, times=1)


@case(
    "IGMPV3-HOST-5.1-05",
    "IGMPV3-HOST-5.1-07",
    role="host",
    needs=LISTEN_V3,
    seconds=4,
    mld=["MLDV2-HOST-6.1-03", "MLDV2-HOST-6.1-05", "MLDV2-HOST-6.3-03"],
)
def source_that_goes_again_is_blocked(lab):
    """A source allowed and blocked again while the report is pending: what is repeated is its last state."""
    lab.host.include(G, [A, B])
    no_repeat_yet(lab, G, lab.lan.expect(report(allow(G, [A, B]))))
    lab.host.include(G, [A])
    lab.lan.expect(report(allow(G, [A]), block(G, [B])))
    later = reports_after(lab, lab.timers.rv * lab.timers.uri + lab.timers.tolerance)
    lab.check(
        len(later) == lab.timers.rv - 1, f"{lab.timers.rv} reports after the second change ({len(later) + 1})"
    )
    lab.check(all(sources_of(one, BLOCK, G) == {B} for one in later), "all of them block B")
    lab.check(not any(B in sources_of(one, ALLOW, G) for one in later), "none of them allows B")


@case("IGMPV3-HOST-5.1-05", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-HOST-6.1-03")
def leave_ends_the_repeats_of_the_join(lab):
    """A leave right after a join is reported at once, Robustness times; the join is not repeated any more."""
    lab.host.join(G)
    no_repeat_yet(lab, G, lab.lan.expect(report(to_ex(G, []))))
    lab.host.leave(G)
    lab.lan.expect(report(to_in(G, [])))
    later = reports_after(lab, lab.timers.rv * lab.timers.uri + lab.timers.tolerance)
    lab.check(len(later) == lab.timers.rv - 1, f"{lab.timers.rv} reports of the leave ({len(later) + 1})")
    lab.check(all(to_in(G, []).matches(one) for one in later), "all of them TO_IN {}")


@case("IGMPV3-HOST-5.1-05", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-HOST-6.1-03")
def change_of_another_group_ends_no_repeats(lab):
    """Only changes of the same group stop its repeats: each of two groups is reported Robustness times."""
    lab.host.join(G)
    lab.host.join(G2)
    reports = lab.lan.collect(any_report(), lab.timers.rv * lab.timers.uri + lab.timers.tolerance)
    for group in (G, G2):
        count = sum(to_ex(group, []).matches(one) for one in reports)
        lab.check(count == lab.timers.rv, f"{group} is reported {lab.timers.rv} times ({count})")


@case(
    "IGMPV3-HOST-5.1-06",
    "IGMPV3-HOST-5.1-07",
    role="host",
    needs=LISTEN_V3,
    seconds=4,
    mld=["MLDV2-HOST-6.1-04", "MLDV2-HOST-6.1-05", "MLDV2-HOST-6.3-03"],
)
def list_change_waits_for_the_mode_change(lab):
    """A list change after a mode change: first the mode record, Robustness times, then the list record."""
    lab.host.join(G)
    no_repeat_yet(lab, G, lab.lan.expect(report(to_ex(G, []))))
    lab.host.exclude(G, [A])
    previous = lab.lan.expect(report(to_ex(G, [A])))
    for _ in range(lab.timers.rv - 2):
        previous = lab.lan.expect(report(to_ex(G, [A])), within=lab.timers.uri, after=previous)
    repeats_of(lab, report(block(G, [A])), previous, times=1)


@case(
    "IGMPV3-HOST-5.1-06",
    "IGMPV3-HOST-5.1-07",
    role="host",
    needs=LISTEN_V3,
    setup=dict(timers=dict(rv=3)),
    seconds=6,
    mld=["MLDV2-HOST-6.1-04", "MLDV2-HOST-6.1-05", "MLDV2-HOST-6.3-03"],
)
def mode_record_shows_the_state_of_its_time(lab):
    """With Robustness 3, TO_EX {} and then EXCLUDE {A}: twice TO_EX {A}, the whole list, then BLOCK {A}."""
    lab.lan.send(general_query(max_resp=0.1))
    lab.wait(0.1 + lab.timers.tolerance)
    lab.host.join(G)
    no_repeat_yet(lab, G, lab.lan.expect(report(to_ex(G, []))))
    lab.host.exclude(G, [A])
    second = lab.lan.expect(report(to_ex(G, [A])))
    third = lab.lan.expect(report(to_ex(G, [A])), within=lab.timers.uri, after=second)
    repeats_of(lab, report(block(G, [A])), third, times=1)


@case("IGMPV3-HOST-5.1-06", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-HOST-6.1-04")
def last_mode_counts(lab):
    """Two mode changes in a row: from the second one on the reports carry TO_IN with the present list."""
    lab.host.join(G)
    no_repeat_yet(lab, G, lab.lan.expect(report(to_ex(G, []))))
    lab.host.include(G, [A, B])
    what = report(to_in(G, [A, B]))
    repeats_of(lab, what, lab.lan.expect(what))


@case("IGMPV3-HOST-5.1-06", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-HOST-6.1-04")
def mode_change_swallows_a_pending_list_change(lab):
    """A mode change while a list change is pending: the mode record, Robustness times, and no more."""
    lab.host.include(G, [A])
    no_repeat_yet(lab, G, lab.lan.expect(report(allow(G, [A]))))
    lab.host.exclude(G, [B])
    what = report(to_ex(G, [B]))
    repeats_of(lab, what, lab.lan.expect(what))


@case(
    "IGMPV3-HOST-5.1-07",
    role="host",
    needs=LISTEN_V3,
    seconds=5,
    mld=["MLDV2-HOST-6.1-05", "MLDV2-HOST-6.3-03"],
)
def repeats_list_all_of_a_mode_and_only_news_of_a_list(lab):
    """Repeats of TO_EX have the whole list; repeats of ALLOW and BLOCK only the sources that changed."""
    for sources, what in (([A, B], report(to_ex(G, [A, B]))), ([B, C], report(allow(G, [A]), block(G, [C])))):
        lab.host.exclude(G, sources)
        repeats_of(lab, what, lab.lan.expect(what))
