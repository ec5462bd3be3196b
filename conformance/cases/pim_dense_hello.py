# SPDX-License-Identifier: GPL-2.0-only
"""Dense mode: Hellos, neighbours that come, go and restart, and the delays of a LAN (RFC 3973 4.3)."""

from conformance.harness import *

from .pim_dense_common import *

PORT_NAMES = ("lan", "lan2", "up")
SLOW = dict(timers=dict(hello_period=30.0))  # a triggered Hello is told from a periodic one
OTHER_GENERATION = 0x7F000001
HOLDTIME, LAN_PRUNE_DELAY, GENERATION_ID, STATE_REFRESH_CAPABLE = 1, 2, 20, 21
SIZES = {HOLDTIME: 2, LAN_PRUNE_DELAY: 4, GENERATION_ID: 4, STATE_REFRESH_CAPABLE: 4}
DELAYS = {"propagation_delay": 1000, "override_interval": 4000}


def first_hello(lab, port, **fields):
    """A Hello that comes by itself."""
    return port.expect(hello(**fields), within=lab.pim.timers.triggered_hello_delay)


# ---- when, and what is in it -------------------------------------------------------------------------------


@dense_case(
    "PIMDM-ROUTER-4.3.1-01", "PIMDM-ROUTER-4.8-01", seconds=lambda timers: 3 * timers.hello_period + 6
)
def hello_is_periodic_on_every_port(lab):
    """A Hello comes within Triggered_Hello_Delay and then every Hello_Period, to ALL-PIM-ROUTERS with TTL 1."""
    for name in PORT_NAMES:
        first_hello(lab, lab.ports[name], dst=ALL_PIM_ROUTERS, ttl=1, src=lab.ports[name].dut)
    period = lab.pim.timers.hello_period
    second = lab.lan.expect(hello(), within=period + lab.pim.timers.triggered_hello_delay)
    third = lab.lan.expect(hello(), at=second.time + period)
    lab.lan.expect(hello(), at=third.time + period)


@dense_case("PIMDM-ROUTER-4.3.1-01", needs="virtual")
def triggered_hello_leaves_the_schedule_alone(lab):
    """A Hello to a new neighbour comes besides the periodic ones, which go on as they were."""
    first_hello(lab, lab.lan)
    period = lab.pim.timers.hello_period
    last = lab.lan.expect(hello(), within=period + 5)
    lab.wait(period / 2)
    lab.pim.neighbor(D)
    lab.lan.expect(hello(), within=lab.pim.timers.triggered_hello_delay)
    lab.lan.expect(hello(), at=last.time + period)
    lab.lan.expect(hello(), at=last.time + 2 * period)


@dense_case("PIMDM-ROUTER-4.3.1-02", "PIMDM-ROUTER-4.7.5-01", "PIMDM-ROUTER-4.8-01", seconds=8)
def hello_has_its_options(lab):
    """A Hello tells a Holdtime of 3.5 periods, the LAN Prune Delay in milliseconds, and a Generation ID, each once."""
    timers = lab.pim.timers
    one = first_hello(
        lab,
        lab.lan,
        holdtime=timers.neighbor_holdtime,
        propagation_delay=round(1000 * timers.propagation_delay),
        override_interval=round(1000 * timers.override_interval),
    )
    kinds = [kind for kind, _ in one.pim.options]
    lab.check(one.pim.generation_id is not None, "a Generation ID is in it")
    lab.check(len(kinds) == len(set(kinds)), "no option is there twice")
    for kind, value in one.pim.options:
        lab.check(len(value) == SIZES.get(kind, len(value)), f"option {kind} has {SIZES.get(kind)} octets")
    lab.check(not one.problems and not one.extra, "the message has no fault")


@dense_case("PIMDM-ROUTER-4.3.1-02", "PIMDM-ROUTER-4.7.5-01", needs=REFRESH, seconds=8)
def hello_tells_the_capability_of_refreshing_state(lab):
    """A router that refreshes state says so: type 21, version 1, its interval in seconds, two octets of zeros."""
    interval = round(lab.pim.timers.state_refresh_interval)
    one = first_hello(lab, lab.lan, state_refresh=interval)
    value = next(value for kind, value in one.pim.options if kind == STATE_REFRESH_CAPABLE)
    lab.check(value == bytes([1, interval, 0, 0]), f"version 1, {interval} s, reserved 0 ({value.hex()})")


