"""Two hosts for a test: network namespaces of its own, joined by a veth pair, the wire.

Packets go from the sender to the sensed host, where a sensor may sit on the wire. Nothing of the machine's own network is
touched; the namespaces and all that runs in them are gone at the end, also where the test failed.
"""

import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import time

WIRE = "wire"
WIRE_INDEX = 100  # in both hosts; wire_ports.bpf.c sends packets there


class Host:
    """One namespace and what was started in it."""

    def __init__(self, name):
        self.name = name
        self.started = []

    def command(self, *command):
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command, check=True):
        """Waits for the command and gives its standard output."""
        done = subprocess.run(self.command(*command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self, *command, **options):
        """In the background, ended with the hosts at the latest."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
        process = subprocess.Popen(self.command(*command), **options)
        self.started.append(process)
        return process

    def converse(self, script):
        """Starts a Python script that answers each line by one; say(line) gives the answer."""
        process = self.start(sys.executable, "-c", script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def say(line):
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
            return process.stdout.readline().strip()
        return say

    def ip(self, *command):
        return self.run("ip", *command)

    def mac(self, interface=WIRE):
        return json.loads(self.run("ip", "-j", "link", "show", interface))[0]["address"]

    def interface_counters(self, interface=WIRE):
        """The kernel's own of an interface: {"rx": {"packets": …}, "tx": {…}}."""
        return json.loads(self.run("ip", "-s", "-s", "-j", "link", "show", interface))[0]["stats64"]

    def driver_counters(self, interface=WIRE):
        """What ethtool -S says, by name."""
        lines = (line.rpartition(":") for line in self.run("ethtool", "-S", interface).splitlines()[1:])
        return {name.strip(): int(value) for name, _, value in lines}

    def protocol_counter(self, group, name):
        """Of /proc/net/snmp: "Tcp", "InSegs"."""
        names, values = (line.split()[1:] for line in self.run("cat", "/proc/net/snmp").splitlines()
                         if line.startswith(group + ":"))
        return int(values[names.index(name)])

    def offload(self, **features):
        """ethtool's features of the wire by their short names; tso="off"."""
        self.run("ethtool", "-K", WIRE, *(word for pair in features.items() for word in pair))

    def wait_for_port(self, port):
        """Until some process listens on the TCP port."""
        deadline = time.monotonic() + 30
        while not self.run("ss", "-Hntl", f"sport = :{port}"):
            if time.monotonic() > deadline:
                raise RuntimeError(f"nothing listens on port {port}")
            time.sleep(0.02)

    def silence(self):
        """From now on the host sends nothing of its own accord: it has no addresses any more."""
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        for interface in json.loads(self.run("ip", "-j", "link", "show")):
            self.ip("-4", "addr", "flush", "dev", interface["ifname"])
        self.ip("neigh", "flush", "all")

    def stop(self):
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.started:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class TwoHosts:
    """with TwoHosts() as hosts: hosts.sender, hosts.sensed; the wire is up, without addresses, and quiet."""

    def __init__(self):
        self.sender = Host(f"vedette-sender-{os.getpid()}")
        self.sensed = Host(f"vedette-sensed-{os.getpid()}")

    def __enter__(self):
        # So that whoever is told to end takes the namespaces along.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            for host in (self.sender, self.sensed):
                subprocess.run(["ip", "netns", "add", host.name], check=True)
                host.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
            self.sender.ip("link", "add", WIRE, "index", str(WIRE_INDEX), "type", "veth", "peer", "name", WIRE, "index",
                           str(WIRE_INDEX), "netns", self.sensed.name)
            for host in (self.sender, self.sensed):
                host.ip("link", "set", "lo", "up")
                host.ip("link", "set", WIRE, "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for host in (self.sender, self.sensed):
            host.stop()
        for host in (self.sender, self.sensed):
            pids = subprocess.run(["ip", "netns", "pids", host.name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  text=True, check=False).stdout
            for pid in pids.split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            subprocess.run(["ip", "netns", "del", host.name], stderr=subprocess.DEVNULL, check=False)


def needs(folder, *programs):
    """What of a live test's needs is missing, as text; empty where nothing is. `folder`: the built programs'."""
    missing = [program for program in ("ip", *programs) if shutil.which(program) is None]
    if missing:
        return "the programs " + ", ".join(missing)
    machine = subprocess.run([os.path.join(folder, "..", "tests", "what_this_machine_has")], stdout=subprocess.PIPE, text=True,
                             check=False)
    return "" if machine.returncode == 0 else "; ".join(line for line in machine.stdout.splitlines() if not line.endswith(" yes"))


def main(usage, needed, run):
    """The exit status of a test: run(*arguments), of which the first is the built programs' folder."""
    try:
        inspect.signature(run).bind(*sys.argv[1:])
    except TypeError:
        print(usage)
        return 2
    lacking = needs(sys.argv[1], *needed)
    if lacking:
        print(f"needs {lacking}")
        return 77
    return run(*sys.argv[1:])
