#include "decode/git.h"

#include <charconv>
#include <string>
#include <string_view>

#include "decode/text.h"

namespace vedette {

namespace {

constexpr std::size_t kLengthDigits = 4;
constexpr std::size_t kLongestRequest = 4096;
constexpr std::string_view kService = "git-";
constexpr std::string_view kServices[] = {"git-upload-pack", "git-receive-pack", "git-upload-archive"};
constexpr std::string_view kVersion = "version ";

bool may_be_request(std::string_view text) {
  const std::string_view digits = text.substr(0, kLengthDigits);
  if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) return false;
  const std::string_view behind = text.substr(digits.size()).substr(0, kService.size());
  return behind == kService.substr(0, behind.size());
}

// A pkt-line's length, which counts its own four digits; 0 where it says nonsense.
std::size_t length_of(std::string_view text) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + kLengthDigits, length, 16);
  return error == std::errc{} && end == text.data() + kLengthDigits ? length : 0;
}

}  // namespace

Answer decode_git(const Heads& heads, Handshakes& handshakes) {
  const auto requests = [&](std::size_t i) {
    return heads.bytes[i].size() > kLengthDigits && may_be_request(text_of(heads.bytes[i]));
  };
  const std::size_t client = !requests(0) && requests(1) ? 1 : 0, server = 1 - client;
  std::string_view request = text_of(heads.bytes[client]), reply = text_of(heads.bytes[server]);
  Answer answer;
  constexpr std::size_t kEnough = kLengthDigits + kService.size();
  if (request.size() < kEnough) {
    const bool turned =
        request.size() <= kLengthDigits && !heads.bytes[server].empty() && may_be_request(reply);
    if ((heads.ended[0] && heads.ended[1]) || (!may_be_request(request) && !turned))
      return {.verdict = Verdict::kNotMine};
    for (std::size_t i = 0; i < 2; i++)
      if (heads.bytes[i].size() < kEnough && !heads.ended[i]) answer.need[i] = kEnough;
    if (answer.need[0] == 0 && answer.need[1] == 0) answer.verdict = Verdict::kNotMine;
    return answer;
  }
  const std::size_t length = may_be_request(request) ? length_of(request) : 0;
  if (length <= kEnough || length > kLongestRequest) return {.verdict = Verdict::kNotMine};
  if (request.size() < length && !heads.ended[client]) {
    answer.need[client] = length;
    return answer;
  }
  request = request.substr(0, length).substr(kLengthDigits);
  const std::string_view service = take_until(request, ' ');
  bool known = false;
  for (const std::string_view one : kServices) known = known || service == one;
  if (!known) return {.verdict = Verdict::kNotMine};
  constexpr std::size_t kAnswer = kLengthDigits + kVersion.size() + 1;
  if (reply.size() < kAnswer && !heads.ended[server]) {
    answer.verdict = Verdict::kMine;
    answer.need[server] = kAnswer;
    return answer;
  }
  std::string_view path = take_until(request, '\0'), host = take_until(request, '\0');
  while (path.ends_with('\n')) path.remove_suffix(1);
  const bool versioned = reply.size() >= kAnswer && reply.substr(kLengthDigits).starts_with(kVersion);
  Handshake& handshake = handshakes.emplace_back();
  handshake.app = "git";
  if (reply.size() >= kAnswer) handshake.app_version = versioned ? reply.substr(kAnswer - 1, 1) : "0";
  handshake.add("service", std::string(service));
  handshake.add("path", std::string(path));
  if (host.starts_with("host=")) handshake.add("host", std::string(host.substr(5)));
  answer.verdict = Verdict::kDone;
  return answer;
}

}  // namespace vedette
