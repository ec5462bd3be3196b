# SPDX-License-Identifier: GPL-2.0-only
"""The nouns of the suite: what a case asks of a target, and what a target gives back.

A *target* is a kind of system (``core``, ``ns3``, ``mcastd``, ``frr``...). For each case it opens one fresh
*system under test* (``Sut``) from a ``Setup``; the ``Lab`` drives that system and the runner turns what
happened into a ``CaseResult``. Nothing in this file knows a protocol machine or a particular target.

Units: seconds as ``float`` everywhere in Python, counted from the opening of the system under test.
Frames are whole Ethernet frames as ``bytes``. Addresses are strings.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any, Protocol, Sequence


class Verdict(enum.Enum):
    """The outcome of one case on one target."""

    PASS = "pass"
    FAIL = "fail"
    EXPECTED_FAIL = "expected_fail"  # a failure that the target's expected-failures file explains
    INCONCLUSIVE = "inconclusive"  # the stimulus did not get through, or the lab itself broke
    NOT_APPLICABLE = "not_applicable"  # the target lacks a feature that the case needs
    AMBIGUOUS = "ambiguous"  # the standard has two readings; the result names the one observed


@dataclass(frozen=True)
class Port:
    """One Ethernet segment between the tester and the system under test."""

    name: str
    dut_address: str
    tester_address: str  # also: any other address of the prefix may be used by the tester
    prefix_length: int = 24
    dut_link_local: str = ""  # the system's IPv6 addresses, where they are not those of ``addressing``
    dut_global: str = ""


# The same three segments for every case. Addresses below and above the system's own exist on each, so that a
# tester can be a lower- or a higher-addressed querier. Sources of routed data sit on ``up``.
PORTS = {
    "lan": Port("lan", "10.1.0.10", "10.1.0.100"),
    "lan2": Port("lan2", "10.2.0.10", "10.2.0.100"),
    "up": Port("up", "10.0.0.10", "10.0.0.100"),
}


@dataclass(frozen=True)
class TimerSet:
    """Protocol variables of RFC 3376 section 8 as a case configures or assumes them. Seconds and counts.

    ``None`` leaves the default of the derivation in place (``sqi = qi / 4``, ``sqc = lmqc = rv``).
    """

    rv: int = 2
    qi: float = 125.0
    qri: float = 10.0
    lmqi: float = 1.0
    lmqc: int | None = None
    sqi: float | None = None
    sqc: int | None = None
    uri: float = 1.0  # Unsolicited Report Interval (IGMPv2: 10 s)


@dataclass(frozen=True)
class InterfaceSetup:
    """What is configured on the system's side of one port."""

    version: int | None = None  # of IGMP (1 to 3) or MLD (1, 2); None: the newest
    enabled: bool = True
    ttl_threshold: int = 1
    boundaries: tuple[str, ...] = ()  # group prefixes that don't cross this interface
    static_joins: tuple[tuple[str, str | None], ...] = ()  # (group, source or None)
    fast_leave: bool = False
    max_groups: int | None = None
    max_sources: int | None = None
    require_router_alert: bool | None = None  # None: the target's default
    require_on_subnet_source: bool | None = None
    mtu: int = 1500

    @property
    def igmp_version(self) -> int:
        """The version in a setup of the family ``ipv4``."""
        return 3 if self.version is None else self.version

    @property
    def mld_version(self) -> int:
        """The version in a setup of the family ``ipv6``: 1 or 2, MLD's own numbers."""
        return 2 if self.version is None else self.version


@dataclass(frozen=True)
class StaticRoute:
    """A static multicast route; ``source`` None stands for (*,G)."""

    group: str
    source: str | None
    incoming: str
    outgoing: tuple[str, ...]


@dataclass(frozen=True)
class Setup:
    """One fresh system under test. ``role``: ``host`` or ``router`` (querier and non-querier are routers).

    In the family ``ipv6`` it speaks MLD on ports with IPv6 addresses (link-local and global, see
    ``addressing``), and all addresses here are IPv6.
    """

    role: str
    profile: str = "rfc3376"  # or "rfc9776"; the same words stand for RFC 3810 and RFC 9777
    family: str = "ipv4"  # or "ipv6"
    timers: TimerSet | None = None  # None: the target's ``timers``
    interfaces: dict[str, InterfaceSetup] = field(default_factory=dict)  # missing port: InterfaceSetup()
    routes: tuple[StaticRoute, ...] = ()
    compatibility: bool = True  # False: the SSM-only switch of RFC 9776 7.2.1, 7.3.1
    seed: int = 1
    forwarding: bool = False  # data may be looked at: what forwarding takes must be ready at time zero
    pim: Any = None  # a ``pim_setup.PimSetup``: it speaks PIM on its ports, and knows the ways of that setup


