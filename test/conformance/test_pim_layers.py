# SPDX-License-Identifier: GPL-2.0-only
"""PIM for Scapy: the octets of the standards, the same as those of the core's codec; round trips; messages
that lie; garbage; and what tshark says of all of them."""

from __future__ import annotations

import random
import struct
import subprocess

import pytest
from scapy.compat import raw
from scapy.contrib.pim import (  # noqa: F401 (eval needs them)
    PIMv2HelloDRPriority,
    PIMv2HelloGenerationID,
    PIMv2HelloHoldtime,
)
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrHopByHop, RouterAlert
from scapy.layers.l2 import Ether
from scapy.packet import NoPayload, Packet, Raw, fuzz
from scapy.utils import checksum, wrpcap

from conformance.layers.pim import *  # noqa: F401,F403
from conformance.layers.pim_address import full_length

LINK = {
    "ipv4": {"group": "239.1.2.3", "source": "10.9.0.1", "rp": "10.8.0.1", "neighbor": "10.0.0.2"},
    "ipv6": {"group": "ff1e::3", "source": "2001:db8::9", "rp": "2001:db8::8", "neighbor": "fe80::2"},
}
RANGE = {"ipv4": "239.0.0.0/8", "ipv6": "ff15::/16"}
FAMILIES = pytest.mark.parametrize("family", ["ipv4", "ipv6"])


def over(family: str, message: Packet) -> Packet:
    """The message in the IP packet that a router on a LAN sends."""
    if family == "ipv4":
        return IP(src="10.0.0.1", dst="224.0.0.13", ttl=1, tos=0xC0) / message
    return IPv6(src="fe80::1", dst="ff02::d", hlim=1, tc=0xC0) / message


def again(packet: Packet) -> Packet:
    """What is dissected of what is built."""
    return type(packet)(raw(packet))


def messages(family: str) -> dict[str, Packet]:
    """One of each message, with all of its parts."""
    names = LINK[family]
    group, source, rp, neighbor = names["group"], names["source"], names["rp"], names["neighbor"]
    sets = [
        PIMGroupSet(
            group=group,
            joins=[PIMEncodedSource(address=rp, wildcard=1, rpt=1)],
            prunes=[PIMEncodedSource(address=source, rpt=1)],
        ),
        PIMGroupSet(group=PIMEncodedGroup(address=group, bidirectional=1), joins=[source, rp]),
    ]
    data = IP(src="10.9.0.1", dst=group) if family == "ipv4" else IPv6(src=source, dst=group)
    rps = [PIMBootstrapRP(address=rp), PIMBootstrapRP(address=source, holdtime=0, priority=5)]
    zone = PIMEncodedGroup(address=group, zone=1, mask_length=16)
    records = [PIMPackedRecord(group=group, source=address) for address in (source, rp)]
    refresh = {"group": group, "source": source, "originator": rp, "preference": 110, "metric": 20, "ttl": 9}
    return {
        "hello": PIM() / PIMHello(options=hello_options(rp)),
        "register": PIM() / PIMRegister(border=1) / data / UDP(sport=5, dport=6) / Raw(b"data!"),
        "null register": PIM() / null_register(source, group),
        "register stop": PIM() / PIMRegisterStop(group=group, source=source),
        "join prune": PIM() / PIMJoinPrune(upstream=neighbor, groups=sets),
        "graft": PIM() / PIMGraft(upstream=neighbor, groups=[PIMGroupSet(group=group, joins=[source])]),
        "graft ack": PIM()
        / PIMGraftAck(upstream=neighbor, groups=[PIMGroupSet(group=group, joins=[source])]),
        "bootstrap": PIM(flags="N")
        / PIMBootstrap(
            fragment_tag=0xABCD,
            bsr=rp,
            groups=[PIMBootstrapGroup(group=zone, rps=rps), PIMBootstrapGroup(group=group)],
        ),
        "assert": PIM() / PIMAssert(group=group, source=source, rpt=1, preference=110, metric=20),
        "candidate rp": PIM() / PIMCandidateRP(rp=rp, priority=7, groups=[RANGE[family], group]),
        "packed null registers": PIM() / PIMPackedNullRegister(records=records),
        "packed register stops": PIM() / PIMPackedRegisterStop(records=records),
        "state refresh": PIM() / PIMStateRefresh(**refresh, mask_length=24, prune_now=1, assert_override=1),
    }


