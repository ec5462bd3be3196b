# SPDX-License-Identifier: GPL-2.0-only
"""Three routers that run PIM, a source and a receiver; of either family."""

from __future__ import annotations

import select
import socket
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Optional

from netlab import Host, Mcastd, Namespace, Tap, veth, wait_until
from netlab6 import Frame6, Host6

PIM = 103
HELLO, REGISTER, REGISTER_STOP, JOIN_PRUNE = 0, 1, 2, 3
GRAFT, GRAFT_ACK, STATE_REFRESH = 6, 7, 9

# Short enough for tests; RFC 7761 4.11 has the defaults.
GM = "query-interval: 3, query-response-interval: 1, last-member-query-interval: 200ms"
INTERFACE = "hello-interval: 2, triggered-hello-delay: 50ms, propagation-delay: 100ms, override-interval: 300ms"
TIMES = (
    "join-prune-interval: 3, keepalive-period: 30, register-suppression-time: 6, register-probe-time: 1, "
    "bootstrap-interval: 3, bootstrap-min-interval: 1, bootstrap-timeout: 10, candidate-rp-interval: 3"
)


class Names:
    """What the lab's addresses are in a family."""

    def __init__(self, family: str) -> None:
        self.family, self.ipv6 = family, family == "ipv6"
        self.rp = "2001:db8:99::2" if self.ipv6 else "10.9.9.2"
        self.source = "2001:db8:1::2" if self.ipv6 else "10.1.0.2"
        self.source_net = "2001:db8:1::/64" if self.ipv6 else "10.1.0.0/24"
        self.group = "ff1e::1:2:3" if self.ipv6 else "239.1.2.3"
        self.ssm_group = "ff3e::1:2:3" if self.ipv6 else "232.1.2.3"
        self.frame = Frame6 if self.ipv6 else None

    def next_hop(self, link: str, router: int) -> str:
        """The address of a router on a link, such as "12", as routes and neighbours have it."""
        return f"fe80::{router}" if self.ipv6 else f"10.{link}.0.{router}"


