# SPDX-License-Identifier: GPL-2.0-only
"""Target ``linux-host``: the Linux kernel as an IGMP host, spoken to through the sockets of an application.

The sockets are opened here, in the network namespace of the system's node. ``listen`` makes of RFC 3376's
IPMulticastListen the calls that an application would make: IP_ADD_MEMBERSHIP or MCAST_JOIN_GROUP for the first
any-source membership, IP_ADD_SOURCE_MEMBERSHIP for the first source, IP_DROP_MEMBERSHIP or MCAST_LEAVE_GROUP to end it, and
MCAST_MSFILTER, which sets a whole filter, for everything else.

Set by sysctl: igmp_qrv (Robustness Variable), force_igmp_version, igmpv2_ and igmpv3_unsolicited_report_interval,
igmp_max_msf. A host can only learn the Query Interval and the Query Response Interval: the kernel hears a General Query
that names them before time zero, when it has no membership, and its time to answer is over before the case begins.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import Any, Sequence

from conformance.harness import codes
from conformance.harness.model import PORTS, Delivery, Setup, TimerSet
from conformance.harness.packets import Context, general_query

from . import mininet_lab
from .mininet_lab import mac_of_system
from .realtime import SHORT_TIMERS, MininetSystem
from .tap import SO_TIMESTAMPNS, arrival_time, network_namespace

FEATURES = frozenset(
    "role:host igmp:1 igmp:2 igmp:3 state:interfaces host:listen host:delivery host:send config:timers:rv config:timers:qi"
    " config:timers:qri config:timers:uri config:igmp_version config:mtu config:limits".split())
DATA_PORT = 5001
IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP = 35, 36, 39
MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP, MCAST_MSFILTER = 42, 45, 48
IP_MULTICAST_ALL, IP_PKTINFO = 49, 8
FILTER_MODE = {"exclude": 0, "include": 1}
NOTHING: tuple[str, tuple[str, ...]] = ("include", ())
MANY = 100_000  # memberships and sources that an application may have, unless the case limits them


class Listener:
    """The socket of one application, and the filters that are set on it."""

    def __init__(self, sock: socket.socket, indices: dict[str, int], any_family: bool) -> None:
        self.socket, self._indices = sock, indices
        self._any_family = any_family  # uses MCAST_JOIN_GROUP instead of IP_ADD_MEMBERSHIP
        self._filters: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        sock.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)  # what others joined is not for this one
        sock.bind(("", DATA_PORT))

    def fileno(self) -> int:
        return self.socket.fileno()

    def listen(self, port: str, group: str, mode: str, sources: tuple[str, ...]) -> bool:
        """Sets the filter; False if the kernel refuses."""
        before = self._filters.get((port, group), NOTHING)
        wanted = (mode, sources)
        try:
            if wanted == NOTHING:
                self._leave(port, group)
            elif before == NOTHING:
                self._begin(port, group, mode, sources)
            else:
                self._set_filter(port, group, mode, sources)
        except OSError:
            return False
        self._filters[port, group] = wanted
        if wanted == NOTHING:
            del self._filters[port, group]
        return True

    def _begin(self, port: str, group: str, mode: str, sources: tuple[str, ...]) -> None:
        """The first membership in a group. What one call cannot say a second one does, before the kernel reports."""
        if mode == "exclude":
            self._join(port, group)
        else:
            address = PORTS[port].dut_address
            self._set(IP_ADD_SOURCE_MEMBERSHIP, b"".join(map(socket.inet_aton, (group, address, sources[0]))))
        if mode == "exclude" and sources or sources[1:]:
            try:
                self._set_filter(port, group, mode, sources)
            except OSError:
                self._leave(port, group)
                raise

    def _join(self, port: str, group: str) -> None:
        if self._any_family:
            self._set(MCAST_JOIN_GROUP, self._group_request(port, group))
        else:
            self._set(IP_ADD_MEMBERSHIP, self._membership(port, group))

    def _leave(self, port: str, group: str) -> None:
        if (port, group) not in self._filters:
            return
        if self._any_family:
            self._set(MCAST_LEAVE_GROUP, self._group_request(port, group))
        else:
            self._set(IP_DROP_MEMBERSHIP, self._membership(port, group))

    def _set_filter(self, port: str, group: str, mode: str, sources: tuple[str, ...]) -> None:
        """struct group_filter"""
        self._set(MCAST_MSFILTER, self._group_request(port, group)
                  + struct.pack("II", FILTER_MODE[mode], len(sources)) + b"".join(map(_storage, sources)))

    def _membership(self, port: str, group: str) -> bytes:
        """struct ip_mreqn"""
        return struct.pack("4s4si", socket.inet_aton(group), bytes(4), self._indices[port])

    def _group_request(self, port: str, group: str) -> bytes:
        """struct group_req"""
        return struct.pack("I4x", self._indices[port]) + _storage(group)

    def _set(self, option: int, value: bytes) -> None:
        self.socket.setsockopt(socket.IPPROTO_IP, option, value)

    def receive(self, name: str, zero: float) -> list[Delivery]:
        """The datagrams that came since the last call; ``zero`` is the time of ``time.monotonic()`` at time zero."""
        deliveries = []
        while True:
            try:
                payload, ancillary, _, address = self.socket.recvmsg(65536, 256)
            except (BlockingIOError, InterruptedError):
                return deliveries
            group = next((socket.inet_ntoa(octets[8:12]) for level, kind, octets in ancillary
                          if level == socket.IPPROTO_IP and kind == IP_PKTINFO), "")
            deliveries.append(Delivery(arrival_time(ancillary) - zero, name, address[0], group, payload))


def _storage(address: str) -> bytes:
    """struct sockaddr_storage"""
    return struct.pack("=H2x4s120x", socket.AF_INET, socket.inet_aton(address))


class LinuxHost(MininetSystem):
    """The kernel of a Mininet node, with applications that live here."""

    def __init__(self, setup: Setup, timers: TimerSet) -> None:
        super().__init__(setup)
        self._listeners: dict[str, Listener] = {}
        self._deliveries: list[Delivery] = []
        try:
            self._configure(timers)
            with network_namespace(self.lab.namespace):
                self._indices = {name: socket.if_nametoindex(name) for name in PORTS}
            self._teach(timers)
        except BaseException:
            self.close()
            raise
        self.start_clock()

    def _configure(self, timers: TimerSet) -> None:
        most = [one.max_sources for one in self.setup.interfaces.values() if one.max_sources]
        values: dict[str, object] = {
            "net/ipv4/igmp_qrv": timers.rv, "net/ipv4/igmp_max_memberships": MANY, "net/ipv4/igmp_max_msf": min(most + [MANY])}
        for name in PORTS:
            version = self.interface(name).igmp_version
            values[f"net/ipv4/conf/{name}/force_igmp_version"] = 0 if version == 3 else version
            for older in ("igmpv2", "igmpv3"):
                values[f"net/ipv4/conf/{name}/{older}_unsolicited_report_interval"] = round(timers.uri * 1000)
        self.lab.write_sysctls(values)

    def _teach(self, timers: TimerSet) -> None:
        """Lets every interface hear of the intervals, and the time for an answer pass."""
        for name, port in PORTS.items():
            context = Context(port.tester_address, port.dut_address, mac_of_system(name), timers.rv, timers.qi, timers.qri,
                              timers.lmqi)
            self.lab.taps[name].send(general_query().build(context))
        self.advance(self.now() + codes.decode_float_code(codes.max_resp_code(timers.qri, 3)) / 10 + 0.05)
        self.forget_frames()

    # ---- applications ----

    def listen(self, socket_name: str, port: str, group: str, mode: str, sources: Sequence[str] = ()) -> bool:
        if socket_name not in self._listeners:
            sock = self.lab.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._listeners[socket_name] = Listener(sock, self._indices, len(self._listeners) % 2 == 1)
        return self._listeners[socket_name].listen(port, group, mode, tuple(sources))

    def send_data(self, group: str, payload: bytes, port: str | None = None, ttl: int | None = None,
                  loop: bool = True) -> None:
        with self.lab.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            if port is not None:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", bytes(4), bytes(4),
                                                                                       self._indices[port]))
            if ttl is not None:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, int(loop))
            sock.sendto(payload, (group, DATA_PORT))

    def deliveries(self) -> list[Delivery]:
        self._collect()
        out, self._deliveries = sorted(self._deliveries, key=lambda one: one.time), []
        return out

    def _waited_for(self) -> list[Any]:
        return [*super()._waited_for(), *self._listeners.values()]

    def _collect(self) -> None:
        super()._collect()
        for name, listener in self._listeners.items():
            self._deliveries += listener.receive(name, self._zero)

    # ---- read-outs ----

    def interface_state(self, port: str) -> dict[str, Any]:
        """``compatibility``: the version that /proc/net/igmp names."""
        for line in self.lab.read_file("/proc/net/igmp").splitlines():
            fields = line.replace(":", " ").split()
            if len(fields) == 4 and fields[1] == port:
                return {"compatibility": int(fields[3].removeprefix("V"))}
        return {}

    def close(self) -> None:
        for listener in self._listeners.values():
            listener.socket.close()
        self._listeners.clear()
        super().close()


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
