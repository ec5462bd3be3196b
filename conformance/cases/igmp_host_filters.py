# SPDX-License-Identifier: GPL-2.0-only
"""From what the sockets of a host ask for to what its interface reports (RFC 3376, 3.1 and 3.2)."""

from conformance.harness import *

from .igmp_host_common import A, B, C, D, E, F, G, G2, LISTEN_V3, V2, is_answered, join, quiet

MRT = 1  # seconds
ASK = group_query(G, max_resp=MRT)
SIXTY_FOUR = [f"10.99.0.{number}" for number in range(1, 65)]  # no limit may be lower (RFC 3376, 2)


def state_is(lab, record):
    """The interface state, as the answer to a Group-Specific Query tells it."""
    quiet(lab)
    is_answered(lab, ASK, report(record), within=MRT)


@case("IGMPV3-HOST-3.2-01", role="host", needs=LISTEN_V3, seconds=7, mld="MLDV2-HOST-4.2-01")
def include_filters_are_united(lab):
    """All sockets INCLUDE: the interface includes whatever any of them includes."""
    lab.host.include(G, [A, B, C], socket="s1")
    lab.host.include(G, [B, C, D], socket="s2")
    state_is(lab, is_in(G, [A, B, C, D]))
    lab.host.include(G, [E, F], socket="s3")
    state_is(lab, is_in(G, [A, B, C, D, E, F]))
    lab.host.leave(G, socket="s1")
    state_is(lab, is_in(G, [B, C, D, E, F]))


@case("IGMPV3-HOST-3.2-02", role="host", needs=LISTEN_V3, seconds=9, mld="MLDV2-HOST-4.2-01")
def exclude_filters_are_intersected(lab):
    """Any socket EXCLUDE: the interface excludes what all those exclude, minus what anybody includes."""
    lab.host.exclude(G, [A, B, C, D], socket="s1")
    lab.host.exclude(G, [B, C, D, E], socket="s2")
    state_is(lab, is_ex(G, [B, C, D]))
    lab.host.include(G, [D, E, F], socket="s3")
    state_is(lab, is_ex(G, [B, C]))
    lab.host.exclude(G, [], socket="s4")
    state_is(lab, is_ex(G, []))
    lab.host.leave(G, socket="s4")
    state_is(lab, is_ex(G, [B, C]))


@case("IGMPV3-HOST-3.2-02", role="host", needs=LISTEN_V3, seconds=5, mld="MLDV2-HOST-4.2-01")
def include_socket_cancels_what_another_excludes(lab):
    """One socket excludes what another includes: the interface excludes nothing, and stays EXCLUDE."""
    lab.host.exclude(G, [A, B], socket="s1")
    lab.host.include(G, [A, B, C], socket="s2")
    state_is(lab, is_ex(G, []))
    lab.host.leave(G, socket="s1")
    state_is(lab, is_in(G, [A, B, C]))


@case("IGMPV3-HOST-3.2-03", role="host", needs=LISTEN_V3, seconds=8, mld="MLDV2-HOST-4.2-01")
def include_sockets_never_make_an_exclude_record(lab):
    """While every socket is INCLUDE no report has an EXCLUDE record, whatever the sockets change."""
    changes = (("s1", [A]), ("s2", [B, C]), ("s1", [D]), ("s3", [A, B, C, D, E, F]), ("s2", []), ("s1", []))
    for socket, sources in changes:
        lab.host.include(G, sources, socket=socket)
        lab.lan.expect_none(any_of(is_ex(G), to_ex(G)), within=lab.timers.uri / 2)
        lab.lan.send(ASK)
        lab.lan.expect_none(any_of(is_ex(G), to_ex(G)), within=MRT / 2)
    quiet(lab)
    lab.lan.send(ASK)
    lab.lan.expect(report(is_in(G, [A, B, C, D, E, F])), within=MRT)
    lab.host.exclude(G, [], socket="s2")  # the first that does not include
    lab.lan.expect(report(to_ex(G, [])))


@case("IGMPV3-HOST-3.2-03", role="host", needs=LISTEN_V3, seconds=3, mld="MLDV2-HOST-4.2-01")
def last_exclude_socket_turns_the_interface_to_include(lab):
    """When the only EXCLUDE socket leaves, the interface changes to INCLUDE of what the others include."""
    lab.host.include(G, [A, B], socket="s1")
    lab.host.exclude(G, [], socket="s2")
    quiet(lab)
    lab.host.leave(G, socket="s2")
    lab.lan.expect(report(to_in(G, [A, B])))
    state_is(lab, is_in(G, [A, B]))


@case(
    "IGMPV3-HOST-3.2-04",
    role="host",
    needs=LISTEN_V3,
    setup=dict(interfaces=dict(lan=dict(max_sources=64))),
    seconds=5,
    mld="MLDV2-HOST-4.2-01",
)
def source_list_beyond_the_limit_is_refused(lab):
    """A source list that cannot be kept is an error for the application; nothing is reported instead."""
    lab.host.include(G, SIXTY_FOUR, socket="s1")
    quiet(lab)
    lab.check(not lab.host.listen(G, "include", [*SIXTY_FOUR, A], socket="s1"), "one more is refused")
    lab.lan.expect_none(any_report(), within=lab.timers.uri)
    lab.check(not lab.host.listen(G2, "include", [*SIXTY_FOUR, A], socket="s2"), "and for a new group, too")
    lab.lan.expect_none(any_report(), within=lab.timers.uri)
    lab.lan.send(general_query(max_resp=MRT))
    lab.lan.expect(report(is_in(G, SIXTY_FOUR)), within=MRT)  # what was before holds


