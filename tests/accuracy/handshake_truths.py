"""What others state of the TLS handshakes in their captures, in one form: an iterator of Truth for each source.

Facts: version (chosen), sni, alpn (chosen), ja3, ja3s, ja4, ja4_bc (its parts b and c alone).
"""

import csv
import json
import os
import re
from dataclasses import dataclass, field

from expected_flows import canonical

# UDP ports of GENEVE, VXLAN and GTP-U.
TUNNEL_PORTS = {"6081", "4789", "2152"}
VERSIONS = {"TLSv1": "1.0", "TLSv1.0": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3", "SSLv3": "SSL 3.0",
            "SSLv2": "SSL 2.0", "TLSv10": "1.0", "TLSv11": "1.1", "TLSv12": "1.2", "TLSv13": "1.3"}


@dataclass
class Truth:
    source: str
    captures: list  # one of them holds it
    ends: tuple  # both ends as (address, port), in order
    facts: dict = field(default_factory=dict)


def both_ends(src, src_port, dst, dst_port):
    return tuple(sorted([(canonical(src), int(src_port)), (canonical(dst), int(dst_port))]))


def well_formed(address):
    """False for what nDPI makes of some IPv6 addresses: two runs of zeros left out."""
    return address.count("::") < 2 and ":::" not in address


def stated(facts):
    return {name: value for name, value in facts.items() if value}


def manifest(captures):
    with open(os.path.join(captures, "MANIFEST.tsv"), newline="") as file:
        return [row["path"] for row in csv.DictReader(file, delimiter="\t") if os.path.exists(os.path.join(captures, row["path"]))]


NDPI_FLOW = re.compile(r"^\t\d+\tTCP \[?([0-9a-fA-F:.]+?)\]?:(\d+) <?-> \[?([0-9a-fA-F:.]+?)\]?:(\d+) (.*)")


def ndpi(captures):
    """nDPI's result lines. Its version is the chosen one only where it saw the ServerHello, and so a JA3S."""
    for path in manifest(captures):
        result = os.path.join(captures, path.replace("/pcap/", "/result/") + ".out")
        if not path.startswith("ndpi/") or not os.path.exists(result):
            continue
        with open(result, errors="replace") as file:
            lines = [NDPI_FLOW.match(line) for line in file]
        for line in filter(None, lines):
            rest = line[5]
            said = {name: value for name, value in re.findall(r"\[([^\[\]:]+): ([^\]]*)\]", rest)}
            if ("JA3C" not in said and "JA3S" not in said) or not (well_formed(line[1]) and well_formed(line[3])):
                continue
            facts = {"ja3": said.get("JA3C"), "ja3s": said.get("JA3S", "").split(" ")[0], "alpn": said.get("(Negotiated) ALPN")}
            if "JA3C" in said:
                facts["sni"] = said.get("Hostname/SNI", "").lower()
            if "JA4" in said:
                facts["ja4_bc"] = said["JA4"].split("_", 1)[1]
            version = re.search(r"\[((?:TLS|SSL)v[0-9.]+)( \(Fizz\))?\]", rest)
            if version and "JA3S" in said and not version[2]:
                facts["version"] = VERSIONS.get(version[1])
            yield Truth("nDPI", [path], both_ends(*line.groups()[:4]), stated(facts))


def zeek_rows(path):
    fields = []
    with open(path, errors="replace") as file:
        for line in file:
            if line.startswith("#fields"):
                fields = line.rstrip("\n").split("\t")[1:]
            elif not line.startswith("#") and "id.orig_h" in fields:
                yield dict(zip(fields, line.rstrip("\n").split("\t")))


def zeek_version(text):
    draft = re.fullmatch(r"TLSv13-draft(\d+)", text)
    return f"1.3-draft{int(draft[1]):02}" if draft else VERSIONS.get(text)


