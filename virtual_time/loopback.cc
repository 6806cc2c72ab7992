// A datagram to ourselves; each processor delivers in order.
#include "virtual_time/loopback.h"

#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "virtual_time/trouble.h"

namespace lockstep::virtual_time {

Loopback::~Loopback() {
  if (socket_ >= 0) ::close(socket_);
}

void Loopback::open() {
  socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (socket_ < 0 || ::bind(socket_, any, size) != 0 || ::getsockname(socket_, any, &size) != 0 ||
      ::connect(socket_, any, size) != 0) {
    throw TimeTrouble("there is no loopback network; let the programs talk over Unix sockets");
  }
}

void Loopback::flush() {
  if (socket_ < 0) open();
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (!CPU_ISSET(processor, &allowed)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    char byte = 0;
    pollfd polled{socket_, POLLIN, 0};
    if (::sched_setaffinity(0, sizeof one, &one) != 0 || ::send(socket_, &byte, 1, 0) != 1) continue;
    if (::poll(&polled, 1, 1000) == 1 && ::recv(socket_, &byte, 1, 0) == 1) continue;
    ::sched_setaffinity(0, sizeof allowed, &allowed);
    throw TimeTrouble("the loopback network delivers nothing within a second");
  }
  ::sched_setaffinity(0, sizeof allowed, &allowed);
}

}  // namespace lockstep::virtual_time
