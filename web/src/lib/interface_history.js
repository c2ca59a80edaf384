// What interfaces counted each second before this page was opened, as the store keeps it for an hour.
import { query } from "./history.js";

const kGap = 2.5; // seconds without a row: nothing is known of them

/** By interface the columns of live.interfaces, of the last `seconds`. */
export async function columns_before(seconds) {
  const { rows } = await query({
    from: "interfaces",
    measures: ["bytes", "packets", "dropped_packets"],
    by: ["interface", "direction"],
    bucket: "1s",
    last: `${seconds}s`,
  });
  const by_interface = new Map();
  for (const row of rows) {
    if (row.interface === undefined) continue;
    const by_time = by_interface.get(row.interface) ?? new Map();
    const second = by_time.get(row.time_ns) ?? { in: 0, out: 0, in_packets: 0, out_packets: 0, dropped: 0 };
    const side = row.direction === "out" ? "out" : "in";
    second[side] += row.bytes;
    second[`${side}_packets`] += row.packets;
    second.dropped += row.dropped_packets;
    by_time.set(row.time_ns, second);
    by_interface.set(row.interface, by_time);
  }
  const all = new Map();
  for (const [name, by_time] of by_interface) {
    const columns = { time: [], in: [], out: [], in_packets: [], out_packets: [], dropped: [] };
    for (const time_ns of [...by_time.keys()].sort((one, other) => one - other)) {
      const time = time_ns / 1e9 + 1; // the second's end
      const before = columns.time.at(-1);
      if (before !== undefined && time - before > kGap) {
        columns.time.push(before + 1);
        for (const column in by_time.get(time_ns)) columns[column].push(null);
      }
      columns.time.push(time);
      for (const [column, value] of Object.entries(by_time.get(time_ns))) columns[column].push(value);
    }
    all.set(name, columns);
  }
  return all;
}
