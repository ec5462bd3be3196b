# SPDX-License-Identifier: GPL-2.0-only
"""``python3 -m conformance.wifi``: judges captures of 802.11 frames.

Exit status: 0 nothing failed; 1 a requirement is broken (check), or a saboteur was not noticed (sabotage);
2 wrong arguments, or a file that is no 802.11 capture.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from conformance.harness.requirements import ConfigurationError, requirements
from conformance.report import write_reports

from .capture import Capture, read_capture
from .finding import JUDGES
from .judge import Judgement, judge_capture
from .outcome import as_json, as_outcome, as_text
from .pcap_file import CaptureError, write_pcap
from .sabotage import kills_of
from .saboteurs import SABOTEURS, spoil
from .timeline import read_timeline


def main(arguments: list[str] | None = None) -> int:
    """The command; gives the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        return chosen.command(chosen)
    except (CaptureError, ConfigurationError) as error:
        print(f"conformance.wifi: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("conformance.wifi: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance.wifi", description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="judge captures (pcap or pcapng; radiotap or bare 802.11)")
    check.add_argument("files", nargs="+", metavar="FILE", type=Path)
    check.add_argument("--bssid", help="only this BSS; default: every one with two Beacons or more")
    check.add_argument("--json", action="store_true", help="print JSON with frame numbers instead of text")
    check.add_argument("--all", action="store_true", help="print also what the capture says nothing about")
    check.add_argument("--timeline", type=Path, metavar="FILE", help="'TIME WHAT' lines, shown in the report")
    check.add_argument("--out", type=Path, metavar="DIR", help="write index.html, junit.xml and summary.json there")
    check.set_defaults(command=_check)
    sabotage = commands.add_parser("sabotage", help="spoil a capture in every way: each must be noticed")
    sabotage.add_argument("file", metavar="FILE", type=Path)
    sabotage.add_argument("--bssid")
    sabotage.set_defaults(command=_sabotage)
    one = commands.add_parser("spoil", help="write a capture that one saboteur spoilt")
    one.add_argument("file", metavar="FILE", type=Path)
    one.add_argument("saboteur", choices=sorted(SABOTEURS), metavar="SABOTEUR", help=", ".join(sorted(SABOTEURS)))
    one.add_argument("output", metavar="OUTPUT", type=Path)
    one.set_defaults(command=_spoil)
    listing = commands.add_parser("list", help="list the requirements that are judged")
    listing.set_defaults(command=_list)
    return parser


def _check(chosen: argparse.Namespace) -> int:
    began = time.monotonic()
    timeline = read_timeline(chosen.timeline) if chosen.timeline else []
    judged: list[tuple[Capture, list[Judgement]]] = []
    for path in chosen.files:
        capture = read_capture(path)
        judged.append((capture, judge_capture(capture, chosen.bssid)))
    if chosen.json:
        print(json.dumps([as_json(*one) for one in judged], indent=2))
    else:
        print("\n".join(as_text(*one, chosen.all) for one in judged))
    if chosen.out:
        try:
            chosen.out.mkdir(parents=True, exist_ok=True)
            write_reports(as_outcome(judged, timeline, time.monotonic() - began), chosen.out)
        except OSError as error:
            raise CaptureError(f"{chosen.out}: {error.strerror or error}") from error
    return 1 if any(one.failed for _, judgements in judged for one in judgements) else 0


def _sabotage(chosen: argparse.Namespace) -> int:
    capture = read_capture(chosen.file)
    unnoticed = 0
    for one in judge_capture(capture, chosen.bssid):
        for name, killed in kills_of(capture, one).items():
            told = "nothing to spoil" if killed is None else ", ".join(sorted(killed)) or "NOT NOTICED"
            unnoticed += killed is not None and not killed
            print(f"{name:32} {told}")
    return 1 if unnoticed else 0


def _spoil(chosen: argparse.Namespace) -> int:
    capture = read_capture(chosen.file)
    bssid = judge_capture(capture)[0].bssid
    spoilt = spoil(capture, chosen.saboteur, bssid)
    if spoilt is None:
        raise CaptureError(f"{chosen.file}: nothing in it that {chosen.saboteur} could spoil")
    try:
        write_pcap(chosen.output, spoilt.records, capture.link_type)
    except OSError as error:
        raise CaptureError(f"{chosen.output}: {error.strerror or error}") from error
    return 0


def _list(chosen: argparse.Namespace) -> int:
    for name in sorted(JUDGES):
        print(f"{name:24} {requirements()[name].statement}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
