#!/usr/bin/env python3
"""What shows in single packets and payloads alone is found live as in a capture of the same traffic; findings have the packets that
prove them, from before the alarm on; and who scans where a rule or a list drops is told.

heads_found.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from comparison import unequal, verdict
from dump import Dump
from odd_packets import attacks
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

HERE = os.path.dirname(os.path.abspath(__file__))
SENDER, SENSED, ATTACKER, KEPT_OUT, RULED_OUT = (f"10.88.0.{last}" for last in (1, 2, 3, 4, 5))
TLS, SHELL = 443, 4444
PATIENCE_S = 20  # of a loaded machine
RULE = f"version: 1\nrules: [{{name: shut, match: {{source: {RULED_OUT}}}, verdict: drop}}]\n"
# Begins a handshake, and asks for 16 KiB by a heartbeat that holds none (CVE-2014-0160).
HEARTBLEED = f"""
import socket
hello = b"\\x16\\x03\\x02\\x00\\x2d\\x01\\x00\\x00\\x29\\x03\\x02" + bytes(32) + b"\\x00\\x00\\x02\\x00\\x2f\\x01\\x00"
with socket.create_connection(("{SENSED}", {TLS})) as server:
    server.sendall(hello)
    server.recv(100)
    server.sendall(b"\\x18\\x03\\x02\\x00\\x03\\x01\\x40\\x00")
    server.recv(10000)
"""
SHELL_CLIENT = f"import socket; socket.create_connection(('{SENSED}', {SHELL})).recv(100)"
# Gives some; and a shell without a terminal.
SERVER = f"""
import socket, threading
def serve(port, talk):
    listening = socket.create_server(("", port))
    while True:
        client, _ = listening.accept()
        talk(client)
        client.close()
def bleed(client):
    client.recv(1000)
    client.sendall(b"\\x16\\x03\\x02\\x00\\x2a\\x02\\x00\\x00\\x26\\x03\\x02" + bytes(32) + b"\\x00\\x00\\x2f\\x00")
    client.recv(1000)
    client.sendall(b"\\x18\\x03\\x02\\x01\\x00\\x02\\x00\\xed" + bytes(253))
def shell(client):
    client.sendall(b"bash: no job control in this shell\\n$ ")
    client.recv(1000)
threading.Thread(target=serve, args=({TLS}, bleed), daemon=True).start()
serve({SHELL}, shell)
"""


def of_detectors(findings, detectors):
    return {(one["kind"], one["detector"], one.get("src_ip"), one.get("dst_ip")) for one in findings if one["detector"] in detectors}


def found(sensor, enough):
    """The live findings, once they are enough; as they are where they don't come to be."""
    deadline = time.monotonic() + PATIENCE_S
    while not enough(told := sensor.tell("findings")) and time.monotonic() < deadline:
        time.sleep(0.1)
    return told


def send_attacks(hosts):
    """The names of the detectors that are to tell them."""
    sender = hosts.sender.start(sys.executable, os.path.join(HERE, "send_shapes.py"), WIRE, stdin=subprocess.PIPE, text=True)
    detectors = {"heartbleed", "bare_shell"}
    for detector, frames in attacks(hosts.sensed.mac(), hosts.sender.mac()):
        detectors.add(detector)
        sender.stdin.write("".join(f"{frame.hex()}\n" for frame in frames))
    sender.stdin.close()
    sender.wait(timeout=20)
    hosts.sender.run(sys.executable, "-c", HEARTBLEED)
    hosts.sender.run(sys.executable, "-c", SHELL_CLIENT)
    return detectors


def as_in_a_capture(hosts, sensor, folder):
    capture = os.path.join(folder, "attacks.pcap")
    with Dump(hosts.sensed, capture):
        detectors = send_attacks(hosts)
        live = found(sensor, lambda told: {one["detector"] for one in told} >= detectors)
    read = subprocess.run([sensor.vedette, "read", capture, "--show", "findings", "--format", "json"], check=True,
                          stdout=subprocess.PIPE, text=True)
    in_file = [json.loads(line) for line in read.stdout.splitlines()]
    yield "told of the capture", {one["detector"] for one in in_file} & detectors, detectors
    yield "told live as of the capture", of_detectors(live, detectors), of_detectors(in_file, detectors)
    stats = sensor.settled()
    lost = sum(loss.get("events", 0) for loss in stats["losses"] if loss["reason"].startswith("heads_"))
    yield "every head was told or is counted", stats["heads"]["told_packets"] + lost, stats["heads"]["due_packets"]


def scan(host, source):
    host.run("nmap", "-n", "-Pn", "-sS", "-S", source, "-e", WIRE, "-p", "1-400", "--max-retries", "0", "--host-timeout", "10s", SENSED,
             check=False)


