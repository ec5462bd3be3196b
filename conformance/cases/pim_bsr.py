# SPDX-License-Identifier: GPL-2.0-only
"""Bootstrap messages at a router that is no candidate: which are taken, where they go, what is learned (RFC 5059).

Upstream on ``up`` is the way to every BSR of these cases; there are neighbours on ``lan`` and ``lan2``, too. Which RP a
group has is told by the join of it: each question takes a group of its own.
"""

from __future__ import annotations

import dataclasses
import itertools

from conformance.harness import *

from .pim_scene import *

LOW_BSR, HIGH_BSR = "10.8.0.40", "10.8.0.60"  # their addresses lower and higher than BSR's
STRANGER = "10.0.0.66"
NEEDS = "pim:bsr"
VIRTUAL = "pim:bsr virtual"
SHORT = "pim:bsr config:pim:timers:bootstrap_period"
PORTS_OF_ALL = ("lan", "lan2", "up")


def meet_all(lab):
    """Neighbours on all three ports."""
    meet(lab, U, D, D2)


def groups_to_ask():
    """Groups nobody has asked about, each in other hands of a hash function of any mask."""
    return (f"239.{second}.7.4" for second in itertools.count(20))


class Asked:
    """Asks which RP is known, with a new group each time."""

    def __init__(self, lab):
        self.lab, self.groups = lab, groups_to_ask()

    def expect(self, rp):
        expect_rp(self.lab, next(self.groups), rp)

    def expect_none(self):
        expect_no_rp(self.lab, next(self.groups))


def message(lab, *ranges, **fields):
    """A Bootstrap message of the upstream neighbour; one RP for all groups unless ranges are given."""
    return from_bsr(lab, *(ranges or (one_range([RP]),)), **fields)


def expect_flooded(lab, tag, ports=PORTS_OF_ALL):
    for port in ports:
        lab.ports[port].expect(bootstrap(fragment_tag=tag))


def expect_not_flooded(lab, tag):
    for port in PORTS_OF_ALL:
        lab.ports[port].expect_none(bootstrap(fragment_tag=tag), within=2 * lab.timers.tolerance)


# ---- the first one, and how it goes on ---------------------------------------------------------------------


@pim_case("BSR-ROUTER-3.1.2-02", "BSR-ROUTER-3.4-01", "BSR-ANY-4-01", pim=LEARNED, needs=NEEDS, seconds=5)
def first_message_is_stored_and_flooded(lab):
    """A router that knows no BSR takes any Bootstrap message and sends it out of every port with a neighbour."""
    meet_all(lab)
    sent = message(
        lab, one_range([RP, OTHER_RP], "239.0.0.0/8"), one_range([OTHER_RP], "224.5.0.0/16"), fragment_tag=7
    )
    lab.up.send(sent)
    for port in PORTS_OF_ALL:
        found = lab.ports[port].expect(bootstrap(fragment_tag=7))
        lab.check(found.ttl == 1 and found.dst == ALL_PIM_ROUTERS, f"to the link ({found})")
        lab.check(found.src == lab.ports[port].dut, f"from the port's own address ({found.src})")
        wanted = sent_message(lab, sent)
        lab.check(found.payload[4:] == wanted.payload[4:], f"the same message ({found.payload.hex()})")
        lab.check(found.pim.flags == 0, "No-Forward is not set")
        lab.ports[port].expect_none(bootstrap())
    expect_rp(lab, "224.5.7.7", OTHER_RP)


@pim_case("BSR-ROUTER-3.4-01", pim=LEARNED, needs=NEEDS, seconds=5)
def message_goes_where_neighbours_are(lab):
    """On a port without a PIM neighbour no Bootstrap message is sent."""
    meet(lab)
    lab.up.send(message(lab, fragment_tag=7))
    expect_flooded(lab, 7, ["up"])
    for port in (lab.lan, lab.lan2):
        port.expect_none(bootstrap(), within=2 * lab.timers.tolerance)
    meet(lab, D)
    lab.up.send(message(lab, fragment_tag=8))
    expect_flooded(lab, 8, ["up", "lan"])
    lab.lan2.expect_none(bootstrap())


