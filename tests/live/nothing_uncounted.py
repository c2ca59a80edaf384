#!/usr/bin/env python3
"""Sends an exact number of packets of ever new flows at a sensor whose table and ring are far too small for
them, and holds the sensor to its sum: packets told in flows + packets counted as lost = packets sent.

nothing_uncounted.py VEDETTED MODE

Works in two network namespaces of its own. Ends with 0 where the sum holds, 1 where it does not, 77 where the
machine lacks something (the reason is printed).
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PACKETS = 300_000
SLOTS = 1024
RING_KIB = 64


class SocketConnection(http.client.HTTPConnection):
    """HTTP over the sensor's Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(path, what):
    connection = SocketConnection(path)
    connection.request("GET", what)
    answer = connection.getresponse().read()
    connection.close()
    return json.loads(answer)


def inside(namespace, *command, **options):
    return subprocess.run(["ip", "netns", "exec", namespace, *command], check=True, **options)


SENDER = r"""
import errno, socket, struct, sys, time
sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind(("veth0", 0))
destination = bytes.fromhex(sys.argv[1].replace(":", ""))
sent = 0
for flow in range(int(sys.argv[2])):
    source = 0x0a000000 + (flow * 2654435761 & 0xffffff)
    header = struct.pack("!BBHHHBBHII", 0x45, 0, 46, 0, 0, 64, 17, 0, source, 0x0a4d0002)
    udp = struct.pack("!HHHH", 1024 + flow % 60000, 9, 26, 0)
    frame = destination + b"\2\0\0\0\0\1\x08\0" + header + udp + bytes(18)
    while True:
        try:
            sent += sender.send(frame) == len(frame)
            break
        except OSError as error:
            # The receiver's backlog was full and the frame came to nothing: it is sent again.
            if error.errno != errno.ENOBUFS:
                raise
            time.sleep(0.001)
print(sent)
"""


def wait_for(path, told):
    """The sensor's statistics once `told` packets came in and everything in its ring was read."""
    deadline = time.monotonic() + 60
    before = None
    while time.monotonic() < deadline:
        now = ask(path, "/v1/stats")
        if now["in"]["packets"] >= told and before is not None and now["in"] == before["in"]:
            return now
        before = now
        time.sleep(0.5)
    return before


def check(stats, sent):
    """What does not hold, as lines."""
    counts = stats["in"]
    lost = sum(loss.get("packets", 0) for loss in stats.get("losses", []))
    wrong = []
    if counts["packets"] != sent:
        wrong.append(f"packets in: {counts['packets']}, expected {sent}")
    accounted = counts["flow_packets"] + counts["not_ip_packets"] + lost
    if accounted != counts["packets"]:
        wrong.append(f"told {counts['flow_packets']} + not IP {counts['not_ip_packets']} + lost {lost} = "
                     f"{accounted}, arrived {counts['packets']}")
    # Each packet is a flow of its own: user space's flows count the packets a second time.
    live = stats["flows"]["live"]
    if live != counts["flow_packets"]:
        wrong.append(f"flows in memory: {live}, packets told in flows: {counts['flow_packets']}")
    return wrong


def run(sensor, mode, left, right, folder):
    for name in (left, right):
        subprocess.run(["ip", "netns", "add", name], check=True)
        inside(name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
    inside(left, "ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth0", "netns", right)
    for name in (left, right):
        inside(name, "ip", "link", "set", "veth0", "arp", "off", "up")
    address = json.loads(inside(right, "ip", "-j", "link", "show", "veth0", capture_output=True).stdout)[0]["address"]
    path = os.path.join(folder, "api.sock")
    daemon = subprocess.Popen(
        ["ip", "netns", "exec", right, sensor, "-i", "veth0", "--mode", mode, "--no-egress", "--flow-slots", str(SLOTS),
         "--ring", str(RING_KIB), "--socket", path])
    try:
        deadline = time.monotonic() + 30
        while not os.path.exists(path) and time.monotonic() < deadline and daemon.poll() is None:
            time.sleep(0.1)
        if not os.path.exists(path):
            print("the sensor did not open its socket")
            return 1
        sent = int(inside(left, sys.executable, "-c", SENDER, address, str(PACKETS), capture_output=True).stdout)
        stats = wait_for(path, sent)
        wrong = check(stats, sent)
        print(f"{mode}: sent {sent}, told {stats['in']}, losses {stats.get('losses')}, flows {stats.get('flows')}")
        for line in wrong:
            print(f"{mode}: {line}")
        return 1 if wrong else 0
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(timeout=30)


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("needs root and the program ip")
        return 77
    left, right = f"vedette-l{os.getpid()}", f"vedette-r{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="vedette-live-") as folder:
        try:
            return run(sys.argv[1], sys.argv[2], left, right, folder)
        finally:
            for name in (left, right):
                subprocess.run(["ip", "netns", "del", name], check=False)


if __name__ == "__main__":
    sys.exit(main())
