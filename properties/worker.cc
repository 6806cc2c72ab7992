// An answer is one byte, eight digits of length in hexadecimal, and the text. The byte: '=' what was asked for,
// '!' a CampaignError, '~' that the program on trial cannot be asked, '?' another exception; with these two the worker
// ends, since nobody knows what they left behind.
#include "properties/worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "impl/adapter/adapter_lock.h"
#include "properties/campaign.h"
#include "scenarios/real_redis_subject.h"
#include "scenarios/run_directory.h"

namespace lockstep::properties {
namespace {

constexpr std::size_t kHeader = 9;

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool ends_worker(char kind) { return kind == '~' || kind == '?'; }

std::string framed(char kind, std::string_view text) { return fmt::format("{}{:08x}{}", kind, text.size(), text); }

std::string answer_to(const std::string& request, const WorkerFunction& function,
                      const std::function<void(std::uint64_t)>& mark) {
  try {
    return framed('=', function(request, mark));
  } catch (const CampaignError& error) {
    return framed('!', error.what());
  } catch (const AdapterTrouble& trouble) {
    return framed('~', trouble.what());
  } catch (const scenarios::ServerTrouble& trouble) {
    return framed('~', trouble.what());
  } catch (const std::exception& error) {
    return framed('?', error.what());
  } catch (...) {
    return framed('?', "not a std::exception");
  }
}

// The size that a header announces.
std::size_t announced(std::string_view header) {
  return std::stoull(std::string(header.substr(1, kHeader - 1)), nullptr, 16);
}

}  // namespace

Worker::Worker(const WorkerFunction& function) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw CampaignError(fmt::format("cannot open a socket pair: {}", std::strerror(errno)));
  }
  void* page = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw CampaignError(fmt::format("cannot map memory: {}", std::strerror(errno)));
  mark_ = static_cast<volatile std::uint64_t*>(page);
  pid_ = ::fork();
  if (pid_ < 0) throw CampaignError(fmt::format("cannot start a worker: {}; try fewer --jobs", std::strerror(errno)));
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_DFL);
    ::close(ends[0]);
    socket_ = ends[1];
    serve(function);
  }
  ::close(ends[1]);
  socket_ = ends[0];
}

Worker::~Worker() {
  kill();
  if (socket_ >= 0) ::close(socket_);
  if (mark_ != nullptr) ::munmap(const_cast<std::uint64_t*>(mark_), sizeof(std::uint64_t));
}

void Worker::serve(const WorkerFunction& function) {
  std::string line;
  char byte = 0;
  while (::read(socket_, &byte, 1) == 1) {
    if (byte != '\n') {
      line.push_back(byte);
      continue;
    }
    const std::string answer = answer_to(line, function, [this](std::uint64_t value) { *mark_ = value; });
    line.clear();
    if (!write_all(socket_, answer) || ends_worker(answer[0])) break;
  }
  ::_exit(0);
}

void Worker::send(const std::string& request) {
  if (!write_all(socket_, request + "\n")) kill();
}

bool Worker::receive() {
  char buffer[65536];
  const ssize_t count = ::recv(socket_, buffer, sizeof buffer, 0);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (count <= 0) {
    reap();
    return true;
  }
  received_.append(buffer, static_cast<std::size_t>(count));
  if (received_.size() < kHeader || received_.size() < kHeader + announced(received_)) return false;
  if (ends_worker(received_[0])) {
    kill();
    death_ = fmt::format("{}{}", received_[0] == '~' ? kGaveUp : "threw an exception: ", received_.substr(kHeader));
  }
  return true;
}

std::string Worker::take_answer() {
  const bool failed = received_[0] == '!';
  std::string answer = received_.substr(kHeader, announced(received_));
  received_.clear();
  if (failed) throw CampaignError(answer);
  return answer;
}

std::uint64_t Worker::mark() const { return *mark_; }

void Worker::reap() {
  if (dead_ || pid_ <= 0) return;
  dead_ = true;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  scenarios::remove_run_directories_of(pid_);
  death_ = WIFSIGNALED(status)
               ? fmt::format("was killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)))
               : fmt::format("exited with code {}", WEXITSTATUS(status));
}

void Worker::kill() {
  if (dead_ || pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  reap();
}

}  // namespace lockstep::properties
