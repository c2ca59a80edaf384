#!/usr/bin/env python3
"""Flows over the wire are found again in history, each packet and byte of them once: while they last, after they ended, after the
sensor was stopped, after it was killed, and where the sensor runs without any history.

remembered.py PROGRAMS     (the folder of vedette and vedetted)
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

from blocks import SENDER, SENSED
from comparison import Checks
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

KEY = ("src_ip", "src_port", "dst_ip", "dst_port", "protocol", "interface")
MEASURES = ("packets", "bytes", "reply_packets", "reply_bytes", "retransmits")


def talk(hosts):
    """Some flows of TCP and UDP, with ends and without."""
    server = hosts.sensed.start(sys.executable, "-c", SERVER)
    hosts.sender.run(sys.executable, "-c", CLIENT, SENSED)
    server.terminate()
    server.wait(timeout=30)


def greet(hosts, folder):
    """A TLS client says hello to port 9443."""
    key, certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=a.test",
                    "-keyout", key, "-out", certificate], check=True, stderr=subprocess.DEVNULL)
    server = hosts.sensed.start("openssl", "s_server", "-accept", "9443", "-key", key, "-cert", certificate, "-quiet")
    for _ in range(100):
        client = hosts.sender.start("openssl", "s_client", "-connect", f"{SENSED}:9443")
        if client.wait(timeout=30) == 0:
            break
        time.sleep(0.05)
    server.terminate()
    server.wait(timeout=30)


SERVER = """
import socket, threading
def serve(one):
    while data := one.recv(65536): one.sendall(data)
    one.close()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("0.0.0.0", 9000))
def echo():
    while True: data, peer = udp.recvfrom(65536); udp.sendto(data, peer)
threading.Thread(target=echo, daemon=True).start()
tcp = socket.create_server(("0.0.0.0", 9001))
while True: threading.Thread(target=serve, args=(tcp.accept()[0],), daemon=True).start()
"""
CLIENT = """
import socket, sys, time
for tries in range(200):
    try: socket.create_connection((sys.argv[1], 9001)).close(); break
    except OSError: time.sleep(0.05)
for number in range(20):
    with socket.create_connection((sys.argv[1], 9001)) as tcp:
        for _ in range(number + 1): tcp.sendall(b"x" * 700 * (number + 1)); tcp.recv(65536)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(5)
        for _ in range(number + 1): udp.sendto(b"y" * 10 * number, (sys.argv[1], 9000)); udp.recv(65536)
"""


def flows_of(sensor):
    """By their ends, as `vedette flows` tells them."""
    sums = {}
    for flow in sensor.tell("flows", "--limit", "10000"):
        key = tuple(flow.get(name) for name in KEY)
        sums[key] = tuple(a + flow.get(name, 0) for a, name in zip(sums.get(key, (0,) * len(MEASURES)), MEASURES))
    return sums


def remembered(sensor):
    rows = sensor.tell("query", "--by", ",".join(KEY), "--measure", ",".join(MEASURES), "--last", "1h")
    return {tuple(row.get(name) for name in KEY): tuple(row.get(name, 0) for name in MEASURES) for row in rows}


def summed(sensor, *by):
    """What the roll-ups say of all of it."""
    rows = sensor.tell("query", *by, "--measure", "packets,bytes,reply_packets,reply_bytes", "--last", "1h")
    return tuple(sum(row.get(name, 0) for row in rows) for name in ("packets", "bytes", "reply_packets", "reply_bytes"))


def stop(sensor, how=signal.SIGTERM):
    sensor.process.send_signal(how)
    sensor.process.wait(timeout=60)


def checks(hosts, programs):
    with tempfile.TemporaryDirectory(prefix="vedette-history-") as folder:
        options = ("--store", os.path.join(folder, "store"))
        with Sensor(hosts.sensed, programs, "tc", *options) as sensor:
            talk(hosts)
            greet(hosts, folder)
            sensor.settled()
            greeted = {flow.get("fingerprint") for flow in sensor.tell("flows", "--filter", "dst port 9443")} - {None}
            yield "a client of TLS", [each[:3] for each in greeted], ["t13"]
            live = flows_of(sensor)
            counted = sensor.interface()
            yield "flows were seen", len(live) > 40, True
            time.sleep(4)  # a second of an interface, and the two that its row may wait
            rows = {row["direction"]: (row["packets"], row["bytes"])
                    for row in sensor.tell("query", "--of", "interfaces", "--by", "direction", "--where", f"interface={WIRE}")}
            now = sensor.interface()
            for way in ("in", "out"):
                least = tuple(counted[way][name] for name in ("packets", "bytes"))
                most = tuple(now[way][name] for name in ("packets", "bytes"))
                yield f"{way}: by the second", all(a <= b <= c for a, b, c in zip(least, rows.get(way, (0, 0)), most)), True
            stop(sensor)
        with Sensor(hosts.sensed, programs, "tc", *options) as sensor:
            found = {key: value for key, value in remembered(sensor).items() if key in live}
            yield "after the stop", found, live
            everything = tuple(sum(value[i] for value in remembered(sensor).values()) for i in range(4))
            rows = sensor.tell("query", "--by", "fingerprint,app", "--measure", "flows", "--last", "1h")
            yield "by its fingerprint", {row["fingerprint"] for row in rows if row.get("app") == "tls"}, greeted
            yield "by roll-ups", summed(sensor, "--by", "protocol"), everything
            yield "by its filter", summed(sensor, "--by", "src_ip", "--where", f"ip={SENDER}", "--where", "dst_port=9000,9001"), \
                tuple(sum(value[i] for key, value in remembered(sensor).items() if key[3] in (9000, 9001)) for i in range(4))
            health = sensor.ask("/v1/health")["store"]
            yield "health", (health["writing"], health["lost"]), (True, 0)
            file = os.path.join(folder, "flows.parquet")
            done = subprocess.run([sensor.vedette, "query", "--by", "src_ip", "-w", file, "--socket", sensor.socket], check=False)
            with open(file, "rb") as parquet:
                yield "Parquet", (done.returncode, parquet.read(4)), (0, b"PAR1")
            before = remembered(sensor)
            talk(hosts)
            sensor.settled()
            deadline = time.monotonic() + 60
            # The TCP flows end within seconds; what was acknowledged of them outlives the kill.
            while time.monotonic() < deadline and sum(1 for key in remembered(sensor) if key[3] == 9001 and key not in before) < 20:
                time.sleep(0.5)
            acknowledged = remembered(sensor)
            stop(sensor, signal.SIGKILL)
            os.unlink(sensor.socket)
        with Sensor(hosts.sensed, programs, "tc", *options) as sensor:
            after = remembered(sensor)
            yield "after the kill", {key: after.get(key) for key in acknowledged}, acknowledged
        with Sensor(hosts.sensed, programs, "tc") as sensor:
            refused = subprocess.run([sensor.vedette, "query", "--socket", sensor.socket], stderr=subprocess.PIPE, text=True, check=False)
            yield "without a store", (refused.returncode, "keeps none" in refused.stderr), (1, True)


def run(programs):
    check = Checks()
    with TwoHosts() as hosts:
        for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        check("history", checks(hosts, programs))
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("openssl",), run))
