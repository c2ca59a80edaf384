#!/usr/bin/env python3
"""The sensor beside others' programs and qdiscs, and what is left of it after a clean end: nothing.

beside_others.py PROGRAMS FOREIGN     (the folder of vedette and vedetted; an object file with the programs "xdp" and "tc")

Ends with 0 where all holds, 1 where something does not, 77 where the machine lacks something (the reason is printed).
"""

import json
import os
import sys

from kernel_objects import held_by, still_there
from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

NUMBERED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "numbered.py")
COUNT = 300
PINS = f"/sys/fs/bpf/vedette-beside-others-{os.getpid()}"


class Scene:
    def __init__(self, hosts, programs, foreign):
        self.hosts = hosts
        self.programs = programs
        self.foreign = foreign
        self.wrong = 0

    def expect(self, what, found, expected):
        if found != expected:
            print(f"{what}: {found}, expected {expected}")
            self.wrong += 1

    def present(self):
        """All that a sensor could have changed on the sensed host."""
        host = self.hosts.sensed
        sides = [host.run("tc", "filter", "show", "dev", WIRE, side) for side in ("ingress", "egress")]
        links = [{key: link.get(key) for key in ("ifname", "xdp", "promiscuity", "mtu")}
                 for link in json.loads(host.run("ip", "-d", "-j", "link", "show"))]
        return {"qdiscs": host.run("tc", "qdisc", "show"), "filters": sides, "links": links, "pins": os.path.exists(PINS)}

    def senses(self, what, mode, ingress):
        """A sensor comes, tells what is sent, and goes; what it said of the wire."""
        host = self.hosts.sensed
        before = self.present()
        with Sensor(host, self.programs, mode, "--pin-folder", PINS) as sensor:
            objects = held_by(sensor.process.pid)
            self.expect(f"{what}: kinds of kernel objects", sorted({kind for kind, _ in objects}), ["link", "map", "prog"])
            self.hosts.sender.run(sys.executable, NUMBERED, WIRE, host.mac(), str(COUNT), "0")
            told = sensor.settled(lambda stats: stats["in"]["packets"] >= COUNT)["in"]["packets"]
            wire = sensor.interface()
        self.expect(f"{what}: packets", told, COUNT)
        self.expect(f"{what}: ingress", wire["ingress"], ingress)
        self.expect(f"{what}: left in the kernel", sorted(still_there(objects)), [])
        after = self.present()
        for kind, was in before.items():
            self.expect(f"{what}: {kind} afterwards", after[kind], was)
        return wire


def alone(scene):
    for mode, ingress in (("xdp-native", "xdp-native"), ("xdp-generic", "xdp-generic"), ("tc", "tcx")):
        scene.senses(f"alone, {mode}", mode, ingress)


def beside_xdp(scene):
    """Another owner's XDP program stays, and is named."""
    for kind in ("xdpdrv", "xdpgeneric"):
        scene.hosts.sensed.ip("link", "set", "dev", WIRE, kind, "object", scene.foreign, "section", "xdp")
        wire = scene.senses(f"beside {kind}", "auto", "tcx")
        scene.expect(f"beside {kind}: whose it is", '"foreign_xdp", which is left alone' in wire.get("why", ""), True)
        scene.expect(f"beside {kind}: it is there", "prog/xdp" in scene.hosts.sensed.ip("link", "show", WIRE), True)
        scene.hosts.sensed.ip("link", "set", "dev", WIRE, kind, "off")


def beside_tc(scene):
    """Another owner's clsact qdisc and filters stay."""
    tc = ("tc", "filter", "add", "dev", WIRE)
    scene.hosts.sensed.run("tc", "qdisc", "add", "dev", WIRE, "clsact")
    for side in ("ingress", "egress"):
        scene.hosts.sensed.run(*tc, side, "bpf", "direct-action", "object-file", scene.foreign, "section", "tc")
    for mode, ingress in (("xdp-generic", "xdp-generic"), ("tc", "tcx")):
        scene.senses(f"beside tc filters, {mode}", mode, ingress)
    scene.expect("filters left", scene.hosts.sensed.run("tc", "filter", "show", "dev", WIRE, "ingress").count("direct-action"), 1)


def run(programs, other):
    with TwoHosts() as hosts:
        hosts.sensed = SameMounts(hosts.sensed.name)
        scene = Scene(hosts, programs, os.path.abspath(other))
        for step in (alone, beside_xdp, beside_tc):
            step(scene)
    return 1 if scene.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "tc"), run))
