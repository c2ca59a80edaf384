#include "sensor/defences.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "act/kept_lists.h"
#include "kernel/wall_clock.h"

namespace vedette {

Defences::Defences(PacketPrograms& programs, const SensorOptions& options, AuditTrail& audit,
                   std::function<void(const vdt_flow_key&)> decide_anew)
    : programs_(programs), options_(options), audit_(audit), decide_anew_(std::move(decide_anew)) {}

Result<void> Defences::open() {
  if (auto lists = open_lists(); !lists) return lists;
  open_protocols();
  if (auto guard = open_guard(); !guard) return guard;
  return open_feeds();
}

Result<void> Defences::open_lists() {
  auto lists = SourceLists::open(programs_, &audit_);
  if (!lists) return std::unexpected(lists.error());
  lists_ = std::move(*lists);
  lists_->expire();  // what ended while no daemon ran
  auto rules = RulePrograms::open(programs_);
  if (!rules) return std::unexpected(rules.error());
  rules_ = std::move(*rules);
  // What a dead daemon left in the kernel is newer than any file.
  if (options_.lists_file.empty() || programs_.resumed()) return {};
  const auto kept = kept_lists(options_.lists_file);
  if (!kept) {
    options_.note(kept.error().text());
    std::error_code ignored;
    std::filesystem::rename(options_.lists_file, options_.lists_file.string() + ".unusable", ignored);
    return {};
  }
  if (auto restored = lists_->restore(*kept); !restored) options_.note(restored.error().text());
  return {};
}

void Defences::open_protocols() {
  auto protocols = ProtocolKeeper::open(programs_, decide_anew_);
  if (protocols)
    protocols_ = std::move(*protocols);
  else
    why_no_protocols_ = protocols.error();
}

Result<void> Defences::begin_policy() {
  policy_ = std::make_unique<PolicyKeeper>(PolicyKeeperOptions{
      .lists = *lists_,
      .prepare_rules = [this](const std::vector<Rule>& rules) { return rules_->prepare(rules); },
      .put_protocols = [this](const std::vector<ProtocolEntry>& entries) -> Result<void> {
        if (auto able = rules_->act_for(entries); !able) return able;
        if (protocols_) return protocols_->apply(entries);
        return entries.empty() ? Result<void>() : std::unexpected(why_no_protocols_);
      },
      .places = options_.places,
      .state_file = options_.policy_state_file,
      .note = options_.note,
      .audit = &audit_});
  const bool taken_over =
      lists_->has_policy() || rules_->has_policy() || (protocols_ && !protocols_->counts().empty());
  return policy_->begin({.programs = programs_.resumed(), .policy = taken_over}, options_.policy);
}

Result<void> Defences::open_feeds() {
  auto fed = FedSources::open(programs_, *lists_);
  if (!fed) return std::unexpected(fed.error());
  fed_ = std::move(*fed);
  feeds_ = std::make_unique<FeedKeeper>(
      FeedKeeperOptions{
          .feeds = options_.feeds, .folder = options_.feeds_folder, .note = options_.note, .audit = &audit_},
      *fed_);
  return {};
}

ListedFeedEntry Defences::listed(FedSource source) const {
  ListedFeedEntry listed;
  for (const std::string& feed : source.feeds) {
    const std::string note = feeds_->note_of(feed, source.entry.prefix);
    if (!note.empty()) listed.reason += (listed.reason.empty() ? "" : "; ") + note;
  }
  if (source.entry.until != 0)
    listed.expires = WallClock().at(std::uint64_t{source.entry.until} << VDT_FEED_TIME_SHIFT);
  listed.source = std::move(source);
  return listed;
}

void Defences::keep_lists() {
  if (!lists_ || options_.lists_file.empty()) return;
  if (auto kept = vedette::keep_lists(options_.lists_file, lists_->all()); !kept)
    options_.note(kept.error().text());
}

Result<void> Defences::open_guard() {
  auto guard = Guard::open(programs_);
  if (!guard) {
    why_no_guard_ = guard.error();
    programs_.set_guards(0);
    return {};
  }
  guard_ = std::move(*guard);
  auto proxy = SynProxy::open(*guard_);
  if (!proxy) return std::unexpected(proxy.error());
  syn_proxy_ = std::move(*proxy);
  auto solicited = SolicitedOnly::open(*guard_, options_.egress);
  if (!solicited) return std::unexpected(solicited.error());
  solicited_only_ = std::move(*solicited);
  tcp_under_attack_ = std::make_unique<TcpUnderAttack>(TcpUnderAttackOptions{
      .hosts = *solicited_only_,
      .served = [this](const Prefix& address,
                       std::size_t most) { return policy_->served_ports(address, most); },
      .ttl = options_.responses.ttl,
      .note = options_.note,
      .audit = &audit_});
  return {};
}

Result<void> Defences::begin_guard() {
  if (syn_proxy_)
    if (auto followed = syn_proxy_->follow(); !followed) options_.note(followed.error().text());
  for (const ProxyRequest& request : options_.proxies)
    if (auto begun = start_proxy(request); !begun) return std::unexpected(begun.error());
  for (const SolicitedHost& host : options_.solicited_only)
    if (auto put = put_solicited(host); !put) return std::unexpected(put.error());
  return {};
}

DecidingPrograms Defences::deciding() const {
  DecidingPrograms programs;
  if (!syn_proxy_ || !solicited_only_) programs.why_no_guard = why_no_guard_;
  if (!protocols_) programs.why_no_protocols = why_no_protocols_;
  return programs;
}

Result<SynProxy*> Defences::syn_proxy() {
  if (!syn_proxy_) return std::unexpected(why_no_guard_);
  return syn_proxy_.get();
}

Result<SolicitedOnly*> Defences::solicited_only() {
  if (!solicited_only_) return std::unexpected(why_no_guard_);
  return solicited_only_.get();
}

Result<ProxyStatus> Defences::start_proxy(const ProxyRequest& request, const Actor& by) {
  if (!syn_proxy_) return std::unexpected(why_no_guard_);
  const bool by_xdp = std::ranges::any_of(programs_.interfaces(), [](const auto& one) {
    return one.second.ingress && (one.second.ingress->point() == AttachPoint::kXdpNative ||
                                  one.second.ingress->point() == AttachPoint::kXdpGeneric);
  });
  if (!by_xdp)
    return unusable(fmt::format("SYN proxy of port {}", request.port),
                    "it answers from XDP alone, and packets come in by tc", "--mode xdp-generic");
  auto begun = syn_proxy_->start(request);
  if (begun)
    audit_.record("syn_proxy_started", by, [&](JsonWriter& json) {
      json.field("port", begun->request.port);
      json.field("mode", proxy_mode_name(begun->request.mode));
    });
  return begun;
}

Result<std::optional<ProxyStatus>> Defences::stop_proxy(std::uint16_t port, const Actor& by) {
  if (!syn_proxy_) return std::unexpected(why_no_guard_);
  auto gone = syn_proxy_->stop(port);
  if (gone && *gone)
    audit_.record("syn_proxy_stopped", by, [&](JsonWriter& json) { json.field("port", port); });
  return gone;
}

Result<SolicitedHost> Defences::put_solicited(const SolicitedHost& host, const Actor& by) {
  if (!solicited_only_) return std::unexpected(why_no_guard_);
  auto put = solicited_only_->put(host);
  if (put)
    audit_.record("solicited_only", by, [&](JsonWriter& json) {
      json.field("address", std::string_view(prefix_text(put->address)));
      if (put->tcp) json.field("tcp", true);
      if (put->observe) json.field("observe", true);
    });
  return put;
}

Result<std::optional<SolicitedHost>> Defences::erase_solicited(const Prefix& address, const Actor& by) {
  if (!solicited_only_) return std::unexpected(why_no_guard_);
  auto gone = solicited_only_->erase(address);
  if (gone && *gone)
    audit_.record("solicited_only_ended", by,
                  [&](JsonWriter& json) { json.field("address", std::string_view(prefix_text(address))); });
  return gone;
}

Response Defences::answer_by_state(const Finding& finding, ResponseMode mode, Nanoseconds now) {
  return tcp_under_attack_ ? tcp_under_attack_->answer(finding, mode, now) : Response{};
}

void Defences::follow_interfaces() {
  const auto note_once = [&](const Result<void>& followed, std::string& noted) {
    const std::string trouble = followed ? "" : followed.error().text();
    if (!trouble.empty() && trouble != noted) options_.note(trouble);
    noted = trouble;
  };
  note_once(rules_->follow_interfaces(), marks_trouble_);
  if (syn_proxy_) note_once(syn_proxy_->follow(), proxy_trouble_);
}

void Defences::tick() {
  policy_->tick();
  if (tcp_under_attack_) tcp_under_attack_->tick(std::chrono::system_clock::now().time_since_epoch());
  lists_->expire();
  if (lists_->changed()) keep_lists();
}

void Defences::stop() {
  if (feeds_) feeds_->stop();
}

void Defences::remove() {
  if (rules_) rules_->remove();
  if (guard_) guard_->remove();
}

}  // namespace vedette
