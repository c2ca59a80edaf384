// The web UI's files: all read at the start into a table by their paths. A request's path is looked up there
// and never becomes a file's name, so that none leads out of the folder.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "gateway/reply.h"
#include "gateway/request_head.h"

namespace vedette {

// Constant once made; any thread.
class WebFiles {
 public:
  static constexpr std::size_t kMostFiles = 4096;
  static constexpr std::size_t kMostBytes = 64U << 20;  // of all

  // All plain files in `folder` and below. FILE.gz and FILE.br beside FILE are what is sent of it to browsers
  // that take them; where there is no FILE.gz, text is compressed here. Links are left out.
  [[nodiscard]] static Result<WebFiles> read(const std::filesystem::path& folder);
  // One page that says what this is, for where there is no folder.
  [[nodiscard]] static WebFiles built_in();

  // "/" is "/index.html". To GET and HEAD; 404 and 405 otherwise.
  [[nodiscard]] Reply answer(const RequestHead& head) const;

  [[nodiscard]] std::size_t size() const { return files_.size(); }

 private:
  struct File {
    std::string content_type;
    bool never_changes = false;  // its name holds its content's digest
    std::string etag;            // without quotes
    std::string plain;
    std::string gzip;  // empty where there is none, as brotli
    std::string brotli;
  };

  void add(const std::string& path, std::string plain, std::string gzip, std::string brotli);

  std::map<std::string, File, std::less<>> files_;
};

}  // namespace vedette
