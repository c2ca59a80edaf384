#!/usr/bin/env python3
"""The gateway before a real sensor, by TLS: nobody comes in without a session or a key, each key does what its scopes say and no
more, another site's page can't use a session, streams pass as they come, and the sensor's audit trail names who asked.

gateway.py PROGRAMS     (the folder of vedette, vedetted and vedette-gateway)

Ends with 0 where all holds, 1 where something does not, 77 where the machine lacks something (the reason is printed).
"""

import json
import os
import signal
import subprocess
import sys

import jsonschema

from comparison import Checks
from gate import PASSWORD, USER, Gate, becomes
from sensor import Sensor, SocketConnection
from two_hosts import WIRE, TwoHosts, main

STREAMS = ("/v1/packets", "/v1/handshakes", "/v1/capture", "/v1/live")
FORGED = "key/ffffffffffffffff 203.0.113.9"
# What the contract says of the packet API's scopes.
SCOPES = {("post", "/v1/query"): "read", ("post", "/v1/policy/check"): "read",
          **{(method, path): "block" for path in ("/v1/blocks", "/v1/syn-proxy", "/v1/solicited-only") for method in ("post", "delete")},
          ("put", "/v1/policy"): "policy", ("post", "/v1/policy/confirm"): "policy", ("post", "/v1/policy/rollback"): "policy",
          ("put", "/v1/policy/shadow"): "policy", ("delete", "/v1/policy/shadow"): "policy"}


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "delete", "patch"):
                yield method, path, operation


def scope_of(method, path, operation):
    if path.startswith("/auth/"):
        return operation.get("x-scope")
    return SCOPES.get((method, path), "read" if method == "get" else "admin")


def target_of(path):
    return path.replace("{id}", "0123456789abcdef")


def documents(gate, session):
    asked = [gate.ask("GET", path, **session) for path in ("/v1/openapi.json", "/auth/openapi.json")]
    if any(answer.status != 200 for answer in asked):
        raise RuntimeError(f"no documents: {[answer.body[:300] for answer in asked]}")
    return [answer.json() for answer in asked]


def begins(gate):
    yield "a session before there is a password", (answer := gate.ask("GET", "/auth/session")).status, 401
    yield "which it says", answer.json().get("setup_needed"), True
    yield "a sign-in before", gate.ask("POST", "/auth/sign-in", {"password": PASSWORD}).status, 401
    yield "a wrong token", gate.ask("POST", "/auth/setup", {"token": "A" * 24, "password": PASSWORD}).status, 401
    yield "too short a password", gate.ask("POST", "/auth/setup", {"token": gate.token, "password": "short"}).status, 400


def begun(gate, session):
    yield "the token a second time", gate.ask("POST", "/auth/setup", {"token": gate.token, "password": PASSWORD}).status, 401
    yield "no need of it any more", "setup_needed" in gate.ask("GET", "/auth/session").json(), False
    yield "the session", gate.ask("GET", "/auth/session", **session).json()["csrf"], session["X_Vedette_CSRF"]


def nobody_comes_in(gate, session):
    """Every operation of both documents, by strangers of each kind."""
    strangers = ({}, {"key": "vdt_0123456789abcdef_" + "A" * 43}, {"key": "nonsense"}, {"cookie": "A" * 43},
                 {"cookie": session["cookie"][:-1] + "_"}, {"Authorization": "Basic YTpi"}, {"Vedette_Actor": FORGED})
    asked = 0
    for document in documents(gate, session):
        for method, path, operation in operations(document):
            for stranger in strangers if operation.get("security") != [] else strangers[:1]:
                yield f"{method} {path} by {stranger}", gate.ask(method.upper(), target_of(path), **stranger).status, 401
                asked += 1
    for path in ("/v1", "/v1/", "/v1/nowhere", "/metrics", "/auth", "/auth/", "/auth/nowhere"):
        yield f"{path} by nobody", gate.ask("GET", path).status, 401
    yield "operations asked", asked > 100, True


