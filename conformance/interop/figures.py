# SPDX-License-Identifier: GPL-2.0-only
"""From what passed the receiver's wire to the figures of a row, and from these to a verdict."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Iterable, Mapping, Sequence

from .network import Seen
from .topology import TOPOLOGIES

QUIET = 0.5  # seconds before the leave in which data came again: the failure was got over
STOP_SECONDS = 14.0  # after the leave that are watched: pim6d lets a last member query be answered for 10
SILENCE = 1.0  # seconds at the end without data: it has stopped
JOIN_SLACK, JOIN_SHARE = 100.0, 0.05  # ms, and share of the measure, that chance alone may add
OURS = "mcastd"
# What a network of three routers did elsewhere: OSPF underneath, the middle one RP, 200 packets/s.
REFERENCES = (
    ("FRR 10.3 x3", "16", "0", "5 packets, 33 ms", "2.0"),
    ("FRR 8.4.4, pimd git, FRR 10.7.1", "75", "0", "0", "2.0"),
    ("pimd 2.3.2 x3", "8800", "0", "not recovered in 40 s", ""),
)


@dataclass
class Trace:
    """Everything that was seen, and when (``time.monotonic()``) what was done; None: it was not done."""

    seen: list[Seen] = field(default_factory=list)
    began: float | None = None  # of dense mode: the source of the group that had a member before it
    flood: list[Seen] = field(default_factory=list)  # what came of that group first
    joined: float | None = None
    switched: float | None = None
    cut: float | None = None
    left: float | None = None
    rejoined: float | None = None  # of dense mode, where the failure comes last
    pruned: bool = False  # of dense mode: before the join the first router sent the data nowhere
    ended: float = 0.0


@dataclass
class Row:
    """One network: who stood where, and how it went. Times are milliseconds; None: it did not happen.

    In dense mode what is lost and doubled "at the switchover" is so between the join and the leave.
    """

    topology: str
    positions: tuple[str, ...]
    family: str
    first_ms: float | None = None  # of dense mode, to a member that was there before the source began
    first_lost: int | None = None  # datagrams until the first that came
    pruned: bool = False  # of dense mode: nothing left the first router as long as nobody had joined
    join_ms: float | None = None
    switched: bool = False
    switchover_lost: int | None = None
    switchover_duplicates: int | None = None
    failure_lost: int | None = None
    failure_ms: float | None = None
    recovered: bool = False
    stop_ms: float | None = None
    verdict: str = ""
    note: str = ""  # of the verdict
    trouble: str = ""  # what went wrong with the measurement, or an attempt before

    @property
    def dense(self) -> bool:
        return TOPOLOGIES[self.topology].dense

    @property
    def key(self) -> tuple[str, tuple[str, ...], str]:
        return self.topology, self.positions, self.family

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "positions": list(self.positions)}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "Row":
        """The reverse of ``as_dict``."""
        return cls(**{**fields, "positions": tuple(fields["positions"])})


def measured(row: Row, trace: Trace) -> Row:
    """Fills in the figures."""
    data = [one for one in trace.seen if one.number is not None]
    if trace.joined is None:
        return row
    reported = _report_after(trace, trace.joined)
    came = [one for one in data if one.time >= reported]
    if not came:
        return row
    row.join_ms = _ms(came[0].time - reported)
    row.switched = trace.switched is not None
    cut = trace.ended if trace.cut is None else trace.cut
    before = [one for one in came if one.time < cut]
    row.switchover_lost, row.switchover_duplicates = lost(before), duplicates(before)
    if trace.cut is None or not before:
        return row
    left = trace.ended if trace.left is None else trace.left
    _fill_in_failure(row, before, [one for one in came if cut <= one.time < left], left)
    if trace.left is not None and row.recovered:
        last = data[-1].time
        if trace.ended - last >= SILENCE:
            row.stop_ms = _ms(max(last - _report_after(trace, trace.left), 0.0))
    return row


def measured_dense(row: Row, trace: Trace) -> Row:
    """As ``measured``, of dense mode: the flood and the prune, too; the failure comes after a second join."""
    row.pruned = trace.pruned
    if trace.began is not None and trace.flood:
        row.first_ms, row.first_lost = _ms(trace.flood[0].time - trace.began), trace.flood[0].number
    data = [one for one in trace.seen if one.number is not None]
    if trace.joined is None or trace.left is None or trace.rejoined is None or trace.cut is None:
        return row
    reported = _report_after(trace, trace.joined)
    came = [one for one in data if reported <= one.time < trace.left]
    if not came:
        return row
    row.join_ms = _ms(came[0].time - reported)
    row.switchover_lost, row.switchover_duplicates = lost(came), duplicates(came)
    last = max(one.time for one in data if one.time < trace.rejoined)
    if trace.rejoined - last >= SILENCE:
        row.stop_ms = _ms(max(last - _report_after(trace, trace.left), 0.0))
    before = [one for one in data if _report_after(trace, trace.rejoined) <= one.time < trace.cut]
    if before:
        _fill_in_failure(row, before, [one for one in data if one.time >= trace.cut], trace.ended)
    return row


def _report_after(trace: Trace, time: float) -> float:
    """When the receiver's kernel reported what was done at a time; that time, if it was not seen."""
    reports = (one.time for one in trace.seen if one.number is None and one.time >= time)
    return next(reports, time)


