# SPDX-License-Identifier: GPL-2.0-only
"""Cases for testing the judge with: one for every verdict on the fake system."""

from __future__ import annotations

import os
import signal

from conformance.harness import *  # noqa: F401,F403
from conformance.harness.registry import registered

G = "239.1.2.3"


@case("IGMPV3-QUERIER-6.4.2-07", "IGMPV3-QUERIER-6.6.3.1-01", role="querier", needs=igmp(3))
def leave_is_answered_by_group_queries(lab):
    """TO_IN {}: the querier asks for the group, LMQC times, LMQI apart."""
    lab.lan.send(report(to_ex(G, [])))
    lab.lan.send(report(to_in(G, [])), after=seconds(1))
    first = lab.lan.expect(group_query(G))
    lab.note("and now <b>the repeat</b></script>")
    lab.lan.expect(group_query(G), at=first.time + lab.timers.lmqi)
    lab.lan.expect_none(group_query(G), within=2 * lab.timers.lmqt)


@case("IGMPV3-ROUTER-4.2.8-01", role="router", needs=[igmp(3), "state:groups"])
def link_local_groups_make_no_state(lab):
    """A report of 224.0.0.5 makes no state, one of another group does."""
    lab.lan.send(report(to_ex("224.0.0.5", [])))
    lab.state.expect_no_group("224.0.0.5")
    lab.lan.send(report(to_ex(G, [])))
    lab.state.expect_group(G, mode="exclude", version=3)


@case("IGMPV3-ROUTER-6.3-01", role="router", needs="forwarding")
def data_goes_where_it_is_wanted(lab):
    """Data is forwarded to the LAN with a member and to no other."""
    lab.lan.send(report(to_ex(G, [])))
    lab.check(lab.forwards("10.0.0.9", G), "data reaches the member's LAN")
    lab.check(not lab.forwards("10.0.0.9", G, to="lan2"), "no data on a LAN without members")


@case("IGMPV3-HOST-3.2-05", role="host", needs=["host:listen", "host:delivery"])
def only_the_socket_that_joined_gets_data(lab):
    """A socket gets the data of the group that it joined."""
    lab.host.join(G)
    lab.check(lab.host.delivered("10.1.0.9", G), "the socket that joined gets it")


@case("IGMPV3-QUERIER-6.6.3.2-01", role="querier")
def sources_are_asked_for(lab):
    """BLOCK is answered by a group-and-source query (the fake knows no sources)."""
    lab.lan.send(report(block(G, ["10.0.0.9"])))
    lab.lan.expect(group_source_query(G, ["10.0.0.9"]))


@case("IGMPV3-QUERIER-6.1-02", role="querier")
def nothing_is_known(lab):
    """The lab breaks."""
    raise OSError("no such interface")


@case("IGMPV3-ROUTER-8.1-01", role="router", needs="counters")
def not_for_this_one(lab):
    """Needs what the fake lacks."""
    lab.fail("never run")


@case("IGMPV3-QUERIER-8.14.2-01", role="querier", ambiguous=("short", "long"))
def there_are_two_readings(lab):
    """Two readings."""
    query = lab.lan.expect(general_query(), within=1)
    lab.reading("long" if query.max_resp >= 10 else "short")


@case("IGMPV3-ROUTER-7.3.1-01", role="router")
def shows_nothing(lab):
    """Passes whatever happens: no saboteur can fail it."""
    lab.lan.send(general_query())


@case("IGMPV3-ANY-4-03", role="router")
def kills_the_worker(lab):
    """The process that runs the system crashes."""
    os.kill(os.getpid(), signal.SIGKILL)


TOYS = {one.function.__name__: one for one in registered(__name__)}
