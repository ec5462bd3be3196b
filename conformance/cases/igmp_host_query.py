# SPDX-License-Identifier: GPL-2.0-only
"""How an IGMPv3 host answers queries: delays, pending answers, what an answer says (RFC 3376, 4.1.1, 5.2)."""

from conformance.harness import *

from .igmp_host_common import (
    A,
    B,
    C,
    D,
    E,
    G,
    G2,
    G3,
    LISTEN_V3,
    check_random,
    groups,
    join,
    join_many,
    more_if_virtual,
    quiet,
)

MRT = 1  # seconds
LONG = 5  # seconds: the response time of a query whose delay is most likely to be drawn later than MRT
CURRENT_STATE = any_of(is_in(G), is_ex(G))


def silence(lab, seconds=MRT):
    """No report in answer to what was sent last."""
    lab.lan.expect_none(any_report(), within=seconds + lab.timers.tolerance)


# ---- delays ------------------------------------------------------------------------------------------------


def answer_delays(lab, query, limit, tries):
    """Delays of the answers to the query, sent ``tries`` times."""
    delays = []
    for _ in range(tries):
        asked = lab.lan.send(query)
        delays.append(lab.lan.expect(CURRENT_STATE, within=limit).time - asked)
    return delays


@case(
    "IGMPV3-HOST-5.2-01",
    "IGMPV3-HOST-4.1.1-01",
    role="host",
    needs=LISTEN_V3,
    seconds=6,
    mld=["MLDV2-HOST-6.2-02", "MLDV2-HOST-5.1.3-01"],
)
def general_query_is_answered_after_a_random_delay(lab):
    """A General Query is answered after a random delay of more than zero and at most its Max Resp Time."""
    join(lab, G)
    delays = answer_delays(lab, general_query(max_resp=MRT), MRT, more_if_virtual(lab, 40, 6))
    check_random(lab, delays, MRT)


@case(
    "IGMPV3-HOST-5.2-01",
    "IGMPV3-HOST-4.1.1-01",
    role="host",
    needs=LISTEN_V3,
    seconds=6,
    mld=["MLDV2-HOST-6.2-02", "MLDV2-HOST-5.1.3-01"],
)
def specific_queries_are_answered_after_a_random_delay(lab):
    """Group-Specific and Group-and-Source-Specific Queries are answered after such a delay, too."""
    lab.host.include(G, [A])
    quiet(lab)
    for query in (group_query(G, max_resp=MRT), group_source_query(G, [A], max_resp=MRT)):
        check_random(lab, answer_delays(lab, query, MRT, more_if_virtual(lab, 30, 4)), MRT)


@case("IGMPV3-HOST-4.1.1-01", role="host", needs=LISTEN_V3, seconds=5)
def response_code_below_128_is_tenths_of_a_second(lab):
    """A Max Resp Code below 128 is the time in tenths of a second: with 3, the answer comes within 0.3 s."""
    join(lab, G)
    answer_delays(lab, general_query(max_resp_code=3), 0.3, more_if_virtual(lab, 20, 5))


@case("IGMPV3-HOST-4.1.1-01", role="host", needs=[*LISTEN_V3, "virtual"])
def response_code_127_is_12_7_seconds(lab):
    """Max Resp Code 127, the last linear one: answers use the whole of 12.7 s and no more."""
    delays = delays_of_many_groups(lab, 127, 12.7)
    lab.check(max(delays) > 10, f"the delays use the range (up to {max(delays):.1f} s)")


def delays_of_many_groups(lab, code, limit, count=40):
    """Many groups are asked for at once with this Max Resp Code: the delays of the answers, checked."""
    wanted = groups(count)
    join_many(lab, wanted)
    for group in wanted:
        asked = lab.lan.send(group_query(group, max_resp_code=code))
    answers = lab.lan.collect(any_report(), limit + 1)
    delays = [answer.time - asked for answer in answers]
    lab.check(
        {record.group for answer in answers for record in answer.records} == set(wanted),
        "every group is reported",
    )
    check_random(lab, delays, limit)
    return delays