def hello_options(secondary: str) -> list[Packet]:
    return [
        PIMHelloHoldtime(holdtime=105),
        PIMHelloLANPruneDelay(tracking=1),
        PIMHelloDRPriority(dr_priority=1),
        PIMHelloGenerationID(generation_id=0x12345678),
        PIMHelloAddressList(addresses=[secondary]),
        PIMHelloStateRefresh(interval=60),
        PIMHelloOption(type=0x0101, value=b"new"),
        PIMHelloOption(type=65001),
    ]


def body(message: Packet, family: str = "ipv4") -> str:
    """The octets of a message but its checksum, in hex."""
    octets = raw(over(family, message)[PIM])
    return (octets[:2] + octets[4:]).hex()


def in_hex(*octets: int) -> str:
    return bytes(octets).hex()


def test_hello_is_the_octets_of_the_rfc():
    message = PIM() / PIMHello(options=hello_options("10.0.1.1")[:5])
    assert body(message) == in_hex(
        *(0x20, 0, 0, 1, 0, 2, 0, 105, 0, 2, 0, 4, 0x81, 0xF4, 9, 0xC4, 0, 19, 0, 4, 0, 0, 0, 1),
        *(0, 20, 0, 4, 0x12, 0x34, 0x56, 0x78, 0, 24, 0, 6, 1, 0, 10, 0, 1, 1),
    )
    message = PIM() / PIMHello(options=hello_options("2001:db8::1")[4:])
    address = bytes.fromhex("20010db8000000000000000000000001")
    assert body(message, "ipv6") == in_hex(
        *(0x20, 0, 0, 24, 0, 18, 2, 0, *address, 0, 21, 0, 4, 1, 60, 0, 0),
        *(1, 1, 0, 3, *b"new", 0xFD, 0xE9, 0, 0),
    )


def test_join_prune_is_the_octets_of_the_rfc():
    rp, pruned = PIMEncodedSource(address="10.8.0.1", wildcard=1, rpt=1), PIMEncodedSource(
        address="10.9.0.1", rpt=1
    )
    sets = [
        PIMGroupSet(group="239.1.2.3", joins=[rp], prunes=[pruned]),
        PIMGroupSet(group="232.1.1.1", joins=["10.9.0.1"]),
    ]
    expected = (
        *(0, 1, 0, 10, 0, 0, 2, 0, 2, 0, 210),
        *(1, 0, 0, 32, 239, 1, 2, 3, 0, 1, 0, 1, 1, 0, 7, 32, 10, 8, 0, 1, 1, 0, 5, 32, 10, 9, 0, 1),
        *(1, 0, 0, 32, 232, 1, 1, 1, 0, 1, 0, 0, 1, 0, 4, 32, 10, 9, 0, 1),
    )
    assert body(PIM() / PIMJoinPrune(upstream="10.0.0.2", groups=sets)) == in_hex(0x23, *expected)
    assert body(PIM() / PIMGraft(upstream="10.0.0.2", groups=sets, holdtime=210)) == in_hex(0x26, *expected)
    assert body(PIM() / PIMGraftAck(upstream="10.0.0.2", groups=sets, holdtime=210)) == in_hex(
        0x27, *expected
    )
    assert PIMGraft().holdtime == PIMGraftAck().holdtime == 0


@pytest.mark.parametrize(
    "message, expected",
    [
        (
            PIMRegisterStop(group="239.1.2.3", source="10.9.0.1"),
            (0x22, 0, 1, 0, 0, 32, 239, 1, 2, 3, 1, 0, 10, 9, 0, 1),
        ),
        (
            PIMAssert(group="239.1.2.3", source="10.9.0.1", rpt=1, preference=110, metric=20),
            (0x25, 0, 1, 0, 0, 32, 239, 1, 2, 3, 1, 0, 10, 9, 0, 1, 0x80, 0, 0, 110, 0, 0, 0, 20),
        ),
        (
            PIMCandidateRP(
                priority=7, rp="10.8.0.1", groups=[PIMEncodedGroup(address="239.0.0.0", mask_length=8)]
            ),
            (0x28, 0, 1, 7, 0, 150, 1, 0, 10, 8, 0, 1, 1, 0, 0, 8, 239, 0, 0, 0),
        ),
        (
            PIMStateRefresh(
                **{
                    "group": "239.1.2.3",
                    "source": "10.9.0.1",
                    "originator": "10.8.0.1",
                    "metric": 20,
                    "ttl": 9,
                },
                **{"preference": 110, "mask_length": 24, "prune_indicator": 1, "assert_override": 1},
            ),
            (
                *(0x29, 0, 1, 0, 0, 32, 239, 1, 2, 3, 1, 0, 10, 9, 0, 1, 1, 0, 10, 8, 0, 1),
                *(0, 0, 0, 110, 0, 0, 0, 20, 24, 9, 0xA0, 60),
            ),
        ),
        (
            PIMRegisterStop(group="ff1e::3", source="::"),
            (0x22, 0, 2, 0, 0, 128, 0xFF, 0x1E, *bytes(13), 3, 2, 0, *bytes(16)),
        ),
    ],
)
def test_other_messages_are_the_octets_of_the_rfc(message, expected):
    assert body(PIM() / message) == in_hex(*expected)


