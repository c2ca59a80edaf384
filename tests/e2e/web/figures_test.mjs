// What numbers, times and names look like in the pages, and what is summed before it is shown.
import assert from "node:assert/strict";
import test from "node:test";

import * as format from "../../../web/src/lib/format.js";
import { known_of_flows, known_of_history } from "../../../web/src/lib/host.js";
import { recent } from "../../../web/src/lib/recent.js";

const plain = (text) => text.replaceAll("\u202f", " ");

test("rates have three digits that count, in steps of a thousand bits", () => {
  for (const [bytes, text] of [[0, "0 bit/s"], [1, "8 bit/s"], [124, "992 bit/s"], [125, "1.00 kbit/s"], [1_250_000, "10.0 Mbit/s"], [124_999_999, "1.00 Gbit/s"], [12_345_678, "98.8 Mbit/s"]])
    assert.equal(plain(format.bit_rate(bytes)), text);
});

test("counts and bytes never show a thousand of a unit that has a larger one", () => {
  assert.equal(plain(format.count(999)), "999");
  assert.equal(plain(format.count(999.6)), "1.00 k");
  assert.equal(plain(format.bytes(999_600)), "1.00 MB");
  assert.equal(plain(format.whole(1234567)), "1 234 567");
  assert.equal(plain(format.whole(999)), "999");
});

test("few a second have a decimal, none has none", () => {
  assert.equal(plain(format.rate(0)), "0 /s");
  assert.equal(plain(format.rate(0.4)), "0.4 /s");
  assert.equal(plain(format.rate(1234)), "1.23 k/s");
});

test("durations are in the unit that fits", () => {
  for (const [ns, text] of [[177e3, "177 µs"], [1.09e6, "1.09 ms"], [12.4e9, "12.4 s"], [200e9, "3 min 20 s"], [7500e9, "2 h 05 min"], [273600e9, "3 d 4 h"], [-5e9, "−5.00 s"]])
    assert.equal(plain(format.duration(ns)), text);
  assert.equal(format.clock(200), "03:20");
});

test("an IPv6 address has brackets before its port", () => {
  assert.equal(format.end_of("fd77::1", 53), "[fd77::1]:53");
  assert.equal(format.end_of("10.0.0.1", 53), "10.0.0.1:53");
  assert.equal(format.end_of("fd77::1"), "fd77::1");
});

test("who sends most is told as the mean of ten seconds, by their measured length", () => {
  const second = (sources, span_s = 1) => recent.take({ span_ns: span_s * 1e9, sources });
  for (let i = 0; i < 20; i++) second([{ src_ip: "old", bytes: 1e9, packets: 1 }]);
  for (let i = 0; i < 9; i++) second([{ src_ip: "a", bytes: 100, packets: 2 }]);
  second([{ src_ip: "a", bytes: 100, packets: 2 }, { src_ip: "b", bytes: 5000, packets: 10 }], 11);
  assert.deepEqual(recent.largest("sources", (row) => row.src_ip, 10), [
    { src_ip: "b", bytes: 250, packets: 0.5 },
    { src_ip: "a", bytes: 50, packets: 1 },
  ]);
  assert.equal(recent.largest("sources", (row) => row.src_ip, 1).length, 1);
});

// Answers a query as the store does, of flows whose latest packets came at their last_ns.
function store_of(flows) {
  return async (asked) => {
    const width = asked.bucket ? { s: 1e9, m: 60e9, h: 3600e9 }[asked.bucket.at(-1)] * Number.parseInt(asked.bucket, 10) : 0;
    const rows = new Map();
    for (const flow of asked.from === "flows" ? flows : []) {
      if (asked.where.some(({ field, value }) => flow[field] !== value)) continue;
      if (flow.last_ns < (asked.from_ns ?? 0) || flow.last_ns >= asked.to_ns) continue;
      const facts = Object.fromEntries((asked.by ?? []).filter((name) => flow[name] !== undefined).map((name) => [name, name === "process" ? flow.process.name : flow[name]]));
      if (width) facts.time_ns = flow.last_ns - (flow.last_ns % width);
      const row = rows.get(JSON.stringify(facts)) ?? facts;
      for (const name of asked.measures) row[name] = (row[name] ?? 0) + (name === "flows" ? 1 : flow[name] ?? 0);
      rows.set(JSON.stringify(facts), row);
    }
    return { rows: [...rows.values()].sort((one, other) => one.time_ns - other.time_ns), from_ns: asked.from_ns, to_ns: asked.to_ns };
  };
}

test("an address is told the same by the history as by its flows", async () => {
  const hour = 3600e9;
  const flow = (more) => ({ src_ip: "a", dst_ip: "b", protocol: "tcp", dst_port: 443, app: "tls", bytes: 100, reply_bytes: 1000, first_ns: 10 * hour, last_ns: 10 * hour, ...more });
  const flows = [
    flow({ retransmits: 2, reply_retransmits: 1, src_name: "alpha", src_country: "SE", src_asn: 7 }),
    flow({ dst_ip: "c", dst_port: 53, protocol: "udp", app: "dns", first_ns: 30 * hour + 5e9, last_ns: 30 * hour + 5e9, process: { name: "resolver" } }),
    flow({ src_ip: "b", dst_ip: "a", bytes: 7, reply_bytes: 70, first_ns: 20 * hour, last_ns: 20 * hour }),
  ];
  const held = known_of_flows("a", flows);
  const { known } = await known_of_history("a", { from_ns: 0, to_ns: 40 * hour, bucket: "1h" }, store_of(flows));
  for (const of of [held, known]) {
    assert.deepEqual([of.sent, of.got, of.flows, of.retransmits], [270, 2007, 3, 3]);
    assert.deepEqual([of.first_ns, of.last_ns], [10 * hour, 30 * hour + 5e9]);
    assert.deepEqual(of.peers.map((one) => [one.address, one.flows, one.bytes]), [["b", 2, 1177], ["c", 1, 1100]]);
    assert.deepEqual(of.services.map((one) => [one.asks, one.protocol, one.dst_port, one.app, one.bytes]), [[true, "tcp", 443, "tls", 1100], [true, "udp", 53, "dns", 1100], [false, "tcp", 443, "tls", 77]]);
    assert.deepEqual([of.names, of.places], [["alpha"], ["SE, AS 7"]]);
    assert.deepEqual(of.processes.map((one) => one.name), ["resolver"]);
  }
});
