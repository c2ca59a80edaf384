#include "serve/status_json.h"

#include "base/json_writer.h"
#include "packet/names.h"

namespace vedette {

namespace {

template <typename Write>
std::string object(Write&& write) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  write(json);
  json.end_object();
  return fmt::to_string(out);
}

template <typename Rows, typename Write>
void write_rows(JsonWriter& json, std::string_view name, const Rows& rows, Write&& write) {
  json.key(name);
  json.begin_array();
  for (const auto& row : rows) {
    json.begin_object();
    write(row);
    json.end_object();
  }
  json.end_array();
}

void write_counts(JsonWriter& json, std::string_view name, const DirectionCounts& counts) {
  json.key(name);
  json.begin_object();
  json.field("packets", counts.packets);
  json.field("bytes", counts.bytes);
  json.field("flow_packets", counts.flow_packets);
  json.field("flow_bytes", counts.flow_bytes);
  json.field("not_ip_packets", counts.not_ip_packets);
  json.field("not_ip_bytes", counts.not_ip_bytes);
  json.field("lost_packets", counts.lost_packets);
  json.field("lost_bytes", counts.lost_bytes);
  json.field("blocked_packets", counts.blocked_packets);
  json.field("blocked_bytes", counts.blocked_bytes);
  json.field("rule_dropped_packets", counts.rule_dropped_packets);
  json.field("rule_dropped_bytes", counts.rule_dropped_bytes);
  json.field("answered_packets", counts.answered_packets);
  json.field("answered_bytes", counts.answered_bytes);
  json.field("refused_packets", counts.refused_packets);
  json.field("refused_bytes", counts.refused_bytes);
  json.field("unsolicited_packets", counts.unsolicited_packets);
  json.field("unsolicited_bytes", counts.unsolicited_bytes);
  json.field("protocol_dropped_packets", counts.protocol_dropped_packets);
  json.field("protocol_dropped_bytes", counts.protocol_dropped_bytes);
  json.end_object();
}

void write_tables(JsonWriter& json, const std::vector<StoredTable>& tables) {
  write_rows(json, "tables", tables, [&](const StoredTable& table) {
    json.field("table", std::string_view(table.name));
    json.field("bytes", table.bytes);
    if (table.oldest) json.field("oldest_ns", table.oldest->count());
    if (table.days != 0) json.field("kept_days", table.days);
  });
}

void write_store(JsonWriter& json, const StoreStatus& store) {
  json.key("store");
  json.begin_object();
  json.field("folder", std::string_view(store.folder));
  json.field("engine", std::string_view(store.engine));
  json.field("writing", store.writing);
  if (!store.why_not.empty()) json.field("why_not", std::string_view(store.why_not));
  if (store.last_write) json.field("last_write_ns", store.last_write->count());
  json.field("failed_writes", store.failed_writes);
  json.field("accepted", store.accepted);
  json.field("rows", store.rows);
  json.field("waiting", store.waiting);
  json.field("queued_bytes", store.queued_bytes);
  json.field("spooled_rows", store.spooled_rows);
  json.field("spooled_bytes", store.spooled_bytes);
  json.field("lost", store.queue_full + store.unwritten);
  json.field("set_aside_files", store.set_aside);
  json.field("bytes", store.bytes);
  json.field("max_bytes", store.most_bytes);
  if (store.disk) {
    json.field("disk_free_bytes", store.disk->free_bytes);
    json.field("disk_bytes", store.disk->bytes);
  }
  write_tables(json, store.tables);
  json.end_object();
}

void write_evidence(JsonWriter& json, const EvidenceHealth& evidence) {
  json.key("evidence");
  json.begin_object();
  json.field("folder", std::string_view(evidence.folder));
  json.field("writing", evidence.writing);
  if (!evidence.why_not.empty()) json.field("why_not", std::string_view(evidence.why_not));
  json.end_object();
}

void write_if_known(JsonWriter& json, std::string_view name, const std::optional<std::uint64_t>& count) {
  if (count) json.field(name, *count);
}

void write_if_known(JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.field(name, text);
}

void write_unseen(JsonWriter& json, const UnseenCounts& unseen) {
  if (!unseen.missed && !unseen.errors && !unseen.dropped) return;
  json.key("unseen");
  json.begin_object();
  write_if_known(json, "missed_packets", unseen.missed);
  write_if_known(json, "error_packets", unseen.errors);
  write_if_known(json, "dropped_packets", unseen.dropped);
  json.end_object();
}

void write_flow_totals(JsonWriter& json, const FlowTotals& flows) {
  json.key("flows");
  json.begin_object();
  json.field("live", flows.live);
  json.field("created", flows.created);
  json.field("ended_early", flows.ended_early);
  json.field("table_slots", flows.table_slots);
  json.field("table_evicted", flows.table_evicted);
  json.field("kernel_bytes", flows.kernel_bytes);
  json.field("user_bytes", flows.user_bytes);
  json.end_object();
}

void write_told(JsonWriter& json, std::string_view name, const ToldCounts& told) {
  json.key(name);
  json.begin_object();
  json.field("due_packets", told.due);
  json.field("told_packets", told.told);
  json.end_object();
}

void write_tcp(JsonWriter& json, const TcpCounts& tcp) {
  json.key("tcp");
  json.begin_object();
  json.field("retransmits", tcp.retransmits);
  json.field("resets_sent", tcp.resets_sent);
  json.field("resets_received", tcp.resets_received);
  json.field("connections_opened", tcp.connections_opened);
  json.field("connections_accepted", tcp.connections_accepted);
  json.end_object();
}

std::string_view exported_name(Exported exported) {
  switch (exported) {
    case Exported::kFlows:
      return "flows";
    case Exported::kFindings:
      return "findings";
    case Exported::kMetrics:
      return "metrics";
  }
  return "";
}

void write_exports(JsonWriter& json, const std::vector<ExportStatus>& exports) {
  write_rows(json, "exports", exports, [&](const ExportStatus& one) {
    json.field("exported", exported_name(one.exported));
    json.field("protocol", std::string_view(one.protocol));
    json.field("target", std::string_view(one.target));
    json.field("told", one.told);
    json.field("failed", one.failed);
    json.field("dropped", one.dropped);
    json.field("waiting", one.waiting);
    json.field("messages", one.messages);
    json.field("bytes", one.bytes);
    write_if_known(json, "error", std::string_view(one.error));
  });
}

}  // namespace

