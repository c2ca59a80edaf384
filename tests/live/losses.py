#!/usr/bin/env python3
"""The loss ledger of a running sensor: every way to lose something that can be brought about from outside is brought
about, and must be counted under its reason, to the packet where the number is known.

losses.py PROGRAMS     (the folder of vedette and vedetted)

Ends with 0 where all holds, 1 where something does not, 77 where the machine lacks something (the reason is printed).
"""

import json
import os
import re
import signal
import struct
import subprocess
import sys
import time

from same_mounts import SameMounts
from sensor import Sensor, SocketConnection
from two_hosts import WIRE, TwoHosts, main

SLOTS, RING_KIB, CONNECTIONS = 1024, 64, 2
FLOOD = 80_000  # more than the watch ring of 8 MiB holds, at 136 bytes each
CROWD = 20  # sockets
FIRST_RATE = 1000  # packets a second: less than any flood

# Packets of ever new flows, in bursts with a pause between them. What the wire's queue has no room for is sent again.
SENDER = r"""
import errno, socket, struct, sys, time
interface, destination, count, burst, pause = sys.argv[1:]
sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind((interface, 0))
destination = bytes.fromhex(destination.replace(":", ""))
for flow in range(int(count)):
    source = 0x0a000000 + (flow * 2654435761 & 0xffffff)
    header = struct.pack("!BBHHHBBHII", 0x45, 0, 46, 0, 0, 64, 17, 0, source, 0x0a4d0002)
    udp = struct.pack("!HHHH", 1024 + flow % 60000, 9, 26, 0)
    while True:
        try:
            sender.send(destination + b"\2\0\0\0\0\1\x08\0" + header + udp + bytes(18))
            break
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            time.sleep(0.001)
    if flow % int(burst) == int(burst) - 1:
        time.sleep(float(pause))
"""

SOCKETS = "import socket; held = [socket.socket() for _ in range(%d)]" % CROWD

CONNECT = r"""
import socket
listener = socket.create_server(("127.0.0.1", 7000), backlog=%d)
held = [socket.create_connection(("127.0.0.1", 7000)) for _ in range(%d)]
""" % (CROWD, CROWD)


class Watcher:
    """A client of the packet stream that doesn't read before it is told to."""

    def __init__(self, path):
        self.connection = SocketConnection(path)
        self.connection.request("GET", "/v1/packets?filter=udp+port+9")
        self.answer = self.connection.getresponse()  # the filter is in the kernel by now

    def counts(self):
        """(packets told, packets said to be lost), once nothing comes any more but comments."""
        told = lost = comments = 0
        event = ""
        while comments < 3:  # one a second
            line = self.answer.readline().decode()
            if line.startswith(":"):
                comments += 1
            elif line.startswith("event: "):
                event = line.split()[1]
            elif line.startswith("data: "):
                comments = 0
                told += event == "packet"
                lost += json.loads(line[6:])["packets"] if event == "lost" else 0
        return told, lost


def losses(sensor):
    return {loss["reason"]: loss.get("packets", loss.get("events")) for loss in sensor.stats()["losses"]}


def flood(hosts, count, burst, pause):
    hosts.sender.run(sys.executable, "-c", SENDER, WIRE, hosts.sensed.mac(), str(count), str(burst), str(pause))


def stopped_flood(hosts, sensor):
    """While the sensor is stopped nobody empties a ring."""
    sensor.process.send_signal(signal.SIGSTOP)
    try:
        flood(hosts, FLOOD, FLOOD, 0)
    finally:
        sensor.process.send_signal(signal.SIGCONT)


def full_rings(hosts, sensor):
    watcher = Watcher(sensor.socket)
    stopped_flood(hosts, sensor)
    stats = sensor.settled(lambda now: now["in"]["packets"] >= FLOOD)
    told, lost = watcher.counts()
    now = losses(sensor)
    yield "packets in", stats["in"]["packets"], FLOOD
    yield "flow_table_full", now["flow_table_full"], stats["in"]["lost_packets"]
    yield "in flows and lost", stats["in"]["flow_packets"] + now["flow_table_full"], FLOOD
    yield "some lost for want of a flow", now["flow_table_full"] > 0, True
    yield "some lost for want of a ring", now["watch_ring_full"] > 0, True
    yield "put into the ring and lost", stats["watched"] + now["watch_ring_full"], FLOOD
    yield "told to the client and said to be lost", told + lost, FLOOD
    yield "lost in the ledger", now["watch_ring_full"] + now["watch_queue_full"], lost
    watcher.connection.close()


