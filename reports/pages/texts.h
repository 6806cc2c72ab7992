// Words that recur, each once: rows of a document hold places in the list of them.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep::reports {

class Texts {
 public:
  std::uint32_t operator()(const std::string& text) {
    const auto [found, added] = places_.emplace(text, static_cast<std::uint32_t>(all_.size()));
    if (added) all_.push_back(text);
    return found->second;
  }
  std::vector<std::string> take() { return std::move(all_); }

 private:
  std::unordered_map<std::string, std::uint32_t> places_;
  std::vector<std::string> all_;
};

}  // namespace lockstep::reports