def scopes_are_held_to(gate, session):
    keys = {scope: gate.make_key(session, scope)["key"] for scope in ("read", "block", "policy", "admin")}
    for document in documents(gate, session):
        for method, path, operation in operations(document):
            needed = scope_of(method, path, operation)
            if operation.get("security") == []:
                continue
            by_session_alone = operation.get("security") == [{"session": []}]
            for scope, key in keys.items():
                connection = gate.connection()
                status = gate.begin(connection, method.upper(), target_of(path), key=key).status
                connection.close()
                allowed = scope == needed and not by_session_alone
                yield f"{method} {path} with {scope}", status != 403 if allowed else status, True if allowed else 403
    yield "a path in other letters", gate.ask("POST", "/v1/%62locks?prefix=192.0.2.3", key=keys["block"]).status, 400
    yield "a path with a way round", gate.ask("GET", "/v1/../auth/keys", key=keys["read"]).status, 400
    yield "what no table names", gate.ask("POST", "/v1/nowhere", key=keys["policy"]).status, 403


def answers_are_as_documented(gate, session):
    """Of each operation of the gateway's own document, what it answers by the schema that stands there."""
    document = next(one for one in documents(gate, session) if "/auth/keys" in one["paths"])
    key = gate.make_key(session, "read")["key"]
    asked = (("get", "/auth/session", None, {}), ("get", "/auth/session", None, session), ("get", "/auth/session", None, {"key": key}),
             ("post", "/auth/setup", {"token": "A" * 24, "password": PASSWORD}, {}),
             ("post", "/auth/sign-out", None, gate.sign_in()), ("post", "/auth/sign-in", {"password": PASSWORD}, {}),
             ("post", "/auth/sign-in", {"password": "wrong"}, {}), ("post", "/auth/sign-in", "{", {}), ("post", "/auth/sign-in", "x" * 20_000, {}),
             ("post", "/auth/keys", {"name": "one", "scopes": ["read", "block"], "expires_ns": 1 << 62}, session),
             ("post", "/auth/keys", {"name": "one"}, session),
             ("post", "/auth/keys", {"name": "one", "scopes": ["read"]}, {"key": key}), ("get", "/auth/keys", None, session),
             ("delete", "/auth/keys?id=0123456789abcdef", None, session), ("get", "/auth/audit", None, session),
             ("get", "/auth/audit?cursor=x", None, session), ("get", "/auth/openapi.json", None, session),
             ("post", "/auth/password", {"current": PASSWORD, "password": PASSWORD}, session))
    for method, target, body, by in asked:
        answer = gate.ask(method.upper(), target, body, **by)
        path = target.partition("?")[0]
        yield f"{method} {target} answers {answer.status}", flaws(answer, document, document["paths"][path][method]["responses"]), []
    for one in gate.ask("GET", "/auth/keys", **session).json()["keys"]:
        answer = gate.ask("DELETE", f"/auth/keys?id={one['id']}", **session)
        yield "delete /auth/keys", (answer.status, flaws(answer, document, document["paths"]["/auth/keys"]["delete"]["responses"])), (200, [])


def flaws(answer, document, responses):
    response = responses.get(str(answer.status))
    if response is None:
        return [f"{answer.status} isn't documented: {answer.body}"]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    content = response["content"].get(answer.fields["Content-Type"])
    if content is None:
        return [f"{answer.fields['Content-Type']} isn't documented"]
    validator = jsonschema.Draft202012Validator({**document, **content.get("schema", {})})
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in validator.iter_errors(answer.json())]


def keys_end(gate, session):
    key = gate.make_key(session, "read")
    yield "it asks", gate.ask("GET", "/v1/stats", key=key["key"]).status, 200
    yield "it is listed without its secret", key["key"] in gate.ask("GET", "/auth/keys", **session).body.decode(), False
    with open(os.path.join(gate.state, "keys.json"), encoding="utf-8") as kept:
        yield "nor is that kept", key["key"][-43:] in kept.read(), False
    yield "deleted", gate.ask("DELETE", f"/auth/keys?id={key['id']}", **session).status, 200
    yield "it asks no more", gate.ask("GET", "/v1/stats", key=key["key"]).status, 401
    yield "an end in the past", gate.ask("POST", "/auth/keys", {"name": "old", "scopes": ["read"], "expires_ns": 1}, **session).status, 400
    yield "a scope that there isn't", gate.ask("POST", "/auth/keys", {"name": "odd", "scopes": ["all"]}, **session).status, 400


