// Any text inside Markdown, as GitHub shows it: nothing in it becomes markup, a mention of somebody, or a link.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::reports {

// GitHub takes no longer comment. It counts characters; so many bytes are never more of them.
inline constexpr std::size_t kLongestComment = 65'536;

// In a paragraph or in a cell of a table; on one line.
std::string markdown_text(std::string_view text);
// A code span, for one line outside of tables.
std::string markdown_code(std::string_view text);
// A code block of lines for a shell, between empty lines.
std::string markdown_shell(std::string_view lines);
// What is shown once it is asked for. `summary` is words of ours, which are taken as they are; `inner` is Markdown.
std::string markdown_folded(std::string_view summary, std::string_view inner);

}  // namespace lockstep::reports
