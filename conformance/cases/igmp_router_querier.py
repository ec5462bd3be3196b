# SPDX-License-Identifier: GPL-2.0-only
"""The querier of a link: General Queries in time, and who becomes querier and who stays it."""

from conformance.harness import *

from .igmp_router_common import A, GROUP, OTHER, THIRD, acts_as_querier, is_querier, margin, numbered_groups

START = 2.5  # seconds that a real router may take to get going


@case(
    "IGMPV3-QUERIER-6.1-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: (timers.sqc - 1) * timers.sqi + 2 * timers.qi,
    mld=["MLDV2-QUERIER-7.1-01", "MLDV2-ROUTER-7.6.2-01"],
)
def startup_queries_come_sqi_apart_and_later_ones_qi_apart(lab):
    """At the start SQC General Queries, SQI apart; from then on one every QI."""
    last = lab.lan.expect(general_query(), after=0.0, within=0 if lab.virtual else START)
    gaps = [lab.timers.sqi] * (lab.timers.sqc - 1) + [lab.timers.qi] * 2
    for gap in gaps:
        last = lab.lan.expect(general_query(max_resp=lab.timers.qri), at=last.time + gap)
    lab.lan.expect_none(general_query(), until=lab.now)


@case(
    "IGMPV3-QUERIER-6.1-01",
    role="querier",
    needs=igmp(3),
    setup=dict(timers=dict(sqi=1.5, sqc=4)),
    seconds=5,
    mld=["MLDV2-QUERIER-7.1-01", "MLDV2-ROUTER-7.6.2-01"],
)
def startup_queries_follow_their_own_interval_and_count(lab):
    """A configured Startup Query Interval and Count hold: four queries, 1.5 s apart."""
    last = lab.lan.expect(general_query(), after=0.0, within=0 if lab.virtual else START)
    for _ in range(3):
        last = lab.lan.expect(general_query(), at=last.time + 1.5)
    lab.lan.expect_none(general_query(), until=last.time + min(2.5, lab.timers.qi - margin(lab)))


@case(
    "IGMPV3-QUERIER-6.1-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.sqi + 2,
    mld=["MLDV2-QUERIER-7.1-01", "MLDV2-ROUTER-7.6.2-01"],
)
def every_attached_network_has_its_startup_queries(lab):
    """The startup queries go out on each attached network."""
    for port in (lab.lan, lab.lan2, lab.up):
        first = port.expect(general_query(), after=0.0, within=0 if lab.virtual else START)
        port.expect(general_query(), at=first.time + lab.timers.sqi)


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    "IGMPV3-ROUTER-8.5-01",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: timers.oqpi + 1,
    mld=["MLDV2-ROUTER-7.6.2-01", "MLDV2-ROUTER-9.5-01"],
)
def query_from_a_lower_address_silences_general_queries_for_oqpi(lab):
    """A lower address takes over: no General Query for RV * QI + QRI / 2, then one at once."""
    asked = lab.lan.send(general_query(src=lab.lan.lower()))
    lab.lan.expect_none(general_query(), until=asked + lab.timers.oqpi - margin(lab))
    lab.lan.expect(general_query(), at=asked + lab.timers.oqpi)


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    "IGMPV3-ROUTER-8.5-01",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: timers.oqpi + timers.qi,
    mld=["MLDV2-ROUTER-7.6.2-01", "MLDV2-ROUTER-9.5-01"],
)
def each_query_of_the_querier_restarts_the_timer(lab):
    """OQPI counts from the last query of the lower address."""
    lab.lan.send(general_query(src=lab.lan.lower()))
    asked = lab.lan.send(general_query(src=lab.lan.lower()), after=lab.timers.qi)
    lab.lan.expect_none(general_query(), until=asked + lab.timers.oqpi - margin(lab))
    lab.lan.expect(general_query(), at=asked + lab.timers.oqpi)


