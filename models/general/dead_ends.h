// What the search remembers: configurations from which nothing leads on, and the states that occur in them. Whatever
// has equal hashes is compared in full, so that no collision can make a verdict wrong. Source: Lowe 2017
// (configurations that were seen need not be seen again).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "models/general/specification.h"

namespace lockstep::general {

// Things that stand elsewhere, numbered as they come from 0, found again by their hash. Open addressing, at most half
// full.
class HashIndex {
 public:
  // The thing with that hash for which same(number) is true; kNone if there is none.
  template <class Same>
  std::uint32_t find(std::uint64_t hash, const Same& same) const {
    if (slots_.empty()) return kNone;
    for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      const std::uint32_t number = slots_[at];
      if (number == kNone || (hashes_[number] == hash && same(number))) return number;
    }
  }
  // The next thing, which must not be there yet. At most kNone - 1 of them.
  void add(std::uint64_t hash);

  std::size_t size() const { return hashes_.size(); }
  std::size_t bytes() const {
    return slots_.capacity() * sizeof(std::uint32_t) + hashes_.capacity() * sizeof(std::uint64_t);
  }

 private:
  void put(std::uint32_t number);

  std::vector<std::uint32_t> slots_;
  std::vector<std::uint64_t> hashes_;
};

// The states of a specification, by number: by hash if it has one, else in their order.
template <Specification S>
class StateNumbers {
 public:
  using State = typename S::State;
  explicit StateNumbers(const S& spec) : spec_(spec) {}

  // kNone: it was never added.
  std::uint32_t find(const State& state) const {
    if constexpr (Hashed<S>)
      return index_.find(spread(state), [&](std::uint32_t n) { return states_[n] == state; });
    else
      return find_in_order(state);
  }

  std::uint32_t add(const State& state) {
    if (const std::uint32_t known = find(state); known != kNone) return known;
    const auto number = static_cast<std::uint32_t>(states_.size() + ordered_.size());
    if constexpr (Hashed<S>) {
      index_.add(spread(state));
      states_.push_back(state);
      measure(states_.back());
    } else {
      measure(ordered_.emplace(state, number).first->first);
    }
    return number;
  }

  std::size_t bytes() const {
    constexpr std::size_t kLinks = 4 * sizeof(void*);  // of a node of std::map
    return index_.bytes() + states_.capacity() * sizeof(State) + ordered_.size() * (sizeof(State) + 8 + kLinks) +
           elsewhere_;
  }

 private:
  struct Before {
    bool operator()(const State& a, const State& b) const {
      if constexpr (Hashed<S>)
        return false;
      else
        return a < b;
    }
  };

  void measure(const State& kept) {
    if constexpr (Measured<S>) elsewhere_ += spec_.bytes(kept);
  }
  std::uint64_t spread(const State& state) const {
    if constexpr (Hashed<S>) return mix(0, spec_.hash(state));  // whoever made the hash need not have cared
    return 0;
  }
  std::uint32_t find_in_order(const State& state) const {
    const auto at = ordered_.find(state);
    return at == ordered_.end() ? kNone : at->second;
  }

  const S& spec_;
  HashIndex index_;
  std::vector<State> states_;
  std::map<State, std::uint32_t, Before> ordered_;
  std::size_t elsewhere_ = 0;
};

// A configuration says which calls have been placed, and the state after them. Everybody who returned before the first
// return that was not passed has been placed, and nobody who was invoked after it: so the number of returns passed and
// a bit for each call that is open there say it all, however long the log is.
struct Configuration {
  std::uint32_t passed = 0;  // returns
  std::uint32_t state = 0;   // its number
  std::span<const std::uint64_t> open;
  std::uint64_t hash = 0;
};

class DeadEnds {
 public:
  // `words`: of Configuration::open.
  explicit DeadEnds(std::size_t words) : words_(words) {}

  bool contains(const Configuration& c) const {
    return index_.find(c.hash, [&](std::uint32_t n) { return is(n, c); }) != kNone;
  }
  // Must not be there yet.
  void add(const Configuration& c);

  std::size_t size() const { return index_.size(); }
  std::size_t bytes() const { return index_.bytes() + keys_.capacity() * sizeof(std::uint64_t); }

 private:
  static std::uint64_t head(const Configuration& c) { return std::uint64_t{c.passed} << 32 | c.state; }
  bool is(std::uint32_t number, const Configuration& c) const {
    const std::uint64_t* key = &keys_[number * (words_ + 1)];
    return *key == head(c) && std::equal(c.open.begin(), c.open.end(), key + 1);
  }

  std::size_t words_;
  HashIndex index_;
  std::vector<std::uint64_t> keys_;
};

}  // namespace lockstep::general
