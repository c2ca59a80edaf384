#include "flow/fragment_tracker.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "flow/key_fold.h"

namespace vedette {

FragmentTracker::Datagram* FragmentTracker::set_of(const vdt_flow_key& key, std::uint32_t id) {
  if (datagrams_.empty()) datagrams_.resize(kSets * kWays);
  const std::uint64_t hash = folded_hash(key, {0x9e3779b97f4a7c15 ^ id, 0xd1b54a32d192ed03});
  return &datagrams_[(hash >> 32) % kSets * kWays];
}

bool FragmentTracker::resolve(const vdt_packet_core& core, Nanoseconds now, vdt_flow_key& key) {
  vdt_flow_key wanted = key;
  wanted.src_port = 0;
  wanted.dst_port = 0;
  if (key.ip_version == 6) wanted.protocol = 0;
  const std::span set(set_of(wanted, core.fragment_id), kWays);
  const auto is_it = [&](const Datagram& kept) {
    return kept.id == core.fragment_id && std::memcmp(&kept.key, &wanted, sizeof wanted) == 0;
  };
  auto found = std::ranges::find_if(set, is_it);

  if (core.fragment == VDT_FRAGMENT_FIRST) {
    if (found == set.end()) found = std::ranges::min_element(set, {}, &Datagram::first);
    *found = {wanted, core.fragment_id, key.src_port, key.dst_port, key.protocol, now};
    return true;
  }
  if (found == set.end() || now - found->first > kRemembered) {
    unknown_++;
    return false;
  }
  key.src_port = found->src_port;
  key.dst_port = found->dst_port;
  key.protocol = found->protocol;
  return true;
}

}  // namespace vedette
