# SPDX-License-Identifier: GPL-2.0-only
"""The system as a candidate BSR and as a candidate RP (RFC 5059 3.1.1, 3.2, 3.3).

Its address as either is that of ``up``. Other BSRs are upstream, with addresses higher than its own.
"""

import ipaddress
import math

from conformance.harness import *

from .pim_scene import *

CANDIDATE = {"rp": None, "candidate_bsr": {"address": OWN_RP, "priority": 100}}
RIVAL = BSR
RANGE = "239.1.0.0/16"
NEEDS = "pim:bsr"
SHORT = "config:pim:timers:bootstrap_period"  # or cases take minutes


def rival(lab, priority, **fields):
    """A Bootstrap message of another candidate, with no ranges."""
    return from_bsr(lab, **{"bsr": RIVAL, "priority": priority, **fields})


def own(**fields):
    """The expectation of a Bootstrap message that the system originates."""
    return bootstrap(bsr=OWN_RP, **fields)


def forwarded(**fields):
    return bootstrap(bsr=RIVAL, **fields)


def period(lab):
    return lab.pim.timers.bootstrap_period


def delay(lab, stored_priority=None, stored=None, priority=100):
    """BS_Rand_Override of the system (RFC 5059 5), in seconds."""
    bits = 32 if lab.family == "ipv4" else 128
    mine = int(ipaddress.ip_address(lab.names.real(OWN_RP)))
    best_priority = max(priority, -1 if stored_priority is None else stored_priority)
    best = max(mine, mine if stored is None else int(ipaddress.ip_address(lab.names.real(stored))))
    if best_priority == priority:
        address = math.log2(1 + best - mine) / (16 if bits == 32 else 64)
    else:
        address = 2 - mine / 2 ** (bits - 1)
    return 5 + 2 * math.log2(1 + best_priority - priority) + address


def elected(lab):
    """The system is BSR: its first message."""
    meet(lab)
    return by_now(lab, "up", own(), within=23)


# ---- the election ------------------------------------------------------------------------------------------


@pim_case(
    "BSR-ROUTER-3.1.1-01",
    "BSR-ROUTER-3.1.1-02",
    "BSR-ROUTER-5-02",
    "BSR-ROUTER-4.1-01",
    "BSR-ANY-4-01",
    needs=NEEDS,
    pim=CANDIDATE,
    seconds=25,
)
def lone_candidate_is_elected_after_a_while(lab):
    """With nobody better the candidate waits for BS_Rand_Override, 5 to 23 s, and originates its first message."""
    meet(lab)
    found = lab.up.expect(own(), within=23)
    least = (
        5 - margin(lab) if lab.virtual else 3
    )  # a system may have started some time before its first frame
    lab.check(found.time > least, f"not before 5 s are over ({found.time:.1f} s)")
    pim = found.pim
    mask = usual_mask(lab)
    lab.check(pim.hash_mask_length == mask, f"hash mask length {mask} ({pim.hash_mask_length})")
    lab.check(pim.priority == 100 and pim.flags == 0, f"its priority, No-Forward not set ({found})")
    lab.check(found.ttl == 1 and found.dst == ALL_PIM_ROUTERS, f"to the link ({found})")
    lab.check(found.src == lab.up.dut, f"from the address of the link ({found.src})")


@pim_case("BSR-ROUTER-3.1.1-09", "BSR-ROUTER-5-01", needs=NEEDS, pim=CANDIDATE, seconds=lambda timers: 150)
def elected_one_repeats_its_message(lab):
    """The elected BSR originates a message every BS_Period, each with a tag of its own.

    Once a BS_Min_Interval has passed since the first one it may send another, for the RPs that it has heard of.
    """
    first = elected(lab)
    lab.wait_until(first.time + lab.pim.timers.bootstrap_min_interval + margin(lab))
    found = lab.up.expect(own(), within=period(lab))
    tags = [first.pim.fragment_tag, found.pim.fragment_tag]
    for _ in range(1 + lab.virtual):
        found = lab.up.expect(own(), at=found.time + period(lab))
        tags.append(found.pim.fragment_tag)
    lab.check(len(set(tags)) > 1, f"the tags differ ({tags})")


