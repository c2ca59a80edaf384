#!/usr/bin/env python3
"""send_shapes.py INTERFACE: each frame that standard input gives, in hex, as its line comes; at least as long as Ethernet's shortest."""

import socket
import sys

if __name__ == "__main__":
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((sys.argv[1], 0))
        for line in sys.stdin:
            sender.send(bytes.fromhex(line).ljust(60, b"\0"))
