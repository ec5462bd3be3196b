# SPDX-License-Identifier: GPL-2.0-only
"""The tester's end of a wire: a packet socket on one interface, with the kernel's time of each frame."""

from __future__ import annotations

import ctypes
import os
import select
import socket
import struct
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator, Sequence

from conformance.harness.model import Port, Unsupported

from .neighbours import ETHERTYPE_IPV4, ETHERTYPE_IPV6, ArpNeighbours, Ipv6Neighbours

ETH_P_ALL = 0x0003
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_IGNORE_OUTGOING, PACKET_MR_PROMISC = 263, 1, 23, 1
SO_TIMESTAMPNS, SO_RCVBUFFORCE = 35, 33
PACKET_OUTGOING = 4
RECEIVE_BUFFER = 16 << 20  # octets; a burst of thousands of reports fits
LONGEST = 65536 + 18
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def network_namespace(path: str | None) -> Iterator[None]:
    """Runs the block in another network namespace (``/proc/PID/ns/net``; None: stays in this one).

    What is opened there, sockets and files of /proc/sys/net, belongs to that namespace for ever.
    """
    if path is None:
        yield
        return
    here, there = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(path, os.O_RDONLY)
    try:
        _enter(there)
        try:
            yield
        finally:
            _enter(here)
    finally:
        os.close(here)
        os.close(there)


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")


@dataclass(frozen=True)
class Arrival:
    """A frame as the kernel saw it; ``time`` on the clock of ``time.monotonic()``."""

    time: float
    data: bytes


class Tap:
    """A promiscuous packet socket. Frames that it sent itself never come back.

    Gives out the IP frames of one family alone. Who asks for an address of the segment other than the
    system's own, by ARP or Neighbor Discovery, is answered here, as the hosts that the tester plays would;
    the rest (answers, the other family, link discovery) is no concern of the suite.
    """

    def __init__(
        self, interface: str, port: Port, namespace: str | None = None, family: str = "ipv4"
    ) -> None:
        with network_namespace(namespace):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            index = socket.if_nametoindex(interface)
        self.interface = interface
        self._ethertype = ETHERTYPE_IPV6 if family == "ipv6" else ETHERTYPE_IPV4
        neighbours = Ipv6Neighbours if family == "ipv6" else ArpNeighbours
        self._neighbours = neighbours(port, self._socket.send)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        self._socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self._socket.setsockopt(
            SOL_PACKET, PACKET_ADD_MEMBERSHIP, struct.pack("iHH8s", index, PACKET_MR_PROMISC, 0, b"")
        )
        self._socket.setblocking(False)
        self._socket.bind((interface, ETH_P_ALL))

    @property
    def system_mac(self) -> str | None:
        """The source of the ARP or Neighbor Discovery frames that came from the system's own address."""
        return self._neighbours.system_mac

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, frame: bytes) -> None:
        """Puts a frame on the wire; ``Unsupported`` if no wire would carry it."""
        if len(frame) < 14:
            raise Unsupported(
                f"a frame of {len(frame)} octets has no Ethernet header and cannot be put on a wire"
            )
        try:
            self._socket.send(frame)
        except OSError as error:
            raise Unsupported(
                f"a frame of {len(frame)} octets cannot be put on the wire: {error.strerror}"
            ) from error

    def receive(self) -> list[Arrival]:
        """All frames that have come since the last call."""
        arrivals = []
        while True:
            try:
                data, ancillary, _, address = self._socket.recvmsg(LONGEST, 64)
            except (BlockingIOError, InterruptedError):
                return arrivals
            if address[2] == PACKET_OUTGOING:
                continue
            if not self._neighbours.take(data) and data[12:14] == self._ethertype:
                arrivals.append(Arrival(arrival_time(ancillary), data))

    def ask_for_system(self, own_address: str) -> None:
        """Asks for the system's Ethernet address; the answer sets ``system_mac`` when it is received."""
        self._neighbours.ask_for_system(own_address)

    def close(self) -> None:
        self._socket.close()


def arrival_time(ancillary: list) -> float:
    """The kernel stamps with the wall clock; the distance to the monotonic one is taken anew each time."""
    for level, kind, octets in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack_from("qq", octets)
            return seconds + nanoseconds / 1e9 - (time.time() - time.monotonic())
    return time.monotonic()


def wait_readable(taps: Sequence[object], seconds: float) -> bool:
    """Waits until something came on one of them, at most ``seconds``."""
    return bool(select.select(taps, [], [], max(seconds, 0.0))[0])
