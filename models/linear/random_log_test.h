// Small random logs of one lock, legal ones and such with a lie or two in them. For tests only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <vector>

#include "models/dice_test.h"
#include "models/linear/log.h"

namespace lockstep::linear {

struct LogRecipe {
  enum class Kind : std::uint8_t { mutex, readers_writers, unit_permits, permits } kind{};
  std::uint32_t clients = 3, operations = 10;
  std::uint32_t unknown = 0;  // of a hundred
  std::uint32_t inspections = 0;
  std::uint32_t breaks = 0;
  bool leases = false;
  bool from_asking = false;  // Log::leases_from_asking
  bool retries = false;      // attempts that are tried again, refusals with names, and with those in line
  bool downgrades = false;
  bool tokens = false;
  std::uint32_t lies = 0;
};

// Of any sort but for leases, 1 to 14 operations of 2 to 5 clients, without lies.
inline LogRecipe random_recipe(LogRecipe::Kind kind, models::Dice& dice) {
  LogRecipe recipe{.kind = kind};
  recipe.clients = 2 + static_cast<std::uint32_t>(dice.below(4));
  recipe.operations = 1 + static_cast<std::uint32_t>(dice.below(14));
  recipe.unknown = dice.chance(50) ? 0 : static_cast<std::uint32_t>(dice.below(61));
  recipe.inspections = dice.chance(60) ? 0 : 20;
  recipe.tokens = dice.chance(40);
  recipe.breaks = dice.chance(70) ? 0 : 15;
  recipe.retries = dice.chance(40);
  recipe.downgrades = dice.chance(40);
  return recipe;
}

// LOCKSTEP_COMPARISONS in the environment: how many logs all of them together compare.
inline std::uint64_t comparisons() {
  const char* asked = std::getenv("LOCKSTEP_COMPARISONS");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 100'000;
}

// What a real lock answers at random instants, wrapped in random intervals; then the lies.
class RandomLog {
 public:
  RandomLog(const LogRecipe& recipe, models::Dice& dice) : recipe_(recipe), dice_(dice) {
    using enum LogRecipe::Kind;
    capacity_ = recipe.kind == mutex || recipe.kind == readers_writers ? 0 : 2 + dice.below(3);
    log_.locks.push_back({.name = "L", .capacity = capacity_});
    log_.leases_from_asking = recipe.from_asking;
  }

  Log make() && {
    std::vector<Client> clients(recipe_.clients);
    for (Client& c : clients) plan(c, 0);
    for (std::uint32_t i = 0; i < recipe_.operations; ++i) {
      auto& c = *std::ranges::min_element(clients, {}, &Client::point);
      happen(c);
      plan(c, c.returned + static_cast<Instant>(dice_.below(2)));
    }
    for (std::uint32_t i = 0; i < recipe_.lies; ++i) lie();
    put_in_order(log_);
    return std::move(log_);
  }

 private:
  struct Client {
    Instant invoked = 0, point = 0, returned = 0;
    std::vector<std::uint32_t> mine;    // attempts that it may ask about
    std::vector<Operation> unfinished;  // that it may try again
  };

  void plan(Client& c, Instant from) {
    c.invoked = from + static_cast<Instant>(dice_.below(3));
    c.point = c.invoked + static_cast<Instant>(dice_.below(4));
    c.returned = c.point + static_cast<Instant>(dice_.below(4));
  }

  std::uint64_t weight(const Operation& op) const {
    return op.mode == Mode::exclusive ? 1'000 : op.mode == Mode::shared ? 1 : op.permits;
  }
  bool held(std::uint32_t hold) const { return std::ranges::find(holders_, hold) != holders_.end(); }

  void happen(Client& c) {
    Operation op{.invoked = c.invoked, .returned = c.returned};
    std::erase_if(holders_, [&](std::uint32_t h) { return ends_.contains(h) && ends_[h] <= c.point; });
    std::erase_if(lowered_, [&](std::uint32_t h) { return !held(h); });
    const bool lost = dice_.chance(recipe_.unknown);
    const bool takes_effect = !lost || dice_.chance(50);
    if (dice_.chance(recipe_.inspections)) {
      op.action = Action::inspect;
      op.answer = Answer::yes;
      if (!holders_.empty()) op.hold = holders_[dice_.below(holders_.size())];
    } else if (dice_.chance(recipe_.breaks)) {
      op.action = Action::break_all;
      op.answer = Answer::yes;
      if (takes_effect) holders_.clear();
    } else if (!c.mine.empty() && (recipe_.leases || recipe_.downgrades) && dice_.chance(30)) {
      op.action = Action::renew;
      op.hold = c.mine[dice_.below(c.mine.size())];
      op.answer = held(op.hold) ? Answer::yes : Answer::no;
      op.ttl = 1 + static_cast<Instant>(dice_.below(8));
      if (takes_effect && held(op.hold)) lives_until(op.hold, c.point + op.ttl);
      if (recipe_.downgrades && recipe_.kind == LogRecipe::Kind::readers_writers && dice_.chance(70)) {
        op.mode = Mode::shared;
        if (takes_effect && held(op.hold)) lowered_.push_back(op.hold);
      }
    } else if (!c.mine.empty() && dice_.chance(60)) {
      op.action = Action::release;
      op.hold = c.mine[dice_.below(c.mine.size())];
      op.answer = held(op.hold) ? Answer::yes : Answer::no;
      if (op.answer == Answer::no && ended(op.hold) && dice_.chance(50)) op.answer = Answer::yes;
      if (takes_effect) std::erase(holders_, op.hold);
      if (!lost && dice_.chance(80)) std::erase(c.mine, op.hold);
    } else {
      acquire(c, op, takes_effect, lost);
    }
    if (lost) op.answer = Answer::unknown, op.returned = kNever, op.token = 0;
    log_.operations.push_back(op);
  }

