# SPDX-License-Identifier: GPL-2.0-only
"""Dense mode on the wire: the form of each message, and bad ones (RFC 3973 4.7)."""

from conformance.harness import *

from .pim_dense_common import *

OUTSIDE = "239.2.2.3"
STRANGER = "10.1.0.66"
ODD_OPTIONS = b"\x0f\xa1\0\3xyz" b"\0\x17\0\0" b"\xff\xfe\0\2ab"


def bits(lab):
    """The length of a whole mask."""
    return 32 if lab.family == "ipv4" else 128


def check_header(lab, found, port, to, group=True):
    """PIM version 2 in protocol 103 with TTL 1, reserved octet 0, from the router's address to ``to``; nothing behind it."""
    pim = found.pim
    lab.check(
        (found.proto, pim.version, pim.flags) == (103, 2, 0), f"protocol 103, version 2, reserved 0 ({found})"
    )
    lab.check((found.dst, found.ttl) == (to, 1), f"to {to} with TTL 1 ({found.dst}, {found.ttl})")
    lab.check(found.src == lab.ports[port].dut, f"from {lab.ports[port].dut} ({found.src})")
    lab.check(not found.problems and not found.extra, f"the message has no fault ({found.problems})")


def check_entries(lab, found, *joined):
    """Entries of (S,G) alone, each for one source and one group: whole masks, no flag set. joined: of each."""
    entries = found.pim.entries
    lab.check(tuple(one.joined for one in entries) == joined, f"{len(joined)} entries ({entries})")
    for one in entries:
        lab.check(one.kind == "S,G" and not one.sparse and not one.reserved, f"S, W and R are 0 ({one})")
        lab.check((one.mask_length, one.group_mask_length) == (bits(lab), bits(lab)), f"whole masks ({one})")
        lab.check(one.group_flags == 0, f"B, reserved bits and Z are 0 ({one.group_flags})")
    lab.check(found.pim.reserved == 0, "the reserved octet is 0")


# ---- what the system sends ---------------------------------------------------------------------------------


@dense_case(
    *"PIMDM-ANY-4.7-01 PIMDM-ANY-4.7.1-01 PIMDM-ROUTER-4.7.3-01 PIMDM-ROUTER-4.7.6-01".split(), seconds=7
)
def prune_is_well_formed(lab):
    """A Prune names the neighbour that leads to the source, one (S,G), and a Holdtime longer than the override interval."""
    found = pruned(lab)
    check_header(lab, found, "up", ALL_PIM_ROUTERS)
    check_entries(lab, found, False)
    lab.check(found.pim.upstream == U and found.type == 3, f"type 3, to {U}")
    shortest = lab.pim.timers.override_delay
    lab.check(found.pim.holdtime > shortest, f"more than {shortest:g} s ({found.pim.holdtime})")


@dense_case("PIMDM-ROUTER-4.7.6-02", "PIMDM-ROUTER-4.8-01", seconds=7)
def holdtime_of_a_prune(lab):
    """A Prune tells 3.5 times the period of Join/Prune messages, 210 s by default."""
    found = pruned(lab)
    lab.check(found.pim.holdtime == lab.pim.timers.tree_holdtime, f"{found.pim.holdtime} s")


@dense_case("PIMDM-ROUTER-4.7.6-02", needs=[DATA, "virtual"], pim=dict(state_refresh=False))
def prune_with_the_greatest_holdtime_stays(lab):
    """A Prune with Holdtime 0xffff keeps the data away until it is cancelled, one with another ends in its time."""
    meet(lab, U, D, E)
    flood(lab, "lan", "lan2")
    when = prune(lab, holdtime=FOR_EVER)
    prune(lab, by=E, holdtime=210)
    for number in range(1, 8):
        lab.wait_until(when + number * 150)
        expect_unserved(lab, to="lan")
    expect_served(lab, to="lan2")
    join(lab)
    moment(lab)
    expect_served(lab, to="lan")


