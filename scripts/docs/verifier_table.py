#!/usr/bin/env python3
"""Writes docs/verifier.md: what the kernel's verifier works on each of our programs.

verifier_table.py --test PROGRAM --report FILE [--compiler CLANG]

PROGRAM is verifier_test: the figures are those that it holds to the budget. Needs root.
"""

import argparse
import os
import platform
import subprocess
import sys

BUDGET = 100_000


def figures(test):
    """(object, program, section, instructions or None) as the test prints them; the test must pass."""
    done = subprocess.run([test], capture_output=True, text=True, check=False)
    rows = [line.split("\t")[1:] for line in done.stdout.splitlines() if line.startswith("verified\t")]
    if done.returncode != 0 or not rows:
        sys.exit(f"{test} failed:\n{done.stdout}{done.stderr}")
    return [(name, program, section, None if count == "-" else int(count))
            for name, program, section, count in rows]


def compiler_version(compiler):
    done = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0]


def page(rows, compiler):
    lines = ["# The verifier's work", "",
             "Instructions that the kernel's verifier processed for each program "
             "(`bpf_prog_info.verified_insns`), written by `cmake --build --preset release --target verifier_report`. "
             f"The verifier gives up at 1,000,000; a test (`tests/verifier`) holds each to {BUDGET:,}, on whatever "
             "kernel it runs. Filters of watchers are generated, and held to the same by `tests/watch`.", "",
             f"Linux {platform.release()}, {platform.machine()}, {compiler_version(compiler)}.", "",
             "| object | program | section | processed | of the budget |", "|---|---|---|---:|---:|"]
    for name, program, section, count in rows:
        if count is None:
            lines.append(f"| {name} | {program} | {section} | for other kernels | |")
        else:
            lines.append(f"| {name} | {program} | {section} | {count:,} | {count / BUDGET:.1%} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--test", required=True)
    parser.add_argument("--report", required=True)
    parser.add_argument("--compiler", default="clang")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("needs root: programs are loaded into the kernel")
    text = page(figures(arguments.test), arguments.compiler)
    with open(arguments.report, "w", encoding="utf-8") as report:
        report.write(text)


if __name__ == "__main__":
    main()
