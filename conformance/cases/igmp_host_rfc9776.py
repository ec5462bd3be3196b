# SPDX-License-Identifier: GPL-2.0-only
"""What RFC 9776 asks of hosts beyond RFC 3376: source-specific groups, the time after an older querier."""

import re

from conformance.harness import *

from .igmp_host_common import A, B, G, G2, G3, LISTEN_MLD, LISTEN_V3, QUERY_V1, has_version_1, join, quiet

MRT = 1  # seconds
R9776 = dict(profile="rfc9776")
OLDER = [*LISTEN_V3, igmp(2), igmp(1)]
SSM = "232.1.2.3"
EXCLUDE_RECORD = any_igmp(
    where=lambda message: any(one.type in (2, 4) and one.group.startswith("232.") for one in message.records)
)


def speaks(lab, version):
    """Whether the host speaks this version now."""
    group = f"239.5.{version}.{len(lab.steps) % 250 + 1}"
    lab.host.join(group, socket=f"test{len(lab.steps)}")
    said = lab.lan.expect(any_report(group=group))
    return said.version == version


# ---- older queriers ----------------------------------------------------------------------------------------


@case(
    "IGMPV3R-HOST-8.12-01",
    role="host",
    needs=[*OLDER, "virtual"],
    setup=R9776,
    ambiguous=("ten times the Max Response Time", "ten times the number in units of 1/10 s: the time itself"),
)
def older_mode_ends_ten_response_times_later(lab):
    """An older mode lasts Robustness * Query Interval + 10 times the Max Response Time; of which unit?"""
    asked = lab.lan.send(v2_query(max_resp=lab.timers.qri))
    short = lab.timers.rv * lab.timers.qi + lab.timers.qri
    lab.wait_until(asked + short - 2 * lab.timers.tolerance)
    lab.check(speaks(lab, 2), "version 2 is spoken until the shorter of the two")
    lab.wait_until(asked + short + 2 * lab.timers.tolerance)
    if speaks(lab, 3):
        lab.reading("ten times the number in units of 1/10 s: the time itself")
    long = lab.timers.rv * lab.timers.qi + 10 * lab.timers.qri
    lab.wait_until(asked + long - 2 * lab.timers.tolerance)
    lab.check(speaks(lab, 2), "version 2 is spoken until the longer of the two")
    lab.wait_until(asked + long + 2 * lab.timers.tolerance)
    lab.check(speaks(lab, 3), "version 3 is spoken after it")
    lab.reading("ten times the Max Response Time")


@case("IGMPV3R-HOST-8.12-02", role="host", needs=[*OLDER, "virtual"], setup=R9776)
def older_mode_is_timed_by_the_own_query_interval(lab):
    """The time of an older mode comes from the host's own values: what queries tell does not count."""
    for heard in (20, 1000):
        lab.lan.send(general_query(max_resp=MRT, qqi=heard, qrv=2))
        lab.wait(2)
        asked = lab.lan.send(v2_query(max_resp=MRT))
        lab.wait_until(asked + lab.timers.rv * lab.timers.qi - 1)
        lab.check(speaks(lab, 2), "version 2 is spoken for Robustness * the own Query Interval")
        lab.wait_until(asked + lab.timers.rv * lab.timers.qi + 10 * MRT + 1)
        lab.check(speaks(lab, 3), "version 3 is spoken soon after it")


@case(
    "IGMPV3R-HOST-7.2.1-01",
    role="host",
    needs=OLDER,
    setup=R9776,
    seconds=5,
    mld=dict(ids="MLDV2R-HOST-8.2.1-01", needs=LISTEN_MLD),
)
def older_group_query_changes_no_mode(lab):
    """A version 2 Group-Specific Query never changes the compatibility mode; a General Query does."""
    join(lab, G)
    lab.lan.send(v2_query(G, max_resp=MRT))
    lab.lan.expect(report(is_ex(G, [])), within=MRT)
    lab.check(speaks(lab, 3), "version 3 is still spoken")
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)


@case(
    "IGMPV3R-HOST-7.2.1-03",
    role="host",
    needs=OLDER,
    setup=dict(profile="rfc9776", compatibility=False),
    seconds=6,
    mld=dict(ids="MLDV2R-HOST-8.2.1-03", needs=LISTEN_MLD),
)
def compatibility_can_be_switched_off(lab):
    """With the compatibility modes switched off older queries change nothing: version 3 is spoken."""
    join(lab, G)
    lab.lan.send(v2_query(max_resp=MRT))
    if has_version_1(lab):
        lab.lan.send(QUERY_V1)
    lab.lan.expect_none(any_of(v1_report(), v2_report()), within=MRT + lab.timers.tolerance)
    lab.check(speaks(lab, 3), "version 3 is spoken")
    lab.lan.send(group_query(G, max_resp=MRT))
    lab.lan.expect(is_ex(G, []), within=MRT)
    lab.lan.expect_none(any_of(v1_report(), v2_report()), within=MRT)


@case(
    "IGMPV3R-HOST-7.2.1-03",
    role="host",
    needs=OLDER,
    setup=R9776,
    seconds=4,
    mld=dict(ids="MLDV2R-HOST-8.2.1-03", needs=LISTEN_MLD),
)
def compatibility_is_on_by_default(lab):
    """Unless it is switched off a version 2 General Query makes the host speak version 2."""
    join(lab, G)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.expect(v2_report(G), within=MRT)
    lab.check(speaks(lab, 2), "version 2 is spoken")


