#!/usr/bin/env python3
"""What `vedette replay` says of captures made here: sums that balance, limits at the captures' times, two policies compared, and
what becomes of bad policies, damaged files and users without privilege.

replay_test.py VEDETTE

Ends with 77 where programs can't be loaded into the kernel, after printing why.
"""

import gzip
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

from bad_captures import FILES, PACKETS, block, frame, pcap, zstd
from bad_input_test import DONE, FAILED, UNUSABLE

CHANGED = 3
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]
SENDER = "10.0.0.1"  # of bad_captures.frame()
LENGTH = 60  # bytes of each

POLICIES = {
    "nothing.yaml": "version: 1\n",
    "drop.yaml": f"version: 1\nblock: [{SENDER}]\n",
    "spare.yaml": f"version: 1\nallow: [{SENDER}]\nblock: [10.0.0.0/8]\n",
    "dns.yaml": "version: 1\nrules: [{name: no-dns, match: {protocol: udp, destination_port: 53}, verdict: drop}]\n",
    "seen.yaml": "version: 1\nrules: [{name: no-dns, match: {destination_port: 53}, verdict: drop, observe: true}]\n",
    "few.yaml": "version: 1\nrules: [{name: few, match: {protocol: udp}, verdict: {limit: {rate: 5/s, per: source}}}]\n",
    "first.yaml": "version: 1\nrules: [{name: first, match: {interface: first}, verdict: drop}]\n",
    "bad.yaml": "version: 1\nrules:\n- {name: a, verdict: dorp}\n",
    "reject.yaml": "version: 1\nrules: [{name: no-dns, match: {destination_port: 53}, verdict: reject}]\n",
    "payload.yaml": "version: 1\nrules: [{name: zeros, match: {payload: {offset: 4, hex: '0000'}}, verdict: drop}]\n",
    "country.yaml": "version: 1\nrules: [{name: german, match: {country: DE}, verdict: drop}]\n",
    "ssh.yaml": "version: 1\nprotocols: [{name: old-ssh, refuse: ssh-1}]\n",
    "ssh_seen.yaml": "version: 1\nprotocols: [{name: old-ssh, refuse: ssh-1, observe: true}]\n",
}


