// One byte of version, one of kind, the key, then the fields in the order of their declaration.
#include "impl/lock/wire.h"

#include <fmt/format.h>

#include "impl/env/check.h"
#include "impl/lock/bytes.h"
#include "impl/lock/rules.h"

namespace lockstep::wire {
namespace {

constexpr std::uint8_t kVersion = 3;
enum class Kind : std::uint8_t {
  acquire = 1,
  renew,
  release,
  inspect,
  break_lock,
  list,
  watch,
  error = 16,
  granted,
  refused,
  renew_answer,
  release_answer,
  inspection,
  revoked,
  listing,
  watched,
};

class Writer : public ByteWriter {
 public:
  explicit Writer(Kind kind) { integer(kVersion).integer(static_cast<std::uint8_t>(kind)); }
};
using Reader = ByteReader;

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
  Bytes operator()(const BreakRequest& r) const {
    return Writer(Kind::break_lock).key(r.key).name(r.name).integer(r.token).text(r.admin).text(r.reason).take();
  }
  Bytes operator()(const KeyedListRequest& r) const {
    return Writer(Kind::list)
        .key(r.key)
        .text(r.list.space)
        .text(r.list.prefix)
        .duration(r.list.stale_for)
        .text(r.list.after)
        .integer(r.list.limit)
        .take();
  }
  Bytes operator()(const KeyedWatchRequest& r) const {
    return Writer(Kind::watch)
        .key(r.key)
        .text(r.watch.space)
        .text(r.watch.bytes)
        .integer(std::uint8_t{r.watch.prefix})
        .text(r.watch.cursor)
        .duration(r.watch.wait)
        .take();
  }
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
  Bytes operator()(const Inspection& i) const {
    Writer writer(Kind::inspection);
    writer.key(key).holders(i.holders).list(
        i.waiters, [&](const Waiter& w) { writer.attempt(w.attempt).text(w.owner).mode(w.mode).integer(w.permits); });
    return writer.integer(i.capacity).take();
  }
  Bytes operator()(const BreakAnswer& a) const { return Writer(Kind::revoked).key(key).revoked(a).take(); }
  Bytes operator()(const Listing& l) const {
    return Writer(Kind::listing).key(key).holders(l.holders).text(l.next).take();
  }
  Bytes operator()(const WatchAnswer& a) const {
    Writer writer(Kind::watched);
    writer.key(key).list(a.events, [&](const LockEvent& e) { writer.event(e); });
    return writer.text(a.cursor).integer(std::uint8_t{a.missed}).take();
  }
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
    case Kind::renew_answer: return reader.choice(RenewAnswer::broken);
    case Kind::release_answer: return reader.choice(ReleaseAnswer::not_held);
    case Kind::inspection: return reader.inspection();
    case Kind::revoked: return reader.revoked();
    case Kind::listing: {
      Listing listing;
      listing.holders = reader.holders();
      listing.next = reader.text();
      return listing;
    }
    case Kind::watched: return reader.watched();
    default: return std::nullopt;
  }
}

}  // namespace

RequestKey key_of(const Request& request) {
  return std::visit([](const auto& r) { return r.key; }, request);
}

bool reads(const Request& request) {
  return std::holds_alternative<InspectRequest>(request) || std::holds_alternative<KeyedListRequest>(request) ||
         std::holds_alternative<KeyedWatchRequest>(request);
}

bool reads(const Answer& answer) {
  return std::holds_alternative<Inspection>(answer) || std::holds_alternative<Listing>(answer) ||
         std::holds_alternative<WatchAnswer>(answer);
}

