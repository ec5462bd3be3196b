# SPDX-License-Identifier: GPL-2.0-only
"""One network of the matrix: nodes, wires, the source of numbered datagrams, and the receiver's wire."""

from __future__ import annotations

import socket
import struct
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from conformance.harness.shield import shielded
from conformance.targets.mininet_lab import (
    IPV6_OFF,
    DaemonNode,
    compute_checksums_at_once,
    ipv6_on,
    set_sysctls,
)
from conformance.targets.multicast_socket import DATA_PORT, OPTIONS, MulticastSocket, send_datagram
from conformance.targets.tap import (
    ETH_P_ALL,
    PACKET_OUTGOING,
    SO_RCVBUFFORCE,
    SO_TIMESTAMPNS,
    arrival_time,
    network_namespace,
)

from . import topology as at
from .topology import END_SYSTEM, GROUPS, RECEIVER_NET, SOURCE_NET, Topology

RATE = 200  # datagrams a second
TTL = 32
BUFFER = 8 << 20  # octets
LONGEST = 2048


class Node(DaemonNode):
    """A router or an end system, with a folder of its own."""

    def __init__(self, name: str, family: str, forwarding: bool) -> None:
        super().__init__(name, Path(tempfile.mkdtemp(prefix=f"mcast-interop-{name}-")))
        with network_namespace(self.namespace):
            set_sysctls(
                {
                    "net/ipv4/conf/all/rp_filter": 0,
                    "net/ipv4/conf/default/rp_filter": 0,
                    "net/ipv4/ip_forward": int(forwarding),
                    **(ipv6_on(forwarding) if family == "ipv6" else IPV6_OFF),
                }
            )
        self.ip_batch(["link set lo up"])


class Network:
    """Builds the nodes and wires of a topology; ``close`` takes them down."""

    def __init__(self, topology: Topology, family: str) -> None:
        self.topology, self.family = topology, family
        self._closing = ExitStack()
        try:
            count = len(topology.roles)
            self.routers = {n: self._add(f"r{n}", forwarding=True) for n in range(1, count + 1)}
            self.source, self.receiver = self._add("source"), self._add("receiver")
            for number in topology.networks:
                self._connect(number)
            for route in topology.routes:
                self._add_route(route)
            with network_namespace(self.source.namespace):
                compute_checksums_at_once(at.interface(SOURCE_NET))
        except BaseException:
            self.close()
            raise

    def _add(self, name: str, forwarding: bool = False) -> Node:
        node = Node(name, self.family, forwarding)
        self._closing.callback(node.close)
        return node

    def _connect(self, number: int) -> None:
        """A cable between two nodes, a switch between more."""
        members = [(self.routers[n], n) for n in self.topology.networks[number]]
        if number == SOURCE_NET:
            members.append((self.source, END_SYSTEM))
        if number == RECEIVER_NET:
            members.append((self.receiver, END_SYSTEM))
        if len(members) == 2:
            self._cable(members[0][0], at.interface(number), members[1][0], at.interface(number))
        else:
            self._switch(number, [node for node, _ in members])
        nodad = " nodad" if self.family == "ipv6" else ""
        for node, host in members:
            name = at.interface(number)
            own = [f"addr add {one} dev {name}{nodad}" for one in at.addresses(self.family, number, host)]
            node.ip_batch([*own, f"link set dev {name} up"])

    def _switch(self, number: int, members: list[Node]) -> None:
        switch = self._add("switch")
        commands = ["link add lan type bridge forward_delay 0 mcast_snooping 0"]
        for position, node in enumerate(members):
            self._cable(node, at.interface(number), switch, f"port{position}")
            commands.append(f"link set dev port{position} master lan up")
        switch.ip_batch([*commands, "link set dev lan up"])

    @staticmethod
    def _cable(one: Node, name: str, other: Node, other_name: str) -> None:
        from mininet.link import Link

        Link(one.node, other.node, intfName1=name, intfName2=other_name)

    def _add_route(self, route: at.Route) -> None:
        hop = at.next_hop(self.family, route.over, route.via)
        self.routers[route.router].ip_batch(
            [
                f"route add {at.prefix(self.family, route.to)} via {hop} dev {at.interface(route.over)}"
                f" metric {route.metric}"
            ]
        )

    def cut(self) -> None:
        """The link of the topology dies: its ends go down, and the kernel drops their routes."""
        for router in self.topology.cut_ends():
            name = at.interface(self.topology.dying)
            self.routers[router].ip_batch([f"link set dev {name} down"])

    def incoming_interface(self, router: int) -> str | None:
        """Where a router's kernel takes the flow from, by its own tables; None: it has no such entry."""
        return incoming_of(*self._forwarding(router), self.family)

    def outgoing_interfaces(self, router: int) -> list[str]:
        """Where a router's kernel sends the flow to; none if it has no such entry."""
        return outgoing_of(*self._forwarding(router), self.family)

    def _forwarding(self, router: int) -> tuple[str, str]:
        """The texts of the kernel's entries and of its virtual interfaces."""
        with network_namespace(self.routers[router].namespace):
            prefix = "/proc/thread-self/net/ip6" if self.family == "ipv6" else "/proc/thread-self/net/ip"
            return Path(f"{prefix}_mr_cache").read_text(), Path(f"{prefix}_mr_vif").read_text()

    def close(self) -> None:
        """Takes everything down. May be called twice."""
        with shielded():
            self._closing.close()