def every(milliseconds, count):
    """A capture of so many equal packets."""
    header = pcap([])
    one = frame(1)
    times = (number * milliseconds for number in range(count))
    return header + b"".join(struct.pack("<IIII", 1_700_000_000 + at // 1000, at % 1000 * 1000, len(one), len(one)) + one for at in times)


def connection(client_port, said):
    """A client's part of a TCP connection: it begins, and says that to port 22, in two segments."""
    def segment(flags, sequence, payload):
        tcp = struct.pack("!HHIIBBHHH", client_port, 22, sequence, 0, 0x50, flags, 1000, 0, 0) + payload
        ends = socket.inet_aton(SENDER) + socket.inet_aton("10.0.0.2")
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + ends
        return (bytes.fromhex("020000000002020000000001") + b"\x08\0" + ip + tcp).ljust(LENGTH, b"\0")
    return [segment(0x02, 0, b""), segment(0x10, 1, said), segment(0x10, 1 + len(said), b"more")]


def on_two_interfaces():
    """Two packets on an interface named "first", three on one named "second"."""
    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interfaces = b"".join(block(1, struct.pack("<HHIHH", 1, 0, 0, 2, len(name)) + name.ljust(8, b"\0") + bytes(4)) for name in (b"first", b"second"))
    packets = (block(6, struct.pack("<IIIII", number >= 2, 0, number, LENGTH, LENGTH) + frame(number)) for number in range(5))
    return section + interfaces + b"".join(packets)


def cut_off_at(size):
    """A capture whose packets are that much of their frames."""
    one = frame(1)
    return pcap([]) + struct.pack("<IIII", 1, 0, size, LENGTH) + one[:size]


CAPTURES = {
    "ten_a_second.pcap": every(100, 600),
    "interfaces.pcapng": on_two_interfaces(),
    "headers.pcap": cut_off_at(42),
    "no_ports.pcap": cut_off_at(36),
    "raw.pcap": pcap([frame(1)[14:]], link=101),
    "good.pcap": FILES["good.pcap"],
    "ssh.pcap": pcap(connection(4001, b"SSH-1.5-old\r\n") + connection(4002, b"SSH-2.0-new\r\n")),
    "packed.pcap.gz": gzip.compress(FILES["good.pcap"], mtime=0),
    "packed.pcap.zst": zstd(FILES["good.pcap"]),
    "cut.pcap": FILES["cut_in_a_packet.pcap"],
    "strange.pcap": FILES["strange_link_type.pcap"],
}


class Replayed:
    def __init__(self, program, *words, speaker=(), stdin=None):
        self.done = subprocess.run([*speaker, *program, "replay", "--format", "json", *words], input=stdin, capture_output=True, timeout=120,
                                   check=False)
        self.status = self.done.returncode
        self.complaint = self.done.stderr.decode()
        self.records = [json.loads(line) for line in self.done.stdout.splitlines()]

    def of(self, kind):
        return [record for record in self.records if record["kind"] == kind]

    @property
    def summary(self):
        return self.of("summary")[0]

    def sums(self):
        """(seen, passed, dropped, not decided), by packets, where they balance in packets and bytes."""
        summary = self.summary
        for unit in ("packets", "bytes"):
            ways = [summary[f"{way}_{unit}"] for way in ("passed", "dropped", "undecided")]
            assert summary[unit] == sum(ways), summary
            for way, total in zip(("passed", "dropped", "undecided"), ways):
                assert total == sum(row[unit] for row in summary[way]), summary
        return tuple(summary[f"{way}packets"] for way in ("", "passed_", "dropped_", "undecided_"))


def why(replayed):
    return {row["reason"]: row["packets"] for row in replayed.summary["undecided"] if row["packets"]}


def counted(record):
    return record["name"], record["packets"], record["dropped_packets"]


def one_policy(vedette):
    def run(policy, *words, **options):
        return Replayed(vedette, "--policy", policy, *words, **options)

    yield "no rules", run("nothing.yaml", "good.pcap").sums(), (PACKETS, PACKETS, 0, 0)
    blocked = run("drop.yaml", "good.pcap")
    yield "a block", (blocked.status, blocked.sums(), counted(blocked.of("block")[0])), (DONE, (PACKETS, 0, PACKETS, 0), (SENDER, PACKETS, PACKETS))
    yield "who was blocked", blocked.of("block")[0]["sources"][0], {"src_ip": SENDER, "packets": PACKETS, "bytes": PACKETS * LENGTH,
                                                                    "dropped_packets": PACKETS, "dropped_bytes": PACKETS * LENGTH}
    spared = run("spare.yaml", "good.pcap")
    yield "allowed", (spared.sums(), spared.of("allow")[0]["spared_packets"]), ((PACKETS, PACKETS, 0, 0), PACKETS)
    yield "a rule", counted(run("dns.yaml", "good.pcap").of("rule")[0]), ("no-dns", PACKETS, PACKETS)
    seen = run("seen.yaml", "good.pcap")
    yield "one that observes", (seen.sums(), counted(seen.of("rule")[0])), ((PACKETS, PACKETS, 0, 0), ("no-dns", PACKETS, PACKETS))
    # The burst of five, then every other packet.
    yield "a limit", run("few.yaml", "ten_a_second.pcap").sums(), (600, 304, 296, 0)
    yield "the same at once more", run("few.yaml", "ten_a_second.pcap").sums(), (600, 304, 296, 0)
    yield "interfaces by name", run("first.yaml", "interfaces.pcapng").sums(), (5, 3, 2, 0)
    yield "several files", run("dns.yaml", "good.pcap", "packed.pcap.gz", "packed.pcap.zst").sums(), (3 * PACKETS, 0, 3 * PACKETS, 0)
    yield "standard input", run("dns.yaml", "-", stdin=CAPTURES["good.pcap"]).sums(), (PACKETS, 0, PACKETS, 0)
    yield "a filter", run("dns.yaml", "good.pcap", "--filter", "src port 1001").sums(), (1, 0, 1, 0)
    yield "headers alone", run("dns.yaml", "headers.pcap").sums(), (1, 0, 1, 0)
    cut = run("dns.yaml", "no_ports.pcap")
    yield "not even ports", (cut.sums(), why(cut)), ((1, 0, 0, 1), {"cut_off": 1})
    yield "bare IP", run("dns.yaml", "raw.pcap").sums(), (1, 0, 1, 0)
    strange = run("dns.yaml", "strange.pcap")
    yield "a strange link type", (strange.status, strange.sums(), why(strange)), (DONE, (1, 0, 0, 1), {"link_type": 1})
    yield "rejected", run("reject.yaml", "good.pcap").sums(), (PACKETS, 0, PACKETS, 0)
    yield "by payload", run("payload.yaml", "good.pcap").sums(), (PACKETS, 0, PACKETS, 0)
    yield "without the payload", why(run("payload.yaml", "headers.pcap")), {"cut_off": 1}
    spoken = run("ssh.yaml", "ssh.pcap")
    refused = spoken.of("protocol")[0]
    yield "a protocol", (spoken.sums(), counted(refused), refused["flows"]), ((6, 4, 2, 0), ("old-ssh", 2, 2), 1)
    yield "whose", refused["sources"][0]["src_ip"], SENDER
    yield "as such", [row["by"] for row in spoken.summary["dropped"] if row["packets"]], ["protocol"]
    spoken = run("ssh_seen.yaml", "ssh.pcap")
    yield "a protocol observed", (spoken.sums(), spoken.of("protocol")[0]["flows"]), ((6, 6, 0, 0), 1)
    yield "no sources", run("dns.yaml", "good.pcap", "--limit", "0").of("rule")[0]["sources"], []


def two_policies(vedette):
    def run(old, new, *words):
        return Replayed(vedette, "--diff", old, "--policy", new, *words)

    changed = run("dns.yaml", "drop.yaml", "good.pcap")
    yield "dropped by another", (changed.status, changed.of("change"), changed.summary["unchanged_packets"]), (DONE, [], PACKETS)
    changed = run("nothing.yaml", "dns.yaml", "good.pcap", "--limit", "1")
    change = changed.of("change")[0]
    yield "a change", {key: change[key] for key in ("was", "is", "is_by", "is_name", "packets")}, {
        "was": "pass", "is": "drop", "is_by": "rule", "is_name": "no-dns", "packets": PACKETS}
    yield "no word on what nothing decided", "was_by" in change, False
    yield "an example", [example["dst_port"] for example in change["examples"]], [53]
    yield "a flow", [(flow["src_ip"], flow["dst_port"]) for flow in change["flows"]], [(SENDER, 53)]
    yield "a source", [source["src_ip"] for source in change["sources"]], [SENDER]
    yield "sums", (changed.summary["changed_packets"], changed.summary["unchanged_packets"]), (PACKETS, 0)
    yield "an exit status", [run("nothing.yaml", new, "good.pcap", "--exit-code").status for new in ("dns.yaml", "seen.yaml")], [CHANGED, DONE]
    rejected = run("dns.yaml", "reject.yaml", "good.pcap").of("change")[0]
    yield "an answer besides", (rejected["was"], rejected["is"]), ("drop", "reject")
    spoken = run("nothing.yaml", "ssh.yaml", "ssh.pcap").of("change")
    yield "a protocol's", [(one["is"], one["is_by"], one["is_name"], one["packets"]) for one in spoken], [("drop", "protocol", "old-ssh", 2)]
    limited = run("few.yaml", "dns.yaml", "ten_a_second.pcap")
    yield "a limit's packets", [(change["was_name"], change["packets"]) for change in limited.of("change")], [("few", 304)]


def refused(vedette):
    def run(*words, **options):
        replayed = Replayed(vedette, *words, **options)
        return replayed.status, replayed.complaint, replayed.records

    yield "a flaw", run("--policy", "bad.yaml", "good.pcap")[:2], (UNUSABLE,
                                                                   'vedette: bad.yaml: line 3, column 22: expected ' + flaw(vedette))
    yield "a flaw of the other", run("--policy", "dns.yaml", "--diff", "bad.yaml", "good.pcap")[0], UNUSABLE
    yield "a country of no database", run("--policy", "country.yaml", "good.pcap")[0], UNUSABLE
    yield "no policy", run("good.pcap")[0], UNUSABLE
    yield "no such policy", run("--policy", "nosuch.yaml", "good.pcap")[:2], (
        UNUSABLE, "vedette: nosuch.yaml: can't be read\n")
    yield "no such file", run("--policy", "dns.yaml", "nosuch.pcap"), (
        UNUSABLE, "vedette: nosuch.pcap: can't be opened: No such file or directory\n", [])
    yield "a status without another policy", run("--policy", "dns.yaml", "--exit-code", "good.pcap")[0], UNUSABLE
    status, complaint, records = run("--policy", "dns.yaml", "cut.pcap", "good.pcap")
    yield "a cut file", (status, "cut.pcap: offset 328, behind packet 4: expected a record of 76 bytes" in complaint, records[-1]["packets"]), (
        UNUSABLE, True, 4 + PACKETS)
    status, complaint, records = run("--policy", "dns.yaml", "good.pcap", speaker=NOBODY)
    yield "without privilege", (status, records, complaint), (FAILED, [], "vedette: packets: the kernel refused it: Operation not permitted "
                                                              "(run as root, or with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN; some hosts refuse "
                                                              "program types altogether)\n")


def flaw(vedette):
    """What `policy check` says of the same."""
    done = subprocess.run([*vedette, "policy", "check", "bad.yaml"], capture_output=True, text=True, check=False)
    return done.stderr.partition("expected ")[2]


def run(vedette):
    wrong = 0
    for part in (one_policy, two_policies, refused):
        for what, found, expected in part(vedette):
            if found != expected:
                print(f"{part.__name__}: {what}: found {found!r}, expected {expected!r}")
                wrong += 1
    return 1 if wrong else 0


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return UNUSABLE
    if shutil.which("setpriv") is None or os.geteuid() != 0:
        print("needs root and setpriv")
        return 77
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="vedette-replay-") as folder:
        os.chmod(folder, 0o755)
        os.chdir(folder)
        shutil.copy(program, "vedette")  # where nobody can reach it
        for name, content in {**CAPTURES, **{name: text.encode() for name, text in POLICIES.items()}}.items():
            with open(name, "wb") as file:
                file.write(content)
        try:
            first = Replayed(["./vedette"], "--policy", "nothing.yaml", "good.pcap")
            if first.status == FAILED:
                print(f"needs eBPF: {first.complaint}")
                return 77
            return run([os.path.join(folder, "vedette")])
        finally:
            os.chdir("/")


if __name__ == "__main__":
    sys.exit(main())
