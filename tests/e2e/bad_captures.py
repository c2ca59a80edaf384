"""Capture files for tests, good ones and damaged ones, made of bytes."""

import gzip
import socket
import struct

PACKETS = 5
RECORD = 16 + 60  # header and frame
PCAP_HEADER = 24


def frame(number):
    """A UDP datagram from port 1000 + number, padded to 60 bytes."""
    ends = socket.inet_aton("10.0.0.1") + socket.inet_aton("10.0.0.2")
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 46, 0, 0, 64, 17, 0) + ends
    return bytes.fromhex("020000000002020000000001") + b"\x08\0" + ip + struct.pack("!HHHH", 1000 + number, 53, 26, 0) + bytes(18)


def pcap(frames, link=1, snap_length=65535):
    records = [struct.pack("<IIII", 1_700_000_000 + second, 0, len(one), len(one)) + one for second, one in enumerate(frames)]
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap_length, link) + b"".join(records)


def block(kind, body):
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def pcapng(frames):
    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = block(1, struct.pack("<HHI", 1, 0, 0))
    return section + interface + b"".join(block(6, struct.pack("<IIIII", 0, 0, 0, len(one), len(one)) + one) for one in frames)


def zstd(*pieces):
    """A frame of uncompressed blocks (RFC 8878 section 3.1.1), one a piece, the last marked as the last."""
    text = b"\x28\xb5\x2f\xfd\x00\x58"
    for number, piece in enumerate(pieces):
        text += (len(piece) << 3 | (number == len(pieces) - 1)).to_bytes(3, "little") + piece
    return text


GOOD = pcap(map(frame, range(PACKETS)))
NG = pcapng(map(frame, range(PACKETS)))
GZIP = gzip.compress(GOOD, mtime=0)
ZSTD = zstd(GOOD[:200], GOOD[200:])


def with_bytes(text, offset, other):
    return text[:offset] + other + text[offset + len(other):]


FILES = {
    "good.pcap": GOOD,
    "good.pcapng": NG,
    "good.pcap.gz": GZIP,
    "good.pcap.zst": ZSTD,
    "many.pcap": pcap(frame(number % 60000) for number in range(50_000)),
    "cut_in_a_packet.pcap": GOOD[:-20],
    "cut_in_a_header.pcap": GOOD[:PCAP_HEADER + 3 * RECORD + 7],
    "cut_in_the_file_header.pcap": GOOD[:10],
    "no_packets.pcap": GOOD[:PCAP_HEADER],
    "length_of_4_GiB.pcap": with_bytes(GOOD, PCAP_HEADER + 2 * RECORD + 8, b"\xff\xff\xff\xff"),
    "cut_in_a_block.pcapng": NG[:-20],
    "block_length_of_3.pcapng": with_bytes(NG, 28 + 20 + 92 + 4, struct.pack("<I", 3)),
    "two_block_lengths.pcapng": with_bytes(NG, 28 + 20 + 2 * 92 - 4, struct.pack("<I", 88)),
    "no_such_interface.pcapng": with_bytes(NG, 28 + 20 + 92 + 8, struct.pack("<I", 7)),
    "no_byte_order.pcapng": with_bytes(NG, 8, bytes(4)),
    "empty_frames.pcap": pcap([b"", frame(1), b""]),
    "snap_length_of_0.pcap": pcap([frame(1)], snap_length=0),
    "snap_length_of_4_GiB.pcap": pcap([frame(1)], snap_length=0xFFFFFFFF),
    "strange_link_type.pcap": pcap([frame(1)], link=9999),
    "cut.pcap.gz": GZIP[:-8],  # the trailer with checksum and length is missing
    "wrong_checksum.pcap.gz": GZIP[:-8] + bytes(8),
    "more_behind.pcap.gz": GZIP + b"garbage",
    "cut.pcap.zst": ZSTD[:-20],
    "damaged_block.pcap.zst": with_bytes(ZSTD, 6 + 3 + 200, b"\xff\xff\xff"),
    "empty.pcap": b"",
    "text.pcap": b"this is no capture\n",
}
