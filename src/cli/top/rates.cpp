#include "cli/top/rates.h"

#include <algorithm>
#include <numeric>

namespace vedette::top {

namespace {

double difference(std::uint64_t now, std::uint64_t before, double seconds) {
  return now < before ? 0 : static_cast<double>(now - before) / seconds;
}

Rate difference(const Traffic& now, const Traffic& before, double seconds) {
  return {difference(now.packets, before.packets, seconds), difference(now.bytes, before.bytes, seconds)};
}

void append(History& history, double value) {
  history.push_back(value);
  if (history.size() > kHistoryLooks) history.pop_front();
}

std::uint64_t sum(const std::vector<ReasonLook>& reasons) {
  return std::accumulate(reasons.begin(), reasons.end(), std::uint64_t{0},
                         [](std::uint64_t all, const ReasonLook& one) { return all + one.count; });
}

std::map<std::string, Traffic> named_totals(const Snapshot& look) {
  std::map<std::string, Traffic> all;
  for (const InterfaceLook& one : look.interfaces) {
    all["in/" + one.name] = one.in;
    all["out/" + one.name] = one.out;
  }
  for (const ProtocolLook& one : look.protocols)
    all[one.direction + "/" + one.protocol + "/" + std::to_string(one.ip_version)] = one.traffic;
  for (const ApplicationLook& one : look.applications)
    all["app/" + one.app + "/" + one.app_version] = one.traffic;
  for (const ReasonLook& one : look.kernel_drops) all["drop/" + one.reason].packets = one.count;
  for (const ReasonLook& one : look.losses) all["loss/" + one.reason].packets = one.count;
  for (const ReasonLook& one : look.malformed) all["malformed/" + one.reason].packets = one.count;
  return all;
}

}  // namespace

Rate& Rate::operator+=(const Rate& other) {
  packets += other.packets;
  bytes += other.bytes;
  return *this;
}

void Rates::add(const Snapshot& look) {
  const bool anew = look.uptime_ns < before_.uptime_ns;
  if (begun_ && look.time_ns > before_.time_ns) {
    const double seconds = static_cast<double>(look.time_ns - before_.time_ns) / 1e9;
    in = difference(look.in, before_.in, seconds);
    out = difference(look.out, before_.out, seconds);
    retransmits = difference(look.retransmits, before_.retransmits, seconds);
    resets = difference(look.resets, before_.resets, seconds);
    kernel_drops = difference(sum(look.kernel_drops), sum(before_.kernel_drops), seconds);
    losses = difference(sum(look.losses), sum(before_.losses), seconds);
    append(in_bytes, in.bytes);
    append(out_bytes, out.bytes);
    append(in_packets, in.packets);
    append(out_packets, out.packets);
    add_flows(look, anew ? 0 : seconds);
    add_named(look, seconds);
  } else if (!begun_) {
    add_flows(look, 0);
    add_named(look, 0);
  }
  begun_ = true;
  before_ = look;
  before_.flows.clear();
}

void Rates::add_flows(const Snapshot& look, double seconds) {
  std::map<std::string, FlowRate> rates;
  std::map<std::string, Traffic> sent, replied;
  for (const FlowLook& flow : look.flows) {
    const std::string identity = flow.identity();
    sent[identity] = flow.sent;
    replied[identity] = flow.replied;
    FlowRate& rate = rates[identity];
    if (const auto known = flows_.find(identity); known != flows_.end())
      rate.history = std::move(known->second.history);
    const auto before = flow_totals_.find(identity);
    const bool young = flow.first_ns >= before_.time_ns;
    if (seconds > 0 && (before != flow_totals_.end() || young)) {
      rate.sent = difference(flow.sent, before == flow_totals_.end() ? Traffic{} : before->second, seconds);
      rate.replied = difference(flow.replied,
                                before == flow_totals_.end() ? Traffic{} : reply_totals_[identity], seconds);
    }
    if (seconds > 0) append(rate.history, rate.sent.bytes + rate.replied.bytes);
  }
  flows_ = std::move(rates);
  flow_totals_ = std::move(sent);
  reply_totals_ = std::move(replied);
}

void Rates::add_named(const Snapshot& look, double seconds) {
  auto totals = named_totals(look);
  named_.clear();
  if (seconds > 0)
    for (const auto& [name, now] : totals) named_[name] = difference(now, named_totals_[name], seconds);
  named_totals_ = std::move(totals);
}

FlowRate Rates::flow(const std::string& identity) const {
  const auto found = flows_.find(identity);
  return found == flows_.end() ? FlowRate{} : found->second;
}

Rate Rates::named(const std::string& name) const {
  const auto found = named_.find(name);
  return found == named_.end() ? Rate{} : found->second;
}

}  // namespace vedette::top
