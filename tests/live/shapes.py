"""One packet in every shape that may hide its source from a filter: headers before, around and behind the IP header.

shapes(source, to_mac) gives (name, frame) pairs; each frame is from that source, of IPv4 or IPv6, or carries in a tunnel between
two other hosts a packet from it.
"""

import ipaddress
import struct

TCP, UDP, ICMP, GRE, SCTP, ICMPV6, AH, ESP, IPIP, IPV6_IN, FRAGMENT, ROUTING, HOP_BY_HOP, DESTINATION = (
    6, 17, 1, 47, 132, 58, 51, 50, 4, 41, 44, 43, 0, 60)
IPV4, IPV6, VLAN, PROVIDER_VLAN, MPLS, PPPOE, BRIDGED = 0x0800, 0x86DD, 0x8100, 0x88A8, 0x8847, 0x8864, 0x6558
OTHER = {4: ("198.51.100.1", "198.51.100.2"), 6: ("2001:db8:ffff::1", "2001:db8:ffff::2")}  # a tunnel's ends
TO = {4: "10.88.0.2", 6: "fd88::2"}


def packed(address):
    return ipaddress.ip_address(address).packed


def version(address):
    return ipaddress.ip_address(address).version


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ipv4(source, protocol, payload, to=TO[4], options=b"", fragment=0):
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | 5 + len(options) // 4, 0, 20 + len(options) + len(payload), 77, fragment, 64, protocol, 0,
                       packed(source), packed(to)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(source, next_header, payload, to=TO[6]):
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), next_header, 64, packed(source), packed(to)) + payload


def ip(source, protocol, payload, to=None):
    """Of the source's version."""
    return (ipv4 if version(source) == 4 else ipv6)(source, protocol, payload, to or TO[version(source)])


def ether_type(source):
    return IPV4 if version(source) == 4 else IPV6


def udp(port, payload=b"x" * 32):
    return struct.pack("!HHHH", 4000, port, 8 + len(payload), 0) + payload


def syn():
    return struct.pack("!HHIIBBHHH", 4000, 80, 1, 0, 0x50, 2, 1024, 0, 0)


def vlan(kind, number, rest):
    return struct.pack("!HH", kind, number) + rest


def typed(kind, packet):
    return struct.pack("!H", kind) + packet


def tunnels(packet, kind, outer):
    """The packet, an `ether_type` before it, in each tunnel between two hosts."""
    there, back = OTHER[4] if outer is None else (outer, OTHER[4][1])
    frame = b"\2\0\0\0\0\2\2\0\0\0\0\1" + typed(kind, packet)
    yield "GRE", ipv4(there, GRE, struct.pack("!HH", 0, kind) + packet, back)
    yield "GRE with a key", ipv4(there, GRE, struct.pack("!HHI", 0x2000, kind, 5) + packet, back)
    yield "GRE, Ethernet inside", ipv4(there, GRE, struct.pack("!HH", 0, BRIDGED) + frame, back)
    yield "VXLAN", ipv4(there, UDP, udp(4789, struct.pack("!II", 0x08000000, 7 << 8) + frame), back)
    yield "GENEVE", ipv4(there, UDP, udp(6081, struct.pack("!HHI", 0, BRIDGED, 7 << 8) + frame), back)
    yield "GTP-U", ipv4(there, UDP, udp(2152, struct.pack("!BBHI", 0x30, 255, len(packet), 9) + packet), back)
    yield ("IPIP" if kind == IPV4 else "6in4"), ipv4(there, IPIP if kind == IPV4 else IPV6_IN, packet, back)
    if outer is None:
        yield "IP in IPv6", ipv6(OTHER[6][0], IPIP if kind == IPV4 else IPV6_IN, packet, OTHER[6][1])


def nested(source):
    """A packet in three tunnels, in one another: from the source, or each tunnel from it."""
    for place in range(4):
        packet = ipv4(OTHER[4][0] if place else source, UDP, udp(9), OTHER[4][1])
        for around in range(1, 4):
            packet = ipv4(source if place == around else OTHER[4][0], IPIP, packet, OTHER[4][1])
        yield f"in three tunnels, {('inside', 'the inner', 'the middle', 'the outer')[place]}", packet


