// Child processes that do not outlive their parent: forked, watched, stopped and killed.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::cli {

// Anonymous memory that children inherit and share. Throws std::system_error. It is never given back.
void* shared_memory(std::size_t bytes);

class ChildProcess {
 public:
  // Runs `life` in a child, which ends with exit code 0 when it returns and 70, with a line on standard error, when it
  // throws. Interrupts from the terminal are the parent's business. Requires: the parent has one thread. Throws
  // std::system_error.
  explicit ChildProcess(const std::function<void()>& life);
  // Kills it, if it has not ended.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  bool running() const { return pid_ > 0; }
  pid_t id() const { return pid_; }
  void signal(int number) const;
  // Kills it and waits for its end.
  void kill();
  // How it ended, if it has: "" with exit code 0, or "ended with exit code 70", "was ended by signal 6 (Aborted)".
  std::optional<std::string> ended();

 private:
  pid_t pid_ = -1;
};

}  // namespace lockstep::cli
