#include "export/export_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/url.h"

namespace vedette {

namespace {

struct Scheme {
  std::string_view name;
  ExportProtocol protocol;
  std::uint16_t port;  // IANA's for IPFIX; what most collectors listen on for NetFlow, which has none
};

constexpr std::array kSchemes{Scheme{"ipfix", ExportProtocol::kIpfixUdp, 4739},
                              Scheme{"ipfix+tcp", ExportProtocol::kIpfixTcp, 4739},
                              Scheme{"netflow9", ExportProtocol::kNetflow9, 2055}};

constexpr std::string_view kForm =
    "expected ipfix://HOST[:PORT], ipfix+tcp://HOST[:PORT] or netflow9://HOST[:PORT], with ,domain=N behind "
    "it or not, or kafka://HOST[:PORT]/TOPIC";

// All of `text` as a number of 1 … `most`; 0 where it is none.
std::uint64_t number_in(std::string_view text, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole && number <= most ? number : 0;
}

}  // namespace

std::string_view export_protocol_name(ExportProtocol protocol) {
  if (protocol == ExportProtocol::kKafka) return "kafka";
  return std::ranges::find(kSchemes, protocol, &Scheme::protocol)->name;
}

Result<ExportTarget> parse_export_target(const std::string& text) {
  const std::string where = fmt::format("--export {}", text);
  if (is_kafka_url(text)) {
    auto kafka = parse_kafka_target(text, where);
    if (!kafka) return std::unexpected(kafka.error());
    ExportTarget target;
    target.protocol = ExportProtocol::kKafka;
    target.kafka = std::move(*kafka);
    target.text = text;
    return target;
  }
  const auto wrong = [&](std::string_view what) { return unusable(where, std::string(what)); };
  const std::string_view whole = std::string_view(text).substr(0, text.find(','));
  std::string_view option = std::string_view(text).substr(whole.size());
  const std::size_t mark = whole.find("://");
  const auto* scheme = std::ranges::find(kSchemes, whole.substr(0, mark), &Scheme::name);
  if (mark == std::string_view::npos || scheme == kSchemes.end()) return wrong(kForm);
  ExportTarget target{.protocol = scheme->protocol,
                      .host = std::string(host_of_url(whole)),
                      .port = scheme->port,
                      .domain = 1,
                      .kafka = {},
                      .text = text};
  if (target.host.empty()) return wrong(kForm);
  std::string_view rest = whole.substr(whole.find(target.host, mark) + target.host.size());
  if (rest.starts_with(']')) rest.remove_prefix(1);
  if (rest.starts_with(':')) {
    rest.remove_prefix(1);
    target.port = static_cast<std::uint16_t>(number_in(rest, std::numeric_limits<std::uint16_t>::max()));
    if (target.port == 0) return wrong(fmt::format("expected a port of 1 to 65535, found {}", rest));
    rest = {};
  }
  constexpr std::string_view kDomain = ",domain=";
  if (option.starts_with(kDomain)) {
    option.remove_prefix(kDomain.size());
    target.domain = static_cast<std::uint32_t>(number_in(option, std::numeric_limits<std::uint32_t>::max()));
    if (target.domain == 0)
      return wrong(fmt::format("expected a domain of 1 to 4294967295, found {}", option));
    option = {};
  }
  if (!rest.empty() || !option.empty()) return wrong(kForm);
  return target;
}

}  // namespace vedette
