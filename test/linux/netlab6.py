# SPDX-License-Identifier: GPL-2.0-only
"""The IPv6 side of ``netlab``: hosts, MLD by hand, captured frames."""

from __future__ import annotations

import socket
import struct
from typing import Optional

from netlab import Host, Namespace, checksum

IPPROTO_ICMPV6 = 58
MLD_QUERY, MLD_REPORT, MLD_DONE, MLD2_REPORT = 130, 131, 132, 143
ALERT = b"\x05\x02\0\0\x01\0"  # Router Alert for MLD, and padding
IPV6_MULTICAST_ALL, IPV6_HOPOPTS, MCAST_JOIN_SOURCE_GROUP = 29, 54, 46


def octets(address: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6, address)


def text(address: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET6, address)


def v2_report(*records: tuple[int, str, list[str]]) -> bytes:
    """Records are (type, group, sources). The checksum is the kernel's business."""
    body = b"".join(
        struct.pack("!BBH", kind, 0, len(sources)) + octets(group) + b"".join(map(octets, sources))
        for kind, group, sources in records
    )
    return struct.pack("!BBHHH", MLD2_REPORT, 0, 0, 0, len(records)) + body


def v1_message(kind: int, group: str, delay: int = 0) -> bytes:
    return struct.pack("!BBHHH", kind, 0, 0, delay, 0) + octets(group)


class Frame6:
    """A captured IPv6 packet over Ethernet, taken apart; `options` of a Hop-by-Hop Options header."""

    ETHERTYPE = b"\x86\xdd"

    def __init__(self, captured: bytes, outgoing: bool) -> None:
        self.octets, self.outgoing = captured, outgoing
        self.mac, packet = captured[:6], captured[14:]
        self.tclass = struct.unpack("!I", packet[:4])[0] >> 20 & 255
        self.length, self.protocol, self.ttl = struct.unpack("!HBB", packet[4:8])
        self.source, self.destination = text(packet[8:24]), text(packet[24:40])
        self.payload = packet[40 : 40 + self.length]
        self.options = b""
        if self.protocol == 0:
            size = 8 + self.payload[1] * 8
            self.protocol, self.options = self.payload[0], self.payload[2:size]
            self.payload = self.payload[size:]

    def checksum(self) -> int:
        """Over the ICMPv6 message with its pseudo-header: zero if the message's own is right."""
        ends = octets(self.source) + octets(self.destination)
        return checksum(ends + struct.pack("!II", len(self.payload), self.protocol) + self.payload)


def is_query(frame: Frame6, group: str = "::") -> bool:
    return (
        frame.protocol == IPPROTO_ICMPV6
        and frame.payload[0] == MLD_QUERY
        and text(frame.payload[8:24]) == group
    )


class Host6(Host):
    """A host of both families; the kernel speaks MLD for its sockets."""

    def __init__(self, role: str, interface: str, address: str, link_local: str, global_address: str) -> None:
        super().__init__(role, interface, address, ipv6=True)
        self.link_local, self.global_address = link_local, global_address

    def receiver6(self, port: int = 5000) -> socket.socket:
        """A UDP socket that gets what it joins, and nothing else."""
        receiver = self.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        receiver.setsockopt(socket.IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0)
        receiver.bind(("::", port))
        return receiver

    def join6(self, receiver: socket.socket, group: str, leave: bool = False) -> None:
        option = socket.IPV6_LEAVE_GROUP if leave else socket.IPV6_JOIN_GROUP
        receiver.setsockopt(socket.IPPROTO_IPV6, option, octets(group) + struct.pack("i", self.index()))

    def join_source6(self, receiver: socket.socket, group: str, source: str) -> None:
        request = struct.pack("I4x", self.index())
        for address in (group, source):
            request += struct.pack("=H6x16s104x", socket.AF_INET6, octets(address))
        receiver.setsockopt(socket.IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, request)

    def sender6(self, hops: int = 8, source: Optional[str] = None) -> socket.socket:
        sender = self.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.index())
        sender.bind((source or self.global_address, 0))
        return sender

    def mld_socket(
        self, hops: int = 1, router_alert: bool = True, source: Optional[str] = None
    ) -> socket.socket:
        """Sends MLD messages that tests make; the kernel puts the checksum in."""
        raw = self.socket(socket.AF_INET6, socket.SOCK_RAW, IPPROTO_ICMPV6)
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.index())
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        if router_alert:
            raw.setsockopt(socket.IPPROTO_IPV6, IPV6_HOPOPTS, b"\0\0" + ALERT)
        raw.bind((source or self.link_local, 0, 0, self.index()))
        return raw


def joined(namespace: Namespace, interface: str) -> set[str]:
    """The IPv6 groups that a kernel itself has joined on an interface."""
    lines = (line.split() for line in namespace.read("igmp6").splitlines())
    return {text(bytes.fromhex(words[2])) for words in lines if words[1] == interface}
