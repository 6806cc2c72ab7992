// Tells whether an order explains a log, going through it once, and whether any order does, by trying all of them.
// Written without the search, and kept simple. For tests only.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/general/specification.h"

namespace lockstep::general {

template <class S>
using Calls = std::vector<Call<typename S::Operation>>;

template <class S>
std::vector<typename S::State> after(const S& spec, const std::vector<typename S::State>& states,
                                     const typename S::Operation& op) {
  std::vector<typename S::State> next;
  for (auto state : states) {
    if constexpr (Deterministic<S>) {
      if (spec.step(state, op)) next.push_back(std::move(state));
    } else {
      for (auto& each : spec.steps(std::as_const(state), op)) next.push_back(std::move(each));
    }
  }
  return next;
}

// What is wrong with the order; empty if it explains the log. Of a prefix only what is in it is asked.
template <class S>
std::string wrong_with(const S& spec, const Calls<S>& calls, const std::vector<std::uint32_t>& order,
                       bool whole = true) {
  std::vector<bool> placed(calls.size());
  std::vector<typename S::State> states{spec.initial()};
  for (const std::uint32_t i : order) {
    if (i >= calls.size() || placed[i]) return fmt::format("{} is no call, or comes twice", i);
    placed[i] = true;
    for (std::uint32_t j = 0; j < calls.size(); ++j)
      if (!placed[j] && calls[j].returned < calls[i].invoked) return fmt::format("{} comes after {}", j, i);
    states = after(spec, states, calls[i].operation);
    if (states.empty()) return fmt::format("{} cannot have been answered like that", i);
  }
  for (std::uint32_t i = 0; whole && i < calls.size(); ++i)
    if (!placed[i] && calls[i].returned != kNever) return fmt::format("{} is not in it", i);
  return "";
}

template <class S>
bool some_order_explains(const S& spec, const Calls<S>& calls, const std::vector<typename S::State>& states,
                         std::uint32_t placed = 0) {
  if (states.empty()) return false;
  Instant before = kNever;
  for (std::uint32_t i = 0; i < calls.size(); ++i)
    if ((placed >> i & 1) == 0) before = std::min(before, calls[i].returned);
  if (before == kNever) return true;
  for (std::uint32_t i = 0; i < calls.size(); ++i)
    if ((placed >> i & 1) == 0 && calls[i].invoked <= before &&
        some_order_explains(spec, calls, after(spec, states, calls[i].operation), placed | 1u << i))
      return true;
  return false;
}

}  // namespace lockstep::general
