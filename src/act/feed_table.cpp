#include "act/feed_table.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <ranges>

#include "act/fed_hosts.h"
#include "act/feed_slots.h"
#include "act/feed_spans.h"

namespace vedette {

namespace {

constexpr std::size_t kLine = sizeof(vdt_feed_line);
constexpr const char* kWhat = "the feeds' table";
constexpr const char* kPin = "feed_table";
constexpr const char* kNextPin = "feed_table_next";
constexpr std::uint32_t kOnly = 0;

// Lines of parts that follow one another.
class Layout {
 public:
  std::uint32_t part(std::size_t bytes) {
    const auto begin = static_cast<std::uint32_t>(lines_);
    lines_ += (bytes + kLine - 1) / kLine;
    return begin;
  }
  [[nodiscard]] std::size_t lines() const { return lines_; }

 private:
  std::size_t lines_ = VDT_FEED_LENGTHS_LINE;
};

// Each set of feeds once; where there are more than an entry can name, the rest goes by its first feed.
class Sets {
 public:
  std::uint16_t number_of(std::uint64_t feeds) {
    if (const auto known = numbers_.find(feeds); known != numbers_.end()) return known->second;
    if (all_.size() >= kMost) return number_of(feeds & -feeds);
    all_.push_back(feeds);
    return numbers_[feeds] = static_cast<std::uint16_t>(all_.size() - 1);
  }
  [[nodiscard]] const std::vector<std::uint64_t>& all() const { return all_; }

