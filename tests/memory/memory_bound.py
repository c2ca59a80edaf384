#!/usr/bin/env python3
"""A sensor with its default options holds a million live flows, both directions told, in less than 400 MiB in all:
its process, its kernel maps and its programs. A flood of five million more flows adds nothing beyond that, and every
packet of it is told or counted as lost.

memory_bound.py PROGRAMS SEND_FLOWS

PROGRAMS: the folder with vedetted; SEND_FLOWS: the program built of send_flows.cpp. Prints the figures as one JSON
object a line. Ends with 0 where the bound and the sum hold, 1 where one does not, 77 where the machine lacks something.
"""

import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "live"))
from memory_of import memory_of  # noqa: E402
from sensor import Sensor  # noqa: E402
from two_hosts import TwoHosts, WIRE, needs  # noqa: E402

BOUND = 400 << 20
FLOWS = 1_000_000
FLOOD = 5_000_000
PACE = 150_000  # packets a second, at which the telemetry ring loses none
AT_ONCE = 10**9  # as fast as the machine can


# `ip netns exec` hides the cgroups, and with them owners' maps would be missing from the sum.
WITH_CGROUPS = ["sh", "-c", 'mount -t cgroup2 none /sys/fs/cgroup; exec "$@"', "sh"]


class Peak:
    """The largest memory of a process while this is entered, looked at four times a second."""

    def __init__(self, pid):
        self.pid = pid
        self.largest = memory_of(pid)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.over.wait(0.25):
            now = memory_of(self.pid)
            if now["total_bytes"] > self.largest["total_bytes"]:
                self.largest = now

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Run:
    """One sensor, its figures, and what of them is wrong."""

    def __init__(self, hosts, sensor, send_flows):
        self.hosts = hosts
        self.sensor = sensor
        self.send_flows = send_flows
        self.wrong = []

    def send(self, first, count, pace, back=False):
        near, far = (self.hosts.sensed, self.hosts.sender) if back else (self.hosts.sender, self.hosts.sensed)
        near.run(self.send_flows, WIRE, far.mac(), str(first), str(count), str(pace), *(["back"] if back else []))

    def expect(self, held, what):
        if not held:
            self.wrong.append(what)

    def tell(self, phase, memory, stats):
        flows = stats["flows"]
        print(json.dumps({"memory": "sensor", "phase": phase, "live_flows": flows["live"], **memory,
                          "flow_slots": flows["table_slots"], "flow_cache_bytes": flows["kernel_bytes"]}), flush=True)
        self.expect(memory["total_bytes"] < BOUND,
                    f"{phase}: {memory['total_bytes'] / 2**20:.0f} MiB, the bound is {BOUND >> 20}")


def lost(stats):
    return sum(loss.get("packets", 0) for loss in stats["losses"])


def a_million_flows(run):
    pid = run.sensor.process.pid
    run.tell("at start", memory_of(pid), run.sensor.stats())
    with Peak(pid) as peak:
        run.send(0, FLOWS, PACE)
        run.send(0, FLOWS, PACE, back=True)
        stats = run.sensor.settled()
        run.expect(stats["flows"]["live"] == FLOWS, f"{stats['flows']['live']} flows live, {FLOWS} were sent")
        run.expect(lost(stats) == 0, f"{lost(stats)} packets lost at {PACE} packets a second")
        run.tell("1M flows live", memory_of(pid), stats)
        for _ in range(3):
            run.sensor.ask("/v1/flows?limit=10000&sort=-bytes")
    run.tell("most until then, flows asked for", peak.largest, stats)


def a_flood(run):
    arrived = run.hosts.sender.interface_counters()["tx"]["packets"]
    with Peak(run.sensor.process.pid) as peak:
        run.send(FLOWS, FLOOD, AT_ONCE)
        stats = run.sensor.settled()
    run.tell("most in a flood of 5M flows", peak.largest, stats)
    sent = run.hosts.sender.interface_counters()["tx"]["packets"]
    print(json.dumps({"memory": "flood", "sent": sent - arrived, "lost": lost(stats),
                      "ended_early": stats["flows"]["ended_early"]}), flush=True)
    counts = stats["in"]
    run.expect(counts["packets"] == sent, f"{counts['packets']} packets came in, {sent} were sent")
    run.expect(counts["flow_packets"] + counts["not_ip_packets"] + lost(stats) == sent,
               f"told {counts['flow_packets']} + not IP {counts['not_ip_packets']} + lost {lost(stats)}, sent {sent}")
    # What user space took out of the flow cache, counted by itself.
    taken = sum(one["packets"] for one in stats["protocols"] if one["direction"] == "in")
    run.expect(taken == counts["flow_packets"], f"user space was told {taken} packets of {counts['flow_packets']}")


def hold(run):
    a_million_flows(run)
    a_flood(run)
    for line in run.wrong:
        print(line, file=sys.stderr)
    return 1 if run.wrong else 0


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    if missing := needs(sys.argv[1]):
        print(f"needs {missing}")
        return 77
    with TwoHosts() as hosts:
        sensor = Sensor(hosts.sensed, sys.argv[1], "auto")
        sensor.daemon = WITH_CGROUPS + sensor.daemon
        with sensor:
            return hold(Run(hosts, sensor, sys.argv[2]))


if __name__ == "__main__":
    sys.exit(main())
