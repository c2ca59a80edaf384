// What one second's packets were: who sent most, and which services they went to, in fixed memory whatever
// number of sources a flood forges (detect/heavy_table.h). Sums are never above the truth; below it only
// where one that came gave way to others of its set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "abi/flow_key.h"
#include "detect/heavy_table.h"
#include "flow/flow.h"

namespace vedette {

struct SourceSum {
  vdt_address address{};
  std::uint8_t ip_version = 4;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // on the wire
};

// A service is its protocol, the port that is asked, and what is spoken there.
struct ServiceSum {
  std::uint8_t protocol = 0;   // IANA number
  std::uint16_t dst_port = 0;  // the responder's; 0 where the protocol has none
  std::uint16_t spoken = 0;    // packet/spoken.h
  std::uint64_t packets = 0;   // both directions
  std::uint64_t bytes = 0;
};

// One thread.
class SecondTally {
 public:
  // `sent`: the key as the packets had it. `flow`: theirs, turned to its initiator.
  void add(const vdt_flow_key& sent, const Flow& flow, std::uint64_t packets, std::uint64_t bytes);
  // The `most` largest by bytes, largest first.
  [[nodiscard]] std::vector<SourceSum> sources(std::size_t most);
  [[nodiscard]] std::vector<ServiceSum> services(std::size_t most);
  void clear();

 private:
  struct Sum {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    [[nodiscard]] std::uint64_t weight() const { return bytes; }
  };

  HeavyTable<Sum> sources_{8192};
  HeavyTable<Sum> services_{2048};
};

}  // namespace vedette
