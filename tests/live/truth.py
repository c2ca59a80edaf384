"""The truth of a run: captures on both ends of the wire, dissected by tshark into one-way flows.

Of our own code nothing is asked. A frame's flow is what expected_flows.py of the accuracy tests takes from tshark's fields;
here its VLAN tags and its tunnel belong to it too.
"""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from two_hosts import WIRE

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "accuracy"))

from expected_flows import canonical, flow_header, join_fragment  # noqa: E402
from tshark_frames import PREFERENCES, protocol_numbers  # noqa: E402

FIELDS = """
frame.protocols frame.len frame.time_epoch eth.src eth.dst vlan.id ieee8021ad.id
ip.src ip.dst ip.proto ip.id ip.flags.mf ip.frag_offset ip.ttl ip.dsfield.dscp
ipv6.src ipv6.dst ipv6.nxt ipv6.hopopts.nxt ipv6.fraghdr.nxt ipv6.fraghdr.offset ipv6.fraghdr.more ipv6.fraghdr.ident
ipv6.hlim ipv6.tclass.dscp
tcp.srcport tcp.dstport tcp.flags tcp.seq_raw tcp.ack_raw tcp.window_size_value tcp.checksum tcp.len
udp.srcport udp.dstport sctp.srcport sctp.dstport icmp.type icmp.code icmpv6.type icmpv6.code
gre.key vxlan.vni
""".split()


