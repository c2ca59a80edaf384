#!/usr/bin/env python3
"""What feeds name, in live traffic: a question for a listed name, a TLS client that shows a listed fingerprint or asks for a listed
name, and a connection from and to a listed address are findings with the feed's name, as soon as the feed has it.

feed_findings.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import os
import subprocess
import sys
import tempfile
import time

from blocks import OTHER, SENDER, SENSED, WIRE
from comparison import unequal, verdict
from feeds import Feed, becomes
from found import found
from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import TwoHosts, main

FILLER = tuple(f"203.0.113.{host}" for host in range(10))
NAME_SERVER = f"""import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("{SENDER}", 53))
while True:
    question, client = server.recvfrom(4096)
    server.sendto(question[:2] + b"\\x81\\x83" + question[4:12] + question[12:], client)
"""


def ask(hosts, name):
    hosts.sensed.run("dig", "+tries=1", "+time=1", "+noedns", f"@{SENDER}", name, check=False)


def say_hello(hosts, name):
    hosts.sensed.run("openssl", "s_client", "-connect", f"{SENDER}:8443", "-servername", name, check=False)


def why(finding):
    return (finding or {}).get("why", "")


def live(hosts, sensor, feed):
    yield "what it has", {key: feed.row(sensor)[key] for key in ("domains", "url_hosts", "ja3", "ja4")}, \
        {"domains": 1, "url_hosts": 1, "ja3": 0, "ja4": 0}
    ask(hosts, "www.honest.example")
    ask(hosts, "c2.evil.example")
    finding = found(sensor, "malicious_domain", SENSED)
    yield "a question for a listed name", "c2.evil.example: the feed test lists evil.example" in why(finding).replace('"', ""), True
    say_hello(hosts, "honest.example")
    say_hello(hosts, "www.evil.example")
    yield "turned to", becomes(lambda: any(one["severity"] == "high" for one in sensor.tell("findings", "--kind", "malicious_domain")),
                               True), True
    yield "nobody's fingerprint", sensor.tell("findings", "--kind", "malicious_fingerprint"), []


def refreshed(hosts, sensor, feed, ja4):
    """The sensor runs on: what the feed has from now on is found from now on."""
    feed.write("evil.example", ja4, *FILLER)
    yield "the feed has it", becomes(lambda: feed.row(sensor)["ja4"], 1), 1
    time.sleep(1)  # the engine takes it within half a second
    say_hello(hosts, "honest.example")
    finding = found(sensor, "malicious_fingerprint", SENSED)
    yield "a listed fingerprint", f"ja4 {ja4}, which the feed test lists" in why(finding), True


def contacts(hosts, programs, mode, folder):
    """Observed: from a listed address, and to one; the host's own network in a feed is nobody's fault."""
    feed = Feed(folder, "seen")
    feed.write(OTHER, "10.88.0.0/24", "224.0.0.0/3", *FILLER)
    with Sensor(hosts.sensed, programs, mode, *feed.option("observe"), "--respond", "enforce") as sensor:
        hosts.sender.run("nc", "-z", "-w", "1", "-s", OTHER, SENSED, "7", check=False)
        finding = found(sensor, "blocklist_hit", OTHER)
        yield "from a listed address", f"the feed seen lists {OTHER}" in why(finding), True
        hosts.sensed.run("nc", "-z", "-w", "1", OTHER, "8443", check=False)
        finding = found(sensor, "blocklist_hit", SENSED)
        yield "to a listed address", f"the feed seen lists {OTHER}" in why(finding), True
        hosts.sender.run("nc", "-z", "-w", "1", "-s", SENDER, SENSED, "7", check=False)
        time.sleep(1)
        yield "nobody else", {one["src_ip"] for one in sensor.tell("findings", "--kind", "blocklist_hit")}, {OTHER, SENSED}
        yield "the host itself is no attacker", SENSED in [row["prefix"] for row in sensor.tell("blocks")], False


def learn_ja4(hosts, sensor):
    """The fingerprint of this machine's openssl, as the sensor tells it."""
    watch = subprocess.Popen([sensor.vedette, "handshakes", "tcp port 8443", "-c", "1", "--format", "json", "--socket", sensor.socket],
                             stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 20
    while watch.poll() is None and time.monotonic() < deadline:
        say_hello(hosts, "honest.example")
        time.sleep(0.2)
    line = watch.communicate()[0]
    return line.split('"ja4":"')[1].split('"')[0]


def run(programs, mode):
    wrongs = []

    def check(checks, *arguments):
        for what, told, expected in checks(*arguments):
            wrongs.extend(unequal(f"{checks.__name__}: {what}", told, expected))

    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-feeds-") as folder:
        hosts.sensed = SameMounts(hosts.sensed.name)
        for host, addresses in ((hosts.sender, (SENDER, OTHER)), (hosts.sensed, (SENSED,))):
            for address in addresses:
                host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                        "-subj", "/CN=server"], check=True, capture_output=True)
        hosts.sender.start("openssl", "s_server", "-accept", "8443", "-key", key, "-cert", certificate, "-quiet")
        hosts.sender.start(sys.executable, "-c", NAME_SERVER)
        hosts.sender.wait_for_port(8443)
        feed = Feed(folder, "test")
        feed.write("evil.example", "http://shared.example/a.sh", *FILLER)
        with Sensor(hosts.sensed, programs, mode, *feed.option()) as sensor:
            check(live, hosts, sensor, feed)
            check(refreshed, hosts, sensor, feed, learn_ja4(hosts, sensor))
        check(contacts, hosts, programs, mode, folder)
    return verdict(wrongs)


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "dig", "openssl", "nc"), run))
