# SPDX-License-Identifier: GPL-2.0-only
"""Single group frames: addresses, rates, no Ack, no fragments (IEEE 802.11-2020 9.2.4, 10.3.6, 10.6.5)."""

from conformance.wifi.case import wifi_case

from .wifi_dtim import GROUP, GROUP_MAC, THREE, numbers

MIXED = f"""
ap dtim 2 {{}}
{THREE}
at 1 sleep 1
at 1.5 stream {GROUP} 0.02 100 {{}}
at 1.5 stream 255.255.255.255 0.1 20 100
end 5
"""


@wifi_case("WLAN-AP-10.3.6-01", "WLAN-AP-9.2.4-01", scenario=MIXED.format("", 200))
def group_frames_go_once(lab):
    """A group frame goes once, without Ack, RTS and Retry bit; its addresses are group, BSSID and source."""
    sent = [one.frame for one in lab.bss.group_data if one.frame.a1 == GROUP_MAC]
    lab.check(len(sent) == 100, f"a hundred datagrams are a hundred frames ({len(sent)})")
    lab.check({frame.a3 for frame in sent} == {"02:00:00:00:09:09"}, "Address 3 is the source")


@wifi_case("WLAN-AP-10.3.6-01", "WLAN-AP-10.3.6-02", scenario=MIXED.format("", 2200))
def large_group_frames_are_whole(lab):
    """Large group frames are not fragmented."""
    lab.check(max(len(one.frame.body) for one in lab.bss.group_data) > 2200, "they are longer than 2200 octets")
    lab.check(numbers(lab, 1) == list(range(100)), "and arrive")


@wifi_case("WLAN-AP-10.6.5-01", "WLAN-AP-10.6.5-02", scenario=MIXED.format("basic 12,24,48 rates 18,36,72,96,108", 200))
def the_rate_is_a_basic_one(lab):
    """Group frames have a rate of the basic rate set."""
    lab.check({one.frame.rate for one in lab.bss.group_data} == {12}, "here the lowest, 6 Mb/s")


@wifi_case("WLAN-AP-10.6.5-01", "WLAN-AP-10.6.5-02",
           scenario=MIXED.format("basic 12,24,48 rates 18,36,72,96,108 rate highest", 200))
def the_highest_basic_rate_is_one_too(lab):
    """An access point that takes the highest basic rate is still within the set."""
    lab.check({one.frame.rate for one in lab.bss.group_data} == {48}, "here 24 Mb/s")


@wifi_case("WLAN-AP-10.6.5-02", scenario=f"""
ap dtim 2 basic 12 rates 18,24,36,48,72,96,108 rate members
sta 1 rates 12,24,48
sta 2 rates 12,24,48,108
at 0.2 associate 1
at 0.3 associate 2
at 1 stream {GROUP} 0.02 100 200
end 4
""")
def every_member_has_the_rate(lab):
    """The highest rate that all members have is one that each of them can receive."""
    lab.check({one.frame.rate for one in lab.bss.group_data} == {48}, "24 Mb/s, as both have it")
    lab.check(numbers(lab, 1) == numbers(lab, 2) == list(range(100)), "both get all frames")


@wifi_case("WLAN-AP-9.2.4-01", scenario=f"""
ap dtim 2 qos 1 groupqos 1
sta 1 qos 1
sta 2 qos 0
at 0.2 associate 1
at 1 stream {GROUP} 0.02 100 200
at 1.9 associate 2
at 2 stream {GROUP} 0.02 100 200
end 5
""")
def qos_data_only_if_all_stations_have_qos(lab):
    """QoS Data goes to groups only while every associated station is a QoS station."""
    before = {one.frame.qos for one in lab.bss.group_data if 1 < one.frame.time < 1.9}
    after = {one.frame.qos for one in lab.bss.group_data if one.frame.time > 2.8}
    lab.check(before == {True} and after == {False}, f"QoS Data before, Data after ({before}, {after})")


@wifi_case("WLAN-AP-10.3.6-03", scenario=f"""
ap dtim 2
{THREE}
at 1 sleep 3
at 1.5 say 1 {GROUP} 0.05 40 200
end 5
""")
def stations_group_frames_go_by_the_access_point(lab):
    """A station's group frame goes to the access point, which sends it to all; its source doesn't take it."""
    lab.check(numbers(lab, 2) == numbers(lab, 3) == list(range(40)), "the others get each of them")
    lab.check(numbers(lab, 1) == [], "the source gets none")


@wifi_case("WLAN-STA-10.3.6-01", scenario=f"""
ap dtim 2
{THREE}
at 1 stream {GROUP} 0.02 100 200
at 1.51 stranger {GROUP}
at 1.81 stranger {GROUP}
at 2.11 stranger {GROUP}
end 4
""")
def frames_of_another_bss_are_discarded(lab):
    """A station discards group frames of a BSSID that is not its own."""
    there = [frame for frame in lab.capture.frames if frame.a2 == "02:00:00:00:07:07"]
    lab.check(len(there) == 3, "another BSS sends three frames of the group")
    for station in (1, 2, 3):
        lab.check(numbers(lab, station) == list(range(100)), f"station {station} gets its own BSS's frames, and only those")
