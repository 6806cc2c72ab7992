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

constexpr char32_t kNoCharacter = 0xffff'ffff;

// The character at `at`, and moves behind it; or kNoCharacter, and one byte further, where it is no UTF-8.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t from = at++;
  const unsigned first = byte(from);
  if (first < 0x80) return first;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || from + size > text.size()) return kNoCharacter;
  char32_t character = first & (0xffu >> (size + 1));
  for (std::size_t i = from + 1; i < from + size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return kNoCharacter;
    character = character << 6 | (byte(i) & 0x3fu);
  }
  static constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xd800 && character < 0xe000;
  if (character < kLeast[size] || surrogate || character > 0x10ffff) return kNoCharacter;
  at = from + size;
  return character;
}

// Neither controls the terminal, nor breaks a line, nor turns its direction.
bool is_harmless(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c > 0x10ffff) return false;
  const bool turns =
      c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return !turns && c != 0x2028 && c != 0x2029 && c != 0xfeff;
}

std::string shown(std::string_view text, bool ascii) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const char32_t c = next_character(text, at);
    const std::string_view bytes = text.substr(from, at - from);
    if (c == '\n' || c == '\t' || c == '\r') {
      shown += ' ';
    } else if (is_harmless(c) && (!ascii || c < 0x80)) {
      shown += bytes;
    } else {
      for (const char byte : bytes) shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  return shown;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::size_t width_of(const TextStyle& style) { return static_cast<std::size_t>(std::max(style.width, 80)); }

std::string paint(std::string_view text, Tone tone, const TextStyle& style) {
  static constexpr std::array<std::string_view, 7> kCodes{"", "32", "1;31", "33", "2", "36", "1"};
  const auto code = kCodes[static_cast<std::size_t>(tone)];
  if (!style.colour || code.empty() || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string painted(const std::string& lines, Tone tone, const TextStyle& style) {
  std::string out;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = lines.find('\n', begin);
    const std::size_t text = std::min(lines.find_first_not_of(' ', begin), end);
    out += lines.substr(begin, text - begin) + paint(lines.substr(text, end - text), tone, style) + "\n";
    begin = end + 1;
  }
  return out;
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

std::string printable(std::string_view text) { return shown(text, false); }

std::string printable_ascii(std::string_view text) { return shown(text, true); }

std::string shortened(std::string_view text, std::size_t most) {
  if (columns_of(text) <= most) return std::string(text);
  std::size_t at = 0;
  for (std::size_t kept = 3; kept < most; ++kept) next_character(text, at);
  return std::string(text.substr(0, at)) + "...";
}

std::string wrapped(std::string_view text, std::size_t indent, const TextStyle& style) {
  const auto width = static_cast<std::size_t>(std::max(style.width, 40));
  const std::size_t room = width > indent + 20 ? width - indent : 20;
  std::string lines;
  std::string line;
  const auto flush = [&] {
    lines += fmt::format("{:{}}{}\n", "", indent, line);
    line.clear();
  };
  for (const std::string& word : words_of(printable(text))) {
    if (!line.empty() && columns_of(line) + 1 + columns_of(word) > room) flush();
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) flush();
  return lines;
}

std::string hanging(std::string_view head, std::size_t width, std::string_view text, const TextStyle& style) {
  const std::string lines = wrapped(text, width, style);
  if (!lines.empty()) return std::string(head) + lines.substr(width);
  return std::string(head.substr(0, head.find_last_not_of(' ') + 1)) + "\n";
}

std::string left(std::string_view text, std::size_t width) {
  const std::size_t columns = columns_of(text);
  return std::string(text) + std::string(width > columns ? width - columns : 0, ' ');
}

std::string right(std::string_view text, std::size_t width) {
  const std::size_t columns = columns_of(text);
  return std::string(width > columns ? width - columns : 0, ' ') + std::string(text);
}

std::string& called_as() {
  static std::string name = "./lockstep";
  return name;
}

std::string in_shell_quotes(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string shell_word(std::string_view text) {
  static constexpr std::string_view kHarmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%";
  const bool harmless = !text.empty() && text.find_first_not_of(kHarmless) == std::string_view::npos;
  return harmless ? std::string(text) : in_shell_quotes(text);
}

std::string replay_line(std::string_view file) { return fmt::format("{} replay {}", called_as(), shell_word(file)); }

std::string hex(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace lockstep::reports
