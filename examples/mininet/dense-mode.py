#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""h1 --- r1 --- r2 --- h2 in dense mode: h1's stream is flooded and pruned, and grafted back when h2 joins."""
import time

from mcast_mininet import McastHost, PimRouter
from mininet.net import Mininet

GROUP = "239.1.2.3"
net = Mininet(controller=None)
dense = {"mode": "dense", "hello": {"hello-interval": 2, "triggered-hello-delay": 0.1}}
dense["igmp"] = {"last-member-query-interval": 0.5}
r1 = net.addHost("r1", cls=PimRouter, ip="10.1.0.1/24", routes=["10.2.0.0/24 via 10.12.0.2"], **dense)
r2 = net.addHost("r2", cls=PimRouter, ip="10.12.0.2/24", routes=["10.1.0.0/24 via 10.12.0.1"], **dense)
h1, h2 = (net.addHost(f"h{i}", cls=McastHost, ip=f"10.{i}.0.2/24") for i in (1, 2))
net.addLink(r1, h1)
net.addLink(r2, r1, params2={"ip": "10.12.0.1/24"})
net.addLink(r2, h2, params1={"ip": "10.2.0.1/24"})
net.start()


def show(moment):
    """What r1 sends the stream to, and what r2 makes of it."""
    outgoing = ", ".join(r1.tree(GROUP)[0]["outgoing"]) or "nowhere"
    print(f"{moment}: r1 sends to {outgoing}; r2 is {r2.dense(GROUP)[0]['upstream_state']}")


try:
    r2.wait_for_neighbors(1)
    with h1.stream(GROUP, rate=50):
        time.sleep(4)
        show("nobody listens")
        with h2.join(GROUP) as membership:
            begin = time.monotonic()
            membership.receive()
            print(f"first datagram {1000 * (time.monotonic() - begin):.0f} ms after the join")
            print("member:", membership.count(seconds=2), "datagrams received in 2 s")
            show("one member")
        time.sleep(5)
        show("left")
finally:
    net.stop()
