// The command line's way to a running sensor: HTTP over its Unix socket.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace vedette {

// The socket that --socket or VEDETTE_SOCKET names, else the default one.
inline constexpr const char* kApiSocket = "/run/vedette/api.sock";

// One thread at a time, save for cancel(). Every request also ends when a signal comes (cli/interruption.h).
class ApiClient {
 public:
  static constexpr std::chrono::milliseconds kPatience{15'000};
  // `patience`: how long an answer may take; zero for ever.
  explicit ApiClient(std::string socket, std::chrono::milliseconds patience = kPatience);
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  using Parameter = std::pair<std::string_view, std::string>;

  // A path ("/v1/flows") with query parameters, encoded; parameters with an empty value are left out.
  [[nodiscard]] static std::string target(std::string_view path, std::initializer_list<Parameter> parameters);

  // The whole answer's body. Failed where no sensor answers; unusable where the sensor says that the request
  // is, in its words.
  [[nodiscard]] Result<std::string> get(const std::string& target) const;

  // The same for a request that changes something: "POST", "PUT", "DELETE", with a body or none.
  [[nodiscard]] Result<std::string> send(std::string_view method, const std::string& target,
                                         const std::string& content = {}) const;

  // Hands on an answer's bytes as they come, until `take` says false, a signal comes (cli/interruption.h), or
  // the answer ends: that is failed where `complete` isn't true then, as the sensor went away.
  using Take = std::function<bool(std::string_view bytes)>;
  using Complete = std::function<bool()>;
  [[nodiscard]] Result<void> stream(const std::string& target, const Take& take,
                                    const Complete& complete) const;

  // Ends the request that runs, and every later one, at once. Any thread.
  void cancel();

 private:
  struct Sent {
    std::string_view method;
    const std::string& target;
    const std::string& content;
  };
  [[nodiscard]] Result<void> transfer(const Sent& sent, const Take& take,
                                      std::chrono::milliseconds patience) const;

  std::string socket_;
  std::chrono::milliseconds patience_;
  FileDescriptor cancelled_;  // an eventfd, readable for ever once cancel() was called
};

}  // namespace vedette
