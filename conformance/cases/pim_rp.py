# SPDX-License-Identifier: GPL-2.0-only
"""Which RP a group has (RFC 7761 4.7; RFC 3956), told by the address that joins of the group name."""

from __future__ import annotations

import ipaddress

from conformance.harness import *

from .pim_scene import *


def static(*rps):
    """The setup with configured RPs: (address, range)."""
    return {"rps": [{"address": address, "groups": groups} for address, groups in rps]}


def embedded_case(*ids, pim=LEARNED, needs=(), **given):
    """Declares a case of RPs that groups name."""
    return pim_case(*ids, pim=pim, needs=["pim:embedded-rp", needs], families=["ipv6"], seconds=6, **given)


RANGE, OUTSIDE = "239.1.0.0/16", "239.2.2.3"
CANDIDATES = [f"10.8.0.{number}" for number in (1, 2, 3, 4, 77, 200)]
HASHED = [
    f"239.{second}.{third}.{fourth}"
    for second, third, fourth in ((1, 2, 3), (1, 2, 4), (7, 7, 9), (9, 1, 21), (50, 3, 200))
]


# ---- told by configuration ---------------------------------------------------------------------------------


@pim_case(
    "PIMSM-ROUTER-4.7-01", "PIMSM-ROUTER-4.7.1-01", pim=static((RP, ALL_GROUPS), (OTHER_RP, RANGE)), seconds=5
)
def longest_range_decides(lab):
    """Of two configured ranges that hold a group the longer one has its RP."""
    meet(lab)
    expect_rp(lab, G, OTHER_RP)
    expect_rp(lab, OUTSIDE, RP)


@pim_case("PIMSM-ROUTER-4.7-01", pim=static((RP, RANGE)), seconds=5)
def group_outside_of_all_ranges_has_no_rp(lab):
    """A group of no range is not joined; one of the range is."""
    meet(lab)
    expect_no_rp(lab, OUTSIDE)
    expect_rp(lab, G, RP)


@pim_case(
    "PIMSM-ROUTER-4.7-01",
    "PIMSM-DR-4.4.1-01",
    role="dr",
    pim=static((RP, ALL_GROUPS), (OTHER_RP, RANGE)),
    seconds=5,
)
def registers_go_to_the_rp_of_their_group(lab):
    """Data of a local source is registered with the RP of its group, another group's with that one's."""
    meet(lab)
    for group, rp in ((G, OTHER_RP), (OUTSIDE, RP)):
        register_of(lab, LOCAL, group, rp)


# ---- told by a BSR -----------------------------------------------------------------------------------------


@pim_case("PIMSM-ROUTER-4.7.1-01", pim=LEARNED, needs="pim:bsr", seconds=5)
def longest_range_decides_before_priority(lab):
    """Of learned ranges the longest one decides, though a shorter one has an RP of better priority."""
    meet(lab)
    learn(lab, one_range([(RP, 0)]), one_range([(OTHER_RP, 200)], RANGE))
    expect_rp(lab, G, OTHER_RP)
    expect_rp(lab, OUTSIDE, RP)


@pim_case("PIMSM-ROUTER-4.7.1-01", "BSR-ROUTER-4.1-01", pim=LEARNED, needs="pim:bsr", seconds=5)
def lowest_priority_value_decides(lab):
    """Of several RPs of one range that with the lowest priority value is used, for every group."""
    meet(lab)
    learn(lab, one_range([(one, 10 if one == CANDIDATES[3] else 11) for one in CANDIDATES]))
    for group in HASHED:
        expect_rp(lab, group, CANDIDATES[3])


def expect_hash(lab, length):
    """Each of many groups has the RP that the hash function gives it."""
    meet(lab)
    learn(lab, one_range(CANDIDATES), hash_mask_length=length)
    wanted = {group: hashed(lab, group, CANDIDATES, length) for group in HASHED}
    lab.require(len(set(wanted.values())) > 1, "the groups of the case have different RPs")
    for group, rp in wanted.items():
        expect_rp(lab, group, rp)


@pim_case("PIMSM-ROUTER-4.7.2-01", pim=LEARNED, needs="pim:bsr", seconds=6, families=["ipv4"])
def groups_are_spread_by_the_hash_function(lab):
    """IPv4: of equal RPs the hash of group and RP decides, with the usual mask of 30 bits."""
    expect_hash(lab, 30)


