"""nDPI's result files: a line a flow. What it guessed by port or address states no protocol."""

import os
import re

import application_names
import version_names
from handshake_case import Truth, both_ends
from stated_captures import manifest

FLOW = re.compile(r"^\t\d+\t(TCP|UDP) \[?([0-9a-fA-F:.]+?)\]?:(\d+) <?-> \[?([0-9a-fA-F:.]+?)\]?:(\d+) (.*)")
PROTOCOL = re.compile(r"\[proto: (?:[^\[\]/]*:)?[\d.]+/([^\[\]]+)\]")
LONGEST_URL = 250
SURE = {"DPI", "DPI (aggressive)"}


def well_formed(address):
    """False for what nDPI makes of some IPv6 addresses: two runs of zeros left out."""
    return address.count("::") < 2 and ":::" not in address


def tls(said, rest):
    """The version is the chosen one only where it saw the ServerHello, and so a JA3S."""
    facts = {"ja3": said.get("JA3C"), "ja3s": said.get("JA3S", "").split(" ")[0], "alpn": said.get("(Negotiated) ALPN")}
    if "JA3C" in said:
        facts["sni"] = said.get("Hostname/SNI")
    if "JA4" in said:
        facts["ja4_bc"] = said["JA4"].split("_", 1)[1]
    version = re.search(r"\[((?:TLS|SSL|DTLS)v[0-9.]+)( \(Fizz\))?\]", rest)
    if version and "JA3S" in said and not version[2]:
        facts["tls_version"] = version_names.tls(version[1])
    return facts


def quic(said, rest):
    facts = tls(said, rest)
    facts.pop("tls_version", None)
    return facts | {"quic_version": version_names.quic(said.get("QUIC ver"))}


def http(said, _):
    """The URL begins with the host and is cut short at 255 bytes."""
    host, url = said.get("Hostname/SNI", ""), said.get("URL", "")
    whole = host and url.startswith(host + "/") and len(url.encode()) < LONGEST_URL
    return {"http_host": host, "http_path": url.removeprefix(host) if whole else None,
            "http_status": said.get("StatusCode"), "http_server": said.get("Server"), "http_user_agent": said.get("User-Agent")}


def ssh(said, _):
    banner = said.get("Hostname/SNI", "")
    version = re.match(r"SSH-([0-9.]+)-", banner)
    return {"ssh_server": banner, "ssh_version": version and version[1], "hassh": said.get("HASSH-C"), "hassh_server": said.get("HASSH-S")}


def dns(said, rest):
    """A name's unprintable bytes are question marks, and 0.0.0.0 is no answer."""
    query = said.get("Hostname/SNI", "")
    answer = re.search(r"\[Hostname/SNI: [^\]]*\]\[([0-9.]{7,15}|[0-9a-f:]*:[0-9a-f:]+)\]", rest)
    return {"dns_query": None if "?" in query else query,
            "dns_answers": answer[1] if answer and answer[1] not in ("0.0.0.0", "::") else None}


FACTS = {"tls": tls, "dtls": tls, "quic": quic, "http": http, "ssh": ssh, "dns": dns, "llmnr": dns}


def truth_of(path, line):
    transport, *ends, rest = line.groups()
    if not (well_formed(ends[0]) and well_formed(ends[2])):
        return None
    said = dict(re.findall(r"\[([^\[\]:]+): ([^\]]*)\]", rest))
    name = PROTOCOL.search(rest)[1]
    app = application_names.of_ndpi(name, transport)
    sure = said["Confidence"] in SURE
    facts = {"protocol": app} if sure and app else {}
    form = FACTS.get(app) if sure else None
    if "JA3C" in said or "JA3S" in said:
        if transport == "TCP":
            app, form = app if sure and app else "tls", tls
        else:
            form = quic if "QUIC ver" in said else tls
            app = app if sure and app else "quic" if "QUIC ver" in said else "dtls"
    if form:
        facts |= form(said, rest)
    return Truth("nDPI", [path], app, facts, both_ends(*ends), name="" if app or not sure else name)


def ndpi(captures):
    for path in manifest(captures):
        result = os.path.join(captures, path.replace("/pcap/", "/result/") + ".out")
        if not path.startswith("ndpi/") or not os.path.exists(result):
            continue
        with open(result, errors="replace") as file:
            lines = [FLOW.match(line) for line in file]
        for line in filter(None, lines):
            truth = truth_of(path, line)
            if truth:
                yield truth
