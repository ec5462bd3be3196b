# SPDX-License-Identifier: GPL-2.0-only
"""Neighbours: how long they are there, and their secondary addresses (RFC 7761 4.3.2, 4.3.4, 4.9.2)."""

import struct

from conformance.cases.pim_common import *
from conformance.harness import *

SECOND, THIRD = "10.0.0.50", "10.0.0.51"  # further addresses of routers on ``up``
BY_SECOND = [dict(prefix="10.8.0.0/24", port="up", next_hop=SECOND)]
STATE = "state:pim:neighbors"


def near(lab, label):
    """A secondary address as a route names it: of IPv6 a link-local one."""
    return link_local_of(label) if lab.family == "ipv6" else label


@pim_case("PIMSM-ROUTER-4.3.2-01", "PIMSM-ROUTER-4.9.2-01", needs=STATE, seconds=9)
def neighbour_lives_as_long_as_it_says(lab):
    """The Neighbor Liveness Timer is the Hello's Holdtime; a later Hello sets it anew."""
    lab.pim.neighbor(DOWN, holdtime=40)
    lab.pim.expect_neighbor(DOWN, expires=40.0)
    lab.wait(3)
    lab.pim.expect_neighbor(DOWN, expires=37.0)
    lab.pim.neighbor(DOWN, holdtime=20)
    lab.pim.expect_neighbor(DOWN, expires=20.0)


@pim_case("PIMSM-ROUTER-4.3.2-01", needs=STATE, seconds=5)
def neighbour_without_holdtime_lives_for_the_default(lab):
    """Without the Holdtime option it is 105 s, Default_Hello_Holdtime."""
    lab.pim.neighbor(DOWN, holdtime=False)
    lab.pim.expect_neighbor(DOWN, expires=105.0)


@pim_case("PIMSM-ROUTER-4.3.2-02", "PIMSM-ROUTER-4.9.2-02", needs=STATE, seconds=9)
def neighbour_that_is_silent_is_forgotten(lab):
    """When its Holdtime is over a neighbour is gone, not before."""
    lab.pim.neighbor(DOWN, holdtime=5)
    lab.wait(3.5)
    lab.pim.expect_neighbor(DOWN)
    lab.wait(1.5)
    lab.pim.expect_no_neighbor(DOWN, within=lab.timers.tolerance)


@pim_case("PIMSM-ROUTER-4.9.2-02", needs=STATE, seconds=6)
def holdtime_zero_is_a_goodbye(lab):
    """A Hello with Holdtime 0 removes the neighbour at once."""
    lab.pim.neighbor(DOWN, holdtime=100)
    lab.pim.expect_neighbor(DOWN)
    lab.pim.goodbye(DOWN)
    lab.pim.expect_no_neighbor(DOWN)


@pim_case("PIMSM-ROUTER-4.9.2-02", needs=["virtual", STATE], pim=dict(timers=dict(hello_period=15000.0)))
def holdtime_ffff_is_for_ever(lab):
    """A neighbour with Holdtime 0xffff never times out."""
    lab.pim.neighbor(DOWN, holdtime=0xFFFF)
    lab.pim.neighbor(DOWN2, holdtime=0xFFFE)
    lab.wait(65536)
    lab.pim.expect_neighbor(DOWN)
    lab.pim.expect_no_neighbor(DOWN2)


@pim_case("PIMSM-ROUTER-4.3.1-07", needs=STATE, seconds=6)
def new_generation_replaces_what_was_known(lab):
    """A Hello with another Generation ID replaces all that the old ones told, options that are absent included."""
    lab.pim.neighbor(DOWN, dr_priority=77, addresses=["10.1.0.77"])
    lab.pim.expect_neighbor(DOWN, dr_priority=77)
    lab.pim.neighbor(DOWN, dr_priority=3, generation_id=0x11111111)
    told = lab.pim.expect_neighbor(DOWN, dr_priority=3)
    lab.check(not told.get("secondary"), "its secondary addresses are gone")


@pim_case("PIMSM-ROUTER-4.3.4-05", "PIMSM-ROUTER-4.3.4-01", pim=dict(routes=BY_SECOND), seconds=14)
def next_hop_is_a_secondary_address(lab):
    """A next hop that a neighbour lists as secondary stands for it; when a Hello no longer lists it, for nobody."""
    lab.pim.neighbor(UPSTREAM, addresses=[near(lab, SECOND)])
    lab.pim.neighbors_up(DOWN)
    lab.pim.join(DOWN, join_g(GROUP))
    lab.up.expect(join_prune(join_g(GROUP, RP), upstream=UPSTREAM))
    lab.pim.neighbor(UPSTREAM)
    lab.wait(0.5)
    lab.pim.join(DOWN, join_g(OTHER_GROUP))
    lab.up.expect_none(join_g(OTHER_GROUP), within=1.5)


@pim_case("PIMSM-ROUTER-4.3.4-01", needs=[STATE, "virtual"])
def address_list_replaces_the_former_one(lab):
    """A Hello's Address List replaces the former one as a whole; one without the option leaves nothing."""
    lab.pim.neighbor(DOWN, addresses=["10.1.0.71", "10.1.0.72"])
    lab.pim.expect_neighbor(DOWN, secondary=lambda told: sorted(told) == ["10.1.0.71", "10.1.0.72"])
    lab.pim.neighbor(DOWN, addresses=["10.1.0.73"])
    lab.pim.expect_neighbor(DOWN, secondary=["10.1.0.73"])
    lab.pim.neighbor(DOWN)
    lab.pim.expect_neighbor(DOWN, secondary=[])


