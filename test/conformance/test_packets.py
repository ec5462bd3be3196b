# SPDX-License-Identifier: GPL-2.0-only
"""Builders against Scapy's own layers, the decoder against both, and the matchers."""

from __future__ import annotations

import struct

import pytest
import scapy.contrib.igmpv3 as contrib
from scapy.contrib.igmp import IGMP
from scapy.layers.inet import IP, UDP, IPOption_Router_Alert
from scapy.layers.l2 import Ether

from conformance.harness import *  # noqa: F401,F403
from conformance.harness.wire import internet_checksum

G, S, T = "239.1.2.3", "10.0.0.9", "10.0.0.8"
CONTEXT = Context()


def built(packet):
    return decode(packet.build(CONTEXT))


def by_scapy(message, dst):
    """What Scapy makes of a message, with the IPv4 header that IGMP asks for."""
    header = IP(src="10.1.0.100", dst=dst, ttl=1, tos=0xC0, id=1, proto=2, options=[IPOption_Router_Alert()])
    return bytes(Ether(src="02:00:0a:01:00:64", dst=multicast_mac(dst)) / header / message)


@pytest.mark.parametrize(
    "packet, expected",
    [
        (
            general_query(),
            by_scapy(contrib.IGMPv3(mrcode=100) / contrib.IGMPv3mq(qrv=2, qqic=125), "224.0.0.1"),
        ),
        (
            group_query(G, s=True),
            by_scapy(contrib.IGMPv3(mrcode=10) / contrib.IGMPv3mq(gaddr=G, s=1, qrv=2, qqic=125), G),
        ),
        (
            group_source_query(G, [S, T], resv=3),
            by_scapy(
                contrib.IGMPv3(mrcode=10)
                / contrib.IGMPv3mq(gaddr=G, resv=3, qrv=2, qqic=125, srcaddrs=[S, T]),
                G,
            ),
        ),
        (
            report(is_in(G, [S, T]), to_ex("239.1.1.1")),
            by_scapy(
                contrib.IGMPv3(type=0x22, mrcode=0)
                / contrib.IGMPv3mr(
                    records=[
                        contrib.IGMPv3gr(rtype=1, maddr=G, srcaddrs=[S, T]),
                        contrib.IGMPv3gr(rtype=4, maddr="239.1.1.1"),
                    ]
                ),
                "224.0.0.22",
            ),
        ),
        (v1_query(), by_scapy(IGMP(type=0x11, mrcode=0), "224.0.0.1")),
        (v2_query(G, max_resp=2), by_scapy(IGMP(type=0x11, mrcode=20, gaddr=G), G)),
        (v1_report(G), by_scapy(IGMP(type=0x12, mrcode=0, gaddr=G), G)),
        (v2_report(G), by_scapy(IGMP(type=0x16, mrcode=0, gaddr=G), G)),
        (v2_leave(G), by_scapy(IGMP(type=0x17, mrcode=0, gaddr=G), "224.0.0.2")),
    ],
)
def test_packets_are_octet_for_octet_what_scapy_builds(packet, expected):
    assert packet.build(CONTEXT).hex() == expected.hex()


def test_the_decoder_and_scapy_read_the_same():
    message = built(group_source_query(G, [S, T], max_resp=20, qqi=300, qrv=5, s=True))
    theirs = message.packet
    query = theirs[contrib.IGMPv3mq]
    assert (message.group, list(message.sources), message.qrv, message.qqic, message.s) == (
        query.gaddr,
        query.srcaddrs,
        query.qrv,
        query.qqic,
        bool(query.s),
    )
    assert message.max_resp_code == theirs[contrib.IGMPv3].mrcode and message.max_resp == 20
    assert (message.src, message.dst, message.ttl, message.tos) == (theirs[IP].src, theirs[IP].dst, 1, 0xC0)
    assert (
        message.router_alert == 0 and message.checksum_ok and message.ip_checksum_ok and not message.problems
    )


def test_float_codes():
    assert [encode_float_code(value) for value in (0, 127, 128, 135, 248, 31743, 31744, 99999)] == [
        0,
        127,
        0x80,
        0x80,
        0x8F,
        0xFE,
        0xFF,
        0xFF,
    ]
    for code in range(256):
        assert encode_float_code(decode_float_code(code)) == code
    for value in range(1, 31745):
        assert decode_float_code(encode_float_code(value)) <= value
    assert (
        decode_float_code(0xFF) == 31744 and max_resp_code(25.5, 2) == 255 and max_resp_time(0xFF, 2) == 25.5
    )
    assert qqic(125) == 0x7D and max_resp_time(0, 1) == 10


