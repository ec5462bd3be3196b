# SPDX-License-Identifier: GPL-2.0-only
"""Target ``dut``: mistakes in its file are told by file, line and key; a router behind wires is judged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

from conformance.harness.model import GroupState, Setup
from conformance.harness.requirements import ConfigurationError
from conformance.targets import dut_file, dut_state, mininet_lab
from conformance.targets.dut import target
from conformance.targets.mcastd import program

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"name": "r", "ports": {"lan": {"interface": "eth1"}}, "features": ["igmp:3"]}


def write(folder: Path, content: Any) -> Path:
    path = folder / "router.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return path


# ---- the file ----------------------------------------------------------------------------------------------


def test_the_example_is_right() -> None:
    description = dut_file.load(ROOT / "examples" / "dut.yaml")
    assert description.interfaces == {"lan": "enp2s0", "lan2": "enp3s0", "up": "enp4s0"}
    assert description.timers.qi == 10.0 and description.timers.rv == 2
    assert "role:router" in description.features
    assert description.interface_state.fields["is_querier"] == dut_file.Picker("role", "querier")


def test_ports_follow_the_router_s_own_addresses(tmp_path: Path) -> None:
    ports = {
        "lan": {"interface": "a", "address": "192.0.2.10/24", "mac": "02:AA:00:00:00:01"},
        "up": {"interface": "b", "address": "172.16.4.10/16", "tester": "172.16.9.9"},
    }
    description = dut_file.load(write(tmp_path, {**SMALL, "ports": ports}))
    assert description.ports["lan"].tester_address == "192.0.2.100"
    assert (
        description.ports["up"].tester_address == "172.16.9.9" and description.ports["up"].prefix_length == 16
    )
    assert description.macs == {"lan": "02:aa:00:00:00:01"}
    assert target(str(tmp_path / "router.yaml")).ports["lan"].dut_address == "192.0.2.10"


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"ports": None}, "ports: must be a mapping"),
        ({"ports": {}}, "ports: needs the port 'lan'"),
        ({"ports": {"lan": {}}}, "ports.lan: needs the key 'interface'"),
        ({"ports": {"lan": {"interface": "a"}, "lan3": {"interface": "b"}}}, "ports.lan3: unknown key"),
        ({"ports": {"lan": {"interface": "a", "adress": "1.2.3.10/24"}}}, "ports.lan.adress: unknown key"),
        (
            {"ports": {"lan": {"interface": "a", "address": "1.2.3.4.5"}}},
            "ports.lan.address: must be an IPv4 address",
        ),
        (
            {"ports": {"lan": {"interface": "a", "address": "1.2.3.11/24"}}},
            "ports.lan.address: must end in .10",
        ),
        (
            {"ports": {"lan": {"interface": "a", "address": "1.2.3.10/28"}}},
            "ports.lan.address: must end in .10",
        ),
        (
            {"ports": {"lan": {"interface": "a", "tester": "10.1.0.5"}}},
            "ports.lan.tester: must be an address of 10.1.0.0/24",
        ),
        (
            {"ports": {"lan": {"interface": "a", "mac": "02:00"}}},
            "ports.lan.mac: must be an Ethernet address",
        ),
        ({"features": "igmp:3"}, "features: must be a list"),
        ({"features": ["igmp:4"]}, "features[0]: 'igmp:4' is none of"),
        ({"features": ["igmp:3", "config:timers"]}, "features[1]: config:timers: needs commands.setup"),
        ({"features": ["state:groups"]}, "features[0]: state:groups: needs state.groups"),
        ({"features": ["state:interfaces"]}, "features[0]: state:interfaces: needs state.interfaces"),
        ({"features": ["log"]}, "features[0]: log: needs commands.log"),
        ({"timers": {"qi": "soon"}}, "timers.qi: must be a number"),
        ({"timers": {"rv": 1.5}}, "timers.rv: must be a whole number"),
        ({"timers": {"gmi": 3}}, "timers.gmi: unknown key"),
        ({"tolerance": 0}, "tolerance: must be a number of at least 0.01"),
        ({"first-query": 3}, "first-query: must be true or false"),
        ({"commands": {"setup": ["x"]}}, "commands.setup: must be text"),
        ({"commands": {"stop": "x"}}, "commands.stop: unknown key"),
        ({"state": {"groups": {"command": "x"}}}, "state.groups: needs the key 'fields'"),
        (
            {"state": {"groups": {"command": "x", "fields": {"mode": "m"}}}},
            "state.groups: fields: needs 'group'",
        ),
        (
            {"state": {"groups": {"command": "x", "fields": {"group": "g", "timer": "m"}}}},
            "state.groups.fields.timer: unknown key",
        ),
        (
            {"state": {"interfaces": {"command": "x", "fields": {"rv": {"equals": "m"}}}}},
            "state.interfaces.fields.rv: needs the key 'path'",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_key(tmp_path: Path, change: dict, complaint: str) -> None:
    path = write(tmp_path, {**SMALL, **change})
    with pytest.raises(ConfigurationError) as error:
        dut_file.load(path)
    where, _, text = str(error.value).partition(": ")
    file, _, line = where.rpartition(":")
    assert file == str(path) and line.isdigit()
    assert text.startswith(complaint)


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("", "is empty"),
        ("name: [", "router.yaml:1"),
        ("name: a\nname: b\n", "router.yaml:2: name: is there twice"),
        ("- 1\n", "must be a mapping"),
    ],
)
def test_a_file_that_is_no_description(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        dut_file.load(write(tmp_path, text))


def test_the_command_ends_with_status_2(tmp_path: Path) -> None:
    path = write(tmp_path, {**SMALL, "features": ["igmp:4"]})
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "run", "--targets", "dut", "--dut", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"{path}:2: features[0]: 'igmp:4'" in done.stderr


# ---- reading its state -------------------------------------------------------------------------------------


def table(**keys: Any) -> dut_file.Table:
    fields = {
        name: dut_file.Picker(path) if isinstance(path, str) else path
        for name, path in keys.pop("fields").items()
    }
    return dut_file.Table("", fields=fields, **keys)


def test_groups_from_rows_below_an_interface() -> None:
    content = {
        "eth1": {
            "groups": [
                {
                    "group": "239.1.2.3",
                    "mode": "EXCLUDE",
                    "timer": "00:01:10",
                    "version": 3,
                    "list": [{"a": "10.0.0.1", "t": 5}, {"a": "10.0.0.2", "t": 9}],
                }
            ]
        },
        "eth2": {},
    }
    where = table(
        rows="{interface}.groups",
        fields=dict(group="group", mode="mode", expires="timer", version="version", sources="list.*.a"),
    )
    assert dut_state.group_states(where, content, "eth1") == {
        "239.1.2.3": GroupState("239.1.2.3", "exclude", frozenset({"10.0.0.1", "10.0.0.2"}), None, 3, 70.0)
    }
    assert dut_state.group_states(where, content, "eth2") == {}
    assert dut_state.group_states(where, content, "eth3") == {}


def test_groups_from_flat_rows_with_texts() -> None:
    content = [
        {"if": "a", "g": "239.1.2.3", "m": "In", "s": "10.0.0.1, 10.0.0.2", "v": "v3", "e": "7s"},
        {"if": "b", "g": "239.1.2.4", "m": "Ex", "s": "", "v": "IGMPv2", "e": "12.5"},
    ]
    where = table(
        where={"if": "{interface}"}, fields=dict(group="g", mode="m", sources="s", version="v", expires="e")
    )
    assert dut_state.group_states(where, content, "a") == {
        "239.1.2.3": GroupState("239.1.2.3", "include", frozenset({"10.0.0.1", "10.0.0.2"}), None, 3, None)
    }
    assert dut_state.group_states(where, content, "b") == {
        "239.1.2.4": GroupState("239.1.2.4", "exclude", frozenset(), None, 2, 12.5)
    }


def test_groups_named_by_the_keys_of_a_mapping() -> None:
    content = {"groups": {"239.1.2.3": {"if": "a"}, "239.1.2.4": {"if": "b"}}}
    where = table(rows="groups", where={"if": "{interface}"}, fields=dict(group="@key"))
    assert set(dut_state.group_states(where, content, "b")) == {"239.1.2.4"}


def test_interfaces() -> None:
    content = [
        {"name": "a", "role": "querier", "who": "10.1.0.10", "r": "2", "q": "00:02:05", "c": {"in": 3}}
    ]
    where = table(
        where={"name": "{interface}"},
        fields=dict(
            querier="who",
            is_querier=dut_file.Picker("role", "querier"),
            rv="r",
            qi="q",
            version="none",
            counters="c",
        ),
    )
    assert dut_state.interface_state(where, content, "a") == {
        "querier": "10.1.0.10",
        "is_querier": True,
        "rv": 2,
        "qi": 125.0,
        "counters": {"in": 3},
    }
    assert dut_state.interface_state(where, content, "b") == {}


@pytest.mark.parametrize(
    "text, value",
    [
        (3, 3.0),
        ("3", 3.0),
        ("2.5 s", 2.5),
        ("01:02", 62.0),
        ("1:02:03", 3723.0),
        ("--:--", None),
        (None, None),
        ("never", None),
    ],
)
def test_seconds(text: Any, value: float | None) -> None:
    assert dut_state.seconds(text) == value


# ---- a router behind wires ---------------------------------------------------------------------------------

CASES = '''
from conformance.harness import *

@case("IGMPV3-QUERIER-6.4.2-07", role="querier",
      needs=[igmp(3), "state:timers", "forwarding", "state:interfaces"], setup=dict(timers=dict(qi=6.0)))
def member_comes_and_goes(lab):
    """A member gets data and state; it leaves, is asked for, and is forgotten."""
    lab.lan.expect(general_query(qqi=6), after=0.0)
    lab.check(lab.state.value("is_querier"), "it is the querier")
    lab.lan.send(report(to_ex("239.1.2.3", [])))
    lab.state.expect_group("239.1.2.3", mode="exclude", sources=[], expires=lab.timers.gmi)
    lab.check(lab.forwards("10.0.0.21", "239.1.2.3"), "data is forwarded")
    lab.lan.send(report(to_in("239.1.2.3", [])))
    lab.lan.expect(group_query("239.1.2.3"))
    lab.state.expect_no_group("239.1.2.3", within=lab.timers.lmqt + lab.timers.tolerance)

@case("IGMPV3-QUERIER-6.4.2-07", role="querier", needs=igmp(3))
def nothing_is_left_of_the_case_before(lab):
    """Each case finds the router without members."""
    lab.check(lab.state.groups() == {}, "no groups")
    lab.lan.send(report(to_ex("239.1.2.3", [])))
    lab.state.expect_group("239.1.2.3")

@case("IGMPV3-QUERIER-6.4.2-07", role="querier", needs=igmp(3))
def a_wrong_expectation_fails(lab):
    """The judge is not asleep."""
    lab.lan.expect_none(general_query(), after=0.0, until=2.5)

@case("IGMPV3-QUERIER-6.4.2-07", role="querier", needs=igmp(3))
def a_port_that_is_not_there(lab):
    """Two ports are all it has."""
    lab.state.groups("lan2")

@case("IGMPV3-QUERIER-6.4.2-07", role="querier", needs=[igmp(3), "counters"])
def a_feature_that_it_lacks(lab):
    """Nothing is known of its counters."""
'''

SETUP = """
import json, os, signal, subprocess, sys, time
from pathlib import Path
from conformance.harness.model import InterfaceSetup, Setup, TimerSet
from conformance.targets.mcastd import configuration, program