@pim_case("PIMSM-ROUTER-4.7.2-01", pim=LEARNED, needs="pim:bsr", seconds=6, families=["ipv4"])
def mask_of_the_hash_function_is_the_bsrs(lab):
    """IPv4: the mask of the hash function is the one in the Bootstrap message, here 16 bits."""
    expect_hash(lab, 16)


@pim_case(
    "PIMSM-ROUTER-4.7.2-02",
    "PIMSM-ROUTER-4.7.2-01",
    pim=LEARNED,
    needs="pim:bsr",
    seconds=6,
    families=["ipv6"],
)
def ipv6_addresses_are_folded_before_they_are_hashed(lab):
    """IPv6: the four words of an address, added without carry, are hashed; the usual mask has 126 bits."""
    expect_hash(lab, 126)


@pim_case("PIMSM-ROUTER-4.7.2-01", pim=LEARNED, needs="pim:bsr", seconds=6)
def neighbouring_groups_share_their_rp(lab):
    """The groups that differ in the last two bits alone have one RP."""
    meet(lab)
    learn(lab, one_range(CANDIDATES))
    groups = [f"239.9.9.{number}" for number in (4, 5, 6, 7)]
    rp = hashed(lab, groups[0], CANDIDATES, 30 if lab.family == "ipv4" else 126)
    for group in groups:
        expect_rp(lab, group, rp)


# ---- when it changes ---------------------------------------------------------------------------------------


@pim_case("PIMSM-ROUTER-4.7.1-02", "BSR-ROUTER-3.1.5-05", pim=LEARNED, needs="pim:bsr", seconds=6)
def groups_follow_their_rp(lab):
    """A joined group whose RP changes is joined towards the new one and pruned towards the old one, at once."""
    meet(lab, U, U2)
    learn(lab, one_range([RP]))
    expect_rp(lab, G, RP)
    learn(lab, one_range([BESIDE_RP]))
    found = by_now(lab, "up", joins(None, G, to=U2))
    lab.check(rp_in(found, G) == BESIDE_RP, f"the join names {BESIDE_RP} ({rp_in(found, G)})")
    by_now(lab, "up", prunes(None, G, to=U))


@pim_case(
    "PIMSM-ROUTER-4.7.1-02", "BSR-ROUTER-3.1.5-05", pim=LEARNED, needs=["pim:bsr", "forwarding"], seconds=7
)
def data_follows_the_rp(lab):
    """After the RP has failed and another has taken over, data comes from there."""
    meet(lab, U, N2)
    learn(lab, one_range([(RP, 1), (APART_RP, 2)]))
    join(lab, rp=RP)
    lab.check(lab.forwards(S, G), "data comes from up")
    learn(lab, one_range([(APART_RP, 2)]))
    by_now(lab, "lan2", joins(None, G, to=N2))
    join(lab, rp=APART_RP)
    lab.check(lab.forwards(APART, G, port="lan2"), "data comes from lan2")


@pim_case("PIMSM-ROUTER-4.7.1-02", "PIMSM-ROUTER-4.7-01", pim=LEARNED, needs="pim:bsr", seconds=5)
def members_wait_for_an_rp(lab):
    """Members of a group without an RP are joined for as soon as one is known."""
    meet(lab)
    lab.pim.member(G)
    lab.up.expect_none(joins(None, G), within=2 * lab.timers.tolerance)
    learn(lab, one_range([RP]))
    by_now(lab, "up", joins(None, G, to=U))


# ---- the router itself -------------------------------------------------------------------------------------


@pim_case("PIMSM-ROUTER-4.2.2-01", "PIMSM-ROUTER-4.2-01", pim=AT_RP, needs="forwarding", seconds=5)
def rp_serves_sources_of_its_own_links(lab):
    """The RP forwards data of a source on its own link to joins and members, and registers nothing."""
    meet(lab)
    join(lab, by=U)
    lab.pim.member(G, port="lan2")
    moment(lab)
    for port in ("up", "lan2"):
        lab.check(lab.forwards(LOCAL, G, to=port, port="lan"), f"{port} gets it")
    lab.up.expect_none(register(), after=0.0)


