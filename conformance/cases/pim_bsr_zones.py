# SPDX-License-Identifier: GPL-2.0-only
"""Scope zones of the Bootstrap Router mechanism (RFC 5059 1.3, 3.1 to 3.4), and routers that go out of service.

The zone of these cases is 239.1.0.0/16; with IPv6, where a zone is all of a scope, ff15::/16.
"""

from conformance.harness import *
from conformance.harness.octets import internet_checksum

from .pim_scene import *

LOW_BSR, HIGH_BSR = "10.8.0.40", "10.8.0.60"
ZONED = 1  # the Z bit
BIDIRECTIONAL = 0x80
VIRTUAL = "pim:bsr virtual"
NEEDS = "pim:bsr config:boundaries"  # who knows no borders knows no zones


def zone(lab):
    return "239.1.0.0/16" if lab.family == "ipv4" else "ff15::/16"


def part(lab):
    """A range inside the zone."""
    return "239.1.2.0/24" if lab.family == "ipv4" else "ff15:0:0:1::/64"


def inside(lab, number=3):
    """A group of the zone, in ``part``."""
    return f"239.1.2.{number}" if lab.family == "ipv4" else f"ff15:0:0:1::{number}"


BEYOND, OTHER = "239.2.0.0/16", "239.2.2.{}"


def scoped(lab, rps, *more, **fields):
    """A Bootstrap message of the zone; ``rps`` are for all of it."""
    return from_bsr(lab, one_range(rps, zone(lab), flags=ZONED), *more, **fields)


def shown(lab, prefix):
    """A range as messages show it."""
    real = lab.names.plan.prefix(prefix) if lab.family == "ipv6" else prefix
    address, _, length = real.partition("/")
    return f"{lab.names.seen(address)}/{length}"


def expect_flooded(lab, tag, *ports):
    for port in ports or ("lan", "lan2", "up"):
        lab.ports[port].expect(bootstrap(fragment_tag=tag))


def expect_not_flooded(lab, tag):
    for port in lab.ports.values():
        port.expect_none(bootstrap(fragment_tag=tag), within=2 * lab.timers.tolerance)


# ---- at any router -----------------------------------------------------------------------------------------


@pim_case(
    "BSR-ROUTER-1.3-01", "BSR-ROUTER-3.1-01", "BSR-ROUTER-3.1.2-01", needs=NEEDS, seconds=7, pim=LEARNED
)
def zone_has_a_bsr_of_its_own(lab):
    """The BSR of a zone is told from that of all groups: either is heard, whichever weighs more, and has its RPs."""
    meet(lab, U, D, D2)
    lab.up.send(from_bsr(lab, one_range([RP]), bsr=HIGH_BSR, priority=200, fragment_tag=1))
    expect_flooded(lab, 1)
    lab.up.send(scoped(lab, [OTHER_RP], bsr=LOW_BSR, priority=10, fragment_tag=2))
    expect_flooded(lab, 2)
    expect_rp(lab, inside(lab), OTHER_RP)
    expect_rp(lab, OTHER.format(3), RP)
    lab.up.send(scoped(lab, [RP], bsr=BSR, priority=9, fragment_tag=3))
    expect_not_flooded(lab, 3)
    expect_rp(lab, inside(lab, 4), OTHER_RP)


@pim_case("BSR-ROUTER-3.1-01", "BSR-ROUTER-3.3-09", needs=NEEDS, seconds=6, pim=LEARNED)
def first_range_alone_says_the_zone(lab):
    """A message whose first range has no Z bit is of no zone, whatever the others have."""
    meet(lab, U, D, D2)
    lab.up.send(from_bsr(lab, one_range([RP]), bsr=HIGH_BSR, priority=200, fragment_tag=1))
    expect_flooded(lab, 1)
    ranges = one_range([OTHER_RP], BEYOND), one_range([OTHER_RP], zone(lab), flags=ZONED)
    lab.up.send(from_bsr(lab, *ranges, bsr=LOW_BSR, priority=10, fragment_tag=2))
    expect_not_flooded(lab, 2)
    lab.up.send(from_bsr(lab, *ranges, bsr=HIGH_BSR, priority=200, fragment_tag=3))
    expect_flooded(lab, 3)
    expect_rp(lab, inside(lab), OTHER_RP)


