# SPDX-License-Identifier: GPL-2.0-only
"""How a case ends early. Cases do not raise these themselves: see ``lab.fail``, ``require``, ``reading``."""


class CaseFailed(Exception):
    """The system under test broke the standard."""


class Inconclusive(Exception):
    """The case could not find out: the stimulus did not get through, or the lab broke."""


class ReadingObserved(Exception):
    """The standard has several readings; the message names the one that the system follows."""
