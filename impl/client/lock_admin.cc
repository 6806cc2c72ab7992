// Reading may be repeated as one likes; breaking is repeated under its first key.
#include "impl/client/lock_admin.h"

#include <algorithm>

#include "impl/client/client_core.h"
#include "impl/lock/rules.h"

namespace lockstep {
namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(50);
constexpr Duration kLongestPause = std::chrono::seconds(1);
// A question is held open for less than a cursor is kept, so that one lost answer misses nothing.
constexpr Duration kHeldOpen = kWatchKept / 4;

}  // namespace

LockAdmin::LockAdmin(LockBackend& backend, Clock& clock, Random& random, Options options)
    : backend_(backend), clock_(clock), options_(std::move(options)), session_(random.next()) {}

Awaitable<Result<Inspection>> LockAdmin::inspect(LockName name) { return backend_.inspect(std::move(name), give_up()); }

Awaitable<Result<std::vector<Holder>>> LockAdmin::list(Filter filter) {
  ListRequest request{.space = std::move(filter.space),
                      .prefix = std::move(filter.prefix),
                      .stale_for = filter.stale_for,
                      .after = {},
                      .limit = filter.page};
  std::vector<Holder> holders;
  for (;;) {
    ListRequest page = request;
    auto listing = co_await backend_.list(std::move(page), give_up());
    if (!listing) co_return std::unexpected(listing.error());
    std::ranges::move(listing->holders, std::back_inserter(holders));
    if (listing->next.empty()) co_return holders;
    if (listing->next <= request.after) co_return definite(ErrorKind::storage, "the store's pages do not advance");
    request.after = std::move(listing->next);
  }
}

Awaitable<Result<BreakAnswer>> LockAdmin::break_lock(LockName name, Token token, std::string reason) {
  const BreakRequest request{{{session_, ++breaks_}, 1}, std::move(name), token, options_.name, std::move(reason)};
  const MonoTime last = give_up();
  Duration pause = kFirstPause;
  for (;;) {
    BreakRequest asked = request;
    auto answer = co_await backend_.break_lock(std::move(asked), last);
    if (answer || answer.error().definite) co_return answer;
    const MonoTime next = saturating_add(clock_.monotonic(), pause);
    if (next >= last || co_await sleep_until(clock_, next) == Wake::cancelled) co_return answer;
    pause = std::min(pause * 2, kLongestPause);
  }
}

Subscription::Subscription(LockBackend& backend, Clock& clock, Random& random, Topic topic)
    : backend_(backend), clock_(clock), random_(random), topic_(std::move(topic)), pause_(kFirstPause) {}

Awaitable<Result<bool>> Subscription::ask() {
  WatchRequest request{topic_.space, topic_.bytes, topic_.prefix, cursor_,
                       cursor_.empty() ? Duration::zero() : kHeldOpen};
  auto answer = co_await backend_.watch(std::move(request), saturating_add(clock_.monotonic(), 2 * kHeldOpen));
  const bool stop = co_await was_cancelled();
  if (answer) {
    pause_ = kFirstPause;
    cursor_ = std::move(answer->cursor);
    if (answer->missed) notices_.emplace_back(Missed());
    std::ranges::move(answer->events, std::back_inserter(notices_));
    co_return true;
  }
  if (stop || answer.error().kind == ErrorKind::cancelled) co_return definite(ErrorKind::cancelled);
  if (hopeless(answer.error())) co_return std::unexpected(answer.error());
  const Duration jittered(random_.between(pause_.count() / 2, pause_.count()));
  pause_ = std::min(pause_ * 2, kLongestPause);
  if (co_await sleep_for(clock_, jittered) == Wake::cancelled) co_return definite(ErrorKind::cancelled);
  co_return false;
}

Awaitable<Result<void>> Subscription::connect() {
  while (cursor_.empty()) {
    auto asked = co_await without_throwing(ask());
    if (!asked) co_return std::unexpected(asked.error());
  }
  co_return Result<void>();
}

Awaitable<Result<Subscription::Notice>> Subscription::next() {
  while (notices_.empty()) {
    auto asked = co_await without_throwing(ask());
    if (!asked) co_return std::unexpected(asked.error());
  }
  Notice notice = std::move(notices_.front());
  notices_.pop_front();
  co_return notice;
}

}  // namespace lockstep
