#include "store/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>
#include <zlib.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/file_descriptor.h"
#include "base/synced_file.h"
#include "store/row_binary.h"

namespace vedette {

namespace {

constexpr std::string_view kMagic = "VDTSPL2\n";
constexpr std::string_view kSuffix = ".block";
constexpr std::string_view kStateName = "state";
// Numbers are reserved on the disk by so many, so that a crash can't have one used twice.
constexpr std::uint64_t kReserve = 1'000'000;

// Behind the magic: numbers as they are in memory, for a file that only this machine reads. The number of
// each row's columns follows, then the rows, each behind its length.
struct Head {
  std::int64_t first = 0, last = 0;
  std::uint32_t rows = 0;
  std::uint32_t crc = 0;  // CRC-32 of all that follows (RFC 1952 §8)
};

std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

void put_number(std::string& to, std::size_t number) {
  const auto narrow = static_cast<std::uint32_t>(number);
  to.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
}

// From the front; false where the bytes end before.
bool take_number(std::string_view& from, std::uint32_t& number) {
  if (from.size() < sizeof number) return false;
  std::memcpy(&number, from.data(), sizeof number);
  from.remove_prefix(sizeof number);
  return true;
}

std::optional<std::uint64_t> hexadecimal(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (text.size() != 16 || read.ec != std::errc() || read.ptr != text.data() + text.size())
    return std::nullopt;
  return number;
}

// As SpooledBlock::name() writes it.
std::optional<SpooledBlock> block_named(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  constexpr std::size_t kNumber = 16;
  if (name.size() < 3 * (kNumber + 1) + 3) return std::nullopt;
  const auto stream = hexadecimal(name.substr(0, kNumber));
  const auto seq = hexadecimal(name.substr(kNumber + 1, kNumber));
  const auto block = hexadecimal(name.substr(2 * (kNumber + 1), kNumber));
  const std::string_view rest = name.substr(3 * (kNumber + 1));
  const std::size_t dash = rest.find('-');
  if (!stream || !seq || !block || dash == std::string_view::npos) return std::nullopt;
  const auto source = query_source_named(rest.substr(0, dash));
  const std::string_view rows = rest.substr(dash + 1);
  SpooledBlock found{.stream = *stream, .seq = *seq, .block = *block, .source = {}, .rows = 0};
  if (!source || std::from_chars(rows.data(), rows.data() + rows.size(), found.rows).ec != std::errc())
    return std::nullopt;
  found.source = *source;
  return found;
}

void sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened) (void)fsync(opened.get());
}

}  // namespace

std::string SpooledBlock::name() const {
  return fmt::format("{:016x}-{:016x}-{:016x}-{}-{}{}", stream, seq, block, query_source_name(source), rows,
                     kSuffix);
}

Spool::Spool(std::filesystem::path folder, std::uint64_t most_bytes)
    : folder_(std::move(folder)), most_bytes_(most_bytes) {}

std::uint64_t Spool::new_block() {
  std::uint64_t number = 0;
  while (number == 0)
    if (getrandom(&number, sizeof number, 0) != sizeof number) number = 0;
  return number;
}

