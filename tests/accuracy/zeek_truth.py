"""Zeek's baselines: its logs of the traces of its tests. A test of several traces doesn't say which one a row is of."""

import csv
import os
import re

import application_names
import version_names
from handshake_case import Truth, both_ends

EMPTY = ("-", "(empty)")
ADDRESSES = {"A", "AAAA", "CNAME", "PTR", "NS"}


def plain(text):
    """Zeek writes bytes that don't print as \\x7f."""
    if "\\x" not in text:
        return text
    return re.sub(rb"\\x([0-9a-fA-F]{2})", lambda hit: bytes([int(hit[1], 16)]), text.encode()).decode(errors="replace")


def rows_of(path):
    fields = []
    with open(path, errors="replace") as file:
        for line in file:
            parts = line.rstrip("\n").split("\t")
            if parts[0] == "#fields":
                fields = parts[1:]
            elif line.startswith("#"):
                continue
            elif not fields and parts[0] == "ts":
                fields = parts
            elif len(parts) == len(fields):
                yield {name: plain(text) for name, text in zip(fields, parts) if text not in EMPTY}


def ssl(row):
    version = row.get("version", "")
    app = "dtls" if version.startswith("DTLS") else "tls"
    return app, {"protocol": app, "tls_version": version_names.tls(version), "sni": row.get("server_name"),
                 "alpn": row.get("next_protocol")}


def ssl_in_quic(row):
    return "quic", {"sni": row.get("server_name"), "alpn": row.get("next_protocol")}


def quic(row):
    return "quic", {"protocol": "quic", "quic_version": version_names.quic(row.get("version")), "sni": row.get("server_name"),
                    "alpn_offered": row.get("client_protocol")}


def http(row):
    """Only a connection's first request. The version is the answer's, where others state the request's: it isn't read."""
    if row.get("trans_depth", "1") != "1" or row.get("version") == "0.0":
        return "http", {}
    status = row.get("status_code")  # 0 where the answer has none
    return "http", {"protocol": "http" if "id.orig_h" in row else None, "http_method": row.get("method"), "http_host": row.get("host"),
                    "http_path": row.get("uri"), "http_user_agent": row.get("user_agent"), "http_status": status if status != "0" else None}


def ssh(row):
    spoken = re.match(r"SSH-([0-9.]+)-", row.get("server", ""))
    return "ssh", {"protocol": "ssh", "ssh_version": spoken and spoken[1], "ssh_client": row.get("client"), "ssh_server": row.get("server"),
                   "hassh": row.get("hassh"), "hassh_server": row.get("hasshServer"),
                   "ssh_logged_in": 1 if row.get("auth_success") == "T" else None}


def dns(row):
    app = application_names.of_port("dns", (int(row.get("id.orig_p", 0)), int(row.get("id.resp_p", 0))))
    facts = {"protocol": app if "id.orig_h" in row else None, "dns_query": row.get("query"), "dns_type": row.get("qtype_name"),
             "dns_rcode": row.get("rcode_name")}
    if row.get("qtype_name") in ADDRESSES and "answers" in row:
        facts["dns_answers"] = tuple(answer for answer in row["answers"].split(",") if " " not in answer)
    return app, facts


def versioned(app, column, name):
    def facts(row):
        return app, {"protocol": app, "other_version": name(row.get(column, ""))}
    return facts


def named(app):
    return lambda _: (app, {"protocol": app})


# The logs that are read: their name's stem, and what a row of theirs states.
LOGS = {
    "ssl": ssl, "quic": quic, "http": http, "ssh": ssh, "dns": dns, "ntp": versioned("ntp", "version", str),
    "snmp": versioned("snmp", "version", version_names.SNMP.get), "mqtt_connect": versioned("mqtt", "proto_version", str),
    "smb_cmd": named("smb"), "rdp": named("rdp"), "ftp": named("ftp"), "smtp": named("smtp"), "sip": named("sip"), "redis": named("redis"),
    "postgresql": named("postgresql"), "mysql": named("mysql"), "modbus": named("modbus"), "websocket": named("websocket"),
}


def services(row):
    """conn.log: the protocols of a connection. A minus says that the analyzer gave up."""
    ports = (int(row.get("id.orig_p", 0)), int(row.get("id.resp_p", 0)))
    names = row.get("service", "").split(",")
    for service in names:
        app = application_names.of_port(application_names.ZEEK.get(service.removesuffix("_tcp").removesuffix("_udp"), ""), ports)
        if app == "tls" and (row.get("proto") == "udp" or "quic" in names):
            app = "quic" if "quic" in names else "dtls"
        if app:
            yield app


def truths_of(path, traces):
    stem = re.match(r"(?:.*[.])?(conn|" + "|".join(LOGS) + r")(?:\.log)?(?:[.-]|$)", os.path.basename(path))
    if not stem:
        return
    for row in rows_of(path):
        ends = None
        if "id.resp_p" in row:
            try:
                ends = both_ends(row["id.orig_h"], row["id.orig_p"], row["id.resp_h"], row["id.resp_p"])
            except (ValueError, KeyError):
                continue
        if stem[1] == "conn":
            for app in services(row):
                yield Truth("Zeek", traces, app, {"protocol": app}, ends)
            continue
        form = ssl_in_quic if stem[1] == "ssl" and "/quic/" in traces[0] else LOGS[stem[1]]
        app, facts = form(row)
        yield Truth("Zeek", traces, app, facts, ends)


def zeek(captures):
    traces = {}
    with open(os.path.join(captures, "zeek/trace_to_baseline.tsv"), newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            path = "zeek/testing/btest/Traces/" + row["trace"]
            if os.path.exists(os.path.join(captures, path)):
                traces.setdefault(row["test"], []).append(path)
    for test, paths in sorted(traces.items()):
        folder = os.path.join(captures, "zeek/testing/btest/Baseline", test)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            yield from truths_of(os.path.join(folder, name), paths)
