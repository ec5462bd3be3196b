# SPDX-License-Identifier: GPL-2.0-only
"""An IGMPv3 host and older queriers: its compatibility modes (RFC 3376, 4, 7.1 and 7.2)."""

from conformance.harness import *

from .igmp_host_common import (
    A,
    B,
    C,
    D_V1,
    G,
    G2,
    G3,
    LASTING,
    LISTEN_MLD,
    LISTEN_V3,
    QUERY_V1,
    check_random,
    delays_by_group,
    groups,
    has_version_1,
    join,
    join_many,
    more_if_virtual,
    quiet,
)

MRT = 1  # seconds
LISTEN = [*LISTEN_V3, igmp(2), igmp(1)]
VIRTUAL = [*LISTEN, "virtual"]
QUERY_V2 = v2_query(max_resp=MRT)


def speaks(lab, version, port="lan"):
    """What the host says now when it joins a group, and the compatibility mode where it can be read."""
    group = f"239.4.{version}.{len(lab.steps) % 250 + 1}"
    lab.host.join(group, socket=f"test{len(lab.steps)}", port=port)
    lab.ports[port].expect({1: v1_report(group), 2: v2_report(group), 3: report(to_ex(group, []))}[version])
    if lab.has("state:interfaces"):
        lab.check(
            lab.state.value("compatibility", port) == version,
            f"the host compatibility mode is IGMPv{version}",
        )


# ---- which version a query has -----------------------------------------------------------------------------


@case(
    "IGMPV3-ANY-7.1-01",
    role="host",
    needs=LISTEN,
    setup=LASTING,
    seconds=D_V1 + 5,
    mld=dict(ids="MLDV2-ANY-8.1-01", needs=LISTEN_MLD),
)
def size_and_code_tell_the_version_of_a_query(lab):
    """12 octets: version 3; 8 octets and a code: version 2; 8 octets and code 0: version 1."""
    join(lab, G)
    for query, answer in (
        (general_query(max_resp=MRT), report(is_ex(G, []))),
        (general_query(max_resp=MRT, extra=b"some octets more"), report(is_ex(G, []))),
        (QUERY_V2, v2_report(G)),
        *([(QUERY_V1, v1_report(G))] if has_version_1(lab) else []),
    ):
        lab.lan.send(query)
        lab.lan.expect(answer, within=D_V1)


@case(
    "IGMPV3-ANY-7.1-01",
    role="host",
    needs=LISTEN,
    seconds=5,
    mld=dict(ids="MLDV2-ANY-8.1-01", needs=LISTEN_MLD),
)
def query_of_another_length_is_ignored(lab):
    """Queries of 0 to 7 and of 9, 10 and 11 octets are no queries: no answer, no change of mode."""
    join(lab, G)
    for length in (*range(8), 9, 10, 11):
        lab.lan.send(general_query(max_resp=MRT, truncate=length))
        lab.lan.send(group_query(G, max_resp=MRT, truncate=length))
    lab.lan.expect_none(any_igmp(), within=MRT + lab.timers.tolerance)
    lab.lan.send(general_query(max_resp=MRT))
    lab.lan.expect(report(is_ex(G, [])), within=MRT)


# ---- the mode ----------------------------------------------------------------------------------------------


@case(
    "IGMPV3-HOST-7.2.1-01",
    role="host",
    needs=LISTEN,
    seconds=6,
    mld=dict(ids=["MLDV2-HOST-8.2.1-01", "MLDV2-HOST-5.2.14-01"], needs=LISTEN_MLD),
)
def version_2_querier_makes_the_host_speak_version_2(lab):
    """After a version 2 General Query only version 2 messages are sent there: report, answer, leave."""
    lab.host.include(G2, [A, B])
    quiet(lab)
    asked = lab.lan.send(QUERY_V2)
    lab.lan.expect(v2_report(G2), within=MRT)
    lab.host.join(G)
    lab.lan.expect(v2_report(G))
    quiet(lab)
    lab.host.include(G2, [C])  # still a member, as far as version 2 can tell
    lab.host.leave(G)
    lab.lan.expect(v2_leave(G))
    speaks(lab, 2)
    lab.wait(lab.timers.uri)
    lab.lan.expect_none(any_igmp(where=lambda message: message.version != 2), after=asked)


