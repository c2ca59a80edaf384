#include "decode/http_content.h"

#include <utility>

#include "decode/http_chunks.h"
#include "decode/text_message.h"

namespace vedette {

HttpContent http_content(const HttpBody& body, std::size_t head, std::span<const std::uint8_t> bytes,
                         bool ended) {
  HttpContent content;
  const std::size_t wait = may_grow(bytes, ended) ? bytes.size() + 1 : 0;
  if (body.state == HttpBody::End::kKnown) {
    const auto all = bytes.subspan(head, body.end - head);
    content.bytes.assign(all.begin(), all.end());
  } else if (body.state == HttpBody::End::kAhead && body.end <= kMostTextHead && wait != 0) {
    content.need = body.end;
  } else if (body.state == HttpBody::End::kChunked) {
    HttpChunks chunks = read_http_chunks(bytes.subspan(body.end));
    if (chunks.state == HttpChunks::State::kEnded) content.bytes = std::move(chunks.content);
    if (chunks.state == HttpChunks::State::kMore) content.need = wait;
  }
  return content;
}

}  // namespace vedette