@case(
    "IGMPV3R-HOST-7.2.2-01",
    role="host",
    needs=LISTEN_V3,
    setup=R9776,
    seconds=4,
    mld="SSM-HOST-4604-2.2.4-01",
)
def older_report_does_not_suppress_a_record(lab):
    """A host that knows source-specific groups reports its own although older hosts have just done so."""
    join(lab, G, G2)
    lab.host.include(SSM, [A])
    quiet(lab)
    lab.lan.send(general_query(max_resp=MRT))
    for packet in (v2_report(G), v1_report(G2) if has_version_1(lab) else v2_report(G2), v2_report(SSM)):
        lab.lan.send(packet)
    answers = lab.lan.collect(any_report(), MRT + lab.timers.tolerance)
    for record in (is_ex(G, []), is_ex(G2, []), is_in(SSM, [A])):
        lab.check(any(record.matches(answer) for answer in answers), f"{record} is reported")


# ---- source-specific groups --------------------------------------------------------------------------------


@case(
    "IGMPV3R-HOST-4.2.13-01",
    role="host",
    needs=LISTEN_V3,
    setup=R9776,
    seconds=6,
    mld=["MLDV2R-HOST-5.2.13-01", "SSM-HOST-4604-2.2.1-01"],
)
def source_specific_group_gets_no_exclude_record(lab):
    """For a group of 232/8 neither TO_EX nor IS_EX is ever sent, whatever applications ask for."""
    lab.host.include(SSM, [A])
    lab.lan.expect(report(allow(SSM, [A])))
    for group in (SSM, "232.0.0.1", "232.255.255.255"):
        lab.host.listen(group, "exclude", [], socket="b")
        lab.host.listen(group, "exclude", [B], socket="c")
    lab.lan.expect_none(EXCLUDE_RECORD, within=lab.timers.rv * lab.timers.uri)
    lab.lan.send(general_query(max_resp=MRT))
    lab.lan.expect(is_in(SSM), within=MRT)
    lab.lan.expect_none(EXCLUDE_RECORD, within=MRT + lab.timers.tolerance)


@case(
    "IGMPV3R-HOST-4.2.13-01",
    role="host",
    needs=LISTEN_V3,
    setup=R9776,
    seconds=4,
    mld=["MLDV2R-HOST-5.2.13-01", "SSM-HOST-4604-2.2.1-01"],
)
def groups_beside_the_source_specific_range_are_ordinary(lab):
    """Groups just below and above 232/8 are joined by TO_EX, as ever."""
    for group in ("231.255.255.255", "233.0.0.0"):
        lab.host.join(group)
        lab.lan.expect(report(to_ex(group, [])))


def complaints(lab):
    """Lines of the log since the last call that warn of something."""
    return [line for line in lab.state.log() if re.search(r"warn|error", line, re.IGNORECASE)]


@case(
    "IGMPV3R-HOST-7.2.1-02",
    role="host",
    needs=[*OLDER, "log", "virtual"],
    setup=R9776,
    mld=dict(ids=["MLDV2R-HOST-8.2.1-02", "SSM-HOST-4604-2.2.3-01"], needs=[*LISTEN_MLD, "log", "virtual"]),
)
def older_query_about_a_source_specific_group_is_logged(lab):
    """A version 1 query, a version 2 General Query, or one for a group of 232/8 is logged as an error."""
    lab.host.include(SSM, [A])
    quiet(lab)
    lab.lan.send(general_query(max_resp=MRT))
    lab.lan.send(v2_query(G3, max_resp=MRT, dst=ALL_SYSTEMS))
    lab.wait(MRT)
    lab.check(not complaints(lab), "nothing is wrong with a version 3 query, nor with one for another group")
    oldest = [QUERY_V1] if has_version_1(lab) else []
    for query in (v2_query(SSM, max_resp=MRT), v2_query(max_resp=MRT), *oldest):
        lab.wait(300)  # logging may be rate-limited
        complaints(lab)
        lab.lan.send(query)
        lab.wait(MRT)
        found = complaints(lab)
        lab.check(found, f"an error is logged ({'; '.join(found)})")


# ---- the report --------------------------------------------------------------------------------------------


@case(
    "IGMPV3R-HOST-4.2.3-01", role="host", needs=LISTEN_V3, setup=R9776, seconds=4, mld="MLDV2R-HOST-5.2.3-01"
)
def flags_of_a_report_are_zero(lab):
    """The Flags field before the number of records is zero in every report."""
    lab.host.join(G)
    changed = lab.lan.expect(to_ex(G))
    quiet(lab)
    lab.lan.send(general_query(max_resp=MRT, resv=15))
    for message in (changed, lab.lan.expect(is_ex(G), within=MRT)):
        lab.check(message.igmp[4:6] == b"\0\0", f"the flags are zero ({message.igmp.hex()})")


@case(
    "IGMPV3R-HOST-4.2.14-01", role="host", needs=LISTEN_V3, setup=R9776, seconds=4, mld="MLDV2-HOST-5.2.13-01"
)
def source_of_a_report_is_a_unicast_address_of_the_subnet(lab):
    """The source of a report is the host's unicast address on the subnet."""
    for port in (lab.lan, lab.lan2):
        lab.host.join(G, port=port.name)
        changed = port.expect(to_ex(G))
        lab.check(changed.src == port.dut, f"the source on {port.name} is {port.dut} ({changed.src})")
    quiet(lab)
    lab.lan.send(general_query(max_resp=MRT))
    answer = lab.lan.expect(is_ex(G), within=MRT)
    lab.check(answer.src == lab.lan.dut, f"the source of the answer is {lab.lan.dut} ({answer.src})")
