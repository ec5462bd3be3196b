# SPDX-License-Identifier: GPL-2.0-only
"""Answers for the hosts that the tester plays: ARP (RFC 826) and Neighbor Discovery (RFC 4861), on one wire.

The system's own addresses are never answered for; a host that asks for its own address is left in peace.
"""

from __future__ import annotations

import socket
import struct
from ipaddress import IPv4Address, IPv4Network
from typing import Callable

from conformance.harness.addressing import global_address, link_local, plan_of
from conformance.harness.model import Port
from conformance.harness.octets import PROTO_ICMPV6, upper_layer_checksum
from conformance.harness.packets import mac_of_tester

ETHERTYPE_IPV4, ETHERTYPE_ARP, ETHERTYPE_IPV6 = b"\x08\x00", b"\x08\x06", b"\x86\xdd"
ARP_REQUEST, ARP_REPLY = b"\0\1", b"\0\2"
SOLICITATION, ADVERTISEMENT = 135, 136
DISCOVERY = range(133, 138)  # ICMPv6 types of Neighbor Discovery
TARGET_LINK_LAYER_ADDRESS = b"\x02\x01"
SOLICITED_AND_OVERRIDE = b"\x60\0\0\0"

Send = Callable[[bytes], object]


def mac_octets(text: str) -> bytes:
    """The six octets of ``aa:bb:cc:dd:ee:ff``."""
    return bytes.fromhex(text.replace(":", ""))


class ArpNeighbours:
    """The tester's IPv4 hosts on one wire."""

    def __init__(self, port: Port, send: Send) -> None:
        self._send = send
        self._system = socket.inet_aton(port.dut_address)
        self._network = IPv4Network(f"{port.dut_address}/{port.prefix_length}", strict=False)
        self.system_mac: str | None = None  # of the frames that came from the system's own address

    def take(self, data: bytes) -> bool:
        """Handles a frame; False: it is nothing of ours."""
        if data[12:14] != ETHERTYPE_ARP:
            return False
        if len(data) >= 42 and data[14:20] == b"\0\1\x08\0\x06\x04":
            self._answer(data)
        return True

    def _answer(self, data: bytes) -> None:
        operation, sender_mac, sender, wanted = data[20:22], data[22:28], data[28:32], data[38:42]
        if sender == self._system:
            self.system_mac = sender_mac.hex(":")
        theirs = wanted == self._system or wanted == sender or IPv4Address(wanted) not in self._network
        if operation == ARP_REQUEST and not theirs:
            own = mac_octets(mac_of_tester(socket.inet_ntoa(wanted)))
            self._send(sender_mac + own + data[12:20] + ARP_REPLY + own + wanted + sender_mac + sender)

    def ask_for_system(self, own_address: str) -> None:
        """Sends a request; the answer sets ``system_mac`` when it is received."""
        own = mac_octets(mac_of_tester(own_address))
        request = b"\0\1\x08\0\x06\x04" + ARP_REQUEST + own + socket.inet_aton(own_address)
        self._send(b"\xff" * 6 + own + ETHERTYPE_ARP + request + bytes(6) + self._system)


class Ipv6Neighbours:
    """The tester's IPv6 hosts on one wire: each has a link-local and a global address, and one MAC."""

    def __init__(self, port: Port, send: Send) -> None:
        self._send, self._port = send, port
        self._system = {_octets(link_local(port)), _octets(global_address(port))}
        self._networks = {one[:8] for one in self._system}
        self.system_mac: str | None = None

    def take(self, data: bytes) -> bool:
        """Handles a frame; False: it is nothing of ours. All of Neighbor Discovery is."""
        if data[12:14] != ETHERTYPE_IPV6 or data[20:21] != bytes([PROTO_ICMPV6]):
            return False
        kind = data[54] if len(data) > 54 else 0
        if kind in (SOLICITATION, ADVERTISEMENT) and data[22:38] in self._system:
            self.system_mac = data[6:12].hex(":")
        if kind == SOLICITATION and len(data) >= 78:
            self._answer(data[6:12], data[22:38], data[62:78])
        return kind in DISCOVERY

    def _answer(self, mac: bytes, sender: bytes, wanted: bytes) -> None:
        if wanted in self._system or wanted == sender or not any(sender) or wanted[:8] not in self._networks:
            return
        own = mac_octets(self._mac(socket.inet_ntop(socket.AF_INET6, wanted)))
        message = bytes([ADVERTISEMENT, 0, 0, 0]) + SOLICITED_AND_OVERRIDE + wanted
        self._send(mac + own + _icmpv6(wanted, sender, message + TARGET_LINK_LAYER_ADDRESS + own))

    def _mac(self, address: str) -> str:
        """As the suite's frames have it: by the host's number in the plan."""
        plan = plan_of()
        return mac_of_tester(plan.label(plan.label(address, self._port.name, True)))

    def ask_for_system(self, own_address: str) -> None:
        """Sends a solicitation for the link-local address; the answer sets ``system_mac``."""
        own, wanted = mac_octets(self._mac(own_address)), _octets(link_local(self._port))
        group = _octets("ff02::1:ff00:0")[:13] + wanted[13:]
        message = bytes([SOLICITATION, 0, 0, 0]) + bytes(4) + wanted + b"\x01\x01" + own
        self._send(b"\x33\x33" + group[12:] + own + _icmpv6(_octets(own_address), group, message))


def _octets(address: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6, address)


def _icmpv6(source: bytes, destination: bytes, message: bytes) -> bytes:
    """Ethertype, IPv6 header and the message with its checksum put in."""
    checksum = upper_layer_checksum(source, destination, PROTO_ICMPV6, message)
    message = message[:2] + struct.pack("!H", checksum) + message[4:]
    header = struct.pack("!IHBB", 6 << 28, len(message), PROTO_ICMPV6, 255)
    return ETHERTYPE_IPV6 + header + source + destination + message
