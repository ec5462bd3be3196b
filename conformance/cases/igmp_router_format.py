# SPDX-License-Identifier: GPL-2.0-only
"""What a querier puts on the wire: its IGMPv3 queries with their IPv4 and Ethernet headers."""

from conformance.harness import *

from .igmp_router_common import A, B, GROUP

QUERIES = "IGMPV3-QUERIER-4.1.3-01", "IGMPV3-QUERIER-4.1.12-01", "IGMPV3-QUERIER-4.1.10-01"


def first_query(lab, port="lan", **fields):
    """The first General Query that the system sent on a port; its checksum is a case of its own."""
    fields = {"checksum": {"ok", "bad"}, **fields}
    return lab.ports[port].expect(general_query(**fields), after=0.0, within=lab.timers.qi)


def group_and_source_queries(lab):
    """One query about GROUP and one about its sources A and B, provoked by leaves."""
    lab.lan.send(report(to_ex(GROUP, [])))
    lab.lan.send(report(to_in(GROUP, [])), after=lab.timers.tolerance)
    about_group = lab.lan.expect(group_query(GROUP))
    lab.wait(lab.timers.lmqt + lab.timers.lmqi)
    lab.lan.send(report(is_in(GROUP, [A, B])))
    lab.lan.send(report(block(GROUP, [A, B])), after=lab.timers.tolerance)
    return about_group, lab.lan.expect(group_source_query(GROUP, [A, B]))


@case(
    *QUERIES,
    "IGMPV3-ANY-4.1.4-01",
    "IGMPV3R-QUERIER-4.1.4-01",
    role="querier",
    needs=igmp(3),
    mld=["MLDV2-QUERIER-5.1.5-01", "MLDV2-ANY-5.1.12-01", "MLDV2-ANY-5.1.1-01", "MLDV2R-QUERIER-5.1.6-01"],
)
def general_query_asks_about_no_group_and_no_source(lab):
    """A General Query has group 0.0.0.0, no sources, zero flags, twelve octets, and goes to 224.0.0.1."""
    query = first_query(lab)
    lab.check(query.version == 3 and query.type == 0x11, "it is a Membership Query of version 3")
    lab.check(query.group == "0.0.0.0" and query.sources == (), "it asks about no group and no source")
    lab.check(query.dst == ALL_SYSTEMS, "it goes to 224.0.0.1")
    lab.check(query.resv == 0, "the bits before the S flag are zero")
    lab.check(
        len(query.igmp) == query.fixed_size and query.extra == b"", "it ends after the number of sources"
    )


@case(
    *QUERIES,
    "IGMPV3-ANY-4.1.4-01",
    "IGMPV3R-QUERIER-4.1.4-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 2,
    mld=["MLDV2-QUERIER-5.1.5-01", "MLDV2-ANY-5.1.12-01", "MLDV2-ANY-5.1.1-01", "MLDV2R-QUERIER-5.1.6-01"],
)
def specific_queries_name_the_group_and_end_after_the_last_source(lab):
    """Specific Queries carry the group and N sources, 12 + 4 N octets in all, and go to the group."""
    about_group, about_sources = group_and_source_queries(lab)
    for query, sources in ((about_group, set()), (about_sources, {A, B})):
        lab.check(query.version == 3 and query.type == 0x11, f"{query.kind}: a Membership Query of version 3")
        lab.check(query.group == GROUP and query.dst == GROUP, f"{query.kind}: to the group that it is about")
        lab.check(set(query.sources) == sources, f"{query.kind}: the sources {sorted(sources)}")
        size = query.fixed_size + query.address_size * len(sources)
        lab.check(len(query.igmp) == size, f"{query.kind}: {size} octets")
        lab.check(query.extra == b"" and query.resv == 0, f"{query.kind}: nothing after it, zero flags")


@case(
    "IGMPV3-ANY-4-01",
    "IGMPV3-ANY-4-02",
    "RALERT-ANY-3376-4-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 2,
    mld=["MLDV2-ANY-5-01", "RALERT-ANY-3376-4-01"],
)
def queries_have_ttl_one_internetwork_control_and_router_alert(lab):
    """Every query is IPv4 protocol 2 with TTL 1, TOS 0xc0, Router Alert and a right checksum."""
    for query in (first_query(lab, checksum="ok"), *group_and_source_queries(lab)):
        lab.check(query.is_igmp and query.ttl == 1, f"{query.kind}: an IGMP message, TTL 1")
        if lab.family == "ipv4":
            lab.check(query.tos == 0xC0, f"{query.kind}: TOS 0xc0")
        lab.check(query.router_alert == 0, f"{query.kind}: Router Alert")
        lab.check(query.checksum_ok and query.ip_checksum_ok, f"{query.kind}: checksums of IGMP and IPv4")


