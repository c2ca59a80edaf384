#include "store/clickhouse_sender.h"

#include <fmt/format.h>

#include <chrono>
#include <span>

#include "store/row_binary.h"

namespace vedette {

Result<void> abandon_block(ClickhouseServer& server, const ClickhouseLayout& layout, std::uint64_t block,
                           std::uint64_t stream) {
  const Nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
  const auto said = server.ask(fmt::format("INSERT INTO {} (block, stream, time_ns) VALUES ({}, {}, {})",
                                           layout.own(kAbandonedTable), block, stream, now.count()));
  if (!said) return std::unexpected(said.error());
  return {};
}

Result<std::unique_ptr<ClickhouseSender>> ClickhouseSender::open(const StoreOptions& options, Spool& spool) {
  std::unique_ptr<ClickhouseSender> sender(new ClickhouseSender(options, spool));
  for (const std::string& url : options.servers) {
    auto address = parse_clickhouse_url(url);
    if (!address) return std::unexpected(address.error());
    address->password = options.password;
    auto server = ClickhouseServer::open(std::move(*address));
    if (!server) return std::unexpected(server.error());
    sender->servers_.push_back(std::move(*server));
  }
  return sender;
}

void ClickhouseSender::cancel() {
  for (const auto& server : servers_) server->cancel();
}

std::optional<ClickhousePlace> ClickhouseSender::place() const {
  const std::lock_guard lock(mutex_);
  return place_;
}

void ClickhouseSender::set_place(std::optional<ClickhousePlace> place) {
  const std::lock_guard lock(mutex_);
  place_ = std::move(place);
}

Result<void> ClickhouseSender::find_server() {
  if (ready_) return {};
  Result<void> last = failed("store", "no server is named");
  for (std::size_t tried = 0; tried < servers_.size(); tried++) {
    ClickhouseServer& server = *servers_[active_];
    auto layout = prepare_server(server, options_);
    if (layout) {
      set_place(ClickhousePlace{server.address(), *layout});
      ready_ = true;
      return {};
    }
    last = std::unexpected(layout.error());
    active_ = (active_ + 1) % servers_.size();
  }
  return last;
}

Result<bool> ClickhouseSender::is_there(ClickhouseServer& server, const SpooledBlock& block,
                                        const SpooledRows& rows) {
  const ClickhouseLayout layout = place()->layout;
  const auto asked = [&](const std::string& table) {
    return server.number(fmt::format(
        "SELECT count() FROM {} WHERE time_ns >= {} AND time_ns <= {} AND stream = {} AND block = {} AND {}",
        table, rows.first.count(), rows.last.count(), block.stream, block.block, layout.counted()));
  };
  if (servers_.size() == 1) {
    const auto found = asked(layout.own(raw_table(block.source)));
    if (!found) return std::unexpected(found.error());
    return *found == block.rows;
  }
  // It may have been sent to another server, which may be the one that is away: then it is given up for a
  // new attempt, and doesn't count when that server comes back with it.
  const auto found = asked(layout.all(raw_table(block.source)));
  return found && *found == block.rows;
}

Result<ClickhouseSender::Sent> ClickhouseSender::send_to(ClickhouseServer& server,
                                                         const Spool::Front& front) {
  const auto rows = spool_.read(front.block);
  if (!rows) {
    if (rows.error().kind != ErrorKind::kUnusable) return std::unexpected(rows.error());
    options_.note(fmt::format("store: {}: set aside", rows.error().text()));
    spool_.set_aside(front.block);
    return Sent{.block = front.block, .first = {}, .last = {}, .damaged = true};
  }
  SpooledBlock block = front.block;
  const ClickhouseLayout layout = place()->layout;
  if (front.sent) {
    const auto there = is_there(server, block, *rows);
    if (!there) return std::unexpected(there.error());
    if (*there) return Sent{.block = block, .first = rows->first, .last = rows->last};
    if (auto given_up = abandon_block(server, layout, block.block, block.stream); !given_up)
      return std::unexpected(given_up.error());
    auto renumbered = spool_.renumber(block);
    if (!renumbered) return std::unexpected(renumbered.error());
    block = *renumbered;
  }
  const std::string mark = binary_mark(
      {.sensor = options_.sensor, .stream = block.stream, .seq = block.seq, .block = block.block});
  std::string body;
  for (const std::string& row : rows->rows) {
    body += mark;
    body += row;
  }
  std::string columns;
  for (const auto list :
       {std::span(mark_columns()), std::span(binary_columns(block.source)).first(rows->columns)})
    for (const BinaryColumn& column : list)
      columns += fmt::format("{}{}", columns.empty() ? "" : ", ", column.name);
  spool_.begin_attempt(block);
  const auto inserted = server.insert(
      fmt::format("INSERT INTO {} ({}) FORMAT RowBinary", layout.own(raw_table(block.source)), columns), body,
      fmt::format("vedette-{:016x}", block.block));
  if (!inserted) return std::unexpected(inserted.error());
  return Sent{.block = block, .first = rows->first, .last = rows->last};
}

Result<ClickhouseSender::Sent> ClickhouseSender::send(const Spool::Front& front) {
  auto sent = send_to(*servers_[active_], front);
  if (!sent) {
    ready_ = false;
    active_ = (active_ + 1) % servers_.size();
  }
  return sent;
}

}  // namespace vedette
