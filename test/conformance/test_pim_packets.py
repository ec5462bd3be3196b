# SPDX-License-Identifier: GPL-2.0-only
"""PIM in the judge: what is built is what Scapy dissects and the judge's own decoder reads, of both families; labels; lies;
and every saboteur of a field changes what can be seen."""

from __future__ import annotations

import dataclasses

import pytest
from conformance.harness import *  # noqa: F401,F403
from conformance.harness import pim_building
from conformance.harness.addressing import Names
from conformance.harness.model import PORTS, Frame, Setup
from conformance.harness.pim_message import Candidate
from conformance.harness.pim_setup import ROUTES, PimTimers, features_of_pim, in_ipv6, pim_setup
from conformance.harness.registry import pim_case as declare
from conformance.harness.registry import registered
from conformance.harness.requirements import ConfigurationError
from conformance.harness.rewrite import change_pim
from conformance.harness.saboteur_pim import PIM_FIELDS, PIM_SABOTEURS, PimTalk, RemembersPim, WrongPim
from conformance.layers.pim import PIM, PIMJoinPrune, PIMRegister
from scapy.layers.l2 import Ether

GROUP, SOURCE = "239.1.2.3", "10.9.0.1"
FAMILIES = ("ipv4", "ipv6")
MESSAGES = {
    "hello": hello(holdtime=105, dr_priority=7, generation_id=9, tracking=True, addresses=["10.1.0.44"]),
    "hello_without_options": hello(holdtime=False, dr_priority=False, generation_id=False),
    "join_prune": join_prune(
        join_g(GROUP, RP), prune_rpt(GROUP, SOURCE), join_sg("239.1.2.4", SOURCE), holdtime=99
    ),
    "register": register(SOURCE, GROUP, payload=b"inside", inner_ttl=5),
    "null_register": null_register(SOURCE, GROUP),
    "register_stop": register_stop(SOURCE, GROUP),
    "assert": assert_(GROUP, SOURCE, rpt=True, preference=3, metric=4),
    "bootstrap": bootstrap(
        rp_range(rps=[(RP, 150, 1), (OTHER_RP, 0, 2)]), bsr=RP, priority=9, no_forward=True
    ),
    "candidate_rp": candidate_rp(RP, ["239.0.0.0/8"], priority=4, holdtime=33),
    "graft": graft(join_sg(GROUP, SOURCE), upstream="10.1.0.10", src="10.1.0.5"),
    "graft_ack": graft_ack(join_sg(GROUP, SOURCE), join_sg("239.1.2.4", SOURCE), upstream="10.1.0.5"),
    "state_refresh": state_refresh(
        GROUP, SOURCE, originator="10.9.0.200", preference=110, metric=20, mask_length=24, hops=9, interval=60,
        prune_indicator=True, prune_now=False, assert_override=True,
    ),
    "hello_of_dense_mode": hello(state_refresh=60),
    "unknown": pim_message(11, b"octets..", version=2),
}


def built(packet, family="ipv4", port="lan"):
    return packet.build(Context(names=Names(family, port=port)))


def read(packet, family="ipv4", port="lan"):
    return decode(built(packet, family, port), 1.0, port, Names(family, port=port))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_built_is_what_is_read(name, family):
    packet = MESSAGES[name]
    message = read(packet, family)
    assert not message.problems and message.checksum_ok and not message.extra
    assert message.ttl == (64 if message.kind in pim_building.UNICAST else 1)
    if name != "unknown":
        assert packet.matches(message)
    assert message.kind == {
        "hello_without_options": "hello",
        "hello_of_dense_mode": "hello",
        "null_register": "register",
        "unknown": "pim",
    }.get(name, name)
    assert str(message).startswith("PIM ")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", MESSAGES)
def test_scapy_finds_it_right(name, family):
    dissected = Ether(built(MESSAGES[name], family))
    assert dissected[PIM].has_right_checksum()
    assert dissected[PIM].version == 2 and dissected.src.startswith("02:00:")


