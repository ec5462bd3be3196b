# SPDX-License-Identifier: GPL-2.0-only
"""The daemons as routers of a network: configured with little more than the Rendezvous Point's address.

The Hello interval alone is shortened, where that can be had, so that neighbours meet soon; everything else is
as the daemons come.
"""

from __future__ import annotations

from typing import Any

import yaml

from conformance.targets import unpacked
from conformance.targets.frr import WORDS, FrrDaemons, Words
from conformance.targets.mcastd import PROTOCOLS, READY_SECONDS, program
from conformance.targets.mcastd_pim import OTHER
from conformance.targets.realtime import Daemons

from . import topology as at
from .network import Network, Node

HELLO = 4  # seconds
DENSE_HELLO = 1  # a router that is cut off a LAN is missed when its Hello Holdtime is over
SETTLED = 7.0  # seconds after the start when all have said Hello once more
PIMD_SETTLED = 21.0  # as long as pimd may take until it counts a static Rendezvous Point
DENSE_FRR = "frr-10.7.1"
EVERY_GROUP = {"ipv4": "224.0.0.0/4", "ipv6": "ff00::/8"}


def _dr_priority(number: int) -> int:
    """In dense mode the first router is the Designated Router. The protocol leaves it to Asserts alone who sends
    to a link; FRR sends to members as the Designated Router only, whoever wins the Assert.
    """
    return 10 if number == 1 else 1


class Mcastd(Daemons):
    """mcastd of this build."""

    daemon, settled = "mcastd", SETTLED

    def __init__(self, network: Network, number: int, name: str) -> None:
        self.lab: Node = network.routers[number]
        self.prepare()
        control = self.lab.folder / "control"
        told = {"control-socket": str(control), "log-level": "info", **self._told(network, number)}
        file = self.write("mcastd.yaml", yaml.safe_dump(told))
        self.run_daemon([str(program("mcastd")), "--config", str(file)])
        self.connect(control, READY_SECONDS).close()

    @staticmethod
    def _told(network: Network, number: int) -> dict[str, Any]:
        family = network.family
        hello = {"hello-interval": HELLO, "triggered-hello-delay": 1}
        pim: dict[str, Any] = {}
        if network.topology.dense:
            hello |= {"hello-interval": DENSE_HELLO, "mode": "dense", "dr-priority": _dr_priority(number)}
        else:
            pim["rp"] = [network.topology.rp_address(family)]
        one = {
            **dict.fromkeys(PROTOCOLS.values(), False),
            PROTOCOLS[family]: True,
            "pim": {OTHER[family]: False, family: hello},
        }
        return {
            "pim": {family: pim},
            "interfaces": {at.interface(n): one for n in network.topology.networks_of(number)},
        }

    def close(self) -> None:
        """Ends with the node."""


class Frr(FrrDaemons):
    """zebra with pimd or pim6d."""

    settled = SETTLED
    log_options = ("--log", "stdout", "--log-level", "warnings")

    def __init__(self, network: Network, number: int, name: str) -> None:
        super().__init__(unpacked.folder(name), name.removeprefix("frr").removeprefix("-"), network.family)
        self.lab = network.routers[number]
        self.prepare()
        interfaces = [at.interface(n) for n in network.topology.networks_of(number)]
        prefixes = {
            at.prefix(network.family, one.to) for one in network.topology.routes if one.router == number
        }
        self.start_both(self._told(network, number, interfaces), set(interfaces), prefixes)

    def _told(self, network: Network, number: int, interfaces: list[str]) -> str:
        words, dense = WORDS[network.family], network.topology.dense
        lines = self._dense_groups(words) if dense else self._rendezvous_point(network, words)
        for name in interfaces:
            lines += [f"interface {name}", f" {words.ip} pim{' dm' if dense else ''}"]
            lines += [f" {words.ip} pim hello {DENSE_HELLO if dense else HELLO}"]
            lines += [f" {words.ip} pim drpriority {_dr_priority(number)}"] if dense else []
            lines += [f" {words.ip} {words.protocol}", "exit"]
        return "\n".join(lines) + "\n"

    def _rendezvous_point(self, network: Network, words: Words) -> list[str]:
        rp = f"rp {network.topology.rp_address(network.family)} {words.every_group}"
        return [words.rendezvous_block, f" {rp}", "exit"] if self._version else [f"{words.ip} pim {rp}"]

    @staticmethod
    def _dense_groups(words: Words) -> list[str]:
        every = f"{words.ip} prefix-list DENSE seq 5 permit {words.every_group} le 32"
        return [every, words.rendezvous_block, " dm prefix-list DENSE", "exit"]

    def close(self) -> None:
        self.close_terminal()


class Pimd(Daemons):
    """troglobit's pimd 2.3.2; it looks at the rate of a flow, after which it switches over, every 5 s."""

    daemon, settled = "pimd", PIMD_SETTLED

    def __init__(self, network: Network, number: int, name: str) -> None:
        self.lab: Node = network.routers[number]
        self.prepare()
        root = unpacked.folder(name)
        told = [f"phyint {at.interface(n)} enable" for n in network.topology.networks_of(number)]
        told += [f"rp-address {network.topology.rp_address('ipv4')} {EVERY_GROUP['ipv4']}"]
        told += ["spt-threshold packets 0 interval 5"]
        file = self.write("pimd.conf", "\n".join(told) + "\n")
        (self.run_folder() / "pimd").mkdir()
        self.run_daemon(
            [str(root / "usr/sbin/pimd"), "-f", "-s", "notice", "-c", str(file)],
            {self.run_folder(): "/run"},
            unpacked.environment(root),
        )

    def close(self) -> None:
        """Ends with the node."""


def start(network: Network, number: int, name: str) -> Mcastd | Frr | Pimd:
    """A daemon, by the name of its target, on a router of the network."""
    kind = Frr if name.startswith("frr") else {"mcastd": Mcastd, "pimd": Pimd}[name]
    return kind(network, number, name)


def families_of(name: str, dense: bool = False) -> tuple[str, ...]:
    """FRR of this release of Debian comes without its IPv6 half; pimd has none. FRR has dense mode from 10.7
    on, of IPv4 alone.
    """
    if dense and name != "mcastd":
        return ("ipv4",) if name == DENSE_FRR else ()
    return ("ipv4", "ipv6") if name == "mcastd" or name.startswith("frr-") else ("ipv4",)