class Capture:
    """capture_frames.py on a host's wire; with Capture(host, folder) as capture: …"""

    def __init__(self, host, folder):
        self.prefix = os.path.join(folder, host.name)
        self.host = host

    def __enter__(self):
        self.process = self.host.start(sys.executable, os.path.join(HERE, "capture_frames.py"), WIRE, self.prefix,
                                       stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the capture did not begin")
        return self

    def end(self):
        """Ends it; afterwards frames() can be asked."""
        self.process.terminate()
        lost = json.loads(self.process.stdout.readline())["lost"]
        self.process.wait()
        if lost:
            raise RuntimeError(f"the capture on {self.host.name} lost {lost} frames: it is no truth")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def frames(self, way):
        """A dict a frame that passed "in" or "out": field → occurrences, "segment_size" and "tags_beside"."""
        columns = [word for name in FIELDS for word in ("-e", name)]
        preferences = [word for name, value in PREFERENCES.items() for word in ("-o", f"{name}:{value}")]
        done = subprocess.run(["tshark", "-n", "-r", f"{self.prefix}.{way}.pcap", "-T", "fields", "-E", "occurrence=a",
                               "-E", "aggregator=,", *preferences, *columns],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True)
        with open(f"{self.prefix}.{way}.beside") as file:
            beside = [[int(number) for number in line.split()] for line in file]
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        if len(rows) != len(beside):
            raise RuntimeError(f"tshark told {len(rows)} of {len(beside)} frames")
        return [{**{name: text.split(",") for name, text in zip(FIELDS, row) if text}, "segment_size": size,
                 "tags_beside": tags} for row, (size, tags) in zip(rows, beside)]


def vlan_ids(frame):
    """Of the frame itself, outermost first."""
    outer = frame["frame.protocols"][0].partition(":ip")[0].split(":")
    ids = frame.get("ieee8021ad.id", []) + frame.get("vlan.id", [])
    return tuple(int(one, 0) for one in ids[:sum(layer in ("vlan", "ieee8021ad") for layer in outer)])


def ip_layers(frame, depth):
    """The first so many IP headers, as (place among all layers, "ip" or "ipv6")."""
    layers = frame["frame.protocols"][0].split(":")
    return [(at, layer) for at, layer in enumerate(layers) if layer in ("ip", "ipv6")][:depth]


def tunnel_of(frame, depth):
    """The innermost one's type and id, or (); `depth`: IP headers down to the one that names the flow."""
    if depth < 2:
        return ()
    layers = frame["frame.protocols"][0].split(":")
    (around, _), (inside, _) = ip_layers(frame, depth)[-2:]
    if "vxlan" in layers[around:inside]:
        return "vxlan", int(frame["vxlan.vni"][0], 0)
    # All GRE around another tunnel has a key here.
    before = layers[:around].count("gre")
    keys = frame.get("gre.key", [])
    return "gre", int(keys[before], 0) if before < len(keys) else 0


def outer_addresses(frame, depth):
    """Source and destination of the innermost tunnel's own header."""
    before = [layer for _, layer in ip_layers(frame, depth - 1)]
    layer, at = before[-1], before.count(before[-1]) - 1
    return canonical(frame[f"{layer}.src"][at]), canonical(frame[f"{layer}.dst"][at])


def on_the_wire(frame):
    """Packets, bytes and the longest packet that a frame is on a wire: a super-frame's headers are in each of its packets."""
    length = int(frame["frame.len"][0])
    if frame["segment_size"] == 0:
        return 1, length, length
    payload = int(frame["tcp.len"][-1])
    packets = -(-payload // frame["segment_size"])
    return packets, length + (packets - 1) * (length - payload), length - payload + frame["segment_size"]


def as_xdp_sees(frame):
    """As on_the_wire(), by the bytes that lie in the frame alone: without a tag beside it, and a super-frame is one packet."""
    length = int(frame["frame.len"][0]) - 4 * frame["tags_beside"]
    return 1, length, length


def vlan_ids_that_xdp_sees(frame):
    return vlan_ids(frame)[frame["tags_beside"]:]


def cuts_tcp_header(frame, header):
    """A first fragment that ends inside the TCP header."""
    return header.protocol == 6 and header.first_fragment and "tcp.checksum" not in frame


def remembers(header, remembered):
    """Whether join_fragment() has the first fragment that belongs to this one."""
    return any(key[:3] == (header.src, header.dst, header.fragment_id) for key in remembered)


@dataclass
class OneWay:
    """What went in one direction of the wire."""
    packets: int = 0
    bytes: int = 0
    not_ip: int = 0
    lone_fragments: int = 0  # later ones whose first one was not seen before
    malformed: Counter = field(default_factory=Counter)
    flows: dict = field(default_factory=lambda: defaultdict(Counter))
    unjoined: dict = field(default_factory=lambda: defaultdict(Counter))  # flows, where later fragments have no ports
    tunnel_ends: dict = field(default_factory=lambda: defaultdict(set))  # of each flow in a tunnel
    longest: Counter = field(default_factory=Counter)  # of each flow its longest packet
    protocols: dict = field(default_factory=lambda: defaultdict(Counter))  # by (number, IP version)


def flow_key(tags, tunnel, header):
    return tags, tunnel, header.protocol, canonical(header.src), header.ports[0], canonical(header.dst), header.ports[1]


def dissect(frames, amount=on_the_wire, tags=vlan_ids):
    """`amount` says how much a frame is, `tags` which VLAN ids it is told with."""
    seen, remembered, numbers = OneWay(), {}, protocol_numbers()
    for frame in frames:
        packets, length, longest = amount(frame)
        seen.packets += packets
        seen.bytes += length
        header, depth = flow_header(frame, numbers)
        if header is None:
            seen.not_ip += packets
            continue
        seen.malformed["transport_truncated"] += cuts_tcp_header(frame, header)
        seen.lone_fragments += header.later_fragment and not remembers(header, remembered)
        tunnel = tunnel_of(frame, depth)
        unjoined = flow_key(tags(frame), tunnel, header)
        join_fragment(header, float(frame["frame.time_epoch"][0]), remembered)
        key = flow_key(tags(frame), tunnel, header)
        if tunnel:
            seen.tunnel_ends[key].add(outer_addresses(frame, depth))
        seen.longest[key] = max(seen.longest[key], longest)
        for counts in (seen.flows[key], seen.unjoined[unjoined], seen.protocols[header.protocol, header.version]):
            counts["packets"] += packets
            counts["bytes"] += length
    return seen
