#include "gateway/web_files.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "gateway/built_in_page.h"
#include "gateway/secret.h"

namespace vedette {

namespace {

struct Kind {
  std::string_view ending;
  std::string_view content_type;
  bool is_text;
};

constexpr std::array kKinds{
    Kind{".html", "text/html; charset=utf-8", true},
    Kind{".js", "text/javascript; charset=utf-8", true},
    Kind{".mjs", "text/javascript; charset=utf-8", true},
    Kind{".css", "text/css; charset=utf-8", true},
    Kind{".json", "application/json", true},
    Kind{".webmanifest", "application/manifest+json", true},
    Kind{".svg", "image/svg+xml", true},
    Kind{".txt", "text/plain; charset=utf-8", true},
    Kind{".png", "image/png", false},
    Kind{".ico", "image/x-icon", false},
    Kind{".webp", "image/webp", false},
    Kind{".woff2", "font/woff2", false},
};
constexpr Kind kOther{"", "application/octet-stream", false};

const Kind& kind_of(std::string_view path) {
  const auto* const found =
      std::ranges::find_if(kKinds, [&](const Kind& kind) { return path.ends_with(kind.ending); });
  return found == kKinds.end() ? kOther : *found;
}

Result<std::string> bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  if (!in) return failed(file.string(), "can't be read");
  return std::move(bytes).str();
}

// Empty where that makes it no smaller.
std::string gzipped(const std::string& plain) {
  constexpr int kGzip = 15 + 16;  // zlib's window bits, and gzip's frame
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  packed.resize(done ? stream.total_out : 0);
  deflateEnd(&stream);
  return packed.size() < plain.size() ? packed : std::string();
}

// Whether the list of an Accept-Encoding takes `coding`; one with q=0 is refused.
bool takes(std::string_view list, std::string_view coding) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (!one.starts_with(coding)) continue;
    one.remove_prefix(coding.size());
    if (one.empty()) return true;
    if (one.front() != ';' && one.front() != ' ') continue;
    const std::size_t weight = one.find("q=");
    return weight == std::string_view::npos ||
           one.find_first_of("123456789", weight) != std::string_view::npos;
  }
  return false;
}

bool has_digest_in_name(std::string_view path) {
  return path.starts_with("/assets/");
}

}  // namespace

void WebFiles::add(const std::string& path, std::string plain, std::string gzip, std::string brotli) {
  const Kind& kind = kind_of(path);
  std::string etag = digest_text(digest_of(plain)).substr(0, 32);
  File file{.content_type = std::string(kind.content_type),
            .never_changes = has_digest_in_name(path),
            .etag = std::move(etag),
            .plain = std::move(plain),
            .gzip = std::move(gzip),
            .brotli = std::move(brotli)};
  if (file.gzip.empty() && kind.is_text) file.gzip = gzipped(file.plain);
  files_.insert_or_assign(path, std::move(file));
}

WebFiles WebFiles::built_in() {
  WebFiles files;
  files.add("/index.html", std::string(kBuiltInPage), {}, {});
  return files;
}

Result<WebFiles> WebFiles::read(const std::filesystem::path& folder) {
  std::map<std::string, std::string> found;
  std::size_t bytes = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::recursive_directory_iterator(); entries.increment(error)) {
    if (!std::filesystem::is_regular_file(entries->symlink_status(error))) continue;
    auto content = bytes_of(entries->path());
    if (!content) return std::unexpected(content.error());
    bytes += content->size();
    if (found.size() == kMostFiles || bytes > kMostBytes)
      return unusable(folder.string(),
                      fmt::format("expected {} files of {} MiB at most", kMostFiles, kMostBytes >> 20));
    found.emplace("/" + entries->path().lexically_relative(folder).generic_string(), std::move(*content));
  }
  if (error) return failed(folder.string(), fmt::format("can't be read: {}", error.message()));
  if (!found.contains("/index.html")) return unusable(folder.string(), "expected an index.html, found none");
  WebFiles files;
  const auto variant = [&found](const std::string& path) {
    const auto one = found.find(path);
    return one == found.end() ? std::string() : one->second;
  };
  for (const auto& [path, content] : found) {
    const bool is_variant =
        (path.ends_with(".gz") || path.ends_with(".br")) && found.contains(path.substr(0, path.size() - 3));
    if (!is_variant) files.add(path, content, variant(path + ".gz"), variant(path + ".br"));
  }
  return files;
}

Reply WebFiles::answer(const RequestHead& head) const {
  const auto found =
      files_.find(head.path == "/" ? std::string_view("/index.html") : std::string_view(head.path));
  if (found == files_.end())
    return problem_reply(404, "no such resource",
                         "there is no such file, and the API is under /v1/ and /auth/", head.path);
  if (head.method != "GET" && head.method != "HEAD") {
    Reply refused = problem_reply(405, "method not allowed", "files take GET and HEAD", head.path);
    refused.fields.emplace_back("Allow", "GET, HEAD");
    return refused;
  }
  const File& file = found->second;
  Reply reply{.status = 200, .content_type = file.content_type, .body = {}};
  std::string etag = file.etag;
  const std::string* content = &file.plain;
  if (!file.brotli.empty() && takes(head.accept_encoding, "br")) {
    content = &file.brotli;
    etag += "-br";
    reply.fields.emplace_back("Content-Encoding", "br");
  } else if (!file.gzip.empty() && takes(head.accept_encoding, "gzip")) {
    content = &file.gzip;
    etag += "-gz";
    reply.fields.emplace_back("Content-Encoding", "gzip");
  }
  etag = "\"" + etag + "\"";
  reply.fields.emplace_back("ETag", etag);
  reply.fields.emplace_back("Vary", "Accept-Encoding");
  reply.fields.emplace_back("Cache-Control",
                            file.never_changes ? "public, max-age=31536000, immutable" : "no-cache");
  if (head.if_none_match.find(etag) != std::string::npos || head.if_none_match == "*") {
    reply.status = 304;
    return reply;
  }
  reply.body = *content;
  return reply;
}

}  // namespace vedette
