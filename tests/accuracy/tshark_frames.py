"""What Wireshark's dissectors say of each frame of a capture.

sharkd (package wireshark-common, which tshark needs too) is the same engine as tshark without its start-up
of a third of a second a capture: one process answers for many. Fragments are not put together and TCP segments are not
reassembled, so that every frame says what stands in its own bytes.
"""

import gzip
import hashlib
import json
import os
import re
import subprocess
import tempfile

FIELDS = """
frame.protocols frame.len frame.time_epoch
ip.src ip.dst ip.proto ip.id ip.flags.mf ip.frag_offset
ipv6.src ipv6.dst ipv6.nxt ipv6.hopopts.nxt ipv6.dstopts.nxt ipv6.routing.nxt
ipv6.fraghdr.nxt ipv6.fraghdr.offset ipv6.fraghdr.more ipv6.fraghdr.ident ah.next_header
tcp.srcport tcp.dstport udp.srcport udp.dstport sctp.srcport sctp.dstport dccp.srcport dccp.dstport
tcp.stream tcp.analysis.retransmission tcp.analysis.fast_retransmission tcp.analysis.spurious_retransmission
tcp.analysis.out_of_order tcp.analysis.initial_rtt
""".split()

PREFERENCES = {
    "ip.defragment": "FALSE",
    "ipv6.defragment": "FALSE",
    "tcp.desegment_tcp_streams": "FALSE",
}


COLUMNS_A_REQUEST = 32  # sharkd passes over those behind them
CAPTURES_A_PROCESS = 25  # sharkd never gives a capture's memory back


class Unreadable(Exception):
    """Wireshark can't open the capture, or died of it."""


class Frames:
    """Asks one sharkd process; keeps its answers in `cache`, a folder, by the capture's sha256."""

    def __init__(self, cache):
        self.cache = cache
        self.process = None
        self._answered = 0
        os.makedirs(cache, exist_ok=True)
        self.question = hashlib.sha256(repr((FIELDS, COLUMNS_A_REQUEST, sorted(PREFERENCES.items()))).encode()).hexdigest()[:12]

    def of(self, path):
        """A dict a frame, in file order: field → list of its occurrences' texts; absent fields are absent."""
        with open(path, "rb") as capture:
            digest = hashlib.file_digest(capture, "sha256").hexdigest()
        kept = os.path.join(self.cache, f"{digest}.{self.question}.json.gz")
        if not os.path.exists(kept):
            self._keep(kept, self._ask(path))
        with gzip.open(kept, "rt") as file:
            rows = json.load(file)
        if rows is None:
            raise Unreadable(path)
        return [{field: text.split(",") for field, text in zip(FIELDS, row) if text} for row in rows]

    @staticmethod
    def _keep(kept, rows):
        with gzip.open(kept + ".new", "wt", compresslevel=3) as file:
            json.dump(rows, file)
        os.replace(kept + ".new", kept)

    def _ask(self, path):
        try:
            if self._answered >= CAPTURES_A_PROCESS:
                self.close()
            opened = self._request("load", file=os.path.abspath(path))
            if "error" in opened:
                return None
            self._answered += 1
            parts = [self._columns(FIELDS[start:start + COLUMNS_A_REQUEST])
                     for start in range(0, len(FIELDS), COLUMNS_A_REQUEST)]
            return [sum(row, []) for row in zip(*parts)]
        except (BrokenPipeError, json.JSONDecodeError):
            self.close()
            return None

    def _columns(self, fields):
        columns = {f"column{number}": field + ":0" for number, field in enumerate(fields)}
        return [frame["c"] for frame in self._request("frames", **columns).get("result", [])]

    def _request(self, method, **parameters):
        """The answer; sharkd gives none to a load that ended in a cut-off packet, but does to the status asked behind it."""
        if self.process is None:
            self._start()
        for number, (name, details) in enumerate([(method, parameters), ("status", {})], 1):
            request = {"jsonrpc": "2.0", "id": number, "method": name, "params": details}
            self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = {}
        while (line := json.loads(self.process.stdout.readline()))["id"] == 1:
            answer = line
        return answer

    def _start(self):
        self.home = tempfile.TemporaryDirectory()  # nobody's preferences but ours
        environment = dict(os.environ, HOME=self.home.name, XDG_CONFIG_HOME=self.home.name)
        self.process = subprocess.Popen(["sharkd", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env=environment)
        self._answered = 0
        for name, value in PREFERENCES.items():
            self._request("setconf", name=name, value=value)

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.home.cleanup()
        self.process = None


# What a frame without named protocols has, by a field of each.
TOLD_BY = {"ip": "ip.src", "ipv6": "ipv6.src", "tcp": "tcp.srcport", "udp": "udp.srcport", "sctp": "sctp.srcport"}


def layers(frame):
    """A frame's protocols, outermost first. tshark 4.4 doesn't name the IP header that it guesses behind MPLS labels, and
    of some frames names none at all, though it gives their fields."""
    names = (frame.get("frame.protocols") or [""])[0].split(":")
    if names == [""]:
        return [name for name, told_by in TOLD_BY.items() if frame.get(told_by)]
    if "mpls" in names:
        behind_labels = len(names) - names[::-1].index("mpls")
        for version in ("ip", "ipv6"):
            if len(frame.get(TOLD_BY[version], ())) > names.count(version):
                names.insert(behind_labels, version)
    return names


def nanoseconds(time):
    """Of a time or a duration in seconds. A damaged fraction, a second or more, is all digits to tshark 4.0, and to 4.4
    "(1404616000 nanoseconds)"."""
    seconds, fraction = re.match(r"(-?\d+)\.\(?(\d+)", time).groups()
    part = int(fraction.ljust(9, "0"))
    return int(seconds) * 10**9 + (-part if time.startswith("-") else part)


def protocol_numbers():
    """Wireshark's name of an IP protocol → its number."""
    numbers = {}
    listing = subprocess.run(["tshark", "-G", "values"], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        parts = line.split("\t")
        if parts[:2] == ["V", "ip.proto"]:
            numbers[parts[3]] = int(parts[2], 0)
    return numbers
