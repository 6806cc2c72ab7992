// A process that outlives its parent, if that is killed, by the moment it takes to kill what ran on a virtual host.
#pragma once

#include <sys/types.h>

#include <string>

namespace lockstep::virtual_time {

struct Page;

struct Watcher {
  pid_t pid = -1;
  int lifeline = -1;  // closed by whoever dies: then it kills, removes the directory and ends
};
Watcher start_watcher(Page& page, const std::string& directory);

}  // namespace lockstep::virtual_time
