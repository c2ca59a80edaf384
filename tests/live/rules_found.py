#!/usr/bin/env python3
"""A flood from forged sources is answered by a rule of what its packets share: it is dropped, and whoever uses the same port goes on.

rules_found.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import subprocess
import sys
import tempfile
import time

from comparison import verdict
from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

SENDER, SENSED, PORT = "10.88.0.1", "10.88.0.2", 7000
CLEAN, FLOOD_S = 600, 8
PATIENCE_S = 20
SERVER = f"""import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)
server.bind(("{SENSED}", {PORT}))
while True:
    data, sender = server.recvfrom(2048)
    if data.startswith(b"ask"): server.sendto(data, sender)
"""
# COUNT questions of any length, each from a socket of its own; how many were answered.
CLIENT = f"""import os, random, socket, sys, time
answered = 0
for _ in range(int(sys.argv[1])):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        client.sendto(b"ask" + os.urandom(random.randint(20, 400)), ("{SENSED}", {PORT}))
        try: answered += client.recv(2048).startswith(b"ask")
        except TimeoutError: pass
    time.sleep(0.01)
print(answered)
"""


def ask(hosts, count):
    return int(hosts.sender.run(sys.executable, "-c", CLIENT, str(count)))


def flood(hosts):
    return hosts.sender.start("timeout", str(FLOOD_S), "hping3", "-q", "--flood", "--udp", "--rand-source", "-p", str(PORT), "-d", "90", SENSED)


def rule_of(sensor):
    return next((rule for rule in sensor.ask("/v1/policy")["rules"] if rule["name"].startswith("auto-")), None)


def eventually(true):
    deadline = time.monotonic() + PATIENCE_S
    while not (found := true()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def checks(hosts, sensor, enforced):
    yield "before", ask(hosts, CLEAN), CLEAN
    attack = flood(hosts)
    rule = eventually(lambda: rule_of(sensor))
    yield "a rule was found", rule is not None, True
    if rule is None:
        return
    answered = ask(hosts, 200) if enforced else 200
    attack.wait()
    yield "who asks is answered all the while", answered >= 190, True
    rule = rule_of(sensor)
    findings = [one for one in sensor.ask("/v1/findings")["findings"] if f"auto-{one['id']}" == rule["name"]]
    yield "the finding says so", [one.get("action") for one in findings], ["blocked" if enforced else "would_block"]
    yield "it takes the flood", rule["dropped_packets"] > 10_000, True
    counts = sensor.settled()["in"]
    yield "and drops it, where it is to", counts["rule_dropped_packets"] == (rule["dropped_packets"] if enforced else 0), True
    yield "who asks is answered afterwards", ask(hosts, 100), 100
    yield "nobody is on a list", sensor.tell("blocks"), []
    if enforced:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as policy:
            policy.write("version: 1\n")
            policy.flush()
            done = subprocess.run([sensor.vedette, "policy", "apply", policy.name, "--socket", sensor.socket], check=False)
        yield "another policy", done.returncode, 0
        yield "the rule stands behind it", rule_of(sensor) is not None, True


def run(programs, mode):
    wrong = []
    for respond in ("enforce", "observe"):
        with TwoHosts() as hosts:
            hosts.sensed = SameMounts(hosts.sensed.name)
            for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
                host.ip("addr", "add", f"{address}/24", "dev", WIRE)
            hosts.sensed.ip("route", "add", "default", "via", SENDER)
            hosts.sensed.start(sys.executable, "-c", SERVER)
            if not eventually(lambda: ask(hosts, 1)):
                raise RuntimeError("the server doesn't answer")
            with Sensor(hosts.sensed, programs, mode, "--respond", respond) as sensor:
                wrong += [f"{mode}, {respond}: {what}: {found}, expected {expected}"
                          for what, found, expected in checks(hosts, sensor, respond == "enforce") if found != expected]
    return verdict(wrong)


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "hping3", "timeout"), run))
