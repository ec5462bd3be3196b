# SPDX-License-Identifier: GPL-2.0-only
"""Target ``core``: the protocol core in a simulated node, under virtual time, in this very process."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Sequence

from conformance.harness.addressing import link_local_of
from conformance.harness.model import PORTS, Delivery, Frame, GroupState, InterfaceSetup, Setup, TimerSet

from conformance.harness.pim_setup import PimTimers, UnicastRoute

from . import built, wifi_player
from .settings import addresses_of, host_settings, pim_interface_settings, pim_settings, router_settings

PIM_FEATURES = frozenset(
    "pim pim:bsr pim:embedded-rp pim:routes pim:ports pim:addresses pim:restart pim:shutdown state:pim:interfaces state:pim:neighbors"
    " state:pim:trees state:pim:rp state:pim:rps state:pim:bsr state:pim:counters config:pim:dr_priority config:pim:tracking"
    " config:pim:delays config:pim:secondary config:pim:bsr_border config:pim:accept_unknown config:pim:limits"
    " config:pim:enabled config:pim:ssm_range config:pim:embedded_rp config:pim:bootstrap config:pim:candidate_bsr"
    " config:pim:candidate_rp config:pim:spt:never config:pim:spt:rate config:pim:timers config:pim:overrides_bsr".split())
DENSE_FEATURES = frozenset(
    "pim:dense pim:state-refresh pim:data-ttl pim:route-preference config:pim:mixed_modes config:pim:dense_groups config:pim:state_refresh config:pim:state_refresh_ttl"
    " config:pim:max_graft_retries".split())
FEATURES = frozenset(
    "role:router role:host igmp:1 igmp:2 igmp:3 mld:1 mld:2 state:groups state:sources state:timers state:interfaces log counters"
    " forwarding host:listen host:delivery host:send host:address config:profile config:timers config:timers:rv config:timers:qi"
    " config:timers:qri config:timers:lmqi config:timers:lmqc config:timers:startup config:timers:uri"
    " config:igmp_version config:mld_version config:enabled config:ttl_threshold config:boundaries config:static_joins config:fast_leave"
    " config:limits config:router_alert config:on_subnet config:routes config:compatibility config:mtu wifi".split()) | PIM_FEATURES | DENSE_FEATURES


class CoreSystem:
    """A node of ``mcast_core`` with the three ports of the suite. Reading out changes nothing and takes no time."""

    def __init__(self, module: Any, setup: Setup, timers: TimerSet) -> None:
        self._module = module
        self._family = setup.family
        self._node = module.Node(router=setup.role == "router", seed=setup.seed)
        self._ports: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._addresses: dict[str, list[tuple[str, int]]] = {}
        self._sockets: dict[str, int] = {}
        self._router = setup.role == "router"
        self._setup, self._timers = setup, timers
        for number, (name, port) in enumerate(PORTS.items(), 1):
            one = setup.interfaces.get(name, InterfaceSetup())
            self._add_port(name, f"02:00:00:00:00:{number:02x}", addresses_of(setup, port), one.mtu)
            if one.enabled:
                self._node.configure_host(self._ports[name], setup.family, **host_settings(setup, one, timers))
            if self._router:
                self._configure_router(name)
        if setup.pim:
            self._configure_pim()
        for route in setup.routes:
            self._node.add_route(route.group, route.source, self._ports[route.incoming],
                                 [self._ports[name] for name in route.outgoing])

    def _add_port(self, name: str, mac: str, addresses: list[tuple[str, int]], mtu: int) -> None:
        number = self._node.add_port(name, mac, addresses, mtu=mtu)
        self._ports[name], self._names[number], self._addresses[name] = number, name, addresses

    def _configure_router(self, port: str, pim: bool = True) -> None:
        setup, one = self._setup, self._setup.interfaces.get(port, InterfaceSetup())
        settings = router_settings(setup, one, self._timers)
        if setup.pim:
            settings["pim"] = pim_interface_settings(setup, port) if pim and setup.pim.interface(port).enabled else None
        self._node.configure_router(self._ports[port], setup.family, **settings)

    def _configure_pim(self) -> None:
        self._node.configure_pim(self._family, **pim_settings(self._setup))
        uplink = PORTS["up"].tester_address
        self._node.add_unicast_route("::/0" if self._family == "ipv6" else "0.0.0.0/0", self._ports["up"],
                                     link_local_of(uplink) if self._family == "ipv6" else uplink)
        for route in self._setup.pim.routes:
            self.set_route(route)

    # ---- clock and wire ----

    def now(self) -> float:
        return self._node.now()

    def send(self, port: str, frame: bytes) -> None:
        self._node.send_frame(self._ports[port], frame)

    def advance(self, until: float) -> None:
        self._node.advance(until)

    def step(self, until: float) -> None:
        """As ``advance``, but ends at the first frame or delivery."""
        self._node.step(until)

    def frames(self) -> list[Frame]:
        return [Frame(time, self._names[port], octets) for time, port, octets in self._node.take_frames()]

    def mac(self, port: str) -> str:
        return self._node.mac(self._ports[port])

    # ---- read-outs ----

    def groups(self, port: str) -> dict[str, GroupState]:
        return {one["group"]: group_state(one) for one in self._node.groups(self._ports[port], self._family)}

    def interface_state(self, port: str) -> dict[str, Any]:
        return self._node.interface(self._ports[port], self._family)

    def log(self) -> list[str]:
        """Trace events since the last call."""
        return [f"{time:.6f} {side} {text}" for time, side, text in self._node.take_events()]

    def pim_interface(self, port: str) -> dict[str, Any]:
        return self._node.pim_interface(self._ports[port], self._family)

    def pim_neighbors(self, port: str) -> list[dict[str, Any]]:
        return self._node.pim_neighbors(self._ports[port], self._family)

    def pim_trees(self, group: str | None = None) -> list[dict[str, Any]]:
        return [with_port_names(one, self._names) for one in self._node.pim_trees(self._family, group)]

    def pim_rp(self, group: str) -> str | None:
        return self._node.pim_rp(group)

    def pim_rps(self) -> list[dict[str, Any]]:
        return self._node.pim_rps(self._family)

    def pim_bootstrap(self) -> list[dict[str, Any]]:
        return self._node.pim_bootstrap(self._family)

    # ---- the world around ----

    def set_route(self, route: UnicastRoute) -> None:
        self._node.add_unicast_route(route.prefix, self._ports[route.port], route.next_hop, route.metric,
                                     route.preference)

    def remove_route(self, prefix: str) -> None:
        self._node.remove_unicast_route(prefix)

    def set_port_up(self, port: str, up: bool) -> None:
        self._node.set_port_up(self._ports[port], up)

    def set_addresses(self, port: str, addresses: Sequence[str]) -> None:
        """Of IPv6 the link-local ones; the others stay."""
        kept = [one for one in self._addresses[port] if self._family == "ipv6" and not one[0].startswith("fe80")]
        length = 64 if self._family == "ipv6" else PORTS[port].prefix_length
        self._node.set_address(self._ports[port], [*((one, length) for one in addresses), *kept])

    def restart_pim(self) -> None:
        for pim in (False, True):
            for port in self._ports:
                self._configure_router(port, pim)

    def shut_down(self) -> None:
        self._node.shutdown()

    # ---- applications ----

    def listen(self, socket: str, port: str, group: str, mode: str, sources: Sequence[str] = ()) -> bool:
        try:
            self._node.listen(self._sockets.setdefault(socket, len(self._sockets) + 1), self._ports[port], group, mode,
                              list(sources))
        except self._module.ListenError:
            return False
        return True

    def send_data(self, group: str, payload: bytes, port: str | None = None, ttl: int | None = None,
                  loop: bool = True) -> None:
        self._node.send_data(group, payload, None if port is None else self._ports[port], 1 if ttl is None else ttl, loop)

    def set_address(self, port: str, present: bool) -> None:
        self._node.set_address(self._ports[port], self._addresses[port] if present else [])

    def deliveries(self) -> list[Delivery]:
        names = {number: name for name, number in self._sockets.items()}
        return [Delivery(time, names[socket], source, group, payload)
                for time, socket, _, source, group, payload in self._node.take_deliveries()]

    def close(self) -> None:
        """Nothing outlives the object."""


def with_port_names(tree: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    """A tree whose interfaces, numbers in the compiled modules, are named as the suite's ports."""
    interfaces = [{**one, "port": names.get(one["interface"], "register")} for one in tree["interfaces"]]
    return {**tree, "interfaces": interfaces, "rpf_port": names.get(tree["rpf_interface"])}


