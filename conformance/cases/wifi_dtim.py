# SPDX-License-Identifier: GPL-2.0-only
"""Group frames of an access point while stations sleep: TIM, DTIM, More Data, order (IEEE 802.11-2020 9.4.2.5, 11.2.3)."""

from conformance.wifi.case import wifi_case

GROUP, GROUP_MAC = "239.1.2.3", "01:00:5e:01:02:03"
THREE = """
sta 1
sta 2
sta 3
at 0.2 associate 1
at 0.3 associate 2
at 0.4 associate 3
"""
STEADY = f"""
ap dtim 3 {{}}
{THREE}
at 1 stream {GROUP} 0.02 450 200
at 1.003 stream 255.255.255.255 0.11 80 100
at 3 sleep 1
at 4 sleep 2
at 6 wake 2
at 8 wake 1
end 11
"""
FRAMES = 450


def steady(settings=""):
    """Three stations, a stream, one of them asleep from 3 s to 8 s, another one from 4 s to 6 s."""
    return STEADY.format(settings)


def numbers(lab, station, start=0.0, end=1e9):
    """What a station got of the stream, in the order in which it came."""
    return [one.number for one in lab.received(station, GROUP_MAC, start, end)]


@wifi_case("WLAN-AP-9.4.2.5-01", "WLAN-AP-9.4.2.5-02", "WLAN-AP-9.4.2.5-03", scenario=steady())
def beacons_count_down_to_the_dtim(lab):
    """Every Beacon has a TIM; its DTIM Count goes down from Period - 1 to 0; period and interval stay."""
    counts = [beacon.tim.count for beacon in lab.bss.beacons[:7] if beacon.tim]
    lab.check(counts == [0, 2, 1, 0, 2, 1, 0], f"the first Beacons count 0, 2, 1, 0... ({counts})")


@wifi_case("WLAN-AP-9.4.2.5-01", "WLAN-AP-9.4.2.5-02", scenario=steady().replace("dtim 3", "dtim 1"))
def every_beacon_is_a_dtim_with_period_1(lab):
    """With DTIM Period 1 every Beacon is a DTIM Beacon."""
    lab.check(all(beacon.tim and beacon.tim.dtim for beacon in lab.bss.beacons), "every DTIM Count is 0")


@wifi_case("WLAN-AP-9.4.2.5-02", scenario=steady().replace("dtim 3", "dtim 10 interval 50"))
def count_goes_down_from_9(lab):
    """The same with DTIM Period 10 and a Beacon Interval of 50 TU."""
    lab.check({beacon.frame.beacon_interval for beacon in lab.bss.beacons} == {50}, "the interval is 50 TU")


@wifi_case("WLAN-AP-9.4.2.5-04", "WLAN-AP-11.2.3.6-01", scenario=steady())
def group_frames_wait_for_the_dtim(lab):
    """While a station sleeps group frames follow DTIM Beacons, whose group bit says so, and no others."""
    lab.check(numbers(lab, 1) == list(range(FRAMES)), "the station that slept got every frame, once, in order")
    lab.check(numbers(lab, 3) == list(range(FRAMES)), "so did the one that did not")


@wifi_case("WLAN-AP-11.2.3.6-02", scenario=steady())
def nothing_waits_with_everybody_awake(lab):
    """While no station sleeps group frames go at once, and without More Data."""
    awake = [one for one in lab.received(3, GROUP_MAC, 1, 3)]
    late = [one for one in awake if one.time - (1 + 0.02 * one.number) > 0.01]
    lab.check(not late, f"frames take less than 10 ms ({len(late)} of {len(awake)} took more)")


@wifi_case("WLAN-AP-11.2.3.6-03", "WLAN-AP-11.2.3.6-04", scenario=steady())
def more_data_in_all_but_the_last(lab):
    """Group frames follow the DTIM Beacon at once, all but the last with More Data."""
    inside = [burst for burst in lab.bss.bursts if 3.1 < burst.beacons[0].frame.time < 8]
    lab.check(len(inside) >= 14, f"there is a burst for each DTIM ({len(inside)})")
    first = [burst.frames[0].frame.time - burst.beacons[0].frame.time for burst in inside if burst.frames]
    lab.check(bool(first) and max(first) < 0.005, "its first frame comes within 5 ms")


@wifi_case("WLAN-AP-11.2.3.6-06", scenario=steady())
def broadcast_and_multicast_wait_alike(lab):
    """Broadcast and multicast frames wait for the DTIM alike."""
    kinds = {one.frame.a1 for burst in lab.bss.bursts for one in burst.frames}
    lab.check({GROUP_MAC, "ff:ff:ff:ff:ff:ff"} <= kinds, "both kinds are in bursts")


