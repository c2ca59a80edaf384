#!/usr/bin/env python3
"""Feeds by URL, against a real server that answers well, wrongly or never: what it says decides on the next packets, and nothing that
it does wrong takes the last good content away, also not over a restart.

feed_urls.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from blocks import OTHER, SENDER, SENSED, WIRE, answers
from comparison import unequal, verdict
from feeds import becomes
from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import TwoHosts, main

SERVER, PORT = "10.88.0.4", 8080  # an address of the sender's, which the feeds never name
MANY = "".join(f"203.0.113.{host}\n" for host in range(100))


class Served:
    """What the server answers with, and what it was asked."""

    def __init__(self, folder, host, port=PORT, *tls):
        self.folder, self.host, self.port = folder, host, port
        self.url = f"{'https' if tls else 'http'}://{SERVER}:{port}/list.txt"
        self.tls = tls
        self.say(body="")
        self.start()

    def start(self):
        self.process = self.host.start(sys.executable, os.path.join(os.path.dirname(__file__), "feed_server.py"), self.folder,
                                       str(self.port), *self.tls)
        self.host.wait_for_port(self.port)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def say(self, **script):
        with open(os.path.join(self.folder, "script.new"), "w", encoding="utf-8") as text:
            json.dump(script, text)
        os.rename(os.path.join(self.folder, "script.new"), os.path.join(self.folder, "script"))

    def asked(self):
        try:
            with open(os.path.join(self.folder, "asked"), encoding="utf-8") as log:
                return [json.loads(line) for line in log]
        except FileNotFoundError:
            return []


def row(sensor):
    return sensor.tell("feeds")[0]


def tried_again(sensor):
    """The feed's row after a try that began from now on."""
    before = row(sensor).get("last_try_ns", 0)
    becomes(lambda: row(sensor).get("last_try_ns", 0) > before, True)
    before = row(sensor).get("last_try_ns", 0)
    becomes(lambda: row(sensor).get("last_try_ns", 0) > before, True)
    return row(sensor)


def fetched(hosts, sensor, served):
    yield "blocked", becomes(lambda: answers(hosts.sender), False), False
    yield "how it is told", {key: row(sensor).get(key) for key in ("source", "networks", "error")}, \
        {"source": served.url, "networks": 101, "error": None}
    yield "another isn't", answers(hosts.sender, OTHER), True
    first = served.asked()[0]
    yield "gzip is asked for", "gzip" in first["Accept-Encoding"], True
    served.say(how="conditional", body=OTHER + "\n" + MANY, headers={"ETag": '"2"'})
    yield "the other now", becomes(lambda: (answers(hosts.sender), answers(hosts.sender, OTHER)), (True, False)), (True, False)
    yield "unchanged", becomes(lambda: row(sensor)["http_status"], 304), 304
    yield "by its ETag", served.asked()[-1]["If-None-Match"], '"2"'
    served.say(how="gzip", body=SENDER + "\n" + MANY, headers={"Last-Modified": "Thu, 26 Nov 2026 20:00:00 GMT"})
    yield "packed", becomes(lambda: (answers(hosts.sender), answers(hosts.sender, OTHER)), (False, True)), (False, True)
    tried_again(sensor)
    yield "by its time", served.asked()[-1]["If-Modified-Since"], "Thu, 26 Nov 2026 20:00:00 GMT"


def wrong(hosts, sensor, served):
    """Each says what is wrong, and changes nothing."""
    for what, script, says in (
            ("an error", {"status": 500, "body": "203.0.113.1\n" * 200}, "status 500"),
            ("not found", {"status": 404}, "status 404"),
            ("empty", {"body": ""}, "has 0 entries"),
            ("comments alone", {"body": "# nothing today\n"}, "has 0 entries"),
            ("much less", {"body": "203.0.113.1\n"}, "has 1 entries where it had 101"),
            ("a web page", {"body": "<!DOCTYPE html>\n<html>" + MANY, "headers": {"Content-Type": "text/html"}}, "is a web page"),
            ("no list", {"body": MANY + "".join(f"word {number}\n" for number in range(200))}, "200 lines that can't be used"),
            ("truncated", {"how": "truncated", "body": MANY * 100}, "00 bytes "),  # "remaining" or "missing", by libcurl's version
            ("without an end", {"how": "huge"}, "more than 67108864 bytes"),
            ("a packed bomb", {"how": "gzip", "body": MANY, "times": 60_000}, "more than 67108864 bytes"),
            ("redirects without an end", {"how": "loop"}, "redirects"),
            ("a redirect to a file", {"how": "to", "location": "file:///etc/passwd"}, "rotocol")):
        served.say(**script)
        error = becomes(lambda: says in row(sensor).get("error", ""), True)
        yield f"{what}: {row(sensor).get('error')}", error, True
        yield f"{what}: the last good one stays", (answers(hosts.sender), row(sensor)["networks"]), (False, 101)
    served.say(body=SENDER + "\n" + MANY)
    yield "good again", becomes(lambda: "error" in row(sensor), False), False


def redirected(hosts, sensor, served):
    served.say(how="to", location=f"http://{SERVER}:{PORT + 1}/there")
    there = Served(tempfile.mkdtemp(dir=served.folder), hosts.sender, PORT + 1)
    there.say(body=OTHER + "\n" + MANY)
    yield "to where it is", becomes(lambda: answers(hosts.sender, OTHER), False), False
    there.stop()


