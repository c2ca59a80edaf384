"""The gateway under test: started in the sensed host's namespace in front of a sensor, and asked by TLS from there."""

import contextlib
import ctypes
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import tempfile
import time

USER = 61234  # nobody's
PASSWORD = "correct horse battery"
CLONE_NEWNET = 0x40000000


@contextlib.contextmanager
def within(host):
    """Sockets that are made in it are the host's."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as ours, open(f"/run/netns/{host.name}") as theirs:
        if libc.setns(theirs.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(ours.fileno(), CLONE_NEWNET)


class Answer:
    def __init__(self, answer):
        self.status = answer.status
        self.fields = answer.headers
        self.body = answer.read()

    def json(self):
        return json.loads(self.body)


class Gate:
    """with Gate(host, programs, sensor) as gate: listens, and printed where."""

    def __init__(self, host, programs, sensor, *options, stderr=None):
        self.host = host
        self.stderr = stderr
        self.folder = tempfile.TemporaryDirectory(prefix="vedette-gate-")
        for folder in (self.folder.name, sensor.folder.name):
            os.chmod(folder, 0o755)
        self.state = os.path.join(self.folder.name, "state")
        self.command = [os.path.join(programs, "vedette-gateway"), "--socket", sensor.socket, "--state", self.state, "--user",
                        str(USER), "--log-level", "warning", *options]
        self.port = 0
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def start(self):
        self.process = self.host.start(*self.command, "--listen", f"127.0.0.1:{self.port}", stdout=subprocess.PIPE, stderr=self.stderr)
        self.said = self.process.stdout.read().decode()
        self.process.stdout.close()
        served = re.search(r"serving https://127\.0\.0\.1:(\d+)/", self.said)
        if not served:
            raise RuntimeError(f"the gateway did not begin: {self.said}")
        self.port = int(served[1])
        token = re.search(r"the token: (\S+)", self.said)
        self.token = token[1] if token else None

    def stop(self, signal=15):
        """Gives the exit status."""
        pids = self.pids()
        for pid in pids:
            os.kill(pid, signal)
        return self.process.wait(timeout=60)

    def pids(self):
        """Of the gateway itself, which a launcher may stand before."""
        found = []
        for entry in os.listdir("/proc"):
            with contextlib.suppress(OSError, ValueError):
                with open(f"/proc/{int(entry)}/cmdline", "rb") as line:
                    words = line.read().split(b"\0")
                if words[0].decode() == self.command[0] and self.state.encode() in words:
                    found.append(int(entry))
        return found

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.folder.cleanup()

    def plain(self):
        with within(self.host):
            connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return connection

    def tls(self, context=None):
        return (context or self.context).wrap_socket(self.plain(), server_hostname="localhost")

    def connection(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.sock = self.tls()
        return connection

    def ask(self, method, target, body=None, key=None, cookie=None, **fields):
        connection = self.connection()
        answer = self.send(connection, method, target, body, key, cookie, **fields)
        connection.close()
        return answer

    def send(self, connection, method, target, body=None, key=None, cookie=None, **fields):
        return Answer(self.begin(connection, method, target, body, key, cookie, **fields))

    def begin(self, connection, method, target, body=None, key=None, cookie=None, **fields):
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        if cookie:
            headers["Cookie"] = f"__Host-vedette={cookie}"
        if isinstance(body, dict):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, target, body, headers)
        return connection.getresponse()

    def raw(self, request, wait=60):
        """All that the gateway answers to these very bytes, until it closes."""
        connection = self.tls()
        connection.settimeout(wait)
        answer = b""
        with contextlib.suppress(OSError):
            connection.sendall(request)
        try:
            while piece := connection.recv(65536):
                answer += piece
        except TimeoutError:
            answer += b"and it holds the connection"
        except OSError:
            pass  # closed with what we sent unread
        connection.close()
        return answer

    def set_up(self):
        answer = self.ask("POST", "/auth/setup", {"token": self.token, "password": PASSWORD})
        return self.session_of(answer)

    def sign_in(self):
        return self.session_of(self.ask("POST", "/auth/sign-in", {"password": PASSWORD}))

    def session_of(self, answer):
        """The cookie and the token that requests of the session carry."""
        if answer.status != 200:
            raise RuntimeError(f"not signed in: {answer.status} {answer.body}")
        cookie = re.match(r"__Host-vedette=([^;]+);", answer.fields["Set-Cookie"])[1]
        return {"cookie": cookie, "X_Vedette_CSRF": answer.json()["csrf"]}

    def make_key(self, session, *scopes, **more):
        answer = self.ask("POST", "/auth/keys", {"name": "of a test", "scopes": scopes, **more}, **session)
        if answer.status != 201:
            raise RuntimeError(f"no key: {answer.status} {answer.body}")
        return answer.json()


def becomes(read, expected, seconds=30):
    """What `read` gives once that is as expected, or after so long."""
    deadline = time.monotonic() + seconds
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
