#!/usr/bin/env python3
"""Flows as readers that aren't ours have them, nfcapd and kcat, beside `vedette flows` of the running sensor that told them and
`vedette read` of the same packets: flow for flow the same ends, protocol, packets, bytes and flags each way, by IPFIX, by NetFlow 9 and
from a Kafka topic, over IPv4 and IPv6.

exported.py PROGRAMS MODE PROTOCOL KAFKA_BROKER     (the folder of vedette and vedetted; tc, …; ipfix, netflow9 or kafka; kafka_broker.cpp's)
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter

from comparison import Checks
from dump import Dump
from feeds import becomes
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

SENDER, SENSED, SENDER6, SENSED6 = "10.88.0.1", "10.88.0.2", "fd88::1", "fd88::2"
COLLECTOR = 9995
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}
OURS = {SENDER, SENSED, SENDER6, SENSED6}


def talk(hosts):
    for source, address in ((SENDER, SENSED), (SENDER6, SENSED6)):
        bracketed = f"[{address}]" if ":" in address else address
        for _ in range(5):
            hosts.sender.run("curl", "-s", "-m", "10", "-o", "/dev/null", f"http://{bracketed}/")
        hosts.sender.run("sh", "-c", f"nc -z -w 2 {address} 81; head -c 3000 /dev/zero | nc -u -q 0 {address} 7000; true", check=False)
        hosts.sender.run("ping", "-n", "-q", "-c", "4", "-i", "0.05", "-I", source, address)
        hosts.sender.run("ping", "-n", "-q", "-c", "2", "-i", "0.05", "-s", "3000", "-I", source, address)


def flags_of(text):
    return "".join(sorted(flag for flag in text if flag.isalpha()))


def flows_of(flows):
    """A row a flow: both ends, protocol, packets, bytes and flags each way."""
    for flow in flows:
        if {flow["src_ip"], flow["dst_ip"]} <= OURS:
            yield ((flow["src_ip"], flow.get("src_port", 0), flow["dst_ip"], flow.get("dst_port", 0), PROTOCOLS[flow["protocol"]]),
                   (flow["packets"], flow["bytes"], flags_of(flow.get("tcp_flags", ""))),
                   (flow["reply_packets"], flow["reply_bytes"], flags_of(flow.get("reply_tcp_flags", ""))))


def ends_of(record):
    family = "4" if "src4_addr" in record else "6"
    return record[f"src{family}_addr"], record.get("src_port", 0), record[f"dst{family}_addr"], record.get("dst_port", 0), record["proto"]


def told_by(records):
    """nfdump keeps the flags of who began alone."""
    for one in records:
        flags = flags_of(one["tcp_flags"]) if one["proto"] == PROTOCOLS["tcp"] else ""
        yield ends_of(one), (one["in_packets"], one["in_bytes"], flags), (one.get("out_packets", 0), one.get("out_bytes", 0))


def told_in_one(flows):
    for ends, there, back in flows:
        yield ends, there, back[:2]


def told_in_two(flows):
    """What NetFlow 9 makes of flows: each direction alone."""
    for (source, source_port, to, to_port, protocol), there, back in flows:
        if there[0]:
            yield (source, source_port, to, to_port, protocol), there, (0, 0)
        if back[0]:
            yield (to, to_port, source, source_port, protocol), back, (0, 0)


class Nfcapd:
    """nfdump's collector in the host, `folder` its own."""

    def __init__(self, host, protocol, folder):
        self.folder, self.target = folder, f"{protocol}://127.0.0.1:{COLLECTOR}"
        self.process = host.start("nfcapd", "-w", folder, "-p", str(COLLECTOR), "-b", "127.0.0.1", "-t", "3600",
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.fold = told_in_one if protocol == "ipfix" else told_in_two
        becomes(lambda: host.run("ss", "-Hnul", f"sport = :{COLLECTOR}") != "", True)

    def told(self):
        """Each flow as it was told, and whether something went wrong on the way."""
        self.process.terminate()
        said = self.process.communicate(timeout=60)[0]
        done = subprocess.run(["nfdump", "-R", self.folder, "-o", "json"], capture_output=True, text=True, check=True)
        begin, end = done.stdout.find("["), done.stdout.rfind("]")
        records = json.loads(done.stdout[begin:end + 1]) if 0 <= begin < end else []
        return told_by(one for one in records if set(ends_of(one)[0:3:2]) <= OURS), \
            "" if "Sequence Errors: 0, Bad Packets: 0" in said else said


class Topic:
    """A topic of a Kafka broker in the host, read by kcat."""

    def __init__(self, host, broker):
        self.host, self.fold = host, told_in_one
        self.process = host.start(broker, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        self.target = f"kafka://{self.address}/vedette.flows"

    def told(self):
        lines = self.host.run("kcat", "-C", "-q", "-b", self.address, "-t", "vedette.flows", "-o", "beginning", "-e").splitlines()
        messages = [json.loads(line) for line in lines]
        self.process.stdin.close()
        self.process.wait(timeout=60)
        flows = {}
        for told in flows_of({**one, "packets": one["grown_packets"], "bytes": one["grown_bytes"], "reply_packets": one["grown_reply_packets"],
                              "reply_bytes": one["grown_reply_bytes"]} for one in messages):
            ends, there, back = told
            before = flows.get(ends, (ends, (0, 0, ""), (0, 0)))
            flows[ends] = (ends, (before[1][0] + there[0], before[1][1] + there[1], there[2]), (before[2][0] + back[0], before[2][1] + back[1]))
        sensors = {one["sensor"] for one in messages}
        return flows.values(), "" if sensors == {self.host.run("hostname").strip()} else f"told by {sensors}"


def run(programs, mode, protocol, broker):
    checks = Checks()
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-exported-") as folder:
        for host, addresses in ((hosts.sender, (SENDER, SENDER6)), (hosts.sensed, (SENSED, SENSED6))):
            host.offload(tso="off", gso="off", gro="off")
            host.run("sysctl", "-qw", f"net.ipv6.conf.{WIRE}.disable_ipv6=0")
            for address in addresses:
                six = ":" in address
                host.ip("address", "add", f"{address}/{64 if six else 24}", "dev", WIRE, *(("nodad",) if six else ()))
        hosts.sensed.start(sys.executable, "-m", "http.server", "--bind", "::", "--directory", folder, "80")
        hosts.sensed.wait_for_port(80)
        flows_folder, capture = os.path.join(folder, "flows"), os.path.join(folder, "wire.pcap")
        os.mkdir(flows_folder)
        collector = Topic(hosts.sensed, broker) if protocol == "kafka" else Nfcapd(hosts.sensed, protocol, flows_folder)
        with Sensor(hosts.sensed, programs, mode, "--export", collector.target) as sensor:
            with Dump(hosts.sensed, capture):
                talk(hosts)
                for host in (hosts.sender, hosts.sensed):  # silent from now on; the collector's loopback stays
                    host.run("sysctl", "-qw", f"net.ipv6.conf.{WIRE}.disable_ipv6=1")
                    host.ip("address", "flush", "dev", WIRE)
                sensor.settled()
            vedette = sensor.vedette
            live = list(flows_of(sensor.tell("flows", "--limit", "10000")))
            shown = [line.split()[:2] for line in hosts.sensed.run(vedette, "stats", "--socket", sensor.socket).partition("\nexports\n")[2].splitlines()]
        read = subprocess.run([vedette, "read", capture, "--show", "flows", "--format", "json"],
                              capture_output=True, text=True, check=True)
        flows = list(flows_of(json.loads(line) for line in read.stdout.splitlines()))
        truth = Counter(collector.fold(flows))
        records, wrong = collector.told()
        told, shown_live = Counter(records), Counter(collector.fold(live))
        checks("flow for flow", [("the collector alone has", sorted(map(str, (told - truth).elements())), []),
                                 ("the capture alone has", sorted(map(str, (truth - told).elements())), []),
                                 ("the collector has, vedette flows hasn't", sorted(map(str, (told - shown_live).elements())), []),
                                 ("vedette flows has, the collector hasn't", sorted(map(str, (shown_live - told).elements())), []),
                                 ("both versions of IP", {":" in ends[0] for ends, _, _ in told}, {True, False}),
                                 ("what went wrong on the way", wrong, ""),
                                 ("vedette stats shows", shown, [["flows", protocol]])])
        print(f"{sum(told.values())} records of {len(flows)} flows")
    return 1 if checks.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nfcapd", "nfdump", "kcat", "tcpdump", "curl", "nc", "ping", "ethtool", "ss"), run))
