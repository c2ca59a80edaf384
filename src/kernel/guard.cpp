#include "kernel/guard.h"

#include <guard.bpf.h>
#include <proxy_accept.bpf.h>

#include <array>

#include "abi/guard.h"
#include "kernel/companion.h"

namespace vedette {

namespace {

// The packet programs' maps that the guard works on too.
constexpr std::array kSharedMaps{
    "work",      "flow_sets",       "telemetry",   "tunnels",         "block4",      "block6",
    "allow4",    "allow6",          "block_bits4", "block_bits6",     "guard_ports", "guard_xdp",
    "guard_tc",  "guard_xdp_frags", "first_xdp",   "first_xdp_frags", "first_tc",    "watch_handover",
    "watch_xdp", "watch_xdp_frags", "watch_tc",    ".data.switches",  "act_xdp",     "act_xdp_frags",
    "act_tc"};
constexpr std::array kPinnedMaps{"proxy_ports",    "proxy_counts", "proxy_addresses",
                                 "proxy_verified", "guard_config", "solicited_hosts",
                                 "asked"};

}  // namespace

Result<std::unique_ptr<Guard>> Guard::open(PacketPrograms& programs) {
  std::unique_ptr<Guard> made(new Guard(programs));
  if (auto loaded = made->load(); !loaded) return std::unexpected(loaded.error());
  return made;
}

Result<void> Guard::load() {
  Result<void> loaded;
  Error first;
  // XDP in several buffers came with Linux 5.18, the cookies' helpers with 6.0.
  for (const auto& [frags, cookies] : {std::pair{true, true}, {true, false}, {false, true}, {false, false}}) {
    loaded = load(frags, cookies);
    if (loaded) {
      if (!cookies) why_no_cookies_ = first.text();
      break;
    }
    if (first.what.empty()) first = loaded.error();
  }
  if (!loaded) return std::unexpected(first);
  if (!why_no_cookies_.empty()) return {};
  if (auto accept = load_accept(); !accept) {
    accept_.reset();
    why_no_cookies_ = accept.error().text();
  }
  return {};
}

Result<void> Guard::load(bool with_frags, bool with_cookies) {
  auto object = BpfObject::open("guard", objects::guard());
  if (!object) return std::unexpected(object.error());
  object_ = std::make_unique<BpfObject>(std::move(*object));
  if (auto shared = share_maps(programs_, kSharedMaps, *object_); !shared) return shared;
  const std::uint32_t cookies = with_cookies;
  if (auto set = set_constants(*object_, ".rodata.cookies", std::as_bytes(std::span(&cookies, 1))); !set)
    return set;
  if (auto left = object_->set_autoload("vdt_guard_in_xdp_frags", with_frags); !left) return left;
  if (auto loaded = load_with_pins(programs_, kPinnedMaps, *object_); !loaded) return loaded;
  if (with_frags)
    if (auto placed = place("vdt_guard_in_xdp_frags", "guard_xdp_frags", 0); !placed) return placed;
  if (auto placed = place("vdt_guard_in_xdp", "guard_xdp", 0); !placed) return placed;
  if (auto placed = place("vdt_guard_in_tc", "guard_tc", VDT_DIRECTION_IN); !placed) return placed;
  return place("vdt_guard_out_tc", "guard_tc", VDT_DIRECTION_OUT);
}

Result<void> Guard::load_accept() {
  auto object = BpfObject::open("proxy_accept", objects::proxy_accept());
  if (!object) return std::unexpected(object.error());
  accept_ = std::make_unique<BpfObject>(std::move(*object));
  return accept_->load();
}

Result<void> Guard::place(const char* program, const char* array, std::uint32_t index) {
  return place_program(programs_, *object_, program, array, index);
}

void Guard::set_guards(std::uint32_t mask, std::uint32_t bits) {
  programs_.set_guards((programs_.guards() & ~mask) | bits);
}

Result<void> Guard::accept(bool accepting) {
  if (!accepting || !takes_cookies()) return behind_xdp_.follow({});
  const auto program = accept_->program_fd("vdt_proxy_accept");
  if (!program) return std::unexpected(program.error());
  return behind_xdp_.follow(*program);
}

void Guard::remove() {
  (void)accept(false);  // fails where its folder can't be opened, and then nothing is left by it
}

}  // namespace vedette
