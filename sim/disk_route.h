// The way from a host to a disk that another host keeps: every storage call goes there and its answer back, as
// messages do, and waits for as long as the way is cut or the other host is down (a hard mount). A transport below
// repeats what is lost, so losses and duplicates are not felt. Knows no files.
#pragma once

#include "sim/network.h"

namespace lockstep::sim {

class DiskRoute {
 public:
  // `down` counts what keeps the server down. Both must outlive it.
  DiskRoute(const Network& network, std::uint32_t client, std::uint32_t server, const int& down)
      : network_(network), client_(client), server_(server), down_(down) {}
  bool open() const { return down_ == 0 && network_.open(client_, server_) && network_.open(server_, client_); }
  Duration there(Random& random) const { return network_.travel_time(client_, server_, random); }
  Duration back(Random& random) const { return network_.travel_time(server_, client_, random); }

 private:
  const Network& network_;
  std::uint32_t client_;
  std::uint32_t server_;
  const int& down_;
};

}  // namespace lockstep::sim
