// The wire code forth and back: every kind with every field, and bytes that somebody has cut, added or changed.
#include "impl/lock/wire.h"

#include <gtest/gtest.h>

#include <limits>

#include "impl/env/random.h"

namespace lockstep::wire {
namespace {

// Messages over every field; two with the same bytes are the same.
class RandomMessages {
 public:
  explicit RandomMessages(std::uint64_t seed) : random_(seed) {}

  Request request() {
    switch (random_.below(7)) {
      case 0: {
        AcquireRequest r{key(), name(), text(300), mode(), number<std::uint32_t>(), number<std::uint32_t>(), {}, {}};
        r.ttl = duration();
        r.metadata = text(2000);
        return r;
      }
      case 1: return RenewRequest{key(), name(), number<Token>(), duration()};
      case 2: return ReleaseRequest{key(), name(), number<Token>()};
      case 3: return InspectRequest{key(), name()};
      case 4: return BreakRequest{key(), name(), number<Token>(), text(300), text(300)};
      case 5: return KeyedListRequest{key(), {text(300), text(300), duration(), text(300), number<std::uint32_t>()}};
      default: return KeyedWatchRequest{key(), {text(300), text(300), random_.chance(1, 2), text(300), duration()}};
    }
  }
  Reply reply() { return {key(), answer()}; }

 private:
  Answer answer() {
    switch (random_.below(9)) {
      case 0: return LockError{static_cast<ErrorKind>(random_.below(8)), random_.chance(1, 2), text(100)};
      case 1: return Granted{number<Token>(), duration()};
      case 2: return Refused{holders()};
      case 3: return static_cast<RenewAnswer>(random_.below(3));
      case 4: return static_cast<ReleaseAnswer>(random_.below(2));
      case 5: return Inspection{holders(), {{key().attempt, text(300), mode(), 3}}, number<std::uint32_t>()};
      case 6: return BreakAnswer(random_.below(4), {key().attempt, number<Token>()});
      case 7: return Listing{holders(), text(300)};
      default: {
        LockEvent event{LockEvent::Kind::broken, name(), key().attempt, text(300), mode(), 1, number<Token>(), {}};
        event.reason = text(300);
        return WatchAnswer{{event}, text(300), random_.chance(1, 2)};
      }
    }
  }
  template <typename T>
  T number() {
    if (random_.chance(1, 4)) return random_.chance(1, 2) ? 0 : std::numeric_limits<T>::max();
    return static_cast<T>(random_.next());
  }
  Duration duration() {
    return random_.chance(1, 8) ? Duration::min() : Duration(static_cast<std::int64_t>(number<std::uint64_t>()));
  }
  std::string text(std::size_t most) {
    std::string text(random_.below(most + 1), ' ');
    for (char& c : text) c = static_cast<char>(random_.next());
    return text;
  }
  LockName name() { return {text(kMaxNamespace), text(kMaxName - 1) + "L"}; }
  RequestKey key() { return {{number<std::uint64_t>(), number<std::uint64_t>()}, number<std::uint32_t>()}; }
  Mode mode() { return static_cast<Mode>(random_.below(3)); }
  std::vector<Holder> holders() {
    std::vector<Holder> holders(random_.below(4));
    for (Holder& h : holders) {
      h = {name(),     key().attempt, text(300),  mode(), number<std::uint32_t>(), number<Token>(), duration(),
           duration(), duration(),    duration(), {}};
      h.metadata = text(300);
    }
    return holders;
  }

