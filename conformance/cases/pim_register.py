# SPDX-License-Identifier: GPL-2.0-only
"""Registers at the Designated Router of a source (RFC 7761 4.4.1), and what they look like (4.9.3)."""

from conformance.harness import *
from conformance.harness.octets import internet_checksum, upper_layer_checksum

from .pim_scene import *

PAYLOAD = b"the first of them"


@pim_case(
    "PIMSM-DR-4.4.1-01", "PIMSM-DR-4.4.1-08", "PIMSM-DR-4.9.3-01", "PIMSM-ANY-4.9-01", role="dr", seconds=3
)
def first_packet_of_a_local_source_is_registered(lab):
    """The first packet of a source on the link goes to the RP inside a Register, its TTL one lower."""
    meet(lab)
    found = register_of(lab, ttl=16, payload=PAYLOAD)
    pim = found.pim
    lab.check(pim.inner_ttl == 15, f"the inner TTL is 16 - 1 ({pim.inner_ttl})")
    lab.check(pim.payload == PAYLOAD, f"the datagram is whole ({pim.payload!r})")
    lab.check(found.ttl > 15, f"the outer TTL is that of any packet of the router ({found.ttl})")
    lab.check(not pim.border and not pim.reserved, "border bit and reserved bits are zero")
    own = {port.dut for port in lab.ports.values()}
    lab.check(found.src in own, f"from an address of the router's that is routed ({found.src})")
    lab.up.expect_none(register(LOCAL, G))


@pim_case("PIMSM-ANY-4.9-03", "PIMSM-DR-4.9.3-01", role="dr", seconds=3)
def checksum_of_a_register_is_over_eight_octets(lab):
    """A Register's checksum covers its first 8 octets alone, with IPv6 and the pseudo-header of that length."""
    meet(lab)
    lab.lan.data(LOCAL, G, payload=PAYLOAD)
    found = lab.up.expect(register(LOCAL, G, checksum=lambda _: True))
    lab.check(found.checksum_ok, "the checksum is right over the first 8 octets")
    lab.check(not found.pim.whole_checksum_ok, "and not over the whole message")


@pim_case("PIMSM-DR-4.4.1-09", role="dr", seconds=4)
def traffic_class_is_copied_outwards(lab):
    """DSCP and ECN of a packet are in the header of its Register, too."""
    meet(lab)
    for number, tos in enumerate((0xB8, 0x01, 0x2A)):
        found = register_of(lab, tos=tos, payload=b"number %d" % number)
        lab.check(found.pim.inner_tos == tos, f"inside 0x{tos:02x} (0x{found.pim.inner_tos:02x})")
        lab.check(found.tos & 3 == tos & 3, f"ECN {tos & 3} outside (0x{found.tos:02x})")
        lab.check(found.tos == tos, f"0x{tos:02x} outside (0x{found.tos:02x})")


# ---- Register-Stop -----------------------------------------------------------------------------------------


def stop(lab, source=LOCAL, group=G):
    """Data of a local source, its Register, and the RP's Register-Stop, for every source if it is ``NOBODY``."""
    found = register_of(lab, LOCAL if source == NOBODY else source, group)
    return stop_again(lab, found, source, group)


def stop_again(lab, message, source=LOCAL, group=G):
    """The RP's Register-Stop to the sender of a Register."""
    when = lab.up.send(register_stop(source, group, src=RP, dst=message.src))
    moment(lab)
    return when


def window(lab):
    """Seconds from a Register-Stop to the Null-Register: at least, at most."""
    timers = lab.pim.timers
    half, probe = timers.register_suppression_time / 2, timers.register_probe_time
    return max(half - probe, 0.0), 3 * half - probe


def expect_probe(lab, stopped, source=LOCAL, group=G):
    """The Null-Register that follows a Register-Stop, at a time that the standard allows."""
    least, most = window(lab)
    probe = register(source, group, null=True)
    if least > margin(lab):
        lab.up.expect_none(probe, after=stopped, until=stopped + least - lab.timers.tolerance)
    return lab.up.expect(probe, after=stopped, within=most)


def most_of_suppression(timers):
    return 1.5 * timers.register_suppression_time + 4


@pim_case("PIMSM-DR-4.4.1-02", role="dr", seconds=5)
def register_stop_ends_encapsulation(lab):
    """After a Register-Stop the data of that source is not registered, that of others is."""
    meet(lab)
    stop(lab)
    expect_unregistered(lab)
    register_of(lab, LOCAL2)
    register_of(lab, LOCAL, G2)


