#!/usr/bin/env python3
"""Sends numbered UDP frames at a steady rate, and prints how many went out.

numbered.py INTERFACE MAC COUNT RATE

A rate of 0 is as fast as it goes; a count of 0 is until standard input ends. There are eight flows, one a source port.
"""

import select
import socket
import struct
import sys
import time

FLOWS = 8
LENGTH = 60  # bytes of each frame
BURST_S = 0.002


def frame(destination, number):
    ends = socket.inet_aton("10.9.0.1") + socket.inet_aton("10.9.0.2")
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 46, number & 0xFFFF, 0, 64, 17, 0) + ends
    udp = struct.pack("!HHHH", 1024 + number % FLOWS, 9, 26, 0)
    return destination + b"\2\0\0\0\0\1\x08\0" + ip + udp + struct.pack("!I", number) + bytes(14)


def main():
    interface, mac, count, rate = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", "")), int(sys.argv[3]), int(sys.argv[4])
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((interface, 0))
        begin, sent = time.monotonic(), 0
        while (sent < count) if count else not select.select([sys.stdin], [], [], 0)[0]:
            due = count if rate == 0 else min(count or sys.maxsize, int((time.monotonic() - begin) * rate))
            for number in range(sent, due):
                sock.send(frame(mac, number))
            sent = max(sent, due)
            time.sleep(BURST_S)
    print(sent)


if __name__ == "__main__":
    main()
