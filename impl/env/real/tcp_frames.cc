// What has been taken is cut off only when no whole message is left, so that many short ones cost one move.
#include "impl/env/real/tcp_frames.h"

#include "impl/env/check.h"

namespace lockstep {
namespace {
constexpr std::size_t kLength = 4;
}  // namespace

void append_frame(Bytes& stream, std::string_view message) {
  CHECK(message.size() <= kMaxMessage);
  for (std::size_t i = 0; i < kLength; ++i) {
    stream.push_back(static_cast<char>(static_cast<unsigned char>(message.size() >> (8 * i))));
  }
  stream.append(message);
}

std::optional<Bytes> FrameReader::take() {
  const std::string_view rest = std::string_view(stream_).substr(taken_);
  std::size_t size = 0;
  if (rest.size() >= kLength) {
    for (std::size_t i = 0; i < kLength; ++i) {
      size |= std::size_t{static_cast<unsigned char>(rest[i])} << (8 * i);
    }
    broken_ = broken_ || size > kMaxMessage;
    if (!broken_ && rest.size() - kLength >= size) {
      taken_ += kLength + size;
      return Bytes(rest.substr(kLength, size));
    }
  }
  stream_.erase(0, taken_);
  taken_ = 0;
  return std::nullopt;
}

}  // namespace lockstep
