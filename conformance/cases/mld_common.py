# SPDX-License-Identifier: GPL-2.0-only
"""What the cases about MLD alone share: names in real IPv6 text, and what is wrong about a message."""

from __future__ import annotations

from typing import Any

from conformance.harness import Lab, mld

G, G2, G3 = "ff1e::1:2:3", "ff1e::1:2:4", "ff1e::7:7:7"
A, B = "2001:db8::21", "2001:db8::22"  # sources, on ``up``
OF_THE_LINK, SOLICITED_NODE = "ff02::fb", "ff02::1:ff28:9c5a"
ALL_NODES, ALL_MLD_ROUTERS = "ff02::1", "ff02::16"
# No message may be about these: of scope 0, reserved, and of scope 1, the node's own.
UNREPORTED = ("ff00::5", "ff10::1:2:3", "ff01::5", "ff11::1:2:3")

LISTEN_V1, LISTEN_V2 = [mld(1), "host:listen"], [mld(2), "host:listen"]
LISTEN_BOTH = [mld(2), mld(1), "host:listen"]
V1 = {"mld_version": 1}
RFC9777 = {"profile": "rfc9776"}  # its name in MLD

PADDING = bytes([1, 4, 0, 0, 0, 0])  # a hop-by-hop header without Router Alert


def numbered(count: int, first: int = 1) -> list[str]:
    """``count`` groups ff1e::1:3:n, each with an Ethernet address of its own."""
    return [f"ff1e::1:3:{number:x}" for number in range(first, first + count)]


def wrong_sources(lab: Lab) -> dict[str, str]:
    """Sources that no MLD message may have, from a tester that is lower than the system: words -> address."""
    return {
        "from ::": "::",
        "from a global address of the link": lab.lan.global_address(1),
        "from a global address of elsewhere": "2001:db8:ffff::1",
        "from a unique local address": "fd00::1",
        "from a site-local address": "fec0::1",
    }


def wrong_packets(lab: Lab, good: Any) -> dict[str, Any]:
    """A good message in packets that no MLD message may be in: words -> packet."""
    return {
        **{words: good.but(src=source) for words, source in wrong_sources(lab).items()},
        "Hop Limit 2": good.but(ttl=2),
        "Hop Limit 255": good.but(ttl=255),
        "no hop-by-hop header": good.but(router_alert=False),
        "a hop-by-hop header without Router Alert": good.but(options=PADDING),
    }
