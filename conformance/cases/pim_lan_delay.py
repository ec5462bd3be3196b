# SPDX-License-Identifier: GPL-2.0-only
"""LAN Prune Delay (RFC 7761 4.3.3): how long a prune waits for somebody's objection, and whether Joins suppress others."""

from conformance.cases.pim_common import *
from conformance.harness import *

SLOW_LAN = dict(interfaces=dict(lan=dict(propagation_delay=1.5, override_interval=4.0)))
TRACKING = dict(interfaces=dict(up=dict(tracking=True)))
OPTION = dict(propagation_delay=100, override_interval=200)


def pruned_after(lab, seconds):
    """A Prune on a LAN with two neighbours takes effect after so many seconds."""
    lab.pim.neighbors_up(UPSTREAM)
    lab.pim.join(DOWN, join_g(GROUP))
    lab.up.expect(join_prune(join_g(GROUP, RP), upstream=UPSTREAM))
    pruned = lab.pim.join(DOWN, prune_g(GROUP))
    lab.up.expect_none(prune_g(GROUP), until=pruned + seconds - 3 * lab.timers.tolerance)
    lab.up.expect(join_prune(prune_g(GROUP, RP), upstream=UPSTREAM), at=pruned + seconds)


@pim_case("PIMSM-ROUTER-4.3.3-02", seconds=18)
def greatest_delays_of_all_routers_count(lab):
    """J/P_Override_Interval is the greatest propagation delay plus the greatest override interval of all routers."""
    lab.pim.neighbor(DOWN, propagation_delay=1000, override_interval=3500)
    lab.pim.neighbor(DOWN2, propagation_delay=700, override_interval=4500)
    pruned_after(lab, 1.0 + 4.5)


@pim_case("PIMSM-ROUTER-4.3.3-02", pim=SLOW_LAN, seconds=18)
def own_delays_count_as_well(lab):
    """A router's own values are among those of which the greatest count."""
    lab.pim.neighbor(DOWN, **OPTION)
    lab.pim.neighbor(DOWN2, propagation_delay=2000, override_interval=1000)
    pruned_after(lab, 2.0 + 4.0)


@pim_case("PIMSM-ROUTER-4.3.3-01", seconds=16)
def neighbour_without_the_option_makes_the_defaults_count(lab):
    """If one neighbour has no LAN Prune Delay option, nobody's values count but the defaults, 0.5 s and 2.5 s."""
    lab.pim.neighbor(DOWN, propagation_delay=2000, override_interval=4000)
    lab.pim.neighbor(DOWN2)
    pruned_after(lab, 3.0)


@pim_case("PIMSM-ROUTER-4.3.3-01", pim=SLOW_LAN, seconds=16)
def own_delays_do_not_count_then_either(lab):
    """A router's own values do not count either if one neighbour has no option."""
    lab.pim.neighbor(DOWN, propagation_delay=2000, override_interval=4000)
    lab.pim.neighbor(DOWN2)
    pruned_after(lab, 3.0)


@pim_case("PIMSM-ROUTER-4.3.3-01", needs="state:pim:interfaces", seconds=9)
def delays_follow_the_neighbours_that_are_there(lab):
    """When the neighbour without the option leaves, the others' values count."""
    lab.pim.neighbor(DOWN, propagation_delay=2000, override_interval=4000)
    lab.pim.neighbors_up(DOWN2)
    told = lab.pim.interface("lan")
    lab.check(round(told["propagation_delay"] + told["override_interval"], 3) == 3.0, "the defaults count")
    lab.pim.goodbye(DOWN2)
    lab.wait(0.5)
    told = lab.pim.interface("lan")
    lab.check(
        round(told["propagation_delay"] + told["override_interval"], 3) == 6.0, "the neighbour's values count"
    )


def suppresses(lab):
    """Whether another router's Join on ``up`` keeps the system from sending its own at the next period."""
    period = lab.pim.timers.join_prune_period
    lab.pim.neighbors_up(DOWN)
    lab.pim.join(DOWN, join_g(GROUP))
    lab.up.expect(join_prune(join_g(GROUP, RP), upstream=UPSTREAM))
    last = lab.up.expect(join_g(GROUP), within=2 * period)
    lab.wait_until(last.time + 0.8 * period)
    lab.pim.join(PEER, join_g(GROUP), upstream=UPSTREAM, holdtime=lab.pim.timers.tree_holdtime)
    return not lab.advance_until(
        lambda: lab.up.find(join_g(GROUP), lab.up.stimulus_index),
        last.time + period + 2 * lab.timers.tolerance,
    )


@pim_case("PIMSM-ROUTER-4.3.3-03", pim=TRACKING, seconds=lambda timers: 3 * timers.join_prune_period + 8)
def everybody_can_track_so_nobody_is_suppressed(lab):
    """If all routers of the link set the T bit, Joins of others suppress nothing."""
    for address in (UPSTREAM, PEER):
        lab.pim.neighbor(address, tracking=True, **OPTION)
    lab.check(not suppresses(lab), "the Join comes as it would have")


@pim_case("PIMSM-ROUTER-4.3.3-03", pim=TRACKING, seconds=lambda timers: 3 * timers.join_prune_period + 8)
def one_who_cannot_track_is_enough(lab):
    """One router whose T bit is not set makes Joins of others suppress."""
    lab.pim.neighbor(UPSTREAM, tracking=True, **OPTION)
    lab.pim.neighbor(PEER, **OPTION)
    lab.check(suppresses(lab), "the Join is suppressed")
