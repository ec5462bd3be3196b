# SPDX-License-Identifier: GPL-2.0-only
"""One system under test in a Mininet node, its three ports wired to a second node that belongs to the tester.

    node ``dut``                                          node ``tester``
      lan   10.1.0.10/24   02:00:00:00:00:01  --- veth ---  lan    (no address: a packet socket)
      lan2  10.2.0.10/24   02:00:00:00:00:02  --- veth ---  lan2
      up    10.0.0.10/24   02:00:00:00:00:03  --- veth ---  up

In the family ``ipv6`` the ports have the IPv6 addresses of the suite's numbering plan instead, a link-local
and a global one each (fe80::1:a and 2001:db8:1::a on ``lan``), which are usable at once.

Mininet's ``Node`` and ``Link`` alone are used, no ``Mininet`` object: no controller, no switch, no sysctl of
the machine is touched, and nothing has a name outside its node, so any number of labs live side by side.
Building one takes about 70 ms of one processor, taking it down 1 ms. The packet sockets of the tester's end
are opened here, in this process.

The system's node: one family alone, no reverse-path filter, unicast forwarding on (a host of IPv6: off). A
router's default route goes out of ``up``, so that any source that is not on ``lan`` or ``lan2`` has its RPF
interface there; a host's goes out of ``lan``.

IGMP and MLD frames are not filtered in any way. The kernel of a router reports the link-local groups that its
daemons joined (224.0.0.2, .13, .22; ff02::2, ff02::16, and the solicited-node groups of its addresses), as
RFC 3376 6 wants it of a router; ``any_report()`` of the suite leaves those out.

A node is a shell. When that ends, on ``close`` or because this process was killed and its terminal is gone,
it takes the daemons and the folder with it; the kernel does the rest.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Mapping, Sequence

from conformance.harness.addressing import link_local_of
from conformance.harness.model import PORTS, InterfaceSetup, Setup
from conformance.harness.pim_setup import UnicastRoute
from conformance.harness.shield import shielded

from .settings import addresses_of
from .tap import Tap, network_namespace

TESTER_MTU = 9000
SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17
PACKAGES = {"mininet": "/usr/bin/mnexec", "iproute2": "ip", "util-linux": "unshare"}
IPV6_OFF = {"net/ipv6/conf/all/disable_ipv6": 1, "net/ipv6/conf/default/disable_ipv6": 1}
STOP_SECONDS = 2.0  # that a daemon has between SIGTERM and SIGKILL


def missing() -> str | None:
    """Why there can be no lab here, with the command that helps, or None."""
    absent = [package for package, program in PACKAGES.items() if not shutil.which(program)]
    try:
        import mininet.node  # noqa: F401
    except ImportError:
        absent.append("mininet")
    if absent:
        return f"needs {' '.join(sorted(set(absent)))}: apt-get install {' '.join(sorted(set(absent)))}"
    if os.geteuid() != 0:
        return "needs root (network namespaces and packet sockets): run it with sudo"
    return None


class DaemonNode:
    """A Mininet node, the processes that run in it, and a folder for their files, which is there already."""

    def __init__(self, name: str, folder: Path) -> None:
        from mininet.node import Node  # loaded when the first lab is built

        self.name, self.folder = name, folder
        self.node = Node(name)
        self._processes: list[subprocess.Popen] = []
        self._arm_shell()

    @property
    def namespace(self) -> str:
        """Path of the node's network namespace."""
        return f"/proc/{self.node.pid}/ns/net"

    def ip_batch(self, commands: Sequence[str]) -> None:
        """Commands of ip(8), without the word ip; ``RuntimeError`` if it says anything."""
        batch = self.folder / "ip-batch"
        batch.write_text("\n".join(commands) + "\n", encoding="ascii")
        said = self.node.cmd(f"ip -batch {batch}")
        if said.strip():
            raise RuntimeError(f"ip in node {self.name}: {said.strip()}")

    def start(
        self,
        command: Sequence[str],
        log: Path,
        mounts: Mapping[Path, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen:
        """Starts a daemon; its output goes to the file ``log``.

        mounts: what stands (bound) where in its own view of the file system, so that daemons that insist on
        fixed paths do not meet.
        """
        script = "mount --make-rprivate / && "
        for ours, theirs in (mounts or {}).items():
            script += f"mount --bind {shlex.quote(str(ours))} {shlex.quote(theirs)} && "
        script += "exec " + shlex.join(command)
        whole = ["unshare", "-m", "sh", "-c", script]
        with log.open("ab") as output:
            process = self.node.popen(
                whole,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
            )
        self._processes.append(process)
        self._arm_shell()
        return process

    def _arm_shell(self) -> None:
        """What the node's shell does last. (No signal of the kernel would do: daemons that change their user
        lose it.)
        """
        daemons = " ".join(str(process.pid) for process in self._processes)
        kill = f"kill -KILL {daemons}; " if daemons else ""
        self.node.cmd(f'trap \'test -d "{self.folder}" && {{ {kill}rm -rf "{self.folder}"; }}\' EXIT')

    def stop_daemons(self) -> None:
        """Ends all daemons, the last one started first; kills those that take too long."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        limit = time.monotonic() + STOP_SECONDS
        for process in self._processes:
            try:
                process.wait(max(limit - time.monotonic(), 0.01))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def close(self) -> None:
        """Ends the daemons and the node; the folder goes as well. May be called twice."""
        try:
            self.stop_daemons()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            if self.node is not None:
                _end_node(self.node)
                self.node = None


class MininetLab:
    """The two nodes, the wires, a folder for files, and the processes that run in the system's node."""

    def __init__(self, setup: Setup) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mcast-lab-"))
        self._routes: dict[str, str] = {}  # unicast ones that a case has set, by their prefix
        self._nodes: list[DaemonNode] = []
        self.taps: dict[str, Tap] = {}
        try:
            self._dut, self._tester = self._add_node("dut"), self._add_node("tester")
            self._configure_kernel(setup)
            self._add_links(setup)
        except BaseException:
            self.close()
            raise

    # ---- building ----

    def _add_node(self, name: str) -> DaemonNode:
        self._nodes.append(DaemonNode(name, self.folder))
        return self._nodes[-1]

    @property
    def namespace(self) -> str:
        """Path of the network namespace of the system's node."""
        return self._dut.namespace

    @property
    def tester_namespace(self) -> str:
        """Path of the network namespace of the tester's node."""
        return self._tester.namespace

    def _configure_kernel(self, setup: Setup) -> None:
        self.write_sysctls(
            {
                "net/ipv4/conf/all/rp_filter": 0,
                "net/ipv4/conf/default/rp_filter": 0,
                "net/ipv4/ip_forward": 1,
                **(ipv6_on(setup.role == "router") if setup.family == "ipv6" else IPV6_OFF),
            }
        )
        with network_namespace(self.tester_namespace):
            set_sysctls(IPV6_OFF)

    def _add_links(self, setup: Setup) -> None:
        from mininet.link import Link

        nodad = " nodad" if setup.family == "ipv6" else ""
        ours, theirs = ["link set lo up"], []
        for name, port in PORTS.items():
            Link(
                self._dut.node,
                self._tester.node,
                intfName1=name,
                intfName2=name,
                addr1=mac_of_system(name),
                addr2=f"02:00:00:00:01:{number_of(name):02x}",
            )
            mtu = setup.interfaces.get(name, InterfaceSetup()).mtu
            ours.append(f"link set dev {name} mtu {mtu}")
            ours += [
                f"addr add {address}/{length} dev {name}{nodad}"
                for address, length in addresses_of(setup, port)
            ]
            ours.append(f"link set dev {name} up")
            theirs.append(f"link set dev {name} mtu {TESTER_MTU} up")
        self._tester.ip_batch(theirs)
        self._open_taps(setup.family)
        self._dut.ip_batch(ours)
        uplink = "lan" if setup.role == "host" else "up"
        gateway = PORTS[uplink].tester_address
        everything = "0.0.0.0/0"
        if setup.family == "ipv6":
            gateway, everything = link_local_of(gateway), "::/0"
        self.set_route(UnicastRoute(everything, uplink, gateway))
        for route in setup.pim.routes if setup.pim else ():
            self.set_route(route)
        with network_namespace(self.namespace):
            for name in PORTS:
                compute_checksums_at_once(name)

    def _open_taps(self, family: str) -> None:
        for name, port in PORTS.items():
            self.taps[name] = Tap(name, port, self.tester_namespace, family)

    # ---- using ----

    def set_route(self, route: UnicastRoute) -> None:
        """A unicast route of the system, instead of that to the same prefix."""
        metric = f" metric {route.metric}" if route.metric else ""
        told = f"{route.prefix} via {route.next_hop} dev {route.port}{metric}"
        self._dut.ip_batch([*self._forget_route(route.prefix), f"route replace {told}"])
        self._routes[route.prefix] = told

    def remove_route(self, prefix: str) -> None:
        self._dut.ip_batch(self._forget_route(prefix))

    def _forget_route(self, prefix: str) -> list[str]:
        told = self._routes.pop(prefix, None)
        return [f"route del {told}"] if told else []

    def set_up(self, port: str, up: bool) -> None:
        self._dut.ip_batch([f"link set dev {port} {'up' if up else 'down'}"])

    def write_sysctls(self, values: Mapping[str, object]) -> None:
        """Sets variables of the system's node, by their path below /proc/sys."""
        with network_namespace(self.namespace):
            set_sysctls(values)

    def read_file(self, path: str) -> str:
        """A file of the system's node: anything below /proc/net or /proc/sys/net."""
        with network_namespace(self.namespace):
            return Path(path.replace("/proc/net", "/proc/thread-self/net")).read_text(encoding="utf-8")

    def socket(self, *kind: int) -> socket.socket:
        """A socket in the system's node."""
        with network_namespace(self.namespace):
            return socket.socket(*kind)

    def start(
        self,
        command: Sequence[str],
        log: Path,
        mounts: Mapping[Path, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen:
        """As ``DaemonNode.start``, in the system's node."""
        return self._dut.start(command, log, mounts, environment)

    # ---- ending ----

    def close(self) -> None:
        """Takes everything down. May be called twice."""
        with shielded():
            try:
                for node in self._nodes:
                    node.stop_daemons()
            finally:
                for tap in self.taps.values():
                    tap.close()
                self.taps.clear()
                while self._nodes:
                    self._nodes.pop().close()


def _end_node(node: object) -> None:
    """Ends a node, and takes it out of Mininet's own tables, which would keep every node for ever."""
    for table in (node.inToNode, node.outToNode):
        table.pop(node.stdin.fileno(), None)
    node.terminate()


def number_of(port: str) -> int:
    return list(PORTS).index(port) + 1


def mac_of_system(port: str) -> str:
    """The Ethernet address of the system's end of a port."""
    return f"02:00:00:00:00:{number_of(port):02x}"


def ipv6_on(forwarding: bool) -> dict[str, object]:
    """IPv6 with the addresses that it is given and no others, from the first moment."""
    everywhere = {
        "disable_ipv6": 0,
        "addr_gen_mode": 1,  # none
        "accept_dad": 0,
        "accept_ra": 0,
        "router_solicitations": 0,
        "forwarding": int(forwarding),
    }
    return {
        f"net/ipv6/conf/{scope}/{name}": value
        for name, value in everywhere.items()
        for scope in ("all", "default")
    }


def set_sysctls(values: Mapping[str, object]) -> None:
    """Sets variables of this thread's network namespace, by their path below /proc/sys."""
    for name, value in values.items():
        path = Path("/proc/sys") / name
        if path.exists() or not name.startswith("net/ipv6"):  # a kernel without IPv6 needs no switching off
            path.write_text(f"{value}\n", encoding="ascii")


def compute_checksums_at_once(interface: str) -> None:
    """A veth leaves checksums to a device that is never there; the tester wants to see right ones."""
    command = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(command))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCETHTOOL, request)
