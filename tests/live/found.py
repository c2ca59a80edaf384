#!/usr/bin/env python3
"""What live detectors raise of real tools' attacks, and what is done about it, while others go on undisturbed, and so do they whom no
finding may lock out.

found.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import os
import subprocess
import sys
import tempfile
import time

from comparison import unequal, verdict
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

SENDER, ATTACKER, SENSED = "10.88.0.1", "10.88.0.3", "10.88.0.2"
# Who works by SSH's port, and who by another; whom the allow-list has.
OPERATOR, LOGGED_IN, ALLOWED = (f"10.88.0.{last}" for last in (4, 5, 6))
LOCKED, SSH = 8080, 22
PATIENCE_S = 20  # of a loaded machine
# A server that lets nobody in.
LOCK = """
import http.server, sys
class Refuses(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="a"')
        self.send_header("Content-Length", "0")
        self.end_headers()
http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Refuses).serve_forever()
"""
SESSION_SERVER = f"""import socket
server = socket.create_server(("{SENSED}", {SSH}))
client = server.accept()[0]
while (data := client.recv(100)): client.send(data)
"""
# Says each line that comes back, or that nothing does.
SESSION = f"""import socket, sys
client = socket.create_connection(("{SENSED}", {SSH}), timeout=5, source_address=("{OPERATOR}", 0))
for line in sys.stdin:
    client.send(line.encode())
    try: print(client.recv(100).decode().strip(), flush=True)
    except TimeoutError: print("nothing", flush=True)
"""
# Logins, one by SSH's port and one by another, as systemd-logind keeps them; in the sensor's own mounts alone (`ip netns exec`).
LOGIN = f"""mount -t tmpfs none /run && mkdir -p /run/systemd/sessions /run/systemd/system &&
printf 'UID=1000\\nSTATE=active\\nREMOTE=1\\nREMOTE_HOST={OPERATOR}\\n' > /run/systemd/sessions/2 &&
printf 'UID=1000\\nSTATE=active\\nREMOTE=1\\nREMOTE_HOST={LOGGED_IN}\\n' > /run/systemd/sessions/3 && exec "$@"
"""


def fetches(host, source):
    """Whether a page is fetched from that address."""
    return host.run("curl", "-s", "-m", "2", "-o", "/dev/null", "-w", "%{http_code}", "--interface", source, f"http://{SENSED}/",
                    check=False) == "200"


def found(sensor, kind, source=None, action=None):
    """The finding of that kind, once it is there with that action; None where it doesn't come."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for one in sensor.tell("findings", "--kind", kind):
            if source in (None, one.get("src_ip")) and action in (None, one["action"]):
                return one
        time.sleep(0.1)
    return None


def scan(host, source=ATTACKER):
    host.run("nmap", "-n", "-Pn", "-sS", "-S", source, "-e", WIRE, "-p", "1-400", "--max-retries", "0", "--host-timeout", "10s",
             SENSED, check=False)


def scanned(hosts, programs, mode):
    with Sensor(hosts.sensed, programs, mode, "--respond", "enforce", "--respond-ttl", "60") as sensor:
        yield "fetched before", (fetches(hosts.sender, SENDER), fetches(hosts.sender, ATTACKER)), (True, True)
        scan(hosts.sender)
        finding = found(sensor, "port_scan", ATTACKER, "blocked")
        yield "the scan was found and blocked", finding is not None, True
        if finding is None:
            return
        rows = sensor.tell("blocks")
        yield "its source alone is on the list", [row["prefix"] for row in rows], [ATTACKER]
        yield "with the finding's number", rows[0]["reason"], f"port_scan {finding['id']}"
        yield "fetched after", (fetches(hosts.sender, SENDER), fetches(hosts.sender, ATTACKER)), (True, False)
        print(f"blocked {(rows[0]['since_ns'] - finding['first_ns']) / 1e6:.0f} ms after the scan's first packet")