@case("IGMPV3-HOST-4.1.1-02", role="host", needs=[*LISTEN_V3, "virtual"])
def response_code_of_128_and_more_is_a_float(lab):
    """Codes of 128 and more are (mant | 0x10) << (exp + 3) tenths: 0x8F is 24.8 s, not 14.3 s."""
    delays = delays_of_many_groups(lab, 0x8F, 24.8)
    lab.check(max(delays) > 14.4, f"the delays go beyond a linear reading (up to {max(delays):.1f} s)")


@case("IGMPV3-HOST-4.1.1-02", role="host", needs=[*LISTEN_V3, "virtual"])
def smallest_float_response_code(lab):
    """Max Resp Code 0x80 is 12.8 s."""
    delays = delays_of_many_groups(lab, 0x80, 12.8)
    lab.check(max(delays) > 10, f"the delays use the range (up to {max(delays):.1f} s)")


@case("IGMPV3-HOST-4.1.1-02", role="host", needs=[*LISTEN_V3, "virtual"])
def largest_response_code(lab):
    """Max Resp Code 0xFF is 3174.4 s."""
    delays = delays_of_many_groups(lab, 0xFF, 3174.4)
    lab.check(max(delays) > 1587, f"the delays use the range (up to {max(delays):.0f} s)")


@case("IGMPV3-HOST-5.2-01", role="host", needs=LISTEN_V3, seconds=6, mld="MLDV2-HOST-6.2-02")
def host_without_state_does_not_answer(lab):
    """Without reception state on the interface no query is answered; with state the same queries are."""
    queries = (
        general_query(max_resp=MRT),
        group_query(G, max_resp=MRT, dst=ALL_SYSTEMS),
        group_source_query(G, [A], max_resp=MRT, dst=ALL_SYSTEMS),
    )
    lab.host.include(G, [A], port="lan2")
    for query in queries:
        lab.lan.send(query)
    silence(lab)
    lab.host.include(G, [A])
    quiet(lab)
    for query in queries:
        lab.lan.send(query)
        lab.lan.expect(report(is_in(G, [A])), within=MRT)


@case("IGMPV3-HOST-5.2-01", role="host", needs=LISTEN_V3, seconds=5)
def query_of_anybody_is_answered(lab):
    """Who asks does not matter: addresses below and above the own, and 0.0.0.0, are answered alike."""
    join(lab, G)
    for source in (lab.lan.lower(), lab.lan.higher(), "0.0.0.0"):
        lab.lan.send(general_query(max_resp=MRT), source=source)
        lab.lan.expect(report(is_ex(G, [])), within=MRT)


# ---- pending answers ---------------------------------------------------------------------------------------


def one_answer(lab, what, seconds=MRT, quiet_until=LONG):
    """One answer within ``seconds``, and no other within ``quiet_until`` seconds of the queries."""
    lab.lan.expect(what, within=seconds)
    lab.lan.expect_none(any_report(), within=quiet_until + lab.timers.tolerance)


@case("IGMPV3-HOST-5.2-02", role="host", needs=LISTEN_V3, seconds=LONG + 2, mld="MLDV2-HOST-6.2-03")
def sooner_general_answer_serves_a_later_general_query(lab):
    """A pending answer that is due before the delay of a new General Query answers it, too: one report."""
    join(lab, G)
    for _ in range(more_if_virtual(lab, 10, 1)):
        lab.lan.send(general_query(max_resp=MRT))
        lab.lan.send(general_query(max_resp=LONG))
        one_answer(lab, report(is_ex(G, [])))


@case("IGMPV3-HOST-5.2-02", role="host", needs=LISTEN_V3, seconds=LONG + 2, mld="MLDV2-HOST-6.2-03")
def sooner_general_answer_serves_specific_queries(lab):
    """Nor are specific queries answered by themselves when the pending general answer is sooner."""
    wanted = groups(8)
    for number, group in enumerate(wanted):
        lab.host.include(group, [A], socket=f"s{number}")
    quiet(lab)
    for _ in range(more_if_virtual(lab, 10, 1)):
        asked = lab.lan.send(general_query(max_resp=MRT))
        for number, group in enumerate(wanted):
            query = group_query(group) if number % 2 else group_source_query(group, [A])
            lab.lan.send(query.but(max_resp=LONG))
        answers = lab.lan.collect(any_report(), LONG + lab.timers.tolerance)
        told = [record.group for answer in answers for record in answer.records]
        lab.check(set(told) == set(wanted), f"every group is reported ({len(set(told))} of {len(wanted)})")
        # A specific query is answered by itself only if its delay was drawn sooner than the general one.
        last = max(answer.time for answer in answers) - asked
        lab.check(last <= MRT + lab.timers.tolerance, f"the last answer comes within {MRT} s ({last:.3f} s)")
        lab.check(all(told.count(group) <= 2 for group in wanted), "no group is reported more than twice")


