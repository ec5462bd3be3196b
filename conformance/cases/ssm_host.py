# SPDX-License-Identifier: GPL-2.0-only
"""A host and source-specific groups (RFC 4604, 2.1 and 2.2; RFC 4607, 4)."""

from conformance.harness import *

from .igmp_host_common import LISTEN_V3, quiet
from .ssm_common import AWARE, INSIDE, INSIDE_IPV6, ORDINARY, OUTSIDE, OUTSIDE_IPV6, A, B, C, SSM, SSM2

MRT = 1  # seconds
RECEIVE = [*LISTEN_V3, "host:delivery"]


def silence(lab, seconds=MRT):
    """No report in answer to what was sent last."""
    lab.lan.expect_none(any_report(), within=seconds + lab.timers.tolerance)


# ---- which groups ------------------------------------------------------------------------------------------


def expect_range(lab, inside, outside):
    """Groups inside are not joined without a source, those outside are."""
    for group in inside:
        accepted = lab.host.listen(group, "exclude", [])
        lab.lan.expect_none(any_of(to_ex(group), is_ex(group)), within=2 * lab.timers.tolerance)
        lab.host.include(group, [A], socket="b")
        lab.lan.expect(report(allow(group, [A])))
        lab.note(f"the join of {group} for any source was {'ignored' if accepted else 'refused'}")
        quiet(lab)
    for group in outside:
        lab.host.join(group)
        lab.lan.expect(report(to_ex(group, [])))
        quiet(lab)


@case("SSM-ANY-4607-1-01", role="host", needs=LISTEN_V3, setup=AWARE, seconds=9)
def range_is_232_8(lab):
    """The groups of 232/8, and no others, are source-specific: they are never joined for any source."""
    expect_range(lab, INSIDE, OUTSIDE)


@case("SSM-ANY-4607-1-01", role="host", family="ipv6", needs=[mld(2), "host:listen"], setup=AWARE, seconds=14)
def range_is_ff3x_32(lab):
    """The groups of ff3x::/32, and no others, are source-specific: they are never joined for any source."""
    expect_range(lab, INSIDE_IPV6, OUTSIDE_IPV6)


@case(
    "SSM-HOST-4604-2.1-01", role="host", needs=LISTEN_V3, setup=AWARE, seconds=5, mld="SSM-HOST-4604-2.1-01"
)
def any_source_join_is_an_error_for_the_application(lab):
    """A join of a source-specific group without its sources is refused, EXCLUDE of some as well."""
    for sources in ([], [B]):
        lab.check(not lab.host.listen(SSM, "exclude", sources), f"EXCLUDE of {sources} is refused")
        silence(lab, lab.timers.uri)
    lab.check(lab.host.listen(SSM, "include", [A]), "INCLUDE of a source is not")
    lab.lan.expect(report(allow(SSM, [A])))
    lab.check(lab.host.listen(ORDINARY, "exclude", []), "nor is EXCLUDE of an ordinary group")
    lab.lan.expect(report(to_ex(ORDINARY, [])))


# ---- what is reported --------------------------------------------------------------------------------------


@case(
    "SSM-HOST-4604-2.2.1-02",
    role="host",
    needs=LISTEN_V3,
    setup=AWARE,
    seconds=6,
    mld="SSM-HOST-4604-2.2.1-02",
)
def channel_is_joined_by_allow_and_left_by_block(lab):
    """A channel is joined by an ALLOW record of its source at once, and left by a BLOCK record."""
    lab.host.include(SSM, [A])
    lab.lan.expect(report(allow(SSM, [A])))
    quiet(lab)
    lab.host.include(SSM, [A, B])
    lab.lan.expect(report(allow(SSM, [B])))
    quiet(lab)
    lab.host.include(SSM, [B])
    lab.lan.expect(report(block(SSM, [A])))
    quiet(lab)
    lab.host.leave(SSM)
    lab.lan.expect(report(block(SSM, [B])))


@case(
    "SSM-HOST-4604-2.2.1-01",
    role="host",
    needs=LISTEN_V3,
    setup=AWARE,
    seconds=7,
    mld="SSM-HOST-4604-2.2.1-01",
)
def no_exclude_record_whatever_happens(lab):
    """Changes, General and specific queries: of a source-specific group no EXCLUDE record is ever sent."""
    exclude = any_of(to_ex(SSM), is_ex(SSM))
    lab.host.include(SSM, [A])
    lab.lan.expect(report(allow(SSM, [A])))
    for mode, sources in (("exclude", []), ("exclude", [A]), ("include", [A, B])):
        lab.host.listen(SSM, mode, sources, socket="b")
        lab.wait(lab.timers.uri)
        lab.lan.expect_none(exclude)
        for query in (general_query(max_resp=MRT / 2), group_query(SSM, max_resp=MRT / 2)):
            lab.lan.send(query)
            lab.lan.expect(is_in(SSM), within=MRT / 2)
            lab.lan.expect_none(exclude)