@pim_case(
    "BSR-ROUTER-3.1.1-03",
    "BSR-ROUTER-3.1.1-06",
    "BSR-ROUTER-5-02",
    needs=[NEEDS, SHORT],
    pim=CANDIDATE,
    seconds=60,
)
def pending_one_gives_way(lab):
    """A pending candidate that hears a better one floods its message, keeps quiet, and takes over when that is
    silent for BS_Timeout, after a time that its own weight tells."""
    meet(lab, U, D)
    heard = lab.up.send(rival(lab, 110, fragment_tag=7))
    for port in (lab.up, lab.lan):
        port.expect(forwarded(fragment_tag=7))
    silent = heard + lab.pim.timers.bsr_timeout
    at = silent + delay(lab, 110, RIVAL)
    lab.up.expect_none(own(), after=heard, until=at - margin(lab) - 0.01)
    lab.up.expect(own(), at=at, tolerance=0.02 + lab.timers.tolerance)


@pim_case("BSR-ROUTER-5-02", needs=[NEEDS, "virtual"], pim=CANDIDATE)
def equal_candidates_wait_by_their_addresses(lab):
    """Of candidates of one priority that with the higher address waits less: log2 of the difference counts."""
    meet(lab)
    heard = lab.up.send(rival(lab, 100))
    at = heard + lab.pim.timers.bsr_timeout + delay(lab, 100, RIVAL)
    lab.up.expect(own(), at=at, tolerance=0.02 + lab.timers.tolerance)
    lab.up.expect_none(own(), after=heard, until=at - 0.05)


@pim_case("BSR-ROUTER-3.1.1-04", "BSR-ROUTER-3.1.4-01", needs=[NEEDS, "virtual"], pim=CANDIDATE)
def pending_one_floods_lesser_messages(lab):
    """A pending candidate floods the message of a lesser one and is elected all the same, at the same time."""
    meet(lab, U, D)
    lab.up.send(rival(lab, 90, fragment_tag=7), after=1.0)
    for port in (lab.up, lab.lan):
        port.expect(forwarded(fragment_tag=7))
    lab.up.expect(own(), at=delay(lab), tolerance=0.02 + lab.timers.tolerance)


@pim_case("BSR-ROUTER-3.1.1-05", needs=[NEEDS, SHORT], pim=CANDIDATE, seconds=70)
def better_bsr_keeps_the_candidate_quiet(lab):
    """Each message of the better BSR, or of a still better one, keeps the candidate quiet for BS_Timeout."""
    meet(lab, U, D)
    heard = begun = lab.up.send(rival(lab, 110))
    for number in range(3):
        heard = lab.up.send(rival(lab, 110 + number, fragment_tag=number), after=period(lab))
        lab.lan.expect(forwarded(fragment_tag=number))
    lab.up.expect_none(own(), after=begun + margin(lab), until=heard + lab.pim.timers.bsr_timeout + 5)
    lab.up.expect(own(), within=18)


@pim_case("BSR-ROUTER-3.1.1-08", needs=NEEDS, pim=CANDIDATE, seconds=5)
def candidate_ignores_lesser_messages(lab):
    """A candidate that knows a better BSR discards the message of a lesser one, better than itself or not."""
    meet(lab, U, D)
    lab.up.send(rival(lab, 120, fragment_tag=1))
    lab.lan.expect(forwarded(fragment_tag=1))
    for tag, priority in enumerate((90, 119), 2):
        lab.up.send(from_bsr(lab, bsr="10.8.0.60", priority=priority, fragment_tag=tag))
        for port in (lab.up, lab.lan):
            port.expect_none(bootstrap(fragment_tag=tag), within=2 * lab.timers.tolerance)


@pim_case("BSR-ROUTER-3.1.1-07", needs=NEEDS, pim=CANDIDATE, seconds=28)
def candidate_takes_over_when_the_bsr_becomes_lesser(lab):
    """The known BSR's message with a priority below the candidate's own is flooded; the candidate is elected next."""
    meet(lab, U, D)
    lab.up.send(rival(lab, 120, fragment_tag=1))
    lab.lan.expect(forwarded(fragment_tag=1))
    heard = lab.up.send(rival(lab, 80, fragment_tag=2))
    lab.lan.expect(forwarded(fragment_tag=2))
    found = lab.up.expect(own(), within=23)
    lab.check(found.time - heard > 5 - margin(lab), f"after 5 s and more ({found.time - heard:.1f} s)")


