#!/usr/bin/env python3
"""Compares what `vedette read --show packets` tells of each packet with what tshark dissects.

One tshark run a capture. A packet differs where a field of ours contradicts tshark's; each difference is
put into a named class. Classes in EXPLAINED are differences of meaning, not faults; every other one fails the
test. Ends with status 77 where captures or programs are missing.
"""
import argparse
import collections
import csv
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

from tshark_frames import layers, nanoseconds

FIELDS = (
    "frame.number frame.len frame.time_epoch frame.protocols ip.src ip.dst ipv6.src ipv6.dst ip.proto ipv6.nxt"
    " ip.ttl ipv6.hlim ip.dsfield.dscp ipv6.tclass.dscp vlan.id tcp.srcport tcp.dstport tcp.flags tcp.seq_raw"
    " tcp.ack_raw tcp.window_size_value udp.srcport udp.dstport sctp.srcport sctp.dstport icmp.type icmp.code"
    " icmpv6.type icmpv6.code eth.src ip.flags.mf ip.frag_offset"
).split()

PREFERENCES = (
    "ip.defragment:FALSE",
    "ipv6.defragment:FALSE",
    "tcp.desegment_tcp_streams:FALSE",
    "tcp.analyze_sequence_numbers:FALSE",
)

# Differences that are none of ours, by class.
EXPLAINED = {
    "link type without a parser": "tshark reaches IP through a link layer that is not a host's own: IEEE 802.15.4 with"
    " 6LoWPAN, vendors' headers; told as malformed link_type",
    "shim without a parser": "tshark passes NSH, E-tags, VN-tags, FabricPath, PBB, MACsec, vendors' time stamps or guesses"
    " a pseudowire under MPLS; told by its EtherType",
    "beyond our bounds": "more labels or headers than are walked; told as malformed",
    "cut or contradictory header": "a header that ends early or lies about its length: one of both goes on where the other"
    " stops; told as malformed",
    "UDP length of zero": "segmentation left to the device: we take the frame's length, tshark stops",
    "captured more than the wire had": "a damaged record: tshark takes the larger of both lengths, and at most 2^31 - 1",
    "damaged time stamp": "seconds or a fraction beyond tshark's signed 32 bits; ours are unsigned, and added",
    "SunATM header": "tshark counts the frame without its pseudo header",
    "not opened by tshark": "a link type that tshark 4.0 does not know, or damage in the first record",
    "SLIP": "tshark 4.0 has no parser for it",
    "802.1ad id": "tshark keeps the outer tag's id in another field",
    "VLAN of an inner packet": "tshark dissects a sampled packet inside sFlow",
    "route option": "tshark shows the final destination of a source route or home address, we the header's addresses",
    "no container": "not a capture file; tshark shows it as text or as a file of another kind",
}

SHIMS = {"nsh", "etag", "vntag", "cfp", "ieee8021ah", "macsec", "avsp", "cmd", "pwethheuristic"}

FLAG_LETTERS = "FSRPAUEC"


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def tshark_text(capture, cache):
    """tshark's fields of each frame; from `cache` where an earlier run left them."""
    kept = cache and cache / (hashlib.md5(str(capture.relative).encode()).hexdigest() + ".tsv")
    if kept and kept.exists():
        return kept.read_text(errors="replace")
    command = ["tshark", "-n", "-r", str(capture.path), "-T", "fields"]
    command += ["-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=,"]
    for preference in PREFERENCES:
        command += ["-o", preference]
    for field in FIELDS:
        command += ["-e", field]
    text = subprocess.run(command, capture_output=True, check=False).stdout.decode(errors="replace")
    if kept:
        kept.write_text(text)
    return text


class Frame:
    """A line of tshark's: every field a list of its occurrences."""

    def __init__(self, line):
        values = line.rstrip("\n").split("\t")
        values += [""] * (len(FIELDS) - len(values))
        self.fields = {name: value.split(",") if value else [] for name, value in zip(FIELDS, values)}
        self.protocols = layers(self.fields)
        self.layers = list(self._ip_layers())

    def __getitem__(self, name):
        return self.fields[name]

    def _ip_layers(self):
        """(version, src, dst, protocol, ttl, dscp) of each IP header, outermost first."""
        at = {4: 0, 6: 0}
        names = {
            4: ("ip.src", "ip.dst", "ip.proto", "ip.ttl", "ip.dsfield.dscp"),
            6: ("ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.hlim", "ipv6.tclass.dscp"),
        }
        for protocol in self.protocols:
            version = {"ip": 4, "ipv6": 6}.get(protocol)
            if version and at[version] < len(self[names[version][0]]):
                index = at[version]
                at[version] += 1
                yield (version, *(self._nth(name, index) for name in names[version]))

    def _nth(self, name, index):
        values = self[name]
        return values[index] if index < len(values) else None

    def number(self, name, index=0):
        value = self._nth(name, index)
        if value is None:
            return None
        try:
            return int(value, 0)
        except ValueError:
            return None


