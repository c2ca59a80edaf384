"""The section on packets that a policy's rules decide on, and on look-ups in a list of a million: BPF_PROG_TEST_RUN in one run each."""

import json
import os
import subprocess

from contenders import verdict

APART, ABOVE_PARSE_NS = 1.3, 100
LOOK_UP_NS, OF_TRIE = 120, 0.15


def rows_of(program):
    """What it printed; nothing where it failed, and why."""
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    return ([json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []), done.stderr.strip()


def rules_section(programs):
    rules, why_no_rules = rows_of(os.path.join(programs, "rules_bench"))
    lists, why_no_lists = rows_of(os.path.join(programs, "feed_bench"))
    if not rules or not lists:
        return f"## Rules and lists\n\nNot measured: {why_no_rules or why_no_lists}\n"
    lines = ["## Rules and lists", "",
             "ns a packet of a million flows that rules drop, each by any of them, by `BPF_PROG_TEST_RUN`, and ns to ask whether an address is among "
             f"1,048,576, the generator's own taken off; medians of {rules[0]['rounds']} rounds (quartiles), contenders in turns.", "",
             "| | ns |", "|---|---:|"]
    lines += [f"| {row['contender']} | {told(row)} |" for row in rules]
    lines += [f"| {row['contender']}, addresses {row['addresses']} | {told(row)} |" for row in lists]
    decided = {row["contender"]: row["median_ns"] for row in rules}
    few_to_many = [decided[f"{count} rules"] for count in (10, 1000, 10000)]
    apart = max(few_to_many) / min(few_to_many)
    above = decided["1000 rules with 100000 prefixes"] - decided["bare parse"]
    at_random = {row["contender"]: row["median_ns"] for row in lists if row["addresses"] == "random"}
    ours = at_random["feed table"]
    of_trie = ours / at_random["kernel's trie"]
    lines += ["", "| target | found | |", "|---|---:|---|",
              f"| 10, 1,000 and 10,000 rules within {APART}× of each other | {apart:.2f}× | {verdict(apart <= APART)} |",
              f"| 1,000 rules and 100,000 prefixes: ≤ {ABOVE_PARSE_NS} ns over a bare parse | {above:.0f} ns | {verdict(above <= ABOVE_PARSE_NS)} |",
              f"| an address at random in a list of a million: ≤ {LOOK_UP_NS} ns | {ours:.0f} ns | {verdict(ours <= LOOK_UP_NS)} |",
              f"| the same: ≤ {OF_TRIE}× of the kernel's trie | {of_trie:.2f}× | {verdict(of_trie <= OF_TRIE)} |"]
    return "\n".join(lines) + "\n"


def told(row):
    return f"{row['median_ns']:.0f} ({row['low_ns']:.0f}–{row['high_ns']:.0f})"
