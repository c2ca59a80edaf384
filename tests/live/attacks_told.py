#!/usr/bin/env python3
"""Real attackers' tools between two hosts, each from an address of its own, and an honest client beside them: `vedette read
--show findings` of a capture of the wire tells each attack by its kind and detector and by who did it to whom, and nothing of
the client.

attacks_told.py PROGRAMS_FOLDER SPEAKERS

SPEAKERS: scripts/ci/unpack_speakers.sh's folder.
0: all told; 1: not; 77: the machine lacks something (the reason is printed).
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass

from dump import Dump
from speakers import programs_of
from two_hosts import WIRE, TwoHosts, main

WEB, FTP = 80, 21
CONVICTS = ("medium", "high", "critical")  # what a sensor answers where it is told to; a client of a few seconds may look like a beacon
CLIENT, SERVER = "10.77.1.200", "10.77.0.200"
SWEPT = [f"10.77.0.{last}" for last in range(30, 60)]
SCAN = ("nmap", "-n", "-Pn", "--disable-arp-ping", "-T4", "--max-retries", "1")
# slowhttptest: sixty connections at once, for so long that a pause of five seconds can show.
SLOW = ("slowhttptest", "-c", "60", "-r", "60", "-l", "20", "-i", "6", "-u", f"http://TARGET:{WEB}/")
# Its page is larger than any socket's buffer, but what is asked for with a query; it reads what it is sent, and says nothing before it has all.
WEB_SERVER = f"""
import http.server
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        size = 200 if self.path.startswith("/?") else 1 << 22
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(bytes(size))
    do_POST = do_GET
    def log_message(self, *_):
        pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
Server(("0.0.0.0", {WEB}), Page).serve_forever()
"""
# As HULK does: each request by a connection of its own, and no two alike.
REQUESTS = """
import http.client, random, sys, threading, time
def ask(until):
    while time.monotonic() < until:
        server = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=5)
        try:
            server.request("GET", f"/?{random.random()}", headers={"User-Agent": f"browser/{random.random()}"})
            server.getresponse().read()
        except OSError:
            time.sleep(0.1)
        server.close()
for _ in range(8):
    threading.Thread(target=ask, args=(time.monotonic() + float(sys.argv[3]),)).start()
