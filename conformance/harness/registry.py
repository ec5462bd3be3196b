# SPDX-License-Identifier: GPL-2.0-only
"""The ``@case`` decorator, the registry of cases, and the loading of ``conformance/cases``."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Mapping

from .model import PORTS, InterfaceSetup, Setup, StaticRoute, TimerSet
from .requirements import ConfigurationError, requirements

ROLES = ("host", "router", "querier", "non-querier")
# What a case of a role may cite: a querier case shows requirements of routers, too.
_CITABLE = {
    "host": {"host", "any"},
    "router": {"router", "querier", "non-querier", "any"},
    "querier": {"router", "querier", "any"},
    "non-querier": {"router", "non-querier", "any"},
}
# Settings of an interface -> the feature that a target needs to honour them.
_INTERFACE_FEATURES = {
    "ttl_threshold": "config:ttl_threshold",
    "boundaries": "config:boundaries",
    "static_joins": "config:static_joins",
    "fast_leave": "config:fast_leave",
    "max_groups": "config:limits",
    "max_sources": "config:limits",
    "require_router_alert": "config:router_alert",
    "require_on_subnet_source": "config:on_subnet",
    "mtu": "config:mtu",
    "igmp_version": "config:igmp_version",
    "enabled": "config:enabled",
}
_TIMER_FEATURES = {name: f"config:timers:{name}" for name in ("rv", "qi", "qri", "lmqi", "lmqc", "uri")} | {
    "sqi": "config:timers:startup",
    "sqc": "config:timers:startup",
}


@dataclass(frozen=True)
class Case:
    """One case: what it shows, what it needs, and the function that does it."""

    name: str  # "module.function"
    function: Callable[[Any], None]
    title: str
    requirements: tuple[str, ...]
    role: str
    needs: frozenset[str]
    setup: Mapping[str, Any] = field(default_factory=dict)
    ambiguous: tuple[str, ...] = ()
    seconds: float | Callable[[Any], float] | None = None

    @property
    def setup_role(self) -> str:
        return "host" if self.role == "host" else "router"

    def make_setup(self, timers: TimerSet) -> Setup:
        """The setup on a target whose own timers are ``timers``."""
        values = dict(self.setup)
        wanted = values.pop("timers", None)
        if isinstance(wanted, dict):
            wanted = dataclasses.replace(timers, **wanted)
        version = values.pop("igmp_version", None)
        interfaces = {name: _interface(one) for name, one in values.pop("interfaces", {}).items()}
        if version is not None:
            interfaces = {
                name: dataclasses.replace(interfaces.get(name, InterfaceSetup()), igmp_version=version)
                for name in PORTS
            }
        routes = tuple(_route(one) for one in values.pop("routes", ()))
        return Setup(
            role=self.setup_role, timers=wanted or timers, interfaces=interfaces, routes=routes, **values
        )


_registry: dict[str, Case] = {}


def case(
    *ids: str,
    role: str,
    needs: str | Iterable[Any] = (),
    setup: Mapping[str, Any] | None = None,
    ambiguous: Iterable[str] = (),
    seconds: float | Callable[[Any], float] | None = None,
) -> Callable:
    """Declares a conformance case; the first line of the docstring is its title.

    ids: requirements that the case shows, in the words of ``requirements/*.yaml``.
    role: "host", "router", "querier" or "non-querier": what the system under test plays.
    needs: features of the target (see ``model.Target``), one or a list; ``igmp(3)`` says the version. The
        role and everything that ``setup`` asks for are added by themselves. "virtual": only where time costs
        nothing.
    setup: overrides of ``model.Setup``: ``profile routes compatibility seed``, ``timers`` (a dict changes
        some of the target's own, a TimerSet replaces them), ``interfaces`` (port name to dict or
        InterfaceSetup) and ``igmp_version`` (of every interface).
    ambiguous: the readings that the standard allows; the case ends with ``lab.reading(one of them)``.
    seconds: about how long the case takes where time is real, a number or a function of ``lab.timers``.
    """

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        name = f"{function.__module__.removeprefix('conformance.cases.')}.{function.__name__}"
        where = f"{function.__module__.replace('.', '/')}.py: case {function.__name__}"
        try:
            made = _make(name, function, ids, role, needs, setup or {}, tuple(ambiguous), seconds)
        except (ConfigurationError, TypeError, ValueError) as error:
            raise ConfigurationError(f"{where}: {error}") from error
        if name in _registry and _registry[name].function.__code__ != function.__code__:
            raise ConfigurationError(f"{where}: there are two cases of this name")
        _registry[name] = made
        return function

    return register


def _make(
    name: str,
    function: Callable,
    ids: tuple[str, ...],
    role: str,
    needs: Any,
    setup: Mapping[str, Any],
    ambiguous: tuple[str, ...],
    seconds: Any,
) -> Case:
    if role not in ROLES:
        raise ConfigurationError(f"role {role!r} is none of {', '.join(ROLES)}")
    if not ids:
        raise ConfigurationError("names no requirement")
    for one in ids:
        if one not in requirements():
            raise ConfigurationError(f"unknown requirement {one!r}")
        if requirements()[one].role not in _CITABLE[role]:
            raise ConfigurationError(
                f"{one} is about a {requirements()[one].role}, the case's role is {role}"
            )
    title = (function.__doc__ or "").strip().split("\n")[0].strip()
    if not title:
        raise ConfigurationError("has no docstring (its first line is the title)")
    if len(ambiguous) == 1:
        raise ConfigurationError("ambiguous= needs two readings or more")
    features = (
        set(_flatten(needs)) | _setup_features(setup) | {"role:host" if role == "host" else "role:router"}
    )
    made = Case(name, function, title, ids, role, frozenset(features), setup, ambiguous, seconds)
    made.make_setup(TimerSet())  # a wrong setup shows at once
    return made


def _flatten(needs: Any) -> Iterable[str]:
    if isinstance(needs, str):
        return needs.split()
    return [feature for one in needs for feature in _flatten(one)]


def _setup_features(setup: Mapping[str, Any]) -> set[str]:
    unknown = set(setup) - {f.name for f in dataclasses.fields(Setup)} - {"igmp_version"} | set(setup) & {
        "role"
    }
    if unknown:
        raise ConfigurationError(f"setup has no {sorted(unknown)[0]!r}")
    features = {
        f"config:{name}" for name in ("profile", "routes", "compatibility", "igmp_version") if name in setup
    }
    if setup.get("profile", "rfc3376") == "rfc3376":
        features.discard("config:profile")
    if setup.get("igmp_version") == 3:
        features.discard("config:igmp_version")
    timers = setup.get("timers")
    if isinstance(timers, TimerSet):
        default = TimerSet()
        timers = {
            name: getattr(timers, name)
            for name in _TIMER_FEATURES
            if name in ("qi", "qri", "lmqi", "rv") or getattr(timers, name) != getattr(default, name)
        }
    features |= {_TIMER_FEATURES[name] for name in timers or {} if name in _TIMER_FEATURES}
    for port, settings in setup.get("interfaces", {}).items():
        if port not in PORTS:
            raise ConfigurationError(f"setup: interfaces has no port {port!r}")
        features |= _interface_features(_interface(settings))
    return features


def _interface_features(settings: InterfaceSetup) -> set[str]:
    default = InterfaceSetup()
    return {
        feature
        for name, feature in _INTERFACE_FEATURES.items()
        if getattr(settings, name) != getattr(default, name)
    }


def _interface(settings: InterfaceSetup | Mapping[str, Any]) -> InterfaceSetup:
    return settings if isinstance(settings, InterfaceSetup) else InterfaceSetup(**settings)


def _route(route: StaticRoute | Mapping[str, Any]) -> StaticRoute:
    return route if isinstance(route, StaticRoute) else StaticRoute(**route)


def igmp(version: int) -> str:
    """The feature of speaking IGMP ``version``, for ``needs=``."""
    return f"igmp:{version}"


def lacks(case: Case, features: Iterable[str]) -> list[str]:
    """What the case needs and a target with these features lacks. ``config:timers`` covers every timer."""
    have = set(features)
    return sorted(
        need
        for need in case.needs - have
        if not (need.startswith("config:timers:") and "config:timers" in have)
    )


def load_cases(package: str = "conformance.cases") -> list[Case]:
    """Imports every module of ``package`` and gives its cases, by name."""
    root = importlib.import_module(package)
    for module in sorted(pkgutil.iter_modules(root.__path__), key=lambda module: module.name):
        importlib.import_module(f"{package}.{module.name}")
    return registered(package + ".")


def registered(prefix: str = "") -> list[Case]:
    """The cases declared so far in modules whose name starts with ``prefix``."""
    return sorted(
        (one for one in _registry.values() if one.function.__module__.startswith(prefix)),
        key=lambda one: one.name,
    )


def select(cases: Iterable[Case], pattern: str | None) -> list[Case]:
    """Cases that a pattern names: a part of a case's name or of a requirement id; ``*`` is any text.

    Several patterns are separated by commas.
    """
    if not pattern:
        return list(cases)
    tests = [
        re.compile(re.escape(part.strip()).replace(r"\*", ".*"), re.IGNORECASE)
        for part in pattern.split(",")
        if part.strip()
    ]
    return [
        one
        for one in cases
        if any(test.search(text) for test in tests for text in (one.name, *one.requirements))
    ]
