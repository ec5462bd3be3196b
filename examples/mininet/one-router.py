#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""h1 --- r1 (mcastd) --- h2: h2 receives h1's stream while it is a member, and nothing of it afterwards."""
from mcast_mininet import McastHost, McastRouter
from mininet.net import Mininet

net = Mininet(controller=None)
r1 = net.addHost("r1", cls=McastRouter, ip="10.1.0.1/24", igmp={"last-member-query-interval": 0.5})
h1, h2 = (net.addHost(f"h{i}", cls=McastHost, ip=f"10.{i}.0.2/24") for i in (1, 2))
net.addLink(h1, r1), net.addLink(h2, r1, params2={"ip": "10.2.0.1/24"})
net.start()
with h1.stream("239.1.2.3", rate=50):
    with h2.join("239.1.2.3") as membership:
        print("member of 239.1.2.3:", membership.count(seconds=2), "datagrams received in 2 s")
    print("left; packets in the next 1.5 s, and 2 s:", *(h2.arrivals("239.1.2.3", s) for s in (1.5, 2)))
net.stop()
