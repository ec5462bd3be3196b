# SPDX-License-Identifier: GPL-2.0-only
"""Namespaces with mcastd in them, and what tests need around it: taps, hosts that join, IGMP by hand."""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import select
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("MCAST_BUILD", ROOT / "build"))
MCASTD = BUILD / "bin" / "mcastd"
MCASTCTL = BUILD / "bin" / "mcastctl"

CLONE_NEWNET = 0x40000000
IP_PKTINFO, IP_MULTICAST_ALL = 8, 49
SO_RCVBUFFORCE = 33
PACKET_OUTGOING = 4

_libc = ctypes.CDLL("libc.so.6", use_errno=True)
_numbers = itertools.count()


def wait_until(condition: Callable[[], Any], within: float = 5.0, what: str = "") -> Any:
    """What the condition gives as soon as it is true. Raises AssertionError after `within` seconds."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {within} s: {what or condition}"
        time.sleep(0.02)


class Namespace:
    """A network namespace of one test; `close` ends what runs in it. IPv6 is off unless asked for."""

    def __init__(self, role: str, ipv6: bool = False) -> None:
        self.name = f"mcd{os.getpid()}-{next(_numbers)}-{role}"
        self._processes: list[subprocess.Popen] = []
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self._fd = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        for scope in ("all", "default"):
            self.sysctl(f"ipv6/conf/{scope}/disable_ipv6", int(not ipv6))
            self.sysctl(f"ipv6/conf/{scope}/accept_dad", 0)  # addresses are usable at once
            self.sysctl(f"ipv6/conf/{scope}/addr_gen_mode", 1)  # and only those that are given
            self.sysctl(f"ipv4/conf/{scope}/rp_filter", 0)
        self.ip("link set lo up")

    def inside(self, action: Callable[[], Any]) -> Any:
        """Runs something of this process in the namespace; a socket made there stays there."""
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            if _libc.setns(self._fd, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            return action()
        finally:
            _libc.setns(home, CLONE_NEWNET)
            os.close(home)

    def sysctl(self, name: str, value: object) -> None:
        self.inside(lambda: Path("/proc/sys/net", name).write_text(str(value)))

    def read(self, path: str) -> str:
        """A file below /proc/net as it looks from in here."""
        return self.inside(lambda: Path("/proc/thread-self/net", path).read_text())

    def ip(self, *commands: str) -> None:
        """Commands of ip(8), without the word ip."""
        subprocess.run(
            ["ip", "-n", self.name, "-batch", "-"], input="\n".join(commands), text=True, check=True
        )

    def popen(self, command: list[str], **keywords: Any) -> subprocess.Popen:
        process = subprocess.Popen(["ip", "netns", "exec", self.name, *command], **keywords)
        self._processes.append(process)
        return process

    def socket(self, *arguments: int) -> socket.socket:
        return self.inside(lambda: socket.socket(*arguments))

    def close(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        os.close(self._fd)
        subprocess.run(["ip", "netns", "del", self.name], check=False)


def veth(a: Namespace, a_name: str, a_address: str, b: Namespace, b_name: str, b_address: str) -> None:
    """A cable between two namespaces; an address may be empty."""
    command = f"ip link add {a_name} netns {a.name} type veth peer name {b_name} netns {b.name}"
    subprocess.run(command.split(), check=True)
    for namespace, name, address in ((a, a_name, a_address), (b, b_name, b_address)):
        namespace.ip(*([f"addr add {address} dev {name}"] if address else []), f"link set {name} up")


# --- packets ------------------------------------------------------------------------------------------------


def checksum(octets: bytes) -> int:
    total = sum(struct.unpack(f"!{(len(octets) + 1) // 2}H", octets + b"\0" * (len(octets) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def igmp(message: bytes) -> bytes:
    """An IGMP message with its checksum put in."""
    return message[:2] + struct.pack("!H", checksum(message[:2] + b"\0\0" + message[4:])) + message[4:]


def v3_report(*records: tuple[int, str, list[str]]) -> bytes:
    """Records are (type, group, sources)."""
    body = b"".join(
        struct.pack("!BBH4s", kind, 0, len(sources), socket.inet_aton(group))
        + b"".join(map(socket.inet_aton, sources))
        for kind, group, sources in records
    )
    return igmp(struct.pack("!BBHHH", 0x22, 0, 0, 0, len(records)) + body)


def v2_message(kind: int, group: str, code: int = 0) -> bytes:
    return igmp(struct.pack("!BBH4s", kind, code, 0, socket.inet_aton(group)))


TO_IN, TO_EX, ALLOW, BLOCK = 3, 4, 5, 6


class Frame:
    """A captured IPv4 packet over Ethernet, taken apart."""

    ETHERTYPE = b"\x08\0"

    def __init__(self, octets: bytes, outgoing: bool) -> None:
        self.octets, self.outgoing = octets, outgoing
        self.mac = octets[:6]
        header = octets[14:]
        self.header_size = (header[0] & 15) * 4
        self.header = header[: self.header_size]
        self.tos, self.length, self.ttl, self.protocol = (
            header[1],
            *struct.unpack("!H", header[2:4]),
            *header[8:10],
        )
        self.source, self.destination = socket.inet_ntoa(header[12:16]), socket.inet_ntoa(header[16:20])
        self.payload = header[self.header_size : self.length]


class Tap:
    """Everything that passes an interface. frame: which of it, and how it is taken apart."""

    def __init__(self, namespace: Namespace, interface: str, frame: type = Frame) -> None:
        self._frame = frame
        self.socket = namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        namespace.inside(lambda: self.socket.bind((interface, 3)))

    def frames(self, seconds: float) -> Iterator[Any]:
        """Packets as they come, for as long as `seconds`."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.socket], [], [], left)[0]:
                return
            octets, address = self.socket.recvfrom(65535)
            if octets[12:14] == self._frame.ETHERTYPE:
                yield self._frame(octets, address[2] == PACKET_OUTGOING)

    def expect(self, wanted: Callable[[Any], bool], within: float = 3.0) -> Any:
        for frame in self.frames(within):
            if wanted(frame):
                return frame
        raise AssertionError(f"no such packet within {within} s")

    def close(self) -> None:
        self.socket.close()