@pim_case("BSR-ROUTER-3.1.1-10", needs=NEEDS, pim=CANDIDATE, seconds=100)
def elected_one_gives_way_to_a_better_one(lab):
    """The elected BSR that hears a better candidate floods that one's message and originates no more."""
    elected(lab)
    meet(lab, D)
    lab.up.send(rival(lab, 110, fragment_tag=7))
    for port in (lab.up, lab.lan):
        port.expect(forwarded(fragment_tag=7))
    lab.up.expect_none(own(), within=1.2 * period(lab))


@pim_case("BSR-ROUTER-3.1.1-11", "BSR-ROUTER-3.1-03", needs=NEEDS, pim=CANDIDATE, seconds=lambda timers: 110)
def elected_one_answers_a_lesser_candidate(lab):
    """The elected BSR answers the message of a lesser candidate by its own, which BS_Period is counted from."""
    first = elected(lab)
    meet(lab, D)
    lab.wait_until(first.time + lab.pim.timers.bootstrap_min_interval + 2)
    lab.up.send(rival(lab, 99, fragment_tag=7))
    answer = lab.up.expect(own())
    lab.lan.expect_none(forwarded())
    lab.up.expect_none(own(), after=answer, until=answer.time + period(lab) - margin(lab))
    lab.up.expect(own(), at=answer.time + period(lab))


@pim_case(
    "BSR-ROUTER-3.1.1-11",
    "BSR-ROUTER-3.3-07",
    needs=NEEDS,
    pim=CANDIDATE,
    seconds=36,
    ambiguous=("at once", "when BS_Min_Interval is over"),
)
def elected_one_hears_a_lesser_candidate_soon_after_its_own_message(lab):
    """A lesser candidate is answered at once (3.1.1), and two messages are BS_Min_Interval apart (3.3)."""
    first = elected(lab)
    heard = lab.up.send(rival(lab, 99), after=2.0)
    answer = lab.up.expect(own(), after=heard, within=lab.pim.timers.bootstrap_min_interval)
    if answer.time - heard < 2 * margin(lab):
        lab.reading("at once")
    apart = answer.time - first.time
    least = lab.pim.timers.bootstrap_min_interval
    lab.check(
        abs(apart - least) < 2 * margin(lab),
        f"the answer comes at once, or {least:g} s after the first message",
    )
    lab.reading("when BS_Min_Interval is over")


# ---- what the BSR tells ------------------------------------------------------------------------------------


def advertise(lab, rp=RP, prefixes=(RANGE,), **fields):
    """A Candidate-RP-Advertisement of ``rp``, to the system as BSR."""
    return lab.up.send(candidate_rp(rp, prefixes, **{"src": rp, "dst": OWN_RP, **fields}))


def next_set(lab, heard):
    """The next message after ``heard``: its RPs with a holdtime above zero, by range."""
    found = lab.up.expect(own(), after=heard, within=period(lab))
    return found, rps_of(found)


def rps_of(message):
    told = {one.prefix: {rp.address: rp for rp in one.rps if rp.holdtime} for one in message.pim.ranges}
    return {prefix: rps for prefix, rps in told.items() if rps}


def range_of(lab, prefix=RANGE):
    """A range as messages show it."""
    real = lab.names.plan.prefix(prefix) if lab.family == "ipv6" else prefix
    address, _, length = real.partition("/")
    return f"{lab.names.seen(address)}/{length}"


