// A file that after a crash is the old or the new one, whole.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/error.h"

namespace vedette {

// Writes it anew beside the old one, down to the disk, and puts it in its place at once, which is on the disk
// too when this returns.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& file, const std::string& text,
                                        mode_t mode = 0640);

}  // namespace vedette