@pim_case("BSR-ROUTER-3.1-02", needs=NEEDS, seconds=5, pim=LEARNED, families=["ipv6"])
def zone_of_several_scopes_is_dropped(lab):
    """IPv6: a message with the Z bit whose first range is shorter than 16 bits, and so has no scope, is dropped."""
    meet(lab, U, D, D2)
    for tag, prefix in enumerate(("ff00::/8", "ff10::/12"), 1):
        lab.up.send(from_bsr(lab, one_range([RP], prefix, flags=ZONED), fragment_tag=tag))
        expect_not_flooded(lab, tag)
    expect_no_rp(lab, inside(lab))
    lab.up.send(scoped(lab, [RP], fragment_tag=3))
    expect_flooded(lab, 3)


BORDER = {
    family: {"setup": {"interfaces": {"lan": {"boundaries": (prefix,)}}}, "families": [family]}
    for family, prefix in (("ipv4", "239.1.0.0/16"), ("ipv6", "ff15::/16"))
}


def at_a_border(*ids, **given):
    """Declares a case of a router whose port ``lan`` is the zone's border."""

    def register_both(function):
        for options in BORDER.values():
            pim_case(*ids, **given, **options)(function)
        return function

    return register_both


@at_a_border(
    "BSR-ROUTER-1.3-01", "BSR-ROUTER-3.4-03", "BSR-ROUTER-3.4-01", needs=NEEDS, seconds=5, pim=LEARNED
)
def message_of_a_zone_does_not_cross_its_border(lab):
    """A message of the zone goes out of no port that is the zone's border; one of all groups does."""
    meet(lab, U, D, D2)
    lab.up.send(scoped(lab, [RP], fragment_tag=1))
    expect_flooded(lab, 1, "lan2", "up")
    lab.lan.expect_none(bootstrap(), within=2 * lab.timers.tolerance)
    lab.up.send(from_bsr(lab, one_range([RP]), fragment_tag=2))
    expect_flooded(lab, 2, "lan", "lan2", "up")


@at_a_border("BSR-ROUTER-3.1.3-06", "BSR-ROUTER-3.4-03", needs=NEEDS, seconds=5, pim=LEARNED)
def message_of_a_zone_is_not_taken_at_its_border(lab):
    """A message of the zone that comes in at the zone's border is dropped; inside the zone it is taken."""
    meet(lab, U, D, D2)
    lab.lan.send(scoped(lab, [RP], src=D, no_forward=True))
    moment(lab)
    lab.lan2.send(scoped(lab, [OTHER_RP], src=D2, no_forward=True))
    moment(lab)
    lab.pim.member(inside(lab), port="lan2")
    lab.up.expect(join_prune(join_g(inside(lab), rp=OTHER_RP), only=False))


@pim_case("BSR-ROUTER-3.1.2-05", "BSR-ROUTER-5-01", needs=[VIRTUAL, "state:pim:bsr"], pim=LEARNED)
def silent_zone_is_forgotten(lab):
    """SZ_Timeout after its BSR was forgotten a zone that messages told of is gone; the one of all groups never is."""
    meet(lab)
    lab.check(len(lab.pim.bootstrap()) == 1, "at first there is the one of all groups")
    heard = lab.up.send(scoped(lab, [RP]))
    forgotten = heard + lab.pim.timers.bsr_timeout + 1300
    lab.wait_until(forgotten - margin(lab))
    lab.check(len(lab.pim.bootstrap()) == 2, "the zone is there until SZ_Timeout is over")
    lab.wait_until(forgotten + margin(lab))
    lab.check(len(lab.pim.bootstrap()) == 1, "and no longer")


# ---- the BSR of a zone -------------------------------------------------------------------------------------


def of_the_zone(*ids, candidate_rp=False, **given):
    """Declares a case of a candidate BSR of the zone."""

    def register_both(function):
        for family, prefix in (("ipv4", "239.1.0.0/16"), ("ipv6", "ff15::/16")):
            pim = {**LEARNED, "candidate_bsr": {"address": OWN_RP, "priority": 100, "zone": prefix}}
            pim_case(*ids, pim=pim, families=[family], **given)(function)
        return function

    return register_both


