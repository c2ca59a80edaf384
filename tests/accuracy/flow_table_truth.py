"""ipfixprobe's and nfstream's tables of flows."""

import csv
import os

import application_names
import version_names
from handshake_case import Truth, both_ends
from stated_captures import manifest

SURE = 100  # ipfixprobe's confidence in WireGuard and OpenVPN


def http(row):
    return "http", {"http_method": row["HTTP_REQUEST_METHOD"], "http_host": row["HTTP_REQUEST_HOST"], "http_path": row["HTTP_REQUEST_URL"],
                    "http_user_agent": row["HTTP_REQUEST_AGENT"], "http_server": row["HTTP_RESPONSE_SERVER"],
                    "http_status": row["HTTP_RESPONSE_STATUS_CODE"].strip("0") and row["HTTP_RESPONSE_STATUS_CODE"]}


def tls(row):
    """Its version is the highest that the client offers. Its JA4 counts GREASE among the extensions, against JA4's text, so
    that only parts b and c are of use."""
    app = "quic" if row["TLS_JA4"].startswith("q") else "dtls" if row["TLS_JA4"].startswith("d") else "tls"
    return app, {"sni": row["TLS_SNI"], "ja3": row["TLS_JA3"], "ja4_bc": row["TLS_JA4"].split("_", 1)[-1]}


def mqtt(row):
    return "mqtt", {"other_version": version_names.MQTT.get(row["MQTT_VERSION"])}


def ntp(row):
    return "ntp", {"other_version": row["NTP_VERSION"]}


def dnssd(row):
    return "mdns", {"dns_query": tuple(filter(None, row["DNSSD_QUERIES"].split(";")))}


def tunnel(app, column):
    return lambda row: (app if int(row[column]) >= SURE else "", {})


TABLES = {"http": http, "tls": tls, "mqtt": mqtt, "ntp": ntp, "dnssd": dnssd, "wg": tunnel("wireguard", "WG_CONF_LEVEL"),
          "ovpn": tunnel("openvpn", "OVPN_CONF_LEVEL")}


def rows_of(path):
    """The heading stands where sorting put it: anywhere."""
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    heading = next(row for row in rows if row and row[0].startswith("ipaddr "))
    names = [name.split(" ")[1] for name in heading]
    return [dict(zip(names, row)) for row in rows if row and row is not heading]


def ipfixprobe(captures):
    folder = "ipfixprobe/tests/functional"
    for table, form in TABLES.items():
        capture, path = f"{folder}/inputs/{table}.pcap", os.path.join(captures, folder, "outputs", table)
        if not (os.path.exists(path) and os.path.exists(os.path.join(captures, capture))):
            continue
        for row in rows_of(path):
            app, facts = form(row)
            if app:
                yield Truth("ipfixprobe", [capture], app, {"protocol": app} | facts,
                            both_ends(row["SRC_IP"], row["SRC_PORT"], row["DST_IP"], row["DST_PORT"]))


DPI = "6"  # nDPI's confidence, by number


def nfstream(captures):
    """Its flows have no ends; what they are is stated of the capture. nDPI states more of those that both have."""
    for capture in manifest(captures):
        path = os.path.join(captures, "nfstream/tests/results", os.path.basename(capture))
        if not capture.startswith("nfstream/") or not os.path.exists(path):
            continue
        with open(path, newline="") as file:
            names = {row["application_name"] for row in csv.DictReader(file) if row["application_confidence"] == DPI}
        for app in sorted({application_names.of_ndpi(name, "TCP") for name in names} - {""}):
            yield Truth("nfstream", [capture], app, {"protocol": app})
