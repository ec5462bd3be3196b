#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Measures what multicast costs here, beside what others cost on the same machine in the same run.

Parts: ``core`` (reports a second and heap per group; PIM's Joins a second and heap per tree), ``suite`` (cases a second),
``ns3`` (cost of a hop beside ns-3's static multicast routes), ``ns3-trees`` (PIM on 100 to 1,000 routers), ``routers``,
``pim`` and ``dense`` (mcastd beside FRR and pimd: CPU, memory, delays). Figures are for comparing inside one run: look at the ratios.
``--json FILE`` writes a list of {name, value, unit, baseline, baseline_value, ratio}; a ratio above 1 means that we are better.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from rows import Row, less_is_better  # noqa: E402

BYTES_PER_GROUP_GOAL = 300.0
GROWTH_GOAL = 12.0  # CPU of 100,000 groups over CPU of 10,000
BYTES_PER_TREE_GOAL = 400.0
MESSAGES_GOAL = 150.0  # that 10,000 new Joins go upstream in
TREES = {0: "sg", 1: "starg", 2: "sg-own-sources"}  # the kinds of pim-bench.cc
ROUNDS = 6  # of our forwarding and of static routes in turn: other programs disturb single ones


def core() -> Iterator[Row]:
    """Google Benchmark of the core, one record a packet and as many as an MTU holds. Each in the best of seven runs, in mixed
    order, since other programs on the machine only ever make it worse.
    """
    out = subprocess.run([ROOT / "build/bin/core-bench", "--benchmark_format=json", "--benchmark_repetitions=7",
                          "--benchmark_enable_random_interleaving=true", "--benchmark_min_time=0.2"],
                         check=True, capture_output=True, text=True).stdout
    runs: dict[str, dict] = {}
    for run in json.loads(out)["benchmarks"]:
        name = run["run_name"]
        if run["run_type"] == "iteration" and (name not in runs or run["cpu_time"] < runs[name]["cpu_time"]):
            runs[name] = run
    yield from membership(runs)
    yield from trees(runs)
    yield from floods(runs)


def membership(runs: dict[str, dict]) -> Iterator[Row]:
    """IGMPv3 and MLDv2 of the core: core-bench.cc."""
    ours = {name: run for name, run in runs.items() if not name.startswith(("Pim", "Dense"))}
    for name, run in sorted(ours.items(), key=lambda one: (one[1]["family_index"], one[1]["per_family_instance_index"])):
        kind, groups, records, version = name.split("/")
        family = "" if version == "ip:4" else "-ipv6"
        row = f"core{family}-{kind.lower()}-{groups.split(':')[1]}-groups-{records.split(':')[1]}-per-packet"
        yield Row(row, run["items_per_second"], "records/s")
    full = {"": "records:180/ip:4", "-ipv6": "records:72/ip:6"}
    for groups in (1000, 10000, 100000):
        ipv4, ipv6 = (runs[f"Join/groups:{groups}/{packet}"]["bytes_per_group"] for packet in full.values())
        yield less_is_better(f"core-bytes-per-group-{groups}", ipv4, "bytes", "goal", BYTES_PER_GROUP_GOAL)
        yield less_is_better(f"core-ipv6-bytes-per-group-{groups}", ipv6, "bytes", "1.5 times IPv4", 1.5 * ipv4)
    for family, packet in full.items():
        for kind in ("Join", "Refresh"):
            small, large = (runs[f"{kind}/groups:{groups}/{packet}"]["cpu_time"] for groups in (10000, 100000))
            yield less_is_better(f"core{family}-{kind.lower()}-growth-10000-to-100000", large / small, "times", "goal",
                                 GROWTH_GOAL)


def trees(runs: dict[str, dict]) -> Iterator[Row]:
    """PIM's trees in the core: pim-bench.cc. A round of refresh is all Joins taken in again, and ours sent upstream."""
    def run(name: str, count: int, kind: int) -> dict:
        return runs[f"{name}/trees:{count}/kind:{kind}"]

    for kind, what in TREES.items():
        for count in (10000, 100000):
            yield Row(f"core-pim-join-{count}-{what}", run("PimJoin", count, kind)["items_per_second"], "entries/s")
            rounds = run("PimRefresh", count, kind)["items_per_second"] / count
            yield Row(f"core-pim-refresh-{count}-{what}", rounds, "rounds/s")
            yield less_is_better(f"core-pim-bytes-per-{what}-{count}", run("PimJoin", count, kind)["bytes_per_tree"], "bytes",
                                 "goal", BYTES_PER_TREE_GOAL)
        for name in ("Join", "Refresh"):
            small, large = (run(f"Pim{name}", count, kind)["cpu_time"] for count in (10000, 100000))
            yield less_is_better(f"core-pim-{name.lower()}-growth-{what}-10000-to-100000", large / small, "times", "goal",
                                 GROWTH_GOAL)
    yield less_is_better("core-pim-messages-for-10000-joins", run("PimJoin", 10000, 0)["messages"], "messages", "goal",
                         MESSAGES_GOAL)
    for kind in (0, 2):
        change = run("PimRpfChange", 10000, kind)
        yield Row(f"core-pim-rpf-change-10000-{TREES[kind]}", 10000 / change["items_per_second"] * 1000, "ms")


def floods(runs: dict[str, dict]) -> Iterator[Row]:
    """Dense mode in the core: dense-bench.cc. A State Refresh is taken in, keeps a prune, and goes on to a neighbour."""
    kinds = {"DenseFlood": ("flood", "entries/s"), "DensePrune": ("prune-storm", "entries/s"),
             "DenseRefresh": ("state-refresh", "messages/s")}
    for name, (what, unit) in kinds.items():
        small, large = (runs[f"{name}/sg:{count}"] for count in (10000, 100000))
        yield Row(f"core-dense-{what}-10000", small["items_per_second"], unit)
        yield Row(f"core-dense-{what}-100000", large["items_per_second"], unit)
        yield less_is_better(f"core-dense-{what}-growth-10000-to-100000", large["cpu_time"] / small["cpu_time"], "times",
                             "goal", GROWTH_GOAL)
    yield Row("core-dense-cpu-of-10000-state-refreshes", 1e7 / runs["DenseRefresh/sg:10000"]["items_per_second"], "ms")
    for count in (10000, 100000):
        # with the forwarding entry, which those of sparse mode don't count
        yield Row(f"core-dense-bytes-per-sg-{count}", runs[f"DensePrune/sg:{count}"]["bytes_per_sg"], "bytes")
    yield Row("core-dense-messages-for-10000-prunes", runs["DensePrune/sg:10000"]["messages"], "messages")


def suite() -> Iterator[Row]:
    """The whole suite on the core, in virtual time, without sabotage."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "conformance", "run", "--targets", "core", "--no-sabotage", "--out", folder],
                       cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
        summary = json.loads(Path(folder, "summary.json").read_text(encoding="utf-8"))
    verdicts = summary["targets"]["core"]
    cases = sum(count for verdict, count in verdicts.items() if verdict != "version")
    yield Row("suite-core-cases-per-second", cases / summary["seconds"], "cases/s")
    yield Row("suite-core-seconds", summary["seconds"], "s")


def ns3() -> Iterator[Row]:
    """A chain of routers: our forwarding beside Ipv4StaticRouting, in CPU per hop; the best of several runs of each."""
    program = ROOT / "build/bin/ns3-hop"
    if not program.exists():
        print("ns3: not built, skipped", file=sys.stderr)
        return
    for family, flags, baseline in (("", [], "Ipv4StaticRouting"), ("ipv6-", ["--ipv6"], "Ipv6StaticRouting")):
        for groups in (1, 1000):
            best: dict[str, float] = {}
            for _ in range(ROUNDS):
                for routing in ("static", "multicast"):
                    said = subprocess.run([program, f"--groups={groups}", f"--routing={routing}", *flags], check=True,
                                          capture_output=True, text=True).stdout
                    cost = json.loads(said.strip().splitlines()[-1])["ns_per_hop"]
                    best[routing] = min(cost, best.get(routing, cost))
            name = f"ns3-hop-{family}{groups}-group" + ("s" if groups > 1 else "")
            yield less_is_better(name, best["multicast"], "ns", baseline, best["static"])


def ns3_trees() -> Iterator[Row]:
    """PIM on a tree of routers: CPU for a second of simulated time, and how it grows with their number."""
    program = ROOT / "build/bin/ns3-pim"
    if not program.exists():
        print("ns3-trees: not built, skipped", file=sys.stderr)
        return
    costs: dict[int, float] = {}
    for count in (100, 300, 1000):
        said = subprocess.run([program, f"--routers={count}"], check=True, capture_output=True, text=True).stdout
        figures = json.loads(said.strip().splitlines()[-1])
        costs[count] = figures["seconds_per_simulated_second"]
        yield Row(f"ns3-pim-{count}-routers", costs[count], "s/s")
        yield Row(f"ns3-pim-bytes-per-router-{count}", figures["bytes_per_router"], "bytes")
    yield less_is_better("ns3-pim-growth-100-to-1000", costs[1000] / costs[100], "times", "linear", 10.0)


def instructions(command: list[str | Path]) -> float:
    """Instructions of a program, as callgrind counts them: the same in every run, whatever else the machine does."""
    with tempfile.TemporaryDirectory(prefix="mcast-bench-") as folder:
        said = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", *map(str, command)],
                              check=True, capture_output=True, text=True).stderr
    return float(re.search(r"Collected : (\d+)", said).group(1))


def ns3_wifi() -> Iterator[Row]:
    """A BSS whose stations are all awake: the same simulation with DTIM delivery and without. In instructions, since the
    processor time of two equal runs differs by a tenth where other programs run. Setting up is taken off by a shorter run.
    """
    program = ROOT / "build/bin/wifi-group-study"
    if not program.exists() or not shutil.which("valgrind"):
        print("ns3-wifi: no wifi-group-study or no valgrind, skipped", file=sys.stderr)
        return

    def cost(plain: int, seconds: float) -> float:
        return instructions([program, "--stations=10", "--sleepers=0", "--spacing=2", "--groupMode=ErpOfdmRate24Mbps",
                             f"--seconds={seconds}", f"--plain={plain}"])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        short, long, plain_short, plain_long = pool.map(lambda one: cost(*one), [(0, 0.1), (0, 1.1), (1, 0.1), (1, 1.1)])
    yield less_is_better("ns3-wifi-dtim-delivery", (long - short) / 1e6, "million instructions", "ns-3 without it",
                         (plain_long - plain_short) / 1e6)


def routers() -> Iterator[Row]:
    """Daemons in namespaces; needs root."""
    if os.geteuid() != 0:
        print("routers: needs root, skipped", file=sys.stderr)
        return
    from routers import measure
    yield from measure()


def pim() -> Iterator[Row]:
    """Daemons as PIM routers in namespaces; needs root."""
    if os.geteuid() != 0:
        print("pim: needs root, skipped", file=sys.stderr)
        return
    from pim_routers import measure
    yield from measure()


def dense() -> Iterator[Row]:
    """Daemons as dense-mode routers in namespaces; needs root."""
    if os.geteuid() != 0:
        print("dense: needs root, skipped", file=sys.stderr)
        return
    from pim_dense_routers import measure
    yield from measure()


PARTS: dict[str, Callable[[], Iterator[Row]]] = {"core": core, "suite": suite, "ns3": ns3, "ns3-trees": ns3_trees,
                                                 "ns3-wifi": ns3_wifi, "routers": routers, "pim": pim, "dense": dense}


def show(row: Row) -> None:
    """One line of the table."""
    versus = f"{row.baseline} {row.baseline_value:.4g}" if row.baseline_value is not None else ""
    ratio = f"{row.ratio:.2f}x" if row.ratio is not None else ""
    print(f"{row.name:48} {row.value:12.4g} {row.unit:10} {versus:32} {ratio:>8}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="mcast bench", description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the rows here")
    parser.add_argument("--only", metavar="PART[,PART]", help="some of: " + ", ".join(PARTS))
    arguments = parser.parse_args()
    names = arguments.only.split(",") if arguments.only else list(PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        parser.error(f"--only: no part '{unknown[0]}'; there are {', '.join(PARTS)}")
    rows: list[Row] = []
    for name in names:
        for row in PARTS[name]():
            rows.append(row)
            show(row)
            if arguments.json:
                arguments.json.write_text(json.dumps([one.to_json() for one in rows], indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
