// What a campaign has done so far, in a SQLite file, so that one that was killed can go on. One row for each finished
// portion; a portion is there as a whole or not at all. It belongs to the options and the program that it was begun
// with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "properties/portion.h"

struct sqlite3;

namespace lockstep::properties {

class CampaignState {
 public:
  // Begins anew, or, if options.resume, goes on. Errors: throws CampaignError.
  static CampaignState open(const CampaignOptions& options);
  CampaignState(CampaignState&&) noexcept;
  ~CampaignState();

  // Finished portions, in order of seeds.
  const std::vector<PortionResult>& finished() const { return finished_; }
  // `spent` is the real time of this part of the campaign so far.
  void add(const PortionResult& result, Duration spent);
  // The real time of the parts before this one, each up to its last finished portion.
  Duration spent_earlier() const { return spent_earlier_; }

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  CampaignState(std::string path, sqlite3* db);
  static CampaignState connect(const std::string& path);
  static void remove(const std::string& path);
  void lock();
  void execute(const std::string& sql);
  std::vector<std::vector<std::string>> rows_of(const char* sql) const;
  // Turns a code of SQLite into an exception that says what to do.
  void check(int code) const;
  CampaignError damaged() const;
  std::string path_;
  std::unique_ptr<sqlite3, Close> db_;
  std::vector<PortionResult> finished_;
  Duration spent_earlier_{};
};

}  // namespace lockstep::properties
