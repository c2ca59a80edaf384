// Which interfaces are watched: attaches the packet programs to those that were asked for, as they come,
// lets go of those that went, and follows changes of name.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernel/packet_programs.h"
#include "sensor/status.h"

namespace vedette {

// One thread at a time.
class InterfaceKeeper {
 public:
  using Note = std::function<void(const std::string&)>;
  using Named = std::function<void(std::uint32_t ifindex, const std::string& name)>;
  using Forgotten = std::function<void(std::uint32_t ifindex)>;

  // `wanted`: names or shell patterns. `note` gets a line for the log, `named` each interface's name,
  // `forgotten` one that went so long ago that it isn't told any more.
  InterfaceKeeper(PacketPrograms& programs, std::vector<std::string> wanted, IngressMode mode, bool egress,
                  Note note, Named named, Forgotten forgotten);

  // Unusable where a plain name isn't there, or nothing matches at all. Changes nothing.
  [[nodiscard]] static Result<void> examine(const std::vector<std::string>& wanted);

  // Attaches to all that are there. Failed where none took the programs.
  [[nodiscard]] Result<void> begin();

  // Looks again at what interfaces there are.
  void follow();

  // Each interface that is watched, and those that went last.
  [[nodiscard]] std::vector<InterfaceStatus> status() const;

 private:
  struct Kept {
    std::string name;
    bool present = false;
    std::string failure;  // why nothing is attached although the interface is there
  };

  void attach(int ifindex, const std::string& name);
  void forget_oldest();

  PacketPrograms& programs_;
  std::vector<std::string> wanted_;
  IngressMode mode_;
  bool egress_;
  Note note_;
  Named named_;
  Forgotten forgotten_;
  std::map<int, Kept> kept_;
  std::deque<int> gone_;  // in the order in which they went; maybe come again
};

}  // namespace vedette
