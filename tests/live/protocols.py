#!/usr/bin/env python3
"""The protocol policy on real connections: TLS of each version by openssl, SSH's and SMB's first words, names and fingerprints. What is
refused gets no answer, all else does, and each entry counts its own; also while no daemon runs.

protocols.py PROGRAMS MODE     (the folder of vedette and vedetted; xdp-native, xdp-generic or tc)
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from comparison import Checks
from policies import NONE, Commands, eventually
from same_mounts import SameMounts
from sensor import Sensor
from speakers import make_certificate
from two_hosts import WIRE, TwoHosts, main

SENDER, SENSED = "10.88.0.1", "10.88.0.2"
TLS = {"-tls1": 8001, "-tls1_1": 8002, "-tls1_2": 8003, "-tls1_3": 8004}
ECHO, OTHER_ECHO = 2222, 2223
DOORS = range(3001, 3131)
SILENCE_S = 1.5  # without an answer for so long, there is none

# Answers each connection's first bytes with "got " and their number.
ECHO_SERVER = """
import socket, sys, threading
def serve(one):
    data = one.recv(4096)
    if data: one.sendall(b"got %d" % len(data))
    one.recv(1)
def listen(port):
    here = socket.create_server(("0.0.0.0", int(port)))
    while True: threading.Thread(target=serve, args=(here.accept()[0],), daemon=True).start()
for port in sys.argv[1:]: threading.Thread(target=listen, args=(port,)).start()
"""
# The same by TLS, a version a port, but backwards: openssl's own server serves one connection after the other, and would wait for a refused
# one for ever.
TLS_SERVER = """
import socket, ssl, sys, threading
def serve(context, one):
    try:
        one = context.wrap_socket(one, server_side=True)
        while data := one.recv(4096): one.sendall(data.rstrip()[::-1] + b"\\n")
    except OSError: pass
def listen(certificate, key, port, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(certificate, key)
    here = socket.create_server(("0.0.0.0", int(port)))
    while True: threading.Thread(target=serve, args=(context, here.accept()[0]), daemon=True).start()
for port, version in zip(sys.argv[3::2], sys.argv[4::2]): threading.Thread(target=listen, args=(*sys.argv[1:3], port, version)).start()
"""
# Says what argv has in hexadecimal from source port argv[3], or any, and prints what comes back; ends by a reset.
ASKER = """
import socket, struct, sys, time
address, port, source, said, patience = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), bytes.fromhex(sys.argv[4]), float(sys.argv[5])
one = socket.socket()
one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
one.bind(("0.0.0.0", source))
one.settimeout(10)
one.connect((address, port))
one.settimeout(patience)
one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
one.sendall(said)
try: print(one.recv(100).decode())
except TimeoutError: pass
one.close()
"""

# Says what the last of argv has in hexadecimal to each of the ports before it, and hangs up.
KNOCKER = """
import socket, sys
for port in sys.argv[2:-1]:
    with socket.create_connection((sys.argv[1], int(port)), timeout=10) as one: one.sendall(bytes.fromhex(sys.argv[-1]))
"""

SSH_1, SSH_2 = b"SSH-1.5-old\r\n", b"SSH-2.0-new\r\n"


def smb_1(*dialects):
    """An SMB 1 negotiation (MS-CIFS 2.2.4.52.1)."""
    offered = b"".join(b"\2" + dialect + b"\0" for dialect in dialects)
    message = b"\xffSMB\x72" + bytes(4) + b"\x18" + bytes(22) + b"\0" + len(offered).to_bytes(2, "little") + offered
    return len(message).to_bytes(4, "big") + message


SMB_OLD, SMB_EITHER = smb_1(b"PC NETWORK PROGRAM 1.0", b"NT LM 0.12"), smb_1(b"NT LM 0.12", b"SMB 2.002", b"SMB 2.???")
SMB_2 = b"\0\0\0\x24\xfeSMB\x40" + bytes(31)

OLD = """version: 1
protocols:
  - {name: old-tls, tls_min: 1.2}
  - {name: old-ssh, refuse: ssh-1}
  - {name: old-smb, refuse: smb-1, match: {source: 10.88.0.0/24, destination: 10.88.0.2, destination_port: [445, 2222]}}
