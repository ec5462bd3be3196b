# SPDX-License-Identifier: GPL-2.0-only
"""Target ``ns3``: the module in an ns-3 node with the whole Internet stack, under simulated time, in this process."""

from __future__ import annotations

import functools
import subprocess
from typing import Any, Sequence

from conformance.harness.addressing import global_of, link_local_of
from conformance.harness.packets import mac_of_tester
from conformance.harness.pim_setup import PimTimers, UnicastRoute
from conformance.harness.model import PORTS, Delivery, Frame, GroupState, InterfaceSetup, Setup, TimerSet

from . import built, wifi_player
from .core import FEATURES as CORE_FEATURES
from .core import group_state, with_port_names
from .settings import addresses_of, host_settings, pim_interface_settings, pim_settings, router_settings

FEATURES = CORE_FEATURES - {"pim:shutdown", "pim:route-preference"}

# Settings of the core -> attributes of ns3::MulticastInterface, where the names differ in more than their case.
ATTRIBUTES = {
    "robustness": "RobustnessVariable", "membership": "Router", "unsolicited_report_interval_v2": "UnsolicitedReportIntervalV2",
}
TIMES = ("interval", "interval_v2")


class Ns3System:
    """A node of ``mcast_ns3``. There is one at a time: opening the next one needs this one closed."""

    def __init__(self, module: Any, setup: Setup, timers: TimerSet, attributes: dict[str, str] | None = None) -> None:
        self._module = module
        self._family = setup.family
        self._addresses: dict[str, list[tuple[str, int]]] = {}
        self._ports: dict[str, int] = {}
        self._sockets: dict[str, int] = {}
        self._node = module.Node(router=setup.role == "router", seed=setup.seed, attributes=attributes or {})
        try:
            self._configure(setup, timers)
        except Exception:
            self._node.close()
            raise

    def _configure(self, setup: Setup, timers: TimerSet) -> None:
        for number, (name, port) in enumerate(PORTS.items(), 1):
            one = setup.interfaces.get(name, InterfaceSetup())
            self._addresses[name] = addresses_of(setup, port)
            self._ports[name] = self._node.add_port(f"02:00:00:00:00:{number:02x}", self._addresses[name], mtu=one.mtu)
            settings = interface_attributes(setup, one, timers)
            self._node.configure(self._ports[name], settings, list(one.static_joins), list(one.boundaries),
                                 setup.family)
        for route in setup.routes:
            self._node.add_route(route.group, route.source, self._ports[route.incoming],
                                 [self._ports[name] for name in route.outgoing])
        self._names = {number: name for name, number in self._ports.items()}
        if setup.pim:
            self._configure_pim(setup)
        self._node.advance(0)  # the simulation starts: what a system sends as it comes up is sent now

    def _configure_pim(self, setup: Setup) -> None:
        attributes, rps = pim_attributes(setup)
        self._node.configure_pim(setup.family, attributes, rps)
        bsr = setup.pim.candidate_bsr
        if bsr is not None:
            self._node.set_candidate_bsr(setup.family, bsr.priority, bsr.address, bsr.hash_mask_length or 0, bsr.zone or "")
        for one in setup.pim.candidate_rps:
            self._node.add_candidate_rp(setup.family, list(one.groups), one.priority, one.address, one.holdtime)
        if setup.pim.has_dense and setup.pim.dense_groups is not None:
            self._node.add_dense_groups(setup.family, list(setup.pim.dense_groups) or [""])
        self._pim_ports = {name: pim_interface_attributes(setup, name) for name in PORTS}
        for name, values in self._pim_ports.items():
            self._node.configure(self._ports[name], values, family=setup.family)
        self._meet_hosts()
        uplink = PORTS["up"].tester_address
        self._node.add_unicast_route("::/0" if setup.family == "ipv6" else "0.0.0.0/0", self._ports["up"],
                                     link_local_of(uplink) if setup.family == "ipv6" else uplink)
        for route in setup.pim.routes:
            self.set_route(route)

    def _meet_hosts(self) -> None:
        """Every host of the tester is known: it need not answer ARP or Neighbor Discovery."""
        for name, port in PORTS.items():
            prefix = port.dut_address.rpartition(".")[0]
            for label in (f"{prefix}.{number}" for number in range(1, 255)):
                if label == port.dut_address:
                    continue
                for one in (link_local_of(label), global_of(label)) if self._family == "ipv6" else (label,):
                    self._node.add_neighbor(self._ports[name], one, mac_of_tester(label))

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

    def set_address(self, port: str, present: bool) -> None:
        self._node.set_address(self._ports[port], self._addresses[port] if present else [])

    # ---- read-outs ----

    def groups(self, port: str) -> dict[str, GroupState]:
        return {one["group"]: group_state(one) for one in self._node.groups(self._ports[port], self._family)}

    def interface_state(self, port: str) -> dict[str, Any]:
        return self._node.interface(self._ports[port], self._family)

    def pim_interface(self, port: str) -> dict[str, Any]:
        return self._node.pim_interface(self._ports[port], self._family)

    def pim_neighbors(self, port: str) -> list[dict[str, Any]]:
        return self._node.pim_neighbors(self._ports[port], self._family)

    def pim_trees(self, group: str | None = None) -> list[dict[str, Any]]:
        names = {self._node.core_interface(number, self._family): name for name, number in self._ports.items()}
        return [with_port_names(one, names) for one in self._node.pim_trees(self._family, group)]

    def pim_rp(self, group: str) -> str | None:
        return self._node.pim_rp(group)

    def pim_rps(self) -> list[dict[str, Any]]:
        return self._node.pim_rps(self._family)

    def pim_bootstrap(self) -> list[dict[str, Any]]:
        return self._node.pim_bootstrap(self._family)

    # ---- the world around ----

    def set_route(self, route: UnicastRoute) -> None:
        self._node.add_unicast_route(route.prefix, self._ports[route.port], route.next_hop, route.metric)

    def remove_route(self, prefix: str) -> None:
        self._node.remove_unicast_route(prefix)

    def set_port_up(self, port: str, up: bool) -> None:
        self._node.set_link_up(self._ports[port], up)

    def set_addresses(self, port: str, addresses: Sequence[str]) -> None:
        """Of IPv6 the link-local ones; the others stay."""
        kept = [one for one in self._addresses[port] if self._family == "ipv6" and not one[0].startswith("fe80")]
        length = 64 if self._family == "ipv6" else PORTS[port].prefix_length
        self._node.set_address(self._ports[port], [*((one, length) for one in addresses), *kept])

    def restart_pim(self) -> None:
        for on in ("false", "true"):
            for name, values in self._pim_ports.items():
                if values["Pim"] == "true":
                    self._node.configure(self._ports[name], {"Pim": on}, family=self._family)
            self._node.apply_configuration()

    def log(self) -> list[str]:
        """Trace events since the last call."""
        return [f"{time:.6f} {side} {text}" for time, side, text in self._node.take_events()]

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
        self._node.send_data(group, payload, None if port is None else self._ports[port], ttl, loop)

    def deliveries(self) -> list[Delivery]:
        names = {number: name for name, number in self._sockets.items()}
        return [Delivery(time, names[socket], source, group, payload)
                for time, socket, _, source, group, payload in self._node.take_deliveries()]

    def close(self) -> None:
        self._node.close()


