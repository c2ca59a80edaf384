"""suricata-verify's test.yaml: checks that say how many of Suricata's events hold certain values.

A check that says that no event does (count: 0) is of Suricata's configuration (a parser switched off, logging
bypassed), not of the capture, and isn't read; nor is one for older versions alone, nor a value that isn't on one flow.
"""

import glob
import os
import re
from collections import defaultdict

import yaml

import application_names
import version_names
from expected_flows import canonical
from handshake_case import Truth, both_ends
from stated_captures import captures_by_truth

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TLS = {"sni": "sni", "ja3.hash": "ja3", "ja3s.hash": "ja3s", "ja4": "ja4"}
FIELDS = {
    **{"tls." + name: (fact, str) for name, fact in TLS.items()}, **{"quic." + name: (fact, str) for name, fact in TLS.items()},
    "tls.version": ("tls_version", version_names.tls), "tls.server_alpns[0]": ("alpn", str),
    "tls.client_alpns[0]": ("alpn_offered", str), "quic.version": ("quic_version", version_names.quic),
    "http.http_method": ("http_method", str), "http.hostname": ("http_host", str), "http.url": ("http_path", str),
    "http.http_user_agent": ("http_user_agent", str), "http.status": ("http_status", str), "http.protocol": ("http_version", str),
    "http.version": ("http_version", {"2": "HTTP/2"}.get),
    "ssh.client.proto_version": ("ssh_version", str), "ssh.server.proto_version": ("ssh_version", str),
    "ssh.client.software_version": ("ssh_client", str), "ssh.server.software_version": ("ssh_server", str),
    "ssh.client.hassh.hash": ("hassh", str), "ssh.server.hassh.hash": ("hassh_server", str),
    "smb.dialect": ("other_version", version_names.SMB.get), "snmp.version": ("other_version", version_names.SNMP.get),
    "mqtt.connect.protocol_version": ("other_version", version_names.MQTT.get), "ntp.version": ("other_version", str),
}
for resolver in ("dns", "mdns", "llmnr"):
    FIELDS |= {resolver + "." + name: (fact, str) for name, fact in (
        ("rrname", "dns_query"), ("rrtype", "dns_type"), ("queries[0].rrname", "dns_query"), ("queries[0].rrtype", "dns_type"),
        ("query[0].rrname", "dns_query"), ("query[0].rrtype", "dns_type"), ("rcode", "dns_rcode"))}
ANSWER = re.compile(r"(dns|mdns|llmnr)\.answers\[\d+\]\.rdata")
ADDRESS_TYPES = {"A", "AAAA", "CNAME", "NS", "PTR", "MX"}
# One event is one handshake of ours. A flow gives several of HTTP, SMB, MQTT and the like.
ONE_A_HANDSHAKE = {"dns", "llmnr", "mdns", "tls", "ssh", "quic", "flow"}
# But of DNS a query and its answer are an event each, and one handshake of ours, where the check doesn't say which of them it means.
ONE_OF_TWO = ("dns.type", "dns.rcode", "dns.answers", "dns.authorities", "dns.grouped")


def checks_of(path):
    with open(path) as file:
        test = yaml.load(file, Loader=LOADER)
    for check in (test.get("checks") or []) if isinstance(test, dict) else []:
        one = check.get("filter") if isinstance(check, dict) else None
        if one and one.get("count") and "lt-version" not in (one.get("requires") or {}) and isinstance(one.get("match"), dict):
            yield int(one["count"]), one["match"]


def app_of(match):
    event = str(match.get("event_type", ""))
    protocol = application_names.SURICATA.get(str(match.get("app_proto", "")), "")
    return protocol or application_names.SURICATA.get(event, "") or next(
        (application_names.SURICATA[name] for name in (key.split(".")[0] for key in match if "." in key)
         if name in application_names.SURICATA), "")


def facts_of(match):
    facts = {}
    for key, value in match.items():
        answer = ANSWER.fullmatch(key)
        if answer:
            if match.get(key.replace(".rdata", ".rrtype")) in ADDRESS_TYPES:
                facts["dns_answers"] = facts.get("dns_answers", ()) + (str(value),)
        elif key in FIELDS and value is not None and not isinstance(value, bool):
            fact, name = FIELDS[key]
            facts[fact] = name(str(value))
    return facts


def ends_of(match):
    """All four ends, or those that the check names."""
    addresses = [match[key] for key in ("src_ip", "dest_ip") if key in match]
    ports = [match[key] for key in ("src_port", "dest_port") if key in match]
    if len(addresses) == len(ports) == 2:
        return {"ends": both_ends(addresses[0], ports[0], addresses[1], ports[1])}
    return {"addresses": tuple(canonical(address) for address in addresses), "ports": tuple(int(port) for port in ports)}


def truth_of(captures, count, match):
    app = app_of(match)
    ends = ends_of(match) if app else {}
    if not app:
        return None
    event = str(match.get("event_type", ""))
    app = application_names.of_port(app, ends.get("ports", ()) + tuple(port for _, port in ends.get("ends", ())))
    facts = facts_of(match)
    if event in application_names.SURICATA or event == "flow":
        facts["protocol"] = app
    if app == "dns" and not any(key.startswith(ONE_OF_TWO) for key in match):
        count = (count + 1) // 2
    return Truth("Suricata", captures, app, facts, count=count if event in ONE_A_HANDSHAKE else 1,
                 first=app not in ("http", "dns") or match.get("tx_id") == 0, **ends)


def flows_of(truth):
    """The protocol is of as many flows as there are events where these are one a flow; else of one."""
    protocol = truth.facts.pop("protocol", None)
    if protocol:
        yield Truth(truth.source, truth.captures, truth.app, {"protocol": protocol}, truth.ends, truth.addresses, truth.ports)
    yield truth


def pcap_of(captures, path, by_truth):
    name = os.path.relpath(path, captures)
    if name in by_truth:
        return by_truth[name]
    folder = os.path.dirname(path)
    with open(path) as file:
        other = re.search(r"^pcap:\s*(\S+)", file.read(), re.M)
    found = [os.path.normpath(os.path.join(folder, other[1].strip("\"'")))] if other else sorted(glob.glob(folder + "/*.pcap*"))
    return [os.path.relpath(one, captures) for one in found if os.path.exists(one)][:1]


def only_values(truths):
    """A value that is the only one stated of its capture's flows must be the first request's."""
    values = defaultdict(set)
    for truth in truths:
        for fact, stated in truth.facts.items():
            values[fact].update(stated)
    return {fact for fact, stated in values.items() if len(stated) == 1}


def suricata(captures):
    by_truth = captures_by_truth(captures)
    by_capture = defaultdict(list)
    for path in sorted(glob.glob(os.path.join(captures, "suricata-verify/tests/**/test.yaml"), recursive=True)):
        pcaps = pcap_of(captures, path, by_truth)
        for count, match in checks_of(path) if pcaps else ():
            truth = truth_of(pcaps, count, match)
            if truth:
                by_capture[tuple(pcaps)].extend(flows_of(truth))
    for truths in by_capture.values():
        alone = only_values(truths)
        for truth in truths:
            if not truth.first and truth.facts and all(fact in alone for fact in truth.facts):
                truth.first = True
            yield truth
