// From the lines of a story to rows over columns: which processes get one, where lines are left out, and where the
// violation is said.
#include "reports/ladder.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "models/words.h"
#include "reports/campaign_answer.h"
#include "reports/lanes.h"
#include "reports/story.h"

namespace lockstep::reports {
namespace {

using models::Verdict;
using scenarios::RunResult;
using scenarios::Scenario;
using Kind = StoryLine::Kind;

constexpr std::size_t kRowsPerHeading = 40;
constexpr std::size_t kMark = 4;          // ">>  " or "--- "
constexpr std::size_t kWorthSaying = 25;  // so many lines left out are said where they are missing

std::vector<std::size_t> lines_by_process(const std::vector<StoryLine>& story, std::size_t processes) {
  std::vector<std::size_t> lines(processes);
  for (const StoryLine& line : story) {
    if (!line.shown || line.kind == Kind::world) continue;
    const std::size_t weight = line.evidence ? story.size() : 1;  // whoever proves it has a column of its own
    if (line.from < processes) lines[line.from] += weight;
    if (line.to < processes && line.to != line.from) lines[line.to] += weight;
  }
  return lines;
}

class Drawing {
 public:
  Drawing(const RunResult& result, const Scenario& scenario, const LadderOptions& options)
      : result_(result),
        options_(options),
        told_(told_verdict(result, scenario)),
        story_(story_of(result, scenario, told_, options.all)),
        time_width_(clock_of(result.virtual_time).size()),
        lanes_(make_lanes()) {
    for (const StoryLine& line : story_) last_evidence_ = line.evidence ? &line : last_evidence_;
  }

  std::string text() {
    text_ = legend() + heading();
    for (const StoryLine& line : story_) {
      if (is_event(line)) lanes_.follow(result_.history.events[line.index]);
      if (!line.shown) {
        hidden_ += line.kind == Kind::silent ? 0 : 1;
        continue;
      }
      if (told_ != nullptr && hidden_ >= kWorthSaying && !line.aside) say_hidden();
      if (rows_ > 0 && rows_ % kRowsPerHeading == 0) text_ += heading();
      ++rows_;
      draw(line);
      if (&line == last_evidence_) say_violation();
    }
    if (hidden_ > 0) say_hidden();
    return text_;
  }

 private:
  static bool is_event(const StoryLine& line) {
    return line.kind == Kind::event || line.kind == Kind::world || line.kind == Kind::silent;
  }
  std::size_t margin() const { return kMark + time_width_ + 2; }

  Lanes make_lanes() const {
    const auto lines = lines_by_process(story_, result_.history.processes.size());
    std::vector<std::uint32_t> processes;
    for (std::uint32_t p = 0; p < lines.size(); ++p) {
      if (lines[p] > 0) processes.push_back(p);
    }
    const std::size_t capacity = Lanes::capacity(margin(), options_.style);
    const bool rest = processes.size() > capacity;
    if (rest) {
      std::ranges::sort(processes, std::greater(), [&](auto p) { return std::pair(lines[p], ~p); });
      processes.resize(capacity - 1);
      std::ranges::sort(processes);
    }
    return Lanes(result_.history, std::move(processes), rest, margin(), options_.style);
  }

  std::string legend() const {
    const auto words = "| up, : paused, blank down; #A believes to hold A, %A likewise while paused";
    return std::string(kMark, ' ') + paint(words, Tone::quiet, options_.style) + "\n";
  }

  std::string heading() const { return lanes_.heading(right("seconds", kMark + time_width_)); }

  void draw(const StoryLine& line) {
    if (line.kind == Kind::world) return draw_across(line);
    const Tone tone = line.evidence ? Tone::bad : Tone::plain;
    const std::string time = right(clock_of(line.at), time_width_);
    Row row = lanes_.row();
    if (line.evidence) row.put(0, ">>", Tone::bad);
    row.put(kMark, time, line.evidence ? Tone::bad : Tone::quiet);
    if (line.kind == Kind::event) {
      lanes_.tell(row, line.from, line.words, tone);
    } else {
      const auto arrow = line.lost                    ? Lanes::Arrow::lost
                         : line.late                  ? Lanes::Arrow::departing
                         : line.kind == Kind::arrival ? Lanes::Arrow::arriving
                                                      : Lanes::Arrow::whole;
      lanes_.arrow(row, line.from, line.to, line.words, arrow, line.lost ? Tone::doubtful : tone);
    }
    text_ += row.set(options_.style);
  }

  void draw_across(const StoryLine& line) {
    const std::size_t width = width_of(options_.style);
    const std::string words = wrapped(line.words, margin(), options_.style);
    std::string head = fmt::format("{} {}  ", line.evidence ? ">>-" : "---", right(clock_of(line.at), time_width_));
    for (std::size_t begin = 0; begin < words.size();) {
      const std::size_t end = words.find('\n', begin);
      std::string row = head + words.substr(begin + margin(), end - begin - margin());
      if (row.size() + 1 < width) row += ' ';
      if (row.back() == ' ') row.append(width - row.size(), '-');
      text_ += paint(row, line.evidence ? Tone::bad : Tone::fault, options_.style) + "\n";
      head = left("---", margin());
      begin = end + 1;
    }
  }

  void say_hidden() {
    const std::string words =
        said_hidden_ ? fmt::format("... {} more not shown ...", grouped(hidden_))
                     : fmt::format("... {} not shown (--all shows them) ...", counted(hidden_, "event", "events"));
    text_ += std::string(margin(), ' ') + paint(words, Tone::quiet, options_.style) + "\n";
    said_hidden_ = true;
    hidden_ = 0;
  }

  void say_violation() {
    const std::string sentence = fmt::format("{}: {}.", title_of(told_->property), told_->sentence);
    const std::string lines = wrapped(sentence, kMark, options_.style);
    for (std::size_t begin = 0; begin < lines.size();) {
      const std::size_t end = lines.find('\n', begin);
      text_ += paint(fmt::format(">>{}", lines.substr(begin + 2, end - begin - 2)), Tone::bad, options_.style) + "\n";
      begin = end + 1;
    }
  }

  const RunResult& result_;
  const LadderOptions& options_;
  const Verdict* told_;
  std::vector<StoryLine> story_;
  std::size_t time_width_;
  Lanes lanes_;
  const StoryLine* last_evidence_ = nullptr;
  std::string text_;
  std::size_t rows_ = 0;
  std::size_t hidden_ = 0;
  bool said_hidden_ = false;
};

}  // namespace

const Verdict* told_verdict(const RunResult& result, const Scenario& scenario) {
  const Verdict* first = nullptr;
  for (const Verdict& v : result.verdicts) {
    if (v.outcome != models::Outcome::violation) continue;
    if (scenario.expect == v.property) return &v;
    if (first == nullptr) first = &v;
  }
  return first;
}

std::string ladder(const RunResult& result, const Scenario& scenario, const LadderOptions& options) {
  return Drawing(result, scenario, options).text();
}

}  // namespace lockstep::reports
