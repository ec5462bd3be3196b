# SPDX-License-Identifier: GPL-2.0-only
"""The lab against the fake system: what a case author relies on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fake_system
from conformance.harness import registry as case_module
from conformance.harness import *  # noqa: F401,F403
from conformance.harness.registry import Case, registered
from conformance.harness.execute import run_case
from conformance.harness.sabotage import sabotage
from conformance.targets import core, wifi_player
from conformance.harness.model import Verdict
from conformance.harness.requirements import ConfigurationError

README = Path(case_module.__file__).parents[1] / "cases" / "README.md"
G = "239.1.2.3"


def run(function, role="querier", target=None, **extra):
    """Runs a function as a case on the fake system."""
    made = Case(
        "test.case",
        function,
        "A case",
        ("IGMPV3-QUERIER-6.1-01",),
        role,
        frozenset(extra.pop("needs", ())),
        **extra,
    )
    return run_case(made, target or fake_system.target())


def verdict(function, role="querier", **extra):
    result = run(function, role, **extra).result
    return result.verdict, result.reason


def readme_cases():
    code = "\n".join(re.findall(r"```python\n(.*?)```", README.read_text(), re.S))
    exec(compile(code, "readme", "exec"), {"__name__": "readme_example"})
    return registered("readme_example")


def test_every_example_of_the_readme_passes_and_a_mute_system_fails_it():
    class Mute(fake_system.FakeTarget):
        def open(self, setup):
            sut = super().open(setup)
            sut.frames = lambda: []
            sut.groups = lambda port: {}
            return sut

    cases = readme_cases()
    foreign = [one for one in cases if one.needs & {"pim", "wifi"}]
    assert len(cases) == 7 and len(foreign) == 3
    for one in cases:
        if one in foreign:  # the fake speaks neither
            continue
        execution = run_case(one, fake_system.target())
        assert execution.result.verdict is Verdict.PASS, execution.result
        assert execution.result.steps and execution.frames
        assert run_case(one, Mute()).result.verdict is Verdict.FAIL, one.name


@pytest.mark.skipif(bool(core.target().missing()), reason=core.target().missing() or "")
def test_every_example_of_pim_in_the_readme_passes_on_the_core():
    for one in readme_cases():
        if "pim" in one.needs:
            assert run_case(one, core.target()).result.verdict is Verdict.PASS


@pytest.mark.skipif(not wifi_player.player("mcast-wifi-air").exists(), reason="mcast-wifi-air is not built")
def test_every_example_of_wifi_in_the_readme_passes_on_the_core_and_is_sabotaged():
    (one,) = [one for one in readme_cases() if "wifi" in one.needs]
    assert run_case(one, core.target()).result.verdict is Verdict.PASS
    assert sabotage(one, core.target()).killed


def test_expect_takes_a_frame_once_and_expect_none_sees_the_surplus():
    def twice(lab):
        lab.wait(lab.timers.sqi)
        lab.lan.send(report(to_ex(G, [])))
        lab.lan.send(report(to_in(G, [])), after=1)
        lab.lan.expect(group_query(G))
        lab.lan.expect(group_query(G))

    def surplus(lab):
        lab.lan.send(report(to_ex(G, [])))
        lab.lan.send(report(to_in(G, [])), after=1)
        lab.lan.expect(group_query(G))
        lab.lan.expect_none(group_query(G), within=lab.timers.lmqt)

    assert verdict(twice)[0] is Verdict.FAIL and "only as often as already expected" in verdict(twice)[1]
    assert verdict(surplus)[0] is Verdict.FAIL and "nothing of the kind" in verdict(surplus)[1]


def test_expect_at_is_strict_about_the_time_and_says_when_it_came():
    def at(lab):
        lab.lan.send(report(to_ex(G, [])))
        lab.lan.send(report(to_in(G, [])), after=1)
        lab.lan.expect(group_query(G))
        lab.lan.expect(group_query(G), at=lab.now + 0.9)

    found, reason = verdict(at)
    assert found is Verdict.FAIL and reason.startswith("lan: no group query 239.1.2.3 at 1.9")

    def early(lab):
        lab.lan.send(report(to_ex(G, [])))
        lab.lan.send(report(to_in(G, [])), after=1)
        lab.lan.expect(group_query(G), at=2.5)

    assert "it came at 1.000 s, 2.000 s" in verdict(early)[1]


def test_a_wait_closes_the_window_of_expect_but_not_of_expect_none():
    def expects(lab):
        lab.lan.send(report(to_ex(G, [])))
        lab.lan.send(report(to_in(G, [])))
        lab.wait(0.5)
        lab.lan.expect(group_query(G))

    def expects_none(lab):
        lab.lan.send(report(to_ex(G, [])))
        lab.lan.send(report(to_in(G, [])))
        lab.wait(0.5)
        lab.lan.expect_none(group_query(G))

    assert verdict(expects)[0] is Verdict.FAIL
    assert verdict(expects_none)[0] is Verdict.FAIL


def test_after_a_message_or_a_time_looks_further_back():
    def back(lab):
        first = lab.lan.expect(general_query(), within=1)
        lab.wait(40)
        second = lab.lan.expect(general_query(), after=first, within=40)
        assert second.time == pytest.approx(lab.timers.sqi)
        lab.lan2.expect(general_query(), after=0.0)
        assert len(lab.up.collect(general_query(), after=0.0)) == 2

    assert verdict(back) == (Verdict.PASS, "")


def test_verdicts_of_every_kind():
    class Dying(fake_system.FakeTarget):
        def open(self, setup):
            sut = super().open(setup)

            def advance(until):
                raise TargetDied("signal 11")

            sut.advance = advance
            return sut

    assert verdict(lambda lab: lab.fail("no"))[0] is Verdict.FAIL
    assert verdict(lambda lab: lab.check(0, "one is true")) == (Verdict.FAIL, "one is true")
    assert verdict(lambda lab: lab.require(0, "nothing to see")) == (Verdict.INCONCLUSIVE, "nothing to see")
    found, reason = verdict(lambda lab: lab.nonsense())
    assert found is Verdict.INCONCLUSIVE and "AttributeError" in reason and "test_lab.py" in reason
    assert verdict(lambda lab: None, needs=["counters"]) == (Verdict.NOT_APPLICABLE, "needs counters")
    assert verdict(lambda lab: lab.state.counter("x"))[0] is Verdict.NOT_APPLICABLE
    assert verdict(lambda lab: lab.reading("a"), ambiguous=("a", "b")) == (Verdict.AMBIGUOUS, "reading: a")
    assert verdict(lambda lab: lab.reading("c"), ambiguous=("a", "b"))[0] is Verdict.INCONCLUSIVE
    assert verdict(lambda lab: None, ambiguous=("a", "b"))[0] is Verdict.INCONCLUSIVE
    assert verdict(lambda lab: lab.wait(1), target=Dying())[0] is Verdict.INCONCLUSIVE
    found, reason = verdict(lambda lab: (lab.lan.send(general_query()), lab.wait(1)), target=Dying())
    assert found is Verdict.FAIL and "signal 11" in reason


def test_state_expectations_say_what_they_saw():
    def wrong_mode(lab):
        lab.lan.send(report(to_ex(G, [])))
        lab.state.expect_group(G, mode="include")

    def wrong_timer(lab):
        lab.lan.send(report(to_ex(G, [])))
        lab.state.expect_group(G, expires=lab.timers.gmi - 1)

    def later(lab):
        lab.lan.send(report(to_ex(G, [])))
        lab.state.expect_group(G, version=3, expires=lab.timers.gmi)
        lab.lan.send(report(to_in(G, [])), after=1)
        lab.state.expect_no_group(G, within=lab.timers.lmqt)
        assert lab.state.group(G) is None

    found, reason = verdict(wrong_mode)
    assert found is Verdict.FAIL and "the system says mode exclude" in reason
    assert verdict(wrong_timer)[0] is Verdict.FAIL
    assert verdict(later) == (Verdict.PASS, "")


def test_forwarding_delivery_and_the_non_querier():
    def forwards(lab):
        assert not lab.forwards("10.0.0.9", G)
        lab.lan.send(report(to_ex(G, [])))
        assert lab.forwards("10.0.0.9", G) and not lab.forwards("10.0.0.9", G, to="lan2")
        lab.up.data("10.0.0.9", G, ttl=9, payload=b"nine")
        lab.lan.expect(data(G, "10.0.0.9", ttl=8, payload=b"nine"))

    def silent(lab):
        lab.become_non_querier()
        lab.lan.expect_none(general_query(), until=lab.timers.oqpi - 1)
        lab.lan.expect(general_query(), within=lab.timers.qi + 2)

    def delivers(lab):
        lab.host.join(G, socket="a")
        assert lab.host.delivered("10.1.0.9", G, "a") and not lab.host.delivered("10.1.0.9", G, "b")
        lab.host.leave(G, socket="a")
        assert not lab.host.delivered("10.1.0.9", G, "a")
        lab.host.include(G, ["10.1.0.9"])  # the fake refuses sources

    assert verdict(forwards) == (Verdict.PASS, "")
    assert verdict(silent) == (Verdict.PASS, "")
    assert verdict(delivers, role="host") == (Verdict.INCONCLUSIVE, f"refuses to listen to {G}")


def test_setup_merges_timers_and_derives_needs():
    made = {}

    def make(setup):
        @case("IGMPV3-QUERIER-6.1-01", role="querier", setup=setup)
        def some_case(lab):
            """A case."""

        made["case"] = next(one for one in registered(__name__) if one.function is some_case)
        return made["case"]

    registry = case_module._registry
    one = make(
        dict(timers=dict(rv=3), igmp_version=2, interfaces=dict(lan=dict(fast_leave=True)), profile="rfc9776")
    )
    setup = one.make_setup(TimerSet(qi=3, qri=1))
    assert (setup.timers.rv, setup.timers.qi, setup.role) == (3, 3, "router")
    assert setup.interfaces["lan"].fast_leave and setup.interfaces["up"].igmp_version == 2
    assert one.needs == {
        "role:router",
        "config:timers:rv",
        "config:igmp_version",
        "config:fast_leave",
        "config:profile",
    }
    assert case_module.lacks(one, one.needs - {"config:timers:rv"} | {"config:timers"}) == []
    registry.pop(one.name)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(ids=["IGMPV3-NO-SUCH"], role="querier"), "unknown requirement 'IGMPV3-NO-SUCH'"),
        (dict(ids=["IGMPV3-HOST-5.1-01"], role="querier"), "is about a host, the case's role is querier"),
        (dict(ids=["IGMPV3-HOST-5.1-01"], role="guest"), "role 'guest'"),
        (dict(ids=[], role="host"), "names no requirement"),
        (dict(ids=["IGMPV3-HOST-5.1-01"], role="host", setup=dict(colour=1)), "setup has no 'colour'"),
        (dict(ids=["IGMPV3-HOST-5.1-01"], role="host", setup=dict(timers=dict(xyz=1))), "xyz"),
        (dict(ids=["IGMPV3-HOST-5.1-01"], role="host", setup=dict(interfaces=dict(wan={}))), "no port 'wan'"),
        (dict(ids=["IGMPV3-HOST-5.1-01"], role="host", ambiguous=["one"]), "two readings"),
    ],
)
def test_a_wrong_declaration_is_refused_with_file_and_case(arguments, message):
    ids = arguments.pop("ids")
    with pytest.raises(ConfigurationError) as caught:

        @case(*ids, **arguments)
        def wrong(lab):
            """Title."""

    assert message in str(caught.value) and "test_lab.py: case wrong" in str(caught.value)