LOWER_THAN_OURS = "lower than the router's own address"
LOWER_THAN_THE_QUERIERS = "lower than the address of the querier"


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    role="non-querier",
    needs=igmp(3),
    ambiguous=(LOWER_THAN_OURS, LOWER_THAN_THE_QUERIERS),
    seconds=lambda timers: timers.oqpi + timers.qi,
    mld="MLDV2-ROUTER-7.6.2-01",
)
def query_from_an_address_between_the_querier_and_the_router(lab):
    """A query of a lower address, though not as low as that of the querier: does it start OQPI anew?"""
    first = lab.lan.send(general_query(src=lab.lan.lower(3)))
    second = lab.lan.send(general_query(src=lab.lan.lower(1)), after=lab.timers.qi)
    lab.lan.expect_none(general_query(), until=first + lab.timers.oqpi - margin(lab))
    resumed = lab.lan.expect(general_query(), after=second, within=lab.timers.oqpi)
    times = {LOWER_THAN_OURS: second, LOWER_THAN_THE_QUERIERS: first}
    for reading, time in times.items():
        if abs(resumed.time - time - lab.timers.oqpi) <= lab.timers.tolerance:
            lab.reading(reading)
    lab.fail(f"OQPI after neither query: {resumed.time:.3f} s")


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: timers.oqpi + timers.qi,
    mld="MLDV2-ROUTER-7.6.2-01",
)
def after_oqpi_the_router_is_querier_again_with_all_that_it_heard(lab):
    """The former non-querier queries periodically, and asks about a group that it heard of meanwhile."""
    asked = lab.lan.send(general_query(src=lab.lan.lower()))
    lab.lan.send(report(to_ex(GROUP, [])), after=lab.timers.oqpi / 2)
    first = lab.lan.expect(general_query(), at=asked + lab.timers.oqpi)
    lab.lan.send(report(to_in(GROUP, [])), after=margin(lab))
    lab.lan.expect(group_query(GROUP))
    lab.lan.expect(general_query(), at=first.time + lab.timers.qi)


@case("IGMPV3-ROUTER-6.6.2-01", role="non-querier", needs=igmp(3), mld="MLDV2-ROUTER-7.6.2-01")
def loser_of_the_election_asks_no_specific_queries(lab):
    """A leave is answered by group queries before a lower address queries, and by none afterwards."""
    first, second = numbered_groups(2)
    lab.check(acts_as_querier(lab, first), "the querier asks about a group that is left")
    lab.become_non_querier()
    lab.check(not acts_as_querier(lab, second), "a non-querier asks nothing")


CEASES, FINISHES = "it ceases at once", "it finishes what it has begun, as RFC 2236 3 has it"


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    role="non-querier",
    needs=igmp(3),
    setup=dict(timers=dict(lmqi=2.0)),
    ambiguous=(CEASES, FINISHES),
    seconds=10,
    mld="MLDV2-ROUTER-7.6.2-01",
)
def election_lost_during_a_sequence_of_queries(lab):
    """The loser ceases to send queries, also those left of a sequence; or, as in version 2, not these."""
    lab.lan.send(report(to_ex(GROUP, []), is_in(OTHER, [A])))
    lab.lan.send(report(to_in(GROUP, []), block(OTHER, [A])), after=lab.timers.tolerance)
    first = lab.lan.expect(group_query(GROUP))
    lab.lan.expect(group_source_query(OTHER, [A]))
    lab.lan.send(general_query(src=lab.lan.lower()), after=lab.timers.lmqi / 2)
    lab.wait_until(first.time + lab.timers.lmqt + margin(lab))
    rest = lab.lan.collect(any_query(group={GROUP, OTHER}))
    lab.lan.send(general_query(src=lab.lan.lower()))
    lab.wait(lab.timers.tolerance)
    lab.check(not is_querier(lab, THIRD), "after the sequence it is a non-querier")
    lab.check(len(rest) in (0, 2 * lab.timers.lmqc - 2), f"none or all of the repeats, not {len(rest)}")
    lab.reading(FINISHES if rest else CEASES)


