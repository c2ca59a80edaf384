// What a policy means for one packet after the other, said a second time and plainly: policy/evaluate.h,
// rates as numbers of their own, and no kernel.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "policy/evaluate.h"
#include "policy/policy.h"

namespace vedette::tests {

// Entries' ends are looked at, those of fragments' protocols too. Policies with an allow-list have no rules
// that only observe here.
class Evaluated {
 public:
  explicit Evaluated(const Policy& policy);

  // Whether it is dropped. `now_ns`: since the first packet.
  [[nodiscard]] bool drops(const vdt_packet& packet, std::string_view interface, std::uint64_t now_ns);

 private:
  using RateKey =
      std::tuple<std::string, std::size_t, Prefix, std::uint32_t>;  // rule, rate, who, port and protocol
  using DatagramKey = std::tuple<Prefix, Prefix, std::uint32_t, std::uint32_t, std::uint32_t>;

  [[nodiscard]] bool is_over(const Rule& rule, const vdt_packet_core& core, std::uint64_t now_ns);
  [[nodiscard]] bool is_over(const Rule& rule, std::size_t number, const vdt_packet_core& core,
                             std::uint64_t now_ns);
  void join_fragment(vdt_packet_core& core);

  Policy policy_;
  Policy rules_alone_;
  __extension__ using Time =
      unsigned __int128;           // in 1/1024 ns, of captures over more years than 64 bits hold
  std::map<RateKey, Time> rates_;  // up to when it is spent
  std::map<DatagramKey, std::uint8_t> protocols_;
};

}  // namespace vedette::tests