@pim_case("PIMSM-DR-4.4.1-02", "PIMSM-DR-4.4.1-03", role="dr", seconds=most_of_suppression)
def null_register_comes_before_suppression_ends(lab):
    """One half to one and a half Register_Suppression_Times after a Register-Stop, less the probe time: one
    Null-Register to the RP."""
    meet(lab)
    probe = expect_probe(lab, stop(lab))
    lab.check(probe.dst == RP, f"to the RP ({probe.dst})")
    quiet = lab.pim.timers.register_probe_time - margin(lab)
    lab.up.expect_none(register(LOCAL, G), after=probe, until=probe.time + quiet)


@pim_case(
    "PIMSM-DR-4.4.1-05",
    role="dr",
    seconds=lambda timers: most_of_suppression(timers) + timers.register_probe_time,
)
def encapsulation_resumes_when_nobody_answers_the_probe(lab):
    """Register_Probe_Time after an unanswered Null-Register data is registered again, not earlier."""
    meet(lab)
    probe = expect_probe(lab, stop(lab))
    expect_unregistered(lab)
    lab.wait_until(probe.time + lab.pim.timers.register_probe_time + margin(lab))
    register_of(lab)


@pim_case("PIMSM-DR-4.4.1-04", role="dr", seconds=lambda timers: 2 * most_of_suppression(timers))
def answered_probe_suppresses_again(lab):
    """A Register-Stop that answers the Null-Register suppresses once more, with a new time."""
    meet(lab)
    probe = expect_probe(lab, stop(lab))
    stopped = stop_again(lab, probe)
    lab.wait_until(probe.time + lab.pim.timers.register_probe_time + margin(lab))
    expect_unregistered(lab)
    expect_probe(lab, stopped)


@pim_case("PIMSM-ROUTER-4.11-03", "PIMSM-DR-4.4.1-02", role="dr", needs="virtual")
def suppression_times_are_random(lab):
    """The times of many suppressed sources are spread over the whole interval."""
    meet(lab)
    sources = [lab.lan.address(number) for number in range(120, 160)]
    messages = {source: register_of(lab, source) for source in sources}
    for source, message in messages.items():
        lab.up.send(register_stop(source, G, src=RP, dst=message.src))
    stopped, (least, most) = lab.now, window(lab)
    probes = lab.up.collect(register(null=True), most + margin(lab))
    times = sorted(probe.time - stopped for probe in probes)
    middle = (least + most) / 2
    lab.check(len(times) >= len(sources), f"each is probed ({len(times)} of {len(sources)})")
    lab.check(times[0] > least - margin(lab), f"not before {least:g} s ({times[0]:.1f} s)")
    early = sum(time < middle for time in times[: len(sources)])
    lab.check(
        0.2 < early / len(sources) < 0.8, f"about as many before {middle:g} s as after ({early} before)"
    )
    lab.check(len({round(time, 2) for time in times}) > len(sources) / 2, "and not in step")


@pim_case("PIMSM-DR-4.4.1-11", role="dr", seconds=5)
def register_stop_for_all_sources_is_for_those_that_send(lab):
    """A Register-Stop with a source of zeros stops every source of the group that is registered, none later."""
    meet(lab)
    register_of(lab, LOCAL2)
    register_of(lab, LOCAL, G2)
    stop(lab, NOBODY)
    for source in (LOCAL, LOCAL2):
        expect_unregistered(lab, source)
    register_of(lab, LOCAL3)
    register_of(lab, LOCAL, G2)


# ---- when it registers -------------------------------------------------------------------------------------


@pim_case(
    "PIMSM-DR-4.4.1-12",
    "PIMSM-DR-4.4.1-07",
    "PIMSM-DR-4.3.2-05",
    "PIMSM-DR-4.3.2-06",
    role="dr",
    seconds=6,
)
def only_the_designated_router_registers(lab):
    """Beside a router that is DR no source is registered; when that leaves, sources are, until it returns."""
    meet(lab)
    other = lab.lan.higher(5)
    meet(lab, other, dr_priority=1)
    expect_unregistered(lab)
    lab.pim.goodbye(other)
    moment(lab)
    register_of(lab)
    meet(lab, other, dr_priority=1)
    expect_unregistered(lab)


@pim_case("PIMSM-DR-4.4.1-12", role="dr", seconds=4)
def source_of_another_network_is_not_registered(lab):
    """Data of a source that is not on the link is not registered, wherever it comes in."""
    meet(lab)
    for port in (lab.lan, lab.up):
        port.data(S, G)
        lab.up.expect_none(register(S, G), within=2 * lab.timers.tolerance)
    register_of(lab)


