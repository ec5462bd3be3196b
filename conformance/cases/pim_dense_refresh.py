# SPDX-License-Identifier: GPL-2.0-only
"""State Refresh: who originates it, who passes it on, what it says (RFC 3973 4.5, 4.7.10)."""

from conformance.harness import *

from .pim_dense_common import *

SCOPE = ("239.1.0.0/16",)
THRESHOLD = 5
OTHER_ORIGINATOR = "10.9.0.201"
INTERVAL = 60


def scene(lab, *neighbors, **fields):
    """Neighbours that refresh state, and data of ``S`` that is flooded to them."""
    meet(lab, *(neighbors or (U, D, E)), refresh=INTERVAL)
    flood(lab)


def interval_of(lab):
    """Of the system's own State Refreshes, in whole seconds."""
    return round(lab.pim.timers.state_refresh_interval)


def later(lab):
    """Nothing that was refreshed until now limits what comes next."""
    lab.wait(lab.pim.timers.state_refresh_limit + margin(lab))


def seconds_of(number, rest=8):
    """Of a case that takes so many intervals of the system's own."""
    return lambda timers: number * timers.state_refresh_interval + rest


# ---- passing it on -----------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.5.1-04", "PIMDM-ROUTER-4.5.1-06", "PIMDM-ROUTER-4.7.10-01", needs=REFRESH, seconds=8)
def refresh_is_passed_on_with_what_the_router_knows_itself(lab):
    """A copy to each port has TTL one lower, this router's address, preference, metric and mask; originator and interval stay."""
    scene(lab)
    refresh(lab, hops=16, interval=INTERVAL, preference=1, metric=2, mask_length=8)
    own = {"preference": preference_of_routes(lab), "metric": 20, "mask_length": 24 if lab.family == "ipv4" else 64}
    for port in (lab.lan, lab.lan2):
        port.expect(
            refreshes(
                src=port.dut,
                dst=ALL_PIM_ROUTERS,
                ttl=1,
                hops=15,
                originator=FAR_ORIGINATOR,
                interval=INTERVAL,
                prune_indicator=False,
                rpt=False,
                reserved=0,
                **own,
            )
        )
    lab.up.expect_none(refreshes(), within=2 * lab.timers.tolerance)


@dense_case("PIMDM-ROUTER-4.5.1-04", "PIMDM-ROUTER-4.5.2-05", needs=REFRESH, seconds=8)
def originator_and_interval_are_those_of_the_message(lab):
    """What one originator says of its name and interval is passed on, with whatever values; the Prune Now bit changes nothing."""
    scene(lab)
    for origin, interval, now in ((FAR_ORIGINATOR, 100, True), (OTHER_ORIGINATOR, 7, False)):
        refresh(lab, originator=origin, interval=interval, prune_now=now)
        lab.lan.expect(refreshes(originator=origin, interval=interval))
        later(lab)
        expect_served(lab)


@dense_case("PIMDM-ROUTER-4.5.1-04", needs=REFRESH, seconds=8)
def prune_indicator_tells_which_ports_are_pruned(lab):
    """The Prune Indicator is 1 on a port that was pruned and 0 on another, whatever the message said."""
    scene(lab)
    prune(lab)
    moment(lab)
    for told in (False, True):
        refresh(lab, prune_indicator=told)
        lab.lan.expect(refreshes(prune_indicator=True))
        lab.lan2.expect(refreshes(prune_indicator=False))
        later(lab)
    join(lab)
    moment(lab)
    refresh(lab)
    lab.lan.expect(refreshes(prune_indicator=False))


@dense_case("PIMDM-ROUTER-4.5.1-05", needs=REFRESH, seconds=9)
def assert_override_is_set_where_no_assert_was_won(lab):
    """The Assert Override bit is 1 on a port without Assert state and 0 where the router is the winner; received, it is ignored."""
    scene(lab)
    lab.lan.send(assert_(G, S, src=D, **WORST))
    lab.lan.expect(assert_(G, S))
    for told in (False, True):
        refresh(lab, assert_override=told)
        lab.lan.expect(refreshes(assert_override=False))
        later(lab)


