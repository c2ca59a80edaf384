// Flows of the history: the span of time that the address names, and what is stored of one flow.
import { ask_patiently, filter_of } from "./api.js";
import { columns_of, query } from "./history.js";

// [name, text]: the first is no span, but what the sensor holds now.
export const kFlowSpans = [
  ["", "now"],
  ["1h", "the last hour"],
  ["24h", "the last day"],
  ["7d", "the last week"],
  ["chosen", "a chosen span"],
];

const moment = (text) => new Date(text).getTime() * 1e6;

/** As parameters of GET /v1/flows; undefined: of what is held now. Throws an Error with what is wrong with a chosen one. */
export function range_of({ span = "", from = "", to = "" }) {
  if (!span) return undefined;
  if (span !== "chosen") return { last: span };
  const [from_ns, to_ns] = [moment(from), to ? moment(to) : undefined];
  if (!Number.isFinite(from_ns)) throw new Error("when does the span begin?");
  if (to_ns !== undefined && !(to_ns > from_ns)) throw new Error("the span ends before it begins");
  return { from_ns, to_ns };
}

/** For an <input type="datetime-local">. */
export function local_minute(ms) {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60000);
  return at.toISOString().slice(0, 16);
}

export const search = (parameters, signal) => ask_patiently("/v1/flows", { query: parameters, signal });

// Numbers this large are whole to a quarter of a microsecond, and a flow's rows agree to one.
const kSameBegin = 5000;

/** The whole of a flow of which a search found what it did within its span; undefined where it is gone. */
export async function whole_of(flow, signal) {
  const answer = await search({ filter: filter_of(flow), sort: "first_ns", from_ns: flow.first_ns - kSameBegin, limit: 100 }, signal);
  return answer.flows.find((one) => Math.abs(one.first_ns - flow.first_ns) < kSameBegin && one.interface === flow.interface);
}

const kMinute = 60e9;
const kMostBars = 240;
const kTold = ["src_ip", "dst_ip", "src_port", "dst_port", "protocol", "interface"];

/** What it did each so long, as a chart's columns, or undefined where all of it is one row. {columns, bucket_ns} */
export async function course_of(flow, signal) {
  const length = flow.last_ns - flow.first_ns;
  if (length < kMinute) return undefined;
  const bucket_ns = Math.ceil(length / kMostBars / kMinute) * kMinute;
  const where = kTold.map((field) => ({ field, op: "=", value: flow[field] ?? null }));
  const span = { from_ns: flow.first_ns, to_ns: flow.last_ns + kSameBegin };
  const answer = await query({ from: "flows", measures: ["bytes", "reply_bytes"], where, ...span, bucket: `${bucket_ns / 1e9}s` }, signal);
  if (answer.rows.length < 2) return undefined;
  const [times, sent] = columns_of(answer, [], "bytes", [""], 0);
  const [, got] = columns_of(answer, [], "reply_bytes", [""], 0);
  // Nothing stands at either edge, where a bar would be cut.
  const edged = (column, before, behind) => [before, ...column, behind];
  const width = bucket_ns / 1e9;
  const columns = [edged(times, times[0] - width, times.at(-1) + width), edged(sent, null, null), edged(got.map((value) => -value), null, null)];
  return { columns, bucket_ns };
}

const kAround = 10 * kMinute; // that a finding may be told beside what convicts

/** Findings that name one of the flow's ends, of its time. */
export async function findings_of(flow, signal) {
  const where = [{ field: "src_ip", op: "in", value: [flow.src_ip, flow.dst_ip] }];
  const span = { from_ns: flow.first_ns - kAround, to_ns: flow.last_ns + kAround };
  const answer = await query({ from: "findings", measures: ["findings"], by: ["id", "kind", "severity", "src_ip", "dst_ip", "dst_port", "why"], where, ...span, bucket: "1s" }, signal);
  const other = (row) => (row.src_ip === flow.src_ip ? flow.dst_ip : flow.src_ip);
  return answer.rows.filter((row) => row.dst_ip === undefined || row.dst_ip === other(row));
}
