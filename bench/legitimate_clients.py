"""Who uses the sensed host while it is attacked: a bulk transfer, pages and a session, each at a pace of its own, so that what an
attack takes from them shows, and not what they take from each other.

iperf3 sends at a fixed rate over one connection; curl fetches a page some eight times a second, each over a connection of its own; and
ssh holds one connection through which a line is sent, and must come back, some twenty times a second.
"""

import os
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "live"))
from speakers import serve_ssh_sessions  # noqa: E402

CLIENT, SERVED = "10.77.1.200", "10.77.0.200"
BULK, WEB, SSH, ECHO, TUNNEL = 5201, 80, 8022, 7007, 7008
BULK_BITS = 100_000_000  # a second
PATIENCE_S = 2  # for a page, or a line

WEB_SERVER = f"""
import http.server
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "50000")
        self.end_headers()
        self.wfile.write(bytes(50000))
    def log_message(self, *_):
        pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
Server(("0.0.0.0", {WEB}), Page).serve_forever()
"""
ECHO_SERVER = f"""
import socket
server = socket.create_server(("127.0.0.1", {ECHO}))
while True:
    client = server.accept()[0]
    while line := client.recv(4096):
        client.sendall(line)
"""
# Each prints "200" for what came, and something else for what did not.
PAGES = f"""while :; do
    curl -s -m {PATIENCE_S} -o /dev/null -w '%{{http_code}}\\n' http://{SERVED}:{WEB}/ || true; sleep 0.1; done"""
LINES = f"""
import socket, time
session = socket.create_connection(("127.0.0.1", {TUNNEL}))
session.settimeout({PATIENCE_S})
while True:
    try:
        session.sendall(b"line")
        print(200 if session.recv(16) == b"line" else 0, flush=True)
    except OSError:
        print(0, flush=True)
    time.sleep(0.05)
"""


class Lines:
    """What a program prints, each line with the time at which it came."""

    def __init__(self, process):
        self.process, self.came = process, []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.came.append((time.monotonic(), line))

    def between(self, begin, end):
        return [line for when, line in self.came if begin <= when < end]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.reader.join()


def serve(hosts, folder):
    """The servers of all three. sshd is found where speakers.programs_of() says."""
    os.chmod(folder, 0o755)
    for script in (WEB_SERVER, ECHO_SERVER):
        hosts.sensed.start(sys.executable, "-c", script)
    hosts.sensed.start("iperf3", "-s", "-p", str(BULK))
    serve_ssh_sessions(hosts.sensed, folder, SSH)
    for port in (WEB, BULK, SSH):
        hosts.sensed.wait_for_port(port)


class Clients:
    """with Clients(hosts, folder) as clients: all three are at it."""

    def __init__(self, hosts, folder):
        self.host, self.folder, self.running = hosts.sender, folder, []

    def __enter__(self):
        self.session = self.host.start(
            "ssh", "-N", "-L", f"{TUNNEL}:127.0.0.1:{ECHO}", "-i", f"{self.folder}/key", "-o", "BatchMode=yes", "-o",
            "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ExitOnForwardFailure=yes", "-p", str(SSH), f"guest@{SERVED}")
        self.host.wait_for_port(TUNNEL)
        self.bulk, self.pages, self.lines = self.running = [
            Lines(self.host.start(*command, stdout=subprocess.PIPE, text=True)) for command in (
                ("iperf3", "-c", SERVED, "-p", str(BULK), "-b", str(BULK_BITS), "-t", "600", "-i", "0.5", "-f", "k", "--forceflush"),
                ("sh", "-c", PAGES), (sys.executable, "-c", LINES))]
        return self

    def __exit__(self, *_):
        for one in self.running:
            one.stop()

    def bulk_bits(self, begin, end):
        """A second, between these two times of time.monotonic()."""
        rates = [float(found[1]) for line in self.bulk.between(begin, end) if (found := re.search(r"([\d.]+) Kbits/sec", line))]
        return 1e3 * sum(rates) / len(rates) if rates else 0.0

    def came(self, which, begin, end):
        """(pages or lines that came, those that were asked for)"""
        lines = which.between(begin, end)
        return sum(line.strip() == "200" for line in lines), len(lines)

    def connected(self):
        """Whether the transfer's and the session's connection still stand."""
        return self.bulk.process.poll() is None and self.session.poll() is None
