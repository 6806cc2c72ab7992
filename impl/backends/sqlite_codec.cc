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

LeaseRow row_of(SqliteStatement::Use& select, int column) {
  LeaseRow row;
  const std::string_view attempt = select.bytes(column);
  row.attempt = {number_at(attempt, 0), number_at(attempt, 8)};
  row.owner = select.bytes(column + 1);
  row.mode = static_cast<Mode>(select.integer(column + 2));
  row.permits = static_cast<std::uint32_t>(select.integer(column + 3));
  row.token = static_cast<Token>(select.integer(column + 4));
  row.ttl = Duration(select.integer(column + 5));
  row.deadline = MonoTime(Duration(select.integer(column + 6)));
  const std::string_view boot = select.bytes(column + 7);
  row.boot = {number_at(boot, 0), number_at(boot, 8)};
  row.metadata = select.bytes(column + 8);
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
      .bind(row.deadline.time_since_epoch().count())
      .bind(boot)
      .bind(row.metadata)
      .step();
}

}  // namespace lockstep::sqlite_codec
