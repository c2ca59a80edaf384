"""The section on what telling a flow's first bytes costs its packets: by first_bytes_bench, which prints it as a table."""

import os
import subprocess

from contenders import verdict

NOISE_NS = 1  # what BPF_PROG_TEST_RUN tells is whole nanoseconds


def first_bytes_section(programs):
    done = subprocess.run([os.path.join(programs, "first_bytes_bench")], capture_output=True, text=True, check=False)
    table = [line for line in done.stdout.splitlines() if line.startswith("|")]
    if done.returncode != 0 or len(table) < 3:
        return f"## First bytes\n\nNot measured: {done.stderr.strip()}\n"
    lines = ["## First bytes", "",
             "ns a packet by `BPF_PROG_TEST_RUN`: a datagram of a flow whose first bytes are all told (quiet), beside one of which nothing ever is (untold), whose every "
             "packet is, and whose budget is spent; and an ARP reply, whose head is told.", "", *table, "", "| target | found | |", "|---|---:|---|"]
    by_program = {}
    for line in table[2:]:
        program, case, nanoseconds = (cell.strip() for cell in line.strip("|").split("|"))
        by_program.setdefault(program, {})[case] = float(nanoseconds)
    for program, figures in by_program.items():
        more = figures["quiet"] - figures["untold"]
        lines.append(f"| an established flow's packet, {program}: unchanged within {NOISE_NS} ns | {more:+.0f} ns | {verdict(more <= NOISE_NS)} |")
    return "\n".join(lines) + "\n"