def test_lies_are_told_where_asked_and_nowhere_else():
    assert built(general_query(checksum="bad")).problems == ["IGMP checksum is wrong"]
    assert built(general_query(ip_checksum="bad")).problems == ["IPv4 header checksum is wrong"]
    lying = built(general_query(count=65535))
    assert (
        lying.problems == ["query claims 65535 sources in 12 octets"]
        and lying.checksum_ok
        and lying.kind == "igmp"
    )
    assert "claims 9 records" in built(report(to_ex(G), count=9)).problems[0]
    assert "7 sources" in built(report(to_ex(G, [S], count=7))).problems[0]
    assert "words of auxiliary" in built(report(to_ex(G, [], aux_len=200))).problems[0]
    short = built(general_query(truncate=10))
    assert len(short.igmp) == 10 and short.checksum_ok and "query of 10 octets" in short.problems
    assert built(general_query(truncate=3)).problems == ["IGMP message of 3 octets"]
    longer = built(report(to_ex(G), extra=b"abcd"))
    assert longer.extra == b"abcd" and longer.checksum_ok and not longer.problems
    aux = built(report(to_ex(G, [S], aux=b"hello"), is_in("239.1.1.1", [T])))
    assert (
        aux.records[0].aux_len == 2
        and aux.records[0].aux == b"hello\0\0\0"
        and aux.records[1].sources == (T,)
    )
    assert len(general_query(cut_frame=30).build(CONTEXT)) == 30
    assert (
        general_query(padding=b"\0" * 10).build(CONTEXT)[-10:] == bytes(10)
        and not built(general_query(padding=b"\0" * 10)).extra
    )
    assert built(general_query(total_length=5000)).problems
    assert built(general_query(resv=15)).resv == 15 and built(report(to_ex(G), resv=0xFFFF)).resv == 0xFFFF


def test_every_truncation_of_a_frame_is_decoded_without_an_exception():
    frame = report(to_ex(G, [S, T]), is_in("239.1.1.1", [S])).build(CONTEXT)
    for length in range(len(frame)):
        message = decode(frame[:length])
        assert message.problems or length < 34, length
        assert str(message)


def test_ip_fields():
    odd = built(general_query(ttl=5, tos=0, router_alert=False, src="10.1.0.1", dst="10.1.0.10", ip_id=77))
    assert (odd.ttl, odd.tos, odd.router_alert, odd.src, odd.dst, odd.ip_id) == (
        5,
        0,
        None,
        "10.1.0.1",
        "10.1.0.10",
        77,
    )
    assert odd.dst_mac == CONTEXT.dut_mac and odd.src_mac == mac_of_tester("10.1.0.1")
    assert built(general_query(router_alert=7)).router_alert == 7
    twice = built(general_query(options=b"\x94\x04\0\0\x94\x04\0\0"))
    assert twice.problems == ["Router Alert appears twice"] and twice.ip_header_length == 28
    fragment = built(ip(17, dst=G, payload=b"12345678", more_fragments=True, fragment_offset=16))
    assert fragment.more_fragments and fragment.fragment_offset == 16 and fragment.kind == "ip"
    assert built(general_query(dst_mac="ff:ff:ff:ff:ff:ff")).dst_mac == "ff:ff:ff:ff:ff:ff"


def test_a_fragment_is_shown_as_one_not_as_a_message_of_another_type():
    first = built(ip(2, dst=G, payload=bytes(range(16)), more_fragments=True))
    last = built(ip(2, dst=G, payload=bytes(8), fragment_offset=16))
    assert "IPv4 fragment of protocol 2, 16 octets at 0" in str(first)
    assert "IPv4 fragment of protocol 2, 8 octets at 16" in str(last)
    assert "IGMP" not in str(first) + str(last)


def test_data_is_right_by_scapys_checksums():
    frame = data(G, S, payload=b"odd", ttl=7, dport=1234).build(CONTEXT)
    message = decode(frame)
    assert (message.kind, message.group, message.src, message.ttl, message.dport, message.payload) == (
        "data",
        G,
        S,
        7,
        1234,
        b"odd",
    )
    theirs = Ether(frame)
    checksum = theirs[UDP].chksum
    del theirs[UDP].chksum
    assert Ether(bytes(theirs))[UDP].chksum == checksum


