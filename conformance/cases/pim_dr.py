# SPDX-License-Identifier: GPL-2.0-only
"""The Designated Router of a LAN (RFC 7761 4.3.2, 4.1.5): who joins for members there, and who registers sources."""

from conformance.cases.pim_common import *
from conformance.harness import *

LOWER, LOWER2, HIGHER = "10.1.0.5", "10.1.0.6", "10.1.0.20"
GREATEST = 0xFFFFFFFF


def joins_for_a_member(lab, group=GROUP):
    """Whether the system joins upstream for a member on ``lan``."""
    lab.pim.member(group)
    wait = 1.0 if lab.virtual else 1.2
    lab.lan.expect_none(pim_message(31), within=wait)
    return any(lab.up.collect(join_g(group)))


ELECTIONS = {
    # name: (own priority, neighbours (address, priority or False), is the system the DR?, what it shows)
    "equal_priorities_and_a_higher_address": (None, [(HIGHER, 1)], False, "01"),
    "equal_priorities_and_a_lower_address": (None, [(LOWER, 1)], True, "01"),
    "a_better_priority_at_a_lower_address": (None, [(LOWER, 2)], False, "01"),
    "a_worse_priority_at_a_higher_address": (None, [(HIGHER, 0)], True, "01"),
    "the_greatest_priority": (None, [(LOWER, GREATEST)], False, "03"),
    "a_priority_above_two_to_the_31": (0x7FFFFFFF, [(LOWER, 0x80000000)], False, "03"),
    "own_greatest_priority": (GREATEST, [(HIGHER, 0x7FFFFFFF)], True, "03"),
    "own_priority_zero": (0, [(LOWER, 1)], False, "03"),
    "a_higher_address_without_priority": (100, [(HIGHER, False)], False, "02"),
    "a_lower_address_without_priority": (0, [(LOWER, False), (LOWER2, 1000)], True, "02"),
    "three_routers": (5, [(LOWER, 6), (HIGHER, 4), (LOWER2, 3)], False, "01"),
}


def _election(name, own, others, elected, number):
    def election(lab, others=others, elected=elected):
        lab.pim.neighbor(UPSTREAM)
        for address, priority in others:
            lab.pim.neighbor(address, dr_priority=priority)
        lab.pim.settle()
        joins = joins_for_a_member(lab)
        lab.check(
            joins == elected,
            f"the system is{'' if elected else ' not'} the DR and so joins{'' if elected else ' not'}",
        )
        if lab.has("state:pim:interfaces"):
            lab.check(lab.pim.interface("lan").get("is_dr") == elected, "it says so")
        for address, _ in reversed(others):
            lab.pim.goodbye(address)
        lab.up.expect(join_g(GROUP), within=1.0) if not elected else lab.up.expect_none(
            prune_g(GROUP), within=1.0
        )

    election.__name__ = election.__qualname__ = f"election_with_{name}"
    election.__doc__ = (
        f"DR election with {name.replace('_', ' ')}; when the others leave, the system is the DR."
    )
    setting = dict(interfaces=dict(lan=dict(dr_priority=own))) if own is not None else None
    pim_case(
        f"PIMSM-DR-4.3.2-{number}",
        "PIMSM-DR-4.1.5-01",
        "PIMSM-DR-4.3.2-05",
        role="dr",
        pim=setting,
        seconds=10,
    )(election)


for _name, _values in ELECTIONS.items():
    _election(_name, *_values)


@pim_case("PIMSM-DR-4.3.2-04", needs="state:pim:interfaces", role="dr", seconds=8)
def election_is_held_on_every_interface(lab):
    """Each interface has a DR of its own: with a better neighbour it is that one, without neighbours the system."""
    lab.pim.neighbors_up(LOWER, dr_priority=9)
    lab.pim.neighbor("10.2.0.20", dr_priority=9)
    lab.wait(1)
    lab.check(lab.pim.interface("lan")["dr"] == LOWER, "on lan the neighbour")
    lab.check(lab.pim.interface("lan2")["dr"] == "10.2.0.20", "on lan2 the neighbour there")
    lab.check(lab.pim.interface("up")["is_dr"], "on up the system")


@pim_case("PIMSM-DR-4.3.2-05", "PIMSM-ROUTER-4.3.2-02", role="dr", seconds=14)
def dr_that_times_out_is_replaced(lab):
    """When the DR's Holdtime is over, the system joins for the members, and not before."""
    lab.pim.neighbors_up(UPSTREAM)
    lab.pim.member(GROUP)
    lab.pim.neighbor(HIGHER, dr_priority=9, holdtime=6)
    heard = lab.now
    lab.wait(1)
    lab.pim.member(OTHER_GROUP)
    lab.up.expect_none(
        join_g(OTHER_GROUP), until=heard + 6 - 2 * lab.timers.tolerance - (0 if lab.virtual else 0.5)
    )
    lab.up.expect(join_g(OTHER_GROUP, RP), within=1.0 if not lab.virtual else 0.01)


@pim_case("PIMSM-DR-4.3.2-06", role="dr", seconds=12)
def dr_that_is_outdone_prunes(lab):
    """When a better router turns up, the system no longer joins for the members and prunes what it had joined."""
    lab.pim.neighbors_up(UPSTREAM)
    lab.pim.member(GROUP)
    lab.up.expect(join_prune(join_g(GROUP, RP), upstream=UPSTREAM))
    lab.pim.neighbor(HIGHER, dr_priority=9)
    lab.up.expect(join_prune(prune_g(GROUP, RP), upstream=UPSTREAM, only=False), within=0.5)
    lab.pim.goodbye(HIGHER)
    lab.up.expect(join_prune(join_g(GROUP, RP), upstream=UPSTREAM, only=False), within=0.5)


@pim_case(
    "PIMSM-DR-4.3.2-05", "PIMSM-DR-4.3.2-06", "PIMSM-DR-4.4.1-12", role="dr", needs="forwarding", seconds=14
)
def register_is_the_dr_s_business(lab):
    """A router that is not the DR registers no source of the LAN; it does when the DR leaves, until one is back."""
    source = "10.1.0.60"
    lab.pim.neighbors_up(UPSTREAM)
    lab.pim.neighbor(HIGHER, dr_priority=9)
    lab.wait(1)
    lab.lan.data(source, GROUP)
    lab.up.expect_none(register(source, GROUP), within=1.0)
    lab.pim.goodbye(HIGHER)
    lab.wait(0.5)
    for _ in range(1 if lab.virtual else 3):
        lab.lan.data(source, GROUP)
        lab.wait(0.3)
    lab.lan.data(source, GROUP)
    lab.up.expect(register(source, GROUP, dst=RP), within=0.5)
    lab.pim.neighbor(HIGHER, dr_priority=9)
    lab.wait(0.5)
    lab.lan.data(source, GROUP)
    lab.up.expect_none(register(source, GROUP), within=1.0)
