"""Real programs that talk over every network of the wire, in both directions, in bounded amounts."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from wire_ports import NETWORKS

HERE = os.path.dirname(os.path.abspath(__file__))
SERVICES = os.path.join(HERE, "..", "..", "scripts", "demo", "services.py")
RAW_PACKETS = os.path.join(HERE, "raw_packets.py")

PROGRAMS = ("iperf3", "nc", "curl", "dig", "ping", "hping3", "tshark", "tc", "ethtool", "ss", "sysctl")
HTTP, SSH, SINK, SINK_IPV6, CLOSED, FIRST_IPERF = 80, 22, 7000, 7001, 8111, 5201
BULK_TRIES = 10


def start_services(hosts):
    hosts.sensed.start(sys.executable, SERVICES)
    hosts.sensed.start("nc", "-lku", str(SINK))
    hosts.sensed.start("nc", "-6", "-lku", str(SINK_IPV6))
    for number in range(len(NETWORKS)):
        hosts.sensed.start("iperf3", "-s", "-p", str(FIRST_IPERF + number))
        hosts.sensed.wait_for_port(FIRST_IPERF + number)
    hosts.sensed.wait_for_port(HTTP)
    hosts.sensed.wait_for_port(SSH)


def through_shell(host, line):
    host.run("sh", "-c", line, check=False)


def bulk(host, address, port, kilobytes, *options):
    """A transfer that must come to its end. At its pace it takes nearly a second: only then do iperf3 3.16 and later look at how
    much they sent. The server refuses or resets it while it still ends the one before."""
    pace = kilobytes * 1024 * 8 * 100 // 97  # bits a second
    for left in reversed(range(BULK_TRIES)):
        try:
            return host.run("iperf3", "-c", address, "-p", str(port), "-n", f"{kilobytes}K", "-b", str(pace), *options)
        except RuntimeError as error:
            if left == 0 or not any(why in str(error) for why in ("busy", "reset by peer")):
                raise
            time.sleep(0.2)


def talk(hosts, address, port):
    """All programs with one address of the sensed host. That some are refused is part of it."""
    sender, bracketed = hosts.sender, f"[{address}]" if ":" in address else address
    sender.run("ping", "-n", "-q", "-c", "5", "-i", "0.02", address)
    sender.run("ping", "-n", "-q", "-c", "3", "-i", "0.02", "-s", "3000", address)
    sender.run("curl", "-s", "-m", "20", "-o", "/dev/null", f"http://{bracketed}/")
    sender.run("dig", "+tries=3", "+time=5", f"@{address}", "www.demo.example")
    through_shell(sender, f"nc -w 5 {address} {SSH} </dev/null")
    through_shell(sender, f"nc -z -w 5 {address} {CLOSED}")
    sink = SINK_IPV6 if ":" in address else SINK
    for size, to in ((700, sink), (4000, sink), (300, CLOSED)):
        through_shell(sender, f"head -c {size} /dev/zero | nc -u -q 0 {address} {to}")
    bulk(sender, address, port, 1024)
    bulk(sender, address, port, 1024, "-R")
    bulk(sender, address, port, 300, "-u", "-l", "1100")
    bulk(sender, address, port, 200, "-u", "-l", "3800")


def forge(hosts, address):
    """hping3, which speaks IPv4 alone: SYNs, datagrams, echoes, and SYNs cut into fragments of 16 bytes."""
    for options in (("-S", "-p", str(HTTP)), ("-S", "-p", str(CLOSED)), ("-2", "-p", str(CLOSED), "-d", "50"), ("-1", "-d", "70"),
                    ("-S", "-f", "-p", str(HTTP), "-d", "60")):
        hosts.sender.run("hping3", "-q", "-n", "-c", "10", "-i", "u2000", *options, address, check=False)


def visit(hosts, network, port):
    ours, theirs = network.addresses(1), network.addresses(2)
    for mine, address in zip(ours, theirs):
        talk(hosts, address, port)
        hosts.sender.run(sys.executable, RAW_PACKETS, mine, address, "20")
        hosts.sensed.run(sys.executable, RAW_PACKETS, address, mine, "10")
    forge(hosts, theirs[0])


def visit_all(hosts):
    with ThreadPoolExecutor(len(NETWORKS)) as pool:
        visits = [pool.submit(visit, hosts, network, FIRST_IPERF + number) for number, network in enumerate(NETWORKS)]
    for one in visits:
        one.result()
