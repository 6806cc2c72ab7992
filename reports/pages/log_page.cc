// The picture is the one of a run: operations are events, what is certain and possible are bars, and where it is wrong
// is a band. So the document has the fields of web/run_document.ts that the picture reads.
#include "reports/pages/log_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/pages/texts.h"
#include "reports/text_style.h"
#include "reports/window_facts.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using linear::Action;
using linear::Answer;
using linear::Instant;
using linear::kNever;
using linear::kNone;
using linear::Operation;

constexpr Instant kLongest = Instant{1} << 53;  // that a browser counts exactly, in nanoseconds: 104 days

std::string asked(const Operation& op) {
  switch (op.action) {
    case Action::acquire: return op.mode == linear::Mode::shared ? "asks to read" : "asks for it";
    case Action::release: return "gives it back";
    case Action::renew: return "asks to keep it";
    case Action::break_all: return "takes it from its holders";
    case Action::inspect: return "asks who holds it";
  }
  return "";
}

std::string told(const Operation& op) {
  if (op.answer == Answer::unknown) return "is not told what came of it";
  if (op.answer == Answer::nothing) return "gives up";
  const bool yes = op.answer == Answer::yes;
  switch (op.action) {
    case Action::acquire: return yes ? "is granted it" : "is told that it is taken";
    case Action::release: return yes ? "is told that it is given back" : "is told that it does not hold it";
    case Action::renew: return yes ? "is told that it may keep it" : "is told that it has lost it";
    case Action::break_all: return yes ? "is told that it is taken" : "is told no";
    case Action::inspect: return "is told";
  }
  return "";
}

class LogPicture {
 public:
  LogPicture(const linear::Log& log, const linear::Judgement& judgement)
      : log_(log), judgement_(judgement), facts_(window_facts(log, judgement)) {
    choose();
    for (const std::uint32_t o : chosen_) processes_.emplace(log_.operations[o].process, 0);
    std::int64_t lane = 0;
    for (auto& [process, place] : processes_) place = lane++;
  }

  void add_to(Json& d) {
    d["lanes"] = Json::array();
    for (const auto& [process, lane] : processes_)
      d["lanes"].push_back({{"name", fmt::format("process {}", process)}, {"role", "client"}, {"host", nullptr}});
    d["lanes"].push_back({{"name", ""}, {"role", "store"}, {"host", nullptr}});
    add_events(d);
    add_bars(d);
    add_faults(d);
    d["messages"] = Json::array();
    d["until"] = until_;
    d["began"] = fmt::format("{}", origin_);
    d["left_out"] = left_out_;
    d["texts"] = texts_.take();
  }

 private:
  struct Happening {
    Instant at = 0;
    int kind = 0;  // 0: asked, 1: told, 2: it begins to be wrong, 3: it ends
    std::uint32_t operation = kNone;
  };

  // Those that prove it, and those nearest to it in time.
  void choose() {
    const auto [first, last] = std::ranges::minmax(facts_.keys);
    origin_ = log_.operations.empty() ? 0 : log_.operations[0].invoked;
    for (const Operation& op : log_.operations) origin_ = std::min(origin_, op.invoked);
    if (origin_ >= 0 && last < kLongest) origin_ = 0;  // the log's own instants, if a browser can count so far
    std::vector<std::pair<std::uint64_t, std::uint32_t>> others;
    for (std::uint32_t o = 0; o < log_.operations.size(); ++o) {
      const Operation& op = log_.operations[o];
      if (op.lock != judgement_.lock) continue;
      const Instant end = op.returned == kNever ? op.invoked : op.returned;
      const auto distance = [](Instant from, Instant to) {
        return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
      };
      others.emplace_back(end < first ? distance(end, first) : op.invoked > last ? distance(last, op.invoked) : 0, o);
    }
    std::ranges::sort(others);
    left_out_ = others.size() - std::min(others.size(), kOperationsOnPage);
    others.resize(others.size() - left_out_);
    for (const auto& [distance, o] : others) chosen_.insert(o);
    for (const std::uint32_t o : judgement_.evidence) left_out_ -= chosen_.insert(o).second && left_out_ > 0 ? 1 : 0;
  }

  std::int64_t since(Instant at) const {
    const auto distance = static_cast<std::uint64_t>(at) - static_cast<std::uint64_t>(origin_);
    return static_cast<std::int64_t>(std::min<std::uint64_t>(distance, kLongest));
  }
  // The first event at or after an instant, in the order of the page; their number if there is none.
  std::uint32_t event_at(Instant at) const {
    const auto found = std::ranges::lower_bound(happenings_, at, {}, &Happening::at);
    return static_cast<std::uint32_t>(found - happenings_.begin());
  }

