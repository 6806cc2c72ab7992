// The list. A subject with a bug claims what the honest one claims: it is to be held to it.
#include "properties/zoo/planted.h"

#include <algorithm>

#include "properties/zoo/plant.h"
#include "scenarios/own_subjects.h"
#include "scenarios/real_redis_subject.h"

namespace lockstep::zoo {

std::vector<Planted> planted_bugs() {
  std::vector<Planted> all;
  for (auto family : {store_bugs, file_bugs, ledger_bugs, shared_ledger_bugs, client_bugs, redis_bugs}) {
    std::ranges::move(family(), std::back_inserter(all));
  }
  std::ranges::stable_sort(all, {}, &Planted::mechanism);
  return all;
}

std::vector<Subject> all_subjects() {
  std::vector<Subject> all = scenarios::own_subjects();
  std::ranges::move(scenarios::honest_subjects(), std::back_inserter(all));
  std::ranges::move(scenarios::real_redis_subjects(), std::back_inserter(all));
  for (Planted& planted : planted_bugs()) all.push_back(std::move(planted.subject));
  for (Planted& planted : planted_on_real_servers()) all.push_back(std::move(planted.subject));
  return all;
}

std::optional<Subject> subject_named(std::string_view name) {
  for (Subject& subject : all_subjects()) {
    if (subject.name == name) return std::move(subject);
  }
  return std::nullopt;
}

}  // namespace lockstep::zoo