@pim_case("BSR-ROUTER-3.1.2-03", "BSR-ROUTER-3.1-03", pim=LEARNED, needs=NEEDS, seconds=6)
def only_better_candidates_and_the_bsr_itself_are_heard(lab):
    """Once a BSR is known a message of lesser weight is neither taken nor flooded; of more weight, or its own, is."""
    meet_all(lab)
    asked = Asked(lab)
    lab.up.send(message(lab, fragment_tag=1))
    expect_flooded(lab, 1)
    lesser = {
        "lower address": {"bsr": LOW_BSR},
        "lower priority, higher address": {"bsr": HIGH_BSR, "priority": 63},
    }
    for tag, (words, fields) in enumerate(lesser.items(), 2):
        lab.note(words)
        lab.up.send(message(lab, one_range([OTHER_RP]), fragment_tag=tag, **fields))
        expect_not_flooded(lab, tag)
        asked.expect(RP)
    better = {
        "the same": {"bsr": BSR},
        "higher address": {"bsr": HIGH_BSR},
        "higher priority, lower address": {"bsr": LOW_BSR, "priority": 65},
    }
    for tag, (words, fields) in enumerate(better.items(), 10):
        lab.note(words)
        rp = f"10.8.0.{tag}"
        lab.up.send(message(lab, one_range([rp]), fragment_tag=tag, **fields))
        expect_flooded(lab, tag)
        asked.expect(rp)


@pim_case("BSR-ROUTER-3.1.4-01", pim=LEARNED, needs=NEEDS, seconds=6)
def bsr_may_lower_its_own_priority(lab):
    """The known BSR is heard with a lower priority, too; from then on others of a weight between are better."""
    meet_all(lab)
    lab.up.send(message(lab, priority=100, fragment_tag=1))
    expect_flooded(lab, 1)
    lab.up.send(message(lab, priority=50, fragment_tag=2))
    expect_flooded(lab, 2)
    lab.up.send(message(lab, bsr=LOW_BSR, priority=70, fragment_tag=3))
    expect_flooded(lab, 3)
    lab.up.send(message(lab, priority=60, fragment_tag=4))
    expect_not_flooded(lab, 4)


@pim_case(
    "BSR-ROUTER-3.1.2-04", "BSR-ROUTER-3.1.2-05", "BSR-ROUTER-5-01", pim=LEARNED, needs=SHORT, seconds=45
)
def silent_bsr_is_forgotten_after_bs_timeout(lab):
    """BS_Timeout after its last message any BSR is taken, not earlier; the RPs are kept until then and beyond."""
    meet_all(lab)
    asked = Asked(lab)
    heard = lab.up.send(message(lab, fragment_tag=1))
    heard = lab.up.send(message(lab, fragment_tag=2), after=lab.pim.timers.bootstrap_period)
    lab.wait_until(heard + lab.pim.timers.bsr_timeout - margin(lab))
    lab.up.send(message(lab, bsr=LOW_BSR, fragment_tag=3))
    expect_not_flooded(lab, 3)
    lab.wait_until(heard + lab.pim.timers.bsr_timeout + margin(lab))
    asked.expect(RP)
    lab.up.send(message(lab, one_range([OTHER_RP]), bsr=LOW_BSR, fragment_tag=4))
    expect_flooded(lab, 4)
    asked.expect(OTHER_RP)


@pim_case("BSR-ROUTER-3.1.2-04", "BSR-ROUTER-3.1.5-04", pim=LEARNED, needs=VIRTUAL)
def rps_are_refreshed_when_the_bsr_is_forgotten(lab):
    """When the BSR times out its last message counts once more: the RPs live a whole holdtime from then on."""
    meet_all(lab)
    asked = Asked(lab)
    heard = lab.up.send(message(lab, one_range([(RP, 192, 140)])))
    forgotten = heard + lab.pim.timers.bsr_timeout
    lab.wait_until(forgotten + 140 - margin(lab))
    asked.expect(RP)
    lab.wait_until(forgotten + 140 + margin(lab))
    asked.expect_none()


# ---- who may say so ----------------------------------------------------------------------------------------


def lying_range(rps, count, fragment):
    """A range whose counts are not those of its RPs."""
    return dataclasses.replace(one_range(rps), rp_count=count, fragment_rp_count=fragment)


