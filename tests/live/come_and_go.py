#!/usr/bin/env python3
"""Interfaces that come, go, change their name, move away, go down and up, many one after the other, while the sensor runs: each
packet is told once, under the interface by which it came.

come_and_go.py PROGRAMS     (the folder of vedette and vedetted)

Ends with 0 where all holds, 1 where something does not, 77 where the machine lacks something (the reason is printed).
"""

import os
import sys
import time

from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

NUMBERED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "numbered.py")
GENERATIONS, A_GENERATION, EACH = 9, 8, 10
GONE_KEPT = 64  # of the interfaces that have gone, these are told


class Scene:
    """The hosts, the sensor, and what was sent so far."""

    def __init__(self, hosts, sensor):
        self.hosts = hosts
        self.sensor = sensor
        self.sent = 0
        self.wrong = 0

    def expect(self, what, found, expected):
        if found != expected:
            print(f"{what}: {found}, expected {expected}")
            self.wrong += 1

    def make(self, *names):
        """Pairs between the hosts, up on both sides."""
        for name in names:
            self.hosts.sensed.ip("link", "add", name, "type", "veth", "peer", "name", name, "netns", self.hosts.sender.name)
            self.hosts.sender.ip("link", "set", name, "up")
            self.hosts.sensed.ip("link", "set", name, "up")

    def send(self, name, count, peer=None):
        self.hosts.sender.run(sys.executable, NUMBERED, peer or name, self.hosts.sensed.mac(name), str(count), "0")
        self.sent += count

    def interfaces(self):
        return self.sensor.ask("/v1/interfaces")["interfaces"]

    def until(self, what, holds):
        """Waits until some state of the interfaces holds."""
        deadline = time.monotonic() + 30
        while not holds(self.interfaces()):
            if time.monotonic() > deadline:
                print(f"{what}: never; {[(one['name'], one['ingress']) for one in self.interfaces()]}")
                self.wrong += 1
                return
            time.sleep(0.02)

    def until_attached(self, *names):
        def attached(interfaces):
            return set(names) <= {one["name"] for one in interfaces if one["ingress"] != "none"}

        self.until(f"{names} attached", attached)

    def until_gone(self, *names):
        self.until(f"{names} gone", lambda all_of_them: not [one for one in all_of_them if one["name"] in names and one["ingress"] != "none"])

    def told(self, name):
        """Packets in, of the interface that is there under this name."""
        self.sensor.settled(lambda stats: stats["in"]["packets"] >= self.sent)
        return [one["in"]["packets"] for one in self.interfaces() if one["name"] == name and one["ingress"] != "none"]


def several_at_once(scene):
    for name, count in ((WIRE, 1000), ("lan0", 2000), ("lan1", 3000)):
        scene.send(name, count)
        scene.expect(f"{name}, one of several", scene.told(name), [count])


def comes(scene):
    scene.make("lan2")
    scene.until_attached("lan2")
    scene.send("lan2", 500)
    scene.expect("lan2, which came", scene.told("lan2"), [500])
    scene.hosts.sensed.ip("link", "set", "lan2", "down")
    scene.hosts.sensed.ip("link", "set", "lan2", "up")
    scene.send("lan2", 500)
    scene.expect("lan2, down and up", scene.told("lan2"), [1000])


def changes_its_name(scene):
    """To one that the pattern doesn't match: it is the same interface."""
    for command in (("down",), ("name", "wan1"), ("up",)):
        scene.hosts.sensed.ip("link", "set", "lan1" if command[0] in ("down", "name") else "wan1", *command)
    scene.until_attached("wan1")
    scene.send("wan1", 100, peer="lan1")
    scene.expect("wan1, once lan1", scene.told("wan1"), [3100])
    scene.expect("lan1, now wan1", scene.told("lan1"), [])
    flows = scene.sensor.ask("/v1/flows?limit=10000")["flows"]
    scene.expect("interfaces of flows", sorted({flow["interface"] for flow in flows}), ["lan0", "lan2", "wan1", WIRE])


def goes_and_comes_again(scene):
    scene.hosts.sensed.ip("link", "del", "lan0")
    scene.until_gone("lan0")
    scene.expect("all, one gone", scene.sensor.stats()["in"]["packets"], scene.sent)
    scene.make("lan0")
    scene.until_attached("lan0")
    scene.send("lan0", 77)
    scene.expect("lan0, come again", scene.told("lan0"), [77])
    scene.hosts.sensed.ip("link", "set", "lan2", "netns", scene.hosts.sender.name, "name", "away")
    scene.until_gone("lan2")
    scene.expect("all, one moved away", scene.sensor.stats()["in"]["packets"], scene.sent)


def many_one_after_the_other(scene):
    for generation in range(GENERATIONS):
        names = [f"lan{generation}x{number}" for number in range(A_GENERATION)]
        scene.make(*names)
        scene.until_attached(*names)
        for name in names:
            scene.send(name, EACH)
        scene.until(f"{EACH} packets each", lambda all_of_them, now=names: [one["in"]["packets"] for one in all_of_them if one["name"] in now]
                    == [EACH] * A_GENERATION)
        for name in names:
            scene.hosts.sensed.ip("link", "del", name)
        scene.until_gone(*names)


def adds_up(scene):
    stats = scene.sensor.settled(lambda now: now["in"]["packets"] >= scene.sent)
    scene.expect("all packets in", stats["in"]["packets"], scene.sent)
    scene.expect("all packets in flows", stats["in"]["flow_packets"], scene.sent)
    scene.expect("all packets out", stats["out"]["packets"], 0)
    scene.expect("packets of all protocols", sum(row["packets"] for row in stats["protocols"]), scene.sent)
    scene.expect("losses", [loss for loss in stats["losses"] if loss.get("packets", loss.get("events"))], [])
    gone = [one for one in scene.interfaces() if one["ingress"] == "none"]
    scene.expect("interfaces told that have gone, at most", len(gone) <= GONE_KEPT, True)
    scene.expect("packets of the interfaces that are told", sum(one["in"]["packets"] for one in scene.interfaces()) <= scene.sent, True)


def run(programs):
    with TwoHosts() as hosts:
        hosts.sensed = SameMounts(hosts.sensed.name)
        scene = Scene(hosts, None)
        scene.make("lan0", "lan1")
        with Sensor(hosts.sensed, programs, "auto", "-i", "lan*") as scene.sensor:
            for step in (several_at_once, comes, changes_its_name, goes_and_comes_again, many_one_after_the_other, adds_up):
                step(scene)
            print(f"{scene.sent} packets sent, {scene.sensor.stats()['in']['packets']} told")
    return 1 if scene.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter",), run))
