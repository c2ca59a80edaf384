#include "replay/replayed_protocols.h"

#include <utility>

namespace vedette {

Result<std::unique_ptr<ReplayedProtocols>> ReplayedProtocols::open(
    PacketPrograms& programs, const std::vector<ProtocolEntry>& entries) {
  std::unique_ptr<ReplayedProtocols> made(new ReplayedProtocols());
  // No packet takes the short way, so none has to be kept off it.
  auto keeper = ProtocolKeeper::open(
      programs, [](const vdt_flow_key&) {},
      {.now_ns = [now = &made->now_ns_] { return *now; }, .since_epoch = [] { return Nanoseconds::min(); }});
  if (!keeper) return std::unexpected(keeper.error());
  made->keeper_ = std::move(*keeper);
  if (auto applied = made->keeper_->apply(entries); !applied) return std::unexpected(applied.error());
  made->tracker_.tell_early_to([keeper = made->keeper_.get()](
                                   const HandshakeView& handshake) { return keeper->take_early(handshake); },
                               made->keeper_->wants_early());
  return made;
}

void ReplayedProtocols::take(std::span<const std::uint8_t> bytes, const vdt_packet& facts) {
  if (!(facts.core.facts & VDT_FACT_IP)) return;
  const Packet packet{.time = Nanoseconds(static_cast<std::int64_t>(now_ns_)),
                      .interface_name = {},
                      .bytes = bytes,
                      .facts = &facts,
                      .verdict = {}};
  tracker_.add(packet, flows_.add_packet(packet));
}

}  // namespace vedette
