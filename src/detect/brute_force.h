// Guessing of passwords, from the wire alone. Where a protocol is in clear, by the server's refusals, which
// decoders tell (FTP, POP3, IMAP, SMTP, PostgreSQL, MySQL, SQL Server, MongoDB, Redis, VNC, Telnet, LDAP,
// HTTP), or by its size (SSH), and by forms of web pages that are answered alike again and again
// (detect/web_login.h); where it isn't, by sessions that a server ended before it gave anything, one after
// the other (SSH, RDP, VNC, Telnet, SMB). Which protocol a port serves is told by its handshakes, not by its
// number.
//
// One finding for each source, target and port, and one for a service that many sources guess at
// (detect/spread_guesses.h). Bounded: kMost of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "detect/bounded_table.h"
#include "detect/detector.h"
#include "detect/spread_guesses.h"
#include "detect/telling.h"
#include "detect/web_login.h"

namespace vedette {

class BruteForce final : public Detector {
 public:
  static constexpr std::size_t kMost = 16'384;  // sources and services; 0.6 KiB each
  // Bytes that no stream makes it hold more than.
  static constexpr std::size_t kMostMemory = std::size_t{16} * 1024 * 1024;

  using Detector::Detector;
  using Detector::take;
  void take(const HandshakeView& handshake) override;
  void end(const FlowView& flow) override;
  [[nodiscard]] std::size_t memory() const override { return guesses_.memory() + spread_.memory(); }

 private:
  static constexpr std::size_t kRecent = 32;

  // What a guess is told by.
  enum class Sign : std::uint8_t {
    kRefusal,  // the server's words
    kSession,  // how a session ends
    kForm,     // how the form of a page is answered
  };
  struct Rates;
  static const Rates& rates_of(Sign sign);

  struct Guesses {
    std::array<Nanoseconds, kRecent> recent{};  // a ring
    std::uint64_t count = 0;                    // of this run
    std::uint64_t accepted = 0;                 // log-ins, since it was convicted
    Nanoseconds first{};
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    Nanoseconds flow_first{};  // of the latest flow counted
    FlowCounts flow_sent;      // and how much of it was
    bool in_words = false;     // a session's end adds nothing to what was read
    bool convicted = false;
    WebLogin answered;  // of kForm: how
    Telling telling;
  };
  // What is being guessed at.
  struct Service {
    std::string_view app;
    Sign sign;
    std::string path;  // of HTTP
  };

  void take_http(const HandshakeView& handshake);
  void count(const Flow& flow, const Service& service, std::uint64_t failures, bool accepted,
             const WebLogin* answer = nullptr);
  void count_spread(const Flow& flow, const Service& service, std::uint64_t failures, bool accepted);
  void judge(const Flow& flow, const Service& service, Guesses& guesses);
  static std::string why(const Flow& flow, const Service& service, const Guesses& guesses);

  BoundedTable<Guesses> guesses_{kMost};
  SpreadGuesses spread_;
};

}  // namespace vedette
