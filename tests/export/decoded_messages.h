// Messages of IPFIX and NetFlow 9 read back, by their templates alone: what a collector makes of them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace vedette::tests {

// By information element, and whether it is of the reverse direction.
using Record = std::map<std::pair<std::uint16_t, bool>, std::vector<std::uint8_t>>;

struct Decoded {
  std::uint16_t version = 0, count = 0;
  std::uint32_t time = 0, up_time = 0, sequence = 0, domain = 0;
  std::vector<Record> flows;    // of templates 256 and 257
  std::vector<Record> options;  // of the others
  std::size_t templates = 0;
  std::string wrong;  // empty where the message is right to its last byte
};

// Keeps templates from one message to the next, as collectors do.
class Collector {
 public:
  [[nodiscard]] Decoded decode(std::span<const std::uint8_t> message);

 private:
  struct Field {
    std::uint16_t element = 0, bytes = 0;
    bool reverse = false;
  };
  struct Reader;

  void take_templates(Reader& in, Decoded& decoded, bool options, bool netflow9);
  void take_records(Reader& in, Decoded& decoded, std::uint16_t id) const;

  std::map<std::uint16_t, std::vector<Field>> templates_;
};

[[nodiscard]] std::uint64_t number(const Record& record, std::uint16_t element, bool reverse = false);

}  // namespace vedette::tests
