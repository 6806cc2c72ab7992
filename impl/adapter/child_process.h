// A program in real time. It may hang, die, or answer without end; then ChildTrouble says so, and nothing of it is left
// behind. Linux only.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "impl/adapter/lines.h"

namespace lockstep {

// False of a zombie too.
bool is_alive(pid_t process);

class ChildProcess final : public Lines {
 public:
  struct Options {
    std::vector<std::string> command;                 // the program, found as the shell finds it, and its arguments
    std::string directory;                            // in which it is started; empty: this one
    std::vector<std::string> environment{};           // "NAME=value", beside what this process has
    std::chrono::milliseconds patience{10'000};       // real time, for one line to be taken or answered
    std::size_t longest_line = std::size_t{1} << 20;  // bytes
  };
  // Throws ChildTrouble if it cannot be started.
  explicit ChildProcess(Options options);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  // Kills it and all that it has started, also what has left its process group, unless that hides what it was started
  // by (its environment).
  ~ChildProcess() override;

  void send(const std::string& line) override;
  std::string receive() override;

 private:
  void start();
  [[noreturn]] void run_program(int in, int out, int err);
  // Waits until something can be read or, if wanted, written; takes in what it says on standard error.
  bool wait(bool to_write, std::chrono::milliseconds left);
  void take_in(int from, std::string& into, std::size_t keep);
  [[noreturn]] void has_ended();
  // Kills what is left of its group, and its orphans. It has been waited for.
  void end_the_rest(pid_t group);

  Options options_;
  pid_t pid_ = -1;
  int life_ = -1;  // can be read when it has died
  int in_ = -1, out_ = -1, err_ = -1;
  std::string mark_;  // in the environment of all that it starts
  std::string received_;
  std::string complaints_;  // the last of what it said on standard error
  bool silent_ = false;     // its output is at an end
};

}  // namespace lockstep