def classify_missing(frame, ours):
    """Why tshark has an IP header and we have none."""
    if ours.get("malformed") == "link_type":
        return "link type without a parser"
    if ours.get("malformed", "").endswith("too_deep"):
        return "beyond our bounds"
    if ours.get("malformed"):
        return "cut or contradictory header"
    return "shim without a parser" if SHIMS & set(frame.protocols) else "no IP told"


def differences(frame, ours):
    """Names of what contradicts."""
    if ours["length"] != frame.number("frame.len"):
        sun_atm = frame.protocols == ["atm"] and ours["length"] - frame.number("frame.len") == 4
        larger = ours["captured"] > ours["length"]
        larger = larger or ours["length"] > 2**31 - 1
        yield "captured more than the wire had" if larger else "SunATM header" if sun_atm else "length"
    if frame["frame.time_epoch"] and ours["time_ns"] != min(nanoseconds(frame["frame.time_epoch"][0]), 2**63 - 1):
        told = frame["frame.time_epoch"][0]
        damaged = told.startswith("-") or len(told.partition(".")[2]) > 9
        yield "damaged time stamp" if damaged else "time"
    has_ip = "ip_version" in ours
    if not has_ip:
        if frame.layers:
            yield classify_missing(frame, ours)
        return
    tunnel = ours.get("tunnel")
    layers = frame.layers
    if not layers:
        yield "cut or contradictory header" if ours.get("malformed") else "SLIP" if frame.protocols == ["data"] else "tshark sees no IP"
        return
    if tunnel:
        if len(layers) < 2:
            yield "UDP length of zero" if frame.protocols[-1] == "udp" else "tshark sees no tunnel"
            return
        # How many tunnels are opened, the flows' comparison judges.
        inside = [at for at in range(1, len(layers)) if layers[at - 1][1:3] == (tunnel["src_ip"], tunnel["dst_ip"])]
        if not inside:
            yield "outer addresses"
        told = inside[-1] if inside else 1
    else:
        told = 0
    yield from ip_differences(layers[told], ours)
    yield from transport_differences(frame, ours, told)
    if not tunnel:
        told = [int(vlan, 0) for vlan in frame["vlan.id"]][:2]
        if ours.get("vlan", []) != told and not set("vxlan gre geneve l2tp".split()) & set(frame.protocols):
            inner = "vlan" in frame.protocols and "sflow" in frame.protocols
            yield "VLAN of an inner packet" if inner else "802.1ad id" if "ieee8021ad" in frame.protocols else "vlan"


def ip_differences(layer, ours):
    version, src, dst, _, ttl, dscp = layer
    if version != ours["ip_version"]:
        yield "ip_version"
        return
    if (src, dst) != (ours["src_ip"], ours["dst_ip"]):
        # IPv4's source routes and IPv6's home addresses replace one end.
        yield "route option" if src == ours["src_ip"] or dst == ours["dst_ip"] else "addresses"
    if ttl is not None and int(ttl) != ours["ttl"]:
        yield "ttl"
    if dscp is not None and int(dscp) != ours["dscp"]:
        yield "dscp"