@case("IGMPV3-HOST-3.1-01", role="host", needs=LISTEN_V3, seconds=6, mld="MLDV2-HOST-4.2-01")
def include_of_nothing_leaves(lab):
    """INCLUDE {} deletes a socket's entry; without an entry it is ignored, and nothing is sent."""
    lab.host.leave(G, socket="never")
    lab.lan.expect_none(any_report(), within=lab.timers.uri)
    join(lab, G)
    lab.host.leave(G, socket="never")
    lab.lan.expect_none(any_report(), within=lab.timers.uri)
    lab.lan.send(ASK)
    lab.lan.expect(report(is_ex(G, [])), within=MRT)
    lab.host.leave(G)
    lab.lan.expect(report(to_in(G, [])))
    quiet(lab)
    lab.host.leave(G)  # once more
    lab.lan.expect_none(any_report(), within=lab.timers.uri)


@case("IGMPV3-HOST-3.1-01", role="host", needs=LISTEN_V3, seconds=6, mld="MLDV2-HOST-4.2-01")
def new_request_replaces_the_old(lab):
    """A request for the same interface and group replaces the socket's earlier one, and no other."""
    lab.host.include(G2, [F])
    lab.host.include(G, [A, B])
    lab.host.include(G, [C])
    state_is(lab, is_in(G, [C]))
    lab.host.exclude(G, [D])
    state_is(lab, is_ex(G, [D]))
    lab.lan.send(group_query(G2, max_resp=MRT))
    lab.lan.expect(report(is_in(G2, [F])), within=MRT)


@case(
    "IGMPV3-HOST-3.2-01",
    "IGMPV3-HOST-3.1-01",
    role="host",
    needs=LISTEN_V3,
    seconds=4,
    mld="MLDV2-HOST-4.2-01",
)
def state_is_kept_for_each_interface(lab):
    """The same group on two interfaces is two records: each is reported on its own interface alone."""
    lab.host.include(G, [A], port="lan")
    lab.lan.expect(report(allow(G, [A])))
    lab.lan2.expect_none(any_report())
    lab.host.include(G, [B], port="lan2")
    lab.lan2.expect(report(allow(G, [B])))
    quiet(lab)
    lab.lan.send(ASK)
    lab.lan2.send(ASK)
    lab.lan.expect(report(is_in(G, [A])), within=MRT)
    lab.lan2.expect(report(is_in(G, [B])), within=MRT)


@case(
    "IGMPV3-HOST-3.2-05", role="host", needs=[*LISTEN_V3, "host:delivery"], seconds=4, mld="MLDV2-HOST-4.2-01"
)
def datagram_goes_to_the_sockets_whose_filter_passes_it(lab):
    """An accepted datagram is delivered to each socket whose filter passes its source, and to no other."""
    one, two, three = (lab.lan.address(n) for n in (31, 32, 33))
    lab.host.include(G, [one, two], socket="s1")
    lab.host.include(G, [two], socket="s2")
    lab.host.exclude(G, [two], socket="s3")
    lab.host.join(G2, socket="s4")
    quiet(lab)
    for source, wanted in ((one, {"s1", "s3"}), (two, {"s1", "s2"}), (three, {"s3"})):
        lab.lan.data(source, G)
        got = [delivery.socket for delivery in lab.host.received(group=G)]
        lab.check(
            sorted(got) == sorted(wanted), f"data of {source} goes to {sorted(wanted)}, went to {sorted(got)}"
        )


@case(
    "IGMPV3-HOST-3.2-05", role="host", needs=[*LISTEN_V3, "host:delivery"], seconds=4, mld="MLDV2-HOST-4.2-01"
)
def change_of_a_filter_changes_what_is_delivered(lab):
    """The filter in force is the socket's last one; after it left it gets nothing."""
    source, other = lab.lan.address(31), lab.lan.address(32)
    lab.host.include(G, [source])
    lab.check(lab.host.delivered(source, G), "an included source is delivered")
    lab.check(not lab.host.delivered(other, G), "another is not")
    lab.host.exclude(G, [source])
    lab.check(not lab.host.delivered(source, G), "an excluded source is not delivered")
    lab.check(lab.host.delivered(other, G), "another is")
    lab.host.leave(G)
    lab.check(not lab.host.delivered(other, G), "after the leave nothing is delivered")


@case("IGMPV3-ANY-3.2-01", role="host", needs=LISTEN_V3, seconds=5, mld="MLDV2-HOST-6.2-02")
def queries_are_heard_whatever_the_filter(lab):
    """A query to a group is processed although the group's filter does not pass the querier's address."""
    querier = lab.lan.lower()
    lab.host.include(G, [A])
    lab.host.exclude(G2, [querier], socket="b")
    quiet(lab)
    lab.lan.send(group_query(G, max_resp=MRT), source=querier)
    lab.lan.expect(report(is_in(G, [A])), within=MRT)
    lab.lan.send(group_query(G2, max_resp=MRT), source=querier)
    lab.lan.expect(report(is_ex(G2, [querier])), within=MRT)


@case(
    "IGMPV3-ANY-3.2-01",
    role="host",
    needs=[*LISTEN_V3, igmp(2)],
    setup=V2,
    seconds=4,
    mld="MLDV2-HOST-6.2-02",
)
def reports_are_heard_whatever_the_filter(lab):
    """A report to a group is processed although the group's filter excludes the reporting host."""
    reporter = lab.lan.address(50)
    lab.host.exclude(G, [reporter])
    lab.host.include(G2, [A], socket="b")
    quiet(lab)
    lab.lan.send(v2_query(max_resp=MRT))
    lab.lan.send(v2_report(G), source=reporter)
    lab.lan.expect(v2_report(G2), within=MRT)
    lab.lan.expect_none(any_report(group=G), within=MRT + lab.timers.tolerance)
