#!/usr/bin/env python3
"""A sensor that is killed while packets come, and its successor: the programs go on without a gap, and each numbered packet is told
or counted as lost, once.

killed.py PROGRAMS xdp-native|xdp-generic|tc     (the folder of vedette and vedetted)
killed.py PROGRAMS successors                    (that are given other options than the one that was killed)

Ends with 0 where all holds, 1 where something does not, 77 where the machine lacks something (the reason is printed).
"""

import os
import subprocess
import sys
import time

from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

NUMBERED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "numbered.py")
RATE = 15_000  # packets a second
STEP_S = 0.7
DEATHS = 2


def expect(what, found, expected):
    if found == expected:
        return 0
    print(f"{what}: {found}, expected {expected}")
    return 1


def flow_packets(sensor, interface=WIRE):
    """Of all flows on an interface, both directions."""
    flows = sensor.ask("/v1/flows?limit=10000")["flows"]
    return sum(flow["packets"] + flow["reply_packets"] for flow in flows if flow["interface"] == interface)


def adds_up(sensor, sent):
    stats = sensor.settled(lambda now: now["in"]["packets"] >= sent)
    counts = stats["in"]
    lost = sum(loss.get("packets", 0) for loss in stats["losses"])
    return (expect("packets in", counts["packets"], sent)
            + expect("packets in flows and lost", counts["flow_packets"] + lost, sent)
            + expect("packets of the flows", flow_packets(sensor), counts["flow_packets"]))


def kill(sensor):
    sensor.process.kill()
    sensor.process.wait()


def under_fire(hosts, programs, mode):
    """Killed and started again in the middle of a steady stream, twice."""
    sensor = Sensor(hosts.sensed, programs, mode)
    sensor.__enter__()
    fire = hosts.sender.start(sys.executable, NUMBERED, WIRE, hosts.sensed.mac(), "0", str(RATE), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    untold = []
    for _ in range(DEATHS):
        time.sleep(STEP_S)
        before = sensor.stats()["in"]["packets"]
        kill(sensor)
        time.sleep(STEP_S)
        sensor = Sensor(hosts.sensed, programs, mode)
        sensor.__enter__()
        untold.append(sensor.stats()["in"]["packets"] - before)
    time.sleep(STEP_S)
    sent = int(fire.communicate()[0])
    wrong = expect("packets came while there was no sensor", min(untold) > 0, True) + adds_up(sensor, sent)
    wrong += expect("hook", sensor.interface()["ingress"], "tcx" if mode == "tc" else mode)
    sensor.__exit__()
    print(f"{mode}: {sent} sent, of these {untold} around each death")
    return wrong


def send(hosts, count, interface=WIRE):
    hosts.sender.run(sys.executable, NUMBERED, interface, hosts.sensed.mac(interface), str(count), "0")
    return count


def successors(hosts, programs):
    """What one leaves another takes over, or takes away: a packet is told on one hook only, and on no interface but those asked for."""
    hosts.sensed.ip("link", "add", "other", "type", "veth", "peer", "name", "other", "netns", hosts.sender.name)
    for host in (hosts.sender, hosts.sensed):
        host.ip("link", "set", "other", "up")
    wrong = sent = 0
    first = Sensor(hosts.sensed, programs, "xdp-generic", "-i", "other")
    first.__enter__()
    sent += send(hosts, 100) + send(hosts, 100, "other")
    wrong += expect("first", first.settled(lambda now: now["in"]["packets"] >= sent)["in"]["packets"], sent)
    kill(first)
    sent += send(hosts, 10)  # told by the dead one's program

    second = Sensor(hosts.sensed, programs, "tc")
    second.__enter__()
    sent += send(hosts, 100)
    send(hosts, 100, "other")
    wrong += expect("second, by tc and without the other interface",
                    second.settled(lambda now: now["in"]["packets"] >= sent)["in"]["packets"], sent)
    wrong += expect("its hook", second.interface()["ingress"], "tcx")
    wrong += expect("XDP left", [name for name in (WIRE, "other") if "xdp" in hosts.sensed.ip("link", "show", name)], [])
    kill(second)

    third = Sensor(hosts.sensed, programs, "auto", "--no-egress")
    third.__enter__()
    sent += send(hosts, 100)
    wrong += expect("third, that goes on by tc", third.settled(lambda now: now["in"]["packets"] >= sent)["in"]["packets"], sent)
    wrong += expect("its hooks", (third.interface()["ingress"], third.interface()["egress"]), ("tcx", "none"))
    kill(third)
    hosts.sensed.ip("link", "del", "other")

    fourth = Sensor(hosts.sensed, programs, "auto")
    fourth.__enter__()
    wrong += expect("fourth", fourth.settled()["in"]["packets"], sent)
    fourth.__exit__()
    with Sensor(hosts.sensed, programs, "auto") as fifth:
        wrong += expect("fifth, after a clean end", (fifth.stats()["in"]["packets"], fifth.interface()["ingress"]), (0, "xdp-native"))
    return wrong


def run(programs, what):
    with TwoHosts() as hosts:
        hosts.sensed = SameMounts(hosts.sensed.name)
        wrong = successors(hosts, programs) if what == "successors" else under_fire(hosts, programs, what)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter",), run))
