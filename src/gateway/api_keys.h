// Keys by which programs ask: named, with scopes and, where wanted, an end. Of a key's secret a digest is
// kept, so that it can be shown once alone.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "gateway/scope.h"
#include "gateway/secret.h"
#include "gateway/state_folder.h"

namespace vedette {

struct ApiKey {
  std::string id;
  std::string name;
  ScopeSet scopes;
  Nanoseconds created{};               // since the epoch, both
  std::optional<Nanoseconds> expires;  // nothing: never
};

// Any thread; add() and remove() wait for the disk.
class ApiKeys {
 public:
  static constexpr std::size_t kMost = 1000;
  static constexpr std::size_t kLongestName = 100;  // bytes

  // Out of `folder`, which must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<ApiKeys>> load(const StateFolder& folder);

  struct Made {
    ApiKey key;
    std::string text;  // "vdt_ID_SECRET": what the program sends
  };

  // On the disk when this returns. Unusable where the name, the scopes or the end are no good.
  [[nodiscard]] Result<Made> add(std::string name, ScopeSet scopes, std::optional<Nanoseconds> expires,
                                 Nanoseconds now);
  // The key that is no more; nothing where there is none of that id.
  [[nodiscard]] Result<std::optional<ApiKey>> remove(std::string_view id);

  // The key that a program sent; nothing where it is none, or over.
  [[nodiscard]] std::optional<ApiKey> find(std::string_view text, Nanoseconds now) const;
  [[nodiscard]] bool goes_on(std::string_view id, Nanoseconds now) const;
  // The oldest first; those that are over too.
  [[nodiscard]] std::vector<ApiKey> list() const;

 private:
  struct Kept {
    ApiKey key;
    Digest digest;
  };

  explicit ApiKeys(const StateFolder& folder) : folder_(folder) {}
  [[nodiscard]] Result<void> read(const std::string& text);
  [[nodiscard]] Result<void> write(const std::vector<Kept>& kept) const;

  const StateFolder& folder_;
  std::mutex changing_;  // one change at a time, disk included
  mutable std::mutex mutex_;
  std::vector<Kept> kept_;
};

}  // namespace vedette
