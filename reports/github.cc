// The runner looks for commands in every line: for "::" at its beginning, and for "##[" anywhere. So each line of ours
// that is no command begins with a word of ours, and that bracket is torn off.
#include "reports/github.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "reports/campaign_answer.h"
#include "reports/text_style.h"
#include "reports/validation_answer.h"

namespace lockstep::reports {
namespace {

constexpr std::size_t kMostListed = 10;  // failures of one group

struct Annotation {
  std::string title;
  std::string message;  // may have line breaks
  std::string file;
  std::vector<std::string> lines;  // further ones of the group
};

std::string plain_line(std::string_view text) {
  std::string line = "  " + printable(text);
  for (std::size_t at = 0; (at = line.find("##[", at)) != std::string::npos;) line.insert(at + 2, 1, ' ');
  return line + "\n";
}

std::string command(std::string_view level, const Annotation& a) {
  const std::string file = a.file.empty() ? "" : fmt::format(",file={}", annotation_property(a.file));
  return fmt::format("::{} title={}{}::{}\n", level, annotation_property(a.title), file, annotation_message(a.message));
}

std::string errors(const std::vector<Annotation>& all) {
  const std::size_t shown = all.size() <= kMostAnnotations ? all.size() : kMostAnnotations - 1;
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += fmt::format("::group::{}\n", annotation_message(all[i].title));
    if (i < shown) {
      text += command("error", all[i]);
    } else {
      text += plain_line(all[i].message);
    }
    for (const std::string& line : all[i].lines) text += plain_line(line);
    text += "::endgroup::\n";
  }
  if (shown < all.size()) {
    const std::string more = counted(all.size() - shown, "more", "more");
    text += command("error", {fmt::format("Lockstep: {}", more),
                              fmt::format("{} went wrong; the log of this step has a group for each.", more),
                              "",
                              {}});
  }
  return text;
}

std::string warning(const std::string& backend, const std::string& answer) {
  return command("warning", {fmt::format("Lockstep: {}", backend), answer, "", {}});
}

Annotation annotation_of(const FailureGroup& group, const scenarios::CampaignSummary& s) {
  const auto& f = *group.smallest;
  Annotation a{.title = fmt::format("{}: {}: {}", s.backend, title_of(group.property), group.shape),
               .message = fmt::format("{}\n{}", f.sentence, replay_line(f.file)),
               .file = f.file};
  for (const auto* each : group.failures) {
    if (a.lines.size() == 2 * kMostListed) {
      a.lines.push_back(fmt::format("and {} more", grouped(group.failures.size() - kMostListed)));
      break;
    }
    a.lines.push_back(fmt::format("{}: {}", origin_of(*each), each->sentence));
    a.lines.push_back(replay_line(each->file));
  }
  return a;
}

}  // namespace

std::string annotation_message(std::string_view text) {
  std::string out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    for (const char c : printable(text.substr(begin, end - begin))) out += c == '%' ? "%25" : std::string(1, c);
    if (end < text.size()) out += "%0A";
    begin = end + 1;
  }
  return out;
}

std::string annotation_property(std::string_view text) {
  std::string out;
  for (const char c : annotation_message(text)) out += c == ':' ? "%3A" : c == ',' ? "%2C" : std::string(1, c);
  return out;
}

std::string campaign_annotations(const scenarios::CampaignSummary& s) {
  std::vector<Annotation> all;
  for (const auto& group : groups_of(s)) {
    if (is_asserted(s, group.property)) all.push_back(annotation_of(group, s));
  }
  for (const auto& line : s.divergences)
    all.push_back({fmt::format("{}: a run did not repeat", s.backend), line, "", {}});
  for (const auto& line : s.crashes)
    all.push_back(
        {fmt::format("{}: a worker died", s.backend), fmt::format("{}\n{}", line, crash_replay_line(s, line)), "", {}});
  const bool clean = s.outcome == scenarios::CampaignOutcome::clean;
  return clean ? "" : all.empty() ? warning(s.backend, answer(s)) : errors(all);
}

std::string validation_annotations(const scenarios::Validation& v) {
  std::vector<Annotation> all;
  for (const auto& result : v.contract) {
    if (!result.flaw.empty())
      all.push_back({fmt::format("{}: {}", v.backend, result.name),
                     fmt::format("{}. {}\n{}", result.promise, result.flaw, line_of(result)),
                     result.file,
                     {}});
  }
  for (const auto& level : v.levels) {
    if (level.state == scenarios::Level::State::failed)
      all.push_back({fmt::format("{}: not \"{}\"", v.backend, level.name),
                     level.evidence.empty() ? level.meaning : level.evidence.front(), "", level.evidence});
  }
  if (outcome_of(v) == ValidationOutcome::holds) return "";
  return all.empty() ? warning(v.backend, answer(v)) : errors(all);
}

}  // namespace lockstep::reports
