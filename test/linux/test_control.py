# SPDX-License-Identifier: GPL-2.0-only
"""The control socket and mcastctl; what comes over the wire or the socket never hurts the daemon."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import socket
import subprocess
import time

import pytest

from netlab import ALLOW, MCASTCTL, TO_EX, Mcastd, igmp, v3_report, wait_until

CONFIG = "interfaces: {lan1: {}, lan2: {}}\n"
GROUP = "239.1.2.3"


def ctl(daemon: Mcastd, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(MCASTCTL), "-s", str(daemon.socket), *words], capture_output=True, text=True, timeout=20
    )


def report(lan, *records) -> None:
    lan.h1.igmp_socket().sendto(v3_report(*records), ("224.0.0.22", 0))


class Client:
    """A connection to the control socket, below mcastctl."""

    def __init__(self, daemon: Mcastd) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(daemon.socket))
        self.socket.settimeout(5)
        self._lines = self.socket.makefile("rb")

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def row(self) -> dict:
        return json.loads(self._lines.readline())

    def answer(self) -> list[dict]:
        """The rows of an answer without its last line."""
        rows = [self.row()]
        while "end" not in rows[-1]:
            rows.append(self.row())
        return rows[:-1]

    def close(self) -> None:
        self._lines.close()
        self.socket.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def test_each_command_is_a_table_and_json(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    report(lan, (TO_EX, GROUP, ["10.9.9.8"]), (ALLOW, "232.1.1.1", ["10.9.9.9"]))
    wait_until(lambda: len(daemon.groups("lan1")) == 2)
    lan.h1.sender().sendto(b"x", (GROUP, 5000))
    wait_until(daemon.mroute)
    tables = {
        words: ctl(daemon, *words.split()).stdout
        for words in (
            "show igmp interfaces",
            "show igmp groups",
            "show igmp summary",
            "show mroute",
            "show mroute summary",
            "show counters",
            "show version",
            "log-level",
        )
    }
    assert tables["show igmp interfaces"].splitlines()[1].split()[:5] == [
        "lan1",
        "10.1.0.1",
        "active",
        "3",
        "us",
    ]
    assert (
        "239.1.2.3  exclude" in tables["show igmp groups"]
        and "10.9.9.8 blocked" in tables["show igmp groups"]
    )
    assert tables["show igmp summary"] == "interfaces: 2\ngroups: 2\nsources: 2\n"
    assert tables["show mroute"].splitlines()[1].split()[:3] == ["10.1.0.2", GROUP, "lan1"]
    assert tables["show mroute summary"] == "starg: 0\nsg: 1\n"
    assert "received  report-v3" in tables["show counters"]
    assert tables["show version"].startswith("version: ")
    assert tables["log-level"] == "level: warning\n"
    assert daemon.ctl("show", "igmp", "summary") == {"interfaces": 2, "groups": 2, "sources": 2}
    assert set(daemon.groups("lan1")) == {GROUP, "232.1.1.1"}
    assert daemon.ctl("show", "igmp", "groups", "lan2") == []
    group = daemon.groups("lan1")[GROUP]
    assert (group["forwarded"], group["blocked"], group["mode"]) == ([], ["10.9.9.8"], "exclude")
    assert isinstance(group["group_timer"], float) and 250 < group["group_timer"] <= 260
    interface = daemon.interface("lan1")
    assert (interface["rv"], interface["qi"], interface["qri"], interface["gmi"]) == (2, 125, 10, 260)
    assert interface["querier"] == "10.1.0.1" and interface["is_querier"]
    assert daemon.counters("lan1")["received"]["report-v3"] == 1


def test_wrong_usage_and_an_absent_daemon_are_told(lan, mcastd, tmp_path):
    for words in (
        [],
        ["show"],
        ["show", "igmp"],
        ["bogus"],
        ["--bogus"],
        ["show", "igmp", "groups", "a", "b"],
        ["log-level", "loud"],
    ):
        result = subprocess.run([str(MCASTCTL), *words], capture_output=True, text=True)
        assert result.returncode == 2 and result.stderr, words
    absent = subprocess.run(
        [str(MCASTCTL), "-s", str(tmp_path / "none"), "show", "version"], capture_output=True, text=True
    )
    assert absent.returncode == 1 and f"no mcastd answers at {tmp_path}/none" in absent.stderr
    daemon = mcastd(CONFIG).ready()
    unknown = ctl(daemon, "show", "igmp", "groups", "nope0")
    assert unknown.returncode == 1 and "no interface nope0" in unknown.stderr


def test_watch_tells_events_until_it_is_interrupted(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    for number, status in ((signal.SIGINT, 0), (signal.SIGTERM, 0)):
        watch = subprocess.Popen(
            [str(MCASTCTL), "-s", str(daemon.socket), "--json", "watch"], stdout=subprocess.PIPE, bufsize=0
        )
        time.sleep(0.2)
        group = f"239.1.2.{number}"
        report(lan, (TO_EX, group, []))
        events = []
        while not events or events[-1]["event"] != "group-joined":
            assert select.select([watch.stdout], [], [], 5)[0]
            events.append(json.loads(watch.stdout.readline()))
        assert events[-1]["interface"] == "lan1" and events[-1]["group"] == group
        assert events[-1]["mode"] == "exclude" and abs(events[-1]["time"] - time.time()) < 5
        assert any(
            event["event"] == "packet-received" and event["message"] == "report-v3" for event in events
        )
        watch.send_signal(number)
        assert watch.wait(5) == status
    watch = subprocess.Popen(
        [str(MCASTCTL), "-s", str(daemon.socket), "watch"], stdout=subprocess.PIPE, text=True
    )
    time.sleep(0.2)
    assert daemon.stop() == 0
    text, _ = watch.communicate(timeout=5)
    assert watch.returncode == 0, "the daemon's clean end is a clean end"
    assert " lan1 interface-down" in text


def test_the_log_level_changes_while_it_runs(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    report(lan, (TO_EX, GROUP, []))
    wait_until(lambda: GROUP in daemon.groups("lan1"))
    assert "group-joined" not in daemon.log.read_text()
    assert daemon.ctl("log-level", "debug") == {"level": "debug"}
    report(lan, (TO_EX, "239.1.2.4", []))
    wait_until(lambda: "debug: lan1: group-joined" in daemon.log.read_text())


def test_garbage_on_the_control_socket_is_refused(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    with Client(daemon) as client:
        for line in (b"", b"\0\xff\xfe", b"show", b"show igmp", b'{"command": 1}', b"watch me", b"x" * 4000):
            client.send(line + b"\n")
            assert "unknown command" in client.answer()[0]["error"]
    with Client(daemon) as client:
        client.send(b"show version\nshow igmp summary\nshow version\n")
        assert [set(client.answer()[1]) for _ in range(3)] == [
            {"version", "pid", "time"},
            {"interfaces", "groups", "sources"},
            {"version", "pid", "time"},
        ]
    with Client(daemon) as client:
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                client.send(os.urandom(65536).replace(b"\n", b""))
    assert daemon.ctl("show", "version")["pid"] == daemon.process.pid


def test_clients_that_leave_in_the_middle_or_never_read_hurt_nobody(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    report(lan, *((TO_EX, f"239.1.{i >> 8}.{i & 255}", []) for i in range(180)))
    wait_until(lambda: len(daemon.groups("lan1")) == 180)
    for _ in range(50):
        with Client(daemon) as client:
            client.send(b"show igmp groups\n" * 20)
            client.socket.recv(10)
    with Client(daemon) as client:
        client.send(b"show igmp gro")
    sleepers = [Client(daemon) for _ in range(5)]
    for client in sleepers:
        client.send(b"show igmp groups\n" * 200)  # megabytes, and nobody takes them
    begin = time.monotonic()
    assert len(daemon.groups("lan1")) == 180
    assert time.monotonic() - begin < 2
    with Client(daemon) as client:
        client.send(b"show igmp summary\n")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.answer()[1]["groups"] == 180, "a client that has said all is still answered"


def test_a_watcher_that_sleeps_misses_events_and_is_told(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    with Client(daemon) as sleeper:
        sleeper.send(b"watch\n")
        assert sleeper.row() == {"answer": "events"}
        before = rss(daemon)
        raw = lan.h1.igmp_socket()
        for _ in range(20000):  # an event each, 3 MB in all
            raw.sendto(v3_report(), ("224.0.0.22", 0))
        wait_until(lambda: daemon.counters("lan1")["received"]["report-v3"] >= 20000)
        assert rss(daemon) - before < 8 << 10, "the buffer is bounded (KiB)"
        missed = 0
        for _ in range(20000):
            row = sleeper.row()
            if row["event"] == "events-missed":
                missed += row["value"]  # on a busy machine a few at first, before the kernel's buffer is full
                if missed > 1000:
                    break
            raw.sendto(v3_report(), ("224.0.0.22", 0))
        assert 1000 < missed < 20000


def rss(daemon: Mcastd) -> int:
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_a_hundred_clients_at_once(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    clients = [Client(daemon) for _ in range(100)]
    for client in clients:
        client.send(b"show igmp summary\n")
    for client in clients:
        assert client.answer()[1]["interfaces"] == 2
    more = [Client(daemon) for _ in range(200)]
    refused = wait_until(
        lambda: len(r := select.select([client.socket for client in more], [], [], 1)[0]) == 44 and r,
        what="300 clients, 256 of them served",
    )
    assert b"too many clients" in refused[0].recv(100)
    for client in clients + more:
        client.close()
    wait_until(lambda: ctl(daemon, "show", "version").returncode == 0)


def test_malformed_packets_are_counted_and_do_no_harm(lan, mcastd):
    daemon = mcastd(CONFIG).ready()
    raw = lan.h1.igmp_socket()
    good = v3_report((TO_EX, GROUP, ["10.9.9.9", "10.9.9.8"]))
    broken = {
        "truncated": igmp(good[:6]),
        "bad-checksum": good[:2] + b"\x12\x34" + good[4:],
        "bad-length": igmp(good[:6] + b"\xff\xff" + good[8:]),
        "unknown-type": igmp(b"\x99\0\0\0\0\0\0\0"),
        "link-local-group": v3_report((TO_EX, "224.0.0.9", [])),
        "bad-group": v3_report((TO_EX, "10.0.0.1", [])),
    }
    for packet in broken.values():
        raw.sendto(packet, ("224.0.0.22", 0))
    wait_until(
        lambda: all(daemon.counters("lan1")["dropped"][reason] == 1 for reason in broken),
        what="each reason counts once",
    )
    lan.h1.igmp_socket(ttl=2).sendto(good, ("224.0.0.22", 0))
    wait_until(lambda: daemon.counters("lan1")["dropped"]["bad-ttl"] == 1)
    assert daemon.groups("lan1") == {}

    chance = random.Random(1)
    sent = 0
    for _ in range(20000):
        octets = bytearray(good if chance.random() < 0.5 else chance.randbytes(chance.randrange(1, 200)))
        octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
        message = bytes(octets[: chance.randrange(1, len(octets) + 1)])
        raw.sendto(igmp(message) if len(message) > 4 else message, ("224.0.0.22", 0))
        sent += 1
    counters = wait_until(
        lambda: (c := host_counters(daemon))["packets"] + c["receive-queue-full"] >= sent and c
    )
    assert counters["receive-queue-full"] == 0
    dropped = daemon.counters("lan1")["dropped"]
    assert dropped["truncated"] + dropped["bad-length"] + dropped["unknown-type"] > sent / 4
    report(lan, (TO_EX, "239.3.3.3", []))
    wait_until(lambda: "239.3.3.3" in daemon.groups("lan1"), what="it goes on as ever")


def host_counters(daemon: Mcastd) -> dict:
    return daemon.counters("*")["host"]