def incoming_of(entries: str, interfaces: str, family: str) -> str | None:
    """Of the texts of ``ip_mr_cache`` and ``ip_mr_vif`` (or those of IPv6)."""
    fields = _entry_of_the_flow(entries, family)
    return _virtual_interfaces(interfaces).get(fields[2]) if fields else None


def outgoing_of(entries: str, interfaces: str, family: str) -> list[str]:
    """As ``incoming_of``: each outgoing interface stands there as its number, a colon and a threshold."""
    names = _virtual_interfaces(interfaces)
    fields = _entry_of_the_flow(entries, family)
    return [names.get(one.partition(":")[0], one) for one in fields[6:]]


def _virtual_interfaces(interfaces: str) -> dict[str, str]:
    return {line.split()[0]: line.split()[1] for line in interfaces.splitlines()[1:]}


def _entry_of_the_flow(entries: str, family: str) -> list[str]:
    group = _as_the_kernel_writes(GROUPS[family], family)
    source = _as_the_kernel_writes(at.address(family, SOURCE_NET, END_SYSTEM), family)
    for line in entries.splitlines()[1:]:
        fields = line.split()
        if fields[:2] == [group, source]:
            return fields
    return []


def _as_the_kernel_writes(text: str, family: str) -> str:
    if family == "ipv6":
        octets = socket.inet_pton(socket.AF_INET6, text)
        return ":".join(octets[i : i + 2].hex() for i in range(0, 16, 2))
    return f"{struct.unpack('=I', socket.inet_aton(text))[0]:08X}"


class Stream:
    """The source's datagrams, numbered from 0, ``RATE`` a second, in a thread of their own until closed.
    group: the network's own unless it is given, here and below.
    """

    def __init__(self, network: Network, group: str = "") -> None:
        domain = OPTIONS[network.family].domain
        with network_namespace(network.source.namespace):
            self._socket = socket.socket(domain, socket.SOCK_DGRAM)
            self._index = socket.if_nametoindex(at.interface(SOURCE_NET))
        self._group = group or GROUPS[network.family]
        self.sent = 0
        self.began = time.monotonic()  # when the first one goes out
        self.late = 0.0  # seconds by which the latest one was late: what the machine does to all processes
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.began = began = time.monotonic()
        while not self._over.is_set():
            try:
                send_datagram(
                    self._socket, self._group, struct.pack("!I", self.sent), self._index, TTL, loop=False
                )
            except OSError:
                pass  # nobody takes it: it is lost like any other
            self.sent += 1
            early = began + self.sent / RATE - time.monotonic()
            self.late = max(self.late, -early)
            self._over.wait(max(early, 0))

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()


