// The model as a picture of a given size: header, tabs, table or flow, status line.
#pragma once

#include <string>

#include "cli/top/model.h"
#include "cli/top/picture.h"

namespace vedette::top {

struct PictureOptions {
  Size size;
  bool unicode = true;
  std::string host;
};

// Lines that the table's rows have on a screen of that size.
[[nodiscard]] int table_lines(Size size);

[[nodiscard]] Picture make_picture(const Model& model, const PictureOptions& options);

}  // namespace vedette::top
