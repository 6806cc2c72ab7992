// Starts programs, and reads what they wrote: they append to files in memory, so that they never wait for us to read.
#include "virtual_time/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "virtual_time/program_file.h"
#include "virtual_time/settle.h"
#include "virtual_time/slots.h"

namespace lockstep::virtual_time {
namespace {

constexpr std::size_t kComplaintsShown = 300;
constexpr int kNotStarted = 127;

int memory_file(const char* name) {
  const int file = ::memfd_create(name, MFD_CLOEXEC);
  if (file < 0 || ::fcntl(file, F_SETFL, O_APPEND) != 0) {
    throw TimeTrouble(fmt::format("got no memory for the output of a program: {}", std::strerror(errno)));
  }
  return file;
}

std::string all_of(int file) {
  struct stat status;
  if (::fstat(file, &status) != 0) return {};
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const auto got = ::pread(file, text.data(), text.size(), 0);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

void close_once(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

Slot& reserve(Page& page) {
  for (std::uint32_t i = 0; i < kSlots; ++i) {
    Slot& slot = page.slots[i];
    std::uint32_t expected = free_slot;
    if (!slot.state.compare_exchange_strong(expected, running)) continue;
    slot.tid = 0;
    slot.parent = ::getpid();
    slot.key = 0;
    slot.polls = 0;
    slot.signalled = 0;
    slot.kick_seen = slot.kick.load();
    slot.monotonic_deadline = slot.wall_deadline = slot.timer = kNever;
    slot.what = What::nothing;
    slot.pid = kReserved;
    if (page.used <= i) page.used = i + 1;
    return slot;
  }
  throw TimeTrouble("a virtual host has more threads than it has room for");
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::string library_path() {
  static constexpr char kName[] = "liblockstep_time.so";
  std::vector<std::string> places;
  if (const char* told = std::getenv("LOCKSTEP_TIME_LIBRARY")) places.emplace_back(told);
  std::error_code ignored;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  places.push_back(here / kName);
  places.push_back(here / "../lib" / kName);
  places.emplace_back(LOCKSTEP_TIME_BUILT);
  for (const auto& place : places) {
    if (std::filesystem::exists(place, ignored)) return std::filesystem::canonical(place);
  }
  throw TimeTrouble(
      fmt::format("{} is not found; put it beside the program, or name it in LOCKSTEP_TIME_LIBRARY", kName));
}

Program::Program(VirtualHost& host, Options options) : host_(host), options_(std::move(options)) {
  if (options_.command.empty()) throw TimeTrouble("a program has no name");
  static const bool ignored = ::signal(SIGPIPE, SIG_IGN) != SIG_ERR;
  static_cast<void>(ignored);
  start();
  try {
    settle({&host_}, options_.patience);
  } catch (const TimeTrouble&) {
    crash();
    for (int* descriptor : {&in_, &out_, &err_}) close_once(*descriptor);
    throw;
  }
}

Program::~Program() {
  try {
    crash();
  } catch (const TimeTrouble&) {
    // The host kills it again at its own end.
  }
  for (int* descriptor : {&in_, &out_, &err_}) close_once(*descriptor);
}

std::vector<std::string> Program::whole_environment() const {
  std::vector<std::string> all = options_.environment;
  const auto add = [&](const std::string& variable) {
    const auto name = variable.substr(0, variable.find('=') + 1);
    for (const auto& known : all) {
      if (known.starts_with(name)) return;
    }
    all.push_back(variable);
  };
  const char* preloaded = std::getenv("LD_PRELOAD");
  all.push_back(fmt::format("LD_PRELOAD={}{}{}", library_path(), preloaded != nullptr ? ":" : "",
                            preloaded != nullptr ? preloaded : ""));
  all.push_back(fmt::format("{}={}", kFileVariable, host_.file()));
  add("PYTHONHASHSEED=0");  // else the order of sets is chance from nowhere
  for (char** variable = environ; *variable != nullptr; ++variable) add(*variable);
  return all;
}

void Program::start() {
  const auto path = found_program(options_.command[0]);
  if (path.empty()) throw TimeTrouble(fmt::format("{} is no program that can be run", options_.command[0]));
  if (const auto why = why_not_controlled(path); !why.empty()) {
    throw TimeTrouble(
        fmt::format("{} cannot be controlled: it {}; run it in wall-clock time with --wall-clock", path, why));
  }
  auto arguments = options_.command;
  auto variables = whole_environment();
  auto words = pointers_to(arguments);
  auto environment = pointers_to(variables);
  if (options_.directory.empty()) options_.directory = host_.directory();
  std::array<int, 2> input{};
  if (::pipe2(input.data(), O_CLOEXEC) != 0) throw TimeTrouble("a program has got no pipe for its input");
  in_ = input[1];
  ::fcntl(in_, F_SETFL, O_NONBLOCK);
  out_ = memory_file("output");
  err_ = memory_file("complaints");
  Slot& slot = reserve(host_.page());
  pid_ = ::fork();
  if (pid_ == 0) become_program(path, words, environment, input[0]);
  ::close(input[0]);
  if (pid_ < 0) {
    slot.pid = 0;
    slot.state = free_slot;
    throw TimeTrouble(fmt::format("{} could not be started: {}", path, std::strerror(errno)));
  }
  host_.begins(pid_);
  ::setpgid(pid_, pid_);
  std::int32_t expected = kReserved;
  slot.pid.compare_exchange_strong(expected, pid_);
}

void Program::become_program(const std::string& path, std::vector<char*>& words, std::vector<char*>& environment,
                             int input) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::personality(ADDR_NO_RANDOMIZE);  // where it is allowed: some programs decide by addresses
  ::dup2(input, STDIN_FILENO);
  ::dup2(out_, STDOUT_FILENO);
  ::dup2(err_, STDERR_FILENO);
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::chdir(options_.directory.c_str()) != 0) {
    ::dprintf(STDERR_FILENO, "%s: %s\n", options_.directory.c_str(), std::strerror(errno));
    ::_exit(kNotStarted);
  }
  ::execve(path.c_str(), words.data(), environment.data());
  ::dprintf(STDERR_FILENO, "%s: %s\n", path.c_str(), std::strerror(errno));
  ::_exit(kNotStarted);
}

void Program::crash() {
  if (pid_ > 0) host_.kill_tree(pid_);
}

bool Program::has_ended() {
  if (host_.status_of(pid_) == nullptr) host_.bury();
  return host_.status_of(pid_) != nullptr;
}

std::string Program::state() {
  if (!has_ended()) return "runs";
  const int status = *host_.status_of(pid_);
  auto how = WIFSIGNALED(status) ? fmt::format("was ended by signal {}", WTERMSIG(status))
                                 : fmt::format("ended with exit code {}", WEXITSTATUS(status));
  auto said = complaints();
  while (said.ends_with('\n')) said.pop_back();
  said = said.substr(said.rfind('\n') + 1);
  if (said.size() > kComplaintsShown) said = said.substr(said.size() - kComplaintsShown);
  return said.empty() ? how : how + "; it said: " + said;
}

void Program::send(const std::string& line) {
  const auto bytes = line + "\n";
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto wrote = ::write(in_, bytes.data() + sent, bytes.size() - sent);
    if (wrote > 0) sent += static_cast<std::size_t>(wrote);
    if (wrote > 0 || errno == EINTR) continue;
    if (errno != EAGAIN)
      throw TimeTrouble(fmt::format("{} cannot be sent anything: it {}", options_.command[0], state()));
    settle({&host_}, options_.patience);  // its pipe is full
    int left = 0;
    if (::ioctl(in_, FIONREAD, &left) == 0 && left >= 65536) {
      throw TimeTrouble(fmt::format("{} does not read what it is sent", options_.command[0]));
    }
  }
}

void Program::close_input() { close_once(in_); }

std::string Program::take_output() {
  auto text = std::exchange(received_, {}) + all_of(out_);
  if (::ftruncate(out_, 0) != 0) throw TimeTrouble("the output of a program cannot be taken");
  return text;
}

std::optional<std::string> Program::receive() {
  auto end = received_.find('\n');
  if (end == std::string::npos) {
    received_ = take_output();
    end = received_.find('\n');
  }
  if (end == std::string::npos) return std::nullopt;
  auto line = received_.substr(0, end);
  received_.erase(0, end + 1);
  return line;
}

std::string Program::complaints() const { return all_of(err_); }

}  // namespace lockstep::virtual_time
