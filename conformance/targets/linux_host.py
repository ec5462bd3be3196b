# SPDX-License-Identifier: GPL-2.0-only
"""Target ``linux-host``: the Linux kernel as an IGMP or MLD host, spoken to through an application's sockets.

The sockets are opened here, in the network namespace of the system's node. ``listen`` makes of RFC 3376's
IPMulticastListen the calls that an application would make: a join for the first any-source membership, a
source join for the first source, a leave to end it, and MCAST_MSFILTER, which sets a whole filter, for
everything else.

Set by sysctl: igmp_qrv (Robustness Variable), force_igmp_version, igmpv2_ and
igmpv3_unsolicited_report_interval, igmp_max_msf; force_mld_version, mldv1_ and
mldv2_unsolicited_report_interval. mld_max_msf, the most sources of a filter, and mld_qrv, the least
Robustness Variable, are the whole machine's and left alone: what they don't allow is not applicable.

A host can only learn the Query Interval and the Query Response Interval (and of MLD the Robustness Variable):
the kernel hears a General Query that names them before time zero, when it has no membership, and its time to
answer is over before the case begins.
"""

from __future__ import annotations

import os
import socket as socket_module
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from conformance.harness import codes
from conformance.harness.addressing import Names
from conformance.harness.model import PORTS, Delivery, Setup, TimerSet, Unsupported
from conformance.harness.packets import Context, general_query

from . import mininet_lab
from .mininet_lab import mac_of_system
from .multicast_socket import OPTIONS, MulticastSocket, send_datagram
from .realtime import SHORT_TIMERS, MininetSystem
from .settings import version_of
from .tap import network_namespace

FEATURES = frozenset(
    "role:host igmp:1 igmp:2 igmp:3 mld:1 mld:2 state:interfaces host:listen host:delivery host:send"
    " config:timers:rv config:timers:qi config:timers:qri config:timers:uri config:igmp_version"
    " config:mld_version config:mtu config:limits".split()
)
NOTHING: tuple[str, tuple[str, ...]] = ("include", ())
MANY = 100_000  # memberships and sources that an application may have, unless the case limits them
LOOPBACK = ("lo", "127.0.0.1")
NEWEST = {"ipv4": 3, "ipv6": 2}


class Application:
    """One application with one socket: turns whole filters into calls that lead from the filter before to
    the new one.
    """

    def __init__(self, make_socket: Callable[[], MulticastSocket], indices: Mapping[str, int]) -> None:
        self._make_socket, self._indices = make_socket, indices
        self.socket = make_socket()
        self._filters: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}

    def listen(self, port: str, group: str, mode: str, sources: tuple[str, ...]) -> bool:
        """Sets the filter; False if the kernel refuses, and then everything is as it was."""
        before, wanted = self._filters.get((port, group), NOTHING), (mode, sources)
        try:
            if wanted == NOTHING:
                if before != NOTHING:
                    self.socket.leave(self._indices[port], group)
            elif before == NOTHING:
                self._rehearse(group, mode, sources)
                self._begin(self.socket, port, PORTS[port].dut_address, group, mode, sources)
            else:
                self.socket.set_filter(self._indices[port], group, mode, sources)
        except OSError:
            return False
        self._filters[port, group] = wanted
        return True

    def _begin(
        self, sock: MulticastSocket, port: str, address: str, group: str, mode: str, sources: tuple[str, ...]
    ) -> None:
        """The first membership in a group. What one call cannot say a second one does, before the kernel
        reports.
        """
        index = self._indices[port]
        if mode == "exclude":
            sock.join(index, group)
        else:
            sock.join_source(index, address, group, sources[0])
        if mode == "exclude" and sources or sources[1:]:
            sock.set_filter(index, group, mode, sources)

    def _rehearse(self, group: str, mode: str, sources: tuple[str, ...]) -> None:
        """The same on the loopback interface: if the second call is refused, nobody has heard the first."""
        scratch = self._make_socket()
        try:
            self._begin(scratch, *LOOPBACK, group, mode, sources)
        finally:
            scratch.close()


