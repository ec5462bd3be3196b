# SPDX-License-Identifier: GPL-2.0-only
"""Bad PIM messages: no state, no message, no crash; a reason is counted, and what is right is served as ever."""

from conformance.cases.pim_common import *
from conformance.harness import *

DOWN3 = "10.1.0.40"
GOOD = join_g(OTHER_GROUP, RP)
ONE = join_g(GROUP, RP)


def dropped(lab):
    """Messages that the system says it has dropped on ``lan``."""
    counters = lab.sut.pim_interface("lan").get("counters", {})
    return sum(count for name, count in counters.items() if name.startswith("dropped."))


BAD = {
    # name: (requirement, packet as a function of the lab, are all targets to count it?)
    "of_version_1": ("PIMSM-ANY-4.9-04", lambda lab: join_prune(ONE, version=1, src=DOWN), True),
    "of_version_3": ("PIMSM-ANY-4.9-04", lambda lab: join_prune(ONE, version=3, src=DOWN), True),
    "of_type_15": ("PIMSM-ANY-4.9-04", lambda lab: pim_message(15, bytes(30), src=DOWN), True),
    "of_type_9_without_a_body": ("PIMSM-ANY-4.9-04", lambda lab: pim_message(9, b"", src=DOWN), True),
    "join_prune_sent_to_the_router_itself": (
        "PIMSM-ANY-4.9-04",
        lambda lab: join_prune(ONE, src=DOWN, dst=lab.lan.dut, dst_mac=lab.lan.mac),
        True,
    ),
    "join_prune_sent_to_all_systems": (
        "PIMSM-ANY-4.9-04",
        lambda lab: join_prune(ONE, src=DOWN, dst="224.0.0.1"),
        False,
    ),
    "with_a_wrong_checksum": (
        "PIMSM-ANY-4.9-05",
        lambda lab: join_prune(ONE, src=DOWN, checksum="bad"),
        True,
    ),
    "without_a_checksum": ("PIMSM-ANY-4.9-05", lambda lab: join_prune(ONE, src=DOWN, checksum=0), True),
    "of_three_octets": ("PIMSM-ANY-4.9-05", lambda lab: join_prune(ONE, src=DOWN, truncate=3), True),
    "of_no_octets": ("PIMSM-ANY-4.9-05", lambda lab: join_prune(ONE, src=DOWN, truncate=0), False),
    "of_the_header_alone": ("PIMSM-ANY-4.9-05", lambda lab: join_prune(ONE, src=DOWN, truncate=4), True),
    "cut_in_the_upstream_neighbour": (
        "PIMSM-ANY-4.9-05",
        lambda lab: join_prune(ONE, src=DOWN, truncate=7),
        True,
    ),
    "cut_in_the_group": (
        "PIMSM-ROUTER-4.9.5-04",
        lambda lab: join_prune(ONE, src=DOWN, truncate=octets(lab, 1)),
        True,
    ),
    "cut_in_the_source": (
        "PIMSM-ROUTER-4.9.5-04",
        lambda lab: join_prune(ONE, src=DOWN, truncate=octets(lab, 2)),
        True,
    ),
    "with_more_joins_than_octets": (
        "PIMSM-ROUTER-4.9.5-04",
        lambda lab: join_prune(ONE, src=DOWN, joins=9),
        True,
    ),
    "with_65535_joins": (
        "PIMSM-ROUTER-4.9.5-04",
        lambda lab: join_prune(ONE, src=DOWN, joins=65535, prunes=65535),
        True,
    ),
    "with_an_unknown_family_of_the_upstream": (
        "PIMSM-ROUTER-4.9.1-02",
        lambda lab: pim_message(3, b"\x63\0" + bytes(40), src=DOWN),
        True,
    ),
    "with_an_unknown_encoding_of_the_upstream": (
        "PIMSM-ROUTER-4.9.1-02",
        lambda lab: pim_message(3, b"\1\7" + bytes(40), src=DOWN),
        True,
    ),
}


def octets(lab, addresses):
    """A length that ends within the group (1) or the source (2) of the first group set."""
    size = {"ipv4": 4, "ipv6": 16}[lab.family]
    group = 4 + 2 + size + 4 + 4 + 2
    return group if addresses == 1 else group + size - 2 + 4 + 4 + 2


def _bad(name, requirement, make, counted):
    def bad(lab, make=make, counted=counted):
        lab.pim.neighbors_up(DOWN, UPSTREAM)
        before = dropped(lab) if counted and lab.has("state:pim:counters") else None
        lab.lan.send(make(lab))
        lab.up.expect_none(any_join_prune(), within=0.7)
        lab.lan.expect_none(any_join_prune(), within=0.7)
        if before is not None:
            lab.check(dropped(lab) > before, "a reason is counted")
        lab.pim.join(DOWN, GOOD)
        lab.up.expect(join_prune(GOOD, upstream=UPSTREAM))

    bad.__name__ = bad.__qualname__ = f"message_{name}"
    bad.__doc__ = f"A message {name.replace('_', ' ')} is discarded; a good one after it is processed."
    pim_case(requirement, seconds=12)(bad)


