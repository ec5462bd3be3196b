# SPDX-License-Identifier: GPL-2.0-only
"""Multicast in Mininet: a router that runs mcastd, and hosts that join, send and listen.

    from mcast_mininet import BridgeSwitch, McastHost, McastRouter, PimRouter

    r1 = net.addHost('r1', cls=McastRouter, ip='10.1.0.1/24', igmp={'query-interval': 20})
    h1 = net.addHost('h1', cls=McastHost, ip='10.1.0.2/24', ip6='2001:db8:1::2/64')

All of it speaks IPv4 and IPv6. `ip6` gives the node's first interface a global address; other interfaces take
theirs from the link: net.addLink(h2, r1, params2={'ip': '10.2.0.1/24', 'ip6': '2001:db8:2::1/64'}).
Link-local addresses, which MLD and PIM speak from, are there by themselves.

PimRouter is a router among others: its daemons build trees towards sources and the RP, along static routes.

    r2 = net.addHost('r2', cls=PimRouter, ip='10.12.0.2/24', loopback='10.9.9.2', rp='10.9.9.2',
                     routes=['10.1.0.0/24 via 10.12.0.1', '10.2.0.0/24 via 10.23.0.3'])

With mode='dense' they need no RP: data is flooded, and pruned where nobody listens.

The router's daemon follows its interfaces, so links and addresses may be added at any time. `make install`
puts this module where Python finds it; without that, PYTHONPATH names this folder. mcastd and mcastctl are
taken from $MCAST_BUILD/bin, from build/bin in this source tree, or from PATH.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Callable, Optional, Union

from mininet.node import Host, Node, Switch

_CLONE_NEWNET = 0x40000000
_IP_MULTICAST_ALL, _IPV6_MULTICAST_ALL = 49, 29
_MCAST_JOIN_GROUP, _MCAST_BLOCK_SOURCE, _MCAST_JOIN_SOURCE_GROUP = 42, 43, 46
_ETH_P_IP, _ETH_P_IPV6 = 0x0800, 0x86DD
_PACKET_OUTGOING = 4
_ALL_ROUTERS_OF_THE_SITE = "ff05::2"  # RFC 4291 2.7.1
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL("libc.so.6", use_errno=True)
_namespace_lock = threading.Lock()


def find_program(name: str) -> str:
    """The path of mcastd or mcastctl. Raises FileNotFoundError."""
    build = Path(os.environ.get("MCAST_BUILD", Path(__file__).resolve().parents[2] / "build"))
    for candidate in (
        build / "bin" / name,
        shutil.which(name),
        f"/usr/sbin/{name}",
        f"/usr/local/sbin/{name}",
    ):
        if candidate and os.access(candidate, os.X_OK):
            return str(candidate)
    raise FileNotFoundError(
        f"{name} is neither in {build}/bin nor in PATH; MCAST_BUILD names the build folder"
    )


def _inside(node: Node, action: Callable[[], Any]) -> Any:
    """Runs something of this process in the node's network namespace; a socket made there stays there."""
    with _namespace_lock, open("/proc/thread-self/ns/net") as home, open(f"/proc/{node.pid}/ns/net") as there:
        if _libc.setns(there.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"entering the namespace of {node.name}")
        try:
            return action()
        finally:
            _libc.setns(home.fileno(), _CLONE_NEWNET)


