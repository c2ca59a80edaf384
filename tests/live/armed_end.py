#!/usr/bin/env python3
"""A rule that was found by itself ends when it said, also where the daemon was killed in the meantime: until then the flood is dropped,
afterwards it comes in, with nobody there to take the rule off; and a successor that begins earlier goes on with it where a state folder tells
it, and takes it off otherwise.

armed_end.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import sys
import tempfile
import time

from comparison import verdict
from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

SENDER, SENSED, PORT = "10.88.0.1", "10.88.0.2", 7000
CLEAN = 600
TTL_S, STATE_TTL_S, LONG_S = 12, 25, 600
PATIENCE_S = 20
SERVER = f"""import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("{SENSED}", {PORT}))
while True: server.recvfrom(2048)
"""
# Datagrams of any length, each from a port of its own.
CLIENT = f"""import os, random, socket, time
for _ in range({CLEAN}):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(os.urandom(random.randint(20, 400)), ("{SENSED}", {PORT}))
    time.sleep(0.01)
"""


def came_in(hosts, seconds):
    """The datagrams a second that the sensed host's stack has got."""
    def got():
        return sum(hosts.sensed.protocol_counter("Udp", name) for name in ("InDatagrams", "RcvbufErrors"))
    before = got()
    time.sleep(seconds)
    return (got() - before) / seconds


def rule_of(sensor):
    return next((rule for rule in sensor.ask("/v1/policy")["rules"] if rule["name"].startswith("auto-")), None)


def armed(hosts, programs, mode, ttl, *options):
    """A sensor that has just armed a rule against a flood, and when at the latest that ends; none where none was found."""
    hosts.sensed.start(sys.executable, "-c", SERVER)
    sensor = Sensor(hosts.sensed, programs, mode, "--respond", "enforce", "--respond-ttl", str(ttl), *options)
    sensor.__enter__()
    hosts.sender.run(sys.executable, "-c", CLIENT)
    hosts.sender.start("hping3", "-q", "--faster", "--udp", "--rand-source", "-p", str(PORT), "-d", "90", SENSED)
    deadline = time.monotonic() + PATIENCE_S
    while rule_of(sensor) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    return sensor, time.monotonic() + ttl


def killed(sensor):
    found = rule_of(sensor) is not None
    sensor.process.kill()
    sensor.process.wait()
    return found


def ends_without_a_daemon(hosts, programs, mode):
    sensor, ends = armed(hosts, programs, mode, TTL_S)
    yield "a rule was found", killed(sensor), True
    held = came_in(hosts, 4)
    yield "what comes in while it holds and no daemon runs", held < 50, True
    time.sleep(max(ends - time.monotonic(), 0) + 0.5)
    after = came_in(hosts, 2)
    yield "what comes in afterwards", after > 1000, True
    print(f"{mode}: {held:.0f} datagrams a second came in while the rule held, {after:.0f} afterwards")
    with Sensor(hosts.sensed, programs, mode) as successor:
        yield "rules of the successor", successor.ask("/v1/policy")["rules"], []


def is_taken_off_by_a_successor(hosts, programs, mode):
    sensor, _ = armed(hosts, programs, mode, LONG_S)
    yield "a rule was found", killed(sensor), True
    yield "what comes in while no daemon runs", came_in(hosts, 2) < 50, True
    with Sensor(hosts.sensed, programs, mode) as successor:
        yield "rules of a successor", successor.ask("/v1/policy")["rules"], []
        yield "what comes in then", came_in(hosts, 2) > 1000, True


def is_gone_on_with(hosts, programs, mode):
    with tempfile.TemporaryDirectory(prefix="vedette-armed-") as state:
        sensor, ends = armed(hosts, programs, mode, STATE_TTL_S, "--state", state)
        time.sleep(1)
        rule = rule_of(sensor)
        yield "a rule was found", killed(sensor), True
        for _ in range(2):  # the first one's end is as sudden
            with Sensor(hosts.sensed, programs, mode, "--state", state) as successor:
                found = rule_of(successor)
                yield "a successor's rule", found and found["name"], rule["name"]
                yield "with its counts", found is not None and found["dropped_packets"] >= rule["dropped_packets"] > 0, True
                yield "what comes in", came_in(hosts, 2) < 50, True
                successor.process.kill()
        with Sensor(hosts.sensed, programs, mode, "--state", state) as successor:
            time.sleep(max(ends - time.monotonic(), 0) + 1)
            yield "what comes in afterwards", came_in(hosts, 2) > 1000, True
            yield "rules afterwards", rule_of(successor), None


def run(programs, mode):
    wrong = []
    for checks in (ends_without_a_daemon, is_taken_off_by_a_successor, is_gone_on_with):
        with TwoHosts() as hosts:
            hosts.sensed = SameMounts(hosts.sensed.name)
            for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
                host.ip("addr", "add", f"{address}/24", "dev", WIRE)
            hosts.sensed.ip("route", "add", "default", "via", SENDER)
            wrong += [f"{mode}: {what}: {found}, expected {expected}"
                      for what, found, expected in checks(hosts, programs, mode) if found != expected]
    return verdict(wrong)


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "hping3"), run))