@pim_case(
    "PIMSM-DR-4.4.1-07",
    "PIMSM-ROUTER-4.11-01",
    role="dr",
    needs="config:pim:timers:register_probe_time",
    seconds=lambda timers: 4 * timers.keepalive_period,
)
def silent_source_is_forgotten(lab):
    """A Keepalive_Period after the last data there are no more Null-Registers; new data is registered at once."""
    meet(lab)
    stopped = stop(lab)
    silent = stopped + lab.pim.timers.keepalive_period
    while stopped + window(lab)[1] < silent:
        stopped = stop_again(lab, expect_probe(lab, stopped))
    lab.wait_until(silent + margin(lab))
    lab.up.expect_none(register(), after=lab.now, until=lab.now + 2 * window(lab)[1])
    register_of(lab)


@pim_case(
    "PIMSM-DR-4.4.1-07",
    "PIMSM-ROUTER-4.2-06",
    role="dr",
    needs="config:pim:timers:register_probe_time",
    seconds=lambda timers: 4 * timers.keepalive_period,
)
def data_keeps_a_local_source_alive(lab):
    """Data of a source on the link keeps it for a Keepalive_Period more, though it is not registered."""
    meet(lab)
    stopped = stop(lab)
    period = lab.pim.timers.keepalive_period
    ends = [stopped + period * number / 2 for number in range(1, 5)]
    for end in ends:
        while stopped + window(lab)[1] < end:
            stopped = stop_again(lab, expect_probe(lab, stopped))
        if end < ends[-1]:
            expect_unregistered(lab)
    lab.check(stopped > ends[0] + period / 2, "it is probed for more than a Keepalive_Period")


QUICK = {"timers": {"keepalive_period": 12.0, "register_suppression_time": 8.0, "register_probe_time": 2.0}}


@pim_case("PIMSM-DR-4.4.1-07", "PIMSM-DR-4.4.1-01", role="dr", pim=QUICK, seconds=35)
def forgotten_sources_are_registered_anew(lab):
    """Sources in whatever state of suppression or probing that fall silent are forgotten, and registered once more
    when they send again."""
    meet(lab)
    sources = [lab.lan.address(number) for number in range(120, 132)]
    for source in sources:
        stop(lab, source)
    for probe in lab.up.collect(register(null=True), 8.0)[::2]:
        lab.up.send(register_stop(probe.pim.source, G, src=RP, dst=probe.src))
    lab.wait(lab.pim.timers.keepalive_period + 2)
    lab.up.expect_none(register(), after=lab.now, until=lab.now + 5)
    for source in sources:
        register_of(lab, source, payload=b"again")


@pim_case("PIMSM-DR-4.4.1-06", "PIMSM-ROUTER-4.7.1-02", role="dr", needs="pim:bsr", pim=LEARNED, seconds=6)
def registers_follow_the_rp(lab):
    """When the RP of a group changes its sources are registered with the new one, suppressed ones at once."""
    meet(lab)
    learn(lab, one_range([RP]))
    register_of(lab)
    stop(lab, LOCAL2)
    expect_unregistered(lab, LOCAL2)
    learn(lab, one_range([OTHER_RP]))
    for source in (LOCAL, LOCAL2):
        register_of(lab, source, rp=OTHER_RP)
    lab.up.expect_none(register(dst=RP))


@pim_case("PIMSM-DR-4.4.1-06", role="dr", needs="pim:bsr virtual", pim=LEARNED)
def probed_source_follows_the_rp(lab):
    """A source whose Null-Register has just been sent is registered with a new RP at once, too."""
    meet(lab)
    learn(lab, one_range([RP]))
    expect_probe(lab, stop(lab))
    learn(lab, one_range([OTHER_RP]))
    register_of(lab, rp=OTHER_RP)


# ---- packets that are too large ----------------------------------------------------------------------------

WHOLE_FRAME = (bytes(range(256)) * 6)[:1472]


@pim_case("PIMSM-DR-4.4.1-10", role="dr", seconds=3, families=["ipv4"])
def packet_that_is_too_large_is_fragmented_before_encapsulation(lab):
    """IPv4: of a packet that doesn't fit the tunnel each fragment has a Register of its own."""
    meet(lab)
    lab.lan.data(LOCAL, G, payload=WHOLE_FRAME)
    found = lab.up.collect(register(null=False), 2 * lab.timers.tolerance)
    lab.check(len(found) > 1, f"it takes several Registers ({len(found)})")
    pieces = {}
    for one in found:
        lab.check(len(one.raw) <= 14 + 1500, f"each fits a frame ({len(one.raw)} octets)")
        inner = one.pim.inner
        header, place = (inner[0] & 15) * 4, int.from_bytes(inner[6:8], "big")
        pieces[(place & 0x1FFF) * 8] = (inner[header:], bool(place & 0x2000))
    whole = b"".join(pieces[at][0] for at in sorted(pieces))
    lab.check(whole[8:] == WHOLE_FRAME, "together they have the datagram")
    lab.check(
        [more for _, (_, more) in sorted(pieces.items())][-1] is False, "the last one is marked as such"
    )


