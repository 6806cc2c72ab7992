// Forked workers: each runs what it is told over a socket and answers with text. A worker that dies or hangs is
// somebody else's bug to be reported, never the end of a campaign.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "impl/env/time.h"

namespace lockstep::properties {

// What a worker answers to one request. A CampaignError travels back; with any other exception the worker ends.
using WorkerFunction =
    std::function<std::string(const std::string& request, const std::function<void(std::uint64_t)>& mark)>;

// How a death begins that is trouble with the program on trial: what follows says all by itself.
inline constexpr std::string_view kGaveUp = "gave up: ";

class Worker {
 public:
  // Forks. Errors: throws CampaignError.
  explicit Worker(const WorkerFunction& function);
  // Kills the worker if it still lives.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void send(const std::string& request);
  int descriptor() const { return socket_; }
  // To be called when the descriptor is readable: true once an answer is complete or the worker is dead.
  bool receive();
  bool dead() const { return dead_; }
  // How it ended, in words that follow "its worker": "was killed by signal 11 (Segmentation fault)".
  std::string death() const { return death_; }
  // Requires: receive() returned true and the worker is not dead. Errors: throws the CampaignError of the worker.
  std::string take_answer();

  // What the worker marked last: the seed it is at.
  std::uint64_t mark() const;
  void kill();

 private:
  [[noreturn]] void serve(const WorkerFunction& function);
  void reap();

  pid_t pid_ = -1;
  int socket_ = -1;
  volatile std::uint64_t* mark_ = nullptr;
  std::string received_;
  std::string death_;
  bool dead_ = false;
};

}  // namespace lockstep::properties