def test_bootstrap_is_the_octets_of_the_rfc():
    zone = PIMEncodedGroup(address="224.0.0.0", mask_length=4, zone=1)
    rps = [PIMBootstrapRP(address="10.8.0.1"), PIMBootstrapRP(address="10.9.0.1", holdtime=0, priority=5)]
    fixed = {"fragment_tag": 0xABCD, "bsr": "10.8.0.1"}
    head = (0x24, 0x80, 0xAB, 0xCD, 30, 64, 1, 0, 10, 8, 0, 1, 1, 0, 1, 4, 224, 0, 0, 0)
    first, second = (1, 0, 10, 8, 0, 1, 0, 150, 192, 0), (1, 0, 10, 9, 0, 1, 0, 0, 5, 0)
    whole = PIM(flags="N") / PIMBootstrap(**fixed, groups=[PIMBootstrapGroup(group=zone, rps=rps)])
    assert body(whole) == in_hex(*head, 2, 2, 0, 0, *first, *second)
    for rp, octets in zip(rps, (first, second)):  # and as fragments, of which each has one RP of two
        group = PIMBootstrapGroup(group=zone, rp_count=2, rps=[rp])
        fragment = PIM(flags=0x80) / PIMBootstrap(**fixed, groups=[group])
        assert body(fragment) == in_hex(*head, 2, 1, 0, 0, *octets)
        assert again(over("ipv4", fragment))[PIMBootstrap].groups[0].rp_count == 2
    assert again(over("ipv6", PIM() / PIMBootstrap(bsr="2001:db8::1")))[PIMBootstrap].hash_mask_length == 126


@FAMILIES
def test_register_checksum_covers_eight_octets(family):
    packet = again(over(family, PIM() / PIMRegister(null=1) / Raw(b"\x05" + b"payload")))
    octets = packet[PIM].original
    assert len(octets) == 16 and packet[PIM].has_right_checksum()
    pseudo = b"" if family == "ipv4" else raw_pseudo_header(packet, 8)
    assert checksum(pseudo + octets[:8]) == 0
    assert checksum(pseudo + octets) != 0
    changed = bytearray(raw(packet))
    changed[-1] ^= 1  # not covered
    assert type(packet)(bytes(changed))[PIM].has_right_checksum()
    changed[-9] ^= 1
    assert not type(packet)(bytes(changed))[PIM].has_right_checksum()


@FAMILIES
def test_register_checksum_over_all_of_it_is_right_too(family):
    packet = over(family, PIM(chksum=0) / messages(family)["register"].payload)
    packet[PIM].chksum = pim_checksum(raw(packet[PIM]), packet[PIM].underlayer)
    received = again(packet)[PIM]
    assert received.has_right_checksum()
    assert pim_checksum(received.original[:8], received.underlayer) != 0


def raw_pseudo_header(packet: Packet, length: int) -> bytes:
    """RFC 8200 8.1, from the octets of the packet."""
    return raw(packet)[8:40] + struct.pack("!IHBB", length, 0, 0, 103)


def test_ipv6_checksum_has_a_pseudo_header():
    packet = over("ipv6", messages("ipv6")["hello"])
    message = raw(packet)[40:]
    assert packet.build()[6] == 103
    assert checksum(raw_pseudo_header(packet, len(message)) + message) == 0
    elsewhere = again(packet)
    elsewhere.src = "fe80::2"
    assert again(packet)[PIM].has_right_checksum() and not elsewhere[PIM].has_right_checksum()
    alert = IPv6ExtHdrHopByHop(options=[RouterAlert()])
    behind = again(IPv6(src="fe80::1", dst="ff02::d") / alert / messages("ipv6")["hello"])
    assert behind[IPv6ExtHdrHopByHop].nh == 103 and behind[PIM].original == message