@pytest.mark.parametrize("family", FAMILIES)
def test_fields_are_those_that_were_given(family):
    told = read(MESSAGES["hello"], family).pim
    assert (told.holdtime, told.dr_priority, told.generation_id, told.tracking) == (105, 7, 9, True)
    assert (told.propagation_delay, told.override_interval, told.addresses) == (500, 2500, ("10.1.0.44",))
    assert read(MESSAGES["hello_without_options"], family).pim.options == ()
    told = read(MESSAGES["join_prune"], family).pim
    assert (
        told.upstream == PORTS["lan"].dut_address
        and told.holdtime == 99
        and told.groups == (GROUP, "239.1.2.4")
    )
    assert [(one.kind, one.joined, one.address) for one in told.entries] == [
        ("*,G", True, RP),
        ("S,G,rpt", False, SOURCE),
        ("S,G", True, SOURCE),
    ]
    told = read(MESSAGES["register"], family).pim
    assert (told.source, told.group, told.inner_ttl, told.payload) == (SOURCE, GROUP, 5, b"inside")
    assert read(MESSAGES["null_register"], family).pim.null
    told = read(MESSAGES["assert"], family).pim
    assert (told.source, told.group, told.rpt, told.preference, told.metric) == (SOURCE, GROUP, True, 3, 4)
    told = read(MESSAGES["bootstrap"], family).pim
    assert told.bsr == RP and told.priority == 9 and told.flags == 0x80
    assert told.ranges[0].rps == (Candidate(RP, 150, 1), Candidate(OTHER_RP, 0, 2))
    told = read(MESSAGES["candidate_rp"], family).pim
    assert (told.rp, told.priority, told.holdtime, len(told.ranges)) == (RP, 4, 33, 1)


def test_addresses_of_ipv6_are_of_the_link_or_global_by_their_role():
    raw = decode(built(MESSAGES["join_prune"], "ipv6"))
    assert raw.src == "fe80::1:64" and raw.dst == "ff02::d"
    assert raw.pim.upstream == "fe80::1:a" and raw.pim.entries[0].address == "2001:db8:8::1"
    raw = decode(built(MESSAGES["register_stop"], "ipv6"))
    assert raw.src == "2001:db8:8::1" and raw.dst == "2001:db8::a" and raw.pim.source == "2001:db8:9::1"
    assert decode(built(MESSAGES["bootstrap"], "ipv6")).pim.ranges[0].prefix == "ff00::/8"


@pytest.mark.parametrize("family", FAMILIES)
def test_an_entry_is_an_expectation(family):
    message = read(MESSAGES["join_prune"], family)
    assert join_g(GROUP).matches(message) and join_g(GROUP, RP).matches(message)
    assert prune_rpt(GROUP, SOURCE).matches(message) and join_sg("239.1.2.4", SOURCE).matches(message)
    for other in (join_g(GROUP, OTHER_RP), prune_g(GROUP), join_rpt(GROUP, SOURCE), join_sg(GROUP, SOURCE)):
        assert not other.matches(message)
    assert not join_prune(join_g(GROUP)).matches(message), "exactly these entries"
    assert join_prune(join_g(GROUP), only=False).matches(message)
    assert not join_prune(join_g(GROUP), only=False, upstream=UPSTREAM).matches(message)
    assert join_prune(only=False, upstream=PORTS["lan"].dut_address).matches(message)


@pytest.mark.parametrize("family", FAMILIES)
def test_expected_fields_decide(family):
    message = read(MESSAGES["hello"], family)
    assert hello(holdtime={105, 1}, addresses=["10.1.0.44"]).matches(message) and any_pim().matches(message)
    for field in (
        dict(holdtime=104),
        dict(tracking=False),
        dict(addresses=[]),
        dict(src="10.1.0.99"),
        dict(ttl=2),
    ):
        assert not hello(**field).matches(message)
    assert not any_join_prune().matches(message) and not general_query().matches(message)
    with pytest.raises(TypeError):
        hello(more=b"x").matches(message)


@pytest.mark.parametrize("family", FAMILIES)
def test_lies_are_told_where_they_are_asked(family):
    bad = read(MESSAGES["join_prune"].but(checksum="bad"), family)
    assert not bad.checksum_ok and not MESSAGES["join_prune"].matches(bad)
    whole = read(MESSAGES["register"].but(checksum="whole"), family)
    assert not whole.checksum_ok and whole.pim.whole_checksum_ok
    assert read(join_prune(join_g(GROUP), joins=5), family).problems
    assert read(join_prune(join_g(GROUP), groups=2), family).problems
    assert read(hello(version=3), family).kind == "pim"
    entry = read(
        join_sg(GROUP, SOURCE, mask=8, group_mask=9, reserved=3, sparse=False, group_flags=0x81), family
    ).pim.entries[0]
    assert (entry.mask_length, entry.group_mask_length, entry.reserved, entry.sparse, entry.group_flags) == (
        8,
        9,
        3,
        False,
        0x81,
    )
    assert read(join_g(GROUP, RP, rpt_bit=False), family).pim.entries[0].kind == "?"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", MESSAGES)