@dense_case(
    *"PIMDM-ANY-4.7-01 PIMDM-ANY-4.7.1-01 PIMDM-ROUTER-4.7.3-01 PIMDM-ROUTER-4.7.6-01".split(), seconds=10
)
def overriding_join_is_well_formed(lab):
    """A Join that overrides another router's Prune names the neighbour that leads to the source and one (S,G)."""
    meet(lab, U, PEER, D)
    flood(lab)
    lab.pim.join(PEER, prune_sg(G, S), upstream=U, holdtime=210)
    found = lab.up.expect(joins(to=U), within=lab.pim.timers.override_interval)
    check_header(lab, found, "up", ALL_PIM_ROUTERS)
    check_entries(lab, found, True)


@dense_case(
    *"PIMDM-ANY-4.7-01 PIMDM-ANY-4.7.1-01 PIMDM-ROUTER-4.7.8-01 PIMDM-ROUTER-4.7.3-01".split(), seconds=8
)
def graft_is_well_formed(lab):
    """A Graft goes to RPF'(S) alone, type 6, the source in the list of joins, Holdtime 0."""
    found = ack_pending(lab)
    check_header(lab, found, "up", U)
    check_entries(lab, found, True)
    lab.check(found.type == 6 and found.pim.upstream == U and found.pim.holdtime == 0, f"type 6, Holdtime 0 ({found})")


@dense_case("PIMDM-ANY-4.7-01", "PIMDM-ANY-4.7.1-01", "PIMDM-ROUTER-4.7.8-01", seconds=8)
def graft_ack_is_a_copy_of_the_graft(lab):
    """A Graft-Ack goes to the Graft's sender alone, type 7, with the Graft's entries, and names that sender."""
    meet(lab)
    flood(lab)
    flood(lab, group=G2)
    lab.lan.send(graft(join_sg(G, S), join_sg(G2, S), src=D, dst=lab.lan.dut))
    found = lab.lan.expect(graft_ack(join_sg(G, S), join_sg(G2, S)))
    check_header(lab, found, "lan", D)
    check_entries(lab, found, True, True)
    lab.check(found.type == 7 and found.pim.upstream == D, f"type 7, upstream neighbour {D} ({found})")
    lab.lan.expect_none(graft_ack(), within=2 * lab.timers.tolerance)


@dense_case("PIMDM-ANY-4.7-01", "PIMDM-ANY-4.7.1-01", "PIMDM-ROUTER-4.7.7-01", seconds=8)
def assert_is_well_formed(lab):
    """An Assert names one group and one source, R 0, with the preference and metric of the route."""
    meet(lab, U, D, E)
    flood(lab, "lan", "lan2")
    lab.lan2.data(S, G)
    found = lab.lan2.expect(assert_(G, S))
    check_header(lab, found, "lan2", ALL_PIM_ROUTERS)
    pim = found.pim
    lab.check(pim.group_mask_length == bits(lab) and not pim.rpt, f"a whole mask, R 0 ({found})")
    lab.check(pim.preference in preference_of_routes(lab) and pim.metric == 20, f"of the route ({pim.preference}, {pim.metric})")


@dense_case(
    "PIMDM-ANY-4.7-01", "PIMDM-ANY-4.7.1-01", "PIMDM-ROUTER-4.7.10-01", "PIMDM-ROUTER-4.7.3-01", needs=REFRESH, seconds=7
)
def state_refresh_is_well_formed(lab):
    """A State Refresh is of type 9, names one group, one source and its originator, R 0, and its reserved bits are 0."""
    meet(lab, U, D, refresh=60)
    flood(lab)
    refresh(lab, reserved=0x1F)
    found = lab.lan.expect(refreshes())
    check_header(lab, found, "lan", ALL_PIM_ROUTERS)
    pim = found.pim
    lab.check(pim.group_mask_length == bits(lab) and not pim.rpt, f"a whole mask, R 0 ({found})")
    lab.check(found.type == 9 and pim.reserved == 0, f"type 9, reserved bits 0 ({pim.reserved})")
    lab.check(pim.originator == FAR_ORIGINATOR, f"the originator stays ({pim.originator})")


# ---- what the system gets ----------------------------------------------------------------------------------


