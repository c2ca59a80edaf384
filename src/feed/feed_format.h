// The forms that feeds come in, each read by a file of its own.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "feed/feed_content.h"

namespace vedette {

enum class FeedFormat {
  kAuto,   // told by the first bytes: one of the others, CSV only by name
  kPlain,  // an indicator a line, "#" and ";" begin comments: CIDR lists, FireHOL's netsets, Spamhaus DROP's
           // text
  kHosts,  // a hosts file: an address that stands for "nowhere", and domains
  kCsv,    // RFC 4180, "#" begins comments; a column by its header's name or its number
  kSpamhaus,  // Spamhaus DROP, a JSON object a line
  kMisp,      // a MISP event, or attributes
  kStix,      // a STIX 2.1 bundle
};

[[nodiscard]] std::string_view feed_format_name(FeedFormat format);
[[nodiscard]] Result<FeedFormat> feed_format_of(std::string_view name);

struct FeedForm {
  FeedFormat format = FeedFormat::kAuto;
  std::string column;  // CSV's, a header's name or a number from 1; empty: the first that has an indicator
};

// Reads a feed. Unusable where the text is none of this format at all.
[[nodiscard]] Result<FeedContent> read_feed(std::string_view text, const FeedForm& form);

// Each format's, told by read_feed().
void read_plain_feed(std::string_view text, FeedContent& content);
void read_hosts_feed(std::string_view text, FeedContent& content);
[[nodiscard]] Result<void> read_csv_feed(std::string_view text, std::string_view column,
                                         FeedContent& content);
void read_spamhaus_feed(std::string_view text, FeedContent& content);
[[nodiscard]] Result<void> read_misp_feed(std::string_view text, FeedContent& content);
[[nodiscard]] Result<void> read_stix_feed(std::string_view text, FeedContent& content);

}  // namespace vedette
