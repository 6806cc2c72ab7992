// For tests: a process with one SQLite connection on a simulated disk, behind a gate that lets everything
// pass until it is told to die. No scheduler: processes take turns statement by statement.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "impl/env/check.h"
#include "sim/digest.h"
#include "sim/sqlite_vfs.h"

namespace lockstep::sim {

class TestGate final : public StorageGate {
 public:
  explicit TestGate(std::uint64_t seed) : random_(seed) {}

  bool enter(StorageCall call, std::uint32_t file, std::uint64_t offset, std::uint64_t bytes) override {
    if (alive_ && die_in_ != 0 && --die_in_ == 0) die();
    if (!alive_) return false;
    for (const auto value : {static_cast<std::uint64_t>(call), std::uint64_t{file}, offset, bytes}) trace_.add(value);
    if (keep_) calls.push_back({call, file});
    return true;
  }
  std::optional<std::uint64_t> refusal(StorageCall call) override {
    if (refused_ != call || (refused_in_ != 0 && --refused_in_ != 0)) return std::nullopt;
    refused_.reset();
    return random_.next();
  }
  bool leave() override { return alive_; }
  bool alive() const override { return alive_; }
  std::uint64_t random() override { return random_.next(); }
  WallTime wall() override { return WallTime(std::chrono::seconds(1700000000)); }
  TrueTime now() override { return time; }

  // At the n-th call from now the process dies instead; at_death runs first of all. 0: not at all.
  void die_in(std::uint64_t calls_from_now) { die_in_ = calls_from_now; }
  void die() {
    if (!alive_) return;
    alive_ = false;
    if (at_death) at_death();
  }
  // The device fails the n-th such call from now, and no other.
  void refuses(StorageCall call, std::uint64_t calls_from_now = 1) {
    refused_ = call;
    refused_in_ = calls_from_now;
  }
  // Other draws from here on.
  void mixes(std::uint64_t seed) { random_ = RandomStream(seed); }
  void keep_calls() { keep_ = true; }
  std::uint64_t trace() const { return trace_.value(); }

  struct Call {
    StorageCall call;
    std::uint32_t file;
    friend bool operator==(const Call&, const Call&) = default;
  };
  std::vector<Call> calls;
  std::function<void()> at_death;
  TrueTime time;

 private:
  RandomStream random_;
  Digest trace_;
  std::optional<StorageCall> refused_;
  std::uint64_t refused_in_ = 0;
  std::uint64_t die_in_ = 0;
  bool alive_ = true;
  bool keep_ = false;
};

class SqliteProcess {
 public:
  SqliteProcess(Disk& disk, DiskOwner owner, const char* path = "/a.db")
      : gate(owner), disk_(disk), owner_(owner), vfs_("process " + std::to_string(owner), disk, gate, owner) {
    gate.at_death = [this] { disk_.crash_process(owner_); };
    const auto flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    opened_ = sqlite3_open_v2(path, &db_, flags, vfs_.name());
  }
  ~SqliteProcess() { closes(); }
  SqliteProcess(const SqliteProcess&) = delete;
  SqliteProcess& operator=(const SqliteProcess&) = delete;

  // Runs statements. Returns SQLite's result code, never a row.
  int runs(const std::string& sql) {
    if (opened_ != SQLITE_OK) return opened_;
    return sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  }
  bool does(const std::string& sql) { return runs(sql) == SQLITE_OK; }
  // The first column of the last row once the statement has ended well; otherwise "error <code>".
  std::string asks(const std::string& sql) {
    std::string answer = "(no row)";
    const auto keep = [](void* into, int, char** values, char**) {
      *static_cast<std::string*>(into) = values[0] == nullptr ? "NULL" : values[0];
      return 0;
    };
    const auto code = opened_ != SQLITE_OK ? opened_ : sqlite3_exec(db_, sql.c_str(), keep, &answer, nullptr);
    return code == SQLITE_OK ? answer : "error " + std::to_string(code);
  }
  // Dies here and now and runs to its end, as the simulator has it.
  void crashes() {
    gate.die();
    closes();
    disk_.crash_finished(owner_);
  }
  void closes() {
    if (db_ != nullptr) CHECK(sqlite3_close(db_) == SQLITE_OK);
    db_ = nullptr;
  }
  sqlite3* connection() { return db_; }

  TestGate gate;

 private:
  Disk& disk_;
  DiskOwner owner_;
  SqliteVfs vfs_;
  sqlite3* db_ = nullptr;
  int opened_ = SQLITE_OK;
};

}  // namespace lockstep::sim