def test_checksum_without_or_over_ipv4_has_none():
    alone, above = raw(messages("ipv6")["assert"]), over("ipv4", messages("ipv6")["assert"])
    assert checksum(alone) == 0 and raw(above)[20:] == alone
    inner = again(IPv6(src="fe80::1", dst="fe80::2", nh=4) / above)
    assert inner[PIM].original == alone and inner[PIM].has_right_checksum()  # of the header next to it
    given = again(over("ipv4", PIM(chksum=0x1234) / PIMHello()))
    assert given[PIM].chksum == 0x1234 and not given[PIM].has_right_checksum()


def test_null_register_has_the_dummy_header_of_the_rfc():
    dummy = again(over("ipv4", PIM() / null_register("10.9.0.1", "239.1.2.3")))[PIMRegister]
    assert (dummy.null, dummy.border, raw(dummy.payload)[:4].hex()) == (1, 0, "45000014")
    assert (dummy[IP].proto, dummy[IP].src, dummy[IP].dst) == (103, "10.9.0.1", "239.1.2.3")
    assert checksum(raw(dummy.payload)) == 0 and len(dummy.payload) == 20
    dummy = again(over("ipv6", PIM() / null_register("2001:db8::9", "ff1e::3", border=1)))[PIMRegister]
    assert (dummy.null, dummy.border, dummy[IPv6].nh, dummy[IPv6].plen) == (1, 1, 103, 4)
    assert (dummy[PIM].version, dummy[PIM].type) == (0, 0)
    assert checksum(raw_pseudo_header(dummy.payload, 4) + raw(dummy[PIM])) == 0


@FAMILIES
def test_messages_round_trip(family):
    for name, message in messages(family).items():
        packet = over(family, message)
        octets = raw(packet)
        back = type(packet)(octets)
        assert [type(layer) for layer in layers(back)] == [type(layer) for layer in layers(packet)], name
        assert back[PIM].has_right_checksum(), name
        back.clear_cache()
        assert raw(back) == octets, name
        for _, field in fields(back[PIM]):
            assert not isinstance(field, Raw), name
        rebuilt = eval(back[PIM].command())  # noqa: S307 (Scapy's own way to write a packet down)
        assert raw(over(family, rebuilt)) == octets, name


def layers(packet: Packet) -> list[Packet]:
    return [packet.getlayer(number) for number in range(len(packet.layers()))]


def fields(packet: Packet):
    """Every field of a packet, of its parts and of its payload, with its name."""
    for name, value in packet.fields.items():
        for item in value if isinstance(value, list) else [value]:
            yield name, item
            if isinstance(item, Packet):
                yield from fields(item)
    if packet.payload:
        yield from fields(packet.payload)


@FAMILIES
def test_what_is_dissected_has_the_values(family):
    names = LINK[family]
    seen = {name: again(over(family, message))[PIM].payload for name, message in messages(family).items()}
    number, bits = (1, 32) if family == "ipv4" else (2, 128)
    stop = seen["register stop"]
    assert (stop.group.family, stop.group.mask_length, stop.group.address) == (number, bits, names["group"])
    assert (stop.source.family, stop.source.encoding, stop.source.address) == (number, 0, names["source"])
    first, second = seen["join prune"].groups
    assert (first.num_joins, first.num_prunes, second.num_joins, second.num_prunes) == (1, 1, 2, 0)
    star, pruned, plain = first.joins[0], first.prunes[0], second.joins[1]
    assert [(e.sparse, e.wildcard, e.rpt) for e in (star, pruned, plain)] == [(1, 1, 1), (1, 0, 1), (1, 0, 0)]
    assert (star.address, pruned.address, plain.mask_length) == (names["rp"], names["source"], bits)
    assert (first.group.bidirectional, second.group.bidirectional) == (0, 1)
    boot = seen["bootstrap"]
    assert boot.underlayer.flags == "N" and boot.fragment_tag == 0xABCD and boot.bsr.address == names["rp"]
    assert [(g.group.zone, g.group.mask_length, g.rp_count) for g in boot.groups] == [
        (1, 16, 2),
        (0, bits, 0),
    ]
    assert [(rp.holdtime, rp.priority) for rp in boot.groups[0].rps] == [(150, 192), (0, 5)]
    offered = seen["candidate rp"].groups
    assert [f"{g.address}/{g.mask_length}" for g in offered] == [RANGE[family], f"{names['group']}/{bits}"]
    refresh = seen["state refresh"]
    assert (refresh.originator.address, refresh.mask_length, refresh.ttl) == (names["rp"], 24, 9)
    assert (refresh.prune_indicator, refresh.prune_now, refresh.assert_override) == (0, 1, 1)
    register = seen["register"]
    assert register.border == 1 and register.null == 0 and register[UDP].dport == 6
    assert [(o.type, o.length) for o in seen["hello"].options] == [
        *(
            (1, 2),
            (2, 4),
            (19, 4),
            (20, 4),
            (24, 6 if family == "ipv4" else 18),
            (21, 4),
            (0x0101, 3),
            (65001, 0),
        ),
    ]


