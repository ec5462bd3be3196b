# SPDX-License-Identifier: GPL-2.0-only
"""What the cases about trees, RPs and data share. The network is that of ``harness.pim_setup``.

The system is DR on every link. ``U`` on ``up`` leads to the RPs (10.8.0.n), to 10.9.0.n and to anything else, ``U2`` on the same link to 10.7.0.n, ``N2``
on ``lan2`` to 10.6.0.n. Downstream are ``D`` on ``lan`` and ``D2`` on ``lan2``.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Sequence

from conformance.harness import (
    LAN2_ROUTER,
    OTHER_RP,
    OTHER_UPSTREAM,
    OWN_RP,
    RP,
    UPSTREAM,
    Lab,
    Message,
    bootstrap,
    decode,
    join_g,
    join_prune,
    join_rpt,
    join_sg,
    prune_g,
    prune_rpt,
    prune_sg,
    register,
    register_stop,
    report,
    rp_range,
    to_ex,
)

G, G2 = "239.1.2.3", "239.1.2.4"
U, U2, N2 = UPSTREAM, OTHER_UPSTREAM, LAN2_ROUTER
D, D2 = "10.1.0.5", "10.2.0.5"
S, S3 = "10.9.0.1", "10.9.0.3"  # behind the router that leads to the RP
BESIDE = "10.7.0.1"  # a source behind the other router of the same link
APART = "10.6.0.1"  # a source behind ``lan2``
LOCAL, LOCAL2, LOCAL3 = "10.1.0.121", "10.1.0.122", "10.1.0.123"  # sources on ``lan``
REMOTE_DR = "10.9.0.200"
BSR = "10.8.0.50"
BESIDE_RP, APART_RP = "10.7.0.9", "10.6.0.9"
NOBODY = "0.0.0.0"  # a source that stands for all sources
ALL_GROUPS, ALL_PIM_ROUTERS = "224.0.0.0/4", "224.0.0.13"
FOR_EVER = 0xFFFF
BEST = {"preference": 0, "metric": 0}
WORST = {"preference": 0x7FFFFFFE, "metric": 0xFFFFFFFE}
INFINITE = {"preference": 0x7FFFFFFF, "metric": 0xFFFFFFFF}

AT_RP = {"rp": "dut"}
LEARNED = {"rp": None}
NEVER = {"spt": "never"}


def margin(lab: Lab) -> float:
    """Seconds to keep from a deadline, on either side."""
    return 2.5 * lab.timers.tolerance


def moment(lab: Lab) -> None:
    """Time for the system to do what it does at once."""
    lab.wait(2 * lab.timers.tolerance)


# ---- neighbours and their joins ----------------------------------------------------------------------------


def meet(lab: Lab, *addresses: str, **fields: Any) -> None:
    """Neighbours for the rest of the case (default: ``U``), none of them DR unless ``dr_priority=`` is given."""
    for address in addresses or (U,):
        lab.pim.neighbor(address, **fields)
    moment(lab)


def entry(lab: Lab, group: str, source: str | None, rp: str | None, joined: bool = True) -> Any:
    """The entry of a Join/Prune of a tree."""
    if source is None:
        return (join_g if joined else prune_g)(group, rp=rp)
    return (join_sg if joined else prune_sg)(group, source)


def rp_of(lab: Lab) -> str | None:
    """The RP that the system has for all groups by its configuration."""
    return lab.pim.setup.rps[0].address if lab.pim.setup.rps else None


def join(
    lab: Lab,
    group: str = G,
    source: str | None = None,
    by: str = D,
    rp: str | None = None,
    rpt_prunes: Sequence[str] = (),
    **fields: Any,
) -> float:
    """A downstream router joins the source's tree, or the group's, for ever; it is a neighbour by then."""
    lab.pim.neighbor(by)
    entries = [entry(lab, group, source, rp or rp_of(lab)), *(prune_rpt(group, one) for one in rpt_prunes)]
    when = lab.pim.join(by, *entries, **fields)
    moment(lab)
    return when


def prune(lab: Lab, group: str = G, source: str | None = None, by: str = D, rp: str | None = None) -> float:
    """It leaves the tree; with other neighbours on the link that takes a while (``prune_delay``)."""
    return lab.pim.join(by, entry(lab, group, source, rp or rp_of(lab), joined=False))


def prune_delay(lab: Lab) -> float:
    """J/P_Override_Interval."""
    return lab.pim.timers.override_delay


def joins(source: str | None, group: str, to: str | None = None, **fields: Any) -> Any:
    """The expectation of a join of a tree (``source`` None: of the group), among others."""
    one = join_g(group) if source is None else join_sg(group, source)
    return join_prune(one, only=False, upstream=to, **fields)


def prunes(source: str | None, group: str, to: str | None = None, rpt: bool = False, **fields: Any) -> Any:
    """The expectation of a prune."""
    one = prune_g(group) if source is None else (prune_rpt if rpt else prune_sg)(group, source)
    return join_prune(one, only=False, upstream=to, **fields)


def by_now(lab: Lab, port: str, what: Any, within: float = 0.0) -> Message:
    """A frame of any time until now (and a little more), taken."""
    return lab.ports[port].expect(what, after=0.0, within=lab.now + within)


def rp_in(message: Message, group: str) -> str:
    """The RP that a Join(*,G) names."""
    return next(one.address for one in message.pim.entries if one.group == group and one.kind == "*,G")


# ---- which RP ----------------------------------------------------------------------------------------------


def expect_rp(lab: Lab, group: str, rp: str, port: str = "up") -> None:
    """Members of the group make the system join it towards that RP."""
    lab.lan.send(report(to_ex(group, [])))
    lab.ports[port].expect(join_prune(join_g(group, rp=rp), only=False))


def expect_no_rp(lab: Lab, group: str) -> None:
    """Members of the group make the system join nothing."""
    lab.lan.send(report(to_ex(group, [])))
    for port in lab.ports.values():
        port.expect_none(join_prune(join_g(group), only=False), within=2 * lab.timers.tolerance)


def usual_mask(lab: Lab) -> int:
    """The hash mask length that RFC 5059 4.1 recommends."""
    return 30 if lab.family == "ipv4" else 126


def one_range(rps: Sequence[Any], prefix: str = ALL_GROUPS, count: int | None = None, flags: int = 0) -> Any:
    """A range of a Bootstrap message; rps: addresses, or (address, priority), or (address, priority, holdtime)."""
    whole = [(one, 192, 150) if isinstance(one, str) else (*one, 150)[:3] for one in rps]
    return rp_range(prefix, [(rp, holdtime, priority) for rp, priority, holdtime in whole], count, flags)


def learn(lab: Lab, *ranges: Any, **fields: Any) -> None:
    """A Bootstrap message of the upstream neighbour; ranges of ``one_range``."""
    lab.up.send(from_bsr(lab, *ranges, **fields))
    moment(lab)


def from_bsr(lab: Lab, *ranges: Any, **fields: Any) -> Any:
    """A Bootstrap message of ``BSR`` that comes by the upstream neighbour, its tag a new one."""
    values = {"bsr": BSR, "src": U, "hash_mask_length": usual_mask(lab), "fragment_tag": new_tag(lab)}
    return bootstrap(*ranges, **{**values, **fields})


def new_tag(lab: Lab) -> int:
    """A fragment tag that no earlier message of the case has."""
    return 0x4000 + len(lab.history) % 0x4000


def sent_message(lab: Lab, packet: Any, port: str = "up") -> Message:
    """A packet of the tester's as its receiver decodes it."""
    there = lab.ports[port]
    return decode(packet.build(there.context()), 0.0, port, there.names)


