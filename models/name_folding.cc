// Letters with accents are taken apart (Unicode's NFD): base letter, then the combining mark in UTF-8.
#include "models/name_folding.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lockstep::models {
namespace {

constexpr std::size_t kLongestFileName = 255;

// U+00E0 to U+00FF: the base letter, and the low byte of the mark U+0300..U+0327; no mark: not to be taken apart.
struct Parts {
  char base;
  std::uint8_t mark;
};
constexpr std::uint8_t kGrave = 0x00, kAcute = 0x01, kCircumflex = 0x02, kTilde = 0x03, kDiaeresis = 0x08, kRing = 0x0a,
                       kCedilla = 0x27, kWhole = 0xff;
constexpr std::array<Parts, 32> kLatin1{{
    {'a', kGrave},    {'a', kAcute},     {'a', kCircumflex}, {'a', kTilde},      {'a', kDiaeresis},  {'a', kRing},
    {'\xa6', kWhole}, {'c', kCedilla},   {'e', kGrave},      {'e', kAcute},      {'e', kCircumflex}, {'e', kDiaeresis},
    {'i', kGrave},    {'i', kAcute},     {'i', kCircumflex}, {'i', kDiaeresis},  {'\xb0', kWhole},   {'n', kTilde},
    {'o', kGrave},    {'o', kAcute},     {'o', kCircumflex}, {'o', kTilde},      {'o', kDiaeresis},  {'\xb7', kWhole},
    {'\xb8', kWhole}, {'u', kGrave},     {'u', kAcute},      {'u', kCircumflex}, {'u', kDiaeresis},  {'y', kAcute},
    {'\xbe', kWhole}, {'y', kDiaeresis},
}};

// The letter U+00C0 + `low`. The multiplication and division signs are no letters and have no case.
void append_letter(std::string& text, std::uint8_t low) {
  const bool sign = low == 0x17 || low == 0x37;
  const bool sharp_s = low == 0x1f;
  const bool capital = low < 0x20 && !sign && !sharp_s;
  if (sign || sharp_s) {
    text += {'\xc3', static_cast<char>(0x80 + low)};
    return;
  }
  const Parts parts = kLatin1[capital ? low : low - 0x20];
  if (parts.mark == kWhole) {
    text += {'\xc3', parts.base};
  } else {
    text += {parts.base, '\xcc', static_cast<char>(0x80 + parts.mark)};
  }
}

}  // namespace

std::string folded(std::string_view name) {
  name = name.substr(0, name.find('\0'));
  const auto trim = [](auto& text) {
    const std::size_t last = text.find_last_not_of(". ");
    text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
  };
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = c == '\xc3' && i + 1 < name.size() && (static_cast<std::uint8_t>(name[i + 1]) & 0xc0) == 0x80;
    if (letter) {
      append_letter(text, static_cast<std::uint8_t>(name[++i]) & 0x3f);
    } else {
      text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  text.resize(std::min(text.size(), kLongestFileName));
  trim(text);
  return text;
}

}  // namespace lockstep::models