@case(
    "SSM-HOST-4604-2.2.2-01",
    role="host",
    needs=LISTEN_V3,
    setup=AWARE,
    seconds=5,
    mld="SSM-HOST-4604-2.2.2-01",
)
def group_query_is_answered_with_the_sources(lab):
    """A Group-Specific Query for a source-specific group is answered by IS_IN of all its sources."""
    lab.host.include(SSM, [A], socket="a")
    lab.host.include(SSM, [B], socket="b")
    lab.host.include(SSM2, [C], socket="c")
    quiet(lab)
    lab.lan.send(group_query(SSM, max_resp=MRT))
    lab.lan.expect(report(is_in(SSM, [A, B])), within=MRT)
    silence(lab)
    lab.lan.send(group_source_query(SSM, [B, C], max_resp=MRT))
    lab.lan.expect(report(is_in(SSM, [B])), within=MRT)


@case(
    "SSM-HOST-4604-2.2.4-01",
    role="host",
    needs=LISTEN_V3,
    setup=AWARE,
    seconds=4,
    mld="SSM-HOST-4604-2.2.4-01",
)
def older_report_does_not_suppress_a_channel(lab):
    """An older report of the same group does not keep a host from reporting its channel."""
    lab.host.include(SSM, [A])
    quiet(lab)
    for query in (general_query(max_resp=MRT), group_query(SSM, max_resp=MRT)):
        lab.lan.send(query)
        lab.lan.send(v2_report(SSM))
        lab.lan.expect(report(is_in(SSM, [A])), within=MRT)


# ---- data --------------------------------------------------------------------------------------------------


@case("SSM-HOST-4607-4.2-01", role="host", needs=RECEIVE, setup=AWARE, seconds=4, mld="SSM-HOST-4607-4.2-01")
def only_the_source_of_the_channel_is_delivered(lab):
    """A socket of channel (S,G) gets what S sends to G, and nothing that others send there."""
    source, other = lab.lan.address(31), lab.lan.address(32)
    lab.host.include(SSM, [source])
    lab.check(lab.host.delivered(source, SSM), "the source's datagram is delivered")
    lab.check(not lab.host.delivered(other, SSM), "another's is not")
    lab.check(not lab.host.delivered(source, SSM2), "nor is the source's to another group")
    lab.host.leave(SSM)
    lab.check(not lab.host.delivered(source, SSM), "after the leave nothing is")


@case("SSM-ANY-4607-6-01", role="host", needs=RECEIVE, setup=AWARE, seconds=4, mld="SSM-ANY-4607-6-01")
def channels_of_one_group_are_independent(lab):
    """Two sockets with channels (S1,G) and (S2,G): each gets its own source's datagrams alone."""
    one, two = lab.lan.address(31), lab.lan.address(32)
    lab.host.include(SSM, [one], socket="a")
    lab.host.include(SSM, [two], socket="b")
    for source, socket in ((one, "a"), (two, "b")):
        lab.lan.data(source, SSM)
        got = [delivery.socket for delivery in lab.host.received(group=SSM)]
        lab.check(got == [socket], f"data of {source} goes to socket {socket} alone ({got})")
    lab.host.leave(SSM, socket="a")
    lab.check(not lab.host.delivered(one, SSM, socket="b"), "the end of one channel opens no other")
    lab.check(lab.host.delivered(two, SSM, socket="b"), "nor closes it")


@case(
    "SSM-HOST-4607-4.1-01",
    role="host",
    needs="host:send",
    setup=AWARE,
    seconds=3,
    mld="SSM-HOST-4607-4.1-01",
)
def source_sends_as_to_any_group(lab):
    """A source sends to a channel as to any group: TTL 1 unless told otherwise, the mapped address."""
    for ttl, wanted in ((None, 1), (16, 16)):
        lab.host.send(SSM, b"channel", port="lan", ttl=ttl)
        found = lab.lan.expect(data(SSM, payload=b"channel"))
        lab.check(found.ttl == wanted, f"TTL {wanted} ({found.ttl})")
        mac = multicast_mac(lab.names.real(SSM))
        lab.check(found.dst_mac == mac, f"at {mac} ({found.dst_mac})")
