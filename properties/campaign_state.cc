// The campaign's identity is a line of text: another backend, profile, first seed or program is another campaign.
#include "properties/campaign_state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "properties/program.h"
#include "properties/record_text.h"

namespace lockstep::properties {
namespace {

constexpr int kFormat = 3;
constexpr int kMostWait = 60'000;  // milliseconds, for who reads or writes at the moment

std::string identity(const CampaignOptions& options) {
  const std::string& library = options.subject.library;
  const std::string loaded = library.empty() ? "" : fmt::format(", library {}", digest_of(library));
  return fmt::format("{} {} from {} compare {} {}, by version {}, {}{}", options.subject.name, name_of(options.profile),
                     options.first_seed, options.determinism_every,
                     options.keep_going ? "keep going" : "stop at the first", options.version, program(), loaded);
}

std::string facts_text(const CampaignOptions& o) {
  Writer writer;
  writer.string(o.subject.name).string(name_of(o.profile)).number(o.first_seed).number(o.seeds);
  writer.number(o.determinism_every).number(o.keep_going).number(std::max(1u, o.jobs));
  writer.number(asserted_properties(o.profile, o.subject)).string(o.version).string(program());
  return writer.take();
}

std::string quoted(const char* format, auto... values) {
  char* sql = sqlite3_mprintf(format, values...);
  std::string text = sql;
  sqlite3_free(sql);
  return text;
}

}  // namespace

// One campaign at a time. SQLite's own lock would keep out those who only look, so it is a byte of the same file beyond
// all that SQLite locks; and it belongs to the open file and not to the process, since SQLite gives up all that the
// process has. Workers have it too: they die with their campaign, but a moment later.
class CampaignState::FileLock {
 public:
  explicit FileLock(const std::string& path, int flags) : file_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() {
    if (file_ >= 0) ::close(file_);
  }
  // False: somebody else has it. A file that cannot be opened or locked is SQLite's to complain about.
  bool take() const {
    constexpr int kTimes = 50;
    for (int i = 0; i < kTimes; ++i) {
      struct flock range = whole();
      if (file_ < 0 || ::fcntl(file_, F_OFD_SETLK, &range) == 0) return true;
      if (errno != EACCES && errno != EAGAIN) return true;
      ::usleep(20'000);
    }
    return false;
  }
  bool is_taken() const {
    struct flock range = whole();
    return file_ >= 0 && ::fcntl(file_, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
  }

 private:
  static struct flock whole() {
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = off_t{1} << 40;
    range.l_len = 1;
    return range;
  }
  int file_;
};

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
          fmt::format("{} is in use by another program; wait for its end, or use another --out", path_));
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: throw damaged();
    default: break;
  }
  if (looking_)
    throw CampaignError(fmt::format("cannot read the campaign's state {}: {}", path_, sqlite3_errmsg(db_.get())));
  throw CampaignError(fmt::format(
      "cannot write the campaign's state {}: {}; make room and go on with --resume, or name another place with --out",
      path_, sqlite3_errmsg(db_.get())));
}

CampaignError CampaignState::damaged() const {
  if (looking_) return CampaignError(fmt::format("{} is not the state of a campaign, or it is damaged", path_));
  return CampaignError(fmt::format("{} is damaged; leave --resume out to begin again", path_));
}

void CampaignState::each_row(const char* sql, const std::function<bool(const Row&)>& visit) const {
  const auto step = [](void* out, int columns, char** values, char**) {
    Row row;
    for (int i = 0; i < columns; ++i) row.emplace_back(values[i] == nullptr ? "" : values[i]);
    return (*static_cast<const std::function<bool(const Row&)>*>(out))(row) ? 0 : 1;
  };
  const int code = sqlite3_exec(db_.get(), sql, step, const_cast<std::function<bool(const Row&)>*>(&visit), nullptr);
  if (code != SQLITE_ABORT) check(code);  // which is that `visit` has seen enough
}

void CampaignState::keep(const char* column, const std::string& text) {
  execute(quoted("UPDATE campaign SET %s = %Q", column, text.c_str()));
}

std::string CampaignState::kept(const char* column) const {
  std::string text;
  each_row(fmt::format("SELECT {} FROM campaign", column).c_str(), [&](const Row& row) {
    text = row[0];
    return true;
  });
  return text;
}

