# SPDX-License-Identifier: GPL-2.0-only
"""Worker processes that may die: one job at a time each, a time limit, and a new worker for one that is gone.

``multiprocessing.Pool`` hangs or gives up when a worker is killed by a signal; here a crash of a system that
lives in the worker (the core, a simulation) is an outcome of its job like any other.
"""

from __future__ import annotations

import collections
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterable

GRACE = 5.0  # seconds between asking a worker to stop and killing it


@dataclass
class Lost:
    """What became of a job whose worker did not finish it."""

    reason: str


class _Worker:
    def __init__(self, work: Callable[[Any], Any]) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(work, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.job: Any = None
        self.started = 0.0

    def give(self, job: Any) -> None:
        self.job, self.started = job, time.monotonic()
        self.pipe.send(job)

    def stop(self) -> None:
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(GRACE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()


def _serve(work: Callable[[Any], Any], pipe: multiprocessing.connection.Connection) -> None:
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # so that ``finally`` clauses run
    parent = os.getppid()
    try:
        while os.getppid() == parent:
            if pipe.poll(1.0):
                pipe.send(work(pipe.recv()))
    except (EOFError, KeyboardInterrupt):
        pass


def run_jobs(
    jobs: Iterable[Any],
    work: Callable[[Any], Any],
    done: Callable[[Any, Any], None],
    processes: int,
    limit: float,
    started: Callable[[Any], None] = lambda job: None,
) -> None:
    """Gives each job to ``work`` in one of ``processes`` workers, its outcome to ``done(job, outcome)``.

    The outcome is a ``Lost`` if the worker died or took more than ``limit`` seconds. Jobs start in the given
    order.
    """
    waiting = collections.deque(jobs)
    workers: list[_Worker] = []
    try:
        while waiting or workers:
            while waiting and len(workers) < processes:
                workers.append(_Worker(work))
                started(waiting[0])
                workers[-1].give(waiting.popleft())
            ready = multiprocessing.connection.wait([worker.pipe for worker in workers], timeout=1.0)
            for worker in list(workers):
                outcome = _outcome(worker, worker.pipe in ready, limit)
                if outcome is None:
                    continue
                done(worker.job, outcome)
                if waiting and not isinstance(outcome, Lost):
                    started(waiting[0])
                    worker.give(waiting.popleft())
                else:
                    workers.remove(worker)
                    worker.stop()
    finally:
        for worker in workers:
            worker.stop()


def _outcome(worker: _Worker, ready: bool, limit: float) -> Any:
    """What the worker has to say, a ``Lost``, or None while it is busy."""
    if ready:
        try:
            return worker.pipe.recv()
        except EOFError:
            worker.process.join()
            code = worker.process.exitcode or 0
            how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
            return Lost(f"the process that ran the case ended with {how}")
    if time.monotonic() - worker.started > limit:
        return Lost(f"no end within {limit:g} s")
    return None
