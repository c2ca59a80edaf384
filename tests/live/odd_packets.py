"""Frames of attacks that no flow's counters tell of.

attacks(to_mac, from_mac) gives, of each, the detector that tells it and its frames, in their order.
"""

import struct

from shapes import ICMP, IPV4, TCP, UDP, checksum, ipv4, packed, syn, typed, udp

ARP = 0x0806
TARGET, CLAIMED, HOST = "10.88.0.2", "10.88.0.77", "10.88.0.40"  # the sensed host; an address that two claim; who sends


def checksummed(message):
    """Of ICMP (RFC 792)."""
    return message[:2] + struct.pack("!H", checksum(message)) + message[4:]


def arp_reply(mac, address, to_mac, to_address):
    """RFC 826."""
    return struct.pack("!HHBBH", 1, IPV4, 6, 4, 2) + mac + packed(address) + to_mac + packed(to_address)


def echo(number, data):
    return checksummed(struct.pack("!BBHHH", 8, 0, 0, 7, number) + data)


def redirect(around):
    """To another router, of the packet that it quotes (RFC 792)."""
    return checksummed(struct.pack("!BBH4s", 5, 1, 0, packed("10.88.0.66")) + around[:28])


def behind_a_reset():
    """A conversation of two others, as a mirrored port shows it, that goes on behind its client's reset."""
    client, server, syn_flag, rst, ack = ("10.88.0.50", 4100), ("10.88.0.51", 80), 2, 4, 0x10

    def segment(source, to, seq, acked, flags, payload=b""):
        head = struct.pack("!HHIIBBHHH", source[1], to[1], seq, acked, 0x50, flags, 1024, 0, 0)
        return ipv4(source[0], TCP, head + payload, to[0])

    yield segment(client, server, 100, 0, syn_flag)
    yield segment(server, client, 500, 101, syn_flag | ack)
    yield segment(client, server, 101, 501, ack)
    yield segment(client, server, 101, 501, ack, b"x" * 40)
    yield segment(client, server, 141, 0, rst)
    for number in range(4):
        yield segment(client, server, 141 + 40 * number, 501, ack, b"y" * 40)
    yield segment(server, client, 501, 301, ack)


def attacks(to_mac, from_mac):
    to, own = (bytes.fromhex(mac.replace(":", "")) for mac in (to_mac, from_mac))
    other = bytes.fromhex("0200000000aa")

    def frame(packet, kind=IPV4, mac=own):
        return to + mac + typed(kind, packet)

    yield "arp_spoofing", [frame(arp_reply(mac, CLAIMED, to, TARGET), ARP, mac) for mac in (own, other) * 4]
    yield "overlapping_fragments", [frame(ipv4(HOST, UDP, udp(9), fragment=0x2000)),
                                    frame(ipv4(HOST, UDP, b"y" * 32, fragment=2))]
    yield "tiny_fragment", [frame(ipv4(HOST, TCP, syn()[:8], fragment=0x2000))]
    yield "icmp_redirect", [frame(ipv4(HOST, ICMP, redirect(ipv4(TARGET, UDP, udp(9), HOST))))]
    inside = ipv4("10.50.0.1", TCP, syn() + bytes(400), "10.50.0.2")
    yield "icmp_tunnel", [frame(ipv4(HOST, ICMP, echo(number, inside))) for number in range(5)]
    yield "land", [frame(ipv4(TARGET, UDP, struct.pack("!HHHH", 9, 9, 40, 0) + bytes(32)))]
    yield "martian_source", [frame(ipv4("127.0.0.9", UDP, udp(9)))]
    yield "source_route", [frame(ipv4(HOST, UDP, udp(9), options=b"\x83\x07\x04" + packed("10.88.0.66") + b"\0"))]
    yield "tcp_evasion", [frame(packet) for packet in behind_a_reset()]