class PimLab:
    """source -- lan: r1 -- to2/to1 -- r2 (RP): to3/to2 -- r3: lan -- receiver, and r1: to3/to1 -- r3 besides.

    r1 reaches the receiver's LAN and r3 the source's by the direct link, so that the RP's tree and the source's
    differ in r3. Links are 10.12.0.0/24, 10.23.0.0/24, 10.13.0.0/24; the LANs 10.1.0.0/24 and 10.2.0.0/24.
    """

    def __init__(self, network: Callable, directory: Path) -> None:
        self.directory = directory
        self.routers: dict[int, Any] = {n: network(Namespace, f"r{n}", True) for n in (1, 2, 3)}
        self.daemons: dict[int, Mcastd] = {}
        self.source, self.receiver = (
            network(Host6, role, "eth0", f"10.{n}.0.2", "fe80::2", f"2001:db8:{n}::2")
            for n, role in ((1, "src"), (2, "rcv"))
        )
        for n, router in self.routers.items():
            router.ip(f"addr add 10.9.9.{n}/32 dev lo", f"addr add 2001:db8:99::{n}/128 dev lo")
            router.sysctl("ipv4/ip_forward", 1)
            router.sysctl("ipv6/conf/all/forwarding", 1)
        for a, b in ((1, 2), (2, 3), (1, 3)):
            self._link(a, b)
        self.add_lan(self.routers[1], self.source, 1)
        self.add_lan(self.routers[3], self.receiver, 2)
        self._routes(1, {2: (2,), 3: (3,)}, {"10.2.0.0/24": (3, "13"), "2001:db8:2::/64": (3, "13")})
        self._routes(2, {1: (1,), 3: (3,)}, {"10.1.0.0/24": (1, "12"), "2001:db8:1::/64": (1, "12")})
        self._routes(2, {}, {"10.2.0.0/24": (3, "23"), "2001:db8:2::/64": (3, "23")})
        self._routes(3, {1: (1,), 2: (2,)}, {"10.1.0.0/24": (1, "13"), "2001:db8:1::/64": (1, "13")})

    def _link(self, a: int, b: int) -> None:
        veth(
            self.routers[a],
            f"to{b}",
            f"10.{a}{b}.0.{a}/24",
            self.routers[b],
            f"to{a}",
            f"10.{a}{b}.0.{b}/24",
        )
        for here, there in ((a, b), (b, a)):
            self.routers[here].ip(
                f"addr add fe80::{here}/64 dev to{there}",
                f"addr add 2001:db8:{a}{b}::{here}/64 dev to{there}",
            )

    @staticmethod
    def add_lan(router: Namespace, host: Host6, net: int) -> None:
        """An interface `lan` of a router, with a host on it."""
        veth(router, "lan", f"10.{net}.0.1/24", host, "eth0", f"10.{net}.0.2/24")
        router.ip("addr add fe80::1/64 dev lan", f"addr add 2001:db8:{net}::1/64 dev lan")
        host.ip(
            "addr add fe80::2/64 dev eth0",
            f"addr add 2001:db8:{net}::2/64 dev eth0",
            f"route add default via 10.{net}.0.1",
        )

    def _routes(self, n: int, loopbacks: dict, nets: dict) -> None:
        commands = []
        for target, (via,) in loopbacks.items():
            link = f"{min(n, via)}{max(n, via)}"
            commands.append(f"route add 10.9.9.{target}/32 via 10.{link}.0.{via}")
            commands.append(f"route add 2001:db8:99::{target}/128 via fe80::{via} dev to{via}")
        for net, (via, link) in nets.items():
            hop = f"fe80::{via} dev to{via}" if ":" in net else f"10.{link}.0.{via}"
            commands.append(f"route add {net} via {hop}")
        self.routers[n].ip(*commands)

    def start(
        self,
        pim: str = "rp: [10.9.9.2, '2001:db8:99::2']",
        only: tuple[int, ...] = (1, 2, 3),
        mode: str = "sparse",
        **of_one: str,
    ) -> None:
        """Starts mcastd on the routers and waits until neighbours know each other. of_one: r1="pim of r1"."""
        for n in only:
            text = of_one.get(f"r{n}", pim)
            config = (
                f"defaults: {{pim: {{mode: {mode}, {INTERFACE}}}, igmp: {{{GM}}}, mld: {{{GM}}}}}\n"
                f"pim: {{{TIMES}{', ' + text if text else ''}}}\n"
                'interfaces: {"to*": {igmp: false, mld: false}, "lan": {optional: true}}\n'
            )
            self.daemons[n] = Mcastd(self.routers[n], self.directory, config)
        for n in only:
            self.daemons[n].ready()
        for n in only:
            self.wait_for_neighbors(n, {(f"to{m}", f) for m in only if m != n for f in ("ipv4", "ipv6")})

    def wait_for_neighbors(self, n: int, wanted: set[tuple[str, str]], within: float = 8) -> None:
        wait_until(
            lambda: {(row["interface"], row["family"]) for row in self.neighbors(n)} >= wanted,
            within,
            f"r{n} has its neighbours",
        )

    def neighbors(self, n: int) -> list[dict]:
        return self.daemons[n].ctl("show", "pim", "neighbors")

    def trees(self, n: int, what: str, group: str) -> dict[str, dict]:
        """The rows of `show pim WHAT GROUP` by their kind: starg, sg, sgrpt, dense; one a kind."""
        return {row["kind"]: row for row in self.daemons[n].ctl("show", "pim", what, group)}

    def tree(self, n: int, kind: str, group: str) -> dict:
        return self.trees(n, "upstream", group).get(kind, {})

    def mroute(self, n: int, source: str, group: str) -> Optional[dict]:
        return self.daemons[n].mroute().get((source, group))

    def tap(self, network: Callable, n: int, interface: str, names: Names) -> Tap:
        arguments = (names.frame,) if names.frame else ()
        return network(Tap, self.routers[n], interface, *arguments)

    def member(self, names: Names, source: Optional[str] = None) -> socket.socket:
        """The receiver's socket, which joins the group, or the source-specific one from a source."""
        host = self.receiver
        if names.ipv6:
            receiver = host.receiver6()
            if source:
                host.join_source6(receiver, names.ssm_group, source)
            else:
                host.join6(receiver, names.group)
        else:
            receiver = host.receiver()
            if source:
                host.join_source(receiver, names.ssm_group, source)
            else:
                host.join(receiver, names.group)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        return receiver

    def leave(self, receiver: socket.socket, names: Names) -> None:
        join = self.receiver.join6 if names.ipv6 else self.receiver.join
        join(receiver, names.group, leave=True)

    def sender(self, names: Names) -> socket.socket:
        return self.source.sender6() if names.ipv6 else self.source.sender()


class Flow:
    """Numbered datagrams, and which of them arrived."""

    def __init__(self, sender: socket.socket, receiver: socket.socket, group: str, rate: float = 100) -> None:
        self._sender, self._receiver, self._group, self._interval = sender, receiver, group, 1 / rate
        self.sent = 0
        self.received: list[int] = []

    def _drain(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            left = max(0.0, end - time.monotonic())
            if not select.select([self._receiver], [], [], left)[0]:
                return
            self.received.append(int(self._receiver.recv(2048)))

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> "Flow":
        """Sends for so long, or until something is the case after a datagram; takes in what comes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._sender.sendto(b"%d" % self.sent, (self._group, 5000))
            self.sent += 1
            self._drain(self._interval)
            if until():
                break
        self._drain(0.3)
        return self

    def run_until_received(self, number: int = 1, within: float = 8) -> "Flow":
        wanted = len(self.received) + number
        self.run(within, lambda: len(self.received) >= wanted)
        assert len(self.received) >= wanted, f"{len(self.received)} of {self.sent} datagrams came"
        return self

    def lost(self) -> list[int]:
        """Those that are missing among what came."""
        return sorted(set(range(self.received[0], self.received[-1] + 1)) - set(self.received))

    def duplicates(self) -> int:
        return len(self.received) - len(set(self.received))


def is_pim(kind: int, source: str = "", destination: str = "") -> Callable[[Any], bool]:
    """A captured PIM message of a type, from and to an address."""
    return (
        lambda frame: frame.protocol == PIM
        and frame.payload[0] == 0x20 | kind
        and source in ("", frame.source)
        and destination in ("", frame.destination)
    )


def nothing_is_left(router: Namespace) -> bool:
    """Neither virtual interfaces nor entries in the kernel: only the headings."""
    files = ("ip_mr_vif", "ip_mr_cache", "ip6_mr_vif", "ip6_mr_cache")
    return all(len(router.read(name).splitlines()) == 1 for name in files)
