"""Judges scored handshakes against what is known and stated, prints what does not hold, and writes the table."""

import csv
import os
from collections import defaultdict
from dataclasses import dataclass

# Of the sound cases that a decoder of this version could have seen, the share that must be right.
THRESHOLDS = {"version": 0.995, "sni": 0.995, "alpn": 0.995, "ja3": 1.0, "ja3s": 1.0, "ja4": 1.0, "ja4_bc": 1.0}

NAMES = {"version": "TLS version", "sni": "SNI", "alpn": "ALPN chosen", "ja3": "JA3", "ja3s": "JA3S", "ja4": "JA4",
         "ja4_bc": "JA4, parts b and c"}


@dataclass
class Class:
    why: str
    sound: bool  # the truth is, so that the case counts


CLASSES = {
    "behind_other": Class("TLS begins behind, or stands inside, another protocol's bytes (STARTTLS, CONNECT, SOCKS, PROXY, RDP,"
                          " PostgreSQL, MySQL, OpenVPN …), whose decoder is still missing", True),
    "damaged": Class("the hello's lengths contradict each other; the source computes a fingerprint of what it could read,"
                     " Vedette tells none", False),
    "empty_hash": Class("the hash of the empty string, which nDPI writes where JA4's text says zeros", False),
    "alpn_bytes": Class("an ALPN of the bytes ba ad: JA4's text gives `bd`; FoxIO's programs give `99`, and `ed` comes of"
                        " tshark's replacement for what isn't UTF-8 (ef bf bd)", False),
    "outer_ends": Class("the source names the tunnel's outer ends, Vedette the inner ones", False),
}


def known_differences():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "handshake_differences.tsv")
    with open(path, newline="") as file:
        return {(row["capture"], row["source"], row["connection"], row["fact"]): row["class"]
                for row in csv.DictReader(file, delimiter="\t")}


def key_of(case):
    return case.capture, case.source, case.connection, case.fact


def draft(cases):
    for case in cases:
        if case.outcome != "right":
            print(*key_of(case), case.outcome, case.expected, case.found, sep="\t")
    return 0


def tell(cases, captures, path):
    known = known_differences()
    bad = [case for case in cases if case.outcome != "right"]
    unknown = [case for case in bad if key_of(case) not in known]
    for case in unknown:
        print(case.outcome, *key_of(case), f"expected {case.expected}, found {case.found}", sep="\t")
    failures = [f"{len(unknown)} cases are not right that are not known to"] if unknown else []
    rows = {fact: count(fact, cases, known) for fact in NAMES}
    for fact, row in rows.items():
        share = row["right"] / max(row["sound"] - row["behind"], 1)
        if row["sound"] and share < THRESHOLDS[fact]:
            failures.append(f"{NAMES[fact]}: {share:.2%} right, {THRESHOLDS[fact]:.1%} is asked for")
    if path:
        write(rows, cases, captures, bad, known, path)
    right = len(cases) - len(bad)
    print(f"{right} of {len(cases)} cases right; " + ("; ".join(failures) or "all as stated"))
    return 1 if failures else 0


def count(fact, cases, known):
    row = defaultdict(int)
    for case in cases:
        if case.fact != fact:
            continue
        name = known.get(key_of(case)) if case.outcome != "right" else None
        row["cases"] += 1
        if name and not CLASSES[name].sound:
            row["unsound"] += 1
            continue
        row["sound"] += 1
        row[case.outcome] += 1
        row["behind"] += name == "behind_other"
    return row


def share(row):
    return f"{row['right'] / row['sound']:.2%}" if row["sound"] else "–"


def write(rows, cases, captures, bad, known, path):
    lines = [
        "# Handshakes beside what others say of them", "",
        "Written by `tests/accuracy/handshakes_vs_truth.py` (`ctest -L accuracy`): what `vedette read --show handshakes` tells of TLS",
        "over TCP, against what others state of their own captures. A case is one fact that one source states of one connection.",
        "Other protocols have no decoder yet and no row here.", "",
        f"{captures:,} captures, {len(cases):,} cases.", "",
        "| fact | cases | unsound | sound | right | wrong | missing | right of sound |", "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [f"| {NAMES[fact]} | {row['cases']:,} | {row['unsound']} | {row['sound']:,} | {row['right']:,} | {row['wrong']} |"
              f" {row['missing']} | {share(row)} |" for fact, row in rows.items()]
    lines += ["", "| source | cases | right |", "|---|---:|---:|"]
    for source in dict.fromkeys(case.source for case in cases):
        of_source = [case for case in cases if case.source == source]
        lines.append(f"| {source} | {len(of_source):,} | {sum(case.outcome == 'right' for case in of_source):,} |")
    lines += [
        "", "- nDPI: JA3, JA3S, SNI, ALPN that was negotiated, the version where it saw the server, of JA4 only what the captures' own notes",
        "  call sound (parts b and c). Zeek: its `ssl.log` baselines, but for QUIC and DTLS. JA4 project: its Rust program's snapshots.",
        "  Arkime: sessions that name one value. tshark 4.0 is a tool's output, not truth; its JA4 was made out of its fields.",
        "- Names are compared in lower case, as nDPI writes them.",
        "- Not read: Suricata's `test.yaml`, ipfixprobe's and nfstream's tables.", "",
        "## What is not right, and why", "",
        "A case that is neither right nor named in `tests/accuracy/handshake_differences.tsv` fails the test; so does a fact of which too few",
        "sound cases are right, those of the first class aside: "
        + ", ".join(f"{NAMES[fact]} {least:.1%}" for fact, least in THRESHOLDS.items()) + ".", "",
    ]
    for name, one in CLASSES.items():
        of_class = [case for case in bad if known.get(key_of(case)) == name]
        if not of_class:
            continue
        lines += [f"### {name}: {len(of_class)} cases", "", one.why[0].upper() + one.why[1:] + ".", "",
                  "| capture | connection | missing or wrong |", "|---|---|---|"]
        by_connection = defaultdict(list)
        for case in of_class:
            said = "" if case.outcome == "missing" else f" `{case.expected}`, found `{case.found[0]}`"
            by_connection[case.capture, case.connection].append(f"{NAMES[case.fact]} ({case.source}){said}")
        lines += [f"| {capture} | {connection} | {'; '.join(facts)} |" for (capture, connection), facts in by_connection.items()]
        lines.append("")
    with open(path, "w") as file:
        file.write("\n".join(lines).rstrip("\n") + "\n")
