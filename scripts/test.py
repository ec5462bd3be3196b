#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs every test and says how many passed: the C++ tests, the Python tests, the suite on our own three targets.

Each part leaves a JUnit file in build/test-results; the sum of them is the last line, ``N passed, N failed``. A part that
dies before it could write its file counts as one failure. Exit status 1 if anything failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "test-results"
PATIENCE = 5  # seconds: cases that take longer in real time are mcast run's; in virtual time all are run


@dataclass(frozen=True)
class Part:
    """One test runner: its name, its command and the JUnit file that the command writes."""

    name: str
    command: list[str]
    junit: Path


def parts() -> list[Part]:
    """All parts, quick ones first. The namespace tests of mcastd, which ctest knows as one, run with the Python tests."""
    suite = RESULTS / "suite"
    targets = "core,ns3" + (",mcastd" if os.geteuid() == 0 else "")
    return [
        Part("C++", ["ctest", "--test-dir", "build", "-E", "linux-netns", "--output-on-failure", "-j", str(os.cpu_count() or 1),
                     "--output-junit", str(RESULTS / "ctest.xml")], RESULTS / "ctest.xml"),
        Part("chaos", ["build/bin/mcast-chaos", "--seeds", "1000", "--junit", str(RESULTS / "chaos.xml")], RESULTS / "chaos.xml"),
        Part("Python", ["/usr/bin/python3", "-m", "pytest", "-q", "test", "-p", "no:cacheprovider",
                        f"--junitxml={RESULTS / 'pytest.xml'}"], RESULTS / "pytest.xml"),
        Part("suite", ["/usr/bin/python3", "-m", "conformance", "run", "--targets", targets, "--out", str(suite),
                       "--patience", str(PATIENCE)],
             suite / "junit.xml"),
    ]


def count(junit: Path) -> tuple[int, int]:
    """Passed and failed cases of a JUnit file; skipped ones count as neither."""
    passed = failed = 0
    for case in ET.parse(junit).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            failed += 1
        elif case.find("skipped") is None:
            passed += 1
    return passed, failed


def run(part: Part) -> tuple[int, int]:
    """Runs a part. A bad exit status without a failed case is a failure of its own."""
    print(f"--- {part.name}: {' '.join(part.command)}", flush=True)
    started = time.monotonic()
    part.junit.unlink(missing_ok=True)
    status = subprocess.run(part.command, cwd=ROOT, check=False).returncode
    passed, failed = count(part.junit) if part.junit.exists() else (0, 1)
    if status != 0 and failed == 0:
        failed = 1
    print(f"--- {part.name}: {passed} passed, {failed} failed, {time.monotonic() - started:.0f} s", flush=True)
    return passed, failed


def main() -> int:
    parser = argparse.ArgumentParser(prog="mcast test", description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="PART", choices=[part.name for part in parts()], help="run one part")
    arguments = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    chosen = [part for part in parts() if arguments.only in (None, part.name)]
    totals = [run(part) for part in chosen]
    passed, failed = (sum(column) for column in zip(*totals))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
