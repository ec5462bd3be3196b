# SPDX-License-Identifier: GPL-2.0-only
"""Target ``mcastd``: our own daemon, the core over the Linux kernel's forwarding, in a Mininet node.

Configured by a YAML file as a user would write it; read out over its control socket, which mcastctl speaks
to as well. Time zero is its first query. The log is its own at level ``debug``, which holds every trace
event.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, Iterator

import yaml

from conformance.harness.model import PORTS, GroupState, InterfaceSetup, Setup, TimerSet, Unsupported

from . import built, mcastd_pim, mininet_lab
from .core import DENSE_FEATURES
from .realtime import SHORT_PIM_TIMERS, SHORT_TIMERS, DaemonSystem, first_line
from .settings import router_settings

FEATURES = frozenset(
    "role:router igmp:1 igmp:2 igmp:3 mld:1 mld:2 state:groups state:sources state:timers state:interfaces"
    " log counters forwarding config:profile config:timers:rv config:timers:qi config:timers:qri"
    " config:timers:lmqi config:timers:lmqc config:timers:startup config:igmp_version config:mld_version"
    " config:enabled config:ttl_threshold config:boundaries config:static_joins config:fast_leave"
    " config:limits config:router_alert config:on_subnet config:routes config:compatibility config:mtu"
    .split()
)
PIM_FEATURES = frozenset(
    "pim pim:bsr pim:embedded-rp pim:routes pim:ports state:pim:interfaces state:pim:neighbors state:pim:trees"
    " state:pim:rps state:pim:bsr state:pim:counters config:pim:dr_priority config:pim:tracking config:pim:delays"
    " config:pim:secondary config:pim:bsr_border config:pim:accept_unknown config:pim:limits config:pim:enabled"
    " config:pim:ssm_range config:pim:embedded_rp config:pim:bootstrap config:pim:candidate_bsr"
    " config:pim:candidate_rp config:pim:spt:never config:pim:spt:rate config:pim:timers config:pim:overrides_bsr"
    .split()
)
READY_SECONDS = 10.0
OF_THE_INTERFACE = ("ttl_threshold", "boundaries")  # the other settings stand below ``igmp`` or ``mld``
PROTOCOLS = {"ipv4": "igmp", "ipv6": "mld"}
PROFILES = {"ipv4": {}, "ipv6": {"rfc3376": "rfc3810", "rfc9776": "rfc9777"}}
ALWAYS_IN_MLD = ("require_router_alert", "require_on_subnet_source")


class Control:
    """The control socket: a command a line, answers in lines of JSON between a head and an end."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.settimeout(READY_SECONDS)
        self._lines = self._socket.makefile("r", encoding="utf-8")

    def ask(self, command: str) -> Iterator[dict[str, Any]]:
        """The rows of the answer."""
        self._socket.sendall(f"{command}\n".encode())
        for line in self._lines:
            row = json.loads(line)
            if "error" in row:
                raise RuntimeError(f"mcastd: {command}: {row['error']}")
            if "end" in row:
                return
            if "answer" not in row:
                yield row
        raise ConnectionError("mcastd closed its control socket")

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


class McastdRouter(DaemonSystem):
    """One mcastd in a Mininet node."""

    daemon = "mcastd"
    log_level = "debug"

    def __init__(self, setup: Setup, timers: TimerSet) -> None:
        self._timers = timers
        self._protocol = PROTOCOLS[setup.family]
        self._control: Control | None = None
        super().__init__(setup)

    def launch(self) -> None:
        control = self.lab.folder / "control"
        told = {**configuration(self.setup, self._timers, control), "log-level": self.log_level}
        file = self.write("mcastd.yaml", yaml.safe_dump(told))
        self.run_daemon([str(program("mcastd")), "--config", str(file)])
        self._control = Control(self.connect(control, READY_SECONDS))
        self.start_clock_at_first_query(READY_SECONDS)

    # ---- read-outs ----

    def _ask(self, command: str) -> list[dict[str, Any]]:
        try:
            return list(self._control.ask(command))
        except (ConnectionError, BrokenPipeError):
            self.wait_for(lambda: False, 0.2, "answer")  # it is ending: says how
            raise

    def groups(self, port: str) -> dict[str, GroupState]:
        return {row["group"]: group_state(row) for row in self._ask(f"show {self._protocol} groups {port}")}

    def interface_state(self, port: str) -> dict[str, Any]:
        rows = self._ask(f"show {self._protocol} interfaces")
        state = next((row for row in rows if row["interface"] == port), {})
        return {**state, "counters": self._counters(port)}

    def pim_interface(self, port: str) -> dict[str, Any]:
        family = self.setup.family
        rows = mcastd_pim.of_port(self._ask(f"show pim interfaces {family}"), port)
        counters = mcastd_pim.counters(self._ask("show counters"), port, family)
        return {**rows[0], "counters": counters} if rows else {}

    def pim_neighbors(self, port: str) -> list[dict[str, Any]]:
        return mcastd_pim.of_port(self._ask(f"show pim neighbors {self.setup.family}"), port)

    def pim_trees(self, group: str | None = None) -> list[dict[str, Any]]:
        return mcastd_pim.trees(self._ask, self.setup.family, group)

    def pim_rps(self) -> list[dict[str, Any]]:
        return self._ask(f"show pim rp {self.setup.family}")

    def pim_bootstrap(self) -> list[dict[str, Any]]:
        return self._ask(f"show pim bsr {self.setup.family}")

    def _counters(self, port: str) -> dict[str, int]:
        """By the names that the core gives them: ``received.query``, ``dropped.bad-checksum``..."""
        wanted = (port, self._protocol)
        rows = self._ask("show counters")
        row = next((row for row in rows if (row["interface"], row.get("protocol")) == wanted), {})
        return {
            f"{kind}.{name}": count
            for kind in ("received", "sent", "dropped")
            for name, count in row.get(kind, {}).items()
        }

    def close(self) -> None:
        if self._control:
            self._control.close()
        super().close()


