# SPDX-License-Identifier: GPL-2.0-only
"""Target ``frr``: FRRouting's pimd (with zebra), whose IGMP router is part of PIM sparse mode.

The system is its own Rendezvous Point, so that a member gets data of any source on ``up`` with no other PIM
router about; outside 232/8 it forwards for any-source members alone. The state is read from the daemon's own
terminal socket, the one that vtysh speaks to, as JSON; its timers are whole seconds. What it sends of PIM is
left on the wire. It begins to ask a second after its start; that is time zero.
"""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

from conformance.harness.model import PORTS, GroupState, InterfaceSetup, Setup, TimerSet, Unsupported

from . import mininet_lab, unpacked
from .realtime import SHORT_TIMERS, DaemonSystem, first_line

FEATURES = frozenset(
    "role:router igmp:2 igmp:3 state:groups state:sources state:timers state:interfaces log forwarding"
    " forwarding:any-source config:timers:qi config:timers:qri config:timers:lmqi config:timers:lmqc"
    " config:igmp_version config:enabled config:mtu".split()
)
USERS = "frr:x:65490:65490::/nonexistent:/usr/sbin/nologin\n"
GROUPS = "frr:x:65490:\nfrrvty:x:65491:frr\n"
READY_SECONDS = 10.0
QUERY_SECONDS = 4.0


class Terminal:
    """The daemon's terminal socket: commands end with a zero octet, answers with three and a status."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.settimeout(READY_SECONDS)
        self.ask("enable")

    def ask(self, command: str) -> str:
        self._socket.sendall(command.encode() + b"\0")
        answer = b""
        while len(answer) < 4 or answer[-4:-1] != b"\0\0\0":
            part = self._socket.recv(1 << 16)
            if not part:
                break
            answer += part
        return answer[:-4].decode("utf-8", "replace")

    def close(self) -> None:
        self._socket.close()


class FrrRouter(DaemonSystem):
    """zebra and pimd in one Mininet node."""

    daemon = "FRR pimd"
    log_options: tuple[str, ...] = ("--log", "stdout")

    def __init__(self, setup: Setup, root: Path, timers: TimerSet) -> None:
        self._root, self._timers = root, timers
        self._terminal: Terminal | None = None
        super().__init__(setup)

    def launch(self) -> None:
        configuration = pimd_configuration(self.setup, self._timers)
        sockets = self._folder_for_all()
        self._start("zebra", "")
        self.connect(sockets / "zserv.api", READY_SECONDS).close()  # pimd is slow to try again
        self._start("pimd", configuration)
        self._terminal = Terminal(self.connect(sockets / "pimd.vty", READY_SECONDS))
        self.start_clock_at_first_query(QUERY_SECONDS)

    def _folder_for_all(self) -> Path:
        """/run/frr; the daemons give up root for a user of their own."""
        sockets = self.run_folder() / "frr"
        sockets.mkdir()
        for folder in (self.lab.folder, sockets.parent, sockets):
            folder.chmod(0o777)
        return sockets

    def _start(self, program: str, configuration: str) -> None:
        mounts = {self.run_folder(): "/run"}
        for name, more in (("passwd", USERS), ("group", GROUPS)):
            known = Path("/etc", name).read_text(encoding="utf-8")
            mounts[self.write(name, known if "\nfrr:" in known else known + more)] = f"/etc/{name}"
        file = self.write(f"{program}.conf", configuration)
        file.chmod(0o644)
        self.run_daemon(
            [str(self._root / "usr/lib/frr" / program), *self.log_options, "-P", "0", "-f", str(file)],
            mounts,
            unpacked.environment(self._root),
        )

    # ---- read-outs ----

    def _show(self, command: str) -> dict[str, Any]:
        self.check_alive()
        return json.loads(self._terminal.ask(f"show ip igmp {command} json"))

    def groups(self, port: str) -> dict[str, GroupState]:
        """Groups and, in a table of their own, their sources: of which "*" stands for all others in EXCLUDE
        mode.
        """
        groups = self._show("groups").get(port, {}).get("groups", [])
        sources = self._show("sources").get(port, {})
        return {
            one["group"]: group_state(one, sources.get(one["group"], {}).get("sources", ())) for one in groups
        }

    def interface_state(self, port: str) -> dict[str, Any]:
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

    def close(self) -> None:
        if self._terminal:
            self._terminal.close()
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


def seconds(text: str) -> float | None:
    """Seconds of ``01:02:03`` or ``02:03``; None of a timer that does not run."""
    if not re.fullmatch(r"\d+(:\d+)+", text):
        return None
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return float(total)


def pimd_configuration(setup: Setup, timers: TimerSet) -> str:
    """The configuration file; ``Unsupported`` for what the daemon cannot be told."""
    lmqc = timers.rv if timers.lmqc is None else timers.lmqc
    if timers.qi != int(timers.qi) or timers.qri > timers.qi:
        raise Unsupported(
            f"FRR takes no query interval of {timers.qi:g} s with answers within {timers.qri:g} s"
        )
    lines = [f"ip pim rp {PORTS['up'].dut_address} 224.0.0.0/4"]
    for name in PORTS:
        one = setup.interfaces.get(name, InterfaceSetup())
        lines += [f"interface {name}", " ip pim"]
        if one.enabled:
            lines += [
                " ip igmp",
                f" ip igmp version {_version(one)}",
                f" ip igmp query-max-response-time {_tenths(timers.qri)}",
                f" ip igmp query-interval {int(timers.qi)}",
                f" ip igmp last-member-query-interval {_tenths(timers.lmqi)}",
                f" ip igmp last-member-query-count {lmqc}",
            ]
        lines.append("exit")
    return "\n".join(lines) + "\n"


def _version(interface: InterfaceSetup) -> int:
    if interface.igmp_version not in (2, 3):
        raise Unsupported(f"FRR does not speak IGMPv{interface.igmp_version}")
    return interface.igmp_version


def _tenths(value: float) -> int:
    tenths = round(value * 10)
    if tenths < 1 or abs(tenths - value * 10) > 1e-6:
        raise Unsupported(f"FRR sets this in tenths of a second, not {value:g} s")
    return tenths


class FrrTarget:
    """See the head of the file."""

    name = "frr"
    virtual = False
    features = FEATURES
    timers = SHORT_TIMERS
    tolerance = 0.3
    readout = 1.0  # seconds by which a timer that is read out may be off

    def __init__(self) -> None:
        self._root = unpacked.folder("frr")

    def version(self) -> str:
        zebra = str(self._root / "usr/lib/frr/zebra")
        packaged = unpacked.package_version(self._root, "frr")
        number = first_line([zebra, "--version"], unpacked.environment(self._root)).removeprefix(
            "zebra version "
        )
        return f"FRR {number}" + (f" (Debian {packaged})" if packaged else "")

    def missing(self) -> str | None:
        why = mininet_lab.missing()
        if why:
            return why
        if not (self._root / "usr/lib/frr/pimd").is_file():
            return f"FRR is not there: {unpacked.FETCH}"
        if not first_line(
            [str(self._root / "usr/lib/frr/pimd"), "--version"], unpacked.environment(self._root)
        ):
            return f"FRR's pimd cannot be started: {unpacked.FETCH} with --force"
        return None

    def open(self, setup: Setup) -> FrrRouter:
        return FrrRouter(setup, self._root, setup.timers or self.timers)


def target() -> FrrTarget:
    """The factory that the registry of targets calls."""
    return FrrTarget()
