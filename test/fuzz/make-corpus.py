#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes test/fuzz/corpus: for each fuzz target a few seeds, made of real messages. Run it after a change of a format.

    test/fuzz/make-corpus.py

A seed of ``node`` or ``router`` is a sequence of operations in the order in which fuzz-node.cc or fuzz-router.cc reads it.
"""

from __future__ import annotations

import shutil
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scapy.compat import raw  # noqa: E402
from scapy.contrib.pim import PIMv2HelloDRPriority, PIMv2HelloGenerationID, PIMv2HelloHoldtime  # noqa: E402
from scapy.layers.inet import IP  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.packet import Packet  # noqa: E402

from conformance.harness import packets  # noqa: E402
from conformance.harness.addressing import Names  # noqa: E402
from conformance.layers.pim import *  # noqa: E402,F401,F403

FOLDER = ROOT / "test" / "fuzz" / "corpus"
GROUP, SOURCES = "239.1.2.3", ["10.0.0.1", "10.0.0.2", "10.9.0.1"]

MESSAGES = {
    "general-query-v1": packets.v1_query(), "general-query-v2": packets.v2_query(),
    "group-query-v2": packets.v2_query(GROUP), "general-query-v3": packets.general_query(),
    "group-query-v3": packets.group_query(GROUP, s=True),
    "group-source-query": packets.group_source_query(GROUP, SOURCES),
    "report-v1": packets.v1_report(GROUP), "report-v2": packets.v2_report(GROUP), "leave": packets.v2_leave(GROUP),
    "report-is-in": packets.report(packets.is_in(GROUP, SOURCES)),
    "report-many": packets.report(packets.to_ex(GROUP, []), packets.allow("232.1.1.1", SOURCES),
                                  packets.block("239.1.2.4", SOURCES[:1]), packets.is_ex("239.1.2.5", SOURCES)),
    "report-aux": packets.report(packets.record(7, GROUP, SOURCES, aux=b"abcdefgh")),
    "query-lies": packets.group_source_query(GROUP, SOURCES, count=65535),
    "data": packets.data(GROUP, "10.0.0.1"), "with-options": packets.data(GROUP, "10.0.0.1", options=b"\x94\x04\0\0\1\1"),
}

TEXTS = ["0.0.0.0", "224.0.0.22", "255.255.255.255", "239.1.2.3/8", "10.0.0.0/33", "::", "::1", "ff02::16", "fe80::1/64",
         "2001:db8::1:0:0:1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4/120", "1::2::3", "01.2.3.4", "1.2.3", "ff3e::/32"]


def write(target: str, name: str, octets: bytes) -> None:
    """Writes one seed."""
    folder = FOLDER / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(octets)


class Operations:
    """Builds a seed of ``node``; ports, groups and sources are numbers as in fuzz-node.cc."""

    def __init__(self, router: bool) -> None:
        self.octets = bytes([int(router), 1])

    def add(self, *octets: int) -> Operations:
        self.octets += bytes(octets)
        return self

    def wait(self, seconds: int) -> Operations:
        return self.add(2, *struct.pack("!H", seconds))

    def report(self, kind: int, group: int, sources: tuple[int, ...] = (), member: int = 2, port: int = 1) -> Operations:
        """One record; ``kind`` counts from 0 (MODE_IS_INCLUDE)."""
        return self.add(5, 0, kind, group, len(sources), *sources, 0, member, 0, port)

    def older(self, kind: int, group: int, port: int = 1) -> Operations:
        """0 leave, 1 version 1 report, 2 version 2 report."""
        return self.add(8, kind, group, 0, 2, 0, port)

    def query(self, bits: int, group: int | None = None, sources: tuple[int, ...] = (), port: int = 1) -> Operations:
        """bits: version - 1, 0x20 the S flag."""
        bits |= (0 if group is None else 0x10) | (0x40 if sources else 0)
        given = () if group is None else (group,)
        code = () if bits % 3 == 0 else (100,)
        listed = (len(sources), *sources) if sources else ()
        return self.add(3, bits, *given, *code, 2, 125, *listed, 0, 2, 0, port)

    def data(self, source: int, group: int, ttl: int = 16, port: int = 0) -> Operations:
        return self.add(12, source, group, ttl, 0, port)

    def listen(self, socket: int, include: bool, group: int, sources: tuple[int, ...] = (), port: int = 1) -> Operations:
        return self.add(14, socket, int(include), port, group, len(sources), *sources)


IS_IN, IS_EX, TO_IN, TO_EX, ALLOW, BLOCK = range(6)

NODES = {
    "join-data-leave": Operations(True).wait(40).report(TO_EX, 0).data(0, 0).data(1, 0).wait(5).report(TO_IN, 0).wait(3)
    .data(0, 0),
    "sources": Operations(True).report(ALLOW, 0, (0, 1)).data(0, 0).data(5, 0).report(BLOCK, 0, (0,)).wait(3).data(0, 0)
    .report(TO_EX, 0, (1,)).wait(3).report(IS_EX, 0, (0, 1)).wait(300),
    "older-members": Operations(True).older(1, 0).older(2, 1).report(TO_EX, 0).wait(100).older(0, 0).older(0, 1).wait(400),
    "non-querier": Operations(True).query(2).report(TO_EX, 0).query(2, 0).query(2, 0, (0, 1)).wait(3).query(2 | 0x20, 0)
    .wait(300),
    "limits": Operations(True).add(9, TO_EX, 0, 99, 0, 2, 0, 1).add(9, TO_EX, 100, 99, 0, 2, 0, 1).add(9, 4, 200, 99, 1, 0,
                                                                                                    2, 0, 0),
    "many-sources": Operations(True).add(22, ALLOW, 0, 0, 200, 2, 0, 1).data(5, 0).wait(300),
    "flapping": Operations(True).report(TO_EX, 0).data(0, 0).add(16, 1, 0).data(0, 0).add(16, 1, 1).add(16, 0, 2).wait(10)
    .add(16, 0, 3).add(21, 1).report(TO_EX, 0).data(0, 0),
    "configuration": Operations(True).add(17, 0x12, 2, 125, 100, 40, 0x89, 10, 200, 1, 6, 8, 0, 1, 2, 0, 3, 2, 2, 1)
    .report(TO_EX, 0).add(17, 0x01, 2, 60, 50, 40, 0x41, 10, 200, 1, 1).wait(200),
    "static-routes": Operations(True).add(19, 1, 0, 5, 0, 1, 2).data(5, 0).add(19, 0, 0, 0, 1, 2).data(0, 0).add(19, 3, 0, 5)
    .data(5, 0).add(19, 4, 0, 5, 24, 0, 0).data(5, 0).wait(220).wait(220),
    "host": Operations(False).listen(0, False, 0).listen(1, True, 0, (0, 1)).query(2).wait(11).data(0, 0, port=1)
    .query(2, 0, (0,)).wait(5).add(15, 0).wait(3).add(15, 1).wait(3),
    "host-older-querier": Operations(False).listen(0, False, 0).query(1).wait(5).older(2, 0).query(0).wait(15)
    .add(15, 0).wait(500).listen(0, True, 0, (0,)).wait(3),
    "router-member": Operations(True).listen(0, False, 0).data(0, 0).add(20, 16, 1, 0, 1, 3, 1, 2, 3, 0).wait(300).add(15, 0)
    .wait(5),
}


class RouterOperations:
    """Builds a seed of ``router``; links, groups and sources are numbers as in fuzz-router.cc: group 0, source 0 (behind
    link 2) and 4 (on link 2) will do. Messages come from neighbour 1 of a link, well formed.
    """

    STARG, RPT, SG = 0, 1, 2

    def __init__(self, kind: int = 0) -> None:
        self.octets = bytes([kind])

    def add(self, *octets: int) -> RouterOperations:
        self.octets += bytes(octets)
        return self

    def wait(self, seconds: int) -> RouterOperations:
        return self.add(2, *struct.pack("!H", seconds))

    def join_prune(self, joins: tuple[int, ...], prunes: tuple[int, ...] = (), link: int = 3, to: int | None = None,
                   group: int = 0, source: int = 0) -> RouterOperations:
        """Entries are STARG, RPT or SG; ``to`` another neighbour of the link instead of us (0x80 and on)."""
        entries = [octet for kind in joins + prunes for octet in ((kind,) if kind == self.STARG else (kind, source))]
        upstream = link - 1 if to is None else to
        return self.add(4, 2, group, len(joins) | len(prunes) << 4, *entries, upstream, link - 1, 0, 0)

    def data(self, link: int, source: int = 0, group: int = 0, wrong: bool = False) -> RouterOperations:
        return self.add(17 if wrong else 15, link - 1, source, group)

    def asserted(self, link: int, bits: int, preference: int, metric: int, sender: int = 1) -> RouterOperations:
        """bits: 3 of a source, 4 RPT."""
        return self.add(8, 0, bits | 0x18, *(() if bits & 3 == 0 else (0,)), preference, metric, link - 1, sender, 0)

    def register(self, null: bool = False, source: int = 0) -> RouterOperations:
        return self.add(10, 2 if null else 0, 1, source, 0, 16, 0, 1, 0, 0)

    def register_stop(self) -> RouterOperations:
        return self.add(11, 0, 0, 4, 1)

    def member(self, link: int, kind: int = 3) -> RouterOperations:
        return self.add(20, kind, 0, 0, link - 1)


    def dense_data(self, link: int = 2) -> RouterOperations:
        """Of source 6, to the dense group 1: by link 2, or elsewhere as a wrong one."""
        return self.add(28, 0 if link == 2 else {1: 3, 2: 7, 3: 11}[link])

    def graft(self, link: int, ack: bool = False) -> RouterOperations:
        return self.add(24, 0x11 if ack else 0x10, self.SG, 6, link - 1, 0)

    def state_refresh(self, link: int, prune: bool = False) -> RouterOperations:
        return self.add(26, 0x20 if prune else 0, 6, 24, link - 1, 0, 0)


STARG, RPT, SG = RouterOperations.STARG, RouterOperations.RPT, RouterOperations.SG
SELF_RP = 4  # of the first octet
CANDIDATE = 0x18
DENSE = 0x20  # some groups are; with 0x10 all
PRUNED = {"prunes": (SG,), "group": 1, "source": 6}

ROUTERS = {
    "trees": RouterOperations().join_prune((STARG,)).join_prune((SG,)).data(1).data(2).wait(61).join_prune((), (STARG, SG))
    .wait(4),
    "rpt": RouterOperations().join_prune((STARG,), (RPT,)).wait(4).data(1).join_prune((STARG,)).wait(61)
    .join_prune((RPT,), (), 1, 0x81).join_prune((), (RPT,), 1, 0x81).wait(4),
    "last-hop": RouterOperations().member(3).data(1).data(2).wait(100).data(1, wrong=True).wait(200).add(19, 3).wait(210),
    "asserts": RouterOperations().join_prune((STARG,)).data(1).data(3, wrong=True).asserted(3, 4, 110, 5).wait(100)
    .asserted(3, 4, 110, 200).wait(181).join_prune((SG,)).data(2).data(3, wrong=True).asserted(3, 1, 110, 5).join_prune((SG,)),
    "first-hop": RouterOperations().data(2, 4).add(18, 1, 4, 0, 16, 0, 0).register_stop().wait(90).wait(10).wait(210)
    .wait(210),
    "rp": RouterOperations(SELF_RP).register().join_prune((STARG,)).register().data(2).register().register(True).wait(300),
    "bsr": RouterOperations(CANDIDATE).wait(200).add(12, 0, 1, 30, 200, 1, 0, 8, 1, 0, 50, 1, 0, 0, 0).member(3).wait(61)
    .add(13, 1, 100, 0, 1, 0, 8, 0, 0, 0).wait(200),
    "ssm": RouterOperations().join_prune((SG,), group=3).data(2, 0, 3).member(3, 5).add(22, 0, 16, 0x20, 1, 1).wait(210),
    "interfaces": RouterOperations().join_prune((SG,)).join_prune((STARG,)).add(21, 1, 0).add(21, 1, 5).add(23, 0, 1)
    .add(21, 2, 3).wait(61),
    "flood": RouterOperations(DENSE).dense_data().join_prune((), link=3, **PRUNED).join_prune((), link=1, **PRUNED).wait(4)
    .dense_data().graft(3).graft(2, True).wait(210).wait(210).wait(210),
    "dense-asserts": RouterOperations(DENSE | 0x10).dense_data().dense_data(3).asserted(3, 3, 110, 5).wait(60)
    .state_refresh(3).wait(181).dense_data().wait(210),
    "refreshes": RouterOperations(DENSE).dense_data().join_prune((), link=3, **PRUNED).wait(60).state_refresh(2).wait(60)
    .state_refresh(2, True).wait(3).add(28, 4).wait(61).wait(61).state_refresh(2).add(21, 2, 0).add(21, 2, 5).wait(400),
}

# Inputs that once were findings.
FINDINGS = {
    "router": {"assert-without-rp": "e9140300007b0f0000000f01000002000d110000000200c813032000d2",
               "registered-then-deconfigured": "000f010400120104001000000b0000040102005a02000a0200d20200d2"},
}


def pim_messages(group: str, source: str, rp: str, neighbor: str, data: Packet) -> dict[str, Packet]:
    """One of each message of PIM, of the family of the addresses; ``data`` is the packet of the Register."""
    sets = [
        PIMGroupSet(group=group, joins=[PIMEncodedSource(address=rp, wildcard=1, rpt=1)],
                    prunes=[PIMEncodedSource(address=source, rpt=1)]),
        PIMGroupSet(group=group, joins=[source]),
    ]
    options = [
        PIMv2HelloHoldtime(holdtime=105), PIMHelloLANPruneDelay(tracking=1), PIMv2HelloDRPriority(dr_priority=1),
        PIMv2HelloGenerationID(generation_id=7), PIMHelloAddressList(addresses=[rp]), PIMHelloStateRefresh(interval=60),
        PIMHelloOption(type=65001, value=b"new"),
    ]
    rps = [PIMBootstrapRP(address=rp), PIMBootstrapRP(address=source, holdtime=0)]
    return {
        "hello": PIMHello(options=options), "register": PIMRegister(border=1) / data,
        "null-register": null_register(source, group), "register-stop": PIMRegisterStop(group=group, source=source),
        "join-prune": PIMJoinPrune(upstream=neighbor, groups=sets),
        "bootstrap": PIMBootstrap(bsr=rp, groups=[PIMBootstrapGroup(group=group, rps=rps), PIMBootstrapGroup(group=group)]),
        "assert": PIMAssert(group=group, source=source, rpt=1, preference=110, metric=20),
        "graft": PIMGraft(upstream=neighbor, groups=sets[1:]), "graft-ack": PIMGraftAck(upstream=neighbor, groups=sets[1:]),
        "candidate-rp": PIMCandidateRP(rp=rp, groups=[group]),
        "state-refresh": PIMStateRefresh(group=group, source=source, originator=rp, prune_now=1),
    }


def write_pim() -> None:
    """The messages of both families; the fuzz target puts the checksum right."""
    ipv4 = pim_messages(GROUP, "10.9.0.1", "10.8.0.1", "10.0.0.2", IP(src="10.9.0.1", dst=GROUP))
    ipv6 = pim_messages("ff1e::3", "2001:db8::9", "2001:db8::8", "fe80::2", IPv6(src="2001:db8::9", dst="ff1e::3"))
    for first, suffix, messages in ((b"\0", "", ipv4), (b"\1", "-ipv6", ipv6)):
        for name, message in messages.items():
            write("pim", name + suffix, first + raw(PIM() / message))


def write_ipv4_and_igmp() -> None:
    for name, packet in MESSAGES.items():
        frame = packet.build(packets.Context())
        header = (frame[14] & 0x0F) * 4
        write("ipv4", name, b"\0" + frame[14:])
        if packet.kind == "data":
            continue
        write("igmp", name, b"\2" + frame[14 + header:])
        if name.endswith(("v1", "v2")):
            write("igmp", name + "-old-receiver", b"\1" + frame[14 + header:])


def write_ipv6_and_mld() -> None:
    """The same messages, but those of IGMPv1 and the options of IPv4, which IPv6 has no counterpart of."""
    for name, packet in MESSAGES.items():
        if name.endswith("v1") or name == "with-options":
            continue
        packet = packet.but(options=bytes([1, 4, 0, 0, 0, 0])) if name == "group-query-v2" else packet
        frame = packet.build(packets.Context(names=Names("ipv6", port="lan")))
        write("ipv6", name, frame[14:])
        if packet.kind == "data":
            continue
        message = frame[14 + 40 + 8:]  # after the header and the Hop-by-Hop options
        write("mld", name, b"\2" + message)
        if name.endswith("v2"):
            write("mld", name + "-old-receiver", b"\1" + message)


def write_wifi() -> None:
    """Elements, and operations of fuzz-wifi.cc: what, length, octets."""
    write("wifi", "tim", bytes([5, 5, 0, 3, 3, 0, 1]))
    write("wifi", "fms", bytes([86, 5, 2, 0x18, 0xFF, 1, 9]))
    group = bytes.fromhex("01005e010200")
    tclas = bytes([14, 17, 255, 0, 2]) + bytes(6) + group + bytes(2)
    fms = bytes([10, 9, 1, 87, 29, 1, 1, 26, 2, 2, 0, 0, 0, 0]) + tclas
    dms = [bytes([10, 23, 2, 99, 2 + 20 + len(gcr), 0, 20 + len(gcr), 0]) + tclas + gcr
           for gcr in (b"", bytes([1, 2, 2, 1]), bytes([1, 2, 3, 1]))]
    for name, body in (("wnm-fms", fms), ("wnm-dms", dms[0]), ("wnm-gcr", dms[2])):
        write("wifi", name, body)

    def frame(control: int, flags: int, body: bytes = b"", station: int = 1) -> bytes:
        return bytes([control, flags, 0, 0]) + bytes(11) + bytes([station]) + group + b"\x10\0" + body

    def operation(what: int, octets: bytes = b"") -> bytes:
        return bytes([what, len(octets)]) + octets

    for number, request in enumerate((fms, *dms)):
        seed = bytes([2]) + operation(1, b"\x09") + operation(1, b"\x02")
        seed += operation(0, frame(0xD0, 0, request)) + operation(0, frame(0x48, 0x11, station=2))
        for _ in range(3):
            seed += operation(2, bytes(40)) + operation(3) + operation(4) + operation(132)
        seed += operation(0, frame(0xA4, 0x10)) + operation(0, frame(0x94, 0, bytes(12))) + operation(4)
        seed += operation(0, frame(0x08, 0x01, bytes(60))) + operation(5, b"\x7f") + operation(3) + operation(4)
        write("wifi", f"bss-{number}", seed)


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    write_ipv4_and_igmp()
    write_ipv6_and_mld()
    write_pim()
    write_wifi()
    for number, text in enumerate(TEXTS):
        write("text", f"{number:02}", text.encode())
    write("codes", "steps", struct.pack("!8I", 0, 127, 128, 1023, 1024, 31743, 31744, 0xFFFFFFFF))
    for name, operations in NODES.items():
        write("node", name, operations.octets)
        write("node", f"{name}-ipv6", bytes([operations.octets[0] | 2]) + operations.octets[1:])
    for target, findings in FINDINGS.items():
        for name, octets in findings.items():
            write(target, name, bytes.fromhex(octets))
    for name, seed in ROUTERS.items():
        write("router", name, seed.octets)
        write("router", f"{name}-ipv6", bytes([seed.octets[0] | 1]) + seed.octets[1:])


if __name__ == "__main__":
    main()
