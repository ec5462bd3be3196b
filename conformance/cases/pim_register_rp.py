# SPDX-License-Identifier: GPL-2.0-only
"""Registers at the RP (RFC 7761 4.4.2), and its Register-Stops (4.9.4). A remote DR sends them by way of ``up``."""

import ipaddress
import struct

from conformance.harness import *
from conformance.harness.octets import internet_checksum, upper_layer_checksum

from .pim_scene import *

DATA = "forwarding"


@pim_case("PIMSM-RP-4.4.2-03", "PIMSM-RP-4.9.4-01", "PIMSM-ANY-4.9-01", role="rp", pim=AT_RP, seconds=3)
def register_without_receivers_is_stopped(lab):
    """A Register for a group that nobody wants: a Register-Stop from the address that it was sent to."""
    meet(lab)
    for number in range(2):
        send_register(lab, payload=b"number %d" % number)
        found = lab.up.expect(stops())
        lab.check(found.ttl > 1, f"as any unicast packet ({found.ttl})")
        length = 32 if lab.family == "ipv4" else 128
        mask = found.pim.group_mask_length
        lab.check(mask == length, f"about one group: mask length {length} ({mask})")
        lab.up.expect_none(register_stop())


@pim_case("PIMSM-RP-4.4.2-04", "PIMSM-RP-4.4.2-07", role="rp", needs=DATA, pim=AT_RP, seconds=5)
def registered_data_goes_down_the_tree(lab):
    """With joins the packet of a Register goes down the tree, TTL one lower; the source's tree is joined."""
    meet(lab)
    join(lab)
    send_register(lab, inner_ttl=16, payload=b"the first")
    found = lab.lan.expect(data(G, S, payload=b"the first"))
    lab.check(found.ttl == 15, f"TTL 16 - 1 ({found.ttl})")
    lab.up.expect(joins(S, G, to=U))
    lab.up.expect_none(register_stop())
    lab.lan2.expect_none(data(G))
    send_register(lab, payload=b"the second")
    lab.lan.expect(data(G, S, payload=b"the second"))
    lab.lan.expect_none(data(G))


@pim_case("PIMSM-RP-4.4.2-04", role="rp", needs=DATA, pim=AT_RP, seconds=4)
def registered_data_reaches_hosts(lab):
    """Hosts on the RP's own link get what Registers bring, too."""
    meet(lab)
    lab.pim.member(G)
    moment(lab)
    send_register(lab, payload=b"registered")
    lab.lan.expect(data(G, S, payload=b"registered"))
    lab.lan2.expect_none(data(G))


@pim_case("PIMSM-RP-4.4.2-07", role="rp", needs=DATA, pim=AT_RP, seconds=4)
def congestion_told_outside_gets_inside(lab):
    """ECN of a Register's own header is copied to the packet inside."""
    meet(lab)
    join(lab)
    send_register(lab, payload=b"first")
    lab.lan.expect(data(G, S, payload=b"first"))
    send_register(lab, payload=b"marked", tos=0xC3, inner_tos=0x02)
    found = lab.lan.expect(data(G, S, payload=b"marked"))
    lab.check(found.tos & 3 == 3, f"congestion experienced (0x{found.tos:02x})")


@pim_case("PIMSM-RP-4.4.2-08", "PIMSM-ROUTER-4.2.2-01", role="rp", needs=DATA, pim=AT_RP, seconds=6)
def native_data_ends_the_registers(lab):
    """Once data comes by the source's tree, Registers are stopped and what is in them goes nowhere."""
    meet(lab)
    join(lab)
    send_register(lab, payload=b"registered")
    lab.lan.expect(data(G, S, payload=b"registered"))
    lab.up.expect(joins(S, G, to=U))
    lab.check(lab.forwards(S, G), "native data is forwarded")
    send_register(lab, payload=b"too late")
    lab.up.expect(stops())
    lab.lan.expect_none(data(G, payload=b"too late"))
    lab.check(lab.forwards(S, G), "native data still is")


@pim_case(
    "PIMSM-RP-4.4.2-04",
    role="rp",
    needs=DATA,
    pim={**AT_RP, **NEVER},
    seconds=5,
    ambiguous=("the RP joins the source all the same", "the RP takes Registers for ever"),
)
def rp_that_shall_not_switch(lab):
    """SwitchToSptDesired, which is false with an infinite threshold, is about last hops, or about the RP, too."""
    meet(lab)
    join(lab)
    send_register(lab, payload=b"the first")
    lab.lan.expect(data(G, S, payload=b"the first"))
    lab.up.expect_none(register_stop())
    moment(lab)
    if lab.up.find(joins(S, G, to=U)):
        lab.reading("the RP joins the source all the same")
    send_register(lab, payload=b"the second")
    lab.lan.expect(data(G, S, payload=b"the second"))
    lab.up.expect_none(register_stop())
    lab.reading("the RP takes Registers for ever")