def expect_dropped(lab, packets, port="up"):
    """Each of the packets (words -> packet) is neither taken nor flooded; a right one is."""
    asked = Asked(lab)
    for tag, (words, packet) in enumerate(packets.items(), 100):
        lab.note(words)
        if packet.kind == "pim":
            packet = packet.but(body=tag.to_bytes(2, "big") + packet.given["body"])
        else:
            packet = packet.but(fragment_tag=tag)
        lab.ports[port].send(packet)
        expect_not_flooded(lab, tag)
    asked.expect_none()
    lab.up.send(message(lab, fragment_tag=99))
    expect_flooded(lab, 99)
    asked.expect(RP)


@pim_case("BSR-ROUTER-3.1.3-01", pim=LEARNED, needs=NEEDS, seconds=7)
def message_of_a_stranger_is_dropped(lab):
    """A Bootstrap message from a router without a Hello, or from one that is not on the link, is dropped."""
    meet_all(lab)
    expect_dropped(
        lab,
        {
            "no Hello": message(lab, src=STRANGER),
            "No-Forward, no Hello": message(lab, src=STRANGER, no_forward=True),
            "not of this link": message(lab, src="10.3.0.7", no_forward=True),
        },
    )


@pim_case("BSR-ROUTER-3.1.3-02", pim=LEARNED, needs=NEEDS, seconds=7)
def message_from_the_wrong_side_is_dropped(lab):
    """A Bootstrap message counts only from the neighbour that leads to the BSR."""
    meet_all(lab)
    meet(lab, U2)
    expect_dropped(lab, {"another neighbour of the same link": message(lab, src=U2)})


@pim_case("BSR-ROUTER-3.1.3-02", pim=LEARNED, needs=NEEDS, seconds=7)
def message_from_downstream_is_dropped(lab):
    """A Bootstrap message from a port that does not lead to the BSR is dropped: no loop is made."""
    meet_all(lab)
    expect_dropped(lab, {"from lan": message(lab, src=D)}, port="lan")


@pim_case("BSR-ROUTER-3.1.3-02", pim=LEARNED, needs=NEEDS, seconds=9)
def message_of_an_impossible_bsr_is_dropped(lab):
    """A Bootstrap message whose BSR is no router elsewhere (nobody, a group, the system itself) is dropped."""
    meet_all(lab)
    wrong = {"nobody": NOBODY, "a group": G, "the system": OWN_RP, "the system on another port": "10.1.0.10"}
    expect_dropped(lab, {words: message(lab, bsr=bsr) for words, bsr in wrong.items()})


@pim_case("BSR-ROUTER-3.1.3-05", pim=LEARNED, needs=NEEDS, seconds=7)
def message_to_another_address_is_dropped(lab):
    """A Bootstrap message to another group than that of all PIM routers is dropped."""
    meet_all(lab)
    expect_dropped(
        lab,
        {
            "to all systems": message(lab, dst="224.0.0.1"),
            "to all routers": message(lab, dst="224.0.0.2"),
        },
    )


@pim_case(
    "BSR-ROUTER-3.1.3-03", "BSR-ROUTER-3.4-02", "BSR-ROUTER-3.5.1-01", pim=LEARNED, needs=NEEDS, seconds=7
)
def no_forward_message_primes_a_new_router(lab):
    """At first a No-Forward message counts, from any neighbour and never flooded; a second one does not."""
    meet_all(lab)
    asked = Asked(lab)
    lab.lan.send(message(lab, src=D, no_forward=True, fragment_tag=1))
    for port in PORTS_OF_ALL:
        lab.ports[port].expect_none(bootstrap(no_forward=True), within=2 * lab.timers.tolerance)
    asked.expect(RP)
    lab.lan.send(message(lab, one_range([OTHER_RP]), src=D, no_forward=True, fragment_tag=2))
    expect_not_flooded(lab, 2)
    asked.expect(RP)
    lab.up.send(message(lab, one_range([OTHER_RP]), fragment_tag=3))
    expect_flooded(lab, 3)
    asked.expect(OTHER_RP)


@pim_case("BSR-ROUTER-3.1.3-03", pim=LEARNED, needs=SHORT, seconds=15)
def no_forward_message_is_for_the_start(lab):
    """Later than BS_Period after the start a No-Forward message is dropped, whatever is known."""
    meet_all(lab)
    lab.wait_until(lab.pim.timers.bootstrap_period + margin(lab))
    asked = Asked(lab)
    lab.up.send(message(lab, no_forward=True))
    asked.expect_none()
    lab.up.send(message(lab))
    asked.expect(RP)


