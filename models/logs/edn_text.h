// The forms of EDN, as Clojure prints them, one after the other and without making anything of them: what a scalar
// says, and where a collection begins and ends. Source: github.com/edn-format/edn, and what pr writes beyond it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep::models {

// A form that has been read. Points into the text that was read.
struct EdnForm {
  enum class Kind : std::uint8_t {
    nil,
    word,     // keyword, without its colon; symbol, true, false
    text,     // string, between its quotes
    integer,  // that fits into 64 bits
    map,
    sequence,  // vector or list
    other,     // set, character, any other number
  };
  Kind kind = Kind::nil;
  bool has_escapes = false;  // of a text: `as_text` says what it means
  std::int64_t number = 0;   // of an integer
  std::string_view as_written;
};

// What the text of a string means. Bytes that are no escape stay as they are.
void unescape(std::string_view written, std::string& meant);

// Deeper nesting is refused.
inline constexpr int kDeepestEdn = 200;

// Reads forms from `at` on. After a false, either `wrong` says what is wrong in words, or the text ends too early.
class EdnReader {
 public:
  EdnReader(std::string_view text, std::uint32_t line) : at(text.data()), end(at + text.size()), line_number(line) {}

  // Goes to the next form, or to the bracket that closes this collection, or to the end, which is no failure: past
  // white space, commas, comments, discarded forms (#_) and metadata (^).
  bool skip_space(int depth = 0) {
    while (at != end) {
      const char c = *at;
      if (c == ' ' || c == ',') {
        ++at;
      } else if (c == '\n') {
        ++at;
        ++line_number;
      } else if (c == '\t' || c == '\r' || c == '\f' || c == '\v') {
        ++at;
      } else if (c == ';' || c == '^' || (c == '#' && at + 1 != end && at[1] == '_')) {
        if (!skip_aside(depth)) return false;
      } else {
        return true;
      }
    }
    return true;
  }

  // Reads the form that begins at `at`, which is not white space.
  bool read(EdnForm& form, int depth = 0);

  // Reads a map, which begins at `at`, and gives each key and value to `take`.
  template <class Take>
  bool read_map(const Take& take, int depth = 0) {
    ++at;
    while (true) {
      if (!skip_space(depth)) return false;
      if (at == end) return false;
      if (*at == '}') break;
      // No log has collections for keys: a map here belongs to the next event, and this one was cut short.
      if (*at == '{' || *at == '[' || *at == '(') return refuse("a key is missing, or a bracket is not closed");
      EdnForm key, value;
      if (!read(key, depth + 1) || !skip_space(depth)) return false;
      if (at == end) return false;
      if (*at == '}') return refuse("its last key has no value");
      if (!read(value, depth + 1)) return false;
      take(key, value);
    }
    ++at;
    return true;
  }

  const char* at;
  const char* end;
  std::uint32_t line_number;  // of `at`
  const char* wrong = nullptr;

 private:
  bool refuse(const char* why) {
    wrong = why;
    return false;
  }
  bool skip_aside(int depth);
  bool read_text(EdnForm& form);
  bool read_number(EdnForm& form);
  bool read_token(EdnForm& form);
  bool read_character(EdnForm& form);
  bool read_dispatch(EdnForm& form, int depth);
  bool read_collection(EdnForm& form, EdnForm::Kind kind, char closes, int depth);
};

}  // namespace lockstep::models
