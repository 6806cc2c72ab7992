// Real directories for programs that a run starts, one for each simulated host: made when asked for, and gone with the
// run.
#pragma once

#include <cstdint>
#include <string>

namespace lockstep::scenarios {

class RunDirectory {
 public:
  RunDirectory() = default;
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;
  ~RunDirectory();
  // An absolute path. Throws std::runtime_error if it cannot be made.
  std::string of_host(std::uint32_t host);
  // That all hosts have in common.
  std::string common();

 private:
  std::string named(const std::string& name);

  std::string path_;  // of all; empty: none has been asked for
};

// What a process that was killed has left of them. Its number must not be in use any more.
void remove_run_directories_of(int process);

}  // namespace lockstep::scenarios
