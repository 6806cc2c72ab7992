// Every draw is made in the same order whatever the outcome of the one before, so that switching a fault off moves
// no other draw.
#include "sim/network.h"

#include "impl/env/check.h"

namespace lockstep::sim {

struct Network::Flight final : Timer {
  Flight(Network& n, std::uint64_t id, Address f, Address t, Bytes p)
      : network(n), number(id), from(f), to(t), payload(std::move(p)) {}
  void fire() override {
    network.trace_.note(network.scheduler_.now(), TraceKind::deliver, (std::uint64_t{to.host} << 16) | to.port, number);
    if (network.observer_ != nullptr) network.observer_->delivered(number);
    const auto found = network.inboxes_.find(to);
    if (found != network.inboxes_.end()) found->second->arrive(Message{from, std::move(payload)});
    delete this;
  }
  void abandon() override { delete this; }
  Network& network;
  std::uint64_t number;
  Address from;
  Address to;
  Bytes payload;
};

Network::Network(Scheduler& scheduler, Trace& trace, const LinkNoise& noise, const RandomStream& random)
    : scheduler_(scheduler), trace_(trace), noise_(noise), random_(random) {}

Network::~Network() {
  for (Timer* flight : scheduler_.take_all(in_flight_)) flight->abandon();
}

void Network::set_hosts(std::uint32_t count) {
  hosts_ = count;
  links_.clear();
  for (std::uint32_t link = 0; link < count * count; ++link) {
    links_.push_back({{}, InstantStream(scheduler_, random_.fork("link", link))});
  }
}

void Network::heal() {
  noise_.loss_ppm = noise_.duplicate_ppm = noise_.tail_ppm = 0;
  for (Link& link : links_) link.trouble = {};
}

Duration Network::delay(const Trouble& trouble, Random& random) const {
  Duration total(random.between(noise_.delay_min.count(), noise_.delay_max.count()));
  if (noise_.tail_ppm > 0 && random.chance(noise_.tail_ppm, 1'000'000)) {
    total += Duration(random.between(0, noise_.tail_max.count()));
  }
  const std::uint64_t late = random.next();
  if (trouble.late > Duration::zero()) {
    total += Duration(static_cast<std::int64_t>(late % static_cast<std::uint64_t>(trouble.late.count() + 1)));
  }
  return total;
}

void Network::launch(std::uint64_t number, Link& link, Address from, Address to, Bytes payload) {
  auto* flight = new Flight(*this, number, from, to, std::move(payload));
  scheduler_.at(*flight, scheduler_.now() + delay(link.trouble, link.random), &in_flight_);
}

void Network::send(Address from, Address to, Bytes payload) {
  CHECK(payload.size() <= kMaxMessage && from.host < hosts_);
  if (to.host >= hosts_) return;
  const std::uint64_t number = ++sent_;
  const std::uint32_t index = from.host * hosts_ + to.host;
  Link& link = links_[index];
  trace_.note(scheduler_.now(), TraceKind::send, index, number);
  if (observer_ != nullptr) observer_->sent(number, from, to, payload);
  const auto share = [&link](std::int64_t ppm) {
    return static_cast<std::int64_t>(link.random.below(1'000'000)) < ppm;
  };
  const bool lose = share(noise_.loss_ppm + link.trouble.loss_ppm) || link.trouble.cuts > 0;
  const bool twice = share(noise_.duplicate_ppm + link.trouble.duplicate_ppm);
  if (lose) {
    ++lost_;
    trace_.note(scheduler_.now(), TraceKind::lose, index, number);
    if (observer_ != nullptr) observer_->lost(number);
    return;
  }
  if (twice) {
    ++duplicated_;
    launch(number, link, from, to, payload);
  }
  launch(number, link, from, to, std::move(payload));
}

}  // namespace lockstep::sim