@wifi_case("WLAN-AP-11.2.3.6-08", scenario=steady())
def frames_stay_in_order(lab):
    """Frames of a sender are delivered in the order in which they came, over bursts and the times between."""
    lab.check(numbers(lab, 2) == list(range(FRAMES)), "a station that falls asleep and wakes up gets them in order")


OVERRUN = f"""
ap dtim 10
{THREE}
at 1.5 sleep 1
at 2 stream {GROUP} 0.0022 1800 200
at 7 wake 1
end 9
"""


@wifi_case("WLAN-AP-11.2.3.6-05", "WLAN-AP-9.4.2.5-04", "WLAN-AP-11.2.3.6-04", "WLAN-AP-11.2.3.6-08", scenario=OVERRUN)
def a_burst_goes_on_over_the_next_beacon(lab):
    """A burst that outlasts the beacon interval goes on after the next Beacon, whose group bit stays set."""
    longest = max(len(burst.beacons) for burst in lab.bss.bursts)
    lab.check(longest >= 2, f"a burst lasts over Beacons ({longest})")
    lab.check(numbers(lab, 1) == list(range(1800)), "the sleeping station loses none of it")


@wifi_case("WLAN-AP-11.2.3-02", scenario=f"""
ap dtim 10
{THREE}
at 1.5 sleep 1
at 2 stream {GROUP} 0.02 120 200
at 3.9 wake 1
end 6
""")
def the_last_wake_flushes(lab):
    """When the last sleeping station wakes up, what waits goes at once; when the first one sleeps, frames wait."""
    before = [one for one in lab.bss.group_data if 2 < one.frame.time < 3.9 and one.burst is None]
    lab.check(not before, "frames wait as long as it sleeps")
    flushed = [one for one in lab.bss.group_data if 3.9 <= one.frame.time < 4.05 and one.burst is None]
    lab.check(len(flushed) >= 30, f"then they go at once ({len(flushed)} within 150 ms)")


@wifi_case("WLAN-AP-11.2.3-02", "WLAN-AP-9.4.2.5-04", "WLAN-AP-11.2.3.6-01", scenario=steady())
def sleep_holds_and_wake_releases(lab):
    """One station after the other falls asleep and wakes up: frames wait from the first to the last."""
    held = [one for one in lab.bss.group_data if 3.2 < one.frame.time < 7.9]
    lab.check(bool(held) and all(one.burst for one in held), "all frames are in bursts, between 3.2 s and 7.9 s")


@wifi_case("WLAN-AP-9.4.2.5-05", "WLAN-AP-9.4.2.5-06", "WLAN-AP-11.2.3-01", scenario=f"""
ap dtim 3
{THREE}
at 1 sleep 2
at 2 unicast 2 0.2 20 300
at 2 stream {GROUP} 0.05 80 200
end 7
""")
def a_sleeper_s_frames_are_announced(lab):
    """The bit of a sleeping station's AID is set while frames wait for it; the map is as short as it can be."""
    got = [one.number for one in lab.received(2, "02:00:00:00:01:02")]
    lab.check(got == list(range(20)), f"it fetches all of them, in order ({len(got)} of 20)")
    announced = [beacon for beacon in lab.bss.beacons if beacon.tim and beacon.tim.aids]
    lab.check(all(beacon.tim.aids == {2} for beacon in announced), "no other bit is ever set")


@wifi_case("WLAN-AP-11.2.3-01", "WLAN-AP-9.4.2.5-06", scenario=f"""
ap dtim 3 qos 1
sta 1 qos 1
sta 2 qos 1 fetch uapsd maxsp 2
at 0.2 associate 1
at 0.3 associate 2
at 1 sleep 2
at 2 unicast 2 0.02 50 300
at 2 stream {GROUP} 0.05 40 200
end 6
""")
def a_sleeper_s_frames_come_in_service_periods(lab):
    """With U-APSD a sleeping station's trigger brings two frames at a time, the second one with EOSP."""
    got = [one.number for one in lab.received(2, "02:00:00:00:01:02")]
    lab.check(got == list(range(50)), f"it gets all of them, in order ({len(got)} of 50)")
    own = [one.frame for one in lab.bss.unicasts if one.frame.a1 == "02:00:00:00:01:02" and one.frame.time > 1.9]
    first = [frame for frame in own if frame.qos and not frame.retry and frame.body]
    together = 0
    for frame in first:
        together += 1
        lab.check(together <= 2, "no more than two frames without EOSP in the second")
        together = 0 if frame.eosp else together
    lab.check(sum(frame.eosp for frame in first) >= 25, "a service period for every two frames")
    lab.check(all(frame.more_data or frame.eosp for frame in first), "More Data or the end in each")


