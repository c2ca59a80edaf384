#!/usr/bin/env python3
"""Sends what needs a device of its own elsewhere (VLAN, QinQ, GRE), as whole frames: frames.py INTERFACE MAC.

MAC is the receiver's. A few frames a second, until it is stopped.
"""

import itertools
import socket
import struct
import sys
import time

PERIOD_SECONDS = 0.25


def checksum(words: bytes) -> int:
    """RFC 1071, over an even number of bytes."""
    total = sum(struct.unpack(f"!{len(words) // 2}H", words))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(source: str, target: str, protocol: int, payload: bytes) -> bytes:
    def header(check: int) -> bytes:
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, check,
                           socket.inet_aton(source), socket.inet_aton(target))

    return header(checksum(header(0))) + payload


def udp(source_port: int, target_port: int, payload: bytes) -> bytes:
    """Without a checksum, as RFC 768 allows over IPv4."""
    return struct.pack("!HHHH", source_port, target_port, 8 + len(payload), 0) + payload


def frames(source: bytes, target: bytes):
    ethernet = target + source
    for number in itertools.count():
        payload = b"packet %8d" % number
        datagram = ipv4("10.42.0.2", "10.42.0.1", 17, udp(40000 + number % 8, 5060, payload))
        yield ethernet + struct.pack("!HH", 0x8100, 42) + struct.pack("!H", 0x0800) + datagram
        yield ethernet + struct.pack("!HHHH", 0x88A8, 100, 0x8100, 200) + struct.pack("!H", 0x0800) + datagram
        inner = ipv4("10.50.0.2", "10.50.0.1", 17, udp(5000, 6000, payload))
        yield ethernet + struct.pack("!H", 0x0800) + ipv4("10.77.0.2", "10.77.0.1", 47, struct.pack("!HH", 0, 0x0800) + inner)


def main() -> None:
    interface, target = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", ""))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((interface, 0))
        source = sender.getsockname()[4]
        for frame in frames(source, target):
            sender.send(frame)
            time.sleep(PERIOD_SECONDS)


if __name__ == "__main__":
    main()
