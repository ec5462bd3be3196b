# SPDX-License-Identifier: GPL-2.0-only
"""FMS, DMS and groupcast with retries (IEEE 802.11-2020 11.2.3.14, 11.21.16)."""

from conformance.wifi.case import wifi_case

from .wifi_dtim import GROUP, GROUP_MAC, numbers

FMS = f"""
ap dtim 1
sta 1 fms 1
sta 2 fms 1
at 0.2 associate 1
at 0.3 associate 2
at 1 fms 1 {GROUP} 4
at 1.2 fms 2 239.1.2.4 3
at 1.3 sleep 1
at 1.3 sleep 2
at 2 stream {GROUP} 0.02 200 200
at 2 stream 239.1.2.4 0.05 80 200
at 2 stream 239.1.2.5 0.05 80 200
end 8
"""


@wifi_case("WLAN-STA-11.2.3.14-01", "WLAN-AP-11.2.3.14-01", scenario=FMS)
def fms_streams_come_at_their_interval(lab):
    """A stream that a station has by FMS is delivered at every fourth DTIM only; others at each."""
    bursts = [burst for burst in lab.bss.bursts if any(one.frame.a1 == GROUP_MAC for one in burst.frames)]
    gaps = {
        round((later.beacons[0].frame.time - earlier.beacons[0].frame.time) / 0.1024)
        for earlier, later in zip(bursts, bursts[1:])
    }
    lab.check(gaps == {4}, f"its bursts are four DTIMs apart ({gaps})")


@wifi_case("WLAN-AP-11.2.3.14-02", scenario=FMS)
def fms_counters_go_down(lab):
    """The FMS Descriptor's counters go down by one at each DTIM, and start anew at zero."""
    counters = {len(beacon.fms.counts) for beacon in lab.bss.beacons if beacon.fms and beacon.frame.time > 1.5}
    lab.check(counters == {2}, f"two intervals, two counters ({counters})")


@wifi_case("WLAN-STA-11.2.3.14-02", "WLAN-AP-11.2.3.14-01", scenario=FMS)
def fms_loses_nothing(lab):
    """A station with FMS receives every frame of its stream."""
    for station in (1, 2):
        lab.check(numbers(lab, station) == list(range(200)), f"station {station} gets all 200 frames, in order")


DMS = f"""
ap dtim 2 qos 1
sta 1 qos 1 dms 1
sta 2 qos 1
at 0.2 associate 1
at 0.3 associate 2
at 1 dms 1 {GROUP}
at 1.5 stream {GROUP} 0.02 150 200
at 3.51 dmsend 1 {GROUP}
end 6
"""


@wifi_case("WLAN-STA-11.21.16-01", "WLAN-AP-11.21.16-01", scenario=DMS)
def dms_copies_are_unicast(lab):
    """A station that asked for DMS gets each MSDU in a frame of its own, acknowledged, the group inside an A-MSDU."""
    copies = [one for one in lab.bss.unicasts if one.frame.a1 == "02:00:00:00:01:01" and one.frame.amsdu]
    lab.check(95 <= len(copies) <= 105, f"for the two seconds that it has DMS ({len(copies)} copies)")
    lab.check(all(one.acknowledged for one in copies), "each acknowledged")
    lab.check(all(frame.frame.time < 3.7 for frame in copies), "and none after it ended")


@wifi_case("WLAN-AP-11.21.16-02", scenario=DMS)
def the_group_frame_stays_for_others(lab):
    """A station without DMS still gets the group frames; once all have DMS, none is sent."""
    lab.check(numbers(lab, 2) == list(range(150)), "the other station gets all frames")


@wifi_case("WLAN-AP-11.21.16-01", scenario=f"""
ap dtim 2 qos 1
sta 1 qos 1 dms 1
sta 2 qos 1 dms 1
at 0.2 associate 1
at 0.3 associate 2
at 1 dms 1 {GROUP}
at 1.1 dms 2 {GROUP}
at 1.2 sleep 1
at 1.5 stream {GROUP} 0.02 100 200
end 6
""")
def with_dms_for_all_no_group_frame_is_needed(lab):
    """With DMS for every member the group frame is not sent at all, and a sleeping station fetches its copies."""
    lab.check(not [one for one in lab.bss.group_data if one.frame.a1 == GROUP_MAC], "no group frame")
    for station in (1, 2):
        lab.check(numbers(lab, station) == list(range(100)), f"station {station} gets all of the stream")


