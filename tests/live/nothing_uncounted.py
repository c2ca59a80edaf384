#!/usr/bin/env python3
"""Sends an exact number of packets as fast as this machine can make them at a sensor, and holds it to its sum: packets told in
flows + packets in loss counters = packets sent.

nothing_uncounted.py PROGRAMS_FOLDER SEND_FRAMES MODE

With a table and a ring far too small for ever new flows; with few flows; and with the receiver on another CPU, which falls behind,
so that the interface or that CPU's backlog loses packets before any program sees them. Packets a second are printed, not judged.
0: the sums hold; 1: not; 77: the machine lacks something (the reason is printed).
"""

import json
import os
import sys
from dataclasses import dataclass

from comparison import unequal, verdict
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main


@dataclass(frozen=True)
class Flood:
    what: str
    packets: int
    flows: int
    options: tuple = ()
    before: str = ""  # shell, on the sensed host


OVERFLOW = "the interface's queue overflows"
TOO_SMALL = ("--flow-slots", "1024", "--ring", "64")
LAST_CPU = os.cpu_count() - 1
FLOODS = [
    Flood("ever new flows, table and ring too small", 300_000, 300_000, TOO_SMALL),
    Flood("a thousand flows", 6_000_000, 1000),
    Flood(OVERFLOW, 3_000_000, 20_000, TOO_SMALL, f"echo 1 >/sys/class/net/{WIRE}/threaded"),
]
# In native mode the program comes before the backlog.
BACKLOG_FLOOD = Flood("a CPU's backlog overflows", 3_000_000, 20_000, TOO_SMALL,
                      f"printf %x {1 << LAST_CPU} >/sys/class/net/{WIRE}/queues/rx-0/rps_cpus")


def send(hosts, sender, flood):
    """How many were sent, by the program that made them; on the first CPU."""
    said = hosts.sender.run("taskset", "-c", "0", sender, WIRE, hosts.sensed.mac(), str(flood.packets), str(flood.flows))
    if said.startswith("not applicable"):
        print(said)
        sys.exit(77)
    told = json.loads(said)
    print(f"{flood.what}: {told['packets']} packets at {told['packets'] / told['ns'] * 1e3:.2f} million a second")
    return told["packets"]


def losses_of(stats):
    """By reason, packets that are in no flow."""
    reasons = ("flow_table_full", "interface_missed", "interface_errors", "interface_dropped")
    return {loss["reason"]: loss["packets"] for loss in stats["losses"] if loss["reason"] in reasons and loss["packets"]}


def check(flood, sent, sensor, hosts):
    """What does not hold, as lines."""
    stats = sensor.settled(lambda stats: stats["in"]["packets"] + losses_of(stats).get("interface_dropped", 0) >= sent)
    counts, losses = stats["in"], losses_of(stats)
    told = counts["flow_packets"]
    wrong = unequal("told + lost", told + sum(losses.values()), sent)
    wrong += unequal("seen: told + lost in the kernel", told + losses.get("flow_table_full", 0), counts["packets"])
    # A second opinion on what came and what didn't: the sender's own interface.
    tried = hosts.sender.interface_counters()["tx"]
    wrong += unequal("sent by the sender's interface, and refused by the receiver's", tried["packets"] + tried["dropped"], sent)
    if sensor.mode == "xdp-native":
        wrong += unequal("packets that ran through XDP", counts["packets"], tried["packets"])
    # User space's flows count the same packets a second time.
    if flood.flows == flood.packets:
        wrong += unequal("flows, each of one packet", stats["flows"]["live"], told)
    else:
        wrong += unequal("packets of all flows", sum(flow["packets"] for flow in sensor.tell("flows")), told)
    if flood.what == OVERFLOW and not losses.get("interface_dropped"):
        wrong.append("the interface lost nothing, so that its losses were not tested")
    print(f"  seen {counts['packets']}, in flows {told}, losses {losses}")
    return [f"{sensor.mode}, {flood.what}: {line}" for line in wrong]


# Of an EtherType for experiments (IEEE 802): no stack takes them.
STRANGE_FRAMES = 100
SEND_STRANGE = f"""
import socket
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind(("{WIRE}", 0))
for _ in range({STRANGE_FRAMES}):
    sock.send(bytes(12) + bytes([0x88, 0xb5]) + bytes(46))
"""


def run_strange(programs, mode):
    """The kernel counts as dropped by the interface what no protocol takes; the sensor saw it, and counts it once."""
    with TwoHosts() as hosts, Sensor(hosts.sensed, programs, mode) as sensor:
        hosts.sender.run(sys.executable, "-c", SEND_STRANGE)
        stats = sensor.settled(lambda stats: stats["in"]["packets"] >= STRANGE_FRAMES)
        wrong = unequal("packets that the interface counts as dropped", hosts.sensed.interface_counters()["rx"]["dropped"], STRANGE_FRAMES)
        wrong += unequal("packets that are not IP", stats["in"]["not_ip_packets"], STRANGE_FRAMES)
        return wrong + unequal("lost", losses_of(stats), {})


def run(programs, sender, mode, flood):
    with TwoHosts() as hosts:
        # Without this veth takes such frames from a program only where the other end has native XDP.
        hosts.sensed.offload(gro="on")
        if flood.before:
            hosts.sensed.run("sh", "-c", flood.before)
        with Sensor(hosts.sensed, programs, mode, "--no-egress", *flood.options) as sensor:
            return check(flood, send(hosts, sender, flood), sensor, hosts)


def run_all(programs, sender, mode):
    floods = FLOODS + ([BACKLOG_FLOOD] if mode != "xdp-native" and LAST_CPU > 0 else [])
    wrong = [line for flood in floods for line in run(programs, sender, mode, flood)]
    return verdict(wrong + run_strange(programs, mode))


if __name__ == "__main__":
    sys.exit(main(__doc__, ("ethtool", "taskset", "sysctl"), run_all))
