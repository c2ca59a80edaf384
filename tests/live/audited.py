#!/usr/bin/env python3
"""The audit trail: every change of what passes and drops, by whom, in the API and in a file that outlives kills and full disks.

audited.py PROGRAMS     (the folder of vedette and vedetted)
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from blocks import OTHER, SENDER, SENSED, WIRE, Lists
from comparison import unequal, verdict
from feeds import Feed, becomes
from found import found
from losses import losses
from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import TwoHosts, main

ATTACKER = OTHER
POLICY = """version: 1
block: [192.0.2.1, 192.0.2.2]
rules:
  - name: no-telnet
    match: {protocol: tcp, destination_port: 23}
    verdict: drop
"""


def events(sensor, *what):
    return [one for one in sensor.tell("audit") if not what or one["what"] in what]


def lines_of(state):
    with open(os.path.join(state, "audit.ndjson"), encoding="utf-8") as text:
        return [json.loads(line) for line in text]


def by_hand(sensor, lists):
    for command in (("block", "192.0.2.7", "--ttl", "2s", "--reason", "a test"), ("allow", "192.0.2.8"), ("allow", "192.0.2.8", "--remove"),
                    ("block", "192.0.2.9", "--observe"), ("unblock", "192.0.2.9")):
        yield " ".join(command), lists(*command), (0, "")
    yield "refused", lists("block", SENSED)[0], 2
    told = events(sensor, "block", "allow", "unblock", "unallow")
    yield "what was done", [(one["what"], one["prefix"], one.get("observe", False)) for one in told], \
        [("block", "192.0.2.7", False), ("allow", "192.0.2.8", False), ("unallow", "192.0.2.8", False), ("block", "192.0.2.9", True),
         ("unblock", "192.0.2.9", True)]
    yield "by whom", {(one["by"], one["uid"], one["pid"] > 0) for one in told}, {("operator", os.getuid(), True)}
    yield "why and until when", (told[0]["reason"], told[0]["expires_ns"] > told[0]["time_ns"], "expires_ns" in told[1]), \
        ("a test", True, False)
    yield "its end", becomes(lambda: [(one["prefix"], one["by"]) for one in events(sensor, "block_ended")], [("192.0.2.7", "time")]), \
        [("192.0.2.7", "time")]


def policies(sensor, folder):
    file = os.path.join(folder, "policy.yaml")
    with open(file, "w", encoding="utf-8") as policy:
        policy.write(POLICY)
    lists = Lists(sensor)
    yield "applied", lists("policy", "apply", file, "--confirm", "60s")[0], 0
    yield "confirmed", lists("policy", "confirm")[0], 0
    yield "rolled back", lists("policy", "rollback")[0], 0
    yield "as a shadow", lists("policy", "apply", file, "--observe")[0], 0
    yield "ended", lists("policy", "shadow", "--end")[0], 0
    yield "on trial", lists("policy", "apply", file, "--confirm", "1s")[0], 0
    kinds = ("policy_applied", "policy_confirmed", "policy_rolled_back", "policy_shadow_begun", "policy_shadow_ended")
    expected = [("policy_applied", "operator", 1, 2), ("policy_confirmed", "operator", 1, 2), ("policy_rolled_back", "operator", 0, 0),
                ("policy_shadow_begun", "operator", 1, 2), ("policy_shadow_ended", "operator", 1, 2), ("policy_applied", "operator", 1, 2), ("policy_rolled_back", "time", 0, 0)]
    yield "told", becomes(lambda: [(one["what"], one["by"], one.get("rules", 0), one.get("blocked", 0)) for one in events(sensor, *kinds)],
                          expected), expected


def answered(hosts, sensor, feed):
    hosts.sender.run("nmap", "-n", "-Pn", "-sS", "-S", ATTACKER, "-e", WIRE, "-p", "1-400", "--max-retries", "0", "--host-timeout", "10s",
                     SENSED, check=False)
    finding = found(sensor, "port_scan", ATTACKER, "blocked")
    yield "blocked by its finding", [(one["prefix"], one["finding"]) for one in events(sensor, "block") if one["by"] == "finding"], \
        [(ATTACKER, (finding or {}).get("id"))]
    feed.write("192.0.2.20", *(f"203.0.113.{host}" for host in range(10)), "evil.example")
    expected = {"feed": "test", "by": "feed", "added": 1, "removed": 1, "networks": 11, "names": 1}
    yield "a feed's change", becomes(lambda: {key: events(sensor, "feed_changed")[-1].get(key) for key in expected}, expected), expected


def followed(sensor):
    follow = subprocess.Popen([sensor.vedette, "audit", "--follow", "--format", "json", "--socket", sensor.socket], stdout=subprocess.PIPE,
                              text=True)
    before = len(events(sensor))
    for _ in range(before):
        follow.stdout.readline()
    Lists(sensor)("block", "192.0.2.30")
    yield "as it comes", json.loads(follow.stdout.readline())["prefix"], "192.0.2.30"
    follow.terminate()
    follow.wait()
    page = sensor.ask("/v1/audit?limit=3&cursor=2")
    yield "a page", ([one["seq"] for one in page["events"]], page["last"], page["next_cursor"]), ([3, 4, 5], 5, "5")


def killed(hosts, programs, state, before):
    with Sensor(hosts.sensed, programs, "xdp-generic", "--state", state) as sensor:
        told = events(sensor)
        yield "numbered on", [one["seq"] for one in told], list(range(1, len(told) + 1))
        yield "with all that was", told[:len(before)], before
        yield "a successor", (told[-1]["what"], told[-1]["resumed"]), ("sensor_began", True)
        yield "the file has the same", lines_of(state), told
    yield "its end", lines_of(state)[-1]["what"], "sensor_ended"


def full(hosts, programs, folder):
    """A disk of 64 KiB."""
    disk = os.path.join(folder, "disk")
    os.mkdir(disk)
    host = SameMounts(hosts.sensed.name)
    host.command = lambda *command: SameMounts.command(
        host, "unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size=64k tmpfs {disk} && exec "$@"', "sh", *command)
    log = os.path.join(folder, "log")
    with open(log, "w", encoding="utf-8") as errors, \
            Sensor(host, programs, "xdp-generic", "--state", disk, "--store", "off", log_level="info", stderr=errors) as sensor:
        lists = Lists(sensor)
        for _ in range(300):
            lists("block", "192.0.2.7", "--reason", "x" * 60)
            lists("unblock", "192.0.2.7")
        page = sensor.ask("/v1/audit?limit=10000")
        yield "all are told", len([one for one in page["events"] if one["what"] in ("block", "unblock")]), 600
        yield "some aren't written", page["unwritten"] > 0, True
        yield "which is counted", losses(sensor)["audit_unwritten"], page["unwritten"]
        with open(f"/proc/{sensor.process.pid}/root{disk}/audit.ndjson", encoding="utf-8") as text:
            written = [json.loads(line) for line in text]
        yield "whole lines, without one missing but these", len(written) + page["unwritten"], len(page["events"])
    with open(log, encoding="utf-8") as text:
        yield "and said once", text.read().count("No space left on device"), 1


def run(programs):
    wrongs = []

    def check(checks, *arguments):
        for what, told, expected in checks(*arguments):
            wrongs.extend(unequal(f"{checks.__name__}: {what}", told, expected))

    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-audit-") as folder:
        hosts.sensed = SameMounts(hosts.sensed.name)
        for host, addresses in ((hosts.sender, (SENDER, ATTACKER)), (hosts.sensed, (SENSED,))):
            for address in addresses:
                host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        state = os.path.join(folder, "state")
        feed = Feed(folder, "test")
        feed.write("192.0.2.10", *(f"203.0.113.{host}" for host in range(10)))
        with Sensor(hosts.sensed, programs, "xdp-generic", "--state", state, "--respond", "enforce", *feed.option()) as sensor:
            check(by_hand, sensor, Lists(sensor))
            check(policies, sensor, folder)
            check(answered, hosts, sensor, feed)
            check(followed, sensor)
            before = events(sensor)
            sensor.process.kill()
            sensor.process.wait()
            time.sleep(0.2)
        check(killed, hosts, programs, state, before)
        check(full, hosts, programs, folder)
    return verdict(wrongs)


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "nmap"), run))
