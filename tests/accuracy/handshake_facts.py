"""The facts of a handshake as `vedette read --show handshakes --format json` tells it, by the names and in the form in
which they are compared with what others state."""

import re
from urllib.parse import unquote

# How a fact is called in the table.
NAMES = {
    "protocol": "application protocol",
    "tls_version": "TLS and DTLS version", "sni": "SNI", "alpn": "ALPN chosen", "alpn_offered": "ALPN offered",
    "ja3": "JA3", "ja3s": "JA3S", "ja4": "JA4", "ja4_bc": "JA4, parts b and c", "quic_version": "QUIC version",
    "ssh_version": "SSH version", "ssh_client": "SSH client's software", "ssh_server": "SSH server's software",
    "hassh": "HASSH", "hassh_server": "HASSH of the server", "ssh_logged_in": "SSH log-in by size",
    "http_version": "HTTP version", "http_method": "HTTP method", "http_host": "HTTP host", "http_path": "HTTP path",
    "http_user_agent": "HTTP user agent", "http_status": "HTTP status", "http_server": "HTTP server",
    "dns_query": "DNS query", "dns_type": "DNS type", "dns_rcode": "DNS rcode", "dns_answers": "DNS answers",
    "other_version": "version of another protocol",
}
TLS = {"sni": "sni", "chosen_alpn": "alpn", "alpn": "alpn_offered", "ja3": "ja3", "ja3s": "ja3s", "ja4": "ja4"}
HTTP = {name: "http_" + name for name in ("method", "host", "path", "user_agent", "status", "server")}
SSH = {"client_software": "ssh_client", "server_software": "ssh_server", "hassh": "hassh", "hassh_server": "hassh_server",
       "logged_in": "ssh_logged_in"}
DNS = {"query": "dns_query", "type": "dns_type", "rcode": "dns_rcode", "answers": "dns_answers"}
# By app: how its version is called here, and which key of the JSON is which fact.
FORMS = {
    "tls": ("tls_version", TLS), "dtls": ("tls_version", TLS), "quic": ("quic_version", TLS),
    "http": ("http_version", HTTP), "ssh": ("ssh_version", SSH),
    "dns": (None, DNS), "mdns": (None, DNS), "llmnr": (None, DNS), "nbns": (None, DNS),
}
SSH_BANNERS = ("client_protocol_version", "server_protocol_version")  # the version is the one that both speak
TYPES = {"*": "ANY", "255": "ANY", "1": "A", "2": "NS", "5": "CNAME", "6": "SOA", "12": "PTR", "15": "MX", "16": "TXT", "28": "AAAA",
         "33": "SRV", "64": "SVCB", "65": "HTTPS",
         "NIMLOC": "NB"}  # 32: the resource record registry's name, and RFC 1002's
RCODES = {"BADSIG_VERS": "BADVERS", "BADSIG": "BADVERS"}  # 16 is either


def bare_name(text):
    return text.lower().rstrip(".")


def bare_software(text):
    """The banner's software without "SSH-2.0-"; case is left out, as Arkime does."""
    return re.sub(r"^ssh-[0-9.]+-", "", text.strip().lower())


def type_name(text):
    """A type without a name is written as 65534, TYPE65534 or query-65534."""
    number = re.fullmatch(r"(?:TYPE|query-)?(\d+)", text)
    return TYPES.get(number[1], "TYPE" + number[1]) if number else TYPES.get(text, text.upper())


FORMER = {"sni": bare_name, "http_host": bare_name, "dns_query": bare_name, "dns_answers": bare_name,
          "ssh_client": bare_software, "ssh_server": bare_software, "hassh": str.lower, "hassh_server": str.lower,
          "dns_type": type_name, "dns_rcode": lambda text: RCODES.get(text, text), "http_user_agent": str.strip, "http_server": str.strip,
          "other_version": lambda text: text.removesuffix(".0") if text == "5.0" else text}


def normal(fact, value):
    return FORMER.get(fact, str)(str(value))


def also(fact, value):
    """What else a source may call this value: a host without its port, a path without its escapes, software without its
    comment, an answer without its preference."""
    if fact == "http_host":
        return {value, re.sub(r":\d+$", "", value)}
    if fact == "http_path":
        return {value, unquote(value)}
    if fact in ("ssh_client", "ssh_server"):
        return {value, value.split(" ")[0]}
    if fact == "dns_query":  # nDPI writes an underscore for what it doesn't take for a name's
        return {value, re.sub(r"[^a-z0-9._-]", "_", value)}
    if fact == "dns_answers":
        return {value, value.split(" ")[-1]}
    return {value}


def values_of(fact, told):
    return set().union(*(also(fact, normal(fact, value)) for value in (told if isinstance(told, list) else [told])))


def facts_of(row):
    """Fact -> set of values, of one row of the JSON."""
    app = row["app"]
    version, keys = FORMS.get(app, ("other_version", {}))
    facts = {fact: values_of(fact, row[key]) for key, fact in keys.items() if row.get(key) not in (None, "", [])}
    if version and "app_version" in row:
        facts[version] = {normal(version, row["app_version"])}
    if app == "ssh":
        facts.setdefault(version, set()).update(str(row[banner]) for banner in SSH_BANNERS if banner in row)
    if "ja4" in facts:
        facts["ja4_bc"] = {value.split("_", 1)[1] for value in facts["ja4"]}
    facts["protocol"] = {app} | {behind for behind in ("websocket", "grpc") if row.get(behind)}
    return facts
