// For which name each of the last keys came: a store that keeps a record for each name would not see that a key comes
// again for another one. In memory, because a key's session belongs to one process.
#pragma once

#include <deque>
#include <map>

#include "impl/lock/ids.h"
#include "impl/lock/name.h"

namespace lockstep {

class RecentKeys {
 public:
  // False if the key has come for another name.
  bool note(RequestKey key, const LockName& name) {
    const auto [entry, fresh] = names_.try_emplace(key, name);
    if (!fresh) return entry->second == name;
    order_.push_back(key);
    if (order_.size() > kKept) {
      names_.erase(order_.front());
      order_.pop_front();
    }
    return true;
  }

 private:
  static constexpr std::size_t kKept = 4096;
  std::map<RequestKey, LockName> names_;
  std::deque<RequestKey> order_;
};

}  // namespace lockstep