def test_matchers_ask_for_what_was_given_and_nothing_else():
    query = built(group_query(G, s=True, ttl=1, max_resp=1))
    for match in (
        group_query(G),
        group_query(),
        group_query(G, s=True),
        group_query(G, router_alert=True),
        any_query(),
        group_query(G, max_resp=1, qrv=2, qqi=125),
        group_query(G, ttl=range(1, 3)),
        any_query(group=G),
        group_query(G, max_resp=lambda seconds: seconds < 2),
        any_igmp(),
        anything(ttl=1),
        igmp_message(0x11),
        group_query(G, where=lambda message: not message.sources),
        any_of(v2_query(), group_query(G)),
    ):
        assert match.matches(query), match
    for match in (
        group_query("239.9.9.9"),
        general_query(),
        group_query(G, s=False),
        group_query(G, version=2),
        group_query(G, ttl={2, 3}),
        group_query(G, max_resp=2),
        group_query(G, router_alert=False),
        v2_query(G),
        group_source_query(G),
        any_report(),
        data(G),
        igmp_message(0x16),
        group_query(G, checksum="bad"),
        any_of(v2_query(), general_query()),
    ):
        assert not match.matches(query), match


def test_a_wrong_checksum_is_matched_only_on_request():
    bad = built(general_query(checksum="bad"))
    assert not general_query().matches(bad) and not any_igmp().matches(bad)
    assert general_query(checksum="bad").matches(bad) and anything().matches(bad)


def test_records_match_exactly_or_as_a_part():
    message = built(report(is_ex(G, [S]), is_in("239.1.1.1", [T, S])))
    assert is_ex(G, [S]).matches(message) and is_ex(G).matches(message) and not is_ex(G, []).matches(message)
    assert not to_ex(G, [S]).matches(message) and is_in("239.1.1.1", [S, T]).matches(message)
    assert report(is_in("239.1.1.1"), is_ex(G)).matches(message) and report().matches(message)
    assert not report(is_ex(G)).matches(message) and report(is_ex(G), only=False).matches(message)
    assert not report(is_ex(G), is_ex(G), only=False).matches(message)
    assert any_report(G).matches(message) and not any_report("239.7.7.7").matches(message)


def test_reports_about_link_local_groups_do_not_count_unless_asked():
    message = built(report(is_ex("224.0.0.22", [])))
    assert not any_report().matches(message) and not any_igmp().matches(message)
    assert any_report(link_local=True).matches(message) and is_ex("224.0.0.22").matches(message)
    assert any_report().matches(built(report(is_ex("224.0.0.22", []), is_ex(G, []))))


def test_misuse_is_refused():
    with pytest.raises(TypeError, match="no field 'colour'"):
        general_query(colour=1)
    with pytest.raises(TypeError, match="can be expected but not sent"):
        any_query().build(CONTEXT)
    with pytest.raises(TypeError, match="where= is for expectations"):
        general_query(where=lambda message: True).build(CONTEXT)
    with pytest.raises(TypeError, match="truncate= builds a packet"):
        general_query(truncate=8).matches(built(general_query()))


def test_equal_packets_are_built_once_and_different_ones_are_not_confused():
    one, same = report(to_ex(G, [S])), report(to_ex(G, [S]))
    assert one.build(CONTEXT) is same.build(CONTEXT) and one == same and hash(one) == hash(same)
    assert report(to_ex(G, [T])).build(CONTEXT) != one.build(CONTEXT)
    assert group_query(G, s=True).but(s=False) == group_query(G, s=False)
    faster = Context(lmqi=0.5)
    assert decode(group_query(G).build(faster)).max_resp == 0.5


def test_checksum_of_odd_lengths_and_raw_octets():
    assert internet_checksum(b"\x01") == 0xFEFF
    octets = b"\x11\x64\0\0" + bytes(4)
    message = built(raw(octets, checksum="ok"))
    assert message.checksum_ok and message.kind == "general_query" and message.version == 2
    assert built(raw(octets)).igmp == octets and not built(raw(octets)).checksum_ok
    assert built(igmp_message(0x99, code=3, body=b"xyz")).igmp[:2] == b"\x99\x03"
    header = struct.unpack("!H", raw(octets, checksum=0x1234).build(CONTEXT)[40:42])
    assert header == (0x1234,)
