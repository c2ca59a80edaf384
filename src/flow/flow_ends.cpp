#include "flow/flow_ends.h"

#include <array>

namespace vedette {

void write_known_ends(JsonWriter& json, const Flow& flow, const FlowEnds& ends) {
  const vdt_flow_key& key = flow.key;
  const std::array<const vdt_address*, 2> addresses{&key.src, &key.dst};
  if (ends.names != nullptr && !ends.names->empty()) {
    constexpr std::array<std::string_view, 2> kNames{"src_name", "dst_name"};
    for (std::size_t i = 0; i < 2; i++)
      if (const auto name = ends.names->find(*addresses[i], key.ip_version, flow.first); !name.empty())
        json.field(kNames[i], name);
  }
  if (ends.places == nullptr || ends.places->empty()) return;
  const std::array places{ends.places->find(key.src, key.ip_version),
                          ends.places->find(key.dst, key.ip_version)};
  constexpr std::array<std::string_view, 2> kCountries{"src_country", "dst_country"},
      kAsns{"src_asn", "dst_asn"};
  for (std::size_t i = 0; i < 2; i++)
    if (!places[i].country.empty()) json.field(kCountries[i], places[i].country);
  for (std::size_t i = 0; i < 2; i++)
    if (places[i].asn != 0) json.field(kAsns[i], places[i].asn);
}

}  // namespace vedette
