# SPDX-License-Identifier: GPL-2.0-only
"""Lets a cleanup come to its end: who presses Ctrl-C twice, or stops a whole process group, sends several
signals.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import Iterator

STOPPING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def shielded() -> Iterator[None]:
    """Signals that stop a process wait until the block has ended. Start no process in it: it would be deaf
    to them.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