"""


class Hosts:
    """What the sender can reach on the sensed host."""

    def __init__(self, hosts):
        self.hosts = hosts

    def told(self, said, port=ECHO, source=0, patience=SILENCE_S):
        """Whether the echo answers to these bytes."""
        out = self.hosts.sender.run("python3", "-c", ASKER, SENSED, str(port), str(source), said.hex(), str(patience))
        return out.startswith("got")

    def speaks(self, port, *options, name="good.example"):
        """Whether openssl gets an answer to what it says a second after the handshake: the server says it backwards."""
        done = subprocess.run(self.hosts.sender.command("bash", "-c", '(sleep 1; echo hello; sleep 1) | timeout 4 "$@"', "bash", "openssl",
                                                        "s_client", "-connect", f"{SENSED}:{port}", "-cipher", "ALL:@SECLEVEL=0",
                                                        "-servername", name, *options), capture_output=True, check=False)
        return b"olleh" in done.stdout

    def shakes_hands(self, port, option):
        done = subprocess.run(self.hosts.sender.command("timeout", str(SILENCE_S), "openssl", "s_client", "-connect", f"{SENSED}:{port}",
                                                        "-cipher", "ALL:@SECLEVEL=0", option), stdin=subprocess.DEVNULL,
                              capture_output=True, check=False)
        return b"BEGIN CERTIFICATE" in done.stdout


def counts(sensor):
    return {one["name"]: one for one in sensor.ask("/v1/policy")["protocols"]}


def flows(sensor):
    return {name: one["flows"] for name, one in counts(sensor).items()}


def versions(to):
    return [to.shakes_hands(port, option) for option, port in TLS.items()]


def first_words(to):
    return [to.told(said) for said in (SSH_1, SSH_2, SMB_OLD, SMB_EITHER, SMB_2)]


def by_first_payload(to, run):
    yield "TLS without a policy", versions(to), [True, True, True, True]
    yield "without a policy", first_words(to), [True] * 5
    yield "apply", run.apply(OLD), (0, "")
    yield "TLS 1.0 to 1.3", versions(to), [False, False, True, True]
    yield "SSH 1 and 2, SMB 1, either and 2", first_words(to), [False, True, False, True, True]
    yield "SMB 1 at another port", to.told(SMB_OLD, OTHER_ECHO), True
    yield "SSH 1 there", to.told(SSH_1, OTHER_ECHO), False
    yield "flows", flows(run.sensor), {"old-tls": 2, "old-ssh": 2, "old-smb": 1}
    yield "and say so", sum(flow.get("verdict") == "drop" for flow in run.sensor.tell("flows")), 5
    found = counts(run.sensor)
    yield "each dropped", [one["dropped_packets"] >= one["flows"] for one in found.values()], [True] * 3
    stats = run.sensor.settled()
    yield "dropped in all", sum(one["dropped_packets"] for one in counts(run.sensor).values()), sum(
        stats[way]["protocol_dropped_packets"] for way in ("in", "out"))
    yield "the same source port", (to.told(SSH_1, source=40001), to.told(SSH_2, source=40001)), (False, True)
    yield "observe", run.apply(OLD.replace("}\n", ", observe: true}\n")), (0, "")
    yield "observed alone", (versions(to), first_words(to)), ([True] * 4, [True] * 5)
    # What was refused before may be sent again, and is counted as observed then.
    yield "counts of that", [flows(run.sensor)[name] >= least for name, least in (("old-tls", 4), ("old-ssh", 4), ("old-smb", 2))], [True] * 3
    yield "empty", run.apply(NONE), (0, "")
    yield "as a shadow", run.apply(OLD, "--observe"), (0, "")
    yield "and all pass", (versions(to), first_words(to)), ([True] * 4, [True] * 5)
    shadow = {one["name"]: one["flows"] for one in run.sensor.ask("/v1/policy/shadow")["protocols"]}
    yield "what that would refuse", [shadow[name] >= least for name, least in (("old-tls", 2), ("old-ssh", 1), ("old-smb", 1))], [True] * 3
    yield "end it", run("policy", "shadow", "--end"), (0, "")


def by_decoders(to, run):
    yield "the server's choice", run.apply("version: 1\nprotocols: [{name: new, tls_min: 1.3}]\n"), (0, "")
    yield "1.3 and 1.2 offered, 1.2 and 1.3 chosen", [to.speaks(TLS[one]) for one in ("-tls1_2", "-tls1_3")], [False, True]
    # What was refused before may be sent again meanwhile, and is TLS below 1.3 too.
    yield "by the choice", flows(run.sensor)["new"] >= 1, True
    yield "names", run.apply("version: 1\nprotocols: [{name: names, sni: [.bad.example, exact.example]}]\n"), (0, "")
    names = ("good.example", "www.bad.example", "bad.example", "notbad.example", "exact.example", "www.exact.example")
    yield "by name", [to.speaks(TLS["-tls1_3"], name=name) for name in names], [True, False, False, True, False, True]
    yield "flows by name", flows(run.sensor), {"names": 3}
    yield "a name in TLS 1.2", to.speaks(TLS["-tls1_2"], "-tls1_2", name="a.bad.example"), False
    told = run.sensor.host.start(run.sensor.vedette, "handshakes", "-c", "1", "--format", "json", f"dst port {TLS['-tls1_3']}",
                                 env=dict(os.environ, VEDETTE_SOCKET=run.sensor.socket), stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    yield "for its fingerprint", to.speaks(TLS["-tls1_3"]), True
    shown = json.loads(told.communicate(timeout=30)[0])
    for kind in ("ja3", "ja4"):
        yield kind, run.apply(f"version: 1\nprotocols: [{{name: client, {kind}: {shown[kind]}}}]\n"), (0, "")
        yield f"by {kind}", (to.speaks(TLS["-tls1_3"]), to.speaks(TLS["-tls1_2"], "-tls1_2")), (False, True)
    yield "an application", run.apply("version: 1\nprotocols: [{name: ssh, app: ssh, match: {destination_port: 2222}}]\n"), (0, "")
    yield "by application", (to.told(SSH_2), to.told(SMB_2), to.told(SSH_2, OTHER_ECHO)), (False, True, True)
    yield "allowed", run.apply(f"version: 1\nallow: [{SENDER}]\nprotocols: [{{name: ssh, app: ssh}}]\n"), (0, "")
    yield "the allow-list wins", to.told(SSH_2), True
    yield "empty", run.apply(NONE), (0, "")


def by_rules(to, run):
    """Rules that ask for an application, of the kernel's and of the decoders' telling, and what is let pass before them."""
    yield "of others", run.apply("version: 1\nrules:\n"
                                 "- {name: mine, match: {app: ssh, source: 192.0.2.99}, verdict: pass}\n"
                                 "- {name: shells, match: {app: [ssh, smb 1.0], protocol: tcp}, verdict: drop}\n"), (0, "")
    yield "refused by a rule", first_words(to), [False, False, False, True, True]
    yield "mine", run.apply(f"version: 1\nrules:\n- {{name: mine, match: {{app: ssh, source: {SENDER}}}, verdict: pass}}\n"
                            "- {name: shells, match: {app: [ssh, smb 1.0], protocol: tcp}, verdict: drop}\n"), (0, "")
    yield "let pass by the one before", first_words(to), [True, True, False, True, True]
    yield "versions", run.apply("version: 1\nrules:\n- {name: twelve, match: {app: tls 1.2}, verdict: pass}\n"
                                "- {name: tls, match: {app: tls}, verdict: drop}\n"), (0, "")
    yield "the server's choice again", [to.speaks(TLS[one]) for one in ("-tls1_2", "-tls1_3")], [True, False]
    yield "which no entry but the second counts", flows(run.sensor), {"twelve": 0, "tls": 1}
    code, said = run.apply("version: 1\nrules:\n- {name: all, verdict: pass}\n- {name: a, match: {app: shh}, verdict: drop}\n")
    yield "no such application", (code, "line 4, column 26: expected an application like ssh or http, found \"shh\" (did you mean ssh)" in said), (2, True)
    yield "empty", run.apply(NONE), (0, "")


def knocks(to, run):
    """Who offers what is refused at many doors is told of as who knocks where rules drop, and what he sent is kept."""
    yield "apply", run.apply(OLD), (0, "")
    to.hosts.sender.run("python3", "-c", KNOCKER, SENSED, *map(str, DOORS), SSH_1.hex())
    found = eventually(lambda: [one for one in run.sensor.ask("/v1/findings")["findings"] if one["kind"] == "acl_violation" and "evidence" in one])
    yield "told of", [one["src_ip"] for one in found], [SENDER]
    if found:
        yield "for so many ports", 100 <= found[0]["score"] <= 1.1 * len(DOORS), True
        evidence = os.path.join(run.folder, "evidence.pcapng")
        subprocess.run([run.sensor.vedette, "evidence", found[0]["id"], "-w", evidence, "--socket", run.sensor.socket], check=True)
        with open(evidence, "rb") as packets:
            yield "what was refused is kept", packets.read().count(SSH_1) >= 16, True
    yield "empty", run.apply(NONE), (0, "")


def killed(to, hosts, programs, mode):
    with tempfile.TemporaryDirectory(prefix="vedette-protocols-") as folder:
        options = ("--state", folder)
        with Sensor(hosts.sensed, programs, mode, *options) as sensor:
            yield "apply", Commands(sensor, folder).apply(OLD), (0, "")
            yield "refused", to.told(SSH_1), False
            sensor.process.kill()
            sensor.process.wait()
            yield "without daemon", (to.told(SSH_1), to.told(SSH_2)), (False, True)
        with Sensor(hosts.sensed, programs, mode, *options) as sensor:
            yield "taken over", flows(sensor), {"old-tls": 0, "old-ssh": 2, "old-smb": 0}
            yield "and goes on", (to.told(SSH_1), to.told(SSH_2)), (False, True)
            yield "counted", eventually(lambda: flows(sensor)["old-ssh"] == 3), True
        yield "a clean stop lets all pass", to.told(SSH_1), True


def run(programs, mode):
    check = Checks()
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-protocols-") as folder:
        hosts.sensed = SameMounts(hosts.sensed.name)
        for host, address in ((hosts.sender, SENDER), (hosts.sensed, SENSED)):
            host.ip("addr", "add", f"{address}/24", "dev", WIRE)
        make_certificate(folder)
        versions_served = zip(map(str, TLS.values()), ("TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"))
        hosts.sensed.start("python3", "-W", "ignore", "-c", TLS_SERVER, f"{folder}/certificate.pem", f"{folder}/key.pem",
                           *(word for pair in versions_served for word in pair))
        hosts.sensed.start("python3", "-c", ECHO_SERVER, str(ECHO), str(OTHER_ECHO))
        hosts.sensed.start("python3", "-c", ECHO_SERVER, *map(str, DOORS))
        for port in (*TLS.values(), ECHO, OTHER_ECHO, *DOORS):
            hosts.sensed.wait_for_port(port)
        to = Hosts(hosts)
        with Sensor(hosts.sensed, programs, mode, "--state", os.path.join(folder, "state")) as sensor:
            for checks in (by_first_payload, by_decoders, by_rules, knocks):
                check(checks.__name__, checks(to, Commands(sensor, folder)))
        check("killed", killed(to, hosts, programs, mode))
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nsenter", "openssl", "ss", "python3", "timeout"), run))
