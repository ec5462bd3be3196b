# SPDX-License-Identifier: GPL-2.0-only
"""The ``@case`` decorator, the registry of cases, and the loading of ``conformance/cases``."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Mapping

from .addressing import FAMILIES, in_mld_terms, plan_of
from .model import PORTS, InterfaceSetup, Setup, StaticRoute, TimerSet
from .pim_setup import PimTimers, features_of_pim, in_ipv6, pim_setup
from .requirements import ConfigurationError, requirements

ROLES = ("host", "router", "querier", "non-querier", "dr", "rp")
# What a case of a role may cite: a querier case shows requirements of routers, too.
_CITABLE = {
    "host": {"host", "any"},
    "router": {"router", "querier", "non-querier", "any"},
    "querier": {"router", "querier", "any"},
    "non-querier": {"router", "non-querier", "any"},
    "dr": {"router", "dr", "any"},
    "rp": {"router", "rp", "any"},
}
# Membership in a lab of PIM lasts longer than a case, where time is real.
_LONG_MEMBERSHIP = {"qi": 60.0, "qri": 10.0}
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
    "enabled": "config:enabled",
}
_VERSION_FEATURES = {"ipv4": "config:igmp_version", "ipv6": "config:mld_version"}
_NEWEST = {"ipv4": 3, "ipv6": 2}
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
    family: str = "ipv4"
    labels: bool = (
        True  # it is the MLD twin of an IGMP case, and its addresses are labels (see ``addressing``)
    )

    @property
    def setup_role(self) -> str:
        return "host" if self.role == "host" else "router"

    def make_setup(self, timers: TimerSet, pim_timers: PimTimers | None = None) -> Setup:
        """The setup on a target whose own timers are ``timers`` and, of PIM, ``pim_timers``."""
        values = dict(self.setup)
        wanted = values.pop("timers", None)
        if values.get("pim") is not None:
            values["pim"] = pim_setup(values["pim"], pim_timers)
            wanted = _LONG_MEMBERSHIP if wanted is None and timers.qi < _LONG_MEMBERSHIP["qi"] else wanted
        if isinstance(wanted, dict):
            wanted = dataclasses.replace(timers, **wanted)
        version = _version(values, self.family)
        for name in ("igmp_version", "mld_version"):
            values.pop(name, None)
        interfaces = {
            name: _interface(one, self.family) for name, one in values.pop("interfaces", {}).items()
        }
        if version is not None:
            interfaces = {
                name: dataclasses.replace(interfaces.get(name, InterfaceSetup()), version=version)
                for name in PORTS
            }
        routes = tuple(_route(one) for one in values.pop("routes", ()))
        if self.family == "ipv6":
            interfaces = {name: _interface_in_ipv6(one) for name, one in interfaces.items()}
            routes = tuple(map(_route_in_ipv6, routes))
            if values.get("pim") is not None:
                values["pim"] = in_ipv6(values["pim"])
        return Setup(
            role=self.setup_role,
            family=self.family,
            timers=wanted or timers,
            interfaces=interfaces,
            routes=routes,
            **values,
        )


_registry: dict[str, Case] = {}


def case(
    *ids: str,
    role: str,
    needs: str | Iterable[Any] = (),
    setup: Mapping[str, Any] | None = None,
    ambiguous: Iterable[str] = (),
    seconds: float | Callable[[Any], float] | None = None,
    mld: str | Iterable[str] | Mapping[str, Any] | None = None,
    family: str = "ipv4",
) -> Callable:
    """Declares a conformance case; the first line of the docstring is its title.

    ids: requirements that the case shows, in the words of ``requirements/*.yaml``.
    role: "host", "router", "querier" or "non-querier": what the system under test plays.
    needs: features of the target (see ``model.Target``), one or a list; ``igmp(3)`` says the version. The
        role and everything that ``setup`` asks for are added by themselves. "virtual": only where time costs
        nothing.
    setup: overrides of ``model.Setup``: ``profile routes compatibility seed``, ``timers`` (a dict changes
        some of the target's own, a TimerSet replaces them), ``interfaces`` (port name to dict or
        InterfaceSetup) and ``igmp_version`` or ``mld_version`` (of every interface).
    ambiguous: the readings that the standard allows; the case ends with ``lab.reading(one of them)``.
    seconds: about how long the case takes where time is real, a number or a function of ``lab.timers``.
    mld: the same case is one of MLD, too, and shows these requirements: an id, several, or a dict with
        ``ids`` and whatever of the arguments above (and ``title``) differs. Its name begins with ``mld_`` instead of
        ``igmp_``, igmp(3) becomes mld(2), igmp(2) mld(1), ``igmp_version`` likewise, and its addresses are
        translated (``addressing``). Of a dict's own settings nothing is translated but addresses.
    family: "ipv6": a case of MLD alone, with IPv6 addresses in its text. It needs mld(2) or mld(1).
    """

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        given = dict(role=role, needs=needs, setup=setup or {}, ambiguous=ambiguous, seconds=seconds)
        where = f"{function.__module__.replace('.', '/')}.py: case {function.__name__}"
        try:
            if family not in FAMILIES or (family == "ipv6" and mld is not None):
                raise ConfigurationError(f"family {family!r}, or mld= in a case of MLD")
            made = [_make(name_of(function), function, ids, family=family, labels=family == "ipv4", **given)]
            if mld is not None:
                made.append(_make_twin(function, mld, given))
        except (ConfigurationError, TypeError, ValueError) as error:
            raise ConfigurationError(f"{where}: {error}") from error
        for one in made:
            if one.name in _registry and _registry[one.name].function.__code__ != function.__code__:
                raise ConfigurationError(f"{where}: there are two cases of the name {one.name}")
            _registry[one.name] = one
        return function

    return register


def name_of(function: Callable, family: str = "ipv4") -> str:
    """Module and function without the package; of an MLD twin ``mld_`` leads the module's name."""
    module = function.__module__.removeprefix("conformance.cases.")
    if family == "ipv6":
        package, _, last = module.rpartition(".")
        module = f"{package}{'.' if package else ''}mld_{last.removeprefix('igmp_')}"
    return f"{module}.{function.__name__}"


def _make_twin(function: Callable, mld: Any, given: Mapping[str, Any]) -> Case:
    """The MLD case beside an IGMP case, see ``case``."""
    changes = dict(mld) if isinstance(mld, Mapping) else {"ids": mld}
    ids = changes.pop("ids", ())
    title = changes.pop("title", None)
    unknown = set(changes) - set(given)
    if unknown:
        raise ConfigurationError(f"mld= has no {sorted(unknown)[0]!r}")
    values = {
        **given,
        "needs": [_NEEDS_OF_MLD.get(need, need) for need in _flatten(given["needs"])],
        **changes,
    }
    if igmp(1) in values["needs"]:
        raise ConfigurationError("a case that needs IGMPv1 has no counterpart in MLD")
    made = _make(
        name_of(function, "ipv6"),
        function,
        (ids,) if isinstance(ids, str) else tuple(ids),
        family="ipv6",
        **values,
    )
    return dataclasses.replace(made, title=title or in_mld_terms(plan_of().in_text(made.title)))


def _make(
    name: str,
    function: Callable,
    ids: tuple[str, ...],
    role: str,
    needs: Any,
    setup: Mapping[str, Any],
    ambiguous: Iterable[str],
    seconds: Any,
    family: str = "ipv4",
    labels: bool = True,
) -> Case:
    ambiguous = tuple(ambiguous)
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
    features = set(_flatten(needs)) | _setup_features(setup, family)
    features.add("role:host" if role == "host" else "role:router")
    if family == "ipv6" and not features & {mld(1), mld(2)}:
        features.add(mld(2))
    made = Case(
        name, function, title, ids, role, frozenset(features), setup, ambiguous, seconds, family, labels
    )
    made.make_setup(TimerSet())  # a wrong setup shows at once
    return made


def _flatten(needs: Any) -> Iterable[str]:
    if isinstance(needs, str):
        return needs.split()
    return [feature for one in needs for feature in _flatten(one)]


def _setup_features(setup: Mapping[str, Any], family: str) -> set[str]:
    known = {f.name for f in dataclasses.fields(Setup)} - {"role", "family"} | {"igmp_version", "mld_version"}
    unknown = set(setup) - known
    if unknown:
        raise ConfigurationError(f"setup has no {sorted(unknown)[0]!r}")
    features = {f"config:{name}" for name in ("profile", "routes", "compatibility") if name in setup}
    if setup.get("profile", "rfc3376") == "rfc3376":
        features.discard("config:profile")
    if setup.get("pim") is not None:
        features |= features_of_pim(setup["pim"]) | {"pim"}
    if (_version(setup, family) or _NEWEST[family]) != _NEWEST[family]:
        features.add(_VERSION_FEATURES[family])
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
        features |= _interface_features(_interface(settings, family), family)
    return features


def _version(values: Mapping[str, Any], family: str) -> int | None:
    """The version of the family's protocol in a setup; ``igmp_version`` 2 and 3 are MLDv1 and MLDv2."""
    if family == "ipv4":
        if "mld_version" in values:
            raise ConfigurationError("setup: mld_version in a case of IGMP")
        return values.get("igmp_version")
    version = values.get("mld_version")
    if version is None and values.get("igmp_version") is not None:
        version = values["igmp_version"] - 1
    if version not in (None, 1, 2):
        raise ConfigurationError(f"setup: MLD has no version that stands for IGMPv{version + 1}")
    return version


def _interface_features(settings: InterfaceSetup, family: str) -> set[str]:
    default = InterfaceSetup()
    features = {
        feature
        for name, feature in _INTERFACE_FEATURES.items()
        if getattr(settings, name) != getattr(default, name)
    }
    if (settings.version or _NEWEST[family]) != _NEWEST[family]:
        features.add(_VERSION_FEATURES[family])
    return features


def _interface(settings: InterfaceSetup | Mapping[str, Any], family: str = "ipv4") -> InterfaceSetup:
    if isinstance(settings, InterfaceSetup):
        return settings
    values = {name: value for name, value in settings.items() if name not in ("igmp_version", "mld_version")}
    version = _version(settings, family)
    return InterfaceSetup(**values) if version is None else InterfaceSetup(**values, version=version)


def _interface_in_ipv6(settings: InterfaceSetup) -> InterfaceSetup:
    """The same with IPv6 groups and sources."""
    plan = plan_of()
    joins = tuple(
        (plan.real(group), None if source is None else plan.real(source))
        for group, source in settings.static_joins
    )
    return dataclasses.replace(
        settings, boundaries=tuple(map(plan.prefix, settings.boundaries)), static_joins=joins
    )


def _route_in_ipv6(route: StaticRoute) -> StaticRoute:
    plan = plan_of()
    source = None if route.source is None else plan.real(route.source)
    return dataclasses.replace(route, group=plan.real(route.group), source=source)


def _route(route: StaticRoute | Mapping[str, Any]) -> StaticRoute:
    return route if isinstance(route, StaticRoute) else StaticRoute(**route)


def pim_case(
    *ids: str,
    role: str = "router",
    needs: str | Iterable[Any] = (),
    pim: Mapping[str, Any] | None = None,
    setup: Mapping[str, Any] | None = None,
    ambiguous: Iterable[str] = (),
    seconds: float | Callable[[Any], float] | None = None,
    families: Iterable[str] = FAMILIES,
) -> Callable:
    """Declares a case of PIM, once for both families (``families``); of IPv6 its name begins with ``pim6_``.

    Its addresses are labels, see ``addressing`` and ``pim_setup``. ids, needs, setup, ambiguous: see ``case``.
    role: "router", "dr" or "rp". pim: see ``pim_setup.pim_setup``; the system is told all of it.
    seconds: a number, or a function of ``lab.pim.timers``.
    """

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        where = f"{function.__module__.replace('.', '/')}.py: case {function.__name__}"
        package, _, module = function.__module__.removeprefix("conformance.cases.").rpartition(".")
        whole = {**(setup or {}), "pim": dict(pim or {})}
        for family in families:
            stem = module if family == "ipv4" else f"pim6_{module.removeprefix('pim_')}"
            name = f"{package}{'.' if package else ''}{stem}.{function.__name__}"
            try:
                made = _make(name, function, ids, role, needs, whole, ambiguous, seconds, family)
            except (ConfigurationError, TypeError, ValueError) as error:
                raise ConfigurationError(f"{where}: {error}") from error
            if family == "ipv6":
                made = dataclasses.replace(made, title=plan_of().in_text(made.title))
            if made.name in _registry and _registry[made.name].function.__code__ != function.__code__:
                raise ConfigurationError(f"{where}: there are two cases of the name {made.name}")
            _registry[made.name] = made
        return function

    return register


def igmp(version: int) -> str:
    """The feature of speaking IGMP ``version``, for ``needs=``."""
    return f"igmp:{version}"


def mld(version: int) -> str:
    """The feature of speaking MLD ``version``, for ``needs=`` of cases about MLD alone."""
    return f"mld:{version}"


_NEEDS_OF_MLD = {igmp(2): mld(1), igmp(3): mld(2), _VERSION_FEATURES["ipv4"]: _VERSION_FEATURES["ipv6"]}


def lacks(case: Case, features: Iterable[str]) -> list[str]:
    """What the case needs and a target with these features lacks. ``config:timers`` covers every timer."""
    have = set(features)
    return sorted(
        need
        for need in case.needs - have
        if not (need.startswith("config:timers:") and "config:timers" in have)
        and not (need.startswith("config:pim:timers:") and "config:pim:timers" in have)
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
