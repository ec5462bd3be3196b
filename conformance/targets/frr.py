# SPDX-License-Identifier: GPL-2.0-only
"""Targets ``frr``, ``frr-10.3`` and ``frr-10.7.1``: FRRouting's pimd, whose IGMP router is part of PIM
sparse mode, and pim6d, its twin for MLD and IPv6 (with zebra each).

``frr`` is the version of this release of Debian, whose package has no pim6d; the others come from newer
releases (``unpacked``) and are fetched when they are asked for.

The system is its own Rendezvous Point, so that a member gets data of any source on ``up`` with no other PIM
router about; outside the source-specific range it forwards for any-source members alone. The state is read
from the daemon's own terminal socket, the one that vtysh speaks to, as JSON; IGMP's timers are whole
seconds, MLD's are not told. What it sends of PIM is left on the wire. pimd begins to ask a second after its
start; that is time zero.
"""

from __future__ import annotations

import json
import re
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from conformance.harness.pim_setup import PimTimers
from conformance.harness.model import PORTS, GroupState, InterfaceSetup, Setup, TimerSet, Unsupported

from . import frr_pim, mininet_lab, unpacked
from .realtime import SHORT_TIMERS, Daemons, DaemonSystem, first_line
from .settings import version_of

FEATURES = frozenset(
    "role:router igmp:2 igmp:3 state:groups state:sources state:interfaces log forwarding"
    " forwarding:any-source config:timers:qi config:timers:qri config:timers:lmqi config:timers:lmqc"
    " config:igmp_version config:enabled config:mtu".split()
)
# PIM of IPv4, and of IPv6 where there is a pim6d.
PIM_FEATURES = frozenset(
    "pim pim:routes pim:ports state:pim:interfaces state:pim:neighbors state:pim:rp config:pim:dr_priority"
    " config:pim:spt:never config:pim:secondary config:pim:enabled config:pim:timers:hello_period"
    " config:pim:timers:hello_holdtime config:pim:timers:join_prune_period config:pim:timers:keepalive_period"
    " config:pim:timers:register_suppression_time".split()
)
BSR_FEATURES = frozenset({"pim:bsr", "config:pim:bsr_border"})
CANDIDATE_FEATURES = frozenset({"config:pim:candidate_bsr", "config:pim:candidate_rp"})
DENSE_FEATURES = frozenset({"pim:dense", "config:pim:mixed_modes", "config:pim:dense_groups"})  # from 10.7 on
# What later versions can do besides.
MORE_FEATURES = {
    "": frozenset(),
    "10.3": frozenset("mld:1 mld:2 config:mld_version config:static_joins".split()),
    "10.7.1": frozenset(
        "mld:1 mld:2 config:mld_version config:static_joins config:timers:rv config:limits"
        " config:router_alert config:fast_leave".split()
    ),
}


def family_features(version: str) -> dict[str, frozenset[str]]:
    """What is there in one family alone. The timers of MLD are not told."""
    ipv4 = frozenset({"state:timers"}) | PIM_FEATURES | BSR_FEATURES
    ipv6 = PIM_FEATURES if version else frozenset()
    dense = DENSE_FEATURES if version == "10.7.1" else frozenset()
    more = CANDIDATE_FEATURES if version else frozenset()
    return {"ipv4": ipv4 | more | dense, "ipv6": ipv6 | dense}


# What cannot be set is as the standard has it.
PIM_TIMERS = PimTimers(
    hello_period=4.0,
    join_prune_period=5.0,
    keepalive_period=12.0,
    register_suppression_time=12.0,
)
USERS = "frr:x:65490:65490::/nonexistent:/usr/sbin/nologin\n"
GROUPS = "frr:x:65490:\nfrrvty:x:65491:frr\n"
READY_SECONDS = 10.0
QUERY_SECONDS = 4.0
END_SECONDS = 1.0
# pimd asks zebra for the way back to a source when the kernel asks about it, and leaves that question unanswered: the kernel
# asks again after 10 s.
FIRST_FLOOD = 14.0


@dataclass(frozen=True)
class Words:
    """What the daemon of one family is called, and its words."""

    daemon: str
    ip: str  # that commands about it begin with
    protocol: str
    every_group: str
    rendezvous_block: str  # in which version 10 has the Rendezvous Point
    source_specific: str = "232.0.0.0/8"


WORDS = {
    "ipv4": Words("pimd", "ip", "igmp", "224.0.0.0/4", "router pim"),
    "ipv6": Words("pim6d", "ipv6", "mld", "ff00::/8", "router pim6", "ff30::/12"),
}