  RandomStream random_;
};

bool readable(std::string_view bytes) { return decode_request(bytes) || decode_reply(bytes); }

// Whatever is accepted has one form only: its own.
void expect_own_bytes_or_refusal(const Bytes& bytes) {
  const auto request = decode_request(bytes);
  const auto reply = decode_reply(bytes);
  ASSERT_TRUE(!request || encode(*request) == bytes);
  ASSERT_TRUE(!reply || encode(*reply) == bytes);
  ASSERT_EQ(describe(bytes) == "unreadable", !request && !reply);
}

TEST(Wire, KeepsEveryFieldOfARequest) {
  const RequestKey key{{1, 2}, 3};
  const LockName name{"space", std::string("na\0me", 5)};
  const AcquireRequest asked{key, name, "owner", Mode::permits, 4, 5, Duration(6), "metadata"};
  const auto bytes = encode(asked);
  const auto request = decode_request(bytes);
  ASSERT_TRUE(request);
  const auto& read = std::get<AcquireRequest>(*request);
  EXPECT_EQ(read.key, key);
  EXPECT_EQ(read.name, name);
  EXPECT_EQ(read.owner, "owner");
  EXPECT_EQ(read.mode, Mode::permits);
  EXPECT_EQ(read.permits, 4u);
  EXPECT_EQ(read.capacity, 5u);
  EXPECT_EQ(read.ttl, Duration(6));
  EXPECT_EQ(read.metadata, "metadata");
  const auto renewal = decode_request(encode(RenewRequest{key, name, 7, Duration(-8)}));
  ASSERT_TRUE(renewal);
  EXPECT_EQ(std::get<RenewRequest>(*renewal).token, 7u);
  EXPECT_EQ(std::get<RenewRequest>(*renewal).ttl, Duration(-8));
  EXPECT_EQ(key_of(*renewal), key);
}

TEST(Wire, KeepsEveryFieldOfAReply) {
  const RequestKey key{{1, 2}, 3};
  const Holder holder{{"space", "name"}, {4, 5},      "owner",      Mode::shared, 6,         7,
                      Duration(8),       Duration(9), Duration(10), Duration(11), "metadata"};
  const auto reply = decode_reply(encode(Reply{key, Refused{{holder, holder}}}));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->key, key);
  const auto& holders = std::get<Refused>(reply->answer).holders;
  ASSERT_EQ(holders.size(), 2u);
  const Holder& read = holders[1];
  EXPECT_EQ(read.name, holder.name);
  EXPECT_EQ(read.attempt, holder.attempt);
  EXPECT_EQ(read.owner, "owner");
  EXPECT_EQ(read.mode, Mode::shared);
  EXPECT_EQ(read.permits, 6u);
  EXPECT_EQ(read.token, 7u);
  EXPECT_EQ(read.ttl, Duration(8));
  EXPECT_EQ(read.remaining, Duration(9));
  EXPECT_EQ(read.age, Duration(10));
  EXPECT_EQ(read.stale, Duration(11));
  EXPECT_EQ(read.metadata, "metadata");
  const auto error = decode_reply(encode(Reply{key, LockError{ErrorKind::busy, true, "in use"}}));
  ASSERT_TRUE(error);
  EXPECT_EQ(std::get<LockError>(error->answer).kind, ErrorKind::busy);
  EXPECT_TRUE(std::get<LockError>(error->answer).definite);
  EXPECT_EQ(std::get<LockError>(error->answer).detail, "in use");
}

TEST(Wire, BringsBackEveryMessage) {
  RandomMessages messages(1);
  for (int i = 0; i < 2000; ++i) {
    const auto asked = encode(messages.request());
    const auto request = decode_request(asked);
    ASSERT_TRUE(request);
    ASSERT_EQ(encode(*request), asked);
    ASSERT_FALSE(decode_reply(asked));
    const auto told = encode(messages.reply());
    const auto reply = decode_reply(told);
    ASSERT_TRUE(reply);
    ASSERT_EQ(encode(*reply), told);
    ASSERT_FALSE(decode_request(told));
  }
}

TEST(Wire, RefusesWhatIsCutShortOrLeftOver) {
  RandomMessages messages(2);
  for (int i = 0; i < 20; ++i) {
    for (const auto& whole : {encode(messages.request()), encode(messages.reply())}) {
      ASSERT_TRUE(readable(whole));
      for (std::size_t size = 0; size < whole.size(); ++size) ASSERT_FALSE(readable(whole.substr(0, size))) << size;
      ASSERT_FALSE(readable(whole + '\0'));
      ASSERT_FALSE(readable(whole + whole));
    }
  }
}

TEST(Wire, IsHarmlessWhenDamaged) {
  RandomMessages messages(3);
  RandomStream random(4);
  for (int i = 0; i < 20000; ++i) {
    auto bytes = random.chance(1, 2) ? encode(messages.request()) : encode(messages.reply());
    for (auto times = random.below(3) + 1; times > 0; --times) {
      // Mostly near the beginning, where kinds, keys and lengths are.
      const auto place = random.below(random.chance(1, 2) ? std::min<std::size_t>(bytes.size(), 40) : bytes.size());
      bytes[place] = static_cast<char>(random.chance(1, 2) ? random.next() : random.below(32));
    }
    expect_own_bytes_or_refusal(bytes);
  }
}

TEST(Wire, RefusesWhatNoSenderWrites) {
  auto error = encode(Reply{{}, LockError{ErrorKind::busy, true, ""}});
  constexpr std::size_t kind_at = 2 + 20;
  ASSERT_TRUE(readable(error));
  error[kind_at + 1] = 2;  // neither definite nor not
  EXPECT_FALSE(readable(error));
  error[kind_at + 1] = 0;
  EXPECT_TRUE(readable(error));
  error[kind_at] = static_cast<char>(ErrorKind::cancelled) + 1;  // behind the last
  EXPECT_FALSE(readable(error));
  EXPECT_FALSE(readable(encode(InspectRequest{{}, {"", ""}})));
  EXPECT_FALSE(readable(encode(InspectRequest{{}, {"", std::string(kMaxName + 1, 'x')}})));
  EXPECT_FALSE(readable(encode(InspectRequest{{}, {std::string(kMaxNamespace + 1, 'x'), "x"}})));
  auto later = encode(InspectRequest{{}, {"", "x"}});
  ASSERT_TRUE(readable(later));
  later[0] = 4;  // a version to come
  EXPECT_FALSE(readable(later));
}

TEST(Wire, DescribesMessagesForStories) {
  EXPECT_EQ(describe(encode(AcquireRequest{{}, {"", "L"}, "", Mode::exclusive, 1, 1, {}, {}})), "acquire L");
  EXPECT_EQ(describe(encode(RenewRequest{{}, {"", "L"}, 5, {}})), "renew L #5");
  EXPECT_EQ(describe(encode(ReleaseRequest{{}, {"", "L"}, 5})), "release L #5");
  EXPECT_EQ(describe(encode(InspectRequest{{}, {"", "L"}})), "inspect L");
  EXPECT_EQ(describe(encode(Reply{{}, Granted{5, {}}})), "granted #5");
  EXPECT_EQ(describe(encode(Reply{{}, Refused{}})), "refused");
  EXPECT_EQ(describe(encode(Reply{{}, RenewAnswer::lost})), "lost");
  EXPECT_EQ(describe(encode(Reply{{}, ReleaseAnswer::not_held})), "not held");
  EXPECT_EQ(describe(encode(Reply{{}, LockError{ErrorKind::busy, false, ""}})), "error: busy");
  EXPECT_EQ(describe("hello"), "unreadable");
  EXPECT_EQ(describe(""), "unreadable");
}

}  // namespace
}  // namespace lockstep::wire
