#!/usr/bin/env python3
"""Prints every skipped test with its reason, and ends with 1 where a skip is a failure.

judge_skips.py JUNIT --machine-has-bpf yes|no

On a machine that has eBPF and network namespaces, a test may be skipped for two reasons only: there are no
captures ("no captures: …"), or it does not apply to this kernel ("not applicable: …"). On any other, all may. Servers that
only Debian 12 has ("no clickhouse-server: …") are asked for by VEDETTE_CLICKHOUSE=yes, and then may not be missing.
"""

import argparse
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

UNASKED = "" if os.environ.get("VEDETTE_CLICKHOUSE") == "yes" else "|no clickhouse-server|no zookeeper"
EXCUSES = re.compile(r"no captures|not applicable|skipped: \S*captures\S* is not there" + UNASKED)
REASON = re.compile(r"^(?:.*: Skipped\s*|.*SKIP(?:PED)?:\s*)?((?:needs |no captures|no clickhouse-server|no zookeeper|not applicable|skipped: ).*)$", re.MULTILINE)


def skipped_tests(junit: str):
    """Gives (name, reason) for each; the reason is in what the test printed."""
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        if case.find("skipped") is None:
            continue
        printed = "".join(case.find("system-out").itertext()) if case.find("system-out") is not None else ""
        found = REASON.search(printed)
        if found:
            yield case.get("name"), found.group(1).strip()
        else:
            last = [line for line in printed.splitlines() if line.strip() and not line.startswith("[")]
            yield case.get("name"), last[-1].strip() if last else "no reason printed"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("junit")
    parser.add_argument("--machine-has-bpf", choices=("yes", "no"), required=True)
    arguments = parser.parse_args()

    by_reason: dict[str, list[str]] = {}
    for name, reason in skipped_tests(arguments.junit):
        by_reason.setdefault(reason, []).append(name)

    unexcused = 0
    for reason, names in sorted(by_reason.items()):
        excused = arguments.machine_has_bpf == "no" or EXCUSES.match(reason) is not None
        unexcused += 0 if excused else len(names)
        print(f"{'skipped' if excused else 'SKIPPED'}: {reason}: {len(names)} tests, e.g. {names[0]}")
    if not by_reason:
        print("no test was skipped")
    if unexcused:
        print(f"{unexcused} tests were skipped although this machine has eBPF", file=sys.stderr)
    return 1 if unexcused else 0


if __name__ == "__main__":
    sys.exit(main())