@dense_case("PIMDM-ROUTER-4.7.5-02", needs=DATA, seconds=7)
def unknown_hello_options_are_ignored(lab):
    """A Hello with options that are unknown, of whatever length, still makes a neighbour."""
    meet(lab, U)
    lab.pim.neighbors_up(D, more=ODD_OPTIONS)
    expect_served(lab)
    prune(lab)
    lab.up.expect(prunes(to=U))
    expect_unserved(lab)


@dense_case("PIMDM-ANY-4.7.1-01", "PIMDM-ROUTER-4.7.3-01", needs=DATA, seconds=7)
def reserved_bits_are_ignored(lab):
    """Reserved octets and bits of a Prune, and the S bit, make no difference."""
    meet(lab)
    flood(lab)
    odd = prune_sg(G, S, reserved=0x1F, sparse=True, group_flags=0x7E)
    lab.pim.join(D, odd, flags=0xFF, reserved=0xFF)
    lab.up.expect(prunes(to=U))
    expect_unserved(lab)


BAD_PRUNES = {
    # name: (requirement, packet as a function of the lab)
    "with_a_wrong_checksum": ("PIMDM-ANY-4.7.1-02", lambda lab: _bad_prune(checksum="bad")),
    "without_a_checksum": ("PIMDM-ANY-4.7.1-02", lambda lab: _bad_prune(checksum=0)),
    "of_version_1": ("PIMDM-ANY-4.7.1-02", lambda lab: _bad_prune(version=1)),
    "of_version_3": ("PIMDM-ANY-4.7.1-02", lambda lab: _bad_prune(version=3)),
    "of_an_unknown_type": (
        "PIMDM-ANY-4.7.1-02",
        lambda lab: pim_message(15, _bad_prune().build(lab.lan.context())[-30:], src=D),
    ),
    "cut_in_the_source": ("PIMDM-ANY-4.7.1-02", lambda lab: _bad_prune(truncate=_within_the_source(lab))),
    "with_more_prunes_than_octets": ("PIMDM-ANY-4.7.1-02", lambda lab: _bad_prune(prunes=9)),
    "from_a_stranger": ("PIMDM-ANY-4.7.1-02", lambda lab: _bad_prune(src=STRANGER)),
    "with_a_short_mask_of_the_source": (
        "PIMDM-ROUTER-4.7.3-01",
        lambda lab: _bad_prune(prune_sg(G, S, mask=8)),
    ),
    "with_a_short_mask_of_the_group": (
        "PIMDM-ROUTER-4.7.3-01",
        lambda lab: _bad_prune(prune_sg(G, S, group_mask=16)),
    ),
    "of_all_sources": ("PIMDM-ROUTER-4.7.6-01", lambda lab: _bad_prune(prune_g(G, S))),
    "of_a_source_off_the_shared_tree": ("PIMDM-ROUTER-4.7.6-01", lambda lab: _bad_prune(prune_rpt(G, S))),
}


def _within_the_source(lab):
    """A length of a Join/Prune that ends within its first source."""
    size = 4 if lab.family == "ipv4" else 16
    return 4 + 2 + size + 4 + 4 + size + 4 + 4 + 2


def _bad_prune(entry=None, **fields):
    return join_prune(entry or prune_sg(G, S), **{"src": D, "holdtime": FOR_EVER, **fields})


def _declare_bad_prune(name, requirement, make):
    def bad(lab, make=make):
        meet(lab)
        flood(lab)
        lab.lan.send(make(lab))
        lab.up.expect_none(prunes(to=None), within=4 * lab.timers.tolerance)
        expect_served(lab)
        prune(lab)
        lab.up.expect(prunes(to=U))
        expect_unserved(lab)

    bad.__name__ = bad.__qualname__ = f"prune_{name}"
    bad.__doc__ = f"A Prune {name.replace('_', ' ')} is discarded; a good one after it is not."
    dense_case(requirement, needs=DATA, seconds=8)(bad)


for _name, (_requirement, _make) in BAD_PRUNES.items():
    _declare_bad_prune(_name, _requirement, _make)


