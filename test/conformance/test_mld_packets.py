# SPDX-License-Identifier: GPL-2.0-only
"""MLD: builders against Scapy's own layers, the decoder against both, matchers with labels and with real
text."""

from __future__ import annotations

import pytest
import scapy.layers.inet6 as inet6
from scapy.layers.inet import UDP
from scapy.layers.l2 import Ether

from conformance.harness import *  # noqa: F401,F403
from conformance.harness import rewrite
from conformance.harness.addressing import Names
from conformance.harness.building6 import octets_of_mld
from conformance.harness.saboteur_fields import FIELDS
from conformance.harness.model import Frame

G, S, T = "239.1.2.3", "10.0.0.9", "10.0.0.8"
G6, S6, T6 = "ff1e::1:2:3", "2001:db8::9", "2001:db8::8"
LABELS, REAL = Names("ipv6", port="lan"), Names("ipv6", port="lan", labels=False)
CONTEXT = Context(names=LABELS)


def built(packet, names=LABELS):
    return decode(packet.build(CONTEXT), names=names)


def by_scapy(message, dst):
    """What Scapy makes of a message, with the headers that MLD asks for."""
    header = inet6.IPv6(src="fe80::1:64", dst=dst, hlim=1)
    alert = inet6.IPv6ExtHdrHopByHop(options=[inet6.RouterAlert(value=0)])
    return bytes(Ether(src="02:00:0a:01:00:64", dst=multicast_mac(dst)) / header / alert / message)


@pytest.mark.parametrize(
    "packet, expected",
    [
        (general_query(), by_scapy(inet6.ICMPv6MLQuery2(mrd=10000, QRV=2, QQIC=125), "ff02::1")),
        (
            group_query(G, s=True),
            by_scapy(inet6.ICMPv6MLQuery2(mladdr=G6, mrd=1000, S=1, QRV=2, QQIC=125), G6),
        ),
        (
            group_source_query(G, [S, T], resv=3),
            by_scapy(
                inet6.ICMPv6MLQuery2(
                    mladdr=G6, mrd=1000, Resv=3, QRV=2, QQIC=125, sources=[S6, T6], sources_number=2
                ),
                G6,
            ),
        ),
        (
            report(is_in(G, [S, T]), to_ex("ff05::1:3")),
            by_scapy(
                inet6.ICMPv6MLReport2(
                    records=[
                        inet6.ICMPv6MLDMultAddrRec(rtype=1, dst=G6, sources=[S6, T6], sources_number=2),
                        inet6.ICMPv6MLDMultAddrRec(rtype=4, dst="ff05::1:3", sources_number=0),
                    ],
                    records_number=2,
                ),
                "ff02::16",
            ),
        ),
        (v2_query(), by_scapy(inet6.ICMPv6MLQuery(mrd=10000), "ff02::1")),
        (v2_query(G, max_resp=2), by_scapy(inet6.ICMPv6MLQuery(mrd=2000, mladdr=G6), G6)),
        (v2_report(G), by_scapy(inet6.ICMPv6MLReport(mladdr=G6), G6)),
        (v2_leave(G6), by_scapy(inet6.ICMPv6MLDone(mladdr=G6), "ff02::2")),
    ],
)
def test_packets_are_octet_for_octet_what_scapy_builds(packet, expected):
    assert packet.build(CONTEXT).hex() == expected.hex()
    assert packet.matches(built(packet)) and packet.matches(built(packet, REAL))