def interface_attributes(setup: Setup, interface: InterfaceSetup, timers: TimerSet) -> dict[str, str]:
    """Attributes of ns3::MulticastInterface, as text; one object serves both sides of an interface."""
    attributes = {"Enabled": _text(interface.enabled)}
    settings = host_settings(setup, interface, timers)
    if "require_router_alert" in settings:
        attributes["HostRequiresRouterAlert"] = _text(settings.pop("require_router_alert"))
    if setup.role == "router":
        settings.update(router_settings(setup, interface, timers))
        if "require_router_alert" in settings:
            attributes["RouterRequiresRouterAlert"] = _text(settings.pop("require_router_alert"))
    for name in ("static_joins", "boundaries"):
        settings.pop(name, None)
    settings["profile"] = settings["profile"].removeprefix("rfc")
    if setup.family == "ipv6":
        settings["mld_version"] = settings.pop("version")
    for name, value in settings.items():
        attribute = ATTRIBUTES.get(name) or "".join(part.capitalize() for part in name.split("_"))
        attributes[attribute] = f"{round(value * 1e9)}ns" if name.endswith(TIMES) else _text(value)
    return attributes


def pim_interface_attributes(setup: Setup, port: str) -> dict[str, str]:
    """Those of ns3::MulticastInterface that are about PIM, as text."""
    values = {f"Pim{_camel(name)}": _value(value) for name, value in pim_interface_settings(setup, port).items()}
    return {**values, "Pim": _text(setup.pim.interface(port).enabled)}


def pim_attributes(setup: Setup) -> tuple[dict[str, str], list[tuple[str, str, bool]]]:
    """Attributes of ns3::MulticastPim, as text, and the static RPs."""
    settings = pim_settings(setup)
    rps = [(one["rp"], one["groups"], one["overrides_bsr"]) for one in settings.pop("static_rps")]
    for name in ("candidate_bsr", "candidate_rps", "dense_groups"):
        settings.pop(name, None)
    switchover = settings.pop("spt_switchover")
    when = switchover["when"] if switchover["when"] != "at_rate" else f"{8 * switchover['rate']}bps"
    return {"SptSwitchover": when, **{_camel(name): _value(value) for name, value in settings.items()}}, rps


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _value(value: Any) -> str:
    """Times are floats, numbers are not."""
    return f"{round(value * 1e9)}ns" if isinstance(value, float) else _text(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Ns3Target:
    """See the head of the file. Timers are the RFC's defaults: time costs nothing here."""

    name = "ns3"
    virtual = True
    features = FEATURES
    timers = TimerSet()
    pim_timers = PimTimers()
    tolerance = 0.001

    def version(self) -> str:
        return version()

    def missing(self) -> str | None:
        return built.missing("mcast_ns3")

    def play_wifi(self, scenario: str) -> Any:
        """An access point and stations of ns-3's Wi-Fi with our group delivery, see ``conformance.wifi.case``."""
        return wifi_player.play("mcast-wifi-ns3", scenario)

    def open(self, setup: Setup) -> Ns3System:
        return Ns3System(built.load("mcast_ns3"), setup, setup.timers or self.timers)


@functools.lru_cache(maxsize=None)
def version() -> str:
    """The version of the ns-3 package, as far as Debian knows it."""
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libns3-dev"], capture_output=True, text=True,
                           check=False)
    return found.stdout.strip() or "unknown"


def target() -> Ns3Target:
    """The factory that the suite's registry calls."""
    return Ns3Target()
