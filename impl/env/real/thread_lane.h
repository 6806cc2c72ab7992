// Blocking work on a thread of its own: the only thread in the project beside the one that runs the executor.
#pragma once

#include <memory>
#include <thread>

#include "impl/env/blocking.h"

namespace lockstep {

// Everything but the work itself happens on the executor's thread, which also destroys the lane.
class ThreadLane final : public BlockingLane {
 public:
  explicit ThreadLane(Executor executor);
  // Waits for the work in hand. What has not been started is destroyed, and no `done` runs any more.
  ~ThreadLane() override;
  ThreadLane(const ThreadLane&) = delete;
  ThreadLane& operator=(const ThreadLane&) = delete;

  void submit(Work work, Work done) override;

 private:
  struct Shared;
  static void work_off(const std::shared_ptr<Shared>& shared);
  Executor executor_;
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace lockstep
