"""The section on new connections under a flood of forged SYNs, as fast as the kernel can send them: by vedetted's SYN proxy, and by
the host's own SYN cookies.

The flood is sent on one CPU, and answered there; clients and server have the other one. Each connection is a new one and must bring
an answer within five seconds.
"""

import json
import os
import subprocess
import sys

from contenders import verdict

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "live"))
from sensor import Sensor  # noqa: E402
from two_hosts import TwoHosts, WIRE, needs  # noqa: E402

SENDER, SENSED, PORT = "10.77.0.1", "10.77.0.2", 80
FLOOD, SOURCES = 4_000_000, 1 << 24
CONNECTIONS = 40
FLOODS_CPU, SERVERS_CPU = "0", "1"
TARGET = 0.99
SERVER = f"""import socket
server = socket.create_server(("{SENSED}", {PORT}), backlog=4096)
while True:
    client = server.accept()[0]
    client.sendall(b"here")
    client.close()
"""
# New connections, a hundred a second; how many were good, and the milliseconds that the median of them took.
CLIENT = f"""import socket, statistics, time
good = []
time.sleep(0.5)  # the flood has begun
for _ in range({CONNECTIONS}):
    time.sleep(0.01)
    begun = time.monotonic()
    try:
        with socket.create_connection(("{SENSED}", {PORT}), timeout=5) as server:
            server.settimeout(5)
            if server.recv(4): good.append(time.monotonic() - begun)
    except OSError: pass
print(len(good), 1e3 * statistics.median(good) if good else 0)
"""


def under_flood(hosts, send_frames):
    """(good connections, milliseconds of the median one, SYNs a second)"""
    clients = hosts.sender.start("taskset", "-c", SERVERS_CPU, sys.executable, "-c", CLIENT, stdout=subprocess.PIPE, text=True)
    packets = nanoseconds = 0
    while clients.poll() is None:
        told = json.loads(hosts.sender.run("taskset", "-c", FLOODS_CPU, send_frames, WIRE, hosts.sensed.mac(), str(FLOOD), str(SOURCES), str(PORT)))
        packets, nanoseconds = packets + told["packets"], nanoseconds + told["ns"]
    good, median = clients.communicate()[0].split()
    return int(good), float(median), 1e9 * packets / nanoseconds


def measure(binaries, programs, send_frames, proxy):
    with TwoHosts() as hosts:
        for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        # A veth device takes what XDP sends where it has an XDP program itself.
        passes = ("xdpdrv", "object", os.path.join(programs, "..", "tests", "live", "pass.bpf.o"), "section", "xdp")
        hosts.sender.ip("link", "set", WIRE, *passes)
        # Answers to the forged sources go back by the wire, without asking for each by ARP.
        hosts.sensed.ip("route", "add", "10.0.0.0/8", "via", SENDER)
        hosts.sensed.start("taskset", "-c", SERVERS_CPU, sys.executable, "-c", SERVER)
        hosts.sensed.wait_for_port(PORT)
        if not proxy:
            hosts.sensed.ip("link", "set", WIRE, *passes)
            return under_flood(hosts, send_frames)
        with Sensor(hosts.sensed, binaries, "xdp-native", "--syn-proxy", f"{PORT},{proxy}"):
            return under_flood(hosts, send_frames)


def syn_flood_section(programs, binaries, send_frames):
    if missing := needs(binaries, "taskset"):
        return f"## SYN flood\n\nNot measured: needs {missing}\n"
    rows = {}
    try:
        for name, proxy in (("vedetted's SYN proxy", "always"), ("the same, on by need", "need"), ("the kernel's own SYN cookies", "")):
            rows[name] = measure(binaries, programs, send_frames, proxy)
    except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
        return f"## SYN flood\n\nNot measured: {error}\n"
    lines = ["## SYN flood", "",
             f"New connections, a hundred a second, under a flood of forged SYNs from {SOURCES:,} sources over a veth pair, native XDP: sent and "
             "answered on one CPU, as fast as that goes; clients and server on the other.", "",
             "| answered by | million SYNs a second | connections | succeeded | median ms |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {name} | {rate / 1e6:.2f} | {CONNECTIONS} | {good / CONNECTIONS:.1%} | {median:.2f} |"
              for name, (good, median, rate) in rows.items()]
    share = min(good for name, (good, _, _) in rows.items() if "kernel" not in name) / CONNECTIONS
    return "\n".join([*lines, "", "| target | found | |", "|---|---:|---|",
                      f"| ≥ {TARGET:.0%} of new connections succeed by the proxy | {share:.1%} | {verdict(share >= TARGET)} |"]) + "\n"
