# SPDX-License-Identifier: GPL-2.0-only
"""What systems under test in real time have in common: the clock, the wires, and a daemon that may die."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from conformance.harness.model import (
    PORTS,
    Delivery,
    Frame,
    GroupState,
    InterfaceSetup,
    Setup,
    TargetDied,
    TimerSet,
    Unsupported,
)

from conformance.harness.pim_setup import PimTimers, UnicastRoute

from .mininet_lab import DaemonNode, MininetLab, mac_of_system
from .tap import Tap, wait_readable

# Short enough to wait for, long enough that a reaction within the tolerance is told from a wrong one.
SHORT_TIMERS = TimerSet(rv=2, qi=4.0, qri=1.0, lmqi=1.0, uri=1.0)
SHORT_PIM_TIMERS = PimTimers(
    hello_period=4.0,
    triggered_hello_delay=1.0,
    join_prune_period=5.0,
    keepalive_period=12.0,
    register_suppression_time=8.0,
    register_probe_time=2.0,
    assert_time=12.0,
    assert_override_interval=2.0,
    bootstrap_period=5.0,
    bootstrap_min_interval=1.0,
    candidate_rp_period=4.0,
    prune_limit=10.0,
    graft_retry_period=2.0,
    source_lifetime=10.0,
    state_refresh_interval=4.0,
    state_refresh_limit=2.0,
)


class RealTimeSystem:
    """A ``Sut`` on the wires ``taps``. The clock starts at ``start_clock``; earlier frames count as of time
    zero.
    """

    def __init__(self, taps: Mapping[str, Tap]) -> None:
        self.taps = taps
        self._names = {tap: name for name, tap in taps.items()}
        self._frames: list[Frame] = []
        self._zero = time.monotonic()

    def start_clock(self, at: float | None = None) -> None:
        """Time zero, on the clock of ``time.monotonic()``; default: now. Frames seen before stay."""
        zero = time.monotonic() if at is None else at
        self._frames = [
            Frame(max(0.0, one.time + self._zero - zero), one.port, one.data) for one in self._frames
        ]
        self._zero = zero

    def now(self) -> float:
        return time.monotonic() - self._zero

    def send(self, port: str, frame: bytes) -> None:
        self.check_alive()
        self.taps[port].send(frame)

    def advance(self, until: float) -> None:
        while True:
            left = until - self.now()
            wait_readable(self._waited_for(), left)
            self._collect()
            if until <= self.now():
                break
        self.check_alive()

    def step(self, until: float) -> None:
        """As ``advance``, but ends at the first frame or delivery."""
        before = len(self._frames)
        while self.now() < until and len(self._frames) == before:
            wait_readable(self._waited_for(), until - self.now())
            self._collect()
        self.check_alive()

    def frames(self) -> list[Frame]:
        self._collect()
        out, self._frames = sorted(self._frames, key=lambda frame: frame.time), []
        return out

    def forget_frames(self) -> None:
        """What has come until now came before the case."""
        self._collect()
        self._frames.clear()

    def _waited_for(self) -> list[Any]:
        """What ``advance`` wakes up for."""
        return list(self.taps.values())

    def _collect(self) -> None:
        for tap, port in self._names.items():
            for arrival in tap.receive():
                self._frames.append(Frame(max(0.0, arrival.time - self._zero), port, arrival.data))

    def wait_for_frame(self, wanted: Callable[[Frame], bool], seconds: float) -> float | None:
        """The time (of ``time.monotonic()``) of the first frame that is wanted; None if none comes in
        ``seconds``.
        """
        limit = self.now() + seconds
        while True:
            self._collect()
            for frame in self._frames:
                if wanted(frame):
                    return frame.time + self._zero
            if self.now() >= limit:
                return None
            wait_readable(self._waited_for(), limit - self.now())
            self.check_alive()

    def check_alive(self) -> None:
        """Raises ``TargetDied`` if the system is gone."""

    # ---- what not every system can do ----

    def groups(self, port: str) -> dict[str, GroupState]:
        raise Unsupported("its memberships cannot be read out")

    def interface_state(self, port: str) -> dict[str, Any]:
        raise Unsupported("the state of its interfaces cannot be read out")

    def listen(self, socket: str, port: str, group: str, mode: str, sources: Sequence[str] = ()) -> bool:
        raise Unsupported("no applications run on it")

    def send_data(
        self, group: str, payload: bytes, port: str | None = None, ttl: int | None = None, loop: bool = True
    ) -> None:
        raise Unsupported("no applications run on it")

    def deliveries(self) -> list[Delivery]:
        return []

    def log(self) -> list[str]:
        return []

    def close(self) -> None:
        for tap in self.taps.values():
            tap.close()


class MininetSystem(RealTimeSystem):
    """A system in a Mininet node."""

    def __init__(self, setup: Setup) -> None:
        self.lab = MininetLab(setup)
        super().__init__(self.lab.taps)
        self.setup = setup

    def interface(self, port: str) -> InterfaceSetup:
        """What is configured on a port."""
        return self.setup.interfaces.get(port, InterfaceSetup())

    def mac(self, port: str) -> str:
        return mac_of_system(port)

    # ---- the world around, in cases of PIM ----

    def set_route(self, route: UnicastRoute) -> None:
        self.lab.set_route(route)

    def remove_route(self, prefix: str) -> None:
        self.lab.remove_route(prefix)

    def set_port_up(self, port: str, up: bool) -> None:
        self.lab.set_up(port, up)

    def close(self) -> None:
        self.lab.close()


class Daemons:
    """The processes of a routing daemon in a node ``lab``, their files in its folder, and their log."""

    daemon = ""  # for messages
    lab: MininetLab | DaemonNode

    def prepare(self) -> None:
        """Before the first process is started."""
        self.log_file = self.lab.folder / "log"
        self.log_file.touch()
        self._log_read = 0
        self.processes: list[subprocess.Popen] = []

    def run_daemon(
        self,
        command: Sequence[str],
        mounts: Mapping[Path, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.processes.append(self.lab.start(command, self.log_file, mounts, environment))

    def run_folder(self) -> Path:
        """An empty folder to be the daemon's /run."""
        folder = self.lab.folder / "run"
        folder.mkdir(exist_ok=True)
        return folder

    def write(self, name: str, text: str) -> Path:
        path = self.lab.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def wait_for(self, condition: Callable[[], Any], seconds: float, what: str) -> Any:
        """Waits while the daemon gets ready; ``TargetDied`` if it ends, ``TimeoutError`` if it takes too
        long.
        """
        limit = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            self.check_alive()
            if time.monotonic() > limit:
                raise TimeoutError(f"{self.daemon}: no {what} within {seconds:g} s; {self.last_words()}")
            time.sleep(0.005)

    def connect(self, path: Path, seconds: float) -> socket.socket:
        """A connection to the daemon's Unix socket, as soon as it answers there."""

        def attempt() -> socket.socket | None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.connect(str(path))
            except OSError:
                connection.close()
                return None
            return connection

        return self.wait_for(attempt, seconds, f"answer at {path.name}")

    def check_alive(self) -> None:
        for process in self.processes:
            status = process.poll()
            if status is not None:
                how = f"signal {-status}" if status < 0 else f"exit status {status}"
                raise TargetDied(f"{self.daemon} ended with {how}; {self.last_words()}")

    def last_words(self) -> str:
        lines = self.log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f"its last words: {' | '.join(lines[-3:])[-400:]}" if lines else "it logged nothing"

    def log(self) -> list[str]:
        """Lines since the last call."""
        with self.log_file.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._log_read)
            text = file.read()
            whole = text.rfind("\n") + 1
            self._log_read += len(text[:whole].encode("utf-8", errors="replace"))
        return text[:whole].splitlines()


