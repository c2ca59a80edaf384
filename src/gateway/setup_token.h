// What lets somebody set the first password: printed where the gateway was started, so that not anybody on
// the network can be the first.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.h"
#include "gateway/state_folder.h"

namespace vedette {

// Any thread.
class SetupToken {
 public:
  static constexpr const char* kFile = "setup-token";

  // A new one where `needed`, in the file of that name in `folder` too; else none, and no file.
  [[nodiscard]] static Result<std::unique_ptr<SetupToken>> make(const StateFolder& folder, bool needed);

  // Empty where there is none.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool is(std::string_view text) const;
  // From now on there is none.
  [[nodiscard]] Result<void> use_up();

 private:
  SetupToken(const StateFolder& folder, std::string text) : folder_(folder), text_(std::move(text)) {}

  const StateFolder& folder_;
  mutable std::mutex mutex_;
  std::string text_;
};

}  // namespace vedette