BAD_GRAFTS = {
    # name: (requirement, packet as a function of the lab)
    "sent_to_all_routers": (
        "PIMDM-ANY-4.7-01",
        lambda lab: _bad_graft(dst=ALL_PIM_ROUTERS, upstream="10.1.0.66"),
    ),
    "from_a_stranger": ("PIMDM-ANY-4.7.1-02", lambda lab: _bad_graft(src=STRANGER)),
    "with_a_wrong_checksum": ("PIMDM-ANY-4.7.1-02", lambda lab: _bad_graft(checksum="bad")),
    "cut_short": ("PIMDM-ANY-4.7.1-02", lambda lab: _bad_graft(truncate=15)),
    "with_more_joins_than_octets": ("PIMDM-ANY-4.7.1-02", lambda lab: _bad_graft(joins=9)),
    "with_a_short_mask": ("PIMDM-ROUTER-4.7.3-01", lambda lab: _bad_graft(join_sg(G, S, mask=8))),
    "of_a_list_of_prunes": ("PIMDM-ROUTER-4.7.8-01", lambda lab: _bad_graft(prune_sg(G, S))),
    "of_all_sources": ("PIMDM-ROUTER-4.7.6-01", lambda lab: _bad_graft(join_g(G, S))),
}


def _bad_graft(entry=None, **fields):
    return graft(entry or join_sg(G, S), **{"src": D, **fields})


def _declare_bad_graft(name, requirement, make):
    def bad(lab, make=make):
        pruned(lab)
        lab.lan.send(make(lab))
        lab.up.expect_none(graft(), within=4 * lab.timers.tolerance)
        expect_unserved(lab)
        send_graft(lab)
        lab.lan.expect(graft_acks())
        expect_served(lab)

    bad.__name__ = bad.__qualname__ = f"graft_{name}"
    bad.__doc__ = f"A Graft {name.replace('_', ' ')} brings nothing back; a good one after it does."
    dense_case(requirement, needs=DATA, seconds=8)(bad)


for _name, (_requirement, _make) in BAD_GRAFTS.items():
    _declare_bad_graft(_name, _requirement, _make)


@dense_case(
    "PIMDM-ROUTER-4.7.8-01",
    needs=DATA,
    pim=dict(mode="sparse-dense", dense_groups=["239.1.0.0/16"], rp="remote"),
    seconds=8,
)
def graft_of_a_sparse_group_does_nothing(lab):
    """A Graft of a group that is not dense makes no state: nothing is joined, nothing is forwarded."""
    meet(lab)
    lab.lan.send(graft(join_sg(OUTSIDE, S), src=D))
    lab.up.expect_none(any_join_prune(), within=4 * lab.timers.tolerance)
    lab.up.expect_none(graft(), after=0.0)
    expect_unserved(lab, group=OUTSIDE)
    pruned(lab)
    send_graft(lab)
    lab.up.expect(grafts())


@dense_case("PIMDM-ROUTER-4.7.8-01", seconds=8)
def graft_ack_of_another_router_is_not_believed(lab):
    """A Graft-Ack that does not come from RPF'(S), or of another source, does not end the retransmission of a Graft."""
    period = lab.pim.timers.graft_retry_period
    first = ack_pending(lab, U, U2, D)
    for fields in (dict(by=U2), dict(source=S2), dict(group=G2)):
        send_graft_ack(lab, **fields)
    again = lab.up.expect(grafts(), at=first.time + period)
    send_graft_ack(lab)
    lab.up.expect_none(graft(), until=again.time + 2 * period)


# ---- bad State Refreshes -----------------------------------------------------------------------------------


def _cut(lab, at):
    """The State Refresh, cut before the octet ``at`` from its end."""
    size = 4 if lab.family == "ipv4" else 16
    return 4 + 4 + size + 2 * (2 + size) + 12 - at


