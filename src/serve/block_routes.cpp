#include "serve/block_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"

namespace vedette {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::uint64_t kLongestTtl = 10ULL * 365 * 86'400;  // seconds

void write_source(JsonWriter& json, const ListedSource& source) {
  json.begin_object();
  json.field("prefix", std::string_view(prefix_text(source.prefix)));
  json.field("kind", list_kind_name(source.kind));
  json.field("since_ns", source.entry.since_ns);
  if (source.expires) json.field("expires_ns", source.expires->count());
  json.field("packets", source.entry.packets);
  json.field("bytes", source.entry.bytes);
  if (source.entry.flags & VDT_LISTED_OBSERVE) json.field("observe", true);
  if (source.entry.flags & VDT_LISTED_POLICY) json.field("policy", true);
  if (const std::string_view reason = list_reason(source.entry); !reason.empty())
    json.field("reason", reason);
  json.end_object();
}

void write_fed(JsonWriter& json, const ListedFeedEntry& listed) {
  const FedPrefix& entry = listed.source.entry;
  json.begin_object();
  json.field("prefix", std::string_view(prefix_text(entry.prefix)));
  json.field("kind", std::string_view("feed"));
  if (listed.expires) json.field("expires_ns", listed.expires->count());
  json.field("packets", entry.packets);
  json.field("bytes", entry.bytes);
  if (entry.drops_until == VDT_FEED_NEVER_DROPS) json.field("observe", true);
  if (!listed.reason.empty()) json.field("reason", std::string_view(listed.reason));
  json.key("feeds");
  json.begin_array();
  for (const std::string& feed : listed.source.feeds) json.value(std::string_view(feed));
  json.end_array();
  json.end_object();
}

std::string source_json(const ListedSource& source) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  write_source(json, source);
  return fmt::to_string(out);
}

Result<ListKind> kind_of(const Request& request) {
  const std::string kind = text_parameter(request, "kind", "block");
  if (kind == "block") return ListKind::kBlock;
  if (kind == "allow") return ListKind::kAllow;
  return unusable("kind", "expected block or allow, found " + kind);
}

Result<Prefix> prefix_parameter(const Request& request) {
  const std::string text = text_parameter(request, "prefix");
  if (text.empty()) return unusable("prefix", "is missing", "an address, or a prefix like 192.0.2.0/24");
  return parse_prefix(text);
}

Result<ListChange> change_of(const Request& request) {
  ListChange change;
  const auto kind = kind_of(request);
  if (!kind) return std::unexpected(kind.error());
  change.kind = *kind;
  change.by = request.by;
  const auto prefix = prefix_parameter(request);
  if (!prefix) return std::unexpected(prefix.error());
  change.prefix = *prefix;
  const auto ttl = number_parameter(request, "ttl", 0, 1, kLongestTtl);
  if (!ttl) return std::unexpected(ttl.error());
  if (*ttl != 0) change.ttl = std::chrono::seconds(*ttl);
  change.reason = text_parameter(request, "reason");
  for (auto [name, flag] : {std::pair{"observe", &change.observe}, std::pair{"force", &change.force}}) {
    const auto given = flag_parameter(request, name);
    if (!given) return std::unexpected(given.error());
    *flag = *given;
  }
  if (change.observe && change.kind == ListKind::kAllow) return unusable("observe", "is for blocks alone");
  if (request.by.kind == ActorKind::kGateway) {
    change.operator_address = request.by.client;  // whom it asks for, whatever that one says of himself
  } else if (const std::string from = text_parameter(request, "operator"); !from.empty()) {
    const auto address = parse_prefix(from);
    if (!address) return std::unexpected(address.error());
    change.operator_address = *address;
  }
  return change;
}

// Where a page ends: its cursor, if there is more.
void write_end(JsonWriter& json, std::size_t last, std::size_t total) {
  json.end_array();
  json.field("total", total);
  if (last < total) json.field("next_cursor", std::string_view(std::to_string(last)));
  json.end_object();
}

// All that hold an address or network, on whichever list.
Answer get_holding(const RouteContext& context, const std::string& text) {
  const auto held = parse_prefix(text);
  if (!held) return problem_of(held.error());
  fmt::memory_buffer out;
  JsonWriter json(out);
  std::size_t total = 0;
  json.begin_object();
  json.key("blocks");
  json.begin_array();
  for (const ListedSource& source : context.backend.listed_sources()) {
    if (!source.prefix.holds(*held)) continue;
    write_source(json, source);
    total++;
  }
  for (const ListedFeedEntry& listed : context.backend.fed_holding(*held)) {
    write_fed(json, listed);
    total++;
  }
  write_end(json, total, total);
  return Document{kJson, fmt::to_string(out)};
}

Answer get_fed(const RouteContext& context, std::size_t first, std::size_t limit) {
  const FedPage page = context.backend.fed_sources(first, limit);
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.key("blocks");
  json.begin_array();
  for (const ListedFeedEntry& listed : page.entries) write_fed(json, listed);
  write_end(json, page.entries.empty() ? page.total : first + page.entries.size(), page.total);
  return Document{kJson, fmt::to_string(out)};
}

Answer get(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"limit", "cursor", "feeds", "holds"}); !known)
    return problem_of(known.error());
  const auto limit = number_parameter(request, "limit", 1000, 1, 10'000);
  if (!limit) return problem_of(limit.error());
  const auto begin = number_parameter(request, "cursor", 0);
  if (!begin) return problem_of(begin.error());
  const auto feeds = flag_parameter(request, "feeds");
  if (!feeds) return problem_of(feeds.error());
  if (const std::string held = text_parameter(request, "holds"); !held.empty())
    return get_holding(context, held);
  if (*feeds) return get_fed(context, *begin, *limit);
  const std::vector<ListedSource> all = context.backend.listed_sources();
  const std::size_t first = std::min<std::size_t>(*begin, all.size());
  const std::size_t last = std::min<std::size_t>(first + *limit, all.size());
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.key("blocks");
  json.begin_array();
  for (std::size_t at = first; at < last; at++) write_source(json, all[at]);
  write_end(json, last, all.size());
  return Document{kJson, fmt::to_string(out)};
}

Answer post(const RouteContext& context, const Request& request) {
  if (auto known =
          only_parameters(request, {"prefix", "kind", "ttl", "reason", "observe", "force", "operator"});
      !known)
    return problem_of(known.error());
  const auto change = change_of(request);
  if (!change) return problem_of(change.error());
  const auto listed = context.backend.list_source(*change);
  if (!listed) return problem_of(listed.error());
  return Document{kJson, source_json(*listed)};
}

Answer remove(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"prefix", "kind"}); !known) return problem_of(known.error());
  const auto kind = kind_of(request);
  if (!kind) return problem_of(kind.error());
  const auto prefix = prefix_parameter(request);
  if (!prefix) return problem_of(prefix.error());
  const auto gone = context.backend.unlist_source(*kind, *prefix, request.by);
  if (!gone) return problem_of(gone.error());
  if (!*gone)
    return Problem{404,
                   "no such entry",
                   fmt::format("{} is not on the {}-list", prefix_text(*prefix), list_kind_name(*kind)),
                   {}};
  return Document{kJson, source_json(**gone)};
}

}  // namespace

Answer answer_blocks(const RouteContext& context, const Request& request) {
  if (request.method == "POST") return post(context, request);
  if (request.method == "DELETE") return remove(context, request);
  return get(context, request);
}

}  // namespace vedette
