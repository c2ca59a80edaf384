"""From Wireshark's frames to the two-way flows that they make: by the contract's words, not by our code.

A frame belongs to the 5-tuple of its innermost IP header, four tunnels deep at most; what an ICMP error
quotes does not count. Later fragments belong to their first one's 5-tuple if that came before them, within 30 s.
"""

import ipaddress
from collections import defaultdict
from dataclasses import dataclass, field

from tshark_frames import layers, nanoseconds

TRANSPORTS = {"tcp": 6, "udp": 17, "sctp": 132, "dccp": 33, "udplite": 136}
PORT_FIELDS = {"udplite": "udp"}
MESSAGES = {"icmp": 1, "icmpv6": 58}
TUNNELS = {"gre", "vxlan", "geneve", "gtp", "erspan", "ayiya", "capwap.data"}
TUNNELS_OPENED = 4
NEUTRAL = {"eth", "eth_maybefcs", "ethertype", "vlan", "mpls", "ppp", "pppoes", "llc", "ieee8021ad", "ieee8021ah",
           "ipv6.hopopts", "ipv6.dstopts", "ipv6.routing", "ipv6.fraghdr", "ah"}
IPV6_NEXT = {"ipv6.hopopts": "ipv6.hopopts.nxt", "ipv6.dstopts": "ipv6.dstopts.nxt",
             "ipv6.routing": "ipv6.routing.nxt", "ipv6.fraghdr": "ipv6.fraghdr.nxt", "ah": "ah.next_header"}
FRAGMENT_REMEMBERED_S = 30


@dataclass
class Header:
    """One IP header of a frame and what follows it."""
    version: int
    src: str
    dst: str
    protocol: object
    fragment_id: str = ""
    first_fragment: bool = False
    later_fragment: bool = False
    ports: tuple = (0, 0)


@dataclass
class Direction:
    packets: int = 0
    bytes: int = 0
    retransmits: int = 0
    out_of_order: int = 0


@dataclass
class Tuple5:
    """Both directions of a 5-tuple; [0] from the lower of both ends."""
    sent: tuple = field(default_factory=lambda: (Direction(), Direction()))
    streams: dict = field(default_factory=dict)  # tcp.stream → its initial round trip in seconds, or None


@dataclass
class Expected:
    packets: int = 0
    bytes: int = 0
    not_ip: int = 0
    flows: dict = field(default_factory=lambda: defaultdict(Tuple5))
    deep_tunnels: int = 0  # frames with an IP header in a tunnel that is too deep


class Occurrences:
    """Takes a frame's occurrences of each field in their order."""

    def __init__(self, frame):
        self.frame = frame
        self.taken = defaultdict(int)

    def next(self, name, default=""):
        values = self.frame.get(name, ())
        at = self.taken[name]
        self.taken[name] += 1
        return values[at] if at < len(values) else default


def canonical(address, known={}):
    text = known.get(address)
    if text is None:
        text = known[address] = str(ipaddress.ip_address(address))
    return text


def number_of(name, numbers):
    if name in numbers:
        return numbers[name]
    digits = "".join(c for c in name if c.isdigit())
    return int(digits) if digits else None


def read_header(layer, fields, numbers):
    if layer == "ip":
        more = fields.next("ip.flags.mf") in ("Set", "True", "1")
        offset = fields.next("ip.frag_offset", "0") != "0"
        return Header(4, fields.next("ip.src"), fields.next("ip.dst"), number_of(fields.next("ip.proto"), numbers),
                      fields.next("ip.id"), more and not offset, offset)
    return Header(6, fields.next("ipv6.src"), fields.next("ipv6.dst"), number_of(fields.next("ipv6.nxt"), numbers))


