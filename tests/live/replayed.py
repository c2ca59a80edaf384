#!/usr/bin/env python3
"""A dry run beside a running sensor: it holds programs and maps of its own and no link, pins nothing, leaves nothing, and what the sensor
blocks, counts and has in force stays as it was.

replayed.py PROGRAMS     (the folder of vedette and vedetted)
"""

import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

from bad_captures import FILES, PACKETS  # noqa: E402
from kernel_objects import held_by, still_there
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

SENDER, SENSED = "10.88.0.1", "10.88.0.2"
IN_FORCE = "version: 1\nrules: [{name: no-dns, match: {protocol: udp, destination_port: 53}, verdict: drop}]\n"
TRIED = "version: 1\nblock: [10.0.0.1]\n"


def pins():
    return sorted(os.path.join(folder, name) for folder, _, names in os.walk("/sys/fs/bpf") for name in names)


def written(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def state(sensor):
    """What a dry run could change."""
    return sensor.ask("/v1/policy"), sensor.tell("blocks"), pins(), sensor.stats()["in"]["packets"]


def held_while_reading(replay):
    """What it holds once it waits for its input, which no one has given yet."""
    deadline = time.monotonic() + 60
    held = set()
    while not any(kind == "prog" for kind, _ in held) and replay.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
        held = held_by(replay.pid)
    return held


def beside(hosts, sensor, folder):
    subprocess.run([sensor.vedette, "policy", "apply", written(folder, "in_force.yaml", IN_FORCE.encode()), "--socket", sensor.socket], check=True)
    hosts.sender.run("ping", "-n", "-c", "3", "-i", "0.2", SENSED)
    sensor.settled()
    before = state(sensor)
    tried = written(folder, "tried.yaml", TRIED.encode())
    # In the sensor's own network namespace.
    replay = hosts.sensed.start(sensor.vedette, "replay", "--policy", tried, "--format", "json", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    held = held_while_reading(replay)
    yield "programs and maps", sorted({kind for kind, _ in held}), ["map", "prog"]
    yield "none of the sensor's", held & held_by(sensor.process.pid), set()
    yield "no pin", pins(), before[2]
    out, _ = replay.communicate(FILES["good.pcap"], timeout=60)
    summary = json.loads(out.splitlines()[-1])
    yield "it decides by its own policy", (replay.returncode, summary["dropped_packets"]), (0, PACKETS)
    yield "the sensor is as it was", state(sensor), before
    yield "nothing is left", still_there(held), set()
    yield "the sensor goes on", "1 received" in hosts.sender.run("ping", "-n", "-c", "1", "-W", "1", SENSED, check=False), True


def run(programs):
    wrong = 0
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-replayed-") as folder:
        hosts.sender.ip("addr", "add", f"{SENDER}/24", "dev", WIRE)
        hosts.sensed.ip("addr", "add", f"{SENSED}/24", "dev", WIRE)
        with Sensor(hosts.sensed, programs, "xdp-native") as sensor:
            for what, found, expected in beside(hosts, sensor, folder):
                if found != expected:
                    print(f"{what}: found {found!r}, expected {expected!r}")
                    wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("ping",), run))