@dataclass(frozen=True)
class Frame:
    """A frame on a port. ``sent`` is the tester's view: True for the tester's own frames."""

    time: float
    port: str
    data: bytes
    sent: bool = False


@dataclass(frozen=True)
class GroupState:
    """A router's membership record as read out; unknown fields are None."""

    group: str
    mode: str | None = None  # "include" or "exclude"
    sources: frozenset[str] | None = None  # running source timer: forwarded
    blocked: frozenset[str] | None = None  # EXCLUDE mode, timer zero
    version: int | None = None  # group compatibility mode; of MLD in its own numbers
    expires: float | None = None  # group timer, remaining seconds
    source_expires: dict[str, float] | None = None


@dataclass(frozen=True)
class Delivery:
    """A datagram that an application on the system under test received."""

    time: float
    socket: str
    source: str
    group: str
    payload: bytes


class Sut(Protocol):
    """One running system under test. All calls are made from one thread.

    A method that a system cannot serve raises ``Unsupported``; the runner gives the verdict *not applicable*
    (so declare the feature, and the case says ``needs=``).
    """

    def now(self) -> float:
        ...

    def send(self, port: str, frame: bytes) -> None:
        """Puts a frame on the wire at the current time."""

    def advance(self, until: float) -> None:
        """Lets time pass (virtual: runs the clock; real: sleeps while it collects).

        A virtual system may have a second method ``step(until)`` that does the same but may return early,
        at the time of the first frame or delivery: waiting for an answer is then exact, with fewer calls.
        """

    def frames(self) -> list[Frame]:
        """Frames the system put on its ports since the last call, oldest first; never the tester's own."""

    def mac(self, port: str) -> str:
        ...

    def groups(self, port: str) -> dict[str, GroupState]:
        """Membership state of a router's interface (feature ``state:groups``)."""

    def interface_state(self, port: str) -> dict[str, Any]:
        """Keys where known: ``querier`` (address), ``is_querier`` (bool), ``rv``, ``qi``, ``version``,
        ``compatibility`` (host: 1, 2 or 3; versions of MLD in its own numbers), ``counters`` (dict of str to
        int). Feature ``state:interfaces``."""

    def listen(self, socket: str, port: str, group: str, mode: str, sources: Sequence[str] = ()) -> bool:
        """IPMulticastListen (RFC 3376 2): ``mode`` "include" or "exclude". False: the system refused it."""

    def send_data(
        self, group: str, payload: bytes, port: str | None = None, ttl: int | None = None, loop: bool = True
    ) -> None:
        """An application on the system sends a UDP datagram to ``group``, port 5001."""

    def deliveries(self) -> list[Delivery]:
        """Datagrams that applications received since the last call (feature ``host:delivery``)."""

    def set_address(self, port: str, present: bool) -> None:
        """Takes the addresses of the setup's family away from a port, or gives them back: as IPv6 has it
        before and after duplicate address detection. Feature ``host:address``."""

    # PIM, where it is set up. All in real addresses; keys that a system doesn't tell are missing.

    def pim_interface(self, port: str) -> dict[str, Any]:
        """``dr`` (address), ``is_dr``, ``propagation_delay``, ``override_interval``, ``join_suppression``,
        ``generation_id``, ``counters``. Feature ``state:pim:interfaces``."""

    def pim_neighbors(self, port: str) -> list[dict[str, Any]]:
        """``address``, ``expires`` (None: never), ``dr_priority`` and ``generation_id`` (None: it told none),
        ``secondary``. Feature ``state:pim:neighbors``."""

    def pim_trees(self, group: str | None = None) -> list[dict[str, Any]]:
        """``kind`` ("*,G", "S,G", "S,G,rpt", "S,G,dense"), ``group``, ``source``, ``rp``, ``upstream``, ``joined``, ``spt_bit``,
        ``join_timer``, ``keepalive``, ``register_state``, ``interfaces``: dicts of ``port``, ``state``, ``expires``,
        ``prune_pending``, ``assert_state``, ``assert_winner``, ``assert_timer``... Feature ``state:pim:trees``. Of dense
        ones besides ``upstream_state``, ``prune_limit_timer``, ``graft_retry_timer``, ``originator``,
        ``state_refresh_timer``; ``join_timer`` is the Override Timer."""

    def pim_rp(self, group: str) -> str | None:
        """Feature ``state:pim:rp``; ``pim_rps()`` and ``pim_bootstrap()``: ``state:pim:rps``, ``state:pim:bsr``."""

    def set_route(self, route: Any) -> None:
        """A ``pim_setup.UnicastRoute`` instead of that to the same prefix; ``remove_route(prefix)``. Feature
        ``pim:routes``."""

    def set_port_up(self, port: str, up: bool) -> None:
        """Feature ``pim:ports``; ``set_addresses(port, addresses)``, its first one primary: ``pim:addresses``."""

    def log(self) -> list[str]:
        """Lines that the system logged (feature ``log``): trace events of ours, the log file of a daemon."""

    def close(self) -> None:
        ...


