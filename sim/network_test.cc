// What the network may do to a message and what it never does: lose, delay, duplicate, let overtake; never alter. And
// that its noise belongs to instants, so that a message taken away leaves every other as it was.
#include "sim/network.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lockstep::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kHosts = 3;
constexpr std::uint32_t kMillion = 1'000'000;
constexpr LinkNoise kQuiet{.delay_min = 1ms, .delay_max = 1ms};
constexpr LinkNoise kJittery{.delay_min = 1ms, .delay_max = 5ms};

struct Arrival {
  Duration at;
  Address from;
  Bytes payload;
  friend bool operator==(const Arrival&, const Arrival&) = default;
};

// Three hosts with one mailbox each.
class Post {
 public:
  explicit Post(const LinkNoise& noise, std::uint64_t seed = 1) : network(scheduler, trace, noise, RandomStream(seed)) {
    network.set_hosts(kHosts);
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      mailboxes_.push_back(std::make_unique<Mailbox>(*this));
      network.attach({host, 1}, *mailboxes_.back());
    }
  }
  void sends(std::uint32_t from, std::uint32_t to, Bytes payload) {
    network.send({from, 1}, {to, 1}, std::move(payload));
  }
  void at(Duration instant) { scheduler.run_until(TrueTime(instant)); }
  std::vector<Arrival> arrives_at(std::uint32_t host) {
    scheduler.run_until(scheduler.now() + 1h);
    return std::exchange(mailboxes_[host]->arrivals, {});
  }
  std::string said_at(std::uint32_t host) {
    std::string said;
    for (const auto& arrival : arrives_at(host)) said.append(said.empty() ? "" : " ").append(arrival.payload);
    return said;
  }
  // How many of `count` messages, one every millisecond, come through.
  std::size_t come_through(std::uint32_t from, std::uint32_t to, int count) {
    const auto begin = scheduler.now().time_since_epoch();
    for (int i = 0; i < count; ++i) {
      at(begin + i * 1ms);
      sends(from, to, "m");
    }
    return arrives_at(to).size();
  }

  Scheduler scheduler;
  Trace trace;
  Network network;

 private:
  struct Mailbox final : Inbox {
    explicit Mailbox(Post& p) : post(p) {}
    void arrive(Message message) override {
      arrivals.push_back({post.scheduler.now().time_since_epoch(), message.from, std::move(message.payload)});
    }
    Post& post;
    std::vector<Arrival> arrivals;
  };
  std::vector<std::unique_ptr<Mailbox>> mailboxes_;
};

TEST(Network, AMessageArrivesOnceWithItsSenderAndItsBytes) {
  Post post(kQuiet);
  const Bytes payload("\0a\xff", 3);
  post.sends(0, 1, payload);
  EXPECT_EQ(post.arrives_at(1), (std::vector<Arrival>{{1ms, {0, 1}, payload}}));
  EXPECT_TRUE(post.arrives_at(0).empty());
  EXPECT_TRUE(post.arrives_at(2).empty());
}

TEST(Network, AHostReachesItselfAsItReachesOthers) {
  Post post(kQuiet);
  post.sends(1, 1, "me");
  EXPECT_EQ(post.said_at(1), "me");
}

TEST(Network, EveryDelayLiesWithinTheBounds) {
  Post post(kJittery);
  Duration least = 1h;
  Duration most{};
  for (int i = 0; i < 2000; ++i) {
    const auto sent = post.scheduler.now().time_since_epoch();
    post.sends(0, 1, "m");
    const Duration took = post.arrives_at(1).front().at - sent;
    least = std::min(least, took);
    most = std::max(most, took);
  }
  EXPECT_GE(least, 1ms);
  EXPECT_LE(most, 5ms);
  EXPECT_GT(most - least, 3900us) << "the delays hardly differ";
}

TEST(Network, MessagesOvertakeEachOther) {
  Post post(kJittery);
  int overtaken = 0;
  for (int i = 0; i < 100; ++i) {
    post.sends(0, 1, "1");
    post.at(post.scheduler.now().time_since_epoch() + 1ms);
    post.sends(0, 1, "2");
    overtaken += post.said_at(1) == "2 1";
  }
  EXPECT_GT(overtaken, 10);
  EXPECT_LT(overtaken, 90);
}

