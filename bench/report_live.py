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
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "live"))
from sensor import Sensor  # noqa: E402
from two_hosts import TwoHosts, WIRE, needs  # noqa: E402

FLOWS = 1000
ADDRESS = "10.77.0.2"
PORT = 9
SENDERS_CPU, READERS_CPU = "0", "1"

# A run's beginning and end take some 20 ms, the same for each receiver but not to the millisecond: the more packets
# the better, as far as they find room.
PACKETS_READ, PACKETS_DROPPED = 500_000, 2_000_000

# Room for all packets of a run, and a reader on the other CPU: nothing is dropped.
READ = f"""import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 33, 2**30 - 1)  # SO_RCVBUFFORCE
s.bind(("{ADDRESS}", {PORT}))
packet = bytearray(2048)
while True: s.recv_into(packet)
"""
# Never read: each packet goes all the way to the socket, whose buffer is full, and is dropped there.
FULL = f"""import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("{ADDRESS}", {PORT}))
time.sleep(3600)
"""


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


def nanoseconds(hosts, send_frames, packets, flows=FLOWS):
    """For one packet, of so many in so many flows; each of them must have come in."""
    before = hosts.sensed.interface_counters()["rx"]["packets"]
    told = json.loads(hosts.sender.run("taskset", "-c", SENDERS_CPU, "chrt", "-f", "10", send_frames, WIRE, hosts.sensed.mac(), str(packets),
                                       str(flows), "valid"))
    came = hosts.sensed.interface_counters()["rx"]["packets"] - before
    if came < packets:
        raise RuntimeError(f"{came} of {packets} packets came in")
    return told["ns"] / told["packets"]


def wait_for_reader(hosts):
    """Until what the socket holds has been read."""
    deadline = time.monotonic() + 30
    while any(int(line.split()[1]) for line in hosts.sensed.run("ss", "-Hnul", f"sport = :{PORT}").splitlines()):
        if time.monotonic() > deadline:
            return
        time.sleep(0.1)


NAMES = ("drop_counted", "pass_counted", "vedetted")


def measure(programs, binaries, send_frames, rounds, sink):
    """ns a packet by receiver."""
    packets = PACKETS_READ if sink is READ else PACKETS_DROPPED
    figures = {name: [] for name in NAMES}
    with TwoHosts() as hosts:
        hosts.sensed.ip("addr", "add", f"{ADDRESS}/24", "dev", WIRE)
        hosts.sensed.start("taskset", "-c", READERS_CPU, sys.executable, "-c", sink)
        time.sleep(1)
        for _ in range(rounds):
            for name in NAMES:
                with Receiver(hosts, programs, binaries, name):
                    nanoseconds(hosts, send_frames, packets)
                    if sink is READ:
                        wait_for_reader(hosts)
                    figures[name].append(nanoseconds(hosts, send_frames, packets))
                    if sink is READ:
                        wait_for_reader(hosts)
    return figures


def without_sender(figures):
    """(receiver, median, lower and upper quartile, median without the sender's share), of those that pass packets."""
    sender = statistics.median(figures["drop_counted"])
    for name in NAMES[1:]:
        ordered = sorted(figures[name])
        median = statistics.median(ordered)
        yield name, median, ordered[len(ordered) // 4], ordered[3 * len(ordered) // 4], median - sender


def live_section(programs, binaries, send_frames, rounds):
    if missing := needs(binaries, "taskset", "chrt", "ss"):
        return f"## Live\n\nNot measured: needs {missing}\n"
    try:
        read = measure(programs, binaries, send_frames, rounds, READ)
        full = measure(programs, binaries, send_frames, rounds, FULL)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        return f"## Live\n\nNot measured: {error}\n"
    lines = ["## Live", "",
             f"UDP packets of {FLOWS:,} flows over a veth pair to a socket, native XDP, sender and receiver on one CPU, the socket's reader "
             f"on the other; {PACKETS_READ:,} packets a run ({PACKETS_DROPPED:,} where they are dropped), medians of {rounds} (quartiles). "
             "`pass_counted` is what `xdp-bench pass` runs; the "
             "sender's share is what a receiver takes that drops everything in XDP. `vedetted` has everything on: XDP and tc programs, TCP "
             "health, owners, and the reason of each packet that the stack drops.", "",
             "| packets are | receiver | ns a packet, sender and all | without the sender's | received, Mpps of one CPU |", "|---|---|---:|---:|---:|"]
    ratios = []
    for what, figures in (("read from the socket", read), ("dropped at a full socket, each with its reason", full)):
        rows = list(without_sender(figures))
        lines += [f"| {what} | {name} | {median:.0f} ({low:.0f}–{high:.0f}) | {alone:.0f} | {1e3 / alone:.2f} |"
                  for name, median, low, high, alone in rows]
        ratios.append(rows[0][4] / rows[1][4])
    lines += ["", "| target | found | |", "|---|---:|---|",
              "| ≥ 0.8× the packets a second of `xdp-bench pass`, the sender's share taken off both, packets read | "
              f"{ratios[0]:.2f}× | {'met' if ratios[0] >= 0.8 else '**missed**'} |",
              f"| the same where every packet is dropped by the stack | {ratios[1]:.2f}× | {'met' if ratios[1] >= 0.8 else '**missed**'} |"]
    return "\n".join(lines) + "\n"
