// Reads the source tree as text, for the tests that hold it to the house rules: paths, lines, includes, and
// the code without its comments and literals. A reader of C++ by eye, not a parser: it knows just enough to
// be right on formatted code, and the tests beside it try it on made-up text.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::docs {

struct SourceFile {
  std::string path;  // from the root of the repository: "sim/world.h"
  std::string text;
};

struct Include {
  int line = 0;
  bool quoted = false;  // "sim/world.h" rather than <vector>
  std::string target;
};

// A body at namespace or class level, from its opening to its closing brace.
struct Body {
  int first_line = 0;
  int last_line = 0;
};

inline constexpr std::array kFolders = {"impl", "sim",   "models", "scenarios", "properties",  "reports",
                                        "cli",  "bench", "docs",   "examples",  "virtual_time"};

inline bool is_header(std::string_view path) { return path.ends_with(".h"); }
inline bool is_test(std::string_view path) { return path.ends_with("_test.cc") || path.ends_with("_test.h"); }
inline bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
}

// Every .h and .cc below the folders of the house, in the order of their paths.
inline std::vector<SourceFile> read_sources(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  for (const char* folder : kFolders) {
    if (!std::filesystem::is_directory(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (!entry.is_regular_file() || (extension != ".h" && extension != ".cc")) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      files.push_back({entry.path().lexically_relative(root).generic_string(),
                       std::string(std::istreambuf_iterator<char>(in), {})});
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

inline bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The text with comments and the insides of literals blanked out; every line keeps its number.
inline std::string code_of(std::string_view text) {
  std::string code(text);
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (auto i = from; i < std::min(to, code.size()); ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
    return std::min(to, code.size());
  };
  // From the opening quote at `at` to behind the closing one.
  const auto behind_literal = [&](std::size_t at) {
    auto end = at + 1;
    while (end < text.size() && text[end] != text[at] && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
    return end + 1;
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto rest = text.substr(i);
    if (rest.starts_with("//")) {
      i = blank(i, i + std::min(rest.find('\n'), rest.size()));
    } else if (rest.starts_with("/*")) {
      const auto end = rest.find("*/", 2);
      i = blank(i, end == rest.npos ? text.size() : i + end + 2);
    } else if (rest.starts_with("R\"") && (i == 0 || !is_word(text[i - 1]))) {
      const auto open = rest.find('(');
      const auto close = std::string(")").append(rest.substr(2, open - 2)).append("\"");
      const auto end = rest.find(close, open);
      i = blank(i, end == rest.npos ? text.size() : i + end + close.size());
    } else if (rest[0] == '"' || (rest[0] == '\'' && (i == 0 || !is_word(text[i - 1])))) {
      const auto end = behind_literal(i);
      blank(i + 1, end - 1);
      i = end;
    } else {
      ++i;  // also the ' between the digits of 1'000
    }
  }
  return code;
}

inline std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> includes;
  int number = 0;
  for (auto line : lines_of(file.text)) {
    ++number;
    if (!line.starts_with("#include ")) continue;
    line.remove_prefix(std::string_view("#include ").size());
    const auto end = line.find_first_of("\">", 1);
    if (line.empty() || end == line.npos) continue;
    includes.push_back({number, line[0] == '"', std::string(line.substr(1, end - 1))});
  }
  return includes;
}

// The lines of code that contain `word`, not as a part of a longer name.
inline std::vector<int> lines_with(std::string_view code, std::string_view word) {
  std::vector<int> found;
  int number = 0;
  for (const auto line : lines_of(code)) {
    ++number;
    for (auto at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
      const auto end = at + word.size();
      const bool starts = at == 0 || !is_word(line[at - 1]) || !is_word(word.front());
      const bool ends = end == line.size() || !is_word(line[end]) || !is_word(word.back());
      if (!starts || !ends) continue;
      found.push_back(number);
      break;
    }
  }
  return found;
}

enum class Block { outer, body, initialiser };

// What an opening brace at namespace or class level begins, told by the text since the last declaration.
// Inner initialisers stand in it as "{}".
inline Block block_after(std::string_view head) {
  const auto last = head.find_last_not_of(" \n\t");
  if (last == head.npos || head[last] == ')' || head[last] == '}') return Block::body;
  if (std::string_view("=(,[").contains(head[last])) return Block::initialiser;
  const auto open = head.find('(');
  const auto close = head.find(')');
  if (open == head.npos) {
    for (const auto* word : {"namespace", "class", "struct", "union", "enum", "extern"}) {
      if (!lines_with(head, word).empty()) return Block::outer;
    }
    return Block::initialiser;  // Type name{...}
  }
  if (!lines_with(head.substr(0, open), "alignas").empty()) return Block::outer;
  for (auto at = head.find(':', close); at < head.size(); at = head.find(':', at + 2)) {
    if (head.substr(at, 2) != "::") return Block::initialiser;  // of a member, in a constructor
  }
  return Block::body;
}

// The bodies of functions. A brace that is never closed gives a body with last_line 0.
inline std::vector<Body> bodies_of(std::string_view code) {
  std::vector<Body> bodies;
  std::vector<int> outer;  // lines of the open namespaces and types
  std::string head;
  Block block = Block::outer;
  int first_line = 0;
  int depth = 0;  // open braces of the current body or initialiser
  int number = 0;
  bool continued = false;
  for (const auto line : lines_of(code)) {
    ++number;
    const auto start = line.find_first_not_of(' ');
    const bool directive = continued || (start != line.npos && line[start] == '#');
    continued = directive && line.ends_with('\\');
    if (directive) continue;
    for (const char c : line) {
      if (depth > 0) {
        depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        if (depth > 0) continue;
        if (block == Block::body) bodies.push_back({first_line, number});
        head = block == Block::body ? "" : head + "{}";
      } else if (c == '{') {
        block = block_after(head);
        first_line = number;
        if (block == Block::outer) {
          outer.push_back(number);
          head.clear();
        } else {
          depth = 1;
        }
      } else if (c == '}' || c == ';') {
        if (c == '}' && !outer.empty()) outer.pop_back();
        head.clear();
      } else {
        head += c;
      }
    }
    head += ' ';
  }
  if (depth > 0) bodies.push_back({first_line, 0});
  if (!outer.empty()) bodies.push_back({outer.back(), 0});
  return bodies;
}

}  // namespace lockstep::docs