def test_what_was_dissected_can_be_changed():
    message = again(over("ipv4", messages("ipv4")["join prune"]))[PIM]
    message[PIMJoinPrune].groups[1].joins[0].address = "10.9.0.77"
    del message.chksum
    built = PIM(raw(message))
    assert built[PIMJoinPrune].groups[1].joins[0].address == "10.9.0.77" and checksum(raw(built)) == 0
    assert PIMAssert().group.address == "224.0.0.0"
    changed = PIMAssert()
    changed.group.address = "239.9.9.9"
    assert PIMAssert().group.address == "224.0.0.0"  # the default is nobody's own


def test_what_is_added_to_a_list_that_was_empty_is_built():
    message = again(PIM() / PIMCandidateRP(rp="10.8.0.1"))
    message[PIMCandidateRP].groups.append(PIMEncodedGroup(address="239.1.2.3"))
    assert raw(message).endswith(bytes((239, 1, 2, 3)))
    assert again(PIM() / PIMCandidateRP())[PIMCandidateRP].groups == []


def test_addresses_in_text_say_their_mask_and_wrong_ones_are_refused():
    group = PIMRegisterStop(group="239.0.0.0/8").group
    assert (group.mask_length, group.address, full_length(group)) == (8, "239.0.0.0", 32)
    assert PIMEncodedUnicast(address="2001:DB8:0::1").address == "2001:db8::1"
    for wrong in ("10.0.0", "nonsense", "fe80::1::2"):
        with pytest.raises(OSError):
            PIMEncodedUnicast(address=wrong)


def test_counts_lengths_masks_and_versions_may_lie():
    sources = ["10.9.0.1", "10.9.0.2"]
    group = PIMGroupSet(
        group=PIMEncodedGroup(address="239.1.2.3", mask_length=33), num_joins=7, joins=sources
    )
    packet = again(over("ipv4", PIM() / PIMJoinPrune(upstream="10.0.0.2", num_groups=9, groups=[group])))
    seen = packet[PIMJoinPrune]
    assert (seen.num_groups, len(seen.groups), seen.groups[0].num_joins) == (9, 1, 7)
    assert [source.address for source in seen.groups[0].joins] == sources
    assert seen.groups[0].group.mask_length == 33
    group = PIMGroupSet(group="239.1.2.3", joins=sources)
    few = again(PIM() / PIMJoinPrune(num_groups=1, groups=[group, group]))
    assert len(few[PIMJoinPrune].groups) == 1 and few[Raw].load == raw(group)
    few = again(PIM() / PIMCandidateRP(prefix_count=0, groups=["239.0.0.0/8"]))
    assert few[PIMCandidateRP].groups == [] and few[Raw].load.hex() == "01000008ef000000"
    group = PIMBootstrapGroup(fragment_rp_count=0, rps=[PIMBootstrapRP(address="10.8.0.1")])
    assert again(PIM() / PIMBootstrap(groups=[group]))[PIMBootstrap].groups[0].rp_count == 1
    wrong = again(over("ipv4", PIM(version=1, type=5, flags=0xFF) / PIMAssert()))[PIM]
    assert (wrong.version, wrong.type, int(wrong.flags)) == (1, 5, 0xFF) and isinstance(wrong.payload, Raw)
    assert isinstance(again(over("ipv4", PIM(type=12) / Raw(b"1234")))[PIM].payload, Raw)
    cut = raw(PIM() / PIMAssert(group=None))
    assert len(cut) == 4 + 6 + 8  # None leaves the address out


