# SPDX-License-Identifier: GPL-2.0-only
"""What was done while a capture ran: lines of a time (seconds of the capture's clock) and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .pcap_file import CaptureError


@dataclass(frozen=True)
class Entry:
    """``time`` on the capture's clock."""

    time: float
    text: str


def read_timeline(path: str | Path) -> list[Entry]:
    """The entries of a file, oldest first; ``CaptureError`` with file and line if one is no time and text."""
    entries = []
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CaptureError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    for number, line in enumerate(lines, 1):
        stamp, _, text = line.strip().partition(" ")
        if not stamp or stamp.startswith("#"):
            continue
        try:
            entries.append(Entry(float(stamp), text.strip()))
        except ValueError as error:
            raise CaptureError(f"{path}: line {number}: {stamp!r} is no time in seconds") from error
    return sorted(entries, key=lambda entry: entry.time)
