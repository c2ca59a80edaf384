"""A syslog server that writes each message as a JSON line: {"message": …} by whichever way it came.

syslog_server.py FILE udp|tcp|local ADDRESS PORT     (local: ADDRESS is the socket's path)
"""

import json
import os
import socket
import socketserver
import sys


def keep(file, message):
    with open(file, "a", encoding="utf-8") as out:
        out.write(json.dumps({"message": message.decode("utf-8")}) + "\n")


def datagrams(file, receiver):
    while True:
        keep(file, receiver.recv(65536))


def streams(file, address, port):
    class Connection(socketserver.StreamRequestHandler):
        """RFC 6587's octet counting."""

        def handle(self):
            while True:
                length = b""
                while (byte := self.rfile.read(1)) not in (b" ", b""):
                    length += byte
                if not length:
                    return
                keep(file, self.rfile.read(int(length)))

    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer((address, port), Connection) as server:
        server.serve_forever()


def main(file, way, address, port):
    if way == "tcp":
        streams(file, address, int(port))
    elif way == "udp":
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind((address, int(port)))
        datagrams(file, receiver)
    else:
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if os.path.exists(address):
            os.remove(address)
        receiver.bind(address)
        datagrams(file, receiver)


if __name__ == "__main__":
    main(*sys.argv[1:])
