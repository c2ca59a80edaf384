#!/usr/bin/env python3
"""The gateway as attackers probe it: smuggled, malformed, oversized and slow requests, answers that nobody takes, paths that lead out of
the web folder, passwords that are guessed, too many connections, old TLS. Raw bytes over TLS; behind it a real sensor.

gateway_probed.py PROGRAMS     (the folder of vedette, vedetted and vedette-gateway)

Ends with 0 where all holds, 1 where something does not, 77 where the machine lacks something (the reason is printed).
"""

import contextlib
import gzip
import os
import re
import socket
import ssl
import sys
import tempfile
import time
import warnings

from certificates import by_a_certificate_of_the_users, by_its_certificate
from comparison import Checks
from gate import PASSWORD, USER, Gate, becomes, within
from sensor import Sensor
from two_hosts import WIRE, TwoHosts, main

HOST = b"Host: localhost\r\n"
PAGE = "<!doctype html><title>ours</title>" + "<p>a paragraph</p>" * 100
SECRET = "not to be served"
LONG = 8 << 20  # more than the buffers of a connection take
PATIENCE = 180  # seconds, beyond the gateway's own


def malformed(key):
    """By name: bytes, and the status that they get; none where the connection ends without an answer."""
    auth = b"Authorization: Bearer " + key.encode() + b"\r\n"
    get = b"GET /v1/health HTTP/1.1\r\n" + HOST + auth
    post = b"POST /v1/policy/check HTTP/1.1\r\n" + HOST + auth
    hidden = b"GET /v1/stats HTTP/1.1\r\nHost: x\r\n\r\n"
    return {
        "a length and chunks": (post + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, 400),
        "chunks and a length": (post + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + hidden, 400),
        "two lengths": (post + b"Content-Length: 0\r\nContent-Length: 35\r\n\r\n" + hidden, 400),
        "two lengths alike": (post + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n", 400),
        "a list of lengths": (post + b"Content-Length: 0, 0\r\n\r\n", 400),
        "a length with a sign": (post + b"Content-Length: +0\r\n\r\n", 400),
        "a negative length": (post + b"Content-Length: -1\r\n\r\n", 400),
        "a length in hexadecimal": (post + b"Content-Length: 0x0\r\n\r\n", 400),
        "a length beyond all": (post + b"Content-Length: 99999999999999999999999\r\n\r\n", 400),
        "two codings": (post + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400),
        "an unknown coding": (post + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        "a coding before chunks": (post + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        "chunks in HTTP/1.0": (post.replace(b"1.1", b"1.0", 1) + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        "a chunk's size that is none": (post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400),
        "a chunk's negative size": (post + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n", 400),
        "a chunk that is longer than it says": (post + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", 400),
        # Taken for a line that hasn't come to its end.
        "a chunk's bare LF": (post + b"Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n", None),
        "a chunk's size beyond all": (post + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n", 400),
        "bare LFs": (get.replace(b"\r\n", b"\n") + b"\n", 400),
        "one bare LF": (get + b"X: y\nZ: z\r\n\r\n", 400),
        "a bare CR": (get + b"X: y\rZ: z\r\n\r\n", 400),
        "a folded field": (get + b"X: y\r\n z\r\n\r\n", 400),
        "a folded coding": (post + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 501),
        "a space before a colon": (post + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        "a space before the first field": (b"GET /v1/health HTTP/1.1\r\n X: y\r\n" + HOST + auth + b"\r\n", 400),
        "a field without a colon": (get + b"nonsense\r\n\r\n", 400),
        "a field without a name": (get + b": y\r\n\r\n", 400),
        "a NUL": (get + b"X: a\0b\r\n\r\n", 400),
        "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
        "two hosts": (get + b"Host: other\r\n\r\n", 400),
        "a host that is none": (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        "two keys": (get + auth + b"\r\n", 400),
        "another expectation": (post + b"Expect: a miracle\r\n\r\n", 417),
        "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        "HTTP/0.9": (b"GET /\r\n\r\n", 400),
        "an empty line first": (b"\r\n" + get + b"\r\n", 400),
        "another server's URL": (b"GET http://localhost/v1/health HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        "CONNECT": (b"CONNECT localhost:22 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        "TRACE": (b"TRACE / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n", 405),
        "a target with a space": (b"GET /v1/ health HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        "a target with a control character": (b"GET /v1/\x01 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        "a target beyond all": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
        "a field beyond all": (get + b"X: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        "a head without an end": (get + b"X: " + b"a" * 70_000, 431),
        "too many fields": (get + b"X: y\r\n" * 200 + b"\r\n", 431),
        "a body beyond all": (post + b"Content-Length: 9000000\r\n\r\n", 413),
        "chunks beyond all": (post + b"Transfer-Encoding: chunked\r\n\r\n" + (b"100000\r\n" + b"a" * 0x100000 + b"\r\n") * 9, 413),
        "a sign-in beyond all": (b"POST /auth/sign-in HTTP/1.1\r\n" + HOST + b"Content-Length: 20000\r\n\r\n", 413),
    }


def refused(gate, key):
    for name, (request, status) in malformed(key).items():
        answer = gate.raw(request)
        answers = re.findall(rb"HTTP/1\.1 (\d+) |(and it holds the connection)", answer)
        # One answer, and the connection's end: what stands behind is nobody's request.
        yield name, [int(one) if one else "open" for one, _ in answers], [status] if status else []


def taken(gate, key):
    """What is unusual, and right."""
    fields = HOST + b"Authorization: Bearer " + key.encode() + b"\r\n"
    get = b"GET /v1/health HTTP/1.1\r\n" + fields
    last = b"GET /v1/health HTTP/1.1\r\nConnection: close\r\n" + fields + b"\r\n"
    post = b"POST /v1/policy/check HTTP/1.1\r\n" + fields
    policy = b"version: 1\n"
    for name, request, statuses in (
            ("two at once", get + b"\r\n" + last, [200, 200]),
            ("chunks", post + b"Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nversi\r\n6\r\non: 1\n\r\n0\r\nX: y\r\n\r\n" + last, [200, 200]),
            ("a body that is awaited", post + b"Expect: 100-continue\r\nContent-Length: 11\r\n\r\n" + policy + last, [100, 200, 200]),
            ("HTTP/1.0", b"GET /v1/health HTTP/1.0\r\n" + fields + b"\r\n", [200]),
            ("a hop's own fields", get + b"Connection: close, X-Secret\r\nX-Secret: a\r\nKeep-Alive: 5\r\nTE: trailers\r\n\r\n", [200])):
        answers = re.findall(rb"HTTP/1\.1 (\d+) ", gate.raw(request))
        yield name, [int(one) for one in answers], statuses


def slow_ones_go(gate):
    """Each byte in time, and never a whole head: by then others have been answered."""
    slow = [gate.tls() for _ in range(8)]
    begun = time.monotonic()
    for connection in slow:
        connection.sendall(b"GET / HTTP/1.1\r\n")
    yield "others meanwhile", gate.ask("GET", "/").status, 200
    for number, connection in enumerate(slow):
        connection.settimeout(1)
        told = None
        while time.monotonic() - begun < 60 and told is None:
            try:
                connection.sendall(b"X: y\r\n")
                told = connection.recv(100)
            except TimeoutError:
                continue
            except OSError:
                told = b""
        yield f"slow head {number}", told, b""
        connection.close()
    with gate.plain() as silent:
        silent.settimeout(60)
        yield "who never begins TLS", silent.recv(1), b""


def held_by(gate):
    """The clients' ports whose connections the gateway holds."""
    lines = gate.host.run("ss", "-Htn", "state", "established", f"sport = :{gate.port}").splitlines()
    return {int(line.split()[3].rpartition(":")[2]) for line in lines}


def reader(gate, request):
    """Asks, with room for little of the answer."""
    with within(gate.host):
        plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.settimeout(60)
    plain.connect(("127.0.0.1", gate.port))
    connection = gate.context.wrap_socket(plain, server_hostname="localhost")
    connection.sendall(request)
    return connection


def taken_of(connection, most):
    try:
        return len(connection.recv(most))
    except (TimeoutError, ssl.SSLError, ConnectionError):
        return 0


def slow_bodies_and_readers_go(gate, hosts, key):
    """Each byte in time, and never a whole body; an answer that is taken by the byte, or not at all: by then others have been answered."""
    fields = HOST + b"Authorization: Bearer " + key.encode() + b"\r\n"
    post = b"POST /v1/policy/check HTTP/1.1\r\n" + fields
    bodies = {"a slow body": (post + b"Content-Length: 1000\r\n\r\n", b"a"),
              "slow chunks": (post + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
              "a body that never begins": (post + b"Content-Length: 11\r\n\r\n", b"")}
    slow = {}
    for name, (request, _) in bodies.items():
        slow[name] = gate.tls()
        slow[name].sendall(request)
    page = b"GET /assets/long.js HTTP/1.1\r\n" + HOST + b"\r\n"
    readers = {"a page that is taken slowly": page, "a page that nobody takes": page,
               "a stream that nobody takes": b"GET /v1/packets HTTP/1.1\r\n" + fields + b"\r\n"}
    slow |= {name: reader(gate, request) for name, request in readers.items()}
    ports = {name: connection.getsockname()[1] for name, connection in slow.items()}
    yield "all are held", [name for name, port in ports.items() if port not in held_by(gate)], []
    yield "others meanwhile", [gate.ask("GET", "/").status, gate.ask("GET", "/v1/health", key=key).status], [200, 200]
    traffic = hosts.sender.start(sys.executable, "-c", FLOOD)
    taken, deadline = 0, time.monotonic() + PATIENCE
    while (left := held_by(gate) & set(ports.values())) and time.monotonic() < deadline:
        for name, (_, piece) in bodies.items():
            if ports[name] in left and piece:
                with contextlib.suppress(OSError):
                    slow[name].sendall(piece)
        taken += taken_of(slow["a page that is taken slowly"], 100)
        time.sleep(0.5)
    traffic.kill()
    yield "what is held still", [name for name, port in ports.items() if port in left], []
    for name in bodies:
        slow[name].settimeout(5)
        yield f"an answer to {name}", taken_of(slow[name], 100), 0
    slow["a page that is taken slowly"].settimeout(5)
    while more := taken_of(slow["a page that is taken slowly"], 1 << 16):
        taken += more
    yield "some of the page came, not all", 0 < taken < LONG, True
    for connection in slow.values():
        connection.close()
    whole = gate.ask("GET", "/assets/long.js")
    yield "whoever takes it", (whole.status, len(whole.body)), (200, LONG)


FLOOD = """
import socket
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    try: udp.sendto(b"x" * 100, ("198.51.100.2", 9))
    except OSError: pass
"""


def too_many_at_once(gate):
    held = []
    for _ in range(64):
        held.append(gate.plain())
    extra = gate.plain()
    extra.settimeout(60)
    try:
        gone = extra.recv(1) == b""
    except ConnectionResetError:
        gone = True
    yield "the 65th of an address", gone, True
    for connection in [*held, extra]:
        connection.close()
    yield "with room again", becomes(lambda: answers(gate), 200), 200


def answers(gate):
    try:
        return gate.ask("GET", "/").status
    except OSError:
        return 0


def guesses_are_slowed(gate):
    statuses = [gate.ask("POST", "/auth/sign-in", {"password": f"guess {number}"}).status for number in range(8)]
    yield "guesses", statuses, [401] * 5 + [429] * 3
    held = gate.ask("POST", "/auth/sign-in", {"password": PASSWORD})
    yield "the right one among them", held.status, 429
    yield "until when", 0 < int(held.fields["Retry-After"]) <= 30, True


def files(gate):
    answer = gate.ask("GET", "/")
    yield "the page", (answer.status, answer.body.decode(), answer.fields["Content-Type"]), (200, PAGE, "text/html; charset=utf-8")
    for name, value in (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer")):
        yield name, answer.fields[name], value
    policy = answer.fields["Content-Security-Policy"]
    yield "scripts of others", "script-src 'self';" in policy and "unsafe" not in policy and "default-src 'none'" in policy, True
    packed = gate.ask("GET", "/", Accept_Encoding="gzip, br")
    yield "packed", (packed.fields["Content-Encoding"], gzip.decompress(packed.body).decode()), ("gzip", PAGE)
    yield "packed before", gate.ask("GET", "/assets/a.js", Accept_Encoding="br").body, b"not brotli, and as it lies there"
    yield "refused packing", gate.ask("GET", "/", Accept_Encoding="gzip;q=0").fields["Content-Encoding"], None
    yield "unchanged", gate.ask("GET", "/", If_None_Match=answer.fields["ETag"]).status, 304
    yield "changed", gate.ask("GET", "/", If_None_Match='"other"').status, 200
    head = gate.ask("HEAD", "/")
    yield "its head", (head.status, head.fields["Content-Length"], head.body), (200, str(len(PAGE)), b"")
    yield "a post to it", gate.ask("POST", "/", "x").status, 405
    for path in ("/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt", "//secret.txt", "/assets/..;/../secret.txt",
                 "/..\\secret.txt", "/link.txt", "/linked/secret.txt", "/%00", "/index.html%00.js", "/.", "/assets/", "/assets", "/etc/passwd",
                 "/assets/%2e%2e/%2e%2e/secret.txt", "/index.html/", "/a.js.br"):
        found = gate.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        yield path, (found.split(b" ")[1], SECRET.encode() in found), (b"404", False)


def old_tls_is_refused(gate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        gate.tls(context).close()
        refused_it = False
    except (ssl.SSLError, ConnectionResetError):
        refused_it = True
    yield "TLS 1.1", refused_it, True
    with gate.plain() as connection:
        connection.settimeout(60)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            told = connection.recv(4096)
        except ConnectionResetError:
            told = b""
        yield "HTTP without TLS", b"HTTP" in told, False
        connection.shutdown(socket.SHUT_RDWR)


def web_folder(folder):
    web = os.path.join(folder, "web")
    os.makedirs(os.path.join(web, "assets"))
    for name, text in (("index.html", PAGE), ("assets/a.js", "1;"), ("assets/a.js.br", "not brotli, and as it lies there")):
        with open(os.path.join(web, name), "w", encoding="utf-8") as file:
            file.write(text)
    with open(os.path.join(web, "assets/long.js"), "wb") as file:
        file.write(b" " * LONG)
    with open(os.path.join(folder, "secret.txt"), "w", encoding="utf-8") as file:
        file.write(SECRET)
    os.symlink(os.path.join(folder, "secret.txt"), os.path.join(web, "link.txt"))
    os.symlink(folder, os.path.join(web, "linked"))
    os.chmod(folder, 0o755)
    return web


def run(programs):
    programs = os.path.abspath(programs)
    checks = Checks()
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-web-") as folder, \
            Sensor(hosts.sensed, programs, "xdp-generic", "--gateway-user", str(USER)) as sensor, \
            Gate(hosts.sensed, programs, sensor, "--web", web_folder(folder)) as gate:
        for host, address in ((hosts.sender, "198.51.100.1/24"), (hosts.sensed, "198.51.100.2/24")):
            host.ip("addr", "add", address, "dev", WIRE)
        key = gate.make_key(gate.set_up(), "read", "block", "policy")["key"]
        checks("the certificate", by_its_certificate(gate, folder))
        checks("the user's certificate", by_a_certificate_of_the_users(hosts.sensed, programs, sensor, folder))
        checks("old TLS", old_tls_is_refused(gate))
        checks("files", files(gate))
        checks("refused", refused(gate, key))
        checks("taken", taken(gate, key))
        checks("slow", slow_ones_go(gate))
        checks("slow ones of all kinds", slow_bodies_and_readers_go(gate, hosts, key))
        checks("too many", too_many_at_once(gate))
        checks("guesses", guesses_are_slowed(gate))
        checks("still there", ((name, gate.ask("GET", "/v1/health", key=key).status, 200) for name in ("health",)))
    return 1 if checks.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("openssl", "ss"), run))
