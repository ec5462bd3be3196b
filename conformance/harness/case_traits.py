# SPDX-License-Identifier: GPL-2.0-only
"""What can be told of a case without running it: which saboteurs could fail it, and which most likely."""

from __future__ import annotations

from dataclasses import dataclass

from .registry import Case

_PIM_READ_OUTS = {"expect_neighbor", "expect_no_neighbor", "expect_tree", "expect_downstream", "neighbors", "trees"}


@dataclass(frozen=True)
class Traits:
    """By the names that the case's code uses, and its needs."""

    host: bool  # the system plays a host
    state: bool  # reads group state
    interface: bool  # reads interface state or counters
    log: bool
    data: bool  # forwards or sends data
    delivery: bool  # asks what sockets got
    expects: bool  # expects a frame
    expects_none: bool  # expects silence
    pim: bool = False  # the system speaks PIM
    pim_state: bool = False  # its read-outs are looked at


def traits_of(case: Case) -> Traits:
    """Reads the names in the code of the case and of the functions of its module that it calls."""
    names = _names(case.function, set())
    state = (
        bool(names & {"expect_group", "expect_no_group", "group", "groups"}) or "state:groups" in case.needs
    )
    data = bool(names & {"forwards", "data", "ip"}) or "forwarding" in case.needs or "host:send" in case.needs
    return Traits(
        host=case.role == "host",
        state=state,
        data=data or "delivered" in names,
        interface=bool(names & {"interface", "value", "counter"}),
        log="log" in names or "log" in case.needs,
        delivery=bool(names & {"delivered", "received"}) or "host:delivery" in case.needs,
        expects=bool(names & {"expect", "collect"}),
        expects_none="expect_none" in names,
        pim="pim" in case.needs,
        pim_state=any(need.startswith("state:pim:") for need in case.needs) or bool(names & _PIM_READ_OUTS),
    )


def _names(function: object, seen: set[str]) -> set[str]:
    """Names used in a function, its inner functions and the helpers of the cases."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_name in seen:
        return set()
    seen.add(code.co_name)
    found: set[str] = set()
    todo = [code]
    while todo:
        one = todo.pop()
        found |= set(one.co_names)
        todo += [constant for constant in one.co_consts if hasattr(constant, "co_names")]
    here = getattr(function, "__module__", "")
    for name in list(found):
        helper = getattr(function, "__globals__", {}).get(name)
        if getattr(helper, "__module__", None) == here or _is_of_cases(helper):
            found |= _names(helper, seen)
    return found


def _is_of_cases(helper: object) -> bool:
    return str(getattr(helper, "__module__", "")).startswith("conformance.cases.")
