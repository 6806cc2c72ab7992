// The library's SAX events are collected into a tree. It tells positions only for syntax, so that everything else is
// placed by its path; and it takes a zero byte for the end of the text, so that bytes are judged before it sees them.
#include "scenarios/json_document.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "scenarios/wording.h"

namespace lockstep::scenarios {
namespace {

using nlohmann::json;

// Of a byte, both from 1; a column is a character.
std::string position_text(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      ++column;
    }
  }
  return fmt::format("line {}, column {}", line, column);
}

// Bytes of the character that begins here; zero if none does. Source: RFC 3629, section 4.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !follows(1)) return 0;
  if (first < 0xe0) return 2;
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
  if (!follows(2)) return 0;
  if (first < 0xf0) return 3;
  return follows(3) ? 4 : 0;
}

std::optional<std::string> objection_to_bytes(std::string_view text) {
  if (text.size() > kLongestDocument) {
    return fmt::format("scenario: has more than {} bytes; make it smaller", kLongestDocument);
  }
  if (text.find_first_not_of(" \t\r\n") == text.npos) return "scenario: there is nothing; begin with {";
  for (std::size_t at = 0; at < text.size();) {
    const auto length = text[at] == '\0' ? 0 : utf8_length(text.substr(at));
    if (length == 0) {
      return fmt::format("{}: byte 0x{:02x} is not text; save the file as UTF-8", position_text(text, at),
                         static_cast<unsigned char>(text[at]));
    }
    at += length;
  }
  return std::nullopt;
}

// The library's "[...] parse error at line 1, column 2: syntax error while parsing value - unexpected ']'; expected
// '[', '{', or a literal", in the words of an editor. Its other sentences stay as they are.
std::string own_words(std::string_view words) {
  words = words.substr(std::min(words.size(), words.find(" - ") + 3));
  words = words.substr(0, words.find("; last read"));
  if (words.starts_with("unexpected end of input")) return "the text ends too early; close what is open";
  if (words.ends_with("expected end of input")) return "the scenario has ended; remove what follows";
  if (words == "invalid literal") return "this is not JSON; text stands in quotes, and there are no comments";
  std::string own(words);
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> translations{
      {{"string literal", "text in quotes"}, {"number literal", "a number"}, {"'[', '{', or a literal", "a value"}}};
  for (const auto& [theirs, ours] : translations) {
    for (auto at = own.find(theirs); at != own.npos; at = own.find(theirs, at)) own.replace(at, theirs.size(), ours);
  }
  return own;
}

class TreeBuilder final : public nlohmann::json_sax<json> {
 public:
  explicit TreeBuilder(std::string_view text) : text_(text) {}
  bool null() override { return add(json()); }
  bool boolean(bool value) override { return add(json(value)); }
  bool number_integer(number_integer_t value) override { return add(json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add(json(value)); }
  bool number_float(number_float_t /*value*/, const string_t& digits) override { return refuse_number(digits); }
  bool string(string_t& value) override { return add(json(std::move(value))); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(json::array()); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    const bool twice = levels_.back().container->contains(name);
    levels_.back().key = std::move(name);
    return twice ? fail("is given twice; keep one of them") : true;
  }
  bool parse_error(std::size_t position, const std::string& token, const json::exception& error) override {
    constexpr int number_overflow = 406;
    if (error.id == number_overflow) return refuse_number(token);
    const std::string words = own_words(error.what());
    // Only these tokens are told exactly; otherwise the place is where reading stopped.
    const std::string_view told = error.what();
    const bool exact = told.find("unexpected string") != told.npos || told.find("unexpected number") != told.npos;
    const auto back = std::min(position, exact ? token.size() : 1);
    error_ = fmt::format("{}: {}", position_text(text_, position - back), words);
    return false;
  }

  json tree;
  const std::string& error() const { return error_; }

 private:
  struct Level {
    json* container;
    std::string key;  // the field being read, if an object
  };

  // Of the value that comes next.
  std::string place() const {
    std::string place;
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const auto& [container, key] = levels_[i];
      const bool innermost = i + 1 == levels_.size();
      if (container->is_array()) {
        place += fmt::format("[{}]", container->size() - (innermost ? 0 : 1));
      } else {
        place += fmt::format("{}{}", place.empty() ? "" : ".", field_text(key));
      }
    }
    return place.empty() ? "scenario" : place;
  }
  bool fail(std::string_view words) {
    error_ = fmt::format("{}: {}", place(), words);
    return false;
  }
  bool refuse_number(const std::string& digits) {
    const bool whole = digits.find_first_of(".eE") == digits.npos;
    return fail(fmt::format("{} is {}", digits.size() > 40 ? digits.substr(0, 40) + "..." : digits,
                            whole ? "out of range; write a number of 64 bits at most"
                                  : "not a whole number; write it without a decimal point or an exponent"));
  }
  bool add(json value) { return insert(std::move(value)) != nullptr; }
  json* insert(json value) {
    if (levels_.empty()) return &(tree = std::move(value));
    auto& [container, key] = levels_.back();
    if (container->is_object()) return &((*container)[key] = std::move(value));
    if (container->size() == kLongestList) {
      fail(fmt::format("a list has at most {} entries; make it shorter", kLongestList));
      return nullptr;
    }
    container->push_back(std::move(value));
    return &container->back();
  }
  bool open(json container) {
    if (levels_.size() == kDeepestDocument) {
      return fail(fmt::format("is nested more than {} deep; a scenario is flatter", kDeepestDocument));
    }
    json* const inserted = insert(std::move(container));
    if (inserted != nullptr) levels_.push_back({inserted, {}});
    return inserted != nullptr;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }

  std::string_view text_;
  std::vector<Level> levels_;
  std::string error_;
};

}  // namespace

std::string field_text(std::string_view name) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
  if (name.empty() || name.size() > 40 || name.find_first_not_of(plain) != name.npos) return in_quotes(name);
  return std::string(name);
}

std::expected<json, std::string> parse_document(std::string_view text) {
  if (auto objection = objection_to_bytes(text)) return std::unexpected(std::move(*objection));
  TreeBuilder builder(text);
  if (!json::sax_parse(text, &builder)) return std::unexpected(builder.error());
  return std::move(builder.tree);
}

}  // namespace lockstep::scenarios
