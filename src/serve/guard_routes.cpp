#include "serve/guard_routes.h"

#include <fmt/format.h>

#include "base/json_writer.h"

namespace vedette {

namespace {

constexpr std::string_view kJson = "application/json";

template <typename Write>
Document object(Write&& write) {
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  write(json);
  json.end_object();
  return Document{kJson, fmt::to_string(out)};
}

template <typename Rows, typename Write>
Document list(std::string_view name, const Rows& rows, Write&& write) {
  return object([&](JsonWriter& json) {
    json.key(name);
    json.begin_array();
    for (const auto& row : rows) {
      json.begin_object();
      write(json, row);
      json.end_object();
    }
    json.end_array();
  });
}

void write_proxy(JsonWriter& json, const ProxyStatus& proxy) {
  json.field("port", proxy.request.port);
  json.field("mode", proxy_mode_name(proxy.request.mode));
  if (proxy.request.method) json.field("method", proxy_method_name(*proxy.request.method));
  json.field("active", proxy.active);
  if (!proxy.request.addresses.empty()) {
    json.key("addresses");
    json.begin_array();
    for (const Prefix& address : proxy.request.addresses) json.value(std::string_view(prefix_text(address)));
    json.end_array();
  }
  json.field("syns", proxy.counts.seen);
  json.field("passed", proxy.counts.passed);
  json.field("challenged", proxy.counts.challenged);
  json.field("unanswerable", proxy.counts.unanswerable);
  json.field("verified", proxy.counts.verified);
  json.field("refused", proxy.counts.refused);
}

void write_host(JsonWriter& json, const SolicitedHost& host) {
  json.field("address", std::string_view(prefix_text(host.address)));
  json.key("ports");
  json.begin_array();
  for (const std::uint16_t port : host.ports) json.value(port);
  json.end_array();
  json.field("tcp", host.tcp);
  if (host.tcp_until) {
    json.field("tcp_until_ns", host.tcp_until->count());
    json.key("tcp_ports");
    json.begin_array();
    for (const std::uint16_t port : host.tcp_ports) json.value(port);
    json.end_array();
  }
  json.field("observe", host.observe);
  json.field("passed_packets", host.passed_packets);
  json.field("dropped_packets", host.dropped_packets);
  json.field("dropped_bytes", host.dropped_bytes);
  json.field("tcp_dropped_packets", host.tcp_dropped_packets);
}

// A request in the words of the daemon's options, so that there is one reader of them.
std::string joined(std::string text, const std::string& word) {
  if (!word.empty()) text += "," + word;
  return text;
}

std::unexpected<Error> no_port() {
  return unusable("port", "is missing", "a TCP port, like 443");
}

Result<ProxyRequest> proxy_request(const Request& request) {
  const std::string port = text_parameter(request, "port");
  if (port.empty()) return no_port();
  std::string text = joined(joined(port, text_parameter(request, "mode")), text_parameter(request, "method"));
  const std::string addresses = text_parameter(request, "address");
  for (std::size_t at = 0; at < addresses.size();) {
    const std::size_t end = std::min(addresses.find(',', at), addresses.size());
    text = joined(std::move(text), "address=" + addresses.substr(at, end - at));
    at = end + 1;
  }
  return parse_proxy_request(text);
}

Result<SolicitedHost> solicited_host(const Request& request) {
  std::string text = text_parameter(request, "address");
  if (text.empty()) return unusable("address", "is missing", "an address of this host");
  std::string ports = text_parameter(request, "ports");
  for (char& one : ports)
    if (one == ',') one = '+';
  if (!ports.empty()) text = joined(std::move(text), "ports=" + ports);
  for (const std::string name : {"tcp", "observe"}) {
    const std::string given = text_parameter(request, name, "false");
    if (given == "true")
      text = joined(std::move(text), name);
    else if (given != "false")
      return unusable(name, "expected true or false, found " + given);
  }
  return parse_solicited_host(text);
}

Answer begin_proxy(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"port", "mode", "method", "address"}); !known)
    return problem_of(known.error());
  const auto wanted = proxy_request(request);
  if (!wanted) return problem_of(wanted.error());
  const auto begun = context.backend.start_proxy(*wanted, request.by);
  if (!begun) return problem_of(begun.error());
  return object([&](JsonWriter& json) { write_proxy(json, *begun); });
}

Answer end_proxy(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"port"}); !known) return problem_of(known.error());
  if (text_parameter(request, "port").empty()) return problem_of(no_port().error());
  const auto port = number_parameter(request, "port", 0, 1, 65'535);
  if (!port) return problem_of(port.error());
  const auto gone = context.backend.stop_proxy(static_cast<std::uint16_t>(*port), request.by);
  if (!gone) return problem_of(gone.error());
  if (!*gone) return Problem{404, "no such proxy", fmt::format("port {} has no SYN proxy", *port), {}};
  return object([&](JsonWriter& json) { write_proxy(json, **gone); });
}

Answer put_host(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"address", "ports", "tcp", "observe"}); !known)
    return problem_of(known.error());
  const auto wanted = solicited_host(request);
  if (!wanted) return problem_of(wanted.error());
  const auto put = context.backend.put_solicited(*wanted, request.by);
  if (!put) return problem_of(put.error());
  return object([&](JsonWriter& json) { write_host(json, *put); });
}

Answer erase_host(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"address"}); !known) return problem_of(known.error());
  const auto address = parse_prefix(text_parameter(request, "address"));
  if (!address) return problem_of(address.error());
  const auto gone = context.backend.erase_solicited(*address, request.by);
  if (!gone) return problem_of(gone.error());
  if (!*gone)
    return Problem{
        404, "no such address", fmt::format("{} takes what wasn't asked for too", prefix_text(*address)), {}};
  return object([&](JsonWriter& json) { write_host(json, **gone); });
}

}  // namespace

Answer answer_syn_proxy(const RouteContext& context, const Request& request) {
  if (request.method == "POST") return begin_proxy(context, request);
  if (request.method == "DELETE") return end_proxy(context, request);
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  const auto all = context.backend.proxies();
  if (!all) return problem_of(all.error());
  return list("proxies", *all, write_proxy);
}

Answer answer_solicited_only(const RouteContext& context, const Request& request) {
  if (request.method == "POST") return put_host(context, request);
  if (request.method == "DELETE") return erase_host(context, request);
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  const auto all = context.backend.solicited_hosts();
  if (!all) return problem_of(all.error());
  return list("addresses", *all, write_host);
}

}  // namespace vedette
