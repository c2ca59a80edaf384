#!/usr/bin/env python3
"""The SYN proxy on real connections: what it answers, that connections come of it whole, under a flood of forged SYNs too, and that
it goes on while no daemon runs and leaves nothing behind.

syn_proxy.py PROGRAMS PEER MODE     (the folder of vedette and vedetted, an XDP program that passes all, xdp-native or xdp-generic)
"""

import re
import signal
import subprocess
import sys
import time

from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

SENDER, SENSED = ("10.88.0.1", "fd88::1"), ("10.88.0.2", "fd88::2")
PORT = 8000
CLIENTS = 200
FLOOD_S = 4  # seconds
BYTES = 8 << 20  # more than any window without scaling
SERVER = f"""import socket, threading
def serve(client):
    client.sendall(bytes({BYTES})) if client.recv(4) == b"much" else client.sendall(b"here")
    client.close()
server = socket.create_server(("::", {PORT}), family=socket.AF_INET6, dualstack_ipv6=True, backlog=512)
while True: threading.Thread(target=serve, args=(server.accept()[0],)).start()
"""
# HOST PORT COUNT WHAT SOURCE...: how many connections, by turns from each source, brought the answer, and how many bytes they
# brought in all.
CLIENT = """import socket, sys
host, port, count, what = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4].encode()
good = total = 0
for number in range(count):
    try:
        with socket.create_connection((host, port), timeout=5, source_address=(sys.argv[5 + number % (len(sys.argv) - 5)], 0)) as server:
            server.sendall(what)
            size = 0
            while data := server.recv(1 << 16): size += len(data)
            good += size > 0
            total += size
    except OSError: pass
print(good, total)
"""
# Connects, says "ready", and stays.
STAY = f"""import socket, sys
server = socket.create_connection((sys.argv[1], {PORT}), timeout=5, source_address=(sys.argv[2], 0))
print("ready", flush=True)
sys.stdin.read()
"""


FRESH = iter(range(10, 250))


def fresh(hosts, ipv6=False):
    """Another address of the sender's, which no proxy has verified."""
    address = f"fd88::{next(FRESH):x}/64" if ipv6 else f"10.88.0.{next(FRESH)}/24"
    hosts.sender.ip("addr", "add", address, "dev", WIRE, *(["nodad"] if ipv6 else []))
    return address.partition("/")[0]


def connect(hosts, address, count=1, what="some", sources=()):
    """(connections that brought an answer, bytes)"""
    sources = sources or [SENDER[":" in address]]
    return tuple(map(int, hosts.sender.run(sys.executable, "-c", CLIENT, address, str(PORT), str(count), what, *sources).split()))


def proxy(sensor, port=PORT):
    return next((row for row in sensor.tell("syn-proxy", "show") if row["port"] == port), None)


def command(sensor, *words):
    return subprocess.run([sensor.vedette, *words, "--socket", sensor.socket], capture_output=True, text=True,
                          check=False).returncode


def balances(sensor):
    """Whether what came in was either passed to a flow or counted under what became of it."""
    counts = sensor.settled()["in"]
    return counts["packets"] - sum(counts[f"{what}_packets"] for what in (
        "flow", "not_ip", "lost", "blocked", "rule_dropped", "answered", "refused", "unsolicited"))