@pim_case("BSR-ROUTER-3.1.3-04", "BSR-ROUTER-3.4-02", pim=LEARNED, needs=NEEDS, seconds=7)
def unicast_message_is_never_flooded(lab):
    """A Bootstrap message to the router's own address is not flooded, and never counts beside a multicast one."""
    meet_all(lab)
    asked = Asked(lab)
    lab.up.send(message(lab, fragment_tag=1))
    expect_flooded(lab, 1)
    lab.up.send(
        message(lab, one_range([OTHER_RP]), bsr=HIGH_BSR, dst=lab.up.dut, dst_mac=lab.up.mac, fragment_tag=2)
    )
    expect_not_flooded(lab, 2)
    asked.expect(RP)


@pim_case(
    "BSR-ROUTER-6.3-01",
    pim={"rp": None, "interfaces": {"lan": {"bsr_border": True}}},
    needs=NEEDS,
    seconds=7,
)
def border_port_neither_sends_nor_takes(lab):
    """A port that is a border of the mechanism sends no Bootstrap message and takes none."""
    meet_all(lab)
    asked = Asked(lab)
    lab.lan.send(message(lab, src=D, no_forward=True))
    asked.expect_none()
    lab.up.send(message(lab, fragment_tag=2))
    expect_flooded(lab, 2, ["up", "lan2"])
    lab.lan.expect_none(bootstrap(), within=2 * lab.timers.tolerance)
    asked.expect(RP)


def other_family(lab, good):
    """The message after its tag, the BSR's address one of the other family."""
    octets = sent_message(lab, good).payload
    if lab.family == "ipv4":
        return octets[6:8] + b"\2\0" + bytes.fromhex("20010db8000800000000000000000032") + octets[14:]
    return octets[6:8] + b"\1\0" + bytes([10, 8, 0, 50]) + octets[26:]


@pim_case("BSR-ROUTER-3.1.3-07", "BSR-ROUTER-4.1-02", pim=LEARNED, needs=NEEDS, seconds=9)
def malformed_message_teaches_nothing(lab):
    """Bootstrap messages with lying counts, unknown families, wrong checksums or cut short are dropped."""
    meet_all(lab)
    good = message(lab)
    size = len(sent_message(lab, good).payload)
    expect_dropped(
        lab,
        {
            "a wrong checksum": good.but(checksum="bad"),
            "cut within an RP": good.but(truncate=size - 3),
            "cut after the range": good.but(truncate=size - (10 if lab.family == "ipv4" else 22)),
            "more RPs than are there": message(lab, lying_range([RP], 3, 3)),
            "another version": good.but(version=1),
            "a BSR of the other family": pim_message(4, other_family(lab, good), src=U),
        },
    )


# ---- what is learned ---------------------------------------------------------------------------------------


@pim_case("BSR-ROUTER-3.1.5-01", "BSR-ROUTER-3.1.5-04", pim=LEARNED, needs=VIRTUAL)
def rp_lives_for_its_holdtime(lab):
    """An RP is known for the holdtime that the message gives it, from the last one on, though the BSR lives."""
    meet_all(lab)
    asked = Asked(lab)
    heard = lab.up.send(message(lab, one_range([(RP, 192, 70)])))
    heard = lab.up.send(message(lab, one_range([(RP, 192, 90)])), after=60.0)
    lab.wait_until(heard + 90 - margin(lab))
    asked.expect(RP)
    lab.wait_until(heard + 90 + margin(lab))
    asked.expect_none()


@pim_case("BSR-ROUTER-3.1.5-01", pim=LEARNED, needs=NEEDS, seconds=6)
def holdtime_of_zero_withdraws_at_once(lab):
    """An RP with a holdtime of 0 is gone at once; a new priority counts at once."""
    meet_all(lab)
    asked = Asked(lab)
    lab.up.send(message(lab, one_range([(RP, 1, 150), (OTHER_RP, 2, 150)])))
    asked.expect(RP)
    lab.up.send(message(lab, one_range([(RP, 3, 150), (OTHER_RP, 2, 150)])))
    asked.expect(OTHER_RP)
    lab.up.send(message(lab, one_range([(RP, 3, 150), (OTHER_RP, 2, 0)])))
    asked.expect(RP)