def expect_too_big(lab, source):
    """ICMPv6 Packet Too Big to a source; the MTU that it tells."""
    found = lab.lan.expect(ip(1, dst=source, where=lambda message: message.payload[:1] == b"\2"))
    return int.from_bytes(found.payload[4:8], "big")


@pim_case("PIMSM-DR-4.4.1-10", role="dr", seconds=3, families=["ipv6"])
def source_is_told_when_its_packet_is_too_big_for_the_tunnel(lab):
    """IPv6: Packet Too Big goes to the source, with the MTU that is left for it; what fits is registered."""
    meet(lab)
    lab.lan.data(LOCAL, G, payload=bytes(1452))
    mtu = expect_too_big(lab, LOCAL)
    lab.check(mtu == 1500 - 48, f"1500 less the headers of IPv6 and Register ({mtu})")
    lab.up.expect_none(register(LOCAL, G))
    register_of(lab, payload=bytes(mtu - 48))


@pim_case(
    "PIMSM-DR-4.4.1-10",
    role="dr",
    setup={"interfaces": {"up": {"mtu": 1280}}},
    seconds=3,
    families=["ipv6"],
)
def tunnel_of_less_than_1280_octets_fragments_outside(lab):
    """IPv6: where less than 1280 octets are left Packet Too Big says 1280, and Registers are fragmented."""
    meet(lab)
    lab.lan.data(LOCAL, G, payload=bytes(1300))
    mtu = expect_too_big(lab, LOCAL)
    lab.check(mtu == 1280, f"1280 octets and no less ({mtu})")
    lab.lan.data(LOCAL, G, payload=bytes(1280 - 48))
    moment(lab)
    found = [one for one in lab.up.frames if one.dst == RP and (one.more_fragments or one.fragment_offset)]
    lab.check(len(found) >= 2, f"the Register comes in fragments ({len(found)})")
    lab.check(max(len(one.raw) for one in found) <= 14 + 1280, "each of which fits the link")


# ---- Null-Registers ----------------------------------------------------------------------------------------


@pim_case("PIMSM-DR-4.9.3-02", role="dr", seconds=most_of_suppression, families=["ipv4"])
def null_register_has_a_dummy_ip_header(lab):
    """IPv4: the header of a Null-Register is 20 octets of version 4, protocol 103, with a right checksum."""
    meet(lab)
    probe = expect_probe(lab, stop(lab))
    inner = probe.pim.inner
    lab.check(inner[0] == 0x45, f"version 4, header length 5 (0x{inner[0]:02x})")
    lab.check(inner[2:4] == b"\0\x14", f"total length 20 ({int.from_bytes(inner[2:4], 'big')})")
    lab.check(not int.from_bytes(inner[6:8], "big") & 0x3FFF, "no fragment")
    lab.check(inner[9] == 103, f"protocol 103 ({inner[9]})")
    lab.check(internet_checksum(inner[:20]) == 0, "its checksum is right")
    lab.check(not probe.pim.border and not probe.pim.reserved, "border bit and reserved bits are zero")


@pim_case("PIMSM-DR-4.9.3-03", role="dr", seconds=most_of_suppression, families=["ipv6"])
def null_register_has_a_dummy_pim_header(lab):
    """IPv6: after the header, with Next Header 103 and length 4, a PIM header of version 0 with its checksum."""
    meet(lab)
    probe = expect_probe(lab, stop(lab))
    inner = probe.pim.inner
    lab.check(inner[0] >> 4 == 6, "version 6")
    lab.check(inner[4:6] == b"\0\4", f"length 4 ({int.from_bytes(inner[4:6], 'big')})")
    lab.check(inner[6] == 103, f"Next Header 103 ({inner[6]})")
    lab.check(inner[40:42] == b"\0\0" and len(inner) == 44, f"version, type and flags 0 ({inner[40:].hex()})")
    right = upper_layer_checksum(inner[8:24], inner[24:40], 103, inner[40:44]) == 0
    lab.check(right, f"its checksum is right ({inner[42:44].hex()})")