folder, namespace = Path(sys.argv[1]), sys.argv[2]
pid = folder / "pid"
if pid.exists():
    os.kill(int(pid.read_text()), signal.SIGTERM)
    status = Path("/proc", pid.read_text(), "stat")
    while status.exists() and " Z " not in status.read_text():
        time.sleep(0.01)
    pid.unlink()
if sys.argv[3:] == ["stop"]:
    sys.exit()
wanted = json.loads(os.environ["MCAST_SETUP"])
interfaces = {name: InterfaceSetup(**one) for name, one in wanted["interfaces"].items()}
setup = Setup("router", interfaces=interfaces)
made = configuration(setup, TimerSet(**wanted["timers"]), folder / "control")
del made["interfaces"]["lan2"]
(folder / "mcastd.yaml").write_text(json.dumps(made))
process = subprocess.Popen(["nsenter", f"--net={namespace}", program("mcastd"), "-c", folder / "mcastd.yaml"],
                           stdout=(folder / "log").open("a"), stderr=subprocess.STDOUT,
                           start_new_session=True)
pid.write_text(str(process.pid))
while not (folder / "control").exists():
    assert process.poll() is None, (folder / "log").read_text()
    time.sleep(0.01)
"""


RUN = """
import json, sys
from pathlib import Path
from conformance.harness.registry import load_cases
from conformance.harness.run import Options, run
sys.path.insert(0, "{folder}")
outcome = run({options}, cases=load_cases("dut_cases"))
verdicts = {{result.case.split(".")[-1]: [result.verdict.value, result.reason] for result in outcome.results}}
print(json.dumps([verdicts, outcome.versions]))
"""


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[mininet_lab.MininetLab]:
    """Two Mininet nodes on three wires; the tester's end is used from within its own namespace."""
    why = mininet_lab.missing() or (None if program("mcastd").is_file() else "mcastd is not built")
    if why:
        pytest.skip(why)
    lab = mininet_lab.MininetLab(Setup("router"))
    try:
        yield lab
    finally:
        pid = tmp_path / "pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGTERM)
        lab.close()


