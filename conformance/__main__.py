# SPDX-License-Identifier: GPL-2.0-only
"""``python3 -m conformance``: runs the suite, lists its cases, tells the coverage, makes reports anew.

Exit status: 0 all well; 1 the core, ns-3 or mcastd has a failed or inconclusive case, mcastd fails in a
network of the interop matrix, a case passed unexpectedly, or a saboteur was not noticed; 2 wrong arguments or
a broken file.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from conformance.harness.registry import load_cases, select
from conformance.harness.requirements import ConfigurationError, load_not_covered, requirements
from conformance.harness.run import ALWAYS, Options, run
from conformance.harness.terminal import make_observer, print_outcome
from conformance.report import write_reports
from conformance.report.html import write_html
from conformance.report.summary import read_results
from conformance.targets import DEFAULT, MODULES, all_targets


def main(arguments: list[str] | None = None) -> int:
    """The command; gives the exit status."""
    chosen = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # workers are stopped on the way out
    try:
        return chosen.command(chosen)
    except ConfigurationError as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("conformance: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("run", help="run cases on targets and write the report")
    one.add_argument(
        "--targets",
        default=",".join(DEFAULT),
        metavar="NAME,...",
        help=f"of {', '.join(MODULES)}, or a Python file with a function target(); all: all of these but dut, and"
        f" of FRR's newer versions those that were fetched before; default {', '.join(DEFAULT)}",
    )
    one.add_argument(
        "--select",
        metavar="PATTERN,...",
        help="only cases with this in their name or a requirement id; " "* is any text",
    )
    one.add_argument(
        "--out",
        type=Path,
        default=Path("report"),
        metavar="DIR",
        help="where the report goes; default report",
    )
    one.add_argument(
        "--jobs", type=_positive, default=8, metavar="N", help="real-time cases at once; default 8"
    )
    one.add_argument(
        "--workers",
        type=_positive,
        metavar="N",
        help="processes for virtual targets; default one a processor",
    )
    one.add_argument(
        "--attempts",
        type=_positive,
        default=2,
        metavar="N",
        help="how often a real-time case may be tried before its failure counts; default 2",
    )
    one.add_argument(
        "--patience",
        type=_positive,
        metavar="SECONDS",
        help="leave out real-time cases that say that they take longer; default all are run",
    )
    one.add_argument("--no-sabotage", action="store_true", help="don't check that every case can fail")
    one.add_argument(
        "--full-sabotage", action="store_true", help="run every saboteur, not only until one is noticed"
    )
    one.add_argument(
        "--interop",
        action=argparse.BooleanOptionalAction,
        help="run networks of the real routers among the targets, too; default: if mcastd and another one of"
        " FRR and pimd are among them, and --select is not given",
    )
    one.add_argument("--dut", metavar="FILE.yaml", help="the router of the target dut")
    one.set_defaults(command=_run)
    one = commands.add_parser("list", help="list the cases")
    one.add_argument("pattern", nargs="?")
    one.set_defaults(command=_list)
    one = commands.add_parser("coverage", help="requirements that no case names")
    one.add_argument(
        "documents", nargs="*", metavar="DOCUMENT", help="stems of requirement files, such as rfc3376"
    )
    one.set_defaults(command=_coverage)
    one = commands.add_parser(
        "report", help="make index.html anew from results.json and the extra tables beside it"
    )
    one.add_argument("out", type=Path, metavar="DIR")
    one.set_defaults(command=_report)
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def _run(chosen: argparse.Namespace) -> int:
    names = tuple(name.strip() for name in chosen.targets.split(",") if name.strip())
    if names == ("all",):
        names = all_targets()
    if not names:
        raise ConfigurationError("--targets: names no target")
    options = Options(
        names,
        chosen.out,
        chosen.select,
        chosen.jobs,
        attempts=chosen.attempts,
        sabotage=not chosen.no_sabotage,
        full_sabotage=chosen.full_sabotage,
        dut_file=chosen.dut,
        interop=chosen.interop,
        patience=chosen.patience,
    )
    if chosen.workers:
        options.workers = chosen.workers
    if chosen.dut and "dut" not in names:
        raise ConfigurationError("--dut: only the target dut needs it; add it to --targets")
    if chosen.select and not select(load_cases(), chosen.select):
        raise ConfigurationError(f"--select: {chosen.select}: no case has that in its name or requirements")
    outcome = run(options, make_observer(), write_reports)
    print_outcome(outcome, chosen.out)
    survivors = [killing for killing in outcome.killings if not killing.killed]
    return 1 if outcome.faults() or outcome.interop_faults() or survivors else 0


def _list(chosen: argparse.Namespace) -> int:
    cases = select(load_cases(), chosen.pattern)
    for case in cases:
        print(f"{case.name}  [{case.role}]  {' '.join(case.requirements)}\n    {case.title}")
    print(f"{len(cases)} cases")
    return 0


def _coverage(chosen: argparse.Namespace) -> int:
    known, cases = requirements(), load_cases()
    documents = chosen.documents or list(ALWAYS)
    named = {one for case in cases for one in case.requirements}
    reasons = load_not_covered(known)
    for document in documents:
        wanted = [one for one in known.values() if one.document == document]
        if not wanted:
            raise ConfigurationError(f"{document}: no such requirement file")
        left = [one for one in wanted if one.id not in named]
        print(f"{document}: {len(wanted) - len(left)} of {len(wanted)}")
        for one in left:
            print(f"    {one.id}: {reasons.get(one.id) or one.statement}")
    return 0


def _report(chosen: argparse.Namespace) -> int:
    write_html(read_results(chosen.out), chosen.out)
    print(chosen.out / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
