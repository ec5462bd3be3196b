# SPDX-License-Identifier: GPL-2.0-only
"""A case that is written once runs for both families: registration, the lab, the saboteurs, the reports."""

from __future__ import annotations

import pytest
from conformance.harness import *  # noqa: F401,F403
from conformance.harness.execute import run_case
from conformance.harness.model import Verdict
from conformance.harness.registry import name_of, registered, select
from conformance.harness.requirements import ConfigurationError
from conformance.harness.sabotage import sabotage
from conformance.harness.timers import Timers

import toy_mld_cases
from fake_system import FakeTarget

TOYS = toy_mld_cases.TOYS


def toy(name, family="ipv6"):
    return TOYS[f"{'mld_' if family == 'ipv6' else ''}toy_mld_cases.{name}"]


def test_a_twin_has_its_own_name_requirements_needs_and_words():
    mine, twin = (toy("leave_is_answered_by_group_queries", family) for family in ("ipv4", "ipv6"))
    assert mine.family == "ipv4" and twin.family == "ipv6" and twin.labels and twin.function is mine.function
    assert twin.requirements == ("MLDV2-QUERIER-7.4.2-07",) and mine.requirements == (
        "IGMPV3-QUERIER-6.4.2-07",
    )
    assert mine.needs == {"igmp:3", "role:router"} and twin.needs == {"mld:2", "role:router"}
    assert (
        twin.title
        == "TO_IN {} of ff1e::1:2:3: the querier asks for the group by MLDv2, LLQC times, LLQI apart."
    )
    assert toy("older_members_are_known").title == "Done" and "mld:1" in toy("older_members_are_known").needs
    assert "mld:2" in toy("only_the_socket_that_joined_gets_data").needs
    assert [one.name for one in select(TOYS.values(), "MLDV2-ROUTER-8.3.2-02")] == [
        toy("older_members_are_known").name
    ]


def test_a_case_of_mld_alone_has_no_labels():
    one = toy("general_query_is_right", "ipv4")  # its name is that of its function
    assert one.family == "ipv6" and not one.labels and "mld:2" in one.needs


def test_names():
    def function():
        ...

    for module, mine, twin in (
        ("igmp_router_x", "igmp_router_x.function", "mld_router_x.function"),
        ("mapping_ethernet", "mapping_ethernet.function", "mld_mapping_ethernet.function"),
    ):
        function.__module__ = f"conformance.cases.{module}"
        assert (name_of(function), name_of(function, "ipv6")) == (mine, twin)


@pytest.mark.parametrize("name", sorted(TOYS))
def test_both_families_come_to_the_same_verdict(name):
    case, target = TOYS[name], FakeTarget()
    result = run_case(case, target).result
    expected = Verdict.FAIL if case.function.__name__ == "sources_are_asked_for" else Verdict.PASS
    assert result.verdict is expected, result.reason


def test_what_a_person_reads_is_real():
    execution = run_case(toy("leave_is_answered_by_group_queries"), FakeTarget())
    text = "\n".join(step.text for step in execution.result.steps)
    assert (
        "ff1e::1:2:3" in text
        and "2001:db8::9" in text
        and "MLDv2 group query" in text
        and "fe80::1:a" in text
    )
    assert not any(bad in text for bad in ("239.", "10.0.0.", "10.1.0.", "224.0", "IGMP")), text
    failed = run_case(toy("sources_are_asked_for"), FakeTarget()).result
    assert "no group source query ff1e::1:2:3 {2001:db8::9}" in failed.reason and "239." not in failed.reason
    assert b"ff1e::1:2:3" in b"".join(frame.data for frame in execution.frames)
    assert {frame.data[12:14] for frame in execution.frames} == {b"\x86\xdd"}


@pytest.mark.parametrize(
    "name", [name for name in sorted(TOYS) if not name.endswith("sources_are_asked_for")]
)
def test_saboteurs_fail_every_case_of_either_family(name):
    killing = sabotage(TOYS[name], FakeTarget(), full=True)
    assert len(killing.killed_by) >= 4, killing


def test_the_same_saboteurs_fail_the_twin():
    mine, twin = (
        sabotage(toy("leave_is_answered_by_group_queries", family), FakeTarget(), full=True)
        for family in ("ipv4", "ipv6")
    )
    # an IPv4 UDP checksum does not follow a changed source, so the data is lost; an IPv6 one does
    differences = set(mine.killed_by) ^ set(twin.killed_by)
    assert differences <= {"wrong source address", "group as source address"}
    assert {"wrong version", "wrong checksum", "wrong type", "mute", "late", "wrong max resp code"} <= set(
        twin.killed_by
    )


