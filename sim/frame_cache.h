// Lets Asio keep the memory of finished coroutines for the next ones, as it does inside its own io_context: a simulated
// world starts and ends thousands of them in a millisecond. It reaches into boost::asio::detail, because Asio offers
// this to nobody else; without it everything works, a fifth slower.
#pragma once

#include <boost/asio/detail/thread_context.hpp>
#include <boost/asio/detail/thread_info_base.hpp>

namespace lockstep::sim {

class FrameCache : private boost::asio::detail::thread_context {
 public:
  // While one lives, coroutines of this thread take and leave their memory here. May be nested.
  class Scope {
   public:
    explicit Scope(FrameCache& cache) : entry_(&cache, cache.info_) {}

   private:
    thread_call_stack::context entry_;
  };

 private:
  boost::asio::detail::thread_info_base info_;
};

}  // namespace lockstep::sim