def _end_with_parent() -> None:
    """A script that dies without net.stop() takes its daemons along."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _switch_reverse_path_filter_off(node: Node) -> None:
    node.cmd("for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $f; done")


def _use_addresses_at_once(node: Node) -> None:
    """Without Duplicate Address Detection, which would keep MLD silent for the first seconds."""
    node.cmd("for s in all default; do echo 0 > /proc/sys/net/ipv6/conf/$s/accept_dad; done 2>/dev/null")


def _add_ipv6_addresses(node: Node, of_the_node: Optional[str]) -> None:
    """Those that the node and the ends of its links were given as `ip6`. Raises ValueError."""
    for interface in node.intfList():
        address = interface.params.get("ip6") or (of_the_node if interface == node.defaultIntf() else None)
        said = node.cmd(f"ip addr replace {address} dev {interface.name} nodad") if address else ""
        if said.strip():
            raise ValueError(f"{node.name}: ip6={address!r}: {said.strip()}")


def _is_ipv6(address: str) -> bool:
    return ":" in address


def _domain(group: str) -> int:
    return socket.AF_INET6 if _is_ipv6(group) else socket.AF_INET


def _level(group: str) -> int:
    return socket.IPPROTO_IPV6 if _is_ipv6(group) else socket.IPPROTO_IP


def _storage(address: str) -> bytes:
    """struct sockaddr_storage"""
    octets = socket.inet_pton(_domain(address), address)
    return struct.pack("=H6x16s104x" if _is_ipv6(address) else "=H2x4s120x", _domain(address), octets)


class McastRouter(Node):
    """A router whose network namespace runs mcastd from its configuration until it is terminated.

    config: what mcastd reads: a dict or a text (YAML), or the Path of a file. Without it, IGMP and MLD run on
            every interface, with the keys of `igmp` and `mld` as in the file: {'version': 2,
            'query-interval': 20}; False switches one off.
    log_level: error, warning, info or debug; see log().
    """

    def __init__(
        self,
        name: str,
        config: Union[dict, str, Path, None] = None,
        igmp: Union[dict, bool, None] = None,
        mld: Union[dict, bool, None] = None,
        log_level: str = "warning",
        **params: Any,
    ) -> None:
        self._mcastd: Optional[subprocess.Popen] = None
        self._folder = Path(tempfile.mkdtemp(prefix=f"mcast-{name}-"))
        protocols = {"igmp": igmp, "mld": mld}
        given = {protocol: keys for protocol, keys in protocols.items() if keys is not None}
        self._configuration = config if config is not None else {"interfaces": {"*": given}}
        self._log_level = log_level
        super().__init__(name, **params)
        _use_addresses_at_once(self)

    def config(self, ip6: Optional[str] = None, **params: Any) -> dict:
        """Called by Mininet when the network is built. Raises RuntimeError if mcastd doesn't start."""
        result = super().config(**params)
        _switch_reverse_path_filter_off(self)
        self.cmd("echo 1 > /proc/sys/net/ipv4/ip_forward")
        self.cmd("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding 2>/dev/null")
        _add_ipv6_addresses(self, ip6)
        self.start_mcastd()
        return result

    def terminate(self) -> None:
        """Called by Mininet when the network is stopped."""
        self.stop_mcastd()
        shutil.rmtree(self._folder, ignore_errors=True)
        super().terminate()

    @property
    def control_socket(self) -> Path:
        return self._folder / "mcastd.sock"

    def start_mcastd(self, within: float = 5.0) -> None:
        """Starts mcastd and waits up to `within` seconds for it. Raises RuntimeError with its log."""
        if self._mcastd is not None:
            return
        command = [
            find_program("mcastd"),
            "-c",
            str(self._config_file()),
            "-s",
            str(self.control_socket),
            "-l",
            self._log_level,
        ]
        with open(self._folder / "log", "ab") as log:
            self._mcastd = self.popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_end_with_parent
            )
        end = time.monotonic() + within
        while not self.control_socket.exists():
            if self._mcastd.poll() is not None or time.monotonic() > end:
                self.stop_mcastd()
                raise RuntimeError(f"{self.name}: mcastd does not start: {self.log()}")
            time.sleep(0.01)

    def stop_mcastd(self) -> None:
        """Stops mcastd cleanly; the kernel's forwarding entries go with it."""
        process, self._mcastd = self._mcastd, None
        if process is not None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def ctl(self, *words: str) -> Any:
        """The answer of `mcastctl --json WORDS`. Raises subprocess.CalledProcessError."""
        command = [find_program("mcastctl"), "--json", "-s", str(self.control_socket), *words]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)

    def groups(self, interface: Optional[str] = None) -> set[str]:
        """The groups of both families with members behind an interface, or any; without the one of all IPv6
        routers of a site, which the router's own kernel is in.
        """
        return {
            row["group"]
            for protocol in ("igmp", "mld")
            for row in self.ctl("show", protocol, "groups")
            if interface in (None, row["interface"]) and row["group"] != _ALL_ROUTERS_OF_THE_SITE
        }

    def log(self) -> str:
        """What mcastd wrote."""
        return (self._folder / "log").read_text(errors="replace")

    def _config_file(self) -> Path:
        if isinstance(self._configuration, Path):
            return self._configuration
        text = (
            self._configuration if isinstance(self._configuration, str) else json.dumps(self._configuration)
        )
        file = self._folder / "mcastd.yaml"
        file.write_text(text)  # JSON is YAML, too
        return file


