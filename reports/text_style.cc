// Setting text by hand: no locale, no terminal library, so that a report is the same text everywhere.
#include "reports/text_style.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lockstep::reports {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What may not be torn from the word before it: a number from what it counts or numbers, a unit from its number.
bool clings(std::string_view word, std::string_view before) {
  static constexpr std::array<std::string_view, 7> kUnits{"s", "ms", "us", "ns", "h", "min", "%"};
  if (is_digit(word[0])) return before.back() != ',' && before.back() != ';';
  return is_digit(before.back()) &&
         std::ranges::find(kUnits, word.substr(0, word.find_last_not_of(",;:.") + 1)) != kUnits.end();
}

// Cut at blanks, but a number stays in one piece and with its unit.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const auto word = text.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) continue;
    if (!words.empty() && clings(word, words.back()))
      words.back() += ' ' + std::string(word);
    else
      words.emplace_back(word);
  }
  return words;
}

}  // namespace

std::size_t width_of(const TextStyle& style) { return static_cast<std::size_t>(std::max(style.width, 80)); }

std::string paint(std::string_view text, Tone tone, const TextStyle& style) {
  static constexpr std::array<std::string_view, 7> kCodes{"", "32", "1;31", "33", "2", "36", "1"};
  const auto code = kCodes[static_cast<std::size_t>(tone)];
  if (!style.colour || code.empty() || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string grouped(std::uint64_t number) {
  std::string text = fmt::format("{}", number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ' ');
  return text;
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

std::string listed(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

std::string rough_time(double seconds) {
  if (seconds >= 3600) {
    const auto minutes = static_cast<std::uint64_t>(seconds / 60 + 0.5);
    return fmt::format("{} h {} min", grouped(minutes / 60), minutes % 60);
  }
  if (seconds >= 119.5) {
    const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
    return fmt::format("{} min {} s", whole / 60, whole % 60);
  }
  if (seconds >= 0.9995) return fmt::format("{:.1f} s", seconds);
  return fmt::format("{:.0f} ms", seconds * 1000);
}

std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      shown += c;
    } else if (c == '\n' || c == '\t' || c == '\r') {
      shown += ' ';
    } else {
      shown += fmt::format("\\x{:02x}", byte);
    }
  }
  return shown;
}

std::string wrapped(std::string_view text, std::size_t indent, const TextStyle& style) {
  const std::size_t room = std::max<std::size_t>(width_of(style) - indent, 20);
  std::string lines;
  std::string line;
  const auto flush = [&] {
    lines += fmt::format("{:{}}{}\n", "", indent, line);
    line.clear();
  };
  for (const std::string& word : words_of(printable(text))) {
    if (!line.empty() && line.size() + 1 + word.size() > room) flush();
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) flush();
  return lines;
}

std::string left(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

std::string right(std::string_view text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + std::string(text);
}

std::string replay_line(std::string_view file) {
  static constexpr std::string_view kHarmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%";
  if (!file.empty() && file.find_first_not_of(kHarmless) == std::string_view::npos) {
    return fmt::format("./lockstep replay {}", file);
  }
  std::string quoted;
  for (const char c : file) {
    if (c == '\'') quoted += "'\\'";
    quoted += c;
  }
  return fmt::format("./lockstep replay '{}'", quoted);
}

std::string hex(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace lockstep::reports
