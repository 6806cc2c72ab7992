// The parent of the workers: it strikes, heals, waits for the end, and reads the journals. Its own part of the history
// is the fate of the processes. A kill is told when the dead process has been waited for, and so after everything that
// it wrote; a stop before the signal is sent and its end after, so that it lasts as told at the least.
#include "cli/stress_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <memory>
#include <new>
#include <system_error>
#include <thread>

#include "cli/stress_merge.h"
#include "cli/stress_resource.h"
#include "cli/stress_witness.h"
#include "cli/stress_worker.h"
#include "cli/worker_processes.h"
#include "impl/env/random.h"

namespace lockstep::cli {
namespace {

using models::EventType;

constexpr Duration kTick = std::chrono::milliseconds(2);
constexpr Duration kProgressSlack = std::chrono::seconds(6);
constexpr Duration kAnswerSlack = std::chrono::seconds(1);
constexpr Duration kLossSlack = std::chrono::milliseconds(100);
// How long somebody may be waited for who holds a lock at healing, and dies.
constexpr Duration kLastVictim = std::chrono::seconds(5);
// After the last phase, beyond the longest wait for a lock.
constexpr Duration kEnding = std::chrono::seconds(20);

// Opened for appending: two threads of a process write to it, and without that the position of a memory file is not
// theirs one after the other, and a record is lost now and then.
int memory_file() {
  const int file = ::memfd_create("lockstep-journal", MFD_CLOEXEC);
  if (file < 0 || ::fcntl(file, F_SETFL, O_APPEND) != 0) {
    throw std::system_error(errno, std::generic_category(), "memfd_create");
  }
  return file;
}

// A journal lives in memory: one on the disk would make its process wait for the syncs of all the others.
class JournalFile {
 public:
  JournalFile() : file_(memory_file()) {}
  ~JournalFile() { ::close(file_); }
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;
  Journal journal() const { return Journal(file_); }
  std::vector<Record> records() const { return read_records(file_); }

 private:
  int file_;
};

struct Worker {
  enum class State { up, stopped, down, ended };
  std::optional<ChildProcess> process;
  JournalFile file;
  State state = State::down;
  MonoTime until;  // stopped or down
  std::uint32_t incarnations = 0;
};

class StressRun {
 public:
  StressRun(const StressOptions& options, const std::atomic<bool>& stop, const std::function<void(Duration)>& progress)
      : options_(options),
        stop_(stop),
        progress_(progress),
        board_(new (shared_memory(sizeof(StressBoard))) StressBoard),
        chance_(RandomStream(options.seed).fork("signals")),
        begin_(boot_time()),
        workers_(options.processes) {
    for (auto& worker : workers_) worker = std::make_unique<Worker>();
    // Servers may be shared with other runs, and outlive this one.
    space_ = fmt::format("stress {} {}", ::getpid(), begin_.time_since_epoch().count());
  }
  ~StressRun() { ::munmap(board_, sizeof(StressBoard)); }
  StressRun(const StressRun&) = delete;
  StressRun& operator=(const StressRun&) = delete;

  StressResult run() {
    for (std::uint32_t w = 0; w < workers_.size(); ++w) start(w);
    strike_until(begin_ + options_.lasts * 4 / 5);
    heal();
    while (!over() && boot_time() < begin_ + options_.lasts) tick();
    end();
    return result();
  }

 private:
  bool over() const { return stop_.load() || !result_.died.empty(); }

  void tell(EventType type, std::uint32_t process, MonoTime at) {
    Record record;
    record.event.type = type;
    record.event.process = process;
    record.event.at = at.time_since_epoch();
    world_.push_back(record);
  }

  void start(std::uint32_t w) {
    Worker& worker = *workers_[w];
    WorkerTask task;
    task.store = options_.store;
    task.space = space_;
    task.worker = w;
    task.workers = options_.processes;
    task.incarnation = worker.incarnations++;
    task.locks = options_.locks;
    task.seed = options_.seed;
    task.ttl = options_.ttl;
    task.probe_wait = probe_wait();
    task.belief = options_.belief;
    task.board = board_;
    task.journal = worker.file.journal();
    board_->holding[w] = 0;
    tell(EventType::process_started, w, boot_time());
    worker.process.emplace([&task] { live(task); });
    worker.state = Worker::State::up;
  }

  // Longer than it may take until the lock of a dead holder is granted to somebody.
  Duration probe_wait() const { return options_.ttl + kProgressSlack + std::chrono::seconds(1); }

  void kill(std::uint32_t w) {
    workers_[w]->process->kill();
    tell(EventType::process_crashed, w, boot_time());
    workers_[w]->state = Worker::State::down;
    ++result_.kills;
  }

  void resume(std::uint32_t w) {
    workers_[w]->process->signal(SIGCONT);
    tell(EventType::process_resumed, w, boot_time());
    workers_[w]->state = Worker::State::up;
  }

  // Notices who has ended by itself; lets time pass.
  void tick() {
    for (std::uint32_t w = 0; w < workers_.size(); ++w) {
      Worker& worker = *workers_[w];
      if (!worker.process) continue;
      const auto how = worker.process->ended();
      if (!how) continue;
      worker.state = Worker::State::ended;
      if (board_->phase != Phase::stop || !how->empty()) {
        tell(EventType::process_crashed, w, boot_time());
        result_.died.push_back(fmt::format("worker {} {}", w, how->empty() ? "ended too early" : *how));
      }
    }
    progress_(boot_time() - begin_);
    std::this_thread::sleep_for(kTick);
  }