@pim_case("PIMSM-ROUTER-4.7-01", pim=AT_RP, needs="forwarding", seconds=5)
def rp_forwards_down_the_tree_alone(lab):
    """Joins that reach the RP go no further; data of its links goes where they came from."""
    meet(lab)
    join(lab)
    lab.check(lab.forwards(lab.lan2.address(121), G, to="lan", port="lan2"), "data goes to lan")
    for port in (lab.up, lab.lan2):
        port.expect_none(joins(None, G), after=0.0)


# ---- told by the group (RFC 3956) --------------------------------------------------------------------------


def embedding(rp, length=64, identifier=None, scope=0xE, group=0x10002, flags=7):
    """The group of ff70::/12 whose RP is the one given: the first ``length`` bits and the last four."""
    octets = ipaddress.IPv6Address(rp).packed
    identifier = octets[15] & 15 if identifier is None else identifier
    prefix = int.from_bytes(octets[:8], "big") >> (64 - min(length, 64)) << (64 - min(length, 64))
    head = bytes([0xFF, flags << 4 | scope, identifier, length])
    return str(ipaddress.IPv6Address(head + prefix.to_bytes(8, "big") + group.to_bytes(4, "big")))


EMBEDDED_RP = "2001:db8:8::5"  # behind the upstream router


@embedded_case(
    "EMBRP-ROUTER-4-01",
    "EMBRP-ROUTER-5-01",
)
def group_names_its_rp(lab):
    """A group of ff70::/12 is joined towards the RP that it names, without any configuration."""
    meet(lab)
    expect_rp(lab, embedding(EMBEDDED_RP), EMBEDDED_RP)


@embedded_case(
    "EMBRP-ROUTER-4-01",
)
def part_of_a_prefix_may_be_named(lab):
    """The prefix of the RP has as many bits as the group says, the rest is zero but for the last four."""
    meet(lab)
    expect_rp(lab, embedding("2001:db8:8::7", 48), "2001:db8:8::7")
    expect_rp(lab, embedding("2001:db8:8::f", 45, group=3), "2001:db8:8::f")


@embedded_case("EMBRP-ROUTER-5-02", pim={})
def named_rp_stands_before_a_configured_one(lab):
    """The RP that a group names is used though another one is configured for all groups."""
    meet(lab)
    expect_rp(lab, embedding(EMBEDDED_RP), EMBEDDED_RP)
    expect_rp(lab, "ff1e::7:7:7", RP)


@embedded_case(
    "EMBRP-ROUTER-4-02",
)
def impossible_names_are_none(lab):
    """No prefix, one of more than 64 bits, an interface identifier of 0: such a group names no RP."""
    meet(lab)
    for words, group in {
        "a prefix of 0 bits": embedding(EMBEDDED_RP, 0),
        "a prefix of 65 bits": embedding(EMBEDDED_RP, 65),
        "an identifier of 0": embedding(EMBEDDED_RP, 64, 0),
        "a flag that does not say so": embedding(EMBEDDED_RP, flags=3, group=0x70002),
    }.items():
        lab.note(words)
        expect_no_rp(lab, group)
    expect_rp(lab, embedding(EMBEDDED_RP), EMBEDDED_RP)


@embedded_case("EMBRP-ROUTER-5-01", role="dr")
def data_is_registered_with_the_named_rp(lab):
    """Data of a local source to such a group is registered with the RP that it names."""
    meet(lab)
    group = embedding(EMBEDDED_RP)
    register_of(lab, LOCAL, group, EMBEDDED_RP)


@embedded_case("EMBRP-ROUTER-5-03", role="rp", needs="forwarding")
def router_that_a_group_names_is_its_rp(lab):
    """The router whose address a group names takes joins and Registers for it."""
    meet(lab)
    own = lab.up.global_address()
    group = embedding(own)
    join(lab, group, rp=own)
    send_register(lab, S, group, dst=own, payload=b"registered")
    lab.lan.expect(data(group, payload=b"registered"))


@embedded_case(
    "EMBRP-ROUTER-4-01",
    "EMBRP-ROUTER-5-01",
)
def join_of_another_rp_than_the_named_one_is_dropped(lab):
    """A Join(*,G) that names another RP than the group does is dropped, the right one goes on upstream."""
    meet(lab)
    group = embedding(EMBEDDED_RP)
    join(lab, group, rp=RP)
    lab.up.expect_none(joins(None, group), after=0.0)
    join(lab, group, rp=EMBEDDED_RP)
    by_now(lab, "up", joins(None, group))
