"""Arkime's sessions. It lists a session's values in their own order: where there are several, each may be the first."""

import json
import os

import application_names
import version_names
from handshake_case import Truth, both_ends
from stated_captures import manifest


def several(of, name):
    return tuple(of.get(name) or ())


def single(of, name):
    values = of.get(name, [])
    return values[0] if len(values) == 1 else None


def tls(of):
    return {"tls_version": version_names.tls(single(of, "version")), "ja3": single(of, "ja3"), "ja3s": single(of, "ja3s"),
            "ja4": single(of, "ja4"), "sni": several(of, "host")}


def http(of):
    hosts = several(of, "host")
    return {"http_host": hosts, "http_path": several(of, "path"), "http_method": several(of, "method"),
            "http_user_agent": several(of, "useragent"), "http_status": several(of, "statuscode"),
            "http_version": tuple("HTTP/" + version for version in several(of, "clientVersion"))}


def ssh(of):
    """Both banners in one list, in lower case."""
    return {"ssh_client": several(of, "version"), "ssh_server": several(of, "version"), "hassh": single(of, "hassh"),
            "hassh_server": single(of, "hasshServer"),
            "ssh_version": tuple(version.split("-")[1] for version in several(of, "version") if version.startswith("ssh-"))}


def one_dns(of):
    answers = tuple(answer[kind] for answer in of.get("answers", []) for kind in ("ip", "cname", "ns", "ptr") if kind in answer)
    return {"dns_query": "." if of.get("queryHost") == "<root>" else of.get("queryHost"), "dns_type": of.get("qt"),
            "dns_rcode": of.get("status"), "dns_answers": answers}


def versions(of, names=str):
    return {"other_version": tuple(filter(None, (names(str(version)) for version in several(of, "version"))))}


FACTS = {
    "tls": ("tls", tls), "http": ("http", http), "ssh": ("ssh", ssh), "mqtt": ("mqtt", versions), "ntp": ("ntp", versions),
    "quic": ("quic", lambda of: {"quic_version": tuple(filter(None, map(version_names.quic, several(of, "version")))),
                                 "sni": several(of, "host")}),
    "smb": ("smb", lambda of: {"other_version": version_names.SMB.get(of.get("dialect"))}),
}
# Arkime gives SNMP's number as it is on the wire: 0 is SNMPv1, 1 is SNMPv2c.
SNMP_ON_THE_WIRE = {"0": "v1", "1": "v2c", "3": "v3"}
FACTS["snmp"] = ("snmp", lambda of: versions(of, SNMP_ON_THE_WIRE.get))


def sessions_of(path):
    try:
        with open(path) as file:
            sessions = json.load(file).get("sessions3", [])
    except ValueError:
        return
    for session in sessions:
        body = session.get("body", session)
        if body.get("ipProtocol") in (6, 17) and "port" in body["source"]:
            yield body


def truths_of(path, body):
    source, destination = body["source"], body["destination"]
    ends = both_ends(source["ip"], source["port"], destination["ip"], destination["port"])
    apps = {application_names.ARKIME[name] for name in body.get("protocol", []) if name in application_names.ARKIME}
    for app in sorted(apps):
        yield Truth("Arkime", [path], app, {"protocol": app}, ends)
    for key, (app, facts) in FACTS.items():
        if isinstance(body.get(key), dict):
            if key == "tls" and body["ipProtocol"] == 17:
                app = "quic" if "quic" in body else "dtls"
            stated = facts(body[key])
            if app == "quic":
                stated.pop("tls_version", None)
            yield Truth("Arkime", [path], app, stated, ends)
    for one in body["dns"] if isinstance(body.get("dns"), list) else []:
        yield Truth("Arkime", [path], application_names.of_port("dns", (source["port"], destination["port"])), one_dns(one), ends)


def arkime(captures):
    for path in manifest(captures):
        test = os.path.join(captures, os.path.splitext(path)[0] + ".test")
        if path.startswith("arkime/") and os.path.exists(test):
            for body in sessions_of(test):
                yield from truths_of(path, body)
