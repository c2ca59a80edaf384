// What a daemon says while it runs: a line an event on standard error, for people or as JSON for machines.
#pragma once

#include <initializer_list>
#include <mutex>
#include <optional>
#include <string_view>

namespace vedette {

enum class LogForm { kText, kJson };
enum class LogLevel { kDebug, kInfo, kWarning, kError };

// "text", "json"; "debug", "info", "warning", "error"; nothing for other names.
[[nodiscard]] std::optional<LogForm> log_form(std::string_view name);
[[nodiscard]] std::optional<LogLevel> log_level(std::string_view name);

struct LogField {
  std::string_view key;
  std::string_view value;
};

// Any thread.
class Log {
 public:
  // Events below `least` are left out. Under systemd, text lines carry the journal's priority ("<6>").
  Log(LogForm form, LogLevel least);

  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kInfo, message, fields);
  }
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kWarning, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kError, message, fields);
  }

 private:
  LogForm form_;
  LogLevel least_;
  bool journal_;
  std::mutex mutex_;
};

}  // namespace vedette