def pages_of_others(gate, session):
    body = {"name": "of another page", "scopes": ["read"]}
    bare = {"cookie": session["cookie"]}
    forged = {"without its token": bare, "with another token": {**bare, "X_Vedette_CSRF": "A" * 43},
              "from another origin": {**session, "Origin": "https://evil.example"},
              "from a sandboxed page": {**session, "Origin": "null"},
              "from another site": {**session, "Sec_Fetch_Site": "cross-site"}, "from a neighbour": {**session, "Sec_Fetch_Site": "same-site"}}
    for how, fields in forged.items():
        yield f"a key {how}", gate.ask("POST", "/auth/keys", body, **fields).status, 403
        yield f"a block {how}", gate.ask("POST", "/v1/blocks?prefix=192.0.2.4", **fields).status, 403
    yield "a form's sign-in", gate.ask("POST", "/auth/sign-in", f'{{"password":"{PASSWORD}"}}', Content_Type="text/plain").status, 400
    yield "another site's sign-in", gate.ask("POST", "/auth/sign-in", {"password": PASSWORD}, Sec_Fetch_Site="cross-site").status, 403
    origin = f"https://127.0.0.1:{gate.port}"
    ours = gate.ask("POST", "/v1/blocks?prefix=192.0.2.4", **session, Origin=origin, Sec_Fetch_Site="same-origin")
    yield "a block from our own page", ours.status, 200


def changes_are_told(gate, sensor, session):
    key = gate.make_key(session, "block")
    target = "/v1/blocks?prefix=192.0.2.5&reason=a%20test"
    yield "a block by a key", gate.ask("POST", target, key=key["key"], Vedette_Actor=FORGED).status, 200
    told = [one for one in sensor.tell("audit") if one.get("prefix") == "192.0.2.5"]
    yield "who the sensor says it was", [(one["by"], one["uid"], one.get("key"), one.get("client_ip")) for one in told], \
        [("gateway", USER, key["id"], "127.0.0.1")]
    shown = subprocess.run([sensor.vedette, "audit", "--socket", sensor.socket], capture_output=True, text=True, check=True).stdout
    yield "who the table says it was", [line.split()[2:5] for line in shown.splitlines() if "192.0.2.5" in line], \
        [["gateway", key["id"], "127.0.0.1"]]
    connection = SocketConnection(sensor.socket)
    connection.request("POST", "/v1/blocks?prefix=192.0.2.6", headers={"Vedette-Actor": FORGED})
    yield "a block by root that names another", connection.getresponse().status, 200
    told = [one for one in sensor.tell("audit") if one.get("prefix") == "192.0.2.6"]
    yield "who that was", [(one["by"], one["uid"], one.get("key")) for one in told], [("operator", os.getuid(), None)]
    yield "a block of oneself", gate.ask("POST", "/v1/blocks?prefix=127.0.0.0/8", key=key["key"]).status, 400
    yield "and by another's name", gate.ask("POST", "/v1/blocks?prefix=127.0.0.0/8&operator=203.0.113.9", key=key["key"]).status, 400
    policy = "version: 1\nblock: [127.0.0.0/8]\n"
    refused = gate.ask("PUT", "/v1/policy?operator=203.0.113.9%2050000%20203.0.113.1%2022", policy, **session)
    yield "a policy that blocks oneself, by another's name", (refused.status, b"you are working from there" in refused.body), (400, True)
    refused = gate.ask("PUT", "/v1/policy", policy, **session)
    yield "a policy that blocks oneself", (refused.status, b"you are working from there" in refused.body), (400, True)
    warned = gate.ask("POST", "/v1/policy/check", policy, **session)
    yield "which its check says", (warned.status, b"you are working from there" in warned.body), (200, True)
    asked = [(one["what"], one.get("key"), one["client_ip"], one.get("path"), one.get("status"))
             for one in gate.ask("GET", "/auth/audit", **session).json()["events"] if one.get("key") == key["id"]]
    yield "the gateway's own audit", asked, [("asked", key["id"], "127.0.0.1", "/v1/blocks", 200), *[("asked", key["id"], "127.0.0.1", "/v1/blocks", 400)] * 2]


def of_the_sensor(host, sensor):
    """Connections to its socket."""
    return len(host.run("ss", "-Hx", "state", "connected", "src", sensor.socket).splitlines())


