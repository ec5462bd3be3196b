# SPDX-License-Identifier: GPL-2.0-only
"""Dense mode as a network sees it: flows that are flooded, pruned, kept, grafted and moved, with data all along
(RFC 3973 4.1 to 4.6). Each case counts packets.
"""

from conformance.harness import *

from .pim_dense_common import *

ROUTES = "pim:routes"
RIVAL = "10.1.0.7"
PREFIX = "10.9.0.0/24"
HOLDTIME = 12  # s


def copies(lab, text, source=S, group=G, port="up"):
    """How many copies of one packet come out, by port; each with a TTL one lower."""
    payload = text.encode()
    let_it_sink_in(lab)
    lab.ports[port].data(source, group, ttl=16, payload=payload)
    lab.wait(2 * lab.timers.tolerance)
    found = {name: 0 for name in lab.ports}
    for name, one in lab.ports.items():
        for message in one.frames:
            if data(group, source, payload=payload).matches(message):
                found[name] += 1
                lab.check(message.ttl == 15, f"TTL 16 - 1 ({message.ttl})")
    return found


def expect_copies(lab, text, *ports, **fields):
    """One copy on each of these ports, none on the others."""
    found = copies(lab, text, **fields)
    wanted = {name: int(name in ports) for name in found}
    lab.check(found == wanted, f"copies of {text!r}: {wanted} ({found})")


def settled(lab, *ports, **fields):
    """The forwarding plane has made up its mind: in real time the first packets of a flow may be lost or late."""
    for port in ports:
        expect_served(lab, port, **fields)


@dense_case("PIMDM-ROUTER-4.2-02", "PIMDM-ROUTER-4.2-06", "PIMDM-ROUTER-4.1.3-01", needs=DATA, seconds=6)
def flood_reaches_routers_and_members(lab):
    """Data floods to a port with a router and to one with hosts, one copy each, never back."""
    meet(lab, U, PEER, D)
    lab.pim.member(G, port="lan2")
    moment(lab)
    settled(lab, "lan", "lan2")
    for number in range(3):
        expect_copies(lab, f"flood {number}", "lan", "lan2")
    settled(lab, "lan", group=G2)
    expect_copies(lab, "of a group without members", "lan", group=G2)


@dense_case(
    "PIMDM-ROUTER-4.4.1.1-01", "PIMDM-ROUTER-4.4.2.3-03", "PIMDM-ROUTER-4.2-05", needs=DATA, seconds=9
)
def tree_shrinks_and_grows_again(lab):
    """Flooded on two ports, pruned port by port, and upstream at last; grafted port by port, and upstream at first."""
    meet(lab, U, D, E)
    settled(lab, "lan", "lan2")
    prune(lab, D)
    moment(lab)
    expect_copies(lab, "one left", "lan2")
    prune(lab, E)
    lab.up.expect(prunes())
    expect_copies(lab, "nobody left")
    send_graft(lab, D)
    lab.lan.expect(graft_acks(dst=D))
    lab.up.expect(grafts(dst=U))
    send_graft_ack(lab)
    settled(lab, "lan")
    expect_copies(lab, "one is back", "lan")
    send_graft(lab, E)
    lab.lan2.expect(graft_acks(dst=E))
    settled(lab, "lan2")
    expect_copies(lab, "both are back", "lan", "lan2")
    lab.up.expect_none(graft(), within=1.5 * lab.pim.timers.graft_retry_period)


@dense_case("PIMDM-ROUTER-4.4.2.2-01", "PIMDM-ROUTER-4.4.2.1-01", needs=DATA, seconds=14)
def objections_keep_every_packet_flowing(lab):
    """One router on the link prunes again and again, the other objects each time: not a packet is lost or doubled."""
    delay = lab.pim.timers.override_delay
    meet(lab, U, D, D2)
    settled(lab, "lan")
    for turn in range(3):
        when = prune(lab, D)
        for part in (0.1, 0.35, 0.7, 1.1):
            if part == 0.7:
                join(lab, D2)
            lab.wait_until(when + part * delay)
            expect_copies(lab, f"turn {turn} at {part}", "lan")
    lab.wait(delay)
    expect_copies(lab, "the last", "lan")
    lab.up.expect_none(any_join_prune(), after=0.0, within=lab.now)


