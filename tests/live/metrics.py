#!/usr/bin/env python3
"""Metrics of a sensor that has seen traffic, attacks, drops and feeds: promtool takes them, they say what the API says, only grow,
are all in their manual, and hold all that the dashboard and the alert rules ask for, in the eyes of a Prometheus that scrapes them.

metrics.py PROGRAMS SPEAKERS     (the folder of vedette and vedetted; scripts/ci/unpack_speakers.sh's)
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

from comparison import Checks
from feed_urls import PORT, SERVER, Served
from feeds import Feed, becomes
from found import ATTACKER, SENDER, SENSED, found, scan
from sensor import Sensor, SocketConnection
from speakers import programs_of
from two_hosts import WIRE, TwoHosts, main

ROOT = pathlib.Path(__file__).parents[2]
RULES = ROOT / "packaging/prometheus/vedette.rules.yml"
DASHBOARD = ROOT / "packaging/grafana/vedette.json"
MANUAL = ROOT / "docs/man/vedette-metrics.7"
SCRAPED, PROMETHEUS = 9480, 9490
FED = "10.88.0.5"
# An IPv4 packet that ends within its header.
CUT = f"""import socket; wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); wire.bind(("{WIRE}", 0))
wire.send(b"\\xff" * 12 + b"\\x08\\x00\\x45" + bytes(9))"""
POLICY = f"""version: 1
rules:
- {{name: no-ping, match: {{source: {ATTACKER}, protocol: icmp}}, verdict: drop}}
protocols:
- {{name: no-old-tls, tls_min: 1.2}}
"""
# What a host may not let us know.
WITHHELD = re.compile(r"vedette_(kernel_dropped_packets|tcp_.*|interface_unseen_packets)_total")


def scrape(sensor, accept=None):
    connection = SocketConnection(sensor.socket)
    connection.request("GET", "/metrics", headers={"Accept": accept} if accept else {})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.getheader("Content-Type"), text


def samples(text):
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


def names(text):
    return {re.match(r"\w+", line).group() for line in text.splitlines() if not line.startswith("#")}


def asked_for():
    """{where: expression} of the dashboard and the rules; the dashboard's variables as Grafana fills them in."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    expressions = {}
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            expressions[f"{panel['title']} {target['refId']}"] = target["expr"]
    for one in dashboard["annotations"]["list"]:
        expressions[one["name"]] = one["expr"]
    for variable, value in (("$__rate_interval", "1m"), ("$__range", "1h"), ("$instance", ".*"), ("$job", ".*")):
        expressions = {where: expression.replace(variable, value) for where, expression in expressions.items()}
    for rule in re.findall(r"(?:record|alert): (\S+)\n +expr: (?:\|\n)?((?:.+\n)+?) *(?:for|labels|-|\n|$)", RULES.read_text(encoding="utf-8")):
        expressions[rule[0]] = rule[1]
    return expressions


def metrics_in(expression):
    return set(re.findall(r"(?<![\w:])(?:vedette_|process_)\w+(?!\w*:)", re.sub(r'"[^"]*"', "", expression)))


def talk(hosts, sensor, feed):
    sender = hosts.sender
    sender.run("curl", "-s", "-m", "5", f"http://{SENSED}/", check=False)
    sender.run("ping", "-n", "-c", "3", "-i", "0.05", SENSED, check=False)
    sender.run("ping", "-n", "-c", "2", "-i", "0.05", "-W", "1", "-I", ATTACKER, SENSED, check=False)
    sender.run("ping", "-n", "-c", "2", "-i", "0.05", "-W", "1", "-I", FED, SENSED, check=False)
    sender.run(sys.executable, os.path.join(os.path.dirname(__file__), "raw_packets.py"), SENDER, SENSED, "5")
    sender.run(sys.executable, "-c", CUT)
    feed.write(FED, "no address")
    becomes(lambda: feed.row(sensor)["bad"], 1)
    scan(sender)


