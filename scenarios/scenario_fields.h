// The fields of a scenario file, told once: the writer, the reader and the list of known names visit them in the
// order of the file. A field with a default is left out when it has it; one without is always written and required.
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>
#include <vector>

#include "scenarios/scenario.h"

namespace lockstep::scenarios {

// T is `Of`, constant when written and not when read.
template <typename T, typename Of>
concept Some = std::same_as<std::remove_const_t<T>, Of>;

template <typename V, Some<Step> S>
void visit_fields(V& v, S& step) {
  const Step defaults;
  v.field("at", step.at);
  v.field("client", step.client);
  v.field("lock", step.lock, defaults.lock);
  v.field("act", step.act, defaults.act);
  v.field("shared", step.shared, defaults.shared);
  v.field("permits", step.permits, defaults.permits);
  v.numbers("also", step.also);
  v.field("ttl", step.ttl);
  v.field("wait", step.wait, defaults.wait);
  v.field("hold", step.hold, defaults.hold);
  v.field("writes", step.writes, defaults.writes);
  v.field("renew", step.renew, defaults.renew);
  v.field("careless", step.careless, defaults.careless);
  v.field("downgrade", step.downgrade, defaults.downgrade);
  v.field("cancel_after", step.cancel_after, defaults.cancel_after);
  v.field("ending", step.ending, defaults.ending);
}

template <typename V, Some<sim::Fault> S>
void visit_fields(V& v, S& fault) {
  v.field("at", fault.at);
  v.field("kind", fault.kind);
  v.target("target", fault);
  v.other("other", fault);
  v.field("lasts", fault.lasts, sim::Fault().lasts);
  v.amount("amount", fault);
}

template <typename V, Some<HostSpec> S>
void visit_fields(V& v, S& host) {
  const HostSpec defaults;
  v.signed_field("wall_offset", host.wall_offset, defaults.wall_offset);
  v.field("drift_ppb", host.drift_ppb, defaults.drift_ppb);
  v.field("wall_drift_ppb", host.wall_drift_ppb, defaults.wall_drift_ppb);
  v.field("uptime", host.uptime, defaults.uptime);
}

template <typename V, Some<sim::LinkNoise> S>
void visit_fields(V& v, S& noise) {
  const sim::LinkNoise defaults;
  v.field("delay_min", noise.delay_min, defaults.delay_min);
  v.field("delay_max", noise.delay_max, defaults.delay_max);
  v.field("tail_ppm", noise.tail_ppm, defaults.tail_ppm);
  v.field("tail_max", noise.tail_max, defaults.tail_max);
  v.field("loss_ppm", noise.loss_ppm, defaults.loss_ppm);
  v.field("duplicate_ppm", noise.duplicate_ppm, defaults.duplicate_ppm);
}

template <typename V, Some<sim::StorageTiming> S>
void visit_fields(V& v, S& timing) {
  const sim::StorageTiming defaults;
  v.field("call_min", timing.call_min, defaults.call_min);
  v.field("call_max", timing.call_max, defaults.call_max);
  v.field("sync_min", timing.sync_min, defaults.sync_min);
  v.field("sync_max", timing.sync_max, defaults.sync_max);
}

template <typename V, Some<Outcome> S>
void visit_fields(V& v, S& outcome) {
  v.field("backend", outcome.backend);
  v.field("breaks", outcome.breaks, std::optional<models::Property>());
}

// Faults name processes, so they come after servers and clients.
template <typename V, Some<Scenario> S>
void visit_fields(V& v, S& scenario) {
  v.version("version");
  v.field("about", scenario.about, std::string());
  v.field("source", scenario.source, std::string());
  v.field("backend", scenario.backend);
  v.field("seed", scenario.seed);
  v.field("expect", scenario.expect, std::optional<models::Property>());
  v.lines("outcomes", scenario.outcomes);
  v.list("hosts", scenario.hosts);
  v.field("servers", scenario.servers);
  v.host_list("server_hosts", scenario.server_hosts, true);
  v.field("shared_disk", scenario.shared_disk, false);
  v.field("mount_cache", scenario.mount_cache, Duration());
  v.host_list("clients", scenario.clients);
  v.field("locks", scenario.locks);
  v.numbers("capacities", scenario.capacities);
  v.field("names", scenario.names, std::uint32_t{0});
  v.object("network", scenario.network);
  v.object("storage", scenario.storage);
  v.field("heal_at", scenario.heal_at);
  v.lines("steps", scenario.steps);
  v.lines("faults", scenario.faults);
}

// The names that visit_fields gives for a T.
class FieldNames {
 public:
  template <typename T>
  static const std::vector<std::string_view>& of() {
    static const std::vector<std::string_view> names = [] {
      FieldNames visitor;
      const T value{};
      visit_fields(visitor, value);
      return visitor.names_;
    }();
    return names;
  }
  void version(std::string_view name) { names_.push_back(name); }
  void field(std::string_view name, const auto&...) { names_.push_back(name); }
  void signed_field(std::string_view name, const auto&...) { names_.push_back(name); }
  void list(std::string_view name, const auto&) { names_.push_back(name); }
  void host_list(std::string_view name, const auto&...) { names_.push_back(name); }
  void numbers(std::string_view name, const auto&) { names_.push_back(name); }
  void lines(std::string_view name, const auto&) { names_.push_back(name); }
  void object(std::string_view name, const auto&) { names_.push_back(name); }
  void target(std::string_view name, const auto&) { names_.push_back(name); }
  void other(std::string_view name, const auto&) { names_.push_back(name); }
  void amount(std::string_view name, const auto&) { names_.push_back(name); }

 private:
  std::vector<std::string_view> names_;
};

// Words of the enumerations, in their order.
inline constexpr std::string_view kActs[] = {"lock", "look", "break", "watch"};
inline constexpr std::string_view kEndings[] = {"release", "twice", "late", "forget", "scope", "thrown"};

}  // namespace lockstep::scenarios
