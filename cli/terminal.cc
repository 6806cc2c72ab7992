// Progress goes to standard error, results to standard output.
#include "cli/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "cli/commands.h"
#include "cli/progress.h"
#include "reports/pages/page.h"

namespace lockstep::cli {
namespace {

std::atomic<bool> stop_asked{false};

void on_interrupt(int) {
  if (!stop_asked.exchange(true)) return;
  constexpr std::string_view text = "\nended at once; what was finished before is kept\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(130);
}

// In a pipe a line every so often is enough.
constexpr Duration kPlainInterval = std::chrono::seconds(5);
constexpr Duration kLiveInterval = std::chrono::milliseconds(100);
constexpr std::size_t kPlainWidth = 160;

// The width that the terminal has now, less one: a live line has to stay one line, since what has wrapped is not
// cleared by the next, and some terminals wrap as soon as the last column is written.
std::size_t live_width() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col - 1u : 79u;
}

}  // namespace

bool is_terminal_output() { return ::isatty(STDOUT_FILENO) != 0; }

reports::TextStyle style_of_output() {
  reports::TextStyle style;
  winsize size{};
  if (!is_terminal_output()) return style;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.width = size.ws_col;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::strcmp(terminal, "dumb") == 0;
  style.colour = (no_colour == nullptr || *no_colour == '\0') && !dumb;
  return style;
}

const std::atomic<bool>& interrupted() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  return stop_asked;
}

HangWarning::HangWarning() {
  std::signal(SIGALRM, [](int) {
    constexpr std::string_view text =
        "this run has taken 5 s, where milliseconds are usual; the lock may hang: Ctrl-C ends it\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  });
  ::alarm(5);
}

HangWarning::~HangWarning() { ::alarm(0); }

void write_file(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) throw UsageError(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  int failure = std::fwrite(text.data(), 1, text.size(), file) == text.size() ? 0 : errno;
  if (std::fclose(file) != 0 && failure == 0) failure = errno;  // what is buffered fails only here
  if (failure != 0) throw UsageError(fmt::format("cannot write {}: {}", path, std::strerror(failure)));
}

void require_writable(const std::string& path) {
  const bool there = ::access(path.c_str(), F_OK) == 0;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) throw UsageError(fmt::format("cannot write {}: {}; name another file", path, std::strerror(errno)));
  ::close(file);
  if (!there) ::unlink(path.c_str());  // what ends before its report leaves no empty one
}

void require_page(const std::string& file) {
  if (file.empty()) return;
  if (!reports::has_pages()) {
    throw UsageError(
        "--html: this program was built without its pages, because esbuild or d3 was not found; install the packages "
        "that .ci/packages lists and build again, or take the text or --json");
  }
  require_writable(file);
}

void require_reports(const std::string& json, const std::vector<std::string>& files, bool annotations) {
  if (annotations && json == "-") throw UsageError("--github: standard output is the JSON; write that to a file");
  if (!json.empty() && json != "-") require_writable(json);
  for (const std::string& file : files) {
    if (!file.empty()) require_writable(file);
  }
}

void require_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw UsageError(fmt::format("cannot create the directory {}: {}", path, error.message()));
}

ProgressLine::ProgressLine(Duration limit) : live_(::isatty(STDERR_FILENO) != 0), limit_(limit) {}
ProgressLine::~ProgressLine() { finish(); }

StatusLine::StatusLine() : live_(::isatty(STDERR_FILENO) != 0) {}

void StatusLine::show(Duration elapsed, const std::string& line) {
  if (elapsed < next_) return;
  next_ = elapsed + (live_ ? kLiveInterval : kPlainInterval);
  if (!live_ && (elapsed < kPlainInterval || line == last_)) return;
  last_ = line;
  live_ ? fmt::print(stderr, "\r\033[K{}", line.substr(0, live_width())) : fmt::print(stderr, "{}\n", line);
  std::fflush(stderr);
  shown_ = live_;
}

void StatusLine::clear() {
  if (shown_) fmt::print(stderr, "\r\033[K");
  shown_ = false;
  std::fflush(stderr);
}

void ProgressLine::progressed(const properties::CampaignProgress& progress) {
  if (!began_) {  // a campaign that goes on has used up time that is not of this limit
    began_ = true;
    if (limit_ != Duration::max()) limit_ += progress.elapsed;
  }
  if (progress.elapsed < next_ && progress.doing == told_) return;
  next_ = progress.elapsed + (live_ ? kLiveInterval : kPlainInterval);
  if (!live_ && told_.empty() && progress.done == 0) {  // nothing to tell yet
    told_ = progress.doing;
    return;
  }
  told_ = progress.doing;
  const std::string line = progress_line(progress, limit_, live_ ? live_width() : kPlainWidth);
  live_ ? fmt::print(stderr, "\r\033[K{}", line) : fmt::print(stderr, "{}\n", line);
  std::fflush(stderr);
  shown_ = live_;
}

void ProgressLine::set_aside(const std::string& state_file) {
  const std::string name = state_file.substr(0, state_file.rfind('.'));
  fmt::print(stderr, "a campaign that was not finished is kept as {}; to go on with it: mv {} {}, and --resume\n",
             reports::printable(state_file), reports::shell_word(state_file), reports::shell_word(name));
}

void ProgressLine::failed(const scenarios::Failure& failure) {
  finish();
  const std::string what =
      fmt::format("{} breaks {} {}: {}", scenarios::origin_of(failure), models::id_of(failure.property),
                  models::name_of(failure.property), failure.sentence);
  const reports::TextStyle style{.width = static_cast<int>(live_width()) + 1};
  fmt::print(stderr, "{}  {}\n", live_ ? reports::wrapped(what, 0, style) : what + "\n",
             reports::replay_line(failure.file));
}

void ProgressLine::died(std::uint64_t seed, const std::string& how) {
  finish();
  fmt::print(stderr, "seed {}: its worker {}; it is run once more in a new one\n", seed, reports::printable(how));
}

void ProgressLine::finish() {
  if (shown_) fmt::print(stderr, "\r\033[K");
  shown_ = false;
  std::fflush(stderr);
}

}  // namespace lockstep::cli
