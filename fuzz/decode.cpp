// Any bytes as the first ones of both directions: the decoder that the environment's VEDETTE_DECODER names
// ("tls_tcp"; "list" prints them all) must neither read outside them nor loop, must keep the rules of
// decode/decoder.h, must not take back what it has said, and must come to the same end however the bytes of a
// stream arrive. So must those that it names.
//
// A stream's input: two bytes say how many of the rest the initiator sent, the rest is the responder's. Of
// datagrams: each has two bytes before it, its side in the highest bit and its length in the others. Ports
// stand in front of both, two bytes each.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "decode/registry.h"

namespace {

using namespace vedette;

void expect(bool truth) {
  if (!truth) std::abort();
}

constexpr std::uint8_t kTcp = 6;
constexpr std::size_t kPortBytes = 4;

// Memory of its own and no longer than it says, so that a read one byte behind it is seen.
class Copy {
 public:
  explicit Copy(std::span<const std::uint8_t> bytes)
      : bytes_(new std::uint8_t[bytes.size()]), size_(bytes.size()) {
    if (!bytes.empty()) std::memcpy(bytes_.get(), bytes.data(), bytes.size());
  }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_;
};

struct Input {
  std::array<std::vector<std::uint8_t>, 2> bytes;
  std::array<std::vector<Arrival>, 2> arrivals;
  std::array<std::uint16_t, 2> ports{};

  // One arrival more; each a millisecond after the one before.
  void arrive(std::size_t side, std::span<const std::uint8_t> more) {
    bytes[side].insert(bytes[side].end(), more.begin(), more.end());
    const auto count = arrivals[0].size() + arrivals[1].size() + 1;
    arrivals[side].push_back({.end = static_cast<std::uint32_t>(bytes[side].size()),
                              .cut = false,
                              .time = Nanoseconds(static_cast<std::int64_t>(count) * 1'000'000)});
  }
  void use(std::size_t side, std::size_t count) {
    count = std::min(count, bytes[side].size());
    bytes[side].erase(bytes[side].begin(), bytes[side].begin() + static_cast<std::ptrdiff_t>(count));
    std::erase_if(arrivals[side], [&](const Arrival& arrival) { return arrival.end <= count; });
    for (Arrival& arrival : arrivals[side]) arrival.end -= static_cast<std::uint32_t>(count);
  }
};

struct Asked {
  Answer answer;
  Handshakes handshakes;
};

struct Tested {
  Decode decode;
  std::uint8_t protocol;
  bool named;  // by another one
};

Asked ask(const Tested& decoder, const Input& input, std::array<bool, 2> ended) {
  const Copy ours(input.bytes[0]), theirs(input.bytes[1]);
  Heads heads{.bytes = {ours.bytes(), theirs.bytes()},
              .arrivals = {input.arrivals[0], input.arrivals[1]},
              .ended = ended,
              .ports = input.ports,
              .now = {}};
  for (const auto& arrivals : heads.arrivals)
    if (!arrivals.empty()) heads.now = std::max(heads.now, arrivals.back().time);
  Asked asked;
  asked.answer = decoder.decode(heads, asked.handshakes);
  const Answer& answer = asked.answer;
  const bool both = ended[0] && ended[1];
  if ((answer.verdict == Verdict::kDone && !decoder.named) || (both && answer.verdict == Verdict::kMine))
    expect(!asked.handshakes.empty());
  if (answer.verdict == Verdict::kMine) expect(answer.stand <= asked.handshakes.size());
  expect((answer.next == Next::kNamed) == (answer.named != nullptr));
  if (answer.verdict == Verdict::kNotMine) expect(asked.handshakes.empty());
  for (const Handshake& handshake : asked.handshakes) expect(!handshake.app.empty());
  if (both) expect(answer.verdict != Verdict::kUndecided);
  if (answer.verdict == Verdict::kDone && answer.next != Next::kNobody) {
    expect(answer.used[0] + answer.used[1] > 0);
    for (std::size_t side = 0; side < 2; side++) {
      expect(answer.used[side] <= (decoder.protocol == kTcp ? kMostUsed : input.bytes[side].size()));
      const auto& ends = input.arrivals[side];
      if (decoder.protocol != kTcp && answer.used[side] > 0)  // whole datagrams
        expect(std::ranges::any_of(ends, [&](const Arrival& one) { return one.end == answer.used[side]; }));
    }
  }
  return asked;
}

// All but how long something took, which hangs on how the bytes arrived.
std::vector<HandshakeFact> lasting_facts(const Handshake& handshake) {
  std::vector<HandshakeFact> facts = handshake.facts;
  std::erase_if(facts, [](const HandshakeFact& fact) { return fact.name == "latency_us"; });
  return facts;
}

bool same(const Handshake& one, const Handshake& other) {
  return one.app == other.app && one.app_version == other.app_version &&
         lasting_facts(one) == lasting_facts(other);
}

bool begin_alike(const Handshakes& some, const Handshakes& others, std::size_t count) {
  return std::ranges::equal(std::span(some).first(count), std::span(others).first(count), same);
}

// What stands of a stream, told again with all that came until it stood.
class Standing {
 public:
  void check(const Asked& asked) {
    const std::size_t stand =
        asked.answer.verdict == Verdict::kMine ? asked.answer.stand : asked.handshakes.size();
    expect(stand >= told_.size());
    expect(begin_alike(told_, asked.handshakes, told_.size()));
    told_.assign(asked.handshakes.begin(), asked.handshakes.begin() + static_cast<std::ptrdiff_t>(stand));
  }

