# SPDX-License-Identifier: GPL-2.0-only
"""PIM of mcastd: the passages of its file, and the rows of ``show pim ...`` as the suite has them."""

from __future__ import annotations

from typing import Any, Callable, Iterable

from conformance.harness.model import Setup

from .settings import pim_interface_settings, pim_settings

OTHER = {"ipv4": "ipv6", "ipv6": "ipv4"}
KINDS = {"starg": "*,G", "sg": "S,G", "sgrpt": "S,G,rpt", "dense": "S,G,dense"}
# Names of the core's settings that are called otherwise in the file.
KEYS = {
    "hello_period": "hello-interval",
    "join_prune_period": "join-prune-interval",
    "bootstrap_period": "bootstrap-interval",
    "candidate_rp_period": "candidate-rp-interval",
    "candidate_rps": "candidate-rp",
}
Rows = Callable[[str], list[dict[str, Any]]]


def router_passage(setup: Setup) -> dict[str, Any]:
    """``pim:`` of the whole file, for the setup's family."""
    settings = pim_settings(setup)
    settings["rp"] = [
        {"address": one["rp"], "groups": [one["groups"]], "override-bsr": one["overrides_bsr"]}
        for one in settings.pop("static_rps")
    ]
    switchover = settings.pop("spt_switchover")
    settings["spt_switchover"] = (
        {"rate": switchover["rate"]} if switchover["when"] == "at_rate" else switchover["when"]
    )
    settings["candidate_rps"] = [in_kebab_case(one) for one in settings["candidate_rps"]]
    if settings.get("candidate_bsr"):
        settings["candidate_bsr"] = in_kebab_case(settings["candidate_bsr"])
    passage = in_kebab_case(settings)
    preferences = {route.preference for route in setup.pim.routes}
    if len(preferences) == 1:  # all of them are added by ``ip route add``
        passage["route-preferences"] = {"boot": preferences.pop()}
    return {setup.family: passage}


def interface_passage(setup: Setup, port: str) -> dict[str, Any] | bool:
    """``pim:`` of an interface."""
    if setup.pim is None or not setup.pim.interface(port).enabled:
        return False
    return {OTHER[setup.family]: False, setup.family: in_kebab_case(pim_interface_settings(setup, port))}


def in_kebab_case(settings: dict[str, Any]) -> dict[str, Any]:
    return {KEYS.get(name, name.replace("_", "-")): value for name, value in settings.items()}


def trees(rows: Rows, family: str, group: str | None) -> list[dict[str, Any]]:
    """Of ``show pim upstream``, with the interfaces of the other two tables."""
    scope = group or family
    found = {}
    for row in rows(f"show pim upstream {scope}"):
        told = {"register_state": row["register"], "spt_bit": row["spt"], "rpf_port": row["rpf_interface"]}
        found[_name(row)] = {**row, **told, **_head(row), "interfaces": []}
    ports: dict[tuple, dict[str, Any]] = {}
    for row in rows(f"show pim downstream {scope}"):
        ports[_name(row), row["interface"]] = {
            **{name: row[name] for name in ("state", "expires", "prune_pending", "outgoing")},
            "local_members": row["members"],
        }
    for row in rows(f"show pim assert {scope}"):
        one = ports.setdefault((_name(row), row["interface"]), {"state": "no-info"})
        one.update(
            assert_state=row["state"],
            assert_winner=row["winner"],
            winner_preference=row["preference"],
            winner_metric=row["metric"],
            assert_timer=row["timer"],
            could_assert=row["could_assert"],
        )
    for (tree, port), one in ports.items():
        if tree in found:
            found[tree]["interfaces"].append({"assert_state": "no-info", "port": port, **one})
    return list(found.values())


def _name(row: dict[str, Any]) -> tuple:
    return row["kind"], row["group"], row["source"]


def _head(row: dict[str, Any]) -> dict[str, Any]:
    return {"kind": KINDS[row["kind"]], "source": None if row["source"] == "*" else row["source"]}


def of_port(rows: Iterable[dict[str, Any]], port: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["interface"] == port]


def counters(rows: Iterable[dict[str, Any]], port: str, family: str) -> dict[str, int]:
    """By the names that the core gives them, of ``show counters``."""
    wanted = (port, "pim", family)
    row = next(
        (row for row in rows if (row["interface"], row.get("protocol"), row.get("family")) == wanted), {}
    )
    return {
        f"{kind}.{name}": count
        for kind in ("received", "sent", "dropped")
        for name, count in row.get(kind, {}).items()
    }