def whole(hosts, sensor):
    """Connections as the client and the host agree upon them."""
    for checksums in ("on", "off"):
        hosts.sender.offload(tx=checksums)
        for address in SENSED:
            before = proxy(sensor)["verified"]
            yield f"{address}, checksums {checksums}", connect(hosts, address, sources=[fresh(hosts, ":" in address)]), (1, 4)
            yield "verified", proxy(sensor)["verified"] - before, 1
    hosts.sender.offload(tx="on")
    yield "much", connect(hosts, SENSED[0], what="much", sources=[fresh(hosts)]), (1, BYTES)
    stay = hosts.sender.start(sys.executable, "-c", STAY, SENSED[0], fresh(hosts), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield "stays", stay.stdout.readline(), "ready\n"
    agreed = [host.run("ss", "-Htio", "state", "established", end, "=", f":{PORT}")
              for host, end in ((hosts.sender, "dport"), (hosts.sensed, "sport"))]
    scales = [re.findall(r"wscale:(\d+),(\d+)", text) for text in agreed]
    yield "both know the other's window", scales[0], [tuple(reversed(pair)) for pair in scales[1]]
    yield "and scale it, the host as the proxy said", [pair[0] for pair in scales[0]], ["7"]
    yield "selective acknowledgements, timestamps", [{"ts", "sack"} <= set(text.split()) for text in agreed], [True, True]
    stay.terminate()


def under_flood(hosts, clients):
    """How many of twice CLIENTS connections succeed while forged SYNs come as fast as one program sends them: half of them from one
    address, of IPv4 and of IPv6."""
    flood = hosts.sender.start("timeout", str(FLOOD_S), "hping3", "--flood", "--rand-source", "-S", "-p", str(PORT), SENSED[0])
    time.sleep(0.5)
    good = sum(connect(hosts, address, count=CLIENTS, sources=[source for one in sources for source in (one, sources[0])])[0]
               for address, sources in zip(SENSED, clients))
    flood.wait()
    return good


def flooded(hosts, sensor):
    """Legitimate connections under a flood, which the proxy answers, and beside it the kernel with cookies of its own."""
    clients = [[fresh(hosts, ipv6) for _ in range(20)] for ipv6 in (False, True)]
    before = proxy(sensor)
    good = under_flood(hosts, clients)
    answered, verified = (proxy(sensor)[what] - before[what] for what in ("challenged", "verified"))
    yield "stop", command(sensor, "syn-proxy", "stop", str(PORT)), 0
    alone = under_flood(hosts, clients)
    yield "start", command(sensor, "syn-proxy", "start", str(PORT), "--mode", "always"), 0
    print(f"{answered} SYNs answered in {FLOOD_S} s; of {2 * CLIENTS} connections {good} by the proxy, {alone} by the kernel alone")
    yield "a flood came", answered > 10000, True
    yield "all sources were verified", verified >= 40, True
    found = [(one["kind"], one["action"], one["dst_port"]) for one in sensor.tell("findings") if one["kind"] == "syn_flood" and one["action"] != "none"]
    yield "it was found, and answered", found, [("syn_flood", "limited", PORT)]
    yield "connections succeed", good >= 0.99 * 2 * CLIENTS, True


def refused(hosts, sensor):
    before = proxy(sensor)["refused"]
    hosts.sender.run("hping3", "-q", "-c", "20", "-i", "u1000", "-A", "-p", str(PORT), "-M", "1", "-L", "7", SENSED[0], check=False)
    yield "acknowledgements of nothing", proxy(sensor)["refused"] - before, 20


def by_need(hosts, sensor):
    yield "by need", command(sensor, "syn-proxy", "start", str(PORT), "--mode", "need"), 0
    time.sleep(2.5)  # longer than it stays active
    yield "calm", proxy(sensor)["active"], False
    challenged = proxy(sensor)["challenged"]
    yield "connects", connect(hosts, SENSED[0], count=20), (20, 80)
    yield "nothing was answered", proxy(sensor)["challenged"] - challenged, 0
    hosts.sender.run("timeout", "1", "hping3", "--flood", "--rand-source", "-S", "-p", str(PORT), SENSED[0], check=False)
    yield "attacked", proxy(sensor)["active"], True
    time.sleep(2.5)
    yield "calm again", proxy(sensor)["active"], False


def by_reset(hosts, sensor):
    yield "stop", command(sensor, "syn-proxy", "stop", str(PORT)), 0
    yield "no more", proxy(sensor), None
    yield "connects without", connect(hosts, SENSED[0]), (1, 4)
    yield "by reset", command(sensor, "syn-proxy", "start", str(PORT), "--mode", "always", "--method", "reset"), 0
    source = [fresh(hosts)]
    yield "connects", connect(hosts, SENSED[0], sources=source), (1, 4)
    counts = proxy(sensor)
    yield "by one reset", (counts["challenged"], counts["verified"]), (1, 1)
    yield "its next SYNs pass", connect(hosts, SENSED[0], count=5, sources=source), (5, 20)
    yield "unanswered", proxy(sensor)["challenged"], 1


def outlives(hosts, programs, mode):
    """The proxy while its daemon is dead, and what is left by a clean stop."""
    with Sensor(hosts.sensed, programs, mode, "--syn-proxy", f"{PORT},always") as sensor:
        yield "connects", connect(hosts, SENSED[0]), (1, 4)
        sensor.process.send_signal(signal.SIGKILL)
        sensor.process.wait()
        yield "connects while it is dead", connect(hosts, SENSED[0], count=20), (20, 80)
        yield "also who was never verified", connect(hosts, SENSED[0], sources=[fresh(hosts)]), (1, 4)
    with Sensor(hosts.sensed, programs, mode) as successor:
        row = proxy(successor)
        yield "taken over", (row["mode"], row["challenged"], row["verified"]), ("always", 2, 2)
        yield "connects by the successor's", connect(hosts, SENSED[0], count=20), (20, 80)
    yield "no filter is left", hosts.sensed.run("bpftool", "net", "show", "dev", WIRE).count(f"{WIRE}("), 0
    yield "nor a program", "xdp" in hosts.sensed.ip("link", "show", WIRE), False
    yield "connects after", connect(hosts, SENSED[0]), (1, 4)


def differences(steps):
    for what, found, expected in steps:
        if found != expected:
            yield f"{what}: {found!r}, expected {expected!r}"


def run(programs, peer, mode):
    with TwoHosts() as hosts:
        hosts.sensed = SameMounts(hosts.sensed.name)
        for host, addresses in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.run("sysctl", "-qw", f"net.ipv6.conf.{WIRE}.disable_ipv6=0")
            host.ip("addr", "add", f"{addresses[0]}/24", "dev", WIRE)
            host.ip("addr", "add", f"{addresses[1]}/64", "dev", WIRE, "nodad")
        # A veth device takes what XDP sends back by its peer where that has an XDP program.
        hosts.sender.ip("link", "set", WIRE, "xdpdrv", "obj", peer, "sec", "xdp")
        hosts.sensed.start(sys.executable, "-c", SERVER)
        hosts.sensed.wait_for_port(PORT)
        failures = []
        with Sensor(hosts.sensed, programs, mode, "--syn-proxy", f"{PORT},always") as sensor:
            for part in (whole, flooded, refused, by_need, by_reset):
                failures += [f"{part.__name__}: {text}" for text in differences(part(hosts, sensor))]
            failures += [f"packets that are nowhere: {count}" for count in [balances(sensor)] if count]
        failures += [f"outlives: {text}" for text in differences(outlives(hosts, programs, mode))]
        print("\n".join(failures), file=sys.stderr)
        return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "hping3", "ss", "bpftool", "ethtool", "timeout"), run))
