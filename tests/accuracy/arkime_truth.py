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
            "ja4": single(of, "ja4")}


def http(of):
    """A URI begins with the host. Where there is no request, the host is TLS's SNI. PRI is the preface of HTTP/2."""
    if "method" not in of:
        return {}
    versions = ("HTTP/2" if version == "2.0" else "HTTP/" + version for version in several(of, "clientVersion"))
    return {"http_host": several(of, "host"), "http_path": tuple("/" + uri.split("/", 1)[1] for uri in several(of, "uri") if "/" in uri),
            "http_method": tuple(method for method in several(of, "method") if method != "PRI"),
            "http_user_agent": several(of, "useragent"), "http_status": several(of, "statuscode"), "http_version": tuple(versions)}


def ssh(of):
    """Both banners in one list, in lower case."""
    return {"ssh_client": several(of, "version"), "ssh_server": several(of, "version"), "hassh": single(of, "hassh"),
            "hassh_server": single(of, "hasshServer"),
            "ssh_version": tuple(version.split("-")[1] for version in several(of, "version") if version.startswith("ssh-"))}


def one_dns(of):
    """Arkime writes internationalised names in Unicode, which isn't always to be undone."""
    answers = tuple(answer[kind] for answer in of.get("answers", []) for kind in ("ip", "cname", "ns", "ptr") if kind in answer)
    query = of.get("queryHost", "<root>")
    return {"dns_query": query if query.isascii() and query != "<root>" else None, "dns_type": of.get("qt"),
            "dns_rcode": of.get("status"), "dns_answers": answers}


def versions(of, names=str):
    return {"other_version": tuple(filter(None, (names(str(version)) for version in several(of, "version"))))}


FACTS = {
    "tls": ("tls", tls), "http": ("http", http), "ssh": ("ssh", ssh), "mqtt": ("mqtt", versions), "ntp": ("ntp", versions),
    "quic": ("quic", lambda of: {"quic_version": tuple(filter(None, map(version_names.quic, several(of, "version"))))}),
    "snmp": ("snmp", lambda of: versions(of, version_names.SNMP.get)),
    "smb": ("smb", lambda of: {"other_version": version_names.SMB.get(of.get("dialect"))}),
}


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
    names = body.get("protocol", [])
    # Facebook's Zero Protocol over TCP, of which Arkime says QUIC too.
    apps = {application_names.ARKIME[name] for name in names if name in application_names.ARKIME and "fbzero" not in names}
    for app in sorted(apps):
        yield Truth("Arkime", [path], app, {"protocol": app}, ends)
    for key, (app, facts) in FACTS.items():
        if isinstance(body.get(key), dict):
            if key == "tls" and body["ipProtocol"] == 17:
                app = "quic" if "quic" in body else "dtls"
            stated = facts(body[key])
            if app == "quic":
                stated.pop("tls_version", None)
            if key in ("tls", "quic") and "method" not in body.get("http", {}):
                stated["sni"] = several(body.get("http", {}), "host")
            yield Truth("Arkime", [path], app, stated, ends)
    for one in body["dns"] if isinstance(body.get("dns"), list) else []:
        yield Truth("Arkime", [path], application_names.of_port("dns", (source["port"], destination["port"])), one_dns(one), ends)


def arkime(captures):
    for path in manifest(captures):
        test = os.path.join(captures, os.path.splitext(path)[0] + ".test")
        if path.startswith("arkime/") and os.path.exists(test):
            for body in sessions_of(test):
                yield from truths_of(path, body)