def test_the_case_sees_labels_or_real_addresses_and_people_see_real_ones():
    packet = report(is_in(G, [S, T]))
    mine, theirs = built(packet), built(packet, REAL)
    assert (mine.src, mine.dst, mine.records[0].group, mine.records[0].sources) == (
        "10.1.0.100",
        "224.0.0.22",
        G,
        (S, T),
    )
    assert (theirs.src, theirs.dst, theirs.records[0].group) == ("fe80::1:64", "ff02::16", G6)
    assert (
        str(mine) == str(theirs)
        and str(mine) == f"MLDv2 report IS_IN {G6} {{{S6}, {T6}}} fe80::1:64 > ff02::16"
    )
    assert packet.shown(LABELS) == f"report IS_IN {G6} {{{S6}, {T6}}}"
    assert v2_leave(G, src="10.1.0.5").shown(LABELS) == f"done {G6} src=fe80::1:5"
    assert any_of(v2_query(G), any_igmp()).shown(LABELS) == f"group query {G6} version=1 or any MLD"
    for names in (LABELS, REAL):
        message = built(group_source_query(G, [S]), names)
        for match in (
            group_source_query(G, [S]),
            group_source_query(G6, [S6]),
            any_query(group={G}),
            any_query(group={G6}),
            any_query(src="10.1.0.100"),
            any_query(src="fe80::1:64"),
            any_query(version=3, max_resp=1, ttl=1),
        ):
            assert match.matches(message), (match, names)
        for match in (
            any_query(src="2001:db8:1::64"),
            any_query(group="239.9.9.9"),
            any_query(version=2),
            v2_query(G),
        ):
            assert not match.matches(message), (match, names)


def test_a_global_source_is_not_mistaken_for_the_host():
    message = built(general_query(src="2001:db8:1::a"))
    assert message.src == "2001:db8:1::a" and not general_query(src="10.1.0.10").matches(message)
    assert built(general_query(src="10.1.0.10")).src == "10.1.0.10"


def test_codes_of_mld():
    assert [encode_mld_code(value) for value in (0, 1000, 32767, 32768, 8387583, 8387584, 10**9)] == [
        0,
        1000,
        32767,
        0x8000,
        0xFFFE,
        0xFFFF,
        0xFFFF,
    ]
    assert all(encode_mld_code(decode_mld_code(code)) == code for code in range(65536))
    assert decode_mld_code(0x8000) == 32768 and decode_mld_code(0xFFFF) == 8387584
    assert all(decode_mld_code(encode_mld_code(value)) <= value for value in range(32000, 9000000, 997))
    assert max_resp_code(70, 2, "ipv6") == 65535 and max_resp_time(65535, 2, "ipv6") == 65.535
    assert (
        built(general_query(max_resp=40.96)).max_resp == 40.96
        and built(v2_query(max_resp=40.0)).max_resp == 40
    )
    assert general_query(max_resp=1000).matches(built(general_query(max_resp=1000)))


def test_lies_are_told_where_asked_and_nowhere_else():
    assert built(general_query(checksum="bad")).problems == ["MLD checksum is wrong"]
    assert general_query(checksum="bad").matches(built(general_query(checksum="bad")))
    assert not general_query().matches(built(general_query(checksum="bad")))
    lying = built(general_query(count=65535))
    assert (
        lying.problems == ["query claims 65535 sources in 28 octets"]
        and lying.checksum_ok
        and lying.kind == "igmp"
    )
    assert "claims 9 records" in built(report(to_ex(G), count=9)).problems[0]
    assert "7 sources" in built(report(to_ex(G, [S], count=7))).problems[0]
    assert "words of auxiliary" in built(report(to_ex(G, [], aux_len=200))).problems[0]
    assert built(general_query(truncate=10)).problems == ["query of 26 octets"]
    assert built(general_query(truncate=8)).version == 2 and built(general_query(truncate=7)).problems
    longer = built(report(to_ex(G), extra=b"abcd"))
    assert longer.extra == b"abcd" and longer.checksum_ok and not longer.problems
    aux = built(report(to_ex(G, [S], aux=b"hello"), is_in("239.1.1.1", [T])))
    assert aux.records[0].aux == b"hello\0\0\0" and aux.records[1].sources == (T,)
    assert (
        built(general_query(total_length=5000)).problems and built(general_query(total_length=0)).proto == 0
    )
    odd = built(general_query(code=7, reserved=0x1234, resv=15))
    assert (odd.code, odd.reserved, odd.resv) == (7, 0x1234, 15) and general_query(reserved=0x1234).matches(
        odd
    )
    assert built(v2_report(G, max_resp_code=5)).max_resp_code == 5
    assert built(report(to_ex(G), resv=0xFFFF, code=3)).resv == 0xFFFF


