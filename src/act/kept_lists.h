// The lists in a file, so that they outlive a clean stop and the machine's: YAML, which a person can read and
// mend.
#pragma once

#include <filesystem>
#include <vector>

#include "act/source_lists.h"
#include "base/error.h"

namespace vedette {

// Writes all of it, what is a policy's left out, anew beside the file and puts it in its place at once: after
// a crash it is the old or the new one.
[[nodiscard]] Result<void> keep_lists(const std::filesystem::path& file,
                                      const std::vector<ListedSource>& lists);

// The entries of a file, those that have ended since left out; none where there is no file. Unusable, with
// line and column, where it isn't one of ours.
[[nodiscard]] Result<std::vector<ListedSource>> kept_lists(const std::filesystem::path& file);

}  // namespace vedette
