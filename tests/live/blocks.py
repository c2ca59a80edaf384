#!/usr/bin/env python3
"""The block-list and the allow-list by hand, on real connections: what they drop and let pass, when they end, whom they refuse to cut
off, and that all of it holds while no daemon runs.

blocks.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import os
import subprocess
import sys
import tempfile
import time

from comparison import Checks
from same_mounts import SameMounts
from sensor import Sensor, SocketConnection
from two_hosts import WIRE, TwoHosts, main

SENDER, OTHER, SENSED = "10.88.0.1", "10.88.0.3", "10.88.0.2"
PORT = 7000
SHORT_S = 10  # seconds: more than a loaded machine takes from a block to the death of the sensor, and two lost pings
LATE_S = 3  # a ping that is lost, and a loaded machine
FLOODER = "10.88.0.9"
MANY = [f"198.18.{number}.0/24" for number in range(200)]
ECHO = f"""import socket
server = socket.create_server(("{SENSED}", {PORT}))
while True:
    client = server.accept()[0]
    while (data := client.recv(100)): client.send(data)
"""
# Says each line that comes back, or that none came within a second.
TALK = f"""import socket, sys
client = socket.create_connection(("{SENSED}", {PORT}), timeout=5)
client.settimeout(1)
for line in sys.stdin:
    client.send(line.encode())
    try: print(client.recv(100).decode().strip(), flush=True)
    except TimeoutError: print("nothing", flush=True)
