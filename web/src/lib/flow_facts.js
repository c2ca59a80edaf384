// What is known of one flow, in the words of its detail: how it went, and its facts.
import { bytes, microseconds, whole } from "./format.js";

const worries_of = (flow) =>
  [
    [(flow.retransmits ?? 0) + (flow.reply_retransmits ?? 0), "segment sent again", "segments sent again"],
    [flow.out_of_order, "segment out of order", "segments out of order"],
    [flow.zero_windows, "zero window", "zero windows"],
    [flow.resets, "reset", "resets"],
  ]
    .filter(([number]) => number > 0)
    .map(([number, one, several]) => `${whole(number)} ${number === 1 ? one : several}`);

/** [{ns, text}]: from the first packet to what it suffered; a step without a known time has no ns. The last packet is the caller's. */
export function steps_of(flow) {
  const steps = [{ ns: flow.first_ns, text: "first packet" }];
  if (flow.handshake_rtt_us !== undefined)
    steps.push({ ns: flow.first_ns + flow.handshake_rtt_us * 1e3, text: `TCP handshake done in ${microseconds(flow.handshake_rtt_us)}` });
  if (flow.app) {
    const spoken = flow.app_version?.startsWith(flow.app) ? flow.app_version : `${flow.app} ${flow.app_version ?? ""}`.trim();
    steps.push({ text: `speaks ${spoken}${flow.outdated ? `, outdated${flow.outdated_reason ? `: ${flow.outdated_reason}` : ""}` : ""}` });
  }
  const worries = worries_of(flow);
  if (worries.length) steps.push({ text: worries.join(", ") });
  return steps;
}

const place_of = (country, asn) => [country, asn && `AS ${asn}`].filter(Boolean).join(", ");

/** [name, value] of all that is known. */
export const facts_of = (flow) =>
  [
    ["Interface", flow.interface],
    ["Protocol", `${flow.protocol}, IPv${flow.ip_version}`],
    ["Initiator sent", `${whole(flow.packets)} packets, ${bytes(flow.bytes)}`],
    ["Responder sent", `${whole(flow.reply_packets)} packets, ${bytes(flow.reply_bytes)}`],
    ["Packet sizes", flow.min_length === undefined ? undefined : `${flow.min_length} … ${flow.max_length} B`],
    ["Round trip", flow.rtt_us === undefined ? undefined : microseconds(flow.rtt_us)],
    ["TCP flags", flow.tcp_flags === undefined ? undefined : `${flow.tcp_flags} / ${flow.reply_tcp_flags ?? ""}`],
    ["Client's fingerprint", flow.fingerprint],
    ["VLAN", flow.vlan?.join(", ")],
    ["Tunnel", flow.tunnel && [flow.tunnel.type, flow.tunnel.id, flow.tunnel.src_ip && `${flow.tunnel.src_ip} → ${flow.tunnel.dst_ip}`].filter((one) => one !== undefined).join(" ")],
    ["Process", flow.process && `${flow.process.name} (${flow.process.pid})`],
    ["Control group", flow.process?.cgroup],
    ["Source's name", flow.src_name],
    ["Destination's name", flow.dst_name],
    ["Source's place", place_of(flow.src_country, flow.src_asn)],
    ["Destination's place", place_of(flow.dst_country, flow.dst_asn)],
    ["Verdict", flow.verdict],
    ["Dropped", flow.dropped_packets ? `${whole(flow.dropped_packets)} packets, ${bytes(flow.dropped_bytes)}` : undefined],
    ["Seen by", flow.sensor],
  ].filter(([, value]) => value !== undefined && value !== "");
