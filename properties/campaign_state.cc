// The campaign's identity is a line of text: another backend, profile, first seed or version is another campaign.
#include "properties/campaign_state.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

namespace lockstep::properties {
namespace {

constexpr int kFormat = 1;

std::string identity(const CampaignOptions& options) {
  return fmt::format("{} {} from {} compare {} {}", options.subject.name, name_of(options.profile), options.first_seed,
                     options.determinism_every, options.keep_going ? "keep going" : "stop at the first");
}

std::vector<std::vector<std::string>> rows_of(sqlite3* db, const char* sql) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [](void* out, int columns, char** values, char**) {
    auto& row = static_cast<std::vector<std::vector<std::string>>*>(out)->emplace_back();
    for (int i = 0; i < columns; ++i) row.emplace_back(values[i] == nullptr ? "" : values[i]);
    return 0;
  };
  sqlite3_exec(db, sql, add, &rows, nullptr);
  return rows;
}

}  // namespace

void CampaignState::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

CampaignState::CampaignState(std::string path, sqlite3* db) : path_(std::move(path)), db_(db) {}
CampaignState::CampaignState(CampaignState&&) noexcept = default;
CampaignState::~CampaignState() = default;

void CampaignState::execute(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw CampaignError(fmt::format("cannot write the campaign's state {}: {}; name another place with --out", path_,
                                    sqlite3_errmsg(db_.get())));
  }
}

CampaignState CampaignState::open(const CampaignOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) {
    throw CampaignError(fmt::format("cannot create the directory {}: {}; name another with --out", options.directory,
                                    error.message()));
  }
  const std::string path = fmt::format("{}/{}-{}.state", options.directory, options.subject.name, name_of(options.profile));
  if (!options.resume) {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) std::filesystem::remove(path + suffix, error);
  } else if (!std::filesystem::exists(path)) {
    throw CampaignError(fmt::format("nothing to resume: there is no {}; leave --resume out to begin", path));
  }
  sqlite3* raw = nullptr;
  const int code = sqlite3_open(path.c_str(), &raw);
  CampaignState state(path, raw);
  if (code != SQLITE_OK) {
    throw CampaignError(fmt::format("cannot open the campaign's state {}: {}; name another place with --out", path,
                                    sqlite3_errstr(code)));
  }
  sqlite3_busy_timeout(raw, 0);
  state.execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=NORMAL; BEGIN EXCLUSIVE; COMMIT;"
                "CREATE TABLE IF NOT EXISTS campaign(format INTEGER, identity TEXT);"
                "CREATE TABLE IF NOT EXISTS portion(first INTEGER PRIMARY KEY, result TEXT NOT NULL);");
  const auto campaigns = rows_of(raw, "SELECT format, identity FROM campaign");
  if (campaigns.empty()) {
    char* sql = sqlite3_mprintf("INSERT INTO campaign VALUES(%d, %Q)", kFormat, identity(options).c_str());
    const std::string insert = sql;
    sqlite3_free(sql);
    state.execute(insert);
  } else if (campaigns[0] != std::vector<std::string>{std::to_string(kFormat), identity(options)}) {
    throw CampaignError(fmt::format("{} belongs to another campaign ({}); resume with its options, or leave --resume out",
                                    path, campaigns[0][1]));
  }
  for (const auto& row : rows_of(raw, "SELECT result FROM portion ORDER BY first")) {
    auto result = decode_portion(row[0]);
    if (!result) throw CampaignError(fmt::format("{} is damaged; leave --resume out to begin again", path));
    state.finished_.push_back(std::move(*result));
  }
  return state;
}

void CampaignState::add(const PortionResult& result) {
  char* sql = sqlite3_mprintf("INSERT OR REPLACE INTO portion VALUES(%lld, %Q)",
                              static_cast<sqlite3_int64>(result.portion.first), encode(result).c_str());
  const std::string insert = sql;
  sqlite3_free(sql);
  execute(insert);
  finished_.push_back(result);
}

}  // namespace lockstep::properties
