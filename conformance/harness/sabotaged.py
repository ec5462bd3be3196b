# SPDX-License-Identifier: GPL-2.0-only
"""A saboteur stands between the lab and a real system and spoils one thing. Here: how it gets there.

The saboteurs themselves are in ``saboteurs`` (behaviour, read-outs) and ``saboteur_fields`` (octets).
"""

from __future__ import annotations

from typing import Any, Callable, Iterable, Sequence

from .case_traits import Traits
from .model import Delivery, Frame, GroupState, Setup, Sut, Target


class Saboteur:
    """Changes nothing; the base of those that do. A fresh one is made for every case."""

    name = "nobody"
    suits: Callable[[Traits], bool] = staticmethod(lambda traits: True)  # False: it cannot fail such a case

    def __init__(self, sut: Sut, setup: Setup) -> None:
        self.sut, self.setup = sut, setup

    def incoming(self, port: str, frame: bytes) -> bytes | None:
        """A frame of the tester; None: it does not arrive."""
        return frame

    def outgoing(self, frame: Frame) -> Iterable[Frame]:
        """A frame of the system: none, one or several instead."""
        return [frame]

    def extra(self) -> Iterable[Frame]:
        """Frames that the system never sent, now."""
        return ()

    def groups(self, port: str, groups: dict[str, GroupState]) -> dict[str, GroupState]:
        return groups

    def interface(self, port: str, state: dict[str, Any]) -> dict[str, Any]:
        return state

    def listen(self, accepted: bool) -> bool:
        return accepted

    def delivered(self, deliveries: list[Delivery]) -> list[Delivery]:
        return deliveries

    def log(self, lines: list[str]) -> list[str]:
        return lines

    def pim_state(self, name: str, value: Any) -> Any:
        """What ``pim_neighbors`` and the others tell."""
        return value


class SabotagedSut:
    """A system under test with a saboteur in front of it."""

    def __init__(self, sut: Sut, saboteur: Saboteur) -> None:
        self._sut, self._saboteur = sut, saboteur

    def now(self) -> float:
        return self._sut.now()

    def mac(self, port: str) -> str:
        return self._sut.mac(port)

    def send(self, port: str, frame: bytes) -> None:
        changed = self._saboteur.incoming(port, frame)
        if changed is not None:
            self._sut.send(port, changed)

    def advance(self, until: float) -> None:
        self._sut.advance(until)

    def frames(self) -> list[Frame]:
        out = [changed for frame in self._sut.frames() for changed in self._saboteur.outgoing(frame)]
        return sorted([*out, *self._saboteur.extra()], key=lambda frame: frame.time)

    def groups(self, port: str) -> dict[str, GroupState]:
        return self._saboteur.groups(port, dict(self._sut.groups(port)))

    def interface_state(self, port: str) -> dict[str, Any]:
        return self._saboteur.interface(port, dict(self._sut.interface_state(port)))

    def listen(self, socket: str, port: str, group: str, mode: str, sources: Sequence[str] = ()) -> bool:
        hook = getattr(self._saboteur, "heard_listen", None)
        if hook:
            hook(socket, group, sources)
        return self._saboteur.listen(self._sut.listen(socket, port, group, mode, sources))

    def set_address(self, port: str, present: bool) -> None:
        self._sut.set_address(port, present)

    def send_data(
        self, group: str, payload: bytes, port: str | None = None, ttl: int | None = None, loop: bool = True
    ) -> None:
        self._sut.send_data(group, payload, port, ttl, loop)

    def deliveries(self) -> list[Delivery]:
        return self._saboteur.delivered(self._sut.deliveries())

    def log(self) -> list[str]:
        return self._saboteur.log(self._sut.log())

    def close(self) -> None:
        self._sut.close()

    def __getattr__(self, name: str) -> Any:  # what a target has beyond the protocol, such as ``step``
        found = getattr(self._sut, name)
        if not name.startswith("pim_"):
            return found
        return lambda *given: self._saboteur.pim_state(f"{name}{given}", found(*given))


class SabotagedTarget:
    """A target whose every system has a saboteur in front of it."""

    def __init__(self, target: Target, saboteur: type[Saboteur]) -> None:
        self._target, self._saboteur = target, saboteur

    def open(self, setup: Setup) -> SabotagedSut:
        sut = self._target.open(setup)
        return SabotagedSut(sut, self._saboteur(sut, setup))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)
