// What may be asked of the history, by the API's names: a measure's is a sum's, or what is told of a gauge or of how many values
// of a dimension there were. A test holds these lists to the API's own.
import { bytes, count, figure, microseconds, words } from "./format.js";

// [name, text, format]
const kSums = {
  flows: [
    ["bytes", "bytes sent by initiators", bytes],
    ["reply_bytes", "bytes sent by responders", bytes],
    ["packets", "packets sent by initiators", count],
    ["reply_packets", "packets sent by responders", count],
    ["flows", "flows", count],
    ["retransmits", "segments sent again by initiators", count],
    ["reply_retransmits", "segments sent again by responders", count],
    ["out_of_order", "segments out of order", count],
    ["zero_windows", "zero windows", count],
    ["resets", "resets", count],
    ["dropped_packets", "packets dropped", count],
    ["dropped_bytes", "bytes dropped", bytes],
  ],
  interfaces: [
    ["bytes", "bytes", bytes],
    ["packets", "packets", count],
    ["dropped_packets", "packets dropped", count],
    ["dropped_bytes", "bytes dropped", bytes],
    ["lost_packets", "packets not told", count],
  ],
  findings: [
    ["findings", "findings", count],
    ["packets", "packets", count],
    ["bytes", "bytes", bytes],
  ],
};

const kGauges = {
  flows: [
    ["handshake_rtt_us", "TCP handshake", microseconds],
    ["rtt_us", "round trip", microseconds],
  ],
  interfaces: [],
  findings: [["score", "score", figure]],
};

export const kDimensions = {
  flows: ["src_ip", "dst_ip", "dst_port", "protocol", "app", "app_version", "outdated", "fingerprint", "interface", "process", "pid", "cgroup", "src_country", "src_asn", "dst_country", "dst_asn", "src_name", "dst_name", "src_port", "state", "verdict", "ip_version", "vlan", "tunnel", "sensor"],
  interfaces: ["interface", "direction", "sensor"],
  findings: ["kind", "severity", "src_ip", "src_prefix", "dst_ip", "dst_port", "detector", "action", "why", "id", "sensor"],
};

const kDifferent = { src_ip: "different sources", dst_ip: "different destinations", dst_port: "different ports asked" };

const measured = ([name, text, format]) => [
  [`mean:${name}`, `${text}, mean`, format],
  [`min:${name}`, `${text}, least`, format],
  [`max:${name}`, `${text}, greatest`, format],
  [`count:${name}`, `${text}, how often measured`, count],
];
const different = (name) => [`distinct:${name}`, kDifferent[name] ?? `different values of ${words(name)}`, count];

/** By source groups of measures, [title, [[name, text, format], …]]. */
export const kMeasures = Object.fromEntries(
  Object.keys(kSums).map((from) => [
    from,
    [
      ["Sums", kSums[from]],
      ["Measured", kGauges[from].flatMap(measured)],
      ["How many different", kDimensions[from].map(different)],
    ].filter(([, measures]) => measures.length > 0),
  ]),
);

/** What the parts of a whole add up to. */
export const sums_of = (from) => kSums[from];
export const is_sum = (measure) => !/^(mean|min|max|distinct):/.test(measure);

/** [name, text, format] of one that is known, or what can be said of one that isn't. */
export const measure_of = (from, name) =>
  (kMeasures[from] ?? []).flatMap(([, measures]) => measures).find(([one]) => one === name) ?? [name, words(name), figure];
