// How a lock with a planted bug is made of an honest one. For the lists of this folder.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "properties/zoo/planted.h"

namespace lockstep::zoo {

using models::Property;
using models::PropertySet;
using scenarios::OpenedStore;
using scenarios::StoreParts;
using scenarios::Subject;

std::vector<Planted> store_bugs();
std::vector<Planted> file_bugs();
std::vector<Planted> ledger_bugs();
std::vector<Planted> shared_ledger_bugs();
std::vector<Planted> client_bugs();
std::vector<Planted> redis_bugs();

template <typename... P>
PropertySet any_of(P... properties) {
  return (models::bit(properties) | ...);
}

// `change` makes the bug. `mechanism` and `source` as in the catalogue; no source: no single report is its own.
template <typename Change>
Planted plant(Subject base, const std::string& suffix, int mechanism, const std::string& source, std::string about,
              PropertySet caught_by, Change change) {
  base.name += "+" + suffix;
  base.planted = source.empty() ? fmt::format("{}", mechanism) : fmt::format("{}, {}", mechanism, source);
  base.about = std::move(about);
  change(base);
  return {std::move(base), mechanism, source, caught_by};
}

// The honest store of that kind, deciding by another ledger: one for each opening.
template <typename Bug>
void decides_by(Subject& subject) {
  if (subject.name.starts_with("memory")) {
    subject.open = [](StoreParts parts) { return scenarios::open_memory(std::move(parts), std::make_shared<Bug>()); };
  } else if (subject.name.starts_with("sqlite")) {
    subject.open = [](StoreParts parts) {
      scenarios::SqliteSettings settings{.ledger = std::make_shared<Bug>()};
      return scenarios::open_sqlite(std::move(parts), std::move(settings));
    };
  } else {
    const bool shared = subject.deployment == scenarios::Deployment::shared_disk;
    subject.open = [shared](StoreParts parts) {
      return scenarios::open_directory(std::move(parts), shared, std::make_shared<Bug>());
    };
  }
}

}  // namespace lockstep::zoo
