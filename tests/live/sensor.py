"""The sensor under test: starts vedetted on the wire of the sensed host, and asks it by its socket and by the command line."""

import http.client
import json
import os
import socket
import subprocess
import tempfile
import time

from two_hosts import WIRE


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Sensor:
    """with Sensor(hosts.sensed, "…/bin", "tc", "--no-egress") as sensor: attached and listening."""

    def __init__(self, host, programs, mode, *options, log_level="warning", stderr=None):
        self.host = host
        self.stderr = stderr
        self.mode = mode
        self.vedette = os.path.join(programs, "vedette")
        self.folder = tempfile.TemporaryDirectory(prefix="vedette-live-")
        self.socket = os.path.join(self.folder.name, "api.sock")
        self.daemon = [os.path.join(programs, "vedetted"), "-i", WIRE, "--mode", mode, "--socket", self.socket,
                       "--log-level", log_level, *options]

    def __enter__(self):
        self.process = self.host.start(*self.daemon, stderr=self.stderr)
        deadline = time.monotonic() + 60
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError("the sensor did not open its socket")
            time.sleep(0.05)
        return self

    def listens(self):
        """The socket's file is there a moment before anybody may connect."""
        with socket.socket(socket.AF_UNIX) as one:
            return one.connect_ex(self.socket) == 0

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.folder.cleanup()

    def ask(self, what):
        connection = SocketConnection(self.socket)
        connection.request("GET", what)
        answer = connection.getresponse().read()
        connection.close()
        return json.loads(answer)

    def rights(self):
        """The capabilities that any of the daemon's threads may use, as a mask."""
        mask = 0
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{thread}/status", encoding="ascii") as status:
                mask |= next(int(line.split()[1], 16) for line in status if line.startswith("CapPrm:"))
        return mask

    def stats(self):
        return self.ask("/v1/stats")

    def interface(self):
        return next(one for one in self.ask("/v1/interfaces")["interfaces"] if one["name"] == WIRE)

    def tell(self, *command):
        """What `vedette COMMAND --format json` prints, line by line."""
        done = subprocess.run([self.vedette, *command, "--format", "json"], env=dict(os.environ, VEDETTE_SOCKET=self.socket),
                              stdout=subprocess.PIPE, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def settled(self, enough=lambda stats: True):
        """The statistics once they say `enough` and grow no more."""
        deadline = time.monotonic() + 60
        before, now = None, self.stats()
        while before is None or not enough(now) or any(before[way] != now[way] for way in ("in", "out")):
            if time.monotonic() > deadline:
                return now
            time.sleep(0.7)  # longer than the sensor's own sweep of the flow cache
            before, now = now, self.stats()
        return now
