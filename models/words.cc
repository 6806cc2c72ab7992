// Names as they stand in sentences.
#include "models/words.h"

#include <fmt/format.h>

namespace lockstep::models {
namespace {

constexpr std::size_t kLongestName = 80;  // of at most 512 bytes; a sentence is one line

}  // namespace

std::string lock_name(const History& history, std::uint32_t lock) {
  if (lock >= history.locks.size()) return fmt::format("lock {}", lock);
  std::string text;
  for (const char c : history.locks[lock]) {
    if (text.size() >= kLongestName) return text + "...";
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '\\') {
      text += fmt::format("\\x{:02x}", byte);
    } else {
      text += c;
    }
  }
  return text;
}

std::string process_name(const History& history, std::uint32_t process) {
  if (process >= history.processes.size()) return fmt::format("process {}", process);
  return history.processes[process].name;
}

std::string client_name(const Facts& facts, std::uint32_t attempt) {
  if (attempt >= facts.attempts.size() || facts.attempts[attempt].client == kNever)
    return fmt::format("attempt {}", attempt);
  return process_name(*facts.history, facts.attempts[attempt].client);
}

std::pair<std::string, std::string> client_names(const Facts& facts, std::uint32_t a, std::uint32_t b) {
  std::string first = client_name(facts, a), second = client_name(facts, b);
  if (first == second) {
    first += fmt::format(" (attempt {})", a);
    second += fmt::format(" (attempt {})", b);
  }
  return {std::move(first), std::move(second)};
}

}  // namespace lockstep::models