@pim_case(
    "BSR-ROUTER-3.3-01",
    "BSR-ROUTER-3.3-07",
    "BSR-ROUTER-3.3-08",
    "BSR-ROUTER-4.1-01",
    "BSR-ROUTER-4.2-01",
    needs=NEEDS,
    pim=CANDIDATE,
    seconds=40,
)
def advertised_rps_are_told(lab):
    """The new BSR's first message has no RPs; the next, BS_Min_Interval later, has those that have advertised."""
    first = elected(lab)
    lab.check(not rps_of(first), f"the first message has no RPs ({first})")
    advertise(lab, RP, priority=10, holdtime=200)
    advertise(lab, OTHER_RP, priority=20, holdtime=210)
    found, told = next_set(lab, first)
    least = lab.pim.timers.bootstrap_min_interval
    lab.check(
        found.time - first.time > least - margin(lab), f"{least:g} s later ({found.time - first.time:.1f} s)"
    )
    rps = told.get(range_of(lab), {})
    lab.check(set(rps) == {RP, OTHER_RP}, f"the range has both RPs ({found})")
    lab.check((rps[RP].priority, rps[OTHER_RP].priority) == (10, 20), "with their priorities")
    lab.check((rps[RP].holdtime, rps[OTHER_RP].holdtime) == (200, 210), "and holdtimes")
    one = next(one for one in found.pim.ranges if one.rps)
    lab.check(one.rp_count == one.fragment_rp_count == 2, f"counts of 2 ({one})")


@pim_case("BSR-ROUTER-3.3-07", needs=[NEEDS, "virtual"], pim=CANDIDATE)
def messages_keep_their_distance(lab):
    """Changes of the RPs are told early, but never within BS_Min_Interval of the message before."""
    first = elected(lab)
    least = lab.pim.timers.bootstrap_min_interval
    for number in range(1, 30):
        advertise(lab, f"10.8.0.{number}")
        lab.wait(1.0)
    times = [first.time] + [one.time for one in lab.up.collect(own(), least, after=first)]
    gaps = [after - before for before, after in zip(times, times[1:])]
    lab.check(len(gaps) >= 2, f"several messages in 40 s ({len(gaps) + 1})")
    lab.check(min(gaps) >= least - lab.timers.tolerance, f"{least:g} s apart or more ({min(gaps):.2f} s)")


@pim_case("BSR-ROUTER-3.3-01", "BSR-ROUTER-3.2-03", needs=[NEEDS, SHORT], pim=CANDIDATE, seconds=45)
def withdrawn_rp_is_told(lab):
    """An advertisement with a holdtime of 0 takes the RP out of the set; a message says so early."""
    first = elected(lab)
    for rp in (RP, OTHER_RP):
        advertise(lab, rp)
    found, told = next_set(lab, first)
    lab.require(set(told.get(range_of(lab), {})) == {RP, OTHER_RP}, "the BSR tells both RPs")
    lab.wait(20.0)
    when = advertise(lab, RP, holdtime=0)
    found, told = next_set(lab, when)
    lab.check(set(told.get(range_of(lab), {})) == {OTHER_RP}, f"the other one alone is left ({found})")
    lab.check(found.time - when < period(lab) / 2, f"early ({found.time - when:.1f} s)")


@pim_case("BSR-ROUTER-3.3-03", "BSR-ROUTER-3.3-01", needs=[NEEDS, SHORT], pim=CANDIDATE, seconds=60)
def rp_that_is_silent_is_taken_out(lab):
    """An RP is in the set for the holdtime of its last advertisement."""
    elected(lab)
    advertise(lab, RP, holdtime=80)
    lab.wait(60.0)
    last = advertise(lab, RP, holdtime=100)
    lab.wait_until(last + 99)
    kept = [one for one in lab.up.frames if own().matches(one) and last < one.time]
    lab.check(kept and all(range_of(lab) in rps_of(one) for one in kept), "it is told as long as that lasts")
    lab.wait(2 * period(lab))
    after = [one for one in lab.up.frames if own().matches(one) and one.time > last + 101]
    lab.check(after and not any(rps_of(one) for one in after), "and no longer")


@pim_case("BSR-ROUTER-3.3-06", needs=[NEEDS, SHORT], pim=CANDIDATE, seconds=20)
def short_holdtimes_are_replaced(lab):
    """An RP whose holdtime is not above BS_Period is told with one that is."""
    first = elected(lab)
    advertise(lab, RP, holdtime=30)
    found, told = next_set(lab, first)
    holdtime = told[range_of(lab)][RP].holdtime
    lab.check(holdtime > period(lab), f"a holdtime of more than {period(lab):g} s ({holdtime})")


@pim_case("BSR-ROUTER-3.3-02", needs=NEEDS, pim=CANDIDATE, seconds=40)
def advertisement_without_ranges_is_for_all_groups(lab):
    """An advertisement without ranges counts for all groups, as older candidates mean it."""
    first = elected(lab)
    advertise(lab, RP, [])
    found, told = next_set(lab, first)
    lab.check(RP in told.get(range_of(lab, ALL_GROUPS), {}), f"the range of all groups has it ({found})")


