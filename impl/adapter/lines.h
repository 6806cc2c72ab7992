// A program that is spoken to in lines: what it reads on its standard input is sent, what it writes on its standard
// output is received.
#pragma once

#include <stdexcept>
#include <string>

namespace lockstep {

// In words that follow "the program": "did not answer within 10 s", "ended with exit code 1; it said: no such file".
struct ChildTrouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Lines {
 public:
  virtual ~Lines() = default;
  // Without its end of line. Throws ChildTrouble.
  virtual void send(const std::string& line) = 0;
  virtual std::string receive() = 0;
};

}  // namespace lockstep