def told(sensor, promtool, environment):
    """The text itself."""
    kind, text = scrape(sensor)
    yield "its type", kind, "text/plain; version=0.0.4; charset=utf-8"
    checked = subprocess.run([promtool, "check", "metrics"], input=text, env=environment, capture_output=True, text=True, check=False)
    yield "promtool check metrics", (checked.returncode, checked.stdout + checked.stderr), (0, "")
    kind, other = scrape(sensor, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    yield "OpenMetrics' type", kind, "application/openmetrics-text; version=1.0.0; charset=utf-8"
    yield "its end", other.endswith("\n# EOF\n"), True
    yield "the same names", names(other), names(text)
    before, after = samples(text), samples(scrape(sensor)[1])
    shrunk = [name for name in before if "_total" in name and float(after.get(name, "-1")) < float(before[name])]
    yield "what only grows", shrunk, []
    yield "each sample once", len(before), sum(not line.startswith("#") for line in text.splitlines())


def agrees(sensor):
    """With the API, once no packet comes any more."""
    sensor.settled()
    counted, counts = samples(scrape(sensor)[1]), sensor.interface()
    for way in ("in", "out"):
        labels = f'interface="{WIRE}",direction="{way}"'
        for unit in ("packets", "bytes"):
            yield f"{unit} {way}", int(counted[f"vedette_interface_{unit}_total{{{labels}}}"]), counts[way][unit]
            verdicts = {name: int(value) for name, value in counted.items() if name.startswith(f"vedette_verdict_{unit}_total{{{labels},")}
            yield f"{unit} {way} by verdict", sum(verdicts.values()), counts[way][unit]
    yield "telemetry ring", [int(counted[f'vedette_ring_{what}_bytes{{ring="telemetry"}}']) for what in ("size", "used")], [8 << 20, 0]
    store = sensor.ask("/v1/health").get("store")
    if store:
        yield "history written", becomes(lambda: "vedette_store_table_bytes" in names(scrape(sensor)[1]), True), True
        store, counted = sensor.ask("/v1/health")["store"], samples(scrape(sensor)[1])
        yield "history's rows", int(counted["vedette_store_written_rows_total"]) >= store["rows"] > 0, True
        yield "history's tables", {name for name in counted if name.startswith("vedette_store_table_bytes")}, \
            {f'vedette_store_table_bytes{{engine="duckdb",table="{one["table"]}"}}' for one in store["tables"]}
        yield "history's room", 0 < float(counted["vedette_store_disk_free_bytes"]) <= float(counted["vedette_store_disk_size_bytes"]), True
        yield "history isn't lost", [counted[f'vedette_store_lost_rows_total{{reason="{why}"}}'] for why in ("queue_full", "unwritten")], ["0", "0"]
    yield "rule", int(counted['vedette_rule_dropped_packets_total{rule="no-ping"}']), 2
    yield "feed's bad lines", counted['vedette_feed_bad_entries{feed="test"}'], "1"
    raised = sum(int(value) for name, value in counted.items() if name.startswith('vedette_findings_total{kind="port_scan"'))
    yield "port scans", raised > 0, True


def complete(sensor):
    """Nothing is told that isn't in the manual, and nothing else is in it; all that is asked for is there."""
    there = names(scrape(sensor)[1])
    documented = set(re.findall(r"^\.It Li (\w+)", MANUAL.read_text(encoding="utf-8"), re.MULTILINE))
    without = WITHHELD if "store" in sensor.ask("/v1/health") else re.compile(f"{WITHHELD.pattern}|vedette_store_.*")
    missing = {name for name in documented - there if not without.fullmatch(name)}
    yield "told and not in the manual", sorted(there - documented), []
    yield "in the manual and not told", sorted(missing), []
    expressions = asked_for()
    yield "dashboard and rules are read", len(expressions) > 50, True
    for where, expression in expressions.items():
        unknown = {name for name in metrics_in(expression) - there if not (without.fullmatch(name) and name in documented)}
        yield f"{where} asks for", sorted(unknown), []


def pushed(sensor, served):
    """What an OpenTelemetry receiver gets is what a Prometheus gets."""
    yield "asked", becomes(lambda: len(served.asked()) > 1, True), True
    asked = served.asked()[-1]
    yield "how", (asked["method"], asked["path"], asked["Content-Type"]), ("POST", "/v1/metrics", "application/json")
    resource, = json.loads(asked["body"])["resourceMetrics"]
    yield "whose", {one["key"]: one["value"]["stringValue"] for one in resource["resource"]["attributes"]}["service.name"], "vedette"

    def told():
        scope, = json.loads(served.asked()[-1]["body"])["resourceMetrics"][0]["scopeMetrics"]
        return {one["name"] + ("_total" if "sum" in one else ""): one for one in scope["metrics"]}

    yield "all of it", becomes(lambda: sorted(set(told()) ^ names(scrape(sensor)[1])), []), []
    rules = [point for point in told()["vedette_rule_dropped_packets_total"]["sum"]["dataPoints"]]
    yield "a rule's count", [(point["attributes"], point["asInt"]) for point in rules], \
        [([{"key": "rule", "value": {"stringValue": "no-ping"}}], "2")]
    yield "in the API", [(one["told"] > 0, one["failed"]) for one in sensor.stats()["exports"] if one["protocol"] == "otlp"], [(True, 0)]


def scraped(hosts, sensor, folder, prometheus, environment):
    """A Prometheus takes it all, and every expression."""
    host = hosts.sensed
    host.start("socat", f"TCP-LISTEN:{SCRAPED},reuseaddr,fork", f"UNIX-CONNECT:{sensor.socket}")
    configuration = os.path.join(folder, "prometheus.yml")
    with open(configuration, "w", encoding="utf-8") as file:
        file.write(f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{RULES}]\n"
                   f"scrape_configs:\n- {{job_name: vedette, static_configs: [{{targets: ['127.0.0.1:{SCRAPED}']}}]}}\n")
    host.start(prometheus, f"--config.file={configuration}", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{PROMETHEUS}",
               env=environment)
    host.wait_for_port(PROMETHEUS)

    def ask(what):
        answer = host.run("curl", "-s", "-f", "-m", "20", f"http://127.0.0.1:{PROMETHEUS}/api/v1/{what}", check=False)
        return json.loads(answer or "{}")

    def query(expression):
        return ask("query?" + urllib.parse.urlencode({"query": expression}))

    yield "it is up", becomes(lambda: [one["value"][1] for one in query("up").get("data", {}).get("result", ())], ["1"]), ["1"]
    yield "all is taken", [one["lastError"] for one in ask("targets")["data"]["activeTargets"]], [""]
    # A rate wants two scrapes.
    becomes(lambda: bool(query("rate(vedette_interface_packets_total[1m])").get("data", {}).get("result")), True)
    for where, expression in asked_for().items():
        answer = query(expression)
        yield where, answer.get("status"), "success"
    groups = ask("rules")["data"]["groups"]
    rules = [(rule["name"], rule["health"]) for group in groups for rule in group["rules"] if rule["health"] == "err"]
    yield "rules that fail", rules, []