@pim_case("BSR-ROUTER-3.3-01", needs=[NEEDS, "virtual"], pim=CANDIDATE)
def advertisement_is_for_the_elected_one(lab):
    """A candidate BSR that is not elected takes no advertisements: elected later it does not know them."""
    meet(lab)
    heard = lab.up.send(rival(lab, 110))
    advertise(lab, RP, holdtime=1000)
    found = lab.up.expect(own(), within=lab.pim.timers.bsr_timeout + 23, after=heard)
    lab.check(not rps_of(found), f"no RPs ({found})")
    advertise(lab, OTHER_RP)
    found, told = next_set(lab, found)
    lab.check(set(told.get(range_of(lab), {})) == {OTHER_RP}, f"those that advertised since ({found})")


@pim_case("BSR-ROUTER-3.3-04", needs=[NEEDS, SHORT], pim=CANDIDATE, seconds=20)
def range_of_a_good_priority_is_told_as_it_is(lab):
    """What an RP with a priority value below 128 advertises is told range by range."""
    first = elected(lab)
    prefixes = [RANGE, "239.1.2.0/24", "239.7.0.0/16"]
    advertise(lab, RP, prefixes, priority=127)
    found, told = next_set(lab, first)
    lab.check(set(told) == {range_of(lab, one) for one in prefixes}, f"these ranges ({found})")


@pim_case("BSR-ROUTER-3.3-01", "PIMSM-ROUTER-4.7.1-01", needs=NEEDS, pim=CANDIDATE, seconds=40)
def bsr_uses_what_it_tells(lab):
    """The BSR itself joins groups towards the RP that it tells the others."""
    first = elected(lab)
    advertise(lab, RP)
    next_set(lab, first)
    expect_rp(lab, G, RP)


@pim_case("BSR-ROUTER-4.1.1-01", needs=[NEEDS, "virtual"], pim=CANDIDATE)
def large_set_is_told_in_fragments(lab):
    """What does not fit one packet is told in several of one tag, priority and mask, each with whole ranges."""
    first = elected(lab)
    wanted = [f"239.{number}.0.0/16" for number in range(1, 101)]
    for start in range(0, 100, 25):
        advertise(lab, RP, wanted[start : start + 25])
    lab.wait_until(first.time + lab.pim.timers.bootstrap_min_interval + 1)
    found = [one for one in lab.up.frames if own().matches(one) and one.time > first.time and one.pim.ranges]
    lab.check(len(found) > 1, f"several packets ({len(found)})")
    lab.check(
        len({(one.pim.fragment_tag, one.pim.priority, one.pim.hash_mask_length) for one in found}) == 1,
        "alike",
    )
    lab.check(max(len(one.raw) for one in found) <= 14 + 1500, "none larger than the link takes")
    told = [one.prefix for message in found for one in message.pim.ranges]
    lab.check(sorted(told) == sorted(range_of(lab, one) for one in wanted), "each range is there once")


@pim_case("BSR-ROUTER-6.5-01", needs=[NEEDS, "virtual"], pim=CANDIDATE)
def flood_of_advertisements_starves_nothing(lab):
    """A thousand advertisements at once keep no better Bootstrap message from being heard."""
    elected(lab)
    meet(lab, D)
    for number in range(1000):
        advertise(lab, f"10.8.0.{number % 50 + 1}")
    lab.up.send(rival(lab, 110, fragment_tag=7))
    lab.lan.expect(forwarded(fragment_tag=7))


# ---- the candidate RP --------------------------------------------------------------------------------------

OFFER = {"rp": None, "candidate_rps": [{"address": OWN_RP, "groups": [RANGE]}]}


def offers(**fields):
    return candidate_rp(OWN_RP, dst=BSR, **fields)


