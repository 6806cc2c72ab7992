// An envelope as tests of its reports need one: along drift S2 breaks beyond what is claimed, along pause nothing does,
// delay does not bear on the lock, and nothing exercises N1. For tests only.
#pragma once

#include "scenarios/envelope.h"

namespace lockstep::reports {

inline scenarios::EnvelopePoint point(std::int64_t value, std::uint32_t violations, std::uint32_t exercised = 100) {
  scenarios::EnvelopePoint p{.value = value, .runs = 100, .asked = 500, .granted = 250};
  p.tallies[static_cast<std::size_t>(models::Property::belief_exclusion)] = {exercised, violations, 0, 17};
  p.tallies[static_cast<std::size_t>(models::Property::progress)] = {exercised, 0, 0, 0};
  return p;
}

inline scenarios::Envelope an_envelope() {
  scenarios::Envelope e{.backend = "some-lock", .about = "a lock"};
  e.judged = models::bit(models::Property::belief_exclusion) | models::bit(models::Property::progress) |
             models::bit(models::Property::names);
  e.asserted = e.judged;
  e.ttl = std::chrono::seconds(2);
  e.runs = 100;
  e.runs_of_map = 20;
  e.runs_in_all = 1234;
  e.calm = point(0, 0);
  scenarios::EnvelopeAxis& drift = e.axes.emplace_back();
  drift.name = "drift";
  drift.about = "the clocks that judge the holder's lease run faster by so much, or the holder's own, and so on";
  drift.unit = scenarios::EnvelopeUnit::ppb;
  drift.mildest = 100'000;
  drift.worst = 500'000'000;
  drift.claimed = 2'000'000;
  drift.points = {point(100'000, 0), point(2'005'999, 0), point(2'009'000, 12), point(500'000'000, 100)};
  drift.boundaries = {{.property = models::Property::belief_exclusion,
                       .kept = 2'005'999,
                       .broken = 2'009'000,
                       .returns = false,
                       .claimed = false,
                       .seed = 17,
                       .sentence = "client 0 held A, and so did client 1: two holders",
                       .file = "out/some-lock-drift-S2.json"}};
  scenarios::EnvelopeAxis& pause = e.axes.emplace_back();
  pause.name = "pause";
  pause.about = "it stands still";
  pause.mildest = 1'000'000;
  pause.worst = 20'000'000'000;
  pause.points = {point(1'000'000, 0), point(20'000'000'000, 0, 80)};
  scenarios::EnvelopeAxis& delay = e.axes.emplace_back();
  delay.name = "delay";
  delay.about = "messages are late";
  delay.lacks = "it sends no messages";
  scenarios::EnvelopeMap& map = e.maps.emplace_back();
  map.axis = "drift";
  map.unit = scenarios::EnvelopeUnit::ppb;
  map.values = {100'000, 500'000'000};
  map.ttls = {10'000'000, 20'000'000'000};
  map.cells = {point(1, 0), point(2, 55), point(1, 0, 0), point(2, 100)};
  return e;
}

}  // namespace lockstep::reports