 private:
  // Room is left for each feed alone.
  static constexpr std::size_t kMost = 65'536 - VDT_FEEDS;
  std::map<std::uint64_t, std::uint16_t> numbers_;
  std::vector<std::uint64_t> all_;
};

// With the ends of those that hold them.
std::vector<vdt_feed_entry> entries_of(const std::vector<FedPrefix>& prefixes, Sets& sets) {
  std::vector<vdt_feed_entry> entries;
  entries.reserve(prefixes.size());
  const std::vector<std::int64_t> held_by = holders(prefixes);
  for (std::size_t at = 0; at < prefixes.size(); at++) {
    const FedPrefix& one = prefixes[at];
    vdt_feed_entry entry{.packets = one.packets,
                         .bytes = one.bytes,
                         .until = one.until,
                         .drops_until = one.drops_until,
                         .address = {},
                         .length = one.prefix.length,
                         .zero = 0,
                         .set = sets.number_of(one.feeds)};
    if (one.prefix.ip_version == 4)
      std::memcpy(entry.address, one.prefix.address.bytes, sizeof entry.address);
    if (held_by[at] >= 0) {
      const vdt_feed_entry& wider = entries[static_cast<std::size_t>(held_by[at])];
      entry.until = later_end(entry.until, wider.until);
      entry.drops_until = later_drop(entry.drops_until, wider.drops_until);
    }
    entries.push_back(entry);
  }
  return entries;
}

std::vector<char> names_of(const std::vector<std::string>& feeds) {
  std::vector<char> names(feeds.size() * VDT_FEED_NAME);
  for (std::size_t at = 0; at < feeds.size(); at++)
    feeds[at].copy(&names[at * VDT_FEED_NAME], VDT_FEED_NAME - 1);
  return names;
}

}  // namespace

Result<FeedTable> FeedTable::make(const std::vector<FedPrefix>& prefixes,
                                  const std::vector<std::string>& feeds) {
  const auto first6 =
      std::ranges::find_if(prefixes, [](const FedPrefix& one) { return one.prefix.ip_version == 6; });
  const std::vector<FedPrefix> four(prefixes.begin(), first6), six(first6, prefixes.end());
  const FeedSpans spans = feed_spans(four);
  const FeedSlots slots = feed_slots(six);
  Sets sets;
  const std::vector<vdt_feed_entry> entries4 = entries_of(four, sets), entries6 = entries_of(six, sets);
  std::vector<vdt_feed_entry6> wide6;
  wide6.reserve(six.size());
  for (std::size_t at = 0; at < six.size(); at++) {
    vdt_feed_entry6& entry = wide6.emplace_back();
    entry.entry = entries6[at];
    std::memcpy(entry.address, six[at].prefix.address.bytes, sizeof entry.address);
  }
  const FedHosts hosts = fed_hosts(entries4, slots.key);
  const std::vector<char> names = names_of(feeds);

  Layout layout;
  const auto part_of = [&](const auto& all) { return layout.part(std::span(all).size_bytes()); };
  part_of(slots.lengths);
  const vdt_feed_header header{.index4 = part_of(spans.index),
                               .spans4 = part_of(spans.spans),
                               .entries4 = part_of(entries4),
                               .table6 = part_of(slots.slots),
                               .entries6 = part_of(wide6),
                               .mask6 = slots.mask,
                               .length_count6 = static_cast<std::uint16_t>(slots.lengths.size()),
                               .zero = 0,
                               .hash_key = slots.key,
                               .hosts4 = part_of(hosts.buckets),
                               .buckets4 = static_cast<std::uint32_t>(hosts.buckets.size()),
                               .hosts4_until = hosts.until,
                               .unused = {}};
  const vdt_feed_contents contents{.sets = part_of(sets.all()),
                                   .names = part_of(names),
                                   .entries4 = static_cast<std::uint32_t>(four.size()),
                                   .entries6 = static_cast<std::uint32_t>(six.size()),
                                   .set_count = static_cast<std::uint32_t>(sets.all().size()),
                                   .name_count = static_cast<std::uint32_t>(feeds.size()),
                                   .zero = {}};
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
  FileDescriptor map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "feed_table", sizeof(std::uint32_t), kLine,
                                    static_cast<std::uint32_t>(layout.lines()), &options));
  if (!map) return failed(kWhat, fmt::format("can't be made: {}", std::strerror(errno)));
  auto lines = MappedArray::map(map.get(), kLine);
  if (!lines) return std::unexpected(lines.error());
  const auto write = [&](std::uint32_t line, const auto& all) {
    const auto bytes = std::as_bytes(std::span(all));
    std::memcpy(lines->at<std::byte>(line), bytes.data(), bytes.size());
  };
  write(0, std::span(&header, 1));
  write(VDT_FEED_CONTENTS_LINE, std::span(&contents, 1));
  write(VDT_FEED_LENGTHS_LINE, slots.lengths);
  write(header.index4, spans.index);
  write(header.spans4, spans.spans);
  write(header.entries4, entries4);
  write(header.hosts4, hosts.buckets);
  write(header.table6, slots.slots);
  write(header.entries6, wide6);
  write(contents.sets, sets.all());
  write(contents.names, names);
  return over(std::move(map));
}

Result<FeedTable> FeedTable::over(FileDescriptor map) {
  auto lines = MappedArray::map(map.get(), kLine);
  if (!lines) return std::unexpected(lines.error());
  FeedTable table;
  table.map_ = std::move(map);
  table.lines_ = std::move(*lines);
  const auto& contents = *table.part<vdt_feed_contents>(VDT_FEED_CONTENTS_LINE);
  table.entries4_ = contents.entries4;
  table.entries6_ = contents.entries6;
  for (std::uint32_t at = 0; at < contents.name_count; at++) {
    const char* name = table.part<char>(contents.names, std::size_t{at} * VDT_FEED_NAME);
    table.names_.emplace_back(name, strnlen(name, VDT_FEED_NAME));
  }
  return table;
}

// The table that packets ask is pinned by one of two names: a swap is told by the second, until it is done.
// (To open it by its number would take CAP_SYS_ADMIN.)
Result<std::optional<FeedTable>> FeedTable::of(int map, const std::filesystem::path& pins) {
  std::uint32_t wanted = 0;
  if (bpf_map_lookup_elem(map, &kOnly, &wanted) != 0) return std::optional<FeedTable>();
  for (const char* pin : {kPin, kNextPin}) {
    FileDescriptor pinned(bpf_obj_get((pins / pin).c_str()));
    bpf_map_info info{};
    std::uint32_t length = sizeof info;
    if (!pinned || bpf_obj_get_info_by_fd(pinned.get(), &info, &length) != 0 || info.id != wanted) continue;
    auto table = over(std::move(pinned));
    if (!table) return std::unexpected(table.error());
    return std::optional(std::move(*table));
  }
  return failed(kWhat, "isn't pinned where it should be",
                "remove this folder to start afresh: " + pins.string());
}

