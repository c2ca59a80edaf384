#!/usr/bin/env python3
"""What a policy's rules do beyond letting pass and dropping, on real sockets: a rejected connection is refused at once, by a reset or
by ICMP, and nothing is answered that must not be; a DSCP, a mark, another interface and a sample's watcher get what the rule says.

verdicts.py PROGRAMS PEER MODE     (the folder of vedette and vedetted, an XDP program that passes all; xdp-native, xdp-generic or tc)
"""

import json
import subprocess
import sys
import tempfile
import time

from policies import Commands
from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

SENDER, SENSED = ("10.88.0.1", "fd88::1"), ("10.88.0.2", "fd88::2")
ASIDE = "aside"
REJECTED, PROHIBITED, OPEN, COLOURED, MARKED, SAMPLED, ASIDE_PORT, FLOODED, SPOKEN = range(9000, 9009)
DNS = 53
DSCP, MARK = 46, 0x1234
POLICY = f"""version: 1
rules:
- {{name: rejected, match: {{destination_port: [{REJECTED}, {FLOODED}]}}, verdict: reject}}
- {{name: prohibited, match: {{destination_port: {PROHIBITED}}}, verdict: {{reject: administratively-prohibited}}}}
- {{name: coloured, match: {{destination_port: {COLOURED}}}, verdict: {{dscp: ef}}}}
- {{name: marked, match: {{destination_port: {MARKED}}}, verdict: {{mark: {MARK}}}}}
- {{name: sampled, match: {{destination_port: {SAMPLED}}}, verdict: {{sample: 4}}}}
- {{name: aside, match: {{destination_port: {ASIDE_PORT}}}, verdict: {{redirect: {ASIDE}}}}}
- {{name: no-ssh, match: {{app: ssh, destination_port: {SPOKEN}}}, verdict: reject}}
- {{name: names, match: {{app: dns, destination_port: {DNS}}}, verdict: {{mark: {MARK}}}}}
- {{name: no-ping, match: {{protocol: icmp, icmp: echo-request}}, verdict: reject}}
"""
# KIND HOST PORT SOURCE: what a client's first word to that port comes to: "ok" or the error's name.
CLIENT = """import errno, socket, sys
kind, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family = socket.AF_INET6 if ":" in host else socket.AF_INET
client = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
client.settimeout(10)
try:
    client.connect((host, port))
    if kind == "udp":
        client.send(b"?")
        client.recv(100)
    if kind == "ssh":
        client.send(b"SSH-2.0-x\\r\\n")
        client.recv(100)
    print("ok")
except OSError as error: print(errno.errorcode.get(error.errno, "timeout"))
"""
SEND = """import socket, sys
sender = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
for number in range(int(sys.argv[3])): sender.sendto(b"hello", (sys.argv[1], int(sys.argv[2])))
"""
LISTEN = f"""import socket, time
servers = [socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True) for port in ({OPEN}, {REJECTED}, {SPOKEN})]
time.sleep(600)
"""
# PORT...: a line for each datagram: its port, traffic class, and mark; until none comes any more.
RECEIVE = """import select, socket, sys
SO_RCVMARK, servers = 75, {}
for port in map(int, sys.argv[1:]):
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        server = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6: server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        server.bind((address, port))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        server.setsockopt(socket.SOL_SOCKET, SO_RCVMARK, 1)
        if family == socket.AF_INET: server.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        else: server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
        servers[server] = port
print("ready", flush=True)
while ready := select.select(list(servers), [], [], 20)[0]:
    for server in ready:
        tos = mark = None
        for level, kind, data in server.recvmsg(100, 100)[1]:
            if level == socket.SOL_SOCKET: mark = int.from_bytes(data[:4], sys.byteorder)
            else: tos = data[0]
        print(servers[server], tos, mark, flush=True)
"""
# A resolver's answers, and a line for each question with its mark.
RESOLVE = f"""import socket, sys
SO_RCVMARK = 75
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("0.0.0.0", {DNS}))
server.setsockopt(socket.SOL_SOCKET, SO_RCVMARK, 1)
print("ready", flush=True)
while True:
    question, more, _, asker = server.recvmsg(500, 100)
    print(int.from_bytes(more[0][2][:4], sys.byteorder), flush=True)
    server.sendto(question[:2] + b"\\x81\\x80" + question[4:], asker)
"""
ASK = f"""import socket, sys, time
resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
resolver.settimeout(10)
resolver.connect((sys.argv[1], {DNS}))
for number in range(2):
    resolver.send(bytes((0, number, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)) + b"\\x07example\\x03com\\0\\0\\1\\0\\1")
    resolver.recv(500)
    time.sleep(2)
"""
FRAGMENTS_AND_MORE = """import socket, struct, sys
# UDP of which the second half is another fragment, from SOURCE to HOST PORT; and a segment with RST.
source, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
def total(data):
    data += b"\\0" * (len(data) % 2)
    value = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while value >> 16: value = (value & 0xffff) + (value >> 16)
    return ~value & 0xffff
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
def send(protocol, flags, inside):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(inside), 7, flags, 64, protocol, 0, socket.inet_aton(source), socket.inet_aton(host))
    raw.sendto(head + inside, (host, 0))
send(17, 0x2000, struct.pack("!HHHH", 5000, port, 24, 0) + b"12345678")
send(6, 0, struct.pack("!HHIIBBHHH", 5000, port, 1, 0, 0x50, 0x04, 0, 0, 0))
"""


