// The server's end of the connections of its clients, whatever carries out their commands: what one connection asks is
// carried out once and in order, what is asked again is answered again, and who means an earlier start of the server
// is told that it is over.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "impl/env/network.h"
#include "sim/redis/frame.h"

namespace lockstep::sim::redis {

class Sessions {
 public:
  // Bytes of a command, on a connection; bytes of the reply.
  using CarryOut = std::function<std::string(std::uint64_t session, const std::string& command)>;
  struct Answer {
    Address to;
    Bytes frame;
  };

  // `epoch`: drawn anew at each start. The endpoint must outlive it.
  Sessions(Endpoint& endpoint, std::uint64_t epoch, CarryOut carry_out)
      : endpoint_(endpoint), epoch_(epoch), carry_out_(std::move(carry_out)) {}

  // A connect or an ask; others are none of its business.
  void take(Address from, Frame frame);
  // Answers that were not sent yet: who keeps a file writes first.
  std::vector<Answer> take_answers() { return std::exchange(answers_, {}); }

 private:
  using Asked = std::pair<std::uint64_t, std::uint64_t>;  // session and number

  void take_command(Address from, Frame frame);
  void carry_out(Address from, const Frame& frame);

  Endpoint& endpoint_;
  std::uint64_t epoch_;
  CarryOut carry_out_;
  std::map<Asked, Bytes> remembered_;  // answers
  std::deque<Asked> in_order_;
  std::map<std::uint64_t, std::uint64_t> last_;  // number carried out, by session
  std::map<Asked, Frame> early_;                 // behind one that has not come yet
  std::vector<Answer> answers_;
};

}  // namespace lockstep::sim::redis