class Member:
    """An application of the receiver, whose kernel reports to the routers."""

    def __init__(self, network: Network, group: str = "") -> None:
        domain = OPTIONS[network.family].domain
        with network_namespace(network.receiver.namespace):
            self._index = socket.if_nametoindex(at.interface(RECEIVER_NET))
            self._socket = MulticastSocket(socket.socket(domain, socket.SOCK_DGRAM), any_family=True)
        self._group = group or GROUPS[network.family]

    def join(self) -> None:
        self._socket.join(self._index, self._group)

    def leave(self) -> None:
        self._socket.leave(self._index, self._group)

    def close(self) -> None:
        self._socket.close()


@dataclass(frozen=True)
class Seen:
    """What passed the receiver's interface: a datagram by its number, or (None) a report of its own. Times
    are those of ``time.monotonic()``.
    """

    time: float
    number: int | None


class Wire:
    """A packet socket on the receiver's interface: it sees the data whether or not anybody there wants it."""

    def __init__(self, network: Network, group: str = "") -> None:
        with network_namespace(network.receiver.namespace):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self._socket.setblocking(False)
        self._socket.bind((at.interface(RECEIVER_NET), ETH_P_ALL))
        self._read = number_in_ipv6 if network.family == "ipv6" else number_in_ipv4
        self._is_report = is_mld_report if network.family == "ipv6" else is_igmp_report
        self._group = socket.inet_pton(OPTIONS[network.family].domain, group or GROUPS[network.family])

    def receive(self) -> list[Seen]:
        """What has come since the last call."""
        found = []
        while True:
            try:
                data, ancillary, _, where = self._socket.recvmsg(LONGEST, 64)
            except (BlockingIOError, InterruptedError):
                return found
            if where[2] == PACKET_OUTGOING:
                if self._is_report(data):
                    found.append(Seen(arrival_time(ancillary), None))
                continue
            number = self._read(data, self._group)
            if number is not None:
                found.append(Seen(arrival_time(ancillary), number))

    def close(self) -> None:
        self._socket.close()


def number_in_ipv4(frame: bytes, group: bytes) -> int | None:
    """The number of a datagram of ours in an Ethernet frame; None: it is something else."""
    if (
        frame[12:14] != b"\x08\x00"
        or len(frame) < 34
        or frame[23] != socket.IPPROTO_UDP
        or frame[30:34] != group
    ):
        return None
    return _number(frame, 14 + (frame[14] & 15) * 4)


def number_in_ipv6(frame: bytes, group: bytes) -> int | None:
    """As ``number_in_ipv4``."""
    if frame[12:14] != b"\x86\xdd" or frame[20:21] != bytes([socket.IPPROTO_UDP]) or frame[38:54] != group:
        return None
    return _number(frame, 54)


def _number(frame: bytes, udp: int) -> int | None:
    if len(frame) < udp + 12 or frame[udp + 2 : udp + 4] != struct.pack("!H", DATA_PORT):
        return None
    return struct.unpack_from("!I", frame, udp + 8)[0]


def is_igmp_report(frame: bytes) -> bool:
    """A report or leave of any version."""
    header = 14 + (frame[14] & 15) * 4 if frame[12:14] == b"\x08\x00" else len(frame)
    return len(frame) > header and frame[23] == 2 and frame[header] in (0x12, 0x16, 0x17, 0x22)


def is_mld_report(frame: bytes) -> bool:
    """A report or done of any version, behind a Hop-by-Hop Options header."""
    return frame[12:14] == b"\x86\xdd" and len(frame) > 62 and frame[20] == 0 and frame[62] in (131, 132, 143)
