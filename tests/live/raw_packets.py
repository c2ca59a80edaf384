#!/usr/bin/env python3
"""Sends what needs a kernel module elsewhere, by raw sockets: SCTP, and GRE with IPv4 and IPv6 inside.

raw_packets.py SOURCE DESTINATION COUNT
"""

import errno
import ipaddress
import socket
import struct
import sys
import time

SCTP, GRE, UDP = 132, 47, 17
PORTS = 36412, 36422


def sctp_init(number):
    """An INIT chunk (RFC 9260 section 3.3.2); its checksum is left 0."""
    chunk = struct.pack("!BBHIIHHI", 1, 0, 20, number + 1, 65536, 10, 10, number)
    return struct.pack("!HHII", *PORTS, 0, 0) + chunk


def inner_packet(family, host, number):
    """From host 1 or 2 of a network that exists in the tunnel alone, to its host 9."""
    datagram = struct.pack("!HHHH", 5000, 6000, 8 + 32, 0) + bytes([number % 256] * 32)
    ends = b"".join(socket.inet_pton(family, (f"10.50.0.{one}" if family == socket.AF_INET else f"fd50::{one}"))
                    for one in (host, 9))
    if family == socket.AF_INET:
        return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), number, 0, 64, UDP, 0) + ends + datagram
    return struct.pack("!IHBB", 6 << 28, len(datagram), UDP, 64) + ends + datagram


def gre(family, host, number):
    """Without and with a key (RFC 2784, 2890)."""
    ether_type = 0x0800 if family == socket.AF_INET else 0x86DD
    head = struct.pack("!HHI", 0x2000, ether_type, 99) if number % 2 else struct.pack("!HH", 0, ether_type)
    return head + inner_packet(family, host, number)


def send(sock, packet, destination):
    """What the wire's queue has no room for is sent again."""
    while True:
        try:
            return sock.sendto(packet, (destination, 0))
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            time.sleep(0.001)


def main():
    source, destination, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    family = socket.AF_INET6 if ipaddress.ip_address(destination).version == 6 else socket.AF_INET
    host = int(source[-1])
    for protocol, payload in ((SCTP, sctp_init), (GRE, lambda number: gre(socket.AF_INET, host, number)),
                              (GRE, lambda number: gre(socket.AF_INET6, host, number))):
        with socket.socket(family, socket.SOCK_RAW, protocol) as sock:
            sock.bind((source, 0))
            for number in range(count):
                send(sock, payload(number), destination)


if __name__ == "__main__":
    main()
