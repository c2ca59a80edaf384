#!/usr/bin/env python3
"""A running sensor whose state folder can't be written, read-only from the start or full on the way: packets are counted, findings told,
sources blocked and policies refused with their reason; health says what isn't written and why; and once there is room, the rows that
waited are written, each once.

without_room.py PROGRAMS     (the folder of vedette and vedetted)
"""

import os
import subprocess
import sys
import tempfile

from blocks import SENDER, SENSED
from comparison import Checks
from feeds import becomes
from remembered import flows_of, remembered, talk
from sensor import Sensor, SocketConnection
from two_hosts import WIRE, TwoHosts, main

OUR_MOUNTS = "VEDETTE_TEST_MOUNTS"
ROOM = 64 << 20
WAITS, AGAIN = "store: rows can't be written and wait: ", "store: rows are written again"
POLICY = "version: 1\nblock: [192.0.2.77]\n"


class Disk:
    """A file system of its own at `folder`, of the test's own mounts."""

    def __init__(self, folder):
        self.folder, self.filler = folder, os.path.join(folder, "filler")

    def __enter__(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", self.folder], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=True)

    def read_only(self):
        subprocess.run(["mount", "-o", "remount,ro", self.folder], check=True)

    def writable(self, pid):
        """As the process sees it: `ip netns exec` gave it a copy of our mounts."""
        for within in ([], ["nsenter", f"--mount=/proc/{pid}/ns/mnt", "--"]):
            subprocess.run([*within, "mount", "-o", "remount,rw", self.folder], check=True)

    def fill(self):
        with open(self.filler, "ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass

    def free(self):
        os.unlink(self.filler)


def change(sensor, method, target, body=None):
    connection = SocketConnection(sensor.socket)
    connection.request(method, target, body)
    answer = connection.getresponse()
    told = answer.status, answer.read().decode()
    connection.close()
    return told


def counted(sensor):
    return sensor.stats()["in"]["packets"]


def in_trouble(hosts, sensor, why, number, begins):
    """What holds while nothing can be written."""
    before = counted(sensor)
    talk(hosts)
    sensor.settled()
    yield "packets are counted", counted(sensor) - before > 200, True
    yield "flows are shown", len(flows_of(sensor)) > 20, True
    trouble = becomes(lambda: sensor.ask("/v1/health")["store"]["writing"], False)
    health = sensor.ask("/v1/health")["store"]
    yield "health", (trouble, why in health.get("why_not", "")), (False, True)
    if begins:
        evidence = sensor.ask("/v1/health")["evidence"]
        yield "the folder of evidence can't be made", (evidence["writing"], why in evidence.get("why_not", "")), (False, True)
    yield "rows wait", becomes(lambda: sensor.ask("/v1/health")["store"]["waiting"] > 0, True), True
    yield "rows lost", sensor.ask("/v1/health")["store"]["lost"], 0
    blocked, _ = change(sensor, "POST", f"/v1/blocks?prefix={number}&ttl=3600")
    yield "a source is blocked", (blocked, number in str(sensor.ask("/v1/blocks"))), (200, True)
    status, told = change(sensor, "PUT", "/v1/policy", POLICY)
    yield "a policy that wouldn't outlive the sensor", (status, why in told), (500, True)


def written_again(sensor, disk, number):
    """Once there is room."""
    yield "writing again", becomes(lambda: sensor.ask("/v1/health")["store"]["writing"], True), True
    yield "nothing waits", becomes(lambda: sensor.ask("/v1/health")["store"]["waiting"], 0), 0
    health = sensor.ask("/v1/health")["store"]
    yield "health", (health.get("why_not"), health["lost"]), (None, 0)
    yield "evidence is kept again", becomes(lambda: sensor.ask("/v1/health")["evidence"].get("why_not"), None), None
    yield "a policy", change(sensor, "PUT", "/v1/policy", POLICY)[0], 200
    yield "a source is blocked", change(sensor, "POST", f"/v1/blocks?prefix={number}&ttl=3600")[0], 200
    yield "the audit trail's file has it", becomes(lambda: number in text_of(disk, "audit.ndjson"), True), True


def text_of(disk, name):
    try:
        with open(os.path.join(disk.folder, name), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def all_remembered(hosts, programs, disk, live):
    """By the next sensor, when all flows have ended: each packet and byte once."""
    with Sensor(hosts.sensed, programs, "tc", "--state", disk.folder) as sensor:
        found = remembered(sensor)
        yield "flows in history", {key: (found.get(key), value) for key, value in live.items() if found.get(key) != value}, {}
        yield "the policy", sensor.ask("/v1/policy")["policy"], POLICY


def read_only_from_the_start(hosts, programs, disk, said):
    disk.read_only()
    with Sensor(hosts.sensed, programs, "tc", "--state", disk.folder, log_level="info", stderr=said) as sensor:
        yield from in_trouble(hosts, sensor, "Read-only", "192.0.2.1", begins=True)
        losses = {loss["reason"]: loss.get("events") for loss in sensor.stats()["losses"]}
        yield "a change that isn't in the trail's file", losses["audit_unwritten"] > 0, True
        disk.writable(sensor.process.pid)
        yield from written_again(sensor, disk, "192.0.2.2")
        live = flows_of(sensor)
    yield "its end", sensor.process.returncode, 0
    yield from all_remembered(hosts, programs, disk, live)


def full_on_the_way(hosts, programs, disk, said):
    with Sensor(hosts.sensed, programs, "tc", "--state", disk.folder, log_level="info", stderr=said) as sensor:
        talk(hosts)
        sensor.settled()
        yield "rows before", becomes(lambda: sensor.ask("/v1/health")["store"]["rows"] > 20, True), True
        disk.fill()
        yield from in_trouble(hosts, sensor, "No space", "192.0.2.3", begins=False)
        disk.free()
        yield from written_again(sensor, disk, "192.0.2.4")
        live = flows_of(sensor)
    yield "its end", sensor.process.returncode, 0
    yield from all_remembered(hosts, programs, disk, live)


def run(programs):
    if OUR_MOUNTS not in os.environ:
        os.environ[OUR_MOUNTS] = "yes"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])
    programs = os.path.abspath(programs)
    check = Checks()
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-no-room-") as folder:
        for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        for title, steps in (("read-only", read_only_from_the_start), ("full", full_on_the_way)):
            with Disk(folder) as disk, tempfile.TemporaryFile("w+") as said:
                check(title, steps(hosts, programs, disk, said))
                said.seek(0)
                check(title, (("the log", WAITS in (log := said.read()), True), ("and then", AGAIN in log, True)))
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("unshare", "mount"), run))
