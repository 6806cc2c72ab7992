// A worker goes on to the next request as long as it lives.
#include "properties/work_off.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "properties/stopwatch.h"

namespace lockstep::properties {
namespace {

constexpr int kPollMilliseconds = 100;

struct Slot {
  std::unique_ptr<Worker> worker;
  std::optional<std::size_t> request;
  Stopwatch since;
};

void begin(Slot& slot, const WorkOrder& order, std::size_t request) {
  if (!slot.worker) slot.worker = std::make_unique<Worker>(order.function);
  slot.request = request;
  slot.since = Stopwatch();
  slot.worker->send(order.requests[request]);
}

// Nothing if it is still at work.
std::optional<Ended> end_of(Slot& slot, bool readable, Duration hung_after) {
  const bool complete = readable && slot.worker->receive();
  const bool hung = !complete && slot.since.elapsed() > hung_after;
  if (!complete && !hung) return std::nullopt;
  Ended ended{.request = *slot.request, .answer = {}, .death = {}, .mark = slot.worker->mark()};
  slot.request.reset();
  if (hung) {
    ended.death =
        fmt::format("did not come to an end within {} s and was killed", hung_after / std::chrono::seconds(1));
    slot.worker.reset();
  } else if (slot.worker->dead()) {
    ended.death = slot.worker->death();
    slot.worker.reset();
  } else {
    ended.answer = slot.worker->take_answer();
  }
  return ended;
}

}  // namespace

void work_off(const WorkOrder& order, const std::function<void(const Ended&)>& ended, const std::atomic<bool>& stop,
              const std::function<bool()>& tick) {
  std::vector<Slot> slots(std::max(1u, order.jobs));
  std::size_t next = 0, done = 0;
  while (done < order.requests.size() && !stop && tick()) {
    std::vector<pollfd> descriptors;
    for (Slot& slot : slots) {
      if (!slot.request && next < order.requests.size()) begin(slot, order, next++);
      descriptors.push_back({slot.request ? slot.worker->descriptor() : -1, POLLIN, 0});
    }
    ::poll(descriptors.data(), descriptors.size(), kPollMilliseconds);
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (!slots[i].request) continue;
      const auto end = end_of(slots[i], descriptors[i].revents != 0, order.hung_after);
      if (!end) continue;
      ++done;
      ended(*end);
    }
  }
}

}  // namespace lockstep::properties