@of_the_zone("BSR-ROUTER-3.3-09", "BSR-ROUTER-3.3-10", "BSR-ROUTER-3.3-01", needs=[VIRTUAL])
def bsr_of_a_zone_tells_the_ranges_of_the_zone(lab):
    """The BSR of a zone names it by the Z bit of the first range alone, and tells no RP of a range outside."""
    meet(lab)
    own = bootstrap(bsr=OWN_RP)
    first = lab.up.expect(own, within=23)
    lab.up.send(candidate_rp(RP, [part(lab), BEYOND], src=RP, dst=OWN_RP))
    second = lab.up.expect(own, after=first, within=lab.pim.timers.bootstrap_period)
    for message in (first, second):
        flags = [one.flags & ZONED for one in message.pim.ranges]
        lab.check(
            flags and flags == [1] + [0] * (len(flags) - 1),
            f"the first range has the Z bit alone ({message})",
        )
        if lab.family == "ipv4":
            lab.check(message.pim.ranges[0].prefix == zone(lab), f"it is the zone ({message})")
        for one in message.pim.ranges:
            length = int(one.prefix.partition("/")[2])
            lab.check(
                lab.family == "ipv4" or length >= 16, f"no range is shorter than 16 bits ({one.prefix})"
            )
    told = {one.prefix: [rp.address for rp in one.rps] for one in second.pim.ranges if one.rps}
    lab.check(told == {shown(lab, part(lab)): [RP]}, f"the RP of the range inside alone ({told})")


# ---- the candidate RP --------------------------------------------------------------------------------------


def of_ranges(*ids, ipv4, ipv6, **given):
    """Declares a case of a candidate RP with these ranges."""

    def register_both(function):
        for family, groups in (("ipv4", ipv4), ("ipv6", ipv6)):
            pim = {**LEARNED, "candidate_rps": [{"address": OWN_RP, "groups": groups}]}
            pim_case(*ids, pim=pim, families=[family], **given)(function)
        return function

    return register_both


def told_to(lab, bsr):
    """The ranges in advertisements to a BSR."""
    found = [one for one in lab.up.frames if candidate_rp(dst=bsr).matches(one)]
    lab.check(all(one.pim.ranges for one in found), "no advertisement is without ranges")
    return {prefix.prefix: prefix.flags for one in found for prefix in one.pim.ranges}


def meet_two_bsrs(lab):
    """The BSR of the zone is ``LOW_BSR``, that of all groups ``HIGH_BSR``; both have been told what they will be."""
    meet(lab)
    lab.up.send(scoped(lab, [RP], bsr=LOW_BSR))
    lab.up.send(from_bsr(lab, one_range([RP]), bsr=HIGH_BSR))
    lab.wait(10.0)


@of_ranges(
    "BSR-ROUTER-3.2-05",
    "BSR-ROUTER-3.2-08",
    ipv4=["239.1.2.0/24", "239.2.0.0/16"],
    ipv6=["ff15:0:0:1::/64", "ff1e::2:0:0/96"],
    needs=NEEDS,
    seconds=13,
)
def each_range_goes_to_the_bsr_of_its_zone(lab):
    """A range inside the zone is advertised to the zone's BSR, one outside to that of all groups, neither to both."""
    meet_two_bsrs(lab)
    lab.check(told_to(lab, LOW_BSR) == {shown(lab, part(lab)): 0}, f"inside: {told_to(lab, LOW_BSR)}")
    lab.check(told_to(lab, HIGH_BSR) == {shown(lab, BEYOND): 0}, f"outside: {told_to(lab, HIGH_BSR)}")


@of_ranges("BSR-ROUTER-3.2-04", ipv4=["239.2.0.0/16"], ipv6=["ff1e::2:0:0/96"], needs=NEEDS, seconds=13)
def bsr_without_a_range_for_it_is_told_nothing(lab):
    """A BSR that no range is for gets no advertisement, rather than one without ranges."""
    meet_two_bsrs(lab)
    lab.check(not told_to(lab, LOW_BSR), f"nothing to the zone's BSR ({told_to(lab, LOW_BSR)})")
    lab.check(told_to(lab, HIGH_BSR), "the ranges to the one of all groups")


@of_ranges(
    "BSR-ROUTER-3.2-06",
    "BSR-ROUTER-3.2-07",
    ipv4=["239.0.0.0/8"],
    ipv6=["ff00::/8"],
    needs=NEEDS,
    seconds=13,
)
def range_around_a_zone_is_for_the_zone_too(lab):
    """A range that has the zone in it goes to the BSR of all groups, and as the range of the zone to the zone's."""
    meet_two_bsrs(lab)
    told = told_to(lab, LOW_BSR)
    if lab.family == "ipv4":
        lab.check(told == {zone(lab): 0}, f"the zone: {told}")
    else:  # each /16 of its scope
        lab.check(zone(lab) in told, f"the zone: {sorted(told)}")
        lab.check(
            all(one[3] == "5" and one.endswith("::/16") for one in told), f"its scope alone: {sorted(told)}"
        )
    lab.check(len(told_to(lab, HIGH_BSR)) == 1, f"the whole range: {told_to(lab, HIGH_BSR)}")


