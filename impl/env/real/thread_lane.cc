// Jobs go to the thread through one queue and come back through another. What is posted to the executor carries no
// job, only word that one is back: so those that nobody asks for any more end with the lane, on its own thread.
#include "impl/env/real/thread_lane.h"

#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace lockstep {
namespace {

struct Job {
  BlockingLane::Work work;
  BlockingLane::Work done;
  Executor executor;  // tracks outstanding work: the context does not run out of work while the lane is busy
};

}  // namespace

struct ThreadLane::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> waiting;
  std::deque<Job> finished;
  bool closing = false;

  std::optional<Job> take(std::deque<Job>& from) {
    if (from.empty()) return std::nullopt;
    std::optional<Job> job(std::move(from.front()));
    from.pop_front();
    return job;
  }
  std::optional<Job> next_to_do() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return closing || !waiting.empty(); });
    return closing ? std::nullopt : take(waiting);
  }
  std::optional<Job> next_finished() {
    const std::lock_guard lock(mutex);
    return take(finished);
  }
};

ThreadLane::ThreadLane(Executor executor)
    : executor_(std::move(executor)),
      shared_(std::make_shared<Shared>()),
      thread_([shared = shared_] { work_off(shared); }) {}

ThreadLane::~ThreadLane() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->closing = true;
  }
  shared_->changed.notify_one();
  thread_.join();
  // Destroying a job may run anybody's destructors: no lock is held, and none is needed any more.
  auto waiting = std::exchange(shared_->waiting, {});
  auto finished = std::exchange(shared_->finished, {});
}

void ThreadLane::submit(Work work, Work done) {
  Executor tracked = boost::asio::prefer(executor_, boost::asio::execution::outstanding_work.tracked);
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->closing) return;
    shared_->waiting.push_back({std::move(work), std::move(done), std::move(tracked)});
  }
  shared_->changed.notify_one();
}

void ThreadLane::work_off(const std::shared_ptr<Shared>& shared) {
  while (auto job = shared->next_to_do()) {
    job->work();
    job->work = nullptr;
    const Executor executor = job->executor;
    {
      const std::lock_guard lock(shared->mutex);
      shared->finished.push_back(std::move(*job));
    }
    boost::asio::post(executor, [shared] {
      if (auto finished = shared->next_finished()) finished->done();
    });
  }
}

}  // namespace lockstep
