// Who has opened a socket of the network says so, for what he sends may be under way when all is quiet.
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {

LOCKSTEP_EXPORT int socket(int family, int kind, int protocol) noexcept {
  if (page != nullptr && (family == AF_INET || family == AF_INET6)) page->uses_network = 1;
  return static_cast<int>(kernel(SYS_socket, family, kind, protocol));
}

}  // namespace lockstep::virtual_time
