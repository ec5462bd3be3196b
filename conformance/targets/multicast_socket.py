# SPDX-License-Identifier: GPL-2.0-only
"""A UDP socket that listens to groups through Linux's multicast options, and gives what arrives.

Two kinds of calls do the same: those of one family, IP_ADD_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP and
IP_DROP_MEMBERSHIP or IPV6_JOIN_GROUP and IPV6_LEAVE_GROUP (IPv6 has no source join of its own), and those for
any family, MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP and MCAST_LEAVE_GROUP (RFC 3678). MCAST_MSFILTER sets a
whole filter on a group that the socket has joined before. All raise ``OSError`` when the kernel refuses.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Sequence

from .tap import SO_TIMESTAMPNS, arrival_time

DATA_PORT = 5001
IP_ADD_SOURCE_MEMBERSHIP = 39
MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_MSFILTER = 42, 45, 46, 48
FILTER_MODE = {"exclude": 0, "include": 1}


@dataclass(frozen=True)
class Options:
    """What the options of a family are called, and where the destination stands in its packet information."""

    domain: int
    level: int
    join: int
    leave: int
    interface: int
    ttl: int
    loop: int
    all_groups: int
    tell_packet_info: int
    packet_info: int
    destination: slice


OPTIONS = {
    "ipv4": Options(socket.AF_INET, socket.IPPROTO_IP, 35, 36, 32, 33, 34, 49, 8, 8, slice(8, 12)),
    "ipv6": Options(socket.AF_INET6, socket.IPPROTO_IPV6, 20, 21, 17, 18, 19, 29, 49, 50, slice(0, 16)),
}


@dataclass(frozen=True)
class Datagram:
    """What arrived; ``time`` on the clock of ``time.monotonic()``."""

    time: float
    source: str
    group: str
    payload: bytes


class MulticastSocket:
    """Interfaces are given by their index and, for the source join of IPv4 alone, one of their addresses."""

    def __init__(self, sock: socket.socket, any_family: bool) -> None:
        self._socket, self._any_family = sock, any_family
        self._options = next(one for one in OPTIONS.values() if one.domain == sock.family)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._set(self._options.tell_packet_info, struct.pack("i", 1))
        self._set(self._options.all_groups, struct.pack("i", 0))  # what others joined is not for this one
        sock.bind(("", DATA_PORT))

    def fileno(self) -> int:
        return self._socket.fileno()

    def join(self, index: int, group: str) -> None:
        """Every source."""
        if self._any_family:
            self._set(MCAST_JOIN_GROUP, _group_request(index, group))
        else:
            self._set(self._options.join, self._membership(index, group))

    def join_source(self, index: int, address: str, group: str, source: str) -> None:
        """One source."""
        if self._any_family or self._socket.family == socket.AF_INET6:
            self._set(MCAST_JOIN_SOURCE_GROUP, _group_request(index, group) + _storage(source))
        else:
            self._set(IP_ADD_SOURCE_MEMBERSHIP, b"".join(map(socket.inet_aton, (group, address, source))))

    def leave(self, index: int, group: str) -> None:
        """The group with all its sources."""
        if self._any_family:
            self._set(MCAST_LEAVE_GROUP, _group_request(index, group))
        else:
            self._set(self._options.leave, self._membership(index, group))

    def set_filter(self, index: int, group: str, mode: str, sources: Sequence[str]) -> None:
        """The whole filter of a group that was joined before: struct group_filter."""
        self._set(
            MCAST_MSFILTER,
            _group_request(index, group)
            + struct.pack("II", FILTER_MODE[mode], len(sources))
            + b"".join(map(_storage, sources)),
        )

    def _set(self, option: int, value: bytes) -> None:
        self._socket.setsockopt(self._options.level, option, value)

    def _membership(self, index: int, group: str) -> bytes:
        """struct ip_mreqn or ipv6_mreq"""
        octets = socket.inet_pton(self._options.domain, group)
        between = bytes(4) if self._options.domain == socket.AF_INET else b""
        return octets + between + struct.pack("i", index)

    def receive(self) -> list[Datagram]:
        """What has arrived since the last call."""
        datagrams = []
        while True:
            try:
                payload, ancillary, _, address = self._socket.recvmsg(65536, 256)
            except (BlockingIOError, InterruptedError):
                return datagrams
            group = next(
                (
                    socket.inet_ntop(self._options.domain, octets[self._options.destination])
                    for level, kind, octets in ancillary
                    if (level, kind) == (self._options.level, self._options.packet_info)
                ),
                "",
            )
            source = address[0].partition("%")[0]
            datagrams.append(Datagram(arrival_time(ancillary), source, group, payload))

    def close(self) -> None:
        self._socket.close()


def send_datagram(
    sock: socket.socket, group: str, payload: bytes, index: int | None, ttl: int | None, loop: bool
) -> None:
    """Sends to ``group`` out of the interface of that index; None: the system's own choice."""
    options = next(one for one in OPTIONS.values() if one.domain == sock.family)
    if index is not None:
        choice = struct.pack("i", index)
        if sock.family == socket.AF_INET:
            choice = bytes(8) + choice  # struct ip_mreqn
        sock.setsockopt(options.level, options.interface, choice)
    if ttl is not None:
        sock.setsockopt(options.level, options.ttl, ttl)
    sock.setsockopt(options.level, options.loop, int(loop))
    sock.sendto(payload, (group, DATA_PORT))


def _group_request(index: int, group: str) -> bytes:
    """struct group_req; the beginning of group_source_req and group_filter"""
    return struct.pack("I4x", index) + _storage(group)


def _storage(address: str) -> bytes:
    """struct sockaddr_storage"""
    if ":" in address:
        return struct.pack("=H6x16s104x", socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address))
    return struct.pack("=H2x4s120x", socket.AF_INET, socket.inet_aton(address))
