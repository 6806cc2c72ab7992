// One lock's judge: sweeps its events as they come, and words what it finds wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/linear/holds.h"
#include "models/linear/judge.h"
#include "models/linear/log.h"
#include "models/linear/renumbering.h"
#include "models/linear/sweep.h"
#include "models/linear/witness.h"

namespace lockstep::linear {

class LockJudge {
 public:
  // `log` and `holds`, which are of all its locks, must outlive it.
  LockJudge(const Log& log, const Holds& holds, std::uint32_t lock, LockShape shape, const SweepBudget& budget)
      : log_(log), holds_(holds), sweep_(log, holds, lock, std::move(shape), budget) {
    judgement_.lock = lock;
  }

  // Before the first event, if the witness is wanted.
  void keep_steps() {
    sweep_.keep_steps();
    keeps_operations_ = true;
  }
  // After the last one.
  std::optional<Witness> witness() const {
    if (decided()) return std::nullopt;
    return witness_of(log_, holds_, sweep_, judgement_.lock, operations_);
  }

  Outcome outcome() const { return judgement_.outcome; }
  bool decided() const { return judgement_.outcome != Outcome::ok; }
  // The next event of the log, one of this lock. Not after it is decided.
  void take(std::uint32_t event);
  Judgement judgement() const;
  const std::vector<std::uint32_t>& evidence() const { return judgement_.evidence; }
  Sweep& sweep() { return sweep_; }

  // Of a log that grows: what it still needs, and its new numbers.
  void keep(Renumbering& kept) const;
  void renumber(const Renumbering& to);

 private:
  const Operation& op(std::uint32_t o) const { return log_.operations[o]; }
  std::string name(const Operation& op) const;
  std::string lock_name() const { return log_.locks[judgement_.lock].name; }
  void fail(std::uint32_t o);
  void violation(std::string shape, std::vector<std::uint32_t> evidence, std::string sentence);
  // Nothing plainer is wrong with it: what is known of its own attempt, and of those in its way.
  void no_order(std::uint32_t o);
  std::string shape_of(const Operation& x) const;
  std::string told(const Operation& x) const;
  // In words; each adds to the evidence what it tells of.
  std::string surely_held(std::uint32_t h, const Operation& x, std::vector<std::uint32_t>& evidence) const;
  std::string why_not_held(std::uint32_t h, const Operation& x, std::vector<std::uint32_t>& evidence) const;
  std::string in_its_way(const Operation& x, std::vector<std::uint32_t>& evidence) const;
  bool token_is_wrong(std::uint32_t o);
  void tokens(std::string shape, std::uint32_t first, std::uint32_t second);
  bool excludes(const Operation& a, const Operation& b) const;
  Instant sure_until(const Operation& grant) const;
  bool too_many_hold(std::uint32_t o);
  bool was_free(std::uint32_t o);
  bool wrongly_named(std::uint32_t o);
  bool had_room(std::uint32_t o);

  const Log& log_;
  const Holds& holds_;
  Sweep sweep_;
  Judgement judgement_;
  std::vector<std::uint32_t> grants_;  // that have returned
  std::vector<std::uint32_t> breaks_;  // asked for
  bool keeps_operations_ = false;
  std::vector<std::uint32_t> operations_;  // all of the lock, for the witness
};

}  // namespace lockstep::linear
