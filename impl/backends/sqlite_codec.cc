// Big endian, so that the order of the bytes is the order of the numbers and answers of one attempt lie together.
#include "impl/backends/sqlite_codec.h"

namespace lockstep::sqlite_codec {
namespace {

void put(char* into, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) *into++ = static_cast<char>(static_cast<unsigned char>(value >> shift));
}

Id id_of(std::uint64_t high, std::uint64_t low) {
  Id id;
  put(id.bytes, high);
  put(id.bytes + 8, low);
  return id;
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = at; i < at + 8 && i < bytes.size(); ++i) {
    value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

Id bytes_of(AttemptId attempt) { return id_of(attempt.session, attempt.number); }
Id bytes_of(BootId boot) { return id_of(boot.high, boot.low); }

AttemptId attempt_of(std::string_view bytes) { return {number_at(bytes, 0), number_at(bytes, 8)}; }

namespace {

BootId boot_of(std::string_view bytes) { return {number_at(bytes, 0), number_at(bytes, 8)}; }
MonoTime instant(std::int64_t ns) { return MonoTime(Duration(ns)); }
std::int64_t ns(MonoTime instant) { return instant.time_since_epoch().count(); }

}  // namespace

LeaseRow lease_of(SqliteStatement::Use& select, int column) {
  LeaseRow row;
  row.attempt = attempt_of(select.bytes(column));
  row.owner = select.bytes(column + 1);
  row.mode = static_cast<Mode>(select.integer(column + 2));
  row.permits = static_cast<std::uint32_t>(select.integer(column + 3));
  row.token = static_cast<Token>(select.integer(column + 4));
  row.ttl = Duration(select.integer(column + 5));
  row.deadline = instant(select.integer(column + 6));
  row.since = instant(select.integer(column + 7));
  row.boot = boot_of(select.bytes(column + 8));
  row.metadata = select.bytes(column + 9);
  return row;
}

WaiterRow waiter_of(SqliteStatement::Use& select, int column) {
  WaiterRow row;
  row.attempt = attempt_of(select.bytes(column));
  row.owner = select.bytes(column + 1);
  row.ticket = static_cast<std::uint64_t>(select.integer(column + 2));
  row.mode = static_cast<Mode>(select.integer(column + 3));
  row.permits = static_cast<std::uint32_t>(select.integer(column + 4));
  row.deadline = instant(select.integer(column + 5));
  row.boot = boot_of(select.bytes(column + 6));
  return row;
}

int insert(SqliteStatement& statement, std::string_view name, const LeaseRow& row) {
  const Id attempt = bytes_of(row.attempt);
  const Id boot = bytes_of(row.boot);
  return statement.use()
      .bind(name)
      .bind(attempt)
      .bind(row.owner)
      .bind(static_cast<std::int64_t>(row.mode))
      .bind(static_cast<std::int64_t>(row.permits))
      .bind(static_cast<std::int64_t>(row.token))
      .bind(row.ttl.count())
      .bind(ns(row.deadline))
      .bind(ns(row.since))
      .bind(boot)
      .bind(row.metadata)
      .step();
}

int insert(SqliteStatement& statement, std::string_view name, const WaiterRow& row) {
  const Id attempt = bytes_of(row.attempt);
  const Id boot = bytes_of(row.boot);
  return statement.use()
      .bind(name)
      .bind(attempt)
      .bind(row.owner)
      .bind(static_cast<std::int64_t>(row.ticket))
      .bind(static_cast<std::int64_t>(row.mode))
      .bind(static_cast<std::int64_t>(row.permits))
      .bind(ns(row.deadline))
      .bind(boot)
      .step();
}

std::string bytes_of(const std::vector<Revoked>& revoked) {
  std::string bytes;
  for (const Revoked& one : revoked) {
    char token[8];
    put(token, one.token);
    const Id attempt = bytes_of(one.attempt);
    bytes.append(token, sizeof token).append(attempt.bytes, sizeof attempt.bytes);
  }
  return bytes;
}

std::vector<Revoked> revoked_of(std::string_view bytes) {
  std::vector<Revoked> revoked;
  for (std::size_t at = 0; at + 24 <= bytes.size(); at += 24) {
    revoked.push_back({attempt_of(bytes.substr(at + 8, 16)), number_at(bytes, at)});
  }
  return revoked;
}

}  // namespace lockstep::sqlite_codec
