# SPDX-License-Identifier: GPL-2.0-only
"""The suite tests itself: every case must fail with at least one saboteur."""

from __future__ import annotations

from dataclasses import dataclass, field

from .case_traits import Traits, traits_of
from .execute import run_case
from .model import Target, Verdict
from .registry import Case
from .sabotaged import SabotagedTarget, Saboteur
from .saboteurs import SABOTEURS

# First tries by trait: the saboteur that most often fails a case that has it.
_FIRST = (
    ("expects", "mute"),
    ("delivery", "delivers-to-nobody"),
    ("state", "forgets"),
    ("data", "black-hole"),
    ("interface", "wrong-interface-state"),
    ("log", "keeps-no-log"),
    ("pim_state", "forgets PIM"),
    ("pim_state", "remembers PIM"),
    ("pim", "talks PIM"),
    ("expects_none", "reports"),
    ("expects_none", "questions"),
    ("state", "invents"),
    ("delivery", "delivers-to-everybody"),
    ("data", "leaks"),
)


@dataclass
class Killing:
    """What the saboteurs did to one case."""

    case: str
    target: str
    killed_by: list[str] = field(default_factory=list)  # the first one, or all of them in a full run
    tried: list[str] = field(default_factory=list)
    reason: str = ""  # of the first failure

    @property
    def killed(self) -> bool:
        return bool(self.killed_by)


def in_order(traits: Traits) -> list[type[Saboteur]]:
    """The saboteurs that could fail a case with these traits, the likely ones first."""
    first = [name for trait, name in _FIRST if getattr(traits, trait)]
    suitable = [one for one in SABOTEURS if one.suits(traits)]
    return sorted(suitable, key=lambda one: first.index(one.name) if one.name in first else len(first))


def sabotage(case: Case, target: Target, full: bool = False) -> Killing:
    """Runs saboteurs until one makes the case fail (``full``: all of them)."""
    if "wifi" in case.needs:
        from conformance.wifi.case import sabotage_wifi  # it is made of this module

        return sabotage_wifi(case, target, full)
    killing = Killing(case.name, target.name)
    for saboteur in in_order(traits_of(case)):
        result = run_case(case, SabotagedTarget(target, saboteur)).result
        killing.tried.append(saboteur.name)
        if result.verdict is Verdict.FAIL:
            killing.killed_by.append(saboteur.name)
            killing.reason = killing.reason or result.reason
            if not full:
                break
    return killing
