// The campaign's identity is a line of text: another backend, profile, first seed or program is another campaign.
#include "properties/campaign_state.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "properties/program.h"

namespace lockstep::properties {
namespace {

constexpr int kFormat = 2;

std::string identity(const CampaignOptions& options) {
  const std::string& library = options.subject.library;
  const std::string loaded = library.empty() ? "" : fmt::format(", library {}", digest_of(library));
  return fmt::format("{} {} from {} compare {} {}, by version {}, {}{}", options.subject.name, name_of(options.profile),
                     options.first_seed, options.determinism_every,
                     options.keep_going ? "keep going" : "stop at the first", options.version, program(), loaded);
}

}  // namespace

void CampaignState::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

CampaignState::CampaignState(std::string path, sqlite3* db) : path_(std::move(path)), db_(db) {}
CampaignState::CampaignState(CampaignState&&) noexcept = default;
CampaignState::~CampaignState() = default;

void CampaignState::execute(const std::string& sql) {
  check(sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

void CampaignState::check(int code) const {
  switch (code) {
    case SQLITE_OK: return;
    case SQLITE_BUSY:
      throw CampaignError(
          fmt::format("another campaign is at work on {}; wait for its end, or use another --out", path_));
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: throw damaged();
    default:
      throw CampaignError(fmt::format("cannot write the campaign's state {}: {}; name another place with --out", path_,
                                      sqlite3_errmsg(db_.get())));
  }
}

CampaignError CampaignState::damaged() const {
  return CampaignError(fmt::format("{} is damaged; leave --resume out to begin again", path_));
}

std::vector<std::vector<std::string>> CampaignState::rows_of(const char* sql) const {
  std::vector<std::vector<std::string>> rows;
  const auto add = [](void* out, int columns, char** values, char**) {
    auto& row = static_cast<std::vector<std::vector<std::string>>*>(out)->emplace_back();
    for (int i = 0; i < columns; ++i) row.emplace_back(values[i] == nullptr ? "" : values[i]);
    return 0;
  };
  check(sqlite3_exec(db_.get(), sql, add, &rows, nullptr));
  return rows;
}

// The lock lasts as long as the connection, so that two campaigns never write into one state.
void CampaignState::lock() {
  sqlite3_busy_timeout(db_.get(), 0);
  execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=NORMAL; BEGIN EXCLUSIVE; COMMIT;");
}

CampaignState CampaignState::connect(const std::string& path) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open(path.c_str(), &raw);
  CampaignState state(path, raw);
  if (code != SQLITE_OK) {
    throw CampaignError(fmt::format("cannot open the campaign's state {}: {}; name another place with --out", path,
                                    sqlite3_errstr(code)));
  }
  return state;
}

// A state that nobody works on makes way for a new one.
void CampaignState::remove(const std::string& path) {
  if (std::error_code error; !std::filesystem::exists(path, error)) return;
  const CampaignState old = connect(path);
  if (sqlite3_exec(old.db_.get(), "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_BUSY) old.check(SQLITE_BUSY);
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
    std::error_code ignored;  // what cannot be removed cannot be written either, which is told there
    std::filesystem::remove(path + suffix, ignored);
  }
}

CampaignState CampaignState::open(const CampaignOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) {
    throw CampaignError(
        fmt::format("cannot create the directory {}: {}; name another with --out", options.directory, error.message()));
  }
  const std::string path =
      fmt::format("{}/{}-{}.state", options.directory, options.subject.name, name_of(options.profile));
  if (!options.resume) {
    remove(path);
  } else if (!std::filesystem::exists(path, error)) {
    throw CampaignError(fmt::format("nothing to resume: there is no {}; leave --resume out to begin", path));
  }
  CampaignState state = connect(path);
  state.lock();
  state.execute(
      "CREATE TABLE IF NOT EXISTS campaign(format INTEGER, identity TEXT);"
      "CREATE TABLE IF NOT EXISTS portion(first INTEGER PRIMARY KEY, result TEXT NOT NULL);"
      "CREATE TABLE IF NOT EXISTS spent(nanoseconds INTEGER NOT NULL);");
  const auto campaigns = state.rows_of("SELECT format, identity FROM campaign");
  if (campaigns.empty()) {
    char* sql = sqlite3_mprintf("INSERT INTO campaign VALUES(%d, %Q)", kFormat, identity(options).c_str());
    const std::string insert = sql;
    sqlite3_free(sql);
    state.execute(insert);
  } else if (campaigns[0] != std::vector<std::string>{std::to_string(kFormat), identity(options)}) {
    throw CampaignError(fmt::format(
        "{} belongs to another campaign ({}); resume with its options and its program, or leave --resume out", path,
        campaigns[0][1]));
  }
  for (const auto& row : state.rows_of("SELECT result FROM portion ORDER BY first")) {
    auto result = decode_portion(row[0]);
    if (!result) throw state.damaged();
    state.finished_.push_back(std::move(*result));
  }
  for (const auto& row : state.rows_of("SELECT coalesce(sum(nanoseconds), 0) FROM spent")) {
    state.spent_earlier_ = Duration(std::strtoll(row[0].c_str(), nullptr, 10));
  }
  return state;
}

// `spent` has one row, the sum of all parts.
void CampaignState::add(const PortionResult& result, Duration spent) {
  char* sql = sqlite3_mprintf(
      "BEGIN; INSERT OR REPLACE INTO portion VALUES(%lld, %Q);"
      "INSERT OR REPLACE INTO spent(rowid, nanoseconds) VALUES(1, %lld); COMMIT",
      static_cast<sqlite3_int64>(result.portion.first), encode(result).c_str(),
      static_cast<sqlite3_int64>((spent_earlier_ + spent).count()));
  const std::string insert = sql;
  sqlite3_free(sql);
  execute(insert);
  finished_.push_back(result);
}

}  // namespace lockstep::properties
