#!/usr/bin/env python3
"""Makes seed corpora for the fuzz targets out of a folder of captures.

make_seeds.py CAPTURES SEEDS: SEEDS/capture_file gets small captures whole, SEEDS/parse_frame one file a packet
(link type, bytes missing, frame), at most a few of each capture; SEEDS/decode_tcp and SEEDS/decode_udp the first
payloads of a few flows of each capture, in the form of fuzz/decode.cpp, and SEEDS/gateway_head those of them that are
HTTP requests. Of those IPv4 and IPv6 behind Ethernet,
802.1Q or nothing are taken, and TCP in the order of the frames: seeds needn't be right.
"""
import pathlib
import struct
import sys

LARGEST_CAPTURE = 4096
PACKETS_OF_A_CAPTURE = 3
FLOWS_OF_A_CAPTURE = 3
BYTES_OF_A_DIRECTION = 3000
DATAGRAMS_OF_A_FLOW = 8
TCP, UDP = 6, 17
ETHERNET, RAW_IP = 1, (12, 14, 101)
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


def transport(link, frame):
    """(protocol, source, destination, what stands behind the IP header) or None; each end is address and port."""
    if link == ETHERNET:
        at = 12
        while frame[at : at + 2] in (b"\x81\x00", b"\x88\xa8"):
            at += 4
        frame = frame[at + 2 :]
    elif link not in RAW_IP:
        return None
    if len(frame) < 24 or frame[0] >> 4 not in (4, 6):
        return None
    if frame[0] >> 4 == 4:
        header, protocol, ends, length = (frame[0] & 15) * 4, frame[9], frame[12:20], struct.unpack(">H", frame[2:4])[0]
    else:
        header, protocol, ends, length = 40, frame[6], frame[8:40], 40 + struct.unpack(">H", frame[4:6])[0]
    rest, half = frame[header : max(length, header)], len(ends) // 2
    if protocol not in (TCP, UDP) or len(rest) < 8:
        return None
    return protocol, ends[:half] + rest[:2], ends[half:] + rest[2:4], rest


def payload(protocol, segment):
    return segment[8:] if protocol == UDP else segment[(segment[12] >> 4) * 4 :] if len(segment) > 12 else b""


def heads(content):
    """(protocol, seed) of the first flows that carried something."""
    flows = {}
    for link, _, frame in frames(content):
        found = transport(link, frame)
        if not found:
            continue
        protocol, source, destination, segment = found
        carried = payload(protocol, segment)
        backwards = (protocol, destination, source) in flows
        key = (protocol, destination, source) if backwards else (protocol, source, destination)
        if carried and (key in flows or len(flows) < FLOWS_OF_A_CAPTURE):
            flows.setdefault(key, []).append((backwards, carried))
    for (protocol, source, destination), carried in flows.items():
        ports = source[-2:] + destination[-2:]
        if protocol == TCP:
            sent = [b"".join(part for side, part in carried if side == which)[:BYTES_OF_A_DIRECTION]
                    for which in (False, True)]
            yield protocol, ports + struct.pack(">H", len(sent[0])) + sent[0] + sent[1]
        else:
            yield protocol, ports + b"".join(struct.pack(">H", (side << 15) | len(part[:1500])) + part[:1500]
                                             for side, part in carried[:DATAGRAMS_OF_A_FLOW])


def main():
    captures, seeds = map(pathlib.Path, sys.argv[1:3])
    for name in ("capture_file", "parse_frame", "decode_tcp", "decode_udp", "gateway_head"):
        (seeds / name).mkdir(parents=True, exist_ok=True)
    number = 0
    for path in sorted(captures.rglob("*")):
        if not path.is_file() or path.suffix in (".tsv", ".md"):
            continue
        content = path.read_bytes()[: 1 << 20]
        if len(content) <= LARGEST_CAPTURE:
            number += 1
            (seeds / "capture_file" / f"{number}").write_bytes(content)
        for protocol, seed in heads(content):
            number += 1
            (seeds / ("decode_tcp" if protocol == TCP else "decode_udp") / f"{number}").write_bytes(seed)
            if protocol == TCP and b" HTTP/1." in seed[6:2000].split(b"\r\n")[0]:
                (seeds / "gateway_head" / f"{number}").write_bytes(seed[4:])
        for index, (link, wire, frame) in enumerate(frames(content)):
            if index == PACKETS_OF_A_CAPTURE:
                break
            number += 1
            missing = min(max(wire - len(frame), 0), 0xFFFF)
            (seeds / "parse_frame" / f"{number}").write_bytes(struct.pack("<HH", link, missing) + frame[:1600])
    print(f"{number} seeds in {seeds}")


if __name__ == "__main__":
    main()
