#!/usr/bin/env python3
"""The daemon while everything happens at once: traffic both ways, clients that ask, watch, capture, stop reading and
vanish, interfaces that come and go, the watched wire itself among them, and at last SIGTERM with streams still open.
It has to answer, end with 0, and say nothing that a sanitizer says; built under one, this is its test.

daemon_under_load.py PROGRAMS SEND_FLOWS [SECONDS]

Ends with 0 where all of that holds, 1 where it does not, 77 where the machine lacks something.
"""

import http.client
import json
import re
import sys
import tempfile
import threading
import time

from sensor import Sensor, SocketConnection
from two_hosts import TwoHosts, WIRE, main

FILTERS = ("udp", "tcp port 5201", "ip6 or arp", "greater 100 and not src net 10.1.0.0/16", "vlan or udp port 9")
PACE = 20_000  # packets a second of ever new flows
A_SANITIZER = re.compile(r"Sanitizer|runtime error:")


class Clients:
    """Threads that use the API until over; what each did is counted, what went wrong kept."""

    def __init__(self, path):
        self.path = path
        self.over = threading.Event()
        self.done = {}
        self.wrong = []
        self.threads = []

    def start(self, client):
        self.done[client.__name__] = 0
        thread = threading.Thread(target=self.repeat, args=(client,))
        thread.start()
        self.threads.append(thread)

    def repeat(self, client):
        turn = 0
        while not self.over.is_set():
            try:
                client(turn)
                self.done[client.__name__] += 1
            except (OSError, http.client.HTTPException, AssertionError, ValueError) as error:
                self.wrong.append(f"{client.__name__}: {error!r}")
                return
            turn += 1

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def get(self, what, expected=200):
        connection = SocketConnection(self.path)
        connection.request("GET", what)
        answer = connection.getresponse()
        assert answer.status == expected, f"{what}: status {answer.status}"
        return connection, answer

    def ask(self, what, expected=200):
        connection, answer = self.get(what, expected)
        body = json.loads(answer.read())
        connection.close()
        return body

    # --- what they do; `turn` counts up ---
    def ask_for_flows(self, turn):
        order = ("-bytes", "packets", "-last_ns", "src_ip")[turn % 4]
        self.ask(f"/v1/flows?limit=500&sort={order}" + ("&filter=udp" if turn % 2 else ""))

    def ask_for_counters(self, turn):
        self.ask(("/v1/stats", "/v1/interfaces", "/v1/health")[turn % 3])

    def ask_for_nonsense(self, turn):
        self.ask(("/v1/flows?filter=port+ninety", "/v1/flows?limit=0", "/v1/packets?filter=(")[turn % 3], expected=400)

    def watch_and_vanish(self, turn):
        connection, answer = self.get("/v1/packets?filter=" + FILTERS[turn % len(FILTERS)].replace(" ", "+"))
        if turn % 2:
            connection.sock.settimeout(0.3)
            try:
                answer.read(4096)
            except TimeoutError:
                pass  # nothing matches this filter
        connection.close()

    def capture_some(self, _):
        connection, answer = self.get("/v1/capture?filter=udp&count=200")
        assert answer.read(4) == b"\x0a\x0d\x0d\x0a", "a capture that is no pcapng"
        while answer.read(65536):
            pass
        connection.close()

    def stop_reading(self, _):
        connection, _ = self.get("/v1/packets")
        self.over.wait(5)
        connection.close()


def come_and_go(host, over):
    """Interfaces that the sensor's pattern takes in, for half a second each."""
    while not over.is_set():
        host.ip("link", "add", "side0", "type", "veth", "peer", "name", "side1")
        for name in ("side0", "side1"):
            host.ip("link", "set", name, "up")
        over.wait(0.4)
        host.ip("link", "set", "side0", "down")
        host.ip("link", "set", "side0", "name", "side2")
        host.ip("link", "set", "side2", "up")
        over.wait(0.2)
        host.ip("link", "del", "side2")


def traffic(hosts, send_flows, seconds):
    """All in the background; ends by itself, some seconds behind the clients."""
    seconds += 5
    for host, address in ((hosts.sender, "192.0.2.1/24"), (hosts.sensed, "192.0.2.2/24")):
        host.ip("addr", "add", address, "dev", WIRE)
    count = str(PACE * seconds)
    hosts.sender.start(send_flows, WIRE, hosts.sensed.mac(), "0", count, str(PACE))
    hosts.sensed.start(send_flows, WIRE, hosts.sender.mac(), "0", count, str(PACE), "back")
    hosts.sensed.start("iperf3", "-s", "-1")
    hosts.sensed.wait_for_port(5201)
    hosts.sender.start("iperf3", "-c", "192.0.2.2", "-t", str(seconds), "-b", "100M", "-R")


def hold(hosts, sensor, send_flows, seconds):
    """What is wrong, as lines."""
    clients = Clients(sensor.socket)
    traffic(hosts, send_flows, seconds)
    for client in (clients.ask_for_flows, clients.ask_for_counters, clients.ask_for_nonsense, clients.watch_and_vanish,
                   clients.capture_some, clients.stop_reading):
        clients.start(client)
    churn = threading.Thread(target=come_and_go, args=(hosts.sensed, clients.over))
    churn.start()
    clients.over.wait(seconds)
    clients.over.set()
    churn.join()
    clients.stop()
    wrong = clients.wrong + [f"{name} was never done" for name, times in clients.done.items() if times == 0]
    stats = sensor.stats()
    told = stats["in"]["flow_packets"] + stats["in"]["not_ip_packets"] + stats["in"]["lost_packets"]
    if stats["in"]["packets"] == 0 or told != stats["in"]["packets"]:
        wrong.append(f"{stats['in']['packets']} packets came in, {told} were told or lost")
    hosts.sender.ip("link", "del", WIRE)
    time.sleep(1)
    wire = sensor.interface()
    if wire["ingress"] != "none" or wire["egress"] != "none":
        wrong.append(f"the removed wire still has hooks: {wire}")
    print(f"in {stats['in']['packets']} packets, out {stats['out']['packets']}, {stats['flows']['live']} flows; done: {clients.done}")
    return wrong


def run(programs, send_flows, seconds="10"):
    with tempfile.NamedTemporaryFile("r", prefix="vedette-words-", encoding="utf-8") as words, TwoHosts() as hosts:
        sensor = Sensor(hosts.sensed, programs, "auto", "-i", "side*")
        sensor.daemon = ["sh", "-c", 'exec "$@" 2>"$0"', words.name, *sensor.daemon]
        with sensor:
            wrong = hold(hosts, sensor, send_flows, int(seconds))
            open_stream, _ = Clients(sensor.socket).get("/v1/packets")
            sensor.process.terminate()
            status = sensor.process.wait(timeout=60)
            open_stream.close()
        said = words.read()
    if status != 0:
        wrong.append(f"ended with {status}")
    if A_SANITIZER.search(said) or status != 0:
        wrong.append(said)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("iperf3",), run))
