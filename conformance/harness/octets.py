# SPDX-License-Identifier: GPL-2.0-only
"""Checksums and Ethernet addresses: what builders, decoders and saboteurs share."""

from __future__ import annotations

import socket
import struct

ETHERTYPE_IPV4, ETHERTYPE_IPV6 = 0x0800, 0x86DD
PROTO_ICMP, PROTO_IGMP, PROTO_UDP, PROTO_ICMPV6 = 1, 2, 17, 58


def internet_checksum(data: bytes) -> int:
    """Internet checksum of RFC 1071; 0 for data that carries a right one."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def upper_layer_checksum(source: bytes, destination: bytes, proto: int, data: bytes) -> int:
    """Checksum over the IPv6 pseudo-header (RFC 8200 8.1) and ``data``; addresses as 16 octets."""
    return internet_checksum(source + destination + struct.pack("!I3xB", len(data), proto) + data)


def multicast_mac(group: str) -> str:
    """Ethernet address of a group: 01-00-5e and its low 23 bits (RFC 1112 6.4), 33-33 and 32 (RFC 2464 7)."""
    if ":" in group:
        return "33:33:" + socket.inet_pton(socket.AF_INET6, group)[12:].hex(":")
    octets = socket.inet_aton(group)
    return f"01:00:5e:{octets[1] & 0x7f:02x}:{octets[2]:02x}:{octets[3]:02x}"


def mac_text(octets: bytes) -> str:
    """``aa:bb:cc:dd:ee:ff`` of six octets."""
    return octets.hex(":")