def hello_of(*octets: int) -> list[Packet]:
    """The options that are dissected of these octets, which are those that are built again."""
    message = PIM(bytes((0x20, 0, 0, 0, *octets)))
    message.clear_cache()
    assert raw(message)[4:] == bytes(octets)
    return message[PIMHello].options


def test_hello_options_that_lie_are_kept_as_they_are():
    (long,) = hello_of(0, 1, 0, 4, 0, 5, 0, 0)  # a Holdtime of 4
    assert type(long) is PIMHelloOption and long.value == b"\0\5\0\0"
    short, next_one = hello_of(0, 20, 0, 2, 0, 5, 0, 1, 0, 2, 0, 7)  # a Generation ID of 2
    assert type(short) is PIMHelloOption and next_one.holdtime == 7
    (beyond,) = hello_of(0, 1, 0, 200, 0, 5)
    assert type(beyond) is PIMHelloOption and (beyond.length, beyond.value) == (200, b"\0\5")
    known, half = hello_of(0, 1, 0, 2, 0, 5, 0, 1)
    assert known.holdtime == 5 and type(half) is Raw
    (high,) = hello_of(0x13, 1, 0, 2, 0, 5)  # whose type ends like that of Holdtime
    assert type(high) is PIMHelloOption and high.type == 0x1301
    assert again(PIM() / PIMHello(options=[PIMHelloHoldtime(length=9)]))[PIMHello].options[0].length == 9


def test_unknown_families_and_encodings_survive():
    (listed,) = hello_of(0, 24, 0, 6, 9, 0, 1, 2, 3, 4)
    assert [(a.family, a.address) for a in listed.addresses] == [(9, b"\1\2\3\4")]
    (listed,) = hello_of(0, 24, 0, 11, 1, 0, 10, 0, 1, 1, 1, 0, 1, 2, 3)
    assert listed.addresses[0].address == "10.0.1.1" and type(listed.addresses[1]) is Raw
    strange = PIMEncodedUnicast(family=251, encoding=3, address=b"\1\2\3")
    boot = again(over("ipv6", PIM() / PIMBootstrap(bsr=strange)))[PIMBootstrap]
    assert (boot.bsr.family, boot.bsr.encoding, boot.bsr.address) == (251, 3, b"\1\2\3")
    lists = PIMGroupSet(
        group="239.1.2.3", joins=["10.9.0.1", PIMEncodedSource(encoding=1, address="10.9.0.2")]
    )
    joins = again(PIM() / PIMJoinPrune(groups=[lists]))[PIMJoinPrune].groups[0].joins
    assert [source.address for source in joins] == ["10.9.0.1", b"\x0a\x09\0\2"]
    stop = PIM() / PIMRegisterStop(group=PIMEncodedGroup(family=9, address=b"abcd"), source="10.9.0.1")
    assert raw(stop)[4:].hex() == "09000020" + b"abcd".hex() + "01000a090001"
    assert again(stop).payload == Raw(raw(stop)[4:])  # where the source begins nobody can tell
    assert raw(PIMEncodedUnicast(address=b"xyz")).hex() == "0000" + b"xyz".hex()
    mapped = again(PIM() / PIMRegisterStop(group="::ffff:239.1.2.3"))[PIMRegisterStop].group
    assert (mapped.family, mapped.address) == (2, "::ffff:239.1.2.3")


@FAMILIES
def test_messages_that_are_cut_are_never_filled_up_with_defaults(family):
    inner = 8 + (20 if family == "ipv4" else 40)
    for name, message in messages(family).items():
        octets = raw(message)
        for size in range(1, len(octets)):
            cut = PIM(octets[:size])
            if "register" not in name or size < inner:  # of what is within, Scapy's own layers fill up
                cut.clear_cache()
            assert raw(cut) == octets[:size], (name, size)
            assert size >= 4 or type(cut) is Raw
            assert IP not in cut and IPv6 not in cut or size >= inner
            if size > 4 and name in ("register stop", "assert", "state refresh"):
                assert type(cut.payload) is Raw, (name, size)


def random_octets(seed: int, count: int) -> list[bytes]:
    """Octets that mostly begin like a message."""
    source = random.Random(seed)
    starts = [b"", *(bytes([0x20 | kind]) for kind in range(10))]
    return [source.choice(starts) + source.randbytes(source.randrange(1, 90)) for _ in range(count)]