@case("IGMPV3-HOST-7.2.1-01", role="host", needs=LISTEN, setup=LASTING, seconds=D_V1 + 4)
def version_1_querier_makes_the_host_speak_version_1(lab):
    """After a version 1 query only version 1 reports are sent on that interface, and no leave."""
    join(lab, G)
    asked = lab.lan.send(QUERY_V1)
    lab.lan.expect(v1_report(G), within=D_V1)
    speaks(lab, 1)
    lab.host.leave(G)
    lab.lan.expect_none(any_igmp(where=lambda message: message.kind != "v1_report"), after=asked)
    lab.wait(lab.timers.uri)
    lab.lan.expect_none(any_igmp(where=lambda message: message.kind != "v1_report"), after=asked)


@case(
    "IGMPV3-HOST-7.2.1-01",
    role="host",
    needs=LISTEN,
    seconds=4,
    mld=dict(ids="MLDV2-HOST-8.2.1-01", needs=LISTEN_MLD),
)
def mode_is_kept_for_each_interface(lab):
    """An older querier on one network changes nothing on another."""
    lab.lan.send(QUERY_V2)
    lab.lan2.send(QUERY_V1 if has_version_1(lab) else general_query(max_resp=MRT))
    lab.wait(2 * lab.timers.tolerance)
    speaks(lab, 2)
    speaks(lab, 1 if has_version_1(lab) else 3, "lan2")
    speaks(lab, 3, "up")


@case("IGMPV3-HOST-7.2.1-01", role="host", needs=LISTEN, seconds=4)
def version_1_beats_version_2(lab):
    """With both older queriers present the host speaks version 1, in whatever order they are heard."""
    lab.lan.send(QUERY_V2)
    lab.lan.send(QUERY_V1)
    lab.lan2.send(QUERY_V1)
    lab.lan2.send(QUERY_V2)
    lab.wait(2 * lab.timers.tolerance)
    speaks(lab, 1)
    speaks(lab, 1, "lan2")


