// The administrator's password, kept as an argon2id hash (RFC 9106; 64 MiB, two passes).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.h"
#include "gateway/state_folder.h"

namespace vedette {

// Any thread. set() and is() take some 100 ms of CPU and 64 MiB: from a thread that may wait.
class Password {
 public:
  static constexpr std::size_t kShortest = 10;   // bytes
  static constexpr std::size_t kLongest = 1024;  // bytes

  // Out of `folder`, which must outlive it; there may be none yet.
  [[nodiscard]] static Result<std::unique_ptr<Password>> load(const StateFolder& folder);

  [[nodiscard]] bool is_set() const;
  // Unusable where it is too short or too long.
  [[nodiscard]] Result<void> set(std::string_view password);
  // Whether this is it; false where there is none. Failed where there is no memory to tell.
  [[nodiscard]] Result<bool> is(std::string_view password) const;

 private:
  explicit Password(const StateFolder& folder) : folder_(folder) {}

  const StateFolder& folder_;
  mutable std::mutex mutex_;
  std::string hash_;  // as crypto_pwhash_str() writes it; empty: none is set
};

}  // namespace vedette
