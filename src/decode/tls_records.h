// Handshake messages out of the records that begin one direction of a TLS connection (RFC 8446 §5.1, RFC 5246
// §6.2.1): a record may hold several messages, a message may span several records. Ends where the clear text
// does. Warnings before a ServerHello (RFC 6066 §3) and a change_cipher_spec between hellos (RFC 8446 §D.4)
// are passed over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vedette {

// A handshake message; its body is valid until the next call of the reader that gave it.
struct TlsMessage {
  std::uint8_t type = 0;
  std::span<const std::uint8_t> body;  // shorter than `size` where the bytes end
  std::size_t size = 0;                // bytes that its header announces

  [[nodiscard]] bool whole() const { return body.size() == size; }
};

class TlsRecords {
 public:
  enum class State : std::uint8_t {
    kMessage,  // a message; whole or not, as it says
    kMore,     // the bytes end before the next message's header
    kEnd,      // no handshake record stands here
  };

  // `head` must outlive the reader.
  explicit TlsRecords(std::span<const std::uint8_t> head) : head_(head) {}

  // The next message. One that is not whole is given as far as it is known; it is the last.
  State next(TlsMessage& message);

  // A change_cipher_spec was passed over: behind a ServerHello older than TLS 1.3, what follows is encrypted.
  [[nodiscard]] bool ciphered() const { return ciphered_; }

  // After kMore or a message that isn't whole: from how many bytes of the head on there is more to say.
  [[nodiscard]] std::size_t need() const { return need_; }

 private:
  enum class Pull : std::uint8_t { kPulled, kMore, kEnd };

  // Appends the next handshake record's content to joined_.
  Pull pull();

  std::span<const std::uint8_t> head_;
  std::size_t at_ = 0;       // of the next record
  std::size_t missing_ = 0;  // of the last record's content
  std::size_t need_ = 0;     // bytes of head_
  bool ciphered_ = false;
  std::size_t used_ = 0;  // bytes of joined_ that were given as messages
  std::vector<std::uint8_t> joined_;
};

}  // namespace vedette
