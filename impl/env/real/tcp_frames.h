// Messages in a stream of bytes: each is preceded by its length, 32 bits, little endian.
#pragma once

#include <optional>
#include <string_view>

#include "impl/env/network.h"

namespace lockstep {

// Appends one message. Requires: it is no longer than kMaxMessage.
void append_frame(Bytes& stream, std::string_view message);

// Cuts a stream back into messages, however it arrives.
class FrameReader {
 public:
  void feed(std::string_view bytes) { stream_.append(bytes); }
  // The next whole message, if it has arrived.
  std::optional<Bytes> take();
  // A length beyond kMaxMessage was announced: nothing after it can be understood.
  bool broken() const { return broken_; }

 private:
  Bytes stream_;
  std::size_t taken_ = 0;  // of the stream, from its beginning
  bool broken_ = false;
};

}  // namespace lockstep
