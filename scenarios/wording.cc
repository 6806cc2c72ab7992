// Units are decimal and integers only: what cannot be written as a whole number of nanoseconds is no duration here.
#include "scenarios/wording.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <vector>

namespace lockstep::scenarios {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::array<Unit, 4> kUnits{{{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1000}, {"ns", 1}}};

constexpr std::string_view kHowToWrite = R"(write a number and ns, us, ms or s, like "250 ms")";

const Unit* unit_named(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

struct Number {
  std::int64_t value = 0;
  std::errc error{};
};

// All of `text`, with a minus at most.
Number whole_number(std::string_view text) {
  Number number;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number.value);
  number.error = error == std::errc() && rest != end ? std::errc::invalid_argument : error;
  return number;
}

// "1.5" of a unit, when that is a whole number of nanoseconds.
std::optional<Duration> exact_decimal(std::string_view number, const Unit& unit) {
  const auto point = number.find('.');
  const auto fraction = number.substr(point + 1);
  if (fraction.empty() || fraction.size() > 9 || fraction[0] == '-') return std::nullopt;
  const Number digits = whole_number(fmt::format("{}{}", number.substr(0, point), fraction));
  if (digits.error != std::errc()) return std::nullopt;
  std::int64_t scale = 1;
  for (std::size_t i = 0; i < fraction.size(); ++i) scale *= 10;
  const auto common = std::gcd(scale, unit.ns);
  std::int64_t ns = 0;
  if (digits.value % (scale / common) != 0) return std::nullopt;
  if (__builtin_mul_overflow(digits.value / (scale / common), unit.ns / common, &ns)) return std::nullopt;
  return Duration(ns);
}

constexpr std::size_t kLongestWord = 40;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string duration_text(Duration duration) {
  const auto* unit = kUnits.begin();
  while (duration.count() % unit->ns != 0) ++unit;
  return fmt::format("{} {}", duration.count() / unit->ns, unit->name);
}

std::expected<Duration, std::string> parse_duration(std::string_view text) {
  const auto space = text.find(' ');
  const auto end = std::min(space != text.npos ? space : text.find_first_not_of("-0123456789."), text.size());
  const auto* unit = unit_named(text.substr(std::min(end + (space != text.npos ? 1 : 0), text.size())));
  if (unit == nullptr) return std::unexpected(fmt::format("{} is not a duration; {}", in_quotes(text), kHowToWrite));
  const auto digits = text.substr(0, end);
  if (digits.find('.') != digits.npos) {
    const auto exact = exact_decimal(digits, *unit);
    return std::unexpected(fmt::format("{} has a decimal point; write {}", in_quotes(text),
                                       exact ? in_quotes(duration_text(*exact)) : "a whole number of a smaller unit"));
  }
  const Number number = whole_number(digits);
  std::int64_t ns = 0;
  if (number.error == std::errc::result_out_of_range ||
      (number.error == std::errc() && __builtin_mul_overflow(number.value, unit->ns, &ns))) {
    return std::unexpected(fmt::format("{} is too long; write less than 292 years", in_quotes(text)));
  }
  if (number.error != std::errc()) {
    return std::unexpected(fmt::format("{} is not a duration; {}", in_quotes(text), kHowToWrite));
  }
  return Duration(ns);
}

std::string in_quotes(std::string_view text) {
  std::string shown(text.substr(0, kLongestWord));
  if (text.size() > kLongestWord) {
    while (!shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xc0) == 0x80) shown.pop_back();
    shown += "...";
  }
  return nlohmann::json(shown).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> known) {
  std::string_view best;
  if (text.size() < 2 || text.size() > kLongestWord) return best;
  std::size_t least = 1 + text.size() / 3;
  for (const auto word : known) {
    const auto distance = edit_distance(text, word);
    if (distance < least || (distance == least && best.empty())) {
      best = word;
      least = distance;
    }
  }
  if (!best.empty() || text.size() < 3) return best;
  for (const auto word : known) {
    if (word.starts_with(text) || text.starts_with(word)) return word;
  }
  return best;
}

std::string suggestion(std::string_view text, std::span<const std::string_view> known) {
  const auto meant = nearest(text, known);
  if (!meant.empty()) return fmt::format("did you mean {}?", in_quotes(meant));
  return fmt::format("write one of {}", fmt::join(known, ", "));
}

std::string suggestion(std::string_view text, const std::vector<std::string>& known, std::string_view otherwise) {
  const std::vector<std::string_view> words(known.begin(), known.end());
  const auto meant = nearest(text, words);
  return meant.empty() ? std::string(otherwise) : fmt::format("did you mean {}?", in_quotes(meant));
}

}  // namespace lockstep::scenarios
