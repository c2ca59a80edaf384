// IP datagrams out of their fragments (RFC 791 §3.2, RFC 8200 §4.5), for who reads what they carry: flows
// count each fragment where it comes (flow/fragment_tracker.h). Fragments may come in any order and more than
// once. Where two overlap and aren't the same, nothing of their datagram is told (RFC 5722; of IPv4 too, as a
// host may take either).
//
// Bounded: a datagram waits 30 s for its fragments, and all of them hold so many bytes; the one that has
// waited longest is given up first, and counted. Of a datagram that isn't made whole, the first fragment is
// told alone. Time is the packets' own. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "packet/packet.h"

namespace vedette {

struct ReassemblyOptions {
  std::size_t all_bytes =
      std::size_t{4} * 1024 * 1024;             // of all datagrams, as Linux has (ipfrag_high_thresh)
  Nanoseconds wait = std::chrono::seconds(30);  // for the rest of a datagram (ipfrag_time)
};

// Of datagrams.
struct ReassemblyCounters {
  std::uint64_t whole = 0;
  std::uint64_t expired = 0;   // their other fragments did not come
  std::uint64_t given_up = 0;  // for want of room
  std::uint64_t refused = 0;   // their fragments overlap or contradict each other
  std::uint64_t cut = 0;       // the capture cut a fragment off
};

class IpReassembly {
 public:
  // Gets a packet that is valid during the call; may add further fragments.
  using Sink = std::function<void(const Packet&)>;

  // `whole` gets each datagram that is, parsed anew, which may be a fragment within a tunnel; `alone` the
  // first fragment of each that won't be.
  IpReassembly(ReassemblyOptions options, Sink whole, Sink alone);
  IpReassembly(const IpReassembly&) = delete;
  IpReassembly& operator=(const IpReassembly&) = delete;

  // A packet with VDT_FACT_FRAGMENT. `owner`: whose the datagram is, where this is its first fragment.
  void add(const Packet& fragment, const void* owner);

  // Gives up what has waited too long.
  void expire(Nanoseconds now);
  // Gives up the owner's datagrams.
  void give_up(const void* owner);
  // Gives up all.
  void finish();

  [[nodiscard]] const ReassemblyCounters& counters() const { return counters_; }
  [[nodiscard]] bool empty() const { return queue_.empty(); }
  // Bytes held.
  [[nodiscard]] std::size_t memory() const { return held_; }

 private:
  // Which datagram a fragment is of: ports are 0, the protocol is the IPv4 header's, of IPv6 0.
  struct Name {
    vdt_flow_key key{};
    std::uint32_t id = 0;
    bool operator<(const Name& other) const;
  };
  enum class State : std::uint8_t {
    kOpen,
    kAlone,    // won't be whole: the first fragment, should it still come, is told alone
    kRefused,  // what still comes of it is not told
  };
  struct Datagram {
    Name name;
    Nanoseconds began{};
    State state = State::kOpen;
    const void* owner = nullptr;                                // null until the first fragment is there
    std::vector<std::uint8_t> frame;                            // of the first fragment
    vdt_packet facts{};                                         // of the first fragment
    std::uint32_t segments = 1;                                 // of the first fragment
    Nanoseconds time{};                                         // of the first fragment
    std::uint32_t filled = 0;                                   // bytes in `pieces`
    std::optional<std::uint32_t> end;                           // of the last fragment
    std::map<std::uint32_t, std::vector<std::uint8_t>> pieces;  // by where they begin; none overlaps another
    std::size_t held = 0;                                       // bytes, as counted in held_
  };
  using Queue = std::list<Datagram>;  // the longest waiting first

  // Where a fragment's parts lie in its frame.
  struct Parts {
    std::span<const std::uint8_t> header;  // without IPv6's fragment header
    std::size_t next_at = 0;               // of IPv6, where in `header` the next one's number stands
    std::uint8_t next = 0;
    std::span<const std::uint8_t> data;  // as far as it was captured
    bool cut = false;
  };
  [[nodiscard]] static std::optional<Parts> parts_of(const Packet& fragment);
  [[nodiscard]] static std::optional<Parts> parts_of_ipv6(std::span<const std::uint8_t> packet);
  [[nodiscard]] static Name name_of(const vdt_packet_core& core, const Parts& parts);

  Queue::iterator datagram_of(const Name& name, Nanoseconds now);
  void keep_first(Queue::iterator datagram, const Packet& fragment, const void* owner);
  // False where it contradicts what is there.
  [[nodiscard]] static bool insert(Datagram& datagram, std::uint32_t begin, bool last,
                                   std::span<const std::uint8_t> data);
  [[nodiscard]] static std::vector<std::uint8_t> join(const Datagram& datagram);
  void tell_whole(const Datagram& datagram, const Packet& last);
  void tell_alone(const Datagram& datagram);
  void count_memory(Datagram& datagram);
  void close(Queue::iterator datagram, State state);
  [[nodiscard]] Datagram take(Queue::iterator datagram);

  ReassemblyOptions options_;
  Sink whole_;
  Sink alone_;
  Queue queue_;
  std::map<Name, Queue::iterator> by_name_;
  std::unordered_multimap<const void*, Queue::iterator> by_owner_;
  std::size_t held_ = 0;
  ReassemblyCounters counters_;
};

}  // namespace vedette
