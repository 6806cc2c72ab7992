// What was sent over TCP on this machine is delivered by the processor that it was sent on, perhaps a moment later.
// Whoever wants to know that nothing is under way sends something behind it, on each processor, and waits until that is
// delivered.
#pragma once

namespace lockstep::virtual_time {

class Loopback {
 public:
  Loopback() = default;
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;
  ~Loopback();
  // Returns when all has been delivered that was under way before. Throws TimeTrouble.
  void flush();

 private:
  void open();
  int socket_ = -1;
};

}  // namespace lockstep::virtual_time
