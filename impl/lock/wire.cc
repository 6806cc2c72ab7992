// One byte of version, one of kind, the key, then the fields in the order of their declaration.
#include "impl/lock/wire.h"

#include <fmt/format.h>

#include "impl/env/check.h"
#include "impl/lock/rules.h"

namespace lockstep::wire {
namespace {

constexpr std::uint8_t kVersion = 2;
enum class Kind : std::uint8_t {
  acquire = 1,
  renew,
  release,
  inspect,
  error = 16,
  granted,
  refused,
  renew_answer,
  release_answer,
  holders,
};

// Grows in a buffer on the stack, where nearly every message fits.
class Writer {
 public:
  explicit Writer(Kind kind) { integer(kVersion).integer(static_cast<std::uint8_t>(kind)); }
  template <typename T>
  Writer& integer(T value) {
    if (size_ + sizeof(T) > sizeof(buffer_)) spill();
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      buffer_[size_ + i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
    }
    size_ += sizeof(T);
    return *this;
  }
  Writer& text(std::string_view value) {
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
  Writer& key(const RequestKey& key) {
    return integer(key.attempt.session).integer(key.attempt.number).integer(key.number);
  }
  Writer& name(const LockName& name) { return text(name.space).text(name.bytes); }
  Writer& duration(Duration value) { return integer(value.count()); }
  Writer& holders(const std::vector<Holder>& holders) {
    integer(static_cast<std::uint32_t>(holders.size()));
    for (const Holder& h : holders) {
      name(h.name).integer(h.attempt.session).integer(h.attempt.number).text(h.owner);
      integer(static_cast<std::uint8_t>(h.mode)).integer(h.permits).integer(h.token);
      duration(h.ttl).duration(h.remaining).text(h.metadata);
    }
    return *this;
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
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
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
  std::vector<Holder> holders() {
    std::vector<Holder> holders;
    const auto count = integer<std::uint32_t>();
    for (std::uint32_t i = 0; i < count && ok_; ++i) {
      Holder h;
      h.name = name();
      h.attempt.session = integer<std::uint64_t>();
      h.attempt.number = integer<std::uint64_t>();
      h.owner = text();
      h.mode = choice(Mode::permits);
      h.permits = integer<std::uint32_t>();
      h.token = integer<Token>();
      h.ttl = duration();
      h.remaining = duration();
      h.metadata = text();
      holders.push_back(std::move(h));
    }
    return holders;
  }
  bool finished() const { return ok_ && rest_.empty(); }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct RequestEncoder {
  Bytes operator()(const AcquireRequest& r) const {
    return Writer(Kind::acquire)
        .key(r.key)
        .name(r.name)
        .text(r.owner)
        .integer(static_cast<std::uint8_t>(r.mode))
        .integer(r.permits)
        .integer(r.capacity)
        .duration(r.ttl)
        .text(r.metadata)
        .duration(r.wait)
        .integer(r.sending)
        .take();
  }
  Bytes operator()(const RenewRequest& r) const {
    return Writer(Kind::renew)
        .key(r.key)
        .name(r.name)
        .integer(r.token)
        .duration(r.ttl)
        .integer(std::uint8_t{r.downgrade})
        .take();
  }
  Bytes operator()(const ReleaseRequest& r) const {
    return Writer(Kind::release).key(r.key).name(r.name).integer(r.token).take();
  }
  Bytes operator()(const InspectRequest& r) const { return Writer(Kind::inspect).key(r.key).name(r.name).take(); }
};

struct AnswerEncoder {
  RequestKey key;
  Bytes operator()(const LockError& e) const {
    return Writer(Kind::error)
        .key(key)
        .integer(static_cast<std::uint8_t>(e.kind))
        .integer(static_cast<std::uint8_t>(e.definite))
        .text(e.detail)
        .take();
  }
  Bytes operator()(const Granted& g) const {
    return Writer(Kind::granted).key(key).integer(g.token).duration(g.valid_for).integer(g.heard).take();
  }
  Bytes operator()(const Refused& r) const { return Writer(Kind::refused).key(key).holders(r.holders).take(); }
  Bytes operator()(RenewAnswer a) const {
    return Writer(Kind::renew_answer).key(key).integer(static_cast<std::uint8_t>(a)).take();
  }
  Bytes operator()(ReleaseAnswer a) const {
    return Writer(Kind::release_answer).key(key).integer(static_cast<std::uint8_t>(a)).take();
  }
  Bytes operator()(const std::vector<Holder>& h) const { return Writer(Kind::holders).key(key).holders(h).take(); }
};

std::optional<Answer> read_answer(Reader& reader, Kind kind) {
  switch (kind) {
    case Kind::error: {
      LockError error;
      error.kind = reader.choice(ErrorKind::cancelled);
      error.definite = reader.flag();
      error.detail = reader.text();
      return error;
    }
    case Kind::granted: {
      Granted granted;
      granted.token = reader.integer<Token>();
      granted.valid_for = reader.duration();
      granted.heard = reader.integer<std::uint32_t>();
      return granted;
    }
    case Kind::refused: return Refused{reader.holders()};
    case Kind::renew_answer: return reader.choice(RenewAnswer::lost);
    case Kind::release_answer: return reader.choice(ReleaseAnswer::not_held);
    case Kind::holders: return reader.holders();
    default: return std::nullopt;
  }
}

}  // namespace

RequestKey key_of(const Request& request) {
  return std::visit([](const auto& r) { return r.key; }, request);
}

const LockName& name_of(const Request& request) {
  return std::visit([](const auto& r) -> const LockName& { return r.name; }, request);
}

std::uint64_t fingerprint_of(const Request& request) {
  struct Visitor {
    std::uint64_t operator()(const InspectRequest&) const { return 0; }
    std::uint64_t operator()(const AcquireRequest& r) const { return fingerprint(r); }
    std::uint64_t operator()(const RenewRequest& r) const { return fingerprint(r); }
    std::uint64_t operator()(const ReleaseRequest& r) const { return fingerprint(r); }
  };
  return std::visit(Visitor{}, request);
}

Bytes encode(const Request& request) { return std::visit(RequestEncoder{}, request); }
// The last field of the encoding, little endian.
void stamp(Bytes& request, std::uint32_t sending) {
  CHECK(request.size() > sizeof sending && static_cast<Kind>(request[1]) == Kind::acquire);
  for (std::size_t i = 0; i < sizeof sending; ++i) {
    request[request.size() - sizeof sending + i] = static_cast<char>(sending >> (8 * i));
  }
}

Bytes encode(const Reply& reply) { return std::visit(AnswerEncoder{reply.key}, reply.answer); }

std::optional<Request> decode_request(std::string_view bytes) {
  Reader reader(bytes);
  if (reader.integer<std::uint8_t>() != kVersion) return std::nullopt;
  const auto kind = static_cast<Kind>(reader.integer<std::uint8_t>());
  const RequestKey key = reader.key();
  std::optional<Request> request;
  switch (kind) {
    case Kind::acquire: {
      AcquireRequest r;
      r.key = key;
      r.name = reader.name();
      r.owner = reader.text();
      r.mode = reader.choice(Mode::permits);
      r.permits = reader.integer<std::uint32_t>();
      r.capacity = reader.integer<std::uint32_t>();
      r.ttl = reader.duration();
      r.metadata = reader.text();
      r.wait = reader.duration();
      r.sending = reader.integer<std::uint32_t>();
      request = std::move(r);
      break;
    }
    case Kind::renew: {
      RenewRequest r{key, reader.name(), 0, {}};
      r.token = reader.integer<Token>();
      r.ttl = reader.duration();
      r.downgrade = reader.flag();
      request = std::move(r);
      break;
    }
    case Kind::release: {
      ReleaseRequest r{key, reader.name(), 0};
      r.token = reader.integer<Token>();
      request = std::move(r);
      break;
    }
    case Kind::inspect: request = InspectRequest{key, reader.name()}; break;
    default: break;
  }
  return reader.finished() ? request : std::nullopt;
}

std::optional<Reply> decode_reply(std::string_view bytes) {
  Reader reader(bytes);
  if (reader.integer<std::uint8_t>() != kVersion) return std::nullopt;
  const auto kind = static_cast<Kind>(reader.integer<std::uint8_t>());
  const RequestKey key = reader.key();
  auto answer = read_answer(reader, kind);
  if (!answer || !reader.finished()) return std::nullopt;
  return Reply{key, std::move(*answer)};
}

std::string describe(std::string_view bytes) {
  struct Words {
    std::string operator()(const AcquireRequest& r) const { return fmt::format("acquire {}", r.name.bytes); }
    std::string operator()(const RenewRequest& r) const { return fmt::format("renew {} #{}", r.name.bytes, r.token); }
    std::string operator()(const ReleaseRequest& r) const {
      return fmt::format("release {} #{}", r.name.bytes, r.token);
    }
    std::string operator()(const InspectRequest& r) const { return fmt::format("inspect {}", r.name.bytes); }
    std::string operator()(const LockError& e) const { return fmt::format("error: {}", name_of(e.kind)); }
    std::string operator()(const Granted& g) const { return fmt::format("granted #{}", g.token); }
    std::string operator()(const Refused&) const { return "refused"; }
    std::string operator()(RenewAnswer a) const { return a == RenewAnswer::renewed ? "renewed" : "lost"; }
    std::string operator()(ReleaseAnswer a) const { return a == ReleaseAnswer::released ? "released" : "not held"; }
    std::string operator()(const std::vector<Holder>& h) const { return fmt::format("{} holders", h.size()); }
  };
  if (const auto request = decode_request(bytes)) return std::visit(Words{}, *request);
  if (const auto reply = decode_reply(bytes)) return std::visit(Words{}, reply->answer);
  return "unreadable";
}

}  // namespace lockstep::wire