def of_ipv4(source):
    yield "options", ipv4(source, UDP, udp(9), options=b"\x94\x04\0\0")
    yield "first fragment", ipv4(source, UDP, udp(9), fragment=0x2000)
    yield "later fragment", ipv4(source, UDP, b"y" * 32, fragment=4)
    yield "tiny fragment", ipv4(source, TCP, syn()[:8], fragment=0x2000)
    yield "AH", ipv4(source, AH, struct.pack("!BBHII", UDP, 4, 0, 1, 1) + bytes(12) + udp(9))


def of_ipv6(source):
    pad = bytes((1, 4, 0, 0, 0, 0))
    yield "hop-by-hop options", ipv6(source, HOP_BY_HOP, bytes((UDP, 0)) + pad + udp(9))
    yield "destination options", ipv6(source, DESTINATION, bytes((UDP, 0)) + pad + udp(9))
    yield "routing header", ipv6(source, ROUTING, bytes((UDP, 2, 4, 0, 0, 0, 0, 0)) + packed(TO[6]) + udp(9))
    yield "first fragment", ipv6(source, FRAGMENT, struct.pack("!BBHI", UDP, 0, 1, 7) + udp(9))
    yield "later fragment", ipv6(source, FRAGMENT, struct.pack("!BBHI", UDP, 0, 5 << 3, 7) + b"y" * 32)
    yield "hop-by-hop and fragment", ipv6(source, HOP_BY_HOP, bytes((FRAGMENT, 0)) + pad + struct.pack("!BBHI", UDP, 0, 1, 7) + udp(9))
    yield "AH", ipv6(source, AH, struct.pack("!BBHII", UDP, 4, 0, 1, 1) + bytes(12) + udp(9))


def packets(source):
    icmp = (ICMP, bytes((8, 0, 0xF7, 0xFF, 0, 0, 0, 0))) if version(source) == 4 else (ICMPV6, bytes((128, 0, 0, 0, 0, 0, 0, 0)))
    yield "UDP", ip(source, UDP, udp(9))
    yield "TCP", ip(source, TCP, syn())
    yield "ICMP", ip(source, *icmp)
    yield "SCTP", ip(source, SCTP, struct.pack("!HHII", 4000, 80, 0, 0) + bytes((1, 0, 0, 20)) + bytes(16))
    yield "ESP", ip(source, ESP, struct.pack("!II", 1, 1) + bytes(40))
    yield "a protocol unknown to us", ip(source, 253, bytes(24))
    yield "no payload", ip(source, UDP, b"")
    yield "UDP cut short", ip(source, UDP, udp(9)[:5])
    yield from (of_ipv4 if version(source) == 4 else of_ipv6)(source)


def shapes(source, to_mac, from_mac="02:00:00:00:00:01"):
    macs = bytes.fromhex(to_mac.replace(":", "") + from_mac.replace(":", ""))
    kind = ether_type(source)
    plain = ip(source, UDP, udp(9))
    for name, packet in packets(source):
        yield name, macs + typed(kind, packet)
        yield f"{name}, VLAN", macs + vlan(VLAN, 42, typed(kind, packet))
    yield "QinQ", macs + vlan(PROVIDER_VLAN, 100, vlan(VLAN, 200, typed(kind, plain)))
    yield "two 802.1Q tags", macs + vlan(VLAN, 100, vlan(VLAN, 200, typed(kind, plain)))
    yield "priority tag", macs + vlan(VLAN, 0xE000, typed(kind, plain))
    yield "MPLS", macs + typed(MPLS, struct.pack("!I", 16 << 12 | 1 << 8 | 64) + plain)
    yield "PPPoE", macs + typed(PPPOE, struct.pack("!BBHHH", 0x11, 0, 1, 2 + len(plain), 0x21 if kind == IPV4 else 0x57) + plain)
    yield "LLC/SNAP", macs + struct.pack("!H", 8 + len(plain)) + b"\xaa\xaa\3\0\0\0" + typed(kind, plain)
    for name, packet in tunnels(plain, kind, None):
        yield f"inside {name}", macs + typed(IPV6 if name == "IP in IPv6" else IPV4, packet)
    if version(source) == 4:
        for name, packet in tunnels(ipv4(OTHER[4][0], UDP, udp(9), OTHER[4][1]), IPV4, source):
            yield f"end of {name}", macs + typed(IPV4, packet)
        for name, packet in nested(source):
            yield name, macs + typed(IPV4, packet)