Result<void> FeedTable::put_into(int map, const std::filesystem::path& pins) const {
  const std::filesystem::path next = pins / kNextPin;
  unlink(next.c_str());
  if (bpf_obj_pin(map_.get(), next.c_str()) != 0)
    return failed(next.string(), fmt::format("can't be pinned: {}", std::strerror(errno)));
  // Updates of maps of maps return when all programs that began before have ended.
  const int fd = map_.get();
  if (bpf_map_update_elem(map, &kOnly, &fd, BPF_ANY) != 0)
    return failed(kWhat, fmt::format("can't be swapped: {}", std::strerror(errno)));
  if (rename(next.c_str(), (pins / kPin).c_str()) != 0)
    return failed(next.string(), fmt::format("can't be renamed: {}", std::strerror(errno)));
  return {};
}

Result<void> FeedTable::take_out_of(int map, const std::filesystem::path& pins) {
  if (bpf_map_delete_elem(map, &kOnly) != 0 && errno != ENOENT)
    return failed(kWhat, fmt::format("can't be taken away: {}", std::strerror(errno)));
  unlink((pins / kPin).c_str());
  unlink((pins / kNextPin).c_str());
  return {};
}

vdt_feed_entry* FeedTable::entry(std::size_t number) const {
  const auto& header = *part<vdt_feed_header>(0);
  if (number < entries4_) return part<vdt_feed_entry>(header.entries4, number);
  return &part<vdt_feed_entry6>(header.entries6, number - entries4_)->entry;
}

Prefix FeedTable::prefix(std::size_t number) const {
  Prefix prefix;
  const vdt_feed_entry& found = *entry(number);
  prefix.length = found.length;
  prefix.ip_version = number < entries4_ ? 4 : 6;
  if (prefix.ip_version == 4)
    std::memcpy(prefix.address.bytes, found.address, sizeof found.address);
  else
    std::memcpy(prefix.address.bytes, reinterpret_cast<const vdt_feed_entry6&>(found).address,
                sizeof prefix.address);
  return prefix;
}

FedPrefix FeedTable::at(std::size_t number) const {
  const vdt_feed_entry& found = *entry(number);
  return {.prefix = prefix(number),
          .until = found.until,
          .drops_until = found.drops_until,
          .feeds = part<std::uint64_t>(part<vdt_feed_contents>(VDT_FEED_CONTENTS_LINE)->sets)[found.set],
          .packets = __atomic_load_n(&found.packets, __ATOMIC_RELAXED),
          .bytes = __atomic_load_n(&found.bytes, __ATOMIC_RELAXED)};
}

BitWords FeedTable::bits() const {
  BitWords bits;
  for (std::size_t number = 0; number < size(); number++) bits.add(prefix(number));
  return bits;
}

std::size_t FeedTable::find(const Prefix& wanted) const {
  const auto numbers = std::views::iota(std::size_t{0}, size());
  const auto found =
      std::ranges::lower_bound(numbers, wanted, {}, [this](std::size_t number) { return prefix(number); });
  return found != numbers.end() && prefix(*found) == wanted ? *found : size();
}

std::vector<std::size_t> FeedTable::that_hold(const Prefix& held) const {
  std::vector<std::size_t> all;
  for (std::uint8_t length = 0; length <= held.length; length++)
    if (const std::size_t number = find(prefix_of(held.address, held.ip_version, length)); number < size())
      all.push_back(number);
  return all;
}

void FeedTable::add_hits(std::size_t number, std::uint64_t packets, std::uint64_t bytes) {
  __atomic_fetch_add(&entry(number)->packets, packets, __ATOMIC_RELAXED);
  __atomic_fetch_add(&entry(number)->bytes, bytes, __ATOMIC_RELAXED);
}

}  // namespace vedette
