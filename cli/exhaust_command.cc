// `lockstep exhaust`.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/account_file.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "properties/exhaust.h"
#include "reports/exhaust_text.h"

namespace lockstep::cli {

int exhaust(const ExhaustArguments& a) {
  properties::ExhaustOptions options{.subject = subject_on_trial(a.backend)};
  if (a.limit == 0) throw UsageError("--limit: at least 1");
  options.depth = static_cast<int>(a.depth);
  options.limit = std::chrono::seconds(a.limit);
  options.jobs = a.jobs != 0 ? a.jobs : std::max(1u, std::thread::hardware_concurrency());
  options.directory = a.out;
  if (!a.json.empty() && a.json != "-") require_writable(a.json);
  require_directory(a.out);

  StatusLine status;
  const auto began = std::chrono::steady_clock::now();
  const auto exhaustion = properties::exhaust(
      options,
      [&](std::size_t done, std::size_t wanted) {
        status.show(std::chrono::steady_clock::now() - began, fmt::format("exhausting: {} of {} scopes", done, wanted));
      },
      interrupted());
  status.clear();
  if (exhaustion.violated) write_account(exhaustion.file, "Found without dice, in a small scope.");
  if (a.json == "-") {
    fmt::print("{}", reports::exhaust_json(exhaustion));
  } else {
    fmt::print("{}", reports::exhaust_text(exhaustion, style_of_output()));
    if (!a.json.empty()) write_file(a.json, reports::exhaust_json(exhaustion));
  }
  if (exhaustion.violated) return kViolation;
  return std::ranges::all_of(exhaustion.scopes, &scenarios::ScopeExhausted::exhausted) ? kClean : kInconclusive;
}

}  // namespace lockstep::cli