@dense_case(
    "PIMDM-ROUTER-4.4.2.3-04",
    "PIMDM-ROUTER-4.4.1.2-04",
    needs=["config:pim:timers:prune_limit", DATA],
    seconds=2 * HOLDTIME + 8,
)
def flood_and_prune_repeat_themselves(lab):
    """Without State Refresh a flow that nobody wants is flooded again when the Prune has run out, and pruned again."""
    meet(lab, U, D, D2)
    settled(lab, "lan")
    for _ in range(2):
        when = prune(lab, D, holdtime=HOLDTIME)
        lab.up.expect(prunes(), within=lab.pim.timers.override_delay)
        expect_copies(lab, f"pruned since {when:.1f}")
        lab.up.expect(grafts(dst=U), at=when + HOLDTIME)
        send_graft_ack(lab)
        settled(lab, "lan")
        expect_copies(lab, f"flooded after {when:.1f}", "lan")


@dense_case(
    "PIMDM-ROUTER-4.4.2.3-05",
    "PIMDM-ROUTER-4.4.1.2-02",
    needs=[REFRESH, "config:pim:timers:state_refresh_limit", DATA],
    pim={"timers": {"state_refresh_limit": 4.0}},
    seconds=3 * HOLDTIME + 10,
)
def refresh_ends_the_repetition(lab):
    """With State Refresh the flow stays pruned, long after the Prune's Holdtime; a Graft heals it at once."""
    meet(lab, U, D, refresh=60)
    settled(lab, "lan")
    when = prune(lab, D, holdtime=HOLDTIME)
    lab.up.expect(prunes())
    step = 8  # more often than the Prune ends
    for number in range(4):
        lab.wait_until(when + (number + 1) * step)
        refresh(lab, prune_indicator=True, interval=int(step))
        lab.lan.expect(refreshes(prune_indicator=True))
        expect_copies(lab, f"refreshed {number}")
    lab.check(lab.now > when + HOLDTIME + 2 * margin(lab), "the Prune would be over")
    send_graft(lab)
    lab.up.expect(grafts(dst=U))
    settled(lab, "lan")
    expect_copies(lab, "healed", "lan")


@dense_case(
    "PIMDM-ROUTER-4.4.1.1-07",
    "PIMDM-ROUTER-4.4.1.3-05",
    "PIMDM-ROUTER-4.2-01",
    needs=[ROUTES, DATA],
    seconds=10,
)
def flow_follows_its_source(lab):
    """The way to the source moves from port to port: grafted there, taken from there, one copy for each."""
    meet(lab, U, D, E)
    settled(lab, "lan", "lan2")
    for turn, (hop, port, others) in enumerate(
        ((E, "lan2", ("lan", "up")), (D, "lan", ("lan2", "up")), (U, "up", ("lan", "lan2")))
    ):
        lab.pim.route(PREFIX, hop)
        lab.ports[port].expect(grafts(hop, dst=hop))
        send_graft_ack(lab, hop)
        settled(lab, *others, port=port)
        expect_copies(lab, f"turn {turn}", *others, port=port)
        for wrong in others:
            expect_copies(lab, f"turn {turn} not from {wrong}", port=wrong)


@dense_case(
    "PIMDM-ROUTER-4.4.2.1-01", "PIMDM-ROUTER-4.4.1.1-01", "PIMDM-ROUTER-4.1.2-01", needs=DATA, seconds=12
)
def flows_do_not_touch_each_other(lab):
    """Of four flows on the same way each is pruned and grafted by itself."""
    flows = [(source, group) for source in (S, S2) for group in (G, G2)]
    meet(lab, U, D)
    for source, group in flows:
        settled(lab, "lan", source=source, group=group)
    for number, (source, group) in enumerate(flows):
        prune(lab, D, source, group)
        lab.up.expect(prunes(source=source, group=group))
        for other, one in enumerate(flows):
            ports = ["lan"] if other > number else []
            expect_copies(lab, f"after {number}: {other}", *ports, source=one[0], group=one[1])
    send_graft(lab, D, S2, G)
    lab.up.expect(grafts(source=S2, group=G))
    settled(lab, "lan", source=S2, group=G)
    expect_copies(lab, "another stays pruned", source=S, group=G)