class Terminal:
    """The daemon's terminal socket: commands end with a zero octet, answers with three and a status."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.settimeout(READY_SECONDS)
        self.ask("enable")

    def ask(self, command: str) -> str:
        """The answer to a command; ``OSError`` if the daemon is gone."""
        self._socket.sendall(command.encode() + b"\0")
        answer = b""
        while len(answer) < 4 or answer[-4:-1] != b"\0\0\0":
            part = self._socket.recv(1 << 16)
            if not part:
                raise ConnectionResetError("the daemon closed its terminal")
            answer += part
        return answer[:-4].decode("utf-8", "replace")

    def close(self) -> None:
        self._socket.close()


class FrrDaemons(Daemons):
    """zebra and pimd or pim6d in a node, and the terminal of the second."""

    log_options: tuple[str, ...] = ("--log", "stdout")

    def __init__(self, root: Path, version: str, family: str) -> None:
        self._root, self._version = root, version
        self._words = WORDS[family]
        self.daemon = f"FRR {self._words.daemon}"
        self._terminal: Terminal | None = None

    def start_both(self, configuration: str, interfaces: set[str], prefixes: set[str]) -> None:
        """Starts them as far as their terminal; zebra has to know the networks of the interfaces and these
        prefixes of the kernel first.
        """
        sockets = self._folder_for_all()
        self._start("zebra", "")
        self._wait_for_zebra(sockets, interfaces, prefixes)
        self._start(self._words.daemon, configuration)
        self._open_terminal(sockets)

    def _open_terminal(self, sockets: Path) -> None:
        connection = self.connect(sockets / f"{self._words.daemon}.vty", READY_SECONDS)
        try:
            self._terminal = Terminal(connection)
        except OSError:
            self.wait_for_end()
            raise

    def wait_for_end(self) -> None:
        """Raises ``TargetDied`` when a daemon that hung up turns out to have ended."""
        limit = time.monotonic() + END_SECONDS
        while time.monotonic() < limit:
            self.check_alive()
            time.sleep(0.01)

    def _wait_for_zebra(self, sockets: Path, interfaces: set[str], prefixes: set[str]) -> None:
        """Until zebra listens (pimd is slow to try again) and knows the networks: a Rendezvous
        Point that it has no route to when pimd asks may stay without one. No connection to zserv.api is
        tried: version 10.3, left by a client while it starts, may have no routes for ever.
        """
        self.wait_for((sockets / "zserv.api").exists, READY_SECONDS, "zserv.api of zebra")
        terminal = Terminal(self.connect(sockets / "zebra.vty", READY_SECONDS))

        def networks_are_known() -> bool:
            routes = json.loads(terminal.ask(f"show {self._words.ip} route connected json"))
            hops = [hop for entries in routes.values() for one in entries for hop in one["nexthops"]]
            if not {hop.get("interfaceName") for hop in hops} >= interfaces:
                return False
            return prefixes <= set(json.loads(terminal.ask(f"show {self._words.ip} route kernel json")))

        self.wait_for(networks_are_known, READY_SECONDS, "routes of zebra")
        terminal.close()

    def _folder_for_all(self) -> Path:
        """/run/frr; the daemons give up root for a user of their own."""
        sockets = self.run_folder() / "frr"
        sockets.mkdir()
        for folder in (self.lab.folder, sockets.parent, sockets):
            folder.chmod(0o777)
        return sockets

    def _start(self, program: str, configuration: str) -> None:
        mounts = {self.run_folder(): "/run"}
        if self._version:
            mounts[self._root / "usr/share"] = "/usr/share"  # libyang reads its modules there
        for name, more in (("passwd", USERS), ("group", GROUPS)):
            known = Path("/etc", name).read_text(encoding="utf-8")
            mounts[self.write(name, known if "\nfrr:" in known else known + more)] = f"/etc/{name}"
        file = self.write(f"{program}.conf", configuration)
        file.chmod(0o644)
        command = unpacked.command(self._root, f"usr/lib/frr/{program}")
        log = ("--log", "stdout", "--log-level", "critical") if program == "zebra" else self.log_options
        self.run_daemon(
            [*command, *log, "-P", "0", "-f", str(file)],
            mounts,
            unpacked.environment(self._root),
        )

    def last_words(self) -> str:
        """Of a crash its cause, which a backtrace follows."""
        lines = self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
        causes = [line for line in lines if re.search("assertion|[Rr]eceived signal", line)]
        return f"it says: {' | '.join(causes[:2])[:300]}" if causes else super().last_words()

    def close_terminal(self) -> None:
        if self._terminal:
            self._terminal.close()


class FrrRouter(FrrDaemons, DaemonSystem):
    """The daemons as a system under test."""

    def __init__(self, setup: Setup, root: Path, timers: TimerSet, version: str = "") -> None:
        self._timers = timers
        FrrDaemons.__init__(self, root, version, setup.family)
        DaemonSystem.__init__(self, setup)

    def launch(self) -> None:
        configuration = daemon_configuration(self.setup, self._timers, self._version)
        prefixes = {route.prefix for route in self.setup.pim.routes} if self.setup.pim else set()
        self.start_both(configuration, set(PORTS), prefixes)
        self.start_clock_at_first_query(QUERY_SECONDS)
        self._join_statically()

    def _join_statically(self) -> None:
        """Static groups. Version 10.3, finding them in its file, ends with a failed assertion."""
        for name, interface in self.setup.interfaces.items():
            for group, source in interface.static_joins:
                join = f"{self._words.ip} {self._words.protocol} static-group {group} {source or ''}"
                for command in ("configure terminal", f"interface {name}", join.strip(), "end"):
                    self._terminal.ask(command)

    # ---- read-outs ----

    def _show(self, command: str) -> dict[str, Any]:
        self.check_alive()
        try:
            answer = self._terminal.ask(f"show {self._words.ip} {self._words.protocol} {command} json")
        except OSError:
            self.wait_for_end()
            raise
        shown = json.loads(answer)
        return shown.get("default", {}) if self.setup.family == "ipv6" else shown

    def groups(self, port: str) -> dict[str, GroupState]:
        """IGMP's groups are in one table and their sources in another, of which "*" stands for all others in
        EXCLUDE mode; MLD's are in one.
        """
        if self.setup.family == "ipv6":
            joins = self._show("joins").get(port, {})
            states = (joined_state(group, members) for group, members in joins.items())
            return {state.group: state for state in states if state is not None}
        groups = self._show("groups").get(port, {}).get("groups", [])
        sources = self._show("sources").get(port, {})
        return {
            one["group"]: group_state(one, sources.get(one["group"], {}).get("sources", ())) for one in groups
        }

    def interface_state(self, port: str) -> dict[str, Any]:
        if self.setup.family == "ipv6":
            return self._mld_interface_state(port)
        one = self._show("interface detail").get(port)
        if not one or one.get("mtraceOnly"):
            return {}
        return {
            "querier": one["querierIp"],
            "is_querier": one["querier"] == "local",
            "version": one["version"],
            "rv": one["timerRobustnessVariable"],
            "qi": float(one["timerQueryInterval"]),
        }

    def _mld_interface_state(self, port: str) -> dict[str, Any]:
        one = self._show("interface").get(port)
        if not one or "querier" not in one:
            return {}
        return {
            "querier": one["querierIp"],
            "is_querier": one["querier"],
            "version": int(one["version"]),
            "rv": one["timerRobustnessValue"],
            "qi": one["timerQueryIntervalMsec"] / 1000,
        }

    # ---- read-outs of PIM ----

    def _show_pim(self, command: str) -> dict[str, Any]:
        self.check_alive()
        try:
            answer = self._terminal.ask(f"show {self._words.ip} pim {command} json")
        except OSError:
            self.wait_for_end()
            raise
        return json.loads(answer)

    def pim_interface(self, port: str) -> dict[str, Any]:
        return frr_pim.interface_state(self._show_pim("interface detail").get(port, {}))

    def pim_neighbors(self, port: str) -> list[dict[str, Any]]:
        return [frr_pim.neighbor(one, seconds) for one in self._show_pim("neighbor").get(port, {}).values()]

    def pim_rp(self, group: str) -> str | None:
        return frr_pim.rp_of(self._show_pim("rp-info"), group)

    def close(self) -> None:
        self.close_terminal()
        super().close()


def group_state(one: dict[str, Any], listed: Any) -> GroupState:
    """A row of ``show ip igmp groups`` with its rows of ``show ip igmp sources``; it tells the mode in
    version 3 alone.
    """
    mode = one["mode"].lower() if "mode" in one else None
    timers = {source["source"]: seconds(source["timer"]) for source in listed if source["source"] != "*"}
    running = {source: left for source, left in timers.items() if left is not None}
    return GroupState(
        one["group"],
        mode,
        frozenset(running),
        frozenset(set(timers) - set(running)),
        one["version"],
        seconds(one["timer"]) if mode != "include" else None,
        running,
    )


def joined_state(group: str, members: Mapping[str, Mapping[str, Any]]) -> GroupState | None:
    """A group of ``show ipv6 mld joins``: "*" is there in EXCLUDE mode, where PRUNE is a blocked source and
    NOPRUNE one that somebody wants. None: what it lists is no membership.
    """
    states = {source: one["state"] for source, one in members.items()}
    anyone = states.pop("*", "NOINFO").startswith("JOIN")
    wanted = {source for source, state in states.items() if state.startswith(("JOIN", "NOPRUNE"))}
    blocked = {source for source, state in states.items() if state == "PRUNE"}
    if not anyone and not wanted:
        return None
    return GroupState(group, "exclude" if anyone else "include", frozenset(wanted), frozenset(blocked))


def seconds(text: str) -> float | None:
    """Seconds of ``01:02:03`` or ``02:03``; None of a timer that does not run."""
    if not re.fullmatch(r"\d+(:\d+)+", text):
        return None
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return float(total)


def daemon_configuration(setup: Setup, timers: TimerSet, version: str = "") -> str:
    """The configuration file of pimd or pim6d; ``Unsupported`` for what the daemon cannot be told."""
    if timers.qi != int(timers.qi) or timers.qri > timers.qi:
        raise Unsupported(
            f"FRR takes no query interval of {timers.qi:g} s with answers within {timers.qri:g} s"
        )
    words = WORDS[setup.family]
    lines = frr_pim.router_lines(setup, words, version)
    for name in PORTS:
        one = setup.interfaces.get(name, InterfaceSetup())
        lines += [f"interface {name}", *frr_pim.interface_lines(setup, name, words)]
        if one.enabled:
            command = f" {words.ip} {words.protocol}"
            lines += [command, *(f"{command} {rest}" for rest in _settings(setup, one, timers))]
        lines.append("exit")
    return "\n".join(lines) + "\n"


def _settings(setup: Setup, interface: InterfaceSetup, timers: TimerSet) -> list[str]:
    """What follows ``ip igmp`` or ``ipv6 mld`` in the lines of an interface."""
    version = version_of(setup, interface)
    if setup.family == "ipv4" and version not in (2, 3):
        raise Unsupported(f"FRR does not speak IGMPv{version}")
    lines = [
        f"version {version}",
        f"query-max-response-time {_tenths(timers.qri)}",
        f"query-interval {int(timers.qi)}",
        f"last-member-query-interval {_tenths(timers.lmqi)}",
        f"last-member-query-count {timers.rv if timers.lmqc is None else timers.lmqc}",
    ]
    if timers.rv != TimerSet().rv:
        lines.append(f"robustness {timers.rv}")
    if interface.max_groups is not None:
        lines.append(f"max-groups {interface.max_groups}")
    if interface.max_sources is not None:
        lines.append(f"max-sources {interface.max_sources}")
    if interface.require_router_alert:
        lines.append("require-router-alert")
    if interface.fast_leave:
        if (setup.family, version) not in (("ipv4", 2), ("ipv6", 1)):
            raise Unsupported("FRR leaves at once in IGMPv2 and MLDv1 alone")
        lines.append("immediate-leave")
    return lines


def _tenths(value: float) -> int:
    tenths = round(value * 10)
    if tenths < 1 or abs(tenths - value * 10) > 1e-6:
        raise Unsupported(f"FRR sets this in tenths of a second, not {value:g} s")
    return tenths


class FrrTarget:
    """See the head of the file. ``version`` "" is the one of this release of Debian."""

    virtual = False
    timers = SHORT_TIMERS
    tolerance = 0.3
    readout = 1.0  # seconds by which a timer that is read out may be off
    pim_timers = PIM_TIMERS

    def __init__(self, version: str = "") -> None:
        self._version = version
        self.name = f"frr-{version}" if version else "frr"
        self.features = FEATURES | MORE_FEATURES[version]
        self.family_features = family_features(version)
        self.first_flood = FIRST_FLOOD if version == "10.7.1" else 0.0
        self._root = unpacked.folder(self.name)

    def version(self) -> str:
        packaged = unpacked.package_version(self._root, "frr")
        number = self._first_line("zebra").removeprefix("zebra version ")
        return f"FRR {number}" + (f" (Debian {packaged})" if packaged else "")

    def _first_line(self, program: str) -> str:
        """What a program says of its version; nothing if it cannot be started."""
        command = unpacked.command(self._root, f"usr/lib/frr/{program}")
        return first_line([*command, "--version"], unpacked.environment(self._root))

    def missing(self) -> str | None:
        why = mininet_lab.missing()
        if why:
            return why
        if self._version and self._root == Path("/"):
            why = unpacked.fetch(self.name)
            self._root = unpacked.folder(self.name)
            if why:
                return why
        if not (self._root / "usr/lib/frr/pimd").is_file():
            return f"FRR is not there: {unpacked.FETCH}"
        for daemon in ("pimd", "pim6d") if self._version else ("pimd",):
            if not self._first_line(daemon).startswith(f"{daemon} version"):
                return f"FRR's {daemon} cannot be started: {unpacked.FETCH} with --force {self.name}"
        return None

    def open(self, setup: Setup) -> FrrRouter:
        return FrrRouter(setup, self._root, setup.timers or self.timers, self._version)


def target(version: str = "") -> FrrTarget:
    """The factory that the registry of targets calls."""
    return FrrTarget(version)
