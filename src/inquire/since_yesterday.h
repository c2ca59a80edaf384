// What is new of each kind of thing that a person asks about in the morning: services, sources, countries,
// protocol versions, fingerprints; each by a question of its own (inquire/appeared.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inquire/appeared.h"

namespace vedette {

struct NewKind {
  std::string_view name;        // "protocol_version"
  std::string_view says;        // "protocol version"
  std::vector<std::string> by;  // the flows' dimensions that one of them is
};

// All of them, in the order in which they are told.
[[nodiscard]] const std::vector<NewKind>& new_kinds();

struct SinceYesterdayRequest {
  std::vector<std::string> kinds;  // names; empty: all
  std::string measure = "bytes";   // that adds up
  Nanoseconds begin{};             // of the span, since the epoch
  Nanoseconds end{};               // does not belong to it
  std::uint32_t days = 28;         // before it, in UTC
  std::size_t most = 20;           // that are listed of each kind
  LocalOffset local = utc();
};

struct NewOfKind {
  const NewKind* kind = nullptr;  // one of new_kinds()
  Newcomers found;                // empty where it can't be known:
  std::string why_not;            // there are too many to look at, of this kind
};

struct SinceYesterday {
  std::vector<NewOfKind> kinds;
  std::string says;
};

// Unusable where the request is, its place as of ask(), "/kinds" of a kind. One kind of which there is too
// much says so; failed where all do.
[[nodiscard]] Result<SinceYesterday> since_yesterday(Store& store, const SinceYesterdayRequest& request);

}  // namespace vedette
