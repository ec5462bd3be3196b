# SPDX-License-Identifier: GPL-2.0-only
"""A UDP socket that listens to groups through Linux's multicast options, and gives what arrives.

Two families of calls do the same: IP_ADD_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP and IP_DROP_MEMBERSHIP for
IPv4 alone, MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP and MCAST_LEAVE_GROUP for any protocol (RFC 3678).
MCAST_MSFILTER sets a whole filter on a group that the socket has joined before. All raise ``OSError`` when
the kernel refuses.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Sequence

from .tap import SO_TIMESTAMPNS, arrival_time

DATA_PORT = 5001
IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP = 35, 36, 39
MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_MSFILTER = 42, 45, 46, 48
IP_MULTICAST_ALL, IP_PKTINFO = 49, 8
FILTER_MODE = {"exclude": 0, "include": 1}


@dataclass(frozen=True)
class Datagram:
    """What arrived; ``time`` on the clock of ``time.monotonic()``."""

    time: float
    source: str
    group: str
    payload: bytes


class MulticastSocket:
    """Interfaces are given by their index and, for the older family, one of their addresses."""

    def __init__(self, sock: socket.socket, any_family: bool) -> None:
        self._socket, self._any_family = sock, any_family
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        sock.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)  # what others joined is not for this one
        sock.bind(("", DATA_PORT))

    def fileno(self) -> int:
        return self._socket.fileno()

    def join(self, index: int, group: str) -> None:
        """Every source."""
        if self._any_family:
            self._set(MCAST_JOIN_GROUP, _group_request(index, group))
        else:
            self._set(IP_ADD_MEMBERSHIP, _membership(index, group))

    def join_source(self, index: int, address: str, group: str, source: str) -> None:
        """One source."""
        if self._any_family:
            self._set(MCAST_JOIN_SOURCE_GROUP, _group_request(index, group) + _storage(source))
        else:
            self._set(IP_ADD_SOURCE_MEMBERSHIP, b"".join(map(socket.inet_aton, (group, address, source))))

    def leave(self, index: int, group: str) -> None:
        """The group with all its sources."""
        if self._any_family:
            self._set(MCAST_LEAVE_GROUP, _group_request(index, group))
        else:
            self._set(IP_DROP_MEMBERSHIP, _membership(index, group))

    def set_filter(self, index: int, group: str, mode: str, sources: Sequence[str]) -> None:
        """The whole filter of a group that was joined before: struct group_filter."""
        self._set(
            MCAST_MSFILTER,
            _group_request(index, group)
            + struct.pack("II", FILTER_MODE[mode], len(sources))
            + b"".join(map(_storage, sources)),
        )

    def _set(self, option: int, value: bytes) -> None:
        self._socket.setsockopt(socket.IPPROTO_IP, option, value)

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
                    socket.inet_ntoa(octets[8:12])
                    for level, kind, octets in ancillary
                    if level == socket.IPPROTO_IP and kind == IP_PKTINFO
                ),
                "",
            )
            datagrams.append(Datagram(arrival_time(ancillary), address[0], group, payload))

    def close(self) -> None:
        self._socket.close()


def _membership(index: int, group: str) -> bytes:
    """struct ip_mreqn"""
    return struct.pack("4s4si", socket.inet_aton(group), bytes(4), index)


def _group_request(index: int, group: str) -> bytes:
    """struct group_req; the beginning of group_source_req and group_filter"""
    return struct.pack("I4x", index) + _storage(group)


def _storage(address: str) -> bytes:
    """struct sockaddr_storage"""
    return struct.pack("=H2x4s120x", socket.AF_INET, socket.inet_aton(address))