class Unsupported(Exception):
    """The system under test cannot do this; the message says what."""


class TargetDied(Exception):
    """The system under test is gone (a daemon that ended, a simulation that aborted); the message says how.

    Raised by any method of a ``Sut``. Before the first stimulus of a case that makes it inconclusive, after
    it the case has failed: whatever a peer sends, it must not kill a system.
    """


class Target(Protocol):
    """A kind of system. ``features`` are plain strings:

    ``role:router role:host igmp:1 igmp:2 igmp:3 mld:1 mld:2`` what it speaks;
    ``state:groups state:sources state:timers state:interfaces log counters`` what can be read out;
    ``forwarding`` routed data can be observed; ``forwarding:any-source`` but it does not follow source lists;
    ``host:listen host:delivery host:send`` the socket side; ``host:address`` addresses come and go;
    ``config:NAME`` a setting of ``Setup`` that it honours, NAME one of profile timers timers:rv timers:qi
    timers:qri timers:lmqi timers:lmqc timers:startup timers:uri igmp_version mld_version enabled
    ttl_threshold boundaries static_joins fast_leave limits router_alert on_subnet routes compatibility mtu;
    ``config:timers`` stands for every ``config:timers:...``;
    ``pim`` it speaks PIM-SM, ``pim:dense`` PIM-DM, ``pim:state-refresh`` its option, ``pim:data-ttl`` it sees the TTL of data, ``pim:bsr pim:embedded-rp`` and the rest that ``pim_cases`` names, ``config:pim:NAME``
    settings of ``PimSetup`` (``config:pim:timers`` all of its timers). The suite itself adds ``virtual`` or
    ``real-time``. ``wifi``: it has a method ``play_wifi(scenario)``, see ``conformance.wifi.case``.

    A target may also have: ``pim_timers`` (of PIM, as ``timers``), ``readout`` (seconds by which timers that it reads out may be off), ``ports`` (a
    Port by name, where its addresses are not those of ``PORTS``), ``patience`` (seconds: a case that says it
    takes longer there is not applicable), ``first_flood`` (seconds for which it floods nothing of a new source in
    dense mode: a case that is about something else waits for them), ``one_at_a_time`` (True: it never runs two cases at once),
    ``family_features`` (more features that it has in one family, by its name: see ``features_of``) and
    ``cannot_play(case)`` (why a case is not about systems of its kind, or None).
    """

    name: str
    virtual: bool  # virtual time: exact and fast; otherwise real seconds
    features: frozenset[str]
    timers: TimerSet  # what a case gets unless it asks for others (short ones for real time)
    tolerance: float  # seconds by which a reaction may be late

    def version(self) -> str:
        ...

    def missing(self) -> str | None:
        """Why it cannot run here (a package and the command that installs it), or None."""

    def open(self, setup: Setup) -> Sut:
        """A fresh system. Called in several (forked) processes at once: ``--jobs`` of them in real time."""


def features_of(target: Target, family: str) -> frozenset[str]:
    """All features of a target in cases of a family."""
    more = getattr(target, "family_features", {}).get(family, frozenset())
    return target.features | more | {"virtual" if target.virtual else "real-time"}


@dataclass
class Step:
    """One rung of the message ladder: a frame, an expectation, an application call or a remark."""

    time: float
    kind: str  # "tx" tester to system, "rx" system to tester, "app", "expect", "note"
    port: str
    text: str
    ok: bool | None = None  # for "expect"


@dataclass
class CaseResult:
    """What one case did on one target; the report and summary.json are made from these alone."""

    case: str  # module-qualified name without the package: "igmpv3_querier.to_in_..."
    title: str
    target: str
    verdict: Verdict
    requirements: tuple[str, ...]
    role: str
    reason: str = ""  # why it failed, was not applicable, which reading was seen
    seconds: float = 0.0  # wall time
    steps: list[Step] = field(default_factory=list)
    pcap: str = ""  # file name below the output folder
    saboteur: str = ""  # set in a sabotage run
    unexpected: bool = False  # it passed although the expected-failures file names it
    attempts: int = 1  # a real-time case that fails is tried once more while nothing else runs
