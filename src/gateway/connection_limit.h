// How many connections there may be, in all and of one client.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "gateway/client_network.h"

namespace vedette {

// Any thread. Outlives its tickets.
class ConnectionLimit {
 public:
  ConnectionLimit(std::size_t in_all, std::size_t a_client) : in_all_(in_all), a_client_(a_client) {}

  // One connection, for as long as this lives.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept : limit_(std::exchange(other.limit_, nullptr)), client_(other.client_) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (limit_) limit_->leave(client_);
    }

   private:
    friend class ConnectionLimit;
    Ticket(ConnectionLimit& limit, const ClientNetwork& client) : limit_(&limit), client_(client) {}

    ConnectionLimit* limit_;
    ClientNetwork client_;
  };

  // Nothing where there is no room.
  [[nodiscard]] std::optional<Ticket> enter(const ClientNetwork& client) {
    const std::lock_guard lock(mutex_);
    if (held_ >= in_all_) return std::nullopt;
    std::size_t& of_client = of_client_[client];
    if (of_client >= a_client_) return std::nullopt;  // not 0: it stays in the map
    of_client++;
    held_++;
    return Ticket(*this, client);
  }

 private:
  void leave(const ClientNetwork& client) {
    const std::lock_guard lock(mutex_);
    held_--;
    const auto found = of_client_.find(client);
    if (--found->second == 0) of_client_.erase(found);
  }

  std::size_t in_all_;
  std::size_t a_client_;
  std::mutex mutex_;
  std::size_t held_ = 0;
  std::map<ClientNetwork, std::size_t> of_client_;  // those that hold any
};

}  // namespace vedette