@dense_case(
    "PIMDM-ROUTER-4.6.5-01",
    "PIMDM-ROUTER-4.6.4.3-03",
    "PIMDM-ROUTER-4.4.1.2-04",
    needs=DATA,
    seconds=10,
)
def link_has_one_forwarder(lab):
    """Of two forwarders onto one link the worse one prunes itself; when the better one dies it heals."""
    meet(lab, U, D, RIVAL)
    settled(lab, "lan")
    lab.lan.data(S, G, ttl=9, payload=b"by the rival")
    mine = lab.lan.expect(assert_(G, S, src=lab.lan.dut))
    lab.require(mine.pim.metric > 0, "the system's metric leaves room for a better one")
    lab.lan.send(assert_(G, S, src=RIVAL, preference=mine.pim.preference, metric=mine.pim.metric - 1))
    lab.up.expect(prunes())
    join(lab, D, upstream=RIVAL)
    expect_copies(lab, "the rival serves")
    lab.pim.goodbye(RIVAL)
    lab.up.expect(grafts(dst=U))
    send_graft_ack(lab)
    settled(lab, "lan")
    expect_copies(lab, "the system serves", "lan")


@dense_case(
    "PIMDM-ROUTER-4.4.1.1-05", "PIMDM-ROUTER-4.4.1.1-06", "PIMDM-ROUTER-4.4.1.1-04", needs=DATA, seconds=12
)
def listeners_upstream_keep_each_other_served(lab):
    """Each Prune of another on the upstream link is objected to, once, and not where somebody else did."""
    helper = "10.0.0.41"
    meet(lab, U, D, PEER, helper)
    settled(lab, "lan")
    limit = lab.pim.timers.override_interval
    for turn in range(6 if lab.virtual else 2):
        when = lab.pim.join(PEER, prune_sg(G, S), upstream=U)
        found = lab.up.expect(joins(), within=limit)
        lab.check(found.time - when <= limit + lab.timers.tolerance, "in time")
        lab.up.expect_none(any_join_prune(), after=found, within=0.2)
        lab.pim.join(PEER, prune_sg(G, S), upstream=U)
        lab.pim.join(helper, join_sg(G, S), upstream=U)
        lab.up.expect_none(any_join_prune(), within=limit + lab.timers.tolerance)
        expect_copies(lab, f"turn {turn}", "lan")


@dense_case(
    "PIMDM-ROUTER-4.4.2.1-01", "PIMDM-ROUTER-4.2-05", "PIMDM-ROUTER-4.4.2-03", needs=["virtual", DATA]
)
def hundred_flows_are_pruned_and_grafted(lab):
    """A hundred sources: each is flooded and pruned by itself, and all are grafted with one message."""
    sources = [f"10.9.0.{number}" for number in range(1, 101)]
    meet(lab, U, D)
    for source in sources:
        settled(lab, "lan", source=source)
    for source in sources:
        prune(lab, D, source)
    moment(lab)
    entries = [prune_sg(G, source) for source in sources]
    told = [one for one in lab.up.frames if one.kind == "join_prune"]
    for entry in entries:
        lab.check(sum(entry.matches(one) for one in told) == 1, f"{entry} is sent once")
    lab.lan.send(graft(*(join_sg(G, source) for source in sources), src=D))
    moment(lab)
    told = [one for one in lab.up.frames if one.kind == "graft"]
    for source in sources:
        lab.check(sum(grafts(source=source).matches(one) for one in told) >= 1, f"Graft of {source}")
    for source in sources[::10]:
        expect_copies(lab, f"grafted {source}", "lan", source=source)
