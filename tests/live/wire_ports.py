"""The networks that run over the wire between two hosts: plain, VLAN, QinQ, GRE and VXLAN, IPv4 and IPv6.

VLAN, QinQ and GRE are made by wire_ports.bpf.c, whose head says how, since not every kernel has devices for them; VXLAN is the
kernel's own, over IPv4 and over IPv6.
"""

from dataclasses import dataclass

from two_hosts import WIRE

VLAN_IDS, QINQ_IDS, GRE_KEY = (42,), (100, 200), 7777
VNI_OVER_IPV4, VNI_OVER_IPV6 = 4242, 4243
LARGEST_SUPER_FRAME = 60000  # bytes: room for a tunnel's headers below the 65,535 of an IP packet


@dataclass(frozen=True)
class Network:
    """10.NET.0.0/24 and fdNET::/64 with the sender at 1 and the sensed host at 2."""
    name: str
    net: int
    ipv6: bool = True
    vlan: tuple = ()
    tunnel: tuple = ()  # its type and id
    outer: tuple = ()   # the tunnel's ends, the sender's first

    def addresses(self, host):
        return [f"10.{self.net}.0.{host}"] + ([f"fd{self.net}::{host}"] if self.ipv6 else [])


NETWORKS = (
    Network("plain", 77),
    Network("vlan", 42, vlan=VLAN_IDS),
    Network("qinq", 43, vlan=QINQ_IDS),
    Network("gre", 47, ipv6=False, tunnel=("gre", GRE_KEY), outer=("10.77.0.1", "10.77.0.2")),
    Network("vxlan4", 54, tunnel=("vxlan", VNI_OVER_IPV4), outer=("10.77.0.1", "10.77.0.2")),
    Network("vxlan6", 56, tunnel=("vxlan", VNI_OVER_IPV6), outer=("fd77::1", "fd77::2")),
)
# name, index of the outer end as wire_ports.bpf.c has it, MTU that leaves room for tags and headers
PORTS = (("vlan", 142, 1500), ("qinq", 143, 1496), ("gre", 147, 1472))


def add_addresses(host, interface, network, number):
    for address in network.addresses(number):
        length, *options = ("64", "nodad") if ":" in address else ("24",)
        host.ip("addr", "add", f"{address}/{length}", "dev", interface, *options)


def attach(host, interface, way, program, section):
    host.run("tc", "filter", "add", "dev", interface, way, "bpf", "da", "obj", program, "sec", section)


def add_ports(host, program):
    """The sensed host's ports, by which it reaches VLAN, QinQ and GRE."""
    for name, index, mtu in PORTS:
        host.ip("link", "add", f"{name}-out", "index", str(index), "type", "veth", "peer", "name", name)
        host.ip("link", "set", name, "mtu", str(mtu), "gso_max_size", str(LARGEST_SUPER_FRAME))
        host.run("tc", "qdisc", "add", "dev", f"{name}-out", "clsact")
        attach(host, f"{name}-out", "ingress", program, f"tc/port_{name}")
        host.run("sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=0")
    # GRE carries no Ethernet: the frame on the wire has the wire's addresses.
    host.ip("link", "set", "gre", "address", host.mac())
    for name, _, _ in PORTS:
        host.ip("link", "set", f"{name}-out", "up")
        host.ip("link", "set", name, "up")


def add_vxlan(host, number):
    other = 3 - number
    for name, vni, net in (("vxlan4", VNI_OVER_IPV4, "10.77.0."), ("vxlan6", VNI_OVER_IPV6, "fd77::")):
        host.ip("link", "add", name, "type", "vxlan", "id", str(vni), "local", f"{net}{number}", "remote",
                f"{net}{other}", "dstport", "4789", "dev", WIRE)
        host.ip("link", "set", name, "gso_max_size", str(LARGEST_SUPER_FRAME))
        host.run("sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=0")
        host.ip("link", "set", name, "up")


def wait_until_reachable(hosts):
    """Link-local addresses and the first neighbours take their time."""
    for network in NETWORKS:
        for address in network.addresses(2):
            for attempt in range(50):
                if "1 received" in hosts.sender.run("ping", "-n", "-c", "1", "-W", "1", address, check=attempt == 49):
                    break


def add_networks(hosts, program):
    """All of NETWORKS. `program`: the object of wire_ports.bpf.c."""
    for number, host in ((1, hosts.sender), (2, hosts.sensed)):
        host.ip("link", "set", WIRE, "gso_max_size", str(LARGEST_SUPER_FRAME))
        # The kernel takes an interface's queue away while it adds this (qdisc_graft()): what IPv6 sends then passes the
        # egress hook, is told, and never gets to the wire. So IPv6 comes after it.
        host.run("tc", "qdisc", "add", "dev", WIRE, "clsact")
        host.run("sysctl", "-qw", f"net.ipv6.conf.{WIRE}.disable_ipv6=0")
        add_addresses(host, WIRE, NETWORKS[0], number)
    attach(hosts.sender, WIRE, "egress", program, "tc/sender_out")
    attach(hosts.sender, WIRE, "ingress", program, "tc/sender_in")
    attach(hosts.sensed, WIRE, "ingress", program, "tc/sensed_in")
    add_ports(hosts.sensed, program)
    for network in NETWORKS[1:4]:
        add_addresses(hosts.sender, WIRE, network, 1)
        add_addresses(hosts.sensed, network.name, network, 2)
    for network, (_, _, mtu) in zip(NETWORKS[1:4], PORTS):
        for address in network.addresses(1):
            net = address[:-1] + ("/64" if ":" in address else "0/24")
            hosts.sender.ip("route", "replace", net, "dev", WIRE, "src", address, "mtu", str(mtu))
    hosts.sender.ip("neigh", "replace", "10.47.0.2", "lladdr", hosts.sensed.mac(), "dev", WIRE)
    hosts.sensed.ip("neigh", "replace", "10.47.0.1", "lladdr", hosts.sender.mac(), "dev", "gre")
    for number, host in ((1, hosts.sender), (2, hosts.sensed)):
        add_vxlan(host, number)
        for network in NETWORKS[4:]:
            add_addresses(host, network.name, network, number)
    wait_until_reachable(hosts)