def test_headers():
    odd = built(general_query(ttl=5, tos=0x28, router_alert=False, dst="10.1.0.10"))
    assert (odd.ttl, odd.tos, odd.router_alert, odd.dst, odd.ip_header_length) == (
        5,
        0x28,
        None,
        "10.1.0.10",
        40,
    )
    assert odd.dst_mac == CONTEXT.dut_mac and built(general_query()).ip_header_length == 48
    assert built(general_query(router_alert=7)).router_alert == 7 and "Router Alert 7" in str(
        built(general_query(router_alert=7))
    )
    assert built(general_query(options=b"\x05\x02\0\0\x05\x02\0\0")).problems == [
        "Router Alert appears twice"
    ]
    assert built(general_query(options=b"\1\0")).router_alert is None
    assert built(general_query(options=b"\0\x05\x02\0\0")).problems == [
        "Router Alert of 2 octets at offset 3"
    ]
    fragment = built(ip(17, dst=G, payload=b"12345678", more_fragments=True, fragment_offset=16))
    assert fragment.more_fragments and fragment.fragment_offset == 16 and fragment.kind == "ip"
    for make in (v1_query, v1_report):
        with pytest.raises(TypeError, match="no counterpart"):
            make().build(CONTEXT)
    with pytest.raises(TypeError, match="no header checksum"):
        general_query(ip_checksum="bad").build(CONTEXT)


def test_cuts_lie_in_the_same_field():
    assert [octets_of_mld("general_query", n) for n in (0, 3, 4, 5, 7, 8, 9, 11, 12, 16)] == [
        0,
        3,
        4,
        12,
        20,
        24,
        25,
        27,
        28,
        44,
    ]
    assert [octets_of_mld("report", n) for n in (7, 8, 12, 13, 16, 20)] == [7, 8, 12, 16, 28, 44]
    whole = built(group_source_query(G, [S]))
    assert octets_of_mld("group_source_query", 16) == len(whole.igmp)
    assert octets_of_mld("report", 8 + 8 + 4) == len(built(report(to_ex(G, [S]))).igmp)


def test_every_truncation_of_a_frame_is_decoded_without_an_exception():
    frame = report(to_ex(G, [S, T]), is_in("239.1.1.1", [S])).build(CONTEXT)
    for length in range(len(frame)):
        message = decode(frame[:length], names=LABELS)
        assert message.problems or length < 34, length
        assert str(message)


def test_data_is_right_by_scapys_checksums():
    frame = data(G, S, payload=b"odd", ttl=7, dport=1234).build(CONTEXT)
    message = decode(frame, names=LABELS)
    assert (message.kind, message.group, message.src, message.ttl, message.payload) == (
        "data",
        G,
        S,
        7,
        b"odd",
    )
    assert not message.problems and data(G6, S6).matches(message)
    theirs = Ether(frame)
    checksum = theirs[UDP].chksum
    del theirs[UDP].chksum
    assert Ether(bytes(theirs))[UDP].chksum == checksum and theirs[inet6.IPv6].src == S6
    assert "UDP checksum is wrong" in decode(frame[:-1] + b"x", names=LABELS).problems


