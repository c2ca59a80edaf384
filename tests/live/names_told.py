#!/usr/bin/env python3
"""What a running sensor says of a flow besides its addresses: the names that DNS answers gave them, the country and network that databases
have, and of its packets the protocol that is spoken.

names_told.py PROGRAMS MAKE_DATABASES     (the folder of vedette and vedetted; the script that writes small MaxMind databases)
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from comparison import unequal, verdict
from sensor import Sensor
from traffic import SERVICES
from two_hosts import WIRE, TwoHosts, main

SENDER, SENSED = "10.88.0.1", "10.88.0.2"
NAMED, NAME = "192.0.2.7", "www.demo.example"  # what the demo's server answers to whatever is asked
PLACED = "192.0.2.130"  # in both databases
PAGE = f"http://{NAMED}/"


def flow_to(sensor, address):
    """As it is told once the sensor has it, half a second behind its first packet."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for row in sensor.tell("flows", "--filter", f"dst host {address} and tcp"):
            if row["dst_ip"] == address:
                return row
        time.sleep(0.1)
    raise RuntimeError(f"no flow to {address} is told")


def checks(hosts, sensor):
    hosts.sender.run("curl", "-s", "-m", "10", "-o", "/dev/null", PAGE)
    yield "no name before it was asked for", flow_to(sensor, NAMED).get("dst_name"), None
    hosts.sender.run("dig", "+tries=3", "+time=5", f"@{SENSED}", NAME)
    watch = subprocess.Popen([sensor.vedette, "watch", f"dst host {NAMED} and tcp port 80", "-c", "60", "--format", "json"],
                             env=dict(os.environ, VEDETTE_SOCKET=sensor.socket), stdout=subprocess.PIPE, text=True)
    deadline = 100
    while watch.poll() is None and (deadline := deadline - 1):
        hosts.sender.run("curl", "-s", "-m", "10", "-o", "/dev/null", PAGE)
    packets = [json.loads(line) for line in watch.communicate(timeout=60)[0].splitlines()]
    yield "packets say what is spoken", ("http", "HTTP/1.1") in {(one.get("app"), one.get("app_version")) for one in packets}, True
    named = [row for row in sensor.tell("flows", "--filter", f"dst host {NAMED} and tcp") if row.get("dst_name") == NAME]
    yield "flows have the name that DNS gave", bool(named), True
    if named:
        yield "and what is spoken", (named[0]["app"], named[0]["app_version"]), ("http", "HTTP/1.1")
    hosts.sender.run("curl", "-s", "-m", "10", "-o", "/dev/null", f"http://{PLACED}/")
    placed = flow_to(sensor, PLACED)
    yield "and the databases' country and network", (placed.get("dst_country"), placed.get("dst_asn")), ("DE", 64496)


def run(programs, make_databases):
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-names-") as folder:
        subprocess.run(["perl", make_databases, folder], check=True)
        for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        for address in (NAMED, PLACED):
            hosts.sensed.ip("addr", "add", f"{address}/32", "dev", WIRE)
            hosts.sender.ip("route", "add", f"{address}/32", "via", SENSED)
        hosts.sensed.start(sys.executable, SERVICES)
        hosts.sensed.wait_for_port(80)
        databases = [word for name in ("country.mmdb", "asn.mmdb") for word in ("--geoip", os.path.join(folder, name))]
        with Sensor(hosts.sensed, programs, "xdp-native", *databases) as sensor:
            return verdict([line for title, told, truth in checks(hosts, sensor) for line in unequal(title, told, truth)])


if __name__ == "__main__":
    sys.exit(main(__doc__, ("curl", "dig", "perl"), run))
