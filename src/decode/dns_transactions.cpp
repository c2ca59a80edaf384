#include "decode/dns_transactions.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "decode/ports.h"

namespace vedette {

namespace {

// A direction that holds so much gives up the older half of what waits in it: a head has room for 64
// datagrams and 16 KiB.
constexpr std::ptrdiff_t kManyMessages = 48;
constexpr std::size_t kManyBytes = std::size_t{12} * 1024;

// On the own port, so many datagrams that are none, and nothing else, are another protocol.
constexpr std::size_t kMostForeign = 8;

struct Exchange {
  const FramedDns* query = nullptr;     // the first one
  const FramedDns* response = nullptr;  // the first one
  std::vector<const FramedDns*> members;
  Nanoseconds last_asked{};
  bool over = false;  // nothing more is waited for

  [[nodiscard]] Nanoseconds began() const { return (query ? query : response)->began; }
};

std::optional<std::string> question_name(const DnsMessage& message, DnsText text) {
  if (message.questions.empty()) return {};
  return dns_name(message.bytes, message.questions.front().name, text);
}

// What a message asks, or answers, is the same; one that doesn't say it fits any.
bool same_question(const DnsMessage& one, const DnsMessage& other, DnsText text) {
  const auto name = question_name(one, text), other_name = question_name(other, text);
  if (!name || !other_name) return true;
  return same_dns_name(*name, *other_name) && one.questions.front().type == other.questions.front().type;
}

bool is_transfer(const DnsMessage& message) {
  return !message.questions.empty() &&
         (message.questions.front().type == kDnsAxfr || message.questions.front().type == kDnsIxfr);
}

// Damaged ones among them are passed over.
bool is_own(const FramedDns& framed, const DnsDialect& dialect) {
  return dialect.is_likely(framed.message, framed.length);
}

class Matcher {
 public:
  Matcher(const Heads& heads, const DnsFrames& frames, DnsFraming framing, const DnsDialect& dialect)
      : heads_(heads), frames_(frames), framing_(framing), dialect_(dialect) {}

  void add(const FramedDns& framed) {
    Exchange* const known = find(framed);
    Exchange& exchange = known ? *known : exchanges_.emplace_back();
    exchange.members.push_back(&framed);
    const FramedDns*& slot = framed.message.is_response() ? exchange.response : exchange.query;
    if (!slot) slot = &framed;
    if (!framed.message.is_response()) exchange.last_asked = framed.came;
  }

  void decide() {
    const bool ended = heads_.ended[0] || heads_.ended[1];
    for (Exchange& exchange : exchanges_) {
      const bool transfer =
          framing_ == DnsFraming::kStream && exchange.query && is_transfer(exchange.query->message);
      // The query of an answer without one may be on its way.
      const bool lone = !exchange.query && frames_.partial[1 - exchange.response->side];
      exchange.over = ended || (exchange.response && !transfer && !lone) ||
                      (exchange.query && heads_.now - exchange.last_asked > kLongestWait);
    }
    if (holds_much())
      for (Exchange& exchange : std::span(exchanges_).first((exchanges_.size() + 1) / 2))
        exchange.over = true;
    bool waits = false;
    for (Exchange& exchange : exchanges_) {
      waits = waits || !exchange.over;
      exchange.over = !waits;
    }
  }

  // From where on the bytes of both directions are still needed: only exchanges that are over, and lie before
  // that whole, are told.
  std::array<std::size_t, 2> told_until() const {
    std::array<std::size_t, 2> until = {heads_.bytes[0].size(), heads_.bytes[1].size()};
    if (framing_ == DnsFraming::kStream) until = behind_messages();
    for (bool moved = true; moved;) {
      moved = false;
      bool waits = false;  // this one, or one that began before it
      for (const Exchange& exchange : exchanges_) {
        waits = waits || !exchange.over || !lies_before(exchange, until);
        if (!waits) continue;
        for (const FramedDns* member : exchange.members) {
          if (member->begin >= until[member->side]) continue;
          until[member->side] = member->begin;
          moved = true;
        }
      }
    }
    return until;
  }

  void tell(const std::array<std::size_t, 2>& until, Handshakes& handshakes) const {
    for (const Exchange& exchange : exchanges_) {
      if (!lies_before(exchange, until)) continue;
      Handshake& handshake = handshakes.emplace_back();
      handshake.app = dialect_.app;
      handshake.time = exchange.began();
      DnsTransaction transaction{.first = exchange.members.front()->message};
      if (exchange.query) {
        transaction.query = &exchange.query->message;
        transaction.asked = exchange.query->came;
      }
      if (exchange.response) {
        transaction.response = &exchange.response->message;
        transaction.answered = exchange.response->came;
      }
      dialect_.tell(transaction, handshake);
    }
  }

