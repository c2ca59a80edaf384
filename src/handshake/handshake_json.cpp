#include "handshake/handshake_json.h"

#include "base/address.h"
#include "packet/names.h"

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
  const vdt_flow_key& key = view.flow.key;
  json.begin_object();
  json.field("time_ns", view.time.count());
  json.field("src_ip", [&](fmt::memory_buffer& text) { append_address(text, key.src, key.ip_version); });
  if (has_ports(view.flow)) json.field("src_port", key.src_port);
  json.field("dst_ip", [&](fmt::memory_buffer& text) { append_address(text, key.dst, key.ip_version); });
  if (has_ports(view.flow)) json.field("dst_port", key.dst_port);
  json.field("protocol", std::string_view(protocol_text(key.protocol)));
  json.field("app", view.handshake.app);
  if (!view.handshake.app_version.empty())
    json.field("app_version", std::string_view(view.handshake.app_version));
  for (const HandshakeFact& fact : view.handshake.facts) {
    json.key(fact.name);
    write_value(json, fact);
  }
  json.end_object();
}

}  // namespace vedette
