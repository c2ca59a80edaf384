#!/usr/bin/env python3
"""A host that takes only what it asked for: answers come, forged ones never do, served ports stay open, TCP out of state is dropped
where that is wanted or there is an attack by it, and what is observed alone passes.

solicited_only.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import subprocess
import sys
import time

from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

SENDER, SENSED = ("10.88.0.1", "fd88::1"), ("10.88.0.2", "fd88::2")
SERVED, CLOSED, TCP_PORT, POLICY_PORT = 5000, 5001, 8000, 8443
# Answers each datagram to port 53 by its own bytes: a name server as far as it matters here.
ANSWERS = """import socket
server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
server.bind(("::", 53))
print("ready", flush=True)
while True:
    data, client = server.recvfrom(4096)
    server.sendto(data * 3, client)
"""
# HOST COUNT: asks so many times, of one socket each; how many answers came, of 3,000 bytes, more than one packet.
ASK = """import socket, sys
host, count, good = sys.argv[1], int(sys.argv[2]), 0
for _ in range(count):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        client.sendto(bytes(1000), (host, 53))
        try: good += len(client.recv(4096)) == 3000
        except OSError: pass
print(good)
"""
# Hears on two ports until standard input ends; how many datagrams came to each.
HEAR = f"""import select, socket, sys
ports = []
for port in ({SERVED}, {CLOSED}):
    one = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    one.bind(("::", port))
    ports.append(one)
print("ready", flush=True)
sys.stdin.read()
for one in ports:
    one.setblocking(False)
    count = 0
    try:
        while one.recv(4096): count += 1
    except BlockingIOError: pass
    print(count, flush=True)
"""
# HOST PORT COUNT SIZE: datagrams from port 53, as a reflector would send them.
FORGE = """import socket, sys
host, port, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sender:
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sender.bind(("::" if ":" in host else "0.0.0.0", 54))
    for _ in range(count): sender.sendto(bytes(size), (host, port))
"""


# HOST PORT: a connection that is open before it sends, once it is told to.
TALK = """import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as there:
    print("open", flush=True)
    sys.stdin.readline()
    there.sendall(b"x")
    there.settimeout(2)
    there.sendall(b"y")
    print("sent", flush=True)
