#include "serve/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "export/sensor_metrics.h"
#include "serve/analysis_routes.h"
#include "serve/audit_routes.h"
#include "serve/block_routes.h"
#include "serve/capture_body.h"
#include "serve/event_feed.h"
#include "serve/feed_routes.h"
#include "serve/finding_routes.h"
#include "serve/flow_routes.h"
#include "serve/guard_routes.h"
#include "serve/kernel_routes.h"
#include "serve/policy_routes.h"
#include "serve/query_routes.h"
#include "serve/status_json.h"

namespace vedette {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::uint32_t kHeaderBytes = 256;  // of a packet: what parsing its headers needs
constexpr std::uint32_t kSnaplenMax = 65535;

using Handler = Answer (*)(const RouteContext&, const Request&);

// HEAD of a stream would put a program into the kernel that nobody reads from.
constexpr std::string_view kDocumentMethods = "GET, HEAD";
constexpr std::string_view kStreamMethods = "GET";
constexpr std::string_view kListMethods = "GET, HEAD, POST, DELETE";
constexpr std::string_view kPolicyMethods = "GET, HEAD, PUT";
constexpr std::string_view kShadowMethods = "GET, HEAD, PUT, DELETE";
constexpr std::string_view kDeedMethods = "POST";

struct Route {
  std::string_view path;
  Handler handler;
  std::string_view methods;
};

Answer get_health(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  return Document{kJson, health_json(context.backend.health())};
}

Answer get_stats(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  return Document{kJson, stats_json(context.backend.stats())};
}

Answer get_interfaces(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  return Document{kJson, interfaces_json(context.backend.interfaces())};
}

Answer get_metrics(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  const MetricFormat format = metric_format_for(request.accept);
  return Document{metric_content_type(format), sensor_metrics(context.backend, format)};
}

Answer get_openapi(const RouteContext&, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  return Document{kJson, std::string(openapi_document())};
}

// Keeps the feed for the client's return when the connection ends before it does.
class FeedReader : public BodyReader {
 public:
  FeedReader(std::unique_ptr<EventFeed> feed, ParkedFeeds& parked)
      : feed_(std::move(feed)), parked_(parked) {}
  ~FeedReader() override {
    if (feed_->can_be_resumed()) parked_.park(std::move(feed_));
  }
  std::optional<std::string> read() override { return feed_->next(); }

 private:
  std::unique_ptr<EventFeed> feed_;
  ParkedFeeds& parked_;
};

// The kernel has room for a few watchers: who is there goes before who may come back.
Result<std::unique_ptr<PacketStream>> watch(const RouteContext& context, const PacketQuery& query) {
  auto stream = context.backend.packets(query);
  while (!stream && stream.error().kind == ErrorKind::kBusy && context.feeds.give_up_oldest())
    stream = context.backend.packets(query);
  return stream;
}

// A feed of its own for a client that is new, or whose old one is no more.
Answer begin_feed(const RouteContext& context, const Request& request, std::unique_ptr<EventSource> source) {
  auto feed = std::make_unique<EventFeed>(context.feeds.next_number(), std::move(source));
  if (!request.last_event_id.empty()) feed->begin_anew();
  return Stream{"text/event-stream", std::make_unique<FeedReader>(std::move(feed), context.feeds)};
}

Answer get_packets(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"filter", "count"}); !known) return problem_of(known.error());
  if (auto feed = context.feeds.take(request.last_event_id, EventKind::kPacket))
    return Stream{"text/event-stream", std::make_unique<FeedReader>(std::move(feed), context.feeds)};
  auto count = number_parameter(request, "count", 0);
  if (!count) return problem_of(count.error());
  auto stream =
      watch(context, {.filter = text_parameter(request, "filter"), .snaplen = kHeaderBytes, .count = *count});
  if (!stream) return problem_of(stream.error());
  return begin_feed(context, request, make_event_source(std::move(*stream)));
}

Answer get_handshakes(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"filter", "count"}); !known) return problem_of(known.error());
  if (auto feed = context.feeds.take(request.last_event_id, EventKind::kHandshake))
    return Stream{"text/event-stream", std::make_unique<FeedReader>(std::move(feed), context.feeds)};
  auto count = number_parameter(request, "count", 0);
  if (!count) return problem_of(count.error());
  auto stream = context.backend.handshakes({.filter = text_parameter(request, "filter"), .count = *count});
  if (!stream) return problem_of(stream.error());
  return begin_feed(context, request, make_event_source(std::move(*stream)));
}