@dense_case("PIMDM-ROUTER-4.3.1-02", needs=REFRESH, pim=dict(state_refresh=False), seconds=8)
def hello_without_the_capability(lab):
    """A router that does not refresh state has no such option, and all the others."""
    one = first_hello(lab, lab.lan, holdtime=lab.pim.timers.neighbor_holdtime)
    lab.check(one.pim.state_refresh is None, "no State Refresh Capable option")
    lab.check(one.pim.generation_id is not None, "a Generation ID")


@dense_case("PIMDM-ROUTER-4.3.5-02", seconds=10)
def tracking_bit_is_sent_zero_and_ignored(lab):
    """The T bit is sent 0. Neighbours that set it make no difference: a Join of one of them keeps the others' back."""
    one = first_hello(lab, lab.up, propagation_delay=range(0, 1 << 15))
    lab.check(one.pim.tracking is False, "T is 0")
    for address in (U, PEER):
        lab.pim.neighbor(address, tracking=True, propagation_delay=500, override_interval=2500)
    meet(lab, D)
    flood(lab)
    lab.pim.join(PEER, prune_sg(G, S), upstream=U, holdtime=210)
    lab.pim.join(PEER, join_sg(G, S), upstream=U, holdtime=210)
    lab.up.expect_none(joins(to=None), within=lab.pim.timers.override_interval + margin(lab))
    expect_served(lab)


# ---- neighbours --------------------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.3.2-01", pim=SLOW, seconds=18)
def new_neighbour_is_greeted(lab):
    """A Hello of a new neighbour is answered within Triggered_Hello_Delay, one that is known is not."""
    lab.pim.settle()
    lab.pim.neighbor(D)
    lab.lan.expect(hello(), within=lab.pim.timers.triggered_hello_delay)
    lab.pim.settle()
    if lab.virtual:
        lab.lan.expect(hello(), within=30)  # periodic; the next one is far away
    lab.pim.neighbor(D)
    lab.lan.expect_none(hello(), within=lab.pim.timers.triggered_hello_delay + 1 if lab.virtual else 1.0)


@dense_case("PIMDM-ROUTER-4.3.3-01", needs="state:pim:neighbors", seconds=9)
def neighbour_lives_for_its_holdtime(lab):
    """A neighbour is kept for the Holdtime it told, for ever with 0xffff, and no longer once it tells 0."""
    lab.pim.neighbor(D, holdtime=105)
    lab.pim.expect_neighbor(D, expires=105.0)
    lab.pim.neighbor(D2, holdtime=2)
    lab.pim.neighbor(E)
    gone = lab.now + 2
    lab.pim.expect_neighbor(D2, expires=2.0)
    if lab.virtual:
        lab.pim.expect_neighbor(E, expires=None)
    lab.wait_until(gone + margin(lab))
    lab.pim.expect_no_neighbor(D2, within=1.0)
    lab.pim.goodbye(D)
    lab.pim.expect_no_neighbor(D)
    lab.pim.expect_neighbor(E)


@dense_case("PIMDM-ROUTER-4.3.3-02", needs="pim:addresses", seconds=10)
def change_of_the_address_is_told(lab):
    """When the address changes, the old one says goodbye at once and the new one Hello."""
    lab.pim.settle()
    lab.pim.set_addresses("lan", "10.1.0.13")
    lab.lan.expect(hello(src=lab.lan.dut, holdtime=0))
    lab.lan.expect(
        hello(src="10.1.0.13", holdtime=lambda value: value != 0), within=lab.pim.timers.triggered_hello_delay
    )
    lab.lan.expect_none(hello(src=lab.lan.dut), within=lab.pim.timers.hello_period)


@dense_case("PIMDM-ROUTER-4.3.4-01", pim=SLOW, seconds=14)
def restarted_neighbour_is_greeted_before_anything_else(lab):
    """A Hello with another Generation ID is answered by one, which goes before any other message to that neighbour."""
    meet(lab)
    flood(lab)
    lab.pim.neighbor(U, generation_id=OTHER_GENERATION)
    new = lab.now
    prune(lab)
    sent = lab.up.expect(prunes(to=U), within=lab.pim.timers.triggered_hello_delay)
    greeting = lab.up.find(hello(), 0, new, sent.time)
    before = greeting is not None and lab.up.frames.index(greeting) < lab.up.frames.index(sent)
    lab.check(before, "a Hello goes before the Prune")


