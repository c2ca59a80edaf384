#!/usr/bin/env python3
"""A policy in force on real packets: applied, on trial, confirmed, rolled back, read anew at SIGHUP, refused where it is bad or cuts off
an open session, and gone on with by the successor of a daemon that was killed.

policies.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import os
import signal
import subprocess
import sys
import tempfile
import time

from comparison import Checks
from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

SENDER, OTHER, SENSED = "10.88.0.1", "10.88.0.3", "10.88.0.2"
NONE = "version: 1\n"
BLOCK = f"version: 1\nblock: [{{prefix: {SENDER}, reason: of the policy}}]\n"
BLOCK_OTHER = f"version: 1\nblock: [{OTHER}]\n"
NO_PING = f"version: 1\nrules: [{{name: no-ping, match: {{source: {SENDER}, protocol: icmp, icmp: echo-request}}, verdict: drop}}]\n"
SHADOW = f"version: 1\nallow: [{OTHER}]\nrules: [{{name: rest, match: {{protocol: icmp, icmp: echo-request}}, verdict: drop}}]\n"
BAD = "version: 1\nrules:\n- {name: a, verdict: dorp}\n"
TRIAL_S = 4  # seconds


class Commands:
    def __init__(self, sensor, folder):
        self.sensor, self.folder = sensor, folder

    def __call__(self, *command):
        """(exit status, what it complained of)"""
        done = subprocess.run([self.sensor.vedette, *command, "--socket", self.sensor.socket], capture_output=True, text=True,
                              env={**os.environ, "SSH_CONNECTION": ""}, check=False)
        return done.returncode, done.stderr

    def apply(self, policy, *options):
        return self("policy", "apply", self.written(policy), *options)

    def written(self, policy):
        file = os.path.join(self.folder, "policy.yaml")
        with open(file, "w", encoding="utf-8") as out:
            out.write(policy)
        return file

    def shown(self):
        return self.sensor.ask("/v1/policy").get("policy", NONE)

    def shadow(self):
        """{rule: (packets, those that it would have dropped)}"""
        return {rule["name"]: (rule["packets"], rule["dropped_packets"]) for rule in self.sensor.tell("policy", "shadow")}

    def rows(self):
        return {(row["kind"], row["prefix"]): row for row in self.sensor.tell("blocks")}


def answers(hosts, source=SENDER):
    """Whether the sensed host answers a ping from that address."""
    return "1 received" in hosts.sender.run("ping", "-n", "-c", "1", "-W", "1", "-I", source, SENSED, check=False)


def both(hosts):
    return answers(hosts), answers(hosts, OTHER)


def eventually(true):
    deadline = time.monotonic() + TRIAL_S + 10
    while not true() and time.monotonic() < deadline:
        time.sleep(0.1)
    return true()


def applied(hosts, run):
    yield "before", both(hosts), (True, True)
    yield "apply", run.apply(BLOCK), (0, "")
    yield "blocked", both(hosts), (False, True)
    yield "told as the policy's", run.rows()["block", SENDER]["policy"], True
    yield "not to be unblocked by hand", run("unblock", SENDER)[0], 2
    yield "by hand besides", run("block", OTHER), (0, "")
    yield "another policy", run.apply(NONE), (0, "")
    yield "what was made by hand stays", both(hosts), (True, False)
    yield "the same as by hand", run.apply(BLOCK_OTHER), (0, "")
    yield "unblock by hand", run("unblock", OTHER), (0, "")
    yield "the policy's in its place", both(hosts), (True, False)
    yield "rules", run.apply(NO_PING), (0, "")
    yield "the rule drops", both(hosts), (False, True)
    counts = run.sensor.ask("/v1/policy")["rules"]
    yield "and counts", [(rule["name"], rule["dropped_packets"]) for rule in counts], [("no-ping", 1)]
    yield "another in its place", run.apply(BLOCK), (0, "")
    yield "the rule again", run.apply(NO_PING), (0, "")
    yield "and another", run.apply(BLOCK), (0, "")
    yield "rollback", run("policy", "rollback"), (0, "")
    yield "rolled back", (both(hosts), run.shown()), ((False, True), NO_PING)
    yield "no further back", run("policy", "rollback")[0], 2
    yield "empty", run.apply(NONE), (0, "")


def shadowed(hosts, run):
    """What a policy would do is counted beside the one in force, rule by rule, as it would decide."""
    yield "in force", run.apply(NO_PING), (0, "")
    yield "a shadow", run.apply(SHADOW, "--observe"), (0, "")
    yield "what is in force stays", (both(hosts), run.shown()), ((False, True), NO_PING)
    yield "what it would have dropped", run.shadow(), {"(allow)": (1, 0), "rest": (1, 1)}
    yield "of what is in force", [(rule["name"], rule["dropped_packets"]) for rule in run.sensor.ask("/v1/policy")["rules"]], [("no-ping", 1)]
    yield "it is shown", run.sensor.ask("/v1/policy/shadow")["policy"], SHADOW
    yield "the difference", run("policy", "diff", "running", "shadow"), (0, "")
    yield "a bad one", run.apply(BAD, "--observe")[0], 2
    yield "changes nothing", run.sensor.ask("/v1/policy/shadow")["policy"], SHADOW
    yield "another in force", run.apply(BLOCK_OTHER), (0, "")
    yield "beside the same shadow", (both(hosts), run.shadow()), ((True, False), {"(allow)": (1, 0), "rest": (2, 2)})
    yield "another shadow", run.apply(BLOCK, "--observe"), (0, "")
    yield "counts anew", (both(hosts), run.shadow()), ((True, False), {"(block)": (1, 1)})
    yield "in force itself", run.apply(BLOCK), (0, "")
    yield "is no shadow any more", (both(hosts), run.shadow()), ((False, True), {})
    yield "nothing to end", run("policy", "shadow", "--end")[0], 2
    yield "beside none", (run.apply(NONE), run.apply(NO_PING, "--observe")), ((0, ""), (0, ""))
    yield "counts too", (both(hosts), run.shadow()), ((True, True), {"no-ping": (1, 1)})
    yield "not with a time", run.apply(NO_PING, "--observe", "--confirm", "60s")[0], 2
    yield "end", run("policy", "shadow", "--end"), (0, "")
    yield "ended", (both(hosts), run.shadow()), ((True, True), {})


def refused(hosts, run):
    yield "apply", run.apply(BLOCK), (0, "")
    status, complaint = run.apply(BAD)
    yield "a bad one", (status, "line 3, column 22" in complaint), (2, True)
    status, complaint = run.apply(f"version: 1\nblock: [{SENSED}]\n")
    yield "its own address", (status, "own address" in complaint), (2, True)
    status, complaint = run.apply("version: 1\nrules: [{name: a, match: {country: DE}, verdict: drop}]\n")
    yield "a country without a database", (status, "line 2: a asks for a country" in complaint), (2, True)
    session = hosts.sensed.start("nc", "-l", SENSED, "22")
    hosts.sensed.wait_for_port(22)
    hosts.sender.start("nc", "-s", OTHER, SENSED, "22")
    eventually(lambda: hosts.sensed.run("ss", "-Hnt", "sport = :22"))
    for policy in (BLOCK_OTHER, "version: 1\nrules: [{name: all, match: {protocol: tcp}, verdict: drop}]\n",
                   f"version: 1\nservices: [{{name: www, address: {SENSED}, tcp: 443}}]\n",
                   "version: 1\nprotocols: [{name: no-ssh, app: ssh}]\n"):
        status, complaint = run.apply(policy)
        yield f"an open session: {policy}", (status, "SSH session" in complaint), (2, True)
    yield "the running one is untouched", (both(hosts), run.shown()), ((False, True), BLOCK)
    yield "forced", run.apply(BLOCK_OTHER, "--force"), (0, "")
    yield "in force", both(hosts), (True, False)
    session.terminate()
    yield "empty", run.apply(NONE), (0, "")


def on_trial(hosts, run):
    yield "nothing to confirm", run("policy", "confirm")[0], 2
    yield "on trial", run.apply(BLOCK, "--confirm", f"{TRIAL_S}s")[0], 0
    yield "in force", both(hosts), (False, True)
    yield "rolled back by itself", eventually(lambda: run.shown() == NONE), True
    yield "passes again", both(hosts), (True, True)
    yield "on trial again", run.apply(BLOCK, "--confirm", f"{TRIAL_S}s")[0], 0
    yield "confirm", run("policy", "confirm"), (0, "")
    time.sleep(TRIAL_S + 1)
    yield "stays", (both(hosts), run.shown()), ((False, True), BLOCK)
    yield "empty", run.apply(NONE), (0, "")


def killed(hosts, programs, mode):
    """The kernel goes on; the successor goes on with what the state says, and rolls back what nobody confirmed."""
    with tempfile.TemporaryDirectory(prefix="vedette-policy-") as folder:
        file = os.path.join(folder, "policy.yaml")
        options = ("--state", folder, "--policy", file)
        with open(file, "w", encoding="utf-8") as out:
            out.write(BLOCK)
        with Sensor(hosts.sensed, programs, mode, *options) as sensor:
            run = Commands(sensor, tempfile.mkdtemp(dir=folder))
            yield "from the file", both(hosts), (False, True)
            yield "another by hand", run.apply(BLOCK_OTHER), (0, "")
            sensor.process.kill()
            sensor.process.wait()
            yield "without daemon", both(hosts), (True, False)
        with Sensor(hosts.sensed, programs, mode, *options) as sensor:
            run = Commands(sensor, tempfile.mkdtemp(dir=folder))
            yield "taken over", (both(hosts), run.shown()), ((True, False), BLOCK_OTHER)
            yield "a shadow", run.apply(SHADOW, "--observe"), (0, "")
            sensor.process.kill()
            sensor.process.wait()
            yield "without daemon again", both(hosts), (True, False)
        with Sensor(hosts.sensed, programs, mode, *options) as sensor:
            run = Commands(sensor, tempfile.mkdtemp(dir=folder))
            yield "the shadow is taken over, and counted on", run.shadow(), {"(allow)": (0, 0), "rest": (1, 1)}
            yield "end it", run("policy", "shadow", "--end"), (0, "")
            yield "on trial", run.apply(NO_PING, "--confirm", f"{TRIAL_S}s")[0], 0
            sensor.process.kill()
            sensor.process.wait()
            yield "the rule drops without daemon", both(hosts), (False, True)
        with Sensor(hosts.sensed, programs, mode, *options) as sensor:
            run = Commands(sensor, tempfile.mkdtemp(dir=folder))
            yield "rolled back by the successor", eventually(lambda: run.shown() == BLOCK_OTHER), True
            yield "as before the trial", both(hosts), (True, False)
            sensor.process.send_signal(signal.SIGHUP)
            yield "read anew", eventually(lambda: run.shown() == BLOCK), True
            yield "in force", both(hosts), (False, True)
            with open(file, "w", encoding="utf-8") as out:
                out.write(BAD)
            sensor.process.send_signal(signal.SIGHUP)
            time.sleep(1)
            yield "a bad file changes nothing", (both(hosts), run.shown()), ((False, True), BLOCK)
        yield "a clean stop lets all pass", both(hosts), (True, True)
        bad = hosts.sensed.start(os.path.join(programs, "vedetted"), "-i", WIRE, "--mode", mode, "--policy", file, "--socket",
                                 os.path.join(folder, "api.sock"), stderr=subprocess.PIPE, text=True)
        complaint = bad.communicate(timeout=60)[1]
        yield "does not begin with a bad file", (bad.returncode, "line 3, column 22" in complaint), (2, True)
        with Sensor(hosts.sensed, programs, mode, "--state", folder) as sensor:
            yield "from the state", both(hosts), (False, True)
    with tempfile.TemporaryDirectory(prefix="vedette-policy-") as folder:
        for begin in ("at first", "taken over"):
            with Sensor(hosts.sensed, programs, mode, "--state", folder) as sensor:
                run = Commands(sensor, tempfile.mkdtemp(dir=folder))
                if begin == "at first":
                    yield "a shadow of nothing", run.apply(NO_PING, "--observe"), (0, "")
                yield f"counted, {begin}", (both(hosts), run.shadow()), ((True, True), {"no-ping": (1, 1)} if begin == "at first" else {"no-ping": (2, 2)})
                sensor.process.kill()
                sensor.process.wait()
        with Sensor(hosts.sensed, programs, mode, "--state", folder) as sensor:
            run = Commands(sensor, tempfile.mkdtemp(dir=folder))
            yield "end what was taken over", (run("policy", "shadow", "--end"), run.shadow()), ((0, ""), {})


def run(programs, mode):
    check = Checks()
    with TwoHosts() as hosts:
        hosts.sensed = SameMounts(hosts.sensed.name)
        for host, addresses in ((hosts.sender, (SENDER, OTHER)), (hosts.sensed, (SENSED,))):
            for address in addresses:
                host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        with tempfile.TemporaryDirectory(prefix="vedette-policy-") as folder, Sensor(hosts.sensed, programs, mode) as sensor:
            commands = Commands(sensor, folder)
            for checks in (applied, shadowed, refused, on_trial):
                check(checks.__name__, checks(hosts, commands))
        check("killed", killed(hosts, programs, mode))
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "ping", "nc", "ss"), run))