def evidence_of(sensor, finding, folder):
    """Of each packet: its time, interface, direction, comment and addresses, as tshark reads them."""
    file = os.path.join(folder, "evidence.pcapng")
    subprocess.run([sensor.vedette, "evidence", finding["id"], "-w", file, "--socket", sensor.socket], check=True)
    fields = ("frame.time_epoch", "frame.interface_name", "frame.packet_flags_direction", "frame.comment", "ip.src", "ip.dst")
    read = subprocess.run(["tshark", "-r", file, "-T", "fields", *(word for field in fields for word in ("-e", field))], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return [line.split("\t") for line in read.stdout.splitlines()]


def nanoseconds(epoch):
    seconds, _, fraction = epoch.partition(".")
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0")[:9])


def refused(sensor, name, folder):
    """(exit status, what it says, whether it left a file)"""
    file = os.path.join(folder, "none")
    done = subprocess.run([sensor.vedette, "evidence", name, "-w", file, "--socket", sensor.socket], stderr=subprocess.PIPE, text=True,
                          check=False)
    return done.returncode, done.stderr, os.path.exists(file)


def proven(hosts, sensor, folder):
    scan(hosts.sender, ATTACKER)
    scans = [one for one in found(sensor, lambda told: any(one["kind"] == "port_scan" and "evidence" in one for one in told))
             if one["kind"] == "port_scan"]
    yield "the scan has evidence", [(one.get("src_ip"), one.get("evidence")) for one in scans], [
        (ATTACKER, f"/v1/findings/{one['id']}/evidence") for one in scans]
    if not scans or "evidence" not in scans[0]:
        return
    time.sleep(1)  # what comes behind the alarm is saved four times a second
    packets = evidence_of(sensor, scans[0], folder)
    before = [row for row in packets if nanoseconds(row[0]) < scans[0]["detected_ns"]]
    yield "it holds packets from before the alarm", len(before) > 10, True
    yield "and from behind it", len(packets) > len(before), True
    # ARP has no such fields.
    yield "of the scan alone", {address for row in packets for address in row[4:6]} - {""}, {ATTACKER, SENSED}
    yield "with their interface", {row[1] for row in packets}, {WIRE}
    yield "and both directions", len({row[2] for row in packets}), 2
    kept = sensor.stats()["evidence"]
    yield "the sensor says what it keeps", (kept["ring_bytes"] > 2**24, kept["files"] > 0, kept["file_bytes"] > 0), (True, True, True)
    for name, words in (("f" * 16, "there is no finding"), ("nonsense", "sixteen hexadecimal digits")):
        status, said, left = refused(sensor, name, folder)
        yield f"no evidence of {name}", (status, words in said, left), (2, True, False)


def violations(findings):
    return [one for one in findings if one["kind"] == "acl_violation" and one["severity"] == "medium" and "evidence" in one]


def kept_out(hosts, sensor, folder):
    policy = os.path.join(folder, "policy.yaml")
    with open(policy, "w", encoding="utf-8") as file:
        file.write(RULE)
    for command in (("block", KEPT_OUT), ("policy", "apply", policy)):
        subprocess.run([sensor.vedette, *command, "--socket", sensor.socket], check=True, env={**os.environ, "SSH_CONNECTION": ""},
                       stdout=subprocess.DEVNULL)
    for source in (KEPT_OUT, RULED_OUT):
        scan(hosts.sender, source)
    told = violations(found(sensor, lambda told: len(violations(told)) == 2))
    yield "both scans were told", {one.get("src_ip") for one in told}, {KEPT_OUT, RULED_OUT}
    for one in told:
        packets = evidence_of(sensor, one, folder)
        yield f"what {one['src_ip']} sent was dropped", {row[3] for row in packets if row[4] == one["src_ip"]}, {"drop"}


def run(programs, mode):
    wrong = []
    with TwoHosts() as hosts, tempfile.TemporaryDirectory() as folder:
        for host, addresses in ((hosts.sender, (SENDER, ATTACKER, KEPT_OUT, RULED_OUT)), (hosts.sensed, (SENSED,))):
            for address in addresses:
                host.ip("address", "add", f"{address}/24", "dev", WIRE)
        hosts.sensed.start(sys.executable, "-c", SERVER)
        for port in (TLS, SHELL):
            hosts.sensed.wait_for_port(port)
        with Sensor(hosts.sensed, programs, mode, "--state", os.path.join(folder, "state")) as sensor:
            for part in (as_in_a_capture, proven, kept_out):
                for title, told, truth in part(hosts, sensor, folder):
                    wrong += unequal(f"{part.__name__}: {title}", told, truth)
    return verdict(wrong)


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nmap", "tcpdump", "tshark"), run))
