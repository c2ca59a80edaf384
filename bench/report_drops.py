"""The section on packets that are dropped for their source, live: sender and receiver on one CPU, as in report_live.py.

Beside a program that drops everything (what `xdp-bench drop` runs) stand a feed of vedetted's, xdp-filter's list and a set of
nftables, each with all the senders' addresses in it, so that each packet is found at a random place of the list and dropped.
"""

import os
import shutil
import subprocess
import sys
import tempfile

from contenders import quartiles, verdict
from report_live import nanoseconds

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "live"))
from same_mounts import SameMounts  # noqa: E402
from sensor import Sensor  # noqa: E402
from two_hosts import TwoHosts, WIRE, needs  # noqa: E402

SPREAD = 2654435761  # of tests/live/bpf/made_frames.bpf.c
FEW, MILLION = 1000, 1 << 20
PACKETS = 2_000_000
TARGET = 0.7


def sources(count):
    """The addresses that so many flows of send_frames come from."""
    for flow in range(count):
        low = flow * SPREAD & 0xffffff
        yield f"10.{low >> 16}.{low >> 8 & 255}.{low & 255}"


class BareDrop:
    name, source = "drop_counted", "pass_counted"

    def __init__(self, hosts, programs, **_):
        self.hosts, self.object = hosts, os.path.join(programs, "bpf", f"{self.source}.bpf.o")

    def __enter__(self):
        self.hosts.sensed.ip("link", "set", WIRE, "xdpdrv", "object", self.object, "program", self.name)

    def __exit__(self, *_):
        self.hosts.sensed.ip("link", "set", WIRE, "xdpdrv", "off")


class OneRead(BareDrop):
    """As fast as any list of a million can be."""
    name, source = "drop_after_one_read", "one_read"


class Vedetted:
    name = "vedetted, a feed"

    def __init__(self, hosts, binaries, folder, count, **_):
        file = os.path.join(folder, "sources.txt")
        with open(file, "w", encoding="ascii") as text:
            text.writelines(f"{source}\n" for source in sources(count))
        self.sensor = Sensor(hosts.sensed, binaries, "xdp-native", "--feed", f"sources={file}")
        self.count = count

    def __enter__(self):
        self.sensor.__enter__()
        if self.sensor.tell("feeds")[0]["networks"] != self.count:
            raise RuntimeError("the feed isn't whole")

    def __exit__(self, *_):
        self.sensor.__exit__()


class XdpFilter:
    name = "xdp-filter"

    def __init__(self, hosts, count, **_):
        self.hosts, self.count = hosts, count

    def __enter__(self):
        self.hosts.sensed.run("xdp-filter", "load", "-m", "native", "-f", "ipv4", WIRE)
        for source in sources(self.count):
            self.hosts.sensed.run("xdp-filter", "ip", "-m", "src", source)

    def __exit__(self, *_):
        self.hosts.sensed.run("xdp-filter", "unload", WIRE)


class NfTables:
    name = "nftables, a set at ingress"

    def __init__(self, hosts, folder, count, **_):
        self.hosts, self.file = hosts, os.path.join(folder, "sources.nft")
        with open(self.file, "w", encoding="ascii") as text:
            text.write("table netdev bench {\nset sources { type ipv4_addr; elements = {" + ",".join(sources(count)) + "} }\n"
                       f'chain in {{\ntype filter hook ingress device "{WIRE}" priority 0\nip saddr @sources drop\n}}\n}}\n')

    def __enter__(self):
        self.hosts.sensed.offload(gro="on")  # a veth device without an XDP program takes live frames so alone
        self.hosts.sensed.run("nft", "-f", self.file)

    def __exit__(self, *_):
        self.hosts.sensed.run("nft", "delete", "table", "netdev", "bench")
        self.hosts.sensed.offload(gro="off")


CONTENDERS = {FEW: (BareDrop, Vedetted, XdpFilter, NfTables), MILLION: (BareDrop, OneRead, Vedetted, NfTables)}
TOOLS = {XdpFilter: "xdp-filter", NfTables: "nft"}


def measure(programs, binaries, send_frames, rounds, count):
    """(ns a packet by contender, why others weren't measured)."""
    figures, lacking = {}, {}
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-bench-") as folder:
        hosts.sensed = SameMounts(hosts.sensed.name)  # xdp-filter pins its maps
        hosts.sensed.ip("addr", "add", "10.77.0.2/24", "dev", WIRE)
        for _ in range(rounds):
            for contender in CONTENDERS[count]:
                if contender in TOOLS and shutil.which(TOOLS[contender]) is None:
                    lacking[contender.name] = f"no {TOOLS[contender]} here"
                if contender.name in lacking:
                    continue
                try:
                    with contender(hosts=hosts, programs=programs, binaries=binaries, folder=folder, count=count):
                        nanoseconds(hosts, send_frames, PACKETS, count)
                        figures.setdefault(contender.name, []).append(nanoseconds(hosts, send_frames, PACKETS, count))
                except (RuntimeError, subprocess.SubprocessError) as error:
                    lacking[contender.name] = str(error).splitlines()[0]
    return figures, lacking


def drops_section(programs, binaries, send_frames, rounds):
    if missing := needs(binaries, "taskset", "chrt", "ethtool", "nsenter"):
        return f"## Drops\n\nNot measured: needs {missing}\n"
    lines = ["## Drops", "",
             f"UDP packets whose sources are all in the list, each flow a source, {PACKETS:,} a run, over a veth pair, sender and receiver on one "
             f"CPU; medians of {rounds} (quartiles). `drop_counted` is what `xdp-bench drop` runs; `drop_after_one_read` reads 32 bytes of 1.76 MB, "
             f"which any list of so many addresses needs that never errs, and does nothing else. The sender's share is in every figure.", "",
             "| sources | receiver | ns a packet, sender and all | packets a second, of drop_counted's |", "|---:|---|---:|---:|"]
    targets = []
    for count in CONTENDERS:
        figures, lacking = measure(programs, binaries, send_frames, rounds, count)
        middles = {name: quartiles(each) for name, each in figures.items()}
        for name, (middle, low, high) in middles.items():
            ratio = middles[BareDrop.name][0] / middle
            lines.append(f"| {count} | {name} | {middle:.0f} ({low:.0f}–{high:.0f}) | {ratio:.2f}× |")
            if name == Vedetted.name:
                targets.append(f"| {count} sources in a feed: ≥ {TARGET}× the packets a second of `xdp-bench drop` | {ratio:.2f}× | "
                               f"{verdict(ratio >= TARGET)} |")
        lines += [f"| {count} | {name} | not measured: {why} | |" for name, why in lacking.items()]
    return "\n".join([*lines, "", "| target | found | |", "|---|---:|---|", *targets]) + "\n"