CampaignState CampaignState::connect(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  CampaignState state(path, raw);
  if (code != SQLITE_OK) {
    throw CampaignError(fmt::format("cannot open the campaign's state {}: {}{}", path, sqlite3_errstr(code),
                                    (flags & SQLITE_OPEN_CREATE) != 0 ? "; name another place with --out" : ""));
  }
  sqlite3_busy_timeout(raw, kMostWait);
  return state;
}

std::unique_ptr<CampaignState::FileLock> CampaignState::lock(const std::string& path) {
  auto lock = std::make_unique<FileLock>(path, O_RDWR | O_CREAT);
  if (lock->take()) return lock;
  throw CampaignError(fmt::format("another campaign is at work on {}; wait for its end, or use another --out", path));
}

// A state that nobody works on makes way for a new one.
void CampaignState::remove(const std::string& path) {
  if (std::error_code error; !std::filesystem::exists(path, error)) return;
  const auto held = lock(path);
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
    std::error_code ignored;  // what cannot be removed cannot be written either, which is told there
    std::filesystem::remove(path + suffix, ignored);
  }
}

bool CampaignState::move(const std::string& path, const std::string& to) {
  const auto held = lock(path);
  std::error_code error;
  std::filesystem::rename(path, to, error);
  return !error;
}

CampaignState CampaignState::open(const CampaignOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) {
    throw CampaignError(
        fmt::format("cannot create the directory {}: {}; name another with --out", options.directory, error.message()));
  }
  const std::string path = state_file(options.directory, options.subject.name, name_of(options.profile));
  if (!options.resume) {
    remove(path);
  } else if (!std::filesystem::exists(path, error)) {
    throw CampaignError(fmt::format("nothing to resume: there is no {}; leave --resume out to begin", path));
  }
  auto held = lock(path);
  CampaignState state = connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  state.lock_ = std::move(held);
  state.execute(
      "PRAGMA synchronous=NORMAL; BEGIN;"
      "CREATE TABLE IF NOT EXISTS campaign(format INTEGER, identity TEXT, facts TEXT, stories TEXT, canaries TEXT,"
      " ended TEXT);"
      "CREATE TABLE IF NOT EXISTS portion(first INTEGER PRIMARY KEY, result TEXT NOT NULL, at INTEGER NOT NULL);"
      "CREATE TABLE IF NOT EXISTS spent(nanoseconds INTEGER NOT NULL); COMMIT");
  const std::string own = identity(options);
  if (state.kept("format").empty()) {
    state.execute(quoted("INSERT INTO campaign(format, identity) VALUES(%d, %Q)", kFormat, own.c_str()));
  } else if (state.kept("format") != std::to_string(kFormat) || state.kept("identity") != own) {
    throw CampaignError(fmt::format(
        "{} belongs to another campaign ({}); resume with its options and its program, or leave --resume out", path,
        state.kept("identity")));
  }
  state.keep_all(options);
  state.execute(quoted("UPDATE campaign SET facts = %Q, ended = NULL", facts_text(options).c_str()));
  state.read_spent();
  return state;
}

void CampaignState::keep_all(const CampaignOptions& options) const {
  std::uint64_t behind = options.first_seed;  // all that was run
  each_finished([&](const PortionResult& result, Duration) {
    behind = std::max(behind, result.portion.first + result.portion.count);
    return true;
  });
  if (behind - options.first_seed <= options.seeds) return;
  throw CampaignError(
      fmt::format("{} has runs up to seed {}, and --seeds {} would lose some of them; name at least {} seeds, or leave "
                  "--resume out",
                  path_, behind - 1, options.seeds, behind - options.first_seed));
}

CampaignState CampaignState::look(const std::string& path) {
  const bool at_work = FileLock(path, O_RDONLY).is_taken();    // before SQLite has it open, see above
  CampaignState state = connect(path, SQLITE_OPEN_READWRITE);  // what a killed one was writing has to be undone
  state.looking_ = true;
  state.at_work_ = at_work;
  state.execute("BEGIN");
  bool is_one = false;
  state.each_row("SELECT count(*) FROM sqlite_master WHERE name IN ('campaign', 'portion', 'spent')",
                 [&](const Row& row) { return is_one = row[0] == "3"; });
  if (!is_one) throw state.damaged();
  if (const std::string format = state.kept("format"); format != std::to_string(kFormat)) {
    if (format.empty()) throw state.damaged();
    throw CampaignError(
        fmt::format("{} was written by another version ({}); ask that one", path, state.kept("identity")));
  }
  state.read_spent();
  return state;
}