  void add_events(Json& d) {
    std::set<std::uint32_t> proves(judgement_.evidence.begin(), judgement_.evidence.end());
    for (const std::uint32_t o : chosen_) {
      const Operation& op = log_.operations[o];
      happenings_.push_back({op.invoked, 0, o});
      if (op.returned != kNever) happenings_.push_back({op.returned, 1, o});
      last_ = std::max(last_, op.returned == kNever ? op.invoked : op.returned);
    }
    const bool spans = facts_.wrong_until != kNever && facts_.wrong_from >= origin_;
    if (facts_.wrong_from >= origin_) happenings_.push_back({facts_.wrong_from, 2, kNone});
    if (spans) happenings_.push_back({facts_.wrong_until, 3, kNone});
    std::ranges::sort(happenings_, {}, [](const Happening& h) { return std::tuple(h.at, h.kind, h.operation); });
    Json events = Json::array(), evidence = Json::array();
    for (const Happening& h : happenings_) {
      last_ = std::max(last_, h.at);
      const bool world = h.operation == kNone;
      const Operation* op = world ? nullptr : &log_.operations[h.operation];
      const bool proof = !world && proves.contains(h.operation) && (h.kind == 1 || op->returned == kNever);
      if (proof) evidence.push_back(events.size());
      const std::string words = world ? (h.kind == 2 ? printable_ascii(facts_.wrong) : "and no longer")
                                : h.kind == 0
                                    ? asked(*op)
                                    : told(*op) + (op->token != 0 ? fmt::format(", token {}", op->token) : "") +
                                          fmt::format(", line {}", op->line);
      events.push_back({since(h.at),
                        texts_(world         ? h.kind == 2 ? "fault_began" : "fault_ended"
                               : h.kind == 0 ? "invoke"
                                             : "ok"),
                        world ? -1 : processes_.at(op->process), texts_(words), world ? -1 : 0, 0,
                        world ? 0 : op->token, world ? -1 : processes_.at(op->process), 1});
    }
    d["events"] = std::move(events);
    d["evidence"] = std::move(evidence);
    until_ = since(last_) + 1;
  }

  void add_bars(Json& d) {
    d["leases"] = Json::array();
    for (const Tenure& t : facts_.tenures) {
      if (!chosen_.contains(t.operation)) continue;
      const Operation& op = log_.operations[t.operation];
      const auto add = [&](const char* kind, Instant from, Instant until) {
        const std::uint32_t begin = event_at(from);
        if (until <= from || begin >= happenings_.size()) return;
        // Where it ends between two events by itself, it is drawn to its own instant.
        d["leases"].push_back({kind, std::int64_t{op.hold} + 1, processes_.at(op.process), 0, begin,
                               std::max(begin, event_at(until)), since(from),
                               until == kNever ? until_ : std::min(until_, since(until))});
      };
      add("possible", t.asked, t.until);
      if (t.granted != kNever) add("certain", t.granted, t.sure_until);
    }
  }

  void add_faults(Json& d) {
    d["faults"] = Json::array();
    Json wrong = {{"kind", "wrong"},  {"words", printable_ascii(facts_.wrong)},
                  {"meaning", ""},    {"lanes", Json::array()},
                  {"begin", nullptr}, {"end", nullptr}};
    for (const std::uint32_t process : facts_.proving) wrong["lanes"].push_back(processes_.at(process));
    for (std::uint32_t i = 0; i < happenings_.size(); ++i) {
      if (happenings_[i].kind == 2) wrong["begin"] = i;
      if (happenings_[i].kind == 3) wrong["end"] = i;
    }
    d["faults"].push_back(std::move(wrong));
  }

  const linear::Log& log_;
  const linear::Judgement& judgement_;
  WindowFacts facts_;
  std::set<std::uint32_t> chosen_;                   // operations
  std::map<std::uint32_t, std::int64_t> processes_;  // and their lanes
  std::vector<Happening> happenings_;
  Instant origin_ = 0, last_ = 0;
  std::int64_t until_ = 0;
  std::size_t left_out_ = 0;
  Texts texts_;
};

const linear::Judgement* wrong_one(const CheckedLog& log) {
  for (const auto& j : log.judgements)
    if (j.outcome == linear::Outcome::violation && !j.evidence.empty()) return &j;
  return nullptr;
}

}  // namespace

Json log_document(const CheckedLog& log, const std::string& check_line) {
  const auto outcome = outcome_of(log);
  const linear::Judgement* wrong = wrong_one(log);
  std::string text = check_text(log, {});
  const std::string answer = printable(text.substr(0, text.find('\n')));
  Json d = {{"kind", "log"},
            {"title", printable(log.name)},
            {"answer", answer},
            {"outcome", outcome == linear::Outcome::violation ? "violation"
                        : outcome == linear::Outcome::ok      ? "kept"
                                                              : "inconclusive"},
            {"replay", check_line},
            {"report", text},
            {"picture", wrong != nullptr},
            {"locks", Json::array()}};
  if (wrong == nullptr) return d;
  d["locks"].push_back(shortened(printable(log.read.log.locks[wrong->lock].name), 80));
  d["why"] = printable(wrong->sentence);
  LogPicture(log.read.log, *wrong).add_to(d);
  return d;
}

}  // namespace lockstep::reports
