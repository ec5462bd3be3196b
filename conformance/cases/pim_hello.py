# SPDX-License-Identifier: GPL-2.0-only
"""PIM Hello: when it is sent, and what is in it (RFC 7761 4.3.1, 4.9.2)."""

from conformance.cases.pim_common import *
from conformance.harness import *

NO_RP = dict(rp=None)  # nothing but Hellos is looked at
SLOW = dict(timers=dict(hello_period=30.0))  # a triggered Hello is told from a periodic one
OPTION_SIZES = {1: 2, 2: 4, 19: 4, 20: 4}
OTHER_GENERATION = 0x7F000001


def first_hello(lab, port, **fields):
    """A Hello that comes by itself."""
    return port.expect(hello(**fields), within=lab.pim.timers.triggered_hello_delay)


@pim_case("PIMSM-ROUTER-4.3.1-01", "PIMSM-ANY-4.9-01", "PIMSM-ANY-4.9-02", pim=NO_RP, seconds=8)
def hello_goes_to_all_pim_routers_on_every_interface(lab):
    """Every port says Hello to ALL-PIM-ROUTERS, TTL 1, protocol 103, from its address of the link."""
    for name in PORT_NAMES:
        port = lab.ports[name]
        one = first_hello(lab, port, src=port.dut, flags=0, version=2)
        lab.check(one.dst == "224.0.0.13" and one.ttl == 1, "to 224.0.0.13 with TTL 1")
        lab.check(
            one.proto == 103 and one.dst_mac == multicast_mac(lab.names.real("224.0.0.13")), "protocol 103"
        )


@pim_case("PIMSM-ROUTER-4.3.1-02", pim=NO_RP, seconds=lambda timers: 3 * timers.hello_period + 6)
def first_hello_is_delayed_and_others_are_periodic(lab):
    """The first Hello comes within Triggered_Hello_Delay, the others every Hello_Period."""
    first_hello(lab, lab.lan)
    period = lab.pim.timers.hello_period
    second = lab.lan.expect(hello(), within=period + lab.pim.timers.triggered_hello_delay)
    third = lab.lan.expect(hello(), at=second.time + period)
    lab.lan.expect(hello(), at=third.time + period)


@pim_case("PIMSM-ROUTER-4.3.1-03", "PIMSM-ROUTER-4.9.2-02", "PIMSM-ROUTER-4.11-01", pim=NO_RP, seconds=8)
def hello_has_holdtime_priority_and_generation_id(lab):
    """A Hello tells a Holdtime of 3.5 periods, DR Priority 1 though none is configured, and a Generation ID."""
    first_hello(lab, lab.lan, holdtime=lab.pim.timers.neighbor_holdtime, dr_priority=1)
    one = lab.lan.expect(hello(), within=lab.pim.timers.hello_period + 5)
    lab.check(one.pim.generation_id is not None, "a Generation ID is in it")


@pim_case("PIMSM-ROUTER-4.3.1-04", "PIMSM-ROUTER-4.9.2-01", pim=NO_RP, seconds=8)
def hello_tells_lan_prune_delay(lab):
    """On a LAN the Hello has the LAN Prune Delay option, with the router's own values in milliseconds."""
    timers = lab.pim.timers
    first_hello(
        lab,
        lab.lan,
        propagation_delay=round(1000 * timers.propagation_delay),
        override_interval=round(1000 * timers.override_interval),
    )


@pim_case("PIMSM-ROUTER-4.9.2-01", "PIMSM-ANY-4.9-02", "PIMSM-ANY-4.9-03", pim=NO_RP, seconds=8)
def hello_options_are_well_formed(lab):
    """Every option is a type, a length and a value of that length; the checksum is right; nothing follows."""
    one = first_hello(lab, lab.lan, flags=0)
    lab.check(not one.problems and not one.extra, "the message has no fault")
    for kind, value in one.pim.options:
        lab.check(
            len(value) == OPTION_SIZES.get(kind, len(value)),
            f"option {kind} has {OPTION_SIZES.get(kind)} octets",
        )
    kinds = [kind for kind, _ in one.pim.options]
    lab.check({1, 19, 20} <= set(kinds) and len(kinds) == len(set(kinds)), "the options are there once each")


@pim_case(
    "PIMSM-ROUTER-4.3.1-05",
    "PIMSM-ROUTER-4.3.4-02",
    "PIMSM-ROUTER-4.3.4-04",
    pim=dict(interfaces=dict(lan=dict(secondary=("10.1.0.11", "10.1.0.12")))),
    seconds=8,
)
def hello_lists_secondary_addresses(lab):
    """The Address List has every secondary address of the interface, all of one family, and not the primary one."""
    one = lab.lan.expect(
        hello(addresses=lambda listed: {"10.1.0.11", "10.1.0.12"} <= set(listed or ())),
        within=lab.pim.timers.hello_period + lab.pim.timers.triggered_hello_delay,
    )
    listed = one.pim.addresses
    primary = lab.lan.link_local if lab.family == "ipv6" else lab.lan.dut
    lab.check(primary not in listed, "the primary address is not listed")
    values = [value for kind, value in one.pim.options if kind == 24]
    size = {"ipv4": 6, "ipv6": 18}[lab.family]
    lab.check(len(values) == 1 and len(values[0]) == size * len(listed), "the addresses are of one family")


@pim_case("PIMSM-ROUTER-4.3.1-05", families=("ipv6",), seconds=8)
def hello_lists_the_global_address(lab):
    """Of IPv6 the link-local address is the primary one: a Hello lists the others."""
    first_hello(lab, lab.lan, addresses=[lab.lan.global_address()])


