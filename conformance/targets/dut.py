# SPDX-License-Identifier: GPL-2.0-only
"""Target ``dut``: a router on real interfaces of this machine, described in one YAML file
(``examples/dut.yaml``).

Each port is a wire of its own between an interface of this machine and one of the router. The interfaces of
this machine have no IPv4 address: the suite plays all the hosts there, answers ARP for them, and the
machine's own reports would disturb. The router is configured once by hand, or for every case by the command
``setup``, which is told what the case wants; ``reset`` brings it back to where it knows no groups.

Cases run one after the other: there is one router.
"""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

from conformance.harness.model import GroupState, InterfaceSetup, PORTS, Setup, TimerSet, Unsupported
from conformance.harness.timers import Timers

from . import dut_file, dut_state
from .realtime import RealTimeSystem, is_query
from .tap import Tap, wait_readable

ARP_SECONDS = 3.0
QUERY_SECONDS = 10.0


class CommandFailed(Exception):
    """A command of the file failed; the message says which and how."""


class Taps(dict[str, Tap]):
    """The wires; a port that the file does not have makes a case not applicable."""

    def __missing__(self, port: str) -> Tap:
        raise Unsupported(f"the router has no port {port}")


class RouterOnWires(RealTimeSystem):
    """The router, as long as one case runs."""

    def __init__(self, description: dut_file.Description, setup: Setup, timers: TimerSet) -> None:
        self._description, self._logged = description, 0
        self._environment = {**os.environ, **setup_variables(setup, timers, description)}
        super().__init__(Taps())
        try:
            for name, interface in description.interfaces.items():
                tap = Tap(interface, description.ports[name])
                self.taps[name], self._names[tap] = tap, name
            self._macs = dict(description.macs)
            self._run("setup", description.commands.setup)
            self._find_macs()
            self.log()
            self._begin()
        except BaseException:
            super().close()
            raise

    def _begin(self) -> None:
        """Time zero."""
        if self._description.first_query:
            self.forget_frames()
            at = self.wait_for_frame(
                lambda frame: frame.port == "lan" and is_query(frame.data), QUERY_SECONDS
            )
            if at is None:
                raise TimeoutError(
                    f"the router sent no query on lan within {QUERY_SECONDS:g} s after its setup"
                )
            self.start_clock(at)
        else:
            self.advance(self.now() + self._description.settle)
            self.forget_frames()
            self.start_clock()

    def _find_macs(self) -> None:
        """By ARP, where the file does not say them."""
        unknown = {name: tap for name, tap in self.taps.items() if name not in self._macs}
        limit = self.now() + ARP_SECONDS
        while unknown and self.now() < limit:
            for name, tap in unknown.items():
                tap.ask_for_system(self._description.ports[name].tester_address)
            wait_readable(list(unknown.values()), 0.2)
            self._collect()
            self._macs.update({name: tap.system_mac for name, tap in unknown.items() if tap.system_mac})
            unknown = {name: tap for name, tap in unknown.items() if name not in self._macs}
        if unknown:
            names = ", ".join(f"{name} ({self._description.ports[name].dut_address})" for name in unknown)
            raise TimeoutError(
                f"the router does not answer ARP on {names}; is it there, or should the file say its mac?"
            )

    def mac(self, port: str) -> str:
        self._router_interface(port)
        return self._macs[port]

    def _router_interface(self, port: str) -> str:
        if port not in self._description.router_interfaces:
            raise Unsupported(f"the router has no port {port}")
        return self._description.router_interfaces[port]

    # ---- commands ----

    def _run(self, name: str, command: str | None) -> str:
        if command is None:
            return ""
        try:
            done = subprocess.run(
                command,
                shell=True,
                capture_output=True,
                text=True,
                env=self._environment,
                timeout=self._description.commands.timeout,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(f"{name}: no end within {error.timeout:g} s: {command}") from error
        if done.returncode:
            said = " ".join((done.stderr or done.stdout).split())[-300:]
            raise CommandFailed(f"{name}: exit status {done.returncode}: {command}: {said}")
        return done.stdout

    def _read(self, table: dut_file.Table) -> Any:
        text = self._run("state", table.command)
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise CommandFailed(f"state: no JSON ({error}): {table.command}: {text[:100]!r}") from error

    def groups(self, port: str) -> dict[str, GroupState]:
        table = self._description.groups
        if table is None:
            return super().groups(port)
        return dut_state.group_states(table, self._read(table), self._router_interface(port))

    def interface_state(self, port: str) -> dict[str, Any]:
        table = self._description.interface_state
        if table is None:
            return super().interface_state(port)
        return dut_state.interface_state(table, self._read(table), self._router_interface(port))

    def log(self) -> list[str]:
        """The lines that the command ``log`` prints beyond those that it printed before."""
        lines = self._run("log", self._description.commands.log).splitlines()
        if len(lines) < self._logged:  # the router began a new one
            self._logged = 0
        new, self._logged = lines[self._logged :], len(lines)
        return new

    def close(self) -> None:
        try:
            self._run("reset", self._description.commands.reset)
        finally:
            super().close()


def setup_variables(setup: Setup, timers: TimerSet, description: dut_file.Description) -> dict[str, str]:
    """What commands find in their environment: MCAST_SETUP, the whole as JSON, and the usual things one by
    one.
    """
    known = Timers(timers, setup.profile, 0.0)
    variables = {"MCAST_PROFILE": setup.profile, "MCAST_SETUP": json.dumps(dataclasses.asdict(setup))}
    for name in ("rv", "qi", "qri", "lmqi", "lmqc", "sqi", "sqc"):
        variables[f"MCAST_{name.upper()}"] = f"{getattr(known, name):g}"
    for name in PORTS:
        one = setup.interfaces.get(name, InterfaceSetup())
        variables[f"MCAST_{name.upper()}_VERSION"] = str(one.igmp_version if one.enabled else 0)
        variables[f"MCAST_{name.upper()}_INTERFACE"] = description.router_interfaces.get(name, "")
    return variables


class DutTarget:
    """See the head of the file."""

    name = "dut"
    virtual = False
    one_at_a_time = True

    def __init__(self, file: str | Path) -> None:
        self._description = dut_file.load(file)
        self.features = self._description.features
        self.timers = self._description.timers
        self.tolerance = self._description.tolerance
        self.readout = self._description.readout
        self.ports = self._description.ports  # the addresses of this router

    def version(self) -> str:
        command = self._description.commands.version
        if not command:
            return self._description.name
        done = subprocess.run(
            command,
            shell=True,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=self._description.commands.timeout,
            check=False,
        )
        line = (done.stdout.strip().splitlines() or [""])[0].strip()
        return f"{self._description.name} {line}".strip()

    def missing(self) -> str | None:
        present = {name for _, name in socket.if_nameindex()}
        absent = sorted(set(self._description.interfaces.values()) - present)
        if absent:
            return f"this machine has no interface {', '.join(absent)}"
        if os.geteuid() != 0:
            return "needs root (packet sockets): run it with sudo"
        return None

    def open(self, setup: Setup) -> RouterOnWires:
        return RouterOnWires(self._description, setup, setup.timers or self.timers)


def target(file: str) -> DutTarget:
    """The factory that the registry of targets calls with the path of the description."""
    return DutTarget(file)
