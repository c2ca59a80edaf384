"""The section on what is said of attacks, and when, beside fastnetmon: both look at the same wire at the same time.

fastnetmon (Debian's, by AF_PACKET, its own thresholds) says that a host is attacked and by which protocol; vedetted says what the attack
is. Legitimate traffic is among the rows: saying anything of it is wrong.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "live"))
from sensor import Sensor  # noqa: E402
from two_hosts import TwoHosts, WIRE, needs  # noqa: E402

SENDER, SENSED = "10.77.0.1", "10.77.0.2"
LASTS_S, QUIET_S = 6, 3
HPING = ("timeout", str(LASTS_S), "hping3", "-q", "--flood")
# (what, what it is, command)
TRAFFIC = (
    ("iperf3, one TCP connection", "legitimate", ("iperf3", "-c", SENSED, "-t", str(LASTS_S))),
    ("hping3, SYNs from random sources", "syn_flood", (*HPING, "-S", "-p", "80", "--rand-source", SENSED)),
    ("hping3, UDP to port 9", "udp_flood", (*HPING, "--udp", "-p", "9", SENSED)),
    ("hping3, echo requests", "icmp_flood", (*HPING, "--icmp", SENSED)),
    ("nmap, SYN scan of 1,000 ports", "port_scan", ("nmap", "-n", "-Pn", "-sS", "--max-retries", "1", SENSED)),
)
SETTINGS = """logging_level = info
disable_usage_report = on
enable_ban = on
process_incoming_traffic = on
process_outgoing_traffic = on
ban_time = 1900
networks_list_path = {folder}/networks
white_list_path = {folder}/whitelist
check_period = 1
ban_for_pps = on
ban_for_bandwidth = on
ban_for_flows = off
threshold_pps = 20000
threshold_mbps = 1000
mirror_afpacket = on
interfaces = {wire}
average_calculation_time = 5
speed_calculation_delay = 1
monitor_local_ip_addresses = on
pid_path = {folder}/pid
cli_stats_file_path = {folder}/stats
cli_stats_ipv6_file_path = {folder}/stats6
enable_api = off
"""


class FastNetMon:
    """Looks at the wire; said() is what it warns of."""

    def __init__(self, host, folder):
        self.log = os.path.join(folder, "log")
        for name, text in (("settings", SETTINGS.format(folder=folder, wire=WIRE)), ("networks", f"{SENSED}/32\n"), ("whitelist", "")):
            with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                file.write(text)
        self.process = host.start("fastnetmon", "--configuration_file", os.path.join(folder, "settings"), "--log_file", self.log,
                                  "--disable_pid_logic")

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return ["attack" for line in file if "We run attack block code" in line or "Attack with direction" in line][:1]


def watch(hosts, sensor, other, command):
    """{who: (first thing said, milliseconds after the traffic began)}"""
    told, begun = {}, time.monotonic()
    traffic = hosts.sender.start(*command)
    while traffic.poll() is None or time.monotonic() - begun < LASTS_S + QUIET_S:
        findings = [finding["kind"] for finding in sensor.ask("/v1/findings")["findings"]]
        for who, said in (("vedetted", findings), ("fastnetmon", other.said())):
            if said and who not in told:
                told[who] = ", ".join(sorted(set(said))), 1e3 * (time.monotonic() - begun)
        time.sleep(0.02)
    return told


def measure(binaries, command):
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-bench-") as folder:
        for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        hosts.sensed.start("iperf3", "-s")
        hosts.sensed.wait_for_port(5201)
        other = FastNetMon(hosts.sensed, folder)
        with Sensor(hosts.sensed, binaries, "xdp-native") as sensor:
            hosts.sender.run("ping", "-c", str(QUIET_S * 5), "-i", "0.2", SENSED)
            return watch(hosts, sensor, other, command)


def detection_section(binaries):
    if missing := needs(binaries, "fastnetmon", "hping3", "nmap", "iperf3", "timeout"):
        return f"## Detection\n\nNot measured: needs {missing}\n"
    lines = ["## Detection", "",
             f"Each kind of traffic for {LASTS_S} s between two namespaces; what was said first, and how long after the sending program was "
             f"started. fastnetmon {shutil.which('fastnetmon') and version()} by AF_PACKET, with its own thresholds.", "",
             "| traffic | is | vedetted says | after ms | fastnetmon says | after ms |", "|---|---|---|---:|---|---:|"]
    for what, kind, command in TRAFFIC:
        told = measure(binaries, command)
        cells = " | ".join(f"{said} | {after:.0f}" if said else "nothing |" for said, after in
                           (told.get(who, ("", 0)) for who in ("vedetted", "fastnetmon")))
        lines.append(f"| {what} | {kind} | {cells} |")
    return "\n".join(lines) + "\n"


def version():
    said = subprocess.run(["fastnetmon", "--version"], capture_output=True, text=True, check=False).stdout.split()
    return said[-1] if said else ""
