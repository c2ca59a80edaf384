// A feed's last good content in a file, as its server gave it: what holds from the first packet on where the
// server is away when the sensor starts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/units.h"

namespace vedette {

struct KeptFeed {
  std::string url;
  std::string etag;           // empty: the server told none
  std::string last_modified;  // likewise
  Nanoseconds fetched{};      // since the epoch
  std::string text = {};
};

// After a crash it is the old or the new one, whole.
[[nodiscard]] Result<void> keep_feed(const std::filesystem::path& file, const KeptFeed& feed);

// Nothing where there is no file, or it is of another URL. Unusable where it isn't one of ours.
[[nodiscard]] Result<std::optional<KeptFeed>> kept_feed(const std::filesystem::path& file,
                                                        const std::string& url);

}  // namespace vedette
