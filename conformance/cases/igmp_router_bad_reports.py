# SPDX-License-Identifier: GPL-2.0-only
"""Reports and leaves that are wrong, cut, lying or odd: what is safe to read counts, the rest does not."""

from conformance.harness import *

from .igmp_router_common import (
    A,
    B,
    C,
    GROUP,
    OTHER,
    THIRD,
    acts_as_querier,
    by_group,
    expect_accepted,
    expect_ignored,
    expect_nothing_known,
    expect_record,
    expect_served,
    expect_unserved,
    numbered_groups,
    oldest_report,
    with_tail,
)

NOT_GROUPS = ("0.0.0.0", "10.1.2.3", "223.255.255.255", "240.0.0.1", "255.255.255.255")
UNASSIGNED = (0x00, 0x09, 0x10, 0x18, 0x1D, 0x20, 0x21, 0x23, 0x27, 0x2F, 0x40, 0x7F, 0x80, 0x91, 0xA2, 0xEE)


# ---- checksums and lengths ---------------------------------------------------------------------------------


@case("IGMPV3-ANY-4.1.2-01", role="querier", needs=igmp(3), seconds=6, mld="MLDV2-ANY-5.1.2-01")
def reports_with_a_wrong_checksum_are_not_processed(lab):
    """Reports and Leaves with a wrong checksum, or none, make no state and no question."""
    lab.lan.send(report(is_ex(THIRD, [])))
    lab.lan.send(v2_leave(THIRD, checksum="bad"), after=lab.timers.tolerance)
    lab.lan.send(report(to_in(THIRD, []), checksum="bad"))
    lab.lan.send(report(block(THIRD, [A]), checksum="bad"))
    lab.lan.expect_none(any_query(group=THIRD))
    expect_ignored(
        lab,
        by_group(
            [
                ("TO_EX, one bit wrong", lambda group: report(to_ex(group, []), checksum="bad")),
                ("TO_EX, checksum zero", lambda group: report(to_ex(group, []), checksum=0)),
                ("IS_IN, checksum 0xffff", lambda group: report(is_in(group, [A]), checksum=0xFFFF)),
                ("version 2 report", lambda group: v2_report(group, checksum="bad")),
                ("oldest report", lambda group: oldest_report(lab, group, checksum=0)),
            ]
        ),
    )


@case("IGMPV3-ROUTER-4.2.3-01", role="querier", needs=igmp(3), seconds=20, mld="MLDV2-ROUTER-5.2.3-01")
def report_cut_at_any_octet_makes_no_state(lab):
    """A report of one record with two sources, cut after each octet, checksum right: nothing comes of it."""

    def cut(octets):
        return lambda group: report(to_ex(group, [A, B]), truncate=octets)

    expect_ignored(lab, by_group([(f"cut to {octets} octets", cut(octets)) for octets in range(24)]))


@case(
    "IGMPV2-ROUTER-7-02",
    "IGMPV3-ANY-4-04",
    role="querier",
    needs=igmp(3),
    seconds=20,
    mld=["MLDV1-ROUTER-6-01", "MLDV2-ANY-5-02"],
)
def older_report_cut_at_any_octet_makes_no_state(lab):
    """Version 1 and 2 reports shorter than 8 octets make no state, shorter Leaves no question."""
    packets = [
        (f"version 2 report cut to {n} octets", lambda group, n=n: v2_report(group, truncate=n))
        for n in range(8)
    ]
    packets += [
        (f"oldest report cut to {n} octets", lambda group, n=n: oldest_report(lab, group, truncate=n))
        for n in range(8)
    ]
    expect_ignored(lab, by_group(packets))
    lab.lan.send(v2_report(THIRD))
    lab.wait(lab.timers.tolerance)
    for octets in range(8):
        lab.lan.send(v2_leave(THIRD, truncate=octets))
    lab.lan.expect_none(any_query(group=THIRD))
    lab.lan.send(v2_leave(THIRD))
    lab.lan.expect(group_query(THIRD))