TEST(Network, AFewMessagesTakeMuchLongerIfItHasATail) {
  Post post({.delay_min = 1ms, .delay_max = 1ms, .tail_ppm = 100'000, .tail_max = 1s});
  int late = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto sent = post.scheduler.now().time_since_epoch();
    post.sends(0, 1, "m");
    const Duration took = post.arrives_at(1).front().at - sent;
    ASSERT_LE(took, 1s + 1ms);
    late += took > 1ms;
  }
  EXPECT_NEAR(late, 100, 40);
}

TEST(Network, NoiseLosesItsShareAndOnlyThat) {
  Post post({.delay_min = 1ms, .delay_max = 1ms, .loss_ppm = 250'000});
  EXPECT_NEAR(post.come_through(0, 1, 4000), 3000, 150);
  EXPECT_EQ(Post({.loss_ppm = kMillion}).come_through(0, 1, 100), 0);
}

TEST(Network, NoiseDuplicatesItsShareAndEachCopyGoesItsOwnWay) {
  Post post({.delay_min = 1ms, .delay_max = 5ms, .duplicate_ppm = kMillion});
  post.sends(0, 1, "m");
  const auto copies = post.arrives_at(1);
  ASSERT_EQ(copies.size(), 2);
  EXPECT_EQ(copies[0].payload, copies[1].payload);
  EXPECT_NE(copies[0].at, copies[1].at);
  EXPECT_NEAR(Post({.duplicate_ppm = 250'000}).come_through(0, 1, 4000), 5000, 150);
}

TEST(Network, TroubleOfALinkAddsToTheNoiseAndStaysOnItsDirection) {
  Post post({.loss_ppm = 200'000});
  post.network.trouble(0, 1).loss_ppm += 300'000;
  EXPECT_NEAR(post.come_through(0, 1, 4000), 2000, 150);
  EXPECT_NEAR(post.come_through(1, 0, 4000), 3200, 150);
  EXPECT_NEAR(post.come_through(0, 2, 4000), 3200, 150);
}

TEST(Network, ACutIsOneWay) {
  Post post(kQuiet);
  post.network.trouble(0, 1).cuts += 1;
  post.sends(0, 1, "there");
  post.sends(1, 0, "back");
  EXPECT_EQ(post.said_at(1), "");
  post.sends(1, 0, "back");
  EXPECT_EQ(post.said_at(0), "back back");
}

TEST(Network, ACutStopsWhatIsSentDuringItNotWhatIsUnderWay) {
  Post post(kQuiet);
  post.sends(0, 1, "before");
  post.network.trouble(0, 1).cuts += 1;
  post.sends(0, 1, "during");
  post.network.trouble(0, 1).cuts -= 1;
  post.sends(0, 1, "after");
  EXPECT_EQ(post.said_at(1), "before after");
}

TEST(Network, TwoCutsOfOneLinkEndOneByOne) {
  Post post(kQuiet);
  auto& trouble = post.network.trouble(0, 1);
  trouble.cuts += 2;
  trouble.cuts -= 1;
  post.sends(0, 1, "still cut");
  trouble.cuts -= 1;
  post.sends(0, 1, "open");
  EXPECT_EQ(post.said_at(1), "open");
}

TEST(Network, HealingEndsLossDuplicationLatenessAndCuts) {
  Post post({.delay_min = 1ms,
             .delay_max = 2ms,
             .tail_ppm = kMillion,
             .tail_max = 1h,
             .loss_ppm = 900'000,
             .duplicate_ppm = 900'000});
  post.network.trouble(0, 1) = {.cuts = 2, .loss_ppm = kMillion, .duplicate_ppm = kMillion, .late = 1h};
  post.network.heal();
  for (int i = 0; i < 200; ++i) {
    const auto sent = post.scheduler.now().time_since_epoch();
    post.sends(0, 1, "m");
    const auto arrivals = post.arrives_at(1);
    ASSERT_EQ(arrivals.size(), 1);
    ASSERT_LE(arrivals[0].at - sent, 2ms);
  }
}

TEST(Network, WhateverComesThroughIsWhatSomebodySent) {
  Post post({.tail_ppm = 300'000, .tail_max = 100ms, .loss_ppm = 300'000, .duplicate_ppm = 300'000});
  RandomStream random(7);
  std::map<Bytes, Address> sent;
  std::size_t arrived = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto from = static_cast<std::uint32_t>(random.below(kHosts));
    Bytes payload = fmt::format("{}:", i);
    for (auto n = random.below(50); n > 0; --n) payload += static_cast<char>(random.next());
    sent[payload] = {from, 1};
    post.sends(from, static_cast<std::uint32_t>(random.below(kHosts)), payload);
  }
  for (std::uint32_t host = 0; host < kHosts; ++host) {
    for (const auto& arrival : post.arrives_at(host)) {
      ++arrived;
      const auto found = sent.find(arrival.payload);
      ASSERT_NE(found, sent.end());
      EXPECT_EQ(found->second, arrival.from);
    }
  }
  EXPECT_GT(arrived, 1000);
}

TEST(Network, MessagesToWhereNobodyListensVanish) {
  Post post(kQuiet);
  post.network.send({0, 1}, {1, 9}, "no such port");
  post.network.send({0, 1}, {77, 1}, "no such host");
  post.sends(0, 1, "under way");
  post.network.detach({1, 1});
  EXPECT_EQ(post.said_at(1), "");
}

TEST(Network, EveryMessageIsCountedAndToldOf) {
  struct Teller final : NetworkObserver {
    void sent(std::uint64_t message, Address, Address, const Bytes& payload) override {
      told += fmt::format("sent {} {}, ", message, payload);
    }
    void delivered(std::uint64_t message) override { told += fmt::format("delivered {}, ", message); }
    void lost(std::uint64_t message) override { told += fmt::format("lost {}, ", message); }
    std::string told;
  };
  Post post(kQuiet);
  Teller teller;
  post.network.observe(&teller);
  post.sends(0, 1, "a");
  post.network.trouble(0, 1).cuts += 1;
  post.sends(0, 1, "b");
  post.network.trouble(1, 0).duplicate_ppm = kMillion;
  post.sends(1, 0, "c");
  post.said_at(0);
  EXPECT_EQ(teller.told, "sent 1 a, sent 2 b, lost 2, sent 3 c, delivered 1, delivered 3, delivered 3, ");
  EXPECT_EQ(post.network.sent(), 3);
  EXPECT_EQ(post.network.lost(), 1);
  EXPECT_EQ(post.network.duplicated(), 1);
}

// Messages on two links at their own instants, each with a number; those in `left_out` are never sent.
std::map<Bytes, std::vector<Duration>> arrivals_without(const std::set<int>& left_out, void (*trouble)(Network&)) {
  Post post({.tail_ppm = 200'000, .tail_max = 50ms, .loss_ppm = 100'000, .duplicate_ppm = 200'000}, 42);
  if (trouble != nullptr) trouble(post.network);
  for (int i = 0; i < 300; ++i) {
    post.at(i * 1ms);
    if (!left_out.contains(i)) post.sends(0, 1 + i % 2, std::to_string(i));
  }
  std::map<Bytes, std::vector<Duration>> arrivals;
  for (const std::uint32_t host : {1, 2}) {
    for (auto& arrival : post.arrives_at(host)) arrivals[arrival.payload].push_back(arrival.at);
  }
  return arrivals;
}

TEST(Network, TakingOneMessageAwayMovesNoOther) {
  const auto all = arrivals_without({}, nullptr);
  EXPECT_GT(all.size(), 200);
  for (const std::set<int>& left_out : {std::set{0}, {17}, {150, 151, 152}, {299}}) {
    auto expected = all;
    for (const int i : left_out) expected.erase(std::to_string(i));
    EXPECT_EQ(arrivals_without(left_out, nullptr), expected);
  }
}

TEST(Network, TroubleOnOneLinkMovesNothingOnAnother) {
  const auto quiet = arrivals_without({}, nullptr);
  const auto troubled = arrivals_without({}, [](Network& network) {
    network.trouble(0, 1) = {.cuts = 0, .loss_ppm = 500'000, .duplicate_ppm = 500'000, .late = 1s};
  });
  EXPECT_NE(troubled, quiet);
  for (int i = 1; i < 300; i += 2) {
    const auto number = std::to_string(i);
    ASSERT_EQ(troubled.contains(number), quiet.contains(number));
    EXPECT_TRUE(!quiet.contains(number) || troubled.at(number) == quiet.at(number)) << number;
  }
}

TEST(Network, LossAndDuplicationOnALinkDoNotMoveWhatComesThroughAnyway) {
  const auto quiet = arrivals_without({}, nullptr);
  const auto lossy = arrivals_without({}, [](Network& network) { network.trouble(0, 1).loss_ppm = 400'000; });
  EXPECT_LT(lossy.size(), quiet.size());
  for (const auto& [number, arrivals] : lossy) EXPECT_EQ(arrivals, quiet.at(number)) << number;
}

TEST(Network, TheSameSeedGivesTheSameNoiseAndAnotherAnother) {
  const auto noise_of = [](std::uint64_t seed) {
    Post post(kJittery, seed);
    for (int i = 0; i < 20; ++i) post.sends(0, 1, "m");
    return post.arrives_at(1);
  };
  EXPECT_EQ(noise_of(5), noise_of(5));
  EXPECT_NE(noise_of(5), noise_of(6));
}

}  // namespace
}  // namespace lockstep::sim
