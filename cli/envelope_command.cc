// `lockstep envelope`.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/app.h"
#include "cli/campaign_pages.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "properties/envelope.h"
#include "reports/envelope_report.h"
#include "reports/envelope_words.h"
#include "reports/pages/envelope_page.h"
#include "scenarios/wording.h"

namespace lockstep::cli {
namespace {

// Where the machine's clock is waited for, or real servers are started for each run, a quick look is all there is time
// for.
constexpr std::uint32_t kRuns = 500, kQuickRuns = 20;
constexpr Duration kShortest = std::chrono::milliseconds(1), kLongest = std::chrono::minutes(10);

std::uint32_t usual_runs(const scenarios::Subject& subject) {
  return subject.claims.on_machine_time || subject.on_real_files ? kQuickRuns : kRuns;
}

std::vector<std::string> axes_of(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; !text.empty() && at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    names.push_back(text.substr(at, comma - at));
    at = comma + 1;
    if (properties::trouble_named(names.back()) != nullptr) continue;
    std::vector<std::string> known;
    for (const auto& trouble : properties::troubles()) known.emplace_back(trouble.name);
    throw UsageError(
        fmt::format("--axes: there is no axis \"{}\"; there are {}", names.back(), reports::listed(known)));
  }
  return names;
}

properties::EnvelopeOptions options_of(const EnvelopeArguments& a) {
  properties::EnvelopeOptions options{.subject = subject_on_trial(a.backend)};
  options.axes = axes_of(a.axes);
  options.maps = !a.no_maps;
  options.ttl = duration_or_error("--ttl", a.ttl);
  if (options.ttl < kShortest || options.ttl > kLongest) throw UsageError("--ttl: from 1 ms to 600 s");
  options.first_seed = a.seed;
  options.runs = a.quick ? kQuickRuns : usual_runs(options.subject);
  if (a.runs != 0) options.runs = static_cast<std::uint32_t>(a.runs);
  options.runs_of_map = std::max(1u, options.runs / 5);
  if (a.quick) options.resolution_ppm = reports::kQuickResolution;
  if (!a.time.empty()) options.time_limit = real_time_or_error(a.time);
  options.jobs = a.jobs != 0 ? a.jobs : std::max(1u, std::thread::hardware_concurrency());
  options.directory = a.out;
  return options;
}

std::string line_of(const properties::EnvelopeProgress& p, Duration elapsed) {
  const double seconds = static_cast<double>(elapsed.count()) / 1e9;
  const double rate = seconds > 0 ? static_cast<double>(p.done) / seconds : 0;
  const double left = rate > 0 && p.about > p.done ? static_cast<double>(p.about - p.done) / rate : 0;
  return fmt::format("{}: {} of about {} runs, {:.0f} a second, about {} left", p.doing, reports::grouped(p.done),
                     reports::grouped(p.about), rate, reports::rough_time(left));
}

int code_of(const scenarios::Envelope& envelope) {
  switch (reports::outcome_of(envelope)) {
    case reports::EnvelopeOutcome::kept: return kClean;
    case reports::EnvelopeOutcome::broken: return kViolation;
    case reports::EnvelopeOutcome::open: return kInconclusive;
  }
  return kInternal;
}

}  // namespace

int envelope(const EnvelopeArguments& a) {
  const properties::EnvelopeOptions options = options_of(a);
  if (a.json == "-" && a.csv == "-") throw UsageError("--json and --csv: only one of them to standard output");
  for (const std::string& file : {a.json, a.csv}) {
    if (!file.empty() && file != "-") require_writable(file);
  }
  require_page(a.html);
  require_directory(a.out);
  StatusLine status;
  const auto began = std::chrono::steady_clock::now();
  const auto envelope = properties::measure_envelope(
      options,
      [&](const properties::EnvelopeProgress& progress) {
        const Duration elapsed = std::chrono::steady_clock::now() - began;
        status.show(elapsed, line_of(progress, elapsed));
      },
      interrupted());
  status.clear();
  const auto print_or_write = [](const std::string& file, const std::string& text) {
    if (file == "-") fmt::print("{}", text);
    if (!file.empty() && file != "-") write_file(file, text);
  };
  if (a.json != "-" && a.csv != "-") fmt::print("{}", reports::envelope_text(envelope, style_of_output()));
  if (!a.json.empty()) print_or_write(a.json, reports::envelope_json(envelope, version_text()));
  if (!a.csv.empty()) print_or_write(a.csv, reports::envelope_csv(envelope));
  if (!a.html.empty() &&
      write_page(a.html, reports::envelope_document(reports::envelope_told(envelope, version_text()))) &&
      a.json != "-" && a.csv != "-")
    fmt::print("\nThe page: {}\n", a.html);
  return code_of(envelope);
}

}  // namespace lockstep::cli
