# SPDX-License-Identifier: GPL-2.0-only
"""From a ``Setup`` to the settings of the core, by the names of ``gm/config.h`` in snake case; times in seconds.

The compiled modules of ``core`` and ``ns3`` take these as keyword arguments.
"""

from __future__ import annotations

from typing import Any

from conformance.harness.addressing import global_address, link_local
from conformance.harness.model import InterfaceSetup, Port, Setup, TimerSet


def _common(setup: Setup, interface: InterfaceSetup, timers: TimerSet) -> dict[str, Any]:
    return {
        "version": version_of(setup, interface), "profile": setup.profile, "robustness": timers.rv,
        "query_interval": timers.qi, "query_response_interval": timers.qri,
        "older_version_compatibility": setup.compatibility,
    }


def version_of(setup: Setup, interface: InterfaceSetup) -> int:
    """The version of IGMP, or of MLD in its own numbers."""
    return interface.mld_version if setup.family == "ipv6" else interface.igmp_version


def addresses_of(setup: Setup, port: Port) -> list[tuple[str, int]]:
    """The system's addresses on a port with their prefix lengths; of IPv6 the link-local one comes first."""
    if setup.family == "ipv6":
        return [(link_local(port), 64), (global_address(port), 64)]
    return [(port.dut_address, port.prefix_length)]


def _add(settings: dict[str, Any], **optional: Any) -> dict[str, Any]:
    settings.update((name, value) for name, value in optional.items() if value is not None)
    return settings


def host_settings(setup: Setup, interface: InterfaceSetup, timers: TimerSet) -> dict[str, Any]:
    """The host side of an interface. One Unsolicited Report Interval serves all versions."""
    settings = _common(setup, interface, timers)
    settings.update(unsolicited_report_interval=timers.uri, unsolicited_report_interval_v2=timers.uri)
    router = setup.role == "router"
    return _add(settings, require_router_alert=None if router else interface.require_router_alert,
                max_sources_per_group=None if router else interface.max_sources)


def router_settings(setup: Setup, interface: InterfaceSetup, timers: TimerSet) -> dict[str, Any]:
    """The router side of an interface."""
    settings = _common(setup, interface, timers)
    settings.update(
        membership=interface.enabled, last_member_query_interval=timers.lmqi, ttl_threshold=interface.ttl_threshold,
        boundaries=list(interface.boundaries), static_joins=list(interface.static_joins),
        fast_leave=interface.fast_leave)
    return _add(settings, last_member_query_count=timers.lmqc, startup_query_interval=timers.sqi,
                startup_query_count=timers.sqc, max_groups=interface.max_groups,
                max_sources_per_group=interface.max_sources, require_router_alert=interface.require_router_alert,
                require_on_subnet_source=interface.require_on_subnet_source)