def test_reports_about_solicited_node_groups_are_hidden():
    node = is_ex("ff02::1:ff00:a", [])
    only, both = report(node), report(node, is_ex(G, []))
    assert built(only).records == () and built(only).hidden and not report().matches(built(only))
    assert not any_report().matches(built(only)) and any_report(link_local=True).matches(built(only))
    assert report(is_ex(G, [])).matches(built(both)) and "ff02::1:ff00:a" in str(built(both))
    for names in (LABELS, REAL):  # ff02::1:ff00:a and ff02::1:ff01:a are of the system's addresses on lan
        mine = built(report(node, is_ex(G, []), is_ex("ff02::1:ff01:a", [])), names)
        assert len(mine.records) == 1 and len(mine.hidden) == 2 and report(is_ex(G, [])).matches(mine)
        assert not report(is_ex(G, []), node).matches(mine)
    foreign = report(is_ex("ff02::1:ff28:9c5a", []), is_ex(G, []))
    assert len(built(foreign).records) == 1 and len(built(foreign, REAL).records) == 2
    assert not report(is_ex(G, [])).matches(built(foreign, REAL))
    assert not any_report().matches(built(v2_report("ff02::1:ff00:a")))


def test_frames_of_the_other_family_are_frames():
    mld, igmp4 = general_query().build(CONTEXT), general_query().build(Context())
    assert decode(mld, names=Names()).kind == "frame" and decode(igmp4, names=LABELS).kind == "frame"
    assert decode(mld).kind == decode(igmp4).kind == "general_query"
    assert not any_igmp().matches(decode(igmp4, names=LABELS)) and "0x0800" in str(
        decode(igmp4, names=LABELS)
    )


SAMPLES = [
    general_query(),
    group_query(G, s=True),
    group_source_query(G, [S, T]),
    v2_query(G),
    v2_report(G),
    v2_leave(G),
    report(is_in(G, [S, T])),
    report(to_ex(G, [S])),
    report(allow(G, [S])),
    data(G, S),
]


@pytest.mark.parametrize("names", [Names(), LABELS], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("saboteur", FIELDS, ids=lambda one: one.name)
def test_every_field_saboteur_changes_something_that_can_be_seen(saboteur, names):
    context = Context(names=names)
    changed = 0
    for packet in SAMPLES:
        frame = packet.build(context)
        out = saboteur.change(frame)
        before, after = decode(frame, names=names), decode(out, names=names)
        changed += out != frame
        assert str(after)
        if out != frame and saboteur.name not in ("wrong checksum", "wrong payload"):
            assert (
                after.problems == before.problems or names.family == "ipv4" or after.kind in ("igmp", "ip")
            ), packet
    assert changed


def test_the_field_that_a_saboteur_names_is_the_one_that_changes():
    query = group_query(G).build(CONTEXT)
    by_name = {one.name: lambda frame, one=one: decode(one.change(frame), names=LABELS) for one in FIELDS}
    assert by_name["wrong TTL"](query).ttl == 64 and by_name["wrong TOS"](query).tos == 0x0C
    assert (
        by_name["no Router Alert"](query).router_alert is None
        and by_name["no Router Alert"](query).checksum_ok
    )
    assert by_name["wrong QRV"](query).qrv == 7 and by_name["wrong QQIC"](query).qqic == 125 ^ 0x11
    assert (
        by_name["S flag flipped"](query).s
        and by_name["wrong max resp code"](query).max_resp_code == 0x300 | (0xE8 + 37) % 256
    )
    assert (
        by_name["wrong version"](query).version == 2 and by_name["wrong group"](query).group == "239.1.2.41"
    )
    assert by_name["wrong version"](v2_report(G).build(CONTEXT)).records[0].group == G
    assert not by_name["wrong checksum"](query).checksum_ok
    listed = report(is_in(G, [S, T])).build(CONTEXT)
    assert by_name["wrong version"](listed).kind == "v2_report"
    one = group_source_query(G, [S]).build(CONTEXT)
    assert by_name["a source dropped"](one).kind == "group_query" and by_name["a source changed"](
        one
    ).sources != (S,)
    assert by_name["reserved bits set"](listed).resv == 0xA000 and by_name["auxiliary data"](query).group == G
    assert by_name["group as source address"](query).src.startswith("ff")
    assert rewrite.family_of(query) == "ipv6" and rewrite.layout_of(data(G, S).build(CONTEXT)) is None
    assert Frame(0.0, "lan", query).data == query
