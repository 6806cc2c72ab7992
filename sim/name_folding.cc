// Accented letters are taken apart (NFD), because the bare letter then folds as ASCII does.
#include "sim/name_folding.h"

namespace lockstep::sim {
namespace {

// For U+00C0 to U+00FF: the bare letter, and the last byte of its combining accent, which begins with 0xcc. A dot
// stands for a letter without an accent.
constexpr std::string_view kLetters = "AAAAAA.CEEEEIIII.NOOOOO..UUUUY..aaaaaa.ceeeeiiii.nooooo..uuuuy.y";
constexpr std::string_view kAccents =
    "\x80\x81\x82\x83\x88\x8a.\xa7\x80\x81\x82\x88\x80\x81\x82\x88.\x83\x80\x81\x82\x83\x88..\x80\x81\x82\x88\x81.."
    "\x80\x81\x82\x83\x88\x8a.\xa7\x80\x81\x82\x88\x80\x81\x82\x88.\x83\x80\x81\x82\x83\x88..\x80\x81\x82\x88\x81.\x88";
static_assert(kLetters.size() == 64 && kAccents.size() == 64);

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string folded(std::string_view name, NameFolding folding) {
  std::string out;
  if (folding == NameFolding::none) return out = name;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool latin = name[i] == '\xc3' && i + 1 < name.size() && (name[i + 1] & '\xc0') == '\x80';
    const auto place = latin ? static_cast<std::size_t>(name[i + 1] & '\x3f') : 0;
    if (folding == NameFolding::composition && latin && kLetters[place] != '.') {
      out += {lower(kLetters[place]), '\xcc', kAccents[place]};
      ++i;
    } else {
      out += lower(name[i]);
    }
  }
  return out;
}

}  // namespace lockstep::sim
