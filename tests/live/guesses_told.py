#!/usr/bin/env python3
"""hydra guesses at real databases, at sshd and at a page whose form answers 200 to a wrong password, each time from an address of
its own, while a program posts to the same page's server again and again, a script logs in to sshd as often, and a user mistypes
twice: `vedette read --show findings` of a capture of the wire tells each guessing by who did it to whom, and nothing of those three;
so does a sensor that was there.

guesses_told.py PROGRAMS_FOLDER SPEAKERS

SPEAKERS: scripts/ci/unpack_speakers.sh's folder.
0: all told; 1: not; 77: the machine lacks something (the reason is printed).
"""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from attacks_told import Attack, compare, join
from dump import Dump
from sensor import Sensor
from speakers import messages, programs_of, serve_postgres, serve_redis, serve_ssh_sessions, write
from two_hosts import TwoHosts, main

SSH, WEB, REDIS, POSTGRES, MYSQL = 22, 80, 6379, 5432, 3306
NEEDED = ("sshd", "redis-check-rdb", "initdb", "postgres", "mariadbd")
CLIENT, SERVER = "10.77.1.200", "10.77.0.200"
PATIENCE_S = 20  # of a loaded machine
GUESSES, MISTYPED, POSTED, LOGGED_IN = 24, 2, 60, 40
MYSQL_USER = json.dumps({"access": 0, "plugin": "mysql_native_password", "authentication_string": "*" + 40 * "A"})
# One password is right, and no one's guess.
WEB_SERVER = f"""
import http.server
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        right, form = b"pass=right" in body, self.path == "/login"
        page = b"{{}}" if not form else b"" if right else b"<form method=post>wrong password" + bytes(3000)
        self.send_response(302 if form and right else 200)
        if form and right:
            self.send_header("Location", "/home")
        self.send_header("Content-Type", "text/html" if form else "application/json")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("0.0.0.0", {WEB}), Page).serve_forever()
"""


def serve_mysql(host, folder):
    data = os.path.join(folder, "mysql")
    os.mkdir(data)
    mariadbd = ("mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--lc-messages-dir={messages()}")
    # The tables of users, and one of them: a server without them lets everybody in.
    tables, *_ = glob.glob(os.path.join(messages(), "m*_system_tables.sql"))
    with open(tables, encoding="utf-8") as file:
        script = "create database mysql;\nuse mysql;\n" + file.read() + f"insert into global_priv values ('%', 'ann', '{MYSQL_USER}');\n"
    subprocess.run([*mariadbd, "--bootstrap"], input=script, text=True, check=True, capture_output=True)
    host.start(*mariadbd, f"--port={MYSQL}", f"--socket={data}/s", "--bind-address=0.0.0.0", "--skip-name-resolve", f"--pid-file={data}/pid")


def attacks(folder):
    words = write(folder, "words", "".join(f"guess{number}\n" for number in range(GUESSES)))
    hydra = ("hydra", "-I", "-t", "4")
    guessed = [("-P", words, f"redis://TARGET:{REDIS}"), ("-l", "ann", "-P", words, f"postgres://TARGET:{POSTGRES}"),
               ("-l", "ann", "-P", words, f"mysql://TARGET:{MYSQL}"), ("-l", "ann", "-P", words, f"ssh://TARGET:{SSH}"),
               ("-l", "ann", "-P", words, f"http-post-form://TARGET:{WEB}/login:user=^USER^&pass=^PASS^:F=wrong password")]
    all_of_them = [Attack("brute_force", "brute_force", (*hydra, *words_of)) for words_of in guessed]
    for number, attack in enumerate(all_of_them, start=1):
        attack.source, attack.target = f"10.77.1.{number}", f"10.77.0.{number}"
    return all_of_them


def post(host, path, form):
    host.run("curl", "-s", "-o", "/dev/null", "-m", "10", "-d", form, f"http://{SERVER}:{WEB}{path}")


def log_in(host, folder):
    host.run("ssh", "-i", f"{folder}/key", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
             f"guest@{SERVER}", "true")


def judge(told, guessing):
    """What is wrong with these findings."""
    for one in told:
        print(f"{one['severity']} {one['kind']} ({one['detector']}): {one['why']}")
    return compare(told, guessing) + [f"told of a client: {one['why']}" for one in told
                                      if one.get("src_ip") == CLIENT and one["kind"] == "brute_force"]


def run(programs, speakers):
    environment = programs_of(speakers)
    lacking = [name for name in NEEDED if shutil.which(name, path=environment["PATH"]) is None]
    if lacking:
        print(f"needs {', '.join(lacking)} in {speakers} (scripts/ci/unpack_speakers.sh)")
        return 77
    os.environ.update(environment)
    with tempfile.TemporaryDirectory() as folder, TwoHosts() as hosts:
        os.chmod(folder, 0o755)
        guessing = attacks(folder)
        join(hosts, [*((attack.source, attack.target) for attack in guessing), (CLIENT, SERVER)])
        hosts.sensed.start(sys.executable, "-c", WEB_SERVER)
        serve_redis(hosts.sensed, folder, REDIS, "--requirepass", "right")
        serve_postgres(hosts.sensed, folder, POSTGRES, "scram-sha-256")
        serve_mysql(hosts.sensed, folder)
        serve_ssh_sessions(hosts.sensed, folder, SSH)
        for port in (SSH, WEB, REDIS, POSTGRES, MYSQL):
            hosts.sensed.wait_for_port(port)
        capture = os.path.join(folder, "guesses.pcap")
        with Dump(hosts.sensed, capture), Sensor(hosts.sensed, programs, "xdp-native") as sensor:
            for attack in guessing:
                attack.run(hosts.sender)
            for _ in range(MISTYPED):
                post(hosts.sender, "/login", "user=ann&pass=rihgt")
            post(hosts.sender, "/login", "user=ann&pass=right")
            for number in range(POSTED):
                post(hosts.sender, "/api/metrics", f"load={number}")
            for _ in range(LOGGED_IN):
                log_in(hosts.sender, folder)
            deadline = time.monotonic() + PATIENCE_S
            while (wrong := judge(sensor.tell("findings"), guessing)) and time.monotonic() < deadline:
                time.sleep(0.5)
        read = subprocess.run([os.path.join(programs, "vedette"), "read", capture, "--show", "findings", "--format", "json"],
                              check=True, stdout=subprocess.PIPE, text=True)
        wrong = [f"live: {one}" for one in wrong] + judge([json.loads(line) for line in read.stdout.splitlines()], guessing)
    print(*wrong or [f"all {len(guessing)} guessings told, and nothing else"], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("hydra", "tcpdump", "curl"), run))
