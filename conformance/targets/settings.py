# SPDX-License-Identifier: GPL-2.0-only
"""From a ``Setup`` to the settings of the core, by the names of ``gm/config.h`` in snake case; times in seconds.

The compiled modules of ``core`` and ``ns3`` take these as keyword arguments.
"""

from __future__ import annotations

from typing import Any

from conformance.harness.addressing import global_address, link_local
from conformance.harness.model import InterfaceSetup, Port, Setup, TimerSet
from conformance.harness.pim_setup import PimSetup


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
        return [(link_local(port), 64), (global_address(port), 64), *((one, 64) for one in secondary_of(setup, port))]
    return [(one, port.prefix_length) for one in (port.dut_address, *secondary_of(setup, port))]


def secondary_of(setup: Setup, port: Port) -> tuple[str, ...]:
    """Further addresses that a case of PIM asks for."""
    return setup.pim.interface(port.name).secondary if setup.pim else ()


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


def pim_interface_settings(setup: Setup, port: str) -> dict[str, Any]:
    """PIM on a port, by the names of ``pim::InterfaceConfig``."""
    one, timers = setup.pim.interface(port), setup.pim.timers
    own = {"propagation_delay": one.propagation_delay, "override_interval": one.override_interval}
    settings = {
        "hello_period": timers.hello_period, "triggered_hello_delay": timers.triggered_hello_delay,
        **{name: getattr(timers, name) if value is None else value for name, value in own.items()},
        "tracking_support": one.tracking, "bsr_border": one.bsr_border, "accept_unknown_neighbors": one.accept_unknown,
    }
    if setup.pim.has_dense:
        settings["mode"] = setup.pim.mode_of(port)
    return _add(settings, hello_holdtime=timers.hello_holdtime, dr_priority=one.dr_priority,
                max_neighbors=one.max_neighbors)


def pim_settings(setup: Setup) -> dict[str, Any]:
    """PIM of the router, by the names of ``pim::RouterConfig``."""
    pim, timers = setup.pim, setup.pim.timers
    names = (
        "join_prune_period keepalive_period register_suppression_time register_probe_time assert_time"
        " assert_override_interval bootstrap_period bootstrap_min_interval candidate_rp_period"
    )
    settings: dict[str, Any] = {name: getattr(timers, name) for name in names.split()}
    settings.update(
        static_rps=[{"rp": one.address, "groups": one.groups, "overrides_bsr": one.overrides_bsr} for one in pim.rps],
        spt_switchover=spt_switchover(pim.spt), embedded_rp=pim.embedded_rp, bootstrap=pim.bootstrap,
        candidate_rps=[_without_none(address=one.address, priority=one.priority, groups=list(one.groups),
                                     holdtime=one.holdtime) for one in pim.candidate_rps])
    bsr = pim.candidate_bsr
    if pim.has_dense:
        settings.update(_dense_settings(pim))
    return _add(
        settings, join_prune_holdtime=timers.join_prune_holdtime, bootstrap_timeout=timers.bootstrap_timeout,
        ssm_range=pim.ssm_range, max_states=pim.max_states, max_states_per_neighbor=pim.max_states_per_neighbor,
        max_rps=pim.max_rps,
        candidate_bsr=bsr and _without_none(address=bsr.address, priority=bsr.priority, zone=bsr.zone,
                                            hash_mask_length=hash_mask_length(setup)))


def _dense_settings(pim: PimSetup) -> dict[str, Any]:
    names = "prune_limit graft_retry_period source_lifetime state_refresh_interval state_refresh_limit"
    settings: dict[str, Any] = {name: getattr(pim.timers, name) for name in names.split()}
    settings.update(state_refresh=pim.state_refresh, max_graft_retries=pim.max_graft_retries)
    groups = None if pim.dense_groups is None else list(pim.dense_groups)
    return _add(settings, dense_groups=groups, state_refresh_ttl=pim.state_refresh_ttl)


def hash_mask_length(setup: Setup) -> int:
    """Of the candidate BSR: what RFC 5059 4.1 recommends unless the case asks for another."""
    asked = setup.pim.candidate_bsr.hash_mask_length
    return asked if asked is not None else 126 if setup.family == "ipv6" else 30


def spt_switchover(spt: str) -> dict[str, Any]:
    """``immediately``, ``never``, or a rate."""
    return {"when": spt} if spt in ("immediately", "never") else {"when": "at_rate", "rate": int(spt)}


def _without_none(**values: Any) -> dict[str, Any]:
    return _add({}, **values)
