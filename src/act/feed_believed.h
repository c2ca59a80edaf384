// What a feed's source gave, where it can be what was asked for: an error page, an emptied or a truncated
// list must never wipe what was there.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "feed/feed_format.h"
#include "feed/feed_options.h"

namespace vedette {

// The content of `text`, its networks in their order. Failed where it is a web page, has more bad lines than
// entries, or fewer entries than `options.least` of the `before` that the feed had.
[[nodiscard]] Result<FeedContent> believed_feed(std::string_view text, const FeedOptions& options,
                                                std::size_t before);

// Failed where `file` can't be read or has more than 256 MiB.
[[nodiscard]] Result<std::string> feed_file_text(const std::filesystem::path& file);

}  // namespace vedette
