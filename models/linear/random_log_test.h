// Small random logs of one lock, legal ones and such with a lie or two in them. For tests only.
#pragma once

#include <algorithm>
#include <cstdint>
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
  bool tokens = false;
  std::uint32_t lies = 0;
};

// What a real lock answers at random instants, wrapped in random intervals; then the lies.
class RandomLog {
 public:
  RandomLog(const LogRecipe& recipe, models::Dice& dice) : recipe_(recipe), dice_(dice) {
    using enum LogRecipe::Kind;
    capacity_ = recipe.kind == mutex || recipe.kind == readers_writers ? 0 : 2 + dice.below(3);
    log_.locks.push_back({.name = "L", .capacity = capacity_});
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
    std::vector<std::uint32_t> mine;  // attempts that it may ask about
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
    } else if (!c.mine.empty() && recipe_.leases && dice_.chance(30)) {
      op.action = Action::renew;
      op.hold = c.mine[dice_.below(c.mine.size())];
      op.answer = held(op.hold) ? Answer::yes : Answer::no;
      op.ttl = 1 + static_cast<Instant>(dice_.below(8));
      if (takes_effect && held(op.hold)) lives_until(op.hold, c.point + op.ttl);
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
    at += static_cast<Instant>(dice_.below(3));
    if (!ends_.contains(hold) || ends_[hold] < at) ends_[hold] = at;
  }

  bool ended(std::uint32_t hold) const { return std::ranges::find(granted_, hold) != granted_.end() && !held(hold); }

  void acquire(Client& c, Operation& op, bool takes_effect, bool lost) {
    op.action = Action::acquire;
    op.hold = log_.holds++;
    if (recipe_.kind == LogRecipe::Kind::readers_writers && dice_.chance(60)) op.mode = Mode::shared;
    if (capacity_ != 0) {
      op.mode = Mode::permits;
      if (recipe_.kind == LogRecipe::Kind::permits)
        op.permits = 1 + static_cast<std::uint32_t>(dice_.below(capacity_ + 1));
    }
    if (recipe_.leases && dice_.chance(90)) op.ttl = 1 + static_cast<Instant>(dice_.below(8));
    std::uint64_t taken = weight(op);
    for (const std::uint32_t h : holders_)
      for (const Operation& other : log_.operations)
        if (other.action == Action::acquire && other.hold == h) taken += weight(other);
    const std::uint64_t most = capacity_ == 0 ? 1'000 : capacity_;
    op.answer = taken <= most ? Answer::yes : dice_.chance(15) ? Answer::nothing : Answer::no;
    if (op.answer == Answer::yes && takes_effect) {
      ++token_;
      if (recipe_.tokens && dice_.chance(80)) op.token = token_;
      holders_.push_back(op.hold);
      granted_.push_back(op.hold);
      if (op.ttl != 0) lives_until(op.hold, c.point + op.ttl);
    }
    if ((op.answer == Answer::yes || lost) && dice_.chance(95)) c.mine.push_back(op.hold);
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
  std::vector<std::uint32_t> holders_, granted_;
  std::map<std::uint32_t, Instant> ends_;
};

}  // namespace lockstep::linear