def test_every_truncation_is_read_without_an_exception(name, family):
    frame = built(MESSAGES[name], family)
    for cut in range(len(frame)):
        decode(frame[:cut], 0.0, "lan", Names(family, port="lan"))
    size = len(frame) - (54 if family == "ipv6" else 34)
    for cut in range(size):
        message = read(MESSAGES[name].but(truncate=cut), family)
        assert message.pim is not None and message.pim.size == cut


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("saboteur", PIM_FIELDS, ids=lambda one: one.name)
def test_every_field_saboteur_changes_something_that_can_be_seen(saboteur, family):
    changed = 0
    for packet in (*MESSAGES.values(), hello(propagation_delay=1, addresses=["10.1.0.7"])):
        frame = Frame(0.0, "lan", built(packet, family))
        (after,) = saboteur(None, Setup("router", family=family)).outgoing(frame)
        before, now = (decode(one.data, 0.0, "lan", Names(family, port="lan")) for one in (frame, after))
        changed += (before.pim, before.problems, before.extra, before.checksum_ok) != (
            now.pim,
            now.problems,
            now.extra,
            now.checksum_ok,
        )
        if saboteur.checksum:
            assert now.checksum_ok
    assert changed


def test_frames_without_pim_pass_the_saboteurs():
    frame = general_query().build(Context())
    assert change_pim(frame, lambda message, size: b"") == frame
    data_frame = data(GROUP, SOURCE).build(Context())
    assert change_pim(data_frame, lambda message, size: b"") == data_frame


class Told:
    """A system that tells of its neighbours what it is told to."""

    def __init__(self):
        self.rows = []

    def now(self):
        return 0.0

    def mac(self, port):
        return "02:00:00:00:00:01"


def test_state_saboteurs_lie():
    setup = Setup("router")
    remembers = RemembersPim(Told(), setup)
    assert remembers.pim_state("pim_neighbors('lan',)", [{"address": "10.1.0.1"}]) == [
        {"address": "10.1.0.1"}
    ]
    assert remembers.pim_state("pim_neighbors('lan',)", []) == [{"address": "10.1.0.1"}]
    wrong = WrongPim(Told(), setup).pim_state("pim_neighbors", [{"address": "a", "expires": 3.0, "up": True}])
    assert wrong == [{"address": "a", "expires": 13.0, "up": False}]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_talker_talks_about_what_it_has_heard(family):
    talker = PimTalk(Told(), Setup("router", family=family))
    talker.incoming("lan", built(MESSAGES["join_prune"], family))
    said = [decode(one.data, 0.0, one.port, Names(family, port=one.port)) for one in talker.extra()]
    for entry in (join_g(GROUP), prune_g(GROUP), join_rpt(GROUP, SOURCE), prune_sg("239.1.2.4", SOURCE)):
        assert any(entry.matches(one) for one in said if one.port == "up")
    assert any(one.kind == "assert" for one in said) and any(one.kind == "register" for one in said)
    assert len({one.name for one in PIM_SABOTEURS}) == len(PIM_SABOTEURS)


# ---- setups and registration ----


def test_a_setup_says_what_it_needs():
    assert features_of_pim({}) == set()
    given = dict(
        rp=None,
        spt="never",
        timers=dict(hello_period=3.0),
        interfaces=dict(lan=dict(dr_priority=4, tracking=True)),
    )
    assert features_of_pim(given) == {
        "config:pim:spt:never",
        "config:pim:timers:hello_period",
        "config:pim:dr_priority",
        "config:pim:tracking",
    }
    assert "config:pim:candidate_bsr" in features_of_pim(dict(candidate_bsr=dict(priority=3)))


def test_a_setup_has_defaults_and_ipv6_addresses():
    setup = pim_setup({}, PimTimers(hello_period=9.0))
    assert (
        [one.address for one in setup.rps] == [RP]
        and setup.routes == ROUTES
        and setup.timers.hello_period == 9.0
    )
    assert setup.timers.neighbor_holdtime == 31 and setup.timers.tree_holdtime == 210
    real = in_ipv6(pim_setup(dict(rp="dut", interfaces=dict(lan=dict(secondary=["10.1.0.7"])))))
    assert real.rps[0].address == "2001:db8::a" and real.rps[0].groups == "ff00::/8"
    assert real.interface("lan").secondary == ("2001:db8:1::7",)
    route = next(one for one in real.routes if one.port == "lan2")
    assert (route.prefix, route.next_hop) == ("2001:db8:6::/64", "fe80::2:14")
    with pytest.raises(ConfigurationError):
        pim_setup(dict(interfaces=dict(nowhere={})))
    with pytest.raises(TypeError):
        pim_setup(dict(unheard_of=1))


