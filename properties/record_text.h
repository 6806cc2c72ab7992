// Text that crosses a pipe and lies in a state file: numbers separated by spaces; strings as length, space, bytes.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace lockstep::properties {

class Writer {
 public:
  Writer& number(std::uint64_t value) {
    text_ += fmt::format("{} ", value);
    return *this;
  }
  Writer& string(std::string_view value) {
    text_ += fmt::format("{} {} ", value.size(), value);
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// After something malformed all that follows is zero and empty, and finished() is false.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || end == rest_.data() + rest_.size() || *end != ' ') return fail();
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()) + 1);
    return value;
  }
  std::string string() {
    const std::uint64_t size = number();
    if (!ok_ || size >= rest_.size() || rest_[size] != ' ') {
      fail();
      return {};
    }
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size + 1);
    return value;
  }
  bool finished() const { return ok_ && rest_.empty(); }
  bool ok() const { return ok_; }
  // For values that mean nothing. Gives zero.
  std::uint64_t fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace lockstep::properties
