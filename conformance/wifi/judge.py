# SPDX-License-Identifier: GPL-2.0-only
"""Judges a capture: every requirement that the wire can show, for every BSS in it."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.harness.model import Verdict

from . import rules_beacon, rules_burst, rules_frames, rules_services  # noqa: F401  (they declare judges)
from .bss import Bss, find_bsss
from .capture import Capture
from .finding import JUDGES, Finding
from .pcap_file import CaptureError


@dataclass
class Judgement:
    """What a capture shows of one BSS."""

    bssid: str
    ssid: str
    beacons: int
    findings: list[Finding]

    def of(self, requirement: str) -> Finding:
        return next(one for one in self.findings if one.requirement == requirement)

    @property
    def failed(self) -> list[Finding]:
        return [one for one in self.findings if one.verdict is Verdict.FAIL]


def judge_capture(capture: Capture, bssid: str | None = None) -> list[Judgement]:
    """The judgements of all BSSs, or of one; ``CaptureError`` if it is not there."""
    there = find_bsss(capture)
    if bssid is not None and bssid not in there:
        raise CaptureError(f"{capture.path}: no Beacons of {bssid}; there are {', '.join(there) or 'none at all'}")
    if not there:
        raise CaptureError(f"{capture.path}: no BSS: two Beacons of an access point at least are needed")
    return [judge_bss(Bss(capture, one)) for one in ([bssid] if bssid else there)]


def judge_bss(bss: Bss) -> Judgement:
    """All judges about one BSS."""
    findings = [judge(bss).finding(requirement) for requirement, judge in JUDGES.items()]
    ssid = (bss.beacons[0].frame.element(0) or b"").decode(errors="replace")
    return Judgement(bss.bssid, ssid, len(bss.beacons), sorted(findings, key=lambda one: one.requirement))
