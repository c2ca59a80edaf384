#include "store/clickhouse_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/clickhouse_sender.h"

namespace vedette {

namespace {

constexpr std::array kLevels{FileLevel::kMinute, FileLevel::kHour};
constexpr std::array kSources{QuerySource::kFlows, QuerySource::kInterfaces};
// Up to a million rows and some: what a server sums within the time that a statement has.
constexpr std::uint64_t kBlocksAtOnce = 64;

}  // namespace

void ClickhouseKeeper::sent(const SpooledBlock& block, Nanoseconds first, Nanoseconds last) {
  const std::lock_guard lock(mutex_);
  spool_.remove(block);
  if (block.source == QuerySource::kFindings) return;
  for (auto& sources : untold_) sources[block.source == QuerySource::kFlows ? 0 : 1].add({first, last});
}

// Sums that were begun and not told are never counted: what is under way stands in the spool's state before
// the first of them is written.
Result<void> ClickhouseKeeper::finish(ClickhouseServer& server, const ClickhouseLayout& layout) {
  RollUpState state = spool_.roll_ups();
  if (!state.building) return {};
  const RollUpUnderWay& one = *state.building;
  const std::uint64_t stream = spool_.stream();
  if (!one.summed) {
    if (auto said = abandon_block(server, layout, one.block, stream); !said) return said;
    state.building.reset();
    return spool_.keep(state);
  }
  // The greatest counts, so that it may be said again.
  const auto told =
      server.ask(fmt::format("INSERT INTO {} (stream, level, source, upto) VALUES ({}, {}, {}, {})",
                             layout.own(kProgressTable), stream, one.level, one.source, one.upto));
  if (!told) return std::unexpected(told.error());
  state.upto[one.level][one.source] = one.upto;
  state.building.reset();
  return spool_.keep(state);
}

Result<void> ClickhouseKeeper::sum_up(ClickhouseServer& server, const ClickhouseLayout& layout,
                                      std::uint8_t source, ClickhouseRollUp roll_up) {
  RollUpState state = spool_.roll_ups();
  state.building = RollUpUnderWay{.block = Spool::new_block(),
                                  .upto = roll_up.upto,
                                  .level = static_cast<std::uint8_t>(roll_up.level == kLevels[0] ? 0 : 1),
                                  .source = source,
                                  .summed = false};
  roll_up.block = state.building->block;
  if (auto kept = spool_.keep(state); !kept) return kept;
  for (const Cube& cube : cubes()) {
    if (cube.source != kSources[source]) continue;
    const auto summed = server.ask(roll_up_statement(layout, cube, roll_up));
    if (!summed) return std::unexpected(summed.error());
  }
  state.building->summed = true;
  if (auto kept = spool_.keep(state); !kept) return kept;
  return finish(server, layout);
}

Result<void> ClickhouseKeeper::roll_up_source(ClickhouseServer& server, const ClickhouseLayout& layout,
                                              std::uint8_t level, std::uint8_t source) {
  ClickhouseRollUp roll_up{.sensor = sensor_,
                           .stream = spool_.stream(),
                           .block = 0,
                           .from = spool_.roll_ups().upto[level][source],
                           .upto = 0,
                           .begin = {},
                           .end = {},
                           .level = kLevels[level]};
  Times times;
  std::uint64_t settled = 0;
  {
    const std::lock_guard lock(mutex_);
    settled = spool_.settled();
    times = std::exchange(untold_[level][source], Times{Nanoseconds::max(), Nanoseconds::min()});
  }
  if (times.empty()) return {};
  roll_up.begin = times.first;
  roll_up.end = times.last;
  Result<void> done;
  while (done && roll_up.from < settled) {
    roll_up.upto = settled;
    // Between a stream's blocks there may be many numbers that were never used.
    const auto next = server.number(next_block_statement(layout, kSources[source], roll_up));
    if (!next) {
      done = std::unexpected(next.error());
      break;
    }
    if (*next == 0) break;
    roll_up.from = *next - 1;
    roll_up.upto = std::min(settled, roll_up.from + kBlocksAtOnce);
    done = sum_up(server, layout, source, roll_up);
    roll_up.from = roll_up.upto;
  }
  if (!done) {
    const std::lock_guard lock(mutex_);
    untold_[level][source].add(times);
  }
  return done;
}

Result<void> ClickhouseKeeper::roll_up(ClickhouseServer& server, const ClickhouseLayout& layout, bool hours) {
  if (auto finished = finish(server, layout); !finished) return finished;
  for (const std::uint8_t level : std::array<std::uint8_t, 2>{0, 1})
    for (const std::uint8_t source : std::array<std::uint8_t, 2>{0, 1})
      if (level == 0 || hours)
        if (auto done = roll_up_source(server, layout, level, source); !done) return done;
  return {};
}

}  // namespace vedette
