// The simulated network between hosts: each directed link has its own delays, losses and duplicates, drawn from a
// stream of its own, and may be cut. Messages are never altered; a link keeps no order, so they may overtake.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "impl/env/network.h"
#include "impl/env/random.h"
#include "sim/instant_stream.h"
#include "sim/scheduler.h"
#include "sim/trace.h"

namespace lockstep::sim {

// How every link behaves when nothing is wrong with it.
struct LinkNoise {
  Duration delay_min{std::chrono::microseconds(200)};
  Duration delay_max{std::chrono::milliseconds(2)};
  std::uint32_t tail_ppm = 0;  // so many messages take up to `tail_max` longer
  Duration tail_max{};
  std::uint32_t loss_ppm = 0;
  std::uint32_t duplicate_ppm = 0;
  friend bool operator==(const LinkNoise&, const LinkNoise&) = default;
};

class Inbox {
 public:
  virtual void arrive(Message message) = 0;

 protected:
  ~Inbox() = default;
};

// Told of every message, for stories; need not exist.
class NetworkObserver {
 public:
  virtual ~NetworkObserver() = default;
  virtual void sent(std::uint64_t message, Address from, Address to, const Bytes& payload) = 0;
  virtual void delivered(std::uint64_t message) = 0;
  virtual void lost(std::uint64_t message) = 0;
};

class Network {
 public:
  Network(Scheduler& scheduler, Trace& trace, const LinkNoise& noise, const RandomStream& random);
  ~Network();
  void set_hosts(std::uint32_t count);
  void observe(NetworkObserver* observer) { observer_ = observer; }

  // Messages to an address without an inbox vanish.
  void attach(Address address, Inbox& inbox) { inboxes_[address] = &inbox; }
  void detach(Address address) { inboxes_.erase(address); }
  void send(Address from, Address to, Bytes payload);
  // From here on nothing is lost, sent twice or unusually late.
  void heal();

  // A directed link's troubles; each adds up, so that overlapping faults end one by one.
  struct Trouble {
    std::int32_t cuts = 0;
    std::int64_t loss_ppm = 0;
    std::int64_t duplicate_ppm = 0;
    Duration late{};
  };
  Trouble& trouble(std::uint32_t from, std::uint32_t to) { return links_[from * hosts_ + to].trouble; }
  bool open(std::uint32_t from, std::uint32_t to) const { return links_[from * hosts_ + to].trouble.cuts == 0; }
  // Of a message that would be sent now, drawn from a stream of the caller's.
  Duration travel_time(std::uint32_t from, std::uint32_t to, Random& random) const {
    return delay(links_[from * hosts_ + to].trouble, random);
  }

  std::uint64_t sent() const { return sent_; }
  std::uint64_t lost() const { return lost_; }
  std::uint64_t duplicated() const { return duplicated_; }

 private:
  struct Link {
    Trouble trouble;
    InstantStream random;
  };
  struct Flight;
  void launch(std::uint64_t number, Link& link, Address from, Address to, Bytes payload);
  Duration delay(const Trouble& trouble, Random& random) const;

  Scheduler& scheduler_;
  Trace& trace_;
  LinkNoise noise_;
  RandomStream random_;
  std::uint32_t hosts_ = 0;
  std::vector<Link> links_;
  std::map<Address, Inbox*> inboxes_;
  Owner in_flight_;
  NetworkObserver* observer_ = nullptr;
  std::uint64_t sent_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t duplicated_ = 0;
};

}  // namespace lockstep::sim
