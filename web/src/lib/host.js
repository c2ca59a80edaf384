// What is known of one address: from the history where there is one, else from the flows that the sensor holds. Both give the
// same, so that a view need not know which it is.

const kMost = 200; // peers and services that are asked for, those that were sent most first
const kCarried = ["bytes", "reply_bytes", "flows"];
const kEver = "115w"; // as long as anything is kept by default
const kHour = 3600e9;

class Known {
  sent = 0;
  got = 0;
  flows = 0;
  retransmits = 0; // by either end
  first_ns = undefined;
  last_ns = undefined;
  findings = 0;
  finding_kinds = new Map(); // their number by kind
  #names = new Set();
  #places = new Set();
  #peers = new Map();
  #services = new Map();
  #processes = new Map();

  get names() { return [...this.#names]; }
  get places() { return [...this.#places]; }
  get peers() { return largest(this.#peers); }
  get services() { return largest(this.#services); }
  get processes() { return largest(this.#processes); }

  /** `row`: bytes, reply_bytes, flows; `is_src`: whether it began them. */
  carry(row, is_src) {
    this.sent += is_src ? row.bytes : row.reply_bytes;
    this.got += is_src ? row.reply_bytes : row.bytes;
    this.flows += row.flows;
    this.retransmits += (row.retransmits ?? 0) + (row.reply_retransmits ?? 0);
  }
  seen(first_ns, last_ns) {
    if (first_ns !== undefined && !(this.first_ns <= first_ns)) this.first_ns = first_ns;
    if (last_ns !== undefined && !(this.last_ns >= last_ns)) this.last_ns = last_ns;
  }
  describe(row, side) {
    if (row[`${side}_name`]) this.#names.add(row[`${side}_name`]);
    const place = [row[`${side}_country`], row[`${side}_asn`] && `AS ${row[`${side}_asn`]}`].filter(Boolean).join(", ");
    if (place) this.#places.add(place);
  }
  met(address, row) {
    if (address !== undefined) add(this.#peers, address, { address }, row);
  }
  spoke(row, asks) {
    const { protocol, dst_port, app, app_version, outdated, outdated_reason } = row;
    add(this.#services, [asks, protocol, dst_port, app, app_version].join(" "), { asks, protocol, dst_port, app, app_version, outdated, outdated_reason }, row);
  }
  ran(name, row) {
    if (name) add(this.#processes, name, { name }, row);
  }
  found(row) {
    this.findings += row.findings;
    this.finding_kinds.set(row.kind, (this.finding_kinds.get(row.kind) ?? 0) + row.findings);
  }
}

function add(map, key, facts, row) {
  const one = map.get(key) ?? { key, ...facts, flows: 0, bytes: 0 };
  one.flows += row.flows;
  one.bytes += row.bytes + row.reply_bytes;
  map.set(key, one);
}
const largest = (map) => [...map.values()].sort((one, other) => other.bytes - one.bytes || other.flows - one.flows);

/** Of flows as GET /v1/flows has them. */
export function known_of_flows(address, flows) {
  const known = new Known();
  for (const flow of flows) {
    const is_src = flow.src_ip === address;
    const row = { ...flow, flows: 1 };
    known.carry(row, is_src);
    known.seen(flow.first_ns, flow.last_ns);
    known.describe(flow, is_src ? "src" : "dst");
    known.met(is_src ? flow.dst_ip : flow.src_ip, row);
    known.spoke(row, is_src);
    known.ran(flow.process?.name, row);
  }
  return known;
}

/**
 * Of the history: the sums of a span, and when it was seen first and last of all that is kept. `question` asks one query, and
 * only one is asked at a time: the sensor answers few at once, and others ask too. {known, began, taken}: the latter two are
 * what it carried over time, of flows that it began and of others.
 */
export async function known_of_history(address, { from_ns, to_ns, bucket }, question) {
  const known = new Known();
  const over_time = [];
  for (const [side, other] of [["src", "dst"], ["dst", "src"]]) {
    const is_src = side === "src";
    const where = [{ field: `${side}_ip`, op: "=", value: address }];
    const flows = (more) => question({ from: "flows", where, from_ns, to_ns, measures: kCarried, ...more });
    const carried = await flows({ measures: [...kCarried, "retransmits", "reply_retransmits"], bucket });
    over_time.push(carried);
    for (const row of carried.rows) known.carry(row, is_src);
    for (const row of (await flows({ by: [`${other}_ip`], top: kMost })).rows) known.met(row[`${other}_ip`], row);
    for (const row of (await flows({ by: ["protocol", "dst_port", "app", "app_version", "outdated"], top: kMost })).rows) known.spoke(row, is_src);
    for (const row of (await flows({ by: [`${side}_name`, `${side}_country`, `${side}_asn`], top: kMost })).rows) known.describe(row, side);
    for (const row of (await flows({ by: ["process"], top: kMost })).rows) known.ran(row.process, row);
    for (const row of (await question({ from: "findings", where, from_ns, to_ns, measures: ["findings"], by: ["kind"] })).rows) known.found(row);
    known.seen(...(await seen(where, to_ns, question)));
  }
  return { known, began: over_time[0], taken: over_time[1] };
}

/** [first_ns, last_ns]: by the hour, and to the second where flows are still kept as they were. */
async function seen(where, to_ns, question) {
  const one = { from: "flows", where, measures: ["packets"] };
  const hours = (await question({ ...one, last: kEver, to_ns, bucket: "1h" })).rows.map((row) => row.time_ns);
  if (hours.length === 0) return [];
  const within = async (hour) => (await question({ ...one, from_ns: hour, to_ns: hour + kHour, bucket: "1s" })).rows.map((row) => row.time_ns);
  return [(await within(hours[0]))[0] ?? hours[0], (await within(hours.at(-1))).at(-1) ?? hours.at(-1)];
}
