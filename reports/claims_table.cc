// Every cell is made from the claims that campaigns hold the lock to.
#include "reports/claims_table.h"

#include <fmt/format.h>

#include <functional>

namespace lockstep::reports {
namespace {

using scenarios::Deployment;
using scenarios::Subject;
using Cell = std::function<std::string(const Subject&)>;

Cell yes_if(bool Claims::*claim) {
  return [claim](const Subject& subject) { return subject.claims.*claim ? "yes" : "no"; };
}

std::string who_opens(const Subject& subject) {
  switch (subject.deployment) {
    case Deployment::servers: return "lock servers";
    case Deployment::one_host: return "processes of one host";
    case Deployment::shared_disk: return "processes of several hosts";
    case Deployment::spread_servers: return subject.servers == 1 ? "a Redis server" : "Redis servers";
  }
  return "?";
}

std::string rate(const Subject& subject) {
  return fmt::format("{}.{} %", subject.claims.max_drift_ppb / 10'000'000,
                     subject.claims.max_drift_ppb / 1'000'000 % 10);
}

struct Row {
  std::string what;
  Cell cell;
  bool always = false;  // whoever it is
};

Row always(std::string what) {
  return {std::move(what), [](const Subject&) { return "yes"; }, true};
}

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"**Who opens it**", who_opens},
      always("acquire as the only holder, try once, wait, cancel"),
      {"acquire as a reader; downgrade", yes_if(&Claims::shared_mode)},
      {"acquire permits of a semaphore", yes_if(&Claims::permits)},
      {"a line: first come, first served", yes_if(&Claims::fair)},
      {"renew", yes_if(&Claims::renewal)},
      always("release, by the attempt that holds"),
      always("inspect: holders and waiters"),
      {"list, break with a reason", yes_if(&Claims::administration)},
      {"subscribe to events", yes_if(&Claims::events)},
      {"fencing tokens that only rise", yes_if(&Claims::fencing)},
      {"**Survives** a crash of its process", yes_if(&Claims::durable)},
      {"power loss", yes_if(&Claims::survives_power_loss)},
      {"a full disk", yes_if(&Claims::survives_full_disk)},
      {"reads, writes and syncs that fail", yes_if(&Claims::survives_io_errors)},
      {"wall clocks that do anything", yes_if(&Claims::wall_clock_immune)},
      {"clocks that differ in rate by up to", rate},
  };
  return all;
}

}  // namespace

std::string claims_table(const std::vector<Subject>& subjects) {
  std::string table = "| |";
  std::string line = "|---|";
  for (const Subject& subject : subjects) {
    table += fmt::format(" `{}` |", subject.name);
    line += "---|";
  }
  table += "\n" + line + "\n";
  for (const Row& row : rows()) {
    table += fmt::format("| {} |", row.what);
    for (const Subject& subject : subjects) table += fmt::format(" {} |", row.cell(subject));
    table += "\n";
  }
  return table;
}

std::vector<std::pair<std::string, std::string>> claims_of(const Claims& claims) {
  Subject subject;
  subject.claims = claims;
  std::vector<std::pair<std::string, std::string>> all;
  for (const Row& row : rows()) {
    if (row.what.starts_with("**Who") || row.always) continue;
    std::string what = row.what;
    std::erase(what, '*');
    all.emplace_back(std::move(what), row.cell(subject));
  }
  return all;
}

}  // namespace lockstep::reports
