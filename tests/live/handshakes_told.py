#!/usr/bin/env python3
"""The handshakes that a live sensor tells are those that `vedette read` finds in a capture of the same traffic: real programs
greet each other in TLS, HTTP, SSH and DNS through the sensor's interface, plain, in VLANs and in tunnels.

handshakes_told.py PROGRAMS_FOLDER WIRE_PORTS_OBJECT MODE

0: all equal; 1: not; 77: the machine lacks something (the reason is printed).
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time

from comparison import unequal, verdict
from dump import Dump
from sensor import Sensor, SocketConnection
from traffic import SERVICES
from two_hosts import TwoHosts, main
from wire_ports import NETWORKS, add_networks

# By port, what s_server offers; so large is no ClientHello that fits into one segment.
TLS_SERVERS = {4430: (), 4431: ("-tls1_2",), 4432: ("-tls1_3",)}
LONG_ALPN = ",".join(letter * 250 for letter in "abcdefghijklmnop")
TAGS_IN_BYTES = {"txvlan": "off", "tx-vlan-stag-hw-insert": "off"}
EXPECTED_APPS = ("tls", "http", "ssh")
# Of a live handshake the sensor's clock says when it was; a capture's says it as the packet socket did.
CLOCKS_APART_NS = 50_000_000


class Told(threading.Thread):
    """with Told(sensor) as told: the events of /v1/handshakes as they come, in told.handshakes."""

    def __init__(self, sensor):
        super().__init__()
        self.handshakes = []
        self.lost = 0
        self.connection = SocketConnection(sensor.socket)
        self.connection.request("GET", "/v1/handshakes")
        self.answer = self.connection.getresponse()
        self.stopping = False

    def run(self):
        kind = None
        while not self.stopping:
            line = self.answer.readline().decode()  # a comment comes every second
            if line.startswith("event: "):
                kind = line[7:].strip()
            elif line.startswith("data: ") and kind == "handshake":
                self.handshakes.append(json.loads(line[6:]))
            elif line.startswith("data: "):
                self.lost += json.loads(line[6:])["handshakes"]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.join()
        self.connection.close()


def serve(hosts, folder):
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                    "-subj", "/CN=demo.example"], check=True, stderr=subprocess.DEVNULL)
    for port, options in TLS_SERVERS.items():
        hosts.sensed.start("openssl", "s_server", "-accept", str(port), "-key", key, "-cert", certificate, "-www",
                           "-alpn", "h2,http/1.1", *options)
        hosts.sensed.wait_for_port(port)
    hosts.sensed.start(sys.executable, SERVICES)
    for port in (80, 22):
        hosts.sensed.wait_for_port(port)


def greet(host, *command, text="\n"):
    subprocess.run(host.command(*command), input=text, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
                   timeout=60, check=False)


def talk(host, address):
    bracketed = f"[{address}]" if ":" in address else address
    for port in TLS_SERVERS:
        greet(host, "openssl", "s_client", "-connect", f"{bracketed}:{port}", "-servername", "www.demo.example", "-alpn", "h2")
    greet(host, "openssl", "s_client", "-connect", f"{bracketed}:4430", "-servername", "long.demo.example", "-alpn", LONG_ALPN)
    greet(host, "openssl", "s_client", "-connect", f"{bracketed}:4430", "-tls1_2", "-noservername")
    greet(host, "curl", "-sk", "--http1.1", "-m", "20", f"https://{bracketed}:4430/")
    greet(host, "curl", "-s", "-m", "20", f"http://{bracketed}/")
    greet(host, "dig", "+tries=3", "+time=5", f"@{address}", "www.demo.example")
    greet(host, "nc", "-w", "5", address, "22", text="SSH-2.0-Vedette_test\r\n")


def by_flow(handshakes):
    """Facts that must be equal by flow, as lines of JSON. What hangs on clocks isn't among them."""
    flows = {}
    for one in handshakes:
        facts = {name: value for name, value in one.items() if name not in ("time_ns", "latency_us")}
        flow = tuple(one[name] for name in ("src_ip", "src_port", "dst_ip", "dst_port", "protocol", "app"))
        flows.setdefault(flow, []).append(json.dumps(facts, sort_keys=True))
    return {flow: "; ".join(sorted(told)) for flow, told in flows.items()}


def compare(told, expected):
    wrong = [f"{flow}: told {told.get(flow)}, read {expected.get(flow)}" for flow in sorted({*told, *expected}, key=str)
             if told.get(flow) != expected.get(flow)]
    for app in EXPECTED_APPS:
        if not any(flow[-1] == app for flow in expected):
            wrong.append(f"no {app} was read, so that none was compared")
    return wrong


def compare_times(told, expected):
    """Of each flow's earliest handshake, in the order of the flows' addresses."""
    earliest = [{}, {}]
    for at, handshakes in enumerate((told, expected)):
        for one in handshakes:
            flow = (one["src_ip"], one["src_port"], one["dst_port"])
            earliest[at][flow] = min(one["time_ns"], earliest[at].get(flow, one["time_ns"]))
    return [f"{flow}: told {told_ns}, read {earliest[1][flow]}" for flow, told_ns in earliest[0].items()
            if abs(told_ns - earliest[1].get(flow, told_ns)) > CLOCKS_APART_NS]


def run(programs, ports, mode):
    vedette = os.path.join(programs, "vedette")
    with TwoHosts() as hosts, tempfile.TemporaryDirectory() as folder:
        if mode != "tc":
            hosts.sender.offload(**TAGS_IN_BYTES)  # XDP sees no others
        add_networks(hosts, ports)
        serve(hosts, folder)
        path = os.path.join(folder, "wire.pcap")
        with Sensor(hosts.sensed, programs, mode) as sensor:
            with Told(sensor) as told, Dump(hosts.sensed, path):
                followed = subprocess.Popen([vedette, "handshakes", "-c", "1", "--format", "json", "dst", "port", "4431"],
                                            env=dict(os.environ, VEDETTE_SOCKET=sensor.socket), stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL, text=True)
                time.sleep(1)  # for it to be there
                for network in NETWORKS:
                    for address in network.addresses(2):
                        talk(hosts.sender, address)
                flows = sensor.ask("/v1/flows?limit=10000&filter=dst+port+4432")["flows"]
                time.sleep(7)  # a closed flow ends five seconds later, with what it had not said before
            one = json.loads(followed.communicate(timeout=30)[0])
            stats = sensor.stats()
        read = subprocess.run([vedette, "read", "--show", "handshakes", "--format", "json", path], stdout=subprocess.PIPE, text=True,
                              check=True)
    expected = [json.loads(line) for line in read.stdout.splitlines()]
    wrong = compare(by_flow(told.handshakes), by_flow(expected)) + compare_times(told.handshakes, expected)
    wrong += unequal("the command's", one, next((each for each in told.handshakes if each["dst_port"] == 4431), None))
    wrong += unequal("what live flows speak", {(flow.get("app"), flow.get("app_version")) for flow in flows}, {("tls", "1.3")})
    wrong += unequal("lost", told.lost, 0) + unequal("handshakes in the statistics", stats["handshakes"], len(told.handshakes))
    wrong += unequal("first packets told", stats["first_bytes"]["told_packets"], stats["first_bytes"]["due_packets"])
    print(f"{len(expected)} handshakes compared, told by {stats['first_bytes']['told_packets']} packets")
    return verdict(wrong)


if __name__ == "__main__":
    sys.exit(main(__doc__, ("openssl", "curl", "dig", "nc", "tcpdump", "tc", "ethtool", "ping", "sysctl", "ss"), run))
