# SPDX-License-Identifier: GPL-2.0-only
"""What a run leaves behind: summary.json, results.json, junit.xml, interop.json, index.html."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.harness.run import Outcome


def write_reports(outcome: Outcome, out: Path) -> None:
    """Writes all reports to the folder ``out``."""
    from .html import write_html
    from .interop import write_interop
    from .summary import write_junit, write_results, write_summary

    write_summary(outcome, out)
    write_results(outcome, out)
    write_junit(outcome, out)
    write_interop(outcome, out)
    write_html(outcome, out)