@pim_case("PIMSM-ROUTER-4.3.1-06", pim=NO_RP, seconds=lambda timers: 2.5 * timers.hello_period + 6)
def generation_id_is_constant(lab):
    """The Generation ID of an interface stays the same; that of others is another one."""
    first = first_hello(lab, lab.lan)
    last = first
    for _ in range(2):
        last = lab.lan.expect(
            hello(generation_id=first.pim.generation_id),
            within=lab.pim.timers.hello_period + lab.pim.timers.triggered_hello_delay,
            after=last,
        )
    others = {one.pim.generation_id for one in lab.lan2.frames + lab.up.frames if one.kind == "hello"}
    lab.check(first.pim.generation_id not in others, "it is random: no other port has the same")
    different = {one.pim.generation_id for one in lab.lan.frames if one.kind == "hello"}
    lab.check(len(different) == 1, "no Hello of the port has another one")


@pim_case("PIMSM-ROUTER-4.3.1-06", "PIMSM-ROUTER-4.3.1-10", needs="pim:restart", seconds=12)
def generation_id_is_new_after_a_restart(lab):
    """PIM that is switched off says goodbye, and when it starts again it has another Generation ID."""
    first = first_hello(lab, lab.lan)
    lab.wait(6)
    lab.pim.restart()
    lab.lan.expect(hello(holdtime=0, src=lab.lan.dut))
    again = lab.lan.expect(
        hello(holdtime=lambda value: value != 0), within=lab.pim.timers.triggered_hello_delay
    )
    lab.check(again.pim.generation_id != first.pim.generation_id, "the Generation ID is another one")


@pim_case("PIMSM-ROUTER-4.3.1-08", pim=SLOW, seconds=18)
def new_neighbour_is_greeted(lab):
    """A Hello of a new neighbour is answered within Triggered_Hello_Delay, one that is known by now is not."""
    lab.pim.settle()
    lab.pim.neighbor(DOWN)
    lab.lan.expect(hello(), within=lab.pim.timers.triggered_hello_delay)
    lab.pim.settle()
    if lab.virtual:
        lab.lan.expect(hello(), within=30)  # periodic; the next one is far away
        lab.pim.neighbor(DOWN)
        lab.lan.expect_none(hello(), within=lab.pim.timers.triggered_hello_delay + 1)
    else:
        lab.pim.neighbor(DOWN)
        lab.lan.expect_none(hello(), within=1.0)


@pim_case("PIMSM-ROUTER-4.3.1-08", pim=SLOW, seconds=12)
def restarted_neighbour_is_greeted(lab):
    """A Hello with another Generation ID is answered within Triggered_Hello_Delay."""
    lab.pim.neighbors_up(DOWN)
    lab.pim.neighbor(DOWN, generation_id=OTHER_GENERATION)
    lab.lan.expect(hello(), within=lab.pim.timers.triggered_hello_delay)


@pim_case("PIMSM-ROUTER-4.3.1-08", "PIMSM-ROUTER-4.3.1-02", needs="virtual")
def triggered_hello_leaves_the_schedule_alone(lab):
    """A triggered Hello comes besides the periodic ones, which go on as they were."""
    first_hello(lab, lab.lan)
    period = lab.pim.timers.hello_period
    last = lab.lan.expect(hello(), within=period + 5)
    lab.wait(period / 2)
    lab.pim.neighbor(DOWN)
    lab.lan.expect(hello(), within=lab.pim.timers.triggered_hello_delay)
    lab.lan.expect(hello(), at=last.time + period)
    lab.lan.expect(hello(), at=last.time + 2 * period)


@pim_case("PIMSM-ROUTER-4.3.1-09", pim=SLOW, seconds=8)
def hello_goes_before_a_join_to_a_new_neighbour(lab):
    """A Join to a neighbour that has not been greeted yet is preceded by the Hello."""
    lab.pim.settle()
    lab.pim.neighbor(DOWN)
    new = lab.pim.neighbor(UPSTREAM) and lab.now
    lab.pim.join(DOWN, join_g(GROUP))
    join = lab.up.expect(join_g(GROUP, RP))
    greeting = lab.up.find(hello(), 0, new, join.time)
    before = greeting is not None and lab.up.frames.index(greeting) < lab.up.frames.index(join)
    lab.check(before, "a Hello goes before the Join")


@pim_case("PIMSM-ROUTER-4.3.1-10", needs="pim:addresses", seconds=10)
def change_of_the_primary_address_is_told(lab):
    """When the primary address changes, the old one says goodbye at once and the new one Hello."""
    lab.pim.settle()
    lab.pim.set_addresses("lan", "10.1.0.13")
    lab.lan.expect(hello(src=lab.lan.dut, holdtime=0))
    lab.lan.expect(
        hello(src="10.1.0.13", holdtime=lambda value: value != 0), within=lab.pim.timers.triggered_hello_delay
    )
    lab.lan.expect_none(hello(src=lab.lan.dut), within=lab.pim.timers.hello_period)


@pim_case("PIMSM-ROUTER-4.3.1-11", needs="pim:addresses", families=("ipv4",), seconds=10)
def change_of_a_secondary_address_is_told_at_once(lab):
    """A new secondary address is told in a Hello at once, whose Holdtime is not zero."""
    lab.pim.settle()
    if lab.virtual:
        lab.wait(lab.pim.timers.hello_period / 2)
    lab.pim.set_addresses("lan", lab.lan.dut, "10.1.0.13")
    lab.lan.expect(hello(addresses=["10.1.0.13"], holdtime=lab.pim.timers.neighbor_holdtime, src=lab.lan.dut))
    lab.pim.set_addresses("lan", lab.lan.dut)
    lab.lan.expect(hello(addresses=False, holdtime=lab.pim.timers.neighbor_holdtime))
