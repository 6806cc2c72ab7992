// How text is set: width, colour, and the small words all reports share: grouped numbers, plurals, wrapped
// sentences, times for people, the line to paste. Whatever goes in, no control character goes out; colour only when
// asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::reports {

struct TextStyle {
  bool colour = false;
  int width = 100;  // of the terminal
};

// 80 or more: pictures and tables need that. Sentences do with 40.
std::size_t width_of(const TextStyle& style);

enum class Tone : std::uint8_t { plain, good, bad, doubtful, quiet, fault, heading };
// The text in its tone when the style has colour, and the text itself when not. Widths are to be measured before.
std::string paint(std::string_view text, Tone tone, const TextStyle& style);

// Each line of `lines` in a tone, its indentation and line break left alone.
std::string painted(const std::string& lines, Tone tone, const TextStyle& style);

// "10 000".
std::string grouped(std::uint64_t number);
// "1 run", "10 000 runs".
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);
// "S1, S2 and L4".
std::string listed(const std::vector<std::string>& parts);
// "3 h 7 min", "2 min 5 s", "12.3 s", "480 ms". Rounded: for rates and spans, never for instants of a run.
std::string rough_time(double seconds);

// UTF-8 as it is, but each byte as \xNN of what is none, controls a terminal, or turns the direction of a line; line
// breaks as blanks.
std::string printable(std::string_view text);
// Likewise, and each byte of what is not ASCII too: for pictures, in which a byte is a column.
std::string printable_ascii(std::string_view text);
// `text` or, with dots, as many of its characters as fit. Of UTF-8 it counts characters, not bytes.
std::string shortened(std::string_view text, std::size_t most);
// `text` broken at blanks so that no line is longer than the width, each line after `indent` blanks and with a line
// break at its end. A word longer than a line stays whole, and a number stays
// with its groups, its unit and the word before it.
std::string wrapped(std::string_view text, std::size_t indent, const TextStyle& style);
// The last column of a table: `text` wrapped behind `head`, which takes `width` columns, colours not counted.
std::string hanging(std::string_view head, std::size_t width, std::string_view text, const TextStyle& style);
// Blanks behind, or before, up to `width` characters.
std::string left(std::string_view text, std::size_t width);
std::string right(std::string_view text, std::size_t width);

// How the program is called in lines to be pasted: "./lockstep" unless somebody else sets it.
std::string& called_as();
// In quotes, so that a shell takes it as it is; and, for one word, only if it has to be.
std::string in_shell_quotes(std::string_view text);
std::string shell_word(std::string_view text);
// "./lockstep replay FILE", with FILE quoted for a shell when it has to be.
std::string replay_line(std::string_view file);
// 16 hex digits.
std::string hex(std::uint64_t hash);

}  // namespace lockstep::reports