  void lives_until(std::uint32_t hold, Instant at) {
    if (!recipe_.leases) return;
    at += static_cast<Instant>(dice_.below(3));
    if (!ends_.contains(hold) || ends_[hold] < at) ends_[hold] = at;
  }

  bool ended(std::uint32_t hold) const { return std::ranges::find(granted_, hold) != granted_.end() && !held(hold); }

  void acquire(Client& c, Operation& op, bool takes_effect, bool lost) {
    if (recipe_.retries && !c.unfinished.empty() && dice_.chance(60)) return retry(c, op, takes_effect, lost);
    op.action = Action::acquire;
    op.hold = log_.holds++;
    if (recipe_.kind == LogRecipe::Kind::readers_writers && dice_.chance(60)) op.mode = Mode::shared;
    if (capacity_ != 0) {
      op.mode = Mode::permits;
      if (recipe_.kind == LogRecipe::Kind::permits)
        op.permits = 1 + static_cast<std::uint32_t>(dice_.below(capacity_ + 1));
    }
    if (recipe_.leases && dice_.chance(90)) op.ttl = 1 + static_cast<Instant>(dice_.below(8));
    decide(c, op, takes_effect, lost);
  }

  // Told again what is so, or tried again.
  void retry(Client& c, Operation& op, bool takes_effect, bool lost) {
    const auto at = c.unfinished.begin() + static_cast<std::ptrdiff_t>(dice_.below(c.unfinished.size()));
    const Operation before = *at;
    c.unfinished.erase(at);
    op.action = Action::acquire;
    op.hold = before.hold, op.mode = before.mode, op.permits = before.permits, op.ttl = before.ttl;
    const auto granted = std::ranges::find(granted_, op.hold);
    if (granted == granted_.end()) return decide(c, op, takes_effect, lost);
    op.answer = held(op.hold) || dice_.chance(50) ? Answer::yes : Answer::no;
    if (!lost && op.answer == Answer::no && dice_.chance(30))
      op.named = static_cast<std::uint32_t>(dice_.below(log_.holds));
    if (!lost && op.answer == Answer::yes && recipe_.tokens) op.token = tokens_[op.hold];
    if (lost) c.unfinished.push_back(op);
    if (dice_.chance(50) && std::ranges::find(c.mine, op.hold) == c.mine.end()) c.mine.push_back(op.hold);
  }

  void decide(Client& c, Operation& op, bool takes_effect, bool lost) {
    std::uint64_t taken = weight(op);
    for (const std::uint32_t h : holders_) {
      const auto acquired = std::ranges::find_if(
          log_.operations, [&](const Operation& other) { return other.action == Action::acquire && other.hold == h; });
      const bool reads = std::ranges::find(lowered_, h) != lowered_.end();
      taken += acquired == log_.operations.end() || reads ? 1 : weight(*acquired);
    }
    const std::uint64_t most = capacity_ == 0 ? 1'000 : capacity_;
    if (recipe_.retries && capacity_ != 0 && dice_.chance(15)) op.in_line = 1;
    op.answer = taken + op.in_line <= most ? Answer::yes : dice_.chance(15) ? Answer::nothing : Answer::no;
    if (op.answer != Answer::no) op.in_line = 0;
    if (recipe_.retries && op.answer == Answer::no && !holders_.empty() && dice_.chance(30))
      op.named = holders_[dice_.below(holders_.size())];
    if (lost) op.in_line = 0, op.named = kNone;
    if (op.answer == Answer::yes && takes_effect) {
      ++token_;
      if (recipe_.tokens && dice_.chance(80)) op.token = token_;
      tokens_[op.hold] = op.token;
      holders_.push_back(op.hold);
      granted_.push_back(op.hold);
      if (op.ttl != 0) lives_until(op.hold, (recipe_.from_asking ? c.invoked : c.point) + op.ttl);
    }
    if ((op.answer == Answer::yes || lost) && dice_.chance(95)) c.mine.push_back(op.hold);
    if (recipe_.retries && (lost || op.answer == Answer::no)) c.unfinished.push_back(op);
  }

  void lie() {
    Operation& op = log_.operations[dice_.below(log_.operations.size())];
    const auto shift = static_cast<Instant>(dice_.below(9)) - 4;
    switch (dice_.below(5)) {
      case 0:
        if (op.returned != kNever) op.returned = std::max(op.invoked, op.returned + shift);
        break;
      case 1: op.invoked = std::min(op.returned, op.invoked + shift); break;
      case 2:
        if (op.action == Action::inspect && log_.holds > 0)
          op.hold = dice_.chance(30) ? kNone : static_cast<std::uint32_t>(dice_.below(log_.holds));
        break;
      case 3:
        if (op.answer == Answer::yes && op.action != Action::inspect && op.action != Action::break_all)
          op.answer = Answer::no, op.token = 0;
        else if (op.answer == Answer::no)
          op.answer = Answer::yes;
        if (op.action == Action::break_all) op.answer = Answer::yes;
        break;
      default:
        if (op.token != 0) op.token += dice_.chance(50) ? 1 : 2;
        break;
    }
  }

  LogRecipe recipe_;
  models::Dice& dice_;
  Log log_;
  std::uint64_t capacity_ = 0, token_ = 0;
  std::vector<std::uint32_t> holders_, granted_, lowered_;
  std::map<std::uint32_t, std::uint64_t> tokens_;  // of those granted
  std::map<std::uint32_t, Instant> ends_;
};

}  // namespace lockstep::linear