class LinuxHost(MininetSystem):
    """The kernel of a Mininet node, with applications that live here."""

    def __init__(self, setup: Setup, timers: TimerSet) -> None:
        super().__init__(setup)
        self._applications: dict[str, Application] = {}
        self._deliveries: list[Delivery] = []
        try:
            self._configure(timers)
            with network_namespace(self.lab.namespace):
                self._indices = {name: socket_module.if_nametoindex(name) for name in (*PORTS, "lo")}
            self._teach(timers)
        except BaseException:
            self.close()
            raise
        self.start_clock()

    def _configure(self, timers: TimerSet) -> None:
        """The kernel's variables; ``Unsupported`` for what is the whole machine's and otherwise."""
        limits = [one.max_sources for one in self.setup.interfaces.values() if one.max_sources]
        ipv6 = self.setup.family == "ipv6"
        values: dict[str, object] = {}
        if ipv6:
            if timers.rv < of_the_machine("mld_qrv") or set(limits) - {of_the_machine("mld_max_msf")}:
                raise Unsupported("mld_qrv and mld_max_msf are the whole machine's")
        else:
            values = {
                "net/ipv4/igmp_qrv": timers.rv,
                "net/ipv4/igmp_max_memberships": MANY,
                "net/ipv4/igmp_max_msf": min(limits + [MANY]),
            }
        for name in PORTS:
            folder = f"net/{self.setup.family}/conf/{name}"
            version = version_of(self.setup, self.interface(name))
            protocol, older = ("mld", ("mldv1", "mldv2")) if ipv6 else ("igmp", ("igmpv2", "igmpv3"))
            forced = 0 if version == NEWEST[self.setup.family] else version
            values[f"{folder}/force_{protocol}_version"] = forced
            for one in older:
                values[f"{folder}/{one}_unsolicited_report_interval"] = round(timers.uri * 1000)
        self.lab.write_sysctls(values)

    def _teach(self, timers: TimerSet) -> None:
        """Lets every interface hear of the intervals, and the time for an answer pass."""
        for name, port in PORTS.items():
            context = Context(
                port.tester_address,
                port.dut_address,
                mac_of_system(name),
                timers.rv,
                timers.qi,
                timers.qri,
                timers.lmqi,
                names=Names(self.setup.family, port=name),
            )
            self.lab.taps[name].send(general_query().build(context))
        time_to_answer = codes.max_resp_time(
            codes.max_resp_code(timers.qri, 3, self.setup.family), 3, self.setup.family
        )
        self.advance(self.now() + time_to_answer + 0.05)
        self.forget_frames()

    # ---- applications ----

    def listen(self, socket: str, port: str, group: str, mode: str, sources: Sequence[str] = ()) -> bool:
        if self.setup.family == "ipv6" and len(sources) > of_the_machine("mld_max_msf"):
            raise Unsupported(f"a filter of {len(sources)} sources: mld_max_msf is the whole machine's")
        if socket not in self._applications:
            any_family = len(self._applications) % 2 == 1  # every second application uses the newer calls
            self._applications[socket] = Application(
                lambda: self._multicast_socket(any_family), self._indices
            )
        return self._applications[socket].listen(port, group, mode, tuple(sources))

    def _multicast_socket(self, any_family: bool) -> MulticastSocket:
        return MulticastSocket(self._udp_socket(), any_family)

    def _udp_socket(self) -> socket_module.socket:
        return self.lab.socket(OPTIONS[self.setup.family].domain, socket_module.SOCK_DGRAM)

    def send_data(
        self, group: str, payload: bytes, port: str | None = None, ttl: int | None = None, loop: bool = True
    ) -> None:
        with self._udp_socket() as sock:
            send_datagram(sock, group, payload, None if port is None else self._indices[port], ttl, loop)

    def deliveries(self) -> list[Delivery]:
        self._collect()
        out, self._deliveries = sorted(self._deliveries, key=lambda one: one.time), []
        return out

    def _waited_for(self) -> list[Any]:
        return [*super()._waited_for(), *(one.socket for one in self._applications.values())]

    def _collect(self) -> None:
        super()._collect()
        for name, application in self._applications.items():
            self._deliveries += [
                Delivery(one.time - self._zero, name, one.source, one.group, one.payload)
                for one in application.socket.receive()
            ]

    # ---- read-outs ----

    def interface_state(self, port: str) -> dict[str, Any]:
        """``compatibility``: the version that /proc/net/igmp names. Of MLD the kernel tells none."""
        if self.setup.family == "ipv6":
            return {}
        for line in self.lab.read_file("/proc/net/igmp").splitlines():
            fields = line.replace(":", " ").split()
            if len(fields) == 4 and fields[1] == port:
                return {"compatibility": int(fields[3].removeprefix("V"))}
        return {}

    def close(self) -> None:
        for application in self._applications.values():
            application.socket.close()
        self._applications.clear()
        super().close()


def of_the_machine(name: str) -> int:
    """A variable of IPv6 that no namespace has of its own."""
    return int(Path("/proc/sys/net/ipv6", name).read_text(encoding="ascii"))


class LinuxHostTarget:
    """See the head of the file."""

    name = "linux-host"
    virtual = False
    features = FEATURES
    timers = SHORT_TIMERS
    tolerance = 0.3

    def version(self) -> str:
        system = os.uname()
        return f"{system.sysname} {system.release}"

    def missing(self) -> str | None:
        return mininet_lab.missing()

    def open(self, setup: Setup) -> LinuxHost:
        return LinuxHost(setup, setup.timers or self.timers)


def target() -> LinuxHostTarget:
    """The factory that the registry of targets calls."""
    return LinuxHostTarget()