def group_state(one: dict[str, Any]) -> GroupState:
    """A membership record as the compiled modules tell it. A group timer that does not run is None."""
    return GroupState(
        group=one["group"], mode=one["mode"], sources=frozenset(one["sources"]), blocked=frozenset(one["blocked"]),
        version=one["version"], expires=one["expires"] if one["mode"] == "exclude" else None,
        source_expires=dict(one["sources"]))


class CoreTarget:
    """See the head of the file. Timers are the RFC's defaults: time costs nothing here."""

    name = "core"
    virtual = True
    features = FEATURES
    timers = TimerSet()
    pim_timers = PimTimers()
    tolerance = 0.001

    def version(self) -> str:
        return version()

    def missing(self) -> str | None:
        return built.missing("mcast_core")

    def play_wifi(self, scenario: str) -> Any:
        """A BSS of the core on a medium of its own, see ``conformance.wifi.case``."""
        return wifi_player.play("mcast-wifi-air", scenario)

    def open(self, setup: Setup) -> CoreSystem:
        return CoreSystem(built.load("mcast_core"), setup, setup.timers or self.timers)


@functools.lru_cache(maxsize=None)
def version() -> str:
    """The version of the project, as its CMakeLists.txt says."""
    for line in Path(built.ROOT, "CMakeLists.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("project(multicast VERSION"):
            return line.split()[2]
    return "unknown"


def target() -> CoreTarget:
    """The factory that the suite's registry calls."""
    return CoreTarget()