def run(programs, speakers):
    environment = programs_of(speakers)
    promtool, prometheus = (os.path.join(speakers, "root/usr/bin", name) for name in ("promtool", "prometheus"))
    if not os.path.exists(promtool):
        print(f"needs prometheus in {speakers} (scripts/ci/unpack_speakers.sh)")
        return 77
    checks = Checks()
    for what, *files in (("check", RULES), ("test", RULES.with_name("vedette.rules.test.yml"))):
        done = subprocess.run([promtool, what, "rules", *files], env=environment, capture_output=True, text=True, check=False)
        checks(f"promtool {what} rules", [("status", done.returncode, 0)])
        if done.returncode:
            print(done.stdout + done.stderr)
    with TwoHosts() as hosts, tempfile.TemporaryDirectory(prefix="vedette-metrics-") as folder:
        for host, addresses in ((hosts.sender, (SENDER, ATTACKER, FED, SERVER)), (hosts.sensed, (SENSED,))):
            for address in addresses:
                host.ip("address", "add", f"{address}/24", "dev", WIRE)
        hosts.sensed.start(sys.executable, "-m", "http.server", "--directory", folder, "80", stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        hosts.sensed.wait_for_port(80)
        served = Served(tempfile.mkdtemp(dir=folder), hosts.sender)
        served.say(status=200)
        feed = Feed(folder, "test")
        feed.write("192.0.2.1")
        policy, hook = os.path.join(folder, "policy.yaml"), os.path.join(folder, "hook.sh")
        with open(policy, "w", encoding="utf-8") as file:
            file.write(POLICY)
        with open(hook, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\ncat > /dev/null\n")
        os.chmod(hook, 0o755)
        with Sensor(hosts.sensed, programs, "xdp-generic", "--policy", policy, "--hook-command", hook, "--respond", "observe", "--state", folder,
                    "--syn-proxy", "80", "--export", "ipfix://127.0.0.1:9", "--findings-to", f"file:{folder}/findings.ndjson",
                    "--otlp", f"http://{SERVER}:{PORT}", "--otlp-every", "1", *feed.option()) as sensor:
            talk(hosts, sensor, feed)
            checks("found", [("the scan", found(sensor, "port_scan", ATTACKER) is not None, True),
                             ("a flow's end", becomes(lambda: "vedette_application_flows_total" in names(scrape(sensor)[1]), True), True)])
            checks("agrees", agrees(sensor))
            checks("told", told(sensor, promtool, environment))
            checks("complete", complete(sensor))
            checks("pushed", pushed(sensor, served))
            checks("scraped", scraped(hosts, sensor, folder, prometheus, environment))
    return 1 if checks.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("nmap", "socat", "curl"), run))
