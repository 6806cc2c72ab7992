// A program under virtual time that is spoken to in lines: its clocks are those of a simulated host, and what it waits
// for it waits for in the simulation.
#pragma once

#include <functional>
#include <memory>

#include "impl/adapter/child_process.h"
#include "impl/env/clock.h"

namespace lockstep::virtual_time {
class VirtualHost;
class Program;
}  // namespace lockstep::virtual_time

namespace lockstep::scenarios {

class ProgramLines final : public Lines {
 public:
  // `rest`: the caller goes on so much later; false: it has died. Empty: there is no
  // simulation, and time goes by as the program wants it. Starts the program; throws ChildTrouble, as all do.
  ProgramLines(const ChildProcess::Options& options, Clock& clock, std::uint64_t seed,
               std::function<bool(Duration)> rest);
  ~ProgramLines() override;

  void send(const std::string& line) override;
  std::string receive() override;

  // What the program does by itself until now: its timers.
  void catch_up();
  // When something of that is due; max(): nothing.
  MonoTime due() const;

 private:
  [[noreturn]] void trouble(const std::exception& what);
  void let_pass(MonoTime until);

  ChildProcess::Options options_;
  Clock& clock_;
  std::function<bool(Duration)> rest_;
  Duration passed_{};
  std::unique_ptr<virtual_time::VirtualHost> host_;
  std::unique_ptr<virtual_time::Program> program_;
};

}  // namespace lockstep::scenarios