@case("IGMPV3-ROUTER-4.2.3-01", role="querier", needs=igmp(3), seconds=10, mld="MLDV2-ROUTER-5.2.3-01")
def records_that_overrun_the_packet_are_not_acted_on(lab):
    """Counts of sources that the packet can't hold: that record is not there."""
    expect_ignored(
        lab,
        by_group(
            [
                ("65535 sources claimed", lambda group: report(to_ex(group, [A], count=65535))),
                ("one source too many claimed", lambda group: report(to_ex(group, [A], count=2))),
                ("sources claimed, none there", lambda group: report(is_in(group, [], count=1))),
                (
                    "more sources and auxiliary words",
                    lambda group: report(to_ex(group, [A], count=9, aux_len=9)),
                ),
                (
                    "65535 sources and 65535 records",
                    lambda group: report(to_ex(group, [A], count=65535), count=65535),
                ),
            ]
        ),
    )


@case(
    "IGMPV3-ROUTER-4.2.3-01",
    role="querier",
    needs=igmp(3),
    seconds=6,
    ambiguous=("the whole report is dropped", "complete records before the end are taken"),
    mld="MLDV2-ROUTER-5.2.3-01",
)
def complete_record_before_one_that_is_not_there(lab):
    """A report claims more records than it holds: what of the complete ones?"""
    first, second, third = numbered_groups(3)
    lab.lan.send(report(to_ex(first, []), count=2))
    lab.lan.send(report(to_ex(second, []), count=65535))
    lab.lan.send(report(to_ex(third, []), to_ex(OTHER, [A], count=9)))
    lab.wait(lab.timers.tolerance)
    for group in (first, second, third, OTHER):
        lab.lan.send(report(to_in(group, [])))
    asked = {message.group for message in lab.lan.collect(any_query(), lab.timers.tolerance)}
    lab.check(OTHER not in asked, "the record that overruns is not acted on")
    lab.check(acts_as_querier(lab, GROUP), "the system goes on")
    taken = len(asked & {first, second, third})
    lab.check(taken in (0, 3), "all complete records are treated alike")
    lab.reading("complete records before the end are taken" if taken else "the whole report is dropped")


@case(
    "IGMPV3-ROUTER-4.2.3-01",
    "IGMPV3-ROUTER-4.2.10-01",
    role="querier",
    needs=igmp(3),
    seconds=6,
    ambiguous=("the report is dropped", "the record counts: auxiliary data is ignored"),
    mld=["MLDV2-ROUTER-5.2.3-01", "MLDV2-ROUTER-5.2.10-01"],
)
def auxiliary_data_that_overruns_the_packet(lab):
    """A record that is complete but for the auxiliary data that it claims."""
    first, second = numbered_groups(2)
    lab.lan.send(report(to_ex(first, [], aux_len=255)))
    lab.lan.send(report(to_ex(second, [], aux=b"aux!", aux_len=2)))
    lab.wait(lab.timers.tolerance)
    for group in (first, second):
        lab.lan.send(report(to_in(group, [])))
    asked = {message.group for message in lab.lan.collect(any_query(), lab.timers.tolerance)}
    lab.check(acts_as_querier(lab, GROUP), "the system goes on")
    taken = len(asked & {first, second})
    lab.check(taken in (0, 2), "both are treated alike")
    lab.reading("the record counts: auxiliary data is ignored" if taken else "the report is dropped")


@case("IGMPV3-ANY-4.2.11-01", role="querier", needs=igmp(3), seconds=6, mld="MLDV2-ANY-5.2.11-01")
def octets_after_the_last_record_count_for_the_checksum_only(lab):
    """Octets after the last record are ignored, but the checksum must cover them."""
    expect_accepted(
        lab,
        by_group(
            [
                ("four octets more", lambda group: report(to_ex(group, []), extra=b"more")),
                ("an odd octet more", lambda group: report(to_ex(group, []), extra=b"\xff")),
                ("1000 octets more", lambda group: report(to_ex(group, []), extra=bytes(range(250)) * 4)),
                (
                    "four octets, built by hand",
                    lambda group: with_tail(lab, report(to_ex(group, [])), b"tail", True),
                ),
            ]
        ),
    )
    group = "239.1.3.200"
    expect_ignored(
        lab,
        {
            "checksum over the records alone": (
                group,
                with_tail(lab, report(to_ex(group, [])), b"tail", False),
            )
        },
    )


@case("IGMPV3-ANY-4.2.11-01", role="querier", needs=igmp(3), seconds=6, mld="MLDV2-ANY-5.2.11-01")
def records_beyond_the_count_are_no_records(lab):
    """A report that counts fewer records than it holds: those beyond the count are additional data."""
    lab.lan.send(report(to_ex(GROUP, []), to_ex(OTHER, []), count=1))
    lab.lan.send(report(to_ex(THIRD, []), count=0))
    expect_record(lab, "exclude", group=GROUP)
    expect_nothing_known(lab, OTHER)
    expect_nothing_known(lab, THIRD)


