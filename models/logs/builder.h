// Makes a linear::Log of the events of somebody's log, in whatever form they were written: pairs each answer with what
// it answers, and gives attempts and locks their numbers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/linear/log.h"
#include "models/linear/renumbering.h"

namespace lockstep::models {

// One line of a log, as far as it is understood. Text points into what was read.
struct LogEvent {
  enum class Type : std::uint8_t { invoke, ok, fail, info, other };
  enum class Op : std::uint8_t { try_lock, lock, unlock, renew, break_lock, other };
  Type type = Type::other;
  Op op = Op::other;
  std::int64_t process = linear::kNoNumber;  // who asks; it has to be told
  std::string_view process_text;             // or its name
  bool no_client = false;                    // like Jepsen's nemesis
  std::string_view lock;                     // an answer may leave it out
  // Which attempt: a number, or a text. Without either it is the last one that the owner, or else the process, made.
  std::optional<std::int64_t> sid;
  std::string_view sid_text;
  std::optional<std::int64_t> owner;
  std::string_view owner_text;
  std::string_view type_text, op_text;  // as they are written
  std::uint64_t token = 0;
  std::optional<linear::Instant> time;  // nanoseconds; if no event tells one, they are a nanosecond apart
  linear::Instant place = 0;            // among the events, if that is not its line
  linear::Mode mode{};
  bool mode_told = false;
  std::uint32_t permits = 1;
  std::uint64_t capacity = 0;
  linear::Instant ttl = 0;  // how long a lease lasts at least; 0: it does not end by itself
  std::string_view reason;
  // Of a refusal: others stood in line before it, so that it says nothing of who held; or only so many permits of them.
  bool in_line = false;
  std::uint32_t behind = 0;
  // Of an event that is none of a client's: what struck, in words; empty: nothing did. models/logs/faults.h finds them.
  std::string fault;
  // `changes`: ends it if it lasts, and begins it if not.
  enum class Phase : std::uint8_t { once, begins, ends, changes } phase{};
  linear::Instant fault_until = linear::kNever;  // Phase::once: when it is over; kNever: at once
};

// What the log does not tell.
struct LogRules {
  // What `:value` in a log of Jepsen's stands for, beyond a map of fields and a pair of a lock's name and more.
  enum class Value : std::uint8_t {
    fields,
    token,    // a number with which an acquisition is granted is its fencing token
    lock,     // a number or a word is the name of the lock
    nothing,  // not even maps and pairs are looked at
  };
  std::uint64_t capacity = 0;       // of locks whose events tell none; 0: mutexes, or locks of readers and writers
  linear::Instant ttl = 0;          // of grants whose events tell none; 0: they do not end by themselves
  std::int64_t drift_ppb = 0;       // a clock may run so much faster, so that leases end earlier
  bool leases_from_asking = false;  // or else from when they take effect
  bool cut = false;                 // it does not begin at the beginning: cut.h
  bool fair = false;                // who waits is not passed by who does not: line.h
  bool grows = false;               // it is judged while it grows, so that no line may be earlier than one before it
  // Names of operations that this log has, before those that every log may have.
  std::vector<std::pair<std::string, LogEvent::Op>> ops;
  Value value = Value::fields;
};

// The words that logs of every form share. What is none of them is `other`, or nothing.
LogEvent::Type type_of(std::string_view word);
LogEvent::Op op_of(std::string_view word, const LogRules& rules);
std::optional<linear::Mode> mode_of(std::string_view word);
// What a reason to fail says: how the lock stood, as none does too; or, like a lost connection, nothing of that.
enum class ReasonKind : std::uint8_t { of_the_lock, of_something_else, unknown };
ReasonKind reason_of(std::string_view word);

// "; it may be ..." of the value that a field may have, by the field's name in any form; empty for one that is not
// known.
std::string what_it_may_be(std::string_view field);

// Bounds within which sums of times, and of permits, stay what they are.
inline constexpr linear::Instant kLongestTtl = 1'000'000'000'000'000'000;  // 31 years
inline constexpr linear::Instant kLatest = 4 * kLongestTtl;                // and as much before zero
inline constexpr std::uint64_t kMostPermits = 0xffff'ffff;

class LogBuilder {
 public:
  explicit LogBuilder(const LogRules& rules = {}) : rules_(rules) {
    log_.leases_from_asking = rules.leases_from_asking;
  }

  // Says what is wrong with the event, in words. `line` counts from 1.
  std::optional<std::string> add(const LogEvent& event, std::uint32_t line);

  // How many events were of other kinds: faults, beliefs, writes.
  std::uint64_t ignored() const { return ignored_; }
  // Of clients' events among these: what they call their operations, and how many there were.
  const std::map<std::string, std::uint64_t, std::less<>>& unknown_ops() const { return unknown_ops_; }
  // Some of them named a lock: they may have been operations on it.
  bool left_out_of_a_lock() const { return left_out_of_a_lock_; }
  // Why questions failed, in words that are not known, where it matters; and how many did.
  const std::map<std::string, std::uint64_t, std::less<>>& unknown_reasons() const { return unknown_reasons_; }
  // An event that could not be read: `event` has what could. It may have been a question.
  void lose(const LogEvent& event);
  // What has no answer is unknown.
  linear::Log log() &&;

