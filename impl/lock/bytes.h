// The vocabulary of the contract as bytes: integers little endian, strings with a 32-bit length, read with full
// suspicion. Messages (wire.h) and records on a file system are made of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "impl/env/network.h"
#include "impl/lock/backend.h"

namespace lockstep {

// Grows in a buffer on the stack, where nearly every message fits.
class ByteWriter {
 public:
  template <typename T>
  ByteWriter& integer(T value) {
    if (size_ + sizeof(T) > sizeof(buffer_)) spill();
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      buffer_[size_ + i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
    }
    size_ += sizeof(T);
    return *this;
  }
  ByteWriter& text(std::string_view value) {
    integer(static_cast<std::uint32_t>(value.size()));
    if (size_ + value.size() > sizeof(buffer_)) spill();
    if (value.size() > sizeof(buffer_)) {
      spilled_.append(value);
    } else {
      value.copy(buffer_ + size_, value.size());
      size_ += value.size();
    }
    return *this;
  }
  ByteWriter& key(const RequestKey& key) {
    return integer(key.attempt.session).integer(key.attempt.number).integer(key.number);
  }
  ByteWriter& name(const LockName& name) { return text(name.space).text(name.bytes); }
  ByteWriter& duration(Duration value) { return integer(value.count()); }
  ByteWriter& attempt(AttemptId attempt) { return integer(attempt.session).integer(attempt.number); }
  ByteWriter& mode(Mode mode) { return integer(static_cast<std::uint8_t>(mode)); }
  // Each of a list, by `one`.
  template <typename T, typename One>
  ByteWriter& list(const std::vector<T>& items, One one) {
    integer(static_cast<std::uint32_t>(items.size()));
    for (const T& item : items) one(item);
    return *this;
  }
  ByteWriter& holders(const std::vector<Holder>& holders) {
    return list(holders, [this](const Holder& h) {
      name(h.name).attempt(h.attempt).text(h.owner).mode(h.mode).integer(h.permits).integer(h.token);
      duration(h.ttl).duration(h.remaining).duration(h.age).duration(h.stale).text(h.metadata);
    });
  }
  ByteWriter& event(const LockEvent& e) {
    integer(static_cast<std::uint8_t>(e.kind)).name(e.name).attempt(e.attempt).text(e.owner).mode(e.mode);
    return integer(e.permits).integer(e.token).text(e.reason);
  }
  ByteWriter& revoked(const std::vector<Revoked>& revoked) {
    return list(revoked, [this](const Revoked& r) { attempt(r.attempt).integer(r.token); });
  }
  Bytes take() {
    if (spilled_.empty()) return Bytes(buffer_, size_);
    spill();
    return std::move(spilled_);
  }

 private:
  void spill() {
    spilled_.append(buffer_, size_);
    size_ = 0;
  }
  std::size_t size_ = 0;
  Bytes spilled_;
  char buffer_[512];
};

// After the first failure every read gives zero; ok() says so once at the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  template <typename T>
  T integer() {
    std::uint64_t value = 0;
    if (rest_.size() < sizeof(T)) {
      fail();
      return T{};
    }
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    }
    rest_.remove_prefix(sizeof(T));
    return static_cast<T>(value);
  }
  std::string text() {
    const auto size = integer<std::uint32_t>();
    if (size > rest_.size()) {
      fail();
      return {};
    }
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  template <typename E>
  E choice(E last) {
    const auto value = integer<std::uint8_t>();
    if (value > static_cast<std::uint8_t>(last)) fail();
    return static_cast<E>(value);
  }
  // Any other byte than 0 and 1 would not be written again as it was read.
  bool flag() {
    const auto value = integer<std::uint8_t>();
    if (value > 1) fail();
    return value == 1;
  }
  RequestKey key() {
    RequestKey key;
    key.attempt.session = integer<std::uint64_t>();
    key.attempt.number = integer<std::uint64_t>();
    key.number = integer<std::uint32_t>();
    return key;
  }
  LockName name() {
    LockName name;
    name.space = text();
    name.bytes = text();
    if (!valid(name)) fail();
    return name;
  }
  Duration duration() { return Duration(integer<std::int64_t>()); }
  AttemptId attempt() {
    const auto session = integer<std::uint64_t>();
    return {session, integer<std::uint64_t>()};
  }
  // As many as the text says there are, each by `one`.
  template <typename One>
  auto list(One one) {
    std::vector<decltype(one())> items;
    const auto count = integer<std::uint32_t>();
    for (std::uint32_t i = 0; i < count && ok_; ++i) items.push_back(one());
    return items;
  }
  std::vector<Holder> holders() {
    return list([this] {
      Holder h;
      h.name = name();
      h.attempt = attempt();
      h.owner = text();
      h.mode = choice(Mode::permits);
      h.permits = integer<std::uint32_t>();
      h.token = integer<Token>();
      h.ttl = duration();
      h.remaining = duration();
      h.age = duration();
      h.stale = duration();
      h.metadata = text();
      return h;
    });
  }
  Inspection inspection() {
    Inspection inspection;
    inspection.holders = holders();
    inspection.waiters = list([this] {
      Waiter waiter;
      waiter.attempt = attempt();
      waiter.owner = text();
      waiter.mode = choice(Mode::permits);
      waiter.permits = integer<std::uint32_t>();
      return waiter;
    });
    inspection.capacity = integer<std::uint32_t>();
    return inspection;
  }
  LockEvent event() {
    LockEvent event;
    event.kind = choice(LockEvent::Kind::broken);
    event.name = name();
    event.attempt = attempt();
    event.owner = text();
    event.mode = choice(Mode::permits);
    event.permits = integer<std::uint32_t>();
    event.token = integer<Token>();
    event.reason = text();
    return event;
  }
  std::vector<Revoked> revoked() {
    return list([this] {
      const AttemptId who = attempt();
      return Revoked{who, integer<Token>()};
    });
  }
  WatchAnswer watched() {
    WatchAnswer answer;
    answer.events = list([this] { return event(); });
    answer.cursor = text();
    answer.missed = flag();
    return answer;
  }
  bool failed() const { return !ok_; }
  bool finished() const { return ok_ && rest_.empty(); }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace lockstep
