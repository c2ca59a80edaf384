"""The section on packets received live: a sender in one namespace, a receiver in another, all that the packets cost on one CPU.

The sender is the kernel's own (BPF_PROG_TEST_RUN with live frames); it hands a batch to the wire and the receiver's stack takes it
on the same CPU before the next one, so that the time a packet takes is the sender's share, which a receiver that drops everything
shows, and the receiver's.
"""

import json
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "live"))
from sensor import Sensor  # noqa: E402
from two_hosts import TwoHosts, WIRE, needs  # noqa: E402

PACKETS = 1_000_000
FLOWS = 1000
ADDRESS = "10.77.0.2"
PORT = 9
CPU = "0"

# Bound and never read: each packet goes all the way to the socket, whose buffer is full.
SINK = f"import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('{ADDRESS}', {PORT})); time.sleep(3600)"


class Receiver:
    """What meets the packets at the sensed host, while entered."""

    def __init__(self, hosts, programs, binaries, name):
        self.hosts, self.programs, self.binaries, self.name = hosts, programs, binaries, name
        self.sensor = None

    def __enter__(self):
        if self.name.startswith("vedetted"):
            self.sensor = Sensor(self.hosts.sensed, self.binaries, "xdp-native")
            self.sensor.__enter__()
        elif self.name != "no program":
            self.hosts.sensed.ip("link", "set", WIRE, "xdpdrv", "object", os.path.join(self.programs, "bpf", "pass_counted.bpf.o"),
                                 "program", self.name)
        return self

    def __exit__(self, *_):
        if self.sensor:
            self.sensor.__exit__()
        elif self.name != "no program":
            self.hosts.sensed.ip("link", "set", WIRE, "xdpdrv", "off")


def nanoseconds(hosts, send_frames):
    """For one packet, of PACKETS; each of them must have come in."""
    before = hosts.sensed.interface_counters()["rx"]["packets"]
    told = json.loads(hosts.sender.run("taskset", "-c", CPU, "chrt", "-f", "10", send_frames, WIRE, hosts.sensed.mac(), str(PACKETS),
                                       str(FLOWS), "valid"))
    came = hosts.sensed.interface_counters()["rx"]["packets"] - before
    if came < PACKETS:
        raise RuntimeError(f"{came} of {PACKETS} packets came in")
    return told["ns"] / told["packets"]


def measure(programs, binaries, send_frames, rounds):
    """ns a packet by receiver."""
    names = ["drop_counted", "pass_counted", "vedetted"]
    figures = {name: [] for name in names}
    with TwoHosts() as hosts:
        hosts.sensed.ip("addr", "add", f"{ADDRESS}/24", "dev", WIRE)
        hosts.sensed.start(sys.executable, "-c", SINK)
        for _ in range(rounds):
            for name in names:
                with Receiver(hosts, programs, binaries, name):
                    nanoseconds(hosts, send_frames)
                    figures[name].append(nanoseconds(hosts, send_frames))
    return figures


def live_section(programs, binaries, send_frames, rounds):
    if missing := needs(binaries, "taskset", "chrt"):
        return f"## Live\n\nNot measured: needs {missing}\n"
    try:
        figures = measure(programs, binaries, send_frames, rounds)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        return f"## Live\n\nNot measured: {error}\n"
    medians = {name: statistics.median(each) for name, each in figures.items()}
    sender, bare, ours = medians["drop_counted"], medians["pass_counted"], medians["vedetted"]
    lines = ["## Live", "",
             f"UDP packets of {FLOWS:,} flows over a veth pair to a bound socket that nobody reads, native XDP, sender and receiver on one "
             f"CPU; {PACKETS:,} packets a run, medians of {rounds} (quartiles). `pass_counted` and `drop_counted` are what `xdp-bench pass` "
             "and `drop` run. `vedetted` has everything on: XDP and tc programs, TCP health, owners, and the reason of each packet that "
             "the stack drops, which here is every one.", "",
             "| receiver | ns a packet, sender and all | without the sender's | received, Mpps of one CPU |", "|---|---:|---:|---:|"]
    for name, each in figures.items():
        ordered = sorted(each)
        spread = f"{medians[name]:.0f} ({ordered[len(ordered) // 4]:.0f}–{ordered[3 * len(ordered) // 4]:.0f})"
        if name == "drop_counted":
            lines.append(f"| {name} | {spread} | | |")
        else:
            lines.append(f"| {name} | {spread} | {medians[name] - sender:.0f} | {1e3 / (medians[name] - sender):.2f} |")
    ratio = (bare - sender) / (ours - sender)
    lines += ["", "| target | found | |", "|---|---:|---|",
              f"| ≥ 0.8× the packets a second of `xdp-bench pass`, the sender's share taken off both | {ratio:.2f}× | "
              f"{'met' if ratio >= 0.8 else '**missed**'} |"]
    return "\n".join(lines) + "\n"
