#!/usr/bin/env python3
"""Findings reach syslog servers by UDP and TCP, the local log, a file and a URL as the API tells them; what is away is waited for or
counted, a file that is rotated is begun anew, and nothing holds up the sensor.

findings_to.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import json
import os
import re
import sys
import tempfile
import time

from comparison import Checks
from feed_urls import PORT, SERVER, Served
from feeds import becomes
from found import ATTACKER, SENDER, SENSED, found, scan
from losses import losses
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

UDP, TCP = 5514, 6514
RFC5424 = re.compile(r"<(\d+)>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\S+) vedetted (\d+) (\w+) - @cee: (\{.*\})")
RFC3164 = re.compile(r"<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d vedetted\[(\d+)\]: @cee: (\{.*\})")
PRIORITIES = {"info": 86, "low": 85, "medium": 84, "high": 83, "critical": 82}  # of authpriv
# What a finding says later may go on growing.
SAME = ("id", "kind", "severity", "src_ip", "dst_ip", "first_ns", "detected_ns", "action")


class Server:
    """syslog_server.py in the sensed host."""

    def __init__(self, host, folder, way, address="127.0.0.1", port=0):
        self.file = os.path.join(folder, f"{way}.ndjson")
        self.start = lambda: host.start(sys.executable, os.path.join(os.path.dirname(__file__), "syslog_server.py"), self.file, way,
                                        address, str(port))
        self.process = self.start()
        self.there = {"udp": lambda: host.run("ss", "-Hnul", f"sport = :{port}") != "", "local": lambda: os.path.exists(address),
                      "tcp": lambda: host.run("ss", "-Hntl", f"sport = :{port}") != ""}[way]
        becomes(self.there, True)

    def messages(self):
        return [line["message"] for line in lines_of(self.file)]

    def stop(self):
        self.process.kill()
        self.process.wait()


def lines_of(file):
    try:
        with open(file, encoding="utf-8") as text:
            return [json.loads(line) for line in text]
    except FileNotFoundError:
        return []


def parts_of(finding):
    return {name: finding.get(name) for name in SAME}


def exports(sensor):
    return {one["protocol"]: one for one in sensor.stats()["exports"]}


def told(hosts, programs, mode, folder):
    log, file = os.path.join(folder, "log"), os.path.join(folder, "findings.ndjson")
    udp, local = Server(hosts.sensed, folder, "udp", port=UDP), Server(hosts.sensed, folder, "local", log)
    tcp, served = Server(hosts.sensed, folder, "tcp", port=TCP), Served(tempfile.mkdtemp(dir=folder), hosts.sender)
    served.say(status=204)
    targets = [f"syslog://127.0.0.1:{UDP}", f"syslog+tcp://127.0.0.1:{TCP}", f"syslog:{log}", f"file:{file}",
               f"http://{SERVER}:{PORT}/findings,severity=medium"]
    options = [word for target in targets for word in ("--findings-to", target)]
    with Sensor(hosts.sensed, programs, mode, "--respond", "observe", *options) as sensor:
        scan(hosts.sender)
        finding = found(sensor, "port_scan", ATTACKER, "would_block")
        yield "found", finding is not None, True
        wanted = parts_of(finding)
        yield "all were told", becomes(lambda: {name: (one["told"] > 0, one["failed"], one["dropped"], one["waiting"]) for name, one in exports(sensor).items()},
                                       dict.fromkeys(("syslog", "syslog+tcp", "syslog+local", "file", "http"), (True, 0, 0, 0))), \
            dict.fromkeys(("syslog", "syslog+tcp", "syslog+local", "file", "http"), (True, 0, 0, 0))
        # One that grows graver is told again: the last word is the API's.
        yield "the file", [parts_of(one) for one in lines_of(file) if one["id"] == finding["id"]][-1], wanted
        hostname = hosts.sensed.run("hostname").strip()
        for name, server in (("UDP", udp), ("TCP", tcp)):
            read = [RFC5424.fullmatch(message) for message in server.messages()]
            yield f"{name}: all are RFC 5424's", None in read, False
            mine = [one for one in read if json.loads(one[6])["id"] == finding["id"]]
            yield f"{name}: the finding", parts_of(json.loads(mine[-1][6])), wanted
            yield f"{name}: its head", (int(mine[-1][1]), mine[-1][3], mine[-1][5]), (PRIORITIES[finding["severity"]], hostname, "port_scan")
            yield f"{name}: by the sensor itself", {one[4] for one in read}, {str(sensor.ask("/v1/health")["pid"])}
        read = [RFC3164.fullmatch(message) for message in local.messages()]
        yield "local: all are syslog(3)'s", None in read, False
        yield "local: the finding", [parts_of(json.loads(one[3])) for one in read if json.loads(one[3])["id"] == finding["id"]][-1], wanted
        posted = [json.loads(one["body"]) for one in served.asked()]
        yield "URL", [parts_of(one) for one in posted if one["id"] == finding["id"]][-1], wanted
        yield "URL: grave ones alone", {one["severity"] for one in posted} <= {"medium", "high", "critical"}, True
        yield "nothing lost", losses(sensor)["hook_untold"], 0
    for server in (udp, local, tcp, served):
        server.stop()


def away(hosts, programs, mode, folder):
    """A server by TCP and a log that come later get what waited; one by UDP that isn't there is counted."""
    log, file = os.path.join(folder, "later"), os.path.join(folder, "rotated.ndjson")
    options = [word for target in (f"syslog://127.0.0.1:{UDP}", f"syslog+tcp://127.0.0.1:{TCP}", f"syslog:{log}", f"file:{file}")
               for word in ("--findings-to", target)]
    with Sensor(hosts.sensed, programs, mode, *options) as sensor:
        scan(hosts.sender)
        finding = found(sensor, "port_scan", ATTACKER)
        yield "found", finding is not None, True
        yield "nobody by UDP", becomes(lambda: exports(sensor)["syslog"].get("error"), "Connection refused"), "Connection refused"
        yield "counted", losses(sensor)["hook_untold"] == exports(sensor)["syslog"]["failed"] > 0, True
        yield "by TCP and locally it waits", [exports(sensor)[name]["waiting"] > 0 for name in ("syslog+tcp", "syslog+local")], [True, True]
        tcp, local = Server(hosts.sensed, os.path.join(folder, "2"), "tcp", port=TCP), Server(hosts.sensed, os.path.join(folder, "2"), "local", log)
        for name, server in (("TCP", tcp), ("local", local)):
            yield f"{name}: told at last", becomes(lambda: any(finding["id"] in message for message in server.messages()), True), True
        os.rename(file, f"{file}.1")
        before = len(lines_of(f"{file}.1"))
        hosts.sender.run("nmap", "-n", "-Pn", "-sS", "-S", SENDER, "-e", WIRE, "-p", "1-400", "--max-retries", "0", "--host-timeout", "10s",
                         SENSED, check=False)
        other = found(sensor, "port_scan", SENDER)
        yield "another is found", other is not None, True
        yield "in a file of its own", becomes(lambda: other["id"] in [one["id"] for one in lines_of(file)], True), True
        yield "and not in the old one", len(lines_of(f"{file}.1")), before
        begun = time.monotonic()
    yield "a stop doesn't wait", time.monotonic() - begun < 20, True
    for server in (tcp, local):
        server.stop()


def refused(hosts, programs, mode, folder):
    for target in ("syslog://", "syslog://a:0", "file:findings", f"file:{folder}", f"file:{folder}/missing/findings", "ftp://a/",
                   "file:/tmp/a,severity=grave"):
        done = hosts.sensed.run(os.path.join(programs, "vedetted"), "-i", WIRE, "--mode", mode, "--socket", os.path.join(folder, "api.sock"),
                                "--findings-to", target, "--log-level", "error", check=False)
        yield target, (done, os.path.exists(os.path.join(folder, "api.sock"))), ("", False)


def run(programs, mode):
    checks = Checks()
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-findings-to-") as folder:
        os.mkdir(os.path.join(folder, "2"))
        for host, addresses in ((hosts.sender, (SENDER, ATTACKER, SERVER)), (hosts.sensed, (SENSED,))):
            for address in addresses:
                host.ip("address", "add", f"{address}/24", "dev", WIRE)
        for part in (told, away, refused):
            checks(part.__name__, part(hosts, programs, mode, folder))
    return 1 if checks.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nmap", "ss"), run))