def zeek(captures):
    """Zeek's ssl.log baselines. A test of several traces doesn't say which one a row is of."""
    traces = {}
    with open(os.path.join(captures, "zeek/trace_to_baseline.tsv"), newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            traces.setdefault(row["test"], []).append("zeek/testing/btest/Traces/" + row["trace"])
    seen = set()
    for test, paths in sorted(traces.items()):
        folder = os.path.join(captures, "zeek/testing/btest/Baseline", test)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if not re.fullmatch(r".*ssl.*\.log", name):
                continue
            for row in zeek_rows(os.path.join(folder, name)):
                version = row.get("version", "-")
                if version.startswith("DTLS") or row.get("id.orig_p", "-") == "-":
                    continue
                value = {key: "" if text in ("-", "(empty)") else text for key, text in row.items()}
                ends = both_ends(value["id.orig_h"], value["id.orig_p"], value["id.resp_h"], value["id.resp_p"])
                facts = stated({"version": zeek_version(version), "sni": value.get("server_name", "").lower(),
                                "alpn": value.get("next_protocol")})
                if "/quic/" in paths[0] or (ends, tuple(facts.items())) in seen:
                    continue
                seen.add((ends, tuple(facts.items())))
                yield Truth("Zeek", paths, ends, facts)


def ja4_project(captures):
    """The snapshots of FoxIO's Rust program: a block a stream, flat fields."""
    folder = os.path.join(captures, "ja4/rust/ja4/src/snapshots")
    paths = sorted(manifest(captures), key=lambda path: not path.startswith("ja4/"))
    for name in sorted(os.listdir(folder)):
        capture = re.fullmatch(r"ja4__insta@(.+)\.snap", name)
        if not capture:
            continue
        with open(os.path.join(folder, name)) as file:
            blocks = file.read().split("\n- stream:")[1:]
        for block in blocks:
            said = dict(re.findall(r"^  (\w+): (.*)$", block, re.M))
            if said.get("transport") != "tcp" or "ja4" not in said:
                continue
            yield Truth("JA4 project", [path for path in paths if os.path.basename(path) == capture[1]],
                        both_ends(said["src"], said["src_port"], said["dst"], said["dst_port"]),
                        stated({"ja4": said["ja4"].strip("'\""), "sni": said.get("tls_server_name", "").lower()}))


def arkime(captures):
    """Arkime's sessions. It lists a session's values; where there are several, their order says nothing."""
    def single(tls, name):
        values = tls.get(name, [])
        return values[0] if len(values) == 1 else None

    for path in manifest(captures):
        test = os.path.join(captures, os.path.splitext(path)[0] + ".test")
        if not path.startswith("arkime/") or not os.path.exists(test):
            continue
        try:
            with open(test) as file:
                sessions = json.load(file).get("sessions3", [])
        except ValueError:
            continue
        for session in sessions:
            body = session.get("body", session)
            tls = body.get("tls")
            if not tls or body.get("ipProtocol") != 6:
                continue
            source, destination = body["source"], body["destination"]
            yield Truth("Arkime", [path], both_ends(source["ip"], source["port"], destination["ip"], destination["port"]),
                        stated({"version": VERSIONS.get(single(tls, "version") or ""), "ja3": single(tls, "ja3"),
                                "ja3s": single(tls, "ja3s")}))


def tshark(captures):
    """ClientHellos by tshark 4.0: a second opinion. The first of a 5-tuple; a JA4 that was made out of its fields. It has
    no JA3 of what it can't take for a hello of TLS (SSL 2, damaged ones); of a tunnel it gives the outer ports beside the
    inner addresses."""
    seen = set()
    with open(os.path.join(captures, "_oracle/tls_clienthello_tshark-4.0.17.tsv"), newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if not row["ja4_derived"].startswith("t") or not row["src"] or not row["ja3"] or row["dport"] in TUNNEL_PORTS:
                continue
            ends = both_ends(row["src"].split(",")[-1], row["sport"], row["dst"].split(",")[-1], row["dport"])
            if (row["path"], ends) in seen:
                continue
            seen.add((row["path"], ends))
            yield Truth("tshark (second opinion)", [row["path"]], ends,
                        stated({"sni": row["sni"].lower(), "ja3": row["ja3"], "ja4": row["ja4_derived"]}))


SOURCES = (ndpi, zeek, ja4_project, arkime, tshark)