def spared(hosts, programs, mode):
    """Operators and whom they allow scan like anybody, and stay in."""
    hosts.sensed.start(sys.executable, "-c", SESSION_SERVER)
    hosts.sensed.wait_for_port(SSH)
    say = hosts.sender.converse(SESSION)
    sensor = Sensor(hosts.sensed, programs, mode, "--respond", "enforce", "--respond-ttl", "60")
    sensor.daemon = ["sh", "-c", LOGIN, "sh", *sensor.daemon]
    with sensor:
        yield "the session is open", say("before"), "before"
        # Who has a connection to SSH's port open, and no login, is spared nothing.
        stranger = hosts.sender.start("nc", "-s", ATTACKER, SENSED, str(SSH), stdin=subprocess.PIPE)
        subprocess.run([sensor.vedette, "allow", ALLOWED, "--socket", sensor.socket], check=True)
        for source in (OPERATOR, LOGGED_IN, ALLOWED, ATTACKER):
            scan(hosts.sender, source)
            finding = found(sensor, "port_scan", source, "blocked" if source == ATTACKER else None)
            yield f"the scan of {source} was found", finding is not None, True
        yield "a stranger alone is blocked", [row["prefix"] for row in sensor.tell("blocks") if row["kind"] == "block"], [ATTACKER]
        yield "the session goes on", say("after"), "after"
        for source in (OPERATOR, LOGGED_IN, ALLOWED):
            yield f"{source} is served", fetches(hosts.sender, source), True
        stranger.terminate()
    yield "nobody made a login on this machine", os.path.exists("/run/systemd/sessions/3"), False


def observed(hosts, programs, mode):
    with Sensor(hosts.sensed, programs, mode, "--respond", "observe") as sensor:
        scan(hosts.sender)
        yield "would be blocked", found(sensor, "port_scan", ATTACKER, "would_block") is not None, True
        yield "fetched all the same", fetches(hosts.sender, ATTACKER), True
        yield "and counted", sensor.tell("blocks")[0]["packets"] > 0, True


def untold(hosts, programs, mode):
    """Without --respond nothing is done."""
    with Sensor(hosts.sensed, programs, mode) as sensor:
        scan(hosts.sender)
        finding = found(sensor, "port_scan", ATTACKER)
        yield "found", (finding or {}).get("action"), "none"
        yield "nobody is listed", sensor.tell("blocks"), []


def flooded(hosts, programs, mode):
    with Sensor(hosts.sensed, programs, mode, "--respond", "enforce") as sensor:
        flood = hosts.sender.start("hping3", "-q", "--faster", "-c", "20000", "--rand-source", "-S", "-p", "80", SENSED,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield "the flood was found", found(sensor, "syn_flood") is not None, True
        yield "fetched meanwhile", fetches(hosts.sender, SENDER), True
        flood.terminate()
        flood.wait()
        yield "who fetches isn't listed", [row["prefix"] for row in sensor.tell("blocks") if row["prefix"] == SENDER], []


def guess(host, times):
    """Asks for the page with a password, from the attacker's address; how often it was refused in words."""
    refused = 0
    for number in range(times):
        refused += host.run("curl", "-s", "-m", "1", "-o", "/dev/null", "-w", "%{http_code}", "--interface", ATTACKER, "-u", f"root:{number}",
                            f"http://{SENSED}:{LOCKED}/", check=False) == "401"
    return refused


def guessed(hosts, programs, mode):
    """Who guesses at one port's password loses that port, and is served at the other one."""
    with Sensor(hosts.sensed, programs, mode, "--respond", "brute_force=enforce-port", "--respond-ttl", "60") as sensor:
        guess(hosts.sender, 25)
        finding = found(sensor, "brute_force", ATTACKER, "blocked")
        yield "the guessing was found and kept off", finding is not None, True
        if finding is None:
            return
        yield "nobody is on a list", sensor.tell("blocks"), []
        yield "a rule stands", [one["name"] for one in sensor.ask("/v1/policy")["rules"]], [f"auto-{finding['id']}"]
        yield "no more guesses", guess(hosts.sender, 2), 0
        yield "the other port is served to him", fetches(hosts.sender, ATTACKER), True
        refused = hosts.sender.run("curl", "-s", "-m", "2", "-o", "/dev/null", "-w", "%{http_code}", "--interface", SENDER,
                                   f"http://{SENSED}:{LOCKED}/", check=False)
        yield "and this one to others", refused, "401"


def run(programs, mode):
    wrong = []
    with TwoHosts() as hosts, tempfile.TemporaryDirectory() as folder:
        for host, addresses in ((hosts.sender, (SENDER, ATTACKER, OPERATOR, LOGGED_IN, ALLOWED)), (hosts.sensed, (SENSED,))):
            for address in addresses:
                host.ip("address", "add", f"{address}/24", "dev", WIRE)
        hosts.sensed.start(sys.executable, "-m", "http.server", "--directory", folder, "80", stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        hosts.sensed.start(sys.executable, "-c", LOCK, str(LOCKED))
        hosts.sensed.wait_for_port(80)
        hosts.sensed.wait_for_port(LOCKED)
        for part in (scanned, spared, observed, untold, flooded, guessed):
            for title, told, truth in part(hosts, programs, mode):
                wrong += unequal(f"{part.__name__}: {title}", told, truth)
    return verdict(wrong)


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nmap", "hping3", "curl", "nc"), run))