def held_up(hosts, sensor, served):
    """A server that hangs holds up neither the API nor whom a file's feed must let in."""
    served.say(how="hang")
    asked = len(served.asked())
    becomes(lambda: len(served.asked()) > asked, True)
    begun = time.monotonic()
    row(sensor)
    yield "the API answers", time.monotonic() - begun < 10, True
    begun = time.monotonic()
    sensor.process.terminate()
    sensor.process.wait(timeout=60)
    yield "and a stop doesn't wait for it", time.monotonic() - begun < 20, True


def beside(hosts, programs, mode, folder, served):
    """A server that hangs holds up no other feed."""
    served.say(how="hang")
    asked = len(served.asked())
    other = Served(tempfile.mkdtemp(dir=folder), hosts.sender, PORT + 1)
    other.say(body=SENDER + "\n" + MANY)
    with Sensor(hosts.sensed, programs, mode, "--feed", f"hanging={served.url},every=1s", "--feed", f"test={other.url},every=1s"):
        yield "one hangs", becomes(lambda: len(served.asked()) > asked, True), True
        yield "the other blocks", becomes(lambda: answers(hosts.sender), False), False
        other.say(body=OTHER + "\n" + MANY)
        yield "and goes on", becomes(lambda: (answers(hosts.sender), answers(hosts.sender, OTHER)), (True, False)), (True, False)
    other.stop()


def away(hosts, programs, mode, served, state):
    """The server is away when the sensor starts."""
    option = ("--feed", f"test={served.url},every=1s", "--state", state)
    served.say(how="conditional", body=SENDER + "\n" + MANY, headers={"ETag": '"9"'})
    with Sensor(hosts.sensed, programs, mode, *option) as sensor:
        yield "blocked", becomes(lambda: answers(hosts.sender), False), False
    yield "a clean stop lets pass", answers(hosts.sender), True
    served.stop()
    with Sensor(hosts.sensed, programs, mode, *option) as sensor:
        yield "what was kept holds from the start", answers(hosts.sender), False
        yield "no answer came", becomes(lambda: "connect" in row(sensor).get("error", ""), True), True
        yield "when it was good", row(sensor)["last_success_ns"] < row(sensor)["last_try_ns"], True
        served.start()
        yield "it is asked by what was kept", becomes(lambda: row(sensor).get("http_status"), 304), 304
        yield "and all is well", "error" in row(sensor), False
    with open(os.path.join(state, "feeds", "test.feed"), "w", encoding="utf-8") as kept:
        kept.write("nonsense")
    served.stop()
    with Sensor(hosts.sensed, programs, mode, *option) as sensor:
        yield "what isn't ours is left alone", (row(sensor)["networks"], answers(hosts.sender)), (0, True)
    served.start()


def over_tls(hosts, programs, mode, folder):
    """A certificate that nobody vouches for is refused; one by an authority that the host trusts is taken."""
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                    "-subj", "/CN=feeds", "-addext", f"subjectAltName=IP:{SERVER}"], check=True, capture_output=True)
    served = Served(tempfile.mkdtemp(dir=folder), hosts.sender, 8443, certificate, key)
    served.say(body=SENDER + "\n" + MANY)
    option = ("--feed", f"test={served.url},every=1s")
    with Sensor(hosts.sensed, programs, mode, *option) as sensor:
        yield "not vouched for", becomes(lambda: "certificate" in row(sensor).get("error", ""), True), True
        yield "nobody is blocked", answers(hosts.sender), True
    trusting = SameMounts(hosts.sensed.name)
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    trusting.command = lambda *command: SameMounts.command(
        trusting, "unshare", "-m", "sh", "-c", f'mount --bind {certificate} {bundle} && exec "$@"', "sh", *command)
    with Sensor(trusting, programs, mode, *option) as sensor:
        yield "vouched for", becomes(lambda: answers(hosts.sender), False), False
        served.say(how="to", location=f"http://{SERVER}:{PORT}/")
        yield "never on to http", becomes(lambda: "rotocol" in row(sensor).get("error", ""), True), True
    served.stop()


def unused(hosts, programs, mode):
    """Without a URL there is no socket of the Internet's, and no library for it but where librdkafka brings it (Debian 13's)."""
    linked = "libcurl" in hosts.sensed.run("ldd", os.path.join(programs, "vedetted"))
    with Sensor(hosts.sensed, programs, mode) as sensor:
        with open(f"/proc/{sensor.process.pid}/maps", encoding="utf-8") as maps:
            yield "no libcurl", "libcurl" in maps.read() and not linked, False
        sockets = hosts.sensed.run("ss", "-Hantup")
        yield "no socket", [line for line in sockets.splitlines() if "vedetted" in line], []


def run(programs, mode):
    wrongs = []

    def check(checks, *arguments):
        for what, found, expected in checks(*arguments):
            wrongs.extend(unequal(f"{checks.__name__}: {what}", found, expected))

    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-feeds-") as folder:
        hosts.sensed = SameMounts(hosts.sensed.name)
        for host, addresses in ((hosts.sender, (SENDER, OTHER, SERVER)), (hosts.sensed, (SENSED,))):
            for address in addresses:
                host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        served = Served(folder, hosts.sender)
        served.say(how="conditional", body=SENDER + "\n" + MANY, headers={"ETag": '"1"'})
        with Sensor(hosts.sensed, programs, mode, "--feed", f"test={served.url},every=1s") as sensor:
            for checks in (fetched, wrong, redirected, held_up):
                check(checks, hosts, sensor, served)
        served.stop()
        served.start()
        check(away, hosts, programs, mode, served, os.path.join(folder, "state"))
        check(beside, hosts, programs, mode, folder, served)
        check(over_tls, hosts, programs, mode, folder)
        check(unused, hosts, programs, mode)
    return verdict(wrongs)


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "ping", "openssl", "ss"), run))
