#include "tests/store/made_rows.h"

#include <cstring>
#include <stdexcept>

#include "abi/verdict.h"
#include "packet/client_fingerprint.h"
#include "packet/spoken.h"

namespace vedette::tests {

StoreFolder::StoreFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "vedette-store-XXXXXX").native();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder");
  path_ = name;
}

StoreFolder::~StoreFolder() {
  std::error_code none;
  std::filesystem::remove_all(path_, none);
}

StoreOptions StoreFolder::options() const {
  StoreOptions options;
  options.folder = path_ / "store";
  options.library = VEDETTE_DUCKDB;
  return options;
}

std::unique_ptr<DuckdbStore> opened(StoreOptions options) {
  auto store = DuckdbStore::open(std::move(options));
  if (!store) throw std::runtime_error(store.error().text());
  return std::move(*store);
}

Nanoseconds noon() {
  return std::chrono::days(20'000) + std::chrono::hours(12);
}

namespace {

void set(std::array<char, 16>& field, const char* text) {
  std::strncpy(field.data(), text, field.size() - 1);
}

constexpr std::array<const char*, 3> kInterfaces{"eth0", "wg-o'brien", ""};

vdt_address address(std::uint8_t version, std::uint32_t number) {
  vdt_address made{};
  if (version == 4) {
    const std::uint8_t bytes[4] = {10, 0, static_cast<std::uint8_t>(number >> 8),
                                   static_cast<std::uint8_t>(number)};
    std::memcpy(made.bytes, bytes, 4);
  } else {
    made.bytes[0] = 0x20, made.bytes[1] = 0x01, made.bytes[2] = 0x0d, made.bytes[3] = 0xb8;
    made.bytes[15] = static_cast<std::uint8_t>(number);
    made.bytes[14] = static_cast<std::uint8_t>(number >> 8);
    made.bytes[7] = static_cast<std::uint8_t>(number % 3);
  }
  return made;
}

}  // namespace

std::vector<FlowRow> made_flows(std::uint32_t seed, std::size_t count, Nanoseconds begin, Nanoseconds end) {
  std::mt19937 random(seed);
  const auto below = [&](std::uint32_t most) { return static_cast<std::uint32_t>(random() % most); };
  const std::array spoken{spoken_number("", "", ""), spoken_number("tls", "1.3", ""),
                          spoken_number("tls", "1.0", "RFC 8996"), spoken_number("http", "HTTP/1.1", ""),
                          spoken_number("dns", "", "")};
  const std::array fingerprints{std::uint32_t{0},
                                client_fingerprint_number("t13d1516h2_8daaf6152771_b186095e22b6"),
                                client_fingerprint_number("ec7378c1a92f5a8dde7e8b7a1ddf33d1")};
  const std::array<std::array<char, 2>, 4> countries{{{}, {'D', 'E'}, {'N', 'L'}, {'J', 'P'}}};
  const std::array<const char*, 4> processes{"", "nginx", "a \"name\", it's", "sshd"};
  const std::array<std::uint16_t, 5> ports{22, 53, 80, 443, 65'535};
  std::vector<FlowRow> rows;
  for (std::size_t i = 0; i < count; i++) {
    FlowRow row;
    row.ip_version = below(4) == 0 ? 6 : 4;
    row.src = address(row.ip_version, below(40));
    row.dst = address(row.ip_version, 300 + below(7));
    row.time = begin + Nanoseconds(static_cast<std::int64_t>(random() % 1'000'000'007ULL) *
                                   ((end - begin).count() / 1'000'000'007));
    row.first = row.time - Nanoseconds(below(1'000'000'000));
    row.packets = 1 + below(100);
    row.bytes = row.packets * (60 + below(1400));
    row.reply_packets = below(3) == 0 ? 0 : below(90);
    row.reply_bytes = row.reply_packets * (60 + below(1400));
    row.dropped_packets = below(10) == 0 ? below(5) : 0;
    row.dropped_bytes = row.dropped_packets * 60;
    row.retransmits = below(4) == 0 ? below(9) : 0;
    row.reply_retransmits = below(4) == 0 ? below(9) : 0;
    row.out_of_order = below(7) == 0 ? below(3) : 0;
    row.zero_windows = static_cast<std::uint16_t>(below(9) == 0 ? 2 : 0);
    row.resets = static_cast<std::uint16_t>(below(5) == 0 ? 1 : 0);
    row.handshake_rtt_us = below(3) == 0 ? 0 : 100 + below(90'000);
    row.rtt_us = below(3) == 0 ? 0 : 100 + below(90'000);
    row.src_asn = below(3) == 0 ? 0 : 64'500 + below(5);
    row.dst_asn = below(3) == 0 ? 0 : 64'500 + below(5);
    row.protocol = static_cast<std::uint8_t>(std::array{6, 6, 17, 1, 132}[below(5)]);
    row.has_ports = row.protocol != 1;
    if (row.has_ports) {
      row.src_port = static_cast<std::uint16_t>(40'000 + below(50));
      row.dst_port = ports[below(5)];
    }
    row.vlan = static_cast<std::uint16_t>(below(5) == 0 ? 100 + below(2) : 0);
    row.tunnel = static_cast<std::uint8_t>(below(9) == 0 ? 1 + below(3) : 0);
    row.state = static_cast<std::uint8_t>(below(8));
    row.verdict = static_cast<std::uint8_t>(below(6) == 0 ? VDT_VERDICT_DROP : 0);
    row.spoken = spoken[below(5)];
    row.fingerprint = fingerprints[row.bytes % 3];
    row.begins = below(5) != 0;
    row.ends = below(5) != 0;
    set(row.interface, kInterfaces[below(3)]);
    row.src_country = countries[below(4)];
    row.dst_country = countries[below(4)];
    if (below(2) == 0) {
      row.texts = std::make_unique<FlowTexts>();
      row.texts->process = processes[below(4)];
      if (!row.texts->process.empty()) row.pid = 100 + below(4);
      row.texts->cgroup = below(2) == 0 ? "" : "/system.slice/it's.service";
      row.texts->src_name = below(2) == 0 ? "" : "host.example";
      row.texts->dst_name = below(3) == 0 ? "" : "a-name-that-is-longer-than-twelve-bytes.example";
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

FlowRow copy(const FlowRow& row) {
  FlowRow other;
  static_assert(std::is_trivially_copyable_v<vdt_address>);
  other.src = row.src, other.dst = row.dst, other.first = row.first, other.time = row.time;
  other.packets = row.packets, other.bytes = row.bytes, other.reply_packets = row.reply_packets;
  other.reply_bytes = row.reply_bytes, other.dropped_packets = row.dropped_packets;
  other.dropped_bytes = row.dropped_bytes, other.retransmits = row.retransmits;
  other.reply_retransmits = row.reply_retransmits, other.out_of_order = row.out_of_order;
  other.zero_windows = row.zero_windows, other.resets = row.resets;
  other.handshake_rtt_us = row.handshake_rtt_us, other.rtt_us = row.rtt_us;
  other.src_asn = row.src_asn, other.dst_asn = row.dst_asn, other.pid = row.pid;
  other.src_port = row.src_port, other.dst_port = row.dst_port, other.vlan = row.vlan;
  other.fingerprint = row.fingerprint;
  other.spoken = row.spoken, other.protocol = row.protocol, other.ip_version = row.ip_version;
  other.tunnel = row.tunnel, other.state = row.state, other.verdict = row.verdict;
  other.has_ports = row.has_ports, other.begins = row.begins, other.ends = row.ends;
  other.src_country = row.src_country, other.dst_country = row.dst_country, other.interface = row.interface;
  if (row.texts) other.texts = std::make_unique<FlowTexts>(*row.texts);
  return other;
}

std::vector<InterfaceRow> made_interfaces(std::uint32_t seed, std::size_t count, Nanoseconds begin,
                                          Nanoseconds end) {
  std::mt19937 random(seed);
  const auto below = [&](std::uint32_t most) { return static_cast<std::uint32_t>(random() % most); };
  std::vector<InterfaceRow> rows;
  for (std::size_t i = 0; i < count; i++) {
    InterfaceRow row;
    row.time = begin + (end - begin) / static_cast<std::int64_t>(count) * static_cast<std::int64_t>(i) +
               Nanoseconds(below(1'000'000'000));
    set(row.interface, kInterfaces[below(3)]);
    row.direction = static_cast<std::uint8_t>(below(2));
    row.packets = below(5) == 0 ? 0 : below(100'000);
    row.bytes = row.packets * (60 + below(1400));
    row.dropped_packets = below(4) == 0 ? below(50) : 0;
    row.dropped_bytes = row.dropped_packets * 60;
    row.lost_packets = below(9) == 0 ? below(7) : 0;
    rows.push_back(row);
  }
  return rows;
}

std::vector<Finding> made_findings(std::uint32_t seed, std::size_t count, Nanoseconds begin,
                                   Nanoseconds end) {
  std::mt19937 random(seed);
  const auto below = [&](std::uint32_t most) { return static_cast<std::uint32_t>(random() % most); };
  constexpr std::array kDetectors{"port_scan", "it's", "beacon"};
  constexpr std::array<std::uint16_t, 4> kPorts{22, 80, 443, 65'535};
  std::vector<Finding> news;
  for (std::size_t i = 0; i < count; i++) {
    Finding finding;
    finding.detector = kDetectors[below(3)];
    finding.kind = static_cast<FindingKind>(below(kFindingKinds));
    const std::uint32_t source = below(5);
    const std::string where = source == 0   ? "10.0.7.0/24"
                              : source == 1 ? "2001:db8::" + std::to_string(below(9))
                                            : "10.0.0." + std::to_string(below(60));
    if (below(6) != 0) finding.source = parse_prefix(where).value();
    if (below(4) != 0) finding.target = parse_prefix("10.0.1." + std::to_string(40 + below(9))).value();
    if (below(5) != 0) finding.port = kPorts[below(4)];
    // Each its own: a finding's id is made of when it began.
    finding.first = begin + (end - begin) / static_cast<std::int64_t>(count) * static_cast<std::int64_t>(i) +
                    Nanoseconds(below(1'000'000));
    finding.detected = finding.first + Nanoseconds(below(1'000'000));
    for (std::uint32_t told = 0, times = 1 + below(3); told < times; told++) {
      finding.severity = static_cast<Severity>(below(kSeverities));
      finding.action = static_cast<FindingAction>(below(4));
      finding.last = finding.detected + std::chrono::seconds(told);
      finding.packets += below(10'000);
      finding.bytes = finding.packets * 60 + below(1000);
      finding.score = 0.25 * below(4000);
      finding.why = "told " + std::to_string(told + 1) + " times\n\twith \\ and 'quotes'";
      news.push_back(finding);
    }
  }
  // Of each its own order stays.
  for (std::size_t i = 1; i < news.size(); i++)
    if (finding_id(news[i]) != finding_id(news[i - 1]) && below(2) == 0) std::swap(news[i], news[i - 1]);
  return news;
}

void put_all(Store& store, const std::vector<FlowRow>& rows) {
  for (const FlowRow& row : rows) store.put(copy(row));
}

void put_all(Store& store, const std::vector<InterfaceRow>& rows) {
  for (const InterfaceRow& row : rows) store.put(row);
}

void put_all(Store& store, const std::vector<Finding>& news) {
  for (const Finding& finding : news) store.put(finding);
}

}  // namespace vedette::tests
