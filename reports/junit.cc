// The dialect is the one that Jenkins, GitLab and GitHub's actions have in common.
#include "reports/junit.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/campaign_answer.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using models::Property;
using scenarios::CampaignSummary;

using Case = JunitCase;

// The length of the UTF-8 character at `at`, or 0 if there is none that XML 1.0 knows.
std::size_t character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const unsigned first = byte(at);
  if (first < 0x80) return (first >= 0x20 && first != 0x7f) || first == '\n' || first == '\t' || first == '\r' ? 1 : 0;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  unsigned long value = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0u) != 0x80u) return 0;
    value = value << 6 | (byte(at + i) & 0x3fu);
  }
  const bool too_long = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool no_character = (value >= 0xd800 && value < 0xe000) || value == 0xfffe || value == 0xffff;
  return too_long || no_character || value > 0x10ffff ? 0 : length;
}

std::string escaped(std::string_view text, bool attribute) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_at(text, at);
    const char c = text[at];
    if (length == 0)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\r' || (attribute && (c == '\n' || c == '\t')))
      out += fmt::format("&#{};", static_cast<int>(c));
    else
      out += text.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  return out;
}

Case property_case(const CampaignSummary& s, Property p, const std::vector<FailureGroup>& groups) {
  using End = Case::End;
  const auto& sums = sums_of(s, p);
  const std::string of_runs = fmt::format("{} of {} runs", sums.violations, sums.runs);
  Case c{.name = title_of(p)};
  if (!is_asserted(s, p)) {
    c.end = End::skipped;
    c.message = "not asserted" + (sums.violations > 0 ? "; broken in " + of_runs : "");
  } else if (sums.violations > 0) {
    c.end = End::failed;
    c.message = "broken in " + of_runs;
    for (const auto& group : groups) {
      if (group.property != p) continue;
      if (c.type.empty()) {
        c.type = group.shape;
        c.message = fmt::format("{}: {}", origin_of(*group.smallest), group.smallest->sentence);
      }
      for (const auto* f : group.failures) {
        c.body += fmt::format("{}: {}: {}\n{}\n", origin_of(*f), f->shape, f->sentence, replay_line(f->file));
      }
    }
    for (const auto& f : s.findings) {
      if (f.property != p) continue;
      c.type = f.shape;
      c.message = fmt::format("{}: {}", origin_of(f), f.sentence);
      c.body = fmt::format("{}: {}: {}\n{}\n", origin_of(f), f.shape, f.sentence, finding_replay_line(s, f));
    }
  } else if (sums.undecided > 0) {
    c.end = End::skipped;
    c.message = fmt::format("undecided in {} of {} runs", sums.undecided, sums.runs);
  } else if (sums.exercised == 0) {
    c.end = End::skipped;
    c.message = fmt::format("not exercised in {} runs", sums.runs);
  }
  return c;
}

Case lines_case(std::string name, std::string type, std::uint64_t count, const std::vector<std::string>& lines) {
  Case c{.name = std::move(name)};
  if (count == 0 && lines.empty()) return c;
  c.end = Case::End::error;
  c.type = std::move(type);
  c.message = lines.empty() ? fmt::format("{} runs", count) : lines.front().substr(0, lines.front().find('\n'));
  for (const auto& line : lines) c.body += line + "\n";
  return c;
}

std::vector<Case> cases_of(const CampaignSummary& s) {
  std::vector<Case> cases;
  const auto groups = groups_of(s);
  for (const Property p : all_properties()) cases.push_back(property_case(s, p, groups));
  cases.push_back(lines_case("runs repeat", "divergence", s.sums.determinism_mismatches, s.divergences));
  if (cases.back().end == Case::End::passed && s.sums.determinism_checked == 0) {
    cases.back().end = Case::End::skipped;
    cases.back().message = "no run was repeated";
  }
  std::vector<std::string> crashes;
  for (const auto& line : s.crashes) crashes.push_back(line + "\n" + crash_replay_line(s, line));
  cases.push_back(lines_case("workers survive", "crash", s.sums.crashed, crashes));
  return cases;
}

std::string xml_of(const Case& c, const std::string& suite) {
  std::string text = fmt::format("    <testcase classname=\"{}\" name=\"{}\"", suite, xml_attribute(c.name));
  switch (c.end) {
    case Case::End::passed: return text + "/>\n";
    case Case::End::skipped:
      return text + fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", xml_attribute(c.message));
    case Case::End::failed:
    case Case::End::error: break;
  }
  const std::string_view element = c.end == Case::End::failed ? "failure" : "error";
  return text + fmt::format(">\n      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n    </testcase>\n", element,
                            xml_attribute(c.type), xml_attribute(c.message), xml_text(c.body));
}

std::string sums_of(const JunitSuite& suite) {
  const auto count = [&](Case::End end) { return std::ranges::count(suite.cases, end, &Case::end); };
  return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\"", suite.cases.size(),
                     count(Case::End::failed), count(Case::End::error), count(Case::End::skipped), suite.seconds);
}

}  // namespace

std::string xml_text(std::string_view text) { return escaped(text, false); }
std::string xml_attribute(std::string_view text) { return escaped(text, true); }

std::string junit_of(const std::vector<JunitSuite>& suites) {
  std::string text;
  JunitSuite all;
  for (const JunitSuite& suite : suites) {
    const std::string name = xml_attribute(suite.name);
    text += fmt::format("  <testsuite name=\"{}\" {}>\n", name, sums_of(suite));
    for (const Case& c : suite.cases) text += xml_of(c, name);
    if (!suite.said.empty()) text += fmt::format("    <system-out>{}</system-out>\n", xml_text(suite.said));
    text += "  </testsuite>\n";
    all.cases.insert(all.cases.end(), suite.cases.begin(), suite.cases.end());
    all.seconds += suite.seconds;
  }
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lockstep\" {}>\n{}</testsuites>\n",
                     sums_of(all), text);
}

std::string campaign_junit(const CampaignSummary& s) {
  return junit_of({{"lockstep." + s.backend + "." + s.profile, cases_of(s), s.seconds, answer(s)}});
}

}  // namespace lockstep::reports