"""
FTP_SERVER = "listen=YES\nlocal_enable=YES\nanonymous_enable=NO\nsecure_chroot_dir={}\npam_service_name=other\n"


@dataclass
class Attack:
    """One tool's run, from `source` to `target`; of a sweep the target isn't told."""
    kind: str
    detector: str
    command: tuple
    sweeps: bool = False
    source: str = ""
    target: str = ""
    said: str = ""

    def run(self, host):
        words = [word.replace("TARGET", self.target) for word in self.command]
        done = subprocess.run(host.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        self.said = (done.stdout + done.stderr)[-2000:]


def attacks(folder):
    """Those that run one after the other, and those that are slow by their nature and run beside them."""
    words = os.path.join(folder, "words")
    with open(words, "w", encoding="utf-8") as file:
        file.writelines(f"guess{number}\n" for number in range(24))
    scans = [("-sS", "syn_scan"), ("-sT", "connect_scan"), ("-sN", "null_scan"), ("-sF", "fin_scan"), ("-sX", "xmas_scan"),
             ("-sM", "maimon_scan"), ("-sA", "ack_scan")]
    quick = [Attack("port_scan", detector, (*SCAN, technique, "-p", "1000-1100", "TARGET")) for technique, detector in scans]
    quick += [
        Attack("port_scan", "udp_scan", (*SCAN, "--max-retries", "0", "-sU", "-p", "1000-1100", "TARGET")),
        Attack("host_scan", "syn_scan", (*SCAN, "-sS", "-p", "23", *SWEPT), sweeps=True),
        Attack("brute_force", "brute_force", ("hydra", "-I", "-t", "8", "-l", "ann", "-P", words, f"ftp://TARGET:{FTP}")),
        Attack("volumetric", "request_flood", (sys.executable, "-c", REQUESTS, "TARGET", str(WEB), "8")),
    ]
    slow = [Attack("slow_attack", "slow_attack", (*SLOW, *mode))
            for mode in (("-H",), ("-B",), ("-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32"))]
    for number, attack in enumerate(quick + slow, start=1):
        attack.source, attack.target = f"10.77.1.{number}", f"10.77.0.{number}"
    return quick, slow


def join(hosts, pairs):
    """Each source is what its target, and what is swept, is asked from."""
    for host, network, addresses in ((hosts.sender, 1, [source for source, _ in pairs]),
                                     (hosts.sensed, 0, [*(target for _, target in pairs), *SWEPT])):
        for address in addresses:
            host.ip("addr", "add", f"{address}/32", "dev", WIRE)
        host.ip("route", "add", f"10.77.{1 - network}.0/24", "dev", WIRE)
    for source, target in pairs:
        hosts.sender.ip("route", "add", f"{target}/32", "dev", WIRE, "src", source)


def serve(hosts, folder, speakers):
    hosts.sensed.start(sys.executable, "-c", WEB_SERVER)
    empty, configuration = os.path.join(folder, "empty"), os.path.join(folder, "vsftpd.conf")
    os.mkdir(empty)
    with open(configuration, "w", encoding="utf-8") as file:
        file.write(FTP_SERVER.format(empty))
    hosts.sensed.start("vsftpd", configuration, env=programs_of(speakers))
    for port in (WEB, FTP):
        hosts.sensed.wait_for_port(port)


def browse(host, over):
    """A client that asks for the page, and for ports of its server that are closed, now and then."""
    # As irregularly as a person does; who asks in even steps is told as a beacon.
    while not over.wait(random.expovariate(1)):
        subprocess.run(host.command("curl", "-s", "-o", "/dev/null", "-m", "10", f"http://{SERVER}:{WEB}/"), check=False)
        subprocess.run(host.command("curl", "-s", "-o", "/dev/null", "-m", "2", f"https://{SERVER}/"), check=False)


def attack_all(hosts, quick, slow):
    over = threading.Event()
    beside = [threading.Thread(target=attack.run, args=(hosts.sender,)) for attack in slow]
    client = threading.Thread(target=browse, args=(hosts.sender, over))
    for thread in (*beside, client):
        thread.start()
    for attack in quick:
        attack.run(hosts.sender)
    for thread in beside:
        thread.join()
    over.set()
    client.join()


def compare(told, expected):
    wrong = []
    for attack in expected:
        found = [one for one in told if (one["kind"], one["detector"], one.get("src_ip")) == (attack.kind, attack.detector, attack.source)
                 and one.get("dst_ip", "") == ("" if attack.sweeps else attack.target)]
        if not found:
            wrong.append(f"not told: {attack.kind} ({attack.detector}) of {attack.source}: {' '.join(attack.command)}\n{attack.said}")
    done = {(attack.source, attack.kind) for attack in expected}
    return wrong + [f"told, but not done: {one['severity']} {one['kind']} ({one['detector']}): {one['why']}" for one in told
                    if one["severity"] in CONVICTS and (one.get("src_ip"), one["kind"]) not in done]


def run(programs, speakers):
    if shutil.which("vsftpd", path=programs_of(speakers)["PATH"]) is None:
        print(f"needs vsftpd in {speakers} (scripts/ci/unpack_speakers.sh)")
        return 77
    with tempfile.TemporaryDirectory() as folder, TwoHosts() as hosts:
        quick, slow = attacks(folder)
        join(hosts, [*((attack.source, attack.target) for attack in quick + slow), (CLIENT, SERVER)])
        for address in SWEPT:
            sweeper = next(attack for attack in quick if attack.sweeps)
            hosts.sender.ip("route", "add", f"{address}/32", "dev", WIRE, "src", sweeper.source)
        serve(hosts, folder, speakers)
        capture = os.path.join(folder, "attacks.pcap")
        with Dump(hosts.sensed, capture):
            attack_all(hosts, quick, slow)
        read = subprocess.run([os.path.join(programs, "vedette"), "read", capture, "--show", "findings", "--format", "json"],
                              check=True, stdout=subprocess.PIPE, text=True)
        told = [json.loads(line) for line in read.stdout.splitlines()]
        for one in told:
            print(f"{one['severity']} {one['kind']} ({one['detector']}): {one['why']}")
        wrong = compare(told, quick + slow)
    print(*wrong or [f"all {len(quick + slow)} attacks told, and nothing else"], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nmap", "hydra", "slowhttptest", "tcpdump", "curl"), run))
