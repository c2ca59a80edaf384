#!/usr/bin/env python3
"""Floods by real tools beside legitimate traffic: `vedette read --show findings` names each, within a second, and nothing else.

floods_found.py PROGRAMS_FOLDER

All goes over one wire and into one capture: a bulk transfer and pages over TCP, a stream over UDP and a ping from one client
to one address of the sensed host, and meanwhile one attack after another by hping3, each to an address of its own, or to all of a network. 0: each was
found, and the client's address and the one it talks to are in no finding; 1: not; 77: the machine lacks something.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from two_hosts import WIRE, TwoHosts, main

PROGRAMS = ("iperf3", "curl", "ping", "hping3", "tcpdump", "ss", "sysctl")
HERE = os.path.dirname(os.path.abspath(__file__))
SERVICES = os.path.join(HERE, "..", "..", "scripts", "demo", "services.py")
CLIENT, SERVER, ATTACKER = "10.77.0.1", "10.77.0.2", "10.77.0.99"
NETWORK = "10.77.1.0/24"
IPERF_TCP, IPERF_UDP, HTTP = 5201, 5202, 80
SECOND = 1_000_000_000  # nanoseconds
COUNT = 8000  # packets of a flood
RATE = 2000  # a second, that each must reach: twice the highest floor of those that are tried
ATTEMPTS = 5
DNS_ANSWER = bytes([0x13, 0x37, 0x81, 0x80, 0, 1, 0, 7, 0, 0, 0, 1]) + b"\x03isc\x03org\x00\x00\xff\x00\x01" + bytes(777)
FORGED = ("--rand-source",)


@dataclass
class Attack:
    target: str      # an address of the sensed host, or a network behind it
    detector: str
    kind: str
    options: tuple   # hping3's, but for the count
    count: int = COUNT
    source: str = ""  # the only one, where the finding must name it
    rate: int = RATE  # a second, that it must reach
    to: tuple = ()    # hping3's target, where it isn't `target`


def attacks(answer):
    """`answer`: a file that holds what a resolver would send."""
    return [
        Attack("10.77.0.10", "syn_flood", "syn_flood", ("-S", "-p", str(HTTP), *FORGED)),
        Attack("10.77.0.11", "syn_flood", "syn_flood", ("-S", "-p", "443", "-a", ATTACKER), source=ATTACKER),
        Attack("10.77.0.12", "udp_flood", "udp_flood", ("-2", "-p", "9999", "-d", "100", *FORGED)),
        Attack("10.77.0.13", "icmp_flood", "icmp_flood", ("-1", *FORGED)),
        Attack("10.77.0.14", "tcp_flood", "volumetric", ("-A", "-p", str(HTTP), *FORGED)),
        Attack("10.77.0.15", "tcp_flood", "volumetric", ("-R", "-p", str(HTTP), *FORGED)),
        Attack("10.77.0.16", "syn_ack_reflection", "amplification", ("-S", "-A", "-s", "443", "-k", "-p", "++1024", *FORGED)),
        Attack("10.77.0.17", "dns_amplification", "amplification",
               ("-2", "-s", "53", "-k", "-p", "22", "-d", str(len(DNS_ANSWER)), "-E", answer, *FORGED)),
        Attack(NETWORK, "syn_flood", "syn_flood", ("-S", "-p", str(HTTP), *FORGED), count=4 * COUNT, rate=8 * RATE // 2,
               to=("--rand-dest", "-I", WIRE, NETWORK.replace("0/24", "x"))),
        Attack("10.77.0.18", "land", "anomaly", ("-S", "-s", "139", "-k", "-p", "139", "-a", "10.77.0.18"), count=5),
        Attack("10.77.0.19", "tiny_fragment", "anomaly", ("-S", "-p", str(HTTP), "-f", "-m", "8", "-d", "64", "-a", ATTACKER),
               count=5, source=ATTACKER),
    ]


# Addresses drawn at random are martians too.
BESIDE = {"martian_source"}


def prepare(hosts, targets):
    hosts.sender.ip("addr", "add", f"{CLIENT}/24", "dev", WIRE)
    for address in (SERVER, *targets):
        if address != NETWORK:
            hosts.sensed.ip("addr", "add", f"{address}/24", "dev", WIRE)
    hosts.sender.ip("route", "add", NETWORK, "via", SERVER)
    # So that forged sources are answered, by who isn't them.
    hosts.sensed.ip("route", "add", "default", "via", CLIENT)
    hosts.sensed.start(sys.executable, SERVICES)
    for port in (IPERF_TCP, IPERF_UDP):
        hosts.sensed.start("iperf3", "-s", "-p", str(port))
        hosts.sensed.wait_for_port(port)
    hosts.sensed.wait_for_port(HTTP)


def talk(hosts):
    """Legitimate traffic in the background, for as long as the attacks take."""
    seconds = "10"
    return [
        hosts.sender.start("iperf3", "-c", SERVER, "-p", str(IPERF_TCP), "-t", seconds, "-b", "100M"),
        hosts.sender.start("iperf3", "-c", SERVER, "-p", str(IPERF_UDP), "-t", seconds, "-u", "-b", "20M", "-l", "1200"),
        hosts.sender.start("ping", "-q", "-i", "0.05", "-c", "200", SERVER),
        # As people read: no two pauses alike. Even ones are a beacon's.
        hosts.sender.start("sh", "-c", f"for i in $(seq 18); do curl -s -m 5 -o /dev/null http://{SERVER}/; "
                           "sleep 0.$(($(od -An -N1 -tu1 /dev/urandom) * 2)); done"),
    ]


def attack(hosts, one):
    """Whether it was as fast as a flood: a busy machine may make hping3 wait."""
    for _ in range(ATTEMPTS):
        began = time.monotonic()
        hosts.sender.run("hping3", "-q", "-n", "-c", str(one.count), "-i", "u20" if one.rate == RATE else "u1",
                         *one.options, *(one.to or (one.target,)), check=False)
        if one.count < COUNT or one.count / (time.monotonic() - began) >= one.rate:
            return True
    return False


def wait_until_read(path):
    """tcpdump has written what it had to read: ended before, it drops the rest. The kernel hands packets on within a second."""
    size = -1
    while size != (size := os.path.getsize(path)):
        time.sleep(1.5)


def judge(findings, wanted):
    wrong = []
    for one in wanted:
        found = [f for f in findings if f.get("dst_ip") == one.target and f["detector"] == one.detector]
        others = {f["detector"] for f in findings if f.get("dst_ip") == one.target} - {one.detector} - BESIDE
        if not found:
            wrong.append(f"{one.target}: no {one.detector}")
            continue
        finding = found[0]
        print(f"{one.detector}: {(finding['detected_ns'] - finding['first_ns']) / 1e6:.0f} ms, {finding['severity']}: {finding['why']}")
        if others:
            wrong.append(f"{one.target}: {one.detector}, and {', '.join(sorted(others))}")
        if finding["kind"] != one.kind:
            wrong.append(f"{one.target}: {one.detector} is {finding['kind']}")
        # A busy machine may make hping3 send less than a flood for a while.
        rate = finding["packets"] / max(1, finding["last_ns"] - finding["first_ns"]) * SECOND
        if rate >= 2 * finding["threshold"] and finding["detected_ns"] - finding["first_ns"] > SECOND:
            wrong.append(f"{one.target}: {one.detector} after more than a second")
        if one.source and finding.get("src_ip") != one.source:
            wrong.append(f"{one.target}: {one.detector} names {finding.get('src_ip')}, not {one.source}")
    for finding in findings:
        if {CLIENT, SERVER} & {finding.get("src_ip"), finding.get("dst_ip")}:
            wrong.append(f"legitimate traffic: {finding['detector']}: {finding['why']}")
    return wrong


def run(programs):
    with tempfile.TemporaryDirectory() as folder, TwoHosts() as hosts:
        answer = os.path.join(folder, "answer")
        with open(answer, "wb") as file:
            file.write(DNS_ANSWER)
        wanted = attacks(answer)
        prepare(hosts, [one.target for one in wanted])
        capture = os.path.join(folder, "all.pcap")
        tcpdump = hosts.sensed.start("tcpdump", "-i", WIRE, "-Z", "root", "-U", "-s", "200", "-B", "65536", "-w", capture)
        deadline = time.monotonic() + 30
        while not os.path.exists(capture) or os.path.getsize(capture) == 0:
            if time.monotonic() > deadline:
                raise RuntimeError("tcpdump captures nothing")
            time.sleep(0.02)
        talking = talk(hosts)
        if not all([attack(hosts, one) for one in wanted]):
            print(f"needs a machine on which hping3 sends {RATE} packets a second")
            return 77
        for process in talking:
            process.wait(timeout=60)
        wait_until_read(capture)
        tcpdump.terminate()
        tcpdump.wait(timeout=20)
        told = subprocess.run([os.path.join(programs, "vedette"), "read", capture, "--show", "findings", "--format", "json"],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        wrong = judge([json.loads(line) for line in told.splitlines()], wanted)
    for line in wrong:
        print(f"WRONG: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, PROGRAMS, run))
