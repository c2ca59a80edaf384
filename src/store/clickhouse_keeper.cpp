#include "store/clickhouse_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/clickhouse_sender.h"

namespace vedette {

namespace {

constexpr std::array kLevels{FileLevel::kMinute, FileLevel::kHour};
constexpr std::array kSources{QuerySource::kFlows, QuerySource::kInterfaces};

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
  const RollUpState::Building& one = *state.building;
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

Result<void> ClickhouseKeeper::roll_up_source(ClickhouseServer& server, const ClickhouseLayout& layout,
                                              std::uint8_t level, std::uint8_t source) {
  Times times;
  std::uint64_t upto = 0;
  {
    const std::lock_guard lock(mutex_);
    upto = spool_.settled();
    times = std::exchange(untold_[level][source], Times{Nanoseconds::max(), Nanoseconds::min()});
  }
  const auto not_done = [&](std::unexpected<Error> why) -> Result<void> {
    const std::lock_guard lock(mutex_);
    untold_[level][source].add(times);
    return why;
  };
  RollUpState state = spool_.roll_ups();
  const std::uint64_t from = state.upto[level][source];
  if (times.empty() || from >= upto) return {};
  state.building = RollUpState::Building{
      .block = Spool::new_block(), .upto = upto, .level = level, .source = source, .summed = false};
  if (auto kept = spool_.keep(state); !kept) return not_done(std::unexpected(kept.error()));
  ClickhouseRollUp roll_up{.sensor = sensor_,
                           .stream = spool_.stream(),
                           .block = state.building->block,
                           .from = from,
                           .upto = upto,
                           .begin = times.first,
                           .end = times.last,
                           .level = kLevels[level]};
  for (const Cube& cube : cubes()) {
    if (cube.source != kSources[source]) continue;
    const auto summed = server.ask(roll_up_statement(layout, cube, roll_up));
    if (!summed) return not_done(std::unexpected(summed.error()));
  }
  state.building->summed = true;
  if (auto kept = spool_.keep(state); !kept) return not_done(std::unexpected(kept.error()));
  return finish(server, layout);
}

Result<void> ClickhouseKeeper::roll_up(ClickhouseServer& server, const ClickhouseLayout& layout, bool hours) {
  if (auto finished = finish(server, layout); !finished) return finished;
  for (std::uint8_t level = 0; level < (hours ? 2 : 1); level++)
    for (std::uint8_t source = 0; source < kSources.size(); source++)
      if (auto done = roll_up_source(server, layout, level, source); !done) return done;
  return {};
}

}  // namespace vedette
