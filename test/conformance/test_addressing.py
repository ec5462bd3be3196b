# SPDX-License-Identifier: GPL-2.0-only
"""The numbering plan: there and back, order kept, bad things bad, and real IPv6 text as it is."""

from __future__ import annotations

import ipaddress

import pytest

from conformance.harness.addressing import (
    IPV4,
    IPV6,
    Names,
    Plan,
    in_mld_terms,
    is_group,
    is_link_local_group,
    is_solicited_node,
    plan_of,
)
from conformance.harness.model import PORTS, Port
from conformance.harness.octets import multicast_mac

LAN = Names("ipv6", port="lan")
HOSTS = [
    "10.0.0.21",
    "10.1.0.9",
    "10.1.0.10",
    "10.2.0.55",
    "10.0.4.200",
    "10.99.0.64",
    "192.0.2.7",
    "9.9.9.9",
    "11.2.3.4",
]
GROUPS = [
    "239.1.2.3",
    "239.255.255.250",
    "232.1.2.3",
    "224.1.1.1",
    "225.1.1.1",
    "231.255.255.255",
    "233.0.0.0",
]
OF_THE_LINK = ["224.0.0.1", "224.0.0.2", "224.0.0.22", "224.0.0.251"]
BAD = ["0.0.0.0", "0.0.0.1", "255.255.255.255", "240.0.0.1", "223.255.255.255", "10.1.2.3"]


@pytest.mark.parametrize("label", HOSTS + GROUPS + OF_THE_LINK + BAD)
def test_every_label_has_one_counterpart(label):
    for on_link in (False, True):
        real = LAN.real(label, on_link)
        assert ipaddress.ip_address(real).version == 6
        if not on_link or label.startswith("10.1.0.") or is_group(label) or label == "0.0.0.0":
            assert LAN.seen(real, on_link) == label
        else:
            assert LAN.seen(real, on_link) == real  # elsewhere: no host of this link
    assert IPV4.real(label) == IPV4.seen(label) == label
    assert IPV6.wanted(label) == LAN.real(label) and LAN.wanted(label) == label


def test_the_plan_of_the_documentation():
    pairs = {
        "0.0.0.0": "::",
        "224.0.0.1": "ff02::1",
        "224.0.0.22": "ff02::16",
        "239.1.2.3": "ff1e::1:2:3",
        "232.1.2.3": "ff3e::1:2:3",
        "224.1.1.1": "ff0e::e0:1:1:1",
        "10.1.0.100": "2001:db8:1::64",
        "10.5.6.7": "2001:db8:5:6::7",
        "192.0.2.1": "2001:db8:f0c0:2::1",
        "0.0.0.1": "100::1",
        "255.255.255.255": "::1",
    }
    assert {label: LAN.real(label) for label in pairs} == pairs
    assert LAN.real("10.1.0.100", on_link=True) == "fe80::1:64"
    assert LAN.real("10.2.0.100", on_link=True) == "2001:db8:2::64"  # not of this link


def test_order_and_kind_of_addresses_are_kept():
    def number(label, on_link):
        return int(ipaddress.ip_address(LAN.real(label, on_link)))

    for on_link in (True, False):
        hosts = [number(f"10.1.0.{n}", on_link) for n in range(256)]
        assert hosts == sorted(set(hosts))
    assert all(is_group(LAN.real(group)) for group in GROUPS + OF_THE_LINK)
    assert not any(is_group(LAN.real(bad)) for bad in BAD + HOSTS)
    assert [is_link_local_group(LAN.real(group)) for group in GROUPS] == [False] * len(GROUPS)
    assert all(is_link_local_group(LAN.real(group)) for group in OF_THE_LINK)
    ssm = ipaddress.ip_network("ff30::/12")
    assert [group for group in GROUPS if ipaddress.ip_address(LAN.real(group)) in ssm] == ["232.1.2.3"]


