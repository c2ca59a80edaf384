#!/usr/bin/env python3
"""Scores the handshakes that `vedette read` tells against what others state of their own captures.

    handshakes_vs_truth.py --vedette BINARY --captures FOLDER [--report FILE.md]
                           [--capture TEXT] [--app APP] [--source TEXT] [--list FACT] [--draft]

A case is a fact that one source states of one connection (or of a capture, where it names none): right, wrong, or
missing. --capture, --app and --source choose some of them; --list FACT (or `all`) prints each that isn't right; --draft
prints them as lines of handshake_differences.tsv. With --report it judges: cases of a protocol that has a decoder
(handshake_targets.py) must be right or stand in handshake_differences.tsv, and each fact must reach its target.
Exit status 0: all held; 1: something doesn't, printed; 77: nothing to compare with.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
from collections import defaultdict

import handshake_report
import handshake_score
from arkime_truth import arkime
from flow_table_truth import ipfixprobe, nfstream
from handshake_case import both_ends, cases_of
from handshake_differences import Differences, written
from handshake_facts import facts_of
from ja4_truth import ja4_project
from ndpi_truth import ndpi
from pcapplusplus_truth import pcapplusplus
from second_opinions import ndpi_reader, tshark
from suricata_truth import suricata
from zeek_truth import zeek

SKIPPED = 77
WORKERS = 2
STATED = (ndpi, suricata, zeek, ja4_project, arkime, ipfixprobe, nfstream, pcapplusplus)


def ask(arguments):
    """The handshakes of one capture, by their ends."""
    vedette, path = arguments
    done = subprocess.run([vedette, "read", path, "--show", "handshakes", "--format", "json", "--quiet"],
                          capture_output=True, text=True, errors="replace", timeout=300, check=False)
    told = defaultdict(list)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        told[both_ends(row["src_ip"], row.get("src_port", 0), row["dst_ip"], row.get("dst_port", 0))].append(facts_of(row))
    return dict(told)


def all_of(sources, arguments):
    return [truth for source in sources for truth in source(arguments.captures)
            if any(arguments.capture in path for path in truth.captures) and arguments.source.lower() in truth.source.lower()
            and arguments.app in ("", truth.app)]


def once(cases):
    """Without what a source says twice."""
    seen = {(case.capture, case.source, case.connection, case.fact, case.expected, case.truth.count): case for case in cases}
    return list(seen.values())


def unstated(opinions, cases):
    """Those of which no source states the fact."""
    stated = {(case.capture, case.truth.ends, case.fact) for case in cases}
    return [case for case in opinions if (case.capture, case.truth.ends, case.fact) not in stated]


def score(arguments):
    truths, seconds, readers = (all_of(sources, arguments) for sources in (STATED, (tshark,), (ndpi_reader,)))
    paths = sorted({path for truth in truths + seconds + readers for path in truth.captures
                    if os.path.exists(os.path.join(arguments.captures, path))})
    with multiprocessing.Pool(WORKERS) as pool:
        told = dict(zip(paths, pool.map(ask, [(arguments.vedette, os.path.join(arguments.captures, path)) for path in paths], chunksize=8)))
    cases = once(case for truth in truths for case in cases_of(truth, told))
    cases += unstated(once(case for truth in seconds for case in cases_of(truth, told)), cases)
    opinions = unstated(once(case for truth in readers for case in cases_of(truth, told)), cases)
    others = [(truth.name, set().union(*(row["protocol"] for row in told.get(truth.captures[0], {}).get(truth.ends, []))))
              for truth in truths if truth.name]
    return cases, opinions, others, len(paths)


def judge(arguments, cases, opinions, others, captures, differences):
    unknown = handshake_score.unexplained(cases, differences)
    for case in unknown:
        print(handshake_report.listed(case))
    judged = handshake_score.scores([case for case in cases if case.app in handshake_score.DECODED], differences, lambda case: case.fact)
    failures = [f"{len(unknown)} cases are not right that are not known to"] if unknown else []
    failures += handshake_score.failures(judged, handshake_score.recorded(arguments.report))
    if not failures:
        handshake_report.write(arguments.report, cases, opinions, others, captures, differences)
    for line in differences.unused():
        print("no longer needed in handshake_differences.tsv", *line, sep="\t")
    print(*failures or ["all as stated"], sep="\n")
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vedette", required=True)
    parser.add_argument("--captures", required=True)
    parser.add_argument("--report")
    parser.add_argument("--capture", default="", help="only captures whose path has this in it")
    parser.add_argument("--app", default="", help="only what is stated of this protocol")
    parser.add_argument("--source", default="", help="only this source's cases")
    parser.add_argument("--list", metavar="FACT", help="print each case of the fact (or of all) that isn't right")
    parser.add_argument("--draft", action="store_true", help="print all that is not right as lines of handshake_differences.tsv")
    arguments = parser.parse_args()
    if not os.path.exists(os.path.join(arguments.captures, "MANIFEST.tsv")):
        print("no captures: " + arguments.captures)
        return SKIPPED
    cases, opinions, others, captures = score(arguments)
    differences = Differences()
    bad = [case for case in cases if case.outcome in ("wrong", "missing")]
    if arguments.draft:
        for case in bad:
            if case.app in handshake_score.DECODED and not differences.class_of(case):
                print(case.capture, *written(case), "CLASS", sep="\t")
        return 0
    for case in bad:
        if arguments.list in (case.fact, "all"):
            known = differences.class_of(case)
            print(handshake_report.listed(case) + (f"\t({known})" if known else ""))
    print(*handshake_report.summary(cases, differences), sep="\n")
    return judge(arguments, cases, opinions, others, captures, differences) if arguments.report else 0


if __name__ == "__main__":
    sys.exit(main())
