// How ids, leases, places and answers stand in columns. Names and ids are blobs: bytes, never text.
#pragma once

#include "impl/backends/sqlite_statement.h"
#include "impl/lock/ledger.h"

namespace lockstep::sqlite_codec {

// Sixteen bytes.
struct Id {
  char bytes[16];
  operator std::string_view() const { return {bytes, sizeof bytes}; }
};
Id bytes_of(AttemptId attempt);
Id bytes_of(BootId boot);
AttemptId attempt_of(std::string_view bytes);

// The columns of these tables, in their order, without the name.
inline constexpr std::string_view kLeaseColumns =
    "attempt, owner, mode, permits, token, ttl, deadline, since, boot, metadata";
inline constexpr std::string_view kWaiterColumns = "attempt, owner, ticket, mode, permits, deadline, boot";
// Read them, starting at `column`.
LeaseRow lease_of(SqliteStatement::Use& select, int column);
WaiterRow waiter_of(SqliteStatement::Use& select, int column);
// Both bind the name and the columns above, in that order, and step.
int insert(SqliteStatement& statement, std::string_view name, const LeaseRow& row);
int insert(SqliteStatement& statement, std::string_view name, const WaiterRow& row);

// Token and attempt of each, 24 bytes.
std::string bytes_of(const std::vector<Revoked>& revoked);
std::vector<Revoked> revoked_of(std::string_view bytes);

}  // namespace lockstep::sqlite_codec