def test_groups_that_share_an_ethernet_address_share_one_in_ipv6():
    macs = {
        multicast_mac(LAN.real(group)) for group in ("224.1.1.1", "225.1.1.1", "224.129.1.1", "239.129.1.1")
    }
    assert macs == {"33:33:00:01:00:01"} and multicast_mac("ff02::1:ff28:9c5a") == "33:33:ff:28:9c:5a"


def test_real_text_passes_and_is_written_one_way():
    assert LAN.real("FF02:0:0::1:ff00:A") == LAN.seen("ff02::1:ff00:a") == "ff02::1:ff00:a"
    assert LAN.wanted("ff1e:0::1:2:3") == "239.1.2.3" and IPV6.wanted("ff1e:0::1:2:3") == "ff1e::1:2:3"
    assert IPV6.seen("ff1e::1:2:3") == "ff1e::1:2:3" and LAN.seen("") == ""
    assert (
        is_solicited_node("ff02::1:ff00:a")
        and not is_solicited_node("ff02::1")
        and not is_solicited_node("1.2.3.4")
    )
    for real in ("fe80::ff:fe00:1", "2001:db8:1::1:64", "ff1e::1:2:300", "ff1e:1::1:2:3", "fe80::1:64"):
        assert LAN.seen(real) == real


def test_only_addresses_of_the_link_are_labels_of_mld_senders():
    assert LAN.seen("fe80::1:64", on_link=True) == "10.1.0.100"
    assert LAN.seen("2001:db8:1::64", on_link=True) == "2001:db8:1::64"  # a query from there is a wrong one
    assert LAN.seen("fe80::2:64", on_link=True) == "fe80::2:64"
    assert LAN.seen("::", on_link=True) == "0.0.0.0"


def test_a_system_with_addresses_of_its_own_keeps_its_neighbours():
    port = Port("lan", "192.168.7.10", "192.168.7.100", 24, "fe80::a00:27ff:fe4e:66a1", "2001:db8:77::1:1")
    names = Names("ipv6", Plan([port]), "lan")
    assert names.real("192.168.7.10", True) == "fe80::a00:27ff:fe4e:66a1"
    assert names.real("192.168.7.9", True) == "fe80::a00:27ff:fe4e:66a0"
    assert (
        names.real("192.168.7.11") == "2001:db8:77::1:2" and names.seen("2001:db8:77::1:2") == "192.168.7.11"
    )
    assert names.seen("fe80::a00:27ff:fe4e:66a0", True) == "192.168.7.9"


def test_prefixes():
    plan = plan_of()
    pairs = {
        "239.1.0.0/16": "ff1e::1:0:0/96",
        "239.0.0.0/8": "ff1e::/80",
        "239.1.2.0/24": "ff1e::1:2:0/112",
        "239.1.2.3/32": "ff1e::1:2:3/128",
        "239.1.2.4/31": "ff1e::1:2:4/127",
        "224.0.0.0/4": "ff00::/8",
        "224.0.0.0/24": "ff02::/112",
        "ff05::/16": "ff05::/16",
        "10.1.0.0/24": "2001:db8:1::/64",
    }
    assert {prefix: plan.prefix(prefix) for prefix in pairs} == pairs
    inside, outside = (ipaddress.ip_address(plan.real(label)) for label in ("239.1.2.3", "239.2.2.3"))
    network = ipaddress.ip_network(plan.prefix("239.1.0.0/16"))
    assert inside in network and outside not in network


def test_words_for_people():
    text = "no IGMPv3 report of 239.1.2.3 {10.0.0.21} at 10.000 s; querier 10.1.0.10 of 224.0.0.0/24; GMI; IGMPv2 TTL"
    assert LAN.text(text) == (
        "no MLDv2 report of ff1e::1:2:3 {2001:db8::15} at 10.000 s; querier fe80::1:a of ff02::/112; MALI; MLDv1 Hop Limit"
    )
    assert IPV4.text(text) == text and in_mld_terms("version 3, version 2") == "version 2, version 1"
    assert LAN.text("999.1.2.3 and 1.2.3") == "999.1.2.3 and 1.2.3"
    assert set(PORTS) == {"lan", "lan2", "up"}
