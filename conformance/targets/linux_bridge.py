# SPDX-License-Identifier: GPL-2.0-only
"""Target ``linux-bridge``: the Linux kernel's bridge as a snooper and querier of IGMP and MLD.

A bridge has members, filters, an election and queries as a router has, but its ports are one link. So where
a case looks at data, ``lan``, ``lan2`` and ``up`` are ports of one bridge with the system's address on
``lan``; otherwise each of them is the only port of a bridge of its own, with the system's address there.

Set: that it asks (mcast_querier, with its own address: mcast_query_use_ifaddr), the versions, and all
timers; the kernel derives none from another, so the derived ones are those of the standard. Its Robustness
Variable is always 2. Data that nobody wants goes nowhere (mcast_flood off; a bridge may as well flood it,
RFC 4541 2.1.2), and the querier that the tester plays makes no router port of its segment (mcast_router 0),
where it would get everything. In the first Query Response Interval the kernel takes nobody for a member
yet: where a case looks at data, time zero is after that, otherwise it is the first query. Memberships are
read from the bridge's database, as ``bridge mdb`` shows it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any, Mapping

from conformance.harness.model import PORTS, GroupState, InterfaceSetup, Setup, TimerSet, Unsupported
from conformance.harness.timers import Timers

from . import mininet_lab
from .mininet_lab import mac_of_system
from .realtime import SHORT_TIMERS, MininetSystem, is_query
from .settings import addresses_of, version_of
from .tap import network_namespace

FEATURES = frozenset(
    "role:router igmp:2 igmp:3 mld:1 mld:2 state:groups state:sources state:timers forwarding"
    " config:timers:qi config:timers:qri config:timers:lmqi config:timers:lmqc config:timers:startup"
    " config:igmp_version config:mld_version config:mtu config:fast_leave".split()
)
# Cases, in the names of IGMP or MLD, about what a router does between links.
OF_ROUTERS = frozenset(
    "router_forwarding.data_from_no_unicast_address_is_not_forwarded"
    " router_forwarding.data_on_the_wrong_interface_is_not_forwarded"
    " router_forwarding.data_to_link_local_groups_is_never_forwarded"
    " router_forwarding.datagram_with_ttl_1_is_not_forwarded"
    " router_forwarding.forwarded_datagram_has_one_less_to_live_and_is_otherwise_the_same"
    " router_forwarding.igmp_messages_are_not_forwarded"
    " router_bad_reports.members_of_link_local_groups_make_no_data_flow"
    " router_format.forwarded_data_goes_to_the_ethernet_address_of_the_group"
    " router_v1.data_to_all_systems_is_never_forwarded"
    " wire.forwarded_data_goes_to_the_mapped_address".split()
)
QUERY_SECONDS = 4.0
SETTLING = 0.3  # seconds between the end of the first Query Response Interval and time zero


class LinuxBridge(MininetSystem):
    """One bridge, or three, in a Mininet node."""

    def __init__(self, setup: Setup, timers: TimerSet) -> None:
        super().__init__(setup)
        self._timers = Timers(timers, setup.profile, 0.0, setup.family)
        self._one = setup.forwarding
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    # ---- building ----

    def bridge_of(self, port: str) -> str:
        return "br-lan" if self._one else f"br-{port}"

    def _build(self) -> None:
        for name in PORTS:
            self._run("ip", "link", "set", "dev", name, "down")
            self._run("ip", "addr", "flush", "dev", name)
        for name in ["lan"] if self._one else PORTS:
            self._add_bridge(name)
        self.forget_frames()
        for name in PORTS:
            self._add_port(name)
        first = [self._first_query(name) for name in PORTS]
        self.start_clock(min((one for one in first if one is not None), default=None))
        if self._one:
            self.advance(self._timers.qri + SETTLING)
            self.forget_frames()
            self.start_clock()

    def _first_query(self, port: str) -> float | None:
        return self.wait_for_frame(lambda frame: frame.port == port and is_query(frame.data), QUERY_SECONDS)

    def _add_bridge(self, port: str) -> None:
        name = self.bridge_of(port)
        settings = bridge_settings(self.setup, self.interface(port), self._timers)
        words = [word for pair in settings.items() for word in map(str, pair)]
        self._run("ip", "link", "add", "name", name, "address", mac_of_system(port), "type", "bridge", *words)
        # Not together with the times: how long it takes nobody for a member would be that of the default.
        self._run("ip", "link", "set", "dev", name, "type", "bridge", "mcast_querier", "1")
        nodad = ["nodad"] if self.setup.family == "ipv6" else []
        for address, length in addresses_of(self.setup, PORTS[port]):
            self._run("ip", "addr", "add", f"{address}/{length}", "dev", name, *nodad)
        self._run("ip", "link", "set", "dev", name, "mtu", str(self.interface(port).mtu), "up")

    def _add_port(self, name: str) -> None:
        self._run("ip", "link", "set", "dev", name, "master", self.bridge_of(name))
        fast = "on" if self.interface(name).fast_leave else "off"
        settings = ["mcast_flood", "off", "mcast_router", "0", "fastleave", fast]
        self._run("bridge", "link", "set", "dev", name, *settings)
        self._run("ip", "link", "set", "dev", name, "up")

    def _run(self, *command: str) -> str:
        with network_namespace(self.lab.namespace):
            done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    # ---- using ----

    def mac(self, port: str) -> str:
        return mac_of_system("lan" if self._one else port)

    def groups(self, port: str) -> dict[str, GroupState]:
        shown = json.loads(self._run("bridge", "-d", "-s", "-j", "mdb", "show", "dev", self.bridge_of(port)))
        entries = [entry for part in shown for entry in part.get("mdb", ())]
        return {
            entry["grp"]: group_state(entry)
            for entry in entries
            if entry["port"] == port and "src" not in entry and (":" in entry["grp"]) == self._ipv6
        }

    @property
    def _ipv6(self) -> bool:
        return self.setup.family == "ipv6"


def bridge_settings(setup: Setup, interface: InterfaceSetup, timers: Timers) -> dict[str, object]:
    """What follows ``type bridge``; times in hundredths of a second."""
    version = version_of(setup, interface)
    if setup.family == "ipv4" and version not in (2, 3):
        raise Unsupported(f"the bridge does not speak IGMPv{version}")
    times = {
        "query_interval": timers.qi,
        "query_response_interval": timers.qri,
        "startup_query_interval": timers.sqi,
        "last_member_interval": timers.lmqi,
        "membership_interval": timers.gmi,
        "querier_interval": timers.oqpi,
    }
    return {
        "stp_state": 0,
        "forward_delay": 0,
        **{f"mcast_{name}": round(value * 100) for name, value in times.items()},
        "mcast_startup_query_count": timers.sqc,
        "mcast_last_member_count": timers.lmqc,
        "mcast_mld_version" if setup.family == "ipv6" else "mcast_igmp_version": version,
        "mcast_query_use_ifaddr": 1,
        "mcast_snooping": 1,
    }


def group_state(entry: Mapping[str, Any]) -> GroupState:
    """An entry of the database about a group on a port; its sources are blocked when their timer is over. It
    tells the mode in the newest version alone.
    """
    mode = entry.get("filter_mode")
    timers = {source["address"]: float(source["timer"]) for source in entry.get("source_list", ())}
    running = {source: left for source, left in timers.items() if left > 0}
    blocked = frozenset(set(timers) - set(running))
    expires = float(entry["timer"]) if mode != "include" else None
    return GroupState(entry["grp"], mode, frozenset(running), blocked, None, expires, running)


class LinuxBridgeTarget:
    """See the head of the file."""

    name = "linux-bridge"
    virtual = False
    features = FEATURES
    timers = SHORT_TIMERS
    tolerance = 0.3

    def version(self) -> str:
        system = os.uname()
        return f"{system.sysname} {system.release}"

    def missing(self) -> str | None:
        why = mininet_lab.missing()
        if why:
            return why
        if not shutil.which("bridge"):
            return "needs iproute2: apt-get install iproute2"
        probe = "unshare -n ip link add name probe type bridge mcast_igmp_version 3"
        done = subprocess.run(probe.split(), capture_output=True, text=True, check=False)
        return f"the kernel has no bridge with snooping: {done.stderr.strip()}" if done.returncode else None

    def cannot_play(self, case: Any) -> str | None:
        """Cases about routers between links."""
        if case.name.removeprefix("igmp_").removeprefix("mld_") in OF_ROUTERS:
            return "a rule of routers; the ports of a bridge are one link"
        return None

    def open(self, setup: Setup) -> LinuxBridge:
        return LinuxBridge(setup, setup.timers or self.timers)


def target() -> LinuxBridgeTarget:
    """The factory that the registry of targets calls."""
    return LinuxBridgeTarget()
