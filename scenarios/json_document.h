// Text to a JSON tree, with full suspicion: UTF-8 only, no field twice, no fractions, nothing behind the end, and
// bounds on size, depth and length, so that whoever reads the tree need not think of hostile text.
#pragma once

#include <cstddef>
#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace lockstep::scenarios {

inline constexpr std::size_t kLongestDocument = 16u << 20;  // bytes
inline constexpr std::size_t kDeepestDocument = 8;
inline constexpr std::size_t kLongestList = 100'000;

// Errors: one line, "line 12, column 7: ..." or "steps[3].ttl: ...".
std::expected<nlohmann::json, std::string> parse_document(std::string_view text);

// `ttl`, or in quotes when it is no plain word.
std::string field_text(std::string_view name);

}  // namespace lockstep::scenarios
