"""Tools' own output, which states nothing but may agree: it is asked only where no source states the fact."""

import csv
import os

import application_names
import version_names
from handshake_case import Truth, both_ends
from ndpi_truth import well_formed

# UDP ports of GENEVE, VXLAN and GTP-U.
TUNNEL_PORTS = {"6081", "4789", "2152"}
APPS = {"t": "tls", "q": "quic", "d": "dtls"}


def tshark(captures):
    """ClientHellos by tshark 4.0: the first of a 5-tuple; a JA4 that was made out of its fields. It has no JA3 of what it
    can't take for a hello of TLS (SSL 2, damaged ones); of a tunnel it gives the outer ports beside the inner addresses."""
    seen = set()
    with open(os.path.join(captures, "_oracle/tls_clienthello_tshark-4.0.17.tsv"), newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            app = APPS.get(row["ja4_derived"][:1])
            if not app or not row["src"] or not row["ja3"] or row["dport"] in TUNNEL_PORTS:
                continue
            ends = both_ends(row["src"].split(",")[-1], row["sport"], row["dst"].split(",")[-1], row["dport"])
            if (row["path"], ends) in seen:
                continue
            seen.add((row["path"], ends))
            facts = {"protocol": app, "sni": row["sni"], "ja3": row["ja3"], "ja4": row["ja4_derived"]}
            if app == "quic" and row["quic_version"]:
                facts["quic_version"] = version_names.quic_of_number(int(row["quic_version"].split(",")[0], 16))
            yield Truth("tshark (second opinion)", [row["path"]], app, facts, ends)


# What frames without a payload come to, in bytes: more than that a packet, and something was said.
EMPTY_FRAME = 74


def said_something(row):
    packets, size = (sum(int(row[f"{way}_{unit}"]) for way in ("c_to_s", "s_to_c")) for unit in ("pkts", "bytes"))
    return size > EMPTY_FRAME * packets


def ndpi_reader(captures):
    """ndpiReader 4.2: the protocol alone. It doesn't say what it guessed by port; flows without a payload are left out."""
    with open(os.path.join(captures, "_oracle/flows_ndpiReader-4.2.tsv"), newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            app = application_names.of_ndpi(row["ndpi_proto"], {"6": "TCP", "17": "UDP"}.get(row["protocol"]))
            if app and said_something(row) and well_formed(row["src_ip"]) and well_formed(row["dst_ip"]):
                ends = both_ends(row["src_ip"], row["src_port"], row["dst_ip"], row["dst_port"])
                yield Truth("nDPI 4.2 (second opinion)", [row["path"]], app, {"protocol": app}, ends)
