#!/usr/bin/env python3
"""Feeds on real packets: what a file says decides on the next packets, a broken or emptied file changes nothing, whoever works on
the host isn't cut off, and all of it holds when the sensor was killed.

feeds.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import os
import sys
import tempfile
import time

from blocks import OTHER, SENDER, SENSED, WIRE, Lists, answers
from comparison import Checks
from same_mounts import SameMounts
from sensor import Sensor
from two_hosts import TwoHosts, main

PATIENCE_S = 20  # a look each second, on a loaded machine


class Feed:
    """A file that a sensor reads each second."""

    def __init__(self, folder, name):
        self.name, self.file = name, os.path.join(folder, f"{name}.txt")

    def write(self, *lines):
        with open(f"{self.file}.new", "w", encoding="utf-8") as text:
            text.writelines(f"{line}\n" for line in lines)
        os.rename(f"{self.file}.new", self.file)

    def option(self, *more):
        return "--feed", ",".join((f"{self.name}={self.file}", "every=1s", *more))

    def row(self, sensor):
        return next(row for row in sensor.tell("feeds") if row["name"] == self.name)


def becomes(ask, wanted):
    deadline = time.monotonic() + PATIENCE_S
    while ask() != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    return ask()


def followed(hosts, sensor, feed):
    yield "blocked from the start", (answers(hosts.sender), answers(hosts.sender, OTHER)), (False, True)
    rows = sensor.tell("blocks", SENDER)
    yield "which entry, whose, why", [(row["kind"], row["prefix"], row["feeds"], row["reason"], row["packets"]) for row in rows], \
        [("feed", SENDER, ["test"], "SBL1", 1)]
    feed.write(f"{OTHER} ; SBL2", "no address", "198.51.100.0/24")
    yield "the other now", becomes(lambda: (answers(hosts.sender), answers(hosts.sender, OTHER)), (True, False)), (True, False)
    row = feed.row(sensor)
    yield "a bad line is told", (row["networks"], row["bad"], row["bad_lines"][0].startswith("line 2: ")), (2, 1, True)
    yield "all that feeds block", [row["prefix"] for row in sensor.tell("blocks", "--feeds")], [OTHER, "198.51.100.0/24"]
    lists = Lists(sensor)
    yield "allow", lists("allow", OTHER), (0, "")
    yield "allowed, although in a feed", answers(hosts.sender, OTHER), True
    yield "allow no more", lists("allow", OTHER, "--remove"), (0, "")
    yield "blocked again", answers(hosts.sender, OTHER), False


def broken(hosts, sensor, feed):
    for what, change in (("empty", lambda: feed.write("# nothing")), ("gone", lambda: os.unlink(feed.file)),
                         ("much smaller", lambda: feed.write("203.0.113.7"))):
        if what == "much smaller":
            feed.write(OTHER, *(f"203.0.113.{host}" for host in range(10)))
            yield "larger", becomes(lambda: feed.row(sensor)["networks"], 11), 11
        change()
        yield what, becomes(lambda: "error" in feed.row(sensor), True), True
        yield f"{what}: the last good one stays", answers(hosts.sender, OTHER), False


def untouchable(hosts, sensor, feed):
    feed.write("10.88.0.0/24", "0.0.0.0/0", f"{SENSED}", *(f"203.0.113.{host}" for host in range(20)))
    yield "left out", becomes(lambda: feed.row(sensor)["skipped"], 3), 3
    yield "with the reason", "own address" in feed.row(sensor)["skips"][0], True
    yield "nobody is cut off", (answers(hosts.sender), answers(hosts.sender, OTHER)), (True, True)
    feed.write(SENDER, *(f"203.0.113.{host}" for host in range(20)))
    yield "blocked", becomes(lambda: answers(hosts.sender), False), False


def killed(hosts, programs, mode, feed):
    feed.write(SENDER, OTHER)
    with Sensor(hosts.sensed, programs, mode, *feed.option()) as sensor:
        yield "blocked", (answers(hosts.sender), answers(hosts.sender, OTHER)), (False, False)
        sensor.process.kill()
        sensor.process.wait()
        yield "while nobody runs", (answers(hosts.sender), answers(hosts.sender, OTHER)), (False, False)
    feed.write("# nothing")
    with Sensor(hosts.sensed, programs, mode, *feed.option()) as sensor:
        yield "by a successor whose feed is empty", (answers(hosts.sender), answers(hosts.sender, OTHER)), (False, False)
        yield "with their hits", [row["packets"] for row in sensor.tell("blocks", "--feeds")], [3, 3]
        sensor.process.kill()
        sensor.process.wait()
    with Sensor(hosts.sensed, programs, mode):
        yield "a successor without the feed lets them pass", (answers(hosts.sender), answers(hosts.sender, OTHER)), (True, True)


def observed(hosts, programs, mode, feed):
    feed.write(f"{SENDER}")
    with Sensor(hosts.sensed, programs, mode, *feed.option("observe")) as sensor:
        yield "passes", answers(hosts.sender), True
        yield "and is counted", feed.row(sensor)["packets"] >= 1, True


def run(programs, mode):
    check = Checks()
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-feeds-") as folder:
        hosts.sensed = SameMounts(hosts.sensed.name)
        for host, addresses in ((hosts.sender, (SENDER, OTHER)), (hosts.sensed, (SENSED,))):
            for address in addresses:
                host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        feed = Feed(folder, "test")
        feed.write(f"{SENDER} ; SBL1")
        with Sensor(hosts.sensed, programs, mode, *feed.option()) as sensor:
            for checks in (followed, broken, untouchable):
                check(checks.__name__, checks(hosts, sensor, feed))
        check("killed", killed(hosts, programs, mode, feed))
        check("observed", observed(hosts, programs, mode, feed))
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "ping"), run))