  // Of a log that is judged while it grows (LogRules::grows): what came since the last call. Twice an operation: it was
  // asked; and one more: it was answered.
  struct News {
    std::vector<std::uint32_t> events;
    std::vector<std::uint32_t> unanswered;  // operations that will have no answer
  };
  News news();
  const linear::Log& so_far() const { return log_; }
  linear::Instant last_time() const { return last_; }
  // Takes its answer away again.
  void make_unknown(std::uint32_t operation);
  // Leaves out what is not kept, for good.
  void renumber(const linear::Renumbering& to);

 private:
  // What has been asked about an attempt.
  struct Asked {
    std::uint32_t first = linear::kNone;  // acquisition
    std::uint32_t granted_in = 0;         // line; 0: nobody was told of a grant
    std::uint32_t open = 0;               // questions without an answer so far
  };

  std::optional<std::string> invoked(const LogEvent& event, std::uint32_t line, std::uint32_t lock, linear::Instant at);
  std::optional<std::string> returned(const LogEvent& event, std::uint32_t line, std::uint32_t lock,
                                      linear::Instant at);
  std::optional<std::string> passed_over(const LogEvent& event, std::uint32_t line);
  bool reads(std::uint32_t hold) const;
  std::optional<std::string> completed(linear::Operation& op, const LogEvent& event);
  std::optional<std::string> bound(const linear::Operation& op, const LogEvent& event);
  std::int64_t number_of(std::string_view name);
  // "process 3", or by its name.
  std::string who(std::int64_t process) const;
  // What to do if that is because the log lacks its beginning.
  std::string_view if_cut() const;
  // What else it may be, that no question of the process is known.
  std::string_view why_unasked(const LogEvent& event) const;
  std::optional<std::string> understood(const LogEvent& event, std::uint32_t line);
  std::optional<std::string> timed(const LogEvent& event, std::uint32_t line);
  std::optional<std::string> learn_capacity(const LogEvent& event, std::uint32_t lock);
  linear::Operation as_settled(std::uint32_t operation) const;
  void settle();
  void forget_failed(const linear::Operation& op);
  // What is wrong with it, if anything.
  std::optional<std::string> acquires(const linear::Operation& op);
  std::optional<std::string> answered_alike(std::uint32_t operation);
  Asked& asked_of(std::uint32_t hold);
  void struck(const LogEvent& event, std::uint32_t line);
  linear::Instant ttl_of(const LogEvent& event) const;
  std::uint32_t lock_of(const LogEvent& event);
  std::uint32_t hold_of(const LogEvent& event, std::uint32_t lock, bool acquires);
  std::uint32_t new_hold(std::int64_t sid);
  std::uint32_t& slot_of(std::int64_t sid);
  std::uint32_t& open_of(std::int64_t process);

  linear::Log log_;
  LogRules rules_;
  std::map<std::string, std::uint32_t, std::less<>> locks_;
  std::string_view last_lock_;
  std::uint32_t last_lock_number_ = linear::kNone;
  std::vector<std::uint32_t> by_sid_;  // of small numbers
  std::map<std::int64_t, std::uint32_t> by_large_sid_;
  std::map<std::string, std::uint32_t, std::less<>> by_text_;
  // The last attempts of owners whose events name none, at each lock, without those that failed: after one that did,
  // its owner still has what it had before.
  std::map<std::pair<std::int64_t, std::uint32_t>, std::vector<std::uint32_t>> of_owner_;
  std::vector<std::int64_t> owner_of_hold_;  // of these
  // The operation of a process that has no answer: it was given up, and is not known any more.
  static constexpr std::uint32_t kForgotten = linear::kNone - 1;
  std::vector<std::uint32_t> open_;  // operation by process, of small numbers
  std::map<std::int64_t, std::uint32_t> open_of_large_;
  std::vector<std::uint32_t> lock_of_hold_;                    // as its first operation says
  std::map<std::string, std::uint32_t, std::less<>> lasting_;  // faults without an end so far
  std::vector<Asked> asked_;                                   // by hold
  std::set<std::int64_t> begun_;                               // processes that the log knows; only if it is cut
  std::vector<std::uint32_t> events_;
  std::vector<std::uint32_t> unanswered_;  // News::unanswered
  std::vector<bool> mode_untold_;          // by operation, of acquisitions; not if the log grows
  std::set<std::int64_t> spoiled_;         // processes of which a line could not be understood
  bool any_spoiled_ = false;               // and it is not known of whom
  std::optional<bool> times_told_;         // as the first event has it
  linear::Instant last_ = 0;
  bool in_order_ = true, capacity_came_late_ = false, renews_leases_ = false;
  std::uint64_t ignored_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> unknown_ops_, unknown_reasons_;
  bool left_out_of_a_lock_ = false;
  std::map<std::string, std::int64_t, std::less<>> numbers_;  // of processes and owners that have names
};

}  // namespace lockstep::models
