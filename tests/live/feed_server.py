#!/usr/bin/env python3
"""A web server that answers as a script says, to try out what fetches from it.

feed_server.py FOLDER PORT [CERTIFICATE KEY]

FOLDER/script is a JSON object, read at each request: `body`, `status`, `headers`, and `how`: plain, conditional (304 where the client
has the ETag), gzip, truncated, slow (a byte a second), hang, huge (without an end), loop (a redirect to itself) or to (a redirect to
`location`). Each request is a line of JSON in FOLDER/asked.
"""

import gzip
import http.server
import json
import os
import ssl
import sys
import time

FOLDER = sys.argv[1]


def script():
    with open(os.path.join(FOLDER, "script"), encoding="utf-8") as text:
        return json.load(text)


class Scripted(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def note(self, body=""):
        with open(os.path.join(FOLDER, "asked"), "a", encoding="utf-8") as log:
            log.write(json.dumps({"method": self.command, "path": self.path, "body": body, **dict(self.headers)}) + "\n")

    def answer(self, status, headers, body=b"", length=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def do_POST(self):
        self.note(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        self.react()

    def do_GET(self):
        self.note()
        self.react()

    def react(self):
        do = script()
        how, status, headers, body = do.get("how", "plain"), do.get("status", 200), do.get("headers", {}), do.get("body", "").encode()
        if how == "conditional" and self.headers.get("If-None-Match") == headers["ETag"]:
            self.answer(304, headers)
        elif how == "gzip":
            self.answer(status, {**headers, "Content-Encoding": "gzip"}, gzip.compress(body * do.get("times", 1)))
        elif how == "truncated":
            self.answer(status, headers, body[:len(body) // 2], len(body))
            self.close_connection = True
        elif how == "slow":
            self.answer(status, headers, b"", len(body))
            for at in range(len(body)):
                self.wfile.write(body[at:at + 1])
                self.wfile.flush()
                time.sleep(1)
        elif how == "hang":
            time.sleep(600)
        elif how == "huge":
            self.answer(status, headers, b"", 1 << 40)
            while True:
                self.wfile.write(b"192.0.2.1\n" * 100_000)
        elif how in ("loop", "to"):
            self.answer(302, {"Location": do.get("location", self.path)})
        else:
            self.answer(status, headers, body)

    def log_message(self, *_):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[2])), Scripted)
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
