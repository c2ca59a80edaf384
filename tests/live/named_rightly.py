#!/usr/bin/env python3
"""Real clients and servers on the wire are named rightly, protocol and version, by the running sensor and out of a capture.

named_rightly.py PROGRAMS SPEAKERS MODE
PROGRAMS: folder of the built programs. SPEAKERS: scripts/ci/unpack_speakers.sh's folder. MODE: xdp-native, xdp-generic or tc.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack

from comparison import verdict
from dump import Dump
from sensor import Sensor
from speakers import make_certificate, programs_of, speakers
from told import FlowKeeper
from traffic import SERVICES
from two_hosts import WIRE, TwoHosts, main

SENDER, SENSED = "10.99.0.1", "10.99.0.2"
PROGRAMS = ("openssl", "nginx", "curl", "sshd", "ssh", "dig", "chronyd", "redis-cli", "redis-check-rdb", "initdb", "postgres",
            "mariadbd", "mariadb", "mosquitto", "mosquitto_pub", "tcpdump", "setpriv")


def told_of(rows):
    """{(UDP or not, port): set of (app, version)}"""
    named = {}
    for row in rows:
        if "app" in row:
            named.setdefault((row["protocol"] == "udp", row.get("dst_port")), set()).add((row["app"], row.get("app_version")))
    return named


def compare(who, rows, all_speakers):
    named = told_of(rows)
    wrong = []
    for speaker in all_speakers:
        found = named.pop((speaker.udp, speaker.port), set())
        if found != set(speaker.named):
            wrong.append(f"{who}: port {speaker.port} speaks {speaker.named}, told {sorted(found, key=str)}")
    return wrong + [f"{who}: port {port} speaks nothing that was started here, told {what}" for (_, port), what in named.items()]


def run(programs, folder, mode):
    with ExitStack() as stack:
        work = stack.enter_context(tempfile.TemporaryDirectory(prefix="vedette-live-"))
        os.chmod(work, 0o755)
        hosts = stack.enter_context(TwoHosts())
        for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        make_certificate(work)
        capture = os.path.join(work, "capture.pcap")
        dump = stack.enter_context(ExitStack())
        dump.enter_context(Dump(hosts.sensed, capture, "ip"))
        sensor = stack.enter_context(Sensor(hosts.sensed, programs, mode))
        keeper = stack.enter_context(FlowKeeper(sensor))
        all_speakers = speakers([sys.executable, SERVICES])
        for speaker in all_speakers:
            speaker.serve(hosts.sensed, work, speaker.port)
        for speaker in all_speakers:
            if not speaker.udp:
                hosts.sensed.wait_for_port(speaker.port)
            speaker.ask(hosts.sender, SENSED, speaker.port)
        sensor.settled()
        live = keeper.rows()
        dump.close()
        read = subprocess.run([os.path.join(programs, "vedette"), "read", capture, "--show", "handshakes", "--format", "json"],
                              capture_output=True, text=True, check=True).stdout
        wrong = compare("live", live, all_speakers)
        wrong += compare("capture", [json.loads(line) for line in read.splitlines()], all_speakers)
    print(f"{mode}: {len(all_speakers)} servers, {len(live)} flows")
    return verdict(wrong)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        os.environ.update(programs_of(sys.argv[2]))
    sys.exit(main(__doc__, PROGRAMS, run))
