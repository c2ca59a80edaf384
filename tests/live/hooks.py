#!/usr/bin/env python3
"""Hooks: a finding comes to a program and to a URL as the API tells it, and one that hangs or fails holds up nothing.

hooks.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import json
import os
import sys
import tempfile
import time

from comparison import unequal, verdict
from feed_urls import PORT, SERVER, Served
from feeds import becomes
from found import ATTACKER, SENDER, SENSED, found, scan
from losses import losses
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main


KEPT = sum(1 << capability for capability in (1, 12, 13, 38, 39))  # DAC_OVERRIDE, NET_ADMIN, NET_RAW, PERFMON, BPF


def program(folder, name, lines):
    file = os.path.join(folder, name)
    with open(file, "w", encoding="utf-8") as script:
        script.write(f"#!/bin/sh\n{lines}\n")
    os.chmod(file, 0o755)
    return file


def rows(sensor):
    return {row["kind"]: row for row in sensor.tell("hooks")}


def lines_of(file):
    try:
        with open(file, encoding="utf-8") as text:
            return [json.loads(line) for line in text]
    except FileNotFoundError:
        return []


def told(hosts, programs, mode, folder, served):
    got = os.path.join(folder, "got")
    command = program(folder, "hook.sh", f"grep CapEff: /proc/$$/status > {got}.rights; cat >> {got}")
    served.say(status=204)
    with Sensor(hosts.sensed, programs, mode, "--respond", "observe", "--hook-command", command, "--hook-url", f"http://{SERVER}:{PORT}/hook",
                "--hook-severity", "medium") as sensor:
        scan(hosts.sender)
        finding = found(sensor, "port_scan", ATTACKER, "would_block")
        yield "found", finding is not None, True
        yield "the program got it", becomes(lambda: finding["id"] in [one["id"] for one in lines_of(got)], True), True
        one = next(one for one in lines_of(got) if one["id"] == finding["id"])
        yield "with what was done", (one["kind"], one["src_ip"], one["action"]), ("port_scan", ATTACKER, "would_block")
        with open(f"{got}.rights", encoding="ascii") as rights:
            yield "with no more rights than the sensor keeps", int(rights.read().split()[1], 16) & ~KEPT, 0
        yield "nor has any thread", sensor.rights() & ~KEPT, 0
        yield "so did the URL", becomes(lambda: finding["id"] in [json.loads(one["body"])["id"] for one in served.asked()], True), True
        asked = served.asked()[-1]
        yield "as JSON by POST", (asked["method"], asked["path"], asked["Content-Type"]), ("POST", "/hook", "application/json")
        yield "grave ones alone", {one["severity"] for one in lines_of(got)} <= {"medium", "high", "critical"}, True
        yield "counted", [(row["told"] > 0, row["failed"], row["dropped"]) for row in rows(sensor).values()], [(True, 0, 0)] * 2


def failing(hosts, programs, mode, folder, served):
    """A program that fails, a server that is away at first."""
    served.say(status=503)
    with Sensor(hosts.sensed, programs, mode, "--hook-command", program(folder, "fail.sh", "exit 3"), "--hook-url",
                f"http://{SERVER}:{PORT}/hook") as sensor:
        scan(hosts.sender)
        yield "the program failed", becomes(lambda: rows(sensor)["command"].get("error"), "ended with status 3"), "ended with status 3"
        yield "the URL is tried again", becomes(lambda: len([one for one in served.asked() if one["method"] == "POST"]) >= 3, True), True
        yield "waits", (rows(sensor)["url"]["waiting"] > 0, rows(sensor)["url"]["failed"]), (True, 0)
        served.say(status=200)
        yield "told at last", becomes(lambda: (rows(sensor)["url"]["told"] > 0, rows(sensor)["url"]["waiting"]), (True, 0)), (True, 0)
        yield "among the losses", losses(sensor)["hook_untold"], rows(sensor)["command"]["failed"]


def hanging(hosts, programs, mode, folder, served):
    """Both hang: findings go on being raised and answered."""
    served.say(how="hang")
    with Sensor(hosts.sensed, programs, mode, "--respond", "enforce", "--hook-command", program(folder, "hang.sh", "exec sleep 600"),
                "--hook-url", f"http://{SERVER}:{PORT}/hook", "--hook-timeout", "2") as sensor:
        scan(hosts.sender)
        finding = found(sensor, "port_scan", ATTACKER, "blocked")
        yield "found and blocked", finding is not None, True
        yield "ended", becomes(lambda: rows(sensor)["command"].get("error"), "ran for more than 2 s, and was ended"), \
            "ran for more than 2 s, and was ended"
        begun = time.monotonic()
        sensor.process.terminate()
        sensor.process.wait(timeout=60)
        yield "a stop doesn't wait for them", time.monotonic() - begun < 20, True
    left = hosts.sensed.run("pgrep", "-f", os.path.join(folder, "hang.sh"), check=False)
    yield "nothing runs on", left, ""


def refused(hosts, programs, mode, folder):
    for option, value in (("--hook-command", "hook.sh"), ("--hook-command", os.path.join(folder, "missing")), ("--hook-url", "ftp://a/")):
        done = hosts.sensed.run(os.path.join(programs, "vedetted"), "-i", WIRE, "--mode", mode, "--socket",
                                os.path.join(folder, "api.sock"), option, value, "--log-level", "error", check=False)
        yield f"{option} {value}", (done, os.path.exists(os.path.join(folder, "api.sock"))), ("", False)


def run(programs, mode):
    wrongs = []
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-hooks-") as folder:
        for host, addresses in ((hosts.sender, (SENDER, ATTACKER, SERVER)), (hosts.sensed, (SENSED,))):
            for address in addresses:
                host.ip("address", "add", f"{address}/24", "dev", WIRE)
        served = Served(tempfile.mkdtemp(dir=folder), hosts.sender)
        for part, more in ((told, (served,)), (failing, (served,)), (hanging, (served,)), (refused, ())):
            for title, what, expected in part(hosts, programs, mode, folder, *more):
                wrongs += unequal(f"{part.__name__}: {title}", what, expected)
    return verdict(wrongs)


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nmap", "pgrep"), run))
