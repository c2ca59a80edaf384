// What a capture holds, in figures that balance: every packet stands in exactly one line of each table.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "source/packet_reader.h"

namespace vedette {

// One thread.
class ReadSummary {
 public:
  void add(const FilePacket& packet);
  void add_flow() { flows_++; }
  void add_file() { files_++; }

  // One JSON object.
  void append_json(fmt::memory_buffer& out) const;
  // Some twenty lines for people.
  void append_text(fmt::memory_buffer& out) const;
  // "table,key,packets,bytes" rows.
  void append_csv(fmt::memory_buffer& out) const;

 private:
  struct Count {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    void add(std::uint64_t length) {
      packets++;
      bytes += length;
    }
  };
  // One way to split all packets, or some of them.
  struct Table {
    const char* name;   // in JSON: a list of objects
    const char* key;    // their member beside packets and bytes
    const char* title;  // for people
    bool numeric;       // the key is a number in JSON
    std::map<std::string, Count> rows;
  };
  enum TableIndex { kLinkTypes, kIpVersions, kProtocols, kMalformed, kFragments, kTunnels, kVlans, kTables };

  void count(TableIndex table, const std::string& key, std::uint64_t length) {
    tables_[table].rows[key].add(length);
  }

  std::uint64_t files_ = 0;
  std::uint64_t flows_ = 0;
  Count all_;
  std::uint64_t captured_bytes_ = 0;
  Nanoseconds first_ = Nanoseconds::max();
  Nanoseconds last_ = Nanoseconds::min();
  std::array<Table, kTables> tables_{{
      {"link_types", "link_type", "link types", false, {}},
      {"ip_versions", "ip_version", "IP versions", false, {}},
      {"protocols", "protocol", "protocols", false, {}},
      {"malformed", "reason", "malformed", false, {}},
      {"fragments", "fragment", "fragments", false, {}},
      {"tunnels", "tunnel", "tunnels", false, {}},
      {"vlans", "vlan", "VLANs", true, {}},
  }};
};

}  // namespace vedette