  [[nodiscard]] bool any_before(const std::array<std::size_t, 2>& until) const {
    return std::ranges::any_of(exchanges_, [&](const Exchange& one) { return lies_before(one, until); });
  }

 private:
  // The exchange that the message goes on with.
  Exchange* find(const FramedDns& framed) {
    for (Exchange& exchange : exchanges_) {
      if (!exchange.query || exchange.query->message.id != framed.message.id) continue;
      const bool transfer = is_transfer(exchange.query->message) && framing_ == DnsFraming::kStream;
      const bool response = framed.message.is_response();
      if (exchange.response && !(transfer && response)) continue;
      if (response == (exchange.query->side == framed.side)) continue;
      if (same_question(exchange.query->message, framed.message, dialect_.text)) return &exchange;
    }
    return nullptr;
  }

  [[nodiscard]] bool holds_much() const {
    for (std::size_t side = 0; side < 2; side++)
      if (heads_.bytes[side].size() >= kManyBytes ||
          std::ranges::count(frames_.messages, side, &FramedDns::side) >= kManyMessages)
        return true;
    return false;
  }

  [[nodiscard]] std::array<std::size_t, 2> behind_messages() const {
    std::array<std::size_t, 2> behind{};
    for (const FramedDns& framed : frames_.messages)
      behind[framed.side] = std::max(behind[framed.side], framed.end);
    return behind;
  }

  static bool lies_before(const Exchange& exchange, const std::array<std::size_t, 2>& until) {
    return std::ranges::all_of(exchange.members,
                               [&](const FramedDns* member) { return member->end <= until[member->side]; });
  }

  const Heads& heads_;
  const DnsFrames& frames_;
  DnsFraming framing_;
  const DnsDialect& dialect_;
  std::vector<Exchange> exchanges_;  // in the order in which their first messages came
};

// Whether the flow is this dialect's: one direction that surely is will do, for the other may be damaged.
// Away from home a direction is judged by its first message.
Verdict judge(const Heads& heads, DnsFraming framing, const DnsDialect& dialect, const DnsFrames& frames) {
  const bool at_home = uses_port(heads, dialect.port);
  std::array<bool, 2> own{}, foreign = frames.foreign;
  for (std::size_t side = 0; side < 2; side++) {
    const auto first = std::ranges::find(frames.messages, side, &FramedDns::side);
    if (first == frames.messages.end()) continue;
    own[side] = at_home ? std::ranges::any_of(first, frames.messages.end(),
                                              [&](const FramedDns& framed) {
                                                return framed.side == side && is_own(framed, dialect);
                                              })
                        : !first->is_cut() && dialect.is_certain(first->message);
    foreign[side] = !own[side];
  }
  if (own[0] || own[1]) return Verdict::kMine;
  if (heads.ended[0] && heads.ended[1]) return Verdict::kNotMine;
  // On the own port some datagrams may be damaged.
  if (at_home && framing == DnsFraming::kDatagrams)
    return heads.arrivals[0].size() + heads.arrivals[1].size() < kMostForeign ? Verdict::kUndecided
                                                                              : Verdict::kNotMine;
  const auto never = [&](std::size_t side) { return foreign[side] || heads.bytes[side].empty(); };
  return (foreign[0] && never(1)) || (foreign[1] && never(0)) ? Verdict::kNotMine : Verdict::kUndecided;
}

}  // namespace

Answer decode_dns_transactions(const Heads& heads, DnsFraming framing, const DnsDialect& dialect,
                               Handshakes& handshakes) {
  const bool at_home = uses_port(heads, dialect.port);
  DnsFrames frames = framing == DnsFraming::kDatagrams
                         ? dns_datagrams(heads)
                         : dns_stream(heads, at_home ? dialect.begins_at_home : dialect.begins_elsewhere);
  Answer answer{.verdict = judge(heads, framing, dialect, frames), .need = frames.need};
  if (answer.verdict != Verdict::kMine) return answer;
  std::erase_if(frames.messages, [&](const FramedDns& framed) { return !is_own(framed, dialect); });
  Matcher matcher(heads, frames, framing, dialect);
  for (const FramedDns& framed : frames.messages) matcher.add(framed);
  matcher.decide();
  const auto until = matcher.told_until();
  if (!matcher.any_before(until)) return answer;
  matcher.tell(until, handshakes);
  const bool stream_is_over =
      framing == DnsFraming::kStream &&
      ((heads.ended[0] && heads.ended[1]) ||
       std::ranges::any_of(frames.messages, [](const FramedDns& framed) { return framed.is_cut(); }));
  answer.verdict = Verdict::kDone;
  answer.next = stream_is_over ? Next::kNobody : Next::kSame;
  if (!stream_is_over) answer.used = until;
  return answer;
}

}  // namespace vedette
