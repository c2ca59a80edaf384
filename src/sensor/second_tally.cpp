#include "sensor/second_tally.h"

#include <algorithm>

namespace vedette {

namespace {

constexpr unsigned kProtocolShift = 32;
constexpr unsigned kPortShift = 16;

std::uint64_t service_number(const Flow& flow) {
  return std::uint64_t{flow.key.protocol} << kProtocolShift | std::uint64_t{flow.key.dst_port} << kPortShift |
         flow.spoken;
}

template <typename Sum>
std::vector<Sum> largest(std::vector<Sum> all, std::size_t most) {
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size()));
  std::ranges::partial_sort(all, end,
                            [](const Sum& one, const Sum& other) { return one.bytes > other.bytes; });
  all.erase(end, all.end());
  return all;
}

}  // namespace

void SecondTally::add(const vdt_flow_key& sent, const Flow& flow, std::uint64_t packets,
                      std::uint64_t bytes) {
  Sum& source = sources_.at({.address = sent.src, .rest = sent.ip_version}).value;
  source.packets += packets;
  source.bytes += bytes;
  Sum& service = services_.at({.address = {}, .rest = service_number(flow)}).value;
  service.packets += packets;
  service.bytes += bytes;
}

std::vector<SourceSum> SecondTally::sources(std::size_t most) {
  std::vector<SourceSum> all;
  sources_.for_each([&](const auto& entry) {
    all.push_back({.address = entry.key.address,
                   .ip_version = static_cast<std::uint8_t>(entry.key.rest),
                   .packets = entry.value.packets,
                   .bytes = entry.value.bytes});
  });
  return largest(std::move(all), most);
}

std::vector<ServiceSum> SecondTally::services(std::size_t most) {
  std::vector<ServiceSum> all;
  services_.for_each([&](const auto& entry) {
    all.push_back({.protocol = static_cast<std::uint8_t>(entry.key.rest >> kProtocolShift),
                   .dst_port = static_cast<std::uint16_t>(entry.key.rest >> kPortShift),
                   .spoken = static_cast<std::uint16_t>(entry.key.rest),
                   .packets = entry.value.packets,
                   .bytes = entry.value.bytes});
  });
  return largest(std::move(all), most);
}

void SecondTally::clear() {
  sources_.clear();
  services_.clear();
}

}  // namespace vedette