def streams_pass(gate, hosts, sensor, session):
    yield "connections at rest", becomes(lambda: of_the_sensor(hosts.sensed, sensor), 0), 0
    connection = gate.connection()
    stream = gate.begin(connection, "GET", "/v1/packets?filter=udp", **session)
    yield "a stream's kind", (stream.status, stream.getheader("Content-Type")), (200, "text/event-stream")
    hosts.sender.run("bash", "-c", "echo one > /dev/udp/198.51.100.2/9")
    yield "its first event", stream.readline(), b"event: packet\n"
    stream.readline()
    packet = json.loads(stream.readline().removeprefix(b"data: "))
    yield "its packet", (packet["dst_ip"], packet["dst_port"]), ("198.51.100.2", 9)
    yield "the sensor's side", of_the_sensor(hosts.sensed, sensor), 1
    connection.sock.close()
    stream.close()
    connection.close()
    yield "with the client gone", becomes(lambda: of_the_sensor(hosts.sensed, sensor), 0), 0
    key = gate.make_key(session, "read")
    connection = gate.connection()
    stream = gate.begin(connection, "GET", "/v1/packets", key=key["key"])
    gate.ask("DELETE", f"/auth/keys?id={key['id']}", **session)
    yield "with its key deleted", becomes(lambda: of_the_sensor(hosts.sensed, sensor), 0), 0
    connection.close()


def stands_alone(gate, hosts):
    pid, = gate.pids()
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        facts = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
    yield "its user", (facts["Uid"].split(), facts["Groups"].strip()), ([str(USER)] * 4, "")
    yield "its capabilities", {facts[one] for one in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}, {"0" * 16}
    yield "its privileges to come", facts["NoNewPrivs"], "1"
    yield "what listens", [line.split()[3] for line in hosts.sensed.run("ss", "-Hntl").splitlines()], [f"127.0.0.1:{gate.port}"]
    kept = {name: os.stat(os.path.join(gate.state, name)).st_mode & 0o777 for name in os.listdir(gate.state)}
    yield "its files", set(kept.values()), {0o600}
    yield "its folder", os.stat(gate.state).st_mode & 0o777, 0o700


def outlives_kills(gate, session):
    for turn in range(5):
        key = gate.make_key(session, "read")["key"]
        gate.stop(signal.SIGKILL)
        gate.start()
        yield f"the key after kill {turn}", gate.ask("GET", "/v1/stats", key=key).status, 200
        yield f"the session after kill {turn}", gate.ask("GET", "/auth/session", **session).status, 401
        yield f"the setup after kill {turn}", gate.token, None
        session = gate.sign_in()
    events = gate.ask("GET", "/auth/audit", **session).json()["events"]
    yield "its audit's numbers", [one["seq"] for one in events], list(range(1, len(events) + 1))
    yield "the keys in it", sum(one["what"] == "key_made" for one in events) >= 5, True


def ends_in_order(gate, session):
    connection = gate.connection()
    gate.begin(connection, "GET", "/v1/packets", **session)
    idle = gate.connection()
    gate.send(idle, "GET", "/")
    yield "its status at SIGTERM", gate.stop(), 0
    connection.close()
    idle.close()


def run(programs):
    programs = os.path.abspath(programs)
    checks = Checks()
    with TwoHosts() as hosts:
        for host, address in ((hosts.sender, "198.51.100.1/24"), (hosts.sensed, "198.51.100.2/24")):
            host.ip("addr", "add", address, "dev", WIRE)
        with Sensor(hosts.sensed, programs, "xdp-generic", "--gateway-user", str(USER)) as sensor, \
                Gate(hosts.sensed, programs, sensor) as gate:
            checks("begins", begins(gate))
            session = gate.set_up()
            checks("begun", begun(gate, session))
            checks("the document", answers_are_as_documented(gate, session))
            checks("nobody comes in", nobody_comes_in(gate, session))
            checks("scopes", scopes_are_held_to(gate, session))
            checks("keys", keys_end(gate, session))
            checks("pages of others", pages_of_others(gate, session))
            checks("changes", changes_are_told(gate, sensor, session))
            checks("streams", streams_pass(gate, hosts, sensor, session))
            checks("alone", stands_alone(gate, hosts))
            checks("kills", outlives_kills(gate, session))
            checks("the end", ends_in_order(gate, gate.sign_in()))
    return 1 if checks.wrong else 0


if __name__ == "__main__":
    sys.exit(main(__doc__, ("ss",), run))
