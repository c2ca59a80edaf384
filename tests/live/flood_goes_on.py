#!/usr/bin/env python3
"""Floods that a rule alone doesn't end: one whose packets look like everybody's, whose sources are held to a limit each, and one
that goes on after its rule's end, which has it for longer then.

flood_goes_on.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import sys
import time

from comparison import unequal, verdict
from rules_found import CLIENT, PORT, SENDER, SENSED, SERVER, ask, eventually, flood
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

BOTS, BOTS_LAST_S = 20, 10
# Datagrams of any length and bytes from BOTS addresses in turns, each from a socket of its own, as the clean ones are.
BOTNET = f"""import os, random, socket, time
end = time.monotonic() + {BOTS_LAST_S}
number = 0
while time.monotonic() < end:
    for number in range({BOTS}):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bot:
            bot.bind((f"10.88.1.{{number + 1}}", 0))
            bot.sendto(os.urandom(random.randint(23, 403)), ("{SENSED}", {PORT}))
    time.sleep(0.004)
"""
# What the server doesn't answer, as it is none of its questions.
CLEAN = CLIENT.replace('b"ask" + os.urandom(random.randint(20, 400))', 'os.urandom(random.randint(23, 403))').replace("settimeout(1)", "settimeout(0.001)")


def rules(sensor):
    return {rule["name"]: rule for rule in sensor.ask("/v1/policy")["rules"] if rule["name"].startswith("auto-")}


def limited(hosts, sensor):
    hosts.sender.run(sys.executable, "-c", CLEAN, "600")
    bots = hosts.sender.start(sys.executable, "-c", BOTNET)
    yield "a limit was found", eventually(lambda: [name for name in rules(sensor) if name.endswith("-limit")]) != [], True
    answered = ask(hosts, 20)
    bots.wait()
    yield "who asks is answered all the while", answered, 20
    yield "the finding says so", [one["action"] for one in sensor.tell("findings", "--kind", "udp_flood")], ["limited"]
    yield "what is over it is dropped", sensor.settled()["in"]["rule_dropped_packets"] > 1000, True


def again(hosts, sensor):
    ask(hosts, 600)
    attack = flood(hosts)
    yield "a rule was found", eventually(lambda: rules(sensor)) != {}, True
    known = sensor.tell("findings", "--kind", "udp_flood")[0]["expires_ns"]
    later = eventually(lambda: [one for one in sensor.tell("findings", "--kind", "udp_flood")
                                if one["action"] == "blocked" and one["expires_ns"] > known])
    attack.wait()
    yield "it was found once more", len(later or []), 1
    if later:
        yield "for longer", (later[0]["expires_ns"] - known) / 1e9 > 3, True


def run(programs, mode):
    wrong = []
    for part, options in ((limited, ()), (again, ("--respond-ttl", "2"))):
        with TwoHosts() as hosts:
            for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
                host.ip("addr", "add", f"{address}/24", "dev", WIRE)
            for number in range(BOTS):
                hosts.sender.ip("addr", "add", f"10.88.1.{number + 1}/32", "dev", WIRE)
            hosts.sensed.ip("route", "add", "default", "via", SENDER)
            hosts.sensed.start(sys.executable, "-c", SERVER)
            time.sleep(0.5)
            with Sensor(hosts.sensed, programs, mode, "--respond", "enforce", *options) as sensor:
                for title, told, truth in part(hosts, sensor):
                    wrong += unequal(f"{part.__name__}: {title}", told, truth)
    return verdict(wrong)


if __name__ == "__main__":
    sys.exit(main(__doc__, ("hping3", "timeout"), run))
