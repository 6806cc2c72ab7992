// What a campaign has done so far, in a SQLite file, so that one that was killed can go on, and a report can be made of
// it at any time. One row for each finished portion; a portion is there as a whole or not at all. It belongs to the
// options and the program that it was begun with.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "properties/portion.h"

struct sqlite3;

namespace lockstep::properties {

// What of a campaign is told beside its portions.
struct CampaignFacts {
  std::string backend, profile;
  std::uint64_t first_seed = 0, seeds = 0, determinism_every = 0;
  bool keep_going = false;
  unsigned jobs = 1;
  models::PropertySet asserted = 0;
  std::string version, program;
};

// How it came to its end.
struct CampaignEnd {
  bool in_time = false;                      // its time was over, and that was what was asked for
  std::vector<scenarios::Failure> failures;  // once shrunk
  Duration spent{};                          // of all parts
};

class CampaignState {
 public:
  // Begins anew, or, if options.resume, goes on. Nobody else can meanwhile, but anybody may look. Errors: throws
  // CampaignError.
  static CampaignState open(const CampaignOptions& options);
  // To look at it as it is now, also while its campaign is at work, which then waits: be quick. Errors: throws
  // CampaignError.
  static CampaignState look(const std::string& path);
  // Of one that has been looked at, and that nobody works on: CampaignError if somebody does. False: it is where it
  // was.
  static bool move(const std::string& path, const std::string& to);
  CampaignState(CampaignState&&) noexcept;
  ~CampaignState();

  // Finished portions, in order of seeds, as long as `visit` gives true; `at` is of real time, as in scenarios::Moment.
  void each_finished(const std::function<bool(const PortionResult& result, Duration at)>& visit) const;
  // `spent` is the real time of this part of the campaign so far.
  void add(const PortionResult& result, Duration spent);
  // The real time of the parts before this one, or when looked at of all, each up to its last finished portion.
  Duration spent_earlier() const { return spent_earlier_; }

  CampaignFacts facts() const;
  void tell_stories(const PortionResult& stories, const std::vector<scenarios::Canary>& canaries);
  PortionResult stories() const;
  std::vector<scenarios::Canary> canaries() const;
  void end(const CampaignEnd& end);
  // Nothing: it was killed, or is still at work.
  std::optional<CampaignEnd> ended() const;
  // Of one that is looked at: somebody had it open.
  bool at_work() const { return at_work_; }

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  class FileLock;
  CampaignState(std::string path, sqlite3* db);
  static CampaignState connect(const std::string& path, int flags);
  static std::unique_ptr<FileLock> lock(const std::string& path);
  static void remove(const std::string& path);
  void execute(const std::string& sql);
  void keep(const char* column, const std::string& text);
  std::string kept(const char* column) const;  // empty: nothing
  // Throws CampaignError if a campaign of these options has fewer seeds than were run already.
  void keep_all(const CampaignOptions& options) const;
  void read_spent();
  using Row = std::vector<std::string>;
  void each_row(const char* sql, const std::function<bool(const Row&)>& visit) const;
  // Turns a code of SQLite into an exception that says what to do.
  void check(int code) const;
  CampaignError damaged() const;
  std::string path_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<sqlite3, Close> db_;
  Duration spent_earlier_{};
  bool looking_ = false;
  bool at_work_ = false;
};

std::string state_file(const std::string& directory, std::string_view backend, std::string_view profile);

}  // namespace lockstep::properties
