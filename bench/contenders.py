"""What every comparison in docs/benchmarks.md shares: a command's CPU time, medians, a target's word."""

import os
import statistics
import subprocess


def quartiles(figures):
    """(median, first quartile, third quartile)."""
    ordered = sorted(figures)
    return (statistics.median(ordered), ordered[len(ordered) // 4], ordered[(3 * len(ordered)) // 4])


def cpu_seconds(command):
    """CPU-seconds of one run, or None where it failed."""
    with open(os.devnull, "w", encoding="ascii") as nowhere:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime if child.returncode == 0 else None


def verdict(met):
    return "met" if met else "**missed**"