FULL = "A report of {0} records, as many as 1500 octets hold, makes {0} groups known; an empty one none."


@case(
    "BADIN-ROUTER-3376-4.2.3-01",
    role="router",
    needs=igmp(3),
    seconds=6,
    mld=dict(ids="BADIN-ROUTER-3376-4.2.3-01", title=FULL.format(72)),
)
def every_record_of_a_full_packet_counts(lab):
    """A report of 183 records, as many as 1500 octets hold, makes 183 groups known; an empty one none."""
    count = {"ipv4": 183, "ipv6": 72}[lab.family]
    groups = numbered_groups(count)
    lab.lan.send(report())
    lab.lan.send(report(*(is_ex(group, []) for group in groups)))
    if lab.has("state:groups"):
        lab.state.eventually(
            lambda: set(groups) <= set(lab.state.groups()), message=f"all {count} groups are known"
        )
    for group in (groups[0], groups[count // 2], groups[-1]):
        expect_served(lab, group)
    expect_unserved(lab, GROUP)


# ---- fields ------------------------------------------------------------------------------------------------


@case("IGMPV3-ROUTER-4.2.10-01", role="router", needs=igmp(3), seconds=6, mld="MLDV2-ROUTER-5.2.10-01")
def auxiliary_data_is_skipped(lab):
    """Records with auxiliary data count as if they had none, and so do the records after them."""
    third = "239.1.2.9"
    lab.lan.send(
        report(
            is_in(GROUP, [A], aux=b"auxiliary data!!"), is_ex(OTHER, [B], aux=b"\0" * 1020), is_in(third, [C])
        )
    )
    expect_record(lab, "include", [A], group=GROUP)
    expect_record(lab, "exclude", [], [B], group=OTHER)
    expect_record(lab, "include", [C], group=third)


@case("IGMPV3-ROUTER-4.2.12-01", role="router", needs=igmp(3), seconds=6, mld="MLDV2-ROUTER-5.2.12-01")
def records_of_unknown_types_are_skipped(lab):
    """Records of types 0, 7, 128 and 255 are ignored with all their sources; the others count."""
    unknown = numbered_groups(4)
    records = [is_in(GROUP, [A])]
    records += [record(number, group, [B, C]) for number, group in zip((0, 7, 128, 255), unknown)]
    lab.lan.send(report(*records, is_ex(OTHER, [B])))
    expect_record(lab, "include", [A], group=GROUP)
    expect_record(lab, "exclude", [], [B], group=OTHER)
    for group in unknown:
        expect_nothing_known(lab, group)


@case(
    "IGMPV3-ANY-4-03",
    "IGMPV2-ANY-2.1-02",
    "IGMPV3R-ANY-4-01",
    role="querier",
    needs=igmp(3),
    seconds=20,
    mld="MLDV2-ANY-5-03",
)
def messages_of_unknown_types_are_ignored(lab):
    """IGMP messages of types that nobody has assigned make no state and no answer, of 8 octets or more."""

    def unknown(kind, body):
        return lambda group: igmp_message(kind, group=group, body=body)

    packets = [
        (f"type 0x{kind:02x}, {8 + len(body)} octets", unknown(kind, body))
        for kind in UNASSIGNED
        for body in (b"", b"\x04\0\0\0\xef\x01\x02\x03")
    ]
    expect_ignored(lab, by_group(packets))
    lab.lan.send(igmp_message(0x40, group=GROUP, body=b"more"))
    lab.lan.expect_none(any_of(any_igmp(where=lambda message: message.kind != "general_query"), ip(1)))


@case(
    "BADIN-ROUTER-3376-4.2.1-01", role="querier", needs=igmp(3), seconds=6, mld="BADIN-ROUTER-3376-4.2.1-01"
)
def reserved_fields_of_a_report_are_ignored(lab):
    """Reports with the second octet or the 16 reserved bits set count as those with zeros."""
    expect_accepted(
        lab,
        by_group(
            [
                ("second octet 0xff", lambda group: report(to_ex(group, []), code=0xFF)),
                ("reserved bits 0xffff", lambda group: report(to_ex(group, []), resv=0xFFFF)),
                ("both", lambda group: report(to_ex(group, []), code=1, resv=0x8001)),
            ]
        ),
    )


@case(
    "IGMPV2-ANY-2.2-01",
    "IGMPV2-ANY-2.5-01",
    "IGMPV3-ANY-4-04",
    role="querier",
    needs=igmp(3),
    seconds=6,
    mld=["MLDV1-QUERIER-3.4-01", "MLDV1-ANY-3.7-01", "MLDV2-ANY-5-02"],
)
def code_and_tail_of_older_messages_are_ignored(lab):
    """The second octet of version 2 reports and Leaves means nothing, nor does anything past the eighth."""
    expect_accepted(
        lab,
        by_group(
            [
                ("report with code 0xff", lambda group: v2_report(group, code=0xFF)),
                ("report of 9 octets", lambda group: v2_report(group, extra=b"\x01")),
                ("report of 1008 octets", lambda group: v2_report(group, extra=b"\x5a" * 1000)),
            ]
        ),
        version=2,
    )
    lab.lan.send(v2_report(GROUP))
    lab.lan.send(v2_report(OTHER))
    lab.lan.send(v2_leave(GROUP, code=0x7F), after=lab.timers.tolerance)
    lab.lan.send(v2_leave(OTHER, extra=b"extra octets"))
    lab.lan.expect(group_query(GROUP))
    lab.lan.expect(group_query(OTHER))


# ---- groups and sources ------------------------------------------------------------------------------------


@case("IGMPV3-ROUTER-4.2.8-01", role="querier", needs=igmp(3), seconds=6, mld="MLDV2-ROUTER-5.2.8-01")
def group_fields_without_a_group_make_no_state(lab):
    """Records and older reports about addresses outside 224/4 make no state; the other records count."""
    lab.lan.send(
        report(is_in(GROUP, [A]), *(to_ex(address, []) for address in NOT_GROUPS), is_ex(OTHER, [B]))
    )
    for address in NOT_GROUPS:
        lab.lan.send(v2_report(address, dst=ALL_SYSTEMS))
        lab.lan.send(oldest_report(lab, address, dst=ALL_SYSTEMS))
    expect_record(lab, "include", [A], group=GROUP)
    expect_record(lab, "exclude", [], [B], group=OTHER)
    if lab.has("state:groups"):
        lab.check(not set(NOT_GROUPS) & set(lab.state.groups()), "no state of an address that is no group")
    for address in NOT_GROUPS:
        lab.lan.send(v2_leave(address))
        lab.lan.send(report(to_in(address, [])))
    lab.lan.expect_none(any_query(group=set(NOT_GROUPS) - {"0.0.0.0"}), within=lab.timers.lmqi)


@case(
    "IGMPV3-ROUTER-4.2.8-01",
    "MFWD-ROUTER-5771-4-01",
    role="router",
    needs=[igmp(3), "forwarding"],
    seconds=15,
    mld=["MLDV2-ROUTER-5.2.8-01", "MFWD-ROUTER-5771-4-01"],
)
def members_of_link_local_groups_make_no_data_flow(lab):
    """Reports about 224.0.0.x, as hosts send them, make no data to such a group be forwarded."""
    groups = ("224.0.0.5", "224.0.0.251", "224.0.0.255")
    lab.lan.send(report(*(is_ex(group, []) for group in groups), is_ex(GROUP, [])))
    for group in groups:
        lab.lan.send(v2_report(group))
    for group in groups:
        expect_unserved(lab, group, data=True)
    expect_served(lab, GROUP, data=True)


@case("BADIN-ROUTER-3376-4.2.9-01", role="router", needs=igmp(3), seconds=8, mld="BADIN-ROUTER-3376-4.2.9-01")
def source_lists_are_sets_of_unicast_addresses(lab):
    """A source named twice counts once; 0.0.0.0, groups and broadcast in a list do no harm to the others."""
    lab.lan.send(
        report(is_in(GROUP, [B, A, A, B, A]), is_in(OTHER, ["0.0.0.0", A, "239.9.9.9", "255.255.255.255"]))
    )
    expect_record(lab, "include", [A, B], group=GROUP)
    expect_served(lab, OTHER, A)
    expect_unserved(lab, OTHER, B)
    lab.lan.send(report(to_ex(THIRD, [B, B, B])))
    expect_record(lab, "exclude", [], [B], group=THIRD)