def group_state(row: dict[str, Any]) -> GroupState:
    """A row of ``show igmp groups``."""
    return GroupState(
        row["group"],
        row["mode"],
        frozenset(row["forwarded"]),
        frozenset(row["blocked"]),
        row["version"],
        row["group_timer"] if row["mode"] == "exclude" else None,
        {one["source"]: one["timer"] for one in row["sources"] if one["forwarded"]},
    )


def configuration(setup: Setup, timers: TimerSet, control: Path) -> dict[str, Any]:
    """What mcastd.yaml says."""
    pim = {"pim": mcastd_pim.router_passage(setup)} if setup.pim else {}
    return {
        **pim,
        "control-socket": str(control),
        "router": {"seed": setup.seed},
        "interfaces": {name: _interface(setup, name, timers) for name in PORTS},
        "routes": [
            {
                "group": route.group,
                **({"source": route.source} if route.source else {}),
                "incoming": route.incoming,
                "outgoing": list(route.outgoing),
            }
            for route in setup.routes
        ],
    }


def _interface(setup: Setup, port: str, timers: TimerSet) -> dict[str, Any]:
    """What stands below an interface: the protocol of the setup's family, and the other one switched off."""
    settings = router_settings(setup, setup.interfaces.get(port, InterfaceSetup()), timers)
    enabled = settings.pop("membership")
    if setup.family == "ipv6":
        _adapt_to_mld(settings)
    whole = {_key(name): settings.pop(name) for name in OF_THE_INTERFACE}
    settings["profile"] = PROFILES[setup.family].get(settings["profile"], settings["profile"])
    settings["static_joins"] = [
        {"group": group, **({"source": source} if source else {})}
        for group, source in settings["static_joins"]
    ]
    if setup.pim:
        whole["pim"] = mcastd_pim.interface_passage(setup, port)
    below = {_key(name): value for name, value in settings.items()} if enabled else False
    return {**whole, **dict.fromkeys(PROTOCOLS.values(), False), PROTOCOLS[setup.family]: below}


def _adapt_to_mld(settings: dict[str, Any]) -> None:
    """Takes out what MLD demands anyway; ``Unsupported`` for what cannot be had."""
    if settings["ttl_threshold"] > 1:
        raise Unsupported("the kernel's IPv6 forwarding has no hop limit thresholds")
    for name in ALWAYS_IN_MLD:
        if settings.pop(name, True) is False:
            raise Unsupported(f"MLD without {name} cannot be had")


def _key(name: str) -> str:
    return name.replace("_", "-")


def program(name: str) -> Path:
    """A program of ours, as it was built."""
    return built.folder().parent / "bin" / name


class McastdTarget:
    """See the head of the file."""

    name = "mcastd"
    virtual = False
    features = FEATURES | PIM_FEATURES | (DENSE_FEATURES - {"pim:data-ttl"})
    timers = SHORT_TIMERS
    pim_timers = SHORT_PIM_TIMERS
    tolerance = 0.3

    def version(self) -> str:
        return first_line([str(program("mcastd")), "--version"])

    def missing(self) -> str | None:
        if not program("mcastd").is_file():
            return f"not built: {program('mcastd')} is not there; run ./mcast build"
        return mininet_lab.missing()

    def open(self, setup: Setup) -> McastdRouter:
        return McastdRouter(setup, setup.timers or self.timers)


def target() -> McastdTarget:
    """The factory that the registry of targets calls."""
    return McastdTarget()
