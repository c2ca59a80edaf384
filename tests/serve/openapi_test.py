#!/usr/bin/env python3
"""The OpenAPI document against the real server's answers: every path is asked, every answer is validated
against its schema, and every member that comes must be in the document.

usage: openapi_test.py SERVE_CAPTURE"""

import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest

import jsonschema

PROGRAM = sys.argv.pop(1)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.socket = os.path.join(cls.folder.name, "api.sock")
        cls.server = subprocess.Popen([PROGRAM, cls.socket], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        cls.history = cls.server.stdout.readline() == b"history\n"
        assert cls.server.stdout.readline() == b"serving\n"
        cls.document = json.loads(cls.ask("/v1/openapi.json")[2])

    @classmethod
    def tearDownClass(cls):
        cls.server.stdin.close()
        cls.status = cls.server.wait(timeout=30)
        cls.server.stdout.close()
        cls.folder.cleanup()
        assert cls.status == 0

    @classmethod
    def ask(cls, target, method="GET", body=None):
        connection = UnixConnection(cls.socket)
        connection.request(method, target, body)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.getheader("Content-Type"), body

    def operation(self, path, method="get"):
        return self.document["paths"][path][method]

    def target_of(self, path):
        return path.replace("{id}", "0123456789abcdef")

    def readable(self):
        return [path for path, operations in self.document["paths"].items() if "get" in operations]

    def wants_history(self, path):
        """What this build has no store for answers as /v1/query does, and is asked no more."""
        if self.history or not path.startswith("/v1/analysis/"):
            return False
        status, kind, body = self.ask(path)
        self.assertEqual((status, kind, json.loads(body)["title"]), (503, "application/problem+json", "no history"), path)
        return True

    def resolve(self, node):
        while "$ref" in node:
            at = self.document
            for step in node["$ref"][2:].split("/"):
                at = at[step]
            node = at
        return node

    def validate(self, value, schema):
        validator = jsonschema.Draft202012Validator({**self.document, **schema})
        problems = [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in validator.iter_errors(value)]
        self.assertEqual(problems, [])

    def test_changes_answer_by_their_schemas(self):
        entry = "?prefix=192.0.2.0/24&kind=block"
        for method, target in (("POST", f"{entry}&ttl=60&reason=a%20test&observe=true"), ("DELETE", entry)):
            status, kind, body = self.ask(f"/v1/blocks{target}", method)
            self.assertEqual((status, kind), (200, "application/json"), body)
            answers = self.resolve(self.operation("/v1/blocks", method.lower())["responses"]["200"])
            self.validate(json.loads(body), answers["content"]["application/json"]["schema"])
            self.assertEqual(json.loads(body)["reason"], "a test")
        events = json.loads(self.ask("/v1/audit")[2])["events"]
        for event in events:
            self.validate(event, {"$ref": "#/components/schemas/AuditEvent"})
        done = [(event["what"], event["by"], event["uid"]) for event in events if event.get("prefix") == "192.0.2.0/24"]
        self.assertEqual(done, [("block", "operator", os.getuid()), ("unblock", "operator", os.getuid())])
        self.assertEqual(self.ask(f"/v1/blocks{entry}", "DELETE")[0], 404)
        self.assertEqual(self.ask("/v1/blocks?prefix=192.0.2.1/24", "POST")[0], 400)
        self.assertEqual(self.ask("/v1/blocks", "POST")[0], 400)

    def test_guards_answer_by_their_schemas(self):
        for path, key, lists, begun, again in (
                ("/v1/syn-proxy", "port=443", "proxies", "&mode=always&method=reset&address=192.0.2.1,2001:db8::1", ""),
                ("/v1/solicited-only", "address=192.0.2.1", "addresses", "&ports=53,443&tcp=true&observe=true", "")):
            told = []
            for method, more in (("POST", begun), ("POST", again), ("DELETE", "")):
                status, kind, body = self.ask(f"{path}?{key}{more}", method)
                self.assertEqual((status, kind), (200, "application/json"), body)
                answers = self.resolve(self.operation(path, method.lower())["responses"]["200"])
                self.validate(json.loads(body), answers["content"]["application/json"]["schema"])
                told.append(json.loads(body))
                listed = json.loads(self.ask(path)[2])
                self.validate(listed, self.operation(path)["responses"]["200"]["content"]["application/json"]["schema"])
                self.assertEqual(listed[lists], [] if method == "DELETE" else [told[-1]])
            self.assertNotEqual(told[0], told[1], "as it was given anew")
            self.assertEqual(told[1], told[2], "as it was")
            for method, target, expected in (("DELETE", f"{path}?{key}", 404), ("DELETE", path, 400), ("POST", path, 400),
                                             ("POST", f"{path}?{key}&nonsense=1", 400), ("POST", f"{path}?{key.split('=')[0]}=none", 400),
                                             ("PUT", f"{path}?{key}", 405)):
                status, kind, body = self.ask(target, method)
                self.assertEqual((status, kind), (expected, "application/problem+json"), (method, target, body))
                self.validate(json.loads(body), {"$ref": "#/components/schemas/Problem"})
            for method in ("post", "delete"):
                names = {one["name"] for one in map(self.resolve, self.operation(path, method)["parameters"])}
                taken = json.loads(self.ask(f"{path}?nonsense=1", method.upper())[2])["detail"]
                self.assertEqual([name for name in names if name not in taken], [], f"{method} {path}")

    def test_policies_answer_by_their_schemas(self):
        policy = "version: 1\nblock: [192.0.2.1]\n"
        for method, target, sent in (("POST", "/v1/policy/check", policy), ("PUT", "/v1/policy?confirm_s=60", policy),
                                     ("POST", "/v1/policy/confirm", None), ("POST", "/v1/policy/rollback", None)):
            status, kind, body = self.ask(target, method, sent)
            self.assertEqual((status, kind), (200, "application/json"), body)
            answers = self.resolve(self.operation(target.split("?")[0], method.lower())["responses"]["200"])
            self.validate(json.loads(body), answers["content"]["application/json"]["schema"])
            if method == "PUT":
                self.assertEqual(json.loads(body)["policy"], policy)
                self.assertIn("confirm_until_ns", json.loads(body))
        for target, sent in (("/v1/policy/confirm", None), ("/v1/policy/rollback", None), ("/v1/policy/check", "version: 1\nrules: [1]\n")):
            status, kind, body = self.ask(target, "POST", sent)
            self.assertEqual((status, kind), (400, "application/problem+json"), body)
            self.validate(json.loads(body), {"$ref": "#/components/schemas/Problem"})
        self.assertEqual([(one["line"], one["column"]) for one in json.loads(body)["errors"]], [(2, 9)])
        self.assertEqual(self.ask("/v1/policy", "POST")[0], 405)

    def test_shadow_policies_answer_by_their_schemas(self):
        policy = "version: 1\nblock: [192.0.2.1]\n"
        for method, sent, told in (("GET", None, None), ("PUT", policy, policy), ("GET", None, policy), ("DELETE", None, None)):
            status, kind, body = self.ask("/v1/policy/shadow", method, sent)
            self.assertEqual((status, kind), (200, "application/json"), body)
            answers = self.resolve(self.operation("/v1/policy/shadow", method.lower())["responses"]["200"])
            self.validate(json.loads(body), answers["content"]["application/json"]["schema"])
            self.assertEqual(json.loads(body).get("policy"), told)
            self.assertEqual([one["name"] for one in json.loads(body)["rules"]], ["(block)"] if told else [])
        for method, sent, expected in (("DELETE", None, 400), ("PUT", "version: 1\nrules: [1]\n", 400), ("POST", policy, 405)):
            status, kind, body = self.ask("/v1/policy/shadow", method, sent)
            self.assertEqual((status, kind), (expected, "application/problem+json"), body)
            self.validate(json.loads(body), {"$ref": "#/components/schemas/Problem"})

    def test_history_answers_by_its_schemas(self):
        if not self.history:
            self.skipTest("this build has no store")
        span = {"from_ns": 1_690_000_000_000_000_000, "to_ns": 1_710_000_000_000_000_000}
        queries = [
            span | {"measures": ["packets", "bytes", "flows"]},
            span | {"by": ["src_ip", "protocol"], "measures": ["bytes", "distinct:dst_port", "mean:rtt_us"], "top": 2, "others": True},
            span | {"by": ["dst_port"], "bucket": "1h", "where": [{"field": "protocol", "op": "=", "value": "tcp"}]},
            {"from": "findings", "by": ["kind"]},
            {"from": "interfaces", "by": ["interface", "direction"], "last": "1h", "bucket": "1m"},
        ]
        answers = self.operation("/v1/query", "post")["responses"]["200"]["content"]
        for query in queries:
            self.validate(query, {"$ref": "#/components/schemas/Query"})
            status, kind, body = self.ask("/v1/query", "POST", json.dumps(query))
            self.assertEqual((status, kind), (200, "application/json"), body)
            answer = json.loads(body)
            self.validate(answer, answers["application/json"]["schema"])
            names = [column["name"] for column in answer["columns"]]
            for row in answer["rows"]:
                self.assertLessEqual(set(row), set(names))
        stats = json.loads(self.ask("/v1/stats")[2])["in"]
        rows = json.loads(self.ask("/v1/query", "POST", json.dumps(queries[0]))[2])["rows"]
        self.assertEqual((rows[0]["packets"], rows[0]["bytes"]), (stats["flow_packets"], stats["flow_bytes"]))
        for form, begins in (("csv", b"packets,bytes,flows\n"), ("parquet", b"PAR1")):
            status, kind, body = self.ask(f"/v1/query?format={form}", "POST", json.dumps(queries[0]))
            self.assertEqual(status, 200, body)
            self.assertIn(kind, answers)
            self.assertTrue(body.startswith(begins), body[:40])

    def test_analyses_answer_by_their_schemas(self):
        if not self.history:
            self.skipTest("this build has no store")
        end = 1_700_000_100_000_000_000
        for target, items in ((f"movers?by=src_ip,protocol&last=1h&to_ns={end}", "movers"), (f"movers?of=interfaces&last=1h&to_ns={end}", None),
                              (f"new?days=3&to_ns={end}", None), (f"bottlenecks?measure=retransmits&by=dst_network&to_ns={end}&last=2m&ago=2m", None),
                              (f"anomalies?of=flows&measure=flows&to_ns={end}", None), (f"forecast?capacity_bps=1000000000&to_ns={end}", None),
                              (f"periodicity?by=src_ip&to_ns={end}", None), ("movers?of=findings", None), (f"steps?bucket=30m&to_ns={end}", None),
                              (f"new-since-yesterday?days=3&to_ns={end}", None), (f"new-since-yesterday?kinds=country&to_ns={end}", None)):
            status, kind, body = self.ask(f"/v1/analysis/{target}")
            self.assertEqual((status, kind), (200, "application/json"), (target, body))
            answers = self.operation(f"/v1/analysis/{target.split('?')[0]}")["responses"]["200"]["content"]
            self.validate(json.loads(body), answers["application/json"]["schema"])
            if items:
                self.assertTrue(json.loads(body)[items], target)

    def test_a_flawed_query_is_told_with_its_place(self):
        for query, pointer in ((b"{", "#"), (b"[]", "#"), (b'{"by":["src_ip","source"]}', "#/by/1"),
                               (b'{"where":[{"field":"dst_port","op":"~","value":1}]}', "#/where/0/op"),
                               (b'{"last":"1h","bucket":"1y"}', "#/bucket")):
            status, kind, body = self.ask("/v1/query", "POST", query)
            self.assertEqual((status, kind), (400, "application/problem+json"), body)
            problem = json.loads(body)
            self.validate(problem, {"$ref": "#/components/schemas/Problem"})
            self.assertEqual([one["pointer"] for one in problem["errors"]], [pointer])
        self.assertEqual(self.ask("/v1/query?format=xml", "POST", b"{}")[0], 400)
        self.assertEqual(self.ask("/v1/query")[0], 405)

    def test_stored_flows_match_the_schema_and_come_in_pages_of_one_span(self):
        status, _, body = self.ask("/v1/flows?last=1w&limit=2&sort=-last_ns")
        if not self.history:
            self.assertEqual((status, json.loads(body)["title"]), (503, "no history"))
            return
        self.assertEqual(status, 200, body)
        # The capture is of 2023: of the span that ends then.
        span = "to_ns=1700000100000000000&last=1h"
        told, cursor, spans = [], "", set()
        while True:
            status, _, body = self.ask(f"/v1/flows?{span}&limit=2&sort=first_ns&cursor={cursor}")
            self.assertEqual(status, 200, body)
            page = json.loads(body)
            self.validate(page, self.operation("/v1/flows")["responses"]["200"]["content"]["application/json"]["schema"])
            told += page["flows"]
            spans.add((page["from_ns"], page["to_ns"], page["total"]))
            cursor = page.get("next_cursor", "")
            if not cursor:
                break
        self.assertEqual(len(spans), 1)
        self.assertEqual(len(told), spans.pop()[2])
        known = self.document["components"]["schemas"]["Flow"]["properties"]
        self.assertEqual({name for flow in told for name in flow} - set(known), set())
        live = {flow["src_ip"] for flow in json.loads(self.ask("/v1/flows?limit=10000")[2])["flows"]}
        self.assertEqual({flow["src_ip"] for flow in told}, live)
        for wrong in ("last=1y", "last=1h&from_ns=1", "from_ns=5&to_ns=4", "last=1h&cursor=3", "last=1h&sort=max_length"):
            status, kind, body = self.ask(f"/v1/flows?{wrong}")
            self.assertEqual((status, kind), (400, "application/problem+json"), f"{wrong}: {body}")

    def test_every_json_answer_matches_its_schema(self):
        asked = 0
        for path in self.readable():
            content = self.resolve(self.operation(path)["responses"]["200"])["content"]
            if "application/json" not in content or self.wants_history(path):
                continue
            status, content_type, body = self.ask(path)
            self.assertEqual((status, content_type), (200, "application/json"), path)
            schema = content["application/json"].get("schema")
            if schema:
                self.validate(json.loads(body), schema)
            asked += 1
        self.assertGreaterEqual(asked, 5)

    def test_every_answer_is_of_a_documented_type(self):
        for path in self.readable():
            if self.wants_history(path):
                continue
            target = path + "?count=1" if path in ("/v1/packets", "/v1/capture", "/v1/handshakes", "/v1/live") else self.target_of(path)
            _, content_type, _ = self.ask(target)
            self.assertIn(content_type, self.operation(path)["responses"]["200"]["content"], path)

    def test_every_packet_event_matches_the_packet_schema(self):
        _, _, body = self.ask("/v1/packets?count=20")
        packets = [line[6:] for line in body.decode().splitlines() if line.startswith("data: ")]
        self.assertEqual(len(packets), 20)
        for packet in packets:
            self.validate(json.loads(packet), {"$ref": "#/components/schemas/Packet"})

    def test_every_handshake_event_matches_the_handshake_schema(self):
        _, _, body = self.ask("/v1/handshakes?count=1")
        lines = body.decode().splitlines()
        self.assertEqual(lines[0], "event: handshake")
        handshakes = [line[6:] for line in lines if line.startswith("data: ")]
        self.assertEqual(len(handshakes), 1)
        self.validate(json.loads(handshakes[0]), {"$ref": "#/components/schemas/Handshake"})

    def test_every_second_matches_the_second_schema(self):
        _, _, body = self.ask("/v1/live?count=2")
        lines = body.decode().splitlines()
        self.assertEqual(lines[0], "event: second")
        seconds = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
        self.assertEqual(len(seconds), 2)
        for second in seconds:
            self.validate(second, {"$ref": "#/components/schemas/Second"})
        for list_of in ("interfaces", "sources", "services", "versions"):
            self.assertTrue(seconds[0][list_of], list_of)

    def test_every_problem_matches_the_problem_schema(self):
        schema = {"$ref": "#/components/schemas/Problem"}
        for target, method, expected in (("/v1/nowhere", "GET", 404), ("/v1/stats", "PUT", 405),
                                         ("/v1/packets", "HEAD", 405), ("/v1/flows?limit=0", "GET", 400),
                                         ("/v1/flows?filter=tcp+prot", "GET", 400), ("/v1/handshakes", "HEAD", 405),
                                         ("/v1/handshakes?filter=tcp+prot", "GET", 400), ("/v1/capture?snaplen=65536", "GET", 400),
                                         ("/v1/findings/ffffffffffffffff/evidence", "GET", 404),
                                         ("/v1/findings/..%2Fx/evidence", "GET", 400), ("/v1/findings//evidence", "GET", 404)):
            status, content_type, body = self.ask(target, method)
            self.assertEqual((status, content_type), (expected, "application/problem+json"), target)
            if method != "HEAD":
                problem = json.loads(body)
                self.validate(problem, schema)
                self.assertEqual(problem["status"], expected)

    def test_every_loss_reason_is_documented_and_told(self):
        stats = self.document["components"]["schemas"]["Stats"]
        documented = stats["properties"]["losses"]["items"]["properties"]["reason"]["enum"]
        told = [loss["reason"] for loss in json.loads(self.ask("/v1/stats")[2])["losses"]]
        self.assertEqual(told, documented)
        manual = (pathlib.Path(__file__).parents[2] / "docs/man/vedette-stats.1").read_text()
        self.assertEqual(re.findall(r"^\.It Li (\w+)$", manual, re.MULTILINE), documented)

    def test_every_documented_parameter_is_taken_and_no_other(self):
        for path in self.readable():
            parameters = self.operation(path).get("parameters", [])
            names = {one["name"] for one in map(self.resolve, parameters) if one["in"] == "query"}
            status, _, body = self.ask(self.target_of(path) + "?nonsense=1")
            self.assertEqual(status, 400, path)
            taken = json.loads(body)["detail"]
            for name in names:
                self.assertIn(name, taken, path)
            if not names:
                self.assertIn("it takes none", taken, path)


if __name__ == "__main__":
    unittest.main()