@pim_case("PIMSM-ROUTER-4.3.4-02", needs=[STATE, "virtual"])
def own_primary_address_in_a_list_is_passed_over(lab):
    """A list with the sender's primary address in it is used without that."""
    primary = near(lab, DOWN)
    lab.pim.neighbor(DOWN, addresses=[primary, "10.1.0.71"])
    lab.pim.expect_neighbor(DOWN, secondary=["10.1.0.71"])


@pim_case("PIMSM-ROUTER-4.3.4-03", pim=dict(routes=BY_SECOND), seconds=14)
def secondary_address_belongs_to_who_told_it_last(lab):
    """An address that two neighbours list is that of the one that listed it later."""
    lab.pim.neighbor(UPSTREAM, addresses=[near(lab, SECOND)])
    lab.pim.neighbor(OTHER_UPSTREAM, addresses=[near(lab, SECOND)])
    lab.pim.neighbors_up(DOWN)
    lab.pim.join(DOWN, join_g(GROUP))
    lab.up.expect(join_prune(join_g(GROUP, RP), upstream=OTHER_UPSTREAM))


@pim_case("PIMSM-ROUTER-4.9.2-03", "PIMSM-ROUTER-4.9.2-01", seconds=12)
def unknown_hello_option_is_skipped(lab):
    """Options of unknown types do not keep a router from being a neighbour, nor hide those that follow."""
    unknown = (
        struct.pack("!HH", 17, 3)
        + b"xyz"
        + struct.pack("!HH", 65001, 0)
        + struct.pack("!HHI", 21, 4, 0x01000000)
    )
    lab.pim.neighbors_up(UPSTREAM)
    lab.pim.neighbors_up(DOWN, more=unknown, holdtime=0xFFFF)
    lab.pim.join(DOWN, join_g(GROUP))
    lab.up.expect(join_prune(join_g(GROUP, RP), upstream=UPSTREAM))
    if lab.has(STATE):
        lab.pim.expect_neighbor(DOWN, dr_priority=0)


BAD_OPTIONS = {
    "option_beyond_the_message": struct.pack("!HH", 17, 9) + b"short",
    "option_cut_in_its_head": b"\0\x11\0",
    "holdtime_of_three_octets": struct.pack("!HH", 1, 3) + b"\0\1\2",
    "priority_of_two_octets": struct.pack("!HH", 19, 2) + b"\0\1",
    "generation_id_of_two_octets": struct.pack("!HH", 20, 2) + b"\0\1",
    "lan_prune_delay_of_two_octets": struct.pack("!HH", 2, 2) + b"\0\1",
    "address_list_cut": struct.pack("!HH", 24, 3) + b"\1\0\x0a",
    "address_list_of_an_unknown_family": struct.pack("!HH", 24, 6) + b"\x63\0\x0a\1\0\7",
}


def _bad_option(name, octets):
    def bad_option(lab, octets=octets):
        lab.pim.neighbors_up(UPSTREAM)
        lab.pim.neighbor(DOWN2, dr_priority=5)
        lab.pim.neighbor(DOWN, more=octets)
        lab.pim.neighbor(DOWN2, dr_priority=6)
        lab.pim.settle()
        if lab.has(STATE):
            lab.pim.expect_neighbor(DOWN2, dr_priority=6)
            known = lab.pim.neighbors("lan").get(DOWN)
            lab.check(known is None or known.get("expires", 1) != 0, "the bad Hello left no broken neighbour")
        lab.pim.join(DOWN2, join_g(GROUP))
        lab.up.expect(join_prune(join_g(GROUP, RP), upstream=UPSTREAM))

    bad_option.__name__ = bad_option.__qualname__ = f"hello_with_{name}"
    bad_option.__doc__ = (
        f"A Hello with {name.replace('_', ' ')} does no harm: others stay neighbours and are served."
    )
    pim_case("PIMSM-ROUTER-4.9.2-04", seconds=13)(bad_option)


for _name, _octets in BAD_OPTIONS.items():
    _bad_option(_name, _octets)


@pim_case("PIMSM-ROUTER-4.3.2-02", seconds=16)
def neighbour_that_is_gone_is_joined_no_more(lab):
    """When the upstream neighbour has timed out, no Join goes to it; when it is back, it is joined again."""
    lab.pim.neighbor(UPSTREAM, holdtime=8)
    heard = lab.now
    lab.pim.neighbors_up(DOWN)
    lab.pim.join(DOWN, join_g(GROUP))
    lab.up.expect(join_prune(join_g(GROUP, RP), upstream=UPSTREAM))
    lab.wait_until(heard + 9)
    lab.pim.join(DOWN, join_g(OTHER_GROUP))
    lab.up.expect_none(join_g(OTHER_GROUP), within=1.0)
    lab.pim.neighbor(UPSTREAM, generation_id=0x55555555)
    lab.up.expect(
        join_g(OTHER_GROUP, RP), within=lab.pim.timers.override_interval + lab.pim.timers.join_prune_period
    )


@pim_case(
    "BADIN-ROUTER-PIM-05", pim=dict(interfaces=dict(lan=dict(max_neighbors=4))), needs=[STATE, "virtual"]
)
def flood_of_neighbours_is_limited(lab):
    """More Hellos of ever new routers than the limit allows make no more neighbours; those that are there stay."""
    lab.pim.neighbor(DOWN)
    for number in range(100, 120):
        lab.pim.neighbor(f"10.1.0.{number}")
    lab.wait(1)
    lab.check(len(lab.pim.neighbors("lan")) == 4, "there are as many neighbours as the limit says")
    lab.pim.expect_neighbor(DOWN)
