#!/usr/bin/env python3
"""What answers in the demo's host: HTTP, DNS, and banners of the usual services, over IPv4 and IPv6."""

import socket
import struct
import threading
import time

BANNERS = {22: b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", 25: b"220 mail.demo.example ESMTP\r\n"}
PAGE = b"<!doctype html><title>demo</title>" + b"<p>A page of the demo.</p>" * 400


def answer_http(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nServer: demo\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE)


def answer_banner(port: int):
    def answer(connection: socket.socket) -> None:
        connection.sendall(BANNERS[port])
        time.sleep(0.2)

    return answer


def serve_tcp(port: int, answer) -> None:
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)

    def one(connection: socket.socket) -> None:
        with connection:
            try:
                answer(connection)
            except OSError:
                pass  # the visitor left; the next one may stay

    while True:
        threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()


def serve_dns() -> None:
    """Answers every A question with 192.0.2.7 (RFC 1035 section 4)."""
    listener = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", 53))
    while True:
        question, visitor = listener.recvfrom(1500)
        if len(question) < 17:
            continue
        end = question.index(b"\0", 12) + 5
        header = question[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0)
        answer = struct.pack("!HHHIH4s", 0xC00C, 1, 1, 60, 4, socket.inet_aton("192.0.2.7"))
        listener.sendto(header + question[12:end] + answer, visitor)


def main() -> None:
    threading.Thread(target=serve_tcp, args=(80, answer_http), daemon=True).start()
    for port in BANNERS:
        threading.Thread(target=serve_tcp, args=(port, answer_banner(port)), daemon=True).start()
    serve_dns()


if __name__ == "__main__":
    main()
