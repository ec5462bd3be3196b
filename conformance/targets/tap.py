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
from ipaddress import IPv4Address, IPv4Network
from typing import Iterator, Sequence

from conformance.harness.model import Port, Unsupported
from conformance.harness.packets import mac_of_tester

ETH_P_ALL = 0x0003
ETHERTYPE_IPV4, ETHERTYPE_ARP = b"\x08\x00", b"\x08\x06"
ARP_REQUEST, ARP_REPLY = b"\0\1", b"\0\2"
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


def mac_octets(text: str) -> bytes:
    """The six octets of ``aa:bb:cc:dd:ee:ff``."""
    return bytes.fromhex(text.replace(":", ""))


@dataclass(frozen=True)
class Arrival:
    """A frame as the kernel saw it; ``time`` on the clock of ``time.monotonic()``."""

    time: float
    data: bytes


class Tap:
    """A promiscuous packet socket. Frames that it sent itself never come back.

    Gives out IPv4 frames alone. ARP requests for any address of the segment but the system's own are
    answered here, as the hosts that the tester plays would; the rest (ARP answers, IPv6, link discovery) is
    no concern of the suite.
    """

    def __init__(self, interface: str, port: Port, namespace: str | None = None) -> None:
        with network_namespace(namespace):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            index = socket.if_nametoindex(interface)
        self.interface, self._system = interface, socket.inet_aton(port.dut_address)
        self._network = IPv4Network(f"{port.dut_address}/{port.prefix_length}", strict=False)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        self._socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self._socket.setsockopt(
            SOL_PACKET, PACKET_ADD_MEMBERSHIP, struct.pack("iHH8s", index, PACKET_MR_PROMISC, 0, b"")
        )
        self._socket.setblocking(False)
        self._socket.bind((interface, ETH_P_ALL))
        self.system_mac: str | None = None  # of the frames that came from the system's own address

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
            kind = data[12:14]
            if kind == ETHERTYPE_ARP:
                self._take_arp(data)
            elif kind == ETHERTYPE_IPV4:
                arrivals.append(Arrival(arrival_time(ancillary), data))

    def _take_arp(self, data: bytes) -> None:
        """Learns the system's Ethernet address, and answers for the tester's addresses."""
        if len(data) < 42 or data[14:20] != b"\0\1\x08\0\x06\x04":
            return
        operation, sender_mac, sender, wanted = data[20:22], data[22:28], data[28:32], data[38:42]
        if sender == self._system:
            self.system_mac = sender_mac.hex(":")
        theirs = wanted == self._system or wanted == sender or IPv4Address(wanted) not in self._network
        if operation == ARP_REQUEST and not theirs:
            own = mac_octets(mac_of_tester(socket.inet_ntoa(wanted)))
            self._socket.send(sender_mac + own + data[12:20] + ARP_REPLY + own + wanted + sender_mac + sender)

    def ask_for_system(self, own_address: str) -> None:
        """Sends an ARP request; the answer sets ``system_mac`` when it is received."""
        own = mac_octets(mac_of_tester(own_address))
        self._socket.send(
            b"\xff" * 6
            + own
            + ETHERTYPE_ARP
            + b"\0\1\x08\0\x06\x04"
            + ARP_REQUEST
            + own
            + socket.inet_aton(own_address)
            + bytes(6)
            + self._system
        )

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
