// A backslash is enough for markup. What GitHub looks for in the text that comes out, mentions, numbers of issues and
// addresses, is torn apart by a comment that shows nothing.
#include "reports/markdown.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

constexpr std::string_view kNothing = "<!-- -->";

// Backticks, more of them than stand side by side in `text`.
std::string fence_for(std::string_view text, std::size_t least) {
  std::size_t longest = 0, here = 0;
  for (const char c : text) {
    here = c == '`' ? here + 1 : 0;
    longest = std::max(longest, here);
  }
  return std::string(std::max(least, longest + 1), '`');
}

}  // namespace

std::string markdown_text(std::string_view text) {
  const std::string shown = printable(text);
  std::string out;
  for (std::size_t at = 0; at < shown.size(); ++at) {
    const char c = shown[at];
    if (std::string_view("\\`*_{}[]<>|~&$").find(c) != std::string_view::npos) out += '\\';
    out += c;
    if (c == '@' || c == '#' || (c == ':' && shown.compare(at, 3, "://") == 0)) out += kNothing;
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  const std::string shown = printable(text), fence = fence_for(shown, 1);
  const bool touches = shown.empty() || shown.front() == '`' || shown.back() == '`';
  return touches ? fmt::format("{0} {1} {0}", fence, shown) : fmt::format("{0}{1}{0}", fence, shown);
}

std::string markdown_shell(std::string_view lines) {
  std::string shown;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    shown += printable(lines.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  const std::string fence = fence_for(shown, 3);
  return fmt::format("\n{0}sh\n{1}{0}\n\n", fence, shown);
}

std::string markdown_folded(std::string_view summary, std::string_view inner) {
  return fmt::format("<details><summary>{}</summary>\n\n{}\n</details>\n", summary, inner);
}

}  // namespace lockstep::reports
