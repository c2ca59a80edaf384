#!/usr/bin/env python3
"""Scores the findings that `vedette read` raises over labelled captures and over all others.

    findings_vs_labels.py --vedette BINARY --captures FOLDER [--report FILE.md]
                          [--capture TEXT] [--kind KIND] [--list SEVERITY] [--draft]

An attack is found where one of its kinds (finding_labels.py) is raised, with severity low or above; one that isn't must
stand in attacks_missed.tsv. Over the captures without a label, and for other kinds over those with one, each finding of
severity high or critical must stand in finding_explanations.tsv; one of severity medium that doesn't shows as unexplained
in the report. --capture and --kind choose some; --list prints each finding of that severity or above, --draft the lines
that finding_explanations.tsv lacks.
Exit status 0: all held; 1: something doesn't, printed; 77: nothing to compare with.
"""

import argparse
import csv
import json
import multiprocessing
import os
import subprocess
import sys
from dataclasses import dataclass

import finding_report
from finding_explanations import Explanations
from finding_labels import manifest_labels, ndpi_risks, zeek_notices
from handshake_case import both_ends
from stated_captures import manifest

SKIPPED = 77
WORKERS = 2
SEVERITIES = ("info", "low", "medium", "high", "critical")
GRAVE = ("high", "critical")


@dataclass
class Score:
    labels: list      # (Label, the findings that bear it out, why there are none or None)
    grave: list       # (capture, finding, explanation or None)
    others: list      # (capture, finding) of captures that have no label
    medium: list      # of those, the ones of severity medium, as in grave
    opinions: list    # (Label, whether one of its kinds is raised of its flow)
    read: int         # captures
    unreadable: int   # captures


def ask(arguments):
    """The findings of one capture; None where it isn't readable."""
    vedette, path = arguments
    done = subprocess.run([vedette, "read", path, "--show", "findings", "--format", "json", "--quiet"],
                          capture_output=True, text=True, errors="replace", timeout=300, check=False)
    if done.returncode not in (0, 2):
        raise RuntimeError(f"{path}: exit status {done.returncode}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else None


def source_of(finding):
    return finding.get("src_ip") or finding.get("src_prefix") or ""


def written(finding):
    """A finding as a line of finding_explanations.tsv names it, but for the capture."""
    return finding["kind"], finding["detector"], source_of(finding), finding.get("dst_ip", "")


def concerns(finding, ends):
    """Whether it is of the two ends of a flow, as far as it says whom it is of."""
    addresses = {address for address, _ in ends}
    return {source_of(finding), finding.get("dst_ip", "")} - {""} <= addresses


def findings_of(arguments):
    paths = [path for path in manifest(arguments.captures) if arguments.capture in path]
    with multiprocessing.Pool(WORKERS) as pool:
        told = pool.map(ask, [(arguments.vedette, os.path.join(arguments.captures, path)) for path in paths], chunksize=8)
    return dict(zip(paths, told))


def score(arguments, explanations, missed):
    told = findings_of(arguments)
    findings = {path: [one for one in found or [] if arguments.kind in ("", one["kind"])] for path, found in told.items()}
    labels, of_capture = [], {}
    for label in [*manifest_labels(arguments.captures), *zeek_notices(arguments.captures)]:
        if label.capture not in findings or not (arguments.kind == "" or arguments.kind in label.kinds):
            continue
        found = [one for one in findings[label.capture] if one["kind"] in label.kinds and one["severity"] != "info"]
        labels.append((label, found, None if found else missed.of(label.capture, label.says)))
        of_capture.setdefault(label.capture, set()).update(label.kinds)
    others = [(path, one) for path, found in findings.items() if path not in of_capture for one in found]
    grave = [(path, one, explanations.of(path, *written(one))) for path, found in findings.items() for one in found
             if one["severity"] in GRAVE and one["kind"] not in of_capture.get(path, ())]
    medium = [(path, one, explanations.of(path, *written(one))) for path, one in others if one["severity"] == "medium"]
    opinions = [(label, any(one["kind"] in label.kinds and concerns(one, label.ends) for one in findings[label.capture]))
                for label in ndpi_risks(arguments.captures) if label.capture in findings]
    return Score(labels, grave, others, medium, opinions, sum(found is not None for found in told.values()),
                 sum(found is None for found in told.values()))


def judge(found):
    failures = [f"not found: {label.capture}\t{label.says}\texpected {' or '.join(sorted(label.kinds))}"
                for label, findings, why in found.labels if not findings and not why]
    return failures + [f"not explained: {path}\t{one['severity']}\t" + "\t".join(written(one)) + f"\t{one['why']}"
                       for path, one, why in found.grave if not why]


def listed(arguments, found):
    least = SEVERITIES.index(arguments.list)
    attacks = [(label.capture, one) for label, findings, _ in found.labels for one in findings]
    for path, one in attacks + found.others:
        if SEVERITIES.index(one["severity"]) >= least:
            yield "\t".join((path, one["severity"], *written(one), one["why"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vedette", required=True)
    parser.add_argument("--captures", required=True)
    parser.add_argument("--report")
    parser.add_argument("--capture", default="", help="only captures whose path has this in it")
    parser.add_argument("--kind", default="", help="only findings of this kind")
    parser.add_argument("--list", choices=SEVERITIES, help="print each finding of this severity or above")
    parser.add_argument("--draft", action="store_true", help="print what is not explained as lines of finding_explanations.tsv")
    arguments = parser.parse_args()
    if not os.path.exists(os.path.join(arguments.captures, "MANIFEST.tsv")):
        print("no captures: " + arguments.captures)
        return SKIPPED
    explanations, missed = Explanations("finding_explanations.tsv"), Explanations("attacks_missed.tsv")
    found = score(arguments, explanations, missed)
    if arguments.draft:
        csv.writer(sys.stdout, delimiter="\t", quoting=csv.QUOTE_NONE, escapechar=None, lineterminator="\n").writerows(
            (path, *written(one), "EXPLANATION") for path, one, why in found.grave + found.medium if not why)
        return 0
    if arguments.list:
        print(*listed(arguments, found), sep="\n")
    failures = judge(found)
    whole = not (arguments.capture or arguments.kind)
    if whole and arguments.report and not failures:
        finding_report.write(arguments.report, found)
    for table in (explanations, missed) if whole else ():
        for line in table.unused():
            print("no longer needed in " + table.name, *line, sep="\t")
    print(*failures, *finding_report.summary(found), sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