 private:
  Handshakes told_;
};

// A direction at a time grows by what the decoder asked for; `end` is what it says of all. One that is named
// may have many decoders asked about what is inside: of these the first claims it, so that the end hangs on
// the order.
void grow_stream(const Tested& decoder, const Input& all, const Asked& end) {
  Input known;
  known.ports = all.ports;
  Standing standing;
  for (;;) {
    const Asked asked = ask(decoder, known, {false, false});
    const Answer& answer = asked.answer;
    if (answer.verdict != Verdict::kUndecided) standing.check(asked);
    if (decoder.named && (answer.verdict == Verdict::kDone || answer.verdict == Verdict::kNotMine)) return;
    if (answer.verdict == Verdict::kDone) {
      expect(end.answer.verdict != Verdict::kNotMine);
      expect(begin_alike(asked.handshakes, end.handshakes,
                         std::min(asked.handshakes.size(), end.handshakes.size())));
      return;
    }
    // It says so before the end only of what can't become its protocol; a silent side may have anything yet.
    if (answer.verdict == Verdict::kNotMine) {
      expect(end.answer.verdict == Verdict::kNotMine || known.bytes[0].empty() || known.bytes[1].empty());
      return;
    }
    if (answer.verdict == Verdict::kMine && !decoder.named) {
      expect(answer.stand <= end.handshakes.size());
      expect(begin_alike(asked.handshakes, end.handshakes, answer.stand));
    }
    bool grew = false;
    for (std::size_t side = 0; side < 2 && !grew; side++) {
      const std::size_t need = answer.need[side], have = known.bytes[side].size();
      if (need == 0) continue;
      expect(need > have);  // or it would be asked without end
      if (need > all.bytes[side].size()) continue;
      known.arrive(side, std::span(all.bytes[side]).subspan(have, need - have));
      grew = true;
    }
    if (grew) continue;
    standing.check(ask(decoder, known, {true, true}));
    return;
  }
}

// Asks until all is said, those too that the decoder names.
void ask_to_the_end(Tested decoder, Input input) {
  bool grows = decoder.protocol == kTcp;
  for (;;) {
    const Asked asked = ask(decoder, input, {true, true});
    if (grows) grow_stream(decoder, input, asked);
    const Answer& answer = asked.answer;
    grows = answer.next == Next::kNamed;
    if (answer.verdict != Verdict::kDone || (answer.next != Next::kSame && !grows)) return;
    if (grows) decoder = {.decode = answer.named, .protocol = decoder.protocol, .named = true};
    for (std::size_t side = 0; side < 2; side++) input.use(side, answer.used[side]);
    if (input.bytes[0].empty() && input.bytes[1].empty()) return;
  }
}

void grow_datagrams(const Tested& decoder, const Input& all) {
  Input known;
  known.ports = all.ports;
  std::array<std::size_t, 2> next{};
  const auto left = [&](std::size_t side) { return next[side] < all.arrivals[side].size(); };
  while (left(0) || left(1)) {
    const std::size_t side =
        !left(0) || (left(1) && all.arrivals[1][next[1]].time < all.arrivals[0][next[0]].time);
    const std::size_t begin = next[side] == 0 ? 0 : all.arrivals[side][next[side] - 1].end;
    const std::size_t end = all.arrivals[side][next[side]++].end;
    known.arrive(side, std::span(all.bytes[side]).subspan(begin, end - begin));
    const Asked asked = ask(decoder, known, {false, false});
    if (asked.answer.verdict == Verdict::kNotMine) return;
    if (asked.answer.verdict != Verdict::kDone) continue;
    if (asked.answer.next != Next::kSame) return;
    for (std::size_t i = 0; i < 2; i++) known.use(i, asked.answer.used[i]);
  }
}

// "tls_tcp"; "http2_tcp" is the second of its name over TCP.
std::string name_of(const Decoder& decoder) {
  std::size_t number = 1;
  for (const Decoder& before : decoders()) {
    if (&before == &decoder) break;
    if (before.name == decoder.name && before.protocol == decoder.protocol) number++;
  }
  return std::string(decoder.name) + (number > 1 ? std::to_string(number) : "") +
         (decoder.protocol == kTcp ? "_tcp" : "_udp");
}

bool is_named(const Decoder& decoder) {
  const auto named = named_decoders();
  return std::ranges::any_of(named, [&](const Decoder& one) { return one.decode == decoder.decode; });
}

const Decoder* decoder_under_test() {
  const char* wanted = std::getenv("VEDETTE_DECODER");
  const std::string_view name = wanted == nullptr ? "" : wanted;
  for (const auto all : {decoders(), named_decoders()})
    for (const Decoder& decoder : all) {
      if (name == "list") std::puts(name_of(decoder).c_str());
      if (name == name_of(decoder)) return &decoder;
    }
  return nullptr;
}

std::uint16_t number(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (decoder_under_test() != nullptr) return 0;
  const char* wanted = std::getenv("VEDETTE_DECODER");
  const bool listed = wanted != nullptr && std::string_view(wanted) == "list";
  if (!listed) std::fputs("VEDETTE_DECODER names no decoder; with \"list\" all are named\n", stderr);
  std::exit(listed ? 0 : 2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Decoder& under_test = *decoder_under_test();
  static const Tested decoder = {
      .decode = under_test.decode, .protocol = under_test.protocol, .named = is_named(under_test)};
  if (size < kPortBytes + 2) return 0;
  std::span<const std::uint8_t> rest(data, size);
  Input input;
  input.ports = {number(rest), number(rest.subspan(2))};
  rest = rest.subspan(kPortBytes);
  if (decoder.protocol == kTcp) {
    const std::size_t sent = std::min<std::size_t>(number(rest), rest.size() - 2);
    rest = rest.subspan(2);
    if (sent > 0) input.arrive(0, rest.first(sent));
    if (sent < rest.size()) input.arrive(1, rest.subspan(sent));
    ask_to_the_end(decoder, input);
    return 0;
  }
  while (rest.size() > 2) {
    const std::size_t side = rest[0] >> 7;
    const std::size_t length = std::min<std::size_t>(number(rest) & 0x7fff, rest.size() - 2);
    rest = rest.subspan(2);
    if (length > 0) input.arrive(side, rest.first(length));
    rest = rest.subspan(length);
  }
  ask_to_the_end(decoder, input);
  grow_datagrams(decoder, input);
  return 0;
}
