# SPDX-License-Identifier: GPL-2.0-only
"""A router between two hosts, built anew for each test that asks for it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Callable, Iterator

import pytest

from netlab import MCASTD, Host, Mcastd, Namespace, Tap, veth
from netlab6 import Frame6, Host6


def why_not() -> str:
    """Why network namespaces can't be had here; empty if they can."""
    if os.geteuid() != 0:
        return "needs root: network namespaces"
    probe = subprocess.run(["unshare", "-n", "test", "-e", "/proc/net/ip_mr_vif"], capture_output=True)
    return "" if probe.returncode == 0 else "needs a kernel with CONFIG_IP_MROUTE and network namespaces"


WHY_NOT = why_not()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not MCASTD.exists():
            item.add_marker(
                pytest.mark.skip(reason=f"{MCASTD} is not built; MCAST_BUILD names the build folder")
            )
        elif WHY_NOT and "network" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=WHY_NOT))


@pytest.fixture
def network() -> Iterator[Callable]:
    """Makes namespaces, hosts and taps; they go with the test."""
    made: list = []

    def make(kind: Callable, *arguments: object) -> object:
        made.append(kind(*arguments))
        return made[-1]

    yield make
    for thing in reversed(made):
        thing.close()


@pytest.fixture
def lan(network: Callable) -> SimpleNamespace:
    """h1 (10.1.0.2) -- lan1, 10.1.0.1: router: lan2, 10.2.0.1 -- h2 (10.2.0.2); tapped at the hosts."""
    router = network(Namespace, "r")
    h1 = network(Host, "h1", "eth0", "10.1.0.2")
    h2 = network(Host, "h2", "eth0", "10.2.0.2")
    veth(router, "lan1", "10.1.0.1/24", h1, "eth0", "10.1.0.2/24")
    veth(router, "lan2", "10.2.0.1/24", h2, "eth0", "10.2.0.2/24")
    return SimpleNamespace(
        router=router, h1=h1, h2=h2, tap1=network(Tap, h1, "eth0"), tap2=network(Tap, h2, "eth0")
    )


@pytest.fixture
def lan6(network: Callable) -> SimpleNamespace:
    """The same with IPv6 besides: fe80::1 and 2001:db8:1::1 on lan1, its host fe80::2 and 2001:db8:1::2."""
    router = network(Namespace, "r", True)
    hosts = [network(Host6, f"h{n}", "eth0", f"10.{n}.0.2", "fe80::2", f"2001:db8:{n}::2") for n in (1, 2)]
    for n, host in enumerate(hosts, 1):
        veth(router, f"lan{n}", f"10.{n}.0.1/24", host, "eth0", f"10.{n}.0.2/24")
        router.ip(f"addr add fe80::1/64 dev lan{n}", f"addr add 2001:db8:{n}::1/64 dev lan{n}")
        host.ip("addr add fe80::2/64 dev eth0", f"addr add 2001:db8:{n}::2/64 dev eth0")
    taps = [network(Tap, host, "eth0", Frame6) for host in hosts]
    return SimpleNamespace(router=router, h1=hosts[0], h2=hosts[1], tap1=taps[0], tap2=taps[1])


@pytest.fixture
def mcastd6(lan6: SimpleNamespace, tmp_path: Path) -> Callable[..., Mcastd]:
    """Starts mcastd on the router of lan6."""

    def start(config: str, *arguments: str, **keywords: object) -> Mcastd:
        return Mcastd(lan6.router, tmp_path, config, *arguments, **keywords)

    return start


@pytest.fixture
def mcastd(lan: SimpleNamespace, tmp_path: Path) -> Callable[..., Mcastd]:
    """Starts mcastd on the router."""

    def start(config: str, *arguments: str, **keywords: object) -> Mcastd:
        return Mcastd(lan.router, tmp_path, config, *arguments, **keywords)

    return start
