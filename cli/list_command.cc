// `lockstep list` and `lockstep version`.
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <boost/version.hpp>
#include <nlohmann/json.hpp>

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "properties/contract/contract.h"
#include "properties/zoo/planted.h"
#include "reports/claims_table.h"
#include "reports/text_style.h"
#include "scenarios/adapter_subject.h"
#include "scenarios/own_subjects.h"
#include "scenarios/plugin_subject.h"
#include "scenarios/wording.h"

#ifndef LOCKSTEP_VERSION
#define LOCKSTEP_VERSION "unknown"
#endif

namespace lockstep::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kListVersion = 1;

Json everything() {
  Json all = {{"lockstep_list", kListVersion}};
  for (const auto& subject : zoo::all_subjects()) {
    Json one = {{"name", subject.name}, {"about", subject.about}};
    if (!subject.planted.empty()) one["planted"] = subject.planted;
    all["backends"].push_back(std::move(one));
  }
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto p = static_cast<models::Property>(i);
    all["properties"].push_back(
        {{"id", models::id_of(p)}, {"name", models::name_of(p)}, {"promise", models::promise_of(p)}});
  }
  for (int i = 0; i < sim::kFaultKinds; ++i) {
    const auto& facts = sim::facts_of(static_cast<sim::FaultKind>(i));
    all["faults"].push_back({{"name", facts.name}, {"amount", facts.amount}, {"meaning", facts.meaning}});
  }
  return all;
}

// What --adapter has brought; empty: nothing.
std::string& adapter_on_trial() {
  static std::string name;
  return name;
}

// For a name that no lock has: the likely one, or those of the honest ones, which are not as many as all.
std::string backend_meant_by(const std::string& name) {
  std::vector<std::string> known;
  std::string honest;
  for (const auto& subject : zoo::all_subjects()) {
    known.push_back(subject.name);
    if (subject.planted.empty()) honest += (honest.empty() ? "" : ", ") + subject.name;
  }
  return scenarios::suggestion(name, known,
                               fmt::format("there are {}, and the planted bugs that `lockstep list` names", honest));
}

// Lines to paste have the option too.
void call_with(const char* option, const std::string& value) {
  reports::called_as() = fmt::format("{} {} {}", reports::called_as(), option, reports::in_shell_quotes(value));
}

}  // namespace

std::string add_adapter(const std::string& command, AdapterTime time) {
  try {
    const scenarios::OwnSubject registered(scenarios::adapter_subject({.command = command, .time = time}));
  } catch (const AdapterTrouble& trouble) {
    throw UsageError(trouble.what());
  }
  if (time == AdapterTime::machine) reports::called_as() += " --wall-clock";
  if (time == AdapterTime::host) reports::called_as() += " --virtual-time";
  call_with("--adapter", command);
  return adapter_on_trial() = scenarios::own_subjects().back().name;
}

void add_plugin(const std::string& file) {
  try {
    const scenarios::OwnSubject registered(scenarios::plugin_subject(file));
  } catch (const PluginTrouble& trouble) {
    throw UsageError(trouble.what());
  }
  call_with("--plugin", file);
}

std::string default_backend() {
  const auto& own = scenarios::own_subjects();
  return own.empty() ? "sqlite" : own.front().name;
}

scenarios::Subject subject_on_trial(const std::string& name) {
  if (const auto& adapter = adapter_on_trial(); !adapter.empty() && !name.empty() && name != adapter) {
    throw UsageError(
        fmt::format("--backend {}: the adapter \"{}\" is on trial; leave one of the two out", name, adapter));
  }
  return subject_or_error(name);
}

scenarios::Subject subject_or_error(const std::string& name, const std::string& file) {
  if (name.empty()) return subject_or_error(default_backend());
  const std::string place = file.empty() ? "" : fmt::format("{}: backend: ", file);
  if (auto subject = zoo::subject_named(name)) {
    const std::string lacks = subject->lacks != nullptr ? subject->lacks() : "";
    if (!lacks.empty())
      throw UsageError(fmt::format("{}the backend \"{}\" cannot be tried here: {}", place, name, lacks));
    return std::move(*subject);
  }
  throw UsageError(fmt::format("{}there is no backend \"{}\"; {}", place, name, backend_meant_by(name)));
}

properties::Profile profile_or_error(const std::string& name) {
  if (const auto profile = properties::profile_named(name)) return *profile;
  throw UsageError(fmt::format("there is no profile \"{}\"; there are within-claims and beyond-claims", name));
}

namespace {

void list_all(const reports::TextStyle& style) {
  const auto row = [&style](std::string_view name, std::size_t width, const std::string& text) {
    const std::string head = fmt::format("  {:{}} ", name, width);
    fmt::print("{}", reports::hanging(head, head.size(), text, style));
  };
  const auto subjects = zoo::all_subjects();
  std::size_t longest = 0;
  for (const auto& s : subjects) longest = std::max(longest, s.name.size());
  fmt::print("Backends:\n");
  for (const auto& s : subjects) {
    if (s.planted.empty()) row(s.name, longest, s.about);
  }
  fmt::print("\nPlanted bugs (mechanism in the catalogue, source):\n");
  for (const auto& s : subjects) {
    if (!s.planted.empty()) row(s.name, longest, fmt::format("{} ({})", s.about, s.planted));
  }
  fmt::print("\nProperties:\n");
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto p = static_cast<models::Property>(i);
    row(fmt::format("{:3} {}", models::id_of(p), models::name_of(p)), 22, std::string(models::promise_of(p)));
  }
  fmt::print("\nFaults:\n");
  for (int i = 0; i < sim::kFaultKinds; ++i) {
    const auto& facts = sim::facts_of(static_cast<sim::FaultKind>(i));
    row(facts.name, 18, std::string(facts.meaning));
  }
}

}  // namespace

int list(const ListArguments& arguments) {
  if (arguments.claims) {
    const auto& own = scenarios::own_subjects();
    fmt::print("{}", reports::claims_table(own.empty() ? scenarios::honest_subjects() : own));
    return kClean;
  }
  if (arguments.contract) {
    fmt::print("| case | what must come of it |\n|---|---|\n");
    for (const auto& one : properties::contract::contract()) fmt::print("| `{}` | {} |\n", one.name, one.promise);
    return kClean;
  }
  if (arguments.json) {
    fmt::print("{}\n", everything().dump(2));
    return kClean;
  }
  reports::TextStyle style = style_of_output();
  if (!is_terminal_output()) style.width = 1000;  // one line each, for whoever searches in it
  list_all(style);
  return kClean;
}

std::string version_text() { return LOCKSTEP_VERSION; }

int version() {
  fmt::print("lockstep {} (SQLite {}, Boost {}.{})\n", version_text(), sqlite3_libversion(), BOOST_VERSION / 100000,
             BOOST_VERSION / 100 % 1000);
  return kClean;
}

}  // namespace lockstep::cli