BAD_REFRESHES = {
    # name: (requirement, fields as a function of the lab)
    "with_a_wrong_checksum": ("PIMDM-ANY-4.7.1-02", lambda lab: dict(checksum="bad")),
    "of_version_1": ("PIMDM-ANY-4.7.1-02", lambda lab: dict(version=1)),
    "from_a_stranger": ("PIMDM-ANY-4.7.1-02", lambda lab: dict(src="10.0.0.66")),
    "without_its_interval": ("PIMDM-ROUTER-4.7.10-02", lambda lab: dict(truncate=_cut(lab, 1))),
    "without_its_flags": ("PIMDM-ROUTER-4.7.10-02", lambda lab: dict(truncate=_cut(lab, 2))),
    "cut_in_the_metric": ("PIMDM-ROUTER-4.7.10-02", lambda lab: dict(truncate=_cut(lab, 6))),
    "cut_in_the_originator": ("PIMDM-ROUTER-4.7.10-02", lambda lab: dict(truncate=_cut(lab, 14))),
    "without_any_body": ("PIMDM-ROUTER-4.7.10-02", lambda lab: dict(truncate=4)),
    "whose_source_is_a_group": ("PIMDM-ROUTER-4.7.10-02", lambda lab: dict(source="239.9.9.9")),
    "whose_source_is_unspecified": ("PIMDM-ROUTER-4.7.10-02", lambda lab: dict(source="0.0.0.0")),
    "whose_originator_is_a_group": ("PIMDM-ROUTER-4.7.10-02", lambda lab: dict(originator="239.9.9.9")),
    "whose_group_is_a_host": ("PIMDM-ROUTER-4.7.10-02", lambda lab: dict(group="10.9.0.77")),
    "whose_group_is_of_the_link": ("PIMDM-ROUTER-4.7.10-02", lambda lab: dict(group="224.0.0.5")),
    "with_a_short_mask_of_the_group": ("PIMDM-ROUTER-4.7.3-01", lambda lab: dict(group_mask=16)),
}


def _declare_bad_refresh(name, requirement, make):
    def bad(lab, make=make):
        meet(lab, U, D, refresh=60)
        flood(lab)
        refresh(lab, **make(lab))
        for port in (lab.lan, lab.lan2):
            port.expect_none(state_refresh(), within=4 * lab.timers.tolerance)
        refresh(lab)
        lab.lan.expect(refreshes())

    bad.__name__ = bad.__qualname__ = f"refresh_{name}"
    bad.__doc__ = f"A State Refresh {name.replace('_', ' ')} is discarded; a good one after it is passed on."
    dense_case(requirement, needs=REFRESH, seconds=8)(bad)


for _name, (_requirement, _make) in BAD_REFRESHES.items():
    _declare_bad_refresh(_name, _requirement, _make)


@dense_case("PIMDM-ROUTER-4.7.10-02", needs=[REFRESH, "virtual"])
def refresh_cut_at_any_octet_is_discarded(lab):
    """A State Refresh that ends anywhere too early makes no message and no state; a whole one does."""
    meet(lab, U, D, refresh=60)
    flood(lab)
    for length in range(_cut(lab, 0)):
        refresh(lab, truncate=length)
        refresh(lab, group=G2, truncate=length)
    lab.lan.expect_none(state_refresh(), after=0.0)
    if lab.has(TREES):
        lab.check(lab.pim.tree(G2, S) is None, "a message that was cut makes no state")
    refresh(lab)
    lab.lan.expect(refreshes())


@dense_case("PIMDM-ROUTER-4.8-01", needs=[DATA, "virtual"], pim=dict(state_refresh=False), families=["ipv4", "ipv6"])
def values_that_nobody_configured_are_those_of_the_standard(lab):
    """Without settings: t_limit 210 s, Graft_Retry_Period 3 s, and a Prune on a LAN waits 3 s."""
    first = ack_pending(lab)
    lab.up.expect(grafts(), at=first.time + 3.0)
    send_graft_ack(lab)
    moment(lab)
    prune(lab)
    sent = lab.up.expect(prunes())
    lab.up.expect_none(prunes(), until=sent.time + 205)
    lab.wait_until(sent.time + 209)
    lab.up.data(S, G)
    lab.up.expect_none(prunes(), within=0.5)
    lab.wait_until(sent.time + 211)
    lab.up.data(S, G)
    lab.up.expect(prunes())
    meet(lab, D2)
    join(lab)
    moment(lab)
    expect_served(lab)
    when = prune(lab)
    lab.wait_until(when + 2.9)
    expect_served(lab)
    lab.wait_until(when + 3.1)
    expect_unserved(lab)
