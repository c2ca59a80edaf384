#!/usr/bin/env python3
"""Scores the TLS handshakes that `vedette read` tells against what others state of their own captures.

    handshakes_vs_truth.py --vedette BINARY --captures FOLDER [--report FILE.md] [--only TEXT] [--draft]

A case is a fact that one source states of one connection: right, wrong, or missing. Those that are not right must
stand in handshake_differences.tsv with the reason; where that is Vedette's they count against the fact's threshold.
Exit status 0: all held; 1: something differs, printed; 77: nothing to compare with.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass

import handshake_report
from handshake_truths import SOURCES, both_ends

SKIPPED = 77
WORKERS = 2


@dataclass
class Case:
    fact: str
    source: str
    capture: str
    ends: tuple
    expected: str
    found: list  # what the connection's handshakes say of it; empty = nothing

    @property
    def connection(self):
        return "-".join(f"[{address}]:{port}" if ":" in address else f"{address}:{port}" for address, port in self.ends)

    @property
    def outcome(self):
        if self.expected in self.found:
            return "right"
        return "wrong" if self.found else "missing"


def facts_of(row):
    facts = {"version": row.get("app_version"), "sni": row.get("sni", "").lower(), "alpn": row.get("chosen_alpn"),
             "ja3": row.get("ja3"), "ja3s": row.get("ja3s"), "ja4": row.get("ja4")}
    if facts["ja4"]:
        facts["ja4_bc"] = facts["ja4"].split("_", 1)[1]
    return {name: value for name, value in facts.items() if value}


def ask(arguments):
    """The TLS handshakes of one capture, by their ends."""
    vedette, path = arguments
    done = subprocess.run([vedette, "read", path, "--show", "handshakes", "--format", "json", "--quiet"],
                          capture_output=True, text=True, timeout=300, check=False)
    told = defaultdict(list)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if row["app"] == "tls":
            told[both_ends(row["src_ip"], row.get("src_port", 0), row["dst_ip"], row.get("dst_port", 0))].append(facts_of(row))
    return dict(told)


def cases_of(truth, told):
    capture = next((path for path in truth.captures if truth.ends in told.get(path, {})), truth.captures[0])
    rows = told.get(capture, {}).get(truth.ends, [])
    for fact, expected in truth.facts.items():
        yield Case(fact, truth.source, capture, truth.ends, expected, [row[fact] for row in rows if fact in row])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vedette", required=True)
    parser.add_argument("--captures", required=True)
    parser.add_argument("--report")
    parser.add_argument("--only", default="")
    parser.add_argument("--draft", action="store_true", help="print all that is not right as lines of handshake_differences.tsv")
    arguments = parser.parse_args()
    if not os.path.exists(os.path.join(arguments.captures, "MANIFEST.tsv")):
        print("no captures: " + arguments.captures)
        return SKIPPED
    truths = [truth for source in SOURCES for truth in source(arguments.captures)
              if any(arguments.only in path for path in truth.captures)]
    paths = sorted({path for truth in truths for path in truth.captures if os.path.exists(os.path.join(arguments.captures, path))})
    with multiprocessing.Pool(WORKERS) as pool:
        answers = pool.map(ask, [(arguments.vedette, os.path.join(arguments.captures, path)) for path in paths], chunksize=8)
    told = dict(zip(paths, answers))
    cases = [case for truth in truths for case in cases_of(truth, told)]
    if arguments.draft:
        return handshake_report.draft(cases)
    return handshake_report.tell(cases, len(paths), arguments.report)


if __name__ == "__main__":
    sys.exit(main())
