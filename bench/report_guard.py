"""The section on attacks that are answered while legitimate clients go on: what each was found to be, how long after its first packet
the first one was dropped, and what the clients got of what they got before.

Each attack is a real tool's, from an address of its own (or from forged ones) to one of the sensed host's own, under a sensor of its own.
The first packet is the first that leaves the attacker, by tcpdump; the first drop is when the sensor's counters say so, asked every few
milliseconds.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

from contenders import verdict
from legitimate_clients import CLIENT, SERVED, SSH, WEB, Clients, serve

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "live"))
from attacks_told import FTP, FTP_SERVER, REQUESTS, SLOW, join  # noqa: E402
from sensor import Sensor  # noqa: E402
from speakers import programs_of  # noqa: E402
from two_hosts import WIRE, TwoHosts, needs  # noqa: E402

QUIET_S, LASTS_S, LONG_S, AFTER_S = 4, 8, 30, 2
NETWORK = "10.77.2.0/24"  # behind the address that the client uses
KEPT, SOON_MS, AT_ONCE_MS = 0.95, 1000, 100
DROPPED = ("blocked_packets", "rule_dropped_packets", "answered_packets", "refused_packets", "unsolicited_packets")
RATE = "version: 1\nrates: [{name: few-syns, match: {destination: TARGET}, limit: {rate: 100 syns/s, burst: 100, per: source}}]\n"
TOOLS = ("hping3", "nmap", "masscan", "slowhttptest", "hydra", "iodine", "iodined", "iperf3", "curl", "ssh", "tcpdump",
         "timeout")


@dataclass
class Attack:
    what: str
    kinds: tuple      # one of these must be found; none: a rule of the operator's answers it
    command: tuple    # with TARGET, SOURCE, SENT_TO (a MAC) and FOLDER
    limit_ms: float = SOON_MS  # None: what convicts takes longer than that by its nature
    options: tuple = ()        # the sensor's
    lasts_s: int = LASTS_S
    source: str = ""
    target: str = ""


def flood(what, kinds, *options, **more):
    """At the address that the client uses."""
    return Attack(f"hping3, {what}", kinds, ("hping3", "-q", "-i", "u50", *options, "TARGET"), target=SERVED, **more)


def nmap(what, technique):
    return Attack(f"nmap, {what}", ("port_scan",), ("nmap", "-n", "-Pn", technique, "--disable-arp-ping", "--max-rate", "2000",
                                                    "--max-retries", "0", "-p", "1-20000", "TARGET"))


def hydra(what, lasts_s, *options):
    return Attack(f"hydra, {what}", ("brute_force",), ("hydra", "-I", "-t", "8", "-l", "ann", "-P", "FOLDER/words", *options), limit_ms=None,
                  lasts_s=lasts_s)


def attacks():
    forged, from_one = ("--rand-source",), ("-a", "SOURCE")
    syns = ("-S", "-p", str(WEB))
    every = [
        flood("SYNs of forged sources", ("syn_flood",), *syns, *forged),
        flood("the same, by the SYN proxy", ("syn_flood",), *syns, *forged, options=("--syn-proxy", f"{WEB},need")),
        flood("SYNs of one source", ("syn_flood",), *syns, *from_one),
        flood("the same, by a rate rule", (), *syns, *from_one, limit_ms=AT_ONCE_MS, options=("--policy", "FOLDER/rate.yaml")),
        flood("UDP of one source", ("udp_flood",), "--udp", "-p", "9", *from_one),
        flood("UDP of forged sources", ("udp_flood",), "--udp", "-p", "9", "-d", "300", *forged),
        flood("echo requests of one source", ("icmp_flood",), "--icmp", *from_one),
        flood("echo requests of forged sources", ("icmp_flood",), "--icmp", *forged),
        flood("ACKs of forged sources", ("volumetric",), "-A", "-p", str(WEB), *forged),
        flood("fragments of forged sources", ("volumetric",), "--udp", "-x", "-g", "64", "-d", "600", "-p", "9", *forged),
        Attack("hping3, SYNs of forged sources to all of a network", ("syn_flood",),
               ("hping3", "-q", "-i", "u20", *syns, *forged, "--rand-dest", "-I", WIRE, NETWORK.replace("0/24", "x")), target=NETWORK),
        nmap("SYN scan", "-sS"),
        nmap("connect scan", "-sT"),
        nmap("FIN scan", "-sF"),
        Attack("masscan", ("port_scan",), ("masscan", "TARGET", "-p1-20000", "--rate", "2000", "--interface", WIRE, "--adapter-ip", "SOURCE",
                                           "--router-mac", "SENT_TO", "--wait", "0")),
        Attack("requests that are answered, a connection each", ("volumetric",),
               (sys.executable, "-c", REQUESTS, "TARGET", str(WEB), str(LASTS_S)), limit_ms=None),
        Attack("slowhttptest, slow headers", ("slow_attack",), (*SLOW, "-H"), limit_ms=None, lasts_s=LONG_S),
        hydra("SSH", 5 * LONG_S, "-s", str(SSH), "ssh://TARGET"),
        hydra("FTP", LONG_S, f"ftp://TARGET:{FTP}"),
        Attack("iodine, a tunnel through DNS", ("dns_tunnel",), ("iodine", "-f", "-r", "-P", "secret", "TARGET", "tunnel.example"), limit_ms=None,
               lasts_s=LONG_S),
    ]
    for number, attack in enumerate(every, start=1):
        attack.source, attack.target = f"10.77.1.{number}", attack.target or f"10.77.0.{number}"
    return every


class FirstPacket:
    """When the first packet to the target left, by tcpdump's clock."""

    def __init__(self, host, target):
        self.process = host.start("tcpdump", "-i", WIRE, "-Q", "out", "-n", "-tt", "-l", "-c", "1", "--immediate-mode", f"ip dst net {target} and not src host {CLIENT}",
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.process.stderr.readline()  # it listens

    def time(self):
        try:
            return float(self.process.communicate(timeout=5)[0].split()[0])
        except (subprocess.TimeoutExpired, IndexError):
            return None


class FirstDrop(threading.Thread):
    """When the sensor had first dropped more packets than before."""

    def __init__(self, sensor):
        super().__init__(daemon=True)
        self.sensor, self.time, self.over = sensor, None, threading.Event()
        self.before = self.dropped()

    def dropped(self):
        counters = self.sensor.interface()["in"]
        return sum(counters[name] for name in DROPPED)

    def run(self):
        while self.time is None and not self.over.wait(0.004):
            if self.dropped() > self.before:
                self.time = time.time()


@dataclass
class Result:
    found: str            # kinds that were expected and came, with what was done
    first_drop_ms: float  # None: nothing was dropped
    bulk: float           # of the transfer's rate before
    pages: tuple          # (came, asked for)
    lines: tuple
    wronged: str          # what was done to the clients; empty where nothing was


def prepare(hosts, folder, attack):
    for name, text in (("rate.yaml", RATE.replace("TARGET", attack.target)), ("words", "".join(f"guess{number}\n" for number in range(400))),
                       ("vsftpd.conf", FTP_SERVER.format(os.path.join(folder, "empty")))):
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(text)
    os.mkdir(os.path.join(folder, "empty"))
    own = attack.target not in (SERVED, NETWORK)
    join(hosts, [(CLIENT, SERVED), *([(attack.source, attack.target)] if own else [])])
    hosts.sender.ip("route", "add", NETWORK, "via", SERVED)
    hosts.sensed.ip("route", "add", "local", NETWORK, "dev", "lo")
    serve(hosts, folder)
    hosts.sensed.start("vsftpd", os.path.join(folder, "vsftpd.conf"))
    hosts.sensed.start("iodined", "-f", "-c", "-P", "secret", "-l", attack.target if own else SERVED, "10.79.0.1/24", "tunnel.example")
    hosts.sensed.wait_for_port(FTP)


def filled(words, hosts, folder, attack):
    for name, value in (("TARGET", attack.target), ("SOURCE", attack.source), ("SENT_TO", hosts.sensed.mac()), ("FOLDER", folder)):
        words = [word.replace(name, value) for word in words]
    return words


def wronged(sensor, clients):
    """What the sensor did to the legitimate ones, in words."""
    rows = [f"{row['prefix']} is blocked" for row in sensor.tell("blocks") if row["prefix"].split("/")[0] in (CLIENT, SERVED)]
    rows += [f"{one['kind']} by {CLIENT}" for one in sensor.tell("findings") if one.get("src_ip") == CLIENT and one["action"] != "none"]
    return "; ".join(rows if clients.connected() else [*rows, "a connection was lost"])


def attacked(binaries, attack):
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-bench-") as folder:
        prepare(hosts, folder, attack)
        options = filled(attack.options, hosts, folder, attack)
        with Sensor(hosts.sensed, binaries, "xdp-native", "--respond", "enforce", *options) as sensor, Clients(hosts, folder) as clients:
            time.sleep(1)
            quiet, drop = time.monotonic(), FirstDrop(sensor)
            time.sleep(QUIET_S)
            drop.start()
            packet = FirstPacket(hosts.sender, attack.target)
            begun = time.monotonic()
            tool = hosts.sender.start("timeout", str(attack.lasts_s), *filled(attack.command, hosts, folder, attack), cwd=folder)
            time.sleep(attack.lasts_s)
            end = time.monotonic()
            tool.wait()
            time.sleep(AFTER_S)
            drop.over.set()
            first = packet.time()
            told = sorted({f"{one['kind']}, {one['action']}" for one in sensor.tell("findings") if one["kind"] in attack.kinds})
            before = clients.bulk_bits(quiet, begun)
            return Result(found="; ".join(told), first_drop_ms=1e3 * (drop.time - first) if drop.time and first else None,
                          bulk=clients.bulk_bits(begun, end) / before if before else 0.0,
                          pages=clients.came(clients.pages, begun, end + AFTER_S), lines=clients.came(clients.lines, begun, end + AFTER_S),
                          wronged=wronged(sensor, clients))


def guard_section(binaries, speakers):
    os.environ.update(programs_of(speakers))
    if missing := needs(binaries, *TOOLS, "vsftpd", "sshd"):
        return f"## Attacks that are answered\n\nNot measured: needs {missing}\n"
    rows = [(attack, attacked(binaries, attack)) for attack in attacks()]
    lines = ["## Attacks that are answered", "",
             f"Each attack for {LASTS_S} s (what is slow by its nature, for {LONG_S} s and more) between two namespaces, `vedetted --respond enforce` on native XDP, one tool and one sensor at a time. Meanwhile a "
             f"client transfers 100 Mbit/s by iperf3, fetches pages by curl, and has a session by ssh open; what it gets is beside the {QUIET_S} s before. One run "
             "of each.", "",
             "| attack | found, and done | first drop after ms | transfer kept | pages | session's lines | done to the client |",
             "|---|---|---:|---:|---:|---:|---|"]
    for attack, one in rows:
        drop = "–" if one.first_drop_ms is None else f"{one.first_drop_ms:.0f}"
        lines.append(f"| {attack.what} | {one.found or ('' if not attack.kinds else '**not found**')} | {drop} | {one.bulk:.1%} | {one.pages[0]} of {one.pages[1]} "
                     f"| {one.lines[0]} of {one.lines[1]} | {one.wronged or 'nothing'} |")
    return "\n".join([*lines, "", "| target | found | |", "|---|---:|---|", *targets(rows)]) + "\n"


def targets(rows):
    found = [one for attack, one in rows if attack.kinds]
    yield f"| each attack found and named | {sum(bool(one.found) for one in found)} of {len(found)} | {verdict(all(one.found for one in found))} |"
    for limit, what in ((SOON_MS, "floods and scans: first drop"), (AT_ONCE_MS, "a rate rule: first drop")):
        drops = [one.first_drop_ms for attack, one in rows if attack.limit_ms == limit]
        good = None not in drops and max(drops) <= limit
        yield f"| {what} ≤ {limit} ms after the attack's first packet | {'–' if None in drops else f'{max(drops):.0f}'} ms at most | {verdict(good)} |"
    least = min(one.bulk for _, one in rows)
    yield f"| the transfer keeps ≥ {KEPT:.0%} | {least:.1%} at least | {verdict(least >= KEPT)} |"
    lost = sum(asked - came for _, one in rows for came, asked in (one.pages, one.lines))
    yield f"| pages and lines that didn't come | {lost} | {verdict(lost == 0)} |"
    done = sum(bool(one.wronged) for _, one in rows)
    yield f"| attacks by which something was done to the client | {done} | {verdict(done == 0)} |"
