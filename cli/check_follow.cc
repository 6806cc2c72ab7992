// Reads what there is, waits a little where there is nothing, and tells how far it has come.
#include "cli/check_follow.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "cli/app.h"
#include "cli/terminal.h"
#include "models/linear/times.h"
#include "models/logs/growing_log.h"
#include "reports/text_style.h"
#include "scenarios/wording.h"

namespace lockstep::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPiece = 1 << 20;
constexpr auto kPause = std::chrono::milliseconds(50);
constexpr auto kRest = std::chrono::seconds(1);  // after so long without a line no more are expected of the same time

// A file that others write, by whole lines.
class Tail {
 public:
  explicit Tail(const std::string& path)
      : name_(path == "-" ? "standard input" : path),
        file_(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (file_ < 0) throw UsageError(fmt::format("{} cannot be read: {}", name_, std::strerror(errno)));
    struct stat about {};
    if (fstat(file_, &about) == 0 && S_ISDIR(about.st_mode)) throw UsageError(name_ + " is a directory");
    grows_ = S_ISREG(about.st_mode);
  }
  ~Tail() { close(file_); }
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  const std::string& name() const { return name_; }
  bool ended() const { return ended_; }

  // Whether anything came.
  bool read_to(models::GrowingLog& log) {
    text_.resize(filled_ + kPiece + models::kReadPadding);
    const auto got = read(file_, text_.data() + filled_, kPiece);
    if (got < 0 && errno == EINTR) return false;
    if (got < 0) throw UsageError(fmt::format("{} cannot be read: {}", name_, std::strerror(errno)));
    if (got == 0) {
      struct stat about {};
      if (grows_ && fstat(file_, &about) == 0 && about.st_size < at_)
        throw UsageError(name_ + " has become shorter while it was followed: what came after is not judged");
      ended_ = !grows_;
      return false;
    }
    const std::string_view piece(text_.data() + filled_, static_cast<std::size_t>(got));
    if (at_ == 0 && piece.starts_with("\x1f\x8b"))
      throw UsageError(fmt::format("{} is compressed; write: zcat {} | lockstep check --follow -", name_, name_));
    at_ += got;
    filled_ += static_cast<std::size_t>(got);
    const std::size_t end = std::string_view(text_.data(), filled_).rfind('\n') + 1;  // 0 if there is none
    if (end > 0) log.take({text_.data(), end});
    std::memmove(text_.data(), text_.data() + end, filled_ - end);
    filled_ -= end;
    return true;
  }

  // What has no end of line. Of a file it is not all there yet.
  void read_rest_to(models::GrowingLog& log) {
    if (!ended_) return;
    text_.resize(filled_ + models::kReadPadding);
    if (filled_ > 0) log.take({text_.data(), filled_});
    filled_ = 0;
  }

 private:
  std::string name_;
  int file_;
  bool grows_ = false, ended_ = false;
  off_t at_ = 0;
  std::string text_;
  std::size_t filled_ = 0;
};

// What keeps it from deciding, and which option helps: each once, on a line of its own.
class Hints {
 public:
  explicit Hints(linear::Instant patience) : patience_(patience) {}

  // Nothing has come for so long.
  void idle(Clock::duration time, StatusLine& status) {
    if (time >= kIdle && !std::exchange(told_idle_, true))
      line(status, "nothing new has come for 5 s; Ctrl-C ends it with a verdict, and so does --until-idle by itself");
  }

  void tell(const models::GrowingLog::Progress& p, StatusLine& status) {
    if (p.waits_for != 0 && p.now - p.waits_since >= kHeldBack && !std::exchange(told_waiting_, true))
      line(status, fmt::format("line {}, of {}, has no answer yet; until it has one, or the log is {} past that "
                               "(--patience), nothing after it is judged",
                               p.waits_for, linear::seconds(p.waits_since), linear::length(patience_)));
    if (p.undecided > 0 && !std::exchange(told_undecided_, true))
      line(status, fmt::format("too many outcomes are unknown at a time: {} now, and stays so; start again with a "
                               "--patience that is shorter than {}, but longer than any answer takes",
                               p.undecided == 1 ? "a lock is undecided"
                                                : reports::grouped(p.undecided) + " locks are undecided",
                               linear::length(patience_)));
  }

 private:
  static constexpr auto kIdle = std::chrono::seconds(5);
  static constexpr linear::Instant kHeldBack = 1'000'000'000;

  static void line(StatusLine& status, const std::string& text) {
    status.clear();
    fmt::print(stderr, "{}\n", text);
  }

  linear::Instant patience_;
  bool told_waiting_ = false, told_undecided_ = false, told_idle_ = false;
};

std::string told(const models::GrowingLog::Progress& p) {
  return fmt::format("{} so far: {} operations, all before {} judged, {} open",
                     p.undecided > 0 ? "no violation" : "right", reports::grouped(p.operations),
                     linear::seconds(std::max<linear::Instant>(0, p.up_to)), p.open);
}

}  // namespace

reports::CheckedLog follow(const CheckArguments& a, const models::LogRules& rules, models::LogFormat format) {
  const auto idle = a.until_idle.empty() ? Duration::max() : duration_or_error("--until-idle", a.until_idle);
  const auto patience = a.patience.empty() ? std::chrono::seconds(10) : duration_or_error("--patience", a.patience);
  Tail tail(a.files.front());
  models::GrowingLog log(rules, format,
                         {.patience = patience.count(), .budget = {.states = a.states, .steps = a.steps}});
  StatusLine status;
  Hints hints(patience.count());
  const auto start = Clock::now();
  auto last = start;
  while (!log.violated() && !tail.ended() && !interrupted()) {
    const auto now = Clock::now();
    if (tail.read_to(log)) {
      last = now;
    } else if (!tail.ended()) {
      if (now - last >= idle) break;
      if (now - last >= kRest) log.rest();
      std::this_thread::sleep_for(kPause);
    }
    const auto progress = log.progress();
    hints.tell(progress, status);
    if (a.until_idle.empty()) hints.idle(now - last, status);
    status.show(now - start, told(progress));
  }
  if (!log.violated()) tail.read_rest_to(log);
  status.clear();
  auto result = log.finish();
  reports::CheckedLog checked{.name = tail.name(), .read = std::move(result.read)};
  checked.judgements = std::move(result.judgements);
  checked.followed = {
      .operations = result.progress.operations, .kept = result.progress.kept, .too_late = result.progress.too_late};
  return checked;
}

}  // namespace lockstep::cli
