# SPDX-License-Identifier: GPL-2.0-only
"""Target ``pimd``: troglobit's pimd 2.3.2, a PIM sparse mode daemon with an IGMP router.

It looks at its timers every five seconds, so the query interval must be a multiple of that; its Robustness
Variable is 2 and its Query Response Interval 10 s, both fixed (its manual says 3; what it does says 2).
Memberships cannot be read out. It is its own Rendezvous Point, but a static one counts only when the daemon
has run for 15 to 21 seconds: where a case looks at forwarded data, time zero is after that; otherwise it is
the start.
"""

from __future__ import annotations

from multiprocessing.util import Finalize
from pathlib import Path

from conformance.harness.model import PORTS, InterfaceSetup, Setup, TimerSet, Unsupported
from conformance.harness.timers import Timers

from conformance.harness.pim_setup import PimSetup, PimTimers

from . import mininet_lab, unpacked
from .realtime import DaemonSystem, first_line

FEATURES = frozenset(
    "role:router igmp:2 igmp:3 log forwarding config:timers:qi config:igmp_version config:enabled"
    " config:ttl_threshold config:mtu".split()
)
# Of IPv4 alone. It cannot be told any timer of PIM that is short enough to wait for.
PIM_FEATURES = frozenset(
    "pim pim:bsr pim:routes pim:ports config:pim:dr_priority config:pim:spt:never config:pim:enabled"
    " config:pim:candidate_bsr config:pim:candidate_rp".split()
)
TICK = 5  # seconds
READY_SECONDS = 10.0
FORWARDING_SECONDS = (
    22.0  # from the start until the Rendezvous Point is used: a look at the timers after 15 s
)
SHORTEST_QUERIER_TIMEOUT = 8  # seconds


class PimdRouter(DaemonSystem):
    """One pimd in a Mininet node."""

    daemon = "pimd"
    log_options: tuple[str, ...] = ("-s", "debug", "-digmp_proto,igmp_members,interfaces")

    def __init__(self, setup: Setup, root: Path, timers: TimerSet) -> None:
        self._root, self._timers = root, timers
        super().__init__(setup)

    def launch(self) -> None:
        file = self.write("pimd.conf", configuration(self.setup, self._timers))
        (self.run_folder() / "pimd").mkdir()  # for its dumps
        program = str(self._root / "usr/sbin/pimd")
        self.run_daemon(
            [program, "-f", *self.log_options, "-c", str(file)],
            {self.run_folder(): "/run"},
            unpacked.environment(self._root),
        )
        self.start_clock_at_first_query(READY_SECONDS)

    def get_ready_to_forward(self) -> None:
        """Waits until a member gets data, which may have been long ago; that is time zero."""
        self.advance(FORWARDING_SECONDS)
        self.forget_frames()
        self.start_clock()


def configuration(setup: Setup, timers: TimerSet) -> str:
    """pimd.conf; ``Unsupported`` for what the daemon cannot be told."""
    if timers.qi % TICK:
        raise Unsupported(f"pimd counts in steps of {TICK} s and takes no query interval of {timers.qi:g} s")
    timeout = max(round(Timers(timers, setup.profile, 0.0).oqpi), SHORTEST_QUERIER_TIMEOUT)
    lines = [f"igmp-query-interval {timers.qi:.0f}", f"igmp-querier-timeout {timeout}"]
    for name in PORTS:
        one = setup.interfaces.get(name, InterfaceSetup())
        if one.igmp_version not in (2, 3):
            raise Unsupported(f"pimd does not speak IGMPv{one.igmp_version}")
        enabled = one.enabled and (setup.pim is None or setup.pim.interface(name).enabled)
        priority = setup.pim.interface(name).dr_priority if setup.pim else None
        lines.append(
            f"phyint {name} {'enable' if enabled else 'disable'} igmpv{one.igmp_version}"
            f" ttl-threshold {one.ttl_threshold}"
            + (f" dr-priority {priority}" if priority is not None else "")
        )
    if setup.pim is None:
        lines.append(f"rp-address {PORTS['up'].dut_address} 224.0.0.0/4")
    else:
        lines += _pim_lines(setup.pim)
    return "\n".join(lines) + "\n"


def _pim_lines(pim: PimSetup) -> list[str]:
    lines = [f"rp-address {one.address} {one.groups}" for one in pim.rps]
    if pim.spt == "never":
        lines.append("spt-threshold infinity")
    if pim.candidate_bsr is not None:
        lines.append(f"bsr-candidate {pim.candidate_bsr.address or ''} priority {pim.candidate_bsr.priority}")
    for one in pim.candidate_rps:
        lines.append(f"rp-candidate {one.address or ''} priority {one.priority}")
        lines += [f"group-prefix {group}" for group in one.groups]
    return lines


def mtus(setup: Setup) -> set[int]:
    """Those that are not the usual one."""
    return {one.mtu for one in setup.interfaces.values()} - {InterfaceSetup().mtu}


class PimdTarget:
    """See the head of the file. While a case looks at data, a spare system gets ready for the next."""

    name = "pimd"
    virtual = False
    features = FEATURES
    family_features = {"ipv4": PIM_FEATURES}
    pim_timers = PimTimers()
    timers = TimerSet(rv=2, qi=15.0, qri=10.0, lmqi=1.0)
    tolerance = 0.5
    patience = 40.0

    def __init__(self) -> None:
        self._root = unpacked.folder("pimd")
        self._spare: PimdRouter | None = None
        self._finalizer: Finalize | None = None

    def version(self) -> str:
        packaged = unpacked.package_version(self._root, "pimd")
        line = first_line([str(self._root / "usr/sbin/pimd"), "--version"], unpacked.environment(self._root))
        return line + (f" (Debian {packaged})" if packaged else "")

    def missing(self) -> str | None:
        why = mininet_lab.missing()
        if why:
            return why
        if not (self._root / "usr/sbin/pimd").is_file():
            return f"pimd is not there: {unpacked.FETCH}"
        return None

    def open(self, setup: Setup) -> PimdRouter:
        timers = setup.timers or self.timers
        if setup.pim is not None:
            return self._open_pim(setup, timers)
        if not setup.forwarding:
            return PimdRouter(setup, self._root, timers)
        usual = Setup("router", timers=self.timers)
        like_usual = configuration(setup, timers) == configuration(usual, self.timers) and not mtus(setup)
        system = (self._take_spare() if like_usual else None) or PimdRouter(setup, self._root, timers)
        try:
            if self._spare is None:
                self._spare = PimdRouter(usual, self._root, self.timers)
                self._finalizer = Finalize(self, self._spare.close, exitpriority=1)
            system.get_ready_to_forward()
        except BaseException:
            system.close()
            raise
        return system

    def _open_pim(self, setup: Setup, timers: TimerSet) -> PimdRouter:
        """With a Rendezvous Point time zero is when that counts."""
        system = PimdRouter(setup, self._root, timers)
        try:
            if setup.pim.rps:
                system.get_ready_to_forward()
        except BaseException:
            system.close()
            raise
        return system

    def _take_spare(self) -> PimdRouter | None:
        if self._finalizer:
            self._finalizer.cancel()
        taken, self._spare = self._spare, None
        return taken


def target() -> PimdTarget:
    """The factory that the registry of targets calls."""
    return PimdTarget()
