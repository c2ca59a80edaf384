#!/usr/bin/env python3
"""Makes seed corpora for the fuzz targets out of a folder of captures.

make_seeds.py CAPTURES SEEDS: SEEDS/capture_file gets small captures whole, SEEDS/parse_frame one file a packet
(link type, bytes missing, frame), at most a few of each capture; SEEDS/decode_tls one file a frame that holds a
hello, from its record's header on, as the initiator's and as the responder's.
"""
import pathlib
import re
import struct
import sys

LARGEST_CAPTURE = 4096
PACKETS_OF_A_CAPTURE = 3
HELLOS_OF_A_CAPTURE = 4
HELLO = re.compile(rb"\x16\x03[\x00-\x04]..[\x01\x02]\x00.", re.DOTALL)
MAGICS = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}


def frames(content):
    """(link type, bytes on the wire, frame) of each whole record of a classic pcap."""
    order = MAGICS.get(content[:4])
    if not order or len(content) < 24:
        return
    link = struct.unpack(order + "I", content[20:24])[0] & 0xFFFF
    at = 24
    while at + 16 <= len(content):
        captured, wire = struct.unpack(order + "II", content[at + 8 : at + 16])
        frame = content[at + 16 : at + 16 + captured]
        if captured > 65535 or len(frame) < captured:
            return
        yield link, wire, frame
        at += 16 + captured


def hellos(content):
    """Bytes from the headers of the first records that begin with a ClientHello or ServerHello."""
    for at in HELLO.finditer(content):
        yield content[at.start() : at.start() + 2000]


def main():
    captures, seeds = map(pathlib.Path, sys.argv[1:3])
    for name in ("capture_file", "parse_frame", "decode_tls"):
        (seeds / name).mkdir(parents=True, exist_ok=True)
    number = 0
    for path in sorted(captures.rglob("*")):
        if not path.is_file() or path.suffix in (".tsv", ".md"):
            continue
        content = path.read_bytes()[: 1 << 20]
        if len(content) <= LARGEST_CAPTURE:
            number += 1
            (seeds / "capture_file" / f"{number}").write_bytes(content)
        for index, hello in enumerate(hellos(content)):
            if index == HELLOS_OF_A_CAPTURE:
                break
            number += 1
            sent = len(hello) if hello[5] == 1 else 0
            (seeds / "decode_tls" / f"{number}").write_bytes(struct.pack("<H", sent) + hello)
        for index, (link, wire, frame) in enumerate(frames(content)):
            if index == PACKETS_OF_A_CAPTURE:
                break
            number += 1
            missing = min(max(wire - len(frame), 0), 0xFFFF)
            (seeds / "parse_frame" / f"{number}").write_bytes(struct.pack("<HH", link, missing) + frame[:1600])
    print(f"{number} seeds in {seeds}")


if __name__ == "__main__":
    main()
