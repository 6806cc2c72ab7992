// A client's work as Prometheus metrics: counters, a gauge and a histogram in a registry of prometheus-cpp, and their
// text form for whoever serves /metrics. Names of locks are no labels: there may be millions.
#pragma once

#include <prometheus/registry.h>

#include <array>
#include <map>
#include <memory>
#include <string>

#include "impl/client/telemetry.h"

namespace lockstep {

// lockstep_acquisitions_total   locks acquired
// lockstep_wait_seconds         histogram: from asking to being granted
// lockstep_active               locks that are held now
// lockstep_contentions_total    acquisitions that met somebody else
// lockstep_releases_total       releases that the store confirmed
// lockstep_timeouts_total       acquisitions whose wait limit passed
// lockstep_losses_total{reason} outage, expired, broken
// Several clients may share one, or have one each, with labels that tell them apart. Thread-safe, as prometheus-cpp is.
class PrometheusTelemetry final : public LockTelemetry {
 public:
  // The registry must outlive it. `labels` are added to every metric.
  explicit PrometheusTelemetry(prometheus::Registry& registry, const std::map<std::string, std::string>& labels = {});

  void acquire_began(const Moment& moment) override;
  void contended(const Moment& moment) override;
  void acquire_ended(const Moment& moment, AcquireEnd end, Duration waited) override;
  void hold_ended(const Moment& moment, std::optional<LossReason> loss) override;
  void release_began(const Moment& moment) override;
  void release_ended(const Moment& moment, ReleaseEnd end) override;

 private:
  prometheus::Counter& acquisitions_;
  prometheus::Histogram& wait_;
  prometheus::Gauge& active_;
  prometheus::Counter& contentions_;
  prometheus::Counter& releases_;
  prometheus::Counter& timeouts_;
  std::array<prometheus::Counter*, 3> losses_;  // by LossReason
};

// All metrics of the registry in Prometheus' text exposition format.
std::string text_of(const prometheus::Registry& registry);

}  // namespace lockstep
