#!/usr/bin/env python3
"""Compares the flows that `vedette read` tells with those that tshark's fields give, capture by capture.

    flows_vs_tshark.py --vedette BINARY --captures FOLDER --cache FOLDER --report FILE.md [--only TEXT]

Every 5-tuple's packets and bytes each way must be equal, save for the captures that known_differences.tsv names;
TCP health has the tolerances that report.py states. Exit status 0: all held; 1: something differs, printed; 77: nothing to compare with.
"""

import argparse
import csv
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field

import report
from expected_flows import Expected, Tuple5, canonical, expect, tuple_key
from tshark_frames import Frames, Unreadable, protocol_numbers

SKIPPED = 77
WORKERS = 2


@dataclass
class Health:
    """TCP health of one capture, ours beside tshark's."""
    retransmits: int = 0
    tshark_retransmits: int = 0
    retransmits_off: int = 0  # sum over 5-tuples and directions of |ours - tshark's|
    out_of_order: int = 0
    tshark_out_of_order: int = 0
    handshakes: int = 0  # connections whose handshake both measured
    handshakes_off: list = field(default_factory=list)  # of these, by more than a microsecond
    only_ours: int = 0
    only_tshark: int = 0


@dataclass
class Score:
    path: str
    readable: bool = True
    error: str = ""
    packets: int = 0
    told: int = 0  # in flows and as not IP
    flows: int = 0
    differing: list = field(default_factory=list)
    deep_tunnels: int = 0
    health: Health = field(default_factory=Health)


def protocol_names(source):
    """Our names of IP protocols, out of the table that the program is compiled from."""
    with open(source) as file:
        return {name: int(number) for number, name in re.findall(r'names\[(\d+)\] = "([^"]+)"', file.read())}


def ask(vedette, path, show):
    done = subprocess.run([vedette, "read", path, "--show", show, "--format", "json", "--quiet"],
                          capture_output=True, text=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()], done


def our_flows(rows, names):
    """Rows of `--show flows` by 5-tuple, and each 5-tuple's rows."""
    flows, rows_of = defaultdict(Tuple5), defaultdict(list)
    for row in rows:
        protocol = names.get(row["protocol"])
        protocol = int(row["protocol"]) if protocol is None else protocol
        key, side = tuple_key(protocol, canonical(row["src_ip"]), row.get("src_port", 0),
                              canonical(row["dst_ip"]), row.get("dst_port", 0))
        flow = flows[key]
        rows_of[key].append(row)
        for prefix, direction in (("", flow.sent[side]), ("reply_", flow.sent[1 - side])):
            direction.packets += row[prefix + "packets"]
            direction.bytes += row[prefix + "bytes"]
            direction.retransmits += row.get(prefix + "retransmits", 0)
        flow.sent[side].out_of_order += row.get("out_of_order", 0)
    return flows, rows_of


def counts(flow):
    return [(side.packets, side.bytes) for side in flow.sent]


def difference(key, ours, theirs):
    return {"tuple": key, "ours": counts(ours), "tshark": counts(theirs)}


def compare_health(health, ours, expected, rows_of):
    for key, theirs in expected.flows.items():
        if key[0] != 6 or key not in ours:
            continue
        for mine, its in zip(ours[key].sent, theirs.sent):
            health.retransmits += mine.retransmits
            health.tshark_retransmits += its.retransmits
            health.retransmits_off += abs(mine.retransmits - its.retransmits)
            health.out_of_order += mine.out_of_order
            health.tshark_out_of_order += its.out_of_order
        if len(theirs.streams) == 1 and len(rows_of[key]) == 1:
            compare_handshake(health, key, rows_of[key][0], next(iter(theirs.streams.values())))


def compare_handshake(health, key, row, seconds):
    ours = row.get("handshake_rtt_us")
    theirs = None if seconds is None else seconds * 1e6
    if ours is not None and theirs is not None:
        health.handshakes += 1
        if abs(ours - theirs) > 1:
            health.handshakes_off.append((key, ours, theirs))
    elif ours is not None:
        health.only_ours += 1
    elif theirs is not None and theirs >= 1:
        health.only_tshark += 1


def score_capture(arguments, frames, numbers, names, path):
    score = Score(path)
    full = os.path.join(arguments.captures, path)
    rows, done = ask(arguments.vedette, full, "flows")
    score.error = done.stderr.strip() if done.returncode else ""
    try:
        expected = expect(frames.of(full), numbers)
    except Unreadable:
        expected = Expected()
        score.readable = False
    ours, rows_of = our_flows(rows, names)
    summary, _ = ask(arguments.vedette, full, "summary")
    score.packets = expected.packets
    score.flows = len(expected.flows)
    score.deep_tunnels = expected.deep_tunnels
    score.told = sum(side.packets for flow in ours.values() for side in flow.sent)
    score.told += sum(row["packets"] for version in summary for row in version["ip_versions"]
                      if row["ip_version"] == "none")
    score.differing = [difference(key, ours.get(key, Tuple5()), expected.flows.get(key, Tuple5()))
                       for key in sorted(set(ours) | set(expected.flows), key=str)
                       if counts(ours.get(key, Tuple5())) != counts(expected.flows.get(key, Tuple5()))]
    compare_health(score.health, ours, expected, rows_of)
    return score


def worker(task):
    arguments, numbers, names, paths = task
    frames = Frames(arguments.cache)
    try:
        return [score_capture(arguments, frames, numbers, names, path) for path in paths]
    finally:
        frames.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vedette", required=True)
    parser.add_argument("--captures", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--report", required=True)
    parser.add_argument("--only", default="", help="captures whose path holds this text; no report, no tolerances")
    arguments = parser.parse_args()
    manifest = os.path.join(arguments.captures, "MANIFEST.tsv")
    for needed in (manifest, arguments.vedette):
        if not os.path.exists(needed):
            print(f"skipped: {needed} is not there")
            return SKIPPED
    for program in ("sharkd", "tshark"):
        if shutil.which(program) is None:
            print(f"skipped: {program} is not installed")
            return SKIPPED

    with open(manifest, newline="") as file:
        paths = [row["path"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    paths = [path for path in paths if arguments.only in path]
    here = os.path.dirname(os.path.abspath(__file__))
    names = protocol_names(os.path.join(here, "../../src/packet/names.cpp"))
    numbers = protocol_numbers()
    tasks = [(arguments, numbers, names, paths[start:start + 50]) for start in range(0, len(paths), 50)]
    with multiprocessing.Pool(WORKERS) as pool:
        scores = [score for part in pool.imap(worker, tasks) for score in part]
    return report.tell(scores, None if arguments.only else arguments.report)


if __name__ == "__main__":
    sys.exit(main())