def flow_header(frame, numbers):
    """The header that names the frame's flow, or None; and how many there are in all down to an opaque layer."""
    fields = Occurrences(frame)
    chosen, depth, inside, settled = None, 0, True, False
    names = layers(frame)
    for before, layer in zip([""] + names, names):
        if layer in ("ip", "ipv6"):
            header = read_header(layer, fields, numbers)
            if not inside or not header.src or not header.dst:
                break
            depth += 1
            if depth > TUNNELS_OPENED + 1:
                break
            chosen, settled = header, False
            inside = not (header.first_fragment or header.later_fragment)
        elif layer in IPV6_NEXT:
            protocol = number_of(fields.next(IPV6_NEXT[layer]), numbers)
            if chosen is None or settled:
                continue
            chosen.protocol = protocol
            if layer == "ipv6.fraghdr":
                offset = fields.next("ipv6.fraghdr.offset", "0").split()[0] != "0"
                more = fields.next("ipv6.fraghdr.more") in ("Yes", "True", "1", "Set")
                chosen.fragment_id = fields.next("ipv6.fraghdr.ident")
                chosen.first_fragment, chosen.later_fragment = more and not offset, offset
                inside = not (more or offset)
        elif layer in TRANSPORTS:
            name = PORT_FIELDS.get(layer, layer)
            ports = (int(fields.next(f"{name}.srcport", "0")), int(fields.next(f"{name}.dstport", "0")))
            if chosen is not None and not settled:
                chosen.ports, chosen.protocol, settled = ports, TRANSPORTS[layer], True
            inside = False
        elif layer in MESSAGES:
            if chosen is not None and not settled:
                chosen.protocol = MESSAGES[layer]
            break
        elif layer in TUNNELS:
            inside = chosen is not None and not (chosen.first_fragment or chosen.later_fragment)
        elif layer not in NEUTRAL and (before, layer) != ("capwap.data", "wlan") and chosen is not None:
            inside = False
    return chosen, depth


def join_fragment(header, time, remembered):
    key = (header.src, header.dst, header.fragment_id, header.protocol if header.version == 4 else 6)
    if header.first_fragment:
        remembered[key] = (time, header.ports, header.protocol)
    elif header.later_fragment:
        first = remembered.get(key)
        if first is not None and time - first[0] <= FRAGMENT_REMEMBERED_S:
            header.ports, header.protocol = first[1], first[2]


def tuple_key(protocol, src, src_port, dst, dst_port):
    """The same for both directions, and which of both this is: 0 where src is the lower end."""
    ends = ((src, src_port), (dst, dst_port))
    return ((protocol, *ends), 0) if ends[0] <= ends[1] else ((protocol, ends[1], ends[0]), 1)


def note_tcp(flow, direction, frame):
    stream = int(frame["tcp.stream"][0])
    flow.streams.setdefault(stream, None)
    if "tcp.analysis.initial_rtt" in frame:
        flow.streams[stream] = nanoseconds(frame["tcp.analysis.initial_rtt"][0]) / 1e9
    direction.retransmits += any(f"tcp.analysis.{kind}" in frame for kind in
                                 ("retransmission", "fast_retransmission", "spurious_retransmission"))
    direction.out_of_order += "tcp.analysis.out_of_order" in frame


def expect(frames, numbers):
    expected = Expected()
    remembered = {}
    for frame in frames:
        length = int(frame["frame.len"][0])
        expected.packets += 1
        expected.bytes += length
        header, depth = flow_header(frame, numbers)
        expected.deep_tunnels += depth > TUNNELS_OPENED + 1
        if header is None:
            expected.not_ip += 1
            continue
        join_fragment(header, nanoseconds(frame["frame.time_epoch"][0]) / 1e9, remembered)
        key, side = tuple_key(header.protocol, canonical(header.src), header.ports[0],
                              canonical(header.dst), header.ports[1])
        flow = expected.flows[key]
        flow.sent[side].packets += 1
        flow.sent[side].bytes += length
        if header.protocol == 6 and "tcp.stream" in frame and not header.later_fragment:
            note_tcp(flow, flow.sent[side], frame)
    return expected
