#!/usr/bin/env python3
"""A blocked source stays out, however its packets are wrapped, whether it is blocked by hand or by a feed; others' packets of the same
shapes pass.

bypass.py PROGRAMS PASSED MODES [REPORT]
PROGRAMS: folder of the built programs. PASSED: passed.bpf.o. MODES: xdp-native, xdp-generic, tc, with a comma between several. REPORT:
a file to write the table of shapes to.

What got through is sent on by a program of its own behind the sensor's, to an interface whose counter tells.
"""

import os
import subprocess
import sys
import tempfile
import time
from itertools import product

from comparison import verdict
from sensor import Sensor
from shapes import OTHER, shapes
from two_hosts import WIRE, TwoHosts, main

HERE = os.path.dirname(os.path.abspath(__file__))
TIMES = 5
PATIENCE_S = 30  # of a loaded machine
PASSED, PASSED_INDEX = "passed", 199  # the number that passed.bpf.c has
# (what is blocked, a source in it, one that is not)
SOURCES = (("192.0.2.7", "192.0.2.7", "192.0.2.8"), ("203.0.112.0/20", "203.0.113.9", "203.0.128.9"),
           ("2001:db8:7::7", "2001:db8:7::7", "2001:db8:7::8"), ("2001:db8:40::/44", "2001:db8:4f::1", "2001:db8:50::1"))


def count_passed(host, program):
    """From now on what passes the sensor's programs goes out by an interface that is there for that alone."""
    host.ip("link", "add", PASSED, "index", str(PASSED_INDEX), "type", "veth", "peer", "name", f"{PASSED}-end")
    for interface in (PASSED, f"{PASSED}-end"):
        host.ip("link", "set", interface, "up")
    host.run("tc", "qdisc", "add", "dev", WIRE, "clsact")
    host.run("tc", "filter", "add", "dev", WIRE, "ingress", "bpf", "da", "obj", program, "sec", "tc")


def went_through(sender, hosts, sensor, frame):
    """(how many of so many frames got through, how many the sensor says it blocked)"""
    def counts():
        return hosts.sensed.interface_counters(PASSED)["tx"]["packets"], sensor.stats()["in"]["blocked_packets"]

    before, deadline = counts(), time.monotonic() + PATIENCE_S
    sender.stdin.write(f"{frame.hex()}\n" * TIMES)
    sender.stdin.flush()
    while True:
        through, blocked = (now - then for now, then in zip(counts(), before))
        if through + blocked >= TIMES or time.monotonic() > deadline:
            return through, blocked


# What is observed alone is at one end of the shapes' tunnels, and must hide no other end's block.
OBSERVED = [end for ends in OTHER.values() for end in ends]


def by_hand(hosts, programs, mode, _):
    """A sensor that blocks the sources."""
    sensor = Sensor(hosts.sensed, programs, mode, "--no-egress")
    sensor.__enter__()
    for options, prefixes in (((), [prefix for prefix, _, _ in SOURCES]), (("--observe",), OBSERVED)):
        for prefix in prefixes:
            subprocess.run([sensor.vedette, "block", prefix, *options, "--socket", sensor.socket], check=True)
    return sensor


def by_feed(hosts, programs, mode, folder):
    """The same."""
    options = []
    for name, prefixes, more in (("sources", [prefix for prefix, _, _ in SOURCES], ""), ("others", OBSERVED, ",observe")):
        file = os.path.join(folder, f"{name}.txt")
        with open(file, "w", encoding="utf-8") as text:
            text.writelines(f"{prefix}\n" for prefix in prefixes)
        options += ["--feed", f"{name}={file}{more}"]
    return Sensor(hosts.sensed, programs, mode, "--no-egress", *options).__enter__()


BLOCKERS = {"by hand": by_hand, "by a feed": by_feed}


def shapes_of_sources(hosts, sensor):
    """Of each shape: its name, what went through from the blocked source and from another, and what is wrong with that."""
    sender = hosts.sender.start(sys.executable, os.path.join(HERE, "send_shapes.py"), WIRE, stdin=subprocess.PIPE, text=True)
    mac = hosts.sensed.mac()
    for prefix, inside, outside in SOURCES:
        version = 6 if ":" in prefix else 4
        for (shape, evil), (_, good) in zip(shapes(inside, mac), shapes(outside, mac)):
            leaked, blocked = went_through(sender, hosts, sensor, evil)
            let_in, mistaken = went_through(sender, hosts, sensor, good)
            wrong = []
            if (leaked, blocked) != (0, TIMES):
                wrong.append(f"{prefix}, {shape}: {leaked} of {TIMES} leaked, {blocked} said to be blocked")
            if (let_in, mistaken) != (TIMES, 0):
                wrong.append(f"{outside}, {shape}: {let_in} of {TIMES} let in, {mistaken} said to be blocked")
            yield (f"IPv{version}", shape), (leaked, let_in), wrong


def run(programs, program, modes, report=None):
    table, all_wrong = {}, []
    for mode, blocker in product(modes.split(","), BLOCKERS):
        with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-bypass-") as folder:
            hosts.sensed.silence()
            hosts.sender.silence()
            count_passed(hosts.sensed, program)
            sensor = BLOCKERS[blocker](hosts, programs, mode, folder)
            try:
                for shape, through, wrong in shapes_of_sources(hosts, sensor):
                    table.setdefault(shape, {}).setdefault(f"{mode}, {blocker}", []).append(through)
                    all_wrong += [f"{mode}, {blocker}: {line}" for line in wrong]
            finally:
                sensor.__exit__()
    if report:
        write_report(report, [f"{mode}, {blocker}" for mode, blocker in product(modes.split(","), BLOCKERS)], table)
    leaked = sum(one for modes in table.values() for rows in modes.values() for one, _ in rows)
    print(f"{modes}: {len(table)} shapes, {leaked} packets leaked")
    return verdict(all_wrong)


def write_report(path, modes, table):
    sent = TIMES * len(SOURCES) // 2
    lines = ["# What gets by a blocked source", "",
             "Written by `tests/live/bypass.py` (`ctest -R live_bypass`, then with the modes and this file's name): packets from a blocked",
             f"source in each shape, {sent} on each hook and by each blocker ({TIMES} from a blocked address, {TIMES} from a blocked network), and as many of the",
             "same shape from a source that isn't blocked.",
             "Counted is what a program that isn't ours sees behind our own. `0 / 10`: none leaked, all ten others came in.", "",
             f"| IP | shape | {' | '.join(modes)} |", f"|---|---|{'---:|' * len(modes)}"]
    for (version, shape), by_mode in table.items():
        cells = (f"{sum(leaked for leaked, _ in by_mode[mode])} / {sum(let_in for _, let_in in by_mode[mode])}" for mode in modes)
        lines.append(f"| {version} | {shape} | {' | '.join(cells)} |")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main(__doc__, ("tc",), run))
