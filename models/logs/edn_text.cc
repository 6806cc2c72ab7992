// One pass, byte by byte, by a table of what ends a word.
#include "models/logs/edn_text.h"

#include <array>
#include <charconv>

namespace lockstep::models {
namespace {

// White space, brackets, quotes and what else cannot be within a word.
constexpr std::array<bool, 256> kEndsWord = [] {
  std::array<bool, 256> ends{};
  for (const char c : std::string_view(" \t\r\n\f\v,\"()[]{};^`~\\")) ends[static_cast<unsigned char>(c)] = true;
  return ends;
}();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

const char* end_of_word(const char* at, const char* end) {
  while (at != end && !kEndsWord[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

// UTF-8.
void append(std::string& text, unsigned code) {
  const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

// Of \uXXXX; 0x110000 if it is none.
unsigned code_at(std::string_view written, std::size_t at) {
  unsigned code = 0;
  if (at + 6 > written.size() || written[at] != '\\' || written[at + 1] != 'u') return 0x110000;
  const char* const last = written.data() + at + 6;
  const auto read = std::from_chars(written.data() + at + 2, last, code, 16);
  return read.ec == std::errc() && read.ptr == last ? code : 0x110000;
}

}  // namespace

void unescape(std::string_view written, std::string& meant) {
  constexpr std::string_view names = "nrtbf\\\"", meanings = "\n\r\t\b\f\\\"";
  meant.clear();
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] != '\\' || i + 1 == written.size()) {
      meant += written[i];
      continue;
    }
    if (const auto known = names.find(written[i + 1]); known != names.npos) {
      meant += meanings[known];
      ++i;
      continue;
    }
    unsigned code = code_at(written, i);
    if (code == 0x110000) {
      meant += written[i];
      continue;
    }
    i += 5;
    if (code >= 0xd800 && code < 0xe000) {  // half of a character
      const unsigned low = code_at(written, i + 1);
      const bool whole = code < 0xdc00 && low >= 0xdc00 && low < 0xe000;
      code = whole ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
      if (whole) i += 6;
    }
    append(meant, code);
  }
}

bool EdnReader::skip_aside(int depth) {
  if (depth > kDeepestEdn) return refuse("is nested deeper than 200 times");
  if (*at == ';') {
    while (at != end && *at != '\n') ++at;
    return true;
  }
  at += *at == '^' ? 1 : 2;
  EdnForm ignored;
  if (!skip_space(depth + 1)) return false;
  if (at == end) return false;
  return read(ignored, depth + 1);
}

bool EdnReader::read(EdnForm& form, int depth) {
  if (depth > kDeepestEdn) return refuse("is nested deeper than 200 times");
  form = {};
  const char c = *at;
  switch (c) {
    case ':': {
      const char* const from = at + 1;
      at = end_of_word(from, end);
      form.kind = EdnForm::Kind::word;
      form.as_written = {from, static_cast<std::size_t>(at - from)};
      return true;
    }
    case '"': return read_text(form);
    case '{': return read_collection(form, EdnForm::Kind::map, '}', depth);
    case '[': return read_collection(form, EdnForm::Kind::sequence, ']', depth);
    case '(': return read_collection(form, EdnForm::Kind::sequence, ')', depth);
    case '}':
    case ']':
    case ')': return refuse("a bracket closes that was not opened");
    case '\\': return read_character(form);
    case '#': return read_dispatch(form, depth);
    default: break;
  }
  const bool sign = (c == '-' || c == '+') && at + 1 != end && is_digit(at[1]);
  return is_digit(c) || sign ? read_number(form) : read_token(form);
}

bool EdnReader::read_text(EdnForm& form) {
  const char* const from = ++at;
  for (; at != end; ++at) {
    if (*at == '"') {
      form.kind = EdnForm::Kind::text;
      form.as_written = {from, static_cast<std::size_t>(at - from)};
      ++at;
      return true;
    }
    if (*at == '\n') ++line_number;
    if (*at != '\\') continue;
    form.has_escapes = true;
    if (++at == end) return false;
    if (*at == '\n') ++line_number;
  }
  return false;
}

bool EdnReader::read_number(EdnForm& form) {
  const char* const from = at;
  at = end_of_word(from, end);
  form.as_written = {from, static_cast<std::size_t>(at - from)};
  const char* const last = at[-1] == 'N' ? at - 1 : at;
  const auto number = std::from_chars(*from == '+' ? from + 1 : from, last, form.number);
  const bool whole = number.ec == std::errc() && number.ptr == last;
  form.kind = whole ? EdnForm::Kind::integer : EdnForm::Kind::other;
  return true;
}

bool EdnReader::read_token(EdnForm& form) {
  const char* const from = at;
  at = end_of_word(from, end);
  if (at == from) return refuse("has a character that begins nothing");
  form.as_written = {from, static_cast<std::size_t>(at - from)};
  form.kind = form.as_written == "nil" ? EdnForm::Kind::nil : EdnForm::Kind::word;
  return true;
}

bool EdnReader::read_character(EdnForm& form) {
  const char* const from = at++;
  if (at == end) return false;
  if (*at == '\n' || *at == ' ' || *at == '\t' || *at == '\r') return refuse("a backslash has no character");
  at = end_of_word(at + 1, end);
  form.kind = EdnForm::Kind::other;
  form.as_written = {from, static_cast<std::size_t>(at - from)};
  return true;
}

// What a # begins: a set, a function, a pattern, a number that is none, or a tag, which says nothing here.
bool EdnReader::read_dispatch(EdnForm& form, int depth) {
  if (++at == end) return false;
  switch (*at) {
    case '{': return read_collection(form, EdnForm::Kind::other, '}', depth);
    case '(': return read_collection(form, EdnForm::Kind::other, ')', depth);
    case '"': return read_text(form);
    case '#': {
      at = end_of_word(at, end);
      form.kind = EdnForm::Kind::other;
      return true;
    }
    default: break;
  }
  if (!read_token(form) || !skip_space(depth)) return false;
  if (at == end) return false;
  return read(form, depth + 1);
}

bool EdnReader::read_collection(EdnForm& form, EdnForm::Kind kind, char closes, int depth) {
  const char* const from = at++;
  EdnForm inner;
  while (true) {
    if (!skip_space(depth)) return false;
    if (at == end) return false;
    if (*at == closes) break;
    if (!read(inner, depth + 1)) return false;
  }
  ++at;
  form.kind = kind;
  form.as_written = {from, static_cast<std::size_t>(at - from)};
  return true;
}

}  // namespace lockstep::models
