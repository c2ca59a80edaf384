// Every IP socket and the processes that hold it, at one moment: the owners of sockets older than the sensor,
// and of connections that a server handed to a child. Made by a kernel walk over all descriptors
// (bpf/held_sockets.bpf.c), or where that is refused by reading /proc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "abi/owner.h"
#include "base/error.h"
#include "kernel/bpf_object.h"

namespace vedette {

// Whom a socket with several holders belongs to.
enum class Holder {
  kOldest,    // a listener is inherited by its workers
  kYoungest,  // a connection is handed to the child that was forked for it
};

// Any thread may read.
class HeldSockets {
 public:
  HeldSockets() = default;
  explicit HeldSockets(const std::vector<vdt_held_socket>& held);

  // `key` with all of its fields. Nothing where nobody holds it.
  [[nodiscard]] std::optional<vdt_held_socket> connection(const vdt_connection_key& key, Holder holder) const;
  // Who listens on, or is bound to, the key's local end: exactly that address, else every address.
  [[nodiscard]] std::optional<vdt_held_socket> bound(const vdt_connection_key& key,
                                                     std::uint8_t protocol) const;
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  [[nodiscard]] std::optional<vdt_held_socket> find(const vdt_connection_key& key, std::uint8_t protocol,
                                                    Holder holder) const;

  std::unordered_map<std::string, std::vector<vdt_held_socket>>
      by_key_;  // the key's bytes behind the protocol
  std::size_t size_ = 0;
};

// One thread at a time.
class DescriptorWalk {
 public:
  // Of the namespace of this cookie; 0 = all.
  [[nodiscard]] static Result<DescriptorWalk> start(std::uint64_t netns);
  [[nodiscard]] Result<std::vector<vdt_held_socket>> walk() const;
  [[nodiscard]] const BpfObject& object() const { return object_; }

 private:
  DescriptorWalk(BpfObject object, BpfLink link) : object_(std::move(object)), link_(std::move(link)) {}

  BpfObject object_;
  BpfLink link_;
};

}  // namespace vedette