def test_garbage_becomes_raw():
    for octets in random_octets(7761, 1500):
        packet = PIM(octets)
        assert packet.summary() and packet.show(dump=True) and raw(packet) == octets
        assert len(octets) >= 4 or type(packet) is Raw
        if type(packet) is PIM and packet.version != 2:
            assert type(packet.payload) in (Raw, NoPayload)
        if PIMRegister not in packet:  # within which are Scapy's own layers
            packet.clear_cache()
            assert raw(packet) == octets


@FAMILIES
def test_garbage_in_ip_becomes_raw(family):
    for octets in random_octets(3973, 700):
        header = IP(proto=103) if family == "ipv4" else IPv6(nh=103)
        packet = again(header / Raw(octets))
        assert packet.show(dump=True) and raw(packet)[-len(octets) :] == octets
        assert type(packet.payload) is (Raw if len(octets) < 4 else PIM)


@FAMILIES
def test_flipped_messages_become_what_they_say(family):
    source = random.Random(5059)
    packets = [raw(over(family, message)) for message in messages(family).values()]
    start = 20 if family == "ipv4" else 40
    for _ in range(700):
        octets = bytearray(source.choice(packets))
        for _ in range(source.randrange(1, 4)):
            octets[source.randrange(start, len(octets))] = source.randrange(256)
        packet = (IP if family == "ipv4" else IPv6)(bytes(octets))
        packet.show(dump=True)
        assert PIM in packet and raw(packet) == bytes(octets)
        packet[PIM].has_right_checksum()


def test_scapy_can_fuzz_them():
    for message in messages("ipv4").values():
        kind = type(message.payload)
        for _ in range(20):
            assert len(raw(over("ipv4", PIM() / fuzz(kind())))) >= 24


def tshark(path: str, *names: str) -> list[list[str]]:
    """The fields of these names of each packet, as tshark sees them; all values of a field, with commas."""
    words = [word for name in names for word in ("-e", name)]
    command = ["tshark", "-r", path, "-T", "fields", *words]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split("\t") for line in lines]


@FAMILIES
def test_tshark_sees_the_same(family, tmp_path):
    named = messages(family)
    path, names = str(tmp_path / "pim.pcap"), LINK[family]
    ether = Ether(src="02:00:00:00:00:01", dst="01:00:5e:00:00:0d")
    wrpcap(path, [ether / over(family, message) for message in named.values()])
    end = "" if family == "ipv4" else "_ip6"
    flags = ["pim.prune_indicator", "pim.prune_now", "pim.assert_override"]
    rest = [
        "pim.mask_len",
        "pim.ttl",
        "pim.interval",
        "pim.metric_pref",
        "pim.metric",
        f"pim.originator{end}",
    ]
    wanted = {
        "state refresh": flags + rest,
        "join prune": [f"pim.join{end or '_ip'}", "pim.numjoins", "pim.numprunes"],
        "bootstrap": [f"pim.rp{end}", "pim.frp_count", "pim.hash_mask_len"],
        "hello": ["pim.holdtime", "pim.propagation_delay", f"pim.address_list{end}"],
    }
    every = ["_ws.malformed", "pim.cksum.status", "pim.type", *sum(wanted.values(), [])]
    seen = {name: dict(zip(every, row)) for name, row in zip(named, tshark(path, *every))}
    assert [row["_ws.malformed"] for row in seen.values()] == [""] * len(named)
    assert [row["pim.cksum.status"].split(",")[0] for row in seen.values()] == ["1"] * len(named)  # good
    types = [int(row["pim.type"].split(",")[0]) for row in seen.values()]
    assert types == [0, 1, 1, 2, 3, 6, 7, 4, 5, 8, 13, 13, 9]
    bits, hash_mask = ("32", "30") if family == "ipv4" else ("128", "126")
    rp, source = names["rp"], names["source"]
    for name, values in {
        "state refresh": ["0", "1", "1", f"{bits},24", "9", "60", "110", "20", rp],
        "join prune": [f"{rp},{source},{rp}", "1,2", "1,0"],
        "bootstrap": [f"{rp},{source}", "2,0", hash_mask],
        "hello": ["105", "500", rp],
    }.items():
        assert [seen[name][field] for field in wanted[name]] == values
