#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""h1 --- r1 --- r2 --- r3 --- h2: h2 joins towards the RP, r2, gets h1's stream, and leaves again."""
import time

from mcast_mininet import McastHost, PimRouter
from mininet.net import Mininet

GROUP = "239.1.2.3"
net = Mininet(controller=None)
fast = {"rp": "10.9.9.2", "hello": {"hello-interval": 2, "triggered-hello-delay": 0.1}}
fast["igmp"] = {"last-member-query-interval": 0.5}
r1 = net.addHost(
    "r1", cls=PimRouter, ip="10.1.0.1/24", routes=["10.9.9.2 via 10.12.0.2", "10.2.0.0/24 via 10.12.0.2"], **fast
)
r2 = net.addHost(
    "r2",
    cls=PimRouter,
    ip="10.12.0.2/24",
    loopback="10.9.9.2",
    routes=["10.1.0.0/24 via 10.12.0.1", "10.2.0.0/24 via 10.23.0.3"],
    **fast,
)
r3 = net.addHost(
    "r3", cls=PimRouter, ip="10.23.0.3/24", routes=["10.9.9.2 via 10.23.0.2", "10.1.0.0/24 via 10.23.0.2"], **fast
)
h1, h2 = (net.addHost(f"h{i}", cls=McastHost, ip=f"10.{i}.0.2/24") for i in (1, 2))
net.addLink(r1, h1)
net.addLink(r2, r1, params2={"ip": "10.12.0.1/24"})
net.addLink(r3, r2, params2={"ip": "10.23.0.2/24"})
net.addLink(r3, h2, params1={"ip": "10.2.0.1/24"})
net.start()
try:
    r2.wait_for_neighbors(2)
    print("r2's neighbours:", *sorted(r2.neighbors()))
    with h1.stream(GROUP, rate=50):
        with h2.join(GROUP) as membership:
            begin = time.monotonic()
            membership.receive()
            print(f"first datagram {1000 * (time.monotonic() - begin):.0f} ms after the join")
            print("member:", membership.count(seconds=2), "datagrams received in 2 s")
            for router in (r1, r2, r3):
                for tree in router.tree(GROUP):
                    outgoing = ", ".join(tree["outgoing"]) or "nowhere"
                    print(f"{router.name} ({tree['source']}, {GROUP}): {tree['incoming']} -> {outgoing}")
        time.sleep(5)
        print("left; packets in 1 s:", h2.arrivals(GROUP, 1))
finally:
    net.stop()
