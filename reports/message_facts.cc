// One pass over the messages in the order in which they were sent, beside the history.
#include "reports/message_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "models/words.h"

namespace lockstep::reports {
namespace {

using models::Event;
using models::EventType;
using models::Instant;
using models::Op;
using scenarios::MessageStory;

constexpr std::size_t kLookBack = 256;  // requests of one client; more are hardly open at once

Op op_of_reply(std::string_view words) {
  if (words.starts_with("granted") || words == "refused") return Op::try_lock;
  if (words == "renewed" || words == "lost" || words == "broken") return Op::renew;
  if (words == "released" || words == "not held") return Op::unlock;
  if (words == "write") return Op::write;
  if (words.starts_with("broke ")) return Op::break_lock;
  return words.ends_with("holders") ? Op::inspect : Op::none;
}

class Matcher {
 public:
  explicit Matcher(const scenarios::RunResult& result) : result_(result), history_(result.history) {
    invokes_.resize(history_.processes.size());
    for (const Event& e : history_.events) {
      if (e.type == EventType::granted) tokens_.emplace(e.attempt, e.token);
      if (e.type == EventType::write_accepted || e.type == EventType::write_refused) {
        decisions_.emplace(std::pair(e.at, e.process), &e);
      }
    }
  }

  std::vector<MessageFacts> all() {
    std::vector<MessageFacts> facts;
    for (const MessageStory& m : result_.messages_told) {
      catch_up(m.sent.time_since_epoch());
      const bool known = m.from < history_.processes.size() && m.to < history_.processes.size();
      const bool request = known && history_.processes[m.from].role == models::Process::Role::client;
      facts.push_back(!known ? MessageFacts{.words = m.words} : request ? of_request(m) : of_reply(m));
    }
    return facts;
  }

 private:
  struct Invoke {
    const Event* event = nullptr;
    bool sent = false;
  };
  struct Asked {
    const MessageStory* message = nullptr;
    const Event* invoke = nullptr;
    bool answered = false;
  };

  void catch_up(Instant until) {
    for (; next_ < history_.events.size() && history_.events[next_].at <= until; ++next_) {
      const Event& e = history_.events[next_];
      if (e.type == EventType::invoke && e.op != Op::lock && e.process < invokes_.size()) {
        invokes_[e.process].push_back({&e});
      }
    }
  }

  std::string words_of(const Event& e) const {
    const std::string lock = models::lock_name(history_, e.lock);
    switch (e.op) {
      case Op::try_lock: return "acquire " + lock;
      case Op::renew: return fmt::format("renew {} #{}", lock, e.token);
      case Op::unlock: return fmt::format("release {} #{}", lock, e.token);
      case Op::inspect: return "inspect " + lock;
      case Op::break_lock: return "break " + lock;
      default: return "write";
    }
  }

  // The request that was asked at this instant, or else the last one with these words: it was sent again.
  Invoke* asked_for(const MessageStory& m) {
    auto& mine = invokes_[m.from];
    const std::size_t oldest = mine.size() - std::min(mine.size(), kLookBack);
    Invoke* found = nullptr;
    for (std::size_t i = mine.size(); i > oldest; --i) {
      Invoke& invoke = mine[i - 1];
      const bool now = invoke.event->at == m.sent.time_since_epoch();
      if (found != nullptr && !now) break;
      if (words_of(*invoke.event) != m.words || (!now && invoke.event->op == Op::write)) continue;
      if (found == nullptr || !invoke.sent) found = &invoke;
      if (!now) break;
    }
    return found;
  }

  MessageFacts of_request(const MessageStory& m) {
    Invoke* invoke = asked_for(m);
    if (invoke == nullptr) return {.words = m.words};
    invoke->sent = true;
    const Event& e = *invoke->event;
    asked_[{m.from, m.to}].push_back({&m, &e});
    const bool write = e.op == Op::write;
    const auto words = write ? fmt::format("write {} #{}", models::lock_name(history_, e.lock), e.token) : m.words;
    return {e.attempt, e.request, e.lock, e.op, false, words};
  }

  bool may_answer(const Asked& a, const MessageStory& reply) const {
    const Op op = op_of_reply(reply.words);
    if (!a.message->has_arrived || a.message->arrived > reply.sent) return false;
    if (op != Op::none && op != a.invoke->op) return false;
    const auto token = tokens_.find(a.invoke->attempt);
    return !reply.words.starts_with("granted") ||
           (token != tokens_.end() && reply.words == fmt::format("granted #{}", token->second));
  }

  MessageFacts of_reply(const MessageStory& m) {
    MessageFacts facts{.reply = true, .words = m.words};
    const auto take = [&](const Event& e) {
      facts.attempt = e.attempt;
      facts.request = e.request;
      facts.lock = e.lock;
      facts.op = e.op;
    };
    const auto decided = decisions_.find({m.sent.time_since_epoch(), m.from});
    if (decided != decisions_.end()) {
      take(*decided->second);
      facts.words = decided->second->type == EventType::write_accepted ? "accepted" : "refused";
      return facts;
    }
    auto& asked = asked_[{m.to, m.from}];
    const auto fits = [&](const Asked& a) { return may_answer(a, m); };
    auto found = std::ranges::find_if(asked, [&](const Asked& a) { return !a.answered && fits(a); });
    if (found == asked.end()) {  // a second answer to the same request
      const auto last = std::find_if(asked.rbegin(), asked.rend(), fits);
      if (last == asked.rend()) return facts;
      found = std::prev(last.base());
    }
    found->answered = true;
    take(*found->invoke);
    return facts;
  }

  const scenarios::RunResult& result_;
  const models::History& history_;
  std::vector<std::vector<Invoke>> invokes_;  // so far, by process
  std::size_t next_ = 0;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Asked>> asked_;  // by client and whom it asked
  std::map<std::uint32_t, std::uint64_t> tokens_;                                // by attempt
  std::map<std::pair<Instant, std::uint32_t>, const Event*> decisions_;          // of resources
};

}  // namespace

std::vector<MessageFacts> facts_of_messages(const scenarios::RunResult& result) { return Matcher(result).all(); }

}  // namespace lockstep::reports
