// How ids and leases stand in columns. Names and ids are blobs: bytes, never text.
#pragma once

#include "impl/backends/sqlite_statement.h"
#include "impl/lock/rules.h"

namespace lockstep::sqlite_codec {

// Sixteen bytes.
struct Id {
  char bytes[16];
  operator std::string_view() const { return {bytes, sizeof bytes}; }
};
Id bytes_of(AttemptId attempt);
Id bytes_of(BootId boot);

// Reads the columns attempt, owner, mode, permits, token, ttl, deadline, boot, metadata, starting at `column`.
LeaseRow lease_of(SqliteStatement::Use& select, int column);
// Reads the columns attempt, ticket, mode, permits, deadline, boot, starting at `column`.
WaiterRow waiter_of(SqliteStatement::Use& select, int column);
// Both bind the name and the columns above, in that order, and step.
int insert(SqliteStatement& statement, std::string_view name, const LeaseRow& row);
int insert(SqliteStatement& statement, std::string_view name, const WaiterRow& row);

}  // namespace lockstep::sqlite_codec
