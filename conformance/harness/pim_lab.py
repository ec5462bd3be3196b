# SPDX-License-Identifier: GPL-2.0-only
"""``lab.pim``: neighbours that the tester plays, members, routes, and what the system says of PIM."""

from __future__ import annotations

import dataclasses
import ipaddress
from typing import TYPE_CHECKING, Any, Callable

from .model import Step
from .packets import allow, block, to_ex, to_in, report
from .pim_packets import hello, join_prune
from .pim_setup import UPSTREAM, PimSetup, PimTimers, UnicastRoute
from .verdicts import CaseFailed

if TYPE_CHECKING:
    from .lab import Lab

FOR_EVER = 0xFFFF
NEAR_KEYS = frozenset("address dr upstream next_hop assert_winner".split())
FAR_KEYS = frozenset("group source rp bsr".split())


class PimLab:
    """Addresses are labels, as everywhere; the network is that of ``pim_setup``. Reading out is no stimulus."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.setup: PimSetup = lab.setup.pim or PimSetup()
        #: See ``pim_setup.PimTimers``.
        self.timers: PimTimers = self.setup.timers or PimTimers()

    # ---- neighbours ----

    def port_of(self, address: str) -> Any:
        """The port on whose link a host is."""
        for port in self._lab.ports.values():
            if ipaddress.ip_address(address) in port._network:  # noqa: SLF001
                return port
        raise ValueError(f"{address} is on no port")

    def neighbor(self, address: str = UPSTREAM, **fields: Any) -> str:
        """A Hello from there, for ever unless ``holdtime=`` is given: it is a neighbour. Gives its address.

        Its DR Priority is 0 unless given: the system is the Designated Router of its links.
        """
        self.port_of(address).send(hello(src=address, **{"dr_priority": 0, **fields}))
        return address

    def neighbors_up(self, *addresses: str, **fields: Any) -> None:
        """Several of them (default: ``UPSTREAM``), and what the system says to greet them has passed."""
        for address in addresses or (UPSTREAM,):
            self.neighbor(address, **fields)
        self.settle()

    def settle(self) -> None:
        """The system has said Hello on every port, and to all who are new; what it said until now is over."""
        self._lab.wait(self.timers.triggered_hello_delay + 2 * self._lab.timers.tolerance)

    def goodbye(self, address: str) -> None:
        """A Hello with holdtime 0."""
        self.port_of(address).send(hello(src=address, holdtime=0))

    def join(self, address: str, *entries: Any, **fields: Any) -> float:
        """A Join/Prune from a neighbour, for ever unless ``holdtime=`` is given."""
        fields = {"holdtime": FOR_EVER, **fields}
        return self.port_of(address).send(join_prune(*entries, src=address, **fields))

    # ---- members ----

    def member(self, group: str, source: str | None = None, port: str = "lan") -> None:
        """A host on the port wants the group (of one source)."""
        record = to_ex(group, []) if source is None else allow(group, [source])
        self._lab.ports[port].send(report(record))

    def no_member(self, group: str, source: str | None = None, port: str = "lan") -> None:
        """It leaves; the system gives up the group after the Last Member Query Time."""
        record = to_in(group, []) if source is None else block(group, [source])
        self._lab.ports[port].send(report(record))

    # ---- the world around ----

    def route(self, prefix: str, next_hop: str, metric: int = 20, preference: int = 110) -> None:
        """The system's unicast route to a prefix changes. Feature ``pim:routes``."""
        port = self.port_of(next_hop).name
        self._act("pim:routes", f"route to {prefix} by {next_hop} metric {metric}", port)
        route = UnicastRoute(prefix, port, next_hop, metric, preference)
        if self._lab.family == "ipv6":
            plan = self._lab.names.plan
            hop = plan.real(next_hop, port, True)
            route = dataclasses.replace(route, prefix=plan.prefix(prefix), next_hop=hop)
        self._lab.sut.set_route(route)

    def no_route(self, prefix: str) -> None:
        self._act("pim:routes", f"no route to {prefix}", "")
        real = self._lab.names.plan.prefix(prefix) if self._lab.family == "ipv6" else prefix
        self._lab.sut.remove_route(real)

    def set_up(self, port: str, up: bool) -> None:
        """The link of a port goes or comes. Feature ``pim:ports``."""
        self._act("pim:ports", f"port {'up' if up else 'down'}", port)
        self._lab.sut.set_port_up(port, up)

    def set_addresses(self, port: str, *labels: str) -> None:
        """The port's addresses, its primary one first (of IPv6 these are link-local ones, and the global one stays).
        Feature ``pim:addresses``.
        """
        self._act("pim:addresses", f"addresses {', '.join(labels)}", port)
        names = self._lab.ports[port].names
        self._lab.sut.set_addresses(port, [names.real(label, True) for label in labels])

    def restart(self) -> None:
        """The system's PIM is switched off and on again. Feature ``pim:restart``."""
        self._act("pim:restart", "PIM restarts", "")
        self._lab.sut.restart_pim()

    def shut_down(self) -> None:
        """The system goes out of service, for the rest of the case. Feature ``pim:shutdown``."""
        self._act("pim:shutdown", "the router is shut down", "")
        self._lab.sut.shut_down()

    def _act(self, feature: str, text: str, port: str) -> None:
        self._lab.need(feature)
        self._lab.begin_stimulus()
        self._lab.steps.append(Step(self._lab.now, "app", port, self._lab.names.text(text)))

    # ---- read-outs ----

    def interface(self, port: str = "lan") -> dict[str, Any]:
        self._lab.need("state:pim:interfaces")
        return self._seen(self._lab.sut.pim_interface(port), port)

    def neighbors(self, port: str = "lan") -> dict[str, dict[str, Any]]:
        """By address."""
        self._lab.need("state:pim:neighbors")
        seen = [self._seen(one, port) for one in self._lab.sut.pim_neighbors(port)]
        return {one["address"]: one for one in seen}

    def trees(self, group: str | None = None) -> list[dict[str, Any]]:
        """Of a group, or all; ``interfaces`` by the name of the port."""
        self._lab.need("state:pim:trees")
        real = None if group is None else self._lab.names.real(group)
        trees = [self._seen(one) for one in self._lab.sut.pim_trees(real)]
        for tree in trees:
            tree["interfaces"] = {
                one["port"]: self._seen(one, one["port"]) for one in tree.get("interfaces", ())
            }
        return trees

    def tree(self, group: str, source: str | None = None, rpt: bool = False) -> dict[str, Any] | None:
        """(*,G), or (S,G) of either mode, or (S,G,rpt); None if there is no such state."""
        kinds = ("*,G",) if source is None else ("S,G,rpt",) if rpt else ("S,G", "S,G,dense")
        source = None if source is None else self._lab.names.wanted(source)
        for tree in self.trees(group):
            if tree["kind"] in kinds and source in (None, tree["source"]):
                return tree
        return None

    def downstream(
        self, group: str, source: str | None = None, rpt: bool = False, port: str = "lan"
    ) -> dict[str, Any]:
        """What a tree is on a port; ``{"state": "no-info"}`` if it is nothing there."""
        tree = self.tree(group, source, rpt)
        return (tree or {"interfaces": {}})["interfaces"].get(port, {"state": "no-info"})

    def rp_of(self, group: str) -> str | None:
        self._lab.need("state:pim:rp")
        rp = self._lab.sut.pim_rp(self._lab.names.real(group))
        return None if rp is None else self._lab.names.seen(rp)

    def rps(self) -> list[dict[str, Any]]:
        """Ranges and RPs: ``rp groups origin is_us priority holdtime expires``."""
        self._lab.need("state:pim:rps")
        return [self._seen(one) for one in self._lab.sut.pim_rps()]

    def bootstrap(self) -> list[dict[str, Any]]:
        """Of each zone ``state bsr priority hash_mask_length fragment_tag bootstrap_timer candidate_rp_timer``."""
        self._lab.need("state:pim:bsr")
        return [self._seen(one) for one in self._lab.sut.pim_bootstrap()]

    def counter(self, name: str, port: str = "lan") -> int:
        """A counter of PIM on a port; 0 if it never counted. Feature ``state:pim:counters``."""
        self._lab.need("state:pim:counters")
        return self._lab.sut.pim_interface(port).get("counters", {}).get(name, 0)

    def expect_neighbor(self, address: str, within: float | None = None, **wanted: Any) -> dict[str, Any]:
        """The neighbour as read out, with these values; ``expires`` give or take the tolerance."""
        port = self.port_of(address).name
        slack = self._lab.timers.tolerance + getattr(self._lab.target, "readout", 0.0)

        def agrees() -> dict[str, Any] | None:
            found = self.neighbors(port).get(address)
            return found if found is not None and _agree(found, wanted, slack) else None

        told = ", ".join(f"{name} {value}" for name, value in wanted.items())
        return self.eventually(
            agrees, f"neighbour {address} {told}".strip(), within, lambda: self.neighbors(port)
        )

    def expect_no_neighbor(self, address: str, within: float | None = None) -> None:
        port = self.port_of(address).name
        self.eventually(
            lambda: address not in self.neighbors(port),
            f"no neighbour {address}",
            within,
            lambda: self.neighbors(port),
        )

    def expect_tree(
        self,
        group: str,
        source: str | None = None,
        rpt: bool = False,
        within: float | None = None,
        **wanted: Any,
    ) -> dict[str, Any]:
        """The tree as read out, with these values (times give or take the tolerance)."""
        slack = self._lab.timers.tolerance + getattr(self._lab.target, "readout", 0.0)

        def agrees() -> dict[str, Any] | None:
            found = self.tree(group, source, rpt)
            return found if found is not None and _agree(found, wanted, slack) else None

        told = ", ".join(f"{name} {value}" for name, value in wanted.items())
        name = f"({source or '*'},{group}{',rpt' if rpt else ''})"
        return self.eventually(agrees, f"{name} {told}".strip(), within, lambda: self.trees(group))

    def expect_downstream(
        self,
        group: str,
        source: str | None = None,
        rpt: bool = False,
        port: str = "lan",
        within: float | None = None,
        **wanted: Any,
    ) -> dict[str, Any]:
        """The downstream machine of a tree on a port, as read out: ``state= expires= prune_pending=``..."""
        slack = self._lab.timers.tolerance + getattr(self._lab.target, "readout", 0.0)

        def agrees() -> dict[str, Any] | None:
            found = self.downstream(group, source, rpt, port)
            return found if _agree(found, wanted, slack) else None

        told = ", ".join(f"{name} {value}" for name, value in wanted.items())
        name = f"({source or '*'},{group}{',rpt' if rpt else ''}) on {port}"
        return self.eventually(agrees, f"{name}: {told}", within, lambda: self.trees(group))

    def eventually(
        self, condition: Callable[[], Any], text: str, within: float | None, instead: Callable[[], Any]
    ) -> Any:
        """Waits until a read-out is as it should be; fails with what it says instead."""
        lab = self._lab
        limit = lab.now + (lab.timers.tolerance if within is None else within)
        found = lab.state._poll(condition, limit)  # noqa: SLF001
        lab.expectation(text, bool(found))
        if not found:
            raise CaseFailed(f"{text} expected; the system says {instead() or 'nothing of it'}")
        return found

    def _seen(self, told: dict[str, Any], port: str = "") -> dict[str, Any]:
        """With addresses as the case sees them. The port of upstream neighbours is found by trying."""
        seen: dict[str, Any] = {}
        for key, value in told.items():
            if isinstance(value, str) and key in NEAR_KEYS:
                seen[key] = self._near(value, port)
            elif isinstance(value, str) and key in FAR_KEYS:
                seen[key] = self._lab.names.seen(value)
            elif key == "secondary":
                seen[key] = [self._lab.names.seen(one) for one in value]
            else:
                seen[key] = value
        return seen

    def _near(self, address: str, port: str) -> str:
        for name in [port] if port else list(self._lab.ports):
            label = self._lab.ports[name].names.seen(address, True)
            if label != address or self._lab.family == "ipv4":
                return label
        return self._lab.names.seen(address)


def _agree(found: dict[str, Any], wanted: dict[str, Any], slack: float) -> bool:
    for key, value in wanted.items():
        actual = found.get(key)
        if callable(value):
            if not value(actual):
                return False
        elif isinstance(value, float) and isinstance(actual, (int, float)):
            if abs(actual - value) > slack:
                return False
        elif isinstance(value, (set, frozenset)):
            if actual not in value:
                return False
        elif actual != value:
            return False
    return True