@wifi_case("WLAN-AP-9.4.2.5-05", scenario="ap dtim 2\n" + "".join(
    f"sta {n}\nat {0.01 * n:.2f} associate {n}\n" for n in range(1, 41)) + """
at 2 sleep 1
at 2 sleep 38
at 3 unicast 38 0.3 6 100
at 3.15 unicast 1 0.3 6 100
end 6
""")
def the_map_begins_at_the_first_aid(lab):
    """With frames for a high AID alone the map begins near its octet, with none for anybody it is a zero octet."""
    aids = {beacon.tim.aids: (beacon.tim.offset, len(beacon.tim.octets)) for beacon in lab.bss.beacons if beacon.tim}
    high = [where for aid, where in aids.items() if aid and min(aid) >= 16]
    lab.check(bool(high) and all(offset >= 2 for offset, _ in high), f"a map begins at octet 2 or later ({high})")
    lab.check(aids.get(frozenset()) == (0, 1), "and one is a zero octet")


@wifi_case("WLAN-AP-11.2.3-01", scenario=f"""
ap dtim 3
sta 1 listen 7
sta 2
at 0.2 associate 1
at 0.3 associate 2
at 1 sleep 1
at 2 stream {GROUP} 0.02 200 200
at 2 unicast 1 0.5 6 300
end 9
""")
def group_frames_do_not_wait_for_the_listen_interval(lab):
    """A Listen Interval that misses DTIMs changes nothing about group frames, for a station that receives DTIMs."""
    lab.check(numbers(lab, 1) == list(range(200)), "it gets all group frames")
    lab.check(len(lab.received(1, "02:00:00:00:01:01")) == 6, "and its own")


@wifi_case("WLAN-STA-11.2.3.6-01", "WLAN-AP-11.2.3.6-03", scenario=f"""
ap dtim 3
{THREE}
at 1 sleep 1
at 1 sleep 2
at 2 stream {GROUP} 0.02 200 200
at 2.01 unicast 1 0.31 12 300
end 8
""")
def a_station_stays_awake_for_the_burst(lab):
    """A sleeping station wakes for each DTIM, stays until the frame without More Data, and polls only then."""
    lab.check(numbers(lab, 1) == list(range(200)), "it gets all group frames")
    lab.check(len(lab.received(1, "02:00:00:00:01:01")) == 12, "and all of its own")


@wifi_case("WLAN-STA-11.2.3.6-02", scenario=f"""
ap dtim 3
sta 1 listen 10 dtims 0
sta 2
at 0.2 associate 1
at 0.3 associate 2
at 1 sleep 1
at 2 stream {GROUP} 0.02 200 200
end 8
""")
def a_station_may_ignore_dtims(lab):
    """A station that doesn't receive DTIMs sleeps through them: the access point holds frames all the same."""
    lab.check(numbers(lab, 2) == list(range(200)), "the others get all frames")
    few = len(numbers(lab, 1, 2))
    lab.check(few < 100, f"it expects no group traffic ({few} of 200 reach it by chance)")
    held = [one for one in lab.bss.group_data if one.frame.time > 2.2]
    lab.check(bool(held) and all(one.burst for one in held), "frames come in bursts")


@wifi_case("WLAN-AP-11.1.3-01", scenario=f"""
ap dtim 3
{THREE}
at 1 sleep 1
at 1.2 stream {GROUP} 0.02 200 200
at 2.04 busy 0.03
at 2.955 busy 0.025
at 4.09 busy 0.03
end 8
""")
def a_late_beacon_moves_nothing(lab):
    """A Beacon that waits for the medium takes its burst along; the next one comes at its own time, and counts on."""
    lab.check(numbers(lab, 1) == list(range(200)), "no frame is lost to the sleeping station")


@wifi_case("WLAN-AP-11.2.3.6-07", scenario=f"""
ap dtim 2
{THREE}
at 1 sleep 1
at 1.5 stream {GROUP} 0.02 200 200
at 2.53 badtim short
at 2.74 badtim empty
at 2.95 badtim zero-period
at 3.16 badtim overlong
at 3.37 badtim truncated
end 7
""")
def a_broken_tim_is_ignored(lab):
    """A TIM too short, overlong, cut off or with DTIM Period 0 does no harm: the station goes on with the next Beacon."""
    lab.check(numbers(lab, 1) == list(range(200)), "the sleeping station gets every group frame")
    lab.check(numbers(lab, 2) == list(range(200)), "so does the one that is awake")