"""


class Lists:
    """The commands, on a sensor."""

    def __init__(self, sensor):
        self.sensor = sensor

    def __call__(self, *command, **environment):
        """(exit status, what it complained of)"""
        done = subprocess.run([self.sensor.vedette, *command, "--socket", self.sensor.socket], capture_output=True, text=True,
                              env={**os.environ, "SSH_CONNECTION": "", **environment}, check=False)
        return done.returncode, done.stderr

    def rows(self):
        return {(row["kind"], row["prefix"]): row for row in self.sensor.tell("blocks")}


def post(sensor, target):
    """The status."""
    connection = SocketConnection(sensor.socket)
    connection.request("POST", target)
    status = connection.getresponse().status
    connection.close()
    return status


def answers(host, source=SENDER):
    """Whether the sensed host answers a ping from that address."""
    return "1 received" in host.run("ping", "-n", "-c", "1", "-W", "1", "-I", source, SENSED, check=False)


def by_hand(hosts, lists):
    yield "answers before", answers(hosts.sender), True
    yield "block", lists("block", SENDER, "--ttl", "60s", "--reason", "a test"), (0, "")
    yield "blocked", answers(hosts.sender), False
    yield "another isn't", answers(hosts.sender, OTHER), True
    row = lists.rows()["block", SENDER]
    yield "its hits and reason", (row["packets"], row["reason"]), (1, "a test")
    yield "allow", lists("allow", f"{SENDER}/32"), (0, "")
    yield "allowed, although blocked", answers(hosts.sender), True
    yield "allow no more", lists("allow", SENDER, "--remove"), (0, "")
    yield "blocked again", answers(hosts.sender), False
    yield "unblock", lists("unblock", SENDER), (0, "")
    yield "answers after", answers(hosts.sender), True
    yield "unblock what isn't blocked", lists("unblock", SENDER)[0], 2
    yield "observe", lists("block", SENDER, "--observe"), (0, "")
    yield "observed alone", answers(hosts.sender), True
    yield "what it would have dropped", lists.rows()["block", SENDER]["packets"], 1
    yield "drop what lies around it", lists("block", "10.88.0.0/31", "--ttl", "60s"), (0, "")
    yield "no hole in what drops", answers(hosts.sender), False
    yield "unblock what lies around it", lists("unblock", "10.88.0.0/31"), (0, "")
    yield "observed alone again", answers(hosts.sender), True
    yield "unblock what was observed", lists("unblock", SENDER), (0, "")
    yield "nothing is left", lists.rows(), {}


def refused(hosts, lists):
    for prefix, what in ((f"{SENSED}/30", "bits are set"), ("10.88.0.0/24", "own address"), ("0.0.0.0/0", "own address"),
                         ("10.88.0.0/33", "length"), ("nobody", "expected an IPv4 or IPv6 address")):
        status, complaint = lists("block", prefix)
        yield f"block {prefix}", (status, what in complaint), (2, True)
    status, complaint = lists("block", SENDER, SSH_CONNECTION=f"{SENDER} 50000 {SENSED} 22")
    yield "the operator's own address", (status, "you are working from there" in complaint), (2, True)
    session = hosts.sensed.start("nc", "-l", SENSED, "22")
    hosts.sensed.wait_for_port(22)
    hosts.sender.start("nc", SENSED, "22")
    deadline = time.monotonic() + 10
    while not hosts.sensed.run("ss", "-Hnt", "sport = :22") and time.monotonic() < deadline:
        time.sleep(0.05)
    status, complaint = lists("block", SENDER)
    yield "the far end of an SSH session", (status, "SSH session" in complaint), (2, True)
    session.terminate()
    yield "nothing was listed", lists.rows(), {}
    yield "forced", lists("block", "10.88.0.0/24", "--force"), (0, "")
    yield "all are blocked", (answers(hosts.sender), answers(hosts.sender, OTHER)), (False, False)
    yield "unblock all", lists("unblock", "10.88.0.0/24"), (0, "")


def connected(hosts, lists):
    """A block cuts a connection that is open, and it goes on where the block ends soon enough."""
    hosts.sensed.start(sys.executable, "-c", ECHO)
    hosts.sensed.wait_for_port(PORT)
    say = hosts.sender.converse(TALK)
    for number in range(20):
        yield f"line {number}", say(f"line {number}"), f"line {number}"
    yield "block", lists("block", SENDER), (0, "")
    yield "cut", say("lost"), "nothing"
    yield "unblock", lists("unblock", SENDER), (0, "")
    yield "sent again", any(say("").startswith("lost") for _ in range(10)), True


def watched(hosts, lists):
    sensor = lists.sensor
    yield "block", lists("block", SENDER), (0, "")
    watch = subprocess.Popen([sensor.vedette, "watch", "icmp", "-c", "2", "--format", "json", "--socket", sensor.socket],
                             stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 20
    while watch.poll() is None and time.monotonic() < deadline:
        answers(hosts.sender)
    yield "told as dropped", watch.communicate()[0].count('"verdict":"drop"'), 2
    stats = sensor.stats()["in"]
    yield "adds up", stats["flow_packets"] + stats["not_ip_packets"] + stats["lost_packets"] + stats["blocked_packets"] + stats["rule_dropped_packets"], stats["packets"]
    yield "unblock", lists("unblock", SENDER), (0, "")


def without_daemon(hosts, programs, mode):
    """Killed amid a flood: what is blocked stays blocked, what ends ends in time, also where a shorter block lay in a longer one."""
    with Sensor(hosts.sensed, programs, mode) as sensor:
        lists = Lists(sensor)
        yield "block for ever", lists("block", "10.88.0.3", "--reason", "for ever"), (0, "")
        yield "block many", {post(sensor, f"/v1/blocks?prefix={prefix}") for prefix in (FLOODER, *MANY)}, {200}
        segments = hosts.sensed.protocol_counter("Tcp", "InSegs")
        flood = hosts.sender.start("hping3", "-q", "-i", "u50", "-a", FLOODER, "-S", "-p", "80", SENSED)
        asked = time.monotonic()
        yield "block for seconds", lists("block", SENDER, "--ttl", f"{SHORT_S}s"), (0, "")
        begun = time.monotonic()
        yield "blocked", (answers(hosts.sender), answers(hosts.sender, OTHER)), (False, False)
        yield "shorter within longer", (lists("block", "10.89.0.0/31"), lists("block", "10.89.0.1", "--ttl", "1s")), ((0, ""), (0, ""))
        flooded = lists.rows()["block", FLOODER]["packets"]
        yield "the flood is there", flooded > 0, True
        sensor.process.kill()
        sensor.process.wait()
        yield "still blocked", (answers(hosts.sender), answers(hosts.sender, OTHER)), (False, False)
        ended = time.monotonic()
        while not answers(hosts.sender) and ended < begun + SHORT_S + LATE_S:
            ended = time.monotonic()
        yield "the short one has ended, in time", asked + SHORT_S - 1 < ended < begun + SHORT_S + LATE_S, True
        yield "the other has not", answers(hosts.sender, OTHER), False
        yield "nor has the longer one", answers(hosts.sender, "10.89.0.1"), False
    with Sensor(hosts.sensed, programs, mode) as sensor:
        rows = Lists(sensor).rows()
        taken = {prefix for kind, prefix in rows if kind == "block"} - {SENDER}
        yield "all were taken over, and no more", taken ^ {"10.88.0.3", "10.89.0.0/31", FLOODER, *MANY}, set()
        yield "with its reason and hits", (rows["block", "10.88.0.3"]["reason"], rows["block", "10.88.0.3"]["packets"]), ("for ever", 3)
        yield "blocked by the successor", answers(hosts.sender, OTHER), False
        dropped = rows.get(("block", FLOODER), {}).get("packets", 0)
        yield "the flood went on", (flood.poll(), dropped > flooded + 5_000), (None, True)
        flood.terminate()
        flood.wait()
        yield "and none of it came in", hosts.sensed.protocol_counter("Tcp", "InSegs") - segments, 0
    yield "a clean stop lets all pass", answers(hosts.sender, OTHER), True


def restarted(hosts, programs, mode):
    """A clean stop, and a start: the lists are as they were. A file that is none is put aside, and said."""
    with tempfile.TemporaryDirectory(prefix="vedette-lists-") as folder:
        file = os.path.join(folder, "lists.yaml")
        with Sensor(hosts.sensed, programs, mode, "--lists", file) as sensor:
            lists = Lists(sensor)
            yield "block", lists("block", SENDER, "--reason", 'of "him": \\ tries'), (0, "")
            yield "block for a while", lists("block", "2001:db8::/32", "--ttl", "1h", "--observe"), (0, "")
            yield "allow", lists("allow", OTHER), (0, "")
            yield "a hit", answers(hosts.sender), False
            before = lists.rows()
        yield "stopped", answers(hosts.sender), True
        with Sensor(hosts.sensed, programs, mode, "--lists", file) as sensor:
            yield "blocked again", answers(hosts.sender), False
            after = Lists(sensor).rows()
            yield "the hit, and another", (before["block", SENDER]["packets"], after["block", SENDER]["packets"]), (1, 2)
            unlike = {"packets", "bytes", "expires_ns"}
            yield "all else as it was", *({key: {name: value for name, value in row.items() if name not in unlike} for key, row in rows.items()}
                                          for rows in (after, before))
            ends = [rows["block", "2001:db8::/32"]["expires_ns"] for rows in (before, after)]
            yield "ends as it did, to a millisecond", abs(ends[0] - ends[1]) < 1_000_000, True
        with open(file, "a", encoding="utf-8") as text:
            text.write("- {block: nobody}\n")
        with Sensor(hosts.sensed, programs, mode, "--lists", file) as sensor:
            yield "begins empty", Lists(sensor).rows(), {}
        yield "the file is kept", os.path.exists(f"{file}.unusable"), True


def run(programs, mode):
    check = Checks()
    with TwoHosts() as hosts:
        hosts.sensed = SameMounts(hosts.sensed.name)
        for host, addresses in ((hosts.sender, (SENDER, OTHER, "10.89.0.1")), (hosts.sensed, (SENSED, "10.89.0.2"))):
            for address in addresses:
                host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        with Sensor(hosts.sensed, programs, mode) as sensor:
            lists = Lists(sensor)
            for checks in (by_hand, refused, connected, watched):
                check(checks.__name__, checks(hosts, lists))
        check("without_daemon", without_daemon(hosts, programs, mode))
        check("restarted", restarted(hosts, programs, mode))
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "ping", "nc", "ss", "hping3"), run))