def transport_differences(frame, ours, told_ip):
    """`told_ip`: which of the frame's IP headers is told."""
    protocol, tunnel = ours["protocol"], told_ip > 0
    if protocol in ("tcp", "udp", "sctp"):
        headers = [at for at, name in enumerate(frame.protocols) if name in ("ip", "ipv6")]
        index = frame.protocols[:headers[told_ip]].count(protocol)
        told = (frame.number(f"{protocol}.srcport", index), frame.number(f"{protocol}.dstport", index))
        mine = (ours.get("src_port"), ours.get("dst_port"))
        if mine == (None, None):
            if told != (None, None) and "icmp" not in frame.protocols and "icmpv6" not in frame.protocols:
                yield f"{protocol} ports missing ({ours.get('malformed') or ours.get('fragment') or 'no reason'})"
            return
        if told == (None, None):
            if protocol not in frame.protocols or ours.get("malformed"):
                yield "cut or contradictory header"
                return
            yield f"{protocol} ports that tshark has not ({ours.get('malformed') or ours.get('fragment') or 'no reason'})"
            return
        if mine != told:
            yield f"{protocol} ports"
    elif "src_port" not in ours and not tunnel and "icmp" not in frame.protocols and "icmpv6" not in frame.protocols:
        if frame["tcp.srcport"] and "tcp" not in frame.protocols[frame.protocols.index("ip" if ours["ip_version"] == 4 else "ipv6") + 2:]:
            yield "tcp ports missing"
    if protocol == "tcp" and "tcp_flags" in ours:
        flags = frame.number("tcp.flags")
        letters = "".join(letter for bit, letter in enumerate(FLAG_LETTERS) if (flags or 0) & 1 << bit)
        if flags is not None and letters != ours["tcp_flags"]:
            yield "tcp_flags"
        for mine, theirs in (("tcp_seq", "tcp.seq_raw"), ("tcp_ack", "tcp.ack_raw"), ("tcp_window", "tcp.window_size_value")):
            value = frame.number(theirs)
            if value is not None and value != ours[mine]:
                yield mine
    if protocol in ("icmp", "icmpv6") and "icmp_type" in ours:
        told = (frame.number(f"{protocol}.type"), frame.number(f"{protocol}.code"))
        if told[0] is not None and told != (ours["icmp_type"], ours["icmp_code"]):
            yield "icmp type and code"
    if protocol == "icmp" and "icmp_type" not in ours and frame["icmp.type"]:
        yield "icmp missing"


class Capture:
    def __init__(self, root, relative):
        self.relative = relative
        self.path = root / relative


def ours_of(vedette, path):
    """Our packets, and what standard error said."""
    done = subprocess.run(
        [vedette, "read", "--show", "packets", "--format", "json", str(path)], capture_output=True, check=False
    )
    lines = done.stdout.decode(errors="replace").splitlines()
    return lines, done.stderr.decode(errors="replace").strip(), done.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vedette", required=True)
    parser.add_argument("--captures", default=os.environ.get("VEDETTE_TESTDATA"))
    parser.add_argument("--cache", type=pathlib.Path, help="folder that keeps tshark's answers between runs")
    parser.add_argument("--only-cached", action="store_true", help="pass over captures that the cache lacks")
    parser.add_argument("--every", type=int, default=1, help="compare every Nth capture")
    parser.add_argument("--examples", type=int, default=3, help="examples told of each class")
    parser.add_argument("--largest", type=int, default=200_000, help="packets of the largest capture compared")
    arguments = parser.parse_args()
    if not arguments.captures or not (pathlib.Path(arguments.captures) / "MANIFEST.tsv").exists():
        skip("no captures: VEDETTE_TESTDATA names no folder with a MANIFEST.tsv")
    if not shutil.which("tshark"):
        skip("no program tshark")
    root = pathlib.Path(arguments.captures)
    with open(root / "MANIFEST.tsv", encoding="utf-8") as manifest:
        rows = [row for row in csv.DictReader(manifest, delimiter="\t") if int(row["packets"] or 0) <= arguments.largest]
    found = collections.defaultdict(list)
    packets = captures = 0
    for row in rows[:: arguments.every]:
        capture = Capture(root, row["path"])
        name = hashlib.md5(row["path"].encode()).hexdigest() + ".tsv"
        if arguments.only_cached and not (arguments.cache / name).exists():
            continue
        captures += 1
        theirs = [line for line in tshark_text(capture, arguments.cache).splitlines() if line]
        mine, said, status = ours_of(arguments.vedette, capture.path)
        if len(theirs) != len(mine):
            name = "no container" if not row["linktype"] else "packets in the file" if theirs else "not opened by tshark"
            found[name].append(f"{row['path']}: tshark {len(theirs)}, told {len(mine)} {said}")
        if status not in (0, 2):
            found["exit status"].append(f"{row['path']}: {status}")
        for number, (line, our_line) in enumerate(zip(theirs, mine), 1):
            packets += 1
            frame = Frame(line)
            for name in differences(frame, json.loads(our_line)):
                found[name].append(f"{row['path']}#{number} {':'.join(frame.protocols)}")
    print(f"{packets} packets of {captures} captures compared")
    faults = 0
    for name, places in sorted(found.items(), key=lambda item: -len(item[1])):
        explained = name in EXPLAINED
        faults += not explained
        files = len({place.split("#")[0] for place in places})
        print(f"{'explained' if explained else 'DIFFERS  '} {name}: {len(places)} in {files} captures")
        seen = collections.Counter()
        for place in places:
            seen[place.split("#")[0]] += 1
            if seen[place.split("#")[0]] == 1 and len(seen) <= arguments.examples:
                print(f"    {place}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
