# SPDX-License-Identifier: GPL-2.0-only
"""From what a router's commands print, JSON of any shape, to the states of the suite, by the tables of its
file.

A path is names separated by dots; ``*`` stands for every item of a list or mapping, and the result is then a
list. The empty path is the whole. In mappings the name of an entry can be had as ``@key``.
"""

from __future__ import annotations

import re
from typing import Any, Iterable

from conformance.harness.model import GroupState

from .dut_file import Picker, Table

FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def rows_of(table: Table, content: Any, interface: str) -> list[Any]:
    """The rows of one interface of the router."""
    found = look_up(content, table.rows.replace("{interface}", interface))
    rows = [] if found is None else _flatten(found) if "*" in table.rows else _items(found)
    wanted = {path: text.replace("{interface}", interface) for path, text in table.where.items()}
    return [row for row in rows if all(str(look_up(row, path)) == text for path, text in wanted.items())]


def look_up(content: Any, path: str) -> Any:
    """What is at a path; None if there is nothing."""
    if not path:
        return content
    name, _, rest = path.partition(".")
    if name == "*":
        return [look_up(one, rest) for one in _items(content)]
    if isinstance(content, dict):
        return look_up(content[name], rest) if name in content else None
    if isinstance(content, list) and name.isdigit() and int(name) < len(content):
        return look_up(content[int(name)], rest)
    return None


def _items(content: Any) -> list[Any]:
    """The items of a list, or the values of a mapping, each with its name as ``@key`` if it can hold one."""
    if isinstance(content, list):
        return content
    if isinstance(content, dict):
        return [
            {"@key": name, **value} if isinstance(value, dict) else value for name, value in content.items()
        ]
    return [content]


def _flatten(found: Any) -> list[Any]:
    if isinstance(found, list):
        return [one for part in found for one in _flatten(part)]
    return [] if found is None else [found]


def pick(row: Any, picker: Picker) -> Any:
    found = look_up(row, picker.path)
    return str(found) == picker.equals if picker.equals is not None else found


def group_states(table: Table, content: Any, interface: str) -> dict[str, GroupState]:
    """The membership records of an interface."""
    states = {}
    for row in rows_of(table, content, interface):
        values = {name: pick(row, picker) for name, picker in table.fields.items()}
        if values.get("group"):
            states[str(values["group"])] = _group_state(values)
    return states


def _group_state(values: dict[str, Any]) -> GroupState:
    mode = str(values["mode"]).lower() if values.get("mode") is not None else None
    mode = {"in": "include", "ex": "exclude"}.get(mode, mode)
    expires = seconds(values.get("expires"))
    ends = values.get("source_expires")
    return GroupState(
        group=str(values["group"]),
        mode=mode,
        sources=_addresses(values, "sources"),
        blocked=_addresses(values, "blocked"),
        version=_number(values.get("version")),
        expires=expires if mode != "include" else None,
        source_expires={source: seconds(end) for source, end in ends.items()}
        if isinstance(ends, dict)
        else None,
    )


def _addresses(values: dict[str, Any], name: str) -> frozenset[str] | None:
    if name not in values:
        return None
    found = values[name]
    listed: Iterable[Any] = (
        found if isinstance(found, (list, dict)) else str(found or "").replace(",", " ").split()
    )
    return frozenset(str(one) for one in listed)


def _number(value: Any) -> int | None:
    found = re.search(r"\d+", str(value)) if value is not None else None
    return int(found.group()) if found else None


def seconds(value: Any) -> float | None:
    """Seconds of 12.5, "12.5", "12s", "02:03" or "01:02:03"; None of anything else (a timer that does not
    run).
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    text = str(value).strip().removesuffix("s").strip()
    if re.fullmatch(r"\d+(:\d+){1,2}(\.\d+)?", text):
        total = 0.0
        for part in text.split(":"):
            total = total * 60 + float(part)
        return total
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def interface_state(table: Table, content: Any, interface: str) -> dict[str, Any]:
    """``querier is_querier rv qi version counters``, as far as the table names them."""
    rows = rows_of(table, content, interface)
    if not rows:
        return {}
    values = {name: pick(rows[0], picker) for name, picker in table.fields.items()}
    convert = {"is_querier": _flag, "rv": _number, "version": _number, "qi": seconds}
    return {
        name: convert[name](value) if name in convert else value
        for name, value in values.items()
        if value is not None
    }


def _flag(value: Any) -> bool | None:
    return FLAGS.get(str(value).lower())