std::uint64_t fingerprint_of(const Request& request) {
  struct Visitor {
    std::uint64_t operator()(const InspectRequest&) const { return 0; }
    std::uint64_t operator()(const KeyedListRequest&) const { return 0; }
    std::uint64_t operator()(const KeyedWatchRequest&) const { return 0; }
    std::uint64_t operator()(const BreakRequest& r) const { return fingerprint(r); }
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

namespace {

AcquireRequest read_acquire(Reader& reader, RequestKey key) {
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
  return r;
}

RenewRequest read_renew(Reader& reader, RequestKey key) {
  RenewRequest r{key, reader.name(), 0, {}};
  r.token = reader.integer<Token>();
  r.ttl = reader.duration();
  r.downgrade = reader.flag();
  return r;
}

BreakRequest read_break(Reader& reader, RequestKey key) {
  BreakRequest r{key, reader.name(), 0, {}, {}};
  r.token = reader.integer<Token>();
  r.admin = reader.text();
  r.reason = reader.text();
  return r;
}

KeyedListRequest read_list(Reader& reader, RequestKey key) {
  KeyedListRequest r{key, {}};
  r.list.space = reader.text();
  r.list.prefix = reader.text();
  r.list.stale_for = reader.duration();
  r.list.after = reader.text();
  r.list.limit = reader.integer<std::uint32_t>();
  return r;
}

KeyedWatchRequest read_watch(Reader& reader, RequestKey key) {
  KeyedWatchRequest r{key, {}};
  r.watch.space = reader.text();
  r.watch.bytes = reader.text();
  r.watch.prefix = reader.flag();
  r.watch.cursor = reader.text();
  r.watch.wait = reader.duration();
  return r;
}

}  // namespace

std::optional<Request> decode_request(std::string_view bytes) {
  Reader reader(bytes);
  if (reader.integer<std::uint8_t>() != kVersion) return std::nullopt;
  const auto kind = static_cast<Kind>(reader.integer<std::uint8_t>());
  const RequestKey key = reader.key();
  std::optional<Request> request;
  switch (kind) {
    case Kind::acquire: request = read_acquire(reader, key); break;
    case Kind::renew: request = read_renew(reader, key); break;
    case Kind::release: {
      ReleaseRequest r{key, reader.name(), 0};
      r.token = reader.integer<Token>();
      request = std::move(r);
      break;
    }
    case Kind::inspect: request = InspectRequest{key, reader.name()}; break;
    case Kind::break_lock: request = read_break(reader, key); break;
    case Kind::list: request = read_list(reader, key); break;
    case Kind::watch: request = read_watch(reader, key); break;
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

namespace {

// As people see it; two names may look the same.
std::string shown(std::string_view bytes) {
  constexpr std::size_t most = 80;
  std::string text;
  for (const char c : bytes) {
    if (text.size() >= most) return text + "...";
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte <= 0x7e && c != '\\';
    text += plain ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return text;
}

}  // namespace

std::string describe(std::string_view bytes) {
  struct Words {
    std::string operator()(const AcquireRequest& r) const { return fmt::format("acquire {}", shown(r.name.bytes)); }
    std::string operator()(const RenewRequest& r) const {
      return fmt::format("renew {} #{}", shown(r.name.bytes), r.token);
    }
    std::string operator()(const ReleaseRequest& r) const {
      return fmt::format("release {} #{}", shown(r.name.bytes), r.token);
    }
    std::string operator()(const InspectRequest& r) const { return fmt::format("inspect {}", shown(r.name.bytes)); }
    std::string operator()(const BreakRequest& r) const { return fmt::format("break {}", shown(r.name.bytes)); }
    std::string operator()(const KeyedListRequest&) const { return "list"; }
    std::string operator()(const KeyedWatchRequest& r) const { return fmt::format("watch {}", shown(r.watch.bytes)); }
    std::string operator()(const LockError& e) const { return fmt::format("error: {}", name_of(e.kind)); }
    std::string operator()(const Granted& g) const { return fmt::format("granted #{}", g.token); }
    std::string operator()(const Refused&) const { return "refused"; }
    std::string operator()(RenewAnswer a) const {
      return a == RenewAnswer::renewed ? "renewed" : a == RenewAnswer::lost ? "lost" : "broken";
    }
    std::string operator()(ReleaseAnswer a) const { return a == ReleaseAnswer::released ? "released" : "not held"; }
    std::string operator()(const Inspection& i) const { return fmt::format("{} holders", i.holders.size()); }
    std::string operator()(const BreakAnswer& a) const { return fmt::format("broke {} leases", a.size()); }
    std::string operator()(const Listing& l) const { return fmt::format("{} holders", l.holders.size()); }
    std::string operator()(const WatchAnswer& a) const { return fmt::format("{} events", a.events.size()); }
  };
  if (const auto request = decode_request(bytes)) return std::visit(Words{}, *request);
  if (const auto reply = decode_reply(bytes)) return std::visit(Words{}, reply->answer);
  return "unreadable";
}

}  // namespace lockstep::wire
