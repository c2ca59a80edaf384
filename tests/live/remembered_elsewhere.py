#!/usr/bin/env python3
"""Flows over the wire are found again in a ClickHouse server's history, each packet and byte of them once: after the sensor was
stopped, and after the server was killed, the sensor stopped meanwhile, and both begun again.

remembered_elsewhere.py PROGRAMS CLICKHOUSE     (the folder of vedette and vedetted; scripts/ci/unpack_clickhouse.sh's)
"""

import os
import subprocess
import sys
import tempfile
import time

from blocks import SENDER, SENSED
from clickhouse_server import PASSWORD, ClickhouseServer, clickhouse_program
from comparison import Checks
from remembered import flows_of, remembered, stop, talk
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

def store_of(sensor):
    return sensor.ask("/v1/health")["store"]


def until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.2)
    return holds()


def checks(hosts, programs, server, folder):
    os.mkdir(f"{folder}/state")
    with open(f"{folder}/password", "w", encoding="ascii") as password:
        password.write(PASSWORD + "\n")
    options = ("--state", f"{folder}/state", "--store", "http://vedette@127.0.0.1:8123/history", "--store-password", f"{folder}/password")
    with Sensor(hosts.sensed, programs, "tc", *options) as sensor:
        talk(hosts)
        sensor.settled()
        live = flows_of(sensor)
        yield "flows were seen", len(live) > 40, True
        stop(sensor)
    with Sensor(hosts.sensed, programs, "tc", *options) as sensor:
        yield "the server has them", until(lambda: store_of(sensor)["engine"] == "clickhouse 18.16 at http://127.0.0.1:8123/history"), True
        yield "after the stop", {key: value for key, value in remembered(sensor).items() if key in live}, live
        yield "health", (store_of(sensor)["writing"], store_of(sensor)["lost"]), (True, 0)
        server.kill()
        talk(hosts)
        sensor.settled()
        later = {key: value for key, value in flows_of(sensor).items() if key[3] in (9000, 9001)}
        yield "it is said that the server is away", until(lambda: not store_of(sensor)["writing"]), True
        refused = subprocess.run([sensor.vedette, "query", "--socket", sensor.socket], stderr=subprocess.PIPE, text=True, check=False)
        yield "a query", (refused.returncode, "http://127.0.0.1:8123/history" in refused.stderr), (1, True)
        stop(sensor)
    with Sensor(hosts.sensed, programs, "tc", *options) as sensor:
        yield "rows wait", store_of(sensor)["waiting"] > 40, True
        server.start()
        yield "and are sent", until(lambda: store_of(sensor)["waiting"] == 0 and store_of(sensor)["writing"]), True
        found = remembered(sensor)
        yield "after the outage", {key: value for key, value in found.items() if key in later}, later
        yield "and those before it", {key: value for key, value in found.items() if key in live}, live
        yield "nothing was lost", store_of(sensor)["lost"], 0


def run(programs, clickhouse):
    if clickhouse_program(clickhouse) is None:
        print("no clickhouse-server: Debian 12 has it (VEDETTE_CLICKHOUSE=yes make test), Debian 13 doesn't")
        return 77
    check = Checks()
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-elsewhere-") as folder:
        for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        hosts.sensed.ip("link", "set", "lo", "up")
        server = ClickhouseServer(hosts.sensed, clickhouse, folder)
        server.start()
        check("history", checks(hosts, programs, server, folder))
        server.kill()
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, (), run))