Answer get_live(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"count"}); !known) return problem_of(known.error());
  if (auto feed = context.feeds.take(request.last_event_id, EventKind::kSecond))
    return Stream{"text/event-stream", std::make_unique<FeedReader>(std::move(feed), context.feeds)};
  auto count = number_parameter(request, "count", 0);
  if (!count) return problem_of(count.error());
  return begin_feed(context, request, make_event_source(context.backend.seconds(*count)));
}

Answer get_capture(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {"filter", "count", "snaplen"}); !known)
    return problem_of(known.error());
  auto count = number_parameter(request, "count", 0);
  if (!count) return problem_of(count.error());
  auto snaplen = number_parameter(request, "snaplen", kSnaplenMax, 1, kSnaplenMax);
  if (!snaplen) return problem_of(snaplen.error());
  auto stream = watch(context, {.filter = text_parameter(request, "filter"),
                                .snaplen = static_cast<std::uint32_t>(*snaplen),
                                .count = *count});
  if (!stream) return problem_of(stream.error());
  return Stream{"application/x-pcapng",
                make_capture_body(std::move(*stream), static_cast<std::uint32_t>(*snaplen))};
}

// `methods`: as an Allow header lists them.
bool takes(std::string_view methods, std::string_view method) {
  for (std::size_t at = 0; at < methods.size();) {
    const std::size_t end = std::min(methods.find(", ", at), methods.size());
    if (methods.substr(at, end - at) == method) return true;
    at = end + 2;
  }
  return false;
}

// Stands for those of all findings.
constexpr std::string_view kEvidencePath = "/v1/findings/{id}/evidence";

constexpr std::array kRoutes{
    Route{"/v1/health", get_health, kDocumentMethods},
    Route{"/v1/stats", get_stats, kDocumentMethods},
    Route{"/v1/interfaces", get_interfaces, kDocumentMethods},
    Route{"/v1/kernel", get_kernel, kDocumentMethods},
    Route{"/v1/flows", get_flows, kDocumentMethods},
    Route{"/v1/packets", get_packets, kStreamMethods},
    Route{"/v1/handshakes", get_handshakes, kStreamMethods},
    Route{"/v1/live", get_live, kStreamMethods},
    Route{"/v1/findings", get_findings, kDocumentMethods},
    Route{kEvidencePath, get_evidence, kDocumentMethods},
    Route{"/v1/blocks", answer_blocks, kListMethods},
    Route{"/v1/policy", answer_policy, kPolicyMethods},
    Route{"/v1/policy/check", check_policy, kDeedMethods},
    Route{"/v1/policy/confirm", confirm_policy, kDeedMethods},
    Route{"/v1/policy/rollback", roll_back_policy, kDeedMethods},
    Route{"/v1/policy/shadow", answer_shadow, kShadowMethods},
    Route{"/v1/query", answer_history, kDeedMethods},
    Route{"/v1/analysis/anomalies", analyse_anomalies, kDocumentMethods},
    Route{"/v1/analysis/bottlenecks", analyse_bottlenecks, kDocumentMethods},
    Route{"/v1/analysis/forecast", analyse_forecast, kDocumentMethods},
    Route{"/v1/analysis/movers", analyse_movers, kDocumentMethods},
    Route{"/v1/analysis/new", analyse_new, kDocumentMethods},
    Route{"/v1/analysis/new-since-yesterday", analyse_new_since_yesterday, kDocumentMethods},
    Route{"/v1/analysis/periodicity", analyse_periodicity, kDocumentMethods},
    Route{"/v1/analysis/steps", analyse_steps, kDocumentMethods},
    Route{"/v1/syn-proxy", answer_syn_proxy, kListMethods},
    Route{"/v1/solicited-only", answer_solicited_only, kListMethods},
    Route{"/v1/feeds", answer_feeds, kDocumentMethods},
    Route{"/v1/audit", get_audit, kDocumentMethods},
    Route{"/v1/hooks", get_hooks, kDocumentMethods},
    Route{"/v1/capture", get_capture, kStreamMethods},
    Route{"/metrics", get_metrics, kDocumentMethods},
    Route{"/v1/metrics", get_metrics, kDocumentMethods},
    Route{"/v1/openapi.json", get_openapi, kDocumentMethods},
};

}  // namespace

Answer answer(const RouteContext& context, const Request& request) {
  const std::string_view path = is_evidence_path(request.path) ? kEvidencePath : request.path;
  const auto* route = std::ranges::find(kRoutes, path, &Route::path);
  if (route == kRoutes.end())
    return Problem{404,
                   "no such resource",
                   fmt::format("{} is not a path of this API; /v1/openapi.json lists them", request.path),
                   {}};
  if (!takes(route->methods, request.method))
    return Problem{405, "method not allowed",
                   fmt::format("{} takes {}, not {}", request.path, route->methods, request.method),
                   route->methods};
  return route->handler(context, request);
}

}  // namespace vedette