for _name, _values in BAD.items():
    _bad(_name, *_values)


ENTRIES = {
    # name: (requirement, the bad entry)
    "group_of_the_link": ("BADIN-ROUTER-PIM-01", join_g("224.0.0.5", RP)),
    "group_of_the_link_with_a_source": ("BADIN-ROUTER-PIM-01", join_sg("224.0.0.5", SOURCE)),
    "unicast_address_as_group": ("BADIN-ROUTER-PIM-01", join_g("10.9.0.77", RP)),
    "unicast_address_as_group_of_a_source": ("BADIN-ROUTER-PIM-01", join_sg("10.9.0.77", SOURCE)),
    "source_of_zeros": ("BADIN-ROUTER-PIM-02", join_sg(GROUP, "0.0.0.0")),
    "group_as_source": ("BADIN-ROUTER-PIM-02", join_sg(GROUP, "239.9.9.9")),
    "loopback_as_source": ("BADIN-ROUTER-PIM-02", join_sg(GROUP, "255.255.255.255")),
    "mask_length_of_0": ("PIMSM-ROUTER-4.9.1-01", join_sg(GROUP, SOURCE, mask=0)),
    "mask_length_of_200": ("PIMSM-ROUTER-4.9.1-01", join_sg(GROUP, SOURCE, mask=200)),
    "group_mask_length_of_8": ("PIMSM-ANY-4.9.1-01", join_sg(GROUP, SOURCE, group_mask=8)),
    "group_mask_length_of_255": ("PIMSM-ANY-4.9.1-01", join_sg(GROUP, SOURCE, group_mask=255)),
    "rp_s_tree_of_a_group_that_is_source_specific": ("PIMSM-ROUTER-4.8.1-01", join_g("232.1.2.3", RP)),
}


def _entry(name, requirement, entry):
    def bad(lab, entry=entry):
        lab.pim.neighbors_up(DOWN, UPSTREAM)
        lab.pim.join(DOWN, entry)
        lab.up.expect_none(any_join_prune(), within=1.0)
        lab.pim.join(DOWN, GOOD)
        lab.up.expect(join_prune(GOOD, upstream=UPSTREAM))
        if lab.has("state:pim:trees"):
            groups = {tree["group"] for tree in lab.pim.trees()}
            lab.check(
                groups == {lab.names.wanted(OTHER_GROUP)}, f"the good tree is the only one: {sorted(groups)}"
            )

    bad.__name__ = bad.__qualname__ = f"entry_with_{name}"
    bad.__doc__ = f"A Join with a {name.replace('_', ' ')} makes no state; a good one after it does."
    pim_case(requirement, seconds=12)(bad)


for _name, _values in ENTRIES.items():
    _entry(_name, *_values)


@pim_case("BADIN-ROUTER-PIM-03", "PIMSM-ROUTER-4.9-02", seconds=12)
def hello_from_another_network_is_ignored(lab):
    """A router whose address is not of the link is no neighbour: neither the DR nor joined by."""
    lab.pim.neighbors_up(UPSTREAM)
    stranger = "10.9.0.77" if lab.family == "ipv4" else "2001:db8:9::77"
    lab.lan.send(hello(src=stranger, dr_priority=99))
    lab.wait(0.5)
    lab.pim.member(GROUP)
    lab.up.expect(join_g(GROUP, RP))
    lab.lan.send(join_prune(GOOD, src=stranger))
    lab.up.expect_none(GOOD, within=1.0)
    if lab.has("state:pim:neighbors"):
        lab.check(not lab.pim.neighbors("lan"), "it is no neighbour")


@pim_case("BADIN-ROUTER-PIM-03", families=("ipv6",), seconds=12)
def hello_from_a_global_address_is_ignored(lab):
    """Of IPv6 a Hello comes from a link-local address: one from a global address of the link makes no neighbour."""
    lab.pim.neighbors_up(UPSTREAM)
    lab.lan.send(hello(src=lab.lan.global_address(20), dr_priority=99))
    lab.wait(0.5)
    lab.pim.member(GROUP)
    lab.up.expect(join_g(GROUP, RP))


