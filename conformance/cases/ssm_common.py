# SPDX-License-Identifier: GPL-2.0-only
"""What the cases about source-specific multicast share (RFC 4604, RFC 4607)."""

from __future__ import annotations

# RFC 9776 and RFC 9777 have the rules of RFC 4604 in them: under those a system is "SSM-aware".
AWARE = {"profile": "rfc9776"}
SSM, SSM2 = "232.1.2.3", "232.1.2.4"
A, B, C = (f"10.0.0.{number}" for number in (21, 22, 23))  # sources on ``up``
ORDINARY = "239.1.2.3"

# The ends of the range, and the groups next to it. Of IPv6 every scope is in, but no bit beyond the 32nd.
INSIDE = ("232.0.0.1", "232.1.2.3", "232.255.255.255")
OUTSIDE = ("231.255.255.255", "233.0.0.0", "239.232.0.1")
INSIDE_IPV6 = ("ff35::1", "ff38::8000:1", "ff3e::4000:1", "ff3e:0:ffff:ffff:ffff:ffff:ffff:ffff")
OUTSIDE_IPV6 = ("ff2e::8000:1", "ff1e::8000:1", "ff4e::8000:1", "ff3e:1::8000:1", "ff3e:20:2001:db8::1")