@case(
    "RALERT-ANY-2113-2.1-01", "RALERT-ANY-2113-2.1-02", "RALERT-ANY-3376-4-01", role="querier", needs=igmp(3)
)
def router_alert_option_is_94_04_00_00(lab):
    """The option is 94 04 00 00 (copied flag set, number 20, length 4, value 0) in a header of 24 octets."""
    query = first_query(lab)
    lab.check(query.options == b"\x94\x04\x00\x00", "the options are the octets 94 04 00 00")
    lab.check(
        query.options[0] & 0x80 != 0, "the copied flag is set, so that each fragment would carry the option"
    )
    lab.check(query.ip_header_length == 24, "the IPv4 header has 24 octets")


@case(
    "IGMPV3-QUERIER-4.1.6-01",
    "IGMPV3-ROUTER-8.1-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.lmqt + 2,
    mld=["MLDV2-QUERIER-5.1.8-01", "MLDV2-ROUTER-9.1-01"],
)
def qrv_is_the_robustness_variable(lab):
    """QRV of every query is the querier's Robustness Variable, which is neither 0 nor, by default, 1."""
    for query in (first_query(lab), *group_and_source_queries(lab)):
        lab.check(query.qrv == lab.timers.rv, f"{query.kind}: QRV is {lab.timers.rv}")
        lab.check(query.qrv > 1, f"{query.kind}: a Robustness Variable is not zero and should not be one")


@case(
    "IGMPV3-QUERIER-4.1.6-01",
    role="querier",
    needs=igmp(3),
    setup=dict(timers=dict(rv=5)),
    mld="MLDV2-QUERIER-5.1.8-01",
)
def qrv_follows_the_configured_robustness_variable(lab):
    """A Robustness Variable of 5 is sent as QRV 5."""
    lab.check(first_query(lab).qrv == 5, "QRV is 5")


@case(
    "IGMPV3-QUERIER-4.1.6-01",
    role="querier",
    needs=igmp(3),
    setup=dict(timers=dict(rv=8)),
    mld="MLDV2-QUERIER-5.1.8-01",
)
def robustness_variable_above_seven_is_sent_as_zero(lab):
    """The field has three bits: a Robustness Variable of 8 is sent as QRV 0."""
    lab.check(first_query(lab).qrv == 0, "QRV is 0")


def _interval(seconds, code, *needs):
    def check(lab):
        query = first_query(lab)
        lab.check(query.qqic == code, f"QQIC of {seconds} s is 0x{code:02x}")
        lab.check(query.qqi == seconds, f"which stands for {seconds} s")

    check.__name__ = f"query_interval_of_{seconds}_seconds_is_qqic_{code:02x}"
    check.__doc__ = f"A Query Interval of {seconds} s is sent as QQIC 0x{code:02x}."
    case(
        "IGMPV3-QUERIER-4.1.7-01",
        role="querier",
        needs=[igmp(3), *needs],
        setup=dict(timers=dict(qi=float(seconds))),
        mld="MLDV2-QUERIER-5.1.9-01",
    )(check)


_interval(125, 0x7D)
_interval(128, 0x80)
_interval(992, 0xAF)
_interval(31744, 0xFF, "virtual")


@case(
    "IGMPV3-QUERIER-8.14.2-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: timers.qi + timers.sqi,
    mld="MLDV2-ROUTER-9.1-01",
)
def query_interval_is_not_shorter_than_the_max_response_time(lab):
    """The Query Interval that a query tells is not below the Max Response Time that it asks for."""
    query = first_query(lab)
    for _ in range(3):
        lab.check(
            query.qqi >= query.max_resp, f"{query.qqi} s of Query Interval, {query.max_resp:g} s to respond"
        )
        query = lab.lan.expect(general_query(), after=query, within=lab.timers.qi)


@case(
    "IGMPV3-QUERIER-8.14.2-01",
    "IGMPV3-QUERIER-6.1-01",
    role="querier",
    needs=igmp(3),
    seconds=lambda timers: 2 * timers.qi,
    mld=["MLDV2-ROUTER-9.1-01", "MLDV2-QUERIER-7.1-01", "MLDV2-ROUTER-7.6.2-01"],
)
def queries_are_not_closer_than_the_max_response_time(lab):
    """Two periodic General Queries are at least their own Max Response Time apart."""
    lab.wait((lab.timers.sqc - 1) * lab.timers.sqi + lab.timers.qi / 2)
    one = lab.lan.expect(general_query(), within=lab.timers.qi)
    two = lab.lan.expect(general_query(), after=one, within=lab.timers.qi)
    lab.check(
        two.time - one.time >= one.max_resp - lab.timers.tolerance, "the second comes after the response time"
    )
    lab.check(abs(two.time - one.time - one.qqi) <= 2 * lab.timers.tolerance, "they are one QQI apart")