def python(host, program, *arguments):
    return host.run(sys.executable, "-c", program, *map(str, arguments))


def client(hosts, kind, host, port):
    return python(hosts.sender, CLIENT, kind, host, port).strip()


def rule(sensor, name):
    return next(one for one in sensor.ask("/v1/policy")["rules"] if one["name"] == name)


def grown(sensor, name, act):
    """How many packets more the rule has dropped, and done what it says with, after `act`."""
    before = rule(sensor, name)
    act()
    after = rule(sensor, name)
    return after["dropped_packets"] - before["dropped_packets"], after["done_packets"] - before["done_packets"]


def refused(hosts, sensor):
    for checksums in ("on", "off"):
        hosts.sender.offload(tx=checksums)
        for host in SENSED:
            where = f"{host}, checksums {checksums}"
            yield f"TCP, {where}", client(hosts, "tcp", host, REJECTED), "ECONNREFUSED"
            yield f"UDP, {where}", client(hosts, "udp", host, REJECTED), "ECONNREFUSED"
            prohibited = "EACCES" if ":" in host else "EHOSTUNREACH"
            yield f"TCP by ICMP, {where}", client(hosts, "tcp", host, PROHIBITED), prohibited
            yield f"UDP by another code, {where}", client(hosts, "udp", host, PROHIBITED), prohibited
            yield f"another port, {where}", client(hosts, "tcp", host, OPEN), "ok"
    hosts.sender.offload(tx="on")
    yield "all are counted", grown(sensor, "rejected", lambda: client(hosts, "tcp", SENSED[0], REJECTED)), (1, 1)
    yield "ping", "Destination Port Unreachable" in hosts.sender.run("ping", "-n", "-c", "1", "-W", "5", SENSED[0], check=False), True


def kept_back(hosts, sensor):
    yield ("a fragment and a reset", grown(sensor, "rejected", lambda: python(hosts.sender, FRAGMENTS_AND_MORE, SENDER[0], SENSED[0], REJECTED)),
           (2, 0))
    sent = 5000
    dropped, answered = grown(sensor, "rejected", lambda: python(hosts.sender, SEND, SENSED[0], FLOODED, sent))
    yield "a flood is dropped", dropped, sent
    yield "and some of it answered", 0 < answered < sent, True


def written(hosts, sensor):
    receiver = hosts.sensed.start(sys.executable, "-c", RECEIVE, *map(str, (OPEN, COLOURED, MARKED, SAMPLED)), stdout=subprocess.PIPE, text=True)
    yield "receives", receiver.stdout.readline(), "ready\n"
    for checksums in ("on", "off"):
        hosts.sender.offload(tx=checksums)
        for host in SENSED:
            for port, tos, mark in ((OPEN, 0, 0), (COLOURED, DSCP << 2, 0), (MARKED, 0, MARK)):
                python(hosts.sender, SEND, host, port, 1)
                yield f"{host}, port {port}, checksums {checksums}", receiver.stdout.readline(), f"{port} {tos} {mark}\n"
    hosts.sender.offload(tx="on")
    count = 200
    sampled = grown(sensor, "sampled", lambda: python(hosts.sender, SEND, SENSED[0], SAMPLED, count))[1]
    yield "all of what is sampled passes", [receiver.stdout.readline() for _ in range(count)] == [f"{SAMPLED} 0 0\n"] * count, True
    yield "one in four is told", count / 8 < sampled < count / 2, True
    receiver.terminate()