def _fill_in_failure(row: Row, before: Sequence[Seen], after: Sequence[Seen], left: float) -> None:
    row.recovered = any(one.time >= left - QUIET for one in after)
    if not row.recovered:
        return
    highest = max(one.number for one in before)
    numbers = {one.number for one in after if one.number > highest}
    row.failure_lost = max(numbers) - highest - len(numbers) if numbers else 0
    times = [before[-1].time, *(one.time for one in after)]
    row.failure_ms = _ms(max(b - a for a, b in zip(times, times[1:]))) if row.failure_lost else 0.0


def lost(came: Iterable[Seen]) -> int:
    """Numbers that are missing between the first that came and the greatest."""
    numbers = [one.number for one in came]
    wanted = range(numbers[0], max(numbers) + 1) if numbers else range(0)
    return len(set(wanted) - set(numbers))


def duplicates(came: Iterable[Seen]) -> int:
    """Datagrams that came once more."""
    numbers = [one.number for one in came]
    return len(numbers) - len(set(numbers))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


# ---- verdicts ----


def judge(rows: Sequence[Row]) -> None:
    """Sets the verdict of each row. ``pass`` and ``fail``: mcastd stands in it and does what is asked, or
    not. ``peer``: it does not, but it does not either with FRR in mcastd's place, nor where the other daemon
    stands everywhere (which may not even have got that far). ``info``: a network without mcastd.
    """
    known = {row.key: row for row in rows}
    for row in rows:
        if OURS not in row.positions:
            row.verdict, row.note = "info", row.trouble
            continue
        beside = _beside(row, known)
        missed = misses(row, beside)
        excused = {name for name in missed if _others_miss_it(name, row, beside, known)}
        row.verdict = "fail" if set(missed) - excused else "peer" if missed else "pass"
        told = [f"{what}{' (so without mcastd)' if name in excused else ''}" for name, what in missed.items()]
        row.note = "; ".join([*told, *([row.trouble] if row.trouble else [])])


def misses(row: Row, beside: Row | None = None) -> dict[str, str]:
    """What a network has not done of what is asked, by name, in words. beside: the same with FRR in mcastd's
    positions; its join latency is the measure.
    """
    return (_misses_of_dense_mode if row.dense else _misses_of_any_mode)(row, beside)


def _misses_of_dense_mode(row: Row, beside: Row | None) -> dict[str, str]:
    found = {}
    if row.first_ms is None:
        found["first"] = "no data for a member that was there before the source"
    elif row.first_lost:
        found["first"] = f"{row.first_lost} lost until the first came, after {row.first_ms:g} ms"
    if not row.pruned:
        found["pruned"] = "the first router sends what nobody listens to"
    return {**found, **_misses_of_any_mode(row, beside)}


def _misses_of_any_mode(row: Row, beside: Row | None) -> dict[str, str]:
    found = {}
    if row.join_ms is None:
        return {"join": "no data after the join"}
    measure = beside.join_ms if beside is not None else None
    allowed = None if measure is None else measure * (1 + JOIN_SHARE) + JOIN_SLACK
    if allowed is not None and row.join_ms > allowed:
        found["join"] = f"data {row.join_ms:g} ms after the join, with FRR in its place {measure:g} ms"
    if not row.switched and not row.dense:
        found["switched"] = "never left the Rendezvous Point's tree"
    if row.switchover_lost:
        when = "while nothing happened" if row.dense else "at the switchover"
        found["switchover"] = f"{row.switchover_lost} lost {when}"
    if not row.recovered:
        found["recovered"] = "no data after the link failure"
    if row.stop_ms is None and (row.recovered or row.dense):
        found["stopped"] = f"data goes on {STOP_SECONDS:g} s after the leave"
    return found


def _beside(row: Row, known: Mapping[Any, Row]) -> Row | None:
    """The row with FRR in mcastd's positions: the version that stands in this one, or any that was run."""
    present = [one for one in row.positions if one.startswith("frr")]
    others = sorted({one for key in known for one in key[1] if one.startswith("frr")})
    for name in dict.fromkeys([*present, *others]):
        positions = tuple(name if one == OURS else one for one in row.positions)
        if (row.topology, positions, row.family) in known:
            return known[row.topology, positions, row.family]
    return None


def _others_miss_it(name: str, row: Row, beside: Row | None, known: Mapping[Any, Row]) -> bool:
    peers = {one for one in row.positions if one != OURS}
    if len(peers) != 1 or beside is None or name not in misses(beside):
        return False
    alone = known.get((row.topology, (*peers,) * len(row.positions), row.family))
    if alone is None:
        return False
    return name in misses(alone) or (name == "stopped" and not alone.recovered)


def counted(rows: Sequence[Row], verdict: str) -> int:
    """How many rows have a verdict."""
    return sum(row.verdict == verdict for row in rows)
