// The stored history (POST /v1/query), of what fields.js names: how long ago, and how its answers become charts.
import { ask_patiently } from "./api.js";

// [name, text, its length in seconds, bucket in seconds]
export const kSpans = [
  ["15m", "15 minutes", 900, 10],
  ["1h", "1 hour", 3600, 60],
  ["6h", "6 hours", 21600, 300],
  ["24h", "24 hours", 86400, 900],
  ["7d", "7 days", 604800, 3600],
  ["30d", "30 days", 2592000, 21600],
];

/** One query's answer. */
export const query = (body, signal) => ask_patiently("/v1/query", { method: "POST", body, signal });

/** What a row's dimensions say, as one text; facts that are absent have a name. */
export function name_of(row, by) {
  if (row.others) return "all others";
  return by.map((name) => (row[name] === undefined ? `no ${name.replaceAll("_", " ")}` : String(row[name]))).join(" · ");
}

/** Columns for a chart: time in seconds, and one for each name; buckets without a row are `empty`. */
export function columns_of(answer, by, measure, names, empty) {
  const width = answer.bucket_ns ?? 60e9;
  const begin = Math.floor(answer.from_ns / width);
  const end = Math.ceil(answer.to_ns / width);
  const times = [];
  for (let at = begin; at < end; at++) times.push((at * width) / 1e9);
  const columns = names.map(() => new Array(times.length).fill(empty));
  const places = new Map(names.map((name, i) => [name, i]));
  for (const row of answer.rows) {
    const column = columns[places.get(name_of(row, by))];
    const at = Math.floor(row.time_ns / width) - begin;
    if (column && at >= 0 && at < times.length) column[at] = row[measure] ?? empty;
  }
  return [times, ...columns];
}

/** "dst_port = 443, src_ip in 10.0.0.0/8": conditions as `where` has them. Throws an Error with what is wrong. */
export function where_of(text) {
  const conditions = [];
  for (const part of text.split(",").map((one) => one.trim()).filter(Boolean)) {
    const found = /^([a-z_]+)\s*(!=|<=|>=|=|<|>)\s*(.+)$/.exec(part);
    if (!found) throw new Error(`expected FIELD = VALUE (or !=, <, <=, >, >=), found "${part}"`);
    const [, field, op, value] = found;
    const number = /^\d+$/.test(value) ? Number(value) : value === "true" ? true : value === "false" ? false : value.replace(/^"(.*)"$/, "$1");
    conditions.push({ field, op, value: number });
  }
  return conditions;
}
