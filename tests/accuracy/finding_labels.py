"""What others say is hostile in a capture, as the contract's kinds of findings: the labels of the captures' MANIFEST.tsv, the
notices in Zeek's baselines, and, as a second opinion, the risks that nDPI tells of a flow.

Suricata's alerts are left out: suricata-verify's rules try features of its rule language and state nothing of what is hostile.
"""

import csv
import glob
import os
import re
from collections import defaultdict
from dataclasses import dataclass

from handshake_case import both_ends
from ndpi_truth import FLOW
from stated_captures import manifest

# By the manifest's kind: findings of which one must be there. What has no kind of its own is an anomaly.
KINDS = {
    "attack.scan": {"port_scan", "host_scan"},
    "attack.bruteforce": {"brute_force"},
    "attack.slow": {"slow_attack"},
    "attack.flood": {"syn_flood", "udp_flood", "icmp_flood", "volumetric"},
    "attack.amplification": {"amplification"},
    "attack.dns-tunnel": {"dns_tunnel"},
    "attack.tunnel": {"dns_tunnel", "anomaly"},
    "attack.c2-beacon": {"beacon"},
    "attack.malware": {"beacon", "blocklist_hit", "malicious_domain", "malicious_fingerprint", "anomaly"},
    "attack.evasion": {"anomaly"},
    "attack.exploit": {"anomaly"},
    "attack.web": {"anomaly"},
}
# By the manifest's label, where its kind says too little.
LABELLED = {
    "ICMP scan": {"host_scan"},
    "ipv6-rsmurf": {"anomaly", "icmp_flood", "amplification"},
}
NOTICES = {
    "FTP::Bruteforcing": {"brute_force"},
    "SSH::Password_Guessing": {"brute_force"},
    "Scan::Port_Scan": {"port_scan"},
    "Scan::Address_Scan": {"host_scan"},
    "Heartbleed::SSL_Heartbeat_Attack": {"anomaly"},
}
# nDPI's names as its result files write them.
RISKS = {
    "Obsolete TLS (v1.1 or older)": {"outdated_protocol"},
    "SSH Obsolete Ser Vers/Cipher": {"outdated_protocol"},
    "SSH Obsolete Cli Vers/Cipher": {"outdated_protocol"},
    "SMB Insecure Vers": {"outdated_protocol"},
    "Client Contacted A Malware Host": {"malicious_domain", "blocklist_hit"},
    "Malicious Fingerpint": {"malicious_fingerprint"},
    "Malicious SSL Cert/SHA1 Fingerp.": {"malicious_fingerprint"},
    "Susp DGA Domain name": {"malicious_domain", "anomaly"},
    "Susp DNS Traffic": {"dns_tunnel"},
    "Possible Exploit Attempt": {"anomaly"},
    "SQL Injection": {"anomaly"},
    "XSS Attack": {"anomaly"},
}


@dataclass(frozen=True)
class Label:
    capture: str
    source: str  # who says so
    says: str
    kinds: frozenset  # one of which must be found
    ends: tuple = ()  # of the flow that it is said of; () = of the capture


def of_kind(kind, label):
    """Expected kinds of a capture; an attack that KINDS doesn't know is an anomaly."""
    return frozenset(LABELLED.get(label) or KINDS.get(kind) or {"anomaly"})


def manifest_labels(captures):
    with open(os.path.join(captures, "MANIFEST.tsv"), newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["kind"].startswith("attack.") and os.path.exists(os.path.join(captures, row["path"])):
                yield Label(row["path"], "label", f"{row['kind'].removeprefix('attack.')}: {row['label']}",
                            of_kind(row["kind"], row["label"]))


def zeek_notes(path):
    fields = []
    with open(path, errors="replace") as file:
        for line in file:
            columns = line.rstrip("\n").split("\t")
            if columns[0] == "#fields":
                fields = columns[1:]
            elif not line.startswith("#"):
                yield dict(zip(fields, columns)).get("note", "")


def zeek_notices(captures):
    of_test = defaultdict(list)
    table = os.path.join(captures, "zeek/trace_to_baseline.tsv")
    if not os.path.exists(table):
        return
    with open(table, newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            of_test[row["test"]].append(row)
    for path in sorted(glob.glob(os.path.join(captures, "zeek/testing/btest/Baseline/*/notice.log"))):
        traces = of_test[os.path.basename(os.path.dirname(path))]
        if len(traces) == 1:
            for note in sorted(set(zeek_notes(path)) & set(NOTICES)):
                yield Label("zeek/testing/btest/Traces/" + traces[0]["trace"], "Zeek", note, frozenset(NOTICES[note]))


def ndpi_risks(captures):
    for path in manifest(captures):
        result = os.path.join(captures, path.replace("/pcap/", "/result/") + ".out")
        if not path.startswith("ndpi/") or not os.path.exists(result):
            continue
        with open(result, errors="replace") as file:
            flows = [FLOW.match(line) for line in file]
        for flow in filter(None, flows):
            _, *ends, rest = flow.groups()
            told = re.search(r"\[Risk: ([^\]]*)\]", rest)
            for risk in re.findall(r"\*\* (.+?) \*\*", told[1]) if told else ():
                if risk in RISKS:
                    yield Label(path, "nDPI", risk, frozenset(RISKS[risk]), both_ends(*ends))