Result<void> Spool::open() {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  // Who talks with whom is not everybody's to read.
  if (std::filesystem::create_directories(folder_, error))
    std::filesystem::permissions(folder_, static_cast<std::filesystem::perms>(0750), error);
  if (error) return failed(folder_.native(), fmt::format("can't be made: {}", error.message()));
  waiting_.clear();
  fresh_.clear();
  {
    const std::lock_guard counting(counts_mutex_);
    counts_ = {};
  }
  if (!read_state()) {
    stream_ = new_block();
    roll_ups_ = {};
    next_ = reserved_ = 1;
  }
  for (auto entry = std::filesystem::directory_iterator(folder_, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const auto block = block_named(entry->path().filename().native());
    std::error_code none;
    if (!block) continue;
    add(*block, entry->file_size(none));
  }
  if (error) return failed(folder_.native(), fmt::format("can't be listed: {}", error.message()));
  next_ = reserved_;
  reserved_ = next_ + kReserve;
  return write_state();
}

bool Spool::read_state() {
  std::ifstream in(folder_ / kStateName);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::size_t end = text.rfind("crc ");
  if (end == std::string::npos ||
      text.substr(end) != fmt::format("crc {:08x}\n", crc_of(text.substr(0, end))))
    return false;
  std::istringstream words(text.substr(0, end));
  std::string word;
  RollUpState state;
  while (words >> word) {
    if (word == "stream") words >> stream_;
    if (word == "reserved") words >> reserved_;
    if (word == "upto")
      for (auto& sources : state.upto)
        for (std::uint64_t& upto : sources) words >> upto;
    if (word == "building") {
      RollUpUnderWay& one = state.building.emplace();
      unsigned level = 0, source = 0;
      words >> one.block >> one.upto >> level >> source >> one.summed;
      one.level = static_cast<std::uint8_t>(level & 1u);
      one.source = static_cast<std::uint8_t>(source & 1u);
    }
  }
  roll_ups_ = state;
  return stream_ != 0;
}

Result<void> Spool::write_state() {
  std::string text = fmt::format("stream {}\nreserved {}\nupto", stream_, reserved_);
  for (const auto& sources : roll_ups_.upto)
    for (const std::uint64_t upto : sources) text += fmt::format(" {}", upto);
  text += '\n';
  if (const auto& one = roll_ups_.building)
    text += fmt::format("building {} {} {} {} {:d}\n", one->block, one->upto, one->level, one->source,
                        one->summed);
  text += fmt::format("crc {:08x}\n", crc_of(text));
  return replace_file(folder_ / kStateName, text);
}

std::filesystem::path Spool::path_of(const SpooledBlock& block) const {
  return folder_ / block.name();
}

Result<void> Spool::put(const SpooledRows& rows) {
  std::string body;
  put_number(body, binary_columns(rows.source).size());
  for (const std::string& row : rows.rows) {
    put_number(body, row.size());
    body += row;
  }
  const Head head{.first = rows.first.count(),
                  .last = rows.last.count(),
                  .rows = static_cast<std::uint32_t>(rows.rows.size()),
                  .crc = crc_of(body)};
  std::string text(kMagic);
  text.append(reinterpret_cast<const char*>(&head), sizeof head);
  text += body;
  const std::lock_guard lock(mutex_);
  if (const std::uint64_t bytes = counts().bytes; bytes + text.size() > most_bytes_)
    return failed(folder_.native(), fmt::format("is full: {} bytes wait for the server", bytes));
  if (next_ == reserved_) {
    reserved_ += kReserve;
    if (auto written = write_state(); !written) {
      reserved_ -= kReserve;
      return written;
    }
  }
  const SpooledBlock block{
      .stream = stream_, .seq = next_, .block = new_block(), .source = rows.source, .rows = rows.rows.size()};
  if (auto written = replace_file(path_of(block), text); !written) {
    // It may be there nevertheless, and its rows are going to be put again.
    std::error_code none;
    std::filesystem::remove(path_of(block), none);
    return written;
  }
  next_++;
  fresh_.insert(block.seq);
  add(block, text.size());
  return {};
}

void Spool::add(const SpooledBlock& block, std::uint64_t bytes) {
  waiting_.emplace(block, bytes);
  const std::lock_guard counting(counts_mutex_);
  counts_.blocks++;
  counts_.rows += block.rows;
  counts_.bytes += bytes;
}

std::optional<Spool::Front> Spool::front() const {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  const SpooledBlock& block = waiting_.begin()->first;
  return Front{block, block.stream != stream_ || !fresh_.contains(block.seq)};
}

Result<SpooledRows> Spool::read(const SpooledBlock& block) const {
  const std::filesystem::path path = path_of(block);
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return failed(path.native(), "can't be read");
  Head head;
  if (!text.starts_with(kMagic) || text.size() < kMagic.size() + sizeof head)
    return unusable(path.native(), "is no block of rows");
  std::memcpy(&head, text.data() + kMagic.size(), sizeof head);
  std::string_view body = std::string_view(text).substr(kMagic.size() + sizeof head);
  if (crc_of(body) != head.crc || head.rows != block.rows)
    return unusable(path.native(), "isn't what was written: its checksum differs");
  std::uint32_t columns = 0;
  if (!take_number(body, columns) || columns > binary_columns(block.source).size())
    return unusable(path.native(),
                    fmt::format("has rows of {} columns, which a later version may know", columns));
  SpooledRows rows{.source = block.source,
                   .rows = {},
                   .first = Nanoseconds(head.first),
                   .last = Nanoseconds(head.last),
                   .columns = columns};
  while (!body.empty()) {
    std::uint32_t length = 0;
    if (!take_number(body, length) || body.size() < length)
      return unusable(path.native(), "ends within a row");
    rows.rows.emplace_back(body.substr(0, length));
    body.remove_prefix(length);
  }
  return rows;
}

void Spool::begin_attempt(const SpooledBlock& block) {
  const std::lock_guard lock(mutex_);
  if (block.stream == stream_) fresh_.erase(block.seq);
}

Result<SpooledBlock> Spool::renumber(const SpooledBlock& block) {
  const std::lock_guard lock(mutex_);
  SpooledBlock renamed = block;
  renamed.block = new_block();
  std::error_code error;
  std::filesystem::rename(path_of(block), path_of(renamed), error);
  if (error) return failed(path_of(block).native(), fmt::format("can't be renamed: {}", error.message()));
  sync_folder(folder_);
  auto node = waiting_.extract(block);
  node.key() = renamed;
  waiting_.insert(std::move(node));
  return renamed;
}

void Spool::remove(const SpooledBlock& block) {
  const std::lock_guard lock(mutex_);
  std::error_code none;
  std::filesystem::remove(path_of(block), none);
  const auto at = waiting_.find(block);
  const std::uint64_t bytes = at->second;
  waiting_.erase(at);
  if (block.stream == stream_) fresh_.erase(block.seq);
  const std::lock_guard counting(counts_mutex_);
  counts_.blocks--;
  counts_.rows -= block.rows;
  counts_.bytes -= bytes;
}

void Spool::set_aside(const SpooledBlock& block) {
  {
    const std::lock_guard lock(mutex_);
    std::error_code none;
    std::filesystem::rename(path_of(block), folder_ / (block.name() + ".damaged"), none);
    const std::lock_guard counting(counts_mutex_);
    counts_.set_aside++;
    counts_.rows_set_aside += block.rows;
  }
  remove(block);
}

std::uint64_t Spool::settled() const {
  const std::lock_guard lock(mutex_);
  for (const auto& [block, bytes] : waiting_)
    if (block.stream == stream_) return block.seq - 1;
  return next_ - 1;
}

std::uint64_t Spool::stream() const {
  const std::lock_guard lock(mutex_);
  return stream_;
}

RollUpState Spool::roll_ups() const {
  const std::lock_guard lock(mutex_);
  return roll_ups_;
}

Result<void> Spool::keep(const RollUpState& state) {
  const std::lock_guard lock(mutex_);
  const RollUpState before = roll_ups_;
  roll_ups_ = state;
  auto written = write_state();
  if (!written) roll_ups_ = before;
  return written;
}

Spool::Counts Spool::counts() const {
  const std::lock_guard counting(counts_mutex_);
  return counts_;
}

}  // namespace vedette