@case("IGMPV3-HOST-5.2-03", role="host", needs=LISTEN_V3, seconds=LONG + 2, mld="MLDV2-HOST-6.2-03")
def later_general_query_brings_the_answer_forward(lab):
    """A new General Query whose delay is sooner replaces the pending answer: one report, by its time."""
    join(lab, G)
    for _ in range(more_if_virtual(lab, 10, 1)):
        lab.lan.send(general_query(max_resp=LONG))
        lab.lan.send(general_query(max_resp=MRT))
        one_answer(lab, report(is_ex(G, [])))


@case("IGMPV3-HOST-5.2-04", role="host", needs=LISTEN_V3, seconds=7, mld="MLDV2-HOST-6.2-04")
def sources_of_a_query_are_remembered_until_the_answer(lab):
    """The answer to a source query is about the sources that it asked for; the next query starts anew."""
    lab.host.include(G, [A, B, C])
    quiet(lab)
    for asked, answer in (([A, D], [A]), ([B, C], [B, C]), ([C], [C])):
        lab.lan.send(group_source_query(G, asked, max_resp=MRT))
        one_answer(lab, report(is_in(G, answer)), quiet_until=MRT)
    lab.lan.send(group_query(G, max_resp=MRT))
    one_answer(lab, report(is_in(G, [A, B, C])), quiet_until=MRT)


