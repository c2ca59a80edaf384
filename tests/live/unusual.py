#!/usr/bin/env python3
"""A running sensor is asked what of its history a person should look at, and raises by itself what is unusual: of forty days that were
planted into its store, the last two hours of which had twenty times as much.

unusual.py PROGRAMS MADE_HISTORY     (the folder of vedette and vedetted; tests/inquire/made_history.cpp)
"""

import os
import subprocess
import sys
import tempfile
import time

from blocks import SENDER, SENSED
from comparison import Checks
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

INTERFACE = "uplink0"


def analysed(sensor, *options):
    return sensor.tell("analyse", *options)[0]


def raised(sensor, patience):
    """Findings of the watch, once there are any."""
    deadline = time.monotonic() + patience
    while True:
        found = [one for one in sensor.ask("/v1/findings?kind=anomaly")["findings"] if one["detector"].startswith("unusual_")]
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def refused(sensor, *options):
    done = subprocess.run([sensor.vedette, "analyse", *options, "--socket", sensor.socket], stderr=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stderr


def checks(hosts, programs, made_history):
    with tempfile.TemporaryDirectory(prefix="vedette-history-") as folder:
        store = os.path.join(folder, "store")
        subprocess.run([made_history, store, INTERFACE], check=True)
        with Sensor(hosts.sensed, programs, "tc", "--store", store) as sensor:
            movers = analysed(sensor, "movers", "--by", "src_ip", "--last", "1h")
            yield "what moved most", (movers["movers"][0]["name"], movers["movers"][0].get("new")), ("10.0.0.99", True)
            yield "as a sentence", movers["movers"][0]["says"].startswith("10.0.0.99: 7.0 MB, and none before"), True
            new = analysed(sensor, "new", "--by", "src_ip", "--last", "1h", "--days", "7")
            yield "what is new", [one["value"] for one in new["values"] if one["value"].startswith("10.0.0.")], ["10.0.0.99"]
            new = analysed(sensor, "new-since-yesterday", "--kinds", "source", "--last", "1h", "--days", "7")
            yield "of one kind", [one["value"] for one in new["values"] if one["value"].startswith("10.0.0.")], ["10.0.0.99"]
            new = analysed(sensor, "new-since-yesterday", "--last", "1h", "--days", "7")
            yield "of each kind", [one["kind"] for one in new["kinds"]], ["service", "source", "country", "protocol_version", "fingerprint"]
            anomalies = analysed(sensor, "anomalies", "--last", "1d", "--bucket", "15m", "--weeks", "5", "--interface", INTERFACE)
            yield "what is unusual", [(one["series"], one["side"]) for one in anomalies["anomalies"]], [(f"bytes in on {INTERFACE}", "above")]
            forecast = analysed(sensor, "forecast", "--interface", INTERFACE, "--capacity", "1000000000")
            yield "when it is full", (len(forecast["links"]), forecast["links"][0]["filling"] in ("never", "not_before")), (1, True)
            unknown = analysed(sensor, "forecast", "--interface", INTERFACE)
            yield "whose capacity isn't known", unknown.get("unknown"), [f"bytes in on {INTERFACE}"]
            steps = analysed(sensor, "steps", "--interface", INTERFACE)
            yield "two hours are no step", (steps["series"], steps["steps"], steps.get("short")), (1, [], None)
            for kind in ("bottlenecks", "periodicity"):
                yield kind, bool(analysed(sensor, kind)["says"]), True
            told = subprocess.run([sensor.vedette, "analyse", "movers", "--socket", sensor.socket], stdout=subprocess.PIPE, text=True, check=True).stdout
            yield "as a table", [line.split()[0] for line in told.splitlines()[1:3]], ["NAME", "10.0.0.99"]
            status, why = refused(sensor, "movers", "--by", "sauce")
            yield "what is no dimension", (status, 'parameter "by": "sauce" is no dimension' in why), (2, True)

            found = raised(sensor, 60)
            found = sorted(found, key=lambda one: one["detector"])
            # The planted flows are of the last two hours alone.
            yield "raised by itself", [(one["detector"], one["action"], "src_ip" in one) for one in found], \
                [("unusual_bytes_in", "none", False), ("unusual_flows", "none", False)]
            yield "why", found[0]["why"].startswith(f"bytes in on {INTERFACE} is above"), True
            time.sleep(4)  # its row waits for two
            rows = sensor.tell("query", "--of", "findings", "--by", "id,detector", "--last", "1d")
            yield "and remembered", [row["id"] for row in rows if row["detector"] == "unusual_bytes_in"], [found[0]["id"]]
        with Sensor(hosts.sensed, programs, "tc") as sensor:
            status, why = refused(sensor, "movers")
            yield "without a store", (status, "keeps none" in why), (1, True)


def run(programs, made_history):
    check = Checks()
    with TwoHosts() as hosts:
        for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        check("analysis", checks(hosts, programs, made_history))
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, (), run))