def describe(folder: Path, lab: mininet_lab.MininetLab) -> Path:
    script = f"PYTHONPATH={ROOT} {sys.executable} {folder}/setup.py {folder} {lab.namespace}"
    control = f"{program('mcastctl')} -s {folder}/control --json show igmp"
    return write(
        folder,
        {
            "name": "box",
            "ports": {name: {"interface": name, "router-interface": name} for name in ("lan", "up")},
            "features": [
                "igmp:3",
                "forwarding",
                "state:groups",
                "state:sources",
                "state:timers",
                "state:interfaces",
                "config:timers",
            ],
            "timers": {"rv": 2, "qi": 4, "qri": 1, "lmqi": 1},
            "tolerance": 0.4,
            "first-query": True,
            "commands": {
                "setup": script,
                "reset": f"{script} stop",
                "version": f"{program('mcastd')} --version",
            },
            "state": {
                "groups": {
                    "command": f"{control} groups",
                    "where": {"interface": "{interface}"},
                    "fields": {
                        "group": "group",
                        "mode": "mode",
                        "sources": "forwarded",
                        "blocked": "blocked",
                        "version": "version",
                        "expires": "group_timer",
                    },
                },
                "interfaces": {
                    "command": f"{control} interfaces",
                    "where": {"interface": "{interface}"},
                    "fields": {"querier": "querier", "is_querier": "is_querier", "rv": "rv"},
                },
            },
        },
    )


def test_a_router_behind_wires(tmp_path: Path, wired: mininet_lab.MininetLab) -> None:
    (tmp_path / "setup.py").write_text(SETUP)
    package = tmp_path / "dut_cases"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "cases.py").write_text(CASES)
    file = describe(tmp_path, wired)
    options = f"Options(('dut',), Path('{tmp_path}/report'), jobs=8, attempts=1, dut_file='{file}')"
    (tmp_path / "run.py").write_text(RUN.format(folder=tmp_path, options=options))
    done = subprocess.run(
        ["nsenter", f"--net={wired.tester_namespace}", sys.executable, tmp_path / "run.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found, versions = json.loads(done.stdout)
    verdicts = {name: verdict for name, (verdict, _) in found.items()}
    assert verdicts == {
        "member_comes_and_goes": "pass",
        "nothing_is_left_of_the_case_before": "pass",
        "a_wrong_expectation_fails": "fail",
        "a_port_that_is_not_there": "not_applicable",
        "a_feature_that_it_lacks": "not_applicable",
    }, found
    assert "the router has no port lan2" in found["a_port_that_is_not_there"][1]
    assert versions["dut"].startswith("box mcastd")