@pim_case(
    "BSR-ROUTER-3.2-08",
    needs=NEEDS,
    seconds=13,
    setup={"interfaces": {"lan": {"boundaries": ("239.1.0.0/16",)}}},
    pim={**LEARNED, "candidate_rps": [{"address": OWN_RP, "groups": ["239.1.2.0/24"]}]},
    families=["ipv4"],
)
def router_at_the_border_says_so(lab):
    """A candidate RP that is at the zone's border sets the Z bit in what it advertises to the zone's BSR."""
    meet_two_bsrs(lab)
    lab.check(told_to(lab, LOW_BSR) == {"239.1.2.0/24": ZONED}, f"with the Z bit: {told_to(lab, LOW_BSR)}")


# ---- two kinds of trees ------------------------------------------------------------------------------------


@pim_case(
    "BSR-ROUTER-3.3-05",
    needs=[VIRTUAL],
    pim={**LEARNED, "candidate_bsr": {"address": OWN_RP, "priority": 100}},
    families=["ipv4"],
)
def kinds_of_trees_are_not_mixed_in_a_range(lab):
    """Of RPs for bidirectional trees and for others in one range the BSR tells those of one kind alone."""
    meet(lab)
    own = bootstrap(bsr=OWN_RP)
    first = lab.up.expect(own, within=23)
    for rp, flags in ((RP, 0), (OTHER_RP, BIDIRECTIONAL)):
        octets = bytes([1, 192, 0, 150, 1, 0, 10, 8, 0, int(rp[-1]), 1, 0, flags, 16, 239, 1, 0, 0])
        lab.up.send(pim_message(8, octets, src=rp, dst=OWN_RP, ttl=64, dst_mac=lab.up.mac))
    found = lab.up.expect(own, after=first, within=lab.pim.timers.bootstrap_period)
    told = [
        (one.flags & BIDIRECTIONAL, [rp.address for rp in one.rps]) for one in found.pim.ranges if one.rps
    ]
    lab.check(told == [(BIDIRECTIONAL, [OTHER_RP])], f"the bidirectional one ({told})")


# ---- out of service ----------------------------------------------------------------------------------------


@pim_case(
    "BSR-ROUTER-3.3-11",
    needs="pim:bsr pim:shutdown",
    seconds=26,
    pim={**LEARNED, "candidate_bsr": {"address": OWN_RP, "priority": 100}},
)
def elected_bsr_resigns(lab):
    """An elected BSR that goes out of service says so by a message of the lowest priority."""
    meet(lab)
    lab.up.expect(bootstrap(bsr=OWN_RP, priority=100), within=23)
    lab.pim.shut_down()
    lab.up.expect(bootstrap(bsr=OWN_RP, priority=0))


@pim_case(
    "BSR-ROUTER-3.2-03",
    needs="pim:bsr pim:shutdown",
    seconds=15,
    pim={**LEARNED, "candidate_rps": [{"address": OWN_RP, "groups": ["239.1.0.0/16"]}]},
)
def candidate_rp_withdraws(lab):
    """A candidate RP that goes out of service tells the BSR by a holdtime of 0."""
    meet(lab)
    lab.up.send(from_bsr(lab))
    lab.up.expect(candidate_rp(OWN_RP, dst=BSR, holdtime=range(1, 0xFFFF)), within=3)
    lab.pim.shut_down()
    lab.up.expect(candidate_rp(OWN_RP, dst=BSR, holdtime=0))


# ---- Registers that come back ------------------------------------------------------------------------------


@pim_case("BSR-DR-6.2-01", role="dr", seconds=4, families=["ipv4"])
def unproven_complaint_stops_no_register(lab):
    """An ICMP "unreachable" about the RP that quotes no Register of the router's keeps it from nothing."""
    meet(lab)
    register_of(lab)
    quoted = bytes([0x45, 0, 0, 48, 0, 0, 0, 0, 64, 103, 0, 0, 10, 3, 3, 3, 10, 8, 0, 1]) + bytes(8)
    body = b"\3\1\0\0\0\0\0\0" + quoted
    body = body[:2] + internet_checksum(body).to_bytes(2, "big") + body[4:]
    lab.up.send(ip(1, src="10.9.0.99", dst=lab.lan.dut, payload=body, ttl=64, dst_mac=lab.up.mac))
    for number in range(3):
        register_of(lab, payload=b"number %d" % number)