@case("IGMPV3-ROUTER-6.6.2-01", role="router", needs=igmp(3), mld="MLDV2-ROUTER-7.6.2-01")
def election_is_per_network(lab):
    """A lower address on one network takes nothing away on another."""
    first, second = numbered_groups(2)
    lab.become_non_querier("lan")
    lab.check(not is_querier(lab, first, "lan"), "another router is querier on lan")
    lab.check(is_querier(lab, second, "lan2"), "nobody else is there on lan2")


@case(
    "IGMPV3-ROUTER-6.6.2-02",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.sqi + 2 * timers.qi,
    mld="MLDV2-ROUTER-7.6.2-02",
)
def query_from_a_higher_address_changes_nothing(lab):
    """The querier keeps its schedule and its specific queries when a higher address queries."""
    start = (lab.timers.sqc - 1) * lab.timers.sqi
    last = lab.lan.expect(general_query(), after=max(start - lab.timers.sqi / 2, 0.0), within=lab.timers.qi)
    lab.lan.send(general_query(src=lab.lan.higher()), after=lab.timers.qi / 4)
    lab.check(is_querier(lab, GROUP), "it still asks about a group that is left")
    for number in (1, 2):
        lab.lan.expect(general_query(), at=last.time + number * lab.timers.qi)


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    "IGMPV3-ROUTER-6.6.2-02",
    role="router",
    needs=igmp(3),
    mld=["MLDV2-ROUTER-7.6.2-01", "MLDV2-ROUTER-7.6.2-02"],
)
def nearest_addresses_decide_the_election_as_numbers(lab):
    """10.1.0.11 is higher than 10.1.0.10 and loses; 10.1.0.9 is lower and wins (numbers, not text)."""
    groups = numbered_groups(3)
    for number, (address, stays) in enumerate(
        ((lab.lan.higher(1), True), (lab.lan.address(200), True), (lab.lan.lower(1), False))
    ):
        lab.lan.send(general_query(src=address))
        lab.wait(lab.timers.tolerance)
        lab.check(
            is_querier(lab, groups[number]) == stays,
            f"after a query of {address} it is {'still' if stays else 'no longer'} the querier",
        )


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    role="router",
    needs=igmp(3),
    ambiguous=("a query from 0.0.0.0 elects nobody", "0.0.0.0 is a lower address"),
)
def query_without_a_source_address(lab):
    """A General Query from 0.0.0.0, as snooping switches send it: does it elect?"""
    groups = numbered_groups(3)
    lab.check(is_querier(lab, groups[0]), "it is the querier at first")
    lab.lan.send(general_query(src="0.0.0.0"))
    lab.wait(lab.timers.tolerance)
    stays = is_querier(lab, groups[1])
    lab.become_non_querier()
    lab.check(not is_querier(lab, groups[2]), "a lower address with a host part wins in any case")
    lab.reading("a query from 0.0.0.0 elects nobody" if stays else "0.0.0.0 is a lower address")


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    role="router",
    needs=igmp(3),
    ambiguous=("any query elects", "only a General Query elects"),
    mld="MLDV2-ROUTER-7.6.2-01",
)
def group_query_from_a_lower_address(lab):
    """A group-specific query of a lower address: "a query" in RFC 3376, the General Query in RFC 9776."""
    groups = numbered_groups(3)
    lab.check(is_querier(lab, groups[0]), "it is the querier at first")
    lab.lan.send(group_query(THIRD, src=lab.lan.lower()))
    lab.wait(lab.timers.tolerance)
    stays = is_querier(lab, groups[1])
    lab.lan.send(general_query(src=lab.lan.lower()))
    lab.wait(lab.timers.tolerance)
    lab.check(not is_querier(lab, groups[2]), "the General Query of a lower address does elect")
    lab.reading("only a General Query elects" if stays else "any query elects")


