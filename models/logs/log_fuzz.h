// What a fuzzer asks of a reader of logs: whatever the bytes are, it reads them the same in one piece and in two, and
// the judge of what was read ends within its budget. For fuzzers only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "models/linear/judge.h"
#include "models/linear/waits.h"
#include "models/logs/builder.h"
#include "models/logs/json_lines.h"

namespace lockstep::models {

// The input itself decides how it is cut and by which rules it is read, so that it stays a log that people can read.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const char*>(data), size), choice_(size) {
    for (const char c : bytes_) choice_ = (choice_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    choice_ ^= choice_ >> 29;
  }

  // A number below `limit`, another one at each call.
  std::uint64_t choose(std::uint64_t limit) {
    choice_ = choice_ * 6364136223846793005u + 1442695040888963407u;
    return (choice_ >> 33) % limit;
  }

  LogRules rules() {
    LogRules rules;
    if (choose(4) == 0) rules.capacity = 1 + choose(3);
    if (choose(4) == 0) rules.ttl = static_cast<linear::Instant>(1 + choose(1000));
    if (choose(8) == 0) rules.drift_ppb = static_cast<std::int64_t>(choose(1'000'000'000));
    rules.leases_from_asking = choose(4) == 0;
    rules.cut = choose(4) == 0;
    rules.fair = choose(8) == 0;
    return rules;
  }

  linear::WaitRules wait_rules() {
    const auto some = [&] { return static_cast<linear::Instant>(choose(1000)); };
    linear::WaitRules rules{.queued_within = some(),
                            .wake_within = some(),
                            .longest_wait = some(),
                            .deadlock_within = some(),
                            .unanswered_wait = choose(2) == 0};
    if (choose(2) == 0) rules.most_overtaken = static_cast<std::uint32_t>(choose(3));
    if (choose(2) == 0) rules.told_within = some();
    return rules;
  }

  // Where a line ends, or all.
  std::size_t cut() {
    const std::size_t end = bytes_.find('\n', choose(bytes_.size() + 1));
    return end == std::string::npos ? bytes_.size() : end + 1;
  }

  std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::uint64_t choice_;
};

inline void require(bool right) {
  if (!right) std::abort();
}

// From a buffer of its own that ends with the padding, if the reader wants any, so that a sanitizer sees who reads
// beyond.
template <class Reader>
void take(Reader& reader, std::string_view piece) {
  const std::size_t padding = std::is_same_v<Reader, JsonLines> ? kReadPadding : 0;
  std::vector<char> buffer(piece.begin(), piece.end());
  buffer.resize(piece.size() + padding);
  buffer.shrink_to_fit();
  reader.take({buffer.data(), piece.size()});
}

inline void require_same(const ReadLog& a, const ReadLog& b) {
  require(a.lines == b.lines && a.ignored == b.ignored && a.bad_lines == b.bad_lines);
  require(std::ranges::equal(
      a.bad, b.bad, [](const BadLine& x, const BadLine& y) { return x.number == y.number && x.what == y.what; }));
  require(a.log.holds == b.log.holds && a.log.sids == b.log.sids && a.log.names == b.log.names);
  require(a.log.events == b.log.events);
  require(std::ranges::equal(a.log.locks, b.log.locks, [](const linear::Log::Lock& x, const linear::Log::Lock& y) {
    return x.name == y.name && x.capacity == y.capacity;
  }));
  const auto key = [](const linear::Operation& o) {
    return std::tuple(o.invoked, o.returned, o.token, o.ttl, o.lock, o.hold, o.process, o.permits, o.line, o.action,
                      o.answer, o.mode, o.waits);
  };
  require(std::ranges::equal(a.log.operations, b.log.operations, {}, key, key));
  require(std::ranges::equal(a.log.faults, b.log.faults, [](const linear::Fault& x, const linear::Fault& y) {
    return x.at == y.at && x.until == y.until && x.what == y.what && x.line == y.line;
  }));
}

// `make` makes a reader of some rules.
template <class Make>
void read_and_judge(const std::uint8_t* data, std::size_t size, const Make& make) {
  FuzzInput input(data, size);
  const LogRules rules = input.rules();
  auto whole = make(rules);
  take(whole, input.bytes());
  const ReadLog read = std::move(whole).result();
  auto pieces = make(rules);
  const std::size_t cut = input.cut();
  take(pieces, input.bytes().substr(0, cut));
  take(pieces, input.bytes().substr(cut));
  require_same(read, std::move(pieces).result());
  require(read.bad.size() <= read.bad_lines);
  for (const linear::Judgement& verdict : linear::judge(read.log, {.states = 64, .steps = 2000})) {
    require(verdict.lock < read.log.locks.size());
    for (const std::uint32_t operation : verdict.evidence) require(operation < read.log.operations.size());
    require((verdict.outcome == linear::Outcome::violation) == !verdict.sentence.empty() ||
            verdict.outcome == linear::Outcome::undecided);
  }
  linear::judge_waits(read.log, input.wait_rules());
}

}  // namespace lockstep::models
