#include "serve/policy_routes.h"

#include <fmt/format.h>

#include "act/lock_out.h"
#include "base/json_writer.h"
#include "policy/policy_explain.h"
#include "policy/policy_file.h"

namespace vedette {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::uint64_t kLongestTrial = 24ULL * 3600;  // seconds

void write_counts(JsonWriter& json, const std::vector<RuleCount>& rules,
                  const std::vector<ProtocolCount>& protocols) {
  json.key("rules");
  json.begin_array();
  for (const RuleCount& rule : rules) {
    json.begin_object();
    json.field("name", std::string_view(rule.name));
    json.field("packets", rule.packets);
    json.field("bytes", rule.bytes);
    json.field("dropped_packets", rule.dropped_packets);
    json.field("dropped_bytes", rule.dropped_bytes);
    if (rule.done_packets) json.field("done_packets", *rule.done_packets);
    json.end_object();
  }
  json.end_array();
  json.key("protocols");
  json.begin_array();
  for (const ProtocolCount& protocol : protocols) {
    json.begin_object();
    json.field("name", std::string_view(protocol.name));
    json.field("flows", protocol.flows);
    json.field("dropped_packets", protocol.dropped_packets);
    json.field("dropped_bytes", protocol.dropped_bytes);
    json.end_object();
  }
  json.end_array();
}

Answer policy_document(const RouteContext& context) {
  const PolicyStatus status = context.backend.policy();
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  if (status.state.running) {
    json.field("policy", std::string_view(*status.state.running));
    json.field("applied_ns", status.state.applied.count());
  }
  if (status.state.confirm_until) json.field("confirm_until_ns", status.state.confirm_until->count());
  json.field("can_roll_back", status.state.previous.has_value());
  write_counts(json, status.rules, status.protocols);
  json.end_object();
  return Document{kJson, fmt::to_string(out)};
}

Answer shadow_document(const RouteContext& context) {
  const PolicyStatus status = context.backend.policy();
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  if (status.state.shadow) {
    json.field("policy", std::string_view(*status.state.shadow));
    json.field("since_ns", status.state.shadowed.count());
  }
  write_counts(json, status.shadow_rules, status.shadow_protocols);
  json.end_object();
  return Document{kJson, fmt::to_string(out)};
}

Problem flawed(std::vector<PolicyFlaw> flaws) {
  Problem problem{400, "flawed policy", flaws_error(flaws, "policy").text(), {}};
  problem.errors = std::move(flaws);
  return problem;
}

Result<PolicyOrder> order_of(const Request& request) {
  PolicyOrder order;
  order.text = request.body;
  order.by = request.by;
  const auto confirm = number_parameter(request, "confirm_s", 0, 1, kLongestTrial);
  if (!confirm) return std::unexpected(confirm.error());
  if (*confirm != 0) order.confirm = std::chrono::seconds(*confirm);
  const auto force = flag_parameter(request, "force");
  if (!force) return std::unexpected(force.error());
  order.force = *force;
  if (request.by.kind == ActorKind::kGateway) {
    // Whom it asks for, whatever that one says of himself.
    if (request.by.client) order.sessions = gateway_client(*request.by.client);
  } else if (const std::string from = text_parameter(request, "operator"); !from.empty()) {
    const auto session = operator_session(from);
    if (!session) return std::unexpected(session.error());
    order.sessions = {*session};
  }
  return order;
}

Answer put(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"confirm_s", "force", "operator"}); !known)
    return problem_of(known.error());
  const auto order = order_of(request);
  if (!order) return problem_of(order.error());
  ReadPolicy read = parse_policy(request.body);
  if (!read.flaws.empty()) return flawed(std::move(read.flaws));
  if (auto applied = context.backend.apply_policy(*order); !applied) return problem_of(applied.error());
  return policy_document(context);
}

void write_notes(JsonWriter& json, std::string_view name, const std::vector<PolicyNote>& notes) {
  json.key(name);
  json.begin_array();
  for (const PolicyNote& note : notes) {
    json.begin_object();
    if (note.line != 0) json.field("line", note.line);
    json.field("name", std::string_view(note.name));
    json.field("text", std::string_view(note.text));
    json.end_object();
  }
  json.end_array();
}

}  // namespace

Answer answer_policy(const RouteContext& context, const Request& request) {
  if (request.method == "PUT") return put(context, request);
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  return policy_document(context);
}

Answer confirm_policy(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  if (auto done = context.backend.confirm_policy(request.by); !done) return problem_of(done.error());
  return policy_document(context);
}

Answer roll_back_policy(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  if (auto done = context.backend.roll_back_policy(request.by); !done) return problem_of(done.error());
  return policy_document(context);
}

Answer answer_shadow(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  if (request.method == "PUT") {
    ReadPolicy read = parse_policy(request.body);
    if (!read.flaws.empty()) return flawed(std::move(read.flaws));
    PolicyOrder order;
    order.text = request.body;
    order.by = request.by;
    if (auto begun = context.backend.begin_shadow(order); !begun) return problem_of(begun.error());
  } else if (request.method == "DELETE") {
    if (auto ended = context.backend.end_shadow(request.by); !ended) return problem_of(ended.error());
  }
  return shadow_document(context);
}

Answer check_policy(const RouteContext&, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  ReadPolicy read = parse_policy(request.body);
  if (!read.flaws.empty()) return flawed(std::move(read.flaws));
  std::vector<KeptPeer> kept = kept_peers();
  if (request.by.client) {
    const std::vector<KeptPeer> client = gateway_client(*request.by.client);
    kept.insert(kept.begin(), client.begin(), client.end());
  }
  const PolicyExplanation told = explain(read.policy, kept);
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  write_notes(json, "sentences", told.sentences);
  write_notes(json, "warnings", told.warnings);
  json.end_object();
  return Document{kJson, fmt::to_string(out)};
}

}  // namespace vedette