@case("IGMPV3-ANY-4.1.12-01", role="router", needs=igmp(3), mld="MLDV2-ANY-5.1.15-01")
def query_to_the_routers_unicast_address_is_processed(lab):
    """A query addressed to the interface's own unicast address counts as any other: a lower sender wins."""
    first, second = numbered_groups(2)
    lab.check(is_querier(lab, first), "it is the querier at first")
    lab.lan.send(general_query(src=lab.lan.lower(), dst=lab.lan.dut))
    lab.wait(lab.timers.tolerance)
    lab.check(not is_querier(lab, second), "the lower address is the querier now")


@case("IGMPV3-ANY-5-01", role="router", needs=igmp(3), mld="MLDV2-HOST-6-01")
def nothing_is_asked_about_all_systems(lab):
    """Reports about 224.0.0.1 make the querier ask nothing about it, while 224.0.0.1 itself is received."""
    lab.lan.send(report(to_ex(ALL_SYSTEMS, [])))
    lab.lan.send(v2_report(ALL_SYSTEMS))
    lab.lan.send(report(to_in(ALL_SYSTEMS, [])), after=lab.timers.tolerance)
    lab.lan.send(v2_leave(ALL_SYSTEMS))
    lab.lan.expect_none(any_query(group=ALL_SYSTEMS), within=lab.timers.lmqi + lab.timers.tolerance)
    lab.lan.expect_none(any_report(group=ALL_SYSTEMS, link_local=True))
    first, second = numbered_groups(2)
    lab.check(is_querier(lab, first), "another group is asked about")
    lab.lan.send(general_query(src=lab.lan.lower(), dst=ALL_SYSTEMS))
    lab.wait(lab.timers.tolerance)
    lab.check(not is_querier(lab, second), "a query to 224.0.0.1 is received")


@case(
    "IGMPV3-ROUTER-4.1.6-01",
    "IGMPV3-NONQUERIER-4.1.7-01",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: (timers.rv + 1) * timers.qi / 2 + 2,
    mld=["MLDV2-QUERIER-5.1.8-01", "MLDV2-NONQUERIER-5.1.9-01"],
)
def robustness_and_interval_of_the_querier_are_adopted(lab):
    """QRV and QQI of the last query make the non-querier's own timers: its OQPI is QRV * QQI + QRI / 2."""
    qrv, qqi = lab.timers.rv + 1, int(lab.timers.qi / 2)
    lab.lan.send(general_query(src=lab.lan.lower(), qrv=qrv, qqi=qqi))
    asked = lab.lan.send(general_query(src=lab.lan.lower(), qrv=qrv, qqi=qqi), after=margin(lab))
    if lab.has("state:timers"):
        heard = lab.lan.send(report(to_ex(GROUP, [])), after=margin(lab))
        lab.state.expect_group(GROUP, expires=heard + qrv * qqi + lab.timers.qri - lab.now)
    interval = qrv * qqi + lab.timers.qri / 2
    lab.lan.expect_none(general_query(), until=asked + interval - margin(lab))
    lab.lan.expect(general_query(), at=asked + interval)


@case(
    "IGMPV3-ROUTER-4.1.6-01",
    role="non-querier",
    needs=igmp(3),
    seconds=lambda timers: timers.qi + 2,
    mld="MLDV2-QUERIER-5.1.8-01",
)
def qrv_zero_means_the_default_robustness(lab):
    """QRV 0 after QRV 3 brings back the default (here also the configured) Robustness Variable of 2."""
    lab.require(lab.timers.rv == 2, "the target is not configured with the default")
    qqi = int(lab.timers.qi / 2)
    lab.lan.send(general_query(src=lab.lan.lower(), qrv=3, qqi=qqi))
    lab.lan.send(general_query(src=lab.lan.lower(), qrv=0, qqi=qqi), after=margin(lab))
    asked = lab.lan.send(general_query(src=lab.lan.lower(), qrv=0, qqi=qqi), after=margin(lab))
    interval = 2 * qqi + lab.timers.qri / 2
    lab.lan.expect_none(general_query(), until=asked + interval - margin(lab))
    lab.lan.expect(general_query(), at=asked + interval)


