# SPDX-License-Identifier: GPL-2.0-only
"""``lab.timers``: the run's protocol variables and what follows from them, in seconds and counts."""

from __future__ import annotations

from .model import TimerSet

CLOCK_GRAIN = 2e-6  # seconds; the clock of a system may be this coarse and never reach a time exactly


class Timers:
    """A TimerSet with the names of RFC 3376 section 8 in lower case.

    Configured: rv qi qri lmqi uri lmqc sqi sqc. Derived: gmi oqpi lmqt ohpi ovqpi. ``tolerance`` is by how
    much a reaction may be late (or a periodic message early) on this target.
    """

    def __init__(self, timers: TimerSet, profile: str, tolerance: float, family: str = "ipv4") -> None:
        self.rv, self.qi, self.qri, self.lmqi, self.uri = (
            timers.rv,
            timers.qi,
            timers.qri,
            timers.lmqi,
            timers.uri,
        )
        self.lmqc = timers.rv if timers.lmqc is None else timers.lmqc
        self.sqi = timers.qi / 4 if timers.sqi is None else timers.sqi
        self.sqc = timers.rv if timers.sqc is None else timers.sqc
        self.profile, self.tolerance, self.family = profile, tolerance, family

    @property
    def gmi(self) -> float:
        """Group Membership Interval: RV * QI + QRI (RFC 3376 8.4), RV * QI + 2 * QRI (RFC 9776 8.4).

        The Multicast Address Listening Interval of RFC 3810 9.4 and RFC 9777 9.4."""
        return self.rv * self.qi + self.qri * (2 if self.profile == "rfc9776" else 1)

    @property
    def oqpi(self) -> float:
        """Other Querier Present Interval: RV * QI + QRI / 2 (RFC 3376 8.5)."""
        return self.rv * self.qi + self.qri / 2

    @property
    def lmqt(self) -> float:
        """Last Member Query Time: LMQI * LMQC (RFC 3376 8.10)."""
        return self.lmqi * self.lmqc

    @property
    def ohpi(self) -> float:
        """Older Host Present Interval: RV * QI + QRI (RFC 3376 8.13, unchanged in RFC 9776)."""
        return self.rv * self.qi + self.qri

    @property
    def ovqpi(self) -> float:
        """Older Version Querier Present Interval: RV * QI + QRI (RFC 3376 8.12); under RFC 9776 8.12
        RV * QI + 10 * Max Response Time, QRI taken for the latter. RFC 9777 9.12 kept RFC 3810's."""
        changed = self.profile == "rfc9776" and self.family == "ipv4"
        return self.rv * self.qi + self.qri * (10 if changed else 1)