std::string health_json(const Health& health) {
  return object([&](JsonWriter& json) {
    json.field("status", "ok");
    json.field("version", health.version);
    json.field("uptime_ns", health.uptime.count());
    json.field("pid", health.pid);
    if (health.store) write_store(json, *health.store);
    if (health.evidence) write_evidence(json, *health.evidence);
  });
}

std::string stats_json(const Stats& stats) {
  return object([&](JsonWriter& json) {
    json.field("time_ns", stats.time.count());
    json.field("uptime_ns", stats.uptime.count());
    write_counts(json, "in", stats.in);
    write_counts(json, "out", stats.out);
    json.key("malformed");
    json.begin_object();
    for (const NamedCount& one : stats.malformed) json.field(one.name, one.count);
    json.end_object();
    write_rows(json, "losses", stats.losses, [&](const Loss& loss) {
      json.field("reason", loss.reason);
      json.field(loss.unit, loss.count);
      json.field("meaning", loss.meaning);
    });
    write_flow_totals(json, stats.flows);
    json.field("fragments_unknown", stats.fragments_unknown);
    json.field("watched", stats.watched);
    write_told(json, "first_bytes", stats.first_bytes);
    write_told(json, "heads", stats.heads);
    json.field("handshakes", stats.handshakes);
    json.key("evidence");
    json.begin_object();
    json.field("ring_bytes", stats.evidence.ring_bytes);
    json.field("files", stats.evidence.files);
    json.field("file_bytes", stats.evidence.file_bytes);
    json.end_object();
    write_rows(json, "protocols", stats.protocols, [&](const ProtocolCounts& one) {
      json.field("protocol", std::string_view(protocol_text(one.protocol)));
      json.field("ip_version", one.ip_version);
      json.field("direction", direction_name(one.direction));
      json.field("packets", one.packets);
      json.field("bytes", one.bytes);
    });
    write_rows(json, "applications", stats.applications, [&](const ApplicationCounts& one) {
      write_if_known(json, "app", one.app);
      write_if_known(json, "app_version", one.app_version);
      if (!one.outdated_reason.empty()) json.field("outdated", true);
      write_if_known(json, "outdated_reason", one.outdated_reason);
      json.field("flows", one.flows);
      json.field("packets", one.packets);
      json.field("bytes", one.bytes);
    });
    write_rows(json, "kernel_drops", stats.kernel_drops, [&](const DropCount& drop) {
      json.field("reason", std::string_view(drop.reason));
      json.field("packets", drop.packets);
    });
    if (stats.tcp) write_tcp(json, *stats.tcp);
    if (!stats.exports.empty()) write_exports(json, stats.exports);
  });
}

std::string interfaces_json(const std::vector<InterfaceStatus>& interfaces) {
  return object([&](JsonWriter& json) {
    write_rows(json, "interfaces", interfaces, [&](const InterfaceStatus& one) {
      json.field("name", std::string_view(one.name));
      json.field("ifindex", one.ifindex);
      json.field("ingress", one.ingress);
      json.field("egress", one.egress);
      std::string why;
      for (const std::string& text : one.why) why += why.empty() ? text : "; " + text;
      if (!why.empty()) json.field("why", std::string_view(why));
      write_counts(json, "in", one.in);
      write_counts(json, "out", one.out);
      write_unseen(json, one.unseen);
    });
  });
}

std::string flows_json(const FlowPage& page) {
  return object([&](JsonWriter& json) {
    json.key("flows");
    json.begin_array();
    for (const std::string& flow : page.flows) json.raw(flow);
    json.end_array();
    json.field("total", page.total);
    if (!page.next_cursor.empty()) json.field("next_cursor", std::string_view(page.next_cursor));
  });
}

}  // namespace vedette
