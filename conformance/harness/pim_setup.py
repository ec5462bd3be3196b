# SPDX-License-Identifier: GPL-2.0-only
"""What a case of PIM asks of a target: timers, RPs, interfaces, and the unicast routes around the system.

The network of a PIM lab, in labels (``addressing``):

    lan    10.1.0.0/24  members, neighbours 10.1.0.20, .30...        downstream
    lan2   10.2.0.0/24  members, neighbours; the way to 10.6.0.0/24 is by 10.2.0.20
    up     10.0.0.0/24  the upstream LAN; the way to 10.7.0.0/24 is by 10.0.0.30, to 10.8.0.0/24 and 10.9.0.0/24 by
                        10.0.0.20, to everything else by 10.0.0.100

    10.8.0.1            the remote RP (``RP``); 10.8.0.2 another one
    10.9.0.n            sources behind the neighbour that leads to the RP: RPF'(S,G) = RPF'(*,G)
    10.7.0.n            sources behind the other neighbour on ``up``
    10.6.0.n            sources behind ``lan2``: another RPF interface than the RP's
    10.1.0.n, ...       sources on the system's own links

The system's own address as an RP is that of ``up`` (``OWN_RP``). Times are in seconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Mapping

from .addressing import plan_of
from .model import PORTS
from .requirements import ConfigurationError

RP, OTHER_RP, OWN_RP = "10.8.0.1", "10.8.0.2", PORTS["up"].dut_address
UPSTREAM, OTHER_UPSTREAM = "10.0.0.20", "10.0.0.30"  # neighbours on ``up``
LAN2_ROUTER = "10.2.0.20"
ALL_GROUPS = "224.0.0.0/4"
MODES = ("sparse", "dense", "sparse-dense")


@dataclass(frozen=True)
class PimTimers:
    """Timers and values of RFC 7761 4.11, RFC 5059 5, and RFC 3973 4.8. None: what follows from the others by the
    standard.
    """

    hello_period: float = 30.0
    hello_holdtime: float | None = None
    triggered_hello_delay: float = 5.0
    propagation_delay: float = 0.5
    override_interval: float = 2.5
    join_prune_period: float = 60.0  # t_periodic
    join_prune_holdtime: float | None = None
    keepalive_period: float = 210.0
    register_suppression_time: float = 60.0
    register_probe_time: float = 5.0
    assert_time: float = 180.0
    assert_override_interval: float = 3.0
    bootstrap_period: float = 60.0
    bootstrap_min_interval: float = 10.0
    bootstrap_timeout: float | None = None
    candidate_rp_period: float = 60.0
    # RFC 3973 4.8; of dense mode ``assert_time`` counts, too, and ``join_prune_holdtime`` is that of Prunes
    prune_limit: float = 210.0  # t_limit
    graft_retry_period: float = 3.0
    source_lifetime: float = 210.0
    state_refresh_interval: float = 60.0
    state_refresh_limit: float = 30.0

    @property
    def neighbor_holdtime(self) -> int:
        """What a Hello tells, in whole seconds: 3.5 periods unless it is configured."""
        value = 3.5 * self.hello_period if self.hello_holdtime is None else self.hello_holdtime
        return int(value)

    @property
    def tree_holdtime(self) -> int:
        """What a Join/Prune tells, in whole seconds: 3.5 periods unless it is configured."""
        value = 3.5 * self.join_prune_period if self.join_prune_holdtime is None else self.join_prune_holdtime
        return int(value)

    @property
    def override_delay(self) -> float:
        """J/P_Override_Interval of a LAN where nobody tells other values (RFC 7761 4.3.3)."""
        return self.propagation_delay + self.override_interval

    @property
    def rp_keepalive_period(self) -> float:
        return 3 * self.register_suppression_time + self.register_probe_time

    @property
    def bsr_timeout(self) -> float:
        """BS_Timeout (RFC 5059 5)."""
        return 2 * self.bootstrap_period + 10 if self.bootstrap_timeout is None else self.bootstrap_timeout


@dataclass(frozen=True)
class PimInterface:
    """PIM on one port of the system. None: the default."""

    enabled: bool = True
    mode: str | None = None  # "sparse", "dense" or "sparse-dense"; None: that of the setup
    dr_priority: int | None = None
    tracking: bool = False  # the T bit of LAN Prune Delay
    propagation_delay: float | None = None  # instead of the timers' own
    override_interval: float | None = None
    secondary: tuple[str, ...] = ()  # further addresses of the port
    bsr_border: bool = False
    accept_unknown: bool = False  # Join/Prune and Assert from routers without a Hello
    max_neighbors: int | None = None


@dataclass(frozen=True)
class StaticRp:
    address: str
    groups: str = ALL_GROUPS
    overrides_bsr: bool = False


@dataclass(frozen=True)
class UnicastRoute:
    """``next_hop`` is a host on ``port``."""

    prefix: str
    port: str
    next_hop: str
    metric: int = 0
    preference: int = 0


@dataclass(frozen=True)
class CandidateBsr:
    address: str | None = None  # None: the system's choice
    priority: int = 64
    hash_mask_length: int | None = None
    zone: str | None = None


@dataclass(frozen=True)
class CandidateRp:
    address: str | None = None
    priority: int = 192
    groups: tuple[str, ...] = ()
    holdtime: float | None = None


ROUTES = (
    UnicastRoute("10.8.0.0/24", "up", UPSTREAM, 20, 110),
    UnicastRoute("10.9.0.0/24", "up", UPSTREAM, 20, 110),
    UnicastRoute("10.7.0.0/24", "up", OTHER_UPSTREAM, 20, 110),
    UnicastRoute("10.6.0.0/24", "lan2", LAN2_ROUTER, 20, 110),
)


@dataclass(frozen=True)
class PimSetup:
    """PIM of the system under test. ``rps``: static ones; none by default is ``rp=None`` in a case."""

    timers: PimTimers | None = None  # None: the target's ``pim_timers``
    mode: str = "sparse"  # of the interfaces that don't say it: "dense" (RFC 3973), "sparse-dense"
    dense_groups: tuple[str, ...] | None = None  # None: all if every interface is dense, else none
    state_refresh: bool = True  # in dense mode
    state_refresh_ttl: int | None = None  # None: that of the source's packets
    max_graft_retries: int = 0  # 0: no end
    interfaces: Mapping[str, PimInterface] = field(default_factory=dict)  # missing port: PimInterface()
    rps: tuple[StaticRp, ...] = ()
    spt: str = "immediately"  # or "never", or a rate in octets per second
    ssm_range: str | None = None  # None: the default
    embedded_rp: bool = True
    bootstrap: bool = True
    candidate_bsr: CandidateBsr | None = None
    candidate_rps: tuple[CandidateRp, ...] = ()
    max_states: int | None = None
    max_states_per_neighbor: int | None = None
    max_rps: int | None = None
    routes: tuple[UnicastRoute, ...] = ROUTES

    def interface(self, port: str) -> PimInterface:
        return self.interfaces.get(port, PimInterface())

    def mode_of(self, port: str) -> str:
        return self.interface(port).mode or self.mode

    @property
    def has_dense(self) -> bool:
        """Some interface serves dense mode."""
        return any(self.mode_of(port) != "sparse" for port in PORTS)


_SETTINGS = {
    "dr_priority": "dr_priority",
    "tracking": "tracking",
    "propagation_delay": "delays",
    "override_interval": "delays",
    "secondary": "secondary",
    "bsr_border": "bsr_border",
    "accept_unknown": "accept_unknown",
    "max_neighbors": "limits",
    "enabled": "enabled",
}
_ROUTER_SETTINGS = {
    "dense_groups": "dense_groups",
    "state_refresh": "state_refresh",
    "state_refresh_ttl": "state_refresh_ttl",
    "max_graft_retries": "max_graft_retries",
    "ssm_range": "ssm_range",
    "embedded_rp": "embedded_rp",
    "bootstrap": "bootstrap",
    "candidate_bsr": "candidate_bsr",
    "candidate_rps": "candidate_rp",
    "max_states": "limits",
    "max_states_per_neighbor": "limits",
    "max_rps": "limits",
}


def features_of_pim(given: Mapping[str, Any]) -> set[str]:
    """What a target must be able to be told: ``config:pim:NAME`` of settings that differ from the default."""
    setup, default = pim_setup(given), PimSetup()
    found = {
        f"config:pim:{feature}"
        for name, feature in _ROUTER_SETTINGS.items()
        if getattr(setup, name) != getattr(default, name)
    }
    modes = {setup.mode_of(port) for port in PORTS}
    if modes != {"sparse"}:
        found.add("pim:dense")
    if len(modes) > 1 or "sparse-dense" in modes:
        found.add("config:pim:mixed_modes")
    if setup.spt != default.spt:
        found.add(f"config:pim:spt:{setup.spt}" if setup.spt == "never" else "config:pim:spt:rate")
    if given.get("timers"):
        found |= {f"config:pim:timers:{name}" for name in given["timers"]}
    for one in setup.interfaces.values():
        found |= {
            f"config:pim:{feature}"
            for name, feature in _SETTINGS.items()
            if getattr(one, name) != getattr(PimInterface(), name)
        }
    if any(rp.overrides_bsr for rp in setup.rps):
        found.add("config:pim:overrides_bsr")
    return found


def pim_setup(given: Mapping[str, Any], timers: PimTimers | None = None) -> PimSetup:
    """The setup that a case describes; ``timers`` are the target's own.

    given: the fields of ``PimSetup``, each part as itself or as a dict; ``timers`` changes some of the target's own;
    ``rp``: "remote" (``RP``, the default), "dut" (``OWN_RP``), an address, or None; or ``rps``, a list.
    """
    values = dict(given)
    changed = values.pop("timers", None)
    rp = values.pop("rp", "remote" if "rps" not in values else None)
    address = {"remote": RP, "dut": OWN_RP}.get(rp, rp)
    values.setdefault("rps", [StaticRp(address)] if address else [])
    values["rps"] = tuple(_part(StaticRp, one) for one in values["rps"])
    values["interfaces"] = {
        name: _part(PimInterface, one) for name, one in values.get("interfaces", {}).items()
    }
    modes = {values.get("mode", "sparse"), *(one.mode for one in values["interfaces"].values())}
    wrong = modes - {None, *MODES}
    if wrong:
        raise ConfigurationError(f"setup: pim: mode {sorted(wrong)[0]!r} is none of {', '.join(MODES)}")
    if values.get("dense_groups") is not None:
        values["dense_groups"] = tuple(values["dense_groups"])
    unknown = set(values["interfaces"]) - set(PORTS)
    if unknown:
        raise ConfigurationError(f"setup: pim: interfaces has no port {sorted(unknown)[0]!r}")
    values["routes"] = tuple(_part(UnicastRoute, one) for one in values.get("routes", ROUTES))
    values["candidate_rps"] = tuple(_part(CandidateRp, one) for one in values.get("candidate_rps", ()))
    if values.get("candidate_bsr") is not None:
        values["candidate_bsr"] = _part(CandidateBsr, values["candidate_bsr"])
    timers = timers or PimTimers()
    return PimSetup(timers=dataclasses.replace(timers, **(changed or {})), **values)


def _part(kind: type, given: Any) -> Any:
    if isinstance(given, kind):
        return given
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return kind(**values)


def in_ipv6(setup: PimSetup) -> PimSetup:
    """The same with IPv6 addresses."""
    plan = plan_of()
    real, prefix, replace = plan.real, plan.prefix, dataclasses.replace

    def maybe(change: Any, value: str | None) -> str | None:
        return None if value is None else change(value)

    return replace(
        setup,
        interfaces={
            name: replace(one, secondary=tuple(map(real, one.secondary)))
            for name, one in setup.interfaces.items()
        },
        rps=tuple(replace(one, address=real(one.address), groups=prefix(one.groups)) for one in setup.rps),
        ssm_range=maybe(prefix, setup.ssm_range),
        dense_groups=None if setup.dense_groups is None else tuple(map(prefix, setup.dense_groups)),
        candidate_bsr=setup.candidate_bsr
        and replace(
            setup.candidate_bsr,
            address=maybe(real, setup.candidate_bsr.address),
            zone=maybe(prefix, setup.candidate_bsr.zone),
        ),
        candidate_rps=tuple(
            replace(one, address=maybe(real, one.address), groups=tuple(map(prefix, one.groups)))
            for one in setup.candidate_rps
        ),
        routes=tuple(
            replace(one, prefix=prefix(one.prefix), next_hop=real(one.next_hop, one.port, True))
            for one in setup.routes
        ),
    )