@dense_case("PIMDM-ROUTER-4.5.1-05", needs=REFRESH, seconds=7)
def assert_override_without_any_assert(lab):
    """The first State Refresh on a port without Assert state has the Assert Override bit."""
    scene(lab)
    refresh(lab)
    for port in (lab.lan, lab.lan2):
        port.expect(refreshes(assert_override=True))


@dense_case("PIMDM-ROUTER-4.5.1-01", needs=REFRESH, seconds=8)
def refresh_of_another_router_of_the_link_is_not_passed_on(lab):
    """A State Refresh of a router that is not RPF'(S), the winner of the link's Assert, is not passed on; one from there is."""
    scene(lab, U, U2, D, E)
    better, worse = {"preference": 10, "metric": 10}, {"preference": 20, "metric": 10}
    lab.up.send(assert_(G, S, src=U, **better))
    moment(lab)
    refresh(lab, by=U2, **worse)
    for port in (lab.lan, lab.lan2):
        port.expect_none(refreshes(), within=2 * lab.timers.tolerance)
    refresh(lab, **better)
    lab.lan.expect(refreshes())


@dense_case("PIMDM-ROUTER-4.5.1-01", needs=REFRESH, seconds=8)
def refresh_on_another_port_is_not_passed_on(lab):
    """A State Refresh on a port that does not lead to the source is not passed on."""
    scene(lab)
    refresh(lab, by=E, **WORST)
    for port in (lab.lan, lab.up):
        port.expect_none(refreshes(), within=2 * lab.timers.tolerance)
    refresh(lab)
    lab.lan.expect(refreshes())


@dense_case("PIMDM-ROUTER-4.5.1-02", needs=REFRESH, seconds=lambda timers: timers.state_refresh_limit + 9)
def refresh_that_comes_too_soon_is_not_passed_on(lab):
    """After a State Refresh another one of the same source is not passed on before RefreshLimitInterval is over."""
    scene(lab)
    flood(lab, source=S2)
    first = refresh(lab, interval=255)
    lab.lan.expect(refreshes())
    refresh(lab, interval=255)
    lab.lan.expect_none(refreshes(), within=2 * lab.timers.tolerance)
    refresh(lab, source=S2, interval=255)
    lab.lan.expect(refreshes(source=S2))
    lab.wait_until(first + lab.pim.timers.state_refresh_limit + margin(lab))
    refresh(lab, interval=255)
    lab.lan.expect(refreshes())


@dense_case(
    "PIMDM-ROUTER-4.5.1-03",
    needs=REFRESH,
    setup=dict(interfaces=dict(lan=dict(boundaries=SCOPE))),
    seconds=8,
)
def refresh_does_not_cross_a_boundary(lab):
    """On a port that is the group's boundary no State Refresh is sent, on others it is."""
    meet(lab, U, D, E, refresh=INTERVAL)
    flood(lab, "lan2")
    refresh(lab)
    lab.lan2.expect(refreshes())
    lab.lan.expect_none(refreshes(), within=2 * lab.timers.tolerance)


@dense_case("PIMDM-ROUTER-4.5.1-03", needs=REFRESH, seconds=8)
def refresh_without_life_is_not_passed_on(lab):
    """A State Refresh whose TTL field is 0 is not passed on; one with 2 is, with 1."""
    scene(lab)
    refresh(lab, hops=0)
    for port in (lab.lan, lab.lan2):
        port.expect_none(refreshes(), within=2 * lab.timers.tolerance)
    later(lab)
    refresh(lab, hops=2)
    lab.lan.expect(refreshes(hops=1))