void CampaignState::read_spent() {
  each_row("SELECT coalesce(sum(nanoseconds), 0) FROM spent", [this](const Row& row) {
    spent_earlier_ = Duration(std::strtoll(row[0].c_str(), nullptr, 10));
    return true;
  });
}

void CampaignState::each_finished(const std::function<bool(const PortionResult&, Duration)>& visit) const {
  bool whole = true;
  each_row("SELECT result, at FROM portion ORDER BY first", [&](const Row& row) {
    const auto result = decode_portion(row[0]);
    whole = result.has_value();
    return whole && visit(*result, Duration(std::strtoll(row[1].c_str(), nullptr, 10)));
  });
  if (!whole) throw damaged();
}

// `spent` has one row, the sum of all parts.
void CampaignState::add(const PortionResult& result, Duration spent) {
  const auto at = static_cast<sqlite3_int64>((spent_earlier_ + spent).count());
  execute(
      quoted("BEGIN; INSERT OR REPLACE INTO portion VALUES(%lld, %Q, %lld);"
             "INSERT OR REPLACE INTO spent(rowid, nanoseconds) VALUES(1, %lld); COMMIT",
             static_cast<sqlite3_int64>(result.portion.first), encode(result).c_str(), at, at));
}

CampaignFacts CampaignState::facts() const {
  const std::string text = kept("facts");
  Reader reader(text);
  CampaignFacts facts{.backend = reader.string(), .profile = reader.string()};
  facts.first_seed = reader.number(), facts.seeds = reader.number(), facts.determinism_every = reader.number();
  facts.keep_going = reader.number() != 0, facts.jobs = static_cast<unsigned>(reader.number());
  facts.asserted = static_cast<models::PropertySet>(reader.number());
  facts.version = reader.string(), facts.program = reader.string();
  if (!reader.finished()) throw damaged();
  return facts;
}

void CampaignState::tell_stories(const PortionResult& stories, const std::vector<scenarios::Canary>& canaries) {
  Writer writer;
  writer.number(canaries.size());
  for (const auto& canary : canaries)
    writer.string(canary.name).number(canary.caught).number(canary.runs).number(canary.broken);
  execute(quoted("UPDATE campaign SET stories = %Q, canaries = %Q", encode(stories).c_str(), writer.take().c_str()));
}

PortionResult CampaignState::stories() const {
  const std::string text = kept("stories");
  if (text.empty()) return {};  // it did not come so far
  auto stories = decode_portion(text);
  if (!stories) throw damaged();
  return std::move(*stories);
}

std::vector<scenarios::Canary> CampaignState::canaries() const {
  std::vector<scenarios::Canary> canaries;
  const std::string text = kept("canaries");
  if (text.empty()) return canaries;
  Reader reader(text);
  for (std::uint64_t left = reader.number(); left > 0 && reader.ok(); --left) {
    auto& canary = canaries.emplace_back(scenarios::Canary{.name = reader.string()});
    canary.caught = reader.number() != 0;
    canary.runs = reader.number();
    canary.broken = static_cast<models::PropertySet>(reader.number());
  }
  if (!reader.finished()) throw damaged();
  return canaries;
}

void CampaignState::end(const CampaignEnd& end) {
  Writer writer;
  writer.number(end.in_time).number(static_cast<std::uint64_t>(end.spent.count())).string(encode(end.failures));
  keep("ended", writer.take());
}

std::optional<CampaignEnd> CampaignState::ended() const {
  const std::string text = kept("ended");
  if (text.empty()) return std::nullopt;
  Reader reader(text);
  CampaignEnd end{.in_time = reader.number() != 0};
  end.spent = Duration(static_cast<std::int64_t>(reader.number()));
  auto failures = decode_failures(reader.string());
  if (!reader.finished() || !failures) throw damaged();
  end.failures = std::move(*failures);
  return end;
}

std::string state_file(const std::string& directory, std::string_view backend, std::string_view profile) {
  return fmt::format("{}/{}-{}.state", directory, backend, profile);
}

}  // namespace lockstep::properties
