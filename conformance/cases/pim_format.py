# SPDX-License-Identifier: GPL-2.0-only
"""Join/Prune on the wire (RFC 7761 4.9.1, 4.9.5): what is sent is well formed and fits, what is odd is read as it should."""

import socket
import struct

from conformance.cases.pim_common import *
from conformance.harness import *

FULL = {"ipv4": 32, "ipv6": 128}
FAMILY_NUMBER = {"ipv4": 1, "ipv6": 2}


def other_family(lab, rest):
    """An address of the other family than the lab's, encoded: family, encoding, what is between, octets."""
    if lab.family == "ipv4":
        return (
            b"\2\0"
            + rest
            + socket.inet_pton(socket.AF_INET6, "ff1e::9:9:9" if len(rest) == 2 else "2001:db8::9")
        )
    return b"\1\0" + rest + socket.inet_aton("239.9.9.9" if len(rest) == 2 else "10.9.0.9")


@pim_case("PIMSM-ANY-4.9.1-01", "PIMSM-ANY-4.9.1-02", "PIMSM-ROUTER-4.9.5-01", "PIMSM-ANY-4.9-03", seconds=12)
def join_prune_is_well_formed(lab):
    """Families, encodings, full masks, S, W and R bits, zeros in what is reserved, right counts, nothing left over."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, join_g(GROUP, RP), join_sg(GROUP, SOURCE), join_sg(OTHER_GROUP, SOURCE))
    lab.wait(0.5)
    lab.pim.join(DOWN, prune_rpt(GROUP, OTHER_SOURCE))
    lab.wait(1)
    messages = [one for one in lab.up.frames if one.kind == "join_prune"]
    lab.check(messages, "there are messages")
    kinds = set()
    for message in messages:
        pim = message.pim
        lab.check(
            message.checksum_ok and not message.problems and not message.extra, "no fault, nothing left over"
        )
        lab.check(pim.flags == 0 and pim.reserved == 0 and pim.version == 2, "what is reserved is zero")
        for one in pim.entries:
            kinds.add(one.kind)
            lab.check(one.mask_length == one.group_mask_length == FULL[lab.family], "masks are full")
            lab.check(
                one.sparse and one.reserved == 0 and one.group_flags == 0, "S is set, other bits are zero"
            )
            lab.check(one.kind in ("*,G", "S,G", "S,G,rpt"), "W and R fit the kind of entry")
        addresses = [pim.upstream, *(text for one in pim.entries for text in (one.group, one.address))]
        lab.check(
            len({":" in lab.names.real(text) for text in addresses}) == 1, "addresses are of one family"
        )
    lab.check({"*,G", "S,G"} <= kinds, "both kinds were sent")


@pim_case(
    "PIMSM-ROUTER-4.9.5-01",
    "PIMSM-ROUTER-4.5.4-01",
    needs="virtual",
    setup=dict(interfaces=dict(up=dict(mtu=1280))),
)
def joins_are_packed_and_fit_the_mtu(lab):
    """Many Joins to one neighbour share few messages, none larger than the MTU; each tree is in one of them."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    groups = [f"239.3.{number // 200}.{number % 200 + 1}" for number in range(500)]
    for start in range(0, 500, 20):
        lab.pim.join(DOWN, *(join_g(group, RP) for group in groups[start : start + 20]))
    lab.wait(58)
    lab.up.collect(any_join_prune())
    lab.wait(10)
    messages = [one for one in lab.up.frames if one.kind == "join_prune" and not one.taken]
    listed = [entry.group for one in messages for entry in one.pim.entries]
    lab.check(set(listed) >= set(groups), "every tree is joined in the round")
    most = max(len(one.raw) for one in messages) - 14
    lab.check(most <= 1280, f"no message is larger than the MTU: {most} octets")
    size = {"ipv4": 20, "ipv6": 44}[lab.family]
    fewest = 500 * size / 1280
    lab.check(len(messages) <= 3 * fewest + 6, f"{len(messages)} messages for 500 trees")


@pim_case("PIMSM-ROUTER-4.9-01", seconds=12)
def flags_octet_is_ignored(lab):
    """A second octet that is not zero does not keep Hello and Join/Prune from being processed."""
    lab.pim.neighbors_up(UPSTREAM)
    lab.pim.neighbor(DOWN, flags=0xFF)
    lab.pim.settle()
    lab.pim.join(DOWN, join_g(GROUP, RP), flags=0xFF)
    lab.up.expect(join_g(GROUP, RP))


@pim_case("PIMSM-ANY-4.9.1-01", "PIMSM-ROUTER-4.9.5-01", seconds=12)
def reserved_bits_are_ignored(lab):
    """Reserved bits and octets of addresses and of the message do not matter on receipt."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, join_g(GROUP, RP, reserved=0x1F, group_flags=0x7E), reserved=0xAA)
    lab.up.expect(join_g(GROUP, RP))
    lab.pim.join(DOWN, join_sg(GROUP, SOURCE, reserved=0x15))
    lab.up.expect(join_sg(GROUP, SOURCE))


@pim_case("PIMSM-ROUTER-4.9.1-01", seconds=14)
def source_with_a_short_mask_is_ignored(lab):
    """An entry whose source has not the full mask length is ignored; those beside it are not."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN, join_sg(GROUP, SOURCE, mask=FULL[lab.family] - 8), join_sg(GROUP, OTHER_SOURCE))
    lab.up.expect(join_sg(GROUP, OTHER_SOURCE))
    lab.up.expect_none(join_sg(GROUP, SOURCE), within=1.0)


@pim_case("PIMSM-ROUTER-4.9.5-03", seconds=14)
def entries_of_another_family_are_passed_over(lab):
    """In a message of mixed families only those entries count that are of the upstream neighbour's family."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    good = join_prune(join_g(GROUP, RP)).build(lab.lan.context())
    size = 4 if lab.family == "ipv4" else 16
    head = {"ipv4": 20, "ipv6": 40}[lab.family]
    message = bytearray(good[14 + head + 4 :])  # after the PIM header
    at = 2 + size
    full = bytes([FULL["ipv6" if lab.family == "ipv4" else "ipv4"]])
    strange = other_family(lab, b"\0" + full) + struct.pack("!HH", 1, 0) + other_family(lab, b"\4" + full)
    message[at + 1] = 2
    lab.lan.send(pim_message(3, bytes(message[: at + 4]) + strange + bytes(message[at + 4 :]), src=DOWN))
    readings = lab.advance_until(lambda: lab.up.find(any_join_prune()), lab.now + 1.0)
    lab.check(readings, "the entry of the right family is processed")
    lab.check(join_g(GROUP, RP).matches(readings), "it is the one")
    lab.check(len(readings.pim.entries) == 1, "and no other")


@pim_case("PIMSM-ROUTER-4.9.5-01", "PIMSM-ROUTER-4.5-02", needs="virtual")
def largest_message_is_processed(lab):
    """A message as long as a packet can be, with thousands of entries, is processed to its end."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    count = {"ipv4": 180, "ipv6": 70}[lab.family]
    sources = [f"10.9.0.{number + 1}" for number in range(count)]
    lab.pim.join(DOWN, *(join_sg(GROUP, source) for source in sources))
    lab.wait(1)
    joined = {
        one.address
        for message in lab.up.frames
        if message.kind == "join_prune"
        for one in message.pim.entries
    }
    lab.check(joined >= set(sources), "every source is joined")


@pim_case("PIMSM-ROUTER-4.9.5-01", seconds=10)
def message_about_nothing_is_harmless(lab):
    """A Join/Prune without group sets, and one with a group set without sources, change nothing."""
    lab.pim.neighbors_up(DOWN, UPSTREAM)
    lab.pim.join(DOWN)
    empty = bytes([FAMILY_NUMBER[lab.family], 0, 0, FULL[lab.family]])
    group = socket.inet_pton(
        socket.AF_INET6 if lab.family == "ipv6" else socket.AF_INET, lab.names.real(GROUP)
    )
    size = 4 if lab.family == "ipv4" else 16
    good = join_prune().build(lab.lan.context())
    head = {"ipv4": 20, "ipv6": 40}[lab.family]
    upstream = good[14 + head + 4 :][: 2 + size]
    body = upstream + struct.pack("!BBH", 0, 1, 210) + empty + group + struct.pack("!HH", 0, 0)
    lab.lan.send(pim_message(3, body, src=DOWN))
    lab.up.expect_none(any_join_prune(), within=1.0)
    lab.pim.join(DOWN, join_g(GROUP, RP))
    lab.up.expect(join_g(GROUP, RP))
