# SPDX-License-Identifier: GPL-2.0-only
"""The ``Lab``: everything a case may do with one system under test. See ``conformance/cases/README.md``.

Time is in seconds since the opening of the system under test.

Which frames an expectation looks at. A *stimulus* is a packet sent or an application call. ``expect`` looks
at frames that arrived since the last stimulus or ``wait``, ``expect_none`` and ``collect`` at those since the
last stimulus; both only at frames that no earlier expectation has taken. ``after=`` says another beginning.
Several stimuli in a row, with nothing expected or waited for between, count as one. ``within`` counts from
the last stimulus, ``wait``, ``expect_none`` or ``collect``, whichever was last.
"""

from __future__ import annotations

import time
from typing import Any, Callable

from .addressing import Names, plan_of
from .model import PORTS, Frame, Port, Setup, Step, Sut, Target, Unsupported, features_of
from .packets import data, general_query
from .pim_lab import PimLab
from .ports import LabPort
from .readout import HostLab, StateLab
from .timers import CLOCK_GRAIN, Timers
from .verdicts import CaseFailed, Inconclusive, ReadingObserved
from .wire import decode


class Lab:
    """One system under test between the ports ``lan``, ``lan2`` and ``up``.

    ``timers`` (see timers.Timers), ``profile`` ("rfc3376" or "rfc9776"), ``family`` ("ipv4" or "ipv6"),
    ``setup``, ``state``, ``host``. ``names`` knows the addresses behind the labels of a case (``addressing``).
    """

    def __init__(
        self,
        target: Target,
        sut: Sut,
        setup: Setup,
        readings: tuple[str, ...] = (),
        wall_limit: float = 300.0,
        labels: bool = True,
    ) -> None:
        self.target, self.sut, self.setup = target, sut, setup
        self.profile, self.family = setup.profile, setup.family
        self.timers = Timers(setup.timers or target.timers, setup.profile, target.tolerance, setup.family)
        self.virtual = target.virtual
        self.features = features_of(target, setup.family)
        self.readings = readings
        self.steps: list[Step] = []
        self.history: list[Frame] = []  # every frame of both directions, for the capture file
        self.stimulated = False
        own: dict[str, Port] = getattr(target, "ports", {})
        ports = {name: own.get(name, port) for name, port in PORTS.items()}
        self.names = Names(setup.family, plan_of(tuple(ports.values())), labels=labels)
        self.ports = {name: LabPort(self, port) for name, port in ports.items()}
        self.lan, self.lan2, self.up = self.ports["lan"], self.ports["lan2"], self.ports["up"]
        self.state, self.host, self.pim = StateLab(self), HostLab(self), PimLab(self)
        self._limit = time.monotonic() + wall_limit
        self._wall_limit = wall_limit
        self.stimulus_time = self.window_time = self.within_base = 0.0
        self._advanced = True

    # ---- the clock ----

    @property
    def now(self) -> float:
        return self.sut.now()

    def wait(self, seconds: float) -> None:
        """Lets time pass. ``expect`` no longer looks at what arrived until then."""
        self.wait_until(self.now + seconds)

    def wait_until(self, when: float) -> None:
        """Lets time pass until ``when`` (at once if that is over)."""
        self.advance(when)
        self.window_time = self.within_base = self.now
        for port in self.ports.values():
            port.window_index = len(port.frames)

    def advance(self, until: float) -> None:
        """Runs the clock to ``until`` and collects frames, without starting a new window."""
        if time.monotonic() > self._limit:
            raise Inconclusive(f"the case took more than {self._wall_limit:g} s of wall time")
        if until > self.now:
            self.sut.advance(until)
        self.collect_frames()
        self._advanced = True

    def advance_until(self, condition: Callable[[], Any], until: float) -> Any:
        """Runs the clock until ``condition()`` gives something true (which is returned) or ``until``."""
        step = getattr(self.sut, "step", None)
        pause = max(self.timers.tolerance, (until - self.now) / 200) if self.virtual else 0.02
        while True:
            found = condition()
            if found or self.now >= until - CLOCK_GRAIN:
                return found
            if step:
                step(until)
                self.advance(self.now)
            else:
                self.advance(min(until, self.now + pause))

    def settle(self) -> None:
        """Lets the startup queries pass. In real time at most 2.5 s are spent on that."""
        seconds = (self.timers.sqc - 1) * self.timers.sqi + 2 * self.timers.tolerance
        self.wait(seconds if self.virtual else min(seconds, 2.5))

    # ---- what happened ----

    def collect_frames(self) -> None:
        """Decodes what the system has sent and sorts it to the ports."""
        for frame in self.sut.frames():
            message = decode(frame.data, frame.time, frame.port, self.ports[frame.port].names)
            self.history.append(frame)
            self.ports[frame.port].frames.append(message)
            self.steps.append(Step(frame.time, "rx", frame.port, str(message)))

    def begin_stimulus(self) -> None:
        """Called before every packet sent and every application call."""
        self.collect_frames()
        self.stimulated = True
        if not self._advanced:
            return  # one of several in a row
        self._advanced = False
        self.stimulus_time = self.window_time = self.within_base = self.now
        for port in self.ports.values():
            port.stimulus_index = port.window_index = len(port.frames)
        self.host.begin_stimulus()

    def log_sent(self, port: str, octets: bytes) -> None:
        when = self.now
        self.history.append(Frame(when, port, octets, sent=True))
        self.steps.append(Step(when, "tx", port, str(decode(octets, when, port, self.ports[port].names))))

    def note(self, text: str, port: str = "") -> None:
        """A remark in the message ladder."""
        self.steps.append(Step(self.now, "note", port, self.names.text(text)))

    def expectation(self, text: str, ok: bool, port: str = "") -> None:
        """A tick or a cross in the message ladder."""
        self.steps.append(Step(self.now, "expect", port, self.names.text(text), ok))

    # ---- verdicts ----

    def fail(self, message: str) -> None:
        """Ends the case: the system does not do what the standard says."""
        raise CaseFailed(message)

    def check(self, condition: Any, message: str) -> None:
        """Fails unless ``condition``; ``message`` says what should be so, or what is wrong."""
        self.expectation(message, bool(condition))
        if not condition:
            raise CaseFailed(message)

    def require(self, condition: Any, message: str) -> None:
        """Inconclusive unless ``condition``: what the case builds upon did not come about."""
        if not condition:
            raise Inconclusive(message)

    def reading(self, name: str) -> None:
        """Ends an ambiguous case: the system follows this one of the readings that ``@case`` names."""
        if name not in self.readings:
            raise ValueError(f"reading {name!r} is none of those that the case names: {self.readings}")
        raise ReadingObserved(name)

    def has(self, feature: str) -> bool:
        """Whether the target has a feature, for checks that are worth making only where they can be made."""
        return feature in self.features

    def need(self, feature: str) -> None:
        """Not applicable unless the target has the feature."""
        if feature not in self.features:
            raise Unsupported(f"needs {feature}")

    # ---- common moves ----

    def become_non_querier(self, *ports: str, **fields: Any) -> None:
        """A querier with a lower address shows up on ``ports`` (default: lan): a General Query from there.

        It holds for ``timers.oqpi``; call again to renew. ``fields`` go to ``general_query``.
        """
        for name in ports or ("lan",):
            port = self.ports[name]
            port.send(general_query(**{"src": port.lower(), **fields}))
        self.wait(2 * self.timers.tolerance)
        if self.has("state:interfaces"):
            for name in ports or ("lan",):
                known = self.sut.interface_state(name).get("is_querier")
                self.require(known is not True, f"a query from a lower address did not take over on {name}")

    def forwards(self, source: str, group: str, to: str = "lan", port: str = "up", ttl: int = 16) -> bool:
        """Whether data of ``source`` to ``group``, sent on ``port``, comes out on port ``to``.

        Sends a numbered datagram (three in real time, where the first may be lost to a forwarding entry in
        the making) and answers for the last one.
        """
        self.need("forwarding")
        arrived: Any = False
        for number in range(1 if self.virtual else 3):
            payload = f"{self.names.real(source)}>{self.names.real(group)} #{self._number()}".encode()
            self.ports[port].send(data(group, source, ttl=ttl, payload=payload))
            wanted = data(group, source, payload=payload)
            arrived = self.advance_until(
                lambda: self.ports[to].find(wanted, self.ports[to].stimulus_index),
                self.now + self.timers.tolerance,
            )
            if arrived:
                arrived.taken = True
        self.expectation(
            f"data of {source} to {group} is{'' if arrived else ' not'} forwarded to {to}", True, to
        )
        return bool(arrived)

    def _number(self) -> int:
        return sum(1 for frame in self.history if frame.sent)