def is_query(frame: Frame, group: str = "0.0.0.0") -> bool:
    return frame.protocol == 2 and frame.payload[0] == 0x11 and frame.payload[4:8] == socket.inet_aton(group)


class Host(Namespace):
    """A host on the router's LAN: the kernel speaks IGMP for its sockets."""

    def __init__(self, role: str, interface: str, address: str, ipv6: bool = False) -> None:
        super().__init__(role, ipv6)
        self.interface, self.address = interface, address

    def index(self) -> int:
        return self.inside(lambda: socket.if_nametoindex(self.interface))

    def receiver(self, port: int = 5000) -> socket.socket:
        """A UDP socket that gets what it joins, and nothing else."""
        receiver = self.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        receiver.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
        receiver.bind(("", port))
        return receiver

    def join(self, receiver: socket.socket, group: str, leave: bool = False) -> None:
        request = socket.inet_aton(group) + b"\0" * 4 + struct.pack("i", self.index())
        option = socket.IP_DROP_MEMBERSHIP if leave else socket.IP_ADD_MEMBERSHIP
        receiver.setsockopt(socket.IPPROTO_IP, option, request)

    def join_source(self, receiver: socket.socket, group: str, source: str) -> None:
        request = socket.inet_aton(group) + socket.inet_aton(self.address) + socket.inet_aton(source)
        receiver.setsockopt(socket.IPPROTO_IP, 39, request)  # IP_ADD_SOURCE_MEMBERSHIP

    def sender(self, ttl: int = 8) -> socket.socket:
        sender = self.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(self.address))
        return sender

    def igmp_socket(self, ttl: int = 1, router_alert: bool = True) -> socket.socket:
        """Sends IGMP messages that tests make."""
        raw = self.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(self.address))
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        if router_alert:
            raw.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x94\x04\0\0")
        return raw


def delivers(sender: socket.socket, receiver: socket.socket, group: str, seconds: float = 2.0) -> bool:
    """Does what is sent to the group, 50 packets a second, get to the receiver?"""
    while select.select([receiver], [], [], 0)[0]:
        receiver.recv(2048)
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        number += 1
        sender.sendto(b"%d" % number, (group, 5000))
        if select.select([receiver], [], [], 0.02)[0]:
            receiver.recv(2048)
            return True
    return False


# --- the daemon ---------------------------------------------------------------------------------------------


class Mcastd:
    """mcastd in a namespace."""

    def __init__(
        self,
        namespace: Namespace,
        directory: Path,
        config: str,
        *arguments: str,
        prefix: Optional[list[str]] = None,
        control: Optional[Path] = None,
    ) -> None:
        number = next(_numbers)
        self.namespace = namespace
        self.config = directory / f"{number}.yaml"
        self.socket = control or directory / f"{number}.sock"
        self.log = directory / f"{number}.log"
        self.config.write_text(config)
        self._command = [
            *(prefix or []),
            str(MCASTD),
            "-c",
            str(self.config),
            "-s",
            str(self.socket),
            *arguments,
        ]
        self.start()

    def start(self) -> None:
        with open(self.log, "ab") as log:
            self.process = self.namespace.popen(self._command, stdout=log, stderr=log)

    def ready(self) -> "Mcastd":
        wait_until(lambda: self.socket.exists() or self.process.poll() is not None, what="mcastd starts")
        assert self.process.poll() is None, self.log.read_text()
        return self

    def ctl(self, *words: str) -> Any:
        """The answer of mcastctl, from JSON."""
        result = subprocess.run(
            [str(MCASTCTL), "--json", "-s", str(self.socket), *words],
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def groups(self, interface: str = "", protocol: str = "igmp") -> dict[str, dict]:
        """The groups of an interface (or all) by address."""
        return {
            row["group"]: row
            for row in self.ctl("show", protocol, "groups")
            if not interface or row["interface"] == interface
        }

    def interface(self, name: str, protocol: str = "igmp") -> dict:
        return next((row for row in self.ctl("show", protocol, "interfaces") if row["interface"] == name), {})

    def counters(self, interface: str, protocol: str = "igmp") -> dict:
        """Of a protocol on an interface; those of "*" belong to no protocol."""
        rows = self.ctl("show", "counters")
        return next(
            row
            for row in rows
            if row["interface"] == interface and row.get("protocol", protocol) == protocol
        )

    def mroute(self) -> dict[tuple[str, str], dict]:
        return {(row["source"], row["group"]): row for row in self.ctl("show", "mroute")}

    def exit_status(self, within: float = 5.0) -> int:
        return self.process.wait(within)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.exit_status()