@dense_case(
    "PIMDM-ROUTER-4.5.1-03",
    needs=REFRESH,
    setup=dict(interfaces=dict(lan=dict(ttl_threshold=THRESHOLD))),
    seconds=9,
)
def refresh_keeps_below_the_threshold_of_a_port(lab):
    """A State Refresh whose TTL less one is below a port's threshold is not sent there, but elsewhere."""
    meet(lab, U, D, E, refresh=INTERVAL)
    flood(lab, "lan2")
    refresh(lab, hops=THRESHOLD)
    lab.lan2.expect(refreshes(hops=THRESHOLD - 1))
    lab.lan.expect_none(refreshes(), within=2 * lab.timers.tolerance)
    later(lab)
    refresh(lab, hops=THRESHOLD + 2)
    lab.lan.expect(refreshes(hops=THRESHOLD + 1))


@dense_case("PIMDM-ROUTER-4.5.1-03", "PIMDM-ROUTER-4.5-01", needs=REFRESH, seconds=8)
def refresh_goes_where_there_are_neighbours(lab):
    """No State Refresh is sent where there is no other router, though there may be members."""
    scene(lab, U, D)
    lab.pim.member(G, port="lan2")
    moment(lab)
    refresh(lab)
    lab.lan.expect(refreshes())
    lab.lan2.expect_none(refreshes(), within=2 * lab.timers.tolerance)


@dense_case("PIMDM-ROUTER-4.5.1-03", needs=REFRESH, seconds=8)
def refresh_is_left_to_the_winner_of_an_assert(lab):
    """Where the Assert was lost no State Refresh is sent: that is the winner's business."""
    scene(lab)
    lab.lan.send(assert_(G, S, src=D, **BEST))
    moment(lab)
    refresh(lab)
    lab.lan2.expect(refreshes())
    lab.lan.expect_none(refreshes(), within=2 * lab.timers.tolerance)


@dense_case("PIMDM-ROUTER-4.5-01", needs=REFRESH, seconds=8)
def refresh_goes_also_to_a_link_with_a_neighbour_that_knows_it_not(lab):
    """On a link where a neighbour has no State Refresh Capable option the message is sent all the same."""
    meet(lab, U, D, refresh=INTERVAL)
    meet(lab, D2)
    flood(lab)
    refresh(lab)
    lab.lan.expect(refreshes())


@dense_case(
    "PIMDM-ROUTER-4.5-01", "PIMDM-ROUTER-4.5.1-04", needs=[REFRESH, DATA], seconds=lambda timers: 35
)
def refresh_keeps_a_prune_alive_where_all_are_capable(lab):
    """A State Refresh restarts the Prune Timer of a port if all its neighbours have the option, otherwise it ends in its time."""
    holdtime = 12
    meet(lab, U, D, refresh=INTERVAL)
    meet(lab, E)
    flood(lab, "lan", "lan2")
    when = prune(lab, by=D, holdtime=holdtime)
    prune(lab, by=E, holdtime=holdtime)
    lab.wait_until(when + 6)
    refreshed = refresh(lab)
    lab.lan.expect(refreshes(prune_indicator=True))
    lab.lan2.expect(refreshes(prune_indicator=True))
    lab.wait_until(when + holdtime + margin(lab))
    expect_served(lab, to="lan2")
    expect_unserved(lab, to="lan")
    lab.wait_until(refreshed + holdtime - 2 * margin(lab))
    expect_unserved(lab, to="lan")
    lab.wait_until(refreshed + holdtime + margin(lab))
    expect_served(lab, to="lan")


@dense_case("PIMDM-ROUTER-4.5-01", needs=REFRESH, pim=dict(state_refresh=False), seconds=8)
def router_that_does_not_refresh_state_passes_nothing_on(lab):
    """With the capability switched off no State Refresh is passed on, and the data goes on as ever."""
    scene(lab)
    refresh(lab)
    for port in (lab.lan, lab.lan2):
        port.expect_none(refreshes(), within=2 * lab.timers.tolerance)
    expect_served(lab)


# ---- originating it ----------------------------------------------------------------------------------------


