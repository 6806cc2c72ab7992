// Words that recur, each once: rows of a document hold places in the list of them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <utility>

namespace lockstep::reports {

class Texts {
 public:
  std::uint32_t operator()(const std::string& text) {
    const auto [found, added] = places_.emplace(text, static_cast<std::uint32_t>(places_.size()));
    if (added) all_.push_back(text);
    return found->second;
  }
  nlohmann::ordered_json take() { return std::move(all_); }

 private:
  std::unordered_map<std::string, std::uint32_t> places_;
  nlohmann::ordered_json all_ = nlohmann::ordered_json::array();
};

}  // namespace lockstep::reports