@pim_case("BSR-ROUTER-3.1.5-02", pim=LEARNED, needs=NEEDS, seconds=6)
def rp_that_is_not_listed_any_more_is_gone(lab):
    """An RP that is missing from its range is removed from it at once, other ranges keep theirs."""
    meet_all(lab)
    lab.up.send(
        message(
            lab,
            one_range([(RP, 1, 150), (OTHER_RP, 2, 150)], "239.1.0.0/16"),
            one_range([(RP, 1, 150)], "239.2.0.0/16"),
        )
    )
    expect_rp(lab, "239.1.0.1", RP)
    lab.up.send(message(lab, one_range([(OTHER_RP, 2, 150)], "239.1.0.0/16")))
    expect_rp(lab, "239.1.0.2", OTHER_RP)
    expect_rp(lab, "239.2.0.2", RP)


@pim_case("BSR-ROUTER-3.1.5-02", pim=LEARNED, needs=NEEDS, seconds=6)
def mask_of_the_last_message_is_for_all_ranges(lab):
    """The hash mask length of a message is used for the ranges of former ones, too."""
    meet_all(lab)
    candidates = [f"10.8.0.{number}" for number in (1, 2, 3, 4, 77, 200)]
    lab.up.send(message(lab, one_range(candidates, "239.1.0.0/16")))
    short = 18 if lab.family == "ipv4" else 98
    lab.up.send(
        message(lab, one_range([RP], "239.2.0.0/16"), hash_mask_length=short), after=lab.timers.tolerance
    )
    lab.wait(lab.timers.tolerance)
    for group in ("239.1.1.1", "239.1.1.77", "239.1.2.3"):
        expect_rp(lab, group, hashed(lab, group, candidates, short))


@pim_case("BSR-ROUTER-3.1.5-03", pim=LEARNED, needs=NEEDS, seconds=6)
def empty_message_changes_no_rp(lab):
    """A Bootstrap message without ranges is flooded and leaves what is known as it is."""
    meet_all(lab)
    asked = Asked(lab)
    lab.up.send(message(lab, fragment_tag=1))
    asked.expect(RP)
    lab.up.send(bootstrap(bsr=BSR, src=U, fragment_tag=2))
    expect_flooded(lab, 2)
    asked.expect(RP)


@pim_case("BSR-ROUTER-4.1.1-03", pim=LEARNED, needs=NEEDS, seconds=6)
def range_is_withdrawn_by_a_count_of_zero(lab):
    """A range that a message does not mention stays; one that has no RPs any more is gone."""
    meet_all(lab)
    lab.up.send(message(lab, one_range([RP], "239.1.0.0/16"), one_range([RP], "239.2.0.0/16")))
    expect_rp(lab, "239.1.0.1", RP)
    lab.up.send(message(lab, one_range([RP], "239.2.0.0/16")))
    expect_rp(lab, "239.1.0.2", RP)
    lab.up.send(message(lab, one_range([RP], "239.2.0.0/16"), one_range([], "239.1.0.0/16")))
    expect_no_rp(lab, "239.1.0.3")
    expect_rp(lab, "239.2.0.3", RP)


@pim_case("BSR-ROUTER-4.1.1-02", "BSR-ROUTER-4.1.1-01", pim=LEARNED, needs=NEEDS, seconds=7)
def range_in_fragments_counts_when_all_are_there(lab):
    """A range whose RPs are in several messages of one tag is used when the last one has come, not earlier."""
    meet_all(lab)
    lab.up.send(message(lab, one_range([OTHER_RP], "239.1.0.0/16"), fragment_tag=1))
    expect_rp(lab, "239.1.0.1", OTHER_RP)
    pieces = [[(RP, 1, 150)], [("10.8.0.3", 2, 150)]]
    for piece, wanted in zip(pieces, (OTHER_RP, RP)):
        lab.up.send(message(lab, one_range(piece, "239.1.0.0/16", 2), fragment_tag=2))
        lab.wait(lab.timers.tolerance)
        expect_rp(lab, "239.1.0.2" if wanted == OTHER_RP else "239.1.0.3", wanted)