def originated(lab, **fields):
    """Data of a source on the link ``up`` comes in; gives its time."""
    meet(lab, D, E, refresh=INTERVAL)
    began = lab.up.data(HERE, G, **fields)
    lab.require(bool(lab.lan.expect(data(G, HERE))), "the data is flooded")
    return began


@dense_case(
    *"PIMDM-ROUTER-4.5.2-01 PIMDM-ROUTER-4.5.2-03 PIMDM-ROUTER-4.7.10-01 PIMDM-ROUTER-4.5.1-06 PIMDM-ROUTER-4.8-01".split(),
    needs=REFRESH,
    seconds=seconds_of(3),
)
def first_router_originates_a_refresh_every_interval(lab):
    """The router on the source's link says State Refresh, the first an interval after the data and then periodically."""
    began = originated(lab)
    interval = lab.pim.timers.state_refresh_interval
    wanted = refreshes(
        source=HERE,
        src=lab.lan.dut,
        dst=ALL_PIM_ROUTERS,
        ttl=1,
        interval=interval_of(lab),
        rpt=False,
        prune_indicator=False,
        assert_override=True,
        mask_length=24 if lab.family == "ipv4" else 64,
        reserved=0,
    )
    first = lab.lan.expect(wanted, at=began + interval)
    lab.check(first.pim.originator in own_addresses(lab), f"the originator is this router ({first.pim.originator})")
    second = refreshes(source=HERE, src=lab.lan2.dut, originator=first.pim.originator)
    lab.lan2.expect(second, at=began + interval)
    lab.up.expect_none(refreshes(source=HERE), after=began)
    lab.up.data(HERE, G)
    lab.lan.expect(refreshes(source=HERE, originator=first.pim.originator), at=first.time + interval)


def own_addresses(lab):
    """The system's addresses of all ports, as a case sees them."""
    return {port.dut for port in lab.ports.values()}


@dense_case("PIMDM-ROUTER-4.5.2-01", needs=[REFRESH, TREES], seconds=9)
def first_router_is_originator(lab):
    """Data of a source on the link makes the router Originator, with its two timers; that of another source does not."""
    began = originated(lab)
    timers = lab.pim.timers
    lab.pim.expect_tree(
        G,
        HERE,
        originator=True,
        keepalive=began + timers.source_lifetime - lab.now,
        state_refresh_timer=began + timers.state_refresh_interval - lab.now,
    )
    meet(lab, U)
    flood(lab)
    lab.pim.expect_tree(G, S, originator=False)


@dense_case(
    "PIMDM-ROUTER-4.5.2-01", "PIMDM-ROUTER-4.5.2-03", needs=[REFRESH, "pim:data-ttl"], seconds=seconds_of(1)
)
def refresh_lives_as_long_as_the_data(lab):
    """The TTL in a State Refresh is that of the source's packets."""
    for ttl, source in ((9, HERE), (33, HERE2)):
        meet(lab, D, refresh=INTERVAL)
        began = lab.up.data(source, G, ttl=ttl)
        lab.lan.expect(
            refreshes(source=source, hops={ttl, ttl - 1}), at=began + lab.pim.timers.state_refresh_interval
        )


@dense_case("PIMDM-ROUTER-4.5.2-03", needs=REFRESH, pim=dict(state_refresh_ttl=77), seconds=seconds_of(1))
def ttl_of_the_refresh_can_be_configured(lab):
    """A configured TTL takes the place of that of the source's packets."""
    began = originated(lab, ttl=9)
    lab.lan.expect(
        refreshes(source=HERE, hops={77, 76}), at=began + lab.pim.timers.state_refresh_interval
    )


@dense_case("PIMDM-ROUTER-4.5.2-03", "PIMDM-ROUTER-4.5.1-04", needs=REFRESH, seconds=seconds_of(2))
def refresh_of_its_own_tells_prunes(lab):
    """The originator's State Refresh has the Prune Indicator on a port that was pruned, and keeps that prune alive."""
    began = originated(lab)
    interval = lab.pim.timers.state_refresh_interval
    holdtime = round(1.5 * interval)
    prune(lab, source=HERE, holdtime=holdtime)
    moment(lab)
    lab.lan.expect(refreshes(source=HERE, prune_indicator=True), at=began + interval)
    lab.lan2.expect(refreshes(source=HERE, prune_indicator=False), at=began + interval)
    lab.wait_until(began + holdtime + 4 * margin(lab))
    expect_unserved(lab, source=HERE)
    expect_served(lab, source=HERE, to="lan2")


