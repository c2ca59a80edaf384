#!/usr/bin/env python3
"""What passes an interface, by a packet socket: the truth that the sensor's words are held against.

capture_frames.py INTERFACE PREFIX

Until SIGTERM it writes PREFIX.in.pcap and PREFIX.out.pcap, and to each frame a line in PREFIX.in.beside and PREFIX.out.beside, of
what the bytes don't say: the payload's bytes in each packet that the frame stands for (GSO size; 0 where it is one packet), and
how many VLAN tags stood beside the frame, which are put back into it. Prints "ready" once it captures, and in the end, as JSON, how
many frames the socket lost.
"""

import json
import select
import signal
import socket
import struct
import sys

# linux/if_packet.h, linux/if_ether.h, asm-generic/socket.h
SOL_PACKET, PACKET_STATISTICS, PACKET_AUXDATA, PACKET_VNET_HDR = 263, 6, 8, 15
PACKET_OUTGOING, PACKET_LOOPBACK = 4, 5
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 1 << 4, 1 << 6
ETH_P_ALL = 3
SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
AUXDATA = struct.Struct("=IIIHHHH")  # struct tpacket_auxdata: status, len, snaplen, mac, net, vlan_tci, vlan_tpid
VNET = struct.Struct("=BBHHHH")      # struct virtio_net_hdr: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset

SNAPLEN = 512  # bytes: every header that the tests send
BUFFER = 256 << 20  # bytes


class CaptureFile:
    """A pcap file with nanoseconds, and what stands beside its frames."""

    def __init__(self, prefix):
        self.frames = open(prefix + ".pcap", "wb")
        self.beside = open(prefix + ".beside", "w")
        self.frames.write(struct.pack("=IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, SNAPLEN, 1))

    def add(self, time_ns, length, frame, gso_size, tags):
        self.frames.write(struct.pack("=IIII", time_ns // 10**9, time_ns % 10**9, len(frame), length) + frame)
        self.beside.write(f"{gso_size} {tags}\n")

    def close(self):
        self.frames.close()
        self.beside.close()


def open_socket(interface):
    """A socket that has missed nothing of the interface and heard nothing of others."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.bind((interface, ETH_P_ALL))
    sock.setblocking(False)
    return sock


def receive(sock, files):
    """One frame into its direction's file."""
    data, ancillary, _, address = sock.recvmsg(VNET.size + SNAPLEN, 256)
    if address[2] == PACKET_LOOPBACK:
        return
    frame, gso_size = data[VNET.size:], VNET.unpack_from(data)[3]
    length = time_ns = tags = 0
    for level, kind, value in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, length, _, _, _, tci, tpid = AUXDATA.unpack(value)
            if status & TP_STATUS_VLAN_VALID:
                tpid = tpid if status & TP_STATUS_VLAN_TPID_VALID else 0x8100
                frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
                length += 4
                tags = 1
        elif level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("=qq", value)
            time_ns = seconds * 10**9 + nanoseconds
    files["out" if address[2] == PACKET_OUTGOING else "in"].add(time_ns, length, frame[:SNAPLEN], gso_size, tags)


def main():
    interface, prefix = sys.argv[1:]
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    files = {way: CaptureFile(f"{prefix}.{way}") for way in ("in", "out")}
    with open_socket(interface) as sock:
        print("ready", flush=True)
        while True:
            try:
                receive(sock, files)
            except BlockingIOError:
                if ended:
                    break
                select.select([sock], [], [], 0.1)
        lost = struct.unpack("=II", sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
    for file in files.values():
        file.close()
    print(json.dumps({"lost": lost}))


if __name__ == "__main__":
    main()