@pim_case(
    "BSR-ROUTER-3.2-02",
    "BSR-ROUTER-3.2-01",
    "BSR-ROUTER-4.2-01",
    "BSR-ANY-4-01",
    needs=NEEDS,
    pim=OFFER,
    seconds=15,
)
def candidate_rp_offers_itself_to_a_new_bsr(lab):
    """A new BSR gets one to three advertisements, each after up to 3 s, with the ranges, priority and holdtime."""
    meet(lab)
    lab.up.expect_none(candidate_rp(), within=2 * lab.timers.tolerance)
    heard = lab.up.send(from_bsr(lab))
    found = lab.up.collect(candidate_rp(), 9 + lab.timers.tolerance)
    lab.check(1 <= len(found) <= 3, f"one to three ({len(found)})")
    lab.check(
        found[0].time - heard < 3 + margin(lab), f"the first within 3 s ({found[0].time - heard:.1f} s)"
    )
    pim = found[0].pim
    lab.check(
        found[0].dst == BSR and found[0].src == OWN_RP, f"from the RP's address to the BSR's ({found[0]})"
    )
    lab.check(found[0].ttl > 1, f"as any unicast packet ({found[0].ttl})")
    lab.check(
        pim.rp == OWN_RP and [one.prefix for one in pim.ranges] == [range_of(lab)], f"its range ({found[0]})"
    )
    lab.check(pim.priority == 192, f"priority 192 unless configured ({pim.priority})")
    holdtime = 2.5 * lab.pim.timers.candidate_rp_period
    lab.check(abs(pim.holdtime - holdtime) < 1, f"holdtime {holdtime:g} s ({pim.holdtime})")


@pim_case("BSR-ROUTER-3.2-01", "BSR-ROUTER-5-01", needs=[NEEDS, "virtual"], pim=OFFER)
def candidate_rp_offers_itself_periodically(lab):
    """After the first ones an advertisement goes to the BSR every C_RP_Adv_Period, none when there is no BSR."""
    meet(lab)
    heard = lab.up.send(from_bsr(lab))
    found = lab.up.collect(offers(), 9 + lab.timers.tolerance)
    lab.check(found, "the first ones come")
    last = found[-1].time
    for _ in range(2):
        lab.up.send(from_bsr(lab), after=30.0)
        last = lab.up.expect(offers(), at=last + lab.pim.timers.candidate_rp_period).time
    silent = lab.now + lab.pim.timers.bsr_timeout
    lab.wait_until(silent + margin(lab))
    lab.up.expect_none(candidate_rp(), after=lab.now, until=lab.now + 2 * lab.pim.timers.candidate_rp_period)


@pim_case("BSR-ROUTER-3.2-02", needs=NEEDS, pim=OFFER, seconds=20)
def candidate_rp_turns_to_a_better_bsr(lab):
    """When another BSR is elected it is the one that gets the advertisements."""
    meet(lab)
    lab.up.send(from_bsr(lab))
    lab.up.expect(offers(), within=3)
    lab.up.send(from_bsr(lab, bsr="10.8.0.60"))
    lab.up.expect(candidate_rp(OWN_RP, dst="10.8.0.60"), within=3)


@pim_case(
    "BSR-ROUTER-3.2-01",
    needs=NEEDS,
    pim={**OFFER, "candidate_bsr": {"address": OWN_RP, "priority": 100}},
    seconds=50,
)
def bsr_that_is_a_candidate_rp_tells_itself(lab):
    """An elected BSR that is a candidate RP, too, has itself in the set that it tells."""
    first = elected(lab)
    if OWN_RP in rps_of(first).get(range_of(lab), {}):
        return
    found, told = next_set(lab, first)
    lab.check(OWN_RP in told.get(range_of(lab), {}), f"the range has its own address ({found})")


@pim_case("PIMSM-ROUTER-4.7.1-02", "BSR-ROUTER-3.1.5-05", needs=[NEEDS, "forwarding"], pim=OFFER, seconds=6)
def told_to_be_rp_it_is(lab):
    """A router that a Bootstrap message names as RP takes Registers and joins of its groups."""
    meet(lab)
    learn(lab, one_range([OWN_RP], RANGE))
    join(lab, rp=OWN_RP)
    send_register(lab, payload=b"registered")
    lab.lan.expect(data(G, S, payload=b"registered"))
    learn(lab, one_range([RP], RANGE))
    send_register(lab, payload=b"no more")
    lab.up.expect(stops())
    lab.lan.expect_none(data(G, payload=b"no more"))