@pim_case("BADIN-ROUTER-PIM-03", seconds=12)
def hello_from_the_own_address_is_ignored(lab):
    """A Hello from the system's own address, say its own one come back, changes nothing."""
    lab.pim.neighbors_up(UPSTREAM)
    lab.lan.send(hello(src=lab.lan.dut, dr_priority=99, src_mac="02:00:00:00:09:09"))
    lab.wait(0.5)
    lab.pim.member(GROUP)
    lab.up.expect(join_g(GROUP, RP))
    if lab.has("state:pim:neighbors"):
        lab.check(lab.lan.dut not in lab.pim.neighbors("lan"), "it is no neighbour of itself")


@pim_case("BADIN-ROUTER-PIM-03", seconds=12)
def hello_from_a_group_is_ignored(lab):
    """A Hello whose source is a group or unspecified makes no neighbour and no DR."""
    lab.pim.neighbors_up(UPSTREAM)
    lab.lan.send(hello(src="0.0.0.0", dr_priority=99))
    lab.lan.send(hello(src="239.7.7.7", dr_priority=99))
    lab.wait(0.5)
    lab.pim.member(GROUP)
    lab.up.expect(join_g(GROUP, RP))


@pim_case(
    "PIMSM-ROUTER-4.9-02",
    "BADIN-ROUTER-PIM-04",
    ambiguous=("processes it", "drops it"),
    seconds=12,
)
def message_with_another_ttl(lab):
    """A message to the group of the link with a TTL of 2 or 255 is dropped, or processed as any other."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, ONE, ttl=2)
    lab.pim.join(DOWN, join_g("239.1.2.5", RP), ttl=255)
    lab.pim.join(DOWN, GOOD)
    lab.wait(1)
    seen = {entry.group for one in lab.up.frames if one.kind == "join_prune" for entry in one.pim.entries}
    odd = {lab.names.wanted(GROUP), lab.names.wanted("239.1.2.5")}
    lab.check(lab.names.wanted(OTHER_GROUP) in seen, "the message with TTL 1 is processed")
    lab.check(odd <= seen or not odd & seen, "both are treated alike")
    lab.reading("processes it" if odd <= seen else "drops it")


@pim_case("PIMSM-ANY-4.9.1-02", ambiguous=("reads it as (*,G)", "ignores it"), seconds=12)
def wildcard_without_the_rpt_bit(lab):
    """An entry with W set and R clear, which nobody may send: it is ignored, or read as (*,G)."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, join_g(GROUP, RP, rpt_bit=False))
    read = lab.up.collect(any_join_prune(), 0.7)
    lab.check(all(one.pim.entries == () or ONE.matches(one) for one in read), "nothing but (*,G) is joined")
    lab.pim.join(DOWN, GOOD)
    lab.up.expect(join_prune(GOOD, upstream=UPSTREAM, only=False))
    lab.reading("reads it as (*,G)" if read else "ignores it")


@pim_case("PIMSM-ROUTER-4.9.5-04", needs="state:pim:trees", seconds=12)
def counts_that_lie_leave_nothing_half_done(lab):
    """Of a message whose last group set claims more than there is, nothing odd is left behind."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, join_g("239.1.2.7", RP), groups=3)
    lab.pim.join(DOWN, join_g(GROUP, RP), joins=2)
    lab.wait(0.5)
    lab.pim.join(DOWN, GOOD)
    lab.up.expect(GOOD)
    allowed = {lab.names.wanted(one) for one in (GROUP, OTHER_GROUP, "239.1.2.7")}
    lab.check(
        {tree["group"] for tree in lab.pim.trees()} <= allowed, "there are no trees of groups nobody named"
    )


@pim_case("PIMSM-ANY-4.9-05", "PIMSM-ANY-4.9-04", needs="virtual")
def every_cut_and_every_wrong_octet_is_survived(lab):
    """A Join/Prune and a Hello cut at every octet, and with every octet changed: the system goes on as before."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    message = join_prune(join_g(GROUP, RP), prune_rpt(GROUP, SOURCE), join_sg(OTHER_GROUP, SOURCE), src=DOWN3)
    size = {"ipv4": 92, "ipv6": 180}[lab.family]
    for cut in range(size):
        lab.lan.send(message.but(truncate=cut))
        lab.lan.send(
            hello(src=DOWN3, holdtime=1, addresses=["10.1.0.41"], propagation_delay=1, truncate=min(cut, 40))
        )
    whole = message.build(lab.lan.context())
    head = 14 + {"ipv4": 20, "ipv6": 40}[lab.family] + 4
    for at in range(len(whole) - head):
        for value in (0x00, 0xFF, 0x80, 0x01):
            body = bytearray(whole[head:])
            body[at] ^= value or 0x55
            lab.lan.send(pim_message(3, bytes(body), src=DOWN3))
    lab.wait(5)
    lab.pim.join(DOWN, join_g("239.8.8.8", RP))
    lab.up.expect(join_prune(join_g("239.8.8.8", RP), upstream=UPSTREAM, only=False))