@dense_case(
    "PIMDM-ROUTER-4.5.2-02", "PIMDM-ROUTER-4.5.2-04", needs=REFRESH, seconds=lambda timers: 2.5 * timers.source_lifetime + 12
)
def refreshes_end_with_the_source(lab):
    """Data keeps the router Originator; SourceLifetime after the last of it no State Refresh comes any more."""
    lifetime, interval = lab.pim.timers.source_lifetime, lab.pim.timers.state_refresh_interval
    began = originated(lab)
    for part in (0.4, 0.8):
        lab.wait_until(began + part * lifetime)
        last = lab.up.data(HERE, G)
    lab.wait_until(began + lifetime + margin(lab))
    lab.lan.expect(refreshes(source=HERE), within=interval + margin(lab))
    lab.wait_until(last + lifetime + margin(lab))
    lab.lan.expect_none(
        refreshes(source=HERE), after=lab.now, until=last + lifetime + margin(lab) + 1.5 * interval
    )


@dense_case("PIMDM-ROUTER-4.5.2-05", needs=REFRESH, seconds=seconds_of(7))
def every_third_refresh_has_prune_now(lab):
    """The originator sets the Prune Now bit in every third State Refresh."""
    began = originated(lab)
    interval = lab.pim.timers.state_refresh_interval
    seen = []
    for number in range(1, 7):
        seen.append(lab.lan.expect(refreshes(source=HERE), at=began + number * interval).pim.prune_now)
        lab.up.data(HERE, G)
    for start in range(4):
        lab.check(sum(seen[start : start + 3]) == 1, f"one of three in a row ({seen})")


@dense_case("PIMDM-ROUTER-4.5.2-06", needs=REFRESH, seconds=seconds_of(2))
def router_that_is_not_on_the_link_of_the_source_originates_nothing(lab):
    """For a source behind another router no State Refresh comes by itself; for one on the link it does."""
    meet(lab, U, D, refresh=INTERVAL)
    flood(lab)
    began = lab.up.data(HERE, G)
    interval = lab.pim.timers.state_refresh_interval
    lab.lan.expect(refreshes(source=HERE), at=began + interval)
    for port in (lab.lan, lab.lan2, lab.up):
        port.expect_none(refreshes(source=S), after=began, until=began + 1.5 * interval)


@dense_case("PIMDM-ROUTER-4.5.2-04", needs=[REFRESH, "pim:routes"], seconds=seconds_of(4))
def source_that_is_behind_another_router_now_is_not_refreshed(lab):
    """When a source is no longer on one of the router's links, no State Refresh of its own comes any more."""
    began = originated(lab)
    interval = lab.pim.timers.state_refresh_interval
    lab.pim.neighbor(U, state_refresh=INTERVAL)
    lab.lan.expect(refreshes(source=HERE), at=began + interval)
    lab.pim.route(f"{HERE}/32", U)
    lab.wait(margin(lab))
    lab.lan.expect_none(refreshes(source=HERE), after=lab.now, within=2 * interval)


@dense_case("PIMDM-ROUTER-4.5.2-03", "PIMDM-ROUTER-4.5-01", needs=REFRESH, pim=dict(state_refresh=False), seconds=seconds_of(2))
def router_that_does_not_refresh_state_originates_nothing(lab):
    """With the capability switched off the first router is silent, and floods the data as ever."""
    began = originated(lab)
    interval = lab.pim.timers.state_refresh_interval
    lab.lan.expect_none(refreshes(source=HERE), until=began + 1.5 * interval)
    expect_served(lab, source=HERE)