class PimRouter(McastRouter):
    """A router that speaks PIM on all its interfaces, besides IGMP and MLD.

    rp:       the static RP of all groups: an address, or a list of those and of what the file takes as `rp`.
    mode:     'sparse', 'dense' or 'sparse-dense', of all its interfaces.
    pim:      further keys of the file's section `pim`, such as {'spt-switchover': 'never'}.
    hello:    keys of PIM on each interface, such as {'hello-interval': 5, 'dr-priority': 9}.
    loopback: addresses that stand on no link, such as the RP's; one or a list.
    routes:   unicast routes as ip(8) takes them: '10.2.0.0/24 via 10.12.0.2'.
    igmp, mld, log_level: as of McastRouter.
    """

    def __init__(
        self,
        name: str,
        rp: Union[str, list, None] = None,
        pim: Optional[dict] = None,
        hello: Optional[dict] = None,
        loopback: Union[str, list[str]] = (),
        mode: str = "sparse",
        routes: tuple[str, ...] = (),
        igmp: Union[dict, bool, None] = None,
        mld: Union[dict, bool, None] = None,
        **params: Any,
    ) -> None:
        self._loopback = [loopback] if isinstance(loopback, str) else list(loopback)
        self._routes = list(routes)
        interface: dict = {"pim": {"mode": mode, **(hello or {})}}
        interface.update({key: keys for key, keys in (("igmp", igmp), ("mld", mld)) if keys is not None})
        router = {**({"rp": rp} if rp else {}), **(pim or {})}
        super().__init__(name, config={"pim": router, "interfaces": {"*": interface}}, **params)

    def start_mcastd(self, within: float = 5.0) -> None:
        """Sets addresses and routes and starts mcastd. Raises ValueError, RuntimeError."""
        for address in self._loopback:
            self._ip(f"addr replace {address} dev lo")
        for route in self._routes:
            self._ip(f"route replace {route}")
        super().start_mcastd(within)

    def neighbors(self, family: str = "ipv4") -> set[str]:
        """The PIM neighbours on all interfaces."""
        return {row["address"] for row in self.ctl("show", "pim", "neighbors", f"--{family}")}

    def wait_for_neighbors(self, number: int, within: float = 10.0) -> None:
        """Until there are so many of IPv4. Raises TimeoutError."""
        end = time.monotonic() + within
        while len(self.neighbors()) < number:
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name}: {self.neighbors()} after {within} s")
            time.sleep(0.05)

    def tree(self, group: str) -> list[dict]:
        """The group's trees in this router: where data comes in and goes out."""
        return self.ctl("show", "pim", "mroute", group)

    def dense(self, group: str) -> list[dict]:
        """The group's sources in dense mode, with the states and timers towards them."""
        return self.ctl("show", "pim", "dense", group)

    def _ip(self, command: str) -> None:
        said = self.cmd(f"ip {command}")
        if said.strip():
            raise ValueError(f"{self.name}: ip {command}: {said.strip()}")


class Membership:
    """A socket of a host that joined a group; leaves when it is closed. Usable in a `with` statement."""

    def __init__(
        self, host: McastHost, group: str, port: int, source: Optional[str], block: tuple[str, ...]
    ) -> None:
        ipv6 = _is_ipv6(group)
        self._level = _level(group)
        self._socket = _inside(host, lambda: socket.socket(_domain(group), socket.SOCK_DGRAM))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(self._level, _IPV6_MULTICAST_ALL if ipv6 else _IP_MULTICAST_ALL, 0)
        index = host.interface_index()
        self._socket.bind((group, port, 0, index) if ipv6 else (group, port))
        request = struct.pack("I4x", index) + _storage(group)
        if source:
            self._set(_MCAST_JOIN_SOURCE_GROUP, request + _storage(source))
        else:
            self._set(_MCAST_JOIN_GROUP, request)
        for unwanted in block:
            self._set(_MCAST_BLOCK_SOURCE, request + _storage(unwanted))

    def receive(self, timeout: float = 1.0) -> Optional[bytes]:
        """The next datagram, or None if there is none for `timeout` seconds."""
        self._socket.settimeout(timeout)
        try:
            return self._socket.recv(65535)
        except TimeoutError:
            return None

    def count(self, seconds: float = 1.0) -> int:
        """How many datagrams come within `seconds`."""
        end = time.monotonic() + seconds
        number = 0
        while (left := end - time.monotonic()) > 0:
            number += self.receive(left) is not None
        return number

    def leave(self) -> None:
        self._socket.close()

    def __enter__(self) -> Membership:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def _set(self, option: int, value: bytes) -> None:
        self._socket.setsockopt(self._level, option, value)