@wifi_case("WLAN-STA-11.21.16-02", scenario=DMS)
def dms_stations_take_one_copy(lab):
    """A station with DMS does not take the group frame as well: its applications get each datagram once."""
    got = numbers(lab, 1)
    lab.check(len(got) == len(set(got)) and set(got) == set(range(150)), f"each of 150 once ({len(got)})")


@wifi_case("WLAN-STA-11.21-01", scenario=f"""
ap dtim 2 qos 1
sta 1 qos 1 dms 0 fms 0 gcr 0
sta 2 qos 1 dms 1 fms 1 gcr 1
at 0.2 associate 1
at 0.3 associate 2
at 1 dms 1 {GROUP}
at 1.2 fms 1 239.1.2.4 2
at 1.4 gcr 1 239.1.2.5 ur
at 1.6 dms 2 {GROUP}
at 2 stream {GROUP} 0.02 50 200
end 4
""")
def services_need_the_capability(lab):
    """Requests of a station whose Extended Capabilities lack the service are turned down."""
    denied = [deal for deal in lab.bss.deals if deal.answer and deal.station.endswith("01:01")]
    lab.check(len(denied) == 3 and all(deal.status for deal in denied), "three requests, three denials")
    granted = [deal for deal in lab.bss.deals if deal.answer and deal.station.endswith("01:02")]
    lab.check(len(granted) == 1 and granted[0].status == 0, "the one who has it is granted it")


def gcr(kind, settings="", loss="loss 0.2"):
    """Two stations with GCR and frames that get lost."""
    return f"""
ap dtim 2 qos 1 retries 3 {settings}
sta 1 qos 1 gcr 1
sta 2 qos 1 gcr 1
sta 3 qos 1
at 0.2 associate 1
at 0.3 associate 2
at 0.4 associate 3
at 1 gcr 1 {GROUP} {kind}
at 1.2 gcr 2 {GROUP} {kind}
at 2 stream {GROUP} 0.03 200 200
{loss}
seed 5
end 10
"""


@wifi_case("WLAN-STA-11.21.16-03", "WLAN-AP-11.21.16-03", scenario=gcr("ur"))
def unsolicited_retries_repeat_each_frame(lab):
    """Each frame goes R + 1 times with one sequence number; repetitions have the Retry bit; stations take it once."""
    for station in (1, 2):
        got = numbers(lab, station)
        lab.check(len(got) == len(set(got)), f"station {station} gets no datagram twice")
        lab.check(len(got) >= 195, f"and loses about one in 600 ({200 - len(got)} of 200)")
    plain = len(set(numbers(lab, 3)))
    lab.check(plain < 190, f"a station without GCR loses one in five ({200 - plain} of 200)")


@wifi_case("WLAN-AP-11.21.16-06", scenario=gcr("ur"))
def gcr_hides_behind_the_concealment_address(lab):
    """Frames of GCR go to the concealment address, the group inside; others get one plain frame, and no copy twice."""
    inside = [one for one in lab.bss.group_data if one.frame.a1 == "01:0f:ac:47:43:52"]
    lab.check(len(inside) == 800, f"200 datagrams, four frames each ({len(inside)})")
    got = numbers(lab, 3)
    lab.check(len(got) == len(set(got)), "a station without GCR gets none twice")


@wifi_case("WLAN-STA-11.21.16-03", "WLAN-AP-11.21.16-04", scenario=gcr("ba", "block 8"))
def block_ack_repeats_what_is_missing(lab):
    """Members are asked in turn what they have; what one of them misses is sent again, and nothing else."""
    for station in (1, 2):
        got = numbers(lab, station)
        lab.check(len(got) == len(set(got)) and len(got) >= 195, f"station {station} gets nearly all ({len(got)})")
    inside = [one for one in lab.bss.group_data if one.frame.a1 == "01:0f:ac:47:43:52"]
    lab.check(200 < len(inside) < 600, f"with far fewer frames than four each ({len(inside)})")
