// One page of a listing, filled name by name in the order of their bytes.
#pragma once

#include "impl/lock/ledger.h"

namespace lockstep {

class Page {
 public:
  explicit Page(const ListRequest& request) : request_(request) {}
  // No name before this one is on the page.
  const std::string& from() const { return std::max(request_.prefix, request_.after); }
  // False if the page ends before this name: it is full, or the names that are wanted are over.
  bool add(const LockName& name, const std::vector<LeaseRow>& leases, Reading at) {
    if (name.space != request_.space || (!name.bytes.starts_with(request_.prefix) && name.bytes > request_.prefix))
      return false;
    if (name.bytes <= request_.after || !name.bytes.starts_with(request_.prefix)) return true;
    std::vector<Holder> holders = living_holders(name, leases, at.now, at.boot);
    std::erase_if(holders, [&](const Holder& holder) { return holder.stale < request_.stale_for; });
    if (holders.empty()) return true;
    if (names_ == request_.limit || bytes_ > kEnough) {
      listing_.next = last_;
      return false;
    }
    ++names_;
    last_ = name.bytes;
    for (Holder& holder : holders) {
      bytes_ += holder.name.space.size() + holder.name.bytes.size() + holder.owner.size() + holder.metadata.size() + 64;
      listing_.holders.push_back(std::move(holder));
    }
    return true;
  }
  Listing take() { return std::move(listing_); }

 private:
  static constexpr std::size_t kEnough = 1 << 18;  // of 2^20 that fit into one message
  const ListRequest& request_;
  std::uint32_t names_ = 0;
  std::size_t bytes_ = 0;
  std::string last_;
  Listing listing_;
};

}  // namespace lockstep
