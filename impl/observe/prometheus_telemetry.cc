// prometheus-cpp counts in floating point; what it is given is made of integers here and never read back.
#include "impl/observe/prometheus_telemetry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

namespace lockstep {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

// From a round trip on one machine to a long queue.
const prometheus::Histogram::BucketBoundaries kWaits = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help,
                             const std::map<std::string, std::string>& labels) {
  return BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

prometheus::Counter& loss_counter(prometheus::Registry& registry, std::map<std::string, std::string> labels,
                                  LossReason reason) {
  labels["reason"] = std::string(name_of(reason));
  return counter(registry, "lockstep_losses_total", "Locks that were lost while they were held", labels);
}

}  // namespace

PrometheusTelemetry::PrometheusTelemetry(prometheus::Registry& registry,
                                         const std::map<std::string, std::string>& labels)
    : acquisitions_(counter(registry, "lockstep_acquisitions_total", "Locks acquired", labels)),
      wait_(BuildHistogram()
                .Name("lockstep_wait_seconds")
                .Help("From asking for a lock to being granted it")
                .Register(registry)
                .Add(labels, kWaits)),
      active_(BuildGauge().Name("lockstep_active").Help("Locks that are held now").Register(registry).Add(labels)),
      contentions_(counter(registry, "lockstep_contentions_total", "Acquisitions that met somebody else", labels)),
      releases_(counter(registry, "lockstep_releases_total", "Releases that the store confirmed", labels)),
      timeouts_(counter(registry, "lockstep_timeouts_total", "Acquisitions whose wait limit passed", labels)),
      losses_{&loss_counter(registry, labels, LossReason::outage), &loss_counter(registry, labels, LossReason::expired),
              &loss_counter(registry, labels, LossReason::broken)} {}

void PrometheusTelemetry::acquire_began(const Moment&) {}
void PrometheusTelemetry::contended(const Moment&) { contentions_.Increment(); }

void PrometheusTelemetry::acquire_ended(const Moment&, AcquireEnd end, Duration waited) {
  if (end == AcquireEnd::timed_out) timeouts_.Increment();
  if (end != AcquireEnd::granted) return;
  acquisitions_.Increment();
  active_.Increment();
  wait_.Observe(std::chrono::duration<double>(waited).count());
}

void PrometheusTelemetry::hold_ended(const Moment&, std::optional<LossReason> loss) {
  active_.Decrement();
  if (loss) losses_[static_cast<std::size_t>(*loss)]->Increment();
}

void PrometheusTelemetry::release_began(const Moment&) {}

void PrometheusTelemetry::release_ended(const Moment&, ReleaseEnd end) {
  if (end == ReleaseEnd::released) releases_.Increment();
}

std::string text_of(const prometheus::Registry& registry) {
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace lockstep
