// The packet programs (bpf/packets.bpf.c) in the kernel: loaded, put on interfaces, pinned, and taken over
// from a daemon that died. The sensor's only way to them.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "abi/config.h"
#include "base/error.h"
#include "kernel/attachment.h"
#include "kernel/bpf_object.h"
#include "kernel/interface_counters.h"
#include "kernel/mapped_array.h"
#include "kernel/pin_directory.h"

namespace vedette {

// By which hook packets come in.
enum class IngressMode {
  kAuto,  // native XDP, else generic XDP, else tc
  kXdpNative,
  kXdpGeneric,
  kTc,
};

struct PacketProgramOptions {
  std::uint32_t flow_slots =
      1U << 18;  // in all regions together; rounded up to whole sets, a power of two a CPU
  std::uint32_t ring_bytes = 8U << 20;  // of the telemetry ring; a power of two, at least a page
  std::filesystem::path pin_folder;     // empty: PinDirectory's own choice
};

// What sits on an interface, and why something doesn't.
struct InterfaceHooks {
  std::optional<Attachment> ingress;
  std::optional<Attachment> egress;
  std::vector<std::string> why;  // one text for each hook that was tried in vain
};

// One thread at a time.
class PacketPrograms {
 public:
  // Loads the programs; takes over the maps that a dead daemon left pinned, where their layout is ours.
  // Needs CAP_BPF, CAP_NET_ADMIN and, before Linux 5.8's capabilities, root.
  [[nodiscard]] static Result<PacketPrograms> load(const PacketProgramOptions& options);

  // Loads what comes in by XDP for a dry run (bpf/abi/replay.h): nothing is pinned or taken over, and nothing
  // may be attached. A sensor that runs notices nothing of it. Two such sets of programs decide alike: rates'
  // sketches are hashed with the same numbers. Needs what load() does.
  [[nodiscard]] static Result<PacketPrograms> load_replayed();

  // True where pinned maps were taken over.
  [[nodiscard]] bool resumed() const { return resumed_; }

  // Attaches to an interface; fails where no ingress hook takes the program. What was tried in vain on the
  // way stands in `why`. Where a dead daemon's program is on a hook that `mode` allows, it goes on there, so
  // that there is no gap.
  [[nodiscard]] Result<const InterfaceHooks*> attach(int ifindex, IngressMode mode, bool egress);
  // Off an interface again; also for one that has gone.
  void detach(int ifindex);
  // Of an interface that has gone: what it counted stays in the total alone.
  void forget(int ifindex);
  // Off every interface on which a dead daemon left programs and to which nothing was attached since.
  void drop_others();
  // Off every interface, with all pins: nothing of ours is left.
  void remove();

  [[nodiscard]] const std::map<int, InterfaceHooks>& interfaces() const { return interfaces_; }
  [[nodiscard]] const InterfaceCounters& counters() const { return counters_; }
  // Whether packets go on to the watch programs.
  void set_watched(bool watched);
  // What packets are asked about: of enum vdt_lists, sets those of `which` to `lists`. Any thread.
  void set_lists(std::uint32_t which, std::uint32_t lists);
  // What was decided on flows until now is decided anew with their next packet. Any thread.
  void decide_anew();
  // Which packets are handed to the guard (kernel/guard.h): enum vdt_guards.
  void set_guards(std::uint32_t guards);
  [[nodiscard]] std::uint32_t guards() const;
  // Whether flows that begin from now on hand their first bytes to their teller (kernel/first_bytes.h).
  void set_first_bytes(bool told);
  // Whether odd and dropped packets' heads are told, and those of each direction's first packets
  // (kernel/packet_heads.h).
  void set_heads(bool told, std::uint32_t flow_packets);
  // Whether packets go on to the protocol policy (kernel/protocol_programs.h). Any thread.
  void set_policed(bool policed);
  // As loaded, or as a dead daemon left it.
  [[nodiscard]] const vdt_config& config() const { return switches_.at<vdt_switches>(0)->config; }

  // Where what outlives the daemon is pinned.
  [[nodiscard]] const PinDirectory& pins() const { return pins_; }
  // A map of the object; stays owned here.
  [[nodiscard]] Result<int> map_fd(std::string_view name) const { return object_.map_fd(name); }
  [[nodiscard]] const BpfObject& object() const { return object_; }
  [[nodiscard]] const std::filesystem::path& pin_folder() const { return pins_.folder(); }

 private:
  PacketPrograms(BpfObject object, PinDirectory pins) : object_(std::move(object)), pins_(std::move(pins)) {}

  [[nodiscard]] Result<void> begin(const vdt_config& config);
  [[nodiscard]] Result<Attachment> attach_ingress(int ifindex, IngressMode mode,
                                                  std::vector<std::string>& why) const;
  using Hooks = std::span<const AttachPoint>;
  [[nodiscard]] Result<Attachment> attach_first(Hooks hooks, int ifindex,
                                                std::vector<std::string>& why) const;
  // `side`: all hooks on which packets could come by twice, `hooks` among them.
  [[nodiscard]] Result<Attachment> resume_or_attach(Hooks hooks, Hooks side, int ifindex,
                                                    std::vector<std::string>& why) const;
  [[nodiscard]] Result<int> program_for(AttachPoint hook) const;
  // Flows that begin have a credit while either the tellers or the protocol policy want their first payload.
  void follow_first_credit();

  BpfObject object_;
  PinDirectory pins_;
  InterfaceCounters counters_;
  MappedArray switches_;
  std::map<int, InterfaceHooks> interfaces_;
  bool frags_ = true;
  bool resumed_ = false;
  bool first_bytes_told_ = false;
};

}  // namespace vedette
