# SPDX-License-Identifier: GPL-2.0-only
"""PIM Hello: when it is sent, and what is in it (RFC 7761 4.3.1, 4.9.2)."""

from conformance.harness import *

PORT_NAMES = ("lan", "lan2", "up")


@pim_case("PIMSM-ROUTER-4.3.1-01", "PIMSM-ANY-4.9-01", "PIMSM-ANY-4.9-02", seconds=8)
def hello_goes_to_all_pim_routers_on_every_interface(lab):
    """Every port says Hello to ALL-PIM-ROUTERS, TTL 1, protocol 103, from its address of the link."""
    for name in PORT_NAMES:
        port = lab.ports[name]
        port.expect(
            hello(dst="224.0.0.13", src=port.dut, ttl=1, flags=0, version=2, where=lambda one: one.proto == 103),
            within=lab.pim.timers.triggered_hello_delay,
        )