class DaemonSystem(Daemons, MininetSystem):
    """A routing daemon in a Mininet node. ``launch``, of derived classes, starts it and makes it ready."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.prepare()
        try:
            self.launch()
        except BaseException:
            self.close()
            raise

    def launch(self) -> None:
        """Writes the configuration, starts the daemon, waits until it is ready and starts the clock."""
        raise NotImplementedError

    def start_clock_at_first_query(self, seconds: float) -> None:
        """Time zero is when the daemon began to ask on every port where it is to; or after ``seconds``
        anyway.
        """
        asking = [name for name in PORTS if self.asks_on(name)]
        times = [
            self.wait_for_frame(lambda frame, name=name: frame.port == name and is_query(frame.data), seconds)
            for name in asking
        ]
        self.start_clock(min((one for one in times if one is not None), default=None))

    def asks_on(self, port: str) -> bool:
        """Whether the daemon sends queries on a port as it is configured."""
        return self.interface(port).enabled


def is_query(frame: bytes) -> bool:
    """Whether a frame is a query of IGMP, or of MLD with a Hop-by-Hop Options header."""
    if frame[12:14] == b"\x86\xdd":
        message = 54 + (frame[55] + 1) * 8 if len(frame) > 55 else 0
        return len(frame) > max(message, 62) and (frame[20], frame[54], frame[message]) == (0, 58, 130)
    header = 14 + (frame[14] & 0x0F) * 4 if len(frame) > 14 else 0
    return len(frame) > max(header, 34) and frame[23] == 2 and frame[header] == 0x11


def output_lines(command: Sequence[str], environment: Mapping[str, str] | None = None) -> list[str]:
    """What a command prints, without empty lines; nothing if it cannot be run."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=10, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in (done.stdout or done.stderr).splitlines() if line.strip()]


def first_line(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """The first line that a command prints (its version, mostly), or the empty text."""
    return next(iter(output_lines(command, environment)), "")
