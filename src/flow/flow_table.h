// Two-way flows out of packets (capture files) or out of kernel records (live). This is where packets become
// flows: every IP packet that is handed in is counted in exactly one flow, every other one in `not_ip`. Flows
// leave through the sink: when they end, when the table is full, when a long one is due for a report, when
// the input ends.
//
// Time is the packets' own. Bounded: at most FlowOptions::max_flows, the idlest ended first; work a packet is
// bounded too. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "flow/flow.h"
#include "flow/flow_index.h"
#include "flow/fragment_tracker.h"
#include "flow/idle_wheel.h"
#include "flow/key_fold.h"
#include "flow/record_delta.h"
#include "flow/table_entry.h"
#include "flow/tcp_tracking.h"
#include "packet/packet.h"

namespace vedette {

struct FlowOptions {
  Nanoseconds tcp_idle = std::chrono::seconds(300);
  Nanoseconds other_idle = std::chrono::seconds(60);
  Nanoseconds closed_grace =
      std::chrono::seconds(5);                   // a closed flow still takes its stragglers for this long
  Nanoseconds report_every{};                    // long flows are told this often; 0 = only when they end
  std::size_t max_flows = std::size_t{1} << 20;  // above 0
};

// What the table has seen and done.
struct FlowCounters {
  std::uint64_t packets = 0;  // handed in; = those in flows + not_ip_packets
  std::uint64_t bytes = 0;
  std::uint64_t not_ip_packets = 0;
  std::uint64_t not_ip_bytes = 0;
  std::uint64_t created = 0;
  std::uint64_t evicted = 0;  // ended early because the table was full
  std::uint64_t fragments_unknown = 0;
};

class FlowTable {
 public:
  // Gets each flow that is told; must not call back into the table, but for place_of().
  using Sink = std::function<void(const FlowView&)>;

  explicit FlowTable(FlowOptions options = {}, Sink sink = {});
  FlowTable(const FlowTable&) = delete;
  FlowTable& operator=(const FlowTable&) = delete;

  // Where a packet was counted. The flow stays valid until the table's next call.
  struct Place {
    Flow* flow = nullptr;  // null for a packet that is not IP
    FlowSide side = kInitiator;
    bool created = false;
  };

  Place add_packet(const Packet& packet);
  // The same for several at once, at a third of the price each where there are many flows: the memory that
  // the later ones need is fetched while the first ones are counted. `packet_of` gives an element's Packet;
  // its bytes aren't looked at. `placed` gets each element and its Place.
  struct Unheeded {
    void operator()(const auto&, const Place&) const {}
  };
  template <typename Element, typename PacketOf = std::identity, typename Placed = Unheeded>
  void add_packets(std::span<const Element> batch, PacketOf packet_of = {}, Placed placed = {}) {
    constexpr std::size_t kAhead =
        32;  // more would push the first one's lines out of the nearest cache again
    std::array<std::uint64_t, kAhead> hashes;
    std::array<std::uint32_t, kAhead> likely;
    for (; !batch.empty(); batch = batch.subspan(std::min(batch.size(), kAhead))) {
      const std::span few = batch.first(std::min(batch.size(), kAhead));
      for (std::size_t i = 0; i < few.size(); i++) {
        hashes[i] = folded_hash(std::invoke(packet_of, few[i]).facts->core.key, seed_);
        index_.prefetch(hashes[i]);
      }
      for (std::size_t i = 0; i < few.size(); i++) likely[i] = prefetch_flow(hashes[i]);
      for (std::size_t i = 0; i < few.size(); i++) prefetch_tracking(likely[i]);
      for (std::size_t i = 0; i < few.size(); i++)
        placed(few[i], add_hashed(std::invoke(packet_of, few[i]), hashes[i], likely[i]));
    }
  }
  Place add_record(const RecordDelta& delta);

  // Ends what is idle at `now` and reports long flows. Packets do this too, a few flows each; live it is
  // called each second or so.
  void advance(Nanoseconds now);

  // Ends every flow, earliest first packet first.
  void finish();

  // The flow of `key` or of its reverse; null where there is none.
  [[nodiscard]] Flow* find(const vdt_flow_key& key) { return place_of(key).flow; }
  // And which of its sides sends packets with `key`.
  [[nodiscard]] Place place_of(const vdt_flow_key& key);

  // Rare facts of a flow of this table, made on first use.
  FlowFacts& facts(const Flow& flow);
  // Flows that have any.
  [[nodiscard]] std::size_t with_facts() const { return facts_.size(); }

  // Live flows, in no order.
  void for_each(const std::function<void(const FlowView&)>& visit) const;

  void name_interface(std::uint32_t ifindex, std::string_view name);

  [[nodiscard]] std::size_t live() const { return index_.size(); }
  [[nodiscard]] FlowCounters counters() const;
  // Bytes held for flows, the index and fragments; without the rare facts' texts.
  [[nodiscard]] std::size_t memory() const;

 private:
  enum IdleClass : std::uint8_t { kTcp, kOther, kClosed };

  struct Found {
    std::uint32_t number = 0;
    FlowSide side = kInitiator;
  };

  // `likely` may be any entry's number, an ended one's included, or none: look_up() begins with it.
  Place add_hashed(const Packet& packet, std::uint64_t hash, std::uint32_t likely);
  [[nodiscard]] std::uint32_t prefetch_flow(std::uint64_t hash) const;
  void prefetch_tracking(std::uint32_t number) const;
  [[nodiscard]] Found look_up(const vdt_flow_key& key, std::uint64_t hash,
                              std::uint32_t likely = FlowIndex::kNone) const;
  Found create(const vdt_flow_key& key, std::uint64_t hash, Nanoseconds time);
  void end(std::uint32_t number, FlowEnd why);
  void forget_all();
  void make_room();
  void keep_time(Nanoseconds now, std::size_t budget);
  void refile(std::uint32_t number, IdleClass wheel);
  void close_if_over(std::uint32_t number);
  void turn_round(TableEntry& entry);
  [[nodiscard]] bool ends_before(const TableEntry& entry, Nanoseconds time) const;
  [[nodiscard]] bool begins_anew(const TableEntry& entry, FlowSide side, const vdt_packet_core& core) const;
  void count_segment(TableEntry& entry, FlowSide side, const vdt_packet_core& core, Nanoseconds time);
  void settle_initiator(TableEntry& entry, FlowSide& side, std::uint8_t first_flags);
  void keep_tunnel(TableEntry& entry, FlowSide side, std::uint32_t id, const vdt_outer* outer);
  void count_lengths(Flow& flow, std::uint32_t shortest, std::uint32_t longest);
  void tell(const TableEntry& entry, FlowEnd why) const;
  void report_if_due(TableEntry& entry);
  [[nodiscard]] FlowView view_of(const TableEntry& entry, FlowEnd why) const;

  FlowOptions options_;
  Sink sink_;
  HashSeed seed_;
  Entries entries_;
  FlowIndex index_;
  std::array<IdleWheel, 3> wheels_;  // by IdleClass
  Slab<TcpTracking> tracking_;
  FragmentTracker fragments_;
  std::unordered_map<const Flow*, FlowFacts> facts_;  // entries never move
  std::unordered_map<const Flow*, FlowTunnel> tunnels_;
  std::map<std::uint32_t, std::string> interface_names_;
  Nanoseconds now_{};    // of the latest packet
  Nanoseconds kept_{};   // when idle flows were last looked for
  bool behind_ = false;  // more flows may be idle than the last look had budget for
  FlowCounters counters_;
};

}  // namespace vedette
