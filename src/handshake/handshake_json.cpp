#include "handshake/handshake_json.h"

#include "flow/flow_json.h"

namespace vedette {

namespace {

void write_value(JsonWriter& json, const HandshakeFact& fact) {
  switch (fact.kind) {
    case HandshakeFact::Kind::kText:
      return json.value(std::string_view(fact.text));
    case HandshakeFact::Kind::kNumber:
      return json.value(fact.number);
    case HandshakeFact::Kind::kList:
      json.begin_array();
      for (const std::string& text : fact.list) json.value(std::string_view(text));
      return json.end_array();
  }
}

}  // namespace

void write_handshake(JsonWriter& json, const HandshakeView& view) {
  json.begin_object();
  json.field("time_ns", view.time.count());
  write_ends(json, view.flow);
  json.field("app", view.handshake.app);
  if (!view.handshake.app_version.empty())
    json.field("app_version", std::string_view(view.handshake.app_version));
  if (!view.outdated_reason.empty()) {
    json.field("outdated", true);
    json.field("outdated_reason", view.outdated_reason);
  }
  for (const HandshakeFact& fact : view.handshake.facts) {
    json.key(fact.name);
    write_value(json, fact);
  }
  json.end_object();
}

}  // namespace vedette