def test_settings_of_a_twin():
    @case(
        "IGMPV3-ROUTER-6.3-01",
        role="router",
        needs=igmp(3),
        mld="MLDV2-ROUTER-7.3-01",
        setup=dict(
            igmp_version=2,
            profile="rfc9776",
            interfaces=dict(
                lan=dict(
                    boundaries=("239.1.0.0/16",),
                    static_joins=(("239.1.2.3", "10.0.0.9"), ("239.1.2.4", None)),
                ),
                up=dict(igmp_version=3),
            ),
            routes=[dict(group="239.1.2.3", source=None, incoming="up", outgoing=("lan",))],
        ),
    )
    def settings_of_a_twin(lab):
        """Settings."""

    from conformance.harness.registry import _registry

    twin = _registry.pop(name_of(settings_of_a_twin, "ipv6"))
    mine = _registry.pop(name_of(settings_of_a_twin))
    setup = twin.make_setup(TimerSet())
    assert (
        setup.family == "ipv6"
        and setup.interfaces["lan"].mld_version == 1
        and setup.interfaces["lan2"].version == 1
    )
    assert (
        setup.interfaces["lan"].boundaries == ("ff1e::1:0:0/96",) and setup.routes[0].group == "ff1e::1:2:3"
    )
    assert setup.interfaces["lan"].static_joins == (("ff1e::1:2:3", "2001:db8::9"), ("ff1e::1:2:4", None))
    assert "config:mld_version" in twin.needs and "config:igmp_version" not in twin.needs
    assert (
        "config:igmp_version" in mine.needs
        and mine.make_setup(TimerSet()).interfaces["lan"].igmp_version == 2
    )
    assert setup.profile == "rfc9776"


def test_timers_of_the_revisions_differ():
    old, four, six = (
        Timers(TimerSet(), profile, 0.0, family)
        for profile, family in (("rfc3376", "ipv6"), ("rfc9776", "ipv4"), ("rfc9776", "ipv6"))
    )
    assert (old.gmi, four.gmi, six.gmi) == (260, 270, 270) and (old.ovqpi, four.ovqpi, six.ovqpi) == (
        260,
        350,
        260,
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(needs=igmp(1), mld="MLDV2-ROUTER-7.3-01"), "IGMPv1 has no counterpart"),
        (dict(mld="MLDV9-ROUTER-1"), "unknown requirement"),
        (dict(mld=dict(ids="MLDV2-ROUTER-7.3-01", colour=1)), "mld= has no 'colour'"),
        (dict(family="ipv6", mld="MLDV2-ROUTER-7.3-01"), "mld= in a case of MLD"),
        (dict(family="ipv5"), "family 'ipv5'"),
        (dict(mld="MLDV2-ROUTER-7.3-01", setup=dict(igmp_version=1)), "no version that stands for IGMPv1"),
        (dict(setup=dict(mld_version=1)), "mld_version in a case of IGMP"),
        (dict(mld=dict(ids=())), "names no requirement"),
    ],
)
def test_misuse_is_refused_at_once(arguments, message):
    def broken(lab):
        """Broken."""

    with pytest.raises(ConfigurationError, match=message):
        case("IGMPV3-ROUTER-6.3-01", role="router", **arguments)(broken)


def test_versions_that_the_family_does_not_have_are_no_silent_pass():
    def asks_for_version_1(lab):
        """Version 1."""
        lab.lan.send(v1_query())

    case("MLDV2-ROUTER-7.3-01", role="router", family="ipv6")(asks_for_version_1)
    from conformance.harness.registry import _registry

    made = _registry.pop(name_of(asks_for_version_1))
    result = run_case(made, FakeTarget()).result
    assert result.verdict is Verdict.INCONCLUSIVE and "no counterpart" in result.reason


@case("MLDV2-HOST-5.2.13-01", role="host", family="ipv6", needs=["host:listen", "host:address"])
def address_comes_and_goes(lab):
    """The addresses go and come on one port; the lab says so, and counts it as a stimulus."""
    lab.wait(1)
    lab.host.lose_address()
    lab.host.gain_address("lan2")
    lab.check(lab.stimulus_time == 1, "it is a stimulus")
    lab.check(lab.sut.given == [("lan", False), ("lan2", True)], "the system is told")


def test_a_host_loses_and_gains_its_addresses():
    made = next(one for one in registered(__name__) if one.name.endswith("address_comes_and_goes"))
    assert run_case(made, FakeTarget()).result.reason == "needs host:address"

    class Moving(FakeTarget):
        features = FakeTarget.features | {"host:address"}

        def open(self, setup):
            system = super().open(setup)
            system.given = []
            system.set_address = lambda port, present: system.given.append((port, present))
            return system

    result = run_case(made, Moving()).result
    assert result.verdict is Verdict.PASS, result.reason
    told = [(step.port, step.text) for step in result.steps if step.kind == "app"]
    assert told == [("lan", "no address is valid"), ("lan2", "the addresses are valid")]
