// A real program on a virtual host. It reads from a pipe, writes into memory, and is spoken to in lines when all is
// quiet.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "virtual_time/host.h"

namespace lockstep::virtual_time {

class Program {
 public:
  struct Options {
    std::vector<std::string> command;            // the program, found as the shell finds it, and its arguments
    std::string directory{};                     // in which it is started; empty: the host's
    std::vector<std::string> environment{};      // "NAME=value", beside what this process has
    std::chrono::milliseconds patience{10'000};  // real time, until it has come to life and waits for something
  };
  // Starts it and settles the host. Throws TimeTrouble, also if it cannot be controlled.
  Program(VirtualHost& host, Options options);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  pid_t pid() const { return pid_; }
  // By SIGKILL, with all that it has started.
  void crash();
  bool has_ended();
  // In words that follow "it": "ended with exit code 1; it said: out of luck"; "runs".
  std::string state();

  // Given to its standard input; does not wait for anything.
  void send(const std::string& line);
  void close_input();
  // The next line of its standard output, if it has come.
  std::optional<std::string> receive();
  // All of its standard output that is not taken yet.
  std::string take_output();
  std::string complaints() const;

 private:
  void start();
  [[noreturn]] void become_program(const std::string& path, std::vector<char*>& words, std::vector<char*>& environment,
                                   int input);
  std::vector<std::string> whole_environment() const;

  VirtualHost& host_;
  Options options_;
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;  // files in memory, that it appends to
  int err_ = -1;
  std::string received_;
};

// The library that is loaded into programs. Throws TimeTrouble if it is nowhere.
std::string library_path();

}  // namespace lockstep::virtual_time