def spoken(hosts, sensor):
    """What a connection speaks decides on it: of SSH the kernel knows by the first words, of DNS user space by an answer."""
    yield "SSH", [client(hosts, "ssh", host, SPOKEN) for host in SENSED], ["ECONNRESET"] * 2
    yield "SSH at another port", client(hosts, "ssh", SENSED[0], OPEN), "timeout"
    resolver = hosts.sensed.start(sys.executable, "-c", RESOLVE, stdout=subprocess.PIPE, text=True)
    yield "resolves", resolver.stdout.readline(), "ready\n"
    python(hosts.sender, ASK, SENSED[0])
    yield "DNS is marked once it is known", [resolver.stdout.readline() for _ in range(2)], ["0\n", f"{MARK}\n"]
    resolver.terminate()
    protocols = {one["name"]: one for one in sensor.ask("/v1/policy")["protocols"]}
    yield "told", [(protocols[name]["flows"], protocols[name]["dropped_packets"] > 0) for name in ("no-ssh", "names")], [(2, True), (1, False)]


def sent_aside(hosts, sensor):
    def received():
        return hosts.sensed.interface_counters(ASIDE + "-peer")["rx"]["packets"]
    before = received()
    done = grown(sensor, "aside", lambda: python(hosts.sender, SEND, SENSED[0], ASIDE_PORT, 10))
    yield "sent on", (done, received() - before), ((0, 10), 10)


def watched(hosts, sensor):
    """A watcher is told of a packet as it came, and the answer goes out all the same."""
    watch = hosts.sensed.start(sensor.vedette, "watch", f"dst port {REJECTED} or dst port {COLOURED}", "-c", "2", "--format", "json",
                               "--socket", sensor.socket, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 20
    told = []
    while len(told) < 2 and time.monotonic() < deadline:
        if not told:
            yield "refused while it is watched", client(hosts, "udp", SENSED[0], REJECTED), "ECONNREFUSED"
            python(hosts.sender, SEND, SENSED[0], COLOURED, 1)
        if watch.poll() is not None:
            told = [json.loads(line) for line in watch.stdout]
        time.sleep(0.2)
    yield "told", sorted((one["dst_port"], one.get("verdict"), one["protocol"], one["dscp"]) for one in told), [
        (REJECTED, "reject", "udp", 0), (COLOURED, "dscp", "udp", 0)]


def outlives(hosts, sensor):
    sensor.process.kill()
    sensor.process.wait()
    yield "refused while no daemon runs", [client(hosts, kind, host, REJECTED) for kind in ("tcp", "udp") for host in SENSED], ["ECONNREFUSED"] * 4


def run(programs, peer, mode):
    failures = 0
    with TwoHosts() as hosts:
        hosts.sensed = SameMounts(hosts.sensed.name)
        for host, addresses in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.run("sysctl", "-qw", f"net.ipv6.conf.{WIRE}.disable_ipv6=0")
            host.ip("addr", "add", f"{addresses[0]}/24", "dev", WIRE)
            host.ip("addr", "add", f"{addresses[1]}/64", "dev", WIRE, "nodad")
        hosts.sensed.ip("link", "add", ASIDE, "type", "veth", "peer", "name", ASIDE + "-peer")
        for end in (ASIDE, ASIDE + "-peer"):
            hosts.sensed.run("sysctl", "-qw", f"net.ipv6.conf.{end}.disable_ipv6=1")
            hosts.sensed.ip("link", "set", end, "up")
        # A veth device takes what XDP sends to it by its peer where that has an XDP program.
        hosts.sender.ip("link", "set", WIRE, "xdpdrv", "obj", peer, "sec", "xdp")
        hosts.sensed.ip("link", "set", ASIDE + "-peer", "xdpdrv", "obj", peer, "sec", "xdp")
        hosts.sensed.start(sys.executable, "-c", LISTEN)
        hosts.sensed.wait_for_port(REJECTED)
        with tempfile.TemporaryDirectory(prefix="vedette-policy-") as folder, Sensor(hosts.sensed, programs, mode) as sensor:
            status = Commands(sensor, folder).apply(POLICY)
            if status != (0, ""):
                print(f"the policy isn't applied: {status}")
                return 1
            time.sleep(0.1)  # longer than what was decided on a flow stands
            for checks in (refused, kept_back, written, spoken, sent_aside, watched, outlives):
                for what, found, expected in checks(hosts, sensor):
                    if found != expected:
                        print(f"{checks.__name__}: {what}: {found!r}, expected {expected!r}")
                        failures += 1
        with Sensor(hosts.sensed, programs, mode):
            pass
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "ping", "ethtool", "sysctl", "ss"), run))