  // Those in this state; of them those who hold a lock, if there are any and `holders`.
  std::vector<std::uint32_t> up(bool holders) const {
    std::vector<std::uint32_t> all;
    std::vector<std::uint32_t> holding;
    for (std::uint32_t w = 0; w < workers_.size(); ++w) {
      if (workers_[w]->state != Worker::State::up) continue;
      all.push_back(w);
      if (board_->holding[w] > 0) holding.push_back(w);
    }
    return holders && !holding.empty() ? holding : all;
  }

  void strike_until(MonoTime end) {
    MonoTime next = begin_ + between(200, 400);
    while (!over() && boot_time() < end) {
      const MonoTime now = boot_time();
      for (std::uint32_t w = 0; w < workers_.size(); ++w) {
        if (workers_[w]->state == Worker::State::stopped && workers_[w]->until <= now) resume(w);
        if (workers_[w]->state == Worker::State::down && workers_[w]->until <= now) start(w);
      }
      const auto victims = up(chance_.chance(1, 2));
      // At least half of them are left to work.
      if (now >= next && up(false).size() * 2 > workers_.size() && !victims.empty()) {
        strike(victims[chance_.below(victims.size())], now);
        next = now + between(100, 1000);
      }
      tick();
    }
  }

  Duration between(std::int64_t low, std::int64_t high) {
    return std::chrono::milliseconds(chance_.between(low, high));
  }

  void strike(std::uint32_t w, MonoTime now) {
    Worker& worker = *workers_[w];
    if (chance_.chance(1, 2)) {
      kill(w);
      worker.until = now + between(10, 300);
      return;
    }
    tell(EventType::process_paused, w, boot_time());
    worker.process->signal(SIGSTOP);
    worker.state = Worker::State::stopped;
    worker.until = now + options_.ttl * chance_.between(110, 200) / 100;  // longer than any lease
    ++result_.stops;
  }

  // Everybody up for good; just before, holders die, so that their locks have to come free by themselves.
  void heal() {
    for (std::uint32_t w = 0; w < workers_.size(); ++w) {
      if (workers_[w]->state == Worker::State::stopped) resume(w);
      if (workers_[w]->state == Worker::State::down) start(w);
    }
    const MonoTime limit = boot_time() + kLastVictim;
    const auto nobody_holds = [this] {
      return std::ranges::all_of(board_->holding, [](const auto& holding) { return holding == 0; });
    };
    while (!over() && nobody_holds() && boot_time() < limit) tick();
    if (!over()) {
      for (const std::uint32_t w : up(true)) {
        if (board_->holding[w] > 0) kill(w);
      }
      for (std::uint32_t w = 0; w < workers_.size(); ++w) {
        if (workers_[w]->state == Worker::State::down) start(w);
      }
    }
    tell(EventType::healed, 0, boot_time());
    board_->phase = Phase::healed;
  }

  void end() {
    board_->phase = Phase::stop;
    const MonoTime limit = boot_time() + probe_wait() + kEnding;
    const auto ended = [](const auto& worker) { return worker->state == Worker::State::ended; };
    while (!over() && !std::ranges::all_of(workers_, ended) && boot_time() < limit) tick();
    end_ = boot_time();
    for (std::uint32_t w = 0; w < workers_.size(); ++w) {
      if (workers_[w]->state == Worker::State::ended) continue;
      if (!over()) ++result_.stuck;
      workers_[w]->process->kill();
      tell(EventType::process_crashed, w, boot_time());
    }
  }

  StressResult result() {
    StressCast cast{.processes = {}, .locks = {}, .origin = begin_, .end = end_};
    std::vector<std::vector<Record>> files{world_};
    for (std::uint32_t w = 0; w < workers_.size(); ++w) {
      cast.processes.push_back({fmt::format("worker {}", w), models::Process::Role::client, 0});
      files.push_back(workers_[w]->file.records());
    }
    cast.processes.push_back({"resource", models::Process::Role::resource, 0});
    for (std::uint32_t lock = 0; lock < options_.locks; ++lock) {
      cast.locks.push_back(stress_lock(lock).bytes);
      files.push_back(FencedFile(fenced_file(options_.store.directory, lock), lock, options_.processes).records());
    }
    result_.history = merge(files, cast);
    result_.bounds.answer_slack = kAnswerSlack;
    result_.bounds.loss_slack = kLossSlack;
    result_.bounds.progress_slack = kProgressSlack;
    result_.bounds.end = end_ - begin_;
    result_.verdicts = models::check_all(result_.history, result_.bounds, judged_in_stress(options_.store.backend));
    result_.took = end_ - begin_;
    result_.interrupted = stop_.load();
    return std::move(result_);
  }

  StressOptions options_;
  const std::atomic<bool>& stop_;
  const std::function<void(Duration)>& progress_;
  StressBoard* board_;
  std::string space_;
  RandomStream chance_;
  MonoTime begin_;
  MonoTime end_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Record> world_;
  StressResult result_;
};

}  // namespace

// Workers take one lock at a time under ordinary names and do not listen; and a lock that is wanted all the time gives
// the search behind S3 no piece that is small enough.
models::PropertySet judged_in_stress(const std::string& backend) {
  using models::Property;
  return judged_on(backend) & ~models::bit(Property::linearizable) & ~models::bit(Property::events) &
         ~models::bit(Property::names) & ~models::bit(Property::deadlock_free);
}

StressResult run_stress(const StressOptions& options, const std::atomic<bool>& stop,
                        const std::function<void(Duration)>& progress) {
  return StressRun(options, stop, progress).run();
}

}  // namespace lockstep::cli