def capture(hosts, sensor):
    """`vedette capture` says at its end what is missing in the file, and so does the file."""
    file = os.path.join(sensor.folder.name, "flood.pcapng")
    command = [sensor.vedette, "capture", "-w", file, "--socket", sensor.socket, "udp port 9"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as capturing:
        while not os.path.exists(file) or os.path.getsize(file) == 0:  # its section comes when the filter is in the kernel
            time.sleep(0.05)
        stopped_flood(hosts, sensor)
        size = -1
        while size != os.path.getsize(file):
            size = os.path.getsize(file)
            time.sleep(2)
        capturing.send_signal(signal.SIGINT)
        said = re.fullmatch(r"(\d+) packets captured, .*, (\d+) lost\n", capturing.communicate()[1])
    captured, lost = map(int, said.groups())
    now = losses(sensor)
    yield "captured and lost", captured + lost, FLOOD
    yield "lost by the ledger", now["watch_ring_full"] + now["watch_queue_full"], lost
    with open(file, "rb") as pcapng:
        yield "lost by the file", last_packets_lost(pcapng.read()), lost


def last_packets_lost(pcapng):
    """isb_osdrop, first option of the last interface statistics block."""
    at, lost = 0, None
    while at < len(pcapng):
        kind, length = struct.unpack_from("<II", pcapng, at)
        if kind == 5:
            lost = struct.unpack_from("<HHQ", pcapng, at + 20)[2]
        at += length
    return lost


def slow_client(hosts, sensor):
    """Bursts that the ring holds, for a client that takes nothing."""
    watcher = Watcher(sensor.socket)
    flood(hosts, FLOOD, 10_000, 0.2)
    sensor.settled()
    yield "some lost for want of a reader", losses(sensor)["watch_queue_full"] > 0, True
    told, lost = watcher.counts()
    now = losses(sensor)
    yield "told to the client and said to be lost", told + lost, FLOOD
    yield "lost in the ledger", now["watch_ring_full"] + now["watch_queue_full"], lost
    watcher.connection.close()
    time.sleep(1)
    yield "counted when the client has gone", losses(sensor)["watch_queue_full"], now["watch_queue_full"]


def first_bytes(_, sensor):
    """After a flood of flows of one packet each: all were among their flow's first."""
    stats, now = sensor.stats(), losses(sensor)
    due, told = stats["first_bytes"]["due_packets"], stats["first_bytes"]["told_packets"]
    yield "first packets due", due, stats["in"]["flow_packets"]
    yield "told and kept back", told + now["first_bytes_over_budget"] + now["first_bytes_ring_full"], due
    yield "some told", told > 0, True
    yield "some kept back by the budget", now["first_bytes_over_budget"] > 0, True


def full_tables(hosts, sensor):
    before = losses(sensor)
    hosts.sensed.ip("addr", "add", "127.0.0.1/8", "dev", "lo")
    hosts.sensed.run(sys.executable, "-c", CONNECT)
    yield "connections without room counted", losses(sensor)["connection_table_full"] - before["connection_table_full"] > CROWD, True
    room = "/proc/sys/net/core/optmem_max"
    if hosts.sensed.run("cat", room, check=False):  # a namespace's own since Linux 6.8
        before = losses(sensor)
        hosts.sensed.run("sysctl", "-qw", "net.core.optmem_max=0")
        hosts.sensed.run(sys.executable, "-c", SOCKETS)
        yield "owner_untold", losses(sensor)["owner_untold"] - before["owner_untold"], CROWD


def shown(_, sensor):
    """`vedette stats` shows each reason that occurred, with the count that the API gives."""
    before = losses(sensor)
    table = subprocess.run([sensor.vedette, "stats", "--socket", sensor.socket], stdout=subprocess.PIPE, text=True, check=True).stdout
    ledger = table.partition("\nlosses\n")[2].partition("\n\n")[0]
    rows = {line.split()[0]: int(line.split()[1]) for line in ledger.splitlines()}
    yield "vedette stats", rows, {reason: count for reason, count in before.items() if count}


def run(programs):
    wrong = 0
    with TwoHosts() as hosts:
        hosts.sensed = SameMounts(hosts.sensed.name)
        hosts.sensed.silence()
        hosts.sender.silence()
        options = ["--no-egress", "--flow-slots", str(SLOTS), "--ring", str(RING_KIB), "--connections", str(CONNECTIONS),
                   "--first-rate", str(FIRST_RATE)]
        # A sensor for each, as one keeps a client's watcher for a while when the client has gone.
        for checks in ((capture,), (full_rings, first_bytes), (slow_client, first_bytes), (full_tables, shown)):
            with Sensor(hosts.sensed, programs, "xdp-generic", *options) as sensor:
                for check in checks:
                    for what, found, expected in check(hosts, sensor):
                        if found != expected:
                            print(f"{check.__name__}: {what}: {found}, expected {expected}")
                            wrong += 1
                print(checks[0].__name__, json.dumps(losses(sensor)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "sysctl"), run))
