// Two runs are the same run exactly when their traces are: the hash differs on any difference, and the words name the
// first one.
#include "sim/trace.h"

#include <gtest/gtest.h>

#include <set>

namespace lockstep::sim {
namespace {

using namespace std::chrono_literals;

using Records = std::vector<TraceRecord>;

constexpr TraceKind kAllKinds[] = {TraceKind::start, TraceKind::crash,   TraceKind::pause,  TraceKind::resume,
                                   TraceKind::send,  TraceKind::deliver, TraceKind::lose,   TraceKind::storage,
                                   TraceKind::fault, TraceKind::clock,   TraceKind::history};

TraceRecord record(Duration at, TraceKind kind, std::uint64_t a, std::uint64_t b) { return {TrueTime(at), kind, a, b}; }

const Records kStory = {record(0s, TraceKind::start, 0, 0), record(4012us, TraceKind::send, 3, 17),
                        record(5ms, TraceKind::deliver, 3, 17), record(5ms, TraceKind::storage, 1, 2)};

std::uint64_t hash_of(const Records& records) {
  Trace trace;
  for (const auto& r : records) trace.note(r.at, r.kind, r.a, r.b);
  return trace.hash();
}

TEST(Trace, TheSameStoryHasTheSameHash) { EXPECT_EQ(hash_of(kStory), hash_of(kStory)); }

TEST(Trace, AnyDifferenceAnywhereChangesTheHash) {
  std::set<std::uint64_t> hashes = {hash_of(kStory)};
  std::size_t stories = 1;
  const auto told_otherwise = [&](const Records& records) {
    hashes.insert(hash_of(records));
    ++stories;
  };
  for (std::size_t i = 0; i < kStory.size(); ++i) {
    auto changed = kStory;
    changed[i].at += 1ns;
    told_otherwise(changed);
    for (int bit = 0; bit < 64; ++bit) {
      changed = kStory;
      changed[i].a ^= std::uint64_t{1} << bit;
      told_otherwise(changed);
      changed = kStory;
      changed[i].b ^= std::uint64_t{1} << bit;
      told_otherwise(changed);
    }
    for (const TraceKind kind : kAllKinds) {
      changed = kStory;
      if (changed[i].kind == kind) continue;
      changed[i].kind = kind;
      told_otherwise(changed);
    }
    changed = kStory;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
    told_otherwise(changed);
    changed = kStory;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(i), kStory[i]);
    told_otherwise(changed);
  }
  auto swapped = kStory;
  std::swap(swapped[1], swapped[2]);
  told_otherwise(swapped);
  told_otherwise({});
  EXPECT_EQ(hashes.size(), stories);
}

TEST(Trace, ZerosCountToo) {
  Trace trace;
  const auto before = trace.hash();
  trace.note({}, TraceKind::start, 0, 0);
  EXPECT_NE(trace.hash(), before);
  EXPECT_EQ(trace.count(), 1);
}

TEST(Trace, KeepsRecordsOnlyFromWhenItIsTold) {
  Trace trace;
  trace.note(TrueTime(1s), TraceKind::start, 1, 0);
  trace.keep();
  trace.note(TrueTime(2s), TraceKind::crash, 1, 0);
  EXPECT_EQ(trace.records(), Records({record(2s, TraceKind::crash, 1, 0)}));
  EXPECT_EQ(trace.count(), 2);
}

TEST(Trace, KeepingChangesNoHash) {
  Trace kept;
  kept.keep();
  for (const auto& r : kStory) kept.note(r.at, r.kind, r.a, r.b);
  EXPECT_EQ(kept.hash(), hash_of(kStory));
  EXPECT_EQ(kept.records(), kStory);
}

TEST(TraceWords, ARecordIsALine) {
  EXPECT_EQ(describe(kStory[1]), "0.004012000 s send 3 17");
  EXPECT_EQ(describe(record(61s + 1ns, TraceKind::clock, 0, 5)), "61.000000001 s clock 0 5");
}

TEST(TraceWords, EveryKindHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const TraceKind kind : kAllKinds) names.insert(name_of(kind));
  EXPECT_EQ(names.size(), std::size(kAllKinds));
  EXPECT_FALSE(names.contains("?"));
}

TEST(TraceWords, EqualTracesHaveNoDifference) {
  EXPECT_EQ(first_difference(kStory, kStory), "");
  EXPECT_EQ(first_difference({}, {}), "");
}

TEST(TraceWords, TheFirstDifferenceIsNamedWithItsPlace) {
  auto other = kStory;
  other[2].b = 18;
  other[3].a = 9;
  EXPECT_EQ(first_difference(kStory, other), "event 2: 0.005000000 s deliver 3 17 against 0.005000000 s deliver 3 18");
}

TEST(TraceWords, ATraceThatEndsEarlierSaysSo) {
  const Records shorter(kStory.begin(), kStory.begin() + 3);
  EXPECT_EQ(first_difference(shorter, kStory), "event 3: the end against 0.005000000 s storage 1 2");
  EXPECT_EQ(first_difference(kStory, shorter), "event 3: 0.005000000 s storage 1 2 against the end");
}

}  // namespace
}  // namespace lockstep::sim