@dense_case("PIMDM-ROUTER-4.3.4-02", "PIMDM-ROUTER-4.3.4-01", needs=REFRESH, pim=SLOW, seconds=14)
def restarted_downstream_neighbour_gets_no_refresh_before_the_hello(lab):
    """A State Refresh may be said again to a downstream neighbour that restarted, but after the Hello and as it was."""
    meet(lab, U, D, refresh=60)
    flood(lab)
    refresh(lab, interval=60)
    first = lab.lan.expect(refreshes())
    known = len(lab.lan.frames)
    lab.pim.neighbor(D, generation_id=OTHER_GENERATION, state_refresh=60)
    greeting = lab.lan.expect(hello(), within=lab.pim.timers.triggered_hello_delay)
    moment(lab)
    again = [one for one in lab.lan.frames[known:] if one.kind == "state_refresh"]
    lab.check(len(again) <= 1, f"at most one State Refresh ({len(again)})")
    for one in again:
        after = lab.lan.frames.index(one) > lab.lan.frames.index(greeting)
        lab.check(after, "the Hello goes first")
        same = (one.pim.source, one.pim.group, one.pim.originator, one.pim.hops) == (
            *(first.pim.source, first.pim.group, first.pim.originator),
            first.pim.hops,
        )
        lab.check(same, "it is the last one again")


@dense_case("PIMDM-ROUTER-4.3.4-03", needs=DATA, pim=SLOW, seconds=lambda timers: timers.prune_limit + 8)
def upstream_neighbour_that_restarted_is_pruned_again(lab):
    """An upstream neighbour that lost its state is pruned again: at its next data, or when the Prune Limit Timer has ended."""
    limit = lab.pim.timers.prune_limit
    sent = pruned(lab)
    lab.pim.neighbor(U, generation_id=OTHER_GENERATION)
    lab.pim.settle()
    lab.up.data(S, G)
    if not _pruned_again(lab):
        lab.wait_until(sent.time + limit + margin(lab))
        lab.up.data(S, G)
        lab.up.expect(prunes(to=U))
    lab.up.data(S, G)
    lab.up.expect_none(prunes(to=None), within=2 * lab.timers.tolerance)


def _pruned_again(lab):
    """Whether the data makes the system send a Prune at once; it is taken."""
    until = lab.now + 2 * lab.timers.tolerance
    found = lab.advance_until(lambda: lab.up.find(prunes(to=U), lab.up.stimulus_index), until)
    if found:
        found.taken = True
    return bool(found)


@dense_case("PIMDM-ROUTER-4.3.4-04", needs=DATA, seconds=9)
def last_of_several_neighbours_matters(lab):
    """A port is flooded to as long as one neighbour is left there."""
    meet(lab, U, D, D2)
    flood(lab)
    lab.pim.goodbye(D)
    moment(lab)
    expect_served(lab)
    lab.pim.goodbye(D2)
    moment(lab)
    expect_unserved(lab)
    lab.pim.member(G)
    moment(lab)
    expect_served(lab)


# ---- delays of a LAN ---------------------------------------------------------------------------------------


def _stops_after(lab, seconds):
    """A Prune takes effect after so many seconds: the data stops, and the system prunes itself."""
    flood(lab)
    when = prune(lab)
    lab.wait_until(when + seconds - margin(lab))
    expect_served(lab)
    lab.up.expect_none(prunes(to=None))
    lab.up.expect(prunes(to=U), at=when + seconds)
    expect_unserved(lab)


@dense_case("PIMDM-ROUTER-4.3.5-01", needs=DATA, seconds=14)
def greatest_delays_of_all_routers_count(lab):
    """If all routers of a LAN tell their delays, a Prune waits for the greatest of both kinds."""
    meet(lab, U)
    lab.pim.neighbor(D, propagation_delay=1000, override_interval=3500)
    lab.pim.neighbor(D2, propagation_delay=700, override_interval=4500)
    lab.pim.settle()
    _stops_after(lab, 1.0 + 4.5)


@dense_case("PIMDM-ROUTER-4.3.5-01", "PIMDM-ROUTER-4.8-01", needs=DATA, seconds=12)
def neighbour_without_the_option_makes_the_defaults_count(lab):
    """If one neighbour does not tell its delays, nobody's values count but the defaults, 0.5 s and 2.5 s."""
    meet(lab, U)
    lab.pim.neighbor(D, **DELAYS)
    lab.pim.neighbor(D2)
    lab.pim.settle()
    _stops_after(lab, 3.0)
