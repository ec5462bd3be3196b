# SPDX-License-Identifier: GPL-2.0-only
"""Programs that play Wi-Fi scenarios: they read one, and write a capture and what applications on stations got."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from conformance.harness.model import TargetDied, Unsupported
from conformance.wifi.case import Play, play_result

from . import built

WALL_LIMIT = 120  # seconds for one scenario


def player(name: str) -> Path:
    """Where the build puts the program."""
    return built.folder().parent / "wifi" / name


def play(name: str, scenario: str) -> Play:
    """Runs the program; ``Unsupported`` if it was not built, ``TargetDied`` if it fails."""
    program = player(name)
    if not program.exists():
        raise Unsupported(f"not built: {program}; run ./mcast build")
    with tempfile.TemporaryDirectory(prefix="mcast-wifi-") as folder:
        text, capture, deliveries = (Path(folder, one) for one in ("scenario", "capture.pcap", "deliveries.csv"))
        text.write_text(scenario + "\n", encoding="utf-8")
        try:
            done = subprocess.run(
                [str(program), str(text), str(capture), str(deliveries)],
                capture_output=True, text=True, timeout=WALL_LIMIT, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise TargetDied(f"{name} took more than {WALL_LIMIT} s") from error
        if done.returncode == 3:
            raise Unsupported(done.stderr.strip())
        if done.returncode != 0:
            raise TargetDied(f"{name}: exit status {done.returncode}: {done.stderr.strip()}")
        return play_result(capture.read_bytes(), deliveries.read_text(encoding="utf-8"))
