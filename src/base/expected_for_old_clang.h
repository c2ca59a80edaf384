// std::expected for clang below 16, which can't destroy libstdc++'s (it lacks P0848's conditionally trivial
// destructors): the part of its interface that Result's users need. Fuzz targets and clang-tidy on Debian 12
// come here; every compiler that ships code takes the standard's.
#pragma once

#include <concepts>
#include <expected>
#include <optional>
#include <type_traits>
#include <utility>

namespace vedette {

// As std::expected: a value, or an error. As thread-safe as what it holds.
// It converts implicitly, as std::expected does.
// NOLINTBEGIN(bugprone-forwarding-reference-overload)
template <typename T, typename E>
class Expected {
  struct Nothing {};
  using Value = std::conditional_t<std::is_void_v<T>, Nothing, T>;

 public:
  using value_type = T;
  using error_type = E;

  Expected() requires std::default_initializable<Value> : value_(std::in_place) {}
  template <typename U>
  requires(std::convertible_to<U, Value> && !std::same_as<std::remove_cvref_t<U>, Expected>)
      Expected(U&& value)
      : value_(std::in_place, std::forward<U>(value)) {}  // NOLINT
  Expected(std::unexpected<E> error)                      // NOLINT
      : error_(std::move(error).error()) {}

  [[nodiscard]] bool has_value() const { return value_.has_value(); }
  explicit operator bool() const { return has_value(); }
  [[nodiscard]] const E& error() const { return *error_; }
  [[nodiscard]] E& error() { return *error_; }
  [[nodiscard]] const Value& value() const { return value_.value(); }
  [[nodiscard]] Value& value() { return value_.value(); }
  const Value& operator*() const { return *value_; }
  Value& operator*() { return *value_; }
  const Value* operator->() const { return &*value_; }
  Value* operator->() { return &*value_; }
  template <typename U>
  [[nodiscard]] Value value_or(U&& other) const {
    return has_value() ? **this : static_cast<Value>(std::forward<U>(other));
  }

 private:
  // Two, for std::variant has the same trouble.
  std::optional<Value> value_;
  std::optional<E> error_;
};
// NOLINTEND(bugprone-forwarding-reference-overload)

}  // namespace vedette