# ---- Null-Registers ----------------------------------------------------------------------------------------


def dummy(lab, source=S, checksum=True):
    """The octets in a Null-Register; checksum: right, wrong (False), or zero (None; of IPv6: no PIM header)."""
    here, there = (ipaddress.ip_address(lab.names.real(one)).packed for one in (source, G))
    if lab.family == "ipv4":
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20, 0, 0, 0, 103, 0) + here + there
        right = internet_checksum(header)
        value = {True: right, False: right ^ 0x1111, None: 0}[checksum]
        return header[:10] + struct.pack("!H", value) + header[12:]
    right = upper_layer_checksum(here, there, 103, bytes(4))
    value = {True: right, False: right ^ 0x1111}.get(checksum)
    tail = b"" if value is None else struct.pack("!HH", 0, value)
    return struct.pack("!IHBB", 6 << 28, len(tail), 103, 1) + here + there + tail


def send_probe(lab, **fields):
    return send_register(lab, null=True, inner=dummy(lab, **fields))


@pim_case("PIMSM-RP-4.4.2-05", role="rp", needs=DATA, pim=AT_RP, seconds=6)
def null_register_is_answered_and_never_forwarded(lab):
    """A Null-Register is stopped as a Register would be; nothing of it reaches a member."""
    meet(lab)
    send_probe(lab)
    lab.up.expect(stops())
    join(lab)
    send_probe(lab)
    lab.up.expect_none(register_stop(), within=2 * lab.timers.tolerance)
    lab.lan.expect_none(anything(dst=G))
    lab.check(lab.forwards(S, G), "native data is forwarded")
    send_probe(lab)
    lab.up.expect(stops())
    lab.lan.expect_none(anything(dst=G))


@pim_case("PIMSM-RP-4.9.3-03", role="rp", pim=AT_RP, seconds=4)
def header_of_a_null_register_is_checked_by_its_checksum(lab):
    """A Null-Register whose inner checksum is wrong is discarded; without one it is as good as with a right one."""
    meet(lab)
    send_probe(lab, checksum=False)
    lab.up.expect_none(register_stop(), within=2 * lab.timers.tolerance)
    for checksum in (True, None):
        send_probe(lab, checksum=checksum)
        lab.up.expect(stops())


# ---- Registers to others -----------------------------------------------------------------------------------


@pim_case("PIMSM-RP-4.4.2-01", role="rp", needs=DATA, pim=AT_RP, seconds=5)
def register_to_somebody_else_is_no_business_of_the_rp(lab):
    """A Register to an address that is not the router's is neither taken apart nor answered."""
    meet(lab)
    join(lab)
    send_register(lab, dst="10.9.5.1", payload=b"to another")
    lab.lan.expect_none(data(G), within=2 * lab.timers.tolerance)
    for port in (lab.up, lab.lan, lab.lan2):
        port.expect_none(register_stop())
    send_register(lab, payload=b"to the RP")
    lab.lan.expect(data(G, S, payload=b"to the RP"))


@pim_case("PIMSM-RP-4.4.2-02", role="rp", needs=DATA, seconds=5)
def register_to_a_router_that_is_not_the_rp_is_stopped(lab):
    """A router that is not the group's RP stops a Register and forwards nothing of it."""
    meet(lab)
    join(lab)
    send_register(lab, payload=b"wrong router")
    lab.up.expect(stops())
    lab.lan.expect_none(data(G), within=2 * lab.timers.tolerance)
    lab.up.expect_none(joins(S, G))
    lab.check(lab.forwards(S, G), "what comes down the tree is forwarded")


@pim_case("PIMSM-RP-4.4.2-02", role="rp", pim={"rp": None}, seconds=4)
def register_of_a_group_without_rp_is_stopped(lab):
    """A router that knows no RP of the group is none either: the Register is stopped."""
    meet(lab)
    send_register(lab)
    lab.up.expect(stops())


