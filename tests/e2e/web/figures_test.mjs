// What numbers, times and names look like in the pages, and what is summed before it is shown.
import assert from "node:assert/strict";
import test from "node:test";

import * as format from "../../../web/src/lib/format.js";
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
