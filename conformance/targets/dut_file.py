# SPDX-License-Identifier: GPL-2.0-only
"""The file that describes a router on real interfaces, for the target ``dut``; ``examples/dut.yaml`` shows
every key.

Whatever is wrong with it raises ``ConfigurationError`` with the file, the line and the key.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Mapping

import yaml

from conformance.harness.model import PORTS, Port, TimerSet
from conformance.harness.requirements import ConfigurationError

# What a router can be described to have; that of ``config:`` needs commands.setup.
STATES = ("groups", "sources", "timers", "interfaces")
CONFIGS = (
    "profile timers timers:rv timers:qi timers:qri timers:lmqi timers:lmqc timers:startup igmp_version"
    " enabled ttl_threshold boundaries static_joins fast_leave limits router_alert on_subnet routes"
    " compatibility mtu"
).split()
FEATURES = {
    "igmp:1",
    "igmp:2",
    "igmp:3",
    "forwarding",
    "forwarding:any-source",
    "log",
    "counters",
    *(f"state:{one}" for one in STATES),
    *(f"config:{one}" for one in CONFIGS),
}
GROUP_FIELDS = ("group", "mode", "sources", "blocked", "version", "expires", "source_expires")
INTERFACE_FIELDS = ("querier", "is_querier", "rv", "qi", "version", "counters")


class Node:
    """A value of the file with its place; reading it checks it."""

    def __init__(self, node: yaml.Node, path: Path, key: str = "") -> None:
        self._node, self._path, self.key = node, path, key

    def fail(self, why: str) -> None:
        line = self._node.start_mark.line + 1
        raise ConfigurationError(f"{self._path}:{line}: {self.key + ': ' if self.key else ''}{why}")

    def is_mapping(self) -> bool:
        return isinstance(self._node, yaml.MappingNode)

    def mapping(self, known: tuple[str, ...] | None = None) -> dict[str, Node]:
        """Its entries; ``known``: no others are allowed."""
        if not self.is_mapping():
            self.fail("must be a mapping")
        entries: dict[str, Node] = {}
        for key, value in self._node.value:
            name = str(key.value)
            entry = Node(value, self._path, f"{self.key}.{name}" if self.key else name)
            if known is not None and name not in known:
                entry.fail(f"unknown key; there are {', '.join(known)}")
            if name in entries:
                entry.fail("is there twice")
            entries[name] = entry
        return entries

    def items(self) -> list[Node]:
        if not isinstance(self._node, yaml.SequenceNode):
            self.fail("must be a list")
        return [Node(one, self._path, f"{self.key}[{number}]") for number, one in enumerate(self._node.value)]

    def text(self) -> str:
        if not isinstance(self._node, yaml.ScalarNode) or not str(self._node.value).strip():
            self.fail("must be text")
        return str(self._node.value).strip()

    def number(self, least: float = 0.0) -> float:
        value = self.text()
        if not re.fullmatch(r"\d+(\.\d+)?", value) or float(value) < least:
            self.fail(f"must be a number of at least {least:g}")
        return float(value)

    def count(self) -> int:
        value = self.number()
        if value != int(value):
            self.fail("must be a whole number")
        return int(value)

    def flag(self) -> bool:
        value = self.text().lower()
        if value not in ("true", "false"):
            self.fail("must be true or false")
        return value == "true"

    def choice(self, known: Mapping[str, Any] | set[str]) -> str:
        value = self.text()
        if value not in known:
            self.fail(f"{value!r} is none of {', '.join(sorted(known))}")
        return value


@dataclass(frozen=True)
class Picker:
    """Where a value is in a row: a path (``a.b``, ``a.*.b``), and what it must equal to count as true."""

    path: str
    equals: str | None = None


@dataclass(frozen=True)
class Table:
    """How a command's JSON becomes rows, and a row our fields.

    ``rows``: path of the list (or mapping) of rows; ``where``: what the rows of a port have in common. Both
    may say ``{interface}``.
    """

    command: str
    rows: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Picker] = field(default_factory=dict)


@dataclass(frozen=True)
class Commands:
    """Shell commands that run on this machine."""

    setup: str | None = None
    reset: str | None = None
    version: str | None = None
    log: str | None = None
    timeout: float = 30.0  # seconds that each may take


@dataclass(frozen=True)
class Description:
    """The file as a whole."""

    name: str
    interfaces: Mapping[str, str]  # port -> interface of this machine
    router_interfaces: Mapping[str, str]  # port -> what the router calls its own
    ports: Mapping[str, Port]
    macs: Mapping[str, str]  # port -> Ethernet address of the router; ARP finds those that are not here
    features: frozenset[str]
    timers: TimerSet
    tolerance: float
    readout: float
    settle: float
    first_query: bool
    commands: Commands
    groups: Table | None = None
    interface_state: Table | None = None


def load(file: str | Path) -> Description:
    """Reads and checks the file."""
    path = Path(file)
    try:
        with path.open(encoding="utf-8") as stream:
            root = yaml.compose(stream, Loader=yaml.SafeLoader)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigurationError(
            f"{path}:{mark.line + 1 if mark else 1}: {getattr(error, 'problem', error)}"
        ) from error
    if root is None:
        raise ConfigurationError(f"{path}: is empty")
    return _description(Node(root, path))


def _description(root: Node) -> Description:
    keys = root.mapping(
        (
            "name",
            "ports",
            "features",
            "timers",
            "tolerance",
            "readout",
            "settle",
            "first-query",
            "commands",
            "state",
        )
    )
    for needed in ("name", "ports", "features"):
        if needed not in keys:
            root.fail(f"needs the key {needed!r}")
    ports = _ports(keys["ports"])
    commands = _commands(keys["commands"]) if "commands" in keys else Commands()
    state = keys["state"].mapping(("groups", "interfaces")) if "state" in keys else {}
    groups = _table(state["groups"], GROUP_FIELDS) if "groups" in state else None
    interfaces = _table(state["interfaces"], INTERFACE_FIELDS) if "interfaces" in state else None
    if groups and "group" not in groups.fields:
        state["groups"].fail("fields: needs 'group'")
    return Description(
        name=keys["name"].text(),
        **ports,
        commands=commands,
        groups=groups,
        interface_state=interfaces,
        features=_features(keys["features"], commands, groups, interfaces),
        timers=_timers(keys["timers"]) if "timers" in keys else TimerSet(),
        tolerance=keys["tolerance"].number(0.01) if "tolerance" in keys else 0.5,
        readout=keys["readout"].number() if "readout" in keys else 0.0,
        settle=keys["settle"].number() if "settle" in keys else 0.0,
        first_query=keys["first-query"].flag() if "first-query" in keys else False,
    )


def _ports(node: Node) -> dict[str, dict[str, Any]]:
    entries = node.mapping(tuple(PORTS))
    if "lan" not in entries:
        node.fail("needs the port 'lan'")
    found: dict[str, dict[str, Any]] = {
        name: {} for name in ("interfaces", "router_interfaces", "ports", "macs")
    }
    for name, entry in entries.items():
        keys = entry.mapping(("interface", "router-interface", "address", "tester", "mac"))
        if "interface" not in keys:
            entry.fail("needs the key 'interface'")
        found["interfaces"][name] = keys["interface"].text()
        found["router_interfaces"][name] = (
            keys["router-interface"].text() if "router-interface" in keys else name
        )
        found["ports"][name] = _port(name, keys)
        if "mac" in keys:
            found["macs"][name] = _mac(keys["mac"])
    return found


def _port(name: str, keys: Mapping[str, Node]) -> Port:
    usual = PORTS[name]
    address, length = usual.dut_address, usual.prefix_length
    if "address" in keys:
        own = _checked(
            keys["address"],
            ipaddress.IPv4Interface,
            "an IPv4 address with its prefix length, as 192.0.2.10/24",
        )
        address, length = str(own.ip), own.network.prefixlen
        if not 8 <= length <= 24 or int(own.ip) & 0xFF != 10:
            keys["address"].fail(
                "must end in .10 and have a prefix of at most 24 bits: the cases use the addresses around it"
            )
    network = ipaddress.IPv4Network(f"{address}/{length}", strict=False)
    tester = str(ipaddress.IPv4Address(address) - 10 + 100)
    if "tester" in keys:
        tester = str(_checked(keys["tester"], ipaddress.IPv4Address, "an IPv4 address"))
        if ipaddress.IPv4Address(tester) not in network or int(ipaddress.IPv4Address(tester)) < int(
            network[11]
        ):
            keys["tester"].fail(f"must be an address of {network} above the router's own")
    return Port(name, address, tester, length)


def _checked(node: Node, kind: Callable[[str], Any], what: str) -> Any:
    try:
        return kind(node.text())
    except ValueError:
        return node.fail(f"must be {what}")


def _mac(node: Node) -> str:
    value = node.text().lower()
    if not re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", value):
        node.fail("must be an Ethernet address, as 02:00:00:00:00:01")
    return value


def _features(
    node: Node, commands: Commands, groups: Table | None, interfaces: Table | None
) -> frozenset[str]:
    found = {"role:router"}
    for one in node.items():
        feature = one.choice(FEATURES)
        if feature.startswith("config:") and not commands.setup:
            one.fail(f"{feature}: needs commands.setup")
        if feature in ("state:groups", "state:sources", "state:timers") and groups is None:
            one.fail(f"{feature}: needs state.groups")
        if feature == "state:sources" and not {"mode", "sources"} <= set(groups.fields):
            one.fail(f"{feature}: state.groups.fields needs 'mode' and 'sources'")
        if feature == "state:timers" and "expires" not in groups.fields:
            one.fail(f"{feature}: state.groups.fields needs 'expires'")
        if feature in ("state:interfaces", "counters") and interfaces is None:
            one.fail(f"{feature}: needs state.interfaces")
        if feature == "log" and not commands.log:
            one.fail(f"{feature}: needs commands.log")
        found.add(feature)
    return frozenset(found)


def _timers(node: Node) -> TimerSet:
    kinds = {one.name: "int" in str(one.type) for one in dataclasses.fields(TimerSet)}
    entries = node.mapping(tuple(kinds))
    return TimerSet(
        **{name: entry.count() if kinds[name] else entry.number() for name, entry in entries.items()}
    )


def _commands(node: Node) -> Commands:
    entries = node.mapping(("setup", "reset", "version", "log", "timeout"))
    return Commands(
        **{name: entry.number(0.1) if name == "timeout" else entry.text() for name, entry in entries.items()}
    )


def _table(node: Node, known: tuple[str, ...]) -> Table:
    entries = node.mapping(("command", "rows", "where", "fields"))
    for needed in ("command", "fields"):
        if needed not in entries:
            node.fail(f"needs the key {needed!r}")
    where = entries["where"].mapping() if "where" in entries else {}
    return Table(
        entries["command"].text(),
        entries["rows"].text() if "rows" in entries else "",
        {name: entry.text() for name, entry in where.items()},
        {name: _picker(entry) for name, entry in entries["fields"].mapping(known).items()},
    )


def _picker(node: Node) -> Picker:
    if not node.is_mapping():
        return Picker(node.text())
    entries = node.mapping(("path", "equals"))
    if "path" not in entries:
        node.fail("needs the key 'path'")
    return Picker(entries["path"].text(), entries["equals"].text() if "equals" in entries else None)
