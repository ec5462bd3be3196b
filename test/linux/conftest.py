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
def mcastd(lan: SimpleNamespace, tmp_path: Path) -> Callable[..., Mcastd]:
    """Starts mcastd on the router."""

    def start(config: str, *arguments: str, **keywords: object) -> Mcastd:
        return Mcastd(lan.router, tmp_path, config, *arguments, **keywords)

    return start