class Stream:
    """Datagrams at a steady rate until stop(). Usable in a `with` statement."""

    def __init__(self, sender: socket.socket, destination: tuple[str, int], rate: float, size: int) -> None:
        self.sent = 0
        self._socket, self._destination = sender, destination
        self._interval, self._size = 1 / rate, size
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        begin = time.monotonic()
        while not self._over.wait(max(0.0, begin + self.sent * self._interval - time.monotonic())):
            self._socket.sendto(struct.pack("!Q", self.sent).ljust(self._size, b"\0"), self._destination)
            self.sent += 1

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class McastHost(Host):
    """A host whose kernel speaks IGMP and MLD for the groups joined here; on its default interface."""

    def __init__(self, name: str, **params: Any) -> None:
        super().__init__(name, **params)
        _use_addresses_at_once(self)

    def config(self, ip6: Optional[str] = None, **params: Any) -> dict:
        """Called by Mininet when the network is built."""
        result = super().config(**params)
        _switch_reverse_path_filter_off(self)
        _add_ipv6_addresses(self, ip6)
        return result

    def interface_index(self) -> int:
        """Of the default interface."""
        return _inside(self, lambda: socket.if_nametoindex(self.defaultIntf().name))

    def join(
        self, group: str, port: int = 5000, source: Optional[str] = None, block: tuple[str, ...] = ()
    ) -> Membership:
        """Joins a group: from one source, or from any but those to `block`. Raises OSError."""
        return Membership(self, group, port, source, block)

    def stream(
        self, group: str, port: int = 5000, rate: float = 50.0, size: int = 100, ttl: int = 8
    ) -> Stream:
        """Sends `rate` datagrams a second of `size` octets, each with its number in the first 8 octets."""
        ipv6, level, index = _is_ipv6(group), _level(group), struct.pack("i", self.interface_index())
        sender = _inside(self, lambda: socket.socket(_domain(group), socket.SOCK_DGRAM))
        sender.setsockopt(level, socket.IPV6_MULTICAST_HOPS if ipv6 else socket.IP_MULTICAST_TTL, ttl)
        choice = index if ipv6 else bytes(8) + index  # struct ip_mreqn
        sender.setsockopt(level, socket.IPV6_MULTICAST_IF if ipv6 else socket.IP_MULTICAST_IF, choice)
        return Stream(sender, (group, port), rate, max(size, 8))

    def arrivals(self, group: str, seconds: float = 1.0) -> int:
        """How many UDP packets to the group reach the host's interface in `seconds`, wanted or not."""
        kind = _ETH_P_IPV6 if _is_ipv6(group) else _ETH_P_IP
        tap = _inside(self, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(kind)))
        wanted = socket.inet_pton(_domain(group), group)
        protocol, destination = (6, slice(24, 40)) if _is_ipv6(group) else (9, slice(16, 20))
        number = 0
        with tap:
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                tap.settimeout(left)
                try:
                    packet, address = tap.recvfrom(65535)
                except TimeoutError:
                    break
                incoming = address[2] != _PACKET_OUTGOING
                number += (
                    incoming
                    and packet[destination] == wanted
                    and packet[protocol] == socket.IPPROTO_UDP
                )
        return number


class BridgeSwitch(Switch):
    """A LAN for several nodes: the kernel's bridge, in a namespace of its own. snooping: IGMP snooping on."""

    def __init__(self, name: str, snooping: bool = False, **params: Any) -> None:
        self._snooping = snooping
        params["inNamespace"] = True
        super().__init__(name, **params)

    def start(self, _controllers: list) -> None:
        self.cmd(
            f"ip link add br0 type bridge forward_delay 0 stp_state 0 mcast_snooping {int(self._snooping)}"
        )
        self.cmd("ip link set br0 up")
        for interface in self.intfList():
            if interface.name != "lo":
                self.cmd(f"ip link set {interface.name} master br0 up")

    def stop(self, deleteIntfs: bool = True) -> None:
        self.cmd("ip link del br0")
        super().stop(deleteIntfs)
