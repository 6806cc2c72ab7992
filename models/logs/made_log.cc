// A small simulation: one heap of instants at which a client asks, its request takes effect, or it is answered.
#include "models/logs/made_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <queue>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace lockstep::models {
namespace {

using linear::Instant;
using linear::Mode;

class Maker {
 public:
  Maker(const MadeLog& recipe, const std::function<void(const LogEvent&)>& take)
      : recipe_(recipe), take_(take), state_(recipe.seed), clients_(std::max(1u, recipe.clients)) {
    capacity_ = recipe.family == MadeLog::Family::permits ? std::max(1u, recipe.capacity) : 1;
    for (std::uint32_t c = 0; c < clients_.size(); ++c) {
      clients_[c].process = c;
      at(static_cast<Instant>(below(1'000'000)), Step::ask, c);
    }
    next_process_ = static_cast<std::int64_t>(clients_.size());
  }

  void run() {
    while (!steps_.empty()) {
      const auto [at, number, step, client] = steps_.top();
      steps_.pop();
      now_ = std::max(at, now_ + 1);  // all times are different
      switch (step) {
        case Step::ask: ask(client); break;
        case Step::happen: happen(client); break;
        case Step::answer: answer(client); break;
      }
    }
  }

 private:
  enum class Step : std::uint8_t { ask, happen, answer };
  using Entry = std::tuple<Instant, std::uint64_t, Step, std::uint32_t>;

  struct Client {
    std::int64_t process = 0, sid = 0;
    bool releases = false;  // what it is about to ask or has asked
    bool holds = false;     // in truth
    bool unknown = false, says_yes = false;
    Mode mode{};
    std::uint64_t token = 0;
    Instant asks_next = 0;
  };