def _coded_interval(profile, requirement, tenths, code):
    def check(lab):
        for query in group_and_source_queries_at_once(lab):
            lab.check(
                query.max_resp_code == code, f"{query.kind}: {tenths / 10:g} s is Max Resp Code 0x{code:02x}"
            )

    check.__name__ = f"last_member_query_interval_of_{tenths}_tenths_is_code_{code:02x}_{profile}"
    check.__doc__ = f"An LMQI of {tenths / 10:g} s is sent as Max Resp Code 0x{code:02x} ({profile})."
    case(
        requirement,
        role="querier",
        needs=igmp(3),
        setup=dict(profile=profile, timers=dict(qi=60.0, lmqi=tenths / 10)),
    )(check)


def group_and_source_queries_at_once(lab):
    """A query about a group and one about a source, of two groups, so that no LMQT has to pass."""
    other = "239.1.2.4"
    lab.lan.send(report(to_ex(GROUP, []), is_in(other, [A])))
    lab.lan.send(report(to_in(GROUP, []), block(other, [A])), after=lab.timers.tolerance)
    return lab.lan.expect(group_query(GROUP)), lab.lan.expect(group_source_query(other, [A]))


for _profile, _requirement in (("rfc3376", "IGMPV3-QUERIER-8.8-01"), ("rfc9776", "IGMPV3R-QUERIER-8.8-01")):
    # 12.7 s is still literal; 13.5 s has no code of its own and becomes 12.8 s; 13.6 s has one.
    for _tenths, _code in ((127, 0x7F), (135, 0x80), (136, 0x81)):
        _coded_interval(_profile, _requirement, _tenths, _code)


@case(
    "IGMPV3-QUERIER-4.1.12-01",
    "MACMAP-ANY-1112-6.2-01",
    role="querier",
    needs=igmp(3),
    mld=["MLDV2-QUERIER-5.1.5-01", "MACMAP-ANY-1112-6.2-01"],
)
def each_network_is_queried_from_its_own_address(lab):
    """A General Query goes out on every attached network, with that interface's IPv4 and Ethernet address."""
    for port in (lab.lan, lab.lan2, lab.up):
        query = first_query(lab, port.name)
        lab.check(query.src == port.dut, f"{port.name}: from {port.dut}")
        lab.check(query.src_mac == port.mac, f"{port.name}: from {port.mac}")
        lab.check(int(query.src_mac[:2], 16) & 1 == 0, f"{port.name}: a unicast Ethernet address")
        lab.check(
            int(query.dst_mac[:2], 16) & 1 == 1, f"{port.name}: to an Ethernet address with the group bit"
        )


@case("MACMAP-ANY-1112-6.4-03", "MACMAP-ANY-1112-6.2-01", role="querier", needs=igmp(3))
def general_query_goes_to_the_ethernet_address_of_all_systems(lab):
    """224.0.0.1 is 01:00:5e:00:00:01."""
    lab.check(first_query(lab).dst_mac == "01:00:5e:00:00:01", "to 01:00:5e:00:00:01")


@case(
    "MACMAP-ANY-1112-6.4-01",
    "MACMAP-ANY-1112-6.4-02",
    "MACMAP-ANY-1112-6.2-01",
    role="querier",
    needs=igmp(3),
)
def low_23_bits_of_the_group_make_the_ethernet_address(lab):
    """Queries about groups go to 01:00:5e and the low 23 bits of the group: 32 groups share an address."""
    wanted = {
        group: "01:00:5e:01:01:01" for group in ("224.1.1.1", "225.1.1.1", "224.129.1.1", "239.129.1.1")
    }
    wanted |= {"239.129.2.3": "01:00:5e:01:02:03", "239.255.255.254": "01:00:5e:7f:ff:fe"}
    lab.lan.send(report(*(to_ex(group, []) for group in wanted)))
    lab.lan.send(report(*(to_in(group, []) for group in wanted)), after=lab.timers.tolerance)
    for group, mac in wanted.items():
        lab.check(lab.lan.expect(group_query(group)).dst_mac == mac, f"{group} is {mac}")


@case(
    "MACMAP-ANY-1112-6.4-01",
    "MACMAP-ANY-1112-6.4-02",
    "MACMAP-ANY-1112-6.2-01",
    role="router",
    needs=[igmp(3), "forwarding"],
)
def forwarded_data_goes_to_the_ethernet_address_of_the_group(lab):
    """Forwarded data goes to the group's mapped Ethernet address and comes from the router's own."""
    for group, mac in (
        ("239.129.2.3", "01:00:5e:01:02:03"),
        ("239.1.2.3", "01:00:5e:01:02:03"),
        ("239.255.0.7", "01:00:5e:7f:00:07"),
    ):
        lab.lan.send(report(to_ex(group, [])))
        lab.require(lab.forwards(A, group), f"data to {group} is not forwarded")
        for frame in [one for one in lab.lan.frames if one.kind == "data" and one.group == group]:
            lab.check(frame.dst_mac == mac, f"{group} goes to {mac}")
            lab.check(frame.src_mac == lab.lan.mac, f"{group} comes from {lab.lan.mac}")
