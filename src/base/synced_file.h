// A file that after a crash is the old or the new one, whole.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace vedette {

// Writes it anew beside the old one (mode 0640), down to the disk, and puts it in its place at once.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& file, const std::string& text);

}  // namespace vedette
