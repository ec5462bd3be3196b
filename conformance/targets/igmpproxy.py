# SPDX-License-Identifier: GPL-2.0-only
"""Target ``igmpproxy``: a proxy that is a router on ``lan`` and ``lan2`` and a host on ``up``.

It asks in IGMPv2, and understands reports of any version. None of its timers can be set: they are those of
the standard, so that many cases take minutes or are not applicable. Its state cannot be read out. Any source
counts as reachable through ``up``.
"""

from __future__ import annotations

import shutil

from conformance.harness.model import PORTS, InterfaceSetup, Setup, TimerSet, Unsupported

from . import mininet_lab
from .realtime import DaemonSystem, output_lines

UPSTREAM = "up"
FEATURES = frozenset(
    "role:router igmp:2 log forwarding config:igmp_version config:enabled config:ttl_threshold"
    " config:mtu".split()
)
READY_SECONDS = 10.0


class IgmpProxy(DaemonSystem):
    """One igmpproxy in a Mininet node."""

    daemon = "igmpproxy"

    def launch(self) -> None:
        file = self.write("igmpproxy.conf", configuration(self.setup))
        self.run_daemon([program(), "-d", "-v", "-v", str(file)], {self.run_folder(): "/run"})
        self.start_clock_at_first_query(READY_SECONDS)

    def asks_on(self, port: str) -> bool:
        return port != UPSTREAM and super().asks_on(port)


def configuration(setup: Setup) -> str:
    """igmpproxy.conf; ``Unsupported`` for what the daemon cannot be told."""
    lines = []
    for name in PORTS:
        one = setup.interfaces.get(name, InterfaceSetup())
        if one.igmp_version == 1:
            raise Unsupported("igmpproxy speaks IGMPv2 and cannot be told otherwise")
        if not one.enabled and name == UPSTREAM:
            raise Unsupported("igmpproxy needs its upstream interface")
        kind = "upstream" if name == UPSTREAM else "downstream"
        lines.append(
            f"phyint {name} {kind} ratelimit 0 threshold {one.ttl_threshold}"
            if one.enabled
            else f"phyint {name} disabled"
        )
        if name == UPSTREAM:
            lines.append("    altnet 0.0.0.0/0")
    return "\n".join(lines) + "\n"


def program() -> str:
    return shutil.which("igmpproxy") or "/usr/sbin/igmpproxy"


class IgmpProxyTarget:
    """See the head of the file."""

    name = "igmpproxy"
    virtual = False
    features = FEATURES
    timers = TimerSet()
    tolerance = 0.5
    patience = 60.0

    def version(self) -> str:
        return next(
            (line for line in output_lines([program(), "-h"]) if line.startswith("igmpproxy ")), "igmpproxy"
        )

    def missing(self) -> str | None:
        why = mininet_lab.missing()
        if why:
            return why
        if not shutil.which(program()):
            return "needs igmpproxy: apt-get install igmpproxy"
        return None

    def open(self, setup: Setup) -> IgmpProxy:
        return IgmpProxy(setup)


def target() -> IgmpProxyTarget:
    """The factory that the registry of targets calls."""
    return IgmpProxyTarget()
