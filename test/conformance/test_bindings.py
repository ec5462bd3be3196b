# SPDX-License-Identifier: GPL-2.0-only
"""The compiled modules ``mcast_core`` and ``mcast_ns3``: what they refuse and how they say so, time, and read-outs."""

from __future__ import annotations

import time
from typing import Any, Callable, Iterator

import pytest

from conformance.harness import packets
from conformance.harness.model import InterfaceSetup, Setup, StaticRoute
from conformance.harness.wire import decode
from conformance.targets import built, core, ns3

GROUP, SOURCE = "239.1.2.3", "10.0.0.1"
CONTEXT = packets.Context()

TARGETS = {"core": core.target(), "ns3": ns3.target()}


@pytest.fixture(params=list(TARGETS))
def open_system(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Opens one system; it is closed in the end."""
    target = TARGETS[request.param]
    if target.missing():
        pytest.skip(target.missing())
    opened = []

    def make(**setup: Any) -> Any:
        opened.append(target.open(Setup(**{"role": "router", **setup})))
        return opened[-1]
    yield make
    for system in opened:
        system.close()


@pytest.fixture
def module() -> Any:
    if TARGETS["core"].missing():
        pytest.skip(TARGETS["core"].missing())
    return built.load("mcast_core")


def join(system: Any, group: str = GROUP, port: str = "lan") -> None:
    system.send(port, packets.report(packets.to_ex(group, [])).build(CONTEXT))


@pytest.mark.parametrize("settings, field", [
    ({"query_interval": 3.0}, "query_response_interval"), ({"robustness": 0}, "robustness"),
    ({"robustness": -1}, "robustness"), ({"query_intervall": 3.0}, "query_intervall"),
    ({"query_interval": "long"}, "query_interval"), ({"query_interval": float("nan")}, "query_interval"),
    ({"version": 4}, "version"), ({"version": 0}, "version"), ({"profile": "rfc1112"}, "profile"),
    ({"boundaries": "239.0.0.0/8"}, "boundaries"), ({"boundaries": ["239.0.0.0/33"]}, "boundaries"),
    ({"static_joins": [("10.0.0.1", None)]}, "static_joins"), ({"static_joins": [(GROUP,)]}, "static_joins"),
    ({"ttl_threshold": 0}, "ttl_threshold"), ({"ttl_threshold": 256}, "ttl_threshold"), ({"fast_leave": 1}, "fast_leave"),
])
def test_refused_settings_are_named(module: Any, settings: dict[str, Any], field: str) -> None:
    node = module.Node(router=True)
    port = node.add_port("eth0", "02:00:00:00:00:01", "10.1.0.10")
    with pytest.raises(module.ConfigError) as error:
        node.configure_router(port, **settings)
    assert error.value.field == field and error.value.why and str(error.value).startswith(f"{field}: ")
    assert isinstance(error.value, ValueError)


def test_other_errors(module: Any) -> None:
    node = module.Node()
    port = node.add_port("eth0", "02:00:00:00:00:01", "10.1.0.10")
    node.configure_host(port)
    for call, field in ((lambda: node.send_frame(7, b""), "port"), (lambda: node.configure_router(port), "role"),
                        (lambda: node.add_port("x", "02:00", "10.1.0.10"), "mac"),
                        (lambda: node.add_port("x", "02:00:00:00:00:01", "10.1.0.256"), "address"),
                        (lambda: node.add_port("x", "02:00:00:00:00:01", "10.1.0.1", prefix_length=33), "prefix_length"),
                        (lambda: node.add_route(GROUP, None, port, [port]), "role"),
                        (lambda: node.send_data(GROUP, b"", ttl=256), "ttl"),
                        (lambda: node.listen(1, port, GROUP, "both"), "mode"),
                        (lambda: node.listen(1, port, GROUP, "include", ["nobody"]), "sources")):
        with pytest.raises(module.ConfigError) as error:
            call()
        assert error.value.field == field
    with pytest.raises(module.ListenError):
        node.listen(1, port, "10.0.0.1", "exclude")
    with pytest.raises(module.ListenError):
        node.listen(1, 9, GROUP, "exclude")


def test_wrong_settings_of_a_system_are_named(open_system: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="(?i)static_?joins"):
        open_system(interfaces={"lan": InterfaceSetup(static_joins=(("224.0.0.5", None),))})


def test_timers_fire_at_their_own_times(open_system: Callable[..., Any]) -> None:
    system = open_system()
    system.advance(400.0)
    assert system.now() == 400.0
    queries = [decode(frame.data, frame.time, frame.port) for frame in system.frames() if frame.port == "lan"]
    assert [one.time for one in queries if one.is_query] == [0.0, 31.25, 156.25, 281.25]


def test_step_ends_at_the_first_frame(open_system: Callable[..., Any]) -> None:
    system = open_system(role="host")
    system.listen("a", "lan", GROUP, "exclude")
    assert [frame.time for frame in system.frames()] == [0.0]
    system.step(10.0)
    repeated = system.frames()
    assert len(repeated) == 1 and 0 < system.now() == repeated[0].time <= 1.0
    system.step(10.0)
    assert system.now() == 10.0 and not system.frames()


def test_read_outs(open_system: Callable[..., Any]) -> None:
    system = open_system(interfaces={"lan": InterfaceSetup(static_joins=(("239.9.9.9", None),))},
                         routes=(StaticRoute("239.5.5.5", None, "up", ("lan2",)),))
    join(system)
    system.advance(60.0)
    groups = system.groups("lan")
    assert groups[GROUP].mode == "exclude" and groups[GROUP].expires == pytest.approx(200.0)
    assert groups["239.9.9.9"].mode == "exclude"
    state = system.interface_state("lan")
    assert state["is_querier"] and state["querier"] == "10.1.0.10" and state["qi"] == 125.0
    assert state["counters"]["sent.query-v3"] == 2
    for group in (GROUP, "239.5.5.5"):
        system.send("up", packets.data(group, SOURCE, ttl=9).build(CONTEXT))
    assert [(frame.port, decode(frame.data).ttl) for frame in system.frames() if decode(frame.data).kind == "data"] == [
        ("lan", 8), ("lan2", 8)]
    assert any("group-joined" in line for line in system.log()) and not system.log()


def test_applications(open_system: Callable[..., Any]) -> None:
    system = open_system(role="host")
    assert not system.listen("a", "lan", "10.0.0.1", "exclude")
    assert system.listen("a", "lan", GROUP, "include", ["10.1.0.1"])
    assert system.listen("b", "lan", GROUP, "exclude", ["10.1.0.1"])
    for source in ("10.1.0.1", "10.1.0.2"):
        system.send("lan", packets.data(GROUP, source, payload=source.encode(), ttl=1).build(CONTEXT))
    assert [(one.socket, one.payload) for one in system.deliveries()] == [("a", b"10.1.0.1"), ("b", b"10.1.0.2")]
    system.frames()
    system.send_data(GROUP, b"own", port="lan")
    assert [one.socket for one in system.deliveries()] == ["b"]
    system.send_data(GROUP, b"own", port="lan", ttl=7, loop=False)
    assert not system.deliveries()
    assert [decode(frame.data).ttl for frame in system.frames()] == [1, 7]


def test_one_ns3_world_at_a_time_and_each_as_the_first() -> None:
    target = TARGETS["ns3"]
    if target.missing():
        pytest.skip(target.missing())
    runs = []
    for _ in range(3):
        system = target.open(Setup(role="host"))
        system.listen("a", "lan", GROUP, "exclude")
        system.advance(5.0)
        runs.append([(frame.time, frame.data) for frame in system.frames()])
        with pytest.raises(RuntimeError, match="one simulator"):
            target.open(Setup(role="host"))
        system.close()
    assert runs[0] and runs[0] == runs[1] == runs[2]
    with pytest.raises(RuntimeError, match="closed"):
        system.advance(6.0)


def test_core_is_fast(module: Any) -> None:
    node = module.Node(router=True)
    port = node.add_port("eth0", "02:00:00:00:00:01", "10.1.0.10")
    node.configure_router(port)
    frame = packets.report(packets.to_ex(GROUP, [])).build(CONTEXT)
    began = time.process_time()
    for _ in range(20000):
        node.send_frame(port, frame)
    assert time.process_time() - began < 2.0, "20,000 reports"
    assert node.interface(port)["counters"]["received.report-v3"] >= 20000  # and its own


def test_what_is_not_built_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCAST_BUILD", "/nowhere")
    assert built.missing("mcast_nothing") == "not built: mcast_nothing is not in /nowhere/python; run ./mcast build"