def digest(address):
    """32 bits that stand for an address: of IPv6 its four words, added without carry (RFC 7761 4.7.2)."""
    octets = ipaddress.ip_address(address).packed
    words = [int.from_bytes(octets[at : at + 4], "big") for at in range(0, len(octets), 4)]
    result = 0
    for word in words:
        result ^= word
    return result


def hashed(lab, group, candidates, length):
    """The RP that the hash function chooses, by labels."""
    real = lab.names.real
    bits = ipaddress.ip_address(real(group))
    host = bits.max_prefixlen - length
    masked = str(type(bits)(int(bits) >> host << host))

    def value(candidate):
        inner = (1103515245 * digest(masked) + 12345) ^ digest(real(candidate))
        return (1103515245 * inner + 12345) % (1 << 31), int(ipaddress.ip_address(real(candidate)))

    return max(candidates, key=value)


# ---- Registers ---------------------------------------------------------------------------------------------


def stops(source: str = S, group: str = G, **fields: Any) -> Any:
    """The expectation of the system's Register-Stop to a DR."""
    return register_stop(source, group, **{"src": OWN_RP, "dst": REMOTE_DR, **fields})


def send_register(lab: Lab, source: str = S, group: str = G, **fields: Any) -> float:
    """Data of a remote source in a Register of its DR, on ``up``."""
    return lab.up.send(register(source, group, **{"src": REMOTE_DR, "dst": OWN_RP, **fields}))


def register_of(lab: Lab, source: str = LOCAL, group: str = G, rp: str = RP, **fields: Any) -> Message:
    """Data of a local source, and its Register."""
    lab.lan.data(source, group, **fields)
    return lab.up.expect(register(source, group, dst=rp, null=False))


def expect_unregistered(lab: Lab, source: str = LOCAL, group: str = G) -> None:
    """Data of a local source makes no Register, as long as there is time for one."""
    lab.lan.data(source, group, payload=b"unregistered")
    lab.up.expect_none(register(source, group), within=2 * lab.timers.tolerance)


__all__ = [
    *"ALL_GROUPS ALL_PIM_ROUTERS APART APART_RP AT_RP BESIDE BESIDE_RP BEST BSR D D2 FOR_EVER G G2 INFINITE".split(),
    *"LEARNED LOCAL LOCAL2 LOCAL3 N2 NEVER NOBODY OTHER_RP OWN_RP REMOTE_DR RP S S3 U U2 WORST".split(),
    *"expect_no_rp expect_rp expect_unregistered from_bsr hashed by_now join joins learn margin meet moment one_range prune".split(),
    *"prune_delay prunes register_of rp_in send_register sent_message stops usual_mask".split(),
]