@case(
    "IGMPV3-HOST-7.2.1-01",
    role="host",
    needs=LISTEN,
    seconds=5,
    mld=dict(ids="MLDV2-HOST-8.2.1-01", needs=LISTEN_MLD),
)
def version_3_query_does_not_end_an_older_mode(lab):
    """A version 3 query while an older querier is present is answered in the older version."""
    join(lab, G)
    lab.lan.send(QUERY_V2)
    lab.lan.expect(v2_report(G), within=MRT)
    lab.lan.send(general_query(max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)
    speaks(lab, 2)


@case("IGMPV3R-HOST-7.2.1-01", "IGMPV3-HOST-7.2.1-01", role="host", needs=LISTEN, seconds=5)
def older_group_query_changes_no_mode(lab):
    """A version 2 Group-Specific Query is answered in version 3 and leaves the mode as it is."""
    join(lab, G)
    lab.lan.send(v2_query(G, max_resp=MRT))
    lab.lan.expect(report(is_ex(G, [])), within=MRT)
    speaks(lab, 3)
    lab.lan.send(QUERY_V2)  # a General Query does
    lab.lan.expect(v2_report(G), within=MRT)


# ---- how long the mode lasts -------------------------------------------------------------------------------


def until_mode(lab, start, seconds, before, after):
    """``before`` just short of ``seconds`` after ``start``, ``after`` just later."""
    lab.wait_until(start + seconds - 2 * lab.timers.tolerance)
    speaks(lab, before)
    lab.wait_until(start + seconds + 2 * lab.timers.tolerance)
    speaks(lab, after)


@case(
    "IGMPV3-HOST-7.2.1-03",
    "IGMPV3-HOST-7.2.1-02",
    role="host",
    needs=VIRTUAL,
    mld=dict(ids="MLDV2-HOST-8.2.1-01", needs=[*LISTEN_MLD, "virtual"]),
)
def version_2_mode_ends_with_its_querier(lab):
    """Version 2 mode ends Robustness * Query Interval + Query Response Interval after the last query."""
    lab.lan.send(v2_query(max_resp=lab.timers.qri))
    lab.wait(lab.timers.ovqpi / 2)
    again = lab.lan.send(v2_query(max_resp=lab.timers.qri))
    until_mode(lab, again, lab.timers.ovqpi, 2, 3)


@case("IGMPV3-HOST-7.2.1-03", "IGMPV3-HOST-7.2.1-02", role="host", needs=VIRTUAL)
def version_1_mode_ends_with_its_querier(lab):
    """Version 1 mode ends as long after the last version 1 query; then version 3 is spoken again."""
    lab.lan.send(QUERY_V1)
    lab.wait(lab.timers.ovqpi / 2)
    again = lab.lan.send(QUERY_V1)
    until_mode(lab, again, lab.timers.ovqpi, 1, 3)


@case("IGMPV3-HOST-7.2.1-02", role="host", needs=VIRTUAL)
def version_1_mode_gives_way_to_version_2(lab):
    """When the version 1 querier is gone and that of version 2 is not, the host speaks version 2, then 3."""
    first = lab.lan.send(QUERY_V1)
    lab.wait(100)
    second = lab.lan.send(v2_query(max_resp=lab.timers.qri))
    until_mode(lab, first, lab.timers.ovqpi, 1, 2)
    until_mode(lab, second, lab.timers.ovqpi, 2, 3)


@case(
    "IGMPV3-HOST-7.2.1-02",
    role="host",
    needs=VIRTUAL,
    mld=dict(
        ids=["MLDV2R-HOST-8.2.1-01", "MLDV2R-HOST-9.12-01"],
        needs=[*LISTEN_MLD, "virtual"],
        setup=dict(profile="rfc9776"),
    ),
)
def group_queries_do_not_prolong_an_older_mode(lab):
    """The timers count from General Queries: version 2 Group-Specific Queries do not restart them."""
    join(lab, G)
    asked = lab.lan.send(v2_query(max_resp=lab.timers.qri))
    for _ in range(10):
        lab.wait(lab.timers.ovqpi / 11)
        lab.lan.send(v2_query(G, max_resp=MRT))
        lab.lan.expect(v2_report(G), within=MRT)
    until_mode(lab, asked, lab.timers.ovqpi, 2, 3)


@case(
    "IGMPV3-HOST-7.2.1-03",
    role="host",
    needs=VIRTUAL,
    ambiguous=("the Query Interval of the last version 3 query", "the host's own Query Interval"),
    mld=dict(ids="MLDV2-HOST-8.2.1-01", needs=[*LISTEN_MLD, "virtual"]),
)
def query_interval_of_the_last_query(lab):
    """8.12 takes the Query Interval of the last query; an older one tells none: version 3's, or the own?"""
    learned = 60  # seconds
    lab.lan.send(general_query(max_resp=MRT, qqi=learned))
    lab.wait(2)
    asked = lab.lan.send(v2_query(max_resp=lab.timers.qri))
    short = lab.timers.rv * learned + lab.timers.qri
    lab.wait_until(asked + short - 2 * lab.timers.tolerance)
    speaks(lab, 2)
    lab.wait_until(asked + short + 2 * lab.timers.tolerance)
    lab.host.join(G)
    if report(to_ex(G, [])).matches(lab.lan.expect(any_report(group=G))):
        lab.reading("the Query Interval of the last version 3 query")
    until_mode(lab, asked, lab.timers.ovqpi, 2, 3)
    lab.reading("the host's own Query Interval")


# ---- what a change of mode does ----------------------------------------------------------------------------


@case(
    "IGMPV3-HOST-7.2.1-05",
    role="host",
    needs=LISTEN,
    seconds=7,
    mld=dict(ids="MLDV2-HOST-8.2.1-03", needs=LISTEN_MLD),
)
def change_of_mode_cancels_pending_answers(lab):
    """A pending answer is cancelled when the mode changes: only the older query is answered."""
    lab.host.include(G, [A])
    lab.host.join(G2)
    quiet(lab)
    for _ in range(more_if_virtual(lab, 5, 1)):
        lab.lan.send(general_query(max_resp=4))
        lab.lan.send(group_query(G, max_resp=4))
        lab.lan.send(group_source_query(G, [A], max_resp=4))
        lab.lan.send(QUERY_V2)
        lab.lan.expect(v2_report(G2), within=MRT)
        lab.lan.expect(v2_report(G), within=MRT)
        lab.lan.expect_none(any_report(), within=4 + lab.timers.tolerance)
        if lab.virtual:
            lab.wait(lab.timers.ovqpi)


@case(
    "IGMPV3-HOST-7.2.1-05",
    role="host",
    needs=LISTEN,
    seconds=4,
    mld=dict(ids="MLDV2-HOST-8.2.1-03", needs=LISTEN_MLD),
)
def change_of_mode_cancels_retransmissions(lab):
    """Repeats of a state-change report are cancelled when the mode changes; nothing inherits them."""
    lab.host.join(G)
    first = lab.lan.expect(report(to_ex(G, [])))
    lab.collect_frames()
    lab.require(
        lab.lan.find(any_report(group=G), start=first.time) is None, "the repeat came before the query could"
    )
    lab.lan.send(v2_query(max_resp=2 * MRT))
    reports = lab.lan.collect(any_report(), 2 * MRT + lab.timers.tolerance)
    lab.check(
        [one.kind for one in reports] == ["v2_report"],
        f"one version 2 answer and nothing else ({len(reports)})",
    )


@case(
    "IGMPV3-HOST-7.2.1-05",
    role="host",
    needs=VIRTUAL,
    mld=dict(ids="MLDV2-HOST-8.2.1-03", needs=[*LISTEN_MLD, "virtual"]),
)
def cancelled_changes_do_not_come_back(lab):
    """Changes whose repeats were cancelled are not told when version 3 is back: only the new change is."""
    lab.host.join(G)
    lab.host.include(G2, [A])
    lab.lan.collect(any_report())
    ends = lab.lan.send(v2_query(max_resp=lab.timers.qri)) + lab.timers.ovqpi
    lab.wait_until(ends + 2 * lab.timers.tolerance)
    lab.lan.expect_none(any_report(where=lambda message: message.kind == "report"))
    lab.host.exclude(G, [A])
    lab.lan.expect(report(block(G, [A])))
    lab.host.include(G2, [A, B])
    lab.lan.expect(report(allow(G2, [B])))


@case(
    "IGMPV3-HOST-7.2.1-05",
    role="host",
    needs=VIRTUAL,
    mld=dict(
        ids=["MLDV2-HOST-8.2.1-03", "MLDV2R-HOST-8.2.1-01"],
        needs=[*LISTEN_MLD, "virtual"],
        setup=dict(profile="rfc9776"),
    ),
)
def return_to_version_3_cancels_pending_answers(lab):
    """An answer that is pending when version 2 mode ends is not sent; the next query is answered."""
    wanted, left = groups(30), 5  # seconds of the mode
    join_many(lab, wanted)
    ends = lab.lan.send(v2_query(max_resp=lab.timers.qri)) + lab.timers.ovqpi
    lab.wait_until(ends - left)
    for group in wanted:
        lab.lan.send(v2_query(group, max_resp=25))
    reports = lab.lan.collect(any_report(), 30)
    lab.check(reports, "some groups are reported while version 2 lasts")
    lab.check(
        all(one.kind == "v2_report" and one.time <= ends + lab.timers.tolerance for one in reports),
        "nothing is reported after that",
    )
    lab.check(
        len(reports) < len(wanted), f"the rest is cancelled ({len(reports)} of {len(wanted)} are reported)"
    )
    lab.lan.send(general_query(max_resp=MRT))
    lab.lan.expect(any_report(where=lambda message: message.kind == "report"), within=MRT)


# ---- version 2 mode ----------------------------------------------------------------------------------------


@case("IGMPV3-HOST-7.2.1-04", role="host", needs=LISTEN, setup=LASTING, seconds=18)
def response_code_of_version_2_is_linear(lab):
    """In version 2 mode the whole Max Resp Code is linear: 0x8F is 14.3 s, not 24.8 s."""
    wanted = groups(more_if_virtual(lab, 60, 20))
    join_many(lab, wanted)
    asked = lab.lan.send(v2_query(max_resp_code=0x8F))
    delays = delays_by_group(lab.lan.collect(v2_report(), 14.3 + 1), asked)
    lab.check(set(delays) == set(wanted), f"every group is reported ({len(delays)} of {len(wanted)})")
    check_random(lab, [times[0] for times in delays.values()], 14.3)


@case("IGMPV3-HOST-7.2.1-04", role="host", needs=VIRTUAL)
def largest_response_code_of_version_2(lab):
    """In version 2 mode Max Resp Code 0xFF is 25.5 s."""
    wanted = groups(60)
    join_many(lab, wanted)
    asked = lab.lan.send(v2_query(max_resp_code=0xFF))
    delays = [times[0] for times in delays_by_group(lab.lan.collect(v2_report(), 26), asked).values()]
    lab.check(len(delays) == len(wanted), f"every group is reported ({len(delays)} of {len(wanted)})")
    check_random(lab, delays, 25.5)
    lab.check(max(delays) > 20, f"the delays use the range (up to {max(delays):.1f} s)")


@case("IGMPV3-HOST-7.2.1-04", role="host", needs=LISTEN, setup=LASTING, seconds=D_V1 + 4)
def response_code_zero_means_ten_seconds(lab):
    """Max Resp Code 0 of a version 1 query means 10 s."""
    wanted = groups(more_if_virtual(lab, 60, 16))
    join_many(lab, wanted)
    asked = lab.lan.send(QUERY_V1)
    delays = [times[0] for times in delays_by_group(lab.lan.collect(v1_report(), D_V1 + 1), asked).values()]
    lab.check(len(delays) == len(wanted), f"every group is reported ({len(delays)} of {len(wanted)})")
    check_random(lab, delays, D_V1)
    lab.check(max(delays) > D_V1 / 4, f"the delays use the range (up to {max(delays):.1f} s)")


@case(
    "IGMPV3-ANY-4-04", role="host", needs=LISTEN, seconds=6, mld=dict(ids="MLDV2-ANY-5-02", needs=LISTEN_MLD)
)
def older_message_types_are_known(lab):
    """A version 3 host knows types 0x12, 0x16 and 0x17: in version 2 mode reports suppress its own."""
    join(lab, G, G2, G3)
    lab.lan.send(QUERY_V2)
    for message in (v1_report(G) if has_version_1(lab) else v2_report(G), v2_report(G2), v2_leave(G3)):
        lab.lan.send(message)
    lab.lan.expect(v2_report(G3), within=MRT)
    lab.lan.expect_none(any_report(), within=MRT + lab.timers.tolerance)
    lab.host.leave(G3)
    lab.lan.expect(v2_leave(G3))  # and it sends the last of them itself


@case(
    "IGMPV3-HOST-7.2.2-01",
    role="host",
    needs=LISTEN,
    seconds=4,
    ambiguous=("suppressed", "not suppressed"),
    mld=dict(ids="MLDV2-HOST-8.2.2-01", needs=LISTEN_MLD),
)
def older_report_and_a_version_3_answer(lab):
    """A version 3 host may leave out the record of a group that an older host has just reported."""
    join(lab, G, G2, G3)
    lab.lan.send(general_query(max_resp=MRT))
    lab.lan.send(v2_report(G))
    lab.lan.send(v1_report(G2) if has_version_1(lab) else v2_report(G2))
    answers = lab.lan.collect(any_report(), MRT + lab.timers.tolerance)
    reported = {record.group for answer in answers for record in answer.records}
    lab.check(
        G3 in reported and reported <= {G, G2, G3},
        f"the group that nobody else reported ({sorted(reported)})",
    )
    lab.reading("not suppressed" if {G, G2} <= reported else "suppressed")
