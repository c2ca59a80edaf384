#!/usr/bin/env python3
"""`vedette up` on a terminal, as a user runs it: it says where to look, sensor and gateway answer, and however it ends, nothing stays
in the kernel and nothing listens. And a daemon whose log nobody reads any more, which goes on.

up_in_the_foreground.py PROGRAMS STORE     (the folder of vedette and vedetted; store, or no-store where they were built without one)

Ends with 0 where all holds, 1 where something does not, 77 where the machine lacks something (the reason is printed).
"""

import http.client
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time

from gate import within
from kernel_objects import held_by, still_there
from same_mounts import SameMounts
from sensor import Sensor
from terminal import Terminal
from two_hosts import WIRE, TwoHosts, main

ENDS = {"Ctrl-C": lambda terminal: terminal.press("\x03"),
        "SIGTERM": lambda terminal: terminal.process.send_signal(signal.SIGTERM),
        "its terminal's end": lambda terminal: terminal.hang_up()}


def asked_by_tls(host):
    """The status that a stranger gets."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with within(host):
        connection = http.client.HTTPSConnection("127.0.0.1", 8443, timeout=60, context=context)
        connection.connect()
    connection.request("GET", "/v1/stats")
    status = connection.getresponse().status
    connection.close()
    return status


def remembered(host, programs, api):
    """Rows of history: the interface's seconds, of somebody who is asked for and isn't there."""
    deadline = time.monotonic() + 60
    command = (os.path.join(programs, "vedette"), "query", "--of", "interfaces", "--measure", "packets", "--bucket", "1s", "--last", "2m",
               "--format", "json", "--socket", api)
    while time.monotonic() < deadline:
        host.run("ping", "-c", "1", "-W", "1", "10.99.0.1", check=False)
        if rows := subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines():
            return rows
        time.sleep(0.2)
    return []


def ends_clean(host, programs, has_store, api, by):
    # Its history's usual place is this machine's, so it gets another one there.
    command = host.command("unshare", "-m", "sh", "-c", 'mount -t tmpfs tmpfs /var/lib && exec "$@"', "sh", os.path.join(programs, "vedette"),
                           "up", "-i", WIRE, "--socket", api, "--gateway-state", os.path.join(os.path.dirname(api), "gateway"))
    with Terminal(command, columns=120) as terminal:
        terminal.shows(rf"watching {WIRE}: in by xdp-native, out by tc")
        terminal.shows(rf"vedette top --socket {api} +the live view")
        terminal.shows(r"serving https://127\.0\.0\.1:8443/")
        terminal.shows(r"SHA-256 fingerprint: [0-9A-F:]+")
        terminal.shows(r"set it at https://127\.0\.0\.1:8443/#setup=")
        terminal.shows(r"Ctrl-C ends it and takes everything out of the kernel; history stays\.")
        stranger = asked_by_tls(host)
        remembers = not has_store or remembered(host, programs, api)
        objects = held_by(terminal.process.pid)
        ENDS[by](terminal)
        status = terminal.process.wait(timeout=60) if terminal.hung_up else terminal.status()
    wrong = [f"{by}: status {status}"] if status != 0 else []
    if stranger != 401:
        wrong.append(f"{by}: the gateway answered a stranger with {stranger}")
    if not remembers:
        wrong.append(f"{by}: it has no history")
    if listening := host.run("ss", "-Hntl"):
        wrong.append(f"{by}: it still listens: {listening}")
    if not objects:
        wrong.append(f"{by}: it held nothing in the kernel")
    if left := still_there(objects):
        wrong.append(f"{by}: left in the kernel: {sorted(left)}")
    if os.path.exists(api):
        wrong.append(f"{by}: left its socket")
    return wrong


def goes_on_unread(host, programs):
    """An interface that comes is told to a log whose reader has gone."""
    with Sensor(host, programs, "auto", "-i", WIRE + "*", log_level="info", stderr=subprocess.PIPE) as sensor:
        sensor.process.stderr.close()
        host.ip("link", "add", "wire-late", "type", "veth", "peer", "name", "far")
        deadline = time.monotonic() + 60
        while "wire-late" not in (names := [one["name"] for one in sensor.ask("/v1/interfaces")["interfaces"]]):
            if time.monotonic() > deadline:
                return [f"unread: interfaces {names}"]
            time.sleep(0.1)
        host.ip("link", "del", "wire-late")
    return []


def run(programs, store):
    programs = os.path.abspath(programs)
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-up-") as folder:
        host = SameMounts(hosts.sensed.name)
        host.ip("addr", "add", "10.99.0.2/24", "dev", WIRE)
        os.chmod(folder, 0o755)  # the gateway's user gets through it
        wrong = [line for by in ENDS for line in ends_clean(host, programs, store == "store", os.path.join(folder, "api.sock"), by)]
        wrong += goes_on_unread(hosts.sensed, programs)
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("ping", "unshare"), run))
