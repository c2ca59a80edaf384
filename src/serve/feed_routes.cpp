#include "serve/feed_routes.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/url.h"

namespace vedette {

namespace {

void write_feed(JsonWriter& json, const FeedStatus& feed) {
  json.begin_object();
  json.field("name", std::string_view(feed.options.name));
  json.field("source", std::string_view(shown_url(feed.options.source)));
  json.field("format", feed_format_name(feed.options.form.format));
  if (feed.options.observe) json.field("observe", true);
  json.field("networks", feed.networks);
  json.field("domains", feed.domains);
  json.field("url_hosts", feed.url_hosts);
  json.field("ja3", feed.ja3);
  json.field("ja4", feed.ja4);
  json.field("skipped", feed.skipped);
  json.key("skips");
  json.begin_array();
  for (const std::string& skip : feed.skips) json.value(std::string_view(skip));
  json.end_array();
  json.field("bad", feed.bad);
  json.key("bad_lines");
  json.begin_array();
  for (const BadLine& bad : feed.bad_lines)
    json.value(std::string_view(fmt::format("line {}: {}", bad.line, bad.what)));
  json.end_array();
  if (feed.last_try) json.field("last_try_ns", feed.last_try->count());
  if (feed.http_status != 0) json.field("http_status", feed.http_status);
  if (feed.last_success) json.field("last_success_ns", feed.last_success->count());
  json.field("next_try_ns", feed.next_try.count());
  if (!feed.error.empty()) json.field("error", std::string_view(feed.error));
  json.field("packets", feed.hits.packets);
  json.field("bytes", feed.hits.bytes);
  json.end_object();
}

}  // namespace

Answer answer_feeds(const RouteContext& context, const Request& request) {
  if (auto known = only_parameters(request, {}); !known) return problem_of(known.error());
  fmt::memory_buffer out;
  JsonWriter json(out);
  json.begin_object();
  json.key("feeds");
  json.begin_array();
  for (const FeedStatus& feed : context.backend.feeds()) write_feed(json, feed);
  json.end_array();
  json.end_object();
  return Document{"application/json", fmt::to_string(out)};
}

}  // namespace vedette
