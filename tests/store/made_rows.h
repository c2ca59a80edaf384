// Rows as a sensor might put them, by a seed; and a store in a folder of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "detect/finding.h"
#include "store/duckdb_store.h"
#include "store/row.h"
#include "store/store.h"

namespace vedette::tests {

// A folder that goes with this value.
class StoreFolder {
 public:
  StoreFolder();
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;
  ~StoreFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] StoreOptions options() const;

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::unique_ptr<DuckdbStore> opened(StoreOptions options);

// Noon of a day in UTC, since the epoch.
[[nodiscard]] Nanoseconds noon();

// Few values a dimension, so that groups have several rows; every fact is absent now and then.
[[nodiscard]] std::vector<FlowRow> made_flows(std::uint32_t seed, std::size_t count, Nanoseconds begin,
                                              Nanoseconds end);
[[nodiscard]] FlowRow copy(const FlowRow& row);

// Seconds of three interfaces, one of which has no name, both ways.
[[nodiscard]] std::vector<InterfaceRow> made_interfaces(std::uint32_t seed, std::size_t count,
                                                        Nanoseconds begin, Nanoseconds end);
// What is told of so many findings: of each up to three times, the later telling other figures, between those
// of others.
[[nodiscard]] std::vector<Finding> made_findings(std::uint32_t seed, std::size_t count, Nanoseconds begin,
                                                 Nanoseconds end);

void put_all(Store& store, const std::vector<FlowRow>& rows);
void put_all(Store& store, const std::vector<InterfaceRow>& rows);
void put_all(Store& store, const std::vector<Finding>& news);

}  // namespace vedette::tests