"""


def ask(hosts, address, count=20):
    return int(hosts.sensed.run(sys.executable, "-c", ASK, address, str(count)))


def heard(hosts, size, count=200):
    """Of so many forged datagrams to each port by IPv4 and IPv6, how many came to the served port and how many to the other."""
    ear = hosts.sensed.start(sys.executable, "-c", HEAR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    ear.stdout.readline()
    for address in SENSED:
        for port in (SERVED, CLOSED):
            hosts.sender.run(sys.executable, "-c", FORGE, address, str(port), str(count), str(size))
    return tuple(map(int, ear.communicate()[0].split()))


def rows(sensor):
    return {row["address"]: row for row in sensor.tell("solicited-only", "show")}


def command(sensor, *words):
    return subprocess.run([sensor.vedette, "solicited-only", *words, "--socket", sensor.socket], capture_output=True, text=True,
                          check=False).returncode


def udp(hosts, sensor):
    for address in SENDER:
        yield f"{address} answers", ask(hosts, address), 20
    yield "small forged ones", heard(hosts, 100), (400, 0)
    yield "forged ones in fragments", heard(hosts, 3000), (400, 0)
    # Of 3,000 bytes there are three fragments.
    yield "are counted", [rows(sensor)[address]["dropped_packets"] for address in SENSED], [800, 800]
    for address in SENDER:
        yield f"{address} answers still", ask(hosts, address), 20
    yield "ping", " 0% packet loss" in hosts.sender.run("ping", "-c", "2", "-i", "0.2", SENSED[0], check=False), True
    yield "observe", [command(sensor, "start", address, "--ports", str(SERVED), "--observe") for address in SENSED], [0, 0]
    yield "observed alone", heard(hosts, 100), (400, 400)
    yield "and counted", [rows(sensor)[address]["dropped_packets"] for address in SENSED], [1000, 1000]


def tcp(hosts, sensor):
    yield "for TCP", command(sensor, "start", SENSED[0], "--ports", f"{TCP_PORT},{SERVED}", "--tcp"), 0
    hosts.sensed.start("nc", "-lk", SENSED[0], str(TCP_PORT))
    hosts.sensed.start("nc", "-lk", SENSED[0], str(TCP_PORT + 1))
    hosts.sensed.wait_for_port(TCP_PORT + 1)
    connects = [subprocess.run(hosts.sender.command("nc", "-zw1", SENSED[0], str(port)), check=False).returncode
                for port in (TCP_PORT, TCP_PORT + 1)]
    yield "connects to what is served alone", connects, [0, 1]
    before = rows(sensor)[SENSED[0]]["dropped_packets"]
    for flags in ("-A", "-SA", "-R", "-F"):
        hosts.sender.run("hping3", "-q", "-c", "10", "-i", "u1000", *(f"-{flag}" for flag in flags[1:]), "-p", str(TCP_PORT), SENSED[0],
                         check=False)
    yield "out of state", rows(sensor)[SENSED[0]]["dropped_packets"] - before, 40
    hosts.sender.start("nc", "-lk", SENDER[0], "9000")
    hosts.sender.wait_for_port(9000)
    out = subprocess.run(hosts.sensed.command("nc", "-zw2", SENDER[0], "9000"), check=False).returncode
    yield "what it begins itself", out, 0
    counts = sensor.settled()["in"]
    yield "adds up", counts["packets"], sum(counts[f"{what}_packets"] for what in (
        "flow", "not_ip", "lost", "blocked", "rule_dropped", "answered", "refused", "unsolicited"))
    for address in SENSED:
        yield f"stop {address}", command(sensor, "stop", address), 0
    yield "all passes again", heard(hosts, 100), (400, 400)


def wrongs(hosts, sensor, *all_checks):
    wrong = 0
    for checks in all_checks:
        for what, found, expected in checks(hosts, sensor):
            if found != expected:
                print(f"{checks.__name__}: {what}: {found}, expected {expected}")
                wrong += 1
    return wrong


def connects(hosts, *ports):
    return [subprocess.run(hosts.sender.command("nc", "-zw1", SENSED[0], str(port)), check=False).returncode for port in ports]


def attacked(hosts, sensor):
    """TCP was never asked for: a flood of segments switches it on, for as long as it goes on and a time behind it."""
    yield "before", connects(hosts, TCP_PORT, POLICY_PORT), [0, 0]
    yield "as it was put", ("tcp_until_ns" in rows(sensor)[SENSED[0]], rows(sensor)[SENSED[0]]["tcp"]), (False, False)
    talk = hosts.sender.start(sys.executable, "-c", TALK, SENSED[0], str(TCP_PORT), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    talk.stdout.readline()
    attack = hosts.sender.start("timeout", "12", "hping3", "-q", "--flood", "--rand-source", "-A", "-p", "7", SENSED[0], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
    row = eventually(lambda: rows(sensor)[SENSED[0]], lambda row: "tcp_until_ns" in row)
    yield "switched on", "tcp_until_ns" in row, True
    yield "but for what listens", TCP_PORT in row.get("tcp_ports", []) and POLICY_PORT in row.get("tcp_ports", []), True
    yield "at the attacked address alone", "tcp_until_ns" in rows(sensor)[SENSED[1]], False
    yield "served all the while", connects(hosts, TCP_PORT, POLICY_PORT), [0, 0]
    talk.stdin.write("\n")
    talk.stdin.flush()
    yield "an open connection goes on", talk.stdout.readline(), "sent\n"
    before = rows(sensor)[SENSED[0]]["tcp_dropped_packets"]
    hosts.sender.run("hping3", "-q", "-c", "10", "-i", "u1000", "-S", "-p", "9", SENSED[0], check=False)
    yield "what isn't served", rows(sensor)[SENSED[0]]["tcp_dropped_packets"] >= before + 10, True
    attack.wait()
    row = eventually(lambda: rows(sensor)[SENSED[0]], lambda row: "tcp_until_ns" not in row)
    yield "off behind it", ("tcp_until_ns" in row, row["tcp"]), (False, False)
    expected = ["solicited_only_tcp", "solicited_only_tcp_ended"]
    yield "the trail", eventually(lambda: [entry["what"] for entry in sensor.tell("audit") if entry.get("address") == SENSED[0]
                                           and entry["what"].startswith("solicited_only_tcp")], lambda trail: trail == expected), expected


def eventually(tell, true, patience=30):
    deadline = time.monotonic() + patience
    while not true(found := tell()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def run(programs, mode):
    wrong = 0
    with TwoHosts() as hosts:
        for host, addresses in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.run("sysctl", "-qw", f"net.ipv6.conf.{WIRE}.disable_ipv6=0")
            host.ip("addr", "add", f"{addresses[0]}/24", "dev", WIRE)
            host.ip("addr", "add", f"{addresses[1]}/64", "dev", WIRE, "nodad")
        answers = hosts.sender.start(sys.executable, "-c", ANSWERS, stdout=subprocess.PIPE, text=True)
        answers.stdout.readline()
        options = [word for address in SENSED for word in ("--solicited-only", f"{address},ports={SERVED}")]
        with Sensor(hosts.sensed, programs, mode, *options) as sensor:
            wrong += wrongs(hosts, sensor, udp, tcp)
        hosts.sensed.start("nc", "-lk", SENSED[0], str(POLICY_PORT))
        hosts.sensed.wait_for_port(POLICY_PORT)
        with Sensor(hosts.sensed, programs, mode, *options, "--respond", "detector:tcp_flood=enforce", "--respond-ttl", "4") as sensor:
            wrong += wrongs(hosts, sensor, attacked)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("hping3", "nc", "ping"), run))