@case("IGMPV3-HOST-5.2-04", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-HOST-6.2-04")
def each_group_has_its_own_pending_answer(lab):
    """Specific queries for two groups at once get an answer each."""
    lab.host.include(G, [A, B])
    lab.host.exclude(G2, [C])
    quiet(lab)
    lab.lan.send(group_source_query(G, [A], max_resp=MRT))
    lab.lan.send(group_query(G2, max_resp=MRT))
    answers = lab.lan.collect(any_report(), MRT + lab.timers.tolerance)
    for record in (is_in(G, [A]), is_ex(G2, [C])):
        count = sum(record.matches(answer) for answer in answers)
        lab.check(count == 1, f"{record} comes once ({count} times)")


@case("IGMPV3-HOST-5.2-05", role="host", needs=LISTEN_V3, seconds=LONG + 3, mld="MLDV2-HOST-6.2-04")
def group_query_makes_a_pending_source_answer_whole(lab):
    """A source query's answer is pending and a group query comes: one answer with the whole state."""
    lab.host.include(G, [A, B, C])
    quiet(lab)
    for _ in range(more_if_virtual(lab, 10, 1)):
        lab.lan.send(group_source_query(G, [A], max_resp=LONG))
        lab.lan.send(group_query(G, max_resp=MRT))
        one_answer(lab, report(is_in(G, [A, B, C])))


@case("IGMPV3-HOST-5.2-05", role="host", needs=LISTEN_V3, seconds=LONG + 3, mld="MLDV2-HOST-6.2-04")
def source_query_leaves_a_pending_group_answer_whole(lab):
    """A group's whole answer is pending and a source query comes: one answer with the whole state."""
    lab.host.include(G, [A, B, C])
    quiet(lab)
    for _ in range(more_if_virtual(lab, 10, 1)):
        lab.lan.send(group_query(G, max_resp=MRT))
        lab.lan.send(group_source_query(G, [A], max_resp=LONG))
        one_answer(lab, report(is_in(G, [A, B, C])))


@case("IGMPV3-HOST-5.2-05", role="host", needs=LISTEN_V3, seconds=LONG + 3, mld="MLDV2-HOST-6.2-04")
def second_group_query_keeps_one_answer(lab):
    """Two Group-Specific Queries: one answer, at the earlier of what was left and the new delay."""
    lab.host.include(G, [A, B])
    quiet(lab)
    for first, second in ((MRT, LONG), (LONG, MRT)):
        for _ in range(more_if_virtual(lab, 10, 1)):
            lab.lan.send(group_query(G, max_resp=first))
            lab.lan.send(group_query(G, max_resp=second))
            one_answer(lab, report(is_in(G, [A, B])))
        if not lab.virtual:
            break


@case("IGMPV3-HOST-5.2-06", role="host", needs=LISTEN_V3, seconds=LONG + 3, mld="MLDV2-HOST-6.2-04")
def sources_of_several_queries_are_put_together(lab):
    """Source queries for the same group while an answer is pending: one answer for all their sources."""
    lab.host.include(G, [A, B, C, D])
    quiet(lab)
    for _ in range(more_if_virtual(lab, 10, 1)):
        lab.lan.send(group_source_query(G, [A], max_resp=LONG))
        lab.lan.send(group_source_query(G, [B, E], max_resp=MRT))
        lab.lan.send(group_source_query(G, [A, C], max_resp=LONG))
        one_answer(lab, report(is_in(G, [A, B, C])))


# ---- what an answer says -----------------------------------------------------------------------------------


@case(
    "IGMPV3-HOST-5.2-07",
    "IGMPV3-HOST-4.2.12-01",
    role="host",
    needs=LISTEN_V3,
    seconds=5,
    mld="MLDV2-HOST-6.3-01",
)
def general_answer_has_one_record_for_each_group(lab):
    """The answer to a General Query has one IS_IN or IS_EX record, whole, for each group with state."""
    lab.host.include(G, [A, B])
    lab.host.exclude(G2, [C])
    lab.host.join(G3)
    lab.host.join("239.8.8.8")
    lab.host.leave("239.8.8.8")
    quiet(lab)
    lab.lan.send(general_query(max_resp=MRT))
    answers = lab.lan.collect(any_report(), MRT + lab.timers.tolerance)
    records = sorted(str(record) for answer in answers for record in answer.records)
    wanted = sorted([f"IS_IN {G} {{{A}, {B}}}", f"IS_EX {G2} {{{C}}}", f"IS_EX {G3} {{}}"])
    lab.check(records == wanted, f"records {wanted}, not {records}")


@case(
    "IGMPV3-HOST-5.2-07",
    role="host",
    needs=LISTEN_V3,
    seconds=4,
    mld=["MLDV2-HOST-6.3-01", "MLDV2-HOST-5.2.12-01"],
)
def group_that_is_being_left_is_in_no_general_answer(lab):
    """A group that was just left has no state to report, although its leave is still being repeated."""
    join(lab, G, G2)
    for _ in range(more_if_virtual(lab, 10, 1)):
        lab.host.leave(G)
        lab.lan.send(general_query(max_resp=0.2))
        lab.lan.expect(is_ex(G2, []), within=0.2)
        lab.lan.expect_none(CURRENT_STATE, within=0.2 + lab.timers.tolerance)
        join(lab, G)


@case(
    "IGMPV3-HOST-5.2-07",
    "IGMPV3-HOST-4.2.16-01",
    role="host",
    needs=LISTEN_V3,
    seconds=5,
    mld=["MLDV2-HOST-6.3-01", "MLDV2-HOST-5.2.15-01"],
)
def general_answer_is_packed_into_few_reports(lab):
    """Records of many groups are packed into reports as far as they fit: each group once."""
    wanted = groups(400)  # 183 records without sources fit 1500 octets
    join_many(lab, wanted)
    lab.lan.send(general_query(max_resp=MRT))
    answers = lab.lan.collect(any_report(), MRT + 2 * lab.timers.tolerance)
    reported = [record.group for answer in answers for record in answer.records]
    lab.check(sorted(reported) == sorted(wanted), f"each group is reported once ({len(reported)} records)")
    longest = max(answer.ip_header_length + len(answer.payload) for answer in answers)
    lab.check(longest <= 1500, f"no report exceeds the MTU ({longest} octets)")
    lab.check(
        2 < len(answers) < len(wanted) / 10, f"{len(wanted)} records are packed ({len(answers)} reports)"
    )


@case(
    "IGMPV3-HOST-5.2-08",
    "IGMPV3-HOST-4.2.12-01",
    role="host",
    needs=LISTEN_V3,
    seconds=5,
    mld="MLDV2-HOST-6.2-02",
)
def group_query_is_answered_with_the_whole_state(lab):
    """The answer to a Group-Specific Query is one IS_IN or IS_EX record with the group's whole list."""
    lab.host.include(G, [A, B])
    lab.host.exclude(G2, [C, D])
    lab.host.join(G3)
    quiet(lab)
    for group, record in ((G, is_in(G, [A, B])), (G2, is_ex(G2, [C, D])), (G3, is_ex(G3, []))):
        lab.lan.send(group_query(group, max_resp=MRT))
        lab.lan.expect(report(record), within=MRT)
        lab.lan.expect_none(any_report())


@case(
    "IGMPV3-HOST-5.2-08",
    role="host",
    needs=LISTEN_V3,
    seconds=4,
    mld=["MLDV2-HOST-6.2-02", "MLDV2-HOST-5.2.12-01"],
)
def group_left_before_the_answer_is_not_reported(lab):
    """The group is left while its answer is pending: no current-state record of it any more."""
    join(lab, G, G2)
    lab.lan.send(group_query(G, max_resp=MRT))
    lab.lan.send(group_query(G2, max_resp=MRT))
    lab.host.leave(G)
    lab.lan.expect(to_in(G, []))
    lab.lan.expect(report(is_ex(G2, [])), within=MRT)
    lab.lan.expect_none(CURRENT_STATE, within=MRT + lab.timers.tolerance)


@case("IGMPV3-HOST-5.2-08", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-HOST-6.2-02")
def answer_shows_the_state_of_its_own_time(lab):
    """The record of an answer has the state when the delay ends, not when the query came."""
    join(lab, G)
    lab.lan.send(group_query(G, max_resp=MRT))
    lab.host.exclude(G, [A])
    lab.lan.expect(report(is_ex(G, [A])), within=MRT)


@case("IGMPV3-HOST-5.2-09", role="host", needs=LISTEN_V3, seconds=8, mld="MLDV2-HOST-6.3-02")
def source_query_in_include_mode(lab):
    """INCLUDE (A) and Q(G,B): IS_IN (A*B); nothing if that is empty."""
    lab.host.include(G, [A, B])
    quiet(lab)
    for asked, answer in (([A], [A]), ([A, B, C], [A, B]), ([B, D], [B])):
        lab.lan.send(group_source_query(G, asked, max_resp=MRT))
        lab.lan.expect(report(is_in(G, answer)), within=MRT)
    lab.lan.send(group_source_query(G, [C, D], max_resp=MRT))
    silence(lab)


@case("IGMPV3-HOST-5.2-09", role="host", needs=LISTEN_V3, seconds=8, mld="MLDV2-HOST-6.3-02")
def source_query_in_exclude_mode(lab):
    """EXCLUDE (A) and Q(G,B): IS_IN (B-A); nothing if that is empty."""
    lab.host.exclude(G, [A, B])
    quiet(lab)
    for asked, answer in (([C], [C]), ([A, C, D], [C, D]), ([B, D], [D])):
        lab.lan.send(group_source_query(G, asked, max_resp=MRT))
        lab.lan.expect(report(is_in(G, answer)), within=MRT)
    lab.lan.send(group_source_query(G, [A, B], max_resp=MRT))
    silence(lab)


@case("IGMPV3-HOST-5.2-09", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-HOST-6.3-02")
def source_listed_twice_is_reported_once(lab):
    """The sources of a query are a set: one that is listed twice is in the answer once."""
    lab.host.include(G, [A, B])
    quiet(lab)
    lab.lan.send(group_source_query(G, [A, B, A, A, C], max_resp=MRT))
    lab.lan.expect(report(is_in(G, [A, B])), within=MRT)


@case("IGMPV3-HOST-5.2-09", role="host", needs=LISTEN_V3, seconds=4, mld="MLDV2-HOST-6.3-02")
def source_query_for_a_group_left_before_the_answer(lab):
    """The group is left while the answer to a source query is pending: no current-state record of it."""
    lab.host.include(G, [A])
    lab.host.include(G2, [A])
    quiet(lab)
    for group in (G, G2):
        lab.lan.send(group_source_query(group, [A], max_resp=MRT))
    lab.host.leave(G)
    lab.lan.expect(block(G, [A]))
    lab.lan.expect(report(is_in(G2, [A])), within=MRT)
    lab.lan.expect_none(CURRENT_STATE, within=MRT + lab.timers.tolerance)