def test_a_case_is_declared_for_both_families():
    def some_case(lab):
        """A title with 10.9.0.1 in it."""

    declare("PIMSM-ROUTER-4.3.1-01", role="dr", pim=dict(spt="never"), seconds=3)(some_case)
    try:
        mine = {one.name: one for one in registered(__name__)}
        first, second = mine[f"{__name__}.some_case"], mine[f"pim6_{__name__}.some_case"]
        assert {"pim", "role:router", "config:pim:spt:never"} <= first.needs and first.family == "ipv4"
        assert second.family == "ipv6" and second.labels and "2001:db8:9::1" in second.title
        assert second.make_setup(TimerSet()).pim.rps[0].address == "2001:db8:8::1"
        assert second.make_setup(TimerSet(qi=4.0)).timers.qi == 60.0, "members stay where time is real"
    finally:
        from conformance.harness import registry

        for name in list(registry._registry):
            if name.endswith("some_case"):
                del registry._registry[name]
    with pytest.raises(ConfigurationError, match="unknown requirement"):
        declare("PIMSM-NONSENSE")(some_case)


def test_scapy_layers_agree_about_counts():
    dissected = Ether(built(MESSAGES["join_prune"]))[PIMJoinPrune]
    assert dissected.num_groups == 2 and [len(one.joins) for one in dissected.groups] == [1, 1]
    assert Ether(built(MESSAGES["register"]))[PIMRegister].null == 0
    assert dataclasses.asdict(PimTimers())["keepalive_period"] == 210.0


# ---- dense mode ----


@pytest.mark.parametrize("family", FAMILIES)
def test_state_refresh_fields_are_those_that_were_given(family):
    told = read(MESSAGES["state_refresh"], family).pim
    assert (told.group, told.source, told.originator) == (GROUP, SOURCE, "10.9.0.200")
    assert (told.preference, told.metric, told.mask_length, told.hops, told.interval) == (110, 20, 24, 9, 60)
    assert (told.prune_indicator, told.prune_now, told.assert_override, told.rpt) == (True, False, True, False)
    for other in (dict(hops=8), dict(prune_now=True), dict(originator="10.9.0.1"), dict(mask_length=16), dict(rpt=True)):
        assert not MESSAGES["state_refresh"].but(**other).matches(read(MESSAGES["state_refresh"], family))
    assert read(MESSAGES["hello_of_dense_mode"], family).pim.state_refresh == 60
    assert read(MESSAGES["hello"], family).pim.state_refresh is None


def test_grafts_are_unicast_on_the_link():
    raw = decode(built(MESSAGES["graft"], "ipv6"))
    assert (raw.src, raw.dst, raw.ttl) == ("fe80::1:5", "fe80::1:a", 1) and raw.pim.holdtime == 0
    assert raw.dst_mac == Context().dut_mac
    assert decode(built(MESSAGES["graft"])).dst == "10.1.0.10"
    assert graft(join_sg(GROUP, SOURCE), dst="10.1.0.10").matches(read(MESSAGES["graft"]))
    assert not graft(join_sg(GROUP, SOURCE)).matches(read(MESSAGES["graft_ack"]))


def test_the_s_bit_is_that_of_the_mode_unless_it_is_given():
    def sparse(packet, dense):
        return decode(packet.build(Context(dense=dense))).pim.entries[0].sparse

    entry = prune_sg(GROUP, SOURCE)
    assert sparse(join_prune(entry), False) and not sparse(join_prune(entry), True)
    assert not sparse(graft(join_sg(GROUP, SOURCE)), False)
    assert sparse(graft(join_sg(GROUP, SOURCE, sparse=True)), True)


def test_a_setup_of_dense_mode_says_what_it_needs():
    assert features_of_pim(dict(mode="dense")) == {"pim:dense"}
    mixed = dict(interfaces=dict(lan=dict(mode="dense")), dense_groups=["239.0.0.0/8"], state_refresh=False)
    assert features_of_pim(mixed) == {
        "pim:dense",
        "config:pim:mixed_modes",
        "config:pim:dense_groups",
        "config:pim:state_refresh",
    }
    setup = pim_setup(mixed)
    assert (setup.mode_of("lan"), setup.mode_of("up"), setup.has_dense) == ("dense", "sparse", True)
    assert in_ipv6(pim_setup(dict(dense_groups=["239.1.2.3/32"]))).dense_groups == ("ff1e::1:2:3/128",)
    with pytest.raises(ConfigurationError, match="'thick'"):
        pim_setup(dict(mode="thick"))