@case(
    "IGMPV3-NONQUERIER-4.1.7-01",
    role="non-querier",
    needs=[igmp(3), "virtual"],
    setup=dict(timers=dict(qi=60.0)),
    mld="MLDV2-NONQUERIER-5.1.9-01",
)
def qqi_zero_means_the_default_interval(lab):
    """QQI 0 makes a non-querier use the default Query Interval of 125 s, not the configured one."""
    lab.lan.send(general_query(src=lab.lan.lower(), qqic=0))
    asked = lab.lan.send(general_query(src=lab.lan.lower(), qqic=0), after=1)
    interval = lab.timers.rv * 125 + lab.timers.qri / 2
    lab.lan.expect_none(general_query(), until=asked + interval - margin(lab))
    lab.lan.expect(general_query(), at=asked + interval)


@case(
    "IGMPV3-NONQUERIER-4.1.7-01",
    role="non-querier",
    needs=[igmp(3), "virtual"],
    mld="MLDV2-NONQUERIER-5.1.9-01",
)
def qqic_from_128_on_is_a_floating_point_code(lab):
    """QQIC 0x9a stands for (0xa | 0x10) << 4 = 416 s."""
    lab.lan.send(general_query(src=lab.lan.lower(), qqic=0x9A))
    asked = lab.lan.send(general_query(src=lab.lan.lower(), qqic=0x9A), after=1)
    interval = lab.timers.rv * 416 + lab.timers.qri / 2
    lab.lan.expect_none(general_query(), until=asked + interval - margin(lab))
    lab.lan.expect(general_query(), at=asked + interval)


@case(
    "IGMPV3-ROUTER-4.1.6-01",
    role="querier",
    needs=igmp(3),
    ambiguous=(
        "any router adopts the QRV of the last query",
        "the querier keeps its own Robustness Variable",
    ),
    mld="MLDV2-QUERIER-5.1.8-01",
)
def querier_hears_another_robustness_variable(lab):
    """A higher address queries with QRV 5: does the querier, which tells its own value, adopt it?"""
    lab.lan.send(general_query(src=lab.lan.higher(), qrv=5))
    lab.lan.send(report(to_ex(GROUP, [])), after=lab.timers.tolerance)
    lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    query = lab.lan.expect(group_query(GROUP))
    lab.check(query.qrv in (5, lab.timers.rv), "QRV is the one heard or the one configured")
    lab.reading(
        "any router adopts the QRV of the last query"
        if query.qrv == 5
        else "the querier keeps its own Robustness Variable"
    )


@case(
    "IGMPV3-ROUTER-6.6.2-01",
    "IGMPV3-ROUTER-6.6.2-02",
    role="router",
    needs=[igmp(3), "state:interfaces"],
    mld=["MLDV2-ROUTER-7.6.2-01", "MLDV2-ROUTER-7.6.2-02"],
)
def read_out_names_the_querier(lab):
    """The read-out of the interface tells the router itself, a lower querier, and nobody that is higher."""
    lab.lan.send(general_query(src=lab.lan.higher()))
    lab.state.eventually(lambda: lab.state.value("is_querier") is True, message="it is the querier itself")
    lab.check(lab.state.value("querier") in (lab.lan.dut, "0.0.0.0"), f"the querier is {lab.lan.dut}")
    lab.lan.send(general_query(src=lab.lan.lower()))
    lab.state.eventually(lambda: lab.state.value("is_querier") is False, message="it is querier no more")
    lab.check(lab.state.value("querier") == lab.lan.lower(), f"the querier is {lab.lan.lower()}")