  std::uint64_t below(std::uint64_t limit) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % limit;
  }
  void at(Instant when, Step step, std::uint32_t client) { steps_.emplace(when, ++number_, step, client); }
  // How long a message is under way: mostly short.
  Instant delay() { return static_cast<Instant>(20'000 + below(400'000) + (below(20) == 0 ? below(2'000'000) : 0)); }

  void tell(const Client& c, LogEvent::Type type, std::uint64_t token = 0) const {
    LogEvent e{
        .type = type, .process = c.process, .lock = "L", .sid = c.sid, .token = token, .time = now_, .mode = c.mode};
    e.op = c.releases ? LogEvent::Op::unlock : waits() ? LogEvent::Op::lock : LogEvent::Op::try_lock;
    if (recipe_.family == MadeLog::Family::permits) e.capacity = capacity_;
    take_(e);
  }

  bool waits() const { return recipe_.family == MadeLog::Family::lock; }

  void ask(std::uint32_t client) {
    if (asked_ == recipe_.operations) return;
    ++asked_;
    Client& c = clients_[client];
    if (!c.releases) {
      c.sid = next_sid_++;
      if (recipe_.family == MadeLog::Family::readers_writers) c.mode = below(100) < 80 ? Mode::shared : Mode::exclusive;
      if (recipe_.family == MadeLog::Family::permits) c.mode = Mode::permits;
    }
    tell(c, LogEvent::Type::invoke);
    c.unknown = below(100) < recipe_.unknown && !waits();
    at(now_ + delay(), Step::happen, client);
  }

  void happen(std::uint32_t client) {
    Client& c = clients_[client];
    const bool reaches = !c.unknown || below(2) == 0;
    if (c.releases) {
      c.says_yes = c.holds;
      if (c.holds && reaches) give_back(client);
    } else if (!reaches) {
      c.says_yes = false;
    } else if (!waits()) {
      const bool lie = !fits(c.mode) && lies(c);
      c.says_yes = fits(c.mode) || lie;
      if (c.says_yes) grant(client);
      if (lie) return at(now_ + 20'000, Step::answer, client);
    } else if (held_ > 0 && lies(c)) {
      grant(client);
      return at(now_ + 20'000, Step::answer, client);
    } else if (held_ > 0) {
      line_.push_back(client);
      return;  // is answered when it is granted
    } else {
      grant(client);
    }
    at(now_ + (c.unknown ? 20'000'000 : delay()), Step::answer, client);
  }

  bool fits(Mode mode) const {
    if (mode == Mode::shared) return writers_ == 0;
    return mode == Mode::permits ? held_ < capacity_ : held_ == 0;
  }

  // One grant too many, where a holder will certainly hold until after its answer.
  bool lies(const Client& c) {
    if (!recipe_.wrong || lied_ || c.unknown || asked_ * 4 < recipe_.operations * 3) return false;
    const auto sure = std::ranges::count_if(clients_, [&](const Client& other) {
      return other.holds && other.releases && other.asks_next > now_ + 100'000;
    });
    return lied_ = sure > 0 && static_cast<std::uint64_t>(sure) >= (c.mode == Mode::shared ? 1 : capacity_);
  }

  void grant(std::uint32_t client) {
    Client& c = clients_[client];
    c.holds = true;
    c.says_yes = true;
    c.token = ++token_;
    ++held_;
    if (c.mode == Mode::exclusive) ++writers_;
  }

  void give_back(std::uint32_t client) {
    Client& c = clients_[client];
    c.holds = false;
    --held_;
    if (c.mode == Mode::exclusive) --writers_;
    if (line_.empty() || held_ > 0) return;
    const std::uint32_t next = line_.front();
    line_.pop_front();
    grant(next);
    at(now_ + delay(), Step::answer, next);
  }

  void answer(std::uint32_t client) {
    Client& c = clients_[client];
    if (c.unknown) {
      tell(c, LogEvent::Type::info);
      c.process = next_process_++;
    } else {
      tell(c, c.says_yes ? LogEvent::Type::ok : LogEvent::Type::fail,
           c.says_yes && !c.releases && recipe_.tokens ? c.token : 0);
    }
    // What may hold is given back, until that has an answer.
    c.releases = c.releases ? c.unknown : c.says_yes || c.unknown;
    c.asks_next = now_ + static_cast<Instant>(c.releases ? 200'000 + below(8'000'000) : 50'000 + below(1'000'000));
    at(c.asks_next, Step::ask, client);
  }

  const MadeLog& recipe_;
  const std::function<void(const LogEvent&)>& take_;
  std::uint64_t state_;
  std::vector<Client> clients_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> steps_;
  std::deque<std::uint32_t> line_;
  Instant now_ = 0;
  std::uint64_t number_ = 0, asked_ = 0, capacity_ = 1, held_ = 0, writers_ = 0, token_ = 100;
  std::int64_t next_sid_ = 0, next_process_ = 0;
  bool lied_ = false;
};

}  // namespace

void make_log(const MadeLog& recipe, const std::function<void(const LogEvent&)>& take) { Maker(recipe, take).run(); }

std::string json_line(const LogEvent& e) {
  constexpr std::string_view types[] = {"invoke", "ok", "fail", "info", "other"};
  constexpr std::string_view ops[] = {"try_lock", "lock", "unlock", "renew", "break", "other"};
  std::string line =
      fmt::format(R"({{"process":{},"type":"{}","op":"{}","lock":"{}","sid":{})", e.process,
                  types[static_cast<int>(e.type)], ops[static_cast<int>(e.op)], e.lock, e.sid.value_or(0));
  if (e.mode == Mode::shared) line += R"(,"mode":"shared")";
  if (e.mode == Mode::permits)
    line += fmt::format(R"(,"mode":"permits","permits":{},"capacity":{})", e.permits, e.capacity);
  if (e.token != 0) line += fmt::format(R"(,"token":{})", e.token);
  return line + fmt::format(R"(,"time_ns":{}}})", e.time.value_or(0)) + "\n";
}

}  // namespace lockstep::models