@pim_case("BSR-ROUTER-4.1.1-02", pim=LEARNED, needs=NEEDS, seconds=7)
def fragments_of_two_messages_are_not_one(lab):
    """Fragments with different tags don't make up a range."""
    meet_all(lab)
    lab.up.send(message(lab, one_range([OTHER_RP], "239.1.0.0/16"), fragment_tag=1))
    lab.up.send(message(lab, one_range([(RP, 1)], "239.1.0.0/16", 2), fragment_tag=2))
    lab.up.send(message(lab, one_range([("10.8.0.3", 2)], "239.1.0.0/16", 2), fragment_tag=3))
    lab.wait(lab.timers.tolerance)
    expect_rp(lab, "239.1.0.2", OTHER_RP)


@pim_case("BSR-ROUTER-4.1.1-02", pim=LEARNED, needs=NEEDS, seconds=7)
def whole_range_of_a_fragment_is_used_at_once(lab):
    """A fragment's complete ranges count though the other fragments were lost; theirs stay as they were."""
    meet_all(lab)
    lab.up.send(
        message(
            lab, one_range([OTHER_RP], "239.1.0.0/16"), one_range([OTHER_RP], "239.2.0.0/16"), fragment_tag=1
        )
    )
    lab.up.send(message(lab, one_range([RP], "239.1.0.0/16"), fragment_tag=2), after=lab.timers.tolerance)
    lab.wait(lab.timers.tolerance)
    expect_rp(lab, "239.1.0.2", RP)
    expect_rp(lab, "239.2.0.2", OTHER_RP)


@pim_case("BSR-ROUTER-3.6-01", pim=LEARNED, needs=NEEDS, seconds=6)
def ranges_of_bidirectional_trees_are_not_for_sparse_mode(lab):
    """A range with the B bit is not joined as one of sparse mode, and its groups don't fall back on another range."""
    meet_all(lab)
    lab.up.send(message(lab, one_range([RP]), one_range([OTHER_RP], "239.1.0.0/16", flags=0x80)))
    expect_rp(lab, "239.2.0.1", RP)
    expect_no_rp(lab, "239.1.0.1")


# ---- new neighbours ----------------------------------------------------------------------------------------


@pim_case(
    "BSR-ROUTER-3.5-01",
    "BSR-ROUTER-3.5.1-01",
    pim=LEARNED,
    needs=NEEDS,
    seconds=lambda timers: 9,
)
def new_neighbour_is_told_by_the_designated_router(lab):
    """After its own Hello the DR sends a new neighbour the stored message, No-Forward set."""
    meet(lab)
    lab.up.send(message(lab, fragment_tag=5))
    expect_flooded(lab, 5, ["up"])
    sent = lab.lan.send(hello(src=D, generation_id=1))
    answer = lab.lan.expect(hello(), within=lab.pim.timers.triggered_hello_delay, after=sent)
    found = lab.lan.expect(
        bootstrap(fragment_tag=5), after=sent, within=lab.pim.timers.triggered_hello_delay + 1
    )
    lab.check(found.time >= answer.time, "after the Hello")
    lab.check(found.src == lab.lan.dut, f"from the address of the link ({found})")
    if found.dst != D:  # to it alone, as older routers do
        lab.check(found.pim.flags & 0x80, f"No-Forward is set (flags 0x{found.pim.flags:02x})")
        lab.check(found.dst == ALL_PIM_ROUTERS, f"to all of the link ({found})")
    lab.wait(lab.timers.tolerance)
    again = lab.lan.send(hello(src=D, generation_id=2))
    lab.lan.expect(
        bootstrap(fragment_tag=5),
        after=again,
        within=lab.pim.timers.triggered_hello_delay + 1,
    )


@pim_case("BSR-ROUTER-3.5-01", pim=LEARNED, needs=NEEDS, seconds=9)
def other_routers_leave_that_to_the_designated_one(lab):
    """A router that is not DR tells a new neighbour nothing, unless that is the DR and it would be without it."""
    meet(lab)
    lab.up.send(message(lab, fragment_tag=5))
    expect_flooded(lab, 5, ["up"])
    sent = lab.lan.send(hello(src=lab.lan.higher(5), generation_id=1))
    lab.lan.expect(bootstrap(fragment_tag=5), after=sent, within=lab.pim.timers.triggered_hello_delay + 1)
    sent = lab.lan.send(hello(src=D, generation_id=1))
    lab.lan.expect_none(bootstrap(), after=sent, until=sent + lab.pim.timers.triggered_hello_delay + 1)
