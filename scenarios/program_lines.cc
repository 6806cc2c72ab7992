// Clocks follow the simulated host; whoever waits lets the simulation go on.
#include "scenarios/program_lines.h"

#include <fmt/format.h>

#include <filesystem>

#include "impl/backends/simple_backend.h"
#include "virtual_time/program.h"
#include "virtual_time/seen.h"
#include "virtual_time/settle.h"

namespace lockstep::scenarios {
namespace {

using virtual_time::Clocks;
using virtual_time::seen;
using virtual_time::TimeTrouble;

// Of a program that looks at a clock until it has moved.
constexpr Duration kPerRead = std::chrono::nanoseconds(100);

constexpr Duration kPatient = std::chrono::minutes(1);

// Clocks that were looked at have moved on a little.
Clocks later(const Clocks& a, const Clocks& b) { return {a.wall, std::max(a.monotonic, b.monotonic)}; }

}  // namespace

ProgramLines::ProgramLines(const ChildProcess::Options& options, Clock& clock, std::uint64_t seed,
                           std::function<bool(Duration)> rest)
    : options_(options), clock_(clock), rest_(std::move(rest)) {
  try {
    host_ = std::make_unique<virtual_time::VirtualHost>(virtual_time::VirtualHost::Options{
        .name = "the adapter's host", .seed = seed, .clocks = seen(clock), .per_read = kPerRead});
    program_ = std::make_unique<virtual_time::Program>(
        *host_,
        virtual_time::Program::Options{
            .command = options.command,
            .directory = options.directory.empty() ? std::filesystem::current_path().string() : options.directory,
            .environment = options.environment,
            .patience = options.patience});
  } catch (const TimeTrouble& what) {
    throw ChildTrouble(what.what());
  }
}

ProgramLines::~ProgramLines() = default;

void ProgramLines::trouble(const std::exception& what) {
  if (program_->has_ended()) throw ChildTrouble(program_->state());
  throw ChildTrouble(what.what());
}

void ProgramLines::catch_up() {
  try {
    const Clocks now = seen(clock_);
    const Clocks was = host_->now();
    // Dates may have been set, and clocks may go back by what looking at them has moved them.
    if (now.monotonic > was.monotonic && now.wall - was.wall == now.monotonic - was.monotonic) {
      virtual_time::advance_to(*host_, now, options_.patience);
    } else {
      host_->jump(later(now, was));
      virtual_time::wake_due({host_.get()}, options_.patience);
    }
  } catch (const TimeTrouble& what) {
    trouble(what);
  }
}

MonoTime ProgramLines::due() const {
  const auto deadlines = host_->next_deadline();
  const Clocks was = host_->now();
  MonoTime next = deadlines.monotonic;
  if (deadlines.wall != WallTime::max()) next = std::min(next, was.monotonic + (deadlines.wall - was.wall));
  return virtual_time::unseen(next);
}

void ProgramLines::send(const std::string& line) {
  catch_up();
  try {
    program_->send(line);
    virtual_time::settle({host_.get()}, options_.patience);
  } catch (const TimeTrouble& what) {
    trouble(what);
  }
}

// Outside of a simulation time goes by as the program wants it, but not for ever.
void ProgramLines::let_pass(MonoTime until) {
  const Duration span = std::max(until - virtual_time::unseen(host_->now().monotonic), Duration(1));
  passed_ += span;
  if (passed_ > kPatient) throw ChildTrouble("did not answer within a minute of its own time");
  virtual_time::pass_time({host_.get()}, span, options_.patience);
}

std::string ProgramLines::receive() {
  try {
    for (;;) {
      if (auto line = program_->receive()) {
        if (line->size() > options_.longest_line) {
          throw ChildTrouble(fmt::format("answered with a line of more than {} bytes", options_.longest_line));
        }
        return std::move(*line);
      }
      if (program_->has_ended()) throw ChildTrouble(program_->state());
      const MonoTime next = due();
      if (next == MonoTime::max()) throw ChildTrouble("did not answer, and waits for nothing that could come");
      if (!rest_) {
        let_pass(next);
        continue;
      }
      if (!rest_(std::max(next - clock_.monotonic(), Duration(1)))) {
        throw LockFailed({ErrorKind::unreachable, false, "the process ended"});
      }
      catch_up();
    }
  } catch (const TimeTrouble& what) {
    trouble(what);
  }
}

}  // namespace lockstep::scenarios