@pim_case("PIMSM-RP-4.4.2-02", role="rp", needs=DATA, pim=AT_RP, seconds=5)
def register_to_another_address_of_the_rp_is_stopped(lab):
    """A Register to an address of the router's that is not the RP's is stopped, its data goes nowhere."""
    meet(lab)
    join(lab)
    other = "10.2.0.10"
    send_register(lab, dst=other, payload=b"wrong address")
    lab.up.expect(stops(src=other))
    lab.lan.expect_none(data(G), within=2 * lab.timers.tolerance)
    send_register(lab, payload=b"right address")
    lab.lan.expect(data(G, S, payload=b"right address"))


# ---- how long it remembers ---------------------------------------------------------------------------------


def memory(lab):
    """Seconds for which a stopped source is remembered."""
    return max(lab.pim.timers.keepalive_period, lab.pim.timers.rp_keepalive_period)


@pim_case(
    "PIMSM-RP-4.4.2-06",
    "PIMSM-RP-4.4.2-03",
    "PIMSM-ROUTER-4.11-01",
    role="rp",
    pim=AT_RP,
    seconds=lambda timers: max(timers.keepalive_period, timers.rp_keepalive_period) + 4,
)
def stopped_source_is_remembered(lab):
    """A source whose Register was stopped is joined for a member that comes within the RP's keepalive time."""
    meet(lab)
    send_register(lab)
    lab.up.expect(stops())
    lab.wait(memory(lab) - 4 * margin(lab))
    join(lab)
    by_now(lab, "up", joins(S, G, to=U))


@pim_case(
    "PIMSM-RP-4.4.2-06",
    role="rp",
    pim=AT_RP,
    seconds=lambda timers: max(timers.keepalive_period, timers.rp_keepalive_period) + 6,
)
def stopped_source_is_forgotten_in_time(lab):
    """After that time without a Register the source is forgotten: a member does not make its tree be joined."""
    meet(lab)
    send_register(lab)
    lab.up.expect(stops())
    lab.wait(memory(lab) + margin(lab))
    join(lab)
    lab.up.expect_none(joins(S, G), after=0.0)
    send_register(lab)
    lab.up.expect(joins(S, G, to=U))


# ---- odd ones ----------------------------------------------------------------------------------------------


@pim_case("PIMSM-RP-4.9.3-01", role="rp", pim=AT_RP, seconds=4)
def checksum_over_the_whole_register_is_accepted(lab):
    """A Register whose checksum is over all of it is as good; one with a wrong checksum is dropped."""
    meet(lab)
    send_register(lab, checksum="bad")
    lab.up.expect_none(register_stop(), within=2 * lab.timers.tolerance)
    send_register(lab, checksum="whole")
    lab.up.expect(stops())
    send_register(lab)
    lab.up.expect(stops())


@pim_case("PIMSM-RP-4.9.3-02", role="rp", needs=DATA, pim=AT_RP, seconds=4)
def border_bit_is_ignored(lab):
    """The border bit, which no longer means anything, changes nothing, whichever router sends it."""
    meet(lab)
    join(lab)
    for number, sender in enumerate((REMOTE_DR, "10.9.0.201", REMOTE_DR)):
        send_register(lab, src=sender, border=True, payload=b"number %d" % number)
        lab.lan.expect(data(G, S, payload=b"number %d" % number))
        lab.up.expect_none(register_stop())


@pim_case("PIMSM-RP-4.9.3-02", role="rp", pim=AT_RP, seconds=3)
def reserved_bits_of_a_register_are_ignored(lab):
    """Reserved bits of a Register are ignored."""
    meet(lab)
    send_register(lab, reserved=0x3FFFFFFF)
    lab.up.expect(stops())


@pim_case("PIMSM-ANY-4.9-05", role="rp", needs=DATA, pim=AT_RP, seconds=6)
def register_without_a_good_packet_is_dropped(lab):
    """Registers with nothing inside, half a header, a packet to no group or of no source: neither data nor state."""
    meet(lab)
    join(lab)
    whole = sent_message(lab, register(S, G)).pim.inner
    bad = {
        "nothing inside": b"",
        "half a header": whole[:12],
        "another IP version": bytes([0x50 | whole[0] & 15]) + whole[1:],
        "to no group": packet_inside(lab, S, "10.9.0.77"),
        "from a group": packet_inside(lab, G2, G),
    }
    for words, octets in bad.items():
        lab.note(words)
        send_register(lab, inner=octets)
        lab.lan.expect_none(anything(dst=G), within=2 * lab.timers.tolerance)
        lab.up.expect_none(joins(S, G), after=0.0)
    send_register(lab, payload=b"good")
    lab.lan.expect(data(G, S, payload=b"good"))


def packet_inside(lab, source, group):
    """The octets that a Register of these addresses has inside."""
    return sent_message(lab, register(source, group)).pim.inner
